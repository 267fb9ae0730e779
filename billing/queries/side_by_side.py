"""Form | register | notice for many registrations at once, as components/evidence.html reads them (C2, C3, C7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.models import ComparisonRow, Notice, OptionItem, OptionRegistration, OrderEvidence
from billing.models.registrations import LIVE
from billing.order_fields import YES, compare_fields
from tickets.formats import date_text

Side = dict[str, Any]


@dataclass(frozen=True)
class Sides:
    """The three columns and, field by field, whether they agree; `evidence` is the proof that is compared."""

    form: Side | None
    register: Side
    notice: Side | None
    rows: list[dict[str, Any]] = field(default_factory=list)
    evidence: OrderEvidence | None = None

    @property
    def differs(self) -> bool:
        """Whether some field does not agree; without a form everything does not."""
        return self.evidence is None or any(row["differs"] for row in self.rows)


def sides_of(
    registrations: Iterable[OptionRegistration], *, evidence_id: int | None = None
) -> dict[int, Sides]:
    """By registration id. Four queries, whatever the number; `evidence_id`: that proof instead of its own.

    Without a proof of its own the contract's newest is shown: the customer's copy in the operator's hand.
    """
    found = list(registrations)
    contracts = {row.contract_id for row in found}
    proofs = _by_contract(OrderEvidence.objects.filter(contract__in=contracts).select_related("received_by"))
    notices = _by_contract(Notice.objects.filter(contract__in=contracts).order_by("sent_at", "pk"))
    live = _by_contract(
        OptionRegistration.objects.filter(contract__in=contracts, status__in=LIVE).select_related("option")
    )
    names = option_names()
    return {
        row.pk: _sides(
            row,
            _proof(row, proofs.get(row.contract_id, []), evidence_id),
            notices.get(row.contract_id, []),
            live.get(row.contract_id, []),
            names,
        )
        for row in found
    }


def option_names() -> dict[str, str]:
    """Every option by its code, in the person's language."""
    english = (get_language() or "ja").startswith("en")
    return {row.code: row.name_en if english else row.name_ja for row in OptionItem.objects.all()}


def made_rows(rows: Iterable[ComparisonRow], names: dict[str, str]) -> list[dict[str, Any]]:
    """A comparison made earlier, in the same words."""
    return [
        _row(row.field, row.form_value, row.register_value, "", names, differs=not row.matches)
        for row in sorted(rows, key=lambda row: row.pk)
    ]


def _by_contract(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.contract_id, []).append(row)
    return found


def _proof(
    row: OptionRegistration, proofs: list[OrderEvidence], evidence_id: int | None
) -> OrderEvidence | None:
    wanted = evidence_id or row.evidence_id
    if wanted is not None:
        return next((proof for proof in proofs if proof.pk == wanted), None)
    return max(proofs, key=lambda proof: proof.pk, default=None)


def _sides(
    row: OptionRegistration,
    proof: OrderEvidence | None,
    notices: list[Notice],
    live: list[OptionRegistration],
    names: dict[str, str],
) -> Sides:
    notice = notices[-1] if notices else None
    told = set(notice.contents.get("options", ())) if notice else set()
    rows = []
    if proof is not None:
        concerned = [
            other.option.code
            for other in live
            if other.pk == row.pk
            or other.evidence_id in (None, proof.pk)
            or other.option.code in proof.ordered_options
        ]
        pairs = compare_fields(
            form_options=proof.fields["options"],
            form_ordered_on=proof.ordered_on,
            register_options=concerned,
            register_ordered_on=row.ordered_on,
        )
        rows = [
            _row(
                pair.field,
                pair.form,
                pair.register,
                _told(pair.field, told, notice),
                names,
                differs=not pair.matches,
            )
            for pair in pairs
        ]
    return Sides(_form(proof, names), _register(row, live, names), _notice(notice, told, names), rows, proof)


def _row(
    field_name: str, form: str, register: str, notice: str, names: dict[str, str], *, differs: bool
) -> dict[str, Any]:
    is_date = field_name == "ordered_on"
    return {
        "field": _("Date of the order") if is_date else names.get(field_name, field_name),
        "form": _day(form) if is_date else _ordered(form),
        "register": _day(register) if is_date else _ordered(register),
        "notice": notice if is_date or not notice else _ordered(notice),
        "differs": differs,
    }


def _day(value: str) -> str:
    """A date of the comparison, which keeps it as text, as a person reads it."""
    return date_text(dt.date.fromisoformat(value)) if value else ""


def _ordered(value: str) -> str:
    return _("ordered") if value == YES else _("not ordered")


def _told(field_name: str, told: set[str], notice: Notice | None) -> str:
    if notice is None or field_name == "ordered_on" or not told:
        return ""
    return YES if field_name in told else "no"


def _form(proof: OrderEvidence | None, names: dict[str, str]) -> Side | None:
    if proof is None:
        return None
    options = sorted(proof.fields["options"].items())
    return {
        "title": proof.get_kind_display(),
        "at": proof.received_at,
        "who": proof.received_by,
        "image": reverse("billing:evidence_image", args=[proof.pk]) if _is_picture(proof) else "",
        "ref": proof.reference,
        "facts": [
            (_("Date of the order"), date_text(proof.ordered_on)),
            *((names.get(code, code), "☑" if ticked else "☐") for code, ticked in options),
            *_scan(proof),
        ],
    }


def _is_picture(proof: OrderEvidence) -> bool:
    return bool(proof.image) and not proof.image.name.endswith(".pdf")


def _scan(proof: OrderEvidence) -> list[tuple[str, str]]:
    """A PDF is opened, not shown among the fields."""
    if not proof.image or _is_picture(proof):
        return []
    address = reverse("billing:evidence_image", args=[proof.pk])
    return [(_("Scan"), format_html('<a href="{}">PDF</a>', address))]


def _register(row: OptionRegistration, live: list[OptionRegistration], names: dict[str, str]) -> Side:
    return {
        "title": "",
        "at": row.registered_at,
        "who": row.registered_by,
        "ref": row.legacy_ref,
        "facts": [
            (_("Date of the order"), date_text(row.ordered_on)),
            *((names.get(other.option.code, str(other.option)), "☑") for other in live),
        ],
    }


def _notice(notice: Notice | None, told: set[str], names: dict[str, str]) -> Side | None:
    if notice is None:
        return None
    return {
        "title": "",
        "at": notice.sent_at,
        "who": notice.get_via_display(),
        "ref": notice.sent_to,
        "facts": [(names.get(code, code), "☑") for code in sorted(told)],
    }
