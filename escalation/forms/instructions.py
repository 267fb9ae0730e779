"""Forms about instructions, objections, questions to leaders, authorities and concerns (B8-B11, B13)."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from escalation.models import Basis, Instruction, RegulatorCase
from tickets.forms.base import DeskForm, JstMomentField, long_text, reason
from tickets.models import Staff, Tier


class InstructionForm(DeskForm):
    """A superior's order, on record: to whom, what, on what basis, who sees it."""

    recipient = forms.ModelChoiceField(label=_("To"), queryset=Staff.objects.none())
    text = long_text(_("The instruction"), rows=3)
    adverse = forms.BooleanField(label=_("It is to the customer's disadvantage"), required=False)
    basis_kind = forms.ChoiceField(label=_("Basis"), choices=Basis.choices)
    basis_ref = reason(_("Which clause, article or policy version"))
    observers = forms.ModelMultipleChoiceField(
        label=_("Observers (CC)"), queryset=Staff.objects.none(), required=False
    )
    charge_ref = forms.IntegerField(label=_("Charge number"), required=False)

    def prepare(self) -> None:
        """People of the own company and of the case's desk."""
        people = Staff.objects.filter(is_active=True).order_by("name")
        for name in ("recipient", "observers"):
            self.fields[name].queryset = people  # type: ignore[attr-defined]


class NoteInstructionForm(DeskForm):
    """An order that came by mail or by word of mouth: written down, never executable."""

    issuer = forms.ModelChoiceField(label=_("Who gave it"), queryset=Staff.objects.none())
    channel = forms.ChoiceField(label=_("How"), choices=Instruction.Channel.choices[1:])
    text = long_text(_("What was said or written"), rows=3)
    charge_ref = forms.IntegerField(label=_("Charge number"), required=False)

    def prepare(self) -> None:
        """A leader or above."""
        people = Staff.objects.filter(is_active=True, tier__gte=Tier.LEADER).order_by("name")
        self.fields["issuer"].queryset = people  # type: ignore[attr-defined]


class ObjectForm(DeskForm):
    """Why it should not be carried out. Hidden from the issuer unless the author wants otherwise."""

    reasons = long_text(_("Reasons"), rows=4)
    hidden = forms.BooleanField(
        label=_("Hide my name from whoever gave the instruction"), required=False, initial=True
    )


class DecideObjectionForm(DeskForm):
    """Whether the instruction falls or stands."""

    sustained = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("1", _("The instruction falls")), ("0", _("The instruction stands"))],
        widget=forms.RadioSelect,
        coerce=lambda value: value == "1",
    )
    reasons = long_text(_("Reasons"), rows=3)


class AskLeaderForm(DeskForm):
    """A question to the leaders; the next person finds the answer."""

    topic = forms.CharField(label=_("Topic"), max_length=80)
    text = long_text(_("Question"), rows=3)


class AnswerAsLeaderForm(DeskForm):
    """An answer with its basis, under one's own name."""

    text = long_text(_("Answer"), rows=3)
    basis_kind = forms.ChoiceField(label=_("Basis"), choices=Basis.choices)
    basis_ref = reason(_("Which clause, article or policy version"))


class RegulatorForm(DeskForm):
    """What an authority asks, and by when."""

    body = forms.ChoiceField(label=_("Body"), choices=RegulatorCase.Body.choices)
    body_name = forms.CharField(label=_("Name of the office"), max_length=100)
    reference = forms.CharField(label=_("Their reference"), max_length=60, required=False)
    asks = long_text(_("What they ask"), rows=4)
    deadline = JstMomentField(label=_("Deadline"))


class DraftForm(DeskForm):
    """The reply; a new draft needs new signatures."""

    text = long_text(_("Reply"), rows=10)


class ConcernForm(DeskForm):
    """Something compliance should know."""

    text = long_text(
        _("What worries you"),
        rows=6,
        help_text=_("Only compliance reads this. Your name reaches nobody in the line above you."),
    )


class CloseConcernForm(DeskForm):
    """How it ended."""

    outcome = long_text(_("How it ended"), rows=4)
