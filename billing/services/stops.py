"""The cutoff of a line: planned at acceptance, run by the schedule, exactly once and never early (D2, D3, D9).

Whatever was planned is asked again at the moment of execution: the order, its generation, the end of the last
day, the porting, the customer's consent. The database asks a last time. Line, event, milestone, timeline, notice
and the carrier's instruction are written in one transaction with `done`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from billing import order_dates
from billing.models import (
    CancellationLine,
    CancellationOrder,
    MilestoneKind,
    Porting,
    PortingStatus,
    ServiceLine,
    StopConsent,
)
from billing.models.cancellation import DAY_BEFORE, LIVE_ORDER, STOP
from billing.models.porting import OPEN_PORTING
from billing.services import milestones, notices, stop_records, stop_rows
from billing.services.orders import day_before_key, stop_key
from billing.services.stop_rows import EndingLine
from tickets.effects import Claimed, Moot, NeedsPerson, NotYet, Verdict
from tickets.errors import Refused
from tickets.models import ScheduledAction
from tickets.service import service
from tickets.services.schedule import cancel_scheduled, reschedule, schedule
from tickets.sets import Source, array, given, ids, read, stepped, write


def plan(line: CancellationLine, *, at: dt.datetime) -> None:
    """Put the line's cutoff and the notice before it into the schedule, in place of what stood there.

    A telephone whose number is being ported, or could not be, gets no cutoff until that is settled (D3).
    """
    generation = {"generation": line.generation}
    notice_at = order_dates.day_before_notice_at(line.last_day, at)
    if notice_at is not None:
        _put(DAY_BEFORE, line.pk, day_before_key(line.pk, line.generation), notice_at, generation, at)
    if Porting.objects.filter(line_id=line.line_id, status__in=OPEN_PORTING).exists():
        cancel_scheduled(
            key=stop_key(line.pk, line.given_back), reason=str(_("The number is being ported first"))
        )
        return
    _put(STOP, line.pk, stop_key(line.pk, line.given_back), due_of(line), generation, at)


def due_of(line: CancellationLine) -> dt.datetime:
    """From when the line may stop: the end of its last day, or the moment its customer consented to."""
    given = consent_of(line)
    due = min(given.stop_at, line.ends_at) if given else line.ends_at
    ported = (
        Porting.objects.filter(line_id=line.line_id, status=PortingStatus.COMPLETED)
        .order_by("-completed_at")
        .first()
    )
    if ported is None or ported.completed_at is None:
        return due
    return max(due, ported.completed_at)


def consent_of(line: CancellationLine) -> StopConsent | None:
    """The customer's consent that counts for the last day as it stands; the newest."""
    return (
        StopConsent.objects.filter(cancellation_line=line, generation=line.generation)
        .order_by("-given_at", "-pk")
        .first()
    )


def _put(
    kind: str, subject_id: int, key: str, due_at: dt.datetime, payload: dict[str, int], at: dt.datetime
) -> None:
    live = ScheduledAction.objects.filter(key=key, status__in=("due", "held", "dead")).exists()
    if live:
        reschedule(key=key, due_at=due_at, reason=str(_("Planned anew")), payload=payload, at=at)
    else:
        schedule(kind=kind, subject_id=subject_id, due_at=due_at, key=key, payload=payload, at=at)


# Of these orders those of which nothing is waited for any more but the notice that all is done.
NOTHING_WAITS = f"""
    SELECT o.id FROM unnest(%s::bigint[]) o(id) WHERE NOT EXISTS (SELECT 1 FROM billing_milestone m
    WHERE m.order_id = o.id AND m.applies AND m.reached_at IS NULL AND m.kind <> '{MilestoneKind.CLOSING_NOTICE}')
"""


class Cutoff(NamedTuple):
    """One line that may stop now; `consent` (its id) when it does so before its end."""

    line: EndingLine
    consent: int | None


def stop_lines(actions: Sequence[Claimed], at: dt.datetime) -> Mapping[int, Verdict]:
    """The effect `billing.stop_line`, for a set of lines in a fixed number of statements. For the job.

    Returns why the others were not stopped, by action: not yet, overtaken, or a person must look.
    """
    lines = stop_rows.lock([action.subject_id for action in actions])
    verdicts: dict[int, Verdict] = {}
    cutoffs: list[Cutoff] = []
    # In the order of their time, as each alone would be: the notice of the last tells of the contract's end.
    for action in sorted(actions, key=lambda one: (one.due_at, one.pk)):
        found = _judge(lines.get(action.subject_id), action.payload.get("generation"), at)
        if isinstance(found, Verdict):
            verdicts[action.pk] = found
        else:
            cutoffs.append(found)
    _stop(cutoffs, at)
    return verdicts


@service
def stop_line(*, cancellation_line_id: int, generation: int, at: dt.datetime) -> bool:
    """Stop one line now if it may; True when this call did it. `Refused` (D2) with the reason when it may not.

    For the job's hand and for races in tests; a line that has stopped already is left as it is (False).
    """
    lines = stop_rows.lock([cancellation_line_id])
    found = _judge(lines.get(cancellation_line_id), generation, at)
    if isinstance(found, Moot):
        return False
    if isinstance(found, Verdict):
        raise Refused("D2", found.reason)
    _stop([found], at)
    return True


def _judge(line: EndingLine | None, generation: object, at: dt.datetime) -> Cutoff | Verdict:
    """Whether this line may stop at `at`, and with which consent; the reason when not."""
    if line is None or line.withdrawn_at is not None or line.order_status not in LIVE_ORDER:
        return Moot(_("The cancellation was withdrawn."))
    if line.generation != generation:
        return Moot(_("The last day was changed; another cutoff is planned."))
    if line.line_status != "pending_terminate":
        return Moot(_("The line has stopped already."))
    if line.being_ported:
        return NeedsPerson(_("The porting of the number is not completed; the telephone stays."))
    ends_at = line.ends_at
    earliest = min(line.consented_to or ends_at, ends_at)
    earliest = max(earliest, line.ported_at or earliest)
    if at < earliest:
        return NotYet(_("The last day has not ended."), until=earliest)
    return Cutoff(line, line.consent_id if at < ends_at else None)


def _stop(cutoffs: Sequence[Cutoff], at: dt.datetime) -> None:
    if not cutoffs:
        return
    lines = [cutoff.line for cutoff in cutoffs]
    rows = given(
        id=("bigint", [line.line_id for line in lines]),
        consent=("bigint", [cutoff.consent for cutoff in cutoffs]),
    )
    stopped = write(stepped(ServiceLine, "stop", rows, also={"stop_consent_id": "v.consent"}, at=at))
    if stopped != len(lines):
        raise RuntimeError(f"{len(lines) - stopped} lines were stopped by somebody else")
    stop_records.events(lines, at=at)
    stop_records.instruct_carrier(lines, at=at)
    stop_records.reach(lines, at=at)
    notices.stopped(lines, at=at)
    touched = {line.order_id for line in lines}
    write(stepped(CancellationOrder, "begin", ids(touched)))
    for (order_id,) in read(Source(NOTHING_WAITS, (array(touched),))):
        milestones.close_if_done(CancellationOrder.objects.get(pk=order_id), at=at)


def missing_effects(actions: Sequence[ScheduledAction]) -> dict[int, str]:
    """For the reconciler: cutoffs marked done whose line was not stopped."""
    by_line = {action.subject_id: action.pk for action in actions}
    running = CancellationLine.objects.filter(
        pk__in=by_line, withdrawn_at__isnull=True, line__stopped_at__isnull=True
    )
    # A line given back after an early stop has a later generation of its own.
    due = running.exclude(line__incidents__isnull=False)
    return {
        by_line[pk]: _("The cutoff is done but the line is in service")
        for pk in due.values_list("pk", flat=True)
    }


def send_days_before(actions: Sequence[Claimed], at: dt.datetime) -> Mapping[int, Verdict]:
    """The effect `billing.day_before_stop`, for a set: tell customers that tomorrow is the line's last day."""
    lines = stop_rows.lock([action.subject_id for action in actions])
    verdicts: dict[int, Verdict] = {}
    told: list[EndingLine] = []
    for action in actions:
        line = lines.get(action.subject_id)
        if (
            line is None
            or line.withdrawn_at is not None
            or line.generation != action.payload.get("generation")
        ):
            verdicts[action.pk] = Moot(_("The dates have changed."))
        elif line.line_status != "pending_terminate" or at >= line.ends_at:
            verdicts[action.pk] = Moot(_("The line has stopped already."))
        else:
            told.append(line)
    notices.days_before(told, at=at)
    return verdicts
