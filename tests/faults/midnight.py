"""A hundred thousand cutoffs due at the same midnight, by billing's own effect, on two worker processes."""

import time

from django.db import connection

from tests.faults import tally
from tests.faults.clones import clone, rows_of
from tests.faults.house import House, wait_until
from tickets.models import OutboxMessage, ScheduledAction, TimelineEntry


def run(house: House, *, cutoffs: int) -> tally.Result:
    """Two lines an order; the whole of the effect: line, event, timeline, milestones, promises, notice, instruction."""
    house.empty()
    order = prepare(cutoffs // 2)
    planned = ScheduledAction.objects.filter(kind="billing.stop_line", status="due").count()
    house.extra = {"CARRIER_URL": "http://127.0.0.1:9"}
    house.worker("midnight", "cutoffs", processes=2)
    from config.celery import app

    began = time.monotonic()
    app.send_task("tickets.tasks.run_due")
    first = wait_until(lambda: _done() > 0, seconds=90, pause=0.02)
    if first is None:
        raise RuntimeError("the workers did not start")
    start = time.monotonic()
    before = _done()
    app.send_task("tickets.tasks.run_due")
    took = wait_until(lambda: _done() == planned, seconds=600, pause=0.05)
    seconds = time.monotonic() - start
    house.stop_processes()
    rate = (planned - before) / seconds
    lost, twice, early = _judge(planned)
    return tally.Result(
        "cutoffs at one midnight", f"{planned} on 2 processes", lost, twice, early,
        recovered="never" if took is None else f"{seconds:.0f} s",
        remarks=f"{rate:.0f} cutoffs a second ({start - began:.1f} s until the first; order {order})",
    )  # fmt: skip


def prepare(orders: int) -> str:
    """One cancellation by the services, and clones of it; returns its number."""
    from tests.factories import cancellation as make

    home = make.household()
    order = make.leaving(home)
    ids = {"order": order.pk}
    found = [
        rows_of("tickets.Customer", pk=home.customer.pk),
        rows_of("tickets.Ticket", pk=home.ticket.pk),
        rows_of("billing.Contract", pk=home.contract.pk),
        rows_of("billing.AccessLine", contract=home.contract),
        rows_of("billing.ServiceLine", contract=home.contract),
        rows_of("billing.CancellationOrder", pk=order.pk),
        rows_of("billing.CancellationLine", **ids),
        rows_of("billing.LastDayEntry", cancellation_line__order=order),
        rows_of("tickets.Contact", customer=home.customer),
        rows_of("tickets.Promise", ticket=home.ticket),
        rows_of("billing.Milestone", **ids),
        rows_of("tickets.ScheduledAction", kind="billing.stop_line"),
    ]
    clone(dict(found), copies=orders - 1)
    return order.number


def _done() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM tickets_scheduledaction WHERE kind = 'billing.stop_line' AND status = 'done'"
        )
        return int(cursor.fetchone()[0])


def _judge(planned: int) -> tuple[int, int, int]:
    """Each line stopped once, with one event, entry, notice and instruction."""
    counts = {
        "events": "SELECT count(*), count(DISTINCT line_id) FROM billing_lineevent WHERE kind = 'stopped'",
        "lines": "SELECT count(*), count(*) FROM billing_serviceline WHERE status = 'terminated'",
        "instructions": "SELECT count(*), count(DISTINCT line_id) FROM billing_carrierinstruction WHERE kind = 'stop'",
    }
    lost = twice = 0
    with connection.cursor() as cursor:
        for sql in counts.values():
            cursor.execute(sql)
            all_of_them, different = cursor.fetchone()
            lost += max(0, planned - different)
            twice += all_of_them - different
        cursor.execute(
            "SELECT count(*) FROM billing_serviceline WHERE stopped_at < ends_at AND stop_consent_id IS NULL"
        )
        early = cursor.fetchone()[0]
    lost += max(0, planned - TimelineEntry.objects.filter(kind="line.stopped").count())
    calls = OutboxMessage.objects.filter(channel="gateway", key__contains=":stop:").count()
    return lost + max(0, planned - calls), twice, early
