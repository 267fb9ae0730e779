"""The screens of the way up."""

from __future__ import annotations

from tests.rights.screens import ADMINISTRATORS, EVERYONE, LEADERS_UP, MANAGERS, OWN_COMPANY, SVS_UP, Screen
from tests.rights.tickets import case, master, number_of, pk_of, row

COMPLIANCE_ONLY = frozenset({"compliance"})
LEADERS_AND_ADMINISTRATOR = LEADERS_UP | ADMINISTRATORS

SCREENS: dict[str, Screen] = {
    "escalation:demand_superior": case(),
    "escalation:demands": Screen(),
    "escalation:ladder": Screen(SVS_UP),
    # An SV only while acting for a manager.
    "escalation:inbox": Screen(MANAGERS),
    "escalation:demand": row("demand"),
    # Of sufficient rank: the demand names a manager.
    "escalation:accept": row("demand", allowed=MANAGERS, post=True),
    **{
        f"escalation:{name}": row("demand")
        for name in (
            "rise",
            "demand_conflict",
            "decide",
            "deliver",
            "demand_attempt",
            "withdraw_demand",
            "reject_answer",
        )
    },
    "escalation:answer_in_writing": row("demand", allowed=frozenset(), post=True),
    "escalation:final_answer": Screen(MANAGERS, number_of("ticket"), about_a_case=True),
    "escalation:ask_exception": case(),
    "escalation:exceptions": Screen(),
    "escalation:exception": row("exception"),
    "escalation:approve_exception": row("exception", allowed=LEADERS_UP),
    "escalation:decline_exception": row("exception", allowed=LEADERS_UP),
    "escalation:pass_up_exception": row("exception"),
    "escalation:withdraw_exception": row("exception"),
    "escalation:issue_instruction": Screen(LEADERS_UP, number_of("ticket"), about_a_case=True),
    "escalation:note_instruction": case(),
    "escalation:instructions": Screen(),
    "escalation:instruction": row("instruction"),
    "escalation:acknowledge": row("instruction", allowed=frozenset({"operator"}), post=True),
    "escalation:execute": row("instruction", allowed=frozenset(), post=True),
    "escalation:withdraw_instruction": row("instruction", allowed=LEADERS_UP, post=True),
    "escalation:object_to": row("instruction"),
    "escalation:decide_objection": row("objection", allowed=SVS_UP),
    "escalation:take_back_objection": row("objection", allowed=frozenset({"operator"}), post=True),
    "escalation:questions": Screen(),
    "escalation:ask_leader": Screen(),
    "escalation:answer_as_leader": row("leader_question", allowed=LEADERS_UP),
    "escalation:record_regulator": Screen(OWN_COMPANY, number_of("ticket"), about_a_case=True),
    "escalation:regulators": Screen(LEADERS_UP),
    "escalation:regulator": Screen(OWN_COMPANY, pk_of("regulator")),
    "escalation:draft_reply": Screen(SVS_UP, pk_of("regulator")),
    "escalation:sign_reply": Screen(SVS_UP, pk_of("regulator"), post=True),
    # Not yet signed by two: nobody may.
    "escalation:send_reply": Screen(frozenset(), pk_of("regulator"), post=True),
    "escalation:concerns": Screen(COMPLIANCE_ONLY),
    "escalation:raise_concern": Screen(EVERYONE),
    "escalation:look_into": Screen(COMPLIANCE_ONLY, pk_of("concern"), post=True),
    "escalation:close_concern": Screen(COMPLIANCE_ONLY, pk_of("concern")),
    "escalation:oversight": Screen(MANAGERS),
    "escalation:roster": master(),
    "escalation:new_period": master(),
    "escalation:period": master("period"),
    "escalation:add_shift": master("period"),
    "escalation:publish": master("period", post=True),
    "escalation:change_shift": master("shift"),
    "escalation:copy_week": master("period", post=True),
    "escalation:remove_shift": master("shift", post=True),
    "escalation:delegate": Screen(LEADERS_AND_ADMINISTRATOR),
    "escalation:absence": Screen(LEADERS_AND_ADMINISTRATOR),
    "escalation:end_delegation": Screen(LEADERS_AND_ADMINISTRATOR, pk_of("delegation")),
    "escalation:end_absence": Screen(LEADERS_AND_ADMINISTRATOR, pk_of("absence")),
    "escalation:limits": master(),
    "escalation:set_limit": master(),
    "escalation:limit_history": Screen(ADMINISTRATORS, lambda rows: {"decision": "goodwill", "tier": 2}),
    "escalation:set_clock": master(),
    "escalation:authority": Screen(),
}
