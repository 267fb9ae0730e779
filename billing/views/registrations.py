"""Options on the register: keyed in, compared with the order, verified by another, active, corrected (C2, C6, C10)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.forms import contracts as forms
from billing.models import OptionRegistration, OrderEvidence
from billing.queries.side_by_side import made_rows, option_names, sides_of
from billing.services import charges, comparison, corrections, registrations
from billing.views import find
from billing.views.parts import Data, banners, contract_page, customer_deed, figures, in_one
from tickets.paging import number as as_key
from tickets.rights import own_company
from tickets.views.screen import DEED, DeskRequest, page, screen


def registration_page(subject: Any, outcome: Any) -> str:
    """The comparison, which is the page of a registration."""
    shown = outcome if isinstance(outcome, OptionRegistration) else subject
    return reverse("billing:registration", args=[shown.pk])


@screen()
def registration(request: DeskRequest, pk: int) -> Any:
    """Form | register | notice side by side, what differs, the comparisons made, and the next step."""
    found = find.registration(request, pk)
    wanted = as_key(request.GET.get("evidence", ""))
    shown = sides_of([found], evidence_id=wanted or None)[found.pk]
    made = found.comparisons.select_related("compared_by").prefetch_related("rows").order_by("-pk")[:10]
    names = option_names()
    context = {
        "registration": found,
        "contract": found.contract,
        "sides": shown,
        "name": names.get(found.option.code, str(found.option)),
        "proofs": found.contract.evidence.order_by("-pk")[:20],
        "made": [{"comparison": row, "rows": made_rows(row.rows.all(), names)} for row in made],
        "charges": found.charges.order_by("-period_from", "-pk")[:20],
        "reviews": found.fault_reviews.visible_to(request.user).order_by("-pk")[:10],
        "own": found.registered_by_id == request.user.pk,
        **banners(request, found.contract.customer),
    }
    return page(request, "billing/registration.html", context)


def _register(request: DeskRequest, contract: Any, data: Data) -> OptionRegistration:
    """The draft, with its proof at once where one was named."""
    proof: OrderEvidence | None = data.pop("evidence")
    with in_one():
        made = registrations.register_option(
            contract_id=contract.pk, actor=request.user, at=request.at, **data
        )
        if proof is None:
            return made
        return registrations.attach_evidence(
            registration_id=made.pk, evidence_id=proof.pk, actor=request.user, at=request.at
        )


register = customer_deed(
    title=_("Register an option"),
    submit=_("Register it"),
    lead=_("Keyed in as on the form. Somebody else compares it with the form before it is active."),
    form=forms.RegisterForm,
    find=find.contract,
    do=_register,
    leads_to=lambda subject, outcome: (
        registration_page(subject, outcome) if outcome else contract_page(subject, None)
    ),
)

attach = customer_deed(
    title=_("Name the proof of the order"),
    form=forms.AttachForm,
    find=find.registration,
    do=lambda request, registration, data: registrations.attach_evidence(
        registration_id=registration.pk,
        evidence_id=data["evidence"].pk,
        actor=request.user,
        at=request.at,
    ),
    leads_to=registration_page,
)


@screen(methods=DEED)
def compare(request: DeskRequest, pk: int) -> Any:
    """Write down what form and register say, as they stand now. Decides nothing."""
    found = find.registration(request, pk)
    chosen = as_key(request.POST.get("evidence", "")) or None
    if chosen is not None and not found.contract.evidence.filter(pk=chosen).exists():
        chosen = None
    made = comparison.compare_registration(
        registration_id=found.pk, evidence_id=chosen, actor=request.user, at=request.at
    )
    _say(request, differs=bool(comparison.differing_rows(made)))
    return redirect(registration_page(found, None))


@screen(methods=DEED)
def verify(request: DeskRequest, pk: int) -> Any:
    """Compare, and let it go ahead when nothing differs; a difference sends it back to draft."""
    found = find.registration(request, pk)
    made = registrations.verify_registration(registration_id=found.pk, actor=request.user, at=request.at)
    _say(request, differs=bool(comparison.differing_rows(made)))
    return redirect(registration_page(found, None))


def _say(request: DeskRequest, *, differs: bool) -> None:
    if differs:
        messages.warning(request, str(_("Form and register differ. It cannot be active like this.")))
    else:
        messages.success(request, str(_("Form and register agree.")))


def _step(service: Any) -> Any:
    """A step of a registration that takes nothing but the decision to do it."""

    @screen(methods=DEED)
    def view(request: DeskRequest, pk: int) -> Any:
        found = find.registration(request, pk)
        service(registration_id=found.pk, actor=request.user, at=request.at)
        return redirect(registration_page(found, None))

    return view


notify = _step(registrations.notify_registration)
activate = _step(registrations.activate_registration)
cancel = _step(registrations.cancel_registration)


def _deliver(request: DeskRequest, registration: Any, data: Data) -> Any:
    with figures():
        return registrations.deliver_option(
            registration_id=registration.pk, actor=request.user, at=request.at, **data
        )


deliver = customer_deed(
    title=_("The option works"),
    lead=_("It is charged from this day, never before. Came it late, the days between are credited."),
    form=forms.DeliveredForm,
    find=find.registration,
    initial=lambda request, registration: {"delivered_at": request.at},
    do=_deliver,
    leads_to=registration_page,
)

end = customer_deed(
    title=_("The customer gives the option up"),
    form=forms.EndOptionForm,
    find=find.registration,
    do=lambda request, registration, data: registrations.end_registration(
        registration_id=registration.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=registration_page,
)


def _charge(request: DeskRequest, registration: Any, data: Data) -> Any:
    with figures():
        return charges.propose_option_fee(
            registration_id=registration.pk, actor=request.user, at=request.at, **data
        )


propose_fee = customer_deed(
    title=_("Propose a charge"),
    lead=_("At the price and tax of its days. Without proof of the order it is never billed."),
    form=forms.OptionFeeForm,
    find=find.registration,
    rights=own_company,
    do=_charge,
    leads_to=registration_page,
)


def _correct(request: DeskRequest, wrong: Any, data: Data) -> Any:
    proof = data.pop("evidence")
    with figures():
        return corrections.correct_registration(
            wrong_id=wrong.pk, evidence_id=proof.pk, actor=request.user, at=request.at, **data
        )


correct = customer_deed(
    title=_("Correct a wrong registration"),
    submit=_("Correct it"),
    lead=_(
        "The wrong option is void from its start, with its charges. The right one counts from the date on the form, "
        "is charged only once it works, and registering it again costs nothing."
    ),
    form=forms.CorrectForm,
    find=find.registration,
    rights=own_company,
    do=_correct,
    leads_to=registration_page,
)
