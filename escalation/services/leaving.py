"""Before somebody is signed off or falls in rank: the roster has nobody missing afterwards (B3)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from escalation.coverage import Gap, Stretch, first_gap
from escalation.models import Delegation, RosterPeriod
from escalation.queries import roster
from tickets.errors import Refused
from tickets.formats import datetime_text
from tickets.models import Staff, Tier
from tickets.services.people import before_leaving

FAR = dt.timedelta(days=3650)


def unless_gap(staff: Staff, *, tier: int, active: bool, since: dt.datetime) -> None:
    """`Refused` (B3) with the first stretch of duty from `since` on that nobody else would stand in for.

    The database refuses the same (roster_rules.no_gap_from_leaving); this one says it in the reader's language.
    """
    for mine in _lost(staff, tier if active else 0, since):
        others = roster.standing(roster.published(mine.begins, mine.ends), mine.begins, mine.ends)
        others = [one for one in others if one.staff != staff.pk or _keeps(one, tier if active else 0)]
        gap = first_gap(mine.begins, mine.ends, others, roster.away(mine.begins, mine.ends))
        if gap:
            raise Refused("B3", _say(staff, mine, gap))


def unless_needed(lent: Delegation, *, at: dt.datetime) -> None:
    """`Refused` (B3) when a published period would lack people without this delegation from `at` on."""
    mine = Stretch(lent.delegate_id, lent.acting_tier, lent.during.lower, lent.during.upper, lent=True)
    for begins, ends in _published(max(at, lent.during.lower), lent.during.upper):
        others = roster.standing(roster.published(begins, ends), begins, ends)
        if mine in others:
            others.remove(mine)
        if gap := first_gap(begins, ends, others, roster.away(begins, ends)):
            raise Refused(
                "B3",
                _(
                    "Without this delegation %(rank)s has %(present)s of %(needed)s people from %(at)s on. "
                    "Record another one for that time first."
                )
                % _facts(gap),
            )


def _published(since: dt.datetime, until: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """The parts of [since, until) in which a roster is in force, by time."""
    spans = RosterPeriod.objects.filter(status=RosterPeriod.Status.PUBLISHED, during__overlap=(since, until))
    return [
        (max(span.lower, since), min(span.upper, until))
        for span in spans.order_by("during").values_list("during", flat=True)
    ]


def _facts(gap: Gap) -> dict[str, object]:
    return {
        "rank": gap.tier.label,
        "present": gap.present,
        "needed": gap.needed,
        "at": datetime_text(gap.at),
    }


def _keeps(stretch: Stretch, tier: int) -> bool:
    """Whether somebody of `tier` (0: who may not sign in) still stands there."""
    return tier > 0 and tier >= stretch.tier - (1 if stretch.lent else 0)


def _lost(staff: Staff, tier: int, since: dt.datetime) -> list[Stretch]:
    """Their duty from `since` on, within published periods, that they could no longer do; the earliest first."""
    until = since + FAR
    stretches = roster.standing(roster.published(since, until).filter(staff=staff), since, until)
    lost = [one for one in stretches if one.staff == staff.pk and not _keeps(one, tier)]
    return sorted(
        (
            Stretch(one.staff, one.tier, begins, ends, one.lent)
            for first, last in _published(since, until)
            for one in lost
            if (begins := max(one.begins, first)) < (ends := min(one.ends, last))
        ),
        key=lambda one: one.begins,
    )


def _say(staff: Staff, mine: Stretch, gap: Gap) -> str:
    return _(
        "%(name)s is on duty as %(tier)s from %(begins)s until %(ends)s. Without them %(rank)s has %(present)s of "
        "%(needed)s people from %(at)s on. Record a delegation to somebody else for that time first."
    ) % {
        "name": staff.name,
        "tier": Tier(mine.tier).label,
        "begins": datetime_text(mine.begins),
        "ends": datetime_text(mine.ends),
        **_facts(gap),
    }


before_leaving(unless_gap)
