"""Ctrl+K: what it asks the server (components/palette.html)."""

from __future__ import annotations

from typing import Any

from tickets.queries import palette as queries
from tickets.views.screen import DeskRequest, page, screen

SHORTEST = 2


@screen()
def palette(request: DeskRequest) -> Any:
    """GET `q`: customers and cases, the customers first."""
    text = request.GET.get("q", "").strip()
    results: list[dict[str, str]] = []
    if len(text) >= SHORTEST:
        results += [
            {
                "url": one.get_absolute_url(),
                "label": one.name,
                "detail": f"{one.name_kana} {one.number}",
                "icon": "customer",
            }
            for one in queries.customers(text, request.user)
        ]
        results += [
            {"url": one.get_absolute_url(), "label": f"{one.number} {one.subject}", "detail": one.customer.name, "icon": "ticket"}
            for one in queries.cases(text, request.user)
        ]  # fmt: skip
    return page(request, "tickets/palette.html", {"results": results, "query": text})
