"""Pure parts of what is said: words that are final, what is no basis, when a mail may go out."""

import re

import pytest

from tickets.dates import jst
from tickets.models.questions import NO_BASIS
from tickets.services.complaints import deadline_of
from tickets.services.letters import says_final
from tickets.services.surveys import by_day, hashed, next_day_time


@pytest.mark.requirement("A9")
@pytest.mark.parametrize(
    "text",
    [
        "この回答は社としての回答ですので変わりません",
        "弊社の最終的なご回答",
        "最終回答",
        "Our Final Answer",
        "final  position",
    ],
)
def test_final(text):
    assert says_final(text)


@pytest.mark.requirement("A9")
@pytest.mark.parametrize(
    "text", ["最終請求は2月です", "契約最終日", "本日の回答は以上です", "the final bill", "an answer"]
)
def test_not_final(text):
    assert not says_final(text)


@pytest.mark.requirement("A6")
@pytest.mark.parametrize(
    ("text", "is_none"),
    [
        ("社内手続上", True),
        ("社内の規程", True),
        ("Internal policy", True),
        ("約款 第12条", False),
        ("電気通信事業法27条", False),
    ],
)
def test_internal_procedure_is_no_basis(text, is_none):
    assert bool(re.search(NO_BASIS, text, re.IGNORECASE)) is is_none


@pytest.mark.requirement("A5")
def test_day_42_ends_at_midnight_and_the_first_day_is_not_counted():
    assert deadline_of(jst(2026, 1, 31, 23, 59)) == deadline_of(jst(2026, 1, 31)) == jst(2026, 3, 15)


@pytest.mark.requirement("E1")
@pytest.mark.parametrize(
    ("hour", "minute", "may"), [(8, 59, False), (9, 0, True), (19, 59, True), (20, 0, False), (0, 0, False)]
)
def test_by_day(hour, minute, may):
    assert by_day(jst(2026, 1, 31, hour, minute)) is may


@pytest.mark.requirement("E1")
def test_next_day_time():
    assert next_day_time(jst(2026, 1, 31, 20)) == jst(2026, 2, 1, 9)
    assert next_day_time(jst(2026, 1, 31, 3)) == jst(2026, 1, 31, 9)


@pytest.mark.requirement("E1")
def test_a_link_is_stored_as_its_digest():
    assert hashed("token") != "token"
    assert len(hashed("token")) == 64
