"""The models of billing, a file a concept."""

from __future__ import annotations

from billing.models.catalogue import (
    DocumentVersion,
    FeeCap,
    LegalRegime,
    LineKind,
    OptionItem,
    OptionPrice,
    Product,
    ProductVersion,
    ProrationRule,
    TaxRate,
)
from billing.models.contracts import AccessLine, Contract, LineEvent, ServiceLine

__all__ = [
    "AccessLine",
    "Contract",
    "DocumentVersion",
    "FeeCap",
    "LegalRegime",
    "LineEvent",
    "LineKind",
    "OptionItem",
    "OptionPrice",
    "Product",
    "ProductVersion",
    "ProrationRule",
    "ServiceLine",
    "TaxRate",
]
