"""The only clock of the application.

Views and tasks ask it and hand the answer down as `at`; models, services and rules
take `at` and ask no clock, so that any minute of either story can be replayed.

Three sources, first that answers: a pin of this process (tests), the file named by
`TSUNAGU_CLOCK_FILE` (several processes of one test or demonstration), the machine.
Pins are refused in production.
"""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from config import environment

JST = ZoneInfo("Asia/Tokyo")

# Deliberately not a thread-local: the live server's thread must see a test's pin.
_lock = threading.Lock()
_pins: list["_Pin"] = []


class ClockPinRefused(RuntimeError):
    """Somebody tried to move the clock of a production process."""


class _Pin:
    """A time that stands, or that runs on from where it was set."""

    def __init__(self, at: dt.datetime, *, ticking: bool) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock is pinned to an aware time, e.g. with tzinfo=clock.JST")
        self.at = at.astimezone(dt.UTC)
        self.ticking = ticking
        self._since = _machine()

    def now(self) -> dt.datetime:
        return self.at + (_machine() - self._since) if self.ticking else self.at


def now() -> dt.datetime:
    """The present as an aware time in UTC."""
    with _lock:
        pin = _pins[-1] if _pins else None
    if pin is not None:
        return pin.now()
    return _from_file() or _machine()


def today() -> dt.date:
    """The civil date in Japan; every date of the domain is one of these."""
    return now().astimezone(JST).date()


def is_moved() -> bool:
    """True while a test or a demonstration holds this process's clock."""
    with _lock:
        return bool(_pins) or _from_file() is not None


@contextmanager
def pinned(at: dt.datetime, *, ticking: bool = False) -> Iterator["Hand"]:
    """Hold the clock of the whole process at `at`; with `ticking` it runs on from there.

    Yields a `Hand` that moves it further. For tests and demonstrations only.
    """
    _refuse_in_production()
    hand = Hand(at, ticking=ticking)
    with _lock:
        _pins.append(hand.pin)
    try:
        yield hand
    finally:
        with _lock:
            _pins.remove(hand.pin)


class Hand:
    """Moves a pinned clock."""

    def __init__(self, at: dt.datetime, *, ticking: bool) -> None:
        self.pin = _Pin(at, ticking=ticking)

    def move_to(self, at: dt.datetime) -> None:
        """Set the clock to `at`, forward or back."""
        fresh = _Pin(at, ticking=self.pin.ticking)
        with _lock:
            _pins[_pins.index(self.pin)] = fresh
            self.pin = fresh

    def advance(self, step: dt.timedelta) -> None:
        """Set the clock `step` later (or earlier, when negative)."""
        self.move_to(self.pin.now() + step)


def write_file(path: Path, at: dt.datetime | None) -> None:
    """Hold every process that was started with `TSUNAGU_CLOCK_FILE=path` at `at`.

    None lets them run by the machine's clock again.
    """
    _refuse_in_production()
    fresh = path.with_suffix(".next")
    fresh.write_text(at.isoformat() if at else "")
    fresh.replace(path)  # readers see the old time or the new one, never half of it


def _refuse_in_production() -> None:
    if environment.read().is_production:
        raise ClockPinRefused("the clock of a production process is not moved")


def _from_file() -> dt.datetime | None:
    if not _clock_file:
        return None
    try:
        text = Path(_clock_file).read_text().strip()
    except FileNotFoundError:
        return None
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC) if text else None


def _machine() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


# Read once: in production `environment.read` has already refused a clock file.
_clock_file = environment.read().clock_file
