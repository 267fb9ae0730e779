"""The tables of transitions of the way up (DESIGN: state tables).

No table here has a state or a step that refuses a customer: a demand for a superior ends answered, answered in
writing, or withdrawn by the customer (B2). escalation.proof explores these very tables.
"""

from __future__ import annotations

from tickets.statemachine import Lifecycle, Step

OPEN_DEMAND = ("requested", "assigned", "in_review", "decided")
ENDED_DEMAND = ("answered", "answered_in_writing", "withdrawn")

DEMAND = Lifecycle(
    name="demand",
    rule="B2",
    initial=("requested",),
    steps=(
        Step("assign", ("requested",), "assigned"),
        Step("accept", ("assigned",), "in_review"),
        Step("decide", ("in_review",), "decided"),
        Step("rise", ("requested", "assigned", "in_review"), "assigned"),
        # The decision stands; the duty to tell it goes up (docs/adr/0011).
        Step("hand_on", ("decided",), "decided"),
        Step("answer", ("decided",), "answered"),
        Step("answer_in_writing", ("decided",), "answered_in_writing"),
        Step("withdraw", OPEN_DEMAND, "withdrawn"),
    ),
)

EXCEPTION = Lifecycle(
    name="exception",
    rule="B6",
    initial=("requested",),
    steps=(
        Step("second", ("requested",), "seconded"),
        Step("approve", ("requested", "seconded"), "approved"),
        Step("decline", ("requested", "seconded"), "declined"),
        Step("pass_up", ("requested", "seconded"), "requested"),
        Step("withdraw", ("requested", "seconded"), "withdrawn"),
    ),
)

INSTRUCTION = Lifecycle(
    name="instruction",
    rule="B8",
    initial=("issued",),
    steps=(
        Step("acknowledge", ("issued",), "acknowledged"),
        Step("suspend", ("issued", "acknowledged", "upheld"), "suspended"),
        Step("uphold", ("suspended",), "upheld"),
        Step("withdraw", ("issued", "acknowledged", "suspended", "upheld"), "withdrawn"),
    ),
)

OBJECTION = Lifecycle(
    name="objection",
    rule="B9",
    initial=("open",),
    steps=(
        Step("sustain", ("open",), "sustained"),
        Step("overrule", ("open",), "overruled"),
        Step("take_back", ("open",), "taken_back"),
    ),
)

ROSTER_PERIOD = Lifecycle(
    name="roster_period",
    rule="B3",
    initial=("draft",),
    steps=(Step("publish", ("draft",), "published"),),
)

REGULATOR_CASE = Lifecycle(
    name="regulator_case",
    rule="B11",
    initial=("open",),
    steps=(
        Step("write", ("open",), "drafted"),
        Step("redraft", ("drafted",), "open"),
        Step("reply", ("drafted",), "replied"),
    ),
)

CONCERN = Lifecycle(
    name="concern",
    rule="B13",
    initial=("raised",),
    steps=(
        Step("look_into", ("raised",), "looked_into"),
        Step("close", ("raised", "looked_into"), "closed"),
    ),
)

ALL = (DEMAND, EXCEPTION, INSTRUCTION, OBJECTION, ROSTER_PERIOD, REGULATOR_CASE, CONCERN)
