"""What is due and what must leave the house: the administrator's screens of the jobs."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.forms.tickets import ReasonForm
from tickets.models import OutboxMessage, Pause, ScheduledAction
from tickets.paging import Page, number
from tickets.queries import jobs, outbox
from tickets.rights import administrator
from tickets.services import outbox as outbox_services
from tickets.services import pauses
from tickets.services import schedule as schedule_services
from tickets.views.deed import Deed
from tickets.views.screen import DeskRequest, page, screen

ACTION_TABS = (
    ("late", _("Late")),
    ("due", _("Due")),
    ("held", pgettext_lazy("schedule", "Held")),
    ("dead", _("Given up")),
    ("done", _("Done")),
    ("superseded", _("Superseded")),
)
MESSAGE_TABS = (
    ("", _("All")),
    ("pending", _("To be sent")),
    ("unknown", _("Unknown whether sent")),
    ("dead", _("Given up")),
    ("sent", _("Sent")),
)


@screen(administrator)
def schedule(request: DeskRequest) -> Any:
    """What is due, late, held, given up; pauses, mismatches, and what people did."""
    state, after = request.GET.get("state", "late"), request.GET.get("after", "")
    try:
        found = jobs.actions(state=state, at=request.at, after=after)
    except ValueError as error:
        raise Http404 from error
    context = {
        "page": Page(found.rows, found.next, first=not after),
        "summary": jobs.summary(request.at),
        "tabs": _tabs("tickets:schedule", ACTION_TABS, state),
        "state": state,
        "pauses": jobs.standing_pauses(),
        "mismatches": jobs.standing_mismatches(),
        "acts": jobs.acts()[:10],
        "run": jobs.reconciler_run(),
    }
    return page(request, "tickets/schedule.html", context)


@screen(administrator)
def outbox_page(request: DeskRequest) -> Any:
    """What left, what waits, what nobody knows."""
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    found = outbox.messages(state=state, after=number(after))
    context = {
        "page": Page(found.rows, str(found.next or ""), first=not after),
        "tabs": _tabs("tickets:outbox", MESSAGE_TABS, state),
    }
    return page(request, "tickets/outbox.html", context)


@screen(administrator)
def message(request: DeskRequest, pk: int) -> Any:
    """One message, as it was or will be sent."""
    return page(request, "tickets/message.html", {"message": find_message(request, pk)})


def find_message(request: DeskRequest, pk: int) -> OutboxMessage:
    """A message of the outbox."""
    return get_object_or_404(OutboxMessage.objects.select_related("customer", "ticket"), pk=pk)


def find_action(request: DeskRequest, pk: int) -> ScheduledAction:
    """A scheduled action."""
    return get_object_or_404(ScheduledAction, pk=pk)


def message_page(message: Any, outcome: Any) -> str:
    """The message's own page."""
    return reverse("tickets:message", args=[message.pk])


def schedule_page(action: Any, outcome: Any) -> str:
    """The list in which the action now stands."""
    return f"{reverse('tickets:schedule')}?state={action.status}"


send_again = Deed(
    title=_("Send it again"),
    submit=_("Send it again"),
    form=ReasonForm,
    find=find_message,
    rights=administrator,
    do=lambda request, message, data: outbox_services.send_again(
        message_id=message.pk, actor=request.user, at=request.at, reason=data["reason"]
    ),
    leads_to=message_page,
).view()

settle = Deed(
    title=_("It did arrive"),
    submit=_("It did arrive"),
    form=ReasonForm,
    find=find_message,
    rights=administrator,
    do=lambda request, message, data: outbox_services.settle(
        message_id=message.pk, actor=request.user, at=request.at, reason=data["reason"]
    ),
    leads_to=message_page,
).view()


def _action_deed(title: Any, verb: Any) -> Any:
    return Deed(
        title=title,
        submit=title,
        form=ReasonForm,
        find=find_action,
        rights=administrator,
        do=lambda request, action, data: verb(
            action_id=action.pk, actor=request.user, at=request.at, reason=data["reason"]
        ),
        leads_to=schedule_page,
    ).view()


hold_action = _action_deed(_("Hold this action"), schedule_services.hold)
release_action = _action_deed(_("Release this action"), schedule_services.release)
retry_action = _action_deed(_("Try this action again"), schedule_services.retry)
cancel_action = _action_deed(_("Cancel this action"), schedule_services.cancel_by_hand)


def everything(request: DeskRequest) -> None:
    """The jobs as a whole."""


def find_pause(request: DeskRequest, pk: int) -> Pause:
    """A pause that stands."""
    return get_object_or_404(Pause, pk=pk, ended_at=None)


pause_jobs = Deed(
    title=_("Pause the jobs"),
    lead=_("Nothing that falls due is done until somebody resumes. What is being sent goes on."),
    submit=_("Pause the jobs"),
    tone="danger",
    form=ReasonForm,
    find=everything,
    rights=administrator,
    do=lambda request, _subject, data: pauses.pause_jobs(
        actor=request.user, at=request.at, reason=data["reason"]
    ),
    leads_to=lambda _subject, _outcome: reverse("tickets:schedule"),
).view()

resume_jobs = Deed(
    title=_("Resume the jobs"),
    lead=_("What fell due meanwhile is done at once."),
    submit=_("Resume the jobs"),
    form=ReasonForm,
    find=find_pause,
    rights=administrator,
    do=lambda request, pause, data: pauses.resume_jobs(
        pause_id=pause.pk, actor=request.user, at=request.at, reason=data["reason"]
    ),
    leads_to=lambda _subject, _outcome: reverse("tickets:schedule"),
).view()


def _tabs(name: str, tabs: Any, current: str) -> list[dict[str, Any]]:
    base = reverse(name)
    return [{"label": label, "url": f"{base}?state={key}", "current": key == current} for key, label in tabs]
