"""Nobody loses a word: drafts on the server, and two who save one thing (F)."""

import json

import pytest
from django.urls import reverse

from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.forms.contacts import CallbackForm
from tickets.forms.drafts import restored
from tickets.models import Draft, Ticket, TimelineEntry
from tickets.services import tickets as services

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def case(people):
    return make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator)


def signed_in(client, staff):
    client.force_login(staff, backend="config.accounts.StaffBackend")
    return client


def autosave(client, form, ticket, fields, **more):
    body = {"form": form, "subject": f"ticket:{ticket.pk}", "fields": json.dumps(fields), **more}
    return client.post(reverse("tickets:draft"), body)


def test_a_draft_is_back_when_the_form_is_opened_and_gone_when_it_was_sent(client, people, case):
    signed_in(client, people.operator)
    url = reverse("tickets:note", args=[case.number])
    answer = autosave(client, "tickets:note", case, {"text": "留守電の内容を"})
    assert answer.status_code == 200
    assert set(answer.json()) == {"saved_at"}
    assert "留守電の内容を" in client.get(url).content.decode()
    assert client.post(url, {"text": "留守電の内容を伝えた"}).status_code == 302
    assert not Draft.objects.exists()


def test_a_draft_belongs_to_one_person(client, people, case):
    autosave(signed_in(client, people.operator), "tickets:note", case, {"text": "一人目の文"})
    autosave(signed_in(client, people.operator2), "tickets:note", case, {"text": "二人目の文"})
    url = reverse("tickets:note", args=[case.number])
    assert "一人目" not in client.get(url).content.decode()
    assert "一人目の文" in signed_in(client, people.operator).get(url).content.decode()


def test_dates_choices_and_ticks_come_back_too(client, people, case):
    signed_in(client, people.operator)
    fields = {"window_from_0": "2026-01-27", "window_from_1": "10:00", "purpose": "解約日の確認"}
    autosave(
        client, "tickets:log_contact", case, {"channel": "letter", "direction": "out", "summary": "発送"}
    )
    body = client.get(reverse("tickets:log_contact", args=[case.number])).content.decode()
    assert '<option value="letter" selected' in body
    assert "発送" in body
    assert restored(CallbackForm(), fields)["window_from"] == ["2026-01-27", "10:00"]


def test_thrown_away_on_request(client, people, case):
    autosave(signed_in(client, people.operator), "tickets:note", case, {"text": "要らない"})
    url = reverse("tickets:note", args=[case.number])
    client.post(
        reverse("tickets:draft_discard"),
        {"draft_form": "tickets:note", "draft_subject": f"ticket:{case.pk}"},
        headers={"Referer": f"http://testserver{url}"},
    )
    assert "要らない" not in client.get(url).content.decode()


def test_autosave_says_when_a_colleague_was_first(client, people, case):
    signed_in(client, people.operator)
    opened_on = case.version
    services.set_priority(ticket_id=case.pk, priority=1, at=make.WHEN, actor=people.operator2)
    answer = autosave(client, "tickets:priority", case, {"priority": "2"}, version=opened_on)
    assert answer.status_code == 409
    assert answer.json()["who"] == people.operator2.name
    assert Draft.objects.get().fields == {"priority": "2"}


@pytest.mark.parametrize("fields", ["no json", "[1]", '{"a": 1}'])
def test_nonsense_is_refused(client, people, fields):
    signed_in(client, people.operator)
    answer = client.post(reverse("tickets:draft"), {"form": "f", "subject": "s", "fields": fields})
    assert answer.status_code == 400


def test_a_late_save_shows_both_texts_and_loses_neither(client, people, case):
    services.start(ticket_id=case.pk, at=make.WHEN, actor=people.operator)
    signed_in(client, people.operator)
    url = reverse("tickets:wait", args=[case.number])
    seen = client.get(url).context["seen"]
    services.wait(ticket_id=case.pk, what="契約書の写しを待つ", at=make.WHEN, actor=people.operator2)
    late = client.post(url, {"what": "口座番号を待つ", "seen": seen})
    body = late.content.decode()
    assert late.status_code == 409
    assert "契約書の写しを待つ" in body
    assert "口座番号を待つ" in body
    assert people.operator2.name in body
    assert Ticket.objects.get(pk=case.pk).waiting_for == "契約書の写しを待つ"
    assert "口座番号を待つ" in client.get(late.context["mine_as_note"]).content.decode()


def test_who_has_seen_theirs_may_write_over_it(client, people, case):
    signed_in(client, people.operator)
    url = reverse("tickets:priority", args=[case.number])
    seen = client.get(url).context["seen"]
    services.set_priority(ticket_id=case.pk, priority=1, at=make.WHEN, actor=people.operator2)
    signed_in(client, people.leader)
    late = client.post(url, {"priority": "2", "seen": seen})
    assert late.status_code == 409
    assert client.post(url, {"priority": "2", "seen": late.context["seen"]}).status_code == 302
    assert Ticket.objects.get(pk=case.pk).priority == 2
    assert TimelineEntry.objects.filter(ticket=case, kind="ticket.priority").count() == 2


def test_a_note_by_a_colleague_is_no_conflict(client, people, case):
    signed_in(client, people.operator)
    url = reverse("tickets:priority", args=[case.number])
    seen = client.get(url).context["seen"]
    services.note(ticket_id=case.pk, text="申し送り", at=make.WHEN, actor=people.operator2)
    services.start(ticket_id=case.pk, at=make.WHEN, actor=people.operator2)
    assert client.post(url, {"priority": "1", "seen": seen}).status_code == 302


def test_what_is_too_long_to_be_typing_is_refused(client, people, case):
    answer = autosave(signed_in(client, people.operator), "tickets:note", case, {"text": "あ" * 100_001})
    assert answer.status_code == 422
    assert not Draft.objects.exists()
