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
from billing.models.charge_calls import ChargeCall, ChargeTold
from billing.models.charges import Charge, ChargeKind, Credit, FallKind
from billing.models.contracts import AccessLine, Contract, LineEvent, ServiceLine
from billing.models.error_reports import ErrorReport, Sweep, SweepItem
from billing.models.evidence import EvidenceKind, Notice, OrderEvidence
from billing.models.explanations import Explanation, NumberOutcome, ToldHow
from billing.models.faults import DisputedAnswer, FaultReview, Verdict
from billing.models.incidents import FoundBy, IncidentStatus, StopIncident
from billing.models.invoices import Invoice, InvoiceLine, InvoiceTax
from billing.models.last_days import LastDayEntry, SetFor, StopConsent
from billing.models.line_end import LineEnd
from billing.models.milestones import (
    Milestone,
    MilestoneKind,
    MilestonePromise,
    MilestoneStatus,
    Source,
)
from billing.models.money_promises import MoneyInstructionExecution, MoneyPromise
from billing.models.porting import Porting, PortingStatus
from billing.models.registrations import (
    ComparisonRow,
    ContractDocument,
    OptionRegistration,
    Origin,
    RegistrationComparison,
)
from billing.models.visits import VisitOffer, VisitStatus
from billing.models.waivers import Waiver
from billing.models.withdrawals import EarlyWithdrawal

__all__ = [
    "AccessLine",
    "CancellationLine",
    "CancellationOrder",
    "CarrierInstruction",
    "Charge",
    "ChargeCall",
    "ChargeKind",
    "ChargeTold",
    "ComparisonRow",
    "Contract",
    "ContractDocument",
    "Credit",
    "DisputedAnswer",
    "DocumentVersion",
    "EarlyWithdrawal",
    "ErrorReport",
    "EvidenceKind",
    "Explanation",
    "FallKind",
    "FaultReview",
    "FeeCap",
    "FoundBy",
    "IncidentStatus",
    "InstructionChannel",
    "InstructionKind",
    "InstructionStatus",
    "Invoice",
    "InvoiceLine",
    "InvoiceTax",
    "LastDayEntry",
    "LegalRegime",
    "LineEnd",
    "LineEvent",
    "LineKind",
    "Milestone",
    "MilestoneKind",
    "MilestonePromise",
    "MilestoneStatus",
    "MoneyInstructionExecution",
    "MoneyPromise",
    "Notice",
    "NumberOutcome",
    "OptionItem",
    "OptionPrice",
    "OptionRegistration",
    "OrderChannel",
    "OrderEvidence",
    "OrderStatus",
    "Origin",
    "Porting",
    "PortingStatus",
    "Product",
    "ProductVersion",
    "ProrationRule",
    "RegistrationComparison",
    "ServiceLine",
    "SetFor",
    "Source",
    "StopConsent",
    "StopIncident",
    "Sweep",
    "SweepItem",
    "TaxRate",
    "ToldHow",
    "Verdict",
    "VisitOffer",
    "VisitStatus",
    "Waiver",
]
