"""The ten seconds in which a mail is taken back before it leaves."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _now

from tickets.models import OutboxMessage, Staff, Ticket
from tickets.queries.kept import kept
from tickets.services import mail_undo, outbox
from tickets.views.screen import DEED, DeskRequest, screen, told


@screen(methods=DEED)
def message(request: DeskRequest, pk: int) -> Any:
    """Take a mail back; whoever may open its case. What has left stays sent, and the page says so."""
    rows = OutboxMessage.objects.filter(ticket__in=Ticket.objects.visible_to(request.user), channel="mail")
    mail = get_object_or_404(rows.select_related("ticket"), pk=pk)
    if not told(request, lambda: mail_undo.call_back(message_id=mail.pk, actor=request.user, at=request.at)):
        messages.info(request, _now("The mail was taken back. It has not left."))
    return redirect(mail.ticket or "tickets:home")


def say(request: DeskRequest, text: object, *, undo: str = "") -> None:
    """Say on the next page that it is done, with the button that takes it back: at `undo`, else the mail that was put."""
    back = undo or of_mail(request)
    messages.success(request, str(text), extra_tags=f"undo:{back}" if back else "")


def of_mail(request: DeskRequest) -> str:
    """Where the mail that this request has just put on a case is taken back; empty when it put none."""
    for mail in _put(staff=request.user, at=request.at, leaves=request.at + outbox.UNDO):
        return reverse("tickets:undo_message", args=[mail.pk])
    return ""


@kept
def _put(*, staff: Staff, at: dt.datetime, leaves: dt.datetime) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(
        status="pending", channel="mail", once="at_least", not_before=leaves,
        created_at=at, ticket__in=Ticket.objects.visible_to(staff),
    ).only("pk").order_by("pk")[:1]  # fmt: skip
