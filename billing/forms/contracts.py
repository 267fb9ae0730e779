"""Forms about a contract: proof of an order, notices, the contract document, early withdrawal (C2, C3, C11)."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.forms.fields import cases_of, day, pick, yen
from billing.models import ContractDocument, DocumentVersion, EvidenceKind, Notice, OptionItem
from billing.queries.side_by_side import option_names
from tickets.forms.base import DeskForm, JstMomentField, reason
from tickets.models import Company

MOST_BYTES = 10 * 1024 * 1024
# What a scanner or a telephone makes, told by its first bytes and not by its name.
SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": ("png", "image/png"),
    b"\xff\xd8\xff": ("jpg", "image/jpeg"),
    b"%PDF-": ("pdf", "application/pdf"),
}


def kind_of_image(head: bytes) -> tuple[str, str] | None:
    """(ending, content type) by the first bytes; None for anything that is not a picture or a PDF."""
    return next((found for start, found in SIGNATURES.items() if head.startswith(start)), None)


class ImageField(forms.FileField):
    """A scan: PNG, JPEG or PDF, stored under a name of its own."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Refuse what is too big or something else; the uploader's file name is dropped."""
        found = super().clean(data, initial)
        if not isinstance(found, UploadedFile):
            return found
        if (found.size or 0) > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB."))
        kind = kind_of_image(found.read(16))
        found.seek(0)
        if kind is None:
            raise forms.ValidationError(_("Only a PNG or JPEG picture or a PDF can be stored."))
        found.name = f"{uuid.uuid4().hex}.{kind[0]}"
        return found


class EvidenceForm(DeskForm):
    """What the customer ordered, as it stands on the form, the recording or the web log (C2)."""

    kind = forms.ChoiceField(label=_("What proves it"), choices=EvidenceKind.choices)
    ordered_on = day(_("Date of the order"), help_text=_("The customer's date on it, not today."))
    options = forms.MultipleChoiceField(
        label=_("Ticked on it"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("What is not ticked was not ordered."),
    )
    reference = forms.CharField(
        label=_("Where the original is"),
        max_length=200,
        help_text=_("Archive number of the form, of the recording, or of the web log."),
    )
    image = ImageField(label=_("Image"), required=False, help_text=_("PNG, JPEG or PDF, 10 MB at most."))
    form_version = forms.CharField(label=_("Form version"), max_length=20, required=False)
    agency = forms.ModelChoiceField(
        label=_("Agency that took the order"), queryset=Company.objects.none(), required=False
    )
    is_customers_copy = forms.BooleanField(label=_("It is the customer's own copy"), required=False)

    def prepare(self) -> None:
        """Every option that can be ordered, in the person's language; agencies."""
        self.fields["options"].choices = sorted(option_names().items())  # type: ignore[attr-defined]
        agencies = Company.objects.filter(kind__in=(Company.Kind.AGENCY, Company.Kind.PARTNER))
        self.fields["agency"].queryset = agencies.order_by("name")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Every option of the form, ticked or not."""
        data = super().clean() or {}
        ticked = set(data.get("options") or ())
        offered = [code for code, _label in self.fields["options"].choices]  # type: ignore[attr-defined]
        data["options"] = {code: code in ticked for code in offered}
        return data


class NoticeForm(DeskForm):
    """That a letter or mail went out. It proves no receipt and no consent (C3)."""

    document_version = pick(_("Document"))
    via = forms.ChoiceField(label=_("Sent by"), choices=Notice.Via.choices)
    sent_to = forms.CharField(label=_("Sent to"), max_length=200)
    options = forms.MultipleChoiceField(
        label=_("Options named in it"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def prepare(self) -> None:
        """Documents that can be sent."""
        rows = DocumentVersion.objects.order_by("code", "-version")
        self.fields["document_version"].queryset = rows  # type: ignore[attr-defined]
        self.fields["options"].choices = sorted(option_names().items())  # type: ignore[attr-defined]


class DocumentForm(DeskForm):
    """The contract document (契約書面), made of the verified registrations."""

    document_version = pick(_("Document"))
    replaces = pick(
        _("In place of"),
        required=False,
        help_text=_("A document that said something wrong. The eight days begin anew."),
    )
    electronic_consent_ref = forms.CharField(
        label=_("Consent to electronic form"),
        max_length=200,
        required=False,
        help_text=_("Recording or log. Without it the document goes on paper."),
    )

    def prepare(self) -> None:
        """Versions of contract documents; documents of this contract not yet replaced."""
        rows = DocumentVersion.objects.filter(kind=DocumentVersion.Kind.CONTRACT).order_by("code", "-version")
        self.fields["document_version"].queryset = rows  # type: ignore[attr-defined]
        standing = ContractDocument.objects.filter(contract=self.subject, replaced_by__isnull=True)
        self.fields["replaces"].queryset = standing.order_by("-pk")  # type: ignore[attr-defined]


class ReceivedForm(DeskForm):
    """When the contract document came into the customer's hands: day 1 of the eight."""

    received_on = day(_("Received on"))
    proof = forms.CharField(
        label=_("Proof of receipt"),
        max_length=200,
        help_text=_("Sending proves nothing: number of the registered letter, access log."),
    )


class WithdrawalForm(DeskForm):
    """Early withdrawal (初期契約解除): the postmark decides."""

    ticket = pick(_("Case"))
    dispatched_on = day(_("Dispatched on (postmark)"))
    arrived_on = day(_("Arrived on"))
    postmark_proof = reason(_("Proof of dispatch"))
    used_yen = yen(_("Use (yen, before tax)"), initial=0)
    work_yen = yen(
        _("Work done (yen, before tax)"), initial=0, help_text=_("Cut at the legal cap by itself.")
    )
    contracting_yen = yen(_("Cost of contracting (yen, before tax)"), initial=0)

    def prepare(self) -> None:
        """The customer's open cases."""
        assert self.staff is not None
        self.fields["ticket"] = cases_of(self.subject.customer, self.staff)


class RegisterForm(DeskForm):
    """An option keyed in as a draft (C2)."""

    option_code = forms.ChoiceField(label=_("Paid option"))
    line_id = forms.TypedChoiceField(label=_("Line"), coerce=int, empty_value=None, required=False)
    ordered_on = day(_("Date of the order"), help_text=_("The customer's date on the form, not today."))
    starts_on = day(_("Promised start"))
    evidence = pick(
        _("Proof of the order"),
        required=False,
        help_text=_("Without one it stays a draft."),
    )
    batch = forms.CharField(label=_("Batch"), max_length=40, required=False)
    form_version = forms.CharField(label=_("Form version"), max_length=20, required=False)

    def prepare(self) -> None:
        """Options, and the lines and proofs of this contract."""
        names = option_names()
        lines = self.subject.lines.exclude(status="terminated").order_by("pk")
        self.fields["option_code"].choices = [  # type: ignore[attr-defined]
            (row.code, names[row.code]) for row in OptionItem.objects.order_by("code")
        ]
        self.fields["line_id"].choices = [  # type: ignore[attr-defined]
            ("", "―"),
            *((line.pk, str(line)) for line in lines),
        ]
        self.fields["evidence"].queryset = self.subject.evidence.order_by("-pk")  # type: ignore[attr-defined]


class AttachForm(DeskForm):
    """Which proof shows the order."""

    evidence = pick(_("Proof of the order"), empty_label=None)

    def prepare(self) -> None:
        """The proofs of this contract."""
        rows = self.subject.contract.evidence.order_by("-pk")
        self.fields["evidence"].queryset = rows  # type: ignore[attr-defined]


class DeliveredForm(DeskForm):
    """From when the option really works."""

    delivered_at = JstMomentField(label=_("It works since"))


class EndOptionForm(DeskForm):
    """The customer gives the option up."""

    last_day = day(_("Last day"))


class OptionFeeForm(DeskForm):
    """Days for which the option is charged; the end is exclusive."""

    first = day(pgettext_lazy("period", "From"))
    until = day(_("Until (exclusive)"))

    def clean(self) -> dict[str, Any]:
        """Forwards."""
        data = super().clean() or {}
        if data.get("first") and data.get("until") and data["first"] >= data["until"]:
            self.add_error("until", _("The end comes after the beginning."))
        return data


class CorrectForm(DeskForm):
    """The ordered option in place of the one registered by mistake (C6)."""

    option_code = forms.ChoiceField(label=_("What was ordered"))
    evidence = pick(_("Proof of the order"), empty_label=None)
    starts_on = day(
        _("Promised start"), required=False, help_text=_("Empty: that of the wrong registration.")
    )
    reason = reason(_("What went wrong"))

    def prepare(self) -> None:
        """What the proofs of this contract show as ordered."""
        names = option_names()
        proofs = list(self.subject.contract.evidence.order_by("-pk"))
        ticked = sorted(set().union(*(proof.ordered_options for proof in proofs)))
        self.fields["option_code"].choices = [(code, names.get(code, code)) for code in ticked]  # type: ignore[attr-defined]
        self.fields["evidence"].queryset = self.subject.contract.evidence.order_by("-pk")  # type: ignore[attr-defined]
