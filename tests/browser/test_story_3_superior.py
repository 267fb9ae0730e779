"""Story 3 in the browser: "Let me speak to your manager", Saturday 17:50 of a weekend of three holidays."""

from __future__ import annotations

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from escalation.models import Demand
from escalation.services import clockwork
from tests.factories import escalation as rows
from tests.factories.cast import cast as make_cast
from tickets.dates import jst

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
WORDS = "あなたでは話にならない。マネージャーを出してください"


@pytest.fixture
def cast():
    made = make_cast()
    rows.masters()
    rows.period(made)
    rows.stand_in(made)
    return made


@pytest.fixture
def case(cast):
    return rows.case(cast)


def the_demand() -> Demand:
    return Demand.objects.get()


@pytest.mark.requirement("B1", "B2", "B5")
def test_recorded_routed_lapsed_risen_answered(cast, case, seat, clock_at):
    now = clock_at(jst(2026, 1, 10, 17, 50))
    operator = seat(cast.operator)
    # One key on the case, the customer's words, and who will answer by when can be read aloud.
    operator.open(case.ticket).page.keyboard.press("s")
    operator.page.wait_for_url("**/demand/")
    operator.fill(words=WORDS, tier=4).submit()
    operator.sees(cast.sv2.name, f"{cast.manager.name}の代行", "1/11(日) 10:50", WORDS)
    # The delegate takes it, says he is responsible, and does nothing: it rises all the same.
    now.move_to(jst(2026, 1, 10, 17, 58))
    delegate = seat(cast.sv2)
    delegate.open(f"/escalation/demands/{the_demand().pk}/").click("私が回答する")
    now.move_to(jst(2026, 1, 11, 10, 50))
    assert clockwork.rise_overdue(at=jst(2026, 1, 11, 10, 50)) == 1
    operator.open(f"/escalation/demands/{the_demand().pk}/").sees(cast.manager2.name, "期限内に対応なし")
    # A leader's page has no way to answer it; a leader's own word changes nothing.
    leader = seat(cast.leader)
    leader.open(f"/escalation/demands/{the_demand().pk}/").sees_not("私が回答する")
    assert the_demand().is_open
    # The second manager accepts, decides and answers in person.
    now.move_to(jst(2026, 1, 11, 11))
    manager = seat(cast.manager2)
    manager.open(f"/escalation/demands/{the_demand().pk}/").click("私が回答する").click("決定する")
    manager.fill(**rows.DECISION).submit()
    call = rows.talk(
        cast, case.customer, case.ticket, cast.manager2, at=jst(2026, 1, 11, 11), direction="out"
    )
    manager.click("口頭で回答した").fill(contact=call.pk, tier_told=True).submit()
    manager.sees("回答者", cast.manager2.name)
    assert the_demand().status == "answered"
    assert the_demand().promise.status == "kept"


@pytest.mark.requirement("B2")
def test_three_attempts_on_three_desk_days_then_in_writing(cast, case, seat, clock_at):
    now = clock_at(jst(2026, 1, 10, 17, 50))
    rows.demand(case, cast.operator, words=WORDS)
    manager = seat(cast.manager2)
    page = f"/escalation/demands/{the_demand().pk}/"
    manager.open(page).click("私が回答する").click("決定する").fill(**rows.DECISION).submit()
    for at in (jst(2026, 1, 10, 17, 55), jst(2026, 1, 11, 12), jst(2026, 1, 12, 15)):
        manager.open(page).sees_not("書面での回答")
        now.move_to(at)
        call = rows.missed(cast, case, cast.manager2, at=at)
        manager.click("架電したがつながらなかった").fill(contact=call.pk).submit()
    manager.click("書面での回答").sees("メールは10秒後に送信されます", "元に戻す")
    assert the_demand().status == "answered_in_writing"


def addresses(resolver: URLResolver) -> list[str]:
    found: list[str] = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            found += addresses(entry)
        elif isinstance(entry, URLPattern):
            found.append(f"{entry.name or ''} {entry.pattern}".lower())
    return found


@pytest.mark.requirement("B1", "B2")
def test_no_refusal_exists_on_any_screen_or_address(cast, case, seat, clock_at):
    clock_at(jst(2026, 1, 10, 17, 50))
    rows.demand(case, cast.operator, words=WORDS)
    assert [
        path
        for path in addresses(get_resolver())
        if "refuse" in path or ("demand" in path and "decline" in path)
    ] == []
    for staff in (cast.operator, cast.leader, cast.sv, cast.manager):
        person = seat(staff)
        for place in (f"/escalation/demands/{the_demand().pk}/", case.ticket.get_absolute_url()):
            labels = person.open(place).page.locator("main a, main button").all_inner_texts()
            assert [one for one in labels if "断" in one or "却下" in one or "拒" in one] == []
