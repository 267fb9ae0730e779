"""Contract numbers are found in the one search field; a deputy sees what waits at the lent rank."""

import datetime as dt

import pytest

from escalation.models import Delegation
from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.queries import customers, queues

pytestmark = pytest.mark.django_db
AT = make.WHEN


def test_the_upper_floors_have_hooked_in():
    assert "by_contract_number" in {hook.__name__ for hook in customers.search_hooks}
    people = cast()
    assert list(customers.search(text="Ｃ－１２３", staff=people.operator).rows) == []


@pytest.mark.requirement("B5")
def test_a_deputy_sees_what_waits_at_the_lent_rank():
    people = cast()
    case = make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator)
    waiting = make.promise(ticket=case, kind="waiver_decision", tier=4)
    assert waiting not in queues.queue("level").page(people.sv, AT).rows
    Delegation.objects.create(
        grantor=people.manager, delegate=people.sv, acting_tier=4, reason="休暇",
        during=(AT - dt.timedelta(hours=1), AT + dt.timedelta(days=1)), granted_at=AT - dt.timedelta(hours=1),
    )  # fmt: skip
    assert waiting in queues.queue("level").page(people.sv, AT).rows
