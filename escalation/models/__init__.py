"""The way up: authority, roster, demands, exceptions, instructions, objections, authorities, concerns, letters."""

from escalation.models.authority import AuthorityLimit, Decision
from escalation.models.concerns import Concern, ConcernReporter
from escalation.models.demands import Basis, Demand
from escalation.models.exceptions import ExceptionOption, ExceptionRequest
from escalation.models.guards import LetterThatLeaves, PromiseOfEscalation, TicketInEscalation
from escalation.models.instructions import (
    Instruction,
    InstructionExecution,
    InstructionObserver,
    Objection,
    ObjectionAuthor,
)
from escalation.models.ladder import DemandAttempt, DemandConflict, DemandPassage
from escalation.models.leaders import LeaderAnswer, LeaderQuestion
from escalation.models.letters import FinalAnswer, RecourseLetter
from escalation.models.regulators import RegulatorCase, RegulatorSignature
from escalation.models.roster import (
    Absence,
    AnswerClock,
    Delegation,
    DutyAlarm,
    DutyShift,
    RosterPeriod,
)

__all__ = [
    "Absence",
    "AnswerClock",
    "AuthorityLimit",
    "Basis",
    "Concern",
    "ConcernReporter",
    "Decision",
    "Delegation",
    "Demand",
    "DemandAttempt",
    "DemandConflict",
    "DemandPassage",
    "DutyAlarm",
    "DutyShift",
    "ExceptionOption",
    "ExceptionRequest",
    "FinalAnswer",
    "Instruction",
    "InstructionExecution",
    "InstructionObserver",
    "LeaderAnswer",
    "LeaderQuestion",
    "LetterThatLeaves",
    "Objection",
    "ObjectionAuthor",
    "PromiseOfEscalation",
    "RecourseLetter",
    "RegulatorCase",
    "RegulatorSignature",
    "RosterPeriod",
    "TicketInEscalation",
]
