"""The texts of mails and letters for the administrator: what is in force, how it reads, the next version."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tickets import letter_kinds
from tickets.dates import day_of
from tickets.forms.letters import EndForm, LetterForm
from tickets.models import LetterTemplate
from tickets.paging import newest_first
from tickets.queries.masters import acts_on
from tickets.rights import administrator
from tickets.services import letter_masters
from tickets.views.deed import Deed
from tickets.views.screen import FORM, DeskRequest, carried_out, page, screen


def find_template(request: DeskRequest, pk: int) -> LetterTemplate:
    """A version of a letter."""
    return get_object_or_404(LetterTemplate, pk=pk)


@screen(administrator)
def index(request: DeskRequest) -> Any:
    """Every letter in each language as in force today, and what is to follow."""
    holds_on = Q(during__endswith__gt=day_of(request.at)) | Q(during__endswith__isnull=True)
    rows = LetterTemplate.objects.filter(holds_on).defer("body")
    context = {
        "letters": [
            {"row": row, "kind": letter_kinds.kind(row.code), "now": day_of(request.at) in row.during}
            for row in rows.order_by("code", "-language", "version")
        ]
    }
    return page(request, "tickets/letters.html", context)


@screen(administrator)
def template(request: DeskRequest, pk: int) -> Any:
    """One version as a customer would read it, and its forerunners."""
    found = find_template(request, pk)
    kind = letter_kinds.kind(found.code)
    versions = LetterTemplate.objects.filter(code=found.code, language=found.language).defer("body")
    context = {
        "template": found,
        "kind": kind,
        "preview": (kind.preview(found.subject), kind.preview(found.body)),
        "page": newest_first(versions, request.GET.get("after", "")),
        "acts": acts_on(found),
        "today": day_of(request.at),
    }
    return page(request, "tickets/letter.html", context)


@screen(administrator, methods=FORM)
def new_version(request: DeskRequest, pk: int) -> HttpResponse:
    """Write the next version; `preview` shows how it would read and saves nothing."""
    found = find_template(request, pk)
    standing = {"subject_line": found.subject, "body": found.body}
    form = LetterForm(
        request.POST or None, initial=standing, subject=found, staff=request.user, at=request.at
    )
    preview = None
    if form.is_valid():
        texts = {"subject": form.cleaned_data["subject_line"], "body": form.cleaned_data["body"]}
        if "preview" in request.POST:
            preview = carried_out(form, lambda: letter_masters.looked_at(found, **texts))
        else:
            made = carried_out(
                form,
                lambda: letter_masters.new_version(
                    template_id=found.pk,
                    from_on=form.cleaned_data["from_on"],
                    actor=request.user,
                    at=request.at,
                    **texts,
                ),
            )
            if made:
                return redirect("tickets:letter", pk=made.pk)
    context = {"template": found, "kind": letter_kinds.kind(found.code), "preview": preview}
    return page(request, "tickets/letter_new.html", context, form=form)


withdraw = Deed(
    title=_("Withdraw a text"),
    lead=_("Customers of that language then get the Japanese one."),
    form=EndForm,
    find=find_template,
    rights=administrator,
    do=lambda request, found, data: letter_masters.withdraw(
        template_id=found.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=lambda found, _outcome: reverse("tickets:letter", args=[found.pk]),
).view()
