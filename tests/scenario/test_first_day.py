"""An empty house: the masters are laid at every start, and one command lets the first administrator in."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from config import masters
from escalation.models import AuthorityLimit
from tickets.dates import jst
from tickets.models import Holiday, LetterTemplate, Staff

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("A12", "B6")
def test_the_masters_are_laid_once_and_change_nothing_that_stands():
    masters.lay(jst(2026, 1, 24, 9, 0))
    before = LetterTemplate.objects.count(), AuthorityLimit.objects.count()
    assert min(before) > 0
    assert Holiday.objects.filter(on__year=2027).exists()
    AuthorityLimit.objects.filter(decision="goodwill", tier=2).update(why="見直し中")
    call_command("masters")
    assert (LetterTemplate.objects.count(), AuthorityLimit.objects.count()) == before
    assert AuthorityLimit.objects.get(decision="goodwill", tier=2).why == "見直し中"


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
