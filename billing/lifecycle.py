"""The tables of steps of the money half and of the lines: one `Lifecycle` a model, read by model, trigger and diagram."""

from __future__ import annotations

from tickets.statemachine import Lifecycle, Step

# 解約待ち is pending_terminate: still in service until the last day ends (D2, D5; TMF637).
LINE = Lifecycle(
    name="service_line",
    rule="D2",
    initial=("active",),
    steps=(
        Step("plan_stop", ("active",), "pending_terminate"),
        Step("take_back_stop", ("pending_terminate",), "active"),
        Step("stop", ("pending_terminate",), "terminated"),
        # An exceptional reconnect (B6, D7) gives service back up to the last day that still stands.
        Step("reconnect", ("terminated",), "pending_terminate"),
    ),
)

# A registration that no longer agrees with its evidence falls back to draft; before it is active it can be cancelled,
# afterwards only ended or voided from its start (C2, C6). `active` at birth is for imported rows alone (C2 trigger).
REGISTRATION = Lifecycle(
    name="option_registration",
    rule="C2",
    initial=("draft", "active"),
    steps=(
        Step("attach_evidence", ("draft",), "evidenced"),
        Step("verify", ("evidenced",), "verified"),
        Step("notify", ("verified",), "notified"),
        Step("activate", ("notified",), "active"),
        Step("mismatch", ("evidenced", "verified", "notified"), "draft"),
        Step("cancel", ("draft", "evidenced", "verified", "notified"), "cancelled"),
        Step("terminate", ("active",), "terminated"),
        Step("void_from_start", ("active", "terminated"), "voided"),
    ),
)

VERDICTS = ("company", "carrier", "customer", "third", "undetermined")
GIVES = ("company", "carrier")
TAKES = ("customer", "third")
FIRM = ("company", "carrier", "undetermined")

# Giving back needs one person; taking waits in `seconding` for another (C5). What was taken can still be given back,
# never the other way round: that would need a new review with new evidence.
FAULT_REVIEW = Lifecycle(
    name="fault_review",
    rule="C5",
    initial=("open",),
    steps=(
        Step("find_company", ("open", "seconding", "undetermined", "customer", "third"), "company"),
        Step("find_carrier", ("open", "seconding", "undetermined", "customer", "third"), "carrier"),
        Step("leave_undetermined", ("open", "seconding"), "undetermined"),
        Step("propose_taking", ("open", "undetermined"), "seconding"),
        Step("find_customer", ("seconding",), "customer"),
        Step("find_third", ("seconding",), "third"),
    ),
)

# billed → disputed and disputed → billed are DESIGN's settled path for a bill not yet paid; company and carrier make
# a charge fall (void, credit), two people put it back (release, uphold).
CHARGE = Lifecycle(
    name="charge",
    rule="C5",
    initial=("proposed", "billed", "settled"),
    steps=(
        Step("validate", ("proposed",), "validated"),
        Step("bill", ("validated",), "billed"),
        Step("settle", ("billed",), "settled"),
        Step("hold", ("proposed", "validated"), "on_hold"),
        Step("release", ("on_hold",), "validated"),
        Step("dispute", ("billed", "settled"), "disputed"),
        Step("uphold_billed", ("disputed",), "billed"),
        Step("uphold_settled", ("disputed",), "settled"),
        Step("void", ("proposed", "validated", "on_hold"), "voided"),
        Step("credit", ("billed", "settled", "disputed"), "credited"),
    ),
)
FALLEN = ("voided", "credited")

CREDIT = Lifecycle(
    name="credit",
    rule="C5",
    initial=("owed",),
    steps=(
        Step("apply", ("owed",), "applied"),
        Step("refund", ("owed",), "refunded"),
    ),
)

# `seconding`: the first manager has approved more than one alone may (C7); the money moves with the second.
WAIVER = Lifecycle(
    name="waiver",
    rule="C7",
    initial=("requested",),
    steps=(
        Step("second", ("requested", "passed_up"), "seconding"),
        Step("approve", ("requested", "passed_up", "seconding"), "approved"),
        Step("decline", ("requested", "passed_up", "seconding"), "declined"),
        Step("pass_up", ("requested", "passed_up"), "passed_up"),
        Step("withdraw", ("requested", "passed_up", "seconding"), "withdrawn"),
    ),
)

ERROR_REPORT = Lifecycle(
    name="error_report", rule="C9", initial=("owed",), steps=(Step("send", ("owed",), "sent"),)
)
SWEEP = Lifecycle(name="sweep", rule="C9", initial=("open",), steps=(Step("finish", ("open",), "finished"),))

INVOICE = Lifecycle(
    name="invoice",
    rule="C11",
    initial=("new",),
    steps=(
        Step("hold", ("new", "validated"), "on_hold"),
        Step("release", ("on_hold",), "new"),
        Step("validate", ("new",), "validated"),
        Step("send", ("validated",), "sent"),
        Step("settle", ("sent",), "settled"),
    ),
)

MONEY = (LINE, REGISTRATION, FAULT_REVIEW, CHARGE, CREDIT, WAIVER, ERROR_REPORT, SWEEP, INVOICE)
