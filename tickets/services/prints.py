"""Evidence prints: the case as one person may see it now, kept with its digest and put on the timeline (F3)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tickets import dossier
from tickets.access import require_ticket
from tickets.formats import datetime_text
from tickets.models import CasePrint, Staff, Ticket
from tickets.service import service
from tickets.services.timeline import append_entry


@service
def print_case(*, ticket_id: int, actor: Staff, at: dt.datetime) -> CasePrint:
    """Keep what `actor` may see of the case at `at`, in their language. `NotAllowed` (A1) for a case not shared."""
    require_ticket(actor, ticket_id)
    ticket = Ticket.objects.select_related("customer", "desk").get(pk=ticket_id)
    content = dossier.serialised(_head(ticket, actor, at), dossier.sections(ticket, actor))
    made = CasePrint.objects.create(
        ticket=ticket, printed_by=actor, printed_at=at, language=(get_language() or "ja")[:2], content=content,
        sha256=dossier.digest(content),
    )  # fmt: skip
    append_entry(
        customer_id=ticket.customer_id, ticket_id=ticket.pk, kind="case.printed", at=at, actor=actor,
        summary=f"SHA-256 {made.sha256}", data={"print": made.pk, "sha256": made.sha256},
    )  # fmt: skip
    return made


def _head(ticket: Ticket, actor: Staff, at: dt.datetime) -> dict[str, str]:
    """What stands on the first page; the keys are texts of the reader's language."""
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "customer": f"{ticket.customer.name} ({ticket.customer.number})",
        "kind": ticket.get_kind_display(),
        "status": str(ticket.get_status_display()),
        "desk": str(ticket.desk),
        "opened": datetime_text(ticket.opened_at),
        "resolution": ticket.resolution,
        "printed_by": f"{actor.name} ({actor.get_tier_display()}, {actor.desk})",
        "printed_at": datetime_text(at),
        "scope": _("What this person may see of the case."),
    }
