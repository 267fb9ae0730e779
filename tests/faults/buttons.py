"""The five buttons of the races, on cases made by the services."""

from collections.abc import Callable
from functools import partial

from billing.models import Credit
from billing.services.waivers import approve_waiver, request_waiver
from escalation.services import demands
from tests.factories import billing as money
from tests.factories import escalation as upward
from tests.factories import tickets as make
from tests.factories import words
from tests.factories.cast import staff
from tests.faults.races import AT, EIGHT, Prepared
from tickets.models import Contact, Correction, Ticket, Tier, TimelineEntry
from tickets.services import corrections, endings, tickets


class Desk:
    """A desk with enough people of each rank that eight of them may press."""

    def __init__(self) -> None:
        self.shop = money.shop(years=(2026,))
        self.cast = self.shop.cast
        upward.period(self.cast, begins=upward.WEEKEND[0], ends=AT.replace(day=30))
        self.operators = [staff(f"op{n}", f"担当{n}", self.cast.desk) for n in range(EIGHT)]
        self.svs = [staff(f"sv-{n}", f"SV{n}", self.cast.desk, Tier.SV) for n in range(EIGHT)]

    def buttons(self) -> dict[str, Callable[[], Prepared]]:
        return {
            "approve": self.approve,
            "assign": self.assign,
            "close": self.close,
            "retract": self.retract,
            "accept": self.accept,
        }

    def case(self, **fields: object) -> Ticket:
        return make.ticket(
            customer=make.customer(), desk=self.cast.desk, actor=self.cast.operator, at=AT, **fields
        )

    def approve(self) -> Prepared:
        """A waiver of 100 yen, eight SVs: two hundred of them stay below the yearly cap of one customer."""
        waiver = request_waiver(
            ticket_id=money.case(self.shop, at=AT).pk, contract_id=self.shop.contract.pk, amount_yen=100,
            reason="お詫び", actor=self.cast.operator, at=AT,
        )  # fmt: skip
        presses = [partial(approve_waiver, waiver_id=waiver.pk, actor=sv, at=AT) for sv in self.svs]
        return presses, lambda: Credit.objects.filter(waiver=waiver).count()

    def assign(self) -> Prepared:
        """A case that nobody has, eight operators."""
        case = self.case()
        presses = [
            partial(tickets.assign, ticket_id=case.pk, assignee_id=one.pk, actor=one, at=AT, instead_of=None)
            for one in self.operators
        ]
        return presses, partial(self._entries, case, "ticket.assigned")

    def close(self) -> Prepared:
        """A resolved case, and the call in which the customer confirmed it."""
        case = self.case()
        tickets.start(ticket_id=case.pk, at=AT, actor=self.cast.operator)
        endings.resolve(ticket_id=case.pk, resolution="済", at=AT, actor=self.cast.operator)
        said: Contact = make.contact(
            customer=case.customer, desk=self.cast.desk, ticket=case, at=AT, operator=self.cast.operator
        )
        presses = [
            partial(endings.close, ticket_id=case.pk, at=said.ended_at, actor=one, contact_id=said.pk)
            for one in self.operators
        ]
        return presses, partial(self._entries, case, "ticket.closed")

    def retract(self) -> Prepared:
        """A text that was wrong, eight SVs."""
        article = words.article(topic=f"topic-{Correction.objects.count()}")
        wrong = words.version(article=article, actor=self.cast.sv, at=AT)
        right = words.version(article=article, actor=self.cast.sv, at=AT)
        presses = [
            partial(corrections.correct, wrong_id=wrong.pk, right_id=right.pk, reason="誤り", actor=sv, at=AT)
            for sv in self.svs
        ]
        return presses, lambda: Correction.objects.filter(wrong=wrong).count()

    def accept(self) -> Prepared:
        """A demand for a superior of SV rank, eight SVs."""
        made = upward.case(self.cast, at=AT)
        demand = upward.demand(made, self.cast.operator, tier=Tier.SV, at=AT)
        presses = [partial(demands.accept, demand_id=demand.pk, actor=sv, at=AT) for sv in self.svs]
        return presses, partial(self._entries, demand.ticket, "demand.accepted")

    @staticmethod
    def _entries(case: Ticket, kind: str) -> int:
        return TimelineEntry.objects.filter(ticket=case, kind=kind).count()
