"""How the desk says no. Every refusal carries the id of the requirement it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_fsm import TransitionNotAllowed

RULE_MESSAGE = re.compile(r"^(?P<rule>[A-F]\d{1,2}|L\d{1,2}): (?P<says>[^\n]+)")
RULE_CONSTRAINT = re.compile(r"^(?P<rule>[a-fl]\d{1,2})_(?P<says>\w+)$")


class DeskError(Exception):
    """A refusal with the id of its rule and a sentence for the person, in their language."""

    def __init__(self, rule: str, message: object) -> None:
        self.rule = rule
        self.message = message
        super().__init__(rule, message)

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}"


class Refused(DeskError):
    """The desk's rules say no, whoever asks."""


class NotAllowed(DeskError):
    """This person may not; someone else may."""


class Stale(DeskError):
    """Somebody else changed it first; nothing was saved."""

    status = 409


def rule_of(error: IntegrityError) -> tuple[str, str] | None:
    """(rule id, sentence) of a refusal by the database, or None when it is not one of ours."""
    found = RULE_MESSAGE.match(str(error))
    if found:
        return found["rule"], found["says"]
    diagnosis = getattr(error.__cause__, "diag", None)
    named = RULE_CONSTRAINT.match(getattr(diagnosis, "constraint_name", None) or "")
    if named:
        return named["rule"].upper(), named["says"].replace("_", " ")
    return None


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the database or the state machine refuses into `Refused`; anything else passes through."""
    try:
        yield
    except IntegrityError as error:
        found = rule_of(error)
        if found is None:
            raise
        rule, says = found
        # A rule's sentence marked with gettext_noop where it is declared speaks the person's language.
        raise Refused(rule, gettext(says)) from error
    except TransitionNotAllowed as error:
        raise Refused("F1", _("This step is not possible from where the case stands now.")) from error
