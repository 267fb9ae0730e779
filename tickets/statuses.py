"""How each state looks: a word, an icon and a tone. The word alone is enough; the rest helps the eye.

One table for the states of every floor, since a screen shows them side by side. It knows their names only.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True, slots=True)
class Look:
    """A state as it is shown."""

    label: str | LazyText
    tone: str
    icon: str


STATUSES: dict[str, dict[str, Look]] = {
    "ticket": {
        "acknowledged": Look(_("Acknowledged"), "info", "inbox"),
        "in_progress": Look(_("In progress"), "info", "progress"),
        "pending": Look(_("Waiting for the customer"), "warning", "customer"),
        "held": Look(_("Held"), "warning", "pause"),
        "resolved": Look(_("Resolved"), "success", "check"),
        "closed": Look(_("Closed"), "neutral", "done"),
        "cancelled": Look(_("Withdrawn"), "neutral", "void"),
    },
    "promise": {
        "open": Look(_("Owed"), "warning", "promise"),
        "kept": Look(_("Kept"), "success", "check"),
        "void": Look(_("Void"), "neutral", "void"),
    },
    "mark": {
        "good": Look(_("Good"), "success", "check"),
        "improve": Look(_("To improve"), "warning", "edit"),
    },
    "complaint": {
        "open": Look(_("Undecided"), "danger", "complaint"),
        "decided": Look(_("Decided, not told yet"), "warning", "complaint"),
        "delivered": Look(_("Told to the customer"), "success", "check"),
    },
    "question": {
        "open": Look(_("Unanswered"), "warning", "question"),
        "answered": Look(_("Answered"), "success", "check"),
    },
    "verdict": {
        "yes": Look(_("Yes"), "success", "check"),
        "no": Look(_("No"), "danger", "close"),
        "with_changes": Look(_("Yes, with changes"), "warning", "edit"),
    },
    "guidance": {
        "live": Look(_("In force"), "success", "check"),
        "under_review": Look(_("Under review"), "warning", "eye"),
        "corrected": Look(_("Corrected: was wrong"), "danger", "correction"),
        "superseded": Look(_("Superseded"), "neutral", "void"),
    },
    "conflict": {
        "open": Look(_("Answers conflict"), "danger", "conflict"),
        "resolved": Look(_("Resolved"), "success", "check"),
    },
    "transfer": {
        "offered": Look(_("Waiting to be taken over"), "warning", "transfer"),
        "accepted": Look(_("Taken over"), "success", "check"),
        "taken_back": Look(_("Taken back"), "neutral", "undo"),
        "became_callback": Look(_("Became a callback"), "info", "callback"),
    },
    "remedy": {
        "proposed": Look(_("Proposed"), "info", "open"),
        "agreed": Look(_("Agreed"), "warning", "promise"),
        "done": Look(_("Done"), "success", "check"),
        "declined": Look(_("Declined by the customer"), "neutral", "void"),
    },
    "import": {
        "checking": Look(_("Being checked"), "info", "progress"),
        "checked": Look(_("Checked, nothing written"), "warning", "eye"),
        "bringing": Look(_("Being brought in"), "info", "upload"),
        "done": Look(_("Brought in"), "success", "check"),
        "cancelled": Look(_("Called off"), "neutral", "void"),
        "failed": Look(_("Given up"), "danger", "error"),
        "lapsed": Look(_("Never brought in"), "neutral", "void"),
    },
    "demand": {
        "requested": Look(_("Superior demanded"), "upward", "upward"),
        "assigned": Look(_("With a holder"), "upward", "person"),
        "in_review": Look(_("Being looked into"), "upward", "progress"),
        "decided": Look(_("Decided, not told yet"), "warning", "upward"),
        "answered": Look(_("Answered in voice"), "success", "check"),
        "answered_in_writing": Look(_("Answered in writing"), "success", "letter"),
        "withdrawn": Look(_("Withdrawn by the customer"), "neutral", "void"),
    },
    "exception": {
        "requested": Look(_("Requested"), "warning", "inbox"),
        "approved": Look(_("Approved"), "success", "check"),
        "declined": Look(_("Declined"), "danger", "close"),
        "seconded": Look(_("Waiting for the second person"), "warning", "people"),
        "withdrawn": Look(_("Withdrawn"), "neutral", "void"),
    },
    "instruction": {
        "issued": Look(_("Issued"), "info", "instruction"),
        "acknowledged": Look(pgettext_lazy("instruction", "Acknowledged"), "info", "check"),
        "suspended": Look(_("Suspended by an objection"), "warning", "objection"),
        "upheld": Look(_("Upheld"), "danger", "instruction"),
        "withdrawn": Look(_("Withdrawn"), "neutral", "void"),
    },
    "objection": {
        "open": Look(_("Undecided"), "warning", "objection"),
        "sustained": Look(_("Objection upheld"), "success", "check"),
        "overruled": Look(_("Objection overruled"), "danger", "close"),
        "taken_back": Look(_("Taken back"), "neutral", "undo"),
    },
    "regulator": {
        "open": Look(_("To be answered"), "danger", "regulator"),
        "drafted": Look(_("Reply drafted"), "warning", "edit"),
        "replied": Look(_("Replied"), "success", "check"),
    },
    "concern": {
        "raised": Look(_("Raised"), "warning", "concern"),
        "looked_into": Look(_("Being looked into"), "info", "eye"),
        "closed": Look(_("Closed"), "neutral", "done"),
    },
    "line": {
        "ordered": Look(_("Not activated yet"), "neutral", "open"),
        "active": Look(_("In service"), "success", "line"),
        "pending_terminate": Look(_("Pending termination"), "ending", "ending"),
        "terminated": Look(_("Terminated"), "neutral", "line-off"),
    },
    "order": {
        "draft": Look(_("Draft"), "neutral", "edit"),
        "acknowledged": Look(_("Accepted"), "info", "inbox"),
        "in_progress": Look(_("In progress"), "info", "progress"),
        "held": Look(_("In jeopardy"), "danger", "warning"),
        "completed": Look(_("Completed"), "success", "check"),
        "cancelled": Look(_("Withdrawn"), "neutral", "void"),
    },
    "milestone": {
        "yet_to_reach": Look(_("Not yet"), "neutral", "open"),
        "completed": Look(_("Reached"), "success", "check"),
        "violated": Look(_("Missed"), "danger", "overdue"),
        # An order that has no telephone, no removal or no device: said, not left out.
        "not_needed": Look(_("Not needed"), "neutral", "minus"),
    },
    "porting": {
        "requested": Look(pgettext_lazy("porting", "Requested"), "info", "inbox"),
        "completed": Look(_("Ported"), "success", "check"),
        "failed": Look(_("Porting failed"), "danger", "error"),
        "replaced": Look(_("Superseded"), "neutral", "void"),
        "given_up": Look(_("Porting given up"), "neutral", "void"),
    },
    "visitoffer": {
        "offered": Look(_("Offered"), "warning", "visit"),
        "agreed": Look(_("Agreed"), "success", "check"),
        "declined": Look(_("Declined by the customer"), "neutral", "void"),
        "moved": Look(_("Moved"), "neutral", "undo"),
        "done": Look(_("Done"), "success", "done"),
        "lapsed": Look(_("Expired"), "neutral", "void"),
    },
    "carrierinstruction": {
        "issued": Look(_("Issued"), "info", "instruction"),
        "acknowledged": Look(_("Taken in by the carrier"), "info", "check"),
        "executed": Look(_("Carried out"), "success", "done"),
        "failed": Look(_("Failed"), "danger", "error"),
        "superseded": Look(_("Superseded"), "neutral", "void"),
    },
    "stopincident": {
        "open": Look(_("Stopped too early"), "danger", "line-off"),
        "restored": Look(_("Restored"), "success", "line"),
        "lapsed": Look(_("Not restored before the last day"), "neutral", "void"),
    },
    "registration": {
        "draft": Look(_("Draft"), "neutral", "edit"),
        "evidenced": Look(_("Evidence stored"), "info", "form"),
        "verified": Look(_("Verified"), "info", "check"),
        "notified": Look(_("Customer notified"), "info", "mail"),
        "active": Look(_("Active"), "success", "check"),
        "terminated": Look(_("Terminated"), "neutral", "line-off"),
        "voided": Look(_("Void from the start"), "danger", "void"),
        "cancelled": Look(_("Withdrawn"), "neutral", "void"),
    },
    "charge": {
        "proposed": Look(_("Proposed"), "neutral", "edit"),
        "on_hold": Look(_("On hold"), "warning", "pause"),
        "validated": Look(_("Validated"), "info", "check"),
        "billed": Look(_("Billed"), "info", "letter"),
        "settled": Look(_("Settled"), "success", "check"),
        "disputed": Look(_("Disputed"), "danger", "complaint"),
        "voided": Look(_("Void"), "neutral", "void"),
        "credited": Look(_("Credited"), "success", "waiver"),
    },
    "waiver": {
        "requested": Look(_("Requested"), "warning", "waiver"),
        "seconding": Look(_("Waiting for the second person"), "warning", "people"),
        "withdrawn": Look(_("Withdrawn"), "neutral", "void"),
        "approved": Look(_("Approved"), "success", "check"),
        "declined": Look(_("Declined"), "danger", "close"),
        "passed_up": Look(_("Passed up"), "upward", "upward"),
    },
    "credit": {
        "owed": Look(_("To be given back"), "warning", "waiver"),
        "applied": Look(_("Credited"), "success", "waiver"),
        "refunded": Look(_("Refunded"), "success", "check"),
    },
    "report": {
        "owed": Look(_("Owed"), "warning", "promise"),
        "sent": Look(_("Sent"), "success", "check"),
    },
    "sweep": {
        "open": Look(_("In progress"), "warning", "progress"),
        "finished": Look(_("Done"), "success", "check"),
    },
    "invoice": {
        "new": Look(pgettext_lazy("invoice", "New"), "neutral", "edit"),
        "on_hold": Look(_("On hold"), "warning", "pause"),
        "validated": Look(_("Validated"), "info", "check"),
        "sent": Look(_("Sent"), "info", "letter"),
        "settled": Look(_("Settled"), "success", "check"),
    },
    "fault": {
        "open": Look(_("Fault undecided"), "warning", "question"),
        "seconding": Look(_("Waiting for the second person"), "warning", "people"),
        "undetermined": Look(_("Fault undetermined"), "warning", "question"),
        "company": Look(_("Company's fault"), "danger", "error"),
        "carrier": Look(_("Carrier's fault"), "danger", "error"),
        "customer": Look(_("Customer's fault"), "neutral", "customer"),
        "third": Look(_("Third party's fault"), "neutral", "people"),
    },
    "survey": {
        "eligible": Look(_("To be sent"), "info", "survey"),
        "withheld": Look(_("Withheld"), "warning", "pause"),
        "sending": Look(_("Sending"), "info", "mail"),
        "sent": Look(_("Sent"), "info", "mail"),
        "answered": Look(_("Answered"), "success", "check"),
        "expired": Look(_("Expired"), "neutral", "void"),
        "unknown": Look(_("Unknown whether sent"), "danger", "question"),
    },
    "roster": {
        "draft": Look(_("Draft"), "neutral", "edit"),
        "published": Look(_("Published"), "success", "check"),
    },
    "schedule": {
        "due": Look(_("Scheduled"), "info", "clock"),
        "done": Look(_("Done"), "success", "check"),
        "held": Look(pgettext_lazy("schedule", "Held"), "warning", "pause"),
        "dead": Look(_("Stuck"), "danger", "error"),
        "superseded": Look(_("Superseded"), "neutral", "void"),
    },
    "outbox": {
        "pending": Look(_("Waiting to be sent"), "info", "mail"),
        "sending": Look(_("Sending"), "info", "mail"),
        "sent": Look(_("Sent"), "success", "check"),
        "unknown": Look(_("Unknown whether sent"), "danger", "question"),
        "dead": Look(_("Could not be sent"), "danger", "error"),
        "withdrawn": Look(_("Not sent any more"), "neutral", "void"),
    },
    "call": {
        "ringing": Look(_("Ringing"), "info", "phone-in"),
        "talking": Look(_("Talking"), "success", "phone"),
        "on_hold": Look(pgettext_lazy("call", "On hold"), "warning", "pause"),
        "after_call": Look(_("After-call work"), "info", "edit"),
        "ended": Look(_("Ended"), "neutral", "done"),
    },
    "priority": {
        "1": Look("P1", "danger", "warning"),
        "2": Look("P2", "warning", "warning"),
        "3": Look("P3", "neutral", "minus"),
        "4": Look("P4", "neutral", "minus"),
    },
}

# Models whose name is not that of their set of states.
MODEL_SETS = {
    "importjob": "import",
    "regulatorcase": "regulator",
    "answer": "guidance",
    "articleversion": "guidance",
    "answerconflict": "conflict",
    "serviceline": "line",
    "cancellationorder": "order",
    "optionregistration": "registration",
    "faultreview": "fault",
    "errorreport": "report",
    "exceptionrequest": "exception",
    "rosterperiod": "roster",
    "scheduledaction": "schedule",
    "outboxmessage": "outbox",
}

TIERS: dict[int, Look] = {
    1: Look(_("Operator"), "neutral", "desk"),
    2: Look(_("Leader"), "info", "person"),
    3: Look(_("Supervisor (SV)"), "upward", "person"),
    4: Look(_("Manager"), "upward", "signature"),
}

# What an entry of the timeline is called and shows beside it, by its kind `area.event`, else by its area.
TIMELINE: dict[str, Look] = {
    "case.printed": Look(_("Printed as evidence"), "neutral", "print"),
    "call": Look(_("Call"), "info", "phone"),
    "call.in": Look(_("Call in"), "info", "phone-in"),
    "call.out": Look(_("Call out"), "info", "phone-out"),
    "call.hold": Look(_("Hold"), "neutral", "pause"),
    "contact": Look(_("Contact"), "info", "phone"),
    "contact.in": Look(_("Call in"), "info", "phone-in"),
    "contact.out": Look(_("Call out"), "info", "phone-out"),
    "contact.joined": Look(_("Joined the call"), "info", "people"),
    "contact.taken_over": Look(_("Took the call over"), "upward", "upward"),
    "contact.no_answer": Look(_("Call out, no answer"), "warning", "phone-missed"),
    "contact.abandoned": Look(_("Abandoned by the caller"), "warning", "phone-missed"),
    "contact.voicemail": Look(_("Voicemail received"), "warning", "voicemail"),
    "contact.voicemail_left": Look(_("Call out, voicemail left"), "warning", "voicemail"),
    "contact.mail": Look(_("Mail"), "info", "mail"),
    "contact.letter": Look(_("Letter"), "info", "letter"),
    "contact.web": Look(_("Web form"), "info", "web"),
    "note": Look(_("Note"), "neutral", "note"),
    "mail": Look(_("Mail"), "info", "mail"),
    "letter": Look(_("Letter"), "info", "letter"),
    "transfer": Look(_("Hand-over"), "info", "transfer"),
    "ticket": Look(_("Ticket"), "neutral", "ticket"),
    "question": Look(_("Question"), "info", "question"),
    "answer": Look(_("Answer"), "info", "speak"),
    "guidance": Look(_("Guidance"), "info", "guidance"),
    "guidance.corrected": Look(_("Correction of wrong guidance"), "danger", "correction"),
    "correction": Look(_("Correction of wrong guidance"), "danger", "correction"),
    "conflict": Look(_("Answers conflict"), "danger", "conflict"),
    "complaint": Look(_("Complaint"), "danger", "complaint"),
    "remedy": Look(_("Remedy"), "success", "promise"),
    "promise": Look(_("Promise"), "warning", "promise"),
    "promise.opened": Look(_("Promise made"), "warning", "promise"),
    "promise.kept": Look(_("Promise kept"), "success", "done"),
    "promise.void": Look(_("Promise void"), "neutral", "void"),
    "promise.rose": Look(_("Promise risen"), "upward", "upward"),
    "callback": Look(_("Callback"), "warning", "callback"),
    "demand": Look(_("Superior demanded"), "upward", "upward"),
    "exception": Look(_("Exception"), "upward", "upward"),
    "instruction": Look(_("Instruction"), "warning", "instruction"),
    "objection": Look(_("Objection"), "warning", "objection"),
    "regulator": Look(_("Authority"), "danger", "regulator"),
    "charge": Look(_("Charge"), "neutral", "waiver"),
    "waiver": Look(_("Waiver"), "success", "waiver"),
    "credit": Look(_("Credit"), "success", "waiver"),
    "fault": Look(_("Fault"), "danger", "error"),
    "registration": Look(_("Registration"), "neutral", "form"),
    "notice": Look(_("Notice"), "neutral", "mail"),
    "contract": Look(_("Contract"), "neutral", "contract"),
    "order": Look(_("Cancellation"), "ending", "ending"),
    "cancellation": Look(_("Cancellation"), "ending", "ending"),
    "milestone": Look(_("Milestone"), "ending", "ending"),
    "explanation": Look(_("Explanation"), "ending", "speak"),
    "porting": Look(_("Porting"), "ending", "transfer"),
    "visit": Look(_("Visit"), "ending", "visit"),
    "line": Look(_("Line"), "neutral", "line"),
    "stop": Look(_("Stop of a line"), "danger", "line-off"),
    "survey": Look(_("Survey"), "neutral", "survey"),
    "post": Look(_("Public post"), "neutral", "web"),
    "symptom": Look(_("Symptom"), "info", "device"),
    "alert": Look(_("Alert"), "warning", "warning"),
}


def look(kind: str, status: str) -> Look:
    """How `status` of the set `kind` is shown; an unknown one by its own name."""
    found = STATUSES.get(kind, {}).get(str(status))
    return found or Look(str(status), "neutral", "info")


def timeline_look(kind: str) -> Look:
    """How a timeline entry is shown."""
    return TIMELINE.get(kind) or TIMELINE.get(kind.split(".", maxsplit=1)[0]) or Look(kind, "neutral", "note")


# What administrators do to masters, and the names of what they change (tickets.models.masters.MasterAct).
MASTER_ACTS = {
    "added": _("Added"),
    "changed": _("Changed"),
    "hours_added": _("Opening hours added"),
    "hours_removed": _("Opening hours removed"),
    "exception_added": _("Date that differs added"),
    "exception_removed": _("Date that differs removed"),
    "password_set": _("Password set"),
    "second_factor_reset": _("Second factor reset"),
    "posting_withdrawn": _("Change of rank or desk withdrawn"),
    "ended": _("Ended"),
    "cancelled": pgettext_lazy("trail", "Cancelled before it began"),
}
MASTER_FIELDS = {
    "name": _("Name"), "name_kana": _("Kana"), "name_ja": _("Name (Japanese)"), "name_en": _("Name (English)"),
    "email": _("Mail"), "mailbox": _("Mailbox"), "code": _("Code"), "kind": _("Kind"), "company": _("Company"),
    "calendar_id": _("Calendar"), "desk_id": _("Desk"), "tier": _("Rank"), "is_active": _("May sign in"),
    "is_administrator": _("Administrator"), "is_compliance": _("Compliance"), "login_id": _("Sign-in ID"),
    "on": _("Date"), "opens": _("Opens"), "closes": _("Closes"), "why": _("Reason"), "days": _("Days"),
    "from_on": _("In force from"), "from": _("Begins"), "until": _("Until"), "for": _("For whom"), "person": _("Person"),
    "as": _("As"),
}  # fmt: skip
