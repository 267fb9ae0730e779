"""Texts of letters by version: never edited, from a day on, and never "final" below the top (F, A9)."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from config import clock
from tests.factories.cast import cast
from tests.factories.words import letter_texts
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import LetterTemplate
from tickets.services import letter_masters, letters

pytestmark = pytest.mark.django_db
WHEN = jst(2026, 1, 26, 12)
MONDAY = dt.date(2026, 2, 2)


@pytest.fixture
def people():
    letter_texts()
    return cast()


def survey(language: str = "ja") -> LetterTemplate:
    return LetterTemplate.objects.filter(code="survey", language=language).order_by("-version")[0]


def rewritten(
    people, body: str, *, row: LetterTemplate | None = None, from_on: dt.date = MONDAY
) -> LetterTemplate:
    return letter_masters.new_version(
        template_id=(row or survey()).pk, subject="お聞かせください", body=body, from_on=from_on,
        actor=people.administrator, at=WHEN,
    )  # fmt: skip


def test_a_new_version_holds_from_its_day_and_the_old_one_until_then(people):
    made = rewritten(people, "${name} 様 ${link}")
    facts = {"name": "山田", "number": "T1", "link": "https://x"}
    before = letters.render(code="survey", language="ja", on=MONDAY - dt.timedelta(days=1), facts=facts)
    after = letters.render(code="survey", language="ja", on=MONDAY, facts=facts)
    assert (made.version, after.body, after.template_id) == (2, "山田 様 https://x", made.pk)
    assert before.template_id != made.pk
    with pytest.raises(Refused, match="F1"):  # a later version stands
        rewritten(people, "${name}")
    with pytest.raises(Refused, match="F1"):  # today is too late: mails of today are on their way
        rewritten(people, "${name}", from_on=dt.date(2026, 1, 26))


@pytest.mark.requirement("A9")
@pytest.mark.parametrize(
    "body", ["これが当社の最終回答です", "社としての回答です", "This is our final answer."]
)
def test_no_text_below_the_top_calls_an_answer_final(people, body):
    with pytest.raises(Refused, match="A9"):
        rewritten(people, body)


@pytest.mark.parametrize("body", ["${nobody} 様", "100$ です"])
def test_a_fact_that_nobody_fills_in_is_refused(people, body):
    with pytest.raises(Refused, match="F1"):
        rewritten(people, body)


def test_a_language_is_withdrawn_and_japanese_never(people):
    row = survey("en")
    letter_masters.withdraw(template_id=row.pk, from_on=MONDAY, actor=people.administrator, at=WHEN)
    facts = {"name": "山田", "number": "T1", "link": "https://x"}
    assert letters.render(code="survey", language="en", on=MONDAY, facts=facts).template_id == survey().pk
    with pytest.raises(Refused, match="F1"):
        letter_masters.withdraw(template_id=survey().pk, from_on=MONDAY, actor=people.administrator, at=WHEN)
    with pytest.raises(NotAllowed):
        letter_masters.withdraw(template_id=row.pk, from_on=MONDAY, actor=people.manager, at=WHEN)


REFUSED = {
    "another text": "UPDATE tickets_lettertemplate SET body = 'x'",
    "anybody may send it": "UPDATE tickets_lettertemplate SET minimum_tier = 2 WHERE minimum_tier = 1",
    "it began earlier": "UPDATE tickets_lettertemplate SET during = daterange('1990-01-01', upper(during))",
    "no text": "DELETE FROM tickets_lettertemplate",
}


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED)
def test_the_database_keeps_versions_as_they_were(people, sql):
    with pytest.raises(IntegrityError, match="F1: "), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_preview_saves_nothing_and_what_was_typed_stays(people):
    client = Client()
    client.force_login(people.administrator, backend="config.accounts.StaffBackend")
    url = reverse("tickets:new_letter", args=[survey().pk])
    data = {"subject_line": "ご意見", "body": "${name} 様、こちらへ ${link}", "from_on": "2099-01-01"}
    shown = client.post(url, {**data, "preview": "1"}).content.decode()
    assert "山田 灯 様、こちらへ https://" in shown
    assert survey().version == 1
    wrong = client.post(url, {**data, "body": "これが最終回答です"})
    assert wrong.status_code == 422
    assert "これが最終回答です" in wrong.content.decode()
    made = client.post(url, data, follow=True).content.decode()
    assert survey().version == 2
    assert "2099年1月1日" in made
    listed = client.get(reverse("tickets:letters")).content.decode()
    for row in LetterTemplate.objects.all():
        assert reverse("tickets:letter", args=[row.pk]) in listed
    with clock.pinned(jst(2099, 1, 2)):
        later = client.get(reverse("tickets:letters")).content.decode()
    assert reverse("tickets:letter", args=[survey().pk]) in later
    first = LetterTemplate.objects.get(code="survey", language="ja", version=1)
    assert reverse("tickets:letter", args=[first.pk]) not in later
    page = client.get(reverse("tickets:masters")).content.decode()
    inside = page[page.index("<main") : page.index("</main>")]
    for place in ("tickets:calendars", "tickets:letters", "escalation:limits"):
        assert inside.count(f'"{reverse(place)}"') == 1
