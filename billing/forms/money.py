"""Forms about charges, fault, waivers and what an error owes (C5, C7-C9)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.forms.fields import cases_of, day, pick, yen
from billing.lifecycle import FALLEN, GIVES, TAKES
from billing.models import (
    Charge,
    ChargeTold,
    Contract,
    OptionRegistration,
    ServiceLine,
    SweepItem,
    Verdict,
    Waiver,
)
from tickets.formats import date_text, yen_text
from tickets.forms.base import DeskForm, JstMomentField, long_text, reason
from tickets.models import Company

MOST = 100


def label_of(charge: Charge) -> str:
    """What it is for, for when, how much."""
    return f"{charge.what} {date_text(charge.period_from)} {yen_text(charge.total_yen)}"


class ChargeChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A charge with its days and its sum."""

    def label_from_instance(self, obj: Any) -> str:
        """As on the bill."""
        return label_of(obj)


class FaultForm(DeskForm):
    """Whose fault is it? About one charge, registration or line of the customer (C5)."""

    what = forms.ChoiceField(label=_("What it is about"))
    question = forms.CharField(label=_("What is in question"), max_length=300)
    error_on = day(_("Day of the error"), help_text=_("When the mistake was made, not when it was reported."))

    def prepare(self) -> None:
        """What of this customer can be in question."""
        mine = {"contract__customer": self.subject.customer_id}
        charges = Charge.objects.filter(**mine).exclude(status__in=FALLEN).order_by("-pk")[:MOST]
        options = OptionRegistration.objects.filter(**mine, status__in=("active", "terminated"))
        lines = ServiceLine.objects.filter(**mine).order_by("pk")
        groups = [
            (_("Charges"), [(f"charge:{row.pk}", label_of(row)) for row in charges]),
            (
                _("Paid options"),
                [
                    (f"registration:{row.pk}", str(row.option))
                    for row in options.select_related("option").order_by("-pk")[:MOST]
                ],
            ),
            (
                _("Lines"),
                [(f"line:{row.pk}", str(row)) for row in lines],
            ),
        ]
        self.fields["what"].choices = [group for group in groups if group[1]]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The subject as the service takes it; a charge brings its registration along."""
        data = super().clean() or {}
        kind, _colon, key = str(data.pop("what", "")).partition(":")
        if key:
            data[f"{kind}_id"] = int(key)
        if kind == "charge":
            data["registration_id"] = Charge.objects.values_list("registration_id", flat=True).get(
                pk=int(key)
            )
        return data


class DecideFaultForm(DeskForm):
    """The verdict; only those that are possible now."""

    verdict = forms.ChoiceField(label=_("Whose fault"), widget=forms.RadioSelect)
    reasons = long_text(_("Reasons"), rows=3)

    def prepare(self) -> None:
        """While a second person is awaited, theirs is to confirm or to find for the customer."""
        review = self.subject
        if review.status == "seconding":
            possible: tuple[str, ...] = (*GIVES, review.proposed_verdict, "undetermined")
        elif review.status in TAKES:
            possible = GIVES
        elif review.status == "undetermined":
            possible = (*GIVES, *TAKES)
        else:
            possible = (*GIVES, *TAKES, "undetermined")
        self.fields["verdict"].choices = [  # type: ignore[attr-defined]
            (value, label) for value, label in Verdict.choices if value in possible
        ]


class WaiverForm(DeskForm):
    """A request to give up or give back, tax included (C7)."""

    charge = ChargeChoice(
        label=_("Charge"),
        queryset=None,
        required=False,
        help_text=_("Empty: goodwill, credited to the contract."),
    )
    contract = pick(_("Contract"), empty_label=None, required=False)
    amount_yen = yen(_("Amount, tax included (yen)"), least=1)
    reason = long_text(_("Why"), rows=3)
    booking = forms.ChoiceField(
        label=_("Booked as"), choices=Waiver.Booking.choices, initial=Waiver.Booking.REDUCTION
    )

    def prepare(self) -> None:
        """Of this customer only, what has not fallen."""
        charges = Charge.objects.filter(contract__customer=self.subject.customer_id).exclude(
            status__in=FALLEN
        )
        self.fields["charge"].queryset = charges.order_by("-period_from", "-pk")  # type: ignore[attr-defined]
        contracts = Contract.objects.filter(customer=self.subject.customer_id).order_by("-pk")
        self.fields["contract"].queryset = contracts  # type: ignore[attr-defined]
        self.fields["contract"].initial = contracts.first()

    def clean(self) -> dict[str, Any]:
        """A charge names its contract by itself."""
        data = super().clean() or {}
        charge, contract = data.pop("charge", None), data.pop("contract", None)
        data["charge_id"] = charge.pk if charge else None
        data["contract_id"] = charge.contract_id if charge else contract.pk if contract else None
        if data["contract_id"] is None and not self.errors:
            self.add_error("contract", _("Choose a charge or a contract."))
        return data


class DecideWaiverForm(DeskForm):
    """Approve, decline with reasons, or pass it up."""

    APPROVE, DECLINE, UP = "approve", "decline", "pass_up"
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[(APPROVE, _("Approve")), (DECLINE, _("Decline")), (UP, _("Pass it up"))],
        widget=forms.RadioSelect,
    )
    reasons = long_text(
        _("Reasons"), rows=3, required=False, help_text=_("Never decline without; the customer is told them.")
    )

    def clean(self) -> dict[str, Any]:
        """Declining takes reasons."""
        data = super().clean() or {}
        if data.get("decision") == self.DECLINE and not data.get("reasons", "").strip():
            self.add_error("reasons", _("Say why."))
        return data


class TellForm(DeskForm):
    """What the customer was told about a charge (C8)."""

    ticket = pick(_("Case"))
    stance = forms.ChoiceField(
        label=_("What was said"), choices=ChargeTold.Stance.choices, widget=forms.RadioSelect
    )
    words = long_text(_("In which words"), rows=2)

    def prepare(self) -> None:
        """The customer's open cases."""
        assert self.staff is not None
        self.fields["ticket"] = cases_of(self.subject.contract.customer, self.staff)


class ChargeCallForm(DeskForm):
    """A call to ask for a charge, planned for a moment."""

    ticket = pick(_("Case"))
    due_at = JstMomentField(label=_("Call by"))

    def prepare(self) -> None:
        """The customer's open cases."""
        assert self.staff is not None
        self.fields["ticket"] = cases_of(self.subject.contract.customer, self.staff)


class RefundForm(DeskForm):
    """Which payment."""

    reference = forms.CharField(label=_("Reference of the payment"), max_length=60)


class ReportForm(DeskForm):
    """The error report to the partner, agency or carrier concerned (C9)."""

    company_id = forms.TypedChoiceField(label=_("To"), coerce=int)
    what_happened = long_text(_("What happened"), rows=5)
    prevention = long_text(_("How it is prevented from now on"), rows=4)
    mail_to = forms.EmailField(label=_("By mail to"), required=False)
    how = forms.CharField(
        label=_("How it goes"), max_length=120, help_text=_("Mail, fax, the carrier's form, with its number.")
    )

    def prepare(self) -> None:
        """Every company but our own."""
        others = Company.objects.exclude(kind=Company.Kind.OWN).order_by("name")
        self.fields["company_id"].choices = [(row.pk, row.name) for row in others]  # type: ignore[attr-defined]


class CheckForm(DeskForm):
    """What looking at one suspect found."""

    outcome = forms.ChoiceField(
        label=_("What was found"),
        choices=SweepItem.Outcome.choices,
        widget=forms.RadioSelect,
        help_text=_("The same error opens a case of its own for that customer."),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class HoldBillForm(DeskForm):
    """Why the bill is kept back."""

    reason = reason()


class MonthForm(DeskForm):
    """Which month is billed."""

    month_on = day(_("Month"), help_text=_("Any day of it."))

    def clean_month_on(self) -> Any:
        """Its first day."""
        return self.cleaned_data["month_on"].replace(day=1)
