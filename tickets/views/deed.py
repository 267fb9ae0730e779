"""One form about one row that leads to one service: most of what a desk does has this shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import redirect
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from tickets.forms.base import DeskForm
from tickets.rights import Rights, everyone
from tickets.views.screen import FORM, DeskRequest, carried_out, page, screen

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

    def view(self) -> Callable[..., HttpResponse]:
        """The view for the URL map."""
        return screen(self.rights, methods=FORM)(self._serve)

    def _serve(self, request: DeskRequest, **kwargs: Any) -> HttpResponse:
        subject = self.find(request, **kwargs)
        form = self._form(request, subject)
        if request.method == "POST" and form.is_valid():
            outcome = carried_out(form, lambda: self.do(request, subject, form.cleaned_data))
            if not form.errors:
                return self._go_on(request, subject, outcome)
        return page(request, self.template, self._context(request, subject), form=form)

    def _form(self, request: DeskRequest, subject: Any) -> forms.Form:
        bound: dict[str, Any] = {"initial": dict(self.initial(request, subject))}
        if request.method == "POST":
            bound |= {"data": request.POST, "files": request.FILES}
        if issubclass(self.form, DeskForm):
            bound |= {"subject": subject, "staff": request.user, "at": request.at}
        return self.form(**bound)

    def _context(self, request: DeskRequest, subject: Any) -> dict[str, Any]:
        return {
            "subject": subject,
            "ticket": getattr(subject, "ticket", None) or subject,
            "deed": self,
            "back": self.leads_to(subject, None),
            **self.beside(request, subject),
        }

    def _go_on(self, request: DeskRequest, subject: Any, outcome: Any) -> HttpResponseRedirectBase:
        if self.done:
            messages.success(request, str(self.done))
        return redirect(self.leads_to(subject, outcome))
