"""Exports and prices in other currencies than the workbook's rows: converted and said, or refused; never mixed."""

from __future__ import annotations

import datetime as dt
import sys
import types
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import FAMILY, write_book, xlrebal

FX = [("Currency", "Rate"), ("USD", 1400), ("GBP", 1800)]
HEAD = ("Account", "Code", "Name", "Quantity", "Price", "Avg cost", "Currency", "Value")


def family(folder: Path, currency: str | None, *, price: float = 300_000, cost: float = 250_000, **more: Any) -> Path:
    """One holding of 10 AAPL in a won account; its row in some currency, or in none."""
    row = ("Main", "AAPL", "Apple", 10, price, cost, currency, price * 10)
    tables = {
        "Holdings": [HEAD, row],
        "Targets": [("Name", "Code", "Target", "Currency"), ("Apple", "AAPL", 1, None)],
        "Accounts": [("Account", "Currency", "Cash"), ("Main", "KRW", 0)],
        "FX": FX,
    }
    return write_book(folder / "family.xlsx", FAMILY | tables | more)


def take(path: Path, text: str, *options: str) -> Any:
    export = path.parent / "export.csv"
    export.write_text(text, encoding="utf-8")
    return xlrebal("import", path, export, "--account", "Main", *options)


def row(path: Path, number: int = 2) -> dict[str, Any]:
    sheet = openpyxl.load_workbook(path)["Holdings"]
    return {head.value: cell.value for head, cell in zip(sheet[1], sheet[number], strict=True)}


def test_a_price_in_dollars_enters_a_row_in_won_at_the_rate(tmp_path: Path) -> None:
    path = family(tmp_path, "KRW")
    run = take(path, "code,quantity,price,average cost,currency\nAAPL,12,230.5,190,USD\n")
    assert run.status == 0, run.err
    # 230.5 x 1,400
    assert (row(path)["Price"], row(path)["Value"], row(path)["Quantity"]) == (322_700, 3_872_400, 12)
    assert "AAPL price, 230.5 USD at 1,400: 300,000 -> 322,700" in run.out
    # What it cost in won depends on the day of the purchase: the old figure stays.
    assert row(path)["Avg cost"] == 250_000
    assert "export.csv:2: the average cost of AAPL stays: the export has it in USD, the row is in KRW" in run.err


def test_between_two_foreign_currencies_both_rates_count(tmp_path: Path) -> None:
    path = family(tmp_path, "GBP", price=200, cost=150)
    run = take(path, "code,quantity,price,currency\nAAPL,10,230.5,USD\n")
    assert run.status == 0, run.err
    assert row(path)["Price"] == pytest.approx(230.5 * 1400 / 1800, abs=1e-6)


@pytest.mark.parametrize("currency", ["KRW", None])
@pytest.mark.parametrize("named", ["EUR", "CHF"])
def test_without_a_rate_the_line_is_refused(tmp_path: Path, currency: str | None, named: str) -> None:
    path = family(tmp_path, currency)
    before = path.read_bytes()
    run = take(path, f"code,quantity,price,currency\nAAPL,12,230.5,{named}\n")
    assert run.status == 3
    assert f"export.csv:2: AAPL is in {named}, its row in KRW, and FX has no rate between them" in run.err
    assert path.read_bytes() == before


def test_a_blank_currency_is_that_of_the_account(tmp_path: Path) -> None:
    path = family(tmp_path, None)
    assert take(path, "code,quantity,price,currency\nAAPL,12,230.5,USD\n").status == 0
    assert row(path)["Price"] == 322_700


def test_the_same_currency_is_taken_as_it_is(tmp_path: Path) -> None:
    path = family(tmp_path, "USD", price=200, cost=150)
    run = take(path, "종목코드,종목명,보유수량,현재가,평균단가,통화\nAAPL,애플,12,230.5,190,달러\n")
    assert run.status == 0, run.err
    assert (row(path)["Price"], row(path)["Avg cost"]) == (230.5, 190)


@pytest.mark.parametrize(
    "text",
    [
        "종목코드,종목명,보유수량,현재가\nAAPL,애플,12,322700\n",
        "code,quantity,price\nAAPL,12,230.5\n",
        '"Positions for account Main"\nSymbol,Description,Quantity,Price\nAAPL,Apple,12,$230.5\n',
    ],
    ids=["Korean broker", "no broker", "American broker"],
)
def test_an_export_that_does_not_say_its_currency_is_refused_where_it_matters(tmp_path: Path, text: str) -> None:
    path = family(tmp_path, "GBP", price=200, cost=150)
    before = path.read_bytes()
    run = take(path, text)
    assert run.status == 3
    assert "the export does not say whether AAPL, whose row is in GBP, is in GBP or " in run.err
    assert path.read_bytes() == before


def test_an_american_export_does_not_enter_won_unasked(tmp_path: Path) -> None:
    path = family(tmp_path, "KRW")
    run = take(path, '"Positions for account Main"\nSymbol,Description,Quantity,Price\nAAPL,Apple,12,$230.5\n')
    assert run.status == 3
    assert "is in KRW or USD" in run.err


def test_units_alone_need_no_currency(tmp_path: Path) -> None:
    path = family(tmp_path, "USD", price=200, cost=150)
    assert take(path, "code,quantity\nAAPL,12\n").status == 0
    assert (row(path)["Quantity"], row(path)["Price"]) == (12, 200)


def test_a_mapping_of_the_family_says_the_currency(tmp_path: Path) -> None:
    path = family(tmp_path, "KRW")
    mapping = tmp_path / "columns.yaml"
    mapping.write_text("columns: {code: [id], quantity: [n], price: [p]}\ncurrency: USD\n", encoding="utf-8")
    run = take(path, "id,n,p\nAAPL,12,230.5\n", "--mapping", str(mapping))
    assert run.status == 0, run.err
    assert row(path)["Price"] == 322_700


def test_a_new_row_takes_the_currency_of_the_export(tmp_path: Path) -> None:
    targets = [("Name", "Code", "Target"), ("Apple", "AAPL", 0.5), ("S&P 500", "VOO", 0.5)]
    path = family(tmp_path, "KRW", Targets=targets)
    run = take(path, "code,quantity,price,average cost,currency\nAAPL,10,300000,,KRW\nVOO,3,600,500,USD\n")
    assert run.status == 0, run.err
    new = row(path, 3)
    assert (new["Code"], new["Price"], new["Avg cost"], new["Currency"]) == ("VOO", 600, 500, "USD")
    total = xlrebal("update", path, "--as-of", "2026-03-04", "--json", "--dry-run").data["total_value"]
    assert total == 10 * 300_000 + 3 * 600 * 1400


def test_a_new_row_without_a_column_for_its_currency_is_converted(tmp_path: Path) -> None:
    targets = [("Name", "Code", "Target"), ("Apple", "AAPL", 0.5), ("S&P 500", "VOO", 0.5)]
    holdings = [HEAD[:6], ("Main", "AAPL", "Apple", 10, 300_000, 250_000)]
    path = family(tmp_path, "KRW", Targets=targets, Holdings=holdings)
    run = take(path, "code,quantity,price,average cost,currency\nAAPL,10,300000,,KRW\nVOO,3,600,500,USD\n")
    assert run.status == 0, run.err
    assert (row(path, 3)["Price"], row(path, 3)["Avg cost"]) == (840_000, None)
    assert "600 USD at 1,400" in run.out


def test_pence_are_hundredths_of_a_pound(tmp_path: Path) -> None:
    path = family(tmp_path, "GBP", price=200, cost=150)
    assert take(path, "code,quantity,price,average cost,currency\nAAPL,10,21050,16000,GBp\n").status == 0
    assert (row(path)["Price"], row(path)["Avg cost"]) == (210.5, 160)


def test_unknown_and_mixed_currencies_are_named_by_their_line(tmp_path: Path) -> None:
    path = family(tmp_path, "KRW")
    run = take(path, "code,quantity,price,currency\nAAPL,12,230.5,dollars\n")
    assert (run.status, 'export.csv:2: currency "dollars" is not known' in run.err) == (3, True)
    run = take(path, "code,quantity,price,currency\nAAPL,12,230.5,USD\nAAPL,1,300000,KRW\n")
    assert (run.status, "export.csv:3: AAPL is listed twice, in USD and KRW" in run.err) == (3, True)


def test_foreign_cash_is_converted_and_said_or_refused(tmp_path: Path) -> None:
    path = family(tmp_path, "KRW")
    text = (
        "종목코드,종목명,보유수량,현재가,평가금액,통화\nAAPL,Apple,10,300000,3000000,KRW\n"
        ",외화예수금,,,{},{}\n,예수금,,,5000,KRW\n"
    )
    run = take(path, text.format("100.5", "USD"))
    assert run.status == 0, run.err
    assert openpyxl.load_workbook(path)["Accounts"]["C2"].value == 5_000 + 140_700
    assert "cash of Main, 100.5 USD at 1,400" in run.out
    before = path.read_bytes()
    run = take(path, text.format("100.5", "EUR"))
    assert (run.status, "there is cash in EUR, which has no rate in FX" in run.err) == (3, True)
    assert path.read_bytes() == before


def test_a_new_asset_has_no_group_of_its_own_accord(tmp_path: Path) -> None:
    targets = [(*line, lock) for line, lock in zip(FAMILY["Targets"], ("Lock", None, None), strict=True)]
    groups = [("Group", "Weight"), ("core", 1)]
    path = write_book(tmp_path / "family.xlsx", FAMILY | {"Targets": targets, "Groups": groups})
    run = take(path, "code,name,quantity,price\n069500,K,5,35000\n360750,W,5,20000\nNEW,N,8,12000\n", "--add")
    assert run.status == 0, run.err
    last = [cell.value for cell in list(openpyxl.load_workbook(path)["Targets"])[-1]]
    assert (last[0], last[2], last[3]) == (None, "NEW", 0)
    assert "export.csv:4: NEW is added to Targets without a group (write its group there when you give it" in run.err
    assert xlrebal("update", path, "--as-of", "2026-03-04").status == 0


# Prices


def price(path: Path, text: str) -> Any:
    source = path.parent / "prices.csv"
    source.write_text(text, encoding="utf-8")
    return xlrebal("prices", path, "--csv", source)


@pytest.mark.parametrize("header", ["Currency", "통화", "Quoted in", "표시통화"])
@pytest.mark.parametrize("currency", ["KRW", None])
def test_a_quote_in_dollars_is_converted_for_a_row_in_won(tmp_path: Path, header: str, currency: str | None) -> None:
    path = family(tmp_path, currency)
    run = price(path, f"Code,Price,{header}\nAAPL,230.5,USD\n")
    assert run.status == 0, run.err
    assert (row(path)["Price"], row(path)["Value"]) == (322_700, 3_227_000)
    assert "AAPL price, 230.5 USD at 1,400: 300,000 -> 322,700" in run.out


def test_the_new_rate_of_the_same_file_counts(tmp_path: Path) -> None:
    path = family(tmp_path, "KRW")
    run = price(path, "Code,Price,Currency\nAAPL,200,USD\nUSD,1500,KRW\n")
    assert run.status == 0, run.err
    assert row(path)["Price"] == 300_000
    assert openpyxl.load_workbook(path)["FX"]["B2"].value == 1500


def test_a_quote_without_a_rate_leaves_the_last_price(tmp_path: Path) -> None:
    path = family(tmp_path, None)
    run = price(path, "Code,Price,Currency\nAAPL,230.5,CHF\nUSD,1500,EUR\n")
    assert run.status == 0
    assert row(path)["Price"] == 300_000
    assert "Holdings!E2: the new price of AAPL is in CHF, not KRW, and FX has no rate between them" in run.err
    assert "FX!B2: the new price of USD is in EUR, not KRW" in run.err
    assert openpyxl.load_workbook(path)["FX"]["B2"].value == 1400


def test_a_file_of_rates_is_named_by_its_currencies(tmp_path: Path) -> None:
    path = family(tmp_path, "KRW")
    for text in ("Currency,Rate\nUSD,1500\n", "통화,환율,표시통화\nUSD,1500,KRW\n"):
        assert price(path, "Currency,Rate\nUSD,1400\n").status == 0
        assert price(path, text).status == 0
        assert openpyxl.load_workbook(path)["FX"]["B2"].value == 1500


def test_a_web_source_says_in_which_currency_it_quotes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pandas as pd

    class Ticker:
        def __init__(self, symbol: str) -> None:
            self.history_metadata = {"currency": {"AAPL": "GBp", "GBPKRW=X": "KRW"}.get(symbol)}
            self._price = {"AAPL": 21050.0, "GBPKRW=X": 1850.0, "USDKRW=X": 1390.0}[symbol]

        def history(self, **_: Any) -> pd.DataFrame:
            index = pd.DatetimeIndex([dt.datetime.now()])  # noqa: DTZ005  # as the package has it
            return pd.DataFrame({"Close": [self._price]}, index=index)

    monkeypatch.setitem(sys.modules, "yfinance", types.SimpleNamespace(Ticker=Ticker))
    path = family(tmp_path, "KRW")
    run = xlrebal("prices", path, "--source", "yahoo")
    assert run.status == 0, run.err
    # 210.50 pounds at the new rate of 1,850
    assert row(path)["Price"] == 389_425
