"""What the record of trades says of sales and purchases counts in full, or what is not known is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from books import mark_executed, write_book, xlrebal
from tax_books import KOREAN, family, items, messages, update

if TYPE_CHECKING:
    from pathlib import Path

US = {"base_currency": "USD", "tax_country": "US", "short_term_rate": 0.24, "long_term_rate": 0.15}
DAY = "2026-11-16"


def disallowed(data: dict[str, Any]) -> float:
    return sum(line["washed_loss"] for line in data["gains"])


def american(
    *trades: tuple[Any, ...], target: float = 0, units: int = 100, kind: str = "us_security", **more: Any
) -> dict[str, Any]:
    """Units of VTI, worth 80 and bought for 100 each; Trades have no column Account."""
    extra = {"Trades": [("Date", "Action", "Code", "Quantity", "Price"), *trades]}
    rates = more.pop("settings", US)
    return family(
        holdings=[("A", "VTI", units, 80, 100, "USD", None)],
        targets=[("VTI", target, None, None, kind, None), ("CASH", 1 - target, None, None, None, None)],
        accounts=[("A", "kim", None, "USD", more.pop("cash", 0))],
        more=extra,
        **more,
        **rates,
    )


@pytest.mark.parametrize("lots", [None, [("A", "VTI", "2026-11-05", 100, 100, None)]])
def test_a_purchase_without_account_does_not_wash_its_own_sale(tmp_path: Path, lots: Any) -> None:
    """Revenue Ruling 56-602: units of the purchase that is sold in full replace nothing."""
    data = update(tmp_path, american(("2026-11-05", "BUY", "VTI", 100, 100), lots=lots), DAY)
    assert [line["gain"] for line in data["gains"]] == [-2000]
    assert disallowed(data) == 0


def test_a_purchase_without_account_counts_once_beside_its_lot(tmp_path: Path) -> None:
    """50 units bought on 5 November undo 50 of the 150 sold at a loss of 20 each, not 100 of them."""
    lots = [("A", "VTI", "2025-01-02", 50, 100, None), ("A", "VTI", "2026-11-05", 50, 100, None)]
    trades = (
        ("2025-01-02", "BUY", "VTI", 150, 100),
        ("2026-11-05", "BUY", "VTI", 50, 100),
        ("2026-11-10", "SELL", "VTI", 100, 80),
    )
    data = update(tmp_path, american(*trades, target=0.5, lots=lots), DAY)
    recorded = [line for line in data["gains"] if line["state"] == "realized"]
    assert sum(line["washed_loss"] for line in recorded) == 50 * 20
    assert disallowed(data) == 50 * 20


@pytest.mark.parametrize("named", [True, False])
def test_of_several_accounts_a_purchase_without_account_is_the_one_of_lots(tmp_path: Path, named: bool) -> None:
    """30 units bought in B wash 30 of those sold in A, whether or not the row names B: 30 x 20."""
    tables = family(
        holdings=[("A", "VTI", 100, 80, 100, "USD", None), ("B", "VTI", 30, 80, 75, "USD", None)],
        targets=[("VTI", 0.2, None, None, "us_security", None), ("CASH", 0.8, None, None, None, None)],
        accounts=[("A", "kim", None, "USD", 0), ("B", "kim", None, "USD", 0)],
        lots=[("A", "VTI", "2025-01-02", 100, 100, None), ("B", "VTI", "2026-11-05", 30, 75, None)],
        more={
            "Trades": [
                ("Date", "Account", "Action", "Code", "Quantity", "Price"),
                ("2026-11-05", "B" if named else None, "BUY", "VTI", 30, 75),
            ]
        },
        **US,
    )
    assert disallowed(update(tmp_path, tables, DAY)) == 30 * 20


def test_a_loss_that_a_purchase_in_a_roth_account_undoes_is_lost(tmp_path: Path) -> None:
    """Revenue Ruling 2008-5: the units in the Roth account cost 75 each, as before, and are not sold at a loss."""
    tables = family(
        holdings=[
            ("A", "X", 100, 80, 100, "USD", None),
            ("B", "X", 30, 80, 75, "USD", None),
            ("A", "Y", 100, 80, 80, "USD", None),
        ],
        targets=[("X", 0.1, None, None, "us_security", None), ("Y", 0.9, None, None, "us_security", None)],
        accounts=[("A", "p", "taxable", "USD", 0), ("B", "q", "Roth", "USD", 0)],
        lots=[
            ("A", "X", "2025-01-05", 100, 100, None),
            ("B", "X", "2026-10-20", 30, 75, None),
            ("A", "Y", "2025-01-05", 100, 80, None),
        ],
        **US,
    )
    data = update(tmp_path, tables, DAY)
    assert disallowed(data) > 0
    assert not [loss for loss in data["tax_loss"] if loss["account"] == "B"]


def korean(*trades: tuple[Any, ...], target: float = 1, kind: str | None = "overseas_listed") -> dict[str, Any]:
    """100 VOO worth 600 dollars each, bought for 500 at 1,300 won; QQQ may stand in Targets with a class."""
    targets = [("VOO", target, None, None, "overseas_listed", None)]
    targets += [("QQQ", 0, 600, "USD", kind, None)] if kind != "no row" else []
    targets += [("CASH", 1 - target, None, None, None, None)] if target < 1 else []
    head = ("Date", "Account", "Action", "Code", "Quantity", "Price", "Currency", "FX rate", "Gain")
    return family(
        holdings=[("A", "VOO", 100, 600, 500, "USD", 1300), ("I", "VOO", 1, 600, 500, "USD", 1300)],
        targets=targets,
        accounts=[("A", "kim", None, "KRW", 0), ("B", "lee", None, "KRW", 0), ("I", "kim", "ISA", "KRW", 0)],
        fx={"USD": 1400},
        more={"Trades": [head, *trades]},
        **KOREAN,
    )


def sold(account: str = "A", gain: float | None = 5_000_000) -> tuple[Any, ...]:
    return ("2026-03-01", account, "SELL", "QQQ", 50, 600, "USD", 1400, gain)


@pytest.mark.parametrize("kind", ["no row", None])
def test_a_sale_of_an_asset_without_tax_class_leaves_the_year_of_its_owner_blank(tmp_path: Path, kind: Any) -> None:
    """Nobody knows whether 5,000,000 won used up the deduction of 2,500,000: nothing is called free of tax."""
    data = update(tmp_path, korean(sold(), kind=kind), DAY)
    assert items(data, "kim")["Gains realised"] is None
    assert items(data, "kim")["Tax of the year"] is None
    assert items(data, "lee")["Gains realised"] == 0
    assert data["summary"]["gains_budget"]["left"] is None
    assert data["harvest"] == []
    assert "QQQ" in messages(data)["Trades!A2"]
    named = update(tmp_path, korean(sold()), DAY)
    assert items(named, "kim")["Gains realised"] == 5_000_000


@pytest.mark.parametrize(("account", "kind"), [("A", "exempt"), ("A", "kr_other_etf"), ("I", "no row")])
def test_a_sale_that_is_not_netted_leaves_nothing_blank(tmp_path: Path, account: str, kind: str) -> None:
    data = update(tmp_path, korean(sold(account, gain=None), kind=kind), DAY)
    assert items(data, "kim")["Gains realised"] == 0
    assert "Trades!A2" not in messages(data)


def test_a_sale_of_an_earlier_year_without_tax_class_leaves_nothing_blank(tmp_path: Path) -> None:
    """Sold in New York on 29 December 2025 it still counts for 2025, on the 30th for 2026."""
    for day, known in (("2025-12-29", True), ("2025-12-30", False)):
        data = update(tmp_path, korean((day, *sold()[1:]), kind="no row"), DAY)
        assert (items(data, "kim")["Gains realised"] == 0) is known


def test_an_american_sale_without_tax_class_leaves_the_year_blank(tmp_path: Path) -> None:
    tables = american(target=0)
    tables["Trades"] = [
        ("Date", "Account", "Action", "Code", "Quantity", "Price", "Gain"),
        ("2026-02-02", "A", "SELL", "X", 100, 200, 15000),
    ]
    data = update(tmp_path, tables, DAY)
    assert items(data)["Tax of the year"] is None
    assert "X" in messages(data)["Trades!A2"]


BOUGHT, SOLD = ("2025-01-01", "BUY", "VTI", 100, 100), ("2026-11-10", "SELL", "VTI", 50, 80)
UNRATED = {"base_currency": "USD", "tax_country": "US"}


@pytest.mark.parametrize(
    ("kind", "rates"),
    [("us_security", US), ("us_security", UNRATED), ("us_stock", UNRATED), (None, US), ("exempt", US)],
)
def test_a_code_sold_at_a_loss_waits_whatever_is_known_of_its_tax(tmp_path: Path, kind: Any, rates: Any) -> None:
    """30 days after 10 November; an asset whose gains are exempt has no loss to lose."""
    data = update(tmp_path, american(BOUGHT, SOLD, target=1, units=50, kind=kind, cash=5000, settings=rates), DAY)
    orders = [(order["action"], order["code"]) for order in data["orders"]]
    if kind == "exempt":
        assert orders == [("BUY", "VTI")]
        return
    assert orders == []
    assert "2026-12-11" in next(s["reason"] for s in data["skipped"] if s["code"] == "VTI")


@pytest.mark.parametrize(("kind", "rates"), [("us_security", US), ("us_security", UNRATED), (None, US)])
def test_a_purchase_elsewhere_is_named_whatever_is_known_of_the_tax(tmp_path: Path, kind: Any, rates: Any) -> None:
    tables = family(
        holdings=[("A", "VTI", 100, 80, 100, "USD", None), ("I", "VTI", 100, 80, 81, "USD", None)],
        targets=[("VTI", 1, None, None, kind, None)],
        accounts=[("A", "kim", "taxable", "USD", 0), ("I", "kim", "IRA", "USD", 0)],
        more={
            "Trades": [
                ("Date", "Account", "Action", "Code", "Quantity", "Price"),
                ("2026-11-05", "I", "BUY", "VTI", 100, 81),
            ]
        },
        **rates,
    )
    loss = next(one for one in update(tmp_path, tables, DAY)["tax_loss"] if one["account"] == "A")
    assert loss["wash_sale"] == "bought on 2026-11-05"


SOLD_ALONE = ("2026-05-01", "A", "SELL", "VOO", 10, 600, "USD", 1400, None)


def bought(units: int, day: str = "2026-03-01") -> tuple[Any, ...]:
    return (day, "A", "BUY", "VOO", units, 590, "USD", 1400, None)


def test_an_average_that_the_record_cannot_have_is_not_known(tmp_path: Path) -> None:
    """100 units are held, the record explains none of them: they have a part in what 10 units cost on average."""
    data = update(tmp_path, korean(bought(10), SOLD_ALONE), DAY)
    assert items(data, "kim")["Gains realised"] is None
    assert "VOO" in messages(data)["Trades!A3"]
    assert items(data, "lee")["Gains realised"] == 0


@pytest.mark.parametrize("method", ["average", "fifo", "lifo", "highest_cost"])
def test_a_record_of_all_units_tells_what_its_sales_cost(tmp_path: Path, method: str) -> None:
    """110 bought for 590 dollars, 10 sold for 600, 100 left: 10 x 10 x 1,400 won."""
    tables = korean(bought(110), SOLD_ALONE)
    tables["Settings"] = [*tables["Settings"], ("lot_method", method)]
    assert items(update(tmp_path, tables, DAY), "kim")["Gains realised"] == 140_000


@pytest.mark.parametrize(("acquired", "gain"), [(None, None), ("2026-03-01", 140_000)])
@pytest.mark.parametrize("method", ["fifo", "lifo", "highest_cost", "specific"])
def test_a_sale_that_names_its_purchase_needs_no_others(tmp_path: Path, method: str, acquired: Any, gain: Any) -> None:
    tables = korean()
    rows = [("Acquired",), (None,), (acquired,)]
    head = tables["Trades"][0]
    tables["Trades"] = [(*a, *b) for a, b in zip([head, bought(10), SOLD_ALONE], rows, strict=True)]
    tables["Settings"] = [*tables["Settings"], ("lot_method", method)]
    assert items(update(tmp_path, tables, DAY), "kim")["Gains realised"] == gain


@pytest.mark.parametrize(("method", "gain"), [("fifo", 140_000), ("average", None)])
def test_units_that_lots_still_hold_were_not_sold(tmp_path: Path, method: str, gain: Any) -> None:
    """The 100 units of 2020 are all in Lots: lot by lot the 10 sold are those in Trades; an average has them in it."""
    tables = korean(bought(10), SOLD_ALONE)
    tables["Lots"] = [
        ("Account", "Code", "Acquired", "Quantity", "Unit cost", "FX rate"),
        ("A", "VOO", "2020-01-02", 100, 500, 1300),
    ]
    tables["Settings"] = [*tables["Settings"], ("lot_method", method)]
    assert items(update(tmp_path, tables, DAY), "kim")["Gains realised"] == gain


def test_an_american_sale_at_an_unknown_gain_is_not_bought_back(tmp_path: Path) -> None:
    """50 units that the record does not have may have cost more than 80: 30 days after 10 November."""
    data = update(tmp_path, american(SOLD, target=1, units=50, cash=5000), DAY)
    assert items(data)["Tax of the year"] is None
    assert data["orders"] == []
    reason = next(s["reason"] for s in data["skipped"] if s["code"] == "VTI")
    assert "gain is not known" in reason
    assert "2026-12-11" in reason


@pytest.mark.parametrize(
    ("trades", "expected"),
    [
        ([("2020-01-05", "BUY", "VTI", 100, 70)], {("long", 100, "2020-01-05", 1000)}),
        # The oldest are sold; of what is left 60 are long.
        (
            [
                ("2020-01-05", "BUY", "VTI", 90, 70),
                ("2026-02-02", "BUY", "VTI", 40, 75),
                ("2026-03-02", "SELL", "VTI", 30, 70),
            ],
            {("long", 60, "2020-01-05", 600), ("short", 40, "2026-02-02", 400)},
        ),
        # One unit more than the record has: nobody knows which.
        ([("2020-01-05", "BUY", "VTI", 99, 70)], {("short", 100, None, 1000)}),
    ],
)
def test_trades_that_explain_all_units_tell_how_long_they_were_held(tmp_path: Path, trades: Any, expected: Any) -> None:
    """Without Lots; 100 units held, sold at 80 each, cost as Holdings has it: 70 each."""
    tables = american(*trades)
    head, row = tables["Holdings"]
    tables["Holdings"] = [head, (*row[:4], 70, *row[5:])]
    found = [line for line in update(tmp_path, tables, DAY)["gains"] if line["state"] == "planned"]
    assert {(one["term"], one["quantity"], one["acquired"], one["gain"]) for one in found} == expected


def test_what_record_writes_agrees_with_the_plan(tmp_path: Path) -> None:
    """Sold and recorded, the units of 2020 are as long as they were in the plan."""
    tables = american(("2020-01-05", "BUY", "VTI", 100, 70))
    path = write_book(tmp_path / "family.xlsx", tables)
    planned = xlrebal("update", path, "--as-of", DAY, "--now", "--json").data["gains"]
    assert [(one["state"], one["term"], one["gain"]) for one in planned] == [("planned", "long", -2000)]
    mark_executed(path, [1])
    assert xlrebal("record", path, "--date", DAY).status == 0
    lines = xlrebal("update", path, "--as-of", DAY, "--json").data["gains"]
    assert [(one["state"], one["term"], one["gain"]) for one in lines] == [("realized", "long", -2000)]
