"""A thousand cutoffs in one set leave what each would have left in a set of its own (D2, D9; ADR 0063).

Households of many shapes end at one midnight: carried-over numbers in every state, consents to an earlier stop, orders that are
held, withdrawn or done but for this, milestones missed before, customers without a mail address. The same world is
stopped line by line, rolled back, and stopped at once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from billing import defaults
from billing.models import CancellationOrder
from billing.services import cancellation, milestones, porting
from tests.factories import cancellation as make
from tests.factories.cast import cast
from tickets.dates import end_of_day, jst
from tickets.services import due

END = end_of_day(make.LAST_DAY)
BEFORE = jst(2026, 1, 31, 9)
TABLES = {
    "billing_serviceline": "", "billing_lineevent": "", "billing_carrierinstruction": "", "billing_milestone": "",
    "billing_cancellationorder": "", "tickets_outboxmessage": "", "tickets_promise": "", "tickets_scheduledaction": "",
    # Of a letter that is owed the promise is new, and has another number each time.
    "tickets_timelineentry": " || jsonb_build_object('data', t.data - 'promise')",
}  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """One household that is leaving."""

    internet_days: int
    phone_days: int
    porting: str
    consents: bool
    has_mail: bool
    language: str
    order: str


SHAPES = st.builds(
    Shape,
    internet_days=st.sampled_from([0, 0, 0, 1, 3]),
    phone_days=st.sampled_from([0, 0, 0, 1, 3]),
    porting=st.sampled_from(["", "", "requested", "completed", "failed"]),
    consents=st.booleans(),
    has_mail=st.sampled_from([True, True, False]),
    language=st.sampled_from(["ja", "en"]),
    order=st.sampled_from(["", "", "held", "withdrawn", "nearly done"]),
)


class Ground:
    """The people, made once."""

    people: ClassVar[Any]

    @classmethod
    def prepare(cls) -> None:
        defaults.lay_figures()
        cls.people = cast()


def leaving(shape: Shape) -> CancellationOrder:
    """A household of this shape, by the services."""
    home = make.household(operator=Ground.people.operator, company=Ground.people.carrier)
    home.customer.email = home.customer.email if shape.has_mail else ""
    home.customer.language = shape.language
    home.customer.save()
    days = {"internet": shape.internet_days, "phone": shape.phone_days}
    order = make.leaving(
        home, **{name: make.LAST_DAY + dt.timedelta(days=number) for name, number in days.items()}
    )
    if shape.porting:
        attempt = make.port(home, order)
        if shape.porting == "completed":
            porting.complete_porting(
                porting_id=attempt.pk, completed_at=make.PORTED_AT, evidence="完了", at=make.PORTED_AT
            )
        elif shape.porting == "failed":
            porting.fail_porting(porting_id=attempt.pk, reason="名義相違", at=make.PORTED_AT)
    if shape.consents:
        cancellation.consent_to_stop(
            order_id=order.pk, line_id=home.internet.pk, stop_at=jst(2026, 1, 31, 20), contact_id=home.call.pk,
            words="止めてよい", recording_ref="rec", at=BEFORE, actor=home.operator,
        )  # fmt: skip
    bring_to(order, shape.order, home)
    return order


def bring_to(order: CancellationOrder, state: str, home: make.Household) -> None:
    """The order as it stands when midnight comes."""
    if state == "withdrawn":
        cancellation.withdraw_order(
            order_id=order.pk, contact_id=home.call.pk, words="続けます", at=BEFORE, actor=home.operator
        )
    order = make.again(order)
    if state == "held" and order.status != "held":  # a porting that failed holds it up by itself
        order.hold(reason="確認中")
        order.save()
    elif state == "nearly done":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(
                "UPDATE billing_milestone SET status = 'completed', reached_at = %s, evidence = 'x' WHERE order_id = %s AND "
                "reached_at IS NULL AND kind NOT IN ('phone_stopped', 'internet_stopped', 'contract_ended', 'closing_notice')",
                [BEFORE, order.pk],
            )
            cursor.execute("SET LOCAL session_replication_role = origin")


def what_stands() -> dict[str, list[Any]]:
    """All rows that a cutoff may write, without their own ids, and which screens were told to look again."""
    stands: dict[str, list[Any]] = {}
    with connection.cursor() as cursor:
        for table, change in TABLES.items():
            cursor.execute(f"SELECT (to_jsonb(t) - 'id'{change})::text FROM {table} t ORDER BY 1")
            stands[table] = [row for (row,) in cursor.fetchall()]
        cursor.execute("SELECT DISTINCT topic, ref FROM tickets_liveevent ORDER BY topic, ref")
        stands["told to look again"] = cursor.fetchall()
    return stands


def after_midnight(at: dt.datetime, *, bulk: int) -> dict[str, list[Any]]:
    """What stands when everything due was done in sets of `bulk`; nothing of it stays."""
    with transaction.atomic():
        while due.run_batch(at=at, bulk=bulk).full:
            pass
        stands = what_stands()
        transaction.set_rollback(True)
    return stands


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.requirement("D2", "D9")
def test_a_set_leaves_what_its_lines_would_leave_one_by_one():
    Ground.prepare()
    stopped = 0

    # Two lines of one order a day apart, both late, as the schedule would not meet them by their ids.
    @example(
        shapes=[
            Shape(1, 0, "completed", consents=False, has_mail=True, language="en", order=""),
            Shape(0, 1, "", consents=False, has_mail=True, language="ja", order=""),
        ],
        late=True,
        gateway="",
    )
    # A household takes seconds to make: what is found is shown as found, not made smaller.
    @settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate])
    @given(
        shapes=st.lists(SHAPES, min_size=2, max_size=5),
        late=st.booleans(),
        gateway=st.sampled_from(["", "http://127.0.0.1:9"]),
    )
    def stops_alike(shapes: list[Shape], late: bool, gateway: str) -> None:
        nonlocal stopped
        at = END + dt.timedelta(days=1) if late else END
        with transaction.atomic(), override_settings(CARRIER_URL=gateway):
            for shape in shapes:
                leaving(shape)
            if late:
                milestones.mark_violations(at=at)
            before = what_stands()
            one_by_one, at_once = after_midnight(at, bulk=1), after_midnight(at, bulk=1000)
            transaction.set_rollback(True)
        stopped += len(at_once["billing_lineevent"]) - len(before["billing_lineevent"])
        assert at_once == one_by_one

    stops_alike()
    assert stopped > 0
