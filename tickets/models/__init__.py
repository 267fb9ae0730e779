"""The ground floor: people and desks, customers, cases, what was said, and what is owed."""

from tickets.models.alerts import Alert, PublicPost, Symptom
from tickets.models.calendars import Calendar, CalendarException, CalendarHours, Holiday, Weekday
from tickets.models.complaints import (
    Complaint,
    ComplaintConcern,
    ComplaintPromise,
    ComplaintTicket,
    GrievanceLink,
)
from tickets.models.conflicts import AnswerConflict, ConflictPromise
from tickets.models.contacts import Contact, ContactLeg
from tickets.models.corrections import Correction, HarmCheck, HarmCheckPromise
from tickets.models.customers import Customer, CustomerPhone
from tickets.models.drafts import Draft
from tickets.models.guidance import Article, ArticleVersion, Guidance
from tickets.models.imports import ImportJob, ImportRow
from tickets.models.jobs import ClockMark, JobAct, JobFigure, Mismatch, Pause, ReconcilerRun
from tickets.models.letters import LetterTemplate
from tickets.models.masters import MasterAct, StaffPosting
from tickets.models.pair_blocks import PairBlocks
from tickets.models.prints import CasePrint
from tickets.models.promise_records import CallAttempt, PromiseRise
from tickets.models.promises import Promise, PromiseKind
from tickets.models.questions import Answer, Question
from tickets.models.remedies import Remedy, RemedyPromise
from tickets.models.samples import RecordMark, RecordSample, SampledRecord
from tickets.models.schedule import LiveEvent, OutboxMessage, ScheduledAction
from tickets.models.staff import TOP, Company, Desk, Staff, Tier
from tickets.models.surveys import SeenPromise, Survey
from tickets.models.telephony import PhoneCall, TelephonyEvent
from tickets.models.ticket_links import TicketDesk, TicketLink
from tickets.models.tickets import Ticket
from tickets.models.timeline import TimelineEntry
from tickets.models.transfers import Transfer

__all__ = [
    "TOP",
    "Alert",
    "Answer",
    "AnswerConflict",
    "Article",
    "ArticleVersion",
    "Calendar",
    "CalendarException",
    "CalendarHours",
    "CallAttempt",
    "CasePrint",
    "ClockMark",
    "Company",
    "Complaint",
    "ComplaintConcern",
    "ComplaintPromise",
    "ComplaintTicket",
    "ConflictPromise",
    "Contact",
    "ContactLeg",
    "Correction",
    "Customer",
    "CustomerPhone",
    "Desk",
    "Draft",
    "GrievanceLink",
    "Guidance",
    "HarmCheck",
    "HarmCheckPromise",
    "Holiday",
    "ImportJob",
    "ImportRow",
    "JobAct",
    "JobFigure",
    "LetterTemplate",
    "LiveEvent",
    "MasterAct",
    "Mismatch",
    "OutboxMessage",
    "PairBlocks",
    "Pause",
    "PhoneCall",
    "Promise",
    "PromiseKind",
    "PromiseRise",
    "PublicPost",
    "Question",
    "ReconcilerRun",
    "RecordMark",
    "RecordSample",
    "Remedy",
    "RemedyPromise",
    "SampledRecord",
    "ScheduledAction",
    "SeenPromise",
    "Staff",
    "StaffPosting",
    "Survey",
    "Symptom",
    "TelephonyEvent",
    "Ticket",
    "TicketDesk",
    "TicketLink",
    "Tier",
    "TimelineEntry",
    "Transfer",
    "Weekday",
]
