"""Forms of a cancellation: the wish per line, the explanation, other days, porting, visits (D1-D6)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils import translation
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from billing.forms.fields import cases_of, contacts_with, day, pick, yen
from billing.models import (
    AccessLine,
    CancellationLine,
    DocumentVersion,
    LineKind,
    MilestoneKind,
    NumberOutcome,
    OrderChannel,
    OrderStatus,
    ServiceLine,
    ToldHow,
)
from billing.queries.planner import costs_of
from billing.rating import NoFigure
from billing.services.cancellation import LineWish, Told
from billing.services.milestones import BY_HAND
from tickets.dates import day_of
from tickets.formats import last_minute_text
from tickets.forms.base import DeskForm, JstMomentField, long_text, reason


class OfCustomerForm(DeskForm):
    """Something the customer says: with the contact in which they say it."""

    def prepare(self) -> None:
        """The latest contacts with this customer; empty is the call that runs."""
        self.fields["contact"] = contacts_with(self.order.customer)

    @property
    def order(self) -> Any:
        """The cancellation it belongs to."""
        return self.subject.order if hasattr(self.subject, "order") else self.subject


class PlanForm(DeskForm):
    """Which lines are to end, each on its own last day with its own reason (D2)."""

    def prepare(self) -> None:
        """Two fields a line that still runs and is not being cancelled."""
        assert self.staff is not None
        busy = CancellationLine.objects.filter(withdrawn_at__isnull=True).values("line_id")
        rows = self.subject.lines.exclude(status="terminated").select_related("access_line").order_by("pk")
        self.lines: list[ServiceLine] = list(rows.exclude(pk__in=busy))
        self.busy: list[ServiceLine] = list(rows.filter(pk__in=busy))
        for line in self.lines:
            self.fields[f"last_day_{line.pk}"] = day(_("Last day"), required=False)
            self.fields[f"why_{line.pk}"] = forms.CharField(
                label=_("Why that day"), max_length=200, required=False
            )
        self.fields["words"] = long_text(_("The customer's words"), rows=2)
        self.fields["channel"] = forms.ChoiceField(
            label=_("How it was asked for"), choices=OrderChannel.choices
        )
        self.fields["ticket"] = cases_of(self.subject.customer, self.staff)
        case = self.fields["ticket"]
        case.required, case.empty_label = False, _("A new case")  # type: ignore[attr-defined]
        self.fields["contact"] = contacts_with(self.subject.customer)

    @property
    def rows(self) -> list[tuple[ServiceLine, BoundField, BoundField]]:
        """Line, last day, why: a row of the table."""
        return [(line, self[f"last_day_{line.pk}"], self[f"why_{line.pk}"]) for line in self.lines]

    @property
    def rest(self) -> list[BoundField]:
        """The fields below the table."""
        return [self[name] for name in ("words", "channel", "ticket", "contact")]

    def clean(self) -> dict[str, Any]:
        """At least one line; each with a day to come and a reason."""
        data = super().clean() or {}
        assert self.at is not None
        asked = [line for line in self.lines if data.get(f"last_day_{line.pk}")]
        for line in asked:
            if data[f"last_day_{line.pk}"] < day_of(self.at):
                self.add_error(f"last_day_{line.pk}", _("This day is over."))
            if not data.get(f"why_{line.pk}"):
                self.add_error(f"why_{line.pk}", _("Say why; it is shown beside the date."))
        if not asked and not self.errors:
            self.add_error(None, _("Enter the last day of at least one line. Lines left empty go on."))
        return data

    @property
    def asked(self) -> list[tuple[ServiceLine, dt.date]]:
        """The lines with the days that were entered."""
        data = self.cleaned_data
        return [(line, data[f"last_day_{line.pk}"]) for line in self.lines if data.get(f"last_day_{line.pk}")]

    @property
    def wishes(self) -> list[LineWish]:
        """As the service takes them."""
        data = self.cleaned_data
        return [
            LineWish(line.pk, last_day, words=data["words"], why=data[f"why_{line.pk}"])
            for line, last_day in self.asked
        ]


class ExplainForm(OfCustomerForm):
    """What the customer is told per line, and the document that was given (D6)."""

    AMOUNTS = (
        ("last_month", _("Last month (yen, tax included)")),
        ("penalty", _("Penalty (yen)")),
        ("residual", _("Rest of the construction fee (yen, tax included)")),
        ("removal", _("Removal (yen, tax included)")),
    )

    def prepare(self) -> None:
        """Per line: charges, number, visit, device. Once: document, way, contact, acceptance."""
        self.lines: list[CancellationLine] = list(
            self.subject.lines.select_related("line").order_by("line_id")
        )
        self._main = max(self.lines, key=lambda line: (line.last_day, -line.pk)).pk if self.lines else 0
        for line in self.lines:
            self._add_line(line)
        self.fields["document_version"] = forms.ModelChoiceField(
            label=_("Document given"),
            queryset=DocumentVersion.objects.filter(kind=DocumentVersion.Kind.EXPLANATION).order_by(
                "-effective_on", "-version"
            ),
            empty_label=None,
        )
        self.fields["how"] = forms.ChoiceField(
            label=_("How it was explained"), choices=[c for c in ToldHow.choices if c[0] != ToldHow.WEB]
        )
        self.fields["recording_ref"] = forms.CharField(
            label=_("Recording or web log"), max_length=200, required=False
        )
        super().prepare()
        if self.subject.status == OrderStatus.DRAFT:
            self.fields["accept"] = forms.BooleanField(
                label=_("The customer asks for it: accept the cancellation"), required=False, initial=True
            )

    def _add_line(self, line: CancellationLine) -> None:
        suggested = self._suggested(line)
        for name, label in self.AMOUNTS:
            self.fields[f"{name}_{line.pk}"] = yen(label, initial=suggested[name])
        if line.line.kind == LineKind.PHONE:
            self.fields[f"number_{line.pk}"] = forms.ChoiceField(
                label=_("The number"),
                choices=[choice for choice in NumberOutcome.choices if choice[0] != NumberOutcome.NONE],
                widget=forms.RadioSelect,
            )
        with translation.override("ja"):
            visit, device = self._usual(line)
        self.fields[f"visit_{line.pk}"] = forms.CharField(
            label=_("What was said of the visit"), max_length=200, initial=visit
        )
        self.fields[f"device_{line.pk}"] = forms.CharField(
            label=_("What was said of the device"), max_length=200, initial=device
        )

    def _suggested(self, line: CancellationLine) -> dict[str, int | None]:
        """The contract's costs stand with the line that ends last, so that they are told once."""
        nothing: dict[str, int | None] = {"last_month": 0, "penalty": 0, "residual": 0, "removal": 0}
        if line.pk != self._main:
            return nothing
        try:
            costs = costs_of(self.subject.contract, line.last_day)
        except NoFigure:
            return {**nothing, "last_month": None, "residual": None}
        return {**nothing, "last_month": costs.last_month_yen, "residual": costs.residual_yen}

    def _usual(self, line: CancellationLine) -> tuple[str, str]:
        if line.pk != self._main:
            return gettext("None for this line"), gettext("None for this line")
        until = last_minute_text(line.last_day)
        return (
            gettext("If the circuit is removed: not before %(until)s, on a day agreed with you")
            % {"until": until},
            gettext("Please return the device within 20 days of the last day"),
        )

    @property
    def rows(self) -> list[tuple[CancellationLine, list[BoundField]]]:
        """A line and its fields."""
        names = [name for name, _label in self.AMOUNTS] + ["number", "visit", "device"]
        return [
            (line, [self[f"{name}_{line.pk}"] for name in names if f"{name}_{line.pk}" in self.fields])
            for line in self.lines
        ]

    @property
    def rest(self) -> list[BoundField]:
        """The fields below the lines."""
        names = ("document_version", "how", "recording_ref", "contact", "accept")
        return [self[name] for name in names if name in self.fields]

    def told(self, line: CancellationLine) -> Told:
        """As the service takes it."""
        data, key = self.cleaned_data, line.pk
        return Told(
            last_month_yen=data[f"last_month_{key}"],
            penalty_yen=data[f"penalty_{key}"],
            residual_yen=data[f"residual_{key}"],
            removal_yen=data[f"removal_{key}"],
            visit=data[f"visit_{key}"],
            device=data[f"device_{key}"],
            document_version_id=data["document_version"].pk,
            number_outcome=NumberOutcome(data.get(f"number_{key}") or NumberOutcome.NONE),
            how=ToldHow(data["how"]),
            recording_ref=data["recording_ref"],
        )


class ReviseForm(DeskForm):
    """Another day before acceptance; it is explained anew."""

    last_day = day(_("Last day"))
    why = reason(_("Why that day"))
    words = long_text(_("The customer's words"), rows=2)


class ChangeDayForm(OfCustomerForm):
    """Another last day for one line; an earlier one only with the customer's recorded consent (D2)."""

    last_day = day(_("New last day"))
    why = reason(_("Why that day"))
    words = long_text(
        _("The customer's words"),
        rows=2,
        required=False,
        help_text=_("Needed when the new day is earlier: the consent to an earlier stop."),
    )
    recording_ref = forms.CharField(
        label=_("Recording or web log"), max_length=200, required=False, help_text=_("Needed with a consent.")
    )

    @property
    def earlier(self) -> bool:
        """Whether it brings the day forward."""
        return bool(self.cleaned_data["last_day"] < self.subject.last_day)

    def clean(self) -> dict[str, Any]:
        """A day to come; an earlier one with words and recording."""
        data = super().clean() or {}
        new = data.get("last_day")
        assert self.at is not None
        if new is not None and new < day_of(self.at):
            self.add_error("last_day", _("This day is over."))
        elif new is not None and new < self.subject.last_day:
            for name in ("words", "recording_ref"):
                if not data.get(name):
                    self.add_error(name, _("An earlier end needs the customer's own recorded consent."))
        return data


class ConsentForm(OfCustomerForm):
    """The customer's own words that a line may stop before its last day's end (D2)."""

    stop_at = JstMomentField(label=_("May stop from"))
    words = long_text(_("The customer's words"), rows=3)
    recording_ref = reason(_("Recording or web log"))


class PortingForm(OfCustomerForm):
    """To whom the number goes, and when they mean to do it (D3)."""

    new_provider = forms.CharField(label=_("New provider"), max_length=100)
    scheduled_at = JstMomentField(label=_("Planned for"))
    reference = forms.CharField(label=_("Reference"), max_length=60, required=False)


class PortedForm(DeskForm):
    """It rings at the new provider."""

    completed_at = JstMomentField(label=_("Completed at"))
    evidence = forms.CharField(label=_("What shows it"), max_length=200)


class PortingFailedForm(DeskForm):
    """Why it failed; a call to the customer is owed."""

    reason = forms.CharField(label=_("Why it failed"), max_length=200)


class WordsForm(OfCustomerForm):
    """In the customer's own words, in which contact."""

    words = long_text(_("The customer's words"), rows=3)


class WindowForm(DeskForm):
    """From when to when somebody comes."""

    starts_at = JstMomentField(label=pgettext_lazy("period", "From"))
    ends_at = JstMomentField(label=pgettext_lazy("period", "Until"))

    def clean(self) -> dict[str, Any]:
        """Forwards."""
        data = super().clean() or {}
        if data.get("starts_at") and data.get("ends_at") and data["starts_at"] >= data["ends_at"]:
            self.add_error("ends_at", _("The end comes after the beginning."))
        return data


class OfferVisitForm(WindowForm):
    """For which circuit."""

    access_line = pick(_("Circuit"), empty_label=None)
    field_order = ("access_line", "starts_at", "ends_at")

    def prepare(self) -> None:
        """Those of the order."""
        circuits = AccessLine.objects.filter(lines__cancellation_lines__order=self.subject).distinct()
        self.fields["access_line"].queryset = circuits  # type: ignore[attr-defined]


class MoveVisitForm(WindowForm, OfCustomerForm):
    """Another window, agreed with the customer."""


class AgreeForm(OfCustomerForm):
    """In which contact the customer took it."""


class RemovedForm(DeskForm):
    """The circuit is out."""

    done_at = JstMomentField(label=_("Carried out at"))
    evidence = forms.CharField(label=_("What shows it"), max_length=200)


class MilestoneForm(DeskForm):
    """What a person records with evidence: the device is back, the final bill is made (D1)."""

    kind = forms.ChoiceField(label=_("Milestone"), widget=forms.RadioSelect)
    evidence = forms.CharField(label=_("What shows it"), max_length=300)

    def prepare(self) -> None:
        """Those of this order that wait."""
        waiting = self.subject.milestones.filter(kind__in=BY_HAND, applies=True, reached_at__isnull=True)
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (kind, MilestoneKind(kind).label) for kind in waiting.values_list("kind", flat=True)
        ]


class CarrierDoneForm(DeskForm):
    """It was done by hand: telephoned, faxed, in the carrier's own screen."""

    evidence = forms.CharField(
        label=_("What shows it"), max_length=300, help_text=_("The carrier's reference.")
    )
    executed_at = JstMomentField(label=_("The carrier's own time"), required=False)


class DeadLineForm(DeskForm):
    """A line waiting for its end is dead before it (D7)."""

    line = pick(_("Line"), empty_label=None, widget=forms.RadioSelect)
    words = long_text(_("The customer's words"), rows=2)
    executed_at = JstMomentField(label=_("Dead since, if known"), required=False)

    def prepare(self) -> None:
        """The customer's lines with an end set."""
        lines = ServiceLine.objects.filter(
            contract__customer=self.subject.customer_id, last_day__isnull=False
        ).select_related("contract")
        self.fields["line"].queryset = lines.order_by("pk")  # type: ignore[attr-defined]
        if not lines:
            self.fields["line"].help_text = _(
                "No line of this customer waits for its end. Open a fault instead."
            )
        self.fields["line"].label_from_instance = _line_label  # type: ignore[attr-defined]


def _line_label(line: ServiceLine) -> str:
    return f"{line} {last_minute_text(line.last_day)}"
