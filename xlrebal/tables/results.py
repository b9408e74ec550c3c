"""The columns of every result table of a plan, in the order in which sheets are created."""

from __future__ import annotations

from xlrebal.tables.grid import Column
from xlrebal.tables.rulebook.log import LOG, LOG_TABLE

_C = Column

DRIFT = (
    _C("Group", 14),
    _C("Name", 30),
    _C("Code", 12),
    _C("Value", 16, "right"),
    _C("Weight", 10, "right"),
    _C("Target", 10, "right"),
    _C("Min", 9, "right"),
    _C("Max", 9, "right"),
    _C("Drift", 11, "right", scaled=True),
    _C("Status", 10, "center"),
    _C("Value after", 16, "right"),
    _C("Weight after", 10, "right"),
    _C("Drift after", 11, "right"),
)
ORDERS = (
    _C("No", 5, "right"),
    _C("Account", 13),
    _C("Action", 8, "center"),
    _C("Name", 29),
    _C("Code", 10),
    _C("Quantity", 10, "right"),
    _C("Price", 11, "right"),
    _C("Currency", 10, "center"),
    _C("Amount", 13, "right"),
    _C("Amount (base)", 13, "right"),
    _C("Commission", 12, "right"),
    _C("Slippage", 10, "right"),
    _C("Tax", 10, "right"),
    _C("Reason", 52, wrap=True),
    _C("Status", 10, "center"),
)
SKIPPED = (
    _C("Account", 16),
    _C("Name", 30),
    _C("Code", 12),
    _C("Wanted amount", 16, "right"),
    _C("Reason", 60, wrap=True),
)
TAX_LOSS = (
    _C("Account", 16),
    _C("Name", 30),
    _C("Code", 12),
    _C("Lot", 12, "center"),
    _C("Quantity", 11, "right"),
    _C("Cost", 15, "right"),
    _C("Value", 15, "right"),
    _C("Loss", 14, "right"),
    _C("Loss %", 9, "right"),
    _C("Tax saved", 13, "right"),
    _C("Replacement", 18),
    _C("Wash-sale status", 18),
    _C("Do not buy until", 15, "center"),
)
TRANSFERS = (
    _C("From", 16),
    _C("To", 16),
    _C("Amount", 16, "right"),
    _C("Currency", 10, "center"),
    _C("Reason", 60, wrap=True),
)
GAINS = (
    _C("State", 10, "center"),
    _C("Date", 12, "center"),
    _C("Counts on", 12, "center"),
    _C("Account", 14),
    _C("Name", 28),
    _C("Code", 12),
    _C("Acquired", 12, "center"),
    _C("Quantity", 11, "right"),
    _C("Proceeds", 15, "right"),
    _C("Cost", 15, "right"),
    _C("Gain", 14, "right"),
    _C("Washed loss", 12, "right"),
    _C("Term", 8, "center"),
    _C("Rule", 24, wrap=True),
    _C("Tax", 12, "right"),
    _C("Source", 26, wrap=True),
)
HARVEST = (
    _C("Pair", 6, "right"),
    *ORDERS[1:13],
    _C("Gain", 13, "right"),
    _C("Tax saved", 12, "right"),
    _C("Reason", 52, wrap=True),
    _C("Status", 10, "center"),
)
SUMMARY = (_C("Item", 30), _C("Value", 46, wrap=True))
HISTORY = (
    _C("Date", 12, "center"),
    _C("Total value", 17, "right"),
    _C("Invested cash", 16, "right"),
    _C("Worst drift", 12, "right"),
    _C("Trigger", 12, "center"),
    _C("Orders", 9, "right"),
    _C("Cost", 13, "right"),
    _C("Rules", 11, "center"),
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
