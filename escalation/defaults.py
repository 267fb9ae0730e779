"""The rows the desk starts with: authority limits, answer clocks, the texts of the letters (DESIGN section 5).

Loaded by the demo and by tests. An administrator's later rows take their place from their date on.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from psycopg.types.range import Range

from escalation.letter_texts import TEXTS
from escalation.models import AnswerClock, AuthorityLimit, Decision
from tickets.dates import day_of
from tickets.models import LetterTemplate, Tier

# decision, tier → (limit a case, limit a customer and year, two people over, always two); yen, tax included.
ALLOWED: dict[tuple[Decision, Tier], tuple[int | None, int | None, int | None, bool]] = {
    (Decision.VERDICT_COMPANY, Tier.LEADER): (1_100, None, None, False),
    (Decision.VERDICT_COMPANY, Tier.SV): (None, None, None, False),
    (Decision.VERDICT_COMPANY, Tier.MANAGER): (None, None, None, False),
    (Decision.VERDICT_TAKES, Tier.SV): (None, None, None, True),
    (Decision.VERDICT_TAKES, Tier.MANAGER): (None, None, None, True),
    (Decision.GOODWILL, Tier.LEADER): (1_100, 11_000, None, False),
    (Decision.GOODWILL, Tier.SV): (11_000, 55_000, None, False),
    (Decision.GOODWILL, Tier.MANAGER): (330_000, None, 11_000, False),
    (Decision.EXCEPTION, Tier.SV): (11_000, None, None, False),
    (Decision.EXCEPTION, Tier.MANAGER): (330_000, None, 11_000, False),
    (Decision.RECONNECT, Tier.SV): (None, None, None, False),
    (Decision.RECONNECT, Tier.MANAGER): (None, None, None, False),
    (Decision.RETRACT_GUIDANCE, Tier.SV): (None, None, None, False),
    (Decision.RETRACT_GUIDANCE, Tier.MANAGER): (None, None, None, False),
    (Decision.RESOLVE_CONFLICT, Tier.SV): (None, None, None, False),
    (Decision.RESOLVE_CONFLICT, Tier.MANAGER): (None, None, None, False),
    (Decision.OBJECTION, Tier.SV): (None, None, None, False),
    (Decision.OBJECTION, Tier.MANAGER): (None, None, None, False),
    (Decision.FINAL_ANSWER, Tier.MANAGER): (None, None, None, False),
}

# Minutes of opening hours in which a holder must have answered.
CLOCKS = {Tier.LEADER: 30, Tier.SV: 60, Tier.MANAGER: 120}


@transaction.atomic
def load(at: dt.datetime) -> None:
    """Put the default rows in force from the Japanese day of `at`; what is there already is left as it is."""
    from_on = Range(day_of(at), None)
    for decision in Decision:
        for tier in Tier:
            _load_limit(decision, tier, from_on)
    for clocked, minutes in CLOCKS.items():
        if not AnswerClock.objects.filter(tier=clocked).exists():
            AnswerClock.objects.create(tier=clocked, minutes=minutes, during=from_on)
    for code, languages in TEXTS.items():
        for language, (subject, body, lowest) in languages.items():
            if LetterTemplate.objects.filter(code=code, language=language).exists():
                continue
            LetterTemplate.objects.create(
                code=code, language=language, version=1, subject=subject, body=body, minimum_tier=lowest,
                during=from_on,
            )  # fmt: skip


def _load_limit(decision: Decision, tier: Tier, from_on: Range[dt.date]) -> None:
    """Not where a row stands, whoever set it: the first one may have ended long ago."""
    if AuthorityLimit.objects.filter(decision=decision, tier=tier).exists():
        return
    limit, yearly, two_over, always_two = ALLOWED.get((decision, tier), (0, 0, None, False))
    AuthorityLimit.objects.create(
        decision=decision,
        tier=tier,
        allowed=(decision, tier) in ALLOWED,
        limit_yen=limit,
        yearly_limit_yen=yearly,
        two_person_over_yen=two_over,
        always_two=always_two,
        during=from_on,
    )
