"""The models of billing, a file a concept."""

from __future__ import annotations

from billing.models.cancellation import CancellationLine, CancellationOrder, OrderChannel, OrderStatus
from billing.models.carrier import (
    CarrierInstruction,
    InstructionChannel,
    InstructionKind,
    InstructionStatus,
)
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
from billing.models.explanations import Explanation, NumberOutcome, ToldHow
from billing.models.last_days import LastDayEntry, SetFor, StopConsent
from billing.models.line_end import LineEnd
from billing.models.milestones import (
    Milestone,
    MilestoneKind,
    MilestonePromise,
    MilestoneStatus,
    Source,
)
from billing.models.porting import Porting, PortingStatus
from billing.models.visits import VisitOffer, VisitStatus

__all__ = [
    "AccessLine",
    "CancellationLine",
    "CancellationOrder",
    "CarrierInstruction",
    "Contract",
    "DocumentVersion",
    "Explanation",
    "FeeCap",
    "InstructionChannel",
    "InstructionKind",
    "InstructionStatus",
    "LastDayEntry",
    "LegalRegime",
    "LineEnd",
    "LineEvent",
    "LineKind",
    "Milestone",
    "MilestoneKind",
    "MilestonePromise",
    "MilestoneStatus",
    "NumberOutcome",
    "OptionItem",
    "OptionPrice",
    "OrderChannel",
    "OrderStatus",
    "Porting",
    "PortingStatus",
    "Product",
    "ProductVersion",
    "ProrationRule",
    "ServiceLine",
    "SetFor",
    "Source",
    "StopConsent",
    "TaxRate",
    "ToldHow",
    "VisitOffer",
    "VisitStatus",
]
