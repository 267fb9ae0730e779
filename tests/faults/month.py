"""Fault 7: a month of the desk, hour by hour through the real services and jobs, with everything going wrong that does.

Calls, complaints, demands, callbacks that reach nobody, sudden absences, a weekend of three holidays, a carrier that is late
or cuts a line early, waivers, cancellations, withdrawals, surveys. After each hour the database is asked what must always hold.
"""

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial

from django.db import connection

from billing.models import CarrierInstruction, Waiver
from billing.services import cancellation, carrier, incidents, milestones, waivers
from escalation.models import Demand
from escalation.services import answers, clockwork, demands, roster
from tests.factories import billing as money
from tests.factories import cancellation as leaving
from tests.factories import escalation as upward
from tests.factories import tickets as make
from tests.factories.cast import staff
from tests.factories.words import letter_texts
from tests.faults import tally
from tests.faults.house import House
from tickets.dates import jst
from tickets.errors import DeskError
from tickets.models import TOP, Complaint, Contact, Promise, Survey, Ticket
from tickets.services import callbacks, complaints, due, endings, overdue, promises, relay, surveys, tickets
from tickets.services.reconcile import reconcile

BEGINS = jst(2026, 1, 1)
HOUR = dt.timedelta(hours=1)
OPENS, CLOSES = 9, 18
# Kept by what they are about, not by a call of whoever has them.
OF_ITS_OWN = (
    "superior_answer", "waiver_decision", "complaint_decision", "complaint_delivery", "carrier_relay", "milestone",
)  # fmt: skip

# What must hold at every moment; each finds the rows for which it does not. One parameter: the moment.
INVARIANTS = {
    "A13 nothing is resolved while something is owed": """
        SELECT t.number FROM tickets_ticket t JOIN tickets_promise p ON p.ticket_id = t.id
         WHERE t.status IN ('resolved', 'closed') AND p.status = 'open' AND p.kind <> 'follow_up'
           AND p.opened_at < %(at)s""",
    "A10 every overdue promise has risen, or everyone at the top was asked and it is alarmed": """
        SELECT p.id, p.kind, p.tier, p.due_at FROM tickets_promise p LEFT JOIN escalation_demand d ON d.promise_id = p.id
         WHERE p.status = 'open' AND p.due_at <= %(at)s AND d.exhausted_at IS NULL""",
    "B1 no open demand without someone and a time, or an alarm at the top": """
        SELECT d.id FROM escalation_demand d WHERE d.status IN ('requested', 'assigned', 'in_review', 'decided')
           AND (d.due_at IS NULL OR (d.holder_id IS NULL AND (d.level < 4 OR d.exhausted_at IS NULL)))
           AND d.demanded_at <= %(at)s""",
    "B2 nobody below the tier demanded has answered": """
        SELECT d.id FROM escalation_demand d WHERE d.answered_tier < d.demanded_tier AND d.demanded_at <= %(at)s""",
    "B3 every tier is on duty, or the gap is alarmed": """
        SELECT tier FROM (VALUES (2, 1), (3, 1), (4, 2)) needed (tier, people)
         WHERE (SELECT count(DISTINCT s.staff_id) FROM escalation_dutyshift s
                 WHERE s.tier = needed.tier AND s.during @> %(at)s::timestamptz AND NOT EXISTS (
                   SELECT 1 FROM escalation_absence a WHERE a.staff_id = s.staff_id AND a.during @> %(at)s::timestamptz)
               ) < needed.people
           AND NOT EXISTS (SELECT 1 FROM escalation_dutyalarm d WHERE d.kind = 'gap' AND d.tier = needed.tier
                 AND d.gap_at BETWEEN %(at)s - interval '2 days' AND %(at)s)""",
    "D2 no line stopped early without its customer's word": """
        SELECT s.id FROM billing_serviceline s
         WHERE s.stopped_at < s.ends_at AND s.stop_consent_id IS NULL AND s.stopped_at <= %(at)s""",
    "D7 an early cut by the carrier is an incident of ours": """
        SELECT i.id FROM billing_carrierinstruction i JOIN billing_serviceline s ON s.id = i.line_id
         WHERE i.kind = 'stop' AND i.executed_at < i.not_before AND i.executed_at <= %(at)s
           AND NOT EXISTS (SELECT 1 FROM billing_stopincident n WHERE n.line_id = i.line_id)""",
    "D9 nothing that is due waits, nothing ran early": """
        SELECT a.key FROM tickets_scheduledaction a
         WHERE (a.status = 'due' AND a.due_at <= %(at)s) OR (a.status = 'done' AND a.done_at < a.due_at)""",
    "E2 no survey left while something was owed": """
        SELECT v.id FROM tickets_survey v WHERE v.status IN ('sending', 'sent', 'answered', 'expired')
           AND v.sending_at <= %(at)s AND EXISTS (SELECT 1 FROM tickets_promise p
             WHERE p.customer_id = v.customer_id AND p.opened_at < v.sending_at
               AND (p.ended_at IS NULL OR p.ended_at > v.sending_at))""",
    "E1 surveys leave by day and once": """
        SELECT min(v.id) FROM tickets_survey v WHERE v.sending_at <= %(at)s
         GROUP BY v.ticket_id HAVING count(*) > 1
            OR bool_or(extract(hour FROM v.sending_at AT TIME ZONE 'Asia/Tokyo') NOT BETWEEN 9 AND 19)""",
    "C7 nobody approved a waiver of their own": """
        SELECT w.id FROM billing_waiver w WHERE w.status = 'approved' AND w.decided_by_id = w.requested_by_id
           AND w.requested_at <= %(at)s""",
}


class Post:
    """A mail server that takes everything."""

    channels = ["mail"]
    down: dict[str, str] = {}

    def of(self, _message: object) -> "Post":
        return self

    def send(self, _message: object) -> dict[str, object]:
        return {"smtp": "250 ok"}


@contextmanager
def everything_leaves(_at: object):
    yield Post()


class Month:
    """The desk, its customers, and chance."""

    def __init__(self, house: House) -> None:
        self.rng = house.rng
        self.happened: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.broken: list[str] = []
        letter_texts()
        self.shop = money.shop(years=(2026,))
        self.cast = self.shop.cast
        upward.period(self.cast, begins=BEGINS, ends=BEGINS + dt.timedelta(days=45))
        desk = self.cast.desk
        self.operators = [self.cast.operator, self.cast.operator2, staff("op3", "坂本 実", desk)]
        self.above = [self.cast.leader, self.cast.sv, self.cast.sv2, self.cast.manager, self.cast.manager2]
        self.homes: list[tuple[leaving.Household, object]] = []

    # -- one hour -------------------------------------------------------------------------------------

    def hour(self, at: dt.datetime) -> None:
        """What people do in an hour, then what the jobs do, then the questions."""
        hour = at.astimezone(BEGINS.tzinfo).hour
        if hour == OPENS:
            self.clear_the_top(at)
        if OPENS <= hour < CLOSES:
            for _ in range(self.rng.choice((4, 5, 6))):
                self.attempt(self.rng.choice(self.deeds()), at + dt.timedelta(minutes=self.rng.randrange(50)))
        self.carrier(at)
        self.jobs(at + HOUR)
        self.ask(at + HOUR)

    def deeds(self) -> tuple[Callable[[dt.datetime], None], ...]:
        return (
            self.call, self.call, self.complain, self.demand, self.miss, self.call_back, self.call_back, self.keep, self.keep,
            self.decide_complaint, self.tell_decision, self.accept, self.answer, self.fall_ill, self.resolve, self.resolve,
            self.close, self.ask_waiver, self.decide_waiver, self.leave, self.stay, self.move_day, self.score,
        )  # fmt: skip

    def attempt(self, deed: Callable[[dt.datetime], None], at: dt.datetime) -> None:
        """A refusal is an answer, too."""
        try:
            deed(at)
        except DeskError as error:
            self.refused[str(error).partition(":")[0][:3]] += 1

    def jobs(self, at: dt.datetime) -> None:
        """The functions that the ticks call."""
        while due.run_batch(at=at).full:
            pass
        self.happened["promises rose"] += overdue.raise_overdue(at=at)
        clockwork.rise_overdue(at=at)
        # A demand that rises takes its promise along; what is at the top rises to the next deputy.
        self.happened["milestones missed"] += milestones.mark_violations(at=at)
        incidents.lapse_overdue(at=at)
        self.happened["recourse letters"] += clockwork.day42_letters(at=at)
        self.happened["duty alarms"] += clockwork.roster_gaps(at=at)
        surveys.expire_surveys(at)
        surveys.send_due_surveys(at)
        relay.relay_once(at=at, limit=1000)
        if at.hour == 0:
            self.count_broken("reconciler", reconcile(at=at).standing, at)

    def ask(self, at: dt.datetime) -> None:
        with connection.cursor() as cursor:
            for says, sql in INVARIANTS.items():
                cursor.execute(sql, {"at": at})
                if rows := cursor.fetchmany(3):
                    self.broken.append(f"{at:%m-%d %H:%M}Z {says}: {rows}")

    def count_broken(self, what: str, number: int, at: dt.datetime) -> None:
        if number:
            self.broken.append(f"{at:%m-%d %H:%M}Z {what}: {number} mismatches")

    # -- what customers and people do ---------------------------------------------------------------------

    def who(self):
        return self.rng.choice(self.operators)

    def one(self, rows):
        """Any of the rows, or a refusal."""
        found = list(rows.order_by("pk")[:200])
        if not found:
            raise DeskError("-", "nothing there")
        return self.rng.choice(found)

    def talk(self, case: Ticket, at: dt.datetime, who, **fields: object) -> Contact:
        return make.contact(
            customer=case.customer, desk=self.cast.desk, ticket=case, at=at - dt.timedelta(minutes=6), operator=who, **fields
        )  # fmt: skip

    def open_case(self) -> Ticket:
        return self.one(Ticket.objects.filter(status__in=("acknowledged", "in_progress", "pending", "held")))

    def call(self, at: dt.datetime) -> None:
        who = self.who()
        number = self.happened["calls"]
        caller = make.customer(email=f"kyaku{number}@example.jp", phone=f"+8190{number:08}")
        case = make.ticket(customer=caller, desk=self.cast.desk, actor=who, at=at)
        self.talk(case, at, who)
        tickets.start(ticket_id=case.pk, at=at, actor=who)
        self.happened["calls"] += 1

    def complain(self, at: dt.datetime) -> None:
        case, who = self.open_case(), self.who()
        call = self.talk(case, at, who)
        complaints.voice(ticket_id=case.pk, words="納得できません", actor=who, at=at, contact_id=call.pk)
        self.happened["complaints"] += 1

    def demand(self, at: dt.datetime) -> None:
        case, who = self.open_case(), self.who()
        call = self.talk(case, at, who)
        demands.demand_superior(
            ticket_id=case.pk,
            contact_id=call.pk,
            words="上の人を",
            tier=self.rng.choice((4, 5, 6)),
            actor=who,
            at=at,
        )
        self.happened["demands"] += 1

    def miss(self, at: dt.datetime) -> None:
        case, who = self.open_case(), self.who()
        callbacks.missed_call(
            ticket_id=case.pk, purpose="ご連絡", result="no_answer", at=at, actor=who, number="+819012345678"
        )
        self.happened["callbacks"] += 1

    def call_back(self, at: dt.datetime) -> None:
        owed, who = self.one(Promise.objects.filter(status="open", kind="callback")), self.who()
        if self.rng.random() < 0.5:
            callbacks.record_attempt(promise_id=owed.pk, result="no_answer", at=at, actor=who)
            self.happened["callbacks in vain"] += 1
            return
        call = self.talk(owed.ticket, at, who, direction="out")
        promises.keep_promise(promise_id=owed.pk, at=at, actor=who, contact_id=call.pk, note="済")
        self.happened["callbacks kept"] += 1

    def clear_the_top(self, at: dt.datetime) -> None:
        """Each morning the managers begin with what has come up to them."""
        top = {"tier": TOP, "status": "open"}
        for owed in Promise.objects.filter(**top).exclude(kind__in=OF_ITS_OWN).order_by("pk")[:40]:
            self.attempt(partial(self.keep, owed=owed), at)
        for heard in Complaint.objects.filter(decided_at__isnull=True).order_by("pk")[:20]:
            self.attempt(partial(self.decide_complaint, found=heard), at)
            self.attempt(partial(self.tell_decision, found=heard), at)
        for asked in Demand.objects.filter(level=TOP, status__in=("requested", "assigned")).order_by("pk")[
            :20
        ]:
            self.attempt(partial(self.accept, found=asked), at)
        for begun in Demand.objects.filter(level=TOP, status__in=("in_review", "decided")).order_by("pk")[
            :20
        ]:
            self.attempt(partial(self.answer, found=begun), at)
        for waiver in Waiver.objects.filter(status="passed_up").order_by("pk")[:20]:
            self.attempt(partial(self.decide_waiver, found=waiver), at)

    def keep(self, at: dt.datetime, owed: Promise | None = None) -> None:
        owed = owed or self.one(Promise.objects.filter(status="open"))
        who = self.rng.choice(self.above)
        call = self.talk(owed.ticket, at, who, direction="out")
        promises.keep_promise(promise_id=owed.pk, at=at, actor=who, contact_id=call.pk, note="済")
        self.happened["promises kept"] += 1

    def decide_complaint(self, at: dt.datetime, found: Complaint | None = None) -> None:
        found = found or self.one(Complaint.objects.filter(decided_at__isnull=True))
        complaints.decide(
            complaint_id=found.pk, decision=self.rng.choice(("upheld", "not_upheld")), reasons="調べました", basis="約款第12条",
            actor=self.rng.choice(self.above), at=at,
        )  # fmt: skip
        self.happened["complaints decided"] += 1

    def tell_decision(self, at: dt.datetime, found: Complaint | None = None) -> None:
        found = found or self.one(
            Complaint.objects.filter(decided_at__isnull=False, delivered_at__isnull=True)
        )
        who = self.cast.sv
        call = self.talk(found.ticket, at, who, direction="out")
        complaints.deliver(complaint_id=found.pk, contact_id=call.pk, actor=who, at=at)
        self.happened["complaints told"] += 1

    def accept(self, at: dt.datetime, found: Demand | None = None) -> None:
        found = found or self.one(Demand.objects.filter(status__in=("requested", "assigned")))
        demands.accept(demand_id=found.pk, actor=self.rng.choice(self.above), at=at)
        self.happened["demands accepted"] += 1

    def answer(self, at: dt.datetime, found: Demand | None = None) -> None:
        found = found or self.one(
            Demand.objects.filter(status__in=("in_review", "decided"), accepted_by__isnull=False)
        )
        who = found.accepted_by
        if found.status == "in_review":
            answers.decide(demand_id=found.pk, actor=who, at=at, **upward.DECISION)
        call = self.talk(found.ticket, at, who, direction="out")
        answers.deliver(demand_id=found.pk, contact_id=call.pk, tier_told=True, actor=who, at=at)
        self.happened["demands answered"] += 1

    def fall_ill(self, at: dt.datetime) -> None:
        if self.rng.random() < 0.7:
            return
        who = self.rng.choice(self.above)
        ends = at + dt.timedelta(hours=self.rng.randrange(2, 40))
        roster.record_absence(staff_id=who.pk, begins=at, ends=ends, actor=who, at=at, sudden=True)
        self.happened["sudden absences"] += 1

    def resolve(self, at: dt.datetime) -> None:
        endings.resolve(ticket_id=self.open_case().pk, resolution="済", at=at, actor=self.who())
        self.happened["resolved"] += 1

    def close(self, at: dt.datetime) -> None:
        case, who = self.one(Ticket.objects.filter(status="resolved")), self.who()
        endings.close(ticket_id=case.pk, at=at, actor=who, contact_id=self.talk(case, at, who).pk)
        self.happened["closed"] += 1

    def ask_waiver(self, at: dt.datetime) -> None:
        waivers.request_waiver(
            ticket_id=money.case(self.shop, at=at).pk, contract_id=self.shop.contract.pk,
            amount_yen=self.rng.choice((500, 1000, 8000, 90_000)), reason="お詫び", actor=self.who(), at=at,
        )  # fmt: skip
        self.happened["waivers asked"] += 1

    def decide_waiver(self, at: dt.datetime, found: Waiver | None = None) -> None:
        found = found or self.one(Waiver.objects.filter(status__in=("requested", "passed_up")))
        waivers.approve_waiver(
            waiver_id=found.pk, actor=self.rng.choice([*self.above, found.requested_by]), at=at
        )
        self.happened["waivers approved"] += 1

    def leave(self, at: dt.datetime) -> None:
        home = leaving.household(at=at, operator=self.who(), company=self.cast.carrier)
        today = at.astimezone(BEGINS.tzinfo).date()
        days = [today + dt.timedelta(days=self.rng.randrange(12)) for _ in range(2)]
        order = leaving.leaving(home, at=at, internet=days[0], phone=days[1])
        self.homes.append((home, order))
        self.happened["cancellations"] += 1

    def stay(self, at: dt.datetime) -> None:
        home, order = self.a_home()
        call = self.talk(home.ticket, at, home.operator)
        cancellation.withdraw_order(
            order_id=order.pk, contact_id=call.pk, words="続けます", at=at, actor=home.operator
        )
        self.happened["cancellations withdrawn"] += 1

    def move_day(self, at: dt.datetime) -> None:
        home, order = self.a_home()
        call = self.talk(home.ticket, at, home.operator)
        later = at.astimezone(BEGINS.tzinfo).date() + dt.timedelta(days=self.rng.randrange(1, 14))
        cancellation.change_last_day(
            order_id=order.pk, line_id=home.internet.pk, last_day=later, why="延期", contact_id=call.pk, at=at, actor=home.operator
        )  # fmt: skip
        self.happened["last days moved"] += 1

    def a_home(self):
        if not self.homes:
            raise DeskError("-", "nothing there")
        return self.rng.choice(self.homes[-12:])

    def score(self, at: dt.datetime) -> None:
        """Only the hash of a link is kept: the customer's own link is not to be had here, so the survey is found waiting."""
        self.happened["surveys out"] = Survey.objects.filter(status="sent").count()

    def carrier(self, at: dt.datetime) -> None:
        """It does what it was told at its own pace, and now and then cuts a line before its time."""
        for row in CarrierInstruction.objects.filter(status="issued").order_by("pk")[:5]:
            chance = self.rng.random()
            if chance < 0.6:
                continue  # late
            executed = at - dt.timedelta(hours=30) if row.kind == "stop" and chance > 0.97 else at
            self.happened["carrier cut early"] += executed != at
            self.attempt(
                lambda moment, row=row, executed=executed: carrier.mark_done(
                    instruction_id=row.pk, evidence="FAX", at=moment, actor=self.cast.sv, executed_at=executed
                ),
                at,
            )
            self.happened["carrier instructions done"] += 1


def run(house: House, *, days: int) -> tally.Result:
    """`days` of the desk, an hour a step."""
    house.empty()
    began, opened = time.monotonic(), relay.open_senders
    logging.disable(logging.CRITICAL)
    relay.open_senders = everything_leaves  # type: ignore[assignment]
    try:
        month = Month(house)
        first = BEGINS + dt.timedelta(days=9 if days < 9 else 0)  # a short run takes the three holidays
        for number in range(days * 24):
            month.hour(first + number * HOUR)
    finally:
        relay.open_senders = opened
        logging.disable(logging.NOTSET)
    for line in month.broken[:20]:
        print(f"   BROKEN {line}", flush=True)
    told = ", ".join(f"{what} {number}" for what, number in sorted(month.happened.items()) if number)
    return tally.Result(
        "a month of the desk" if days > 27 else f"{days} days of the desk",
        f"{days * 24} hours, {len(INVARIANTS)} invariants each", lost=len(month.broken), recovered="all hold",
        remarks=f"{time.monotonic() - began:.0f} s; seed {house.seed}; {told}; refused by rule: {dict(month.refused)}",
    )  # fmt: skip
