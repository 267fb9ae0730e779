"""Who stands where at a moment: the facts that routing decides on, and what the screens say about it (B3, B5)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet

from escalation import routing
from escalation.models import Absence, Delegation, Demand
from escalation.routing import Capacity, Deputy, Duty, Facts, Place
from tickets import standing as standings
from tickets.models import TOP, Staff, Tier
from tickets.queries import prepared

MOST_LISTED = 50


def standing(staff: Staff, at: dt.datetime, tier: int) -> standings.Standing:
    """As `acting`, with for whom: what the ground floor stores with a decision (B5). One query."""
    lent = Delegation.objects.filter(during__contains=at, delegate=staff, acting_tier__gte=tier)
    found = lent.order_by("acting_tier", "pk").first()
    return (
        standings.Standing(found.acting_tier, found.grantor_id) if found else standings.Standing(staff.tier)
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody on duty: who, at which tier, and for whom they act when it is not their own rank (代行)."""

    staff: Staff
    tier: Tier
    acts_for: Staff | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """Where a demand would rise. `staff` None: everyone has been asked, and anyone at the top may take it."""

    tier: Tier
    staff: Staff | None
    delegated: bool = False


# Who may be asked at a moment, each row with what it is: one question instead of one a table. A deed asks it anew.
ROSTER = """
    (SELECT 'duty', s.staff_id, s.tier::bigint, s.position::bigint, NULL::bigint
       FROM escalation_dutyshift s JOIN escalation_rosterperiod p ON p.id = s.period_id JOIN tickets_staff w ON w.id = s.staff_id
      WHERE s.during @> %(at)s::timestamptz AND p.status = 'published' AND w.is_active AND w.tier >= s.tier)
    UNION ALL
    (SELECT 'deputy', d.delegate_id, d.acting_tier, d.grantor_id, d.id
       FROM escalation_delegation d JOIN tickets_staff w ON w.id = d.delegate_id
      WHERE d.during @> %(at)s::timestamptz AND w.is_active AND w.tier >= d.acting_tier - 1)
    UNION ALL
    (SELECT 'bench', w.id, NULL, NULL, NULL FROM tickets_staff w WHERE w.tier = %(top)s AND w.is_active ORDER BY w.id)
    UNION ALL
    (SELECT 'absent', a.staff_id, NULL, NULL, NULL FROM escalation_absence a WHERE a.during @> %(at)s::timestamptz)
"""
# And what bars whom from these demands.
OF_DEMANDS = """
    UNION ALL
    (SELECT 'answered', d.customer_id, d.id, d.previous_id, d.answered_by_id
       FROM escalation_demand d WHERE d.customer_id = ANY(%(customers)s::bigint[]))
    UNION ALL
    (SELECT 'conflict', c.demand_id, c.staff_id, NULL, NULL
       FROM escalation_demandconflict c WHERE c.demand_id = ANY(%(demands)s::bigint[]))
    UNION ALL
    (SELECT 'asked', s.demand_id, s.to_holder_id, NULL, NULL
       FROM escalation_demandpassage s WHERE s.demand_id = ANY(%(demands)s::bigint[]) AND s.to_holder_id IS NOT NULL)
"""
Rows = dict[str, list[tuple[Any, ...]]]


def duty_facts(at: dt.datetime) -> Facts:
    """The roster of one moment: published shifts, delegations, absences, the bench. One query."""
    return _roster(_asked(ROSTER, at=at))


def demand_facts(demand: Demand, at: dt.datetime) -> Facts:
    """`duty_facts` with what bars whom from this demand. One query."""
    return facts_of([demand], at)[demand.pk]


def facts_of(demands: Sequence[Demand], at: dt.datetime) -> dict[int, Facts]:
    """The facts of each demand, by its id. One query, however many they are."""
    customers = sorted({demand.customer_id for demand in demands})
    rows = _asked(ROSTER + OF_DEMANDS, at=at, customers=customers, demands=[demand.pk for demand in demands])
    roster = _roster(rows)
    answered: dict[int, Answered] = defaultdict(dict)
    for customer, pk, previous, answerer in rows["answered"]:
        answered[customer][pk] = (previous, answerer)
    conflicts, asked = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
    for found, name in ((conflicts, "conflict"), (asked, "asked")):
        for demand_id, staff, *_ in rows[name]:
            found[demand_id].add(staff)
    return {
        demand.pk: replace(
            roster,
            excused=_chain(demand.previous_id, answered[demand.customer_id]) | conflicts[demand.pk],
            asked=frozenset(asked[demand.pk]),
            spoken=_spoken(answered[demand.customer_id]),
        )
        for demand in demands
    }


def _asked(sql: str, **values: object) -> Rows:
    with prepared.cursor() as cursor:
        cursor.execute(sql, {**values, "top": TOP.value})
        rows: Rows = defaultdict(list)
        for what, *row in cursor.fetchall():
            rows[what].append(tuple(row))
    return rows


def _roster(rows: Rows) -> Facts:
    return Facts(
        duties=tuple(Duty(*row[:3]) for row in rows["duty"]),
        deputies=tuple(Deputy(*row) for row in rows["deputy"]),
        bench=tuple(staff for staff, *_ in rows["bench"]),
        absent=frozenset(staff for staff, *_ in rows["absent"]),
    )


def next_up(
    demands: Sequence[Demand], at: dt.datetime, known: Mapping[int, Facts] | None = None
) -> dict[int, Next]:
    """To whom each open demand would rise if it rose at `at`, by its id (B5).

    Two queries, however many they are; one where their facts are `known` already (`facts_of`).
    """
    rising = [row for row in demands if row.is_open]
    facts = known if known is not None else facts_of(rising, at) if rising else {}
    places = {row.pk: routing.next_place(facts[row.pk], row.level, row.rung) for row in rising}
    people = Staff.objects.in_bulk({place.holder for place in places.values() if place.holder})
    return {
        pk: Next(Tier(place.level), people.get(place.holder or 0), delegated=place.delegation is not None)
        for pk, place in places.items()
    }


def new_demand_facts(customer_id: int, previous_id: int | None, at: dt.datetime) -> Facts:
    """The facts for a demand that is just being recorded. Two queries."""
    answered = _answerers(customer_id)
    return replace(duty_facts(at), excused=_chain(previous_id, answered), spoken=_spoken(answered))


def on_duty(tier: int, at: dt.datetime) -> list[Standing]:
    """Everyone who stands at `tier` at `at`, the first to be asked first; absent people left out. Two queries."""
    facts = duty_facts(at)
    return _named(list(routing.candidates(facts, tier)), facts)


def ladder(at: dt.datetime) -> dict[Tier, list[Standing]]:
    """Who stands on every tier of the way up (B5). Two queries."""
    facts = duty_facts(at)
    tiers = (Tier.LEADER, Tier.SV, TOP)
    places = {tier: list(routing.candidates(facts, tier)) for tier in tiers}
    named = iter(_named([place for tier in tiers for place in places[tier]], facts))
    return {Tier(tier): [next(named) for _ in places[tier]] for tier in tiers}


def acting(staff: Staff, at: dt.datetime, tier: int | None = None) -> Capacity:
    """The highest tier at which `staff` may act at `at`; with `tier`, the least capacity that reaches it.

    Own rank first. When neither rank nor a delegation reaches `tier`, the own rank comes back.
    """
    own = Capacity(staff.tier)
    if tier is not None and staff.tier >= tier:
        return own
    lent = Delegation.objects.filter(during__contains=at, delegate=staff).order_by("acting_tier", "pk")
    reach = [Capacity(row.acting_tier, row.pk) for row in lent if row.acting_tier > staff.tier]
    enough = [capacity for capacity in reach if tier is None or capacity.tier >= tier]
    if not enough:
        return own
    return enough[-1] if tier is None else enough[0]


def lent_from_now(staff: Staff, at: dt.datetime) -> QuerySet[Delegation]:
    """Delegations that `staff` gave or holds and that run or are to come, the next first. One query."""
    mine = Delegation.objects.filter(Q(grantor=staff) | Q(delegate=staff), during__endswith__gt=at)
    return mine.select_related("grantor", "delegate").order_by("during")[:MOST_LISTED]


def away_from_now(staff: Staff, at: dt.datetime) -> QuerySet[Absence]:
    """Absences that run or are to come: one's own, for a leader or above those of everyone. One query."""
    rows = Absence.objects.filter(during__endswith__gt=at).select_related("staff")
    return (rows if staff.tier >= Tier.LEADER else rows.filter(staff=staff)).order_by("during")[:MOST_LISTED]


def _named(places: list[Place], facts: Facts) -> list[Standing]:
    grantors = {deputy.delegation: deputy.grantor for deputy in facts.deputies}
    ids = {place.holder for place in places} | {grantors.get(place.delegation or 0) for place in places}
    people = Staff.objects.select_related("desk__company").in_bulk([pk for pk in ids if pk])
    return [
        Standing(
            staff=people[place.holder or 0],
            tier=Tier(place.level),
            acts_for=people[grantors[place.delegation]] if place.delegation else None,
        )
        for place in places
    ]


Answered = dict[int, tuple[int | None, int | None]]


def _answerers(customer_id: int) -> Answered:
    """Demand → (the one it follows, who answered it), of one customer."""
    rows = Demand.objects.filter(customer_id=customer_id).values_list("pk", "previous_id", "answered_by_id")
    return {pk: (previous, answerer) for pk, previous, answerer in rows}


def _chain(previous_id: int | None, answered: Answered) -> frozenset[int]:
    """Everyone who answered one of the demands that this one follows."""
    found: set[int] = set()
    while previous_id is not None:
        previous_id, answerer = answered[previous_id]
        if answerer is not None:
            found.add(answerer)
    return frozenset(found)


def _spoken(answered: Answered) -> frozenset[int]:
    return frozenset(answerer for _, answerer in answered.values() if answerer is not None)
