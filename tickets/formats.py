"""How the desk writes dates, times, money and telephone numbers. Pure: takes `now`, calls no clock.

The patterns are msgids with the context "date format", so that each language writes its own way:
2026年1月31日(土) 10:40 in Japanese, Sat 31 Jan 2026, 10:40 in English.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import cache, lru_cache

import phonenumbers
from django.utils import dateformat
from django.utils.translation import get_language, gettext, pgettext

from tickets.dates import JST, day_of, start_of_day

ISO_DATE = re.compile(
    r"(?<![\w./-])\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[+-]\d\d:\d\d|Z))?(?![\w-])"
)
DAY_MINUTES = 24 * 60
SOON = dt.timedelta(minutes=30)


def date_text(value: dt.date | None) -> str:
    """A day with its weekday; a moment is written as the Japanese day it falls on."""
    return dateformat.format(_day(value), pgettext("date format", "D j M Y")) if value else ""


def datetime_text(at: dt.datetime | None) -> str:
    """A moment by the Japanese clock, to the minute."""
    return dateformat.format(at.astimezone(JST), pgettext("date format", "D j M Y, H:i")) if at else ""


def short_text(value: dt.date | None) -> str:
    """The same without the year, for dense lists; a day has no time."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return dateformat.format(value.astimezone(JST), pgettext("date format", "D j M, H:i"))
    return dateformat.format(value, pgettext("date format", "D j M"))


def time_text(at: dt.datetime | None) -> str:
    """Hours and minutes by the Japanese clock."""
    return dateformat.format(at.astimezone(JST), "H:i") if at else ""


def said_text(text: str) -> str:
    """A stored text with its ISO dates written as the reader writes dates."""
    return ISO_DATE.sub(lambda found: _said(found[0]), text) if text else ""


def _said(iso: str) -> str:
    try:
        moment = dt.datetime.fromisoformat(iso)
    except ValueError:  # 2026-02-31: no date after all
        return iso
    return datetime_text(moment) if moment.tzinfo else date_text(moment)


def last_minute_text(value: dt.date | None) -> str:
    """Until when a line can be used, said so that nobody is a day off: 2026年1月31日(土) 24:00 (D5, D6).

    Takes a last day, or the exclusive end of one (00:00 JST of the day after); any other moment is
    written as it stands.
    """
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        if value != start_of_day(day_of(value)):
            return datetime_text(value)
        value = day_of(value) - dt.timedelta(days=1)
    return gettext("%(date)s, 24:00") % {"date": date_text(value)}


def yen_text(amount: int | None) -> str:
    """¥1,100; what is given back carries a minus sign."""
    if amount is None:
        return ""
    return f"{'−' if amount < 0 else ''}¥{abs(amount):,}"


@lru_cache(maxsize=4096)
def phone_text(number: str | None) -> str:
    """A Japanese number the way it is written in Japan, a foreign one with its country code."""
    if not number:
        return ""
    try:
        parsed = phonenumbers.parse(unicodedata.normalize("NFKC", number), "JP")
    except phonenumbers.NumberParseException:
        return number
    domestic = parsed.country_code == phonenumbers.country_code_for_region("JP")
    style = (
        phonenumbers.PhoneNumberFormat.NATIONAL if domestic else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, style)


def minutes_text(minutes: int | None) -> str:
    """Minutes of the Japanese day as a time: 540 is 09:00, 1440 is 24:00."""
    return "" if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"


def clock_text(seconds: int | float | None) -> str:
    """4:05 or 1:04:05: the length of a call or a hold."""
    if seconds is None:
        return ""
    hours, rest = divmod(int(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def spent_text(time: dt.timedelta | None) -> str:
    """How long something took or has lasted: minutes, from an hour on hours too, from two days on days and hours."""
    if time is None:
        return ""
    minutes = max(0, int(time.total_seconds() // 60))
    if minutes < 60:
        return gettext("{m} min").format(m=minutes)
    if minutes < 2880:
        return gettext("{h} h {m} min").format(h=minutes // 60, m=minutes % 60)
    return gettext("{d} days {h} h").format(d=minutes // 1440, h=minutes % 1440 // 60)


def due_patterns() -> dict[str, str]:
    """The sentences of `due_text`; the browser's timers read the same ones."""
    return _due_patterns(get_language() or "")


@cache
def _due_patterns(language: str) -> dict[str, str]:
    """Forty times a page and the same each time, in each language."""
    return {
        "now": gettext("due now"),
        "minutes-left": gettext("{m} min left"),
        "hours-left": gettext("{h} h {m} min left"),
        "long-left": gettext("{h} h left"),
        "days-left": gettext("{d} days left"),
        "minutes-over": gettext("{m} min over"),
        "hours-over": gettext("{h} h {m} min over"),
        "long-over": gettext("{h} h over"),
        "days-over": gettext("{d} days over"),
    }


def due_text(due: dt.datetime, now: dt.datetime) -> str:
    """あと12分 / 3分超過: minutes below ten hours, hours below two days, then days."""
    minutes = abs(int((due - now).total_seconds())) // 60
    side = "over" if due < now else "left"
    if minutes == 0:
        key = "now" if side == "left" else "minutes-over"
    elif minutes < 60:
        key = f"minutes-{side}"
    elif minutes < 2 * DAY_MINUTES:
        key = f"hours-{side}" if minutes < 600 else f"long-{side}"
    else:
        return due_patterns()[f"days-{side}"].format(d=minutes // DAY_MINUTES)
    hours, rest = (0, minutes) if key.startswith("minutes") else divmod(minutes, 60)
    return due_patterns()[key].format(h=hours, m=rest)


def due_state(due: dt.datetime, now: dt.datetime) -> str:
    """late, soon (half an hour or less) or fine."""
    if due < now:
        return "late"
    return "soon" if due - now <= SOON else "fine"


def _day(value: dt.date) -> dt.date:
    return day_of(value) if isinstance(value, dt.datetime) else value
