"""What billing's floor hangs into the schedule, the outbox and the reconciler. Imported by AppConfig.ready."""

from __future__ import annotations

from billing.models.cancellation import DAY_BEFORE, STOP
from billing.queries import cancellation_balance
from billing.services import carrier, stops
from tickets.balance import check
from tickets.effects import bulk_effect
from tickets.outbox_listeners import listen


def register() -> None:
    """Called once, when the app is ready."""
    bulk_effect(STOP, balance=stops.missing_effects)(stops.stop_lines)
    bulk_effect(DAY_BEFORE)(stops.send_days_before)
    listen(carrier.WORD, fate=carrier.message_fate)
    check("cancellation.unplanned")(cancellation_balance.unplanned)
    check("cancellation.overdue")(cancellation_balance.overdue)
    check("cancellation.unowed")(cancellation_balance.unowed)
