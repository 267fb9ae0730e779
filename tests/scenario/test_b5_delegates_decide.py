"""Who acts for an SV (代行) decides complaints and conflicts while the delegation runs, and it is on record for whom (B5, A5, A8)."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from config import clock
from escalation.services import roster
from tests.factories import escalation as make
from tests.factories import tickets as rows
from tests.factories import words as said
from tests.factories.cast import cast
from tests.rules.attempt import refused
from tickets.errors import NotAllowed
from tickets.models import Answer, AnswerConflict, Tier, TimelineEntry
from tickets.services import complaints, conflicts, corrections

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B5", "A5", "A8")]
AT = make.SATURDAY
LATER = make.WEEKEND[1] + dt.timedelta(hours=1)
DECISION = {"decision": "upheld", "reasons": "案内が誤っていた", "basis": "約款 第3条"}


@pytest.fixture
def people():
    made = cast()
    make.masters()
    make.period(made)
    make.stand_in(made, grantor=made.sv, delegate=made.leader, tier=Tier.SV)
    return made


@pytest.fixture
def case(people):
    return rows.ticket(customer=rows.customer(), desk=people.desk, actor=people.operator, at=AT)


@pytest.fixture
def complaint(people, case):
    return said.complaint(ticket=case, actor=people.operator, at=AT)


@pytest.fixture
def conflict(people, case):
    question = said.question(ticket=case, actor=people.operator, at=AT)
    said.answer(question=question, actor=people.operator, verdict="no", at=AT)
    said.answer(question=question, actor=people.operator2, verdict="yes", at=AT)
    return AnswerConflict.objects.get()


def decide(complaint, actor, at=AT):
    return complaints.decide(complaint_id=complaint.pk, actor=actor, at=at, **DECISION)


def resolve(conflict, actor, at=AT):
    return conflicts.resolve_conflict(
        conflict_id=conflict.pk, stands_id=conflict.first_id, reasons="約款", actor=actor, at=at
    )


def signed_in(person):
    client = Client()
    client.force_login(person, backend="config.accounts.StaffBackend")
    return client


def test_a_leader_acting_for_the_sv_decides_a_complaint_and_it_says_for_whom(people, case, complaint):
    with pytest.raises(NotAllowed, match="A5"):
        decide(complaint, people.leader2)
    decided = decide(complaint, people.leader)
    assert (decided.decided_by, decided.decided_for) == (people.leader, people.sv)
    assert TimelineEntry.objects.get(kind="complaint.decided").data["decided_for"] == people.sv.pk
    with clock.pinned(AT):
        page = signed_in(people.operator).get(case.get_absolute_url()).content.decode()
    assert f"{people.sv}の代行" in page
    # The customer disagrees: the next decision is above the SV whose rank it was, not above the leader.
    again = complaints.disagree(complaint_id=complaint.pk, words="納得できない", actor=people.operator, at=AT)
    assert (again.promise.tier, again.decided_for) == (Tier.MANAGER, None)
    with pytest.raises(NotAllowed, match="A5"):
        decide(complaint, people.leader)  # who decided it before


def test_own_rank_is_recorded_as_own(people, complaint, conflict):
    assert decide(complaint, people.sv2).decided_for is None
    assert resolve(conflict, people.manager).resolved_for is None


def test_a_conflict_is_decided_by_the_delegate_who_gave_neither_answer(people, conflict):
    with pytest.raises(NotAllowed, match="A8"):
        resolve(conflict, people.leader2)
    resolved = resolve(conflict, people.leader)
    assert (resolved.resolved_by, resolved.resolved_for) == (people.leader, people.sv)
    assert Answer.objects.get(pk=conflict.second_id).corrected_for == people.sv


def test_only_while_the_delegation_runs(people, complaint, conflict):
    for deed, row in ((decide, complaint), (resolve, conflict)):
        with pytest.raises(NotAllowed):
            deed(row, people.leader, LATER)
    lent = people.leader.delegations_held.get()
    gone = people.sv.absences.get()
    roster.end_absence(absence_id=gone.pk, actor=people.sv, at=AT, why="復帰")
    roster.end_delegation(delegation_id=lent.pk, actor=people.sv, at=AT, why="復帰")
    with pytest.raises(NotAllowed):
        decide(complaint, people.leader, AT + dt.timedelta(minutes=1))


COMPLAINT = (
    "UPDATE tickets_complaint SET status = 'decided', decision = 'upheld', reasons = 'x', basis = 'x', "
    "decided_by_id = %s, decided_for_id = %s, decided_at = %s WHERE id = %s"
)
CONFLICT = (
    "UPDATE tickets_answerconflict SET status = 'resolved', stands_id = first_id, reasons = 'x', resolved_by_id = %s, "
    "resolved_for_id = %s, resolved_at = %s WHERE id = %s"
)
ANSWER = (
    "UPDATE tickets_answer SET status = 'corrected', corrected_reason = 'x', corrected_by_id = %s, "
    "corrected_for_id = %s, corrected_at = %s WHERE id = %s"
)


def test_the_database_asks_for_the_delegation(people, complaint, conflict):
    for rule, sql, pk in (
        ("A5", COMPLAINT, complaint.pk), ("A8", CONFLICT, conflict.pk), ("A8", ANSWER, conflict.second_id),
    ):  # fmt: skip
        says = refused(rule, sql, people.leader2.pk, people.sv.pk, AT, pk)  # to whom nobody lent it
        assert "lent rank" in says
        assert "lent rank" in refused(rule, sql, people.leader.pk, people.sv2.pk, AT, pk)  # not by that SV
        assert "lent rank" in refused(rule, sql, people.leader.pk, people.sv.pk, LATER, pk)  # not then
    decide(complaint, people.leader)
    refused("A5", "UPDATE tickets_complaint SET decided_for_id = NULL WHERE id = %s", complaint.pk)


def test_the_delegate_finds_the_svs_screens_while_it_runs(people, complaint, conflict):
    tabs = reverse("tickets:supervisor_tab", args=["level"])
    screens = [
        tabs,
        reverse("tickets:decide_complaint", args=[complaint.pk]),
        reverse("tickets:conflict", args=[conflict.pk]),
    ]
    leader, other = signed_in(people.leader), signed_in(people.leader2)
    with clock.pinned(AT):
        assert reverse("tickets:supervisor") in leader.get(reverse("escalation:authority")).content.decode()
        assert complaint.ticket.number in leader.get(tabs).content.decode()
        assert [leader.get(url).status_code for url in screens] == [200] * 3
        # In the customer's words, not by the name that the topic has in the house.
        asked = conflict.first.question.text
        assert asked in leader.get(screens[2]).content.decode()
        assert asked in leader.get(reverse("tickets:supervisor_tab", args=["conflicts"])).content.decode()
        assert asked in conflict.promise.what
        assert [other.get(url).status_code for url in screens] == [403] * 3
        done = leader.post(screens[1], {**DECISION, "prevention": ""})
        assert done.status_code == 302
    with clock.pinned(LATER):
        assert [leader.get(url).status_code for url in screens] == [403] * 3


@pytest.mark.requirement("A7")
def test_the_delegate_retracts_guidance_and_the_database_asks_for_the_delegation(people, case):
    article = said.article()
    wrong = said.version(article=article, actor=people.sv2, at=AT)
    right = said.version(actor=people.leader, at=AT, article=article)  # the delegate writes the next one
    row = (wrong.pk, right.pk, "誤り", people.leader2.pk, people.sv.pk, AT)
    insert = (
        "INSERT INTO tickets_correction (wrong_id, right_id, reason, corrected_by_id, corrected_for_id, corrected_at) "
        "VALUES (%s, %s, %s, %s, %s, %s)"
    )
    assert "lent rank" in refused("A7", insert, *row)
    with pytest.raises(NotAllowed, match="A7"):
        corrections.correct(wrong_id=wrong.pk, right_id=right.pk, reason="誤り", actor=people.leader2, at=AT)
    made = corrections.correct(
        wrong_id=wrong.pk, right_id=right.pk, reason="誤り", actor=people.leader, at=AT
    )
    assert (made.corrected_by, made.corrected_for) == (people.leader, people.sv)
