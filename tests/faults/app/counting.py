"""Effects that count: `faults.cutoff` set by set, `faults.note` one by one. A payload `leave` sends something too."""

from tests.faults.app.models import Applied
from tickets.effects import bulk_effect, effect
from tickets.services.outbox import Call, Mail, put_gateways, put_mails

CUTOFF, NOTE = "faults.cutoff", "faults.note"


def count(actions, at):
    """The effect: a row for each, and what leaves the house, in the claimer's transaction."""
    Applied.objects.bulk_create(
        Applied(key=action.key, due_at=action.due_at, app_at=at) for action in actions
    )
    leaving = [action for action in actions if action.payload.get("leave")]
    calls = [action for action in leaving if action.payload["leave"] == "call"]
    put_gateways(
        [Call(f"call:{action.key}", "/instructions", {"line": action.key}) for action in calls], at=at
    )
    mails = [action for action in leaving if action.payload["leave"] != "call"]
    put_mails(
        [
            Mail(
                f"{action.payload['leave']}:{action.key}", "kyaku@example.jp", "お知らせ", "止まりました。",
                once="at_most" if action.payload["leave"] == "survey-like" else "at_least",
            )
            for action in mails
        ],
        at=at,
    )  # fmt: skip


def missing(actions):
    """For the reconciler."""
    there = set(
        Applied.objects.filter(key__in=[action.key for action in actions]).values_list("key", flat=True)
    )
    return {action.pk: "not applied" for action in actions if action.key not in there}


@bulk_effect(CUTOFF, balance=missing)
def cutoff(actions, at):
    count(actions, at)


@effect(NOTE, balance=missing)
def note(action, at):
    count([action], at)
