"""Contracts with their lines from a file, by contract number: new ones, and lines that are lacking on known ones.

What a contract says is fixed (C1): a row that says otherwise than the register is wrong, and says where.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.models import AccessLine, Contract, DocumentVersion, LineKind, ProductVersion, ServiceLine
from tickets import import_cells as cells
from tickets.importing import Column, Importer, Line, register
from tickets.models import Company, Customer

KINDS = {"消費者": "consumer", "個人": "consumer", "consumer": "consumer", "法人": "corporate", "corporate": "corporate"}  # fmt: skip
LINES = {
    "インターネット": "internet", "ネット": "internet", "internet": "internet",
    "電話": "phone", "phone": "phone", "テレビ": "tv", "tv": "tv",
}  # fmt: skip
COLUMNS = (
    Column("contract_number", "契約番号", cells.key, 20, _("The older system's number; never changed"), "H60000001", required=True),
    Column("customer_number", "顧客番号", cells.key, 20, _("Of a customer on file"), "C60000001", required=True),
    Column("product", "商品コード", cells.code, 50, _("A code of the catalogue"), "hikari-home", required=True),
    Column("started_on", "契約開始日", cells.day, 10, sample="2024-04-01", required=True),
    Column("kind", "契約区分", cells.one_of(KINDS), 10, _("消費者 or 法人; 消費者 when empty"), "消費者"),
    Column("document", "契約書面コード", cells.code, 50, _("The document in force on that day when empty")),
    Column("document_received_on", "契約書面受領日", cells.day, 10, sample="2024-03-28"),
    Column("carrier", "回線事業者コード", cells.code, 50, _("A code of the companies"), "toto-line", required=True),
    Column("circuit", "回線ID", cells.key, 40, sample="TL60000001", required=True),
    Column("address", "設置場所", cells.text, 200, sample="東京都千代田区千代田1-1", required=True),
    Column("lines", "回線種別", cells.several_of(LINES), 40, _("インターネット, 電話, テレビ, any of them"), "インターネット・電話", required=True),
    Column("phone_number", "電話番号", cells.phone, 16, _("Needed with 電話"), "050-1234-5678"),
    Column("activated_on", "開通日", cells.day, 10, _("The day the contract starts when empty")),
    Column("agency", "代理店コード", cells.code, 50, _("A code of the companies")),
)  # fmt: skip


class _Masters:
    """What the codes of a batch mean; a fixed number of queries."""

    def __init__(self, lines: Sequence[Line], *, lock: bool) -> None:
        def said(name: str) -> set[str]:
            return {line.values[name] for line in lines if name in line.values}

        self.customers = dict(
            Customer.objects.filter(number__in=said("customer_number")).values_list("number", "pk")
        )
        self.companies = {
            (company.kind, company.code): company
            for company in Company.objects.filter(code__in=said("carrier") | said("agency"))
        }
        self.versions = list(
            ProductVersion.objects.filter(product__code__in=said("product")).select_related("product")
        )
        kinds = (DocumentVersion.Kind.CONTRACT, DocumentVersion.Kind.TERMS)
        self.documents = list(
            DocumentVersion.objects.filter(kind__in=kinds)
            .defer("body")
            .order_by("kind", "-effective_on", "-version")
        )
        rows = Contract.objects.filter(number__in=said("contract_number")).order_by("pk")
        if lock:
            rows = rows.select_for_update(no_key=True)
        self.contracts = {row.number: row for row in rows}
        self.lines: dict[int, dict[str, ServiceLine]] = {}
        for line in ServiceLine.objects.filter(contract__in=self.contracts.values()):
            self.lines.setdefault(line.contract_id, {})[line.kind] = line
        self.circuits = {
            access.circuit: access
            for access in AccessLine.objects.filter(circuit__in=said("circuit")).select_related("contract")
        }

    def version(self, code: str, on: dt.date) -> ProductVersion | None:
        """The product as it was sold on that day."""
        return next((row for row in self.versions if row.product.code == code and on in row.during), None)

    def document(self, code: str, on: dt.date) -> DocumentVersion | None:
        """The document with that code, or the 契約書面, in force on that day."""
        fitting = (
            row for row in self.documents if row.effective_on <= on and (row.code == code if code else True)
        )
        return next(fitting, None)


def judge(lines: Sequence[Line], *, lock: bool) -> None:
    """New, lacking a line, or as it stands. A fixed number of queries."""
    masters = _Masters(lines, lock=lock)
    circuits: dict[str, str] = {}
    for line in lines:
        _resolve(line, masters)
        if not line.is_wrong:
            _judge_circuit(line, masters, circuits)
        if not line.is_wrong:
            _judge_contract(line, masters)


def _resolve(line: Line, masters: _Masters) -> None:
    """Codes to rows; each that means nothing is named."""
    said, on = line.values, dt.date.fromisoformat(line.values["started_on"])
    line.found["customer_id"] = masters.customers.get(said["customer_number"])
    line.found["version"] = masters.version(said["product"], on)
    line.found["document"] = masters.document(said.get("document", ""), on)
    line.found["carrier"] = masters.companies.get(("carrier", said["carrier"]))
    line.found["agency"] = masters.companies.get(("agency", said.get("agency", "")))
    if line.found["customer_id"] is None:
        line.wrong("customer_number", "unknown_customer")
    if line.found["version"] is None:
        known = any(row.product.code == said["product"] for row in masters.versions)
        line.wrong("product", "not_sold" if known else "unknown")
    for name in ("document", "carrier"):
        if line.found[name] is None:
            line.wrong(name, "unknown")
    if "agency" in said and line.found["agency"] is None:
        line.wrong("agency", "unknown")
    if "phone" in said["lines"].split() and "phone_number" not in said:
        line.wrong("phone_number", "needs_number")


def _judge_circuit(line: Line, masters: _Masters, circuits: dict[str, str]) -> None:
    """A circuit belongs to one contract, on file and in the file."""
    circuit, number = line.values["circuit"], line.values["contract_number"]
    access = line.found["access"] = masters.circuits.get(circuit)
    owner = access.contract.number if access else circuits.setdefault(circuit, number)
    if owner != number:
        line.wrong("circuit", "taken", standing=owner)


def _judge_contract(line: Line, masters: _Masters) -> None:
    contract = line.found["contract"] = masters.contracts.get(line.values["contract_number"])
    kinds = line.values["lines"].split()
    if contract is None:
        line.verdict, line.found["kinds"] = "new", kinds
        return
    _compare(line, contract)
    standing = masters.lines.get(contract.pk, {})
    phone = standing.get("phone")
    if phone and line.values.get("phone_number", phone.number) != phone.number:
        line.wrong("phone_number", "fixed", standing=phone.number)
    if line.is_wrong:
        return
    lacking = line.found["kinds"] = [kind for kind in kinds if kind not in standing]
    if lacking:
        line.changes["lines"] = [" ".join(standing), " ".join([*standing, *lacking])]
    line.verdict = "changed" if lacking else "unchanged"


def _compare(line: Line, contract: Contract) -> None:
    """What the register says otherwise."""
    said = line.values
    if contract.customer_id != line.found["customer_id"]:
        line.wrong("customer_number", "fixed", standing=contract.customer.number)
    if contract.product_version_id != line.found["version"].pk:
        line.wrong("product", "fixed", standing=contract.product_version)
    if contract.started_on.isoformat() != said["started_on"]:
        line.wrong("started_on", "fixed", standing=contract.started_on)
    if "kind" in said and contract.kind != said["kind"]:
        line.wrong("kind", "fixed", standing=contract.get_kind_display())
    received = contract.document_received_on
    if received and said.get("document_received_on", received.isoformat()) != received.isoformat():
        line.wrong("document_received_on", "fixed", standing=received)


def write(lines: Sequence[Line]) -> None:
    """Contracts, circuits and lines, each in one statement."""
    fresh = [line for line in lines if line.verdict == "new"]
    for line, contract in zip(fresh, Contract.objects.bulk_create(map(_contract, fresh)), strict=True):
        line.found["contract"] = contract
    todo = [line for line in lines if line.verdict in ("new", "changed")]
    bare = [line for line in todo if line.found["access"] is None]
    for line, access in zip(bare, AccessLine.objects.bulk_create(map(_access, bare)), strict=True):
        line.found["access"] = access
    ServiceLine.objects.bulk_create(
        _service_line(line, kind) for line in todo for kind in line.found["kinds"]
    )


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _contract(line: Line) -> Contract:
    said: dict[str, Any] = line.values
    return Contract(
        number=said["contract_number"],
        customer_id=line.found["customer_id"],
        kind=said.get("kind", Contract.Kind.CONSUMER),
        product_version=line.found["version"],
        document_version=line.found["document"],
        agency=line.found["agency"],
        started_on=dt.date.fromisoformat(said["started_on"]),
        document_received_on=_day(said.get("document_received_on")),
    )


def _access(line: Line) -> AccessLine:
    return AccessLine(
        contract=line.found["contract"],
        carrier=line.found["carrier"],
        circuit=line.values["circuit"],
        address=line.values["address"],
    )


def _service_line(line: Line, kind: str) -> ServiceLine:
    return ServiceLine(
        contract=line.found["contract"],
        access_line=line.found["access"],
        kind=kind,
        number=line.values["phone_number"] if kind == LineKind.PHONE else "",
        activated_on=dt.date.fromisoformat(line.values.get("activated_on") or line.values["started_on"]),
    )


register(
    Importer(
        kind="contracts",
        label=_("Contracts"),
        lead=_("One row a contract, with its circuit and lines. Bring the customers in first."),
        columns=COLUMNS,
        key="contract_number",
        judge=judge,
        write=write,
        order=10,
    )
)
