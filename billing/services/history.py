"""One line on the customer's timeline for what happened to money or contract (A1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from billing.models import Contract
from tickets.models import Staff
from tickets.services.timeline import append_entry


def record(
    contract: Contract,
    kind: str,
    *,
    at: dt.datetime,
    actor: Staff | None,
    summary: str,
    ticket_id: int | None = None,
    contact_id: int | None = None,
    **facts: Any,
) -> None:
    """`kind` is area.event (charge.voided); `facts` are ids and whole yen."""
    append_entry(
        customer_id=contract.customer_id,
        ticket_id=ticket_id,
        contact_id=contact_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=summary,
        data={"contract": contract.pk, **facts},
    )
