"""The screens of the ground floor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.rights.screens import (
    ADMINISTRATORS,
    EVERYONE,
    LEADERS_UP,
    OWN_COMPANY,
    SVS_UP,
    Objects,
    Screen,
)


def number_of(name: str) -> Callable[[Objects], dict[str, Any]]:
    return lambda objects: {"number": objects[name].number}


def pk_of(name: str) -> Callable[[Objects], dict[str, Any]]:
    return lambda objects: {"pk": objects[name].pk}


def case(*, allowed: frozenset[str] = EVERYONE, post: bool = False) -> Screen:
    return Screen(allowed, number_of("ticket"), about_a_case=True, post=post)


def row(name: str, *, allowed: frozenset[str] = EVERYONE, post: bool = False) -> Screen:
    return Screen(allowed, pk_of(name), about_a_case=True, post=post)


def telephone(*, post: bool = False) -> Screen:
    """A call rings at one person's telephone; it is theirs alone."""
    return Screen(
        frozenset({"operator"}),
        pk_of("phone_call"),
        post=post,
        query=lambda objects: {"customer": objects["customer"].pk},
    )


def master(name: str = "", *, post: bool = False) -> Screen:
    return Screen(ADMINISTRATORS, pk_of(name), post=post) if name else Screen(ADMINISTRATORS, post=post)


SCREENS: dict[str, Screen] = {
    "tickets:preferences": Screen(public=True, post=True),
    "tickets:gallery": Screen(ADMINISTRATORS),
    "tickets:home": Screen(),
    "tickets:palette": Screen(query=lambda objects: {"q": "ﾔﾏﾀﾞ"}),
    "tickets:reassign": Screen(LEADERS_UP, query=lambda objects: {"ticket": objects["ticket"].pk}, post=True),
    "tickets:reassign_undo": Screen(LEADERS_UP, lambda objects: {"token": "too-late"}, post=True),
    "tickets:undo_message": row("message", post=True),
    "tickets:cti_events": Screen(public=True, post=True),
    "tickets:call": Screen(),
    "tickets:call_state": Screen(),
    "tickets:choose_caller": telephone(post=True),
    "tickets:register_caller": telephone(),
    "tickets:call_ticket": telephone(),
    "tickets:put_away": telephone(post=True),
    "tickets:enquiry": Screen(EVERYONE, number_of("customer"), about_a_case=True),
    "tickets:draft": Screen(post=True),
    "tickets:draft_discard": Screen(post=True),
    "tickets:presence": Screen(about_a_case=True, query=lambda objects: {"subject": objects["ticket"].pk}),
    "tickets:queue": Screen(),
    "tickets:queue_beside": Screen(kwargs=lambda objects: {"pk": objects["ticket"].pk}),
    "tickets:promises": Screen(),
    "tickets:supervisor": Screen(SVS_UP),
    "tickets:supervisor_tab": Screen(SVS_UP, lambda objects: {"key": "overdue"}),
    "tickets:search": Screen(query=lambda objects: {"q": "ﾔﾏﾀﾞ"}),
    "tickets:customer": Screen(EVERYONE, number_of("customer"), about_a_case=True),
    "tickets:open_ticket": Screen(EVERYONE, number_of("customer"), about_a_case=True),
    "tickets:start_call": Screen(EVERYONE, number_of("customer"), about_a_case=True, post=True),
    **{
        f"tickets:{name}": case()
        for name in (
            "case",
            "assign",
            "wait",
            "hold",
            "priority",
            "note",
            "resolve",
            "close",
            "closing_notice",
            "reopen",
            "withdraw",
            "log_contact",
            "callback",
            "transfer",
            "symptom",
            "public_post",
            "ask",
            "give_guidance",
            "voice_complaint",
            "propose_remedy",
        )
    },
    "tickets:take_responsibility": case(post=True),
    "tickets:undo_close": case(post=True),
    "tickets:about_call": case(post=True),
    "tickets:start": case(post=True),
    "tickets:end_call": row("call"),
    "tickets:hold_call": row("call", post=True),
    "tickets:resume_call": row("held_call", post=True),
    "tickets:offer_from_hold": row("held_call", post=True),
    "tickets:live_calls": Screen(LEADERS_UP),
    "tickets:take_over_call": row("call", allowed=LEADERS_UP, post=True),
    "tickets:join_call": row("call", allowed=SVS_UP, post=True),
    **{
        f"tickets:{name}": row("promise")
        for name in ("attempt", "promise_place", "keep_promise", "void_promise", "move_promise")
    },
    "tickets:take_promise": row("promise", post=True),
    "tickets:accept_transfer": Screen(
        frozenset({"technical"}), pk_of("transfer"), about_a_case=True, post=True
    ),
    "tickets:take_back": Screen(
        frozenset({"operator", "leader", "sv"}), pk_of("transfer"), about_a_case=True, post=True
    ),
    "tickets:see_alert": row("alert", allowed=SVS_UP, post=True),
    "tickets:answer_question": row("question"),
    "tickets:conflict": row("conflict", allowed=SVS_UP),
    "tickets:decide_complaint": row("complaint", allowed=SVS_UP),
    "tickets:deliver_complaint": row("complaint"),
    "tickets:agree_remedy": row("remedy", post=True),
    "tickets:misfit_remedy": row("remedy"),
    "tickets:complete_remedy": row("agreed_remedy", post=True),
    "tickets:decline_remedy": row("remedy"),
    "tickets:harm_check": row("harm_check"),
    "tickets:articles": Screen(),
    "tickets:article": Screen(EVERYONE, lambda objects: {"slug": objects["article"].slug}),
    "tickets:new_version": Screen(SVS_UP, lambda objects: {"slug": objects["article"].slug}),
    "tickets:doubt_version": Screen(OWN_COMPANY, pk_of("version")),
    "tickets:correct_version": Screen(SVS_UP, pk_of("version")),
    "tickets:surveys_held": Screen(LEADERS_UP),
    "tickets:survey": Screen(public=True, kwargs=lambda objects: {"token": "nobody-gave-this-out"}),
    "tickets:dashboard": Screen(SVS_UP),
    "tickets:report_csv": Screen(SVS_UP, lambda objects: {"key": "promises"}),
    "tickets:report_list": Screen(SVS_UP, lambda objects: {"key": "complaints"}),
    "tickets:samples": Screen(SVS_UP),
    "tickets:draw_sample": Screen(SVS_UP),
    "tickets:sample": Screen(SVS_UP, pk_of("sample")),
    "tickets:sampled_record": Screen(SVS_UP, pk_of("sampled")),
    "tickets:evidence": case(),
    # A print is its maker's own: to everybody else it is not there.
    **{
        f"tickets:{name}": Screen(frozenset({"operator"}), pk_of("print"))
        for name in ("case_print", "case_print_style", "case_print_pdf")
    },
    "tickets:outbox": master(),
    "tickets:message": master("message"),
    "tickets:send_again": master("message"),
    "tickets:settle": master("message"),
    "tickets:schedule": master(),
    "tickets:pause_jobs": master(),
    "tickets:resume_jobs": master("pause"),
    "tickets:cancel_action": master("action"),
    "tickets:hold_action": master("action"),
    "tickets:release_action": master("action"),
    "tickets:retry_action": master("action"),
    "tickets:masters": master(),
    "tickets:imports": master(),
    "tickets:import": master("import"),
    "tickets:import_progress": master("import"),
    "tickets:import_errors": master("import"),
    "tickets:bring_in": master("import", post=True),
    "tickets:stop_import": master("import", post=True),
    "tickets:new_import": Screen(ADMINISTRATORS, lambda objects: {"kind": "customers"}),
    "tickets:import_sample": Screen(ADMINISTRATORS, lambda objects: {"kind": "contracts"}),
    "tickets:staff_list": master(),
    "tickets:new_staff": master(),
    "tickets:change_staff": master("person"),
    "tickets:person": master("person"),
    "tickets:post_staff": master("person"),
    "tickets:reset_second_factor": master("person", post=True),
    "tickets:withdraw_posting": master("posting", post=True),
    "tickets:desks": master(),
    "tickets:letters": master(),
    "tickets:letter": master("letter"),
    "tickets:new_letter": master("letter"),
    "tickets:withdraw_letter": master("letter"),
    "tickets:new_desk": master(),
    "tickets:change_desk": master("master_desk"),
    "tickets:new_company": master(),
    "tickets:rename_company": master("company"),
    "tickets:new_holiday": master(),
    "tickets:remove_exception": master("exception_day", post=True),
    "tickets:calendars": master(),
    "tickets:new_calendar": master(),
    "tickets:calendar": master("calendar"),
    "tickets:add_hours": master("calendar"),
    "tickets:add_exception": master("calendar"),
    "tickets:remove_hours": master("hours", post=True),
}
