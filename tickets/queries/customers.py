"""Finding a customer in one step: one field for telephone, kana, name, customer number, contract, address (F).

Contract numbers belong to the floor above: it appends to `search_hooks` in its AppConfig's ready().
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

from tickets.models import Customer, CustomerPhone, Staff
from tickets.paging import Page
from tickets.queries.kept import kept
from tickets.queries.keyset import page_by, page_of
from tickets.search import fold_kana, fold_name, looks_like_phone, to_e164

# Each takes the text as typed and gives a queryset of one column: `.values_list("customer_id")`.
SearchHook = Callable[[str], QuerySet[Any, Any]]
search_hooks: list[SearchHook] = []

PAGE_SIZE = 20
KEYS = ("kana_search", "id")
# Below this a trigram index cannot help, and two characters of an address mean half of a town.
SHORTEST_ADDRESS = 3


def search(*, text: str, staff: Staff, after: str = "", size: int = PAGE_SIZE) -> Page[Customer]:
    """The customers that `text` can mean and that `staff` may see, in the order of their kana.

    Two queries: the page, and the telephones on it. Several matches are all shown; the operator chooses. Each way of
    naming is itself cut to one page in that order before they are joined: a name that thousands bear costs no more.
    """
    seen = Customer.objects.visible_to(staff)
    pages = [
        page_of(seen.filter(way), KEYS, after, size=size).values_list("pk") for way in _ways(text.strip())
    ]
    if not pages:
        return Page([], "", first=True)
    found = Customer.objects.visible_to(staff).filter(pk__in=pages[0].union(*pages[1:]))
    return page_by(found.prefetch_related("phones"), KEYS, after, size=size)


def by_phone(*, number: str, staff: Staff) -> list[Customer]:
    """Who may be calling from `number` in any spelling; for the screen-pop. Two queries."""
    e164 = to_e164(number)
    if e164 is None:
        return []
    callers = CustomerPhone.objects.filter(e164=e164).values("customer_id")
    found = Customer.objects.visible_to(staff).filter(pk__in=callers)
    return list(found.prefetch_related("phones").order_by(*KEYS)[:PAGE_SIZE])


def with_phones(customer: Customer) -> Customer:
    """The customer with their telephones, as `prefetch_related` would bring them. One query."""
    phones = CustomerPhone.objects.all()
    phones._result_cache = _phones(customer_id=customer.pk)  # noqa: SLF001 - as Django's own prefetch does
    phones._prefetch_done = True  # type: ignore[attr-defined]  # noqa: SLF001
    customer.__dict__.setdefault("_prefetched_objects_cache", {})["phones"] = phones
    return customer


@kept
def _phones(*, customer_id: int) -> QuerySet[CustomerPhone]:
    return CustomerPhone.objects.filter(customer_id=customer_id)


def _ways(text: str) -> list[Q]:
    """What `text` may be, each answered by an index of its own."""
    if not text:
        return []
    number = Q(number=unicodedata.normalize("NFKC", text).upper())
    ways = [number, *(Q(pk__in=hook(text)) for hook in search_hooks)]
    if looks_like_phone(text):
        callers = CustomerPhone.objects.filter(e164=to_e164(text) or "")
        return [*ways, Q(pk__in=callers.values_list("customer_id"))]
    return ways + _by_words(text)


def _by_words(text: str) -> list[Q]:
    kana, name = fold_kana(text), fold_name(text)
    if not kana or not name:
        return []
    ways = [Q(kana_search__startswith=kana), Q(name_search__startswith=name)]
    if len(name) >= SHORTEST_ADDRESS:
        ways.append(Q(address_search__contains=name))
    return ways
