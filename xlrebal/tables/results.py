"""The columns of every result table of a plan, in the order in which sheets are created."""

from __future__ import annotations

from xlrebal.tables import formats as f
from xlrebal.tables.grid import Column
from xlrebal.tables.rulebook.log import LOG, LOG_TABLE

_C = Column

DRIFT = (
    _C("Group", 14, number_format=f.TEXT),
    _C("Name", 30, number_format=f.TEXT),
    _C("Code", 12, number_format=f.TEXT),
    _C("Value", 16, "right", number_format=f.BASE),
    _C("Weight", 10, "right", number_format=f.WEIGHT),
    _C("Target", 10, "right", number_format=f.WEIGHT),
    _C("Min", 9, "right", number_format=f.WEIGHT),
    _C("Max", 9, "right", number_format=f.WEIGHT),
    _C("Drift", 11, "right", scaled=True, number_format=f.DRIFT),
    _C("Status", 10, "center", number_format=f.TEXT),
    _C("Value after", 16, "right", number_format=f.BASE),
    _C("Weight after", 10, "right", number_format=f.WEIGHT),
    _C("Drift after", 11, "right", number_format=f.DRIFT),
)
ORDERS = (
    _C("No", 5, "right", number_format=f.COUNT),
    _C("Account", 13, number_format=f.TEXT),
    _C("Action", 8, "center", number_format=f.TEXT),
    _C("Name", 29, number_format=f.TEXT),
    _C("Code", 10, number_format=f.TEXT),
    _C("Quantity", 10, "right", number_format=f.QUANTITY),
    _C("Price", 11, "right", number_format=f.TRADED),
    _C("Currency", 10, "center", number_format=f.TEXT),
    _C("Amount", 13, "right", number_format=f.TRADED),
    _C("Amount (base)", 13, "right", number_format=f.BASE),
    _C("Commission", 12, "right", number_format=f.TRADED),
    _C("Slippage", 10, "right", number_format=f.TRADED),
    _C("Tax", 10, "right", number_format=f.BASE),
    _C("Reason", 52, wrap=True, number_format=f.TEXT),
    _C("Status", 10, "center", number_format=f.TEXT),
)
SKIPPED = (
    _C("Account", 16, number_format=f.TEXT),
    _C("Name", 30, number_format=f.TEXT),
    _C("Code", 12, number_format=f.TEXT),
    _C("Wanted amount", 16, "right", number_format=f.BASE),
    _C("Reason", 60, wrap=True, number_format=f.TEXT),
)
TAX_LOSS = (
    _C("Account", 16, number_format=f.TEXT),
    _C("Name", 30, number_format=f.TEXT),
    _C("Code", 12, number_format=f.TEXT),
    _C("Lot", 12, "center", number_format=f.DATE),
    _C("Quantity", 11, "right", number_format=f.QUANTITY),
    _C("Cost", 15, "right", number_format=f.BASE),
    _C("Value", 15, "right", number_format=f.BASE),
    _C("Loss", 14, "right", number_format=f.BASE),
    _C("Loss %", 9, "right", number_format=f.WEIGHT),
    _C("Tax saved", 13, "right", number_format=f.BASE),
    _C("Replacement", 18, number_format=f.TEXT),
    _C("Wash-sale status", 18, number_format=f.TEXT),
    _C("Do not buy until", 15, "center", number_format=f.DATE),
)
TRANSFERS = (
    _C("From", 16, number_format=f.TEXT),
    _C("To", 16, number_format=f.TEXT),
    _C("Amount", 16, "right", number_format=f.TRADED),
    _C("Currency", 10, "center", number_format=f.TEXT),
    _C("Reason", 60, wrap=True, number_format=f.TEXT),
)
GAINS = (
    _C("State", 10, "center", number_format=f.TEXT),
    _C("Date", 12, "center", number_format=f.DATE),
    _C("Counts on", 12, "center", number_format=f.DATE),
    _C("Account", 14, number_format=f.TEXT),
    _C("Name", 28, number_format=f.TEXT),
    _C("Code", 12, number_format=f.TEXT),
    _C("Acquired", 12, "center", number_format=f.DATE),
    _C("Quantity", 11, "right", number_format=f.QUANTITY),
    _C("Proceeds", 15, "right", number_format=f.BASE),
    _C("Cost", 15, "right", number_format=f.BASE),
    _C("Gain", 14, "right", number_format=f.BASE),
    _C("Washed loss", 12, "right", number_format=f.BASE),
    _C("Term", 8, "center", number_format=f.TEXT),
    _C("Rule", 24, wrap=True, number_format=f.TEXT),
    _C("Tax", 12, "right", number_format=f.BASE),
    _C("Source", 26, wrap=True, number_format=f.TEXT),
)
HARVEST = (
    _C("Pair", 6, "right", number_format=f.COUNT),
    *ORDERS[1:13],
    _C("Gain", 13, "right", number_format=f.BASE),
    _C("Tax saved", 12, "right", number_format=f.BASE),
    _C("Reason", 52, wrap=True, number_format=f.TEXT),
    _C("Status", 10, "center", number_format=f.TEXT),
)
SUMMARY = (_C("Item", 30, number_format=f.TEXT), _C("Value", 46, wrap=True, number_format=f.EACH_ROW))
HISTORY = (
    _C("Date", 12, "center", number_format=f.DATE),
    _C("Total value", 17, "right", number_format=f.BASE),
    _C("Invested cash", 16, "right", number_format=f.BASE),
    _C("Worst drift", 12, "right", number_format=f.WEIGHT),
    _C("Trigger", 12, "center", number_format=f.TEXT),
    _C("Orders", 9, "right", number_format=f.COUNT),
    _C("Cost", 13, "right", number_format=f.BASE),
    _C("Rules", 11, "center", number_format=f.TEXT),
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
