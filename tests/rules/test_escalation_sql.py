"""Somebody in a hurry, with a database prompt: what the way up refuses, whoever writes (A9, B1-B13).

Each row: the rule that must refuse, what is tried, and the SQL with ids of tests/rules/escalation_world.py.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from escalation import lifecycle
from escalation.models import Concern, RosterPeriod
from tests.factories.deferred import commit_rules
from tests.rules import escalation_world
from tickets.errors import rule_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.requirement("A9", "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9", "B10", "B11", "B13"),
]


@pytest.fixture(scope="module")
def ids(django_db_setup, django_db_blocker):
    """Made once: every attempt is refused, so none of them changes it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield escalation_world.build()
        transaction.set_rollback(True)


ANSWER = (
    "UPDATE escalation_demand SET status = 'answered', answered_by_id = {by}, answered_tier = {tier}, "
    "answered_at = %(at)s, tier_told_at = %(at)s, answered_contact_id = {call} WHERE id = {demand}"
)
ACCEPT = (
    "UPDATE escalation_demand SET status = 'in_review', accepted_by_id = {by}, holder_id = {by}, accepted_tier = {tier}, "
    "accepted_at = %(at)s, accepted_delegation_id = {lent} WHERE id = {demand}"
)
WRITE = (
    "UPDATE escalation_demand SET status = 'answered_in_writing', answered_by_id = %(manager2)s, answered_tier = 4, "
    "answered_at = %(at)s, tier_told_at = %(at)s, letter_id = %(letter)s WHERE id = %(decided)s"
)
FINAL = (
    "INSERT INTO escalation_finalanswer (ticket_id, customer_id, author_id, author_tier, issued_at, text, reasons, "
    "basis_kind, basis_ref, recourse, letter_id) VALUES ({ticket}, {customer}, {by}, {tier}, %(at)s, 't', {reasons}, "
    "'law', 'x', {recourse}, {letter})"
)
DEMAND = (
    "INSERT INTO escalation_demand (ticket_id, customer_id, contact_id, words, demanded_tier, demanded_at, "
    "recorded_by_id, promise_id, status, level, rung, due_at, decision, reasons, basis_kind, basis_ref, remedies, "
    "recourse, withdrawn_words) SELECT {ticket}, {customer}, {call}, {words}, {named}, %(at)s, %(operator)s, "
    "{promise}, {status}, {level}, 0, %(later)s, '', '', '', '', '', '', ''"
)
EXECUTE = (
    "INSERT INTO escalation_instructionexecution (instruction_id, executed_by_id, executed_at) "
    "VALUES ({order}, %(operator)s, %(at)s)"
)
APPROVE = (
    "UPDATE escalation_exceptionrequest SET status = {status}, decided_by_id = {by}, decided_tier = {tier}, "
    "decided_at = %(at)s, chosen_id = %(option)s, reasons = {reasons}, basis_kind = 'law', basis_ref = 'x' "
    "WHERE id = %(exception)s"
)
DELEGATE = (
    "INSERT INTO escalation_delegation (grantor_id, delegate_id, acting_tier, during, reason, granted_at) VALUES "
    "({grantor}, {delegate}, {tier}, tstzrange(%(at)s, {until}, '[)'), {reason}, %(at)s)"
)
CANCEL = "UPDATE escalation_delegation SET ended_early_at = {said}, during = 'empty' WHERE id = %({row})s"
NEW_LIMIT = (
    "INSERT INTO escalation_authoritylimit (decision, tier, allowed, always_two, during, set_by_id, set_at, why) VALUES "
    "('goodwill', 3, true, false, daterange('{on}', NULL), %(administrator)s, %(at)s, {why})"
)
SHIFT = (
    "INSERT INTO escalation_dutyshift (period_id, tier, staff_id, during, position) VALUES "
    "({period}, {tier}, {staff}, {during}, 1)"
)
FEBRUARY = "tstzrange('2026-02-01 00:00+09', '2026-02-02 00:00+09', '[)')"


def sql(template: str, **parts: object) -> str:
    """Fill a template; a name that is in the world below becomes a parameter."""
    defaults = {
        "ticket": "%(assigned_ticket)s", "customer": "%(customer)s", "call": "%(assigned_call)s", "words": "'上司を'",
        "named": 4, "promise": "%(assigned_promise)s", "status": "'requested'", "level": 4, "lent": "NULL",
        "until": "'2026-01-12 00:00+09'", "reason": "'代行'", "during": FEBRUARY,
        "reasons": "'理由'", "recourse": "'188'", "letter": "%(letter)s", "by": "%(manager2)s", "tier": 4,
    }  # fmt: skip
    return template.format(**{**defaults, **parts})


ATTEMPTS = [
    # -- a demand cannot be refused, forgotten or edited away ------------------------------------------------------
    ("B2", "refuse a demand", "UPDATE escalation_demand SET status = 'refused' WHERE id = %(assigned)s"),
    ("B2", "record it as refused from the start", sql(DEMAND, status="'refused'")),
    ("B2", "delete a demand", "DELETE FROM escalation_demand WHERE id = %(assigned)s"),
    ("B2", "record one without a promise of its own kind", sql(DEMAND, promise="%(objection_promise)s")),
    ("B1", "change the customer's words", "UPDATE escalation_demand SET words = 'x' WHERE id = %(assigned)s"),
    ("B1", "name a lower tier afterwards", "UPDATE escalation_demand SET demanded_tier = 2 WHERE id = %(assigned)s"),
    ("B2", "jump from assigned to decided", "UPDATE escalation_demand SET status = 'decided' WHERE id = %(assigned)s"),
    ("B2", "withdraw it without the customer's words", ("UPDATE escalation_demand SET status = 'withdrawn', "
     "withdrawn_at = %(at)s, withdrawn_contact_id = %(assigned_call)s WHERE id = %(assigned)s")),
    ("B2", "withdraw it with another customer's call", ("UPDATE escalation_demand SET status = 'withdrawn', "
     "withdrawn_words = 'x', withdrawn_at = %(at)s, withdrawn_contact_id = %(chain_call)s WHERE id = %(assigned)s")),
    ("B2", "change a demand that has ended", "UPDATE escalation_demand SET reasons = 'x' WHERE id = %(answered)s"),
    ("B2", "open an answered one again", "UPDATE escalation_demand SET status = 'assigned' WHERE id = %(answered)s"),
    # -- its promise lives and dies with it ------------------------------------------------------------------------
    ("B2", "void its promise", ("UPDATE tickets_promise SET status = 'void', void_reason = 'x', ended_at = %(at)s "
     "WHERE id = %(assigned_promise)s")),
    ("B2", "keep its promise while it is open", ("UPDATE tickets_promise SET status = 'kept', ended_at = %(at)s "
     "WHERE id = %(assigned_promise)s")),
    ("B2", "move its promise to another ticket", ("UPDATE tickets_promise SET ticket_id = %(other_ticket)s "
     "WHERE id = %(assigned_promise)s")),
    ("B2", "promise a superior's answer without a demand", ("INSERT INTO tickets_promise (customer_id, ticket_id, kind, "
     "what, desk_id, tier, rung, due_at, opened_at, status, kept_note, void_reason, number) SELECT customer_id, id, "
     "'superior_answer', 'x', desk_id, 4, 0, %(later)s, %(at)s, 'open', '', '', '' FROM tickets_ticket "
     "WHERE id = %(assigned_ticket)s")),
    ("B2", "answer it and leave the promise open", sql(ANSWER, by="%(manager2)s", tier=4, call="%(our_call)s",
     demand="%(decided)s")),
    # -- the ladder ------------------------------------------------------------------------------------------------
    ("B3", "let it sink a tier", "UPDATE escalation_demand SET level = 3 WHERE id = %(assigned)s"),
    ("B3", "let it sink below the tier named", "UPDATE escalation_demand SET level = 1, rung = 0 WHERE id = %(following)s"),
    ("B3", "hand it to a friend on the same rung", ("UPDATE escalation_demand SET holder_id = %(manager)s "
     "WHERE id = %(assigned)s")),
    ("B3", "raise it without a passage", ("UPDATE escalation_demand SET rung = 1, holder_id = %(manager2)s "
     "WHERE id = %(assigned)s")),
    ("B3", "put its due time off", ("UPDATE escalation_demand SET due_at = due_at + interval '1 day' "
     "WHERE id = %(assigned)s")),
    ("B3", "edit a passage", "UPDATE escalation_demandpassage SET note = 'x' WHERE id = %(passage)s"),
    ("B3", "delete a passage", "DELETE FROM escalation_demandpassage WHERE id = %(passage)s"),
    ("B3", "record a passage downward", ("INSERT INTO escalation_demandpassage (demand_id, at, reason, note, from_level, "
     "from_rung, to_level, to_rung, old_due_at, new_due_at) VALUES (%(assigned)s, %(at)s, 'timeout', '', 4, 1, 3, 0, "
     "%(at)s, %(at)s)")),
    ("B3", "take a conflict of interest back", "DELETE FROM escalation_demandconflict WHERE id = %(conflict)s"),
    # -- who may take and answer it --------------------------------------------------------------------------------
    ("B2", "accept it below the tier", sql(ACCEPT, by="%(leader)s", tier=4, demand="%(assigned)s")),
    ("B2", "accept it on somebody else's delegation", sql(ACCEPT, by="%(sv)s", lent="%(lent)s", demand="%(assigned)s")),
    ("B2", "accept it after having answered before", sql(ACCEPT, by="%(leader)s", tier=3, demand="%(following)s",
     lent="%(lent)s")),
    ("B2", "decide without reasons", ("UPDATE escalation_demand SET status = 'decided', decision = 'no', decided_at = %(at)s, "
     "basis_kind = 'law', basis_ref = 'x', recourse = 'y' WHERE id = %(review)s")),
    ("A6", "decide by internal procedure", ("UPDATE escalation_demand SET status = 'decided', decision = 'no', "
     "decided_at = %(at)s, reasons = 'x', basis_kind = 'procedure', basis_ref = 'x', recourse = 'y' WHERE id = %(review)s")),
    ("B7", "say no without naming where else to turn", ("UPDATE escalation_demand SET status = 'decided', decision = 'no', "
     "decided_at = %(at)s, reasons = 'x', basis_kind = 'law', basis_ref = 'x' WHERE id = %(review)s")),
    ("B2", "edit a decision", "UPDATE escalation_demand SET reasons = 'x' WHERE id = %(decided)s"),
    ("B2", "let a leader answer for the manager", sql(ANSWER, by="%(leader)s", tier=4, call="%(leaders_call)s",
     demand="%(decided)s")),
    ("B2", "answer at a leader's tier", sql(ANSWER, by="%(leader)s", tier=2, call="%(leaders_call)s",
     demand="%(decided)s")),
    ("B2", "answer in a call that somebody else made", sql(ANSWER, by="%(manager2)s", tier=4, call="%(leaders_call)s",
     demand="%(decided)s")),
    ("B2", "answer by a call nobody picked up", sql(ANSWER, by="%(manager2)s", tier=4, call="%(missed)s",
     demand="%(decided)s")),
    ("B2", "answer without saying as what one speaks", sql(ANSWER, by="%(manager2)s", tier=4, call="%(our_call)s",
     demand="%(decided)s").replace("tier_told_at = %(at)s", "tier_told_at = NULL")),
    ("B2", "write after one attempt", WRITE),
    ("B2", "count a second attempt on one day", ("INSERT INTO escalation_demandattempt (demand_id, contact_id, staff_id, at, "
     "desk_day, next_due_at) VALUES (%(decided)s, %(our_call)s, %(manager2)s, %(at)s, '2026-01-10', %(later)s)")),
    ("B2", "count an attempt on a day it was not made", ("INSERT INTO escalation_demandattempt (demand_id, contact_id, "
     "staff_id, at, desk_day, next_due_at) VALUES (%(decided)s, %(missed)s, %(manager2)s, %(at)s, '2026-01-11', %(later)s)")),
    ("B2", "take an attempt out", "DELETE FROM escalation_demandattempt WHERE id = %(attempt)s"),
    ("A13", "resolve a ticket over an open demand", ("UPDATE tickets_ticket SET status = 'resolved', resolved_at = %(at)s "
     "WHERE id = %(decided_ticket)s")),
    # -- the roster ------------------------------------------------------------------------------------------------
    ("B3", "publish a roster with nobody in it", ("UPDATE escalation_rosterperiod SET status = 'published' "
     "WHERE id = %(draft)s")),
    ("B3", "take a published period back", "UPDATE escalation_rosterperiod SET status = 'draft' WHERE id = %(period)s"),
    ("B3", "shorten a published period", ("UPDATE escalation_rosterperiod SET during = tstzrange('2026-01-10 00:00+09', "
     "'2026-01-11 00:00+09') WHERE id = %(period)s")),
    ("B3", "delete a published period", "DELETE FROM escalation_rosterperiod WHERE id = %(period)s"),
    ("B3", "change a published shift", "UPDATE escalation_dutyshift SET staff_id = %(manager)s WHERE id = %(shift)s"),
    ("B3", "delete a published shift", "DELETE FROM escalation_dutyshift WHERE id = %(shift)s"),
    ("B3", "put an operator on a manager's shift", sql(SHIFT, period="%(draft)s", tier=4, staff="%(operator)s")),
    ("B3", "put a shift outside its period", sql(SHIFT, period="%(draft)s", tier=4, staff="%(manager)s",
     during="tstzrange('2026-03-01 00:00+09', '2026-03-02 00:00+09', '[)')")),
    ("B3", "go on leave without a substitute", ("INSERT INTO escalation_absence (staff_id, during, sudden, recorded_by_id, "
     "recorded_at) VALUES (%(manager2)s, tstzrange('2026-01-11 09:00+09', '2026-01-11 10:00+09', '[)'), false, %(leader)s, "
     "%(at)s)")),
    ("B3", "lend a tier one does not hold", sql(DELEGATE, grantor="%(sv)s", delegate="%(leader)s", tier=4)),
    ("B3", "lend it two tiers down", sql(DELEGATE, grantor="%(manager)s", delegate="%(leader)s", tier=4)),
    ("B3", "lend it without an end", sql(DELEGATE, grantor="%(manager)s", delegate="%(sv)s", tier=4, until="NULL")),
    ("B5", "lend it without a reason", sql(DELEGATE, grantor="%(manager)s", delegate="%(sv)s", tier=4, reason="' '")),
    ("B5", "make a delegation longer", ("UPDATE escalation_delegation SET during = tstzrange(lower(during), "
     "upper(during) + interval '1 day') WHERE id = %(lent)s")),
    ("B5", "cancel a delegation that has begun", CANCEL.format(row="lent", said="%(at)s")),
    ("B5", "cancel a delegation without saying when", CANCEL.format(row="planned", said="NULL")),
    ("B5", "bring a cancelled delegation back", ("UPDATE escalation_delegation SET during = "
     "tstzrange('2028-01-01', '2028-01-02', '[)') WHERE id = %(cancelled)s")),
    ("B5", "delete a delegation", "DELETE FROM escalation_delegation WHERE id = %(lent)s"),
    ("B3", "end a delegation into a gap", ("UPDATE escalation_delegation SET ended_early_at = %(at)s, "
     "during = tstzrange(lower(during), %(later)s) WHERE id = %(lent)s")),
    # -- authority -------------------------------------------------------------------------------------------------
    ("B6", "raise a limit in place", ("UPDATE escalation_authoritylimit SET limit_yen = 9999999 WHERE decision = 'goodwill' "
     "AND tier = 2")),
    ("B6", "end a limit a second time", ("UPDATE escalation_authoritylimit SET during = "
     "daterange(lower(during), '2027-01-01') WHERE id = %(ended_limit)s")),
    ("B6", "let a limit begin on another day", ("UPDATE escalation_authoritylimit SET during = "
     "daterange('2010-01-01', upper(during)) WHERE decision = 'goodwill' AND tier = 2 AND upper_inf(during)")),
    ("B6", "set a limit without a reason", NEW_LIMIT.format(on="2026-03-01", why="' '")),
    ("B6", "set a limit for the past", NEW_LIMIT.format(on="2000-01-01", why="'x'").replace("NULL)", "'2000-02-01')")),
    ("B6", "say that somebody else set a limit", ("UPDATE escalation_authoritylimit SET set_by_id = %(sv)s "
     "WHERE id = %(new_limit)s")),
    ("B3", "delete an answer clock", "DELETE FROM escalation_answerclock"),
    ("B3", "let an answer clock end before it began", ("UPDATE escalation_answerclock SET during = 'empty' WHERE tier = 2")),
    ("B6", "have two limits at a time", ("INSERT INTO escalation_authoritylimit (decision, tier, allowed, always_two, during, "
     "why) VALUES ('goodwill', 2, true, false, daterange('2026-01-01', NULL), '')")),
    ("A9", "give an SV the final answer", ("INSERT INTO escalation_authoritylimit (decision, tier, allowed, always_two, during, "
     "why) VALUES ('final_answer', 3, true, false, daterange('1999-01-01', '2000-01-01'), '')")),
    ("C5", "let one person take from a customer", ("INSERT INTO escalation_authoritylimit (decision, tier, allowed, always_two, "
     "during, why) VALUES ('verdict_takes', 4, true, false, daterange('1999-01-01', '2000-01-01'), '')")),
    ("B6", "approve one's own request", sql(APPROVE, status="'approved'", by="%(operator)s", tier=4)),
    ("B6", "approve it over one's limit", sql(APPROVE, status="'approved'", by="%(leader)s", tier=2)),
    ("B6", "approve it at a tier one does not hold", sql(APPROVE, status="'approved'", by="%(leader)s", tier=3)),
    ("B6", "decline it without reasons", sql(APPROVE, status="'declined'", by="%(sv)s", tier=3, reasons="''")),
    ("B6", "let the promise of a request lapse", ("UPDATE tickets_promise SET status = 'void', void_reason = 'x', "
     "ended_at = %(at)s WHERE id = %(exception_promise)s")),
    # -- instructions and objections -------------------------------------------------------------------------------
    ("B8", "edit an instruction", "UPDATE escalation_instruction SET text = 'x' WHERE id = %(issued)s"),
    ("B8", "delete an instruction", "DELETE FROM escalation_instruction WHERE id = %(issued)s"),
    ("B8", "drop an observer", "DELETE FROM escalation_instructionobserver WHERE id = %(observer)s"),
    ("B8", "make a mail a record", "UPDATE escalation_instruction SET channel = 'record' WHERE id = %(mailed)s"),
    ("B8", "carry out a mail", sql(EXECUTE, order="%(mailed)s")),
    ("B8", "carry out what nobody took on", sql(EXECUTE, order="%(issued)s")),
    ("B8", "carry out what is objected to", sql(EXECUTE, order="%(suspended)s")),
    ("B9", "uphold it over an open objection", ("UPDATE escalation_instruction SET status = 'upheld' "
     "WHERE id = %(suspended)s")),
    ("B9", "decide an objection to one's own instruction", ("UPDATE escalation_objection SET status = 'overruled', "
     "decided_by_id = %(leader)s, decided_at = %(at)s, decision_reasons = 'x' WHERE id = %(objection)s")),
    ("B9", "decide it at the issuer's tier", ("UPDATE escalation_objection SET status = 'overruled', decider_tier = 2, "
     "decided_by_id = %(leader2)s, decided_at = %(at)s, decision_reasons = 'x' WHERE id = %(objection)s")),
    ("B9", "decide it without reasons", ("UPDATE escalation_objection SET status = 'overruled', decided_by_id = %(sv)s, "
     "decided_at = %(at)s WHERE id = %(objection)s")),
    ("B9", "edit an objection", "UPDATE escalation_objection SET reasons = 'x' WHERE id = %(objection)s"),
    ("B9", "pin it on somebody else", "UPDATE escalation_objectionauthor SET staff_id = %(operator2)s WHERE id = %(author)s"),
    ("B9", "void the promise of an objection", ("UPDATE tickets_promise SET status = 'void', void_reason = 'x', "
     "ended_at = %(at)s WHERE id = %(objection_promise)s")),
    # -- leaders, authorities, concerns, letters -------------------------------------------------------------------
    ("B10", "edit what a leader said", "UPDATE escalation_leaderanswer SET text = 'x' WHERE id = %(leader_answer)s"),
    ("B10", "delete what was asked", "DELETE FROM escalation_leaderquestion WHERE id = %(leader_question)s"),
    ("B10", "answer as a leader when one is none", ("INSERT INTO escalation_leaderanswer (question_id, answered_by_id, "
     "answered_at, tier, text, basis_kind, basis_ref, text_search) VALUES (%(leader_question)s, %(operator2)s, %(at)s, 2, "
     "'x', 'law', 'x', '')")),
    ("B11", "reply to an authority with one signature", ("UPDATE escalation_regulatorcase SET status = 'replied', "
     "replied_at = %(at)s WHERE id = %(regulator)s")),
    ("B11", "sign twice", ("INSERT INTO escalation_regulatorsignature (case_id, draft_number, staff_id, tier, signed_at) "
     "VALUES (%(regulator)s, 1, %(sv)s, 3, %(at)s)")),
    ("B11", "let a leader sign", ("INSERT INTO escalation_regulatorsignature (case_id, draft_number, staff_id, tier, "
     "signed_at) VALUES (%(regulator)s, 1, %(leader)s, 3, %(at)s)")),
    ("B11", "change the text under a signature", "UPDATE escalation_regulatorcase SET draft = 'x' WHERE id = %(regulator)s"),
    ("B11", "put the deadline off", ("UPDATE escalation_regulatorcase SET deadline = deadline + interval '1 day' "
     "WHERE id = %(regulator)s")),
    ("B13", "edit a concern", "UPDATE escalation_concern SET text = 'x' WHERE id = %(concern)s"),
    ("B13", "delete a concern", "DELETE FROM escalation_concern WHERE id = %(concern)s"),
    ("B13", "put another name to a concern", ("UPDATE escalation_concernreporter SET staff_id = %(leader)s "
     "WHERE id = %(reporter)s")),
    ("A9", "give a final answer over an open demand", sql(FINAL)),
    ("A9", "give it as an SV", sql(FINAL, ticket="%(recourse_ticket)s", customer="%(recourse_customer)s", by="%(sv)s")),
    ("A9", "give it below the top", sql(FINAL, ticket="%(recourse_ticket)s", customer="%(recourse_customer)s", tier=3,
     by="%(sv)s")),
    ("A9", "give it without reasons", sql(FINAL, ticket="%(recourse_ticket)s", customer="%(recourse_customer)s",
     reasons="' '")),
    ("A9", "give it without naming recourse", sql(FINAL, ticket="%(recourse_ticket)s",
     customer="%(recourse_customer)s", recourse="''")),
    ("A9", "edit a final answer", "UPDATE escalation_finalanswer SET text = 'x' WHERE id = %(final)s"),
    ("A9", "mail that this is the company's final answer", ("INSERT INTO tickets_outboxmessage (key, channel, once, \"to\", "
     "subject, body, payload, status, created_at, not_before, attempts, last_error, response, reason, customer_id, "
     "owed_again) SELECT 'sneak', channel, once, \"to\", subject, 'これが社としての回答です', payload, 'pending', "
     "created_at, not_before, 0, '', '{}', '', customer_id, owed_again FROM tickets_outboxmessage WHERE id = %(letter)s")),
    ("B7", "write a second letter at deadlock", ("INSERT INTO escalation_recourseletter (ticket_id, customer_id, reason, "
     "demand_id, bodies, letter_id, put_at, settled_how) SELECT ticket_id, customer_id, reason, demand_id, bodies, "
     "%(final_letter)s, put_at, '' FROM escalation_recourseletter WHERE id = %(recourse)s")),
    ("B7", "resolve while the customer disagrees", ("UPDATE tickets_ticket SET status = 'resolved', resolved_at = %(at)s "
     "WHERE id = %(recourse_ticket)s")),
    ("B7", "settle it without the customer", "UPDATE escalation_recourseletter SET settled_at = %(at)s WHERE id = %(recourse)s"),
    ("B7", "delete the letter", "DELETE FROM escalation_recourseletter WHERE id = %(recourse)s"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "tried", "statement"), ATTEMPTS, ids=[row[1] for row in ATTEMPTS])
def test_refused_whoever_writes(ids, rule, tried, statement):
    assert attempt(rule, statement, ids)


def attempt(rule: str, statement: str, ids: dict[str, Any]) -> str:
    """Run it, deferred rules included; it must be refused by `rule`. Returns the sentence."""
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        _execute(statement, ids)
    found = rule_of(no.value)
    assert found is not None, no.value
    assert found[0] == rule, found
    return found[1]


def _execute(statement: str, ids: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, ids)
    commit_rules()


def test_the_gap_is_named(ids):
    says = attempt("B3", "UPDATE escalation_rosterperiod SET status = 'published' WHERE id = %(draft)s", ids)
    assert "2026-02-01 00:00" in says
    assert RosterPeriod.objects.get(pk=ids["draft"]).status == "draft"


def test_there_are_no_words_for_refusing():
    """No state, step or column value of this floor refuses a customer's demand."""
    words = {*lifecycle.DEMAND.states, *(step.action for step in lifecycle.DEMAND.steps)}
    assert not [word for word in words if any(no in word for no in ("refus", "reject", "den", "declin"))]
    assert lifecycle.DEMAND.final == {"answered", "answered_in_writing", "withdrawn"}
    assert Concern.objects.count() == 1
