"""Reads about guidance, complaints and surveys: what they show, to whom, in how many queries."""

import datetime as dt

import pytest

from tests.factories import tickets as make
from tests.factories import words as said
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.models import Complaint
from tickets.queries import complaints as complaint_queries
from tickets.queries import guidance as guidance_queries
from tickets.queries import surveys as survey_queries
from tickets.services import complaints, corrections, endings, guidance, tickets

pytestmark = pytest.mark.django_db
AT = jst(2026, 1, 27, 10, 0)


@pytest.fixture
def people():
    return cast()


def a_case(people, customer=None, desk=None):
    customer = customer or make.customer(email="yamada@example.jp")
    return make.ticket(customer=customer, desk=desk or people.desk, actor=people.operator, at=AT)


@pytest.fixture
def correction(people):
    wrong = said.version(article=said.article(), actor=people.sv, at=AT)
    for _ in range(3):
        said.told(ticket=a_case(people), version=wrong, actor=people.operator, at=AT)
    said.told(
        ticket=a_case(people, desk=people.partner_desk), version=wrong, actor=people.partner_operator, at=AT
    )
    right = said.version(article=wrong.article, actor=people.sv, at=AT)
    return corrections.correct(
        wrong_id=wrong.pk, right_id=right.pk, reason="誤り", actor=people.sv, at=AT + dt.timedelta(hours=1)
    )


@pytest.mark.requirement("A7")
def test_wrong_guidance_on_cancelling_is_seen_by_compliance_alone(
    people, correction, django_assert_num_queries
):
    with django_assert_num_queries(1):
        seen = guidance_queries.wrong_on_price_or_cancelling(people.compliance)
        assert {alert.ticket.customer.name for alert in seen if alert.ticket} == {"山田 灯"}
    assert len(seen) == 4
    assert len(guidance_queries.wrong_on_price_or_cancelling(people.compliance, before=seen[1].pk)) == 2
    for person in (people.manager, people.partner_operator, people.operator):
        assert guidance_queries.wrong_on_price_or_cancelling(person) == []


@pytest.mark.requirement("A7")
def test_everyone_told_and_how_far_the_correction_has_come(people, correction, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert guidance_queries.progress_of(correction) == {
            "told": 4, "calls_owed": 4, "checks_owed": 4, "harmed": 0,
        }  # fmt: skip
    with django_assert_num_queries(1):
        told = list(guidance_queries.told_from(people.operator, correction.wrong_id))
        assert {each.harm_check.call.kind for each in told if each.harm_check.call} == {"correction_call"}
    assert guidance_queries.told_from(people.partner_operator, correction.wrong_id).count() == 1


@pytest.mark.requirement("A7")
def test_doubted_versions(people, django_assert_num_queries):
    version = said.version(article=said.article(), actor=people.sv, at=AT)
    said.told(ticket=a_case(people), version=version, actor=people.operator, at=AT)
    guidance.flag_version(version_id=version.pk, reason="古い", actor=people.operator, at=AT)
    with django_assert_num_queries(1):
        (row,) = guidance_queries.doubted()
        assert (row.article.topic, vars(row)["told"]) == ("relay-before-porting", 1)


@pytest.mark.requirement("A5")
def test_all_grievances_are_in_scope(people, django_assert_num_queries):
    customer = make.customer()
    first = said.complaint(ticket=a_case(people, customer), actor=people.operator, at=AT)
    second = said.complaint(ticket=a_case(people, customer, people.partner_desk), actor=people.sv, at=AT)
    with django_assert_num_queries(1):
        assert complaint_queries.grievances_in_scope(people.operator, second.ticket_id) == [second, first]
    assert complaint_queries.grievances_in_scope(people.partner_operator, second.ticket_id) == [second]


@pytest.mark.requirement("A5")
def test_who_may_decide_and_what_is_late(people):
    complaint = said.complaint(ticket=a_case(people), actor=people.operator, at=AT, about_ids=[people.sv2.pk])
    able = {
        name for name, person in people.people.items() if complaint_queries.may_decide(person, complaint, AT)
    }
    assert able == {"sv", "manager", "manager2"}
    assert list(complaint_queries.reaching_deadline(until=complaint.deadline)) == [complaint]
    assert not complaint_queries.reaching_deadline(until=complaint.deadline - dt.timedelta(seconds=1))
    assert complaint_queries.unacknowledged() == [complaint]
    contact = make.contact(customer=complaint.customer, desk=people.desk, at=AT)
    complaints.acknowledge(complaint_id=complaint.pk, actor=people.operator, at=AT, contact_id=contact.pk)
    assert complaint_queries.unacknowledged() == []
    assert Complaint.objects.get().acknowledged_at == AT


@pytest.mark.requirement("E2")
def test_held_surveys_show_their_reason(people, django_assert_num_queries):
    customer = make.customer(email="yamada@example.jp")
    make.promise(ticket=a_case(people, customer), at=AT)
    case = a_case(people, customer)
    tickets.start(ticket_id=case.pk, at=AT, actor=people.operator)
    endings.resolve(ticket_id=case.pk, resolution="済", at=AT, actor=people.operator)
    with django_assert_num_queries(1):
        (survey,) = survey_queries.held(people.sv)
        assert (survey.customer, survey.ticket, survey.withheld_reason) == (customer, case, "promise")
    assert survey_queries.held(people.partner_operator) == []
