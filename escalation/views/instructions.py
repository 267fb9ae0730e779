"""Instructions (業務指示) and objections (異議): an order is a record, and can be objected to (B8, B9)."""

from __future__ import annotations

from typing import Any

from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from escalation.forms import instructions as forms
from escalation.models import Instruction, ObjectionAuthor
from escalation.services import instructions, objections
from escalation.views import find
from tickets.models import Tier
from tickets.paging import newest_first
from tickets.queries.calls import current_contact_id
from tickets.rights import at_least
from tickets.views.deed import Deed
from tickets.views.screen import DEED, DeskRequest, page, screen


def instruction_page(subject: Any, outcome: Any) -> str:
    """The instruction."""
    shown = outcome if isinstance(outcome, Instruction) else subject
    return reverse("escalation:instruction", args=[shown.pk])


issue = Deed(
    title=_("Give an instruction"),
    submit=_("Give the instruction"),
    lead=_("It is on record with your name and its basis. Whoever is to carry it out may object."),
    form=forms.InstructionForm,
    find=find.ticket,
    rights=at_least(Tier.LEADER),
    do=lambda request, ticket, data: instructions.issue_instruction(
        ticket_id=ticket.pk,
        recipient_id=data["recipient"].pk,
        text=data["text"],
        adverse=data["adverse"],
        basis_kind=data["basis_kind"],
        basis_ref=data["basis_ref"],
        observer_ids=[person.pk for person in data["observers"]],
        charge_ref=data["charge_ref"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=instruction_page,
).view()

note = Deed(
    title=_("Note an instruction from a mail or by word of mouth"),
    submit=_("Note it"),
    lead=_("It is kept as it came. It cannot be carried out until its issuer gives it on record."),
    form=forms.NoteInstructionForm,
    find=find.ticket,
    do=lambda request, ticket, data: instructions.note_instruction(
        ticket_id=ticket.pk,
        issuer_id=data["issuer"].pk,
        channel=data["channel"],
        text=data["text"],
        charge_ref=data["charge_ref"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=instruction_page,
).view()


@screen()
def instructions_list(request: DeskRequest) -> Any:
    """Those one sees, the newest first."""
    rows = Instruction.objects.visible_to(request.user).select_related(
        "ticket", "customer", "issuer", "recipient"
    )
    return page(
        request, "escalation/instructions.html", {"page": newest_first(rows, request.GET.get("after", ""))}
    )


@screen()
def instruction(request: DeskRequest, pk: int) -> Any:
    """One instruction with what was objected; authors only for those who may know them."""
    found = find.instruction(request, pk)
    seen = ObjectionAuthor.objects.visible_to(request.user).filter(objection__instruction=found)
    context = {
        "instruction": found,
        "ticket": found.ticket,
        "observers": found.observers.select_related("staff"),
        "objections": found.objections.select_related("decided_by", "holder").order_by("pk"),
        "authors": {row.objection_id: row.staff for row in seen.select_related("staff")},
        "execution": getattr(found, "execution", None),
    }
    return page(request, "escalation/instruction.html", context)


@screen(methods=DEED)
def acknowledge(request: DeskRequest, pk: int) -> Any:
    """The recipient has read it."""
    found = find.instruction(request, pk)
    instructions.acknowledge_instruction(instruction_id=found.pk, actor=request.user, at=request.at)
    return redirect("escalation:instruction", pk=found.pk)


@screen(methods=DEED)
def execute(request: DeskRequest, pk: int) -> Any:
    """It is carried out now; refused while it is suspended, or about a charge that is the company's fault (B8, C5)."""
    found = find.instruction(request, pk)
    instructions.execute_instruction(
        instruction_id=found.pk,
        contact_id=current_contact_id(request.user, found.customer_id, request.at),
        actor=request.user,
        at=request.at,
    )
    return redirect("escalation:instruction", pk=found.pk)


@screen(methods=DEED)
def withdraw(request: DeskRequest, pk: int) -> Any:
    """Its issuer, or someone above, takes it back."""
    found = find.instruction(request, pk)
    instructions.withdraw_instruction(instruction_id=found.pk, actor=request.user, at=request.at)
    return redirect("escalation:instruction", pk=found.pk)


object_to = Deed(
    title=_("Object to the instruction"),
    submit=_("Object"),
    lead=_(
        "The instruction is suspended at once. Someone above its issuer decides. It counts in no evaluation."
    ),
    form=forms.ObjectForm,
    find=find.instruction,
    do=lambda request, instruction, data: objections.object_to(
        instruction_id=instruction.pk,
        reasons=data["reasons"],
        hidden=data["hidden"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=lambda instruction, _outcome: instruction_page(instruction, None),
).view()

decide = Deed(
    title=_("Decide the objection"),
    submit=_("Decide"),
    form=forms.DecideObjectionForm,
    find=find.objection,
    rights=at_least(Tier.SV),
    do=lambda request, objection, data: objections.decide_objection(
        objection_id=objection.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=lambda objection, _outcome: instruction_page(objection.instruction, None),
    template="escalation/decide_objection.html",
).view()


@screen(methods=DEED)
def take_back(request: DeskRequest, pk: int) -> Any:
    """Its author no longer objects."""
    found = find.objection(request, pk)
    objections.take_back_objection(objection_id=found.pk, actor=request.user, at=request.at)
    return redirect("escalation:instruction", pk=found.instruction_id)
