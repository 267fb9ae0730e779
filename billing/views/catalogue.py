"""The catalogue for the administrator: what is sold, at what figures, from which day on (C1, C11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.forms import catalogue as forms
from billing.models import DocumentVersion, FeeCap, OptionItem, Product, TaxRate
from billing.services import catalogue
from billing.views.parts import Data
from tickets.dates import day_of
from tickets.paging import newest_first
from tickets.queries.masters import acts_on, acts_on_kinds
from tickets.rights import administrator
from tickets.views.deed import Deed
from tickets.views.screen import DeskRequest, page, screen

HOLDS_FROM = _(
    "Nothing is edited: a new row holds from its day on, and what was made before keeps the old one."
)


@screen(administrator)
def index(request: DeskRequest) -> Any:
    """Products with their versions, options with their prices, tax rates, figures, documents."""
    context = {
        "today": day_of(request.at),
        "products": Product.objects.prefetch_related("versions__set_by").order_by("code"),
        "options": OptionItem.objects.prefetch_related("prices__set_by").order_by("code"),
        "taxes": TaxRate.objects.select_related("set_by").order_by("-during"),
        "figures": FeeCap.objects.select_related("set_by").order_by("code", "-during"),
        "acts": acts_on_kinds(Product, OptionItem, DocumentVersion),
    }
    return page(request, "billing/catalogue.html", context)


@screen(administrator)
def documents(request: DeskRequest) -> Any:
    """Every version of every document, by key."""
    rows = newest_first(DocumentVersion.objects.defer("body"), request.GET.get("after", ""))
    return page(request, "billing/documents.html", {"page": rows, "today": day_of(request.at)})


@screen(administrator)
def document(request: DeskRequest, pk: int) -> Any:
    """One version, as it was given."""
    found = get_object_or_404(DocumentVersion, pk=pk)
    return page(request, "billing/document.html", {"document": found, "acts": acts_on(found)})


def nothing(request: DeskRequest) -> None:
    """A form that makes something new is about nothing yet."""


def find_product(request: DeskRequest, pk: int) -> Product:
    """A product."""
    return get_object_or_404(Product, pk=pk)


def find_option(request: DeskRequest, pk: int) -> OptionItem:
    """An option."""
    return get_object_or_404(OptionItem, pk=pk)


def find_document(request: DeskRequest, pk: int) -> DocumentVersion:
    """A document version."""
    return get_object_or_404(DocumentVersion, pk=pk)


def entry(leads_to: str = "billing:catalogue", **deed: Any) -> Callable[..., HttpResponse]:
    """A deed of the catalogue."""
    made = {"rights": administrator, "find": nothing, "lead": HOLDS_FROM, **deed}
    return Deed(leads_to=lambda _subject, _outcome: reverse(leads_to), **made).view()


def written(service: Any) -> Any:
    """A deed's `do` for a service that takes what the form says."""
    return lambda request, _subject, data: service(actor=request.user, at=request.at, **data)


def _version(request: DeskRequest, product: Product, data: Data) -> Any:
    return catalogue.add_version(product_id=product.pk, actor=request.user, at=request.at, **data)


def _price(request: DeskRequest, option: OptionItem, data: Data) -> Any:
    return catalogue.set_option_price(option_id=option.pk, actor=request.user, at=request.at, **data)


def _standing_terms(request: DeskRequest, product: Product) -> Data:
    """The terms of the newest version, to start from."""
    newest = product.versions.order_by("-version").first()
    names = ("legal_regime", "proration_rule", "monthly_fee_yen", "construction_fee_yen")
    return {name: getattr(newest, name) for name in names} if newest else {}


def _standing_text(request: DeskRequest, document: DocumentVersion) -> Data:
    """The version that is replaced, to start from."""
    return {name: getattr(document, name) for name in ("code", "kind", "title", "body")}


def _standing_figure(request: DeskRequest, _subject: None) -> Data:
    """The row in force for `?code=`, to start from."""
    row = FeeCap.objects.filter(code=request.GET.get("code", "")).order_by("-during").first()
    return {name: getattr(row, name) for name in ("code", "value", "unit", "basis", "mark")} if row else {}


new_product = entry(title=_("New product"), form=forms.ProductForm, do=written(catalogue.add_product))
new_version = entry(
    title=_("New terms of a product"),
    form=forms.VersionForm,
    find=find_product,
    initial=_standing_terms,
    do=_version,
)
new_option = entry(title=_("New option"), form=forms.OptionForm, do=written(catalogue.add_option))
new_price = entry(title=_("New price of an option"), form=forms.PriceForm, find=find_option, do=_price)
new_tax = entry(title=_("New tax rate"), form=forms.TaxForm, do=written(catalogue.set_tax_rate))
new_figure = entry(
    title=_("New figure"), form=forms.FigureForm, initial=_standing_figure, do=written(catalogue.set_figure)
)
new_document = entry(
    "billing:documents",
    title=_("New document"),
    form=forms.DocumentVersionForm,
    do=written(catalogue.add_document),
)
next_document = entry(
    "billing:documents",
    title=_("Next version of a document"),
    form=forms.DocumentVersionForm,
    find=find_document,
    initial=_standing_text,
    do=written(catalogue.add_document),
)
