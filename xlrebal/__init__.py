"""xlrebal: keep a family's portfolio at its target weights from inside its own workbook.

As a library::

    import xlrebal

    outcome = xlrebal.update("family.xlsx", dry_run=True)
    for order in outcome.plan.orders:
        print(order.action, order.quantity, order.target.label, xlrebal.in_english(order.reason))

The page ``docs/library.md`` explains every name. A name is loaded when it is first asked for, so that the command line
and the buttons in Excel start as fast as ever.
"""

from xlrebal.version import __version__ as __version__

# Spelled out, for importing the module typing would take longer than all the rest.
TYPE_CHECKING = False

# Where each name is defined. The lists below and this table are held against each other by a test.
_HOMES = {
    "library": ("Inputs", "Outcome", "plan", "published_schema", "read", "to_json", "update"),
    "language": ("in_english", "render"),
    "errors": ("FileError", "Finding", "InputError", "XlrebalError"),
    "domain.message": ("Message",),
    "domain.household": (
        "CASH", "Account", "AccountType", "Action", "ExDate", "FundPart", "Group", "Holding", "Household", "Lock",
        "Lot", "LotMethod", "Target", "Trade",
    ),
    "domain.policy": (
        "CashMethod", "CashPolicy", "CheckFrequency", "DriftMeasure", "FilingStatus", "Method", "Policy", "RebalanceTo",
        "Strategy",
    ),
    "domain.plan": (
        "DriftLine", "GainLine", "GainsBudget", "GroupDrift", "HarvestOrder", "Order", "Plan", "Skip",
        "Status", "Summary", "TaxItem", "TaxLoss", "TaxStatement", "Transfer", "Trigger", "TriggerKind", "Withdrawal",
    ),
}  # fmt: skip

if TYPE_CHECKING:
    from xlrebal.domain.household import (
        CASH,
        Account,
        AccountType,
        Action,
        ExDate,
        FundPart,
        Group,
        Holding,
        Household,
        Lock,
        Lot,
        LotMethod,
        Target,
        Trade,
    )
    from xlrebal.domain.message import Message
    from xlrebal.domain.plan import (
        DriftLine,
        GainLine,
        GainsBudget,
        GroupDrift,
        HarvestOrder,
        Order,
        Plan,
        Skip,
        Status,
        Summary,
        TaxItem,
        TaxLoss,
        TaxStatement,
        Transfer,
        Trigger,
        TriggerKind,
        Withdrawal,
    )
    from xlrebal.domain.policy import (
        CashMethod,
        CashPolicy,
        CheckFrequency,
        DriftMeasure,
        FilingStatus,
        Method,
        Policy,
        RebalanceTo,
        Strategy,
    )
    from xlrebal.errors import FileError, Finding, InputError, XlrebalError
    from xlrebal.language import in_english, render
    from xlrebal.library import Inputs, Outcome, plan, published_schema, read, to_json, update
else:

    def __getattr__(name: str) -> object:
        """Load a name of the library when it is first asked for (PEP 562)."""
        home = next((home for home, names in _HOMES.items() if name in names), None)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = globals()[name] = getattr(import_module(f"xlrebal.{home}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "CASH",
    "Account",
    "AccountType",
    "Action",
    "CashMethod",
    "CashPolicy",
    "CheckFrequency",
    "DriftLine",
    "DriftMeasure",
    "ExDate",
    "FileError",
    "FilingStatus",
    "Finding",
    "FundPart",
    "GainLine",
    "GainsBudget",
    "Group",
    "GroupDrift",
    "HarvestOrder",
    "Holding",
    "Household",
    "InputError",
    "Inputs",
    "Lock",
    "Lot",
    "LotMethod",
    "Message",
    "Method",
    "Order",
    "Outcome",
    "Plan",
    "Policy",
    "RebalanceTo",
    "Skip",
    "Status",
    "Strategy",
    "Summary",
    "Target",
    "TaxItem",
    "TaxLoss",
    "TaxStatement",
    "Trade",
    "Transfer",
    "Trigger",
    "TriggerKind",
    "Withdrawal",
    "XlrebalError",
    "in_english",
    "plan",
    "published_schema",
    "read",
    "render",
    "to_json",
    "update",
]
