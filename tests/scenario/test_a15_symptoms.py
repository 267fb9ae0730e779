"""Lamps and since when; a public post as information (A15)."""

import pytest

from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.errors import Refused
from tickets.models import Ticket, TimelineEntry
from tickets.services import symptoms

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("A15")]

AT = jst(2026, 1, 31, 9, 10)


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def case(people):
    return make.ticket(customer=make.customer(), desk=people.technical_desk, at=AT, kind="fault")


def test_symptoms_say_which_lamps_and_since_when(people, case):
    symptom = symptoms.record_symptom(
        ticket_id=case.pk, text="インターネットにつながらない", lamps="緑2つのみ", since=jst(2026, 1, 31, 7, 0), at=AT,
        actor=people.technical,
    )  # fmt: skip
    assert symptom.lamps == "緑2つのみ"
    assert TimelineEntry.objects.filter(ticket=case, kind="line.symptom").exists()
    with pytest.raises(Refused, match="A15"):
        symptoms.record_symptom(
            ticket_id=case.pk, text="x", since=jst(2026, 2, 1), at=AT, actor=people.technical
        )


def test_a_public_post_is_information_and_changes_nothing(people, case):
    before = Ticket.objects.values("status", "priority", "kind", "desk_id").get(pk=case.pk)
    symptoms.link_post(ticket_id=case.pk, url="https://blog.example/1", at=AT, actor=people.operator)
    assert Ticket.objects.values("status", "priority", "kind", "desk_id").get(pk=case.pk) == before
    with pytest.raises(Refused, match="A15"):
        symptoms.link_post(ticket_id=case.pk, url="https://blog.example/1", at=AT, actor=people.operator)
