"""Letters from templates in force; below the top none says "final answer", and never while a demand is open (A9)."""

import datetime as dt

import pytest
from django.db import transaction

from tests.factories import tickets as make
from tests.factories import words as said
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.letter_texts import TEXTS, Text
from tickets.models import LetterTemplate
from tickets.services import letters

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("A9")]
ON = dt.date(2026, 1, 31)
FACTS = {
    "name": "山田 灯",
    "number": "T00000001",
    "words": "遅い",
    "reasons": "約款 第12条",
    "link": "http://x/",
}
FINAL = Text("final", "ja", "社としての回答", "${name} 様 ${reasons}", minimum_tier=4)


@pytest.fixture
def people():
    said.letter_texts()
    letters.install((FINAL,), since=dt.date(2009, 1, 1))
    return cast()


@pytest.fixture
def case(people):
    return make.ticket(customer=make.customer(), desk=people.desk, at=jst(2026, 1, 31, 10))


def render(**fields):
    return letters.render(**{"code": "survey", "language": "ja", "on": ON, "facts": FACTS, **fields})


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{text.code}-{text.language}")
def test_every_first_version_fills_in_and_says_nothing_final(people, text):
    letter = render(code=text.code, language=text.language)
    assert "$" not in letter.subject + letter.body
    assert not letters.says_final(letter.subject + letter.body)


def test_a_language_without_a_text_gets_the_japanese_one(people):
    assert render(language="pt").body == render(language="ja").body


def test_the_version_in_force_on_the_day_is_used(people):
    LetterTemplate.objects.filter(code="survey", language="ja").update(during=(dt.date(2009, 1, 1), ON))
    LetterTemplate.objects.create(
        code="survey", language="ja", version=2, subject="新", body="新しい文面", during=(ON, None)
    )
    assert render().body == "新しい文面"
    assert render(on=ON - dt.timedelta(days=1)).body != "新しい文面"


@pytest.mark.parametrize("fields", [{"code": "nothing"}, {"facts": {}}])
def test_no_text_or_no_facts_is_refused(people, fields):
    with pytest.raises(Refused) as no:
        render(**fields)
    assert no.value.rule == "F1"


def test_below_the_top_nobody_writes_a_final_answer(people, case):
    for person in (None, people.operator, people.leader, people.sv):
        with pytest.raises(NotAllowed) as no:
            render(code="final", actor=person, ticket_id=case.pk)
        assert no.value.rule == "A9"
    assert render(code="final", actor=people.manager, ticket_id=case.pk).subject == "社としての回答"


def test_final_words_do_not_come_in_by_a_fact(people, case):
    with pytest.raises(NotAllowed):
        render(
            code="complaint_acknowledgement", actor=people.sv, facts={**FACTS, "words": "最終的な回答です"}
        )


def test_not_while_a_demand_for_a_superior_is_open(people, case):
    with transaction.atomic():
        make.promise(ticket=case, kind="superior_answer", at=jst(2026, 1, 31, 10), tier=4)
        with pytest.raises(Refused) as no:
            render(code="final", actor=people.manager, ticket_id=case.pk)
        # The floor above demands a demand beside its promise; here the promise alone is enough to refuse.
        transaction.set_rollback(True)
    assert no.value.rule == "A9"
