"""Story 6 in mid-life: surveys that are withheld, each with its reason; some that were sent and answered, one badly."""

from __future__ import annotations

import datetime as dt

from config.demo import post
from config.demo.desk import Place, call, case
from config.demo.replay import Story
from tickets.models import Survey, Ticket
from tickets.services import complaints, endings, remedies, surveys

# name, days ago, subject, score and what was written.
ANSWERED = (
    ("松井 琴音", 9, "無線の速度が出ない", 5, "すぐに原因を教えてくれました。"),
    ("小野寺 玲", 8, "請求書の送付先を変えたい", 4, ""),
    ("坂口 澪", 2, "支払い方法を変えたい", 2, "三回も同じ説明をさせられました。"),
    ("平山 すず", 3, "テレビの番組表が出ない", None, ""),
)


def resolved(place: Place, name: str, days: int, subject: str) -> Story:
    """An enquiry answered in one call; its survey is offered, and held back where something else is owed."""
    at = yield place.when.before(days, 13, 20)
    _answered_at_once(place, name, subject, at)


def asked(place: Place, name: str, days: int, subject: str, score: int | None, comment: str) -> Story:
    """The survey of another went out the same afternoon, and came back the next morning."""
    at = yield place.when.before(days, 13, 20)
    ticket = _answered_at_once(place, name, subject, at)
    at = yield at + dt.timedelta(minutes=90)
    surveys.send_due_surveys(at)
    post.leave(at + dt.timedelta(minutes=1))
    if score is None:
        return
    at = yield place.when.before(days - 1, 9, 40)
    survey = Survey.objects.get(ticket=ticket)
    assert survey.message is not None
    token = survey.message.body.partition("/survey/")[2].partition("/")[0]
    surveys.answer_survey(token=token, score=score, comment=comment, at=at)


def followed(place: Place) -> Story:
    """野口: a complaint decided, told, put right, closed; a follow-up is owed, and no survey goes out for a fortnight."""
    home, people = place.homes["野口 蒼"], place.people
    at = yield place.when.before(5, 9, 50)
    ticket = case(home, place, at, kind="complaint", subject="返却した機器の請求が来た", by="operator2")
    spoken = call(home, people["operator2"], at, ticket=ticket, summary="返却済みの機器代を請求された")
    complaint = complaints.voice(
        ticket_id=ticket.pk,
        words="返したのに請求するとは何事ですか。",
        remedy_sought="請求を取り消してほしい",
        contact_id=spoken.pk,
        actor=people["operator2"],
        at=at,
    )
    complaints.acknowledge(complaint_id=complaint.pk, actor=people["operator2"], at=at)
    at = yield place.when.before(4, 11)
    remedy = remedies.propose(
        ticket_id=ticket.pk,
        kind="credit",
        what="機器代の請求を取り消し、返送料を充当",
        owner_id=people["leader"].pk,
        due_on=at.date(),
        actor=people["leader"],
        at=at,
    )
    remedies.mark(remedy_id=remedy.pk, fits=True, reason="", actor=people["leader"], at=at)
    remedies.agree(remedy_id=remedy.pk, actor=people["leader"], at=at)
    remedies.complete(remedy_id=remedy.pk, actor=people["leader"], at=at)
    complaints.decide(
        complaint_id=complaint.pk,
        decision="upheld",
        reasons="受領の記録が請求の処理に届いていなかった。",
        basis="約款 第23条",
        prevention="受領を記録した時点で請求の候補から外す。",
        actor=people["sv2"],
        at=at,
    )
    yield from _told(place, ticket, complaint.pk)


def _told(place: Place, ticket: Ticket, complaint_id: int) -> Story:
    home, people = place.homes["野口 蒼"], place.people
    at = yield place.when.before(4, 14, 30)
    told = call(home, people["sv2"], at, ticket=ticket, outbound=True, summary="結論と理由を伝え、お詫びした")
    complaints.deliver(complaint_id=complaint_id, contact_id=told.pk, actor=people["sv2"], at=at)
    endings.resolve(ticket_id=ticket.pk, resolution="請求を取り消した", at=at, actor=people["sv2"])
    at = yield place.when.before(3, 10, 15)
    confirmed = call(home, people["operator2"], at, ticket=ticket, summary="取り消しを確認した")
    endings.close(ticket_id=ticket.pk, contact_id=confirmed.pk, at=at, actor=people["operator2"])


def _answered_at_once(place: Place, name: str, subject: str, at: dt.datetime) -> Ticket:
    home, staff = place.homes[name], place.people["operator2"]
    ticket = case(home, place, at, kind="enquiry", subject=subject, by="operator2")
    call(home, staff, at + dt.timedelta(minutes=8), ticket=ticket, minutes=8, summary=f"{subject}：案内済み")
    return endings.resolve(
        ticket_id=ticket.pk, resolution="電話で案内", at=at + dt.timedelta(minutes=9), actor=staff
    )
