"""Forms about what the customer asked and what we answer (A6, A8)."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.forms.base import DeskForm, long_text, reason
from tickets.models import Answer, ArticleVersion


class AskForm(DeskForm):
    """A question in the customer's words."""

    text = long_text(_("The question, in the customer's words"), rows=2)
    topic = forms.ChoiceField(
        label=_("Topic"), help_text=_("Answers to one customer are compared by topic."), choices=()
    )

    def prepare(self) -> None:
        """The topics that knowledge knows, and one for the rest."""
        # By the title of the newest version of an article on it: the topic itself is a code.
        known = dict(ArticleVersion.objects.order_by("pk").values_list("article__topic", "title"))
        choices = sorted(known.items(), key=lambda one: one[1])
        self.fields["topic"].choices = [*choices, ("other", _("Other"))]  # type: ignore[attr-defined]


class AnswerForm(DeskForm):
    """Yes, no, or yes with changes; with reasons and a basis."""

    verdict = forms.ChoiceField(label=_("Answer"), choices=Answer.Verdict.choices, widget=forms.RadioSelect)
    reasons = long_text(_("Reasons"), rows=3)
    basis_kind = forms.ChoiceField(label=_("Basis"), choices=Answer.Basis.choices)
    basis_ref = reason(_("Which clause, article or policy version"))


class ResolveConflictForm(DeskForm):
    """Which of two differing answers stands, and why (A8)."""

    stands = forms.ModelChoiceField(label=_("The answer that stands"), queryset=Answer.objects.none())
    reasons = long_text(_("Reasons"), rows=3)

    def prepare(self) -> None:
        """One of the two."""
        two = Answer.objects.filter(pk__in=(self.subject.first_id, self.subject.second_id))
        self.fields["stands"].queryset = two  # type: ignore[attr-defined]
