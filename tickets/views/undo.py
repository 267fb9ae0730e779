"""The ten seconds in which a mail is taken back before it leaves."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _now

from tickets.models import OutboxMessage, Ticket
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
    mail = OutboxMessage.objects.filter(
        status="pending", channel="mail", once="at_least", not_before=request.at + outbox.UNDO,
        created_at=request.at, ticket__in=Ticket.objects.visible_to(request.user),
    ).first()  # fmt: skip
    return reverse("tickets:undo_message", args=[mail.pk]) if mail else ""
