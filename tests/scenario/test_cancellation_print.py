"""A cancellation in an evidence print speaks of its ends as every screen does: 24:00 of the last day (D2, F3)."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from billing.models import CarrierInstruction
from billing.services.incidents import report_early_stop
from config import clock
from tests.factories import cancellation as make
from tests.factories import escalation as upward
from tickets.dates import jst
from tickets.services.prints import print_case

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D2", "D5", "F3")]
END = jst(2026, 2, 1)
LAST_MINUTE, NEXT_DAY = "2026年1月31日(土) 24:00", "2026年2月1日(日) 00:00"


@pytest.fixture
def leaving():
    desk = make.desk_of_a_household()
    upward.masters()
    desk.order = make.leaving(desk.home)
    return desk


def printed(ticket, actor, at) -> str:
    """Every headline and fact of the print, a line each."""
    parts = json.loads(print_case(ticket_id=ticket.pk, actor=actor, at=at).content)["sections"]
    items = [item for part in parts[:-1] for item in part["entries"]]
    return "\n".join(
        f"{item['head']} {' '.join(f'{label}={value}' for label, value in item['facts'])}" for item in items
    )


def test_planned_ends_are_the_end_of_the_last_day(leaving):
    said = printed(leaving.order.ticket, leaving.cast.sv, make.CALLED_AT)
    assert f"インターネット {LAST_MINUTE}" in said
    assert NEXT_DAY not in said
    assert "internet" not in said


def test_an_early_stop_names_its_planned_end_and_a_stop_its_earliest_moment(leaving):
    found = report_early_stop(
        line_id=leaving.home.internet.pk, at=jst(2026, 1, 31, 9, 5), actor=leaving.cast.technical
    )
    assert LAST_MINUTE in printed(found.ticket, leaving.cast.sv, jst(2026, 1, 31, 10))
    make.run_due(END)
    said = printed(leaving.order.ticket, leaving.cast.sv, jst(2026, 2, 1, 9))
    assert CarrierInstruction.objects.filter(order=leaving.order, kind="stop", not_before=END).exists()
    stops = [line for line in said.splitlines() if LAST_MINUTE in line]
    assert len(stops) >= 3
    assert "T00:00:00" not in said


def test_who_tells_the_carrier_by_hand_reads_the_same(leaving, client):
    client.force_login(leaving.home.operator, backend="config.accounts.StaffBackend")
    relay = CarrierInstruction.objects.get(order=leaving.order, kind="relay")
    with clock.pinned(make.CALLED_AT):
        page = client.get(reverse("billing:carrier_done", args=[relay.pk])).content.decode()
    assert f"インターネット {LAST_MINUTE}" in page
    assert "2026-02-01T" not in page
