"""The evidence print of a case: made by a button, shown as a page that prints, and as PDF (F3)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from tickets import sheets
from tickets.models import CasePrint, Ticket
from tickets.services.prints import print_case
from tickets.views import find
from tickets.views.screen import FORM, DeskRequest, page, screen


@screen(methods=FORM)
def evidence(request: DeskRequest, number: str) -> Any:
    """What a print holds, one's own earlier ones, and the button that makes one; making it is on the timeline."""
    ticket = find.ticket(request, number)
    if request.method == "POST":
        return redirect(print_case(ticket_id=ticket.pk, actor=request.user, at=request.at))
    earlier = CasePrint.objects.visible_to(request.user).filter(ticket=ticket).defer("content")
    return page(
        request, "tickets/evidence.html", {"ticket": ticket, "earlier": earlier.order_by("-printed_at")[:20]}
    )


def _made(request: DeskRequest, pk: int) -> CasePrint:
    """One's own; 403 for a colleague's on a case one sees, 404 for the rest."""
    cases = Ticket.objects.visible_to(request.user)
    made = get_object_or_404(CasePrint.objects.select_related("ticket").filter(ticket__in=cases), pk=pk)
    if made.printed_by_id != request.user.pk:
        raise PermissionDenied
    return made


@screen()
def case_print(request: DeskRequest, pk: int) -> Any:
    """The sheet, for reading and for the browser's own printing."""
    made = _made(request, pk)
    with override(made.language):
        return page(request, "tickets/case_print.html", {"made": made, **sheets.content(made)}).render()


@screen()
def case_print_style(request: DeskRequest, pk: int) -> HttpResponse:
    """The margins of its pages, as a style sheet of its own: the policy allows none in the page."""
    made = _made(request, pk)
    with override(made.language):
        return HttpResponse(sheets.page_css(made), content_type="text/css; charset=utf-8")


@screen()
def case_print_pdf(request: DeskRequest, pk: int) -> Any:
    """The same as PDF; one clear line where the machine cannot make it."""
    made = _made(request, pk)
    with override(made.language):
        html = render_to_string("tickets/case_sheet.html", {"made": made, **sheets.content(made)})
        try:
            data = sheets.pdf(html, made)
        except sheets.NoPdf:
            missing = _(
                "This machine makes no PDF: install %(packages)s. The page itself prints from the browser."
            )
            return page(request, "tickets/no_pdf.html", {"made": made, "missing": missing % {"packages": sheets.DEBIAN_PACKAGES}}).render()  # fmt: skip
    answer = HttpResponse(data, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{made.ticket.number}-{made.pk}.pdf"'
    return answer
