"""Finding a customer in one step: one field for telephone, kana, name, customer number, contract, address (F).

Contract numbers belong to the floor above: it appends to `search_hooks` in its AppConfig's ready().
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from tickets.models import Customer, CustomerPhone, Staff
from tickets.paging import Page
from tickets.queries.keyset import page_by
from tickets.search import fold_kana, fold_name, looks_like_phone, to_e164

# Each takes the text as typed and gives a queryset of one column: `.values_list("customer_id")`.
SearchHook = Callable[[str], QuerySet[Any, Any]]
search_hooks: list[SearchHook] = []

PAGE_SIZE = 20
# Below this a trigram index cannot help, and two characters of an address mean half of a town.
SHORTEST_ADDRESS = 3


def search(*, text: str, staff: Staff, after: str = "", size: int = PAGE_SIZE) -> Page[Customer]:
    """The customers that `text` can mean and that `staff` may see, in the order of their kana.

    Two queries: the page, and the telephones on it. Several matches are all shown; the operator chooses.
    """
    found = Customer.objects.visible_to(staff).filter(pk__in=_matches(text.strip()))
    return page_by(found.prefetch_related("phones"), ("kana_search", "id"), after, size=size)


def by_phone(*, number: str, staff: Staff) -> list[Customer]:
    """Who may be calling from `number` in any spelling; for the screen-pop. Two queries."""
    e164 = to_e164(number)
    if e164 is None:
        return []
    callers = CustomerPhone.objects.filter(e164=e164).values("customer_id")
    found = Customer.objects.visible_to(staff).filter(pk__in=callers)
    return list(found.prefetch_related("phones").order_by("kana_search", "id")[:PAGE_SIZE])


def _matches(text: str) -> QuerySet[Any, Any]:
    """Ids of the candidates: one index look-up a way of naming, joined by UNION so that each keeps its index."""
    if not text:
        return Customer.objects.none().values_list("pk")
    ways = [
        Customer.objects.filter(number=unicodedata.normalize("NFKC", text).upper()).values_list("pk"),
        *(hook(text) for hook in search_hooks),
    ]
    if looks_like_phone(text):
        ways.append(CustomerPhone.objects.filter(e164=to_e164(text) or "").values_list("customer_id"))
    else:
        ways += _by_words(text)
    return ways[0].union(*ways[1:])


def _by_words(text: str) -> list[QuerySet[Any, Any]]:
    kana, name = fold_kana(text), fold_name(text)
    if not kana or not name:
        return []
    ways: list[QuerySet[Any, Any]] = [
        Customer.objects.filter(kana_search__startswith=kana).values_list("pk"),
        Customer.objects.filter(name_search__startswith=name).values_list("pk"),
    ]
    if len(name) >= SHORTEST_ADDRESS:
        ways.append(Customer.objects.filter(address_search__contains=name).values_list("pk"))
    return ways
