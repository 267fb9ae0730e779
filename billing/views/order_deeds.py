"""What is done to a cancellation: other days, consents, porting, visits, milestones, withdrawal (D1-D4).

None of them waits on an offer to stay, and none can say no to a cancellation (D8).
"""

from __future__ import annotations

from typing import Any

from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from billing.forms import cancellation as forms
from billing.services import cancellation, milestones, porting, visits
from billing.services.cancellation import LineWish
from billing.views import find
from billing.views.parts import Data, customer_deed, in_one, order_page, said_in
from tickets.dates import end_of_day
from tickets.views.screen import DEED, DeskRequest, screen


def of_line(line: Any) -> dict[str, int]:
    """The line of an order as the services name it."""
    return {"order_id": line.order_id, "line_id": line.line_id}


def with_contact(service: Any, **names: str) -> Any:
    """A deed's `do` for a service that takes the contact in which it was said; `names`: subject attribute by argument."""

    def do(request: DeskRequest, subject: Any, data: Data) -> Any:
        with in_one():
            ticket = subject.ticket if hasattr(subject, "ticket") else subject.order.ticket
            contact_id = said_in(request, ticket, data)
            ids = {argument: getattr(subject, attribute) for argument, attribute in names.items()}
            return service(contact_id=contact_id, actor=request.user, at=request.at, **ids, **data)

    return do


revise = customer_deed(
    title=_("Another day, before acceptance"),
    lead=_("It is explained anew for the new day."),
    form=forms.ReviseForm,
    find=find.order_line,
    initial=lambda request, line: {"last_day": line.last_day, "why": line.why, "words": line.asked_words},
    do=lambda request, line, data: cancellation.revise_wish(
        order_id=line.order_id,
        wish=LineWish(line.line_id, data["last_day"], words=data["words"], why=data["why"]),
        actor=request.user,
        at=request.at,
    ),
    leads_to=lambda line, _outcome: order_page(line.order, None),
)


def _change(request: DeskRequest, line: Any, data: Data) -> Any:
    """The new day; brought forward, the consent is recorded in the same breath."""
    with in_one():
        said: Data = {
            **of_line(line), "contact_id": said_in(request, line.order.ticket, data), "actor": request.user,
            "at": request.at,
        }  # fmt: skip
        consent_id = None
        if data["last_day"] < line.last_day:
            consent_id = cancellation.consent_to_stop(
                stop_at=end_of_day(data["last_day"]), words=data["words"],
                recording_ref=data["recording_ref"], for_next_day=True, **said,
            ).pk  # fmt: skip
        return cancellation.change_last_day(
            last_day=data["last_day"], why=data["why"], consent_id=consent_id, **said
        )


change_day = customer_deed(
    title=_("Change the last day of a line"),
    submit=_("Change it"),
    lead=_("Of this line alone. An agreed removal before the new end lapses, and another is owed."),
    form=forms.ChangeDayForm,
    find=find.order_line,
    initial=lambda request, line: {"last_day": line.last_day},
    do=_change,
    leads_to=lambda line, _outcome: order_page(line.order, None),
)

consent = customer_deed(
    title=_("The customer consents to an earlier stop"),
    submit=_("Record the consent"),
    lead=_("In the customer's own recorded words. Nobody consents on their behalf."),
    form=forms.ConsentForm,
    find=find.order_line,
    do=with_contact(cancellation.consent_to_stop, order_id="order_id", line_id="line_id"),
    leads_to=lambda line, _outcome: order_page(line.order, None),
)

request_porting = customer_deed(
    title=_("The number goes to another provider"),
    submit=_("Record the porting"),
    lead=_("The telephone stops only when the number has arrived there."),
    form=forms.PortingForm,
    find=find.order_line,
    do=with_contact(porting.request_porting, order_id="order_id", line_id="line_id"),
    leads_to=lambda line, _outcome: order_page(line.order, None),
)

ported = customer_deed(
    title=_("The number has been ported"),
    form=forms.PortedForm,
    find=find.porting,
    initial=lambda request, porting: {"completed_at": min(porting.scheduled_at, request.at)},
    do=lambda request, found, data: porting.complete_porting(
        porting_id=found.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=order_page,
)

porting_failed = customer_deed(
    title=_("The porting failed"),
    lead=_("The number stays, the telephone goes on, and a call to the customer is owed."),
    form=forms.PortingFailedForm,
    find=find.porting,
    do=lambda request, found, data: porting.fail_porting(
        porting_id=found.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=order_page,
)

port_again = customer_deed(
    title=_("Try the porting again"),
    form=forms.PortingForm,
    find=find.porting,
    initial=lambda request, found: {"new_provider": found.new_provider},
    do=with_contact(porting.try_again, porting_id="pk"),
    leads_to=order_page,
)

give_up_number = customer_deed(
    title=_("The customer gives the number up"),
    lead=_("A number once given up cannot be revived. Read this to the customer first."),
    tone="danger-fill",
    form=forms.WordsForm,
    find=find.porting,
    do=with_contact(porting.give_up_number, porting_id="pk"),
    leads_to=order_page,
)

offer_visit = customer_deed(
    title=_("Offer a removal visit"),
    submit=_("Offer it"),
    lead=_("Not before the last line on the circuit has ended."),
    form=forms.OfferVisitForm,
    find=find.order,
    do=lambda request, order, data: visits.offer_visit(
        order_id=order.pk,
        access_line_id=data["access_line"].pk,
        starts_at=data["starts_at"],
        ends_at=data["ends_at"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=order_page,
)

agree_visit = customer_deed(
    title=_("The customer agrees to the visit"),
    submit=_("Agreed"),
    form=forms.AgreeForm,
    find=find.visit,
    do=with_contact(visits.agree_visit, visit_id="pk"),
    leads_to=order_page,
)

move_visit = customer_deed(
    title=_("Another time for the visit"),
    form=forms.MoveVisitForm,
    find=find.visit,
    do=with_contact(visits.move_visit, visit_id="pk"),
    leads_to=order_page,
)

removed = customer_deed(
    title=_("The circuit has been removed"),
    form=forms.RemovedForm,
    find=find.visit,
    initial=lambda request, visit: {"done_at": min(visit.ends_at, request.at)},
    do=lambda request, visit, data: visits.record_removal(
        visit_id=visit.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=order_page,
)


@screen(methods=DEED)
def decline_visit(request: DeskRequest, pk: int) -> Any:
    """The customer cannot on that day."""
    found = find.visit(request, pk)
    visits.decline_visit(visit_id=found.pk, actor=request.user, at=request.at)
    return redirect(order_page(found, None))


reach = customer_deed(
    title=_("Record a milestone"),
    lead=_("The others are reached by what is done, not by saying so."),
    form=forms.MilestoneForm,
    find=find.order,
    do=lambda request, order, data: milestones.complete_milestone(
        order_id=order.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=order_page,
)


@screen(methods=DEED)
def tell(request: DeskRequest, pk: int) -> Any:
    """The customer has been told of this milestone, in the call that runs."""
    found = find.milestone(request, pk)
    with in_one():
        contact_id = said_in(request, found.order.ticket, {})
        milestones.tell_milestone(
            milestone_id=found.pk, contact_id=contact_id, actor=request.user, at=request.at
        )
    return redirect(order_page(found, None))


withdraw = customer_deed(
    title=_("The customer stays"),
    submit=_("Withdraw the cancellation"),
    lead=_("Every line goes on; the carrier is told. Only the customer can want this."),
    form=forms.WordsForm,
    find=find.order,
    do=with_contact(cancellation.withdraw_order, order_id="pk"),
    leads_to=order_page,
)
