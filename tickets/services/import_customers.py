"""Customers from a file, by customer number: new ones, changed ones, telephones added and never taken away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from tickets import import_cells as cells
from tickets.importing import Column, Importer, Line, register
from tickets.models import Customer, CustomerPhone
from tickets.search import fold_kana

KINDS = {"個人": "individual", "individual": "individual", "法人": "corporate", "corporate": "corporate"}
LANGUAGES = {"日本語": "ja", "ja": "ja", "英語": "en", "English": "en", "en": "en"}
PLAIN = ("name", "name_kana", "kind", "email", "postal_code", "address", "language", "note")
PHONES = ("phone", "phone2")
FOLDED = ("name_search", "kana_search", "address_search")

COLUMNS = (
    Column("customer_number", "顧客番号", cells.key, 20, _("The older system's number; never changed"), "C60000001", required=True),
    Column("name", "氏名", cells.text, 100, sample="山田 灯", required=True),
    Column("name_kana", "フリガナ", cells.kana, 100, _("Kana of any width"), "ヤマダ アカリ", required=True),
    Column("kind", "区分", cells.one_of(KINDS), 12, _("個人 or 法人; 個人 when empty"), "個人"),
    Column("phone", "電話番号", cells.phone, 16, _("Any spelling"), "090-1234-5678"),
    Column("phone2", "電話番号2", cells.phone, 16, _("Any spelling"), "03-1234-5678"),
    Column("email", "メールアドレス", cells.email, 254, sample="akari@example.jp"),
    Column("postal_code", "郵便番号", cells.postal_code, 8, sample="100-0001"),
    Column("address", "住所", cells.text, 200, sample="東京都千代田区千代田1-1"),
    Column("language", "言語", cells.one_of(LANGUAGES), 2, _("日本語 or 英語; 日本語 when empty"), "日本語"),
    Column("note", "備考", str.strip, 2000),
)  # fmt: skip


def judge(lines: Sequence[Line], *, lock: bool) -> None:
    """New, changed or as it stands; names customers of the same reading and telephone. Three queries."""
    numbers = [line.values["customer_number"] for line in lines]
    rows = Customer.objects.filter(number__in=numbers).order_by("pk")
    if lock:
        rows = rows.select_for_update(no_key=True)
    standing = {row.number: row for row in rows}
    phones: dict[int, set[str]] = defaultdict(set)
    owned = CustomerPhone.objects.filter(customer__in=standing.values())
    for customer_id, e164 in owned.values_list("customer_id", "e164"):
        phones[customer_id].add(e164)
    for line in lines:
        customer = standing.get(line.values["customer_number"])
        if customer is None:
            _judge_new(line)
        else:
            line.found["customer"] = customer
            _compare(line, customer, phones[customer.pk])
    _name_the_like([line for line in lines if line.verdict == "new"])


def _judge_new(line: Line) -> None:
    if cells.CALLER.fullmatch(line.values["customer_number"]):
        line.wrong("customer_number", "reserved")
    else:
        line.verdict = "new"


def _compare(line: Line, customer: Customer, phones: set[str]) -> None:
    """An empty cell changes nothing; a telephone is added."""
    for name in PLAIN:
        said = line.values.get(name)
        if said is not None and said != getattr(customer, name):
            line.changes[name] = [str(getattr(customer, name)), said]
    for name in PHONES:
        number = line.values.get(name)
        if number is not None and number not in phones:
            line.changes[name] = ["", number]
    line.verdict = "changed" if line.changes else "unchanged"


def _name_the_like(fresh: Sequence[Line]) -> None:
    """Somebody on file with the same reading and a telephone of the line: a note, no refusal (families share)."""
    said = {line.values[name] for line in fresh for name in PHONES if name in line.values}
    owners: dict[tuple[str, str], str] = {}
    for e164, reading, number in CustomerPhone.objects.filter(e164__in=said).values_list(
        "e164", "customer__kana_search", "customer__number"
    ):
        owners.setdefault((e164, reading), number)
    for line in fresh:
        kana = fold_kana(line.values["name_kana"])
        like = [owners.get((line.values.get(name, ""), kana)) for name in PHONES]
        if known := next(filter(None, like), None):
            line.wrong("phone", "resembles", standing=known)


def write(lines: Sequence[Line]) -> None:
    """Write them in a fixed number of statements."""
    fresh = [_new_customer(line) for line in lines if line.verdict == "new"]
    changed = [_changed_customer(line) for line in lines if line.verdict == "changed"]
    Customer.objects.bulk_create(fresh)
    if changed:
        Customer.objects.bulk_update(changed, [*PLAIN, *FOLDED])
    by_number = {customer.number: customer for customer in [*fresh, *changed]}
    added = [
        CustomerPhone(customer=by_number[line.values["customer_number"]], e164=e164, is_preferred=first)
        for line in lines
        if line.verdict in ("new", "changed")
        for e164, first in _phones_of(line)
    ]
    CustomerPhone.objects.bulk_create(added, ignore_conflicts=True)


def _new_customer(line: Line) -> Customer:
    plain: dict[str, Any] = {name: line.values[name] for name in PLAIN if name in line.values}
    customer = Customer(number=line.values["customer_number"], **plain)
    customer.fold()
    return customer


def _changed_customer(line: Line) -> Customer:
    customer: Customer = line.found["customer"]
    for name in PLAIN:
        if name in line.changes:
            setattr(customer, name, line.changes[name][1])
    customer.fold()
    return customer


def _phones_of(line: Line) -> list[tuple[str, bool]]:
    """(number, whether it is the one to call first) of what the line adds."""
    names = [name for name in PHONES if name in (line.values if line.verdict == "new" else line.changes)]
    return [(line.values[name], line.verdict == "new" and name == names[0]) for name in names]


register(
    Importer(
        kind="customers",
        label=_("Customers"),
        lead=_(
            "One row a customer. An empty cell changes nothing; telephones are added and never taken away."
        ),
        columns=COLUMNS,
        key="customer_number",
        judge=judge,
        write=write,
    )
)
