"""Input tables to be added to a workbook through the writer itself."""

from decimal import Decimal

from xlrebal.workbook.cells import Cell, Changeset, Column, TableWrite


def table(name: str, headers: list[str], rows: list[list[object]], sheet: str = "") -> TableWrite:
    columns = tuple(Column(header, 14) for header in headers)
    cells = tuple(tuple(Cell(value) for value in row) for row in rows)  # type: ignore[arg-type]
    return TableWrite(name, sheet or name, columns, cells)


HOLDINGS = table(
    "Holdings",
    ["Account", "Code", "Name", "Quantity", "Price", "Avg cost"],
    [
        ["Main", "069500", "코스피", 100, 35000, 40000],
        ["Main", "360750", '=HYPERLINK("http://a.example")', 200, 20000, 15000],
    ],
)
TARGETS = table(
    "Targets",
    ["Name", "Code", "Target", "Min", "Max"],
    [
        ["코스피", "069500", Decimal("0.3"), Decimal("0.2"), Decimal("0.4")],
        ['=HYPERLINK("http://a.example")', "360750", Decimal("0.7"), None, None],
    ],
)
SETTINGS = table("Settings", ["Setting", "Value"], [["base_currency", "KRW"], ["drift_threshold", Decimal("0.05")]])
INPUTS = Changeset((HOLDINGS, TARGETS, SETTINGS))
