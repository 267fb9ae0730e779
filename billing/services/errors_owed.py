"""What an error of the company or carrier owes: the partner's report, and the sweep for the same error (C9; L8)."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.utils.translation import gettext as _

from billing.models import ErrorReport, FaultReview, Sweep
from billing.queries.figures import figure
from billing.services.due import due
from tickets.models import PromiseKind, Staff, Tier
from tickets.services.promises import open_promise

# One statement each, whatever the number of rows. The registration that corrects the wrong one is not a suspect.
SUSPECT_REGISTRATIONS = """
INSERT INTO billing_sweepitem (sweep_id, registration_id, why, outcome, note)
SELECT %(sweep)s, r.id,
       CASE WHEN r.registered_by_id = w.registered_by_id THEN 'registrar'
            WHEN w.batch <> '' AND r.batch = w.batch THEN 'batch' ELSE 'form_version' END, '', ''
  FROM billing_optionregistration w
  JOIN billing_optionregistration r ON r.id <> w.id AND r.corrects_id IS DISTINCT FROM w.id
   AND (r.registered_by_id = w.registered_by_id OR (w.batch <> '' AND r.batch = w.batch)
        OR (w.form_version <> '' AND r.form_version = w.form_version))
 WHERE w.id = %(subject)s
   AND (r.registered_at AT TIME ZONE 'Asia/Tokyo')::date BETWEEN %(first)s AND %(last)s
"""
SUSPECT_LINES = """
INSERT INTO billing_sweepitem (sweep_id, line_id, why, outcome, note)
SELECT %(sweep)s, l.id, 'carrier', '', ''
  FROM billing_serviceline w
  JOIN billing_accessline wa ON wa.id = w.access_line_id
  JOIN billing_accessline a ON a.carrier_id = wa.carrier_id
  JOIN billing_serviceline l ON l.access_line_id = a.id AND l.id <> w.id
 WHERE w.id = %(subject)s
   AND (l.stopped_at AT TIME ZONE 'Asia/Tokyo')::date BETWEEN %(first)s AND %(last)s
"""


def owe_report_and_sweep(review: FaultReview, *, at: dt.datetime, actor: Staff | None) -> None:
    """Open both promises on the review's ticket, and collect the suspects. Does nothing when they stand already."""
    if ErrorReport.objects.filter(review=review).exists():
        return
    # Where the question is owed: a merge moves that, and what follows goes with it.
    ticket_id, desk_id = review.promise.ticket_id, review.promise.desk_id
    report = open_promise(
        ticket_id=ticket_id,
        kind=PromiseKind.PARTNER_REPORT,
        what=(_("Report the error: %(what)s") % {"what": review.question})[:300],
        due_at=due("error_report_days", desk_id, at),
        at=at,
        actor=actor,
        tier=Tier.LEADER,
    )
    ErrorReport.objects.create(review=review, promise=report)
    search = open_promise(
        ticket_id=ticket_id,
        kind=PromiseKind.SWEEP,
        what=(_("Look for the same error: %(what)s") % {"what": review.question})[:300],
        due_at=due("sweep_due_days", desk_id, at),
        at=at,
        actor=actor,
        tier=Tier.LEADER,
    )
    around = dt.timedelta(days=figure("sweep_days", review.error_on))
    sweep = Sweep.objects.create(
        review=review, promise=search, from_on=review.error_on - around, until_on=review.error_on + around
    )
    collect(sweep)


def collect(sweep: Sweep) -> None:
    """Put every suspect on the list: same registrar, batch or form version; for a line, stops at the same carrier."""
    review = sweep.review
    registration_id = review.registration_id or (review.charge.registration_id if review.charge else None)
    statement, subject = (
        (SUSPECT_REGISTRATIONS, registration_id) if registration_id else (SUSPECT_LINES, review.line_id)
    )
    if subject is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {"sweep": sweep.pk, "subject": subject, "first": sweep.from_on, "last": sweep.until_on},
        )
