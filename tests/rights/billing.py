"""The screens of the contracts, money and cancelling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.rights.screens import (
    EVERYONE,
    LEADERS_UP,
    OWN_COMPANY,
    SVS_UP,
    Objects,
    Screen,
)
from tests.rights.tickets import case, master, number_of, row

# Refused in the state the walk finds: opened by nobody, and no error either.
NOBODY: frozenset[str] = frozenset()


def contract(*, allowed: frozenset[str] = EVERYONE) -> Screen:
    return Screen(allowed, number_of("contract"), about_a_case=True)


def line_of(name: str) -> Callable[[Objects], dict[str, Any]]:
    return lambda objects: {"pk": objects[name].order_id, "line": objects[name].line_id}


def order_line(name: str) -> Screen:
    return Screen(EVERYONE, line_of(name), about_a_case=True)


SCREENS: dict[str, Screen] = {
    **{
        f"billing:{name}": case()
        for name in ("money", "choose_contract", "open_review", "request_waiver", "dead_line")
    },
    **{
        f"billing:{name}": contract()
        for name in (
            "contract",
            "charges",
            "record_evidence",
            "record_notice",
            "generate_document",
            "record_withdrawal",
            "register",
            "plan_cancellation",
        )
    },
    "billing:build_invoice": contract(allowed=SVS_UP),
    "billing:evidence_image": row("proof"),
    "billing:document_received": row("document"),
    "billing:registration": row("option_evidenced"),
    "billing:attach_evidence": row("option_draft"),
    "billing:compare": row("option_evidenced", post=True),
    "billing:verify": row("option_evidenced", post=True),
    "billing:notify": row("option_verified", post=True),
    "billing:activate": row("option_notified", post=True),
    "billing:cancel_registration": row("option_draft", post=True),
    "billing:deliver": row("option_active"),
    "billing:end_registration": row("option_active"),
    "billing:propose_fee": row("option_active", allowed=OWN_COMPANY),
    "billing:correct_registration": row("option_wrong", allowed=OWN_COMPANY),
    "billing:charge": row("charge"),
    "billing:tell_charge": row("charge"),
    "billing:plan_charge_call": row("charge"),
    "billing:validate_charge": row("charge", allowed=OWN_COMPANY, post=True),
    "billing:withdraw_charge": row("charge", allowed=OWN_COMPANY),
    "billing:impose_charge": row("disputed", allowed=NOBODY, post=True),
    "billing:credits": Screen(OWN_COMPANY),
    "billing:refund_credit": row("credit", allowed=SVS_UP),
    "billing:invoice": row("bill_new"),
    "billing:hold_invoice": row("bill_new", allowed=SVS_UP),
    "billing:release_invoice": row("bill_held", allowed=SVS_UP, post=True),
    "billing:validate_invoice": row("bill_new", allowed=SVS_UP, post=True),
    "billing:send_invoice": row("bill_validated", allowed=SVS_UP, post=True),
    "billing:settle_invoice": row("bill_sent", allowed=SVS_UP, post=True),
    "billing:reviews": Screen(LEADERS_UP),
    "billing:review": row("review"),
    "billing:decide_fault": row("review", allowed=LEADERS_UP),
    "billing:send_report": row("verdict", allowed=LEADERS_UP),
    "billing:sweeps": Screen(OWN_COMPANY),
    "billing:sweep": row("sweep", allowed=OWN_COMPANY),
    "billing:finish_sweep": row("clear_sweep", allowed=LEADERS_UP, post=True),
    "billing:check_item": row("suspect", allowed=OWN_COMPANY),
    "billing:waivers": Screen(LEADERS_UP),
    "billing:waiver": row("waiver"),
    "billing:decide_waiver": row("waiver", allowed=LEADERS_UP),
    "billing:approve_waiver": row("waiver", allowed=LEADERS_UP, post=True),
    "billing:pass_up_waiver": row("waiver"),
    "billing:take_back_waiver": row("waiver"),
    "billing:cancellations": Screen(),
    "billing:missed_milestones": Screen(),
    "billing:carrier_work": Screen(),
    "billing:carrier_done": row("carrier_instruction"),
    "billing:order": row("order"),
    "billing:explain": row("draft"),
    "billing:withdraw_order": row("order"),
    "billing:reach_milestone": row("order"),
    "billing:offer_visit": row("order"),
    "billing:revise_wish": order_line("draft_line"),
    "billing:change_last_day": order_line("order_line"),
    "billing:consent_to_stop": order_line("order_line"),
    "billing:request_porting": order_line("order_line"),
    "billing:complete_porting": row("porting"),
    "billing:fail_porting": row("porting"),
    "billing:port_again": row("porting"),
    "billing:give_up_number": row("porting"),
    "billing:agree_visit": row("visit"),
    "billing:decline_visit": row("visit", post=True),
    "billing:move_visit": row("agreed_visit"),
    "billing:record_removal": row("agreed_visit"),
    "billing:tell_milestone": row("milestone", post=True),
    "billing:incidents": Screen(),
    "billing:incident": row("incident"),
    "billing:take_up": row("incident", post=True),
    "billing:order_reconnect": row("incident", allowed=NOBODY, post=True),
    "billing:catalogue": master(),
    "billing:new_product": master(),
    "billing:new_terms": master("catalogue_product"),
    "billing:new_option": master(),
    "billing:new_price": master("catalogue_option"),
    "billing:new_tax": master(),
    "billing:new_figure": master(),
    "billing:documents": master(),
    "billing:new_document": master(),
    "billing:document": master("catalogue_document"),
    "billing:next_document": master("catalogue_document"),
}
