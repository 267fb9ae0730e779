"""How dates, money, numbers and due times are written, in both languages."""

import datetime as dt

import pytest
from django.utils import translation

from tickets import formats
from tickets.dates import end_of_day, jst

SATURDAY = dt.date(2026, 1, 31)
NOW = jst(2026, 1, 27, 10, 40)


@pytest.fixture(params=["ja", "en"])
def language(request):
    with translation.override(request.param):
        yield request.param


def said(language: str, japanese: str, english: str) -> str:
    return japanese if language == "ja" else english


def test_a_day_has_its_weekday(language):
    assert formats.date_text(SATURDAY) == said(language, "2026年1月31日(土)", "Sat 31 Jan 2026")


def test_a_moment_is_told_by_the_japanese_clock(language):
    at = dt.datetime(2026, 1, 30, 15, 5, tzinfo=dt.UTC)
    assert formats.datetime_text(at) == said(language, "2026年1月31日(土) 00:05", "Sat 31 Jan 2026, 00:05")
    assert formats.short_text(at) == said(language, "1/31(土) 00:05", "Sat 31 Jan, 00:05")
    assert formats.date_text(at) == formats.date_text(SATURDAY)


@pytest.mark.requirement("D5", "D6")
def test_the_last_usable_minute_is_the_end_of_the_last_day(language):
    expected = said(language, "2026年1月31日(土) 24:00", "Sat 31 Jan 2026, 24:00")
    assert formats.last_minute_text(SATURDAY) == expected
    assert formats.last_minute_text(end_of_day(SATURDAY)) == expected
    consented = formats.last_minute_text(jst(2026, 1, 31, 9, 0))
    assert consented == said(language, "2026年1月31日(土) 09:00", "Sat 31 Jan 2026, 09:00")


@pytest.mark.parametrize(
    ("minutes", "japanese", "english"),
    [
        (0.5, "まもなく期限", "due now"),
        (12, "あと12分", "12 min left"),
        (-3, "3分超過", "3 min over"),
        (150, "あと2時間30分", "2 h 30 min left"),
        (30 * 60, "あと30時間", "30 h left"),
        (-72 * 60, "3日超過", "3 days over"),
    ],
)
def test_due_times_say_how_long(language, minutes, japanese, english):
    due = NOW + dt.timedelta(minutes=minutes)
    assert formats.due_text(due, NOW) == said(language, japanese, english)


def test_due_states():
    states = [formats.due_state(NOW + dt.timedelta(minutes=m), NOW) for m in (-1, 0, 30, 31)]
    assert states == ["late", "soon", "soon", "fine"]


def test_yen_phone_and_clock():
    assert [formats.yen_text(n) for n in (1100, -550, 0, None)] == ["¥1,100", "−¥550", "¥0", ""]
    assert formats.phone_text("+815012345678") == "050-1234-5678"
    assert formats.phone_text("０３−１２３４−５６７８") == "03-1234-5678"
    assert formats.phone_text("+14155552671") == "+1 415-555-2671"
    assert formats.phone_text("184") == "184"
    assert [formats.clock_text(n) for n in (5, 245, 3845)] == ["0:05", "4:05", "1:04:05"]


def test_a_stored_date_is_said_as_the_reader_writes_it():
    with translation.override("ja"):
        assert formats.said_text("最終日 2026-11-26 月末まで") == "最終日 2026年11月26日(木) 月末まで"
        assert formats.said_text("停止 2026-11-25T15:00:00+00:00") == "停止 2026年11月26日(木) 00:00"
        assert formats.said_text("T-2026-000012, 2026-02-31") == "T-2026-000012, 2026-02-31"
