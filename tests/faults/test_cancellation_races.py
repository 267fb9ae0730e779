"""Several at once on one cancellation: one effect, one winner, whoever comes first."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from billing import defaults
from billing.models import CarrierInstruction, LastDayEntry, LineEvent, Milestone, ServiceLine, VisitOffer
from billing.services import cancellation, milestones, stops, visits
from tests.factories import cancellation as make
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.errors import DeskError
from tickets.models import OutboxMessage, ScheduledAction
from tickets.services import due

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("D2", "D9")]
END = jst(2026, 2, 1)
THREADS = 8


def at_once(*verbs: Callable[[], Any]) -> list[Any]:
    """Run each in a thread of its own, all let go together; what each returned, or the refusal it met."""
    gate = threading.Barrier(len(verbs))
    outcomes: list[Any] = [None] * len(verbs)

    def run(place: int, verb: Callable[[], Any]) -> None:
        try:
            gate.wait(timeout=30)
            outcomes[place] = verb()
        except DeskError as refusal:
            outcomes[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


@pytest.fixture
def home():
    defaults.lay_figures()
    people = cast()
    made = make.household(operator=people.operator, company=people.carrier)
    made.order = make.leaving(made)
    return made


def stopped_once(home) -> None:
    line = ServiceLine.objects.get(pk=home.internet.pk)
    assert line.status == "terminated"
    assert LineEvent.objects.filter(line=line, kind="stopped").count() == 1
    assert CarrierInstruction.objects.filter(line=line, kind="stop").count() == 1
    assert OutboxMessage.objects.filter(key__endswith=f":stopped:{line.pk}:1").count() == 1
    assert Milestone.objects.get(order=home.order, line=line).reached_at == END


def test_eight_threads_stop_one_line_once(home):
    line = home.lines[home.internet.pk]
    won = at_once(*[lambda: stops.stop_line(cancellation_line_id=line.pk, generation=1, at=END)] * THREADS)
    assert sorted(won) == [False] * (THREADS - 1) + [True]
    stopped_once(home)


def test_eight_workers_run_one_cutoff_once(home):
    ran = at_once(*[lambda: due.run_batch(at=END)] * THREADS)
    assert sum(each.done for each in ran) == ScheduledAction.objects.filter(status="done").count()
    stopped_once(home)


def test_a_cutoff_and_a_withdrawal_have_one_winner(home):
    def withdraw() -> str:
        order = cancellation.withdraw_order(
            order_id=home.order.pk, contact_id=home.call.pk, words="続けます", at=END, actor=home.operator
        )
        return str(order.status)

    outcomes = at_once(lambda: due.run_batch(at=END), withdraw, lambda: due.run_batch(at=END))
    make.reread(home)
    both = {home.internet.status, home.phone.status}
    if outcomes[1] == "cancelled":
        assert both == {"active"}
        assert not LineEvent.objects.filter(kind="stopped").exists()
    else:
        assert both == {"terminated"}
        assert LineEvent.objects.filter(kind="stopped").count() == 2


def test_a_cutoff_and_a_change_of_date_have_one_winner(home):
    def later() -> int:
        line = cancellation.change_last_day(
            order_id=home.order.pk,
            line_id=home.internet.pk,
            last_day=dt.date(2026, 2, 14),
            why="延期",
            contact_id=home.call.pk,
            at=END,
            actor=home.operator,
        )
        return line.generation

    outcomes = at_once(lambda: due.run_batch(at=END), later)
    make.reread(home)
    if outcomes[1] == 2:
        assert (home.internet.status, home.internet.last_day) == ("pending_terminate", dt.date(2026, 2, 14))
    else:
        assert (home.internet.status, home.internet.last_day) == ("terminated", make.LAST_DAY)
        assert LastDayEntry.objects.filter(cancellation_line__line=home.internet).count() == 1


def test_accept_and_withdraw_of_a_draft_have_one_winner(home):
    other = make.household(operator=home.operator)
    order = make.asked(other)
    outcomes = at_once(
        lambda: cancellation.accept_order(
            order_id=order.pk, contact_id=other.call.pk, at=make.CALLED_AT, actor=other.operator
        ),
        lambda: cancellation.withdraw_order(
            order_id=order.pk,
            contact_id=other.call.pk,
            words="やめます",
            at=make.CALLED_AT,
            actor=other.operator,
        ),
    )
    # Withdrawn at last either way: before acceptance, or right after it.
    assert make.again(order).status == "cancelled"
    assert not isinstance(outcomes[1], DeskError)
    make.reread(other)
    assert other.internet.status == "active"
    live = ScheduledAction.objects.filter(subject_id__in=order.lines.values("pk"), status="due")
    assert not live.exists()


def test_one_of_eight_agrees_the_visit(home):
    offers = [
        visits.offer_visit(
            order_id=home.order.pk,
            access_line_id=home.access_line.pk,
            starts_at=jst(2026, 2, 2 + n, 10),
            ends_at=jst(2026, 2, 2 + n, 12),
            at=make.CALLED_AT,
        )
        for n in range(THREADS)
    ]
    outcomes = at_once(
        *[
            lambda pk=offer.pk: visits.agree_visit(visit_id=pk, contact_id=home.call.pk, at=make.CALLED_AT)
            for offer in offers
        ]
    )
    assert sum(not isinstance(each, DeskError) for each in outcomes) == 1
    assert VisitOffer.objects.filter(status="agreed").count() == 1


def test_eight_clocks_mark_a_milestone_missed_once(home):
    late = jst(2026, 1, 26, 17, 0)
    marked = at_once(*[lambda: milestones.mark_violations(at=late)] * THREADS)
    assert sum(marked) == 1
    assert home.customer.timeline.filter(kind="milestone.missed").count() == 1
