"""Recording executed orders: once, whole or not at all, and the next update starts from what is held then."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import killing
import openpyxl
import pytest
from books import FAMILY, mark_executed, rows_of, settings, values_of, write_book, xlrebal

DAY = "2026-03-04"
ACCOUNTS = [("Account", "Currency", "Cash", "Contribution"), ("Main", "KRW", 100_000, None)]
TRADES = [("Date", "Account", "Action", "Code", "Quantity", "Price", "Commission", "Trigger", "Note", "Gain", "Mine")]


def planned(folder: Path, *, as_tables: bool = False, **tables: Any) -> Path:
    """A family with its orders: 069500 is sold, 360750 bought."""
    holdings = [FAMILY["Holdings"][0], ("Main", "069500", "Korea", 150, 35000, 30000), FAMILY["Holdings"][2]]
    given = FAMILY | {
        "Holdings": holdings,
        "Accounts": ACCOUNTS,
        "Settings": settings(commission_rate=0.001),
        "Trades": TRADES,
    }
    path = write_book(folder / "family.xlsx", given | tables, as_tables=as_tables)
    assert xlrebal("update", path, "--as-of", DAY, "--now").status == 0
    return path


@pytest.mark.parametrize("as_tables", [False, True])
def test_executed_orders_roll_everything_forward(tmp_path: Path, as_tables: bool) -> None:
    path = planned(tmp_path, as_tables=as_tables, Trades=[*TRADES, *([[None] * 11] if as_tables else [])])
    orders = values_of(path, "Orders")
    assert [(r[2], r[4], r[5]) for r in orders[1:]] == [("SELL", "069500", 43), ("BUY", "360750", 80)]
    mark_executed(path, Quantity2=70, Price2=20100)
    run = xlrebal("record", path, "--date", "2026-03-05", "--note", "spring", "--json")
    assert run.status == 0, run.err
    assert values_of(path, "Holdings")[1:] == [
        ["Main", "069500", "Korea", 107, 35000, 30000],
        # 200 at 15,000 and 70 at 20,100 with 1,407 of commission: that of the sheet was for the 80 planned
        ["Main", "360750", "World", 270, 20000, pytest.approx((3_000_000 + 1_407_000 + 1_407) / 270)],
    ]
    # 100,000 + 1,505,000 - 1,505 - 1,407,000 - 1,407
    assert values_of(path, "Accounts")[1][2] == 195_088
    trades = values_of(path, "Trades")[1:]
    assert [t[1:6] for t in trades] == [["Main", "SELL", "069500", 43, 35000], ["Main", "BUY", "360750", 70, 20100]]
    # 43 x 35,000 - 1,505 - 43 x 30,000
    assert (trades[0][9], trades[0][7], trades[0][8]) == (213_495, "drift", "spring")
    assert [r[14] for r in values_of(path, "Orders")[1:]] == ["recorded", "recorded"]
    log = run.data["log"][0]
    assert (log["date"], log["trigger"], log["orders"], log["note"]) == ("2026-03-05", "drift", 2, "spring")
    assert log["slippage"] == 70 * 100
    assert log["drift_after"] < log["drift_before"]
    # The date that was written down goes on.
    assert values_of(path, "Settings")[2][1].date().isoformat() == "2026-03-05"
    again = xlrebal("update", path, "--as-of", "2026-03-06", "--json")
    assert again.status == 0
    assert again.data["total_value"] == 107 * 35000 + 270 * 20000 + 195_088


def test_a_second_run_records_nothing(tmp_path: Path) -> None:
    path = planned(tmp_path)
    mark_executed(path)
    assert xlrebal("record", path, "--date", DAY).status == 0
    before = path.read_bytes()
    run = xlrebal("record", path, "--date", DAY)
    assert (run.status, run.out) == (0, "Nothing to record: no order has the Status executed.\n")
    assert path.read_bytes() == before
    # Even a mark that is set again does not double a trade.
    mark_executed(path, [1])
    run = xlrebal("record", path, "--date", DAY)
    assert run.status == 3
    assert "Orders!O2: this order is in Trades already" in run.err


def test_a_partly_executed_sheet_records_its_part(tmp_path: Path) -> None:
    path = planned(tmp_path)
    mark_executed(path, [1], Status2="too expensive")
    assert xlrebal("record", path, "--date", DAY).status == 0
    assert len(values_of(path, "Trades")) == 2
    assert [r[14] for r in values_of(path, "Orders")[1:]] == ["recorded", "too expensive"]
    run = xlrebal("update", path, "--as-of", "2026-03-05", "--now")
    assert "the marks on 1 order of the last plan are replaced" in run.err


def test_an_update_never_loses_an_executed_order(tmp_path: Path) -> None:
    path = planned(tmp_path)
    mark_executed(path)
    before = path.read_bytes()
    run = xlrebal("update", path, "--as-of", DAY)
    assert run.status == 3
    assert run.err.startswith("Orders!O2: 2 orders marked as executed and not recorded yet")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Quantity1": "ten"}, 'Orders!F2: quantity "ten" is not a number'),
        ({"Quantity1": 0}, "Orders!F2: an executed order of 0"),
        ({"Quantity1": None}, "Orders!F2: the quantity of an executed order is missing"),
        ({"Price1": None}, "Orders!G2: the price of an executed order is missing"),
        ({"Quantity1": 151}, "Orders!E2: 151 of 069500 sold in Main, which holds 150"),
        ({"Code1": "000001"}, "Orders!E2: code 000001 is not in Targets"),
        ({"Account1": "Other"}, "Orders!B2: account Other is not in Accounts"),
        ({"Action1": "HOLD"}, 'Orders!C2: action "HOLD" is neither BUY nor SELL'),
    ],
)
def test_what_cannot_have_happened_is_named_and_nothing_is_written(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    path = planned(tmp_path)
    mark_executed(path, **changes)
    before = path.read_bytes()
    run = xlrebal("record", path, "--date", DAY)
    assert run.status == 3
    assert message in run.err
    assert path.read_bytes() == before


def test_a_formula_is_never_overwritten(tmp_path: Path) -> None:
    path = planned(tmp_path)
    mark_executed(path, [1])
    book = openpyxl.load_workbook(path)
    book["Accounts"]["C2"] = "=50000+50000"
    book.save(path)
    # openpyxl leaves the formula without a value; a spreadsheet program would show 100,000.
    put_cached_value(path, "C2", "100000")
    before = path.read_bytes()
    run = xlrebal("record", path, "--date", DAY)
    assert run.status == 4
    assert "Accounts!C2 holds a formula, which is never overwritten" in run.err
    assert path.read_bytes() == before


def put_cached_value(path: Path, cell: str, value: str) -> None:
    import re
    import zipfile

    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            pattern = rf'(<c r="{cell}"[^>]*><f>[^<]*</f>)<v ?/?>(</v>)?'.encode()
            new.writestr(name, re.sub(pattern, rb"\1<v>" + value.encode() + b"</v>", content))


def test_a_value_formula_shows_the_new_value(tmp_path: Path) -> None:
    holdings = [
        ("Account", "Code", "Name", "Quantity", "Price", "Avg cost", "Value"),
        ("Main", "069500", "Korea", 150, 35000, 30000, "=D2*E2"),
        ("Main", "360750", "World", 200, 20000, 15000, 4_000_000),
    ]
    given = FAMILY | {"Holdings": holdings, "Accounts": ACCOUNTS, "Trades": TRADES}
    path = write_book(tmp_path / "family.xlsx", given)
    put_cached_value(path, "G2", "5250000")
    assert xlrebal("update", path, "--as-of", DAY, "--now").status == 0
    mark_executed(path)
    # Saving with openpyxl dropped the cached value again.
    put_cached_value(path, "G2", "5250000")
    assert xlrebal("record", path, "--date", DAY).status == 0
    assert openpyxl.load_workbook(path)["Holdings"]["G2"].value == "=D2*E2"
    shown = openpyxl.load_workbook(path, data_only=True)["Holdings"]
    assert shown["G2"].value == shown["D2"].value * 35000
    assert shown["G3"].value == shown["D3"].value * 20000
    assert xlrebal("update", path, "--as-of", "2026-03-05").status == 0


def test_lots_lose_units_in_order_and_gain_new_ones(tmp_path: Path) -> None:
    lots = [
        ("Account", "Code", "Acquired", "Quantity", "Unit cost"),
        ("Main", "069500", "2024-01-02", 30, 20000),
        ("Main", "069500", "2025-01-02", 120, 32500),
    ]
    path = planned(tmp_path, Lots=lots, Settings=settings(lot_method="fifo"))
    mark_executed(path)
    assert xlrebal("record", path, "--date", "2026-03-05").status == 0
    found = values_of(path, "Lots")[1:]
    assert [row[3] for row in found] == [0, 107]
    # 360750 has no lots, so it goes on with its average cost. The sale is recorded purchase by purchase.
    trades = values_of(path, "Trades")[1:]
    assert [(t[2], t[4], t[9]) for t in trades] == [
        ("SELL", 30, 30 * 15000),
        ("SELL", 13, 13 * 2500),
        ("BUY", 80, None),
    ]


def test_a_family_without_trades_and_accounts_gets_a_record(tmp_path: Path) -> None:
    tables = {"Holdings": FAMILY["Holdings"], "Targets": FAMILY["Targets"], "Settings": settings(new_cash=1_000_000)}
    path = write_book(tmp_path / "family.xlsx", tables)
    assert xlrebal("update", path, "--as-of", DAY).status == 0
    mark_executed(path, [1])
    run = xlrebal("record", path, "--date", DAY)
    assert run.status == 0
    trades = values_of(path, "Trades")
    assert trades[0][:4] == ["Date", "Account", "Action", "Code"]
    # The new cash was spent, so it has come: 1,000,000 paid in, 50 x 20,000 bought.
    assert [row[1:6] for row in trades[1:]] == [
        ["Main", "DEPOSIT", None, 1_000_000, 1],
        ["Main", "BUY", "360750", 50, 20000],
    ]
    assert values_of(path, "Settings")[3] == ["new_cash", 0]


def test_a_contribution_counts_as_paid_in_once_it_is_spent(tmp_path: Path) -> None:
    accounts = [("Account", "Currency", "Cash", "Contribution"), ("Main", "KRW", 10_000, 3_000_000)]
    path = planned(tmp_path, Accounts=accounts)
    assert values_of(path, "Orders")[1][2] == "BUY"
    mark_executed(path, [1])
    run = xlrebal("record", path, "--date", DAY)
    assert "the contribution to Main counts as paid in" in run.err
    cash, left = values_of(path, "Accounts")[1][2:4]
    assert left == 0
    order = values_of(path, "Orders")[1]
    assert cash == 3_010_000 - order[8] - order[10]


def test_killed_at_any_moment_the_file_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    path = planned(tmp_path)
    mark_executed(path)
    reference = tmp_path / "reference.xlsx"
    shutil.copy(path, reference)
    assert xlrebal("record", reference, "--date", DAY).status == 0
    after = values_of(reference, "Trades")
    victim = killing.fresh(path, tmp_path / "killed")
    command = ["record", victim, "--date", DAY, "--quiet"]
    calls = killing.run(command)
    assert calls is not None
    outcomes = set()
    for moment in calls.moments(10):
        killing.fresh(path, victim.parent)
        killing.run(command, kill_at=moment)
        recorded = values_of(victim, "Trades")
        assert recorded in (TRADES_ONLY, after)
        outcomes.add(len(recorded))
        # Whatever happened, recording again ends in the same state.
        assert xlrebal("record", victim, "--date", DAY).status == 0
        assert values_of(victim, "Trades") == after
    assert outcomes == {1, 3}


TRADES_ONLY = [list(TRADES[0])]


def test_a_table_keeps_its_waiting_rows_and_grows_when_they_are_used_up(tmp_path: Path) -> None:
    spare = [*TRADES, *([[None] * 11] * 3)]
    path = planned(tmp_path, as_tables=True, Trades=spare)
    extent = openpyxl.load_workbook(path)["Trades"].tables["Trades"].ref
    mark_executed(path)
    assert xlrebal("record", path, "--date", "2026-03-05").status == 0
    assert openpyxl.load_workbook(path)["Trades"].tables["Trades"].ref == extent
    for day in ("2026-03-06", "2026-03-07"):
        mark_executed(path, Quantity1=1, Quantity2=1)
        assert xlrebal("record", path, "--date", day).status == 0
    assert openpyxl.load_workbook(path)["Trades"].tables["Trades"].ref == "A1:K7"
    assert len(values_of(path, "Trades")) == 7


def test_a_pair_that_sells_and_buys_back_leaves_the_moving_average(tmp_path: Path) -> None:
    """Of 100 at 10,000, 40 are sold and bought back at 20,000: 60 x 10,000 and 40 x 20,000 are 14,000 each."""
    tables = {
        "Holdings": [("Account", "Code", "Quantity", "Price", "Avg cost"), ("Main", "A", 100, 20000, 10000)],
        "Targets": [("Code", "Target", "Price", "Tax class"), ("A", 1, 20000, "overseas_listed")],
        "Settings": settings(tax_country="KR", realized_gains=2_100_000),
        "Accounts": [("Account", "Currency", "Cash"), ("Main", "KRW", 0)],
        "Trades": TRADES,
    }
    path = write_book(tmp_path / "family.xlsx", tables)
    assert xlrebal("update", path, "--as-of", DAY).status == 0
    assert [(row["Action"], row["Quantity"]) for row in rows_of(path, "Harvest")] == [("SELL", 40), ("BUY", 40)]
    mark_executed(path, table="Harvest")
    assert xlrebal("record", path, "--date", DAY).status == 0
    assert values_of(path, "Holdings")[1][2:5] == [100, 20000, 14000]
