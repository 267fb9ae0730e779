"""The SV's tabs and the desk queue: one query a page, by key, counts capped (F, A10, A12, A15)."""

import base64
import datetime as dt
import json

import pytest

from escalation.services.demands import demand_superior
from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.models import Alert, Promise, Survey, Ticket, Tier
from tickets.queries import keyset, queues
from tickets.queries.keyset import capped_count
from tickets.services import alerts, promises, transfers

pytestmark = pytest.mark.django_db

AT = jst(2026, 1, 26, 10, 0)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def case(people):
    return make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator, at=AT)


def rows(key, staff, at=AT):
    return list(queues.queue(key).page(staff, at).rows)


@pytest.mark.requirement("A12")
def test_what_came_in_overnight_is_at_the_head_at_opening(people):
    customer = make.customer()
    at_opening = make.ticket(customer=customer, desk=people.desk, at=jst(2026, 1, 26, 9, 0))
    overnight = make.ticket(customer=customer, desk=people.desk, at=jst(2026, 1, 26, 2, 0), channel="web")
    urgent = make.ticket(customer=customer, desk=people.desk, at=jst(2026, 1, 26, 9, 5), priority=1)
    page = queues.desk_queue(staff=people.operator, desk_id=people.desk.pk)
    assert page.rows == [urgent, overnight, at_opening]


@pytest.mark.requirement("A10")
def test_tabs_show_what_they_say(people, case):
    waiver = make.promise(
        ticket=case, kind="waiver_decision", owner_id=people.sv.pk, tier=3, due_at=AT + 5 * HOUR, at=AT
    )
    top = make.promise(ticket=case, kind="waiver_decision", tier=4, due_at=AT + 5 * HOUR, at=AT)
    soon = make.promise(ticket=case, due_at=AT + HOUR, at=AT - HOUR)
    late = make.promise(ticket=case, kind="callback", due_at=AT, at=AT - HOUR)
    call = make.contact(customer=case.customer, desk=people.desk, ticket=case, at=AT)
    demand = demand_superior(
        ticket_id=case.pk,
        contact_id=call.pk,
        words="上司に代わってください",
        tier=4,
        actor=people.operator,
        at=AT,
    ).promise
    assert rows("mine", people.sv) == [waiver]
    assert rows("level", people.sv) == [waiver]
    assert rows("level", people.manager) == [waiver, top]
    assert rows("unassigned", people.sv) == [case]
    assert rows("overdue", people.sv) == [late]
    assert set(rows("soon", people.sv)) == {soon, demand}
    assert rows("escalated", people.sv) == [demand]
    assert rows("missed", people.sv) == [late]
    risen = promises.raise_promise(promise_id=late.pk, at=AT, reason="overdue")
    assert rows("missed", people.sv) == [risen]
    assert set(rows("escalated", people.sv)) == {risen, demand}
    assert rows("overdue", people.sv) == []


def test_whom_a_delegation_lends_a_tier_sees_that_level(people, case, monkeypatch):
    top = make.promise(ticket=case, kind="waiver_decision", tier=Tier.MANAGER, at=AT)
    monkeypatch.setattr(queues.acting_tier, "_level", lambda staff, at: Tier.MANAGER)
    assert rows("level", people.sv) == [top]


@pytest.mark.requirement("E2")
def test_surveys_held_are_shown_with_their_reason(people, case):
    held = Survey(
        ticket=case,
        customer=case.customer,
        status="withheld",
        withheld_reason="promise",
        created_at=AT,
        due_at=AT,
    )
    held.save()
    assert rows("surveys", people.sv) == [held]


@pytest.mark.requirement("A15")
def test_alerts_stay_until_an_sv_has_seen_them(people, case):
    alert = alerts.raise_alert(kind=Alert.Kind.THIRD_CALL, at=AT, ticket_id=case.pk)
    assert rows("alerts", people.sv) == [alert]
    alerts.see_alert(alert_id=alert.pk, at=AT, actor=people.sv)
    assert rows("alerts", people.sv) == []


@pytest.mark.requirement("A3")
def test_a_desk_sees_what_is_offered_to_it(people, case):
    offer = transfers.offer_transfer(
        ticket_id=case.pk, to_desk_id=people.technical_desk.pk, context="事情", at=AT, actor=people.operator
    )
    assert list(queues.transfers_waiting(staff=people.technical)) == [offer]
    assert list(queues.transfers_waiting(staff=people.operator)) == []


def test_pages_follow_each_other_without_a_gap(people, case):
    made = [make.promise(ticket=case, due_at=AT - HOUR, at=AT - 2 * HOUR) for _ in range(7)]
    seen: list[Promise] = []
    after = ""
    while True:
        page = queues.queue("overdue").page(people.sv, AT, after, size=3)
        seen += page.rows
        after = page.next
        if not after:
            break
    assert seen == made


def test_the_pages_of_a_desk_follow_each_other_and_each_begins_in_the_index(people):
    customer = make.customer()
    moments = [AT + dt.timedelta(minutes=place % 3) for place in range(105)]
    made = [
        make.ticket(customer=customer, desk=people.desk, at=at, priority=1 + place % 4)
        for place, at in enumerate(moments)
    ]
    made.sort(key=lambda case: (case.priority, case.queue_at, case.pk))
    seen: list[Ticket] = []
    after = ""
    for size in (50, 50, 5):
        page = queues.desk_queue(staff=people.operator, desk_id=people.desk.pk, after=after)
        assert (len(page.rows), page.first) == (size, not after)
        seen += page.rows
        after = page.next
    assert seen == made
    assert not after
    deep = keyset.page_after(Ticket.objects.order_by(), queues.WAITING, (2, AT, made[60].pk))
    assert "ROW(" in str(deep.query)


@pytest.mark.parametrize(
    "key", [[70_000, AT.isoformat(), 1], [1, "yesterday", 1], [1, AT.isoformat(), 2**70], [1]]
)
def test_a_place_that_nobody_gave_out_is_the_beginning(people, case, key):
    after = base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")
    page = queues.desk_queue(staff=people.operator, desk_id=people.desk.pk, after=after)
    assert (list(page.rows), page.first) == ([case], True)


@pytest.mark.parametrize("key", [queue.key for queue in queues.SV_QUEUES])
def test_a_tab_is_one_query(people, case, key, django_assert_num_queries):
    for _ in range(5):
        make.promise(ticket=case, kind="callback", due_at=AT - HOUR, at=AT - 2 * HOUR)
    most = 2 if key == "level" else 1  # at which rank one acts is asked first
    with django_assert_num_queries(most):
        for row in queues.queue(key).page(people.sv, AT).rows:
            assert row.ticket.customer if key == "alerts" else row.customer
    with django_assert_num_queries(most):
        queues.queue(key).count(people.sv, AT)


def test_counts_are_capped(people, case, django_assert_num_queries):
    for _ in range(4):
        make.promise(ticket=case, at=AT)
    assert capped_count(case.promises.all(), most=2) == 3
    with django_assert_num_queries(len(queues.SV_QUEUES) + 1):
        assert queues.counts(people.sv, AT)["unassigned"] == 1


def test_partners_see_only_their_cases(people, case):
    make.promise(ticket=case, due_at=AT - HOUR, at=AT - 2 * HOUR)
    assert rows("overdue", people.partner_operator) == []
    assert rows("unassigned", people.partner_operator) == []
