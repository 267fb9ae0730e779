"""Sending what stands in the outbox: mail by SMTP, instructions to the carrier's gateway by HTTP.

A message is claimed (`sending`, committed), sent, and its fate written: two commits a message, nothing held open
while a far server thinks. After a crash in between, `at_least` is claimed again once it has been `sending` for
`OUTBOX_STALE_SECONDS` (the same key, so the other side takes it once); `at_most` becomes `unknown` for a person.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import connection, transaction

from tickets.models import OutboxMessage
from tickets.outbox_listeners import listener_of
from tickets.senders import Refusal, SenderDown, Senders, Trouble, Unsure, open_senders
from tickets.services.counting import count

logger = structlog.get_logger(__name__)
MOST_ATTEMPTS = 12
# HTTP 200 instead of 201: the gateway had carried this key out before.
KNOWN = 200
SUPPRESSED = "duplicates_suppressed"
# Seconds of one look; with the longest send still under OUTBOX_STALE_SECONDS.
BUDGET = 20.0
LONGEST_PAUSE = dt.timedelta(minutes=15)
CLAIM = """
    SELECT * FROM tickets_outboxmessage
    WHERE status = 'pending' AND not_before <= LEAST(%(at)s, now()) AND channel = ANY(%(channels)s)
      AND NOT EXISTS (SELECT 1 FROM tickets_pause WHERE ended_at IS NULL AND scope = 'all')
    ORDER BY not_before, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""
STALE = """
    SELECT * FROM tickets_outboxmessage
    WHERE status = 'sending' AND sending_since <= %(before)s
    ORDER BY id LIMIT 100 FOR NO KEY UPDATE SKIP LOCKED
"""
NOTE = """
    UPDATE tickets_outboxmessage SET last_error = %s WHERE id IN (
      SELECT id FROM tickets_outboxmessage WHERE status = 'pending' AND channel = %s AND not_before <= %s
      ORDER BY not_before, id LIMIT 100 FOR NO KEY UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message on its way. `attempt` is the fence: whoever claimed it later owns its fate."""

    message: OutboxMessage
    attempt: int


def relay_once(*, at: dt.datetime, limit: int = 100) -> int:
    """Send up to `limit` messages that may leave by `at`; returns how many were tried. For the system.

    Stops after `BUDGET` seconds, long before its own messages could pass for stale. Safe to run in any number of
    processes. A mail server or gateway that does not answer costs no message an attempt; they wait and show as late.
    """
    started = time.monotonic()
    recover_stale(at=at)
    tried = 0
    with open_senders(at) as senders:
        while tried < limit and (passed := time.monotonic() - started) < BUDGET:
            moment = at + dt.timedelta(seconds=passed)
            claimed = _claim(senders.channels, moment)
            if claimed is None:
                break
            tried += 1
            _send(claimed, senders, moment)
        _note_those_down(senders, at)
    return tried


def recover_stale(*, at: dt.datetime) -> int:
    """Take back what has been `sending` for too long: its sender is dead. Returns how many."""
    before = at - dt.timedelta(seconds=settings.OUTBOX_STALE_SECONDS)
    with transaction.atomic():
        stale = list(OutboxMessage.objects.raw(STALE, {"before": before}))
        for message in stale:
            error = "the sender stopped while it was sending"
            if message.once == OutboxMessage.Promise.AT_MOST:
                message.lose_track(error=error)
                _tell(message, at)
            else:
                message.try_again(not_before=at, error=error)
            message.save()
    if stale:
        logger.warning("outbox_recovered", messages=[message.key for message in stale])
    return len(stale)


def _claim(channels: list[str], at: dt.datetime) -> Claimed | None:
    """Commit `sending` for the next message; withdraws the ones that are no longer wanted on the way."""
    while channels:
        with transaction.atomic():
            found = list(OutboxMessage.objects.raw(CLAIM, {"at": at, "channels": channels}))
            if not found:
                return None
            if _still_wanted(found[0], at):
                found[0].begin(at=at)
                found[0].save(update_fields=["status", "sending_since", "attempts"])
                return Claimed(found[0], found[0].attempts)
    return None


def _still_wanted(message: OutboxMessage, at: dt.datetime) -> bool:
    """Ask its listener. A listener that fails makes its own message wait, and no other."""
    ask = listener_of(message.key).before
    try:
        with transaction.atomic():
            reason = ask(message, at) if ask else None
    except Exception as error:
        logger.exception("outbox_listener_failed", key=message.key)
        message.attempts += 1
        message.last_error = f"{type(error).__name__}: {error}"[:2000]
        message.not_before = at + pause_after(message, Trouble())
        if message.attempts >= MOST_ATTEMPTS:
            message.give_up(error=message.last_error)
        message.save()
        return False
    if reason is None:
        return True
    message.withdraw(reason=reason[:300])
    message.save(update_fields=["status", "reason"])
    _tell(message, at)
    return False


def _send(claimed: Claimed, senders: Senders, at: dt.datetime) -> None:
    channel = claimed.message.channel
    try:
        outcome: Trouble | dict[str, object] = senders.of(claimed.message).send(claimed.message)
    except SenderDown as error:
        # It went away before it took anything: nothing more is claimed for it this time.
        senders.close(channel, error)
        outcome = error
    except Trouble as error:
        outcome = error
    _write_fate(claimed, outcome, at)


@transaction.atomic
def _write_fate(claimed: Claimed, outcome: Trouble | dict[str, object], at: dt.datetime) -> None:
    rows = OutboxMessage.objects.select_for_update(no_key=True)
    message = rows.filter(
        pk=claimed.message.pk, status__in=("sending", "unknown"), attempts=claimed.attempt
    ).first()
    if message is None:
        # Another relay thought us dead and took it over; its fate is theirs.
        logger.warning("outbox_duplicate_suppressed", key=claimed.message.key)
        count(SUPPRESSED)
        return
    if isinstance(outcome, Trouble):
        _after_trouble(message, outcome, at)
    else:
        message.mark_sent(at=at, response=outcome)
        if outcome.get("status") == KNOWN:
            count(SUPPRESSED)
    message.save()
    _tell(message, at)


def _after_trouble(message: OutboxMessage, trouble: Trouble, at: dt.datetime) -> None:
    error = str(trouble)[:2000]
    logger.warning("outbox_trouble", key=message.key, attempts=message.attempts, error=error)
    if message.once == OutboxMessage.Promise.AT_MOST and message.status == "sending":
        # Surely not taken: a person may send it again. Perhaps taken: only a person can know.
        message.lose_track(error=error) if isinstance(trouble, Unsure) else message.give_up(error=error)
    elif message.status == "unknown":
        message.last_error = error
    elif isinstance(trouble, SenderDown):
        message.attempts -= 1  # an outage is not the message's fault
        message.try_again(not_before=at + pause_after(message, trouble), error=error)
    elif isinstance(trouble, Refusal) or message.attempts >= MOST_ATTEMPTS:
        message.give_up(error=error)
    else:
        message.try_again(not_before=at + pause_after(message, trouble), error=error)


def pause_after(message: OutboxMessage, trouble: Trouble) -> dt.timedelta:
    """Doubled with each try, a quarter of an hour at most; what the other side asked for, if longer.

    Spread by the message's number, so that a server that comes back is not met by all at the same moment.
    """
    first = dt.timedelta(seconds=settings.OUTBOX_RETRY_SECONDS)
    pause = min(first * (1 << min(max(message.attempts - 1, 0), 12)), LONGEST_PAUSE)
    return max(pause * (1 + (message.pk % 8) / 16), min(trouble.retry_after, LONGEST_PAUSE))


def _tell(message: OutboxMessage, at: dt.datetime) -> None:
    """Tell its listener. It may fail; what was sent stays sent, and the reconciler finds the difference."""
    fate = listener_of(message.key).fate
    if fate is None or message.status not in {"sent", "unknown", "dead", "withdrawn"}:
        return
    try:
        with transaction.atomic():
            fate(message, at)
    except Exception:
        logger.exception("outbox_listener_failed", key=message.key)


def _note_those_down(senders: Senders, at: dt.datetime) -> None:
    """Write on what waits why it waits, for the administrator's screen."""
    for channel, error in senders.down.items():
        logger.error("outbox_server_down", channel=channel, error=error)
        with connection.cursor() as cursor:
            cursor.execute(NOTE, [error[:2000], channel, at])
