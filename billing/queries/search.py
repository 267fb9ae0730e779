"""Contract numbers in the one search field (F); hooked in by the app's registration."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.db.models import QuerySet

from billing.models import Contract
from tickets.queries.customers import search_hooks


def by_contract_number(text: str) -> QuerySet[Any, Any]:
    """Customer ids of the contract with exactly this number, in any width and case."""
    return Contract.objects.filter(number=_plain(text)).values_list("customer_id")


def register() -> None:
    """Called once, from the app's ready()."""
    if by_contract_number not in search_hooks:
        search_hooks.append(by_contract_number)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().upper()
