"""One form about one row that leads to one service: most of what a desk does has this shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from tickets.errors import Stale
from tickets.forms.base import DeskForm
from tickets.forms.drafts import difference, keeps_drafts, restored
from tickets.models import Draft, Ticket
from tickets.rights import Rights, everyone
from tickets.services import drafts
from tickets.services.stale import Shared, as_text, unless_stale
from tickets.views.screen import FORM, DeskRequest, carried_out, page, screen
from tickets.views.undo import say

Text = str | LazyText
SAVE = _("Save")
SAVED = _("Saved.")


def nothing_more(request: DeskRequest, subject: Any) -> dict[str, Any]:
    """No further context."""
    return {}


def own_page(subject: Any, outcome: Any) -> str:
    """Back to the page of what the deed was about."""
    return str(subject.get_absolute_url())


@dataclass(frozen=True)
class Deed:
    """A form (`form`), the row it is about (`find`, by `visible_to`), the service (`do`), and the way on (`leads_to`).

    `find(request, **url arguments)` raises 404 for rows the person may not see. `do(request, subject, data)` calls
    the service; what it refuses stands in the form beside what was typed. `beside` adds context for the template.
    A form with a long text keeps a draft. `shared`: for a form that writes over values of the case, these values by
    field; who saves too late gets both texts side by side. `undo` gives the address that takes it back for ten seconds;
    without it a mail that was put is what can be taken back.
    """

    title: Text
    form: type[forms.Form]
    find: Callable[..., Any]
    do: Callable[[DeskRequest, Any, dict[str, Any]], Any]
    submit: Text = SAVE
    tone: str = "primary"
    lead: Text = ""
    done: Text = SAVED
    rights: Rights = everyone
    leads_to: Callable[[Any, Any], str] = own_page
    initial: Callable[[DeskRequest, Any], Mapping[str, Any]] = field(default=nothing_more)
    beside: Callable[[DeskRequest, Any], Mapping[str, Any]] = field(default=nothing_more)
    template: str = "deed.html"
    shared: Shared | None = None
    undo: Callable[[DeskRequest, Any, Any], str] | None = None

    def view(self) -> Callable[..., HttpResponse]:
        """The view for the URL map."""
        return screen(self.rights, methods=FORM)(self._serve)  # type: ignore[arg-type]

    def _serve(self, request: DeskRequest, **kwargs: Any) -> HttpResponse:
        subject = self.find(request, **kwargs)
        form = self._form(request, subject)
        context = self._draft(request, subject, form)
        if request.method == "POST" and form.is_valid():
            outcome = carried_out(form, lambda: self._do(request, subject, form))
            if not form.errors:
                return self._go_on(request, subject, outcome)
            context |= self._both_texts(request, subject, form)
        return page(request, self.template, self._context(request, subject) | context, form=form)

    def _do(self, request: DeskRequest, subject: Any, form: forms.Form) -> Any:
        seen = _seen(request)
        if self.shared is None or seen is None:
            return self.do(request, subject, form.cleaned_data)
        return unless_stale(
            ticket_id=_case(subject).pk,
            seen=seen,
            shared=self.shared,
            deed=lambda: self.do(request, subject, form.cleaned_data),
            actor=request.user,
        )

    def _form(self, request: DeskRequest, subject: Any) -> forms.Form:
        bound: dict[str, Any] = {"initial": dict(self.initial(request, subject))}
        if request.method == "POST":
            bound |= {"data": request.POST, "files": request.FILES}
        if issubclass(self.form, DeskForm):
            bound |= {"subject": subject, "staff": request.user, "at": request.at}
        form = self.form(**bound)
        # A key leads here and the next one is written; a refused form has the focus on its errors (js/frame.js).
        first = next((field for field in form.visible_fields() if not form.is_bound), None)
        if first is not None:
            first.field.widget.attrs["autofocus"] = True
        return form

    def _draft(self, request: DeskRequest, subject: Any, form: forms.Form) -> dict[str, Any]:
        """What the page needs to keep a draft; a kept one is put into the form that was only opened."""
        context: dict[str, Any] = {}
        if self.shared is not None:
            context["seen"] = json.dumps(as_text(self.shared(_case(subject))), ensure_ascii=False)
            context["draft_version"] = _case(subject).version
        if not (self.shared or keeps_drafts(self.form)):
            return context
        name, about = draft_key(request, subject)
        kept = None if form.is_bound else drafts.draft_of(form=name, subject=about, staff=request.user)
        if kept:
            form.initial.update(restored(form, kept.fields))
        return context | {"draft": name, "draft_subject": about, "draft_kept": kept}

    def _both_texts(self, request: DeskRequest, subject: Any, form: forms.Form) -> dict[str, Any]:
        """After a save that came too late: theirs and mine; sending again writes over theirs knowingly."""
        if self.shared is None or getattr(form, "refusal_status", 0) != Stale.status:
            return {}
        name, about = draft_key(request, subject)
        mine = {key: form.data[key] for key in form.fields if key in form.data}
        drafts.save_draft(form=name, subject=about, fields=mine, at=request.at, actor=request.user)
        ticket = Ticket.objects.get(pk=_case(subject).pk)
        theirs = as_text(self.shared(ticket))
        rival = drafts.rival_on(ticket.pk, ticket.version, request.user)
        return {
            "seen": json.dumps(theirs, ensure_ascii=False),
            "draft_version": ticket.version,
            "difference": difference(form, theirs),
            "rival": rival,
            "mine_as_note": f"{reverse('tickets:note', args=[ticket.number])}?from={name}",
        }

    def _context(self, request: DeskRequest, subject: Any) -> dict[str, Any]:
        return {
            "subject": subject,
            "ticket": getattr(subject, "ticket", None) or subject,
            "deed": self,
            "back": self.leads_to(subject, None),
            **self.beside(request, subject),
        }

    def _go_on(self, request: DeskRequest, subject: Any, outcome: Any) -> HttpResponseRedirectBase:
        if self.shared or keeps_drafts(self.form):
            name, about = draft_key(request, subject)
            drafts.drop_draft(form=name, subject=about, actor=request.user)
        if self.done:
            say(request, self.done, undo=self.undo(request, subject, outcome) if self.undo else "")
        return redirect(self.leads_to(subject, outcome))


def draft_key(request: DeskRequest, subject: Any) -> tuple[str, str]:
    """(form, subject) of a deed's draft: its address, and the row it is about."""
    match = request.resolver_match
    name = match.view_name if match else request.path
    about = f"{subject._meta.model_name}:{subject.pk}" if isinstance(subject, Model) else str(subject)
    longest = Draft._meta.get_field("form").max_length or 0
    return name[:longest], about[:longest]


def _case(subject: Any) -> Any:
    return subject if isinstance(subject, Ticket) else subject.ticket


def _seen(request: DeskRequest) -> dict[str, str] | None:
    """What the form was opened on; None from a page that does not say."""
    try:
        found = json.loads(request.POST.get("seen", ""))
    except ValueError:
        return None
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else None
