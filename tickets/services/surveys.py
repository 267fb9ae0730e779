"""The satisfaction survey: offered once a ticket, held back while anything is owed, sent at most once (E1-E3).

The job looks at what is due and puts the mail into the outbox; in the transaction in which the relay takes the mail
the hold is asked once more, of this service and of the database, and `sending` is committed before anything leaves.
"""

from __future__ import annotations

import datetime as dt
import hashlib

import structlog
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tickets.business_time import add_business_days
from tickets.dates import JST, day_of, start_of_day
from tickets.errors import DeskError, Refused
from tickets.models import Customer, OutboxMessage, PromiseKind, Survey, Ticket, Tier
from tickets.models.surveys import LOW_SCORE
from tickets.outbox_listeners import listen
from tickets.queries.calendars import hours_of_desk
from tickets.queries.surveys import LOOK_AGAIN, Hold, hold_on
from tickets.service import service
from tickets.services import letters
from tickets.services.outbox import put_mail
from tickets.services.promises import open_promise
from tickets.services.timeline import append_entry

logger = structlog.get_logger(__name__)
WORD = "survey"
SALT = "tickets.survey"
LETTER = "survey"
OPENS, CLOSES = dt.time(9), dt.time(20)
ANSWER_WITHIN = dt.timedelta(days=30)
# After this long nobody remembers the call; the survey expires as withheld and is counted as such.
TOO_OLD = dt.timedelta(days=90)
# Business days of the desk for the SV's call after a low score.
CALL_DAYS = 2
CLAIM = """
    SELECT * FROM tickets_survey
    WHERE status IN ('eligible', 'withheld') AND due_at <= %s AND (message_id IS NULL OR EXISTS (
        SELECT 1 FROM tickets_outboxmessage m WHERE m.id = message_id AND m.status = 'withdrawn'))
    ORDER BY due_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""


@service
def offer(*, ticket_id: int, at: dt.datetime) -> Survey | None:
    """Make the one survey of a ticket that has been resolved (E1). For `endings.resolve` and `endings.close`.

    Withheld from the start while anything is owed (E2). None without a mail address; the one that is there already
    when it was offered before.
    """
    ticket = Ticket.objects.select_related("customer").get(pk=ticket_id)
    if not ticket.customer.email:
        return None
    survey, made = Survey.objects.get_or_create(
        ticket=ticket, defaults={"customer_id": ticket.customer_id, "created_at": at, "due_at": at}
    )
    if made:
        _hold_back(survey, hold_on(survey=survey, at=at), at=at)
    return survey


def send_due_surveys(at: dt.datetime, limit: int = 100) -> int:
    """Look at up to `limit` surveys that are due: hold back, or put their mail into the outbox; returns how many.

    For the job, in any number of processes; one transaction a survey. By day only: between 20:00 and 09:00 JST
    nothing is done (E1).
    """
    if not by_day(at):
        return 0
    looked = 0
    while looked < limit and _look_at_next(at):
        looked += 1
    return looked


def expire_surveys(at: dt.datetime, limit: int = 1000) -> int:
    """End what nobody answered in time, and what could not be sent for too long; returns how many. For the job."""
    late = Survey.objects.filter(status__in=("sent", "unknown"), expires_at__lte=at)
    old = Survey.objects.filter(
        status__in=("eligible", "withheld"), message=None, created_at__lte=at - TOO_OLD
    )
    ended = 0
    for pks in (late.values_list("pk", flat=True)[:limit], old.values_list("pk", flat=True)[:limit]):
        ended += _expire(list(pks))
    return ended


def before_leaving(message: OutboxMessage, at: dt.datetime) -> str | None:
    """Asked in the transaction in which the relay takes the mail: None when it may leave, or why not (E2).

    Commits `sending` together with the relay's claim, so that whatever happens after is never a second mail.
    """
    survey = Survey.objects.select_for_update(no_key=True).filter(message=message).first()
    if survey is None or survey.status != Survey.Status.ELIGIBLE:
        return str(_("This survey has been sent already, or is no longer wanted."))
    # A key share lock of whoever is just promising something: we wait for them, they for us.
    Customer.objects.select_for_update().get(pk=survey.customer_id)
    hold = hold_on(survey=survey, at=at)
    if hold is None and not by_day(at):
        _take_back(survey, due_at=next_day_time(at))
        return str(_("Surveys go out between 09:00 and 20:00."))
    if hold is not None:
        _hold_back(survey, hold, at=at)
        return str(survey.get_withheld_reason_display())
    survey.begin_sending(at=at, expires_at=at + ANSWER_WITHIN)
    survey.save()
    return None


def hear_fate(message: OutboxMessage, at: dt.datetime) -> None:
    """Told by the relay what became of the mail, in its transaction: sent, unknown, or given up (then unknown)."""
    survey = Survey.objects.select_for_update(no_key=True).filter(message=message).first()
    if survey is None:
        return
    if message.status == OutboxMessage.Status.SENT and survey.status in {"sending", "unknown"}:
        survey.mark_sent(at=at)
        survey.save()
        _record(survey, "survey.sent", at=at)
    elif message.status in {"unknown", "dead"} and survey.status == Survey.Status.SENDING:
        survey.lose_track()
        survey.save()
        _record(survey, "survey.unknown", at=at)


@service
def answer_survey(*, token: str, score: int, comment: str, at: dt.datetime) -> Survey:
    """Take the customer's answer, once; a score of 2 or less owes a call by an SV (E3). By the link alone.

    `Refused` E1 for a link that is not ours, was used, or is too old, and for a score outside 1 to 5.
    """
    survey = survey_of(token=token, at=at, lock=True)
    if not 1 <= score <= 5:
        raise Refused("E1", _("A score is from 1 to 5."))
    if survey.status == Survey.Status.SENDING:
        # Answered before the relay came to write down that it was sent: then it was.
        survey.lose_track()
        survey.save(update_fields=["status"])
    call = _owe_call(survey, score, at=at) if score <= LOW_SCORE else None
    survey.answer(score=score, comment=comment, at=at, call_id=call)
    survey.save()
    _record(survey, "survey.answered", at=at, score=score, comment=comment)
    return survey


def survey_of(*, token: str, at: dt.datetime, lock: bool = False) -> Survey:
    """The survey behind a link that may still be answered; `Refused` E1 otherwise. For the customer's page."""
    try:
        signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise Refused("E1", _("This link is not valid.")) from error
    rows = Survey.objects.select_for_update(no_key=True) if lock else Survey.objects.all()
    survey = rows.filter(token_hash=hashed(token)).first()
    if survey is None or survey.status not in {"sending", "sent", "unknown"}:
        raise Refused("E1", _("This link has been used already, or is too old."))
    if survey.expires_at is None or at >= survey.expires_at:
        raise Refused("E1", _("This link has been used already, or is too old."))
    return survey


def by_day(at: dt.datetime) -> bool:
    """Whether a mail may go out: from 09:00 up to 20:00 JST (E1)."""
    return OPENS <= at.astimezone(JST).time() < CLOSES


def next_day_time(at: dt.datetime) -> dt.datetime:
    """The next 09:00 JST."""
    nine = dt.timedelta(hours=OPENS.hour)
    today = start_of_day(day_of(at)) + nine
    return today if at < today else start_of_day(day_of(at) + dt.timedelta(days=1)) + nine


def hashed(token: str) -> str:
    """What is stored of a link: with the database alone nobody answers for a customer."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def _look_at_next(at: dt.datetime) -> bool:
    found = list(Survey.objects.raw(CLAIM, [at]))
    if not found:
        return False
    survey = found[0]
    if survey.message_id is not None:
        # Taken back by a person before it left.
        _take_back(survey, due_at=at + LOOK_AGAIN)
        return True
    hold = hold_on(survey=survey, at=at)
    if hold is not None:
        _hold_back(survey, hold, at=at)
        return True
    if survey.status == Survey.Status.WITHHELD:
        survey.release(at=at)
    try:
        with transaction.atomic():
            _put_mail(survey, at=at)
    except DeskError as error:
        # No letter in force: one survey waits, the others do not.
        logger.error("survey_has_no_letter", survey=survey.pk, error=str(error))
        survey.message, survey.due_at = None, at + LOOK_AGAIN
        survey.save()
    return True


def _put_mail(survey: Survey, *, at: dt.datetime) -> None:
    survey.tries += 1
    token = signing.dumps([survey.pk, survey.tries], salt=SALT)
    customer = survey.customer
    letter = letters.render(
        code=LETTER,
        language=customer.language,
        on=day_of(at),
        facts={
            "name": customer.name,
            "number": survey.ticket.number,
            "link": f"{settings.PUBLIC_URL}/survey/{token}/",
        },
    )
    survey.message = put_mail(
        key=f"{WORD}:{survey.pk}:{survey.tries}",
        to=customer.email,
        subject=letter.subject,
        body=letter.body,
        at=at,
        customer_id=customer.pk,
        ticket_id=survey.ticket_id,
        once="at_most",
    )
    survey.token_hash = hashed(token)
    survey.save()


def _hold_back(survey: Survey, hold: Hold | None, *, at: dt.datetime) -> None:
    """Withhold it, or, if it was withheld before, for whatever it is that holds it now."""
    if hold is None:
        return
    news = (survey.status, survey.withheld_reason) != (Survey.Status.WITHHELD, hold.reason)
    if survey.status == Survey.Status.WITHHELD:
        survey.withheld_reason, survey.withheld_what = hold.reason, hold.what[:300]
        survey.due_at = hold.until
    else:
        survey.withhold(reason=hold.reason, what=hold.what[:300], until=hold.until)
    survey.save()
    if news:
        _record(survey, "survey.withheld", at=at, reason=hold.reason, what=hold.what)


def _take_back(survey: Survey, *, due_at: dt.datetime) -> None:
    survey.message = None
    survey.token_hash = ""
    survey.due_at = due_at
    survey.save()


@transaction.atomic
def _expire(pks: list[int]) -> int:
    rows = Survey.objects.select_for_update(no_key=True, skip_locked=True).filter(pk__in=pks)
    ended = 0
    for survey in rows.filter(status__in=("sent", "unknown", "eligible", "withheld")).order_by("pk"):
        survey.expire()
        survey.save(update_fields=["status"])
        ended += 1
    return ended


def _owe_call(survey: Survey, score: int, *, at: dt.datetime) -> int:
    desk_id = survey.ticket.desk_id
    promise = open_promise(
        ticket_id=survey.ticket_id,
        kind=PromiseKind.SURVEY_CALL,
        what=str(_("Call about the survey: score %(score)s") % {"score": score}),
        due_at=add_business_days(hours_of_desk(desk_id), at, CALL_DAYS),
        at=at,
        tier=Tier.SV,
    )
    return promise.pk


def _record(survey: Survey, kind: str, *, at: dt.datetime, **facts: object) -> None:
    append_entry(
        customer_id=survey.customer_id,
        ticket_id=survey.ticket_id,
        kind=kind,
        at=at,
        summary=str(survey.get_withheld_reason_display())
        if kind == "survey.withheld"
        else str(survey.ticket),
        data={"survey": survey.pk, **facts},
    )


listen(WORD, before=before_leaving, fate=hear_fate)
