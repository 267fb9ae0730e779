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
