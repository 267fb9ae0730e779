"""Time, for the demonstration: the stories' steps in their order, and the jobs of the house in between."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Generator, Iterable
from itertools import count

from billing.services.incidents import lapse_overdue
from billing.services.milestones import mark_violations
from config.demo import post
from config.demo.moments import CLOSES, OPENS
from escalation.services.clockwork import day42_letters, rise_overdue
from tickets.dates import JST
from tickets.services.due import run_batch
from tickets.services.overdue import raise_overdue
from tickets.services.surveys import expire_surveys, send_due_surveys

# A story yields the moment at which it goes on, and is sent the moment at which it does: never an earlier one.
Story = Generator[dt.datetime, dt.datetime, None]
TICK = dt.timedelta(hours=1)
# Steps closer together than this pass without a look at what is due.
NOTICED = dt.timedelta(minutes=20)


def replay(stories: Iterable[Story], *, until: dt.datetime, posted_until: dt.datetime) -> None:
    """Run every story up to its end, all of which lie before `until`; then the jobs up to `until`.

    Mail that was to leave after `posted_until` is left for the real post, so that there is some to read.
    """
    order = count()
    waiting = [(next(story), next(order), story) for story in stories]
    heapq.heapify(waiting)
    looked = now = waiting[0][0]
    while waiting:
        wanted, _, story = heapq.heappop(waiting)
        if wanted > until:
            raise ValueError(f"a story goes on at {wanted}, which lies ahead")
        now = max(now, wanted)
        if now - looked >= NOTICED:
            _let_pass(looked, now, posted_until)
            looked = now
        try:
            heapq.heappush(waiting, (story.send(now), next(order), story))
        except StopIteration:
            continue
    _let_pass(looked, until, posted_until)
    expire_surveys(until)
    day42_letters(at=until)


def _let_pass(begins: dt.datetime, ends: dt.datetime, posted_until: dt.datetime) -> None:
    """The jobs once an hour by day, so that what is overdue has risen when it would have."""
    moment = begins
    while (moment := moment + TICK) < ends:
        if OPENS <= moment.astimezone(JST).time() <= CLOSES:
            _look(moment, posted_until)
    _look(ends, posted_until)


def _look(at: dt.datetime, posted_until: dt.datetime) -> None:
    """What the workers do at `at`; the post is one that takes everything."""
    while run_batch(at=at).full:
        pass
    raise_overdue(at=at)
    rise_overdue(at=at)
    mark_violations(at=at)
    lapse_overdue(at=at)
    send_due_surveys(at)
    post.leave(min(at, posted_until))
