"""An empty house: the masters are laid at every start, and one command lets the first administrator in."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from config import masters
from escalation.authority import limit_for
from escalation.models import AnswerClock, AuthorityLimit
from escalation.services.roster import set_clock, set_limit
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.models import Holiday, LetterTemplate, Staff
from tickets.services.letter_masters import new_version

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("A12", "B6")
def test_the_masters_are_laid_once_and_change_nothing_that_stands():
    masters.lay(jst(2026, 1, 24, 9, 0))
    before = LetterTemplate.objects.count(), AuthorityLimit.objects.count()
    assert min(before) > 0
    assert Holiday.objects.filter(on__year=2027).exists()
    said = {"from_on": dt.date(2026, 2, 1), "actor": cast().administrator, "at": jst(2026, 1, 24, 10)}
    changed = set_limit(decision="goodwill", tier=2, allowed=True, limit_yen=500, why="見直し", **said)
    clock = set_clock(tier=2, minutes=20, why="見直し", **said)
    for text in LetterTemplate.objects.filter(language="ja"):
        new_version(template_id=text.pk, subject="件名", body="本文", **said)
    before = LetterTemplate.objects.count(), before[1]
    call_command("masters")
    assert (LetterTemplate.objects.count(), AuthorityLimit.objects.count() - 1) == before
    assert limit_for("goodwill", 2, jst(2026, 3, 1)) == changed
    assert AnswerClock.objects.filter(tier=2).order_by("during").last() == clock


def test_the_first_administrator_signs_in_with_what_was_printed(client):
    said = io.StringIO()
    call_command("administrator", "kanri", "剣持 光", "--company", "つなぐひかり株式会社", stdout=said)
    password = said.getvalue().split()[4]
    client.post(reverse("account_login"), {"login": "kanri", "password": password})
    assert client.get(reverse("tickets:masters")).status_code == 200
    with pytest.raises(CommandError):
        call_command("administrator", "kanri", "別人")
    call_command("administrator", "kanri2", "別人", stdout=io.StringIO())
    assert len({staff.desk for staff in Staff.objects.all()}) == 1
