"""The pages of the desk: every address without a row in it, and those of a case, a customer and a contract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from tests.load import sample
from tickets.models import Desk

# Not pages of the desk: sign-in, the health of the platform, what only the telephone calls.
OTHER = ("accounts/", "livez", "readyz", "health", "metrics", "api/", "static/", "survey", "gallery")
# Figures of a period: they count what the period holds, by its index.
FIGURES = "/reports/"


def plain(urls: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Every address that takes nothing."""
    for entry in (urls or get_resolver()).url_patterns:
        here = prefix + str(entry.pattern).lstrip("^").rstrip("$")
        if isinstance(entry, URLResolver):
            yield from plain(entry, here)
        elif (
            isinstance(entry, URLPattern)
            and "<" not in here
            and "(" not in here
            and not here.startswith(OTHER)
        ):
            yield f"/{here}"


def of_rows() -> list[str]:
    """What is looked at all day, on rows with much behind them."""
    case, customer, phone = sample.busy_case(), sample.busy_customer(), sample.phone()
    return [
        f"/tickets/{case.number}/",
        f"/tickets/{case.number}/contacts/log/",
        f"/tickets/{case.number}/note/",
        f"/customers/{customer.number}/",
        f"/customers/{customer.number}/open/",
        f"/search/?q={phone}",
        f"/search/?q={customer.number}",
        f"/search/?q={case.number}",
        "/search/?in=words&q=解約",
        "/search/?in=words&q=鮎梓",
        "/search/?in=words&q=存在しない言葉",
        "/search/?in=words&q=料金の確認を&area=note&desk=1",
    ]


def of_many_namesakes() -> list[str]:
    """What finds a fortieth of all customers at once."""
    customer = sample.busy_customer()
    return [
        f"/search/?q={customer.name_kana[:3]}",
        f"/search/?q={customer.name[:2]}",
        f"/search/?q={customer.address[:6]}",
    ]


def figures(today: dt.date) -> list[str]:
    """Of the usual month, of a quarter, and of one desk."""
    before, desk = {days: today - dt.timedelta(days) for days in (30, 90)}, Desk.objects.order_by("pk")[0].pk
    return [
        f"{FIGURES}?first={before[30]}&last={today}",
        f"{FIGURES}?first={before[90]}&last={today}",
        f"{FIGURES}?first={before[30]}&last={today}&desk={desk}",
    ]


def tabs() -> list[str]:
    """The supervisor's."""
    from tickets.queries.queues import SV_QUEUES

    return [f"/supervisor/{queue.key}/" for queue in SV_QUEUES]
