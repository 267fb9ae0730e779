"""The tables of steps of a cancellation: order, milestone, porting, visit, carrier instruction, incident.

There is no state that waits on a retention offer and no step that refuses a cancellation (D8; 施行規則22の2の13の2):
from `draft` the only ways are acceptance and the customer's own withdrawal.
"""

from __future__ import annotations

from tickets.statemachine import Lifecycle, Step

ORDER = Lifecycle(
    name="cancellation_order",
    rule="D1",
    initial=("draft",),
    steps=(
        Step("acknowledge", ("draft",), "acknowledged"),
        Step("begin", ("acknowledged",), "in_progress"),
        Step("hold", ("acknowledged", "in_progress"), "held"),
        Step("resume", ("held",), "in_progress"),
        Step("complete", ("in_progress",), "completed"),
        Step("cancel", ("draft", "acknowledged", "in_progress", "held"), "cancelled"),
    ),
)

MILESTONE = Lifecycle(
    name="milestone",
    rule="D1",
    # 受付 and 説明 are reached when the order is accepted, which is when the rows are made.
    initial=("yet_to_reach", "completed"),
    steps=(
        Step("complete", ("yet_to_reach",), "completed"),
        Step("violate", ("yet_to_reach",), "violated"),
    ),
)

PORTING = Lifecycle(
    name="porting",
    rule="D3",
    initial=("requested",),
    steps=(
        Step("complete", ("requested",), "completed"),
        Step("fail", ("requested",), "failed"),
        Step("replace", ("requested", "failed"), "replaced"),
        Step("give_up", ("requested", "failed"), "given_up"),
    ),
)

VISIT = Lifecycle(
    name="visit_offer",
    rule="D4",
    initial=("offered",),
    steps=(
        Step("agree", ("offered",), "agreed"),
        Step("decline", ("offered",), "declined"),
        Step("move", ("agreed",), "moved"),
        Step("carry_out", ("agreed",), "done"),
        Step("lapse", ("offered", "agreed"), "lapsed"),
    ),
)

CARRIER_INSTRUCTION = Lifecycle(
    name="carrier_instruction",
    rule="D9",
    initial=("issued",),
    steps=(
        Step("acknowledge", ("issued",), "acknowledged"),
        Step("execute", ("issued", "acknowledged"), "executed"),
        Step("fail", ("issued", "acknowledged"), "failed"),
        Step("supersede", ("issued", "acknowledged", "failed"), "superseded"),
    ),
)

STOP_INCIDENT = Lifecycle(
    name="stop_incident",
    rule="D7",
    initial=("open",),
    steps=(
        Step("restore", ("open",), "restored"),
        Step("lapse", ("open",), "lapsed"),
    ),
)
