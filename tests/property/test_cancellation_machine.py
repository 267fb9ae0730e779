"""The cancellation order under any sequence of deeds, against PostgreSQL, with a plain model beside it.

A small dose by default; `--hypothesis-profile=faults` runs a thousand times fifty steps. What every run begins with is
made once; a run is a savepoint that is rolled back.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from billing import defaults
from billing.models import CancellationOrder, Porting, ServiceLine
from billing.queries import cancellation_balance
from billing.services import cancellation, incidents, porting, visits
from tests.factories import cancellation as make
from tests.factories import escalation as upward
from tests.factories.cast import cast
from tickets.dates import day_of, end_of_day
from tickets.errors import Refused

LINES = ("internet", "phone")
HOURS = st.integers(min_value=1, max_value=60)
DAYS = st.sampled_from([0, 1, 3, 6, 10])
NAMES = st.sampled_from(LINES)


@dataclass
class ModelLine:
    """What a line should look like."""

    last_day: dt.date
    status: str = "active"
    consent: dt.datetime | None = None
    stopped_at: dt.datetime | None = None

    @property
    def ends_at(self) -> dt.datetime:
        return end_of_day(self.last_day)


@dataclass
class Model:
    """What the order should look like."""

    now: dt.datetime = make.CALLED_AT
    live: bool = False
    withdrawn: bool = False
    porting: str = ""
    ported_at: dt.datetime | None = None
    visit: dt.datetime | None = None
    lines: dict[str, ModelLine] = field(default_factory=dict)

    def may_stop_at(self, name: str) -> dt.datetime | None:
        """From when this line may stop; None while its number is not safe."""
        line = self.lines[name]
        moment = min(line.consent, line.ends_at) if line.consent else line.ends_at
        if name == "phone":
            if self.porting in {"requested", "failed"}:
                return None
            if self.ported_at:
                moment = max(moment, self.ported_at)
        return moment

    def run_cutoffs(self) -> None:
        for name, line in self.lines.items():
            moment = self.may_stop_at(name)
            if line.status == "pending_terminate" and moment is not None and moment <= self.now:
                line.status, line.stopped_at = "terminated", self.now

    @property
    def stopped(self) -> bool:
        return any(line.status == "terminated" for line in self.lines.values())


class Ground:
    """What no run changes: masters, people, and for each pair of last days a household that is leaving."""

    def __init__(self) -> None:
        defaults.lay_figures()
        upward.masters()
        self.cast = cast()
        self.ready: dict[tuple[dt.date, ...], tuple[make.Household, CancellationOrder]] = {}

    def leaving(self, at: dt.datetime, days: dict[str, dt.date]) -> tuple[make.Household, CancellationOrder]:
        """A household whose cancellation was accepted at `at`, made at the first time of asking."""
        key = tuple(days.values())
        if key not in self.ready:
            home = make.household(operator=self.cast.operator, company=self.cast.carrier)
            self.ready[key] = home, make.leaving(home, at=at, **days)
        return self.ready[key]


# How both lines, their circuit and what is owed stand, in one question.
STANDS = """
    SELECT s.kind, s.status, s.stopped_at, s.last_day, s.ends_at, s.stop_consent_id,
           (SELECT count(*) FROM billing_lineevent e WHERE e.line_id = s.id AND e.kind = 'stopped'),
           (SELECT v.starts_at FROM billing_visitoffer v
             WHERE v.access_line_id = s.access_line_id AND v.status = 'agreed'),
           (SELECT count(*) FROM tickets_promise p WHERE p.ticket_id = %s AND p.status = 'open'
             AND p.kind IN ('milestone', 'carrier_relay', 'porting_call'))
      FROM billing_serviceline s WHERE s.access_line_id = %s
"""
# The reconciler's two questions cost as much as a deed: asked every so many steps, and after the last.
BALANCE_EVERY = 5


class CancellationMachine(RuleBasedStateMachine):
    """Accept, move, consent, port, withdraw, stop by hand, in any order, while time goes by."""

    ground: ClassVar[Ground]
    block: transaction.Atomic | None = None
    steps = 0

    @classmethod
    def prepare(cls) -> None:
        """Before the first run: an empty database has its people."""
        cls.ground = Ground()

    def teardown(self) -> None:
        if self.block is None:
            return
        try:
            self.balance()
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    # -- deeds -----------------------------------------------------------------------------------

    @initialize(first=DAYS, second=DAYS)
    def accept(self, first: int, second: int) -> None:
        self.model = Model()
        self.cast = self.ground.cast
        today = day_of(self.model.now)
        days = {"internet": today + dt.timedelta(days=first), "phone": today + dt.timedelta(days=second)}
        self.home, self.order = self.ground.leaving(self.model.now, days)
        self.model.live = True
        self.model.lines = {name: ModelLine(day, "pending_terminate") for name, day in days.items()}
        self.block = transaction.atomic()
        self.block.__enter__()

    @rule(hours=HOURS)
    def time_goes_by(self, hours: int) -> None:
        self.model.now += dt.timedelta(hours=hours)
        make.run_due(self.model.now)
        self.model.run_cutoffs()

    @rule(name=NAMES, days=st.integers(min_value=-3, max_value=5))
    @precondition(lambda self: self.model.live)
    def change_the_last_day(self, name: str, days: int) -> None:
        line = self.model.lines[name]
        wanted = line.last_day + dt.timedelta(days=days)
        allowed = line.status == "pending_terminate" and days >= 0 and end_of_day(wanted) > self.model.now
        with self.expect(allowed):
            cancellation.change_last_day(
                order_id=self.order.pk, line_id=self.line_id(name), last_day=wanted, why="予定変更",
                contact_id=self.home.call.pk, at=self.model.now, actor=self.home.operator,
            )  # fmt: skip
        if allowed:
            line.last_day, line.consent = wanted, None
            if self.model.visit and self.model.visit < line.ends_at:
                self.model.visit = None

    @rule(name=NAMES, hours=st.integers(min_value=0, max_value=48))
    @precondition(lambda self: self.model.live)
    def consent_to_an_earlier_stop(self, name: str, hours: int) -> None:
        line = self.model.lines[name]
        moment = self.model.now + dt.timedelta(hours=hours)
        allowed = line.status == "pending_terminate"
        if not allowed:
            return
        cancellation.consent_to_stop(
            order_id=self.order.pk, line_id=self.line_id(name), stop_at=moment, contact_id=self.home.call.pk,
            words="止めてよい", recording_ref="rec", at=self.model.now, actor=self.home.operator,
        )  # fmt: skip
        line.consent = moment
        if self.model.visit and self.model.visit < min(moment, line.ends_at):
            self.model.visit = None

    @rule()
    @precondition(lambda self: self.model.live and self.model.porting in {"", "given_up"})
    def ask_for_porting(self) -> None:
        allowed = self.model.lines["phone"].status == "pending_terminate"
        with self.expect(allowed):
            make.port(
                self.home, self.order, scheduled_at=self.model.now + dt.timedelta(days=2), at=self.model.now
            )
        if allowed:
            self.model.porting = "requested"

    @rule(outcome=st.sampled_from(["completed", "failed"]))
    @precondition(lambda self: self.model.live and self.model.porting == "requested")
    def the_porting_ends(self, outcome: str) -> None:
        attempt = self.attempt()
        if outcome == "completed":
            porting.complete_porting(
                porting_id=attempt.pk, completed_at=self.model.now, evidence="完了", at=self.model.now
            )
            self.model.ported_at = self.model.now
        else:
            porting.fail_porting(porting_id=attempt.pk, reason="名義相違", at=self.model.now)
        self.model.porting = outcome

    @rule(again=st.booleans())
    @precondition(lambda self: self.model.live and self.model.porting == "failed")
    def after_a_failure(self, again: bool) -> None:
        attempt = self.attempt()
        if again:
            porting.try_again(
                porting_id=attempt.pk, new_provider="みらい電話", scheduled_at=self.model.now,
                contact_id=self.home.call.pk, at=self.model.now, actor=self.home.operator,
            )  # fmt: skip
            self.model.porting = "requested"
        else:
            porting.give_up_number(
                porting_id=attempt.pk, contact_id=self.home.call.pk, words="要りません", at=self.model.now,
                actor=self.home.operator,
            )  # fmt: skip
            self.model.porting = "given_up"

    @rule()
    @precondition(lambda self: self.model.live)
    def withdraw(self) -> None:
        allowed = not self.model.stopped
        with self.expect(allowed):
            cancellation.withdraw_order(
                order_id=self.order.pk, contact_id=self.home.call.pk, words="続けます", at=self.model.now,
                actor=self.home.operator,
            )  # fmt: skip
        if allowed:
            self.model.live, self.model.withdrawn, self.model.visit = False, True, None
            for line in self.model.lines.values():
                line.status, line.consent = "active", None

    @rule(name=NAMES)
    def stop_it_by_hand(self, name: str) -> None:
        """Raw SQL at this very moment: only what the cutoff itself might do is let through, and rolled back."""
        line = self.model.lines[name]
        moment = self.model.may_stop_at(name)
        # By hand no consent is named, so only the line's own end counts.
        allowed = line.status == "pending_terminate" and moment is not None and self.model.now >= line.ends_at
        with transaction.atomic():
            if line.status == "terminated":
                return
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(
                        "UPDATE billing_serviceline SET status = 'terminated', stopped_at = %s WHERE id = %s",
                        (self.model.now, self.line_id(name)),
                    )
                done = True
            except IntegrityError:
                done = False
            transaction.set_rollback(True)
        assert done == allowed

    @rule(days=st.integers(min_value=0, max_value=12))
    @precondition(lambda self: self.model.live)
    def offer_a_visit(self, days: int) -> None:
        start = self.model.now + dt.timedelta(days=days)
        running = [line for line in self.model.lines.values() if line.status != "terminated"]
        allowed = all(
            line.ends_at <= start or (line.consent is not None and line.consent <= start) for line in running
        )
        with self.expect(allowed):
            offer = visits.offer_visit(
                order_id=self.order.pk, access_line_id=self.home.access_line.pk, starts_at=start,
                ends_at=start + dt.timedelta(hours=2), at=self.model.now,
            )  # fmt: skip
        if allowed:
            with self.expect(self.model.visit is None):
                visits.agree_visit(visit_id=offer.pk, contact_id=self.home.call.pk, at=self.model.now)
            self.model.visit = self.model.visit or start

    @rule(name=NAMES)
    @precondition(lambda self: self.model.live)
    def report_it_dead(self, name: str) -> None:
        line = self.model.lines[name]
        allowed = line.status == "pending_terminate" and self.model.now < line.ends_at
        if line.status == "terminated":
            return
        with self.expect(allowed):
            incidents.report_early_stop(
                line_id=self.line_id(name), at=self.model.now, actor=self.cast.technical
            )

    # -- what must hold --------------------------------------------------------------------------

    @invariant()
    def all_stands_as_the_model_says(self) -> None:
        """Lines, visit and debts; nothing stopped early or twice."""
        with connection.cursor() as cursor:
            cursor.execute(STANDS, (self.home.ticket.pk, self.home.access_line.pk))
            rows = cursor.fetchall()
        assert len(rows) == len(LINES)
        for name, status, stopped_at, last_day, ends_at, consent, events, visit, owed in rows:
            expected = self.model.lines[name]
            assert (status, stopped_at) == (expected.status, expected.stopped_at), name
            assert self.model.withdrawn or last_day == expected.last_day, name
            assert events == (status == "terminated"), name
            assert stopped_at is None or consent is not None or stopped_at >= ends_at, name
            assert visit == self.model.visit
            assert not (self.model.withdrawn and owed)

    @invariant()
    def the_books_balance(self) -> None:
        self.steps += 1
        if self.steps % BALANCE_EVERY == 0:
            self.balance()

    # -- help ------------------------------------------------------------------------------------

    def balance(self) -> None:
        assert not list(cancellation_balance.unplanned(self.model.now))
        assert not list(cancellation_balance.unowed(self.model.now))

    def line_id(self, name: str) -> int:
        line: ServiceLine = getattr(self.home, name)
        return line.pk

    def attempt(self) -> Porting:
        return Porting.objects.get(line=self.home.phone, status=self.model.porting)

    def expect(self, allowed: bool) -> Expectation:
        return Expectation(allowed)


class Expectation:
    """A deed that must succeed, or must be refused and leave nothing behind."""

    def __init__(self, allowed: bool) -> None:
        self.allowed = allowed
        self.savepoint = transaction.atomic()

    def __enter__(self) -> None:
        self.savepoint.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        refused = isinstance(error, Refused)
        self.savepoint.__exit__(kind, error, trace)  # type: ignore[arg-type]
        if error is not None and not refused:
            return False
        assert refused != self.allowed, error or "it should have been refused"
        return True


small = settings(
    max_examples=6,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("faults", small, max_examples=1000, stateful_step_count=50)


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.requirement("D1", "D2", "D3", "D4", "D9")
def test_any_order_of_deeds():
    from hypothesis.stateful import run_state_machine_as_test

    CancellationMachine.prepare()
    whole = settings.get_current_profile_name() == "faults"
    run_state_machine_as_test(
        CancellationMachine, settings=settings.get_profile("faults") if whole else small
    )
