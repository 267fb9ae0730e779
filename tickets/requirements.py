"""What each requirement says, in one sentence a person can act on (docs/requirements.md has them whole).

Shown where the database refuses by a constraint, or with details of the moment, and no sentence of its own fits.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HOLDS: dict[str, str | Promise] = {
    "A1": _("The contact history is written once and never changed."),
    "A2": _("This contact is not recorded as one can be: check channel, result, times and who spoke."),
    "A3": _("A hand-over is accepted by somebody at the other desk; until then it stays with you."),
    "A4": _("Hold times are recorded as they were."),
    "A5": _(
        "A complaint ends decided, with reasons, by an SV or above whom it does not concern, "
        "and told to the customer."
    ),
    "A6": _("A question is answered yes, no or with changes, with reasons and a basis."),
    "A7": _(
        "Guidance and article versions are not edited: they are corrected, and everyone told is owed a call."
    ),
    "A8": _("Conflicting answers are decided by an SV or above who gave none of them."),
    "A9": _(
        "The company's final answer is given by the top tier alone, in writing, with reasons "
        "and where else the customer can turn."
    ),
    "A10": _("A callback has a purpose, an owner, a window, a number and a due time, and does not vanish."),
    "A11": _("A remedy has an owner and a date, and is agreed only when it fits the customer."),
    "A12": _("Opening hours and holidays must fit together."),
    "A13": _("Nothing is closed while something is owed."),
    "A14": _("After a complaint is closed, a leader follows up."),
    "A15": _("What was observed on the line is recorded once."),
    "B1": _("A demand for a superior is recorded in the customer's words, and refused by nobody."),
    "B2": _(
        "A demand for a superior ends answered by the tier named or above, in writing after "
        "three attempts, or withdrawn by the customer."
    ),
    "B3": _("Someone is on duty at every tier at every minute, and passing goes upward only."),
    "B4": _("Owning a case never blocks its rising."),
    "B5": _("Who answers, and with which authority, is recorded as it was at that moment."),
    "B6": _("A decision outside the manual is made by somebody else, on duty and with the authority."),
    "B7": _(
        "The letter about outside help is sent once a case, and the case stays open while the "
        "customer disagrees."
    ),
    "B8": _("An instruction is a record that is not edited; only one acknowledged or upheld is carried out."),
    "B9": _("An objection suspends the instruction and is decided above its issuer."),
    "B10": _("Questions to leaders and their answers are kept as they were said."),
    "B11": _("A reply to an authority needs two signatories of SV or above on that very text."),
    "B13": _("A concern is seen by compliance and its author alone."),
    "C1": _("Contract, line, dates and amounts must fit together: whole yen, dates of Japan."),
    "C2": _("What is registered must agree with the order, checked by somebody else."),
    "C3": _("A notice sent is not received, and received is not consent."),
    "C4": _("A charge needs evidence of the customer's order."),
    "C5": _(
        "While the fault is the company's, the carrier's or undetermined, nothing is billed or demanded."
    ),
    "C6": _(
        "A wrong registration is void from its start; the right one counts from the ordered "
        "date and is billed from delivery."
    ),
    "C7": _("A waiver is decided by somebody else within their limit, and refused only with reasons."),
    "C8": _("When a charge falls, the call to collect is cancelled and an apology call takes its place."),
    "C9": _("After our error the report and the sweep are owed; both are kept only by doing them."),
    "C10": _("An option is not charged before it is delivered."),
    "C11": _("The law sets this limit: documents, cancellation within eight days, penalties and proration."),
    "D1": _("A milestone is reached with a source and evidence, once."),
    "D2": _("No line stops before 24:00 of its own last day."),
    "D3": _("The telephone stops only after porting is completed or the customer gives the number up."),
    "D4": _(
        "A removal visit is agreed by the customer, and not before every line of the circuit has stopped."
    ),
    "D5": _("The last usable minute, who set it and why are always shown."),
    "D6": _(
        "Before acceptance the customer is told the last minute, charges, number, visit and "
        "device, line by line."
    ),
    "D7": _("A stop is recorded as it happened; an early one is our fault."),
    "D8": _("A cancellation waits on no offer."),
    "D9": _("What is due happens once, and never early."),
    "E1": _("A survey is sent once a case, by day, and answered once."),
    "E2": _("No survey goes out while anything is owed to the customer."),
    "E3": _("A low score owes a call by an SV."),
    "F1": _("The records that this rests on do not fit together."),
    "F2": _("A sample is drawn by a stored seed, and each record in it is marked once, by somebody else."),
    "F3": _("An evidence print is written once, with its digest, and stays on the history."),
}
