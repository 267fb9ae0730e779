"""The tables of transitions of the ground floor (DESIGN: state tables; TMF621 names)."""

from __future__ import annotations

from tickets.statemachine import Lifecycle, Step

OPEN_TICKET = ("acknowledged", "in_progress", "pending", "held")
ENDED_TICKET = ("resolved", "closed", "cancelled")

TICKET = Lifecycle(
    name="ticket",
    rule="A13",
    initial=("acknowledged",),
    steps=(
        Step("start", ("acknowledged", "pending", "held"), "in_progress"),
        Step("wait_for_customer", ("acknowledged", "in_progress", "held"), "pending"),
        Step("hold", ("acknowledged", "in_progress", "pending"), "held"),
        Step("resolve", ("in_progress", "pending", "held"), "resolved"),
        Step("close", ("resolved",), "closed"),
        Step("reopen", ("resolved", "closed"), "in_progress"),
        Step("cancel", OPEN_TICKET, "cancelled"),
    ),
)

COMPLAINT = Lifecycle(
    name="complaint",
    rule="A5",
    initial=("open",),
    steps=(
        Step("decide", ("open",), "decided"),
        Step("deliver", ("decided",), "delivered"),
        Step("reopen", ("decided", "delivered"), "open"),
    ),
)

PROMISE = Lifecycle(
    name="promise",
    rule="A13",
    initial=("open",),
    steps=(
        Step("keep", ("open",), "kept"),
        Step("void", ("open",), "void"),
    ),
)

TRANSFER = Lifecycle(
    name="transfer",
    rule="A3",
    initial=("offered",),
    steps=(
        Step("accept", ("offered",), "accepted"),
        Step("take_back", ("offered",), "taken_back"),
        Step("become_callback", ("offered",), "became_callback"),
    ),
)

QUESTION = Lifecycle(
    name="question",
    rule="A6",
    initial=("open",),
    steps=(
        Step("answer", ("open",), "answered"),
        Step("ask_again", ("answered",), "open"),
    ),
)

GUIDANCE_STEPS = (
    Step("review", ("live",), "under_review"),
    Step("confirm", ("under_review",), "live"),
    Step("correct", ("live", "under_review"), "corrected"),
)
ANSWER = Lifecycle(name="answer", rule="A8", initial=("live",), steps=GUIDANCE_STEPS)
GUIDANCE = Lifecycle(name="guidance", rule="A7", initial=("live",), steps=GUIDANCE_STEPS)
ARTICLE_VERSION = Lifecycle(
    name="article_version",
    rule="A7",
    initial=("live",),
    steps=(
        Step("review", ("live",), "under_review"),
        Step("confirm", ("under_review",), "live"),
        # What a newer version has replaced may still turn out to have been wrong.
        Step("correct", ("live", "under_review", "superseded"), "corrected"),
        Step("supersede", ("live", "under_review"), "superseded"),
    ),
)

CONFLICT = Lifecycle(
    name="conflict", rule="A8", initial=("open",), steps=(Step("resolve", ("open",), "resolved"),)
)

REMEDY = Lifecycle(
    name="remedy",
    rule="A11",
    initial=("proposed",),
    steps=(
        Step("agree", ("proposed",), "agreed"),
        Step("complete", ("agreed",), "done"),
        Step("decline", ("proposed", "agreed"), "declined"),
    ),
)

SURVEY = Lifecycle(
    name="survey",
    rule="E1",
    initial=("eligible", "withheld"),
    steps=(
        Step("withhold", ("eligible",), "withheld"),
        Step("release", ("withheld",), "eligible"),
        Step("begin_sending", ("eligible",), "sending"),
        Step("mark_sent", ("sending", "unknown"), "sent"),
        Step("lose_track", ("sending",), "unknown"),
        Step("answer", ("sent", "unknown"), "answered"),
        Step("expire", ("sent", "eligible", "withheld", "unknown"), "expired"),
    ),
)

SCHEDULED_ACTION = Lifecycle(
    name="scheduled_action",
    rule="D9",
    initial=("due",),
    steps=(
        Step("complete", ("due",), "done"),
        Step("hold", ("due", "dead"), "held"),
        Step("release", ("held", "dead"), "due"),
        Step("give_up", ("due",), "dead"),
        Step("supersede", ("due", "held", "dead"), "superseded"),
    ),
)

OUTBOX_MESSAGE = Lifecycle(
    name="outbox_message",
    rule="D9",
    initial=("pending",),
    steps=(
        Step("begin", ("pending",), "sending"),
        Step("mark_sent", ("sending", "unknown"), "sent"),
        Step("try_again", ("sending", "unknown", "dead"), "pending"),
        Step("lose_track", ("sending",), "unknown"),
        Step("give_up", ("sending", "pending"), "dead"),
        Step("withdraw", ("pending",), "withdrawn"),
    ),
)

ALL = (
    TICKET, COMPLAINT, PROMISE, TRANSFER, QUESTION, ANSWER, GUIDANCE, ARTICLE_VERSION, CONFLICT, REMEDY,
    SURVEY, SCHEDULED_ACTION, OUTBOX_MESSAGE,
)  # fmt: skip

IMPORT = Lifecycle(
    name="import",
    rule="F1",
    initial=("checking",),
    steps=(
        Step("check_done", ("checking",), "checked"),
        Step("bring", ("checked",), "bringing"),
        Step("finish", ("bringing",), "done"),
        Step("stop", ("checking", "checked", "bringing"), "cancelled"),
        Step("give_up", ("checking", "bringing"), "failed"),
        Step("lapse", ("checked",), "lapsed"),
    ),
)
