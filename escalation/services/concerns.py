"""Raising a concern to compliance, past the line above (B13). Nothing of it goes to a history or a live event."""

from __future__ import annotations

import datetime as dt

from escalation.access import require_compliance
from escalation.models import Concern, ConcernReporter
from tickets.models import Staff
from tickets.service import service


@service
def raise_concern(*, text: str, actor: Staff, at: dt.datetime, instruction_id: int | None = None) -> Concern:
    """Tell compliance. Anyone at the desk, partners included; only compliance and the reporter ever see it."""
    concern = Concern.objects.create(text=text, instruction_id=instruction_id, raised_at=at)
    ConcernReporter.objects.create(concern=concern, staff=actor)
    return concern


@service
def look_into(*, concern_id: int, actor: Staff, at: dt.datetime) -> Concern:
    """Compliance takes it."""
    require_compliance(actor)
    concern = Concern.objects.select_for_update(no_key=True).get(pk=concern_id)
    concern.look_into()
    concern.save()
    return concern


@service
def close_concern(*, concern_id: int, outcome: str, actor: Staff, at: dt.datetime) -> Concern:
    """What came of it, for the reporter to read. Compliance."""
    require_compliance(actor)
    concern = Concern.objects.select_for_update(no_key=True).get(pk=concern_id)
    concern.close(outcome=outcome, at=at)
    concern.save()
    return concern
