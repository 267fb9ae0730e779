"""Early withdrawal (初期契約解除): taken as the postmark says, at the itemised and capped cost (C11; 事業法26-3)."""

from __future__ import annotations

import datetime as dt

from billing.access import lock_contract
from billing.models import Contract, ContractDocument, EarlyWithdrawal
from billing.queries.figures import figure
from billing.rating import early_withdrawal_cost
from billing.services.history import record
from billing.windows import withdrawal_ends_on, withdrawal_starts_on
from tickets.models import Staff
from tickets.queries.calendars import ordinary_hours
from tickets.service import service
from tickets.services.locking import lock_ticket


def last_day_to_withdraw(contract: Contract) -> dt.date | None:
    """The last JST day whose postmark counts; None while no honest contract document has been received. Reads only."""
    documents = ContractDocument.objects.filter(contract=contract, received_on__isnull=False).order_by(
        "received_on"
    )
    # A document that another one replaces misrepresented something: its days never began.
    received = [(row.received_on, hasattr(row, "replaced_by")) for row in documents if row.received_on]
    first = withdrawal_starts_on(received) if received else contract.document_received_on
    if first is None:
        return None
    hours = ordinary_hours()
    return withdrawal_ends_on(
        first, days=figure("withdrawal_days", first), is_business_day=lambda day: bool(hours.ranges_on(day))
    )


@service
def record_withdrawal(
    *,
    contract_id: int,
    ticket_id: int,
    dispatched_on: dt.date,
    arrived_on: dt.date,
    postmark_proof: str,
    at: dt.datetime,
    actor: Staff,
    used_yen: int = 0,
    work_yen: int = 0,
    contracting_yen: int = 0,
) -> EarlyWithdrawal:
    """Take a withdrawal. Anyone who sees the ticket; nobody can refuse one.

    Whether it is in time the database says, by the postmark. Yen before tax; work done is cut at its cap.
    """
    ticket = lock_ticket(ticket_id, actor)
    contract = lock_contract(contract_id, actor)
    cap = figure("withdrawal_work_cap", dispatched_on)
    withdrawal = EarlyWithdrawal.objects.create(
        contract=contract,
        ticket=ticket,
        dispatched_on=dispatched_on,
        postmark_proof=postmark_proof,
        arrived_on=arrived_on,
        last_day=last_day_to_withdraw(contract),
        used_yen=used_yen,
        work_yen=min(work_yen, cap),
        contracting_yen=contracting_yen,
        recorded_by=actor,
        recorded_at=at,
    )
    record(
        contract,
        "withdrawal.recorded",
        at=at,
        actor=actor,
        ticket_id=ticket_id,
        summary=postmark_proof,
        withdrawal=withdrawal.pk,
        yen=early_withdrawal_cost(used_yen, work_yen, contracting_yen, cap),
    )
    return withdrawal
