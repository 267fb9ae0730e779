"""Story 6 in the browser: the survey is withheld, an SV sees why; when it may go out, the customer answers it once."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from tests.factories import tickets as make
from tests.factories import words as said
from tests.factories.cast import cast as make_cast
from tests.factories.post import relay_at
from tickets.dates import jst
from tickets.models import Survey
from tickets.services import promises, surveys, tickets

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SATURDAY = jst(2026, 1, 31, 9, 5)


@pytest.fixture
def people():
    said.letter_texts()
    return make_cast()


@pytest.mark.requirement("E1", "E2", "E3")
def test_withheld_with_its_reason_then_answered_once(
    people, seat, clock_at, live_server, monkeypatch, settings
):
    settings.PUBLIC_URL = live_server.url
    now = clock_at(SATURDAY)
    customer = make.customer(email="akari@example.jp")
    enquiry = make.ticket(customer=customer, desk=people.desk, actor=people.operator, at=SATURDAY)
    dead = make.ticket(customer=customer, desk=people.technical_desk, at=SATURDAY, kind="fault")
    apology = make.promise(ticket=dead, at=SATURDAY)
    tickets.start(ticket_id=enquiry.pk, at=SATURDAY, actor=people.operator)
    # The operator resolves the enquiry; another case of the same customer still owes an apology.
    seat(people.operator).open(enquiry).click("解決にする").fill(resolution="ご説明しました").submit().sees(
        "解決済み"
    )
    supervisor = seat(people.sv)
    supervisor.open("/supervisor/surveys/").sees(
        enquiry.number, customer.name, "お客様への約束が残っています"
    )
    # The apology is made; 14 days later it may go out, by day.
    promises.keep_promise(promise_id=apology.pk, at=SATURDAY + dt.timedelta(hours=1), actor=people.manager)
    later = SATURDAY + dt.timedelta(days=14, hours=2)
    now.move_to(later)
    for day in range(1, 16):
        surveys.send_due_surveys(SATURDAY + dt.timedelta(days=day, hours=2))
    mail = relay_at(later + dt.timedelta(days=1), monkeypatch)[0]
    link = re.search(r"https?://\S+", mail.body)
    assert link, mail.body
    visitor = supervisor.context.browser.new_context(locale="ja-JP").new_page()
    visitor.goto(link.group())
    visitor.locator("input[name=score][value='2']").check()
    visitor.fill("textarea[name=comment]", "一日早く止められた")
    visitor.locator("form.form .form-actions button").click()
    visitor.wait_for_selector("text=回答を受け取りました")
    assert Survey.objects.get().score == 2
    assert Survey.objects.get().call.kind == "survey_call"
    visitor.goto(link.group())
    visitor.wait_for_selector("text=このリンクは使えません")
