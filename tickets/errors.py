"""How the desk says no. Every refusal carries the id of the requirement it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django_fsm import TransitionNotAllowed

from tickets.requirements import HOLDS

RULE_MESSAGE = re.compile(r"^(?P<rule>[A-F]\d{1,2}|L\d{1,2}): (?P<says>[^\n]+)")
RULE_CONSTRAINT = re.compile(r"^(?P<rule>[a-fl]\d{1,2})_(?P<says>\w+)$")


class DeskError(Exception):
    """A refusal with the id of its rule and a sentence for the person, in their language.

    `told` is for screens; `str()` is for logs, with `detail` in the database's own words.
    """

    def __init__(self, rule: str, message: object, detail: str = "") -> None:
        self.rule = rule
        self.message = message
        self.detail = detail
        super().__init__(rule, message)

    @property
    def told(self) -> str:
        """What the person reads: the sentence, and behind it the rule's id, by which it can be looked up."""
        return gettext("%(sentence)s (%(rule)s)") % {"sentence": self.message, "rule": self.rule}

    def __str__(self) -> str:
        said = f"{self.rule}: {self.message}"
        return f"{said} ({self.detail})" if self.detail else said


class Refused(DeskError):
    """The desk's rules say no, whoever asks."""


class NotAllowed(DeskError):
    """This person may not; someone else may."""


class Stale(DeskError):
    """Somebody else changed it first; nothing was saved."""

    status = 409


def rule_of(error: IntegrityError) -> tuple[str, str] | None:
    """(rule id, what the database said of it) of a refusal, or None when it is not one of ours."""
    spoken = RULE_MESSAGE.match(str(error))
    if spoken:
        return spoken["rule"], spoken["says"]
    named = RULE_CONSTRAINT.match(_constraint(error))
    return (named["rule"].upper(), named["says"].replace("_", " ")) if named else None


def _constraint(error: IntegrityError) -> str:
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


def _in_their_language(rule: str, says: str, error: IntegrityError) -> object:
    """A trigger's own sentence where it is translated (gettext_noop where it is declared), else the requirement's.

    A constraint has only a name, and a sentence with details of the moment is no text of the catalogue.
    """
    translated = gettext(says)
    own = translated != says or (get_language() or "").startswith("en")
    return translated if own and not _constraint(error) else HOLDS.get(rule, translated)


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
        told = _in_their_language(rule, says, error)
        raise Refused(rule, told, detail="" if told == says else says) from error
    except TransitionNotAllowed as error:
        raise Refused("F1", _("This step is not possible from where the case stands now.")) from error
