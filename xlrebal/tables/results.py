"""The columns of every result table of a plan, in the order in which sheets are created."""

from __future__ import annotations

from xlrebal.tables import formats as f
from xlrebal.tables.grid import Column
from xlrebal.tables.rulebook.log import LOG, LOG_TABLE

_C = Column

DRIFT = (
    _C("Group", 16, wrap=True, number_format=f.TEXT),
    _C("Name", 30, wrap=True, number_format=f.TEXT),
    _C("Code", 15, number_format=f.TEXT),
    _C("Value", 17, "right", number_format=f.BASE),
    _C("Weight", 11, "right", number_format=f.WEIGHT),
    _C("Target", 11, "right", number_format=f.WEIGHT),
    _C("Min", 10, "right", number_format=f.WEIGHT),
    _C("Max", 10, "right", number_format=f.WEIGHT),
    _C("Drift", 11, "right", scaled=True, number_format=f.DRIFT),
    _C("Status", 12, "center", number_format=f.TEXT),
    _C("Value after", 17, "right", number_format=f.BASE),
    _C("Weight after", 13, "right", number_format=f.WEIGHT),
    _C("Drift after", 13, "right", number_format=f.DRIFT),
)
ORDERS = (
    _C("No", 7, "right", number_format=f.COUNT),
    _C("Account", 18, wrap=True, number_format=f.TEXT),
    _C("Action", 10, "center", number_format=f.TEXT),
    _C("Name", 30, wrap=True, number_format=f.TEXT),
    _C("Code", 15, number_format=f.TEXT),
    _C("Quantity", 14, "right", refined=f.WHOLE, number_format=f.QUANTITY),
    _C("Price", 15, "right", refined=f.BY_CURRENCY, number_format=f.TRADED),
    _C("Currency", 12, "center", number_format=f.TEXT),
    _C("Amount", 17, "right", refined=f.BY_CURRENCY, number_format=f.TRADED),
    _C("Amount (base)", 17, "right", number_format=f.BASE),
    _C("Commission", 15, "right", refined=f.BY_CURRENCY, number_format=f.TRADED),
    _C("Slippage", 14, "right", refined=f.BY_CURRENCY, number_format=f.TRADED),
    _C("Tax", 15, "right", number_format=f.BASE),
    _C("Reason", 50, wrap=True, number_format=f.TEXT),
    _C("Status", 14, "center", wrap=True, number_format=f.TEXT),
)
SKIPPED = (
    _C("Account", 18, wrap=True, number_format=f.TEXT),
    _C("Name", 30, wrap=True, number_format=f.TEXT),
    _C("Code", 15, number_format=f.TEXT),
    _C("Wanted amount", 17, "right", number_format=f.BASE),
    _C("Reason", 60, wrap=True, number_format=f.TEXT),
)
TAX_LOSS = (
    _C("Account", 18, wrap=True, number_format=f.TEXT),
    _C("Name", 30, wrap=True, number_format=f.TEXT),
    _C("Code", 15, number_format=f.TEXT),
    _C("Lot", 12, "center", number_format=f.DATE),
    _C("Quantity", 14, "right", refined=f.WHOLE, number_format=f.QUANTITY),
    _C("Cost", 17, "right", number_format=f.BASE),
    _C("Value", 17, "right", number_format=f.BASE),
    _C("Loss", 18, "right", number_format=f.BASE),
    _C("Loss %", 11, "right", number_format=f.WEIGHT),
    _C("Tax saved", 15, "right", number_format=f.BASE),
    _C("Replacement", 18, wrap=True, number_format=f.TEXT),
    _C("Wash-sale status", 18, wrap=True, number_format=f.TEXT),
    _C("Do not buy until", 16, "center", number_format=f.DATE),
)
TRANSFERS = (
    _C("From", 18, wrap=True, number_format=f.TEXT),
    _C("To", 18, wrap=True, number_format=f.TEXT),
    _C("Amount", 17, "right", refined=f.BY_CURRENCY, number_format=f.TRADED),
    _C("Currency", 12, "center", number_format=f.TEXT),
    _C("Reason", 60, wrap=True, number_format=f.TEXT),
)
GAINS = (
    _C("State", 12, "center", number_format=f.TEXT),
    _C("Date", 12, "center", number_format=f.DATE),
    _C("Counts on", 12, "center", number_format=f.DATE),
    _C("Account", 18, wrap=True, number_format=f.TEXT),
    _C("Name", 28, wrap=True, number_format=f.TEXT),
    _C("Code", 15, number_format=f.TEXT),
    _C("Acquired", 13, "center", number_format=f.DATE),
    _C("Quantity", 14, "right", refined=f.WHOLE, number_format=f.QUANTITY),
    _C("Proceeds", 17, "right", number_format=f.BASE),
    _C("Cost", 17, "right", number_format=f.BASE),
    _C("Gain", 18, "right", number_format=f.BASE),
    _C("Washed loss", 15, "right", number_format=f.BASE),
    _C("Term", 12, "center", number_format=f.TEXT),
    _C("Rule", 24, wrap=True, number_format=f.TEXT),
    _C("Tax", 15, "right", number_format=f.BASE),
    _C("Source", 26, wrap=True, number_format=f.TEXT),
)
HARVEST = (
    _C("Pair", 7, "right", number_format=f.COUNT),
    *ORDERS[1:13],
    _C("Gain", 18, "right", number_format=f.BASE),
    _C("Tax saved", 15, "right", number_format=f.BASE),
    *ORDERS[13:],
)
SUMMARY = (_C("Item", 40, wrap=True, number_format=f.TEXT), _C("Value", 50, wrap=True, number_format=f.EACH_ROW))
HISTORY = (
    _C("Date", 12, "center", number_format=f.DATE),
    _C("Total value", 17, "right", number_format=f.BASE),
    _C("Invested cash", 17, "right", number_format=f.BASE),
    _C("Worst drift", 13, "right", number_format=f.WEIGHT),
    _C("Trigger", 14, "center", number_format=f.TEXT),
    _C("Orders", 11, "right", number_format=f.COUNT),
    _C("Cost", 15, "right", number_format=f.BASE),
    _C("Rules", 12, "center", number_format=f.TEXT),
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
