"""The script of docs/examples plays a shift against a running desk: three calls, one of them not taken (A1, A4)."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.models import Contact, ContactLeg, PhoneCall

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("A1", "A2", "A4")]
SCRIPT = Path(settings.BASE_DIR) / "docs" / "examples" / "cti_client.py"


@pytest.fixture
def script() -> Any:
    """The script as whoever reads the documentation has it."""
    found = importlib.util.spec_from_file_location("cti_client", SCRIPT)
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_a_shift_is_on_the_timeline(script, live_server, capsys):
    people = cast()
    customer = make.customer()
    telephone = script.Telephone(live_server.url, settings.CTI_SECRET)
    script.play(telephone, operator=people.operator.login_id, number="０９０−１２３４−５６７８", pace=0)
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in said] == [
        "ringing:", "answered:", "held:", "resumed:", "hung_up:", "ringing:", "hung_up:", "ringing:", "answered:",
        "hung_up:",
    ]  # fmt: skip
    assert {line.split()[2] for line in said} == {"taken"}
    assert PhoneCall.objects.count() == 3
    results = Contact.objects.filter(customer=customer).order_by("pk").values_list("result", flat=True)
    assert "abandoned" in list(results)
    assert ContactLeg.objects.filter(contact__customer=customer, held_since__isnull=True).exists()


def test_a_wrong_secret_is_told_at_once(script, live_server):
    telephone = script.Telephone(live_server.url, "guessed")
    with pytest.raises(SystemExit, match="401"):
        telephone.send("ringing", call="K1", operator="operator", number="09012345678")
