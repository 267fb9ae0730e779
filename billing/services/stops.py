"""The cutoff of a line: planned at acceptance, run by the schedule, exactly once and never early (D2, D3, D9).

Whatever was planned is asked again at the moment of execution: the order, its generation, the end of the last
day, the porting, the customer's consent. The database asks a last time. Line, event, milestone, timeline, notice
and the carrier's instruction are written in one transaction with `done`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F
from django.utils.translation import gettext as _

from billing import order_dates
from billing.models import (
    CancellationLine,
    CancellationOrder,
    Milestone,
    MilestoneKind,
    OrderStatus,
    Porting,
    PortingStatus,
    ServiceLine,
    StopConsent,
)
from billing.models.cancellation import DAY_BEFORE, LIVE_ORDER, STOP
from billing.models.porting import OPEN_PORTING
from billing.services import milestones, notices, stop_records
from billing.services.orders import day_before_key, lock_order, stop_key
from tickets.effects import Moot, NeedsPerson, NotYet, Verdict
from tickets.errors import Refused
from tickets.models import ScheduledAction, Ticket
from tickets.service import service
from tickets.services.schedule import cancel_scheduled, reschedule, schedule


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


@dataclass(frozen=True, slots=True)
class Cutoff:
    """One line that may stop now; `consent` when it does so before its end."""

    line: CancellationLine
    consent: StopConsent | None


def stop_lines(actions: Sequence[ScheduledAction], at: dt.datetime) -> Mapping[int, Verdict]:
    """The effect `billing.stop_line`, for a set of lines in a fixed number of statements. For the job.

    Returns why the others were not stopped, by action: not yet, overtaken, or a person must look.
    """
    lines = _lock([action.subject_id for action in actions])
    state = _State.of(lines.values())
    verdicts: dict[int, Verdict] = {}
    cutoffs: list[Cutoff] = []
    for action in actions:
        found = state.judge(lines.get(action.subject_id), action.payload.get("generation"), at)
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
    lines = _lock([cancellation_line_id])
    line = lines.get(cancellation_line_id)
    found = _State.of(lines.values()).judge(line, generation, at)
    if isinstance(found, Moot):
        return False
    if isinstance(found, Verdict):
        raise Refused("D2", found.reason)
    _stop([found], at)
    return True


def _lock(ids: Sequence[int]) -> dict[int, CancellationLine]:
    """The lines with all that decides about them, locked in the one order: tickets, orders, lines."""
    orders = CancellationOrder.objects.filter(lines__in=ids)
    for merged in orders.filter(ticket__merged_into__isnull=False).distinct().order_by("ticket_id", "pk"):
        lock_order(merged.pk, None)  # moves on to the ticket that goes on
    tickets = set(orders.values_list("ticket_id", flat=True))
    list(Ticket.objects.select_for_update(no_key=True).filter(pk__in=tickets).order_by("pk").only("pk"))
    locked = orders.order_by("pk").values_list("pk", flat=True)
    list(CancellationOrder.objects.select_for_update(no_key=True).filter(pk__in=set(locked)).order_by("pk"))
    rows = (
        CancellationLine.objects.select_for_update(no_key=True, of=("self", "line"))
        .select_related("line", "line__access_line", "order", "order__customer")
        .filter(pk__in=ids)
        .order_by("line_id")
    )
    return {row.pk: row for row in rows}


@dataclass(frozen=True, slots=True)
class _State:
    """What besides the rows themselves decides: open portings, consents."""

    porting: Mapping[int, str]
    ported_at: Mapping[int, dt.datetime]
    consents: Mapping[int, StopConsent]

    @classmethod
    def of(cls, lines: Iterable[CancellationLine]) -> _State:
        rows = list(lines)
        portings = Porting.objects.filter(line__in=[row.line_id for row in rows]).order_by("pk")
        consents = StopConsent.objects.filter(
            cancellation_line__in=[row.pk for row in rows],
            generation=F("cancellation_line__generation"),
        ).order_by("given_at", "pk")
        found = list(portings)
        return cls(
            porting={row.line_id: str(row.status) for row in found if row.status in OPEN_PORTING},
            ported_at={row.line_id: row.completed_at for row in found if row.completed_at is not None},
            consents={row.cancellation_line_id: row for row in consents},
        )

    def judge(self, line: CancellationLine | None, generation: object, at: dt.datetime) -> Cutoff | Verdict:
        """Whether this line may stop at `at`, and with which consent; the reason when not."""
        if line is None or line.withdrawn_at is not None or line.order.status not in LIVE_ORDER:
            return Moot(_("The cancellation was withdrawn."))
        if line.generation != generation:
            return Moot(_("The last day was changed; another cutoff is planned."))
        if line.line.status != "pending_terminate":
            return Moot(_("The line has stopped already."))
        if line.line_id in self.porting:
            return NeedsPerson(_("The porting of the number is not completed; the telephone stays."))
        consent = self.consents.get(line.pk)
        earliest = min(consent.stop_at, line.ends_at) if consent else line.ends_at
        earliest = max(earliest, self.ported_at.get(line.line_id, earliest))
        if at < earliest:
            return NotYet(_("The last day has not ended."), until=earliest)
        return Cutoff(line, consent if at < line.ends_at else None)


def _stop(cutoffs: Sequence[Cutoff], at: dt.datetime) -> None:
    if not cutoffs:
        return
    for consent_id, ids in _by_consent(cutoffs).items():
        stopped = ServiceLine.objects.filter(pk__in=ids, status="pending_terminate").update(
            status="terminated", stopped_at=at, stop_consent_id=consent_id
        )
        if stopped != len(ids):
            raise RuntimeError(f"{len(ids) - stopped} lines were stopped by somebody else")
    lines = [cutoff.line for cutoff in cutoffs]
    stop_records.events(lines, at=at)
    stop_records.instruct_carrier(lines, at=at)
    stop_records.reach(lines, at=at)
    notices.stopped(lines, at=at)
    touched = {line.order_id for line in lines}
    CancellationOrder.objects.filter(pk__in=touched, status=OrderStatus.ACKNOWLEDGED).update(
        status=OrderStatus.IN_PROGRESS
    )
    for order in CancellationOrder.objects.filter(pk__in=touched).exclude(
        milestones__in=Milestone.objects.filter(applies=True, reached_at__isnull=True).exclude(
            kind=MilestoneKind.CLOSING_NOTICE
        )
    ):
        milestones.close_if_done(order, at=at)


def _by_consent(cutoffs: Sequence[Cutoff]) -> dict[int | None, list[int]]:
    """Line ids by the consent under which they stop; None for all that stop at their own end."""
    found: dict[int | None, list[int]] = {}
    for cutoff in cutoffs:
        found.setdefault(cutoff.consent.pk if cutoff.consent else None, []).append(cutoff.line.line_id)
    return found


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


def send_days_before(actions: Sequence[ScheduledAction], at: dt.datetime) -> Mapping[int, Verdict]:
    """The effect `billing.day_before_stop`, for a set: tell customers that tomorrow is the line's last day."""
    lines = _lock([action.subject_id for action in actions])
    verdicts: dict[int, Verdict] = {}
    told: list[CancellationLine] = []
    for action in actions:
        line = lines.get(action.subject_id)
        if (
            line is None
            or line.withdrawn_at is not None
            or line.generation != action.payload.get("generation")
        ):
            verdicts[action.pk] = Moot(_("The dates have changed."))
        elif line.line.status != "pending_terminate" or at >= line.ends_at:
            verdicts[action.pk] = Moot(_("The line has stopped already."))
        else:
            told.append(line)
    notices.days_before(told, at=at)
    return verdicts
