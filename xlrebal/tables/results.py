"""The columns of every result table of a plan, in the order in which sheets are created."""

from __future__ import annotations

from xlrebal.tables import formats as f
from xlrebal.tables.grid import Column
from xlrebal.tables.rulebook.log import LOG, LOG_TABLE

_C = Column

DRIFT = (
    _C("Group", 16, wrap=True),
    _C("Name", 30, wrap=True),
    _C("Code", 15),
    _C("Value", 17, "right"),
    _C("Weight", 11, "right"),
    _C("Target", 11, "right"),
    _C("Min", 10, "right"),
    _C("Max", 10, "right"),
    _C("Drift", 11, "right", scaled=True),
    _C("Status", 12, "center"),
    _C("Value after", 17, "right"),
    _C("Weight after", 13, "right"),
    _C("Drift after", 13, "right"),
)
ORDERS = (
    _C("No", 7, "right"),
    _C("Account", 18, wrap=True),
    _C("Action", 10, "center"),
    _C("Name", 30, wrap=True),
    _C("Code", 15),
    _C("Quantity", 14, "right", refined=f.WHOLE),
    _C("Price", 15, "right", refined=f.BY_CURRENCY),
    _C("Currency", 12, "center"),
    _C("Amount", 17, "right", refined=f.BY_CURRENCY),
    _C("Amount (base)", 17, "right"),
    _C("Commission", 15, "right", refined=f.BY_CURRENCY),
    _C("Slippage", 14, "right", refined=f.BY_CURRENCY),
    _C("Tax", 15, "right"),
    _C("Reason", 50, wrap=True),
    _C("Status", 14, "center", wrap=True),
)
SKIPPED = (
    _C("Account", 18, wrap=True),
    _C("Name", 30, wrap=True),
    _C("Code", 15),
    _C("Wanted amount", 17, "right"),
    _C("Reason", 60, wrap=True),
)
TAX_LOSS = (
    _C("Account", 18, wrap=True),
    _C("Name", 30, wrap=True),
    _C("Code", 15),
    _C("Lot", 12, "center"),
    _C("Quantity", 14, "right", refined=f.WHOLE),
    _C("Cost", 17, "right"),
    _C("Value", 17, "right"),
    _C("Loss", 18, "right"),
    _C("Loss %", 11, "right"),
    _C("Tax saved", 15, "right"),
    _C("Replacement", 18, wrap=True),
    _C("Wash-sale status", 18, wrap=True),
    _C("Do not buy until", 16, "center"),
)
TRANSFERS = (
    _C("From", 18, wrap=True),
    _C("To", 18, wrap=True),
    _C("Amount", 17, "right", refined=f.BY_CURRENCY),
    _C("Currency", 12, "center"),
    _C("Reason", 60, wrap=True),
)
GAINS = (
    _C("State", 12, "center"),
    _C("Date", 12, "center"),
    _C("Counts on", 12, "center"),
    _C("Account", 18, wrap=True),
    _C("Name", 28, wrap=True),
    _C("Code", 15),
    _C("Acquired", 13, "center"),
    _C("Quantity", 14, "right", refined=f.WHOLE),
    _C("Proceeds", 17, "right"),
    _C("Cost", 17, "right"),
    _C("Gain", 18, "right"),
    _C("Washed loss", 15, "right"),
    _C("Term", 12, "center"),
    _C("Rule", 24, wrap=True),
    _C("Tax", 15, "right"),
    _C("Source", 26, wrap=True),
)
HARVEST = (
    _C("Pair", 7, "right"),
    *ORDERS[1:13],
    _C("Gain", 18, "right"),
    _C("Tax saved", 15, "right"),
    *ORDERS[13:],
)
SUMMARY = (_C("Item", 40, wrap=True), _C("Value", 50, wrap=True))
HISTORY = (
    _C("Date", 12, "center"),
    _C("Total value", 17, "right"),
    _C("Invested cash", 17, "right"),
    _C("Worst drift", 13, "right"),
    _C("Trigger", 14, "center"),
    _C("Orders", 11, "right"),
    _C("Cost", 15, "right"),
    _C("Rules", 12, "center"),
)
RESULTS = {
    "Drift": DRIFT,
    "Orders": ORDERS,
    "Skipped": SKIPPED,
    "TaxLoss": TAX_LOSS,
    "Gains": GAINS,
    "Harvest": HARVEST,
    "Transfers": TRANSFERS,
    "Summary": SUMMARY,
    "History": HISTORY,
    LOG_TABLE: LOG,
}
"""Columns of every result table by its name, in the order in which sheets are created."""

# Excel keeps the sheet name "History" for itself; the table may have it.
HISTORY_SHEET = "Value history"
