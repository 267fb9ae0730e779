"""Moments around the one at which the demonstration is loaded, whatever hour of whatever day that is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tickets.dates import JST, day_of, start_of_day

# The demonstration's customer desks open every day.
OPENS, CLOSES = dt.time(9), dt.time(18)
OPEN_MINUTES = 9 * 60


@dataclass(frozen=True, slots=True)
class Moments:
    """`now` is aware. What has happened lies in opening hours: loaded at night, the desk is as it was when it closed."""

    now: dt.datetime

    @property
    def desk_now(self) -> dt.datetime:
        """The last minute up to now at which the desk was open."""
        local = self.now.astimezone(JST)
        if local.time() < OPENS:
            return _at(local.date() - dt.timedelta(days=1), CLOSES) - dt.timedelta(minutes=1)
        return min(local, _at(local.date(), CLOSES) - dt.timedelta(minutes=1))

    def ago(self, minutes: int) -> dt.datetime:
        """`minutes` of opening hours before `desk_now`; in the morning that is the afternoon before."""
        moment, left = self.desk_now, minutes
        while left > (today := _minutes(moment)):
            left -= today
            moment = _at(moment.date() - dt.timedelta(days=1), CLOSES)
        return moment - dt.timedelta(minutes=left)

    def before(self, days: int, hour: int, minute: int = 0) -> dt.datetime:
        """By the wall clock, `days` (one or more) before the day of `desk_now`."""
        return _at(self.desk_now.date() - dt.timedelta(days=days), dt.time(hour, minute))

    def coming(self, days: int, hour: int, minute: int = 0) -> dt.datetime:
        """By the wall clock, `days` (one or more) after today."""
        return _at(self.day(days), dt.time(hour, minute))

    def day(self, days: int) -> dt.date:
        """The Japanese date `days` after today; negative before it."""
        return day_of(self.now) + dt.timedelta(days=days)

    @property
    def next_desk_day(self) -> dt.date:
        """Today until the desk closes, then tomorrow: a last day that is not over for some hours yet."""
        return day_of(self.now + dt.timedelta(hours=6))


def _at(day: dt.date, time: dt.time) -> dt.datetime:
    return start_of_day(day) + dt.timedelta(hours=time.hour, minutes=time.minute)


def _minutes(moment: dt.datetime) -> int:
    """Whole minutes that the desk has been open on that day."""
    return int((moment - _at(moment.date(), OPENS)).total_seconds() // 60)
