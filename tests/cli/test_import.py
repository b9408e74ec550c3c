"""Broker exports and prices: what is taken, what is left out or refused and why; formulas stay."""

from __future__ import annotations

import datetime as dt
import sys
import types
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import FAMILY, settings, write_book, xlrebal

ACCOUNTS = [("Account", "Currency", "Cash"), ("Main", "KRW", 1000)]


def family(folder: Path, **tables: Any) -> Path:
    return write_book(folder / "family.xlsx", FAMILY | {"Accounts": ACCOUNTS} | tables)


def us_family(folder: Path) -> Path:
    targets = [("Name", "Code", "Target", "Price", "Currency", "Lock"), ("Total Market", "VTI", 0.6, 300, "USD", None),
               ("Bonds", "BND", 0.4, 70, "USD", None)]  # fmt: skip
    holdings = [("Account", "Code", "Quantity", "Price", "Avg cost"), ("Joint", "VTI", 10, 300, 200)]
    accounts = [("Account", "Currency", "Cash"), ("Joint", "USD", 5)]
    rules = [("Setting", "Value"), ("base_currency", "USD"), ("last_rebalanced", "2026-01-02")]
    tables = {"Holdings": holdings, "Targets": targets, "Accounts": accounts, "Settings": rules}
    return write_book(folder / "us.xlsx", tables)


def write(folder: Path, text: str, name: str = "export.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def held(path: Path) -> dict[str, list[Any]]:
    sheet = openpyxl.load_workbook(path)["Holdings"]
    head = [cell.value for cell in sheet[1]]
    code, quantity, price, cost = (head.index(n) for n in ("Code", "Quantity", "Price", "Avg cost"))
    return {
        row[code].value: [row[quantity].value, row[price].value, row[cost].value]
        for row in sheet.iter_rows(min_row=2)
        if row[code].value
    }


def cash(path: Path) -> Any:
    return openpyxl.load_workbook(path)["Accounts"]["C2"].value


KOREAN = """잔고현황,,,,,
계좌번호: 123-45,,,,,
조회일자,2026-03-04,,,,
종목코드,종목명,보유수량,평균단가,현재가,평가금액
"A069500",KODEX 200,"1,120","33,150","35,500","39,760,000"
360750,TIGER 미국S&P500,80,"15,000","20,100","1,608,000"
,예수금,,,,"2,345,678"
합계,,,,,"43,713,678"
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_korean_balance(tmp_path: Path, encoding: str) -> None:
    path = family(tmp_path)
    run = xlrebal("import", path, write(tmp_path, KOREAN, encoding=encoding), "--account", "Main")
    assert run.status == 0, run.err
    assert held(path) == {"069500": [1120, 35500, 33150], "360750": [80, 20100, 15000]}
    assert cash(path) == 2_345_678
    assert "069500 quantity: 100 -> 1,120" in run.out
    assert "a row of totals" in run.err


def test_a_fund_whose_name_begins_like_a_label_is_held(tmp_path: Path) -> None:
    path = us_family(tmp_path)
    text = (
        "Description,Symbol,Quantity,Last Price,Current Value\n"
        'Total Stock Market ETF,VTI,12,310,"3,720"\nCash America Bonds,BND,3,71,213\nPathward,CASH,2,80,160\n'
        "Cash,,,,55\nTotal,,,,4148\n"
    )
    run = xlrebal("import", path, write(tmp_path, text), "--account", "Joint", "--add", "--yes")
    assert run.status == 0, run.err
    assert held(path) == {"VTI": [12, 310, 200], "BND": [3, 71, None], "CASH": [2, 80, None]}
    assert cash(path) == 55
    assert "Total: a row of totals" in run.err


def test_cash_in_any_column_is_found_or_said(tmp_path: Path) -> None:
    path = family(tmp_path)
    text = '종목코드,종목명,보유수량,현재가\n069500,K,5,35000\n360750,T,6,20000\n,예수금,,"1,500,000"\n'
    assert xlrebal("import", path, write(tmp_path, text), "--account", "Main").status == 0
    assert cash(path) == 1_500_000
    run = xlrebal("import", path, write(tmp_path, text.replace('"1,500,000"', "")), "--account", "Main")
    assert "export.csv:4: a row of cash without an amount" in run.err
    assert cash(path) == 1_500_000


SCHWAB = """"Positions for account Joint ...123 as of 04:00 PM ET, 2026/03/04",,,,,,
,,,,,,
"Symbol","Description","Qty (Quantity)","Price","Mkt Val (Market Value)","Cost Basis","Security Type"
"VTI","VANGUARD TOTAL STOCK","1,012.5","$305.10","$308,913.75","$202,500.00","ETFs & Closed End Funds"
"BND","VANGUARD TOTAL BOND","20","$73.00","$1,460.00","--","ETFs & Closed End Funds"
"Cash & Cash Investments","--","--","--","$1,234.56","--","Cash and Money Market"
"Account Total","--","--","--","$311,608.31","$202,500.00","--"
"""
FIDELITY = """Account Number,Account Name,Symbol,Description,Quantity,Last Price,Current Value,Cost Basis Total,Average Cost Basis,Type
Z1,Joint,SPAXX**,HELD IN MONEY MARKET,,,$1234.56,,,Cash,
Z1,Joint,VTI,VANGUARD TOTAL STOCK,1012.5,$305.10,$308913.75,$202500.00,$200.00,Cash,
Z1,Joint,BND,VANGUARD TOTAL BOND,20,$73.00,$1460.00,--,--,Cash,
Z1,Joint,Pending Activity,,,,$-50.00,,,,

"The data and information in this spreadsheet is provided to you solely for your use."
"Date downloaded Mar-04-2026 4:10 p.m ET"
"""  # noqa: E501
VANGUARD = """Account Number,Investment Name,Symbol,Shares,Share Price,Total Value,
1,VANGUARD TOTAL STOCK,VTI,1012.5,305.10,308913.75,
1,VANGUARD TOTAL BOND,BND,20,73.00,1460.00,
1,VANGUARD FEDERAL MONEY MARKET,VMFXX,1234.56,1.00,1234.56,

Account Number,Trade Date,Settlement Date,Transaction Type,Symbol,Shares
1,2026-02-01,2026-02-02,Buy,VTI,5
"""
IBKR = """ClientAccountID,CurrencyPrimary,Symbol,Description,Quantity,MarkPrice,PositionValue,CostBasisPrice,LevelOfDetail
U1,USD,VTI,VANGUARD TOTAL STOCK,1012.5,305.10,308913.75,200,SUMMARY
U1,USD,VTI,VANGUARD TOTAL STOCK,1000,305.10,305100,199,LOT
U1,USD,VTI,VANGUARD TOTAL STOCK,12.5,305.10,3813.75,280,LOT
U1,USD,BND,VANGUARD TOTAL BOND,20,73.00,1460,75,SUMMARY
"""  # noqa: E501


@pytest.mark.parametrize(
    ("text", "broker", "cost", "money"),
    [(SCHWAB, "schwab", 200, 1234.56), (FIDELITY, "fidelity", 200, 1234.56), (VANGUARD, "vanguard", 200, 1234.56),
     (IBKR, "ibkr", 200, 5)],
)  # fmt: skip
def test_american_brokers(tmp_path: Path, text: str, broker: str, cost: int, money: float) -> None:
    path = us_family(tmp_path)
    run = xlrebal("import", path, write(tmp_path, text), "--account", "Joint")
    assert run.status == 0, run.err
    assert f"2 holdings, read as {broker}" in run.out
    assert held(path)["VTI"] == [1012.5, pytest.approx(305.1), cost]
    assert held(path)["BND"][:2] == [20, 73]
    assert cash(path) == pytest.approx(money)
    assert xlrebal("update", path, "--as-of", "2026-03-04").status == 0


def test_an_excel_file_and_tabs_and_semicolons(tmp_path: Path) -> None:
    rows = [
        ["종목코드", "종목명", "보유수량", "현재가"],
        ["069500", "KODEX 200", 7, 35000],
        [360750, "TIGER", 3, 20000],
    ]
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "export.xlsx")
    lines = ["\t".join(map(str, row)) for row in rows], [";".join(map(str, row)) for row in rows]
    for export in (tmp_path / "export.xlsx", *(write(tmp_path, "\n".join(t), f"{n}.csv") for n, t in enumerate(lines))):
        path = family(tmp_path)
        run = xlrebal("import", path, export, "--account", "Main")
        assert run.status == 0, run.err
        assert (held(path)["069500"][0], held(path)["360750"][0]) == (7, 3)


def test_a_code_that_lost_its_zeros_is_known(tmp_path: Path) -> None:
    path = family(tmp_path)
    text = "종목코드,종목명,보유수량\n69500,KODEX 200,5\n'360750,TIGER,6\n"
    assert xlrebal("import", path, write(tmp_path, text), "--account", "Main").status == 0
    assert (held(path)["069500"][0], held(path)["360750"][0]) == (5, 6)


def test_what_the_export_lacks_is_held_no_more(tmp_path: Path) -> None:
    path = family(tmp_path)
    run = xlrebal("import", path, write(tmp_path, "code,quantity\n069500,5\n"), "--account", "Main")
    assert held(path)["360750"][0] == 0
    assert "360750: not in the export, held no more: 200 -> 0" in run.out


def test_unknown_assets_are_refused_or_locked(tmp_path: Path) -> None:
    targets = [(*row, lock) for row, lock in zip(FAMILY["Targets"], ("Lock", None, None), strict=True)]
    path = family(tmp_path, Targets=targets)
    export = write(tmp_path, "code,name,quantity,price\n069500,K,5,35000\n0026E0,새 ETF,8,12000\n")
    before = path.read_bytes()
    run = xlrebal("import", path, export, "--account", "Main")
    assert run.status == 3
    assert "export.csv:3: 0026E0 새 ETF is not in Targets" in run.err
    assert path.read_bytes() == before
    assert xlrebal("import", path, export, "--account", "Main", "--add").status == 0
    last = [cell.value for cell in list(openpyxl.load_workbook(path)["Targets"])[-1]]
    assert (last[2], last[3], last[-1]) == ("0026E0", 0, "both")
    data = xlrebal("update", path, "--as-of", "2026-03-04", "--now", "--json").data
    assert "0026E0" not in {order["code"] for order in data["orders"]}


def test_formulas_stay(tmp_path: Path) -> None:
    from cli.test_record import put_cached_value

    holdings = [*FAMILY["Holdings"]]
    path = family(tmp_path, Holdings=holdings)
    book = openpyxl.load_workbook(path)
    book["Holdings"]["E2"] = "=7*5000"
    book.save(path)
    put_cached_value(path, "E2", "35000")
    text = "code,quantity,price\n069500,5,36000\n360750,6,21000\n"
    assert xlrebal("import", path, write(tmp_path, text), "--account", "Main").status == 0
    sheet = openpyxl.load_workbook(path)["Holdings"]
    assert (sheet["E2"].value, sheet["E3"].value, sheet["D2"].value) == ("=7*5000", 21000, 5)


def test_shown_first_and_asked_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, export = family(tmp_path), write(tmp_path, KOREAN)
    before = path.read_bytes()
    assert "Dry run: nothing was written." in xlrebal("import", path, export, "--account", "Main", "--dry-run").out
    monkeypatch.setattr("sys.stdin", types.SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", lambda _: "n")
    assert "Nothing was written." in xlrebal("import", path, export, "--account", "Main").out
    assert path.read_bytes() == before
    monkeypatch.setattr("builtins.input", lambda _: "y")
    assert "Written to" in xlrebal("import", path, export, "--account", "Main").out


def test_any_other_format_by_a_mapping_file(tmp_path: Path) -> None:
    path = family(tmp_path)
    export = write(tmp_path, "Bestand\nKennung,Menge,Kurs\n069500,5,35100\n360750,6,20200\nSumme,,\n")
    run = xlrebal("import", path, export, "--account", "Main")
    assert run.status == 3
    assert "--suggest export-columns.yaml" in run.err
    mapping = tmp_path / "columns.yaml"
    assert xlrebal("import", path, export, "--suggest", mapping).status == 0
    text = mapping.read_text(encoding="utf-8")
    assert "#   Kennung" in text
    for empty, filled in (("code: []", "code: [Kennung]"), ("quantity: []", "quantity: [Menge]"),
                          ("price: []", "price: [Kurs]"), ("totals: []", "totals: [Summe]")):  # fmt: skip
        text = text.replace(empty, filled)
    mapping.write_text(text, encoding="utf-8")
    run = xlrebal("import", path, export, "--account", "Main", "--mapping", mapping)
    assert run.status == 0, run.err
    assert held(path)["069500"][:2] == [5, 35100]


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        (b"", 3, "no header row with a code and a quantity is known"),
        (b"just some words\n", 3, "no header row"),
        ("종목코드,보유수량\n".encode(), 3, "there is no holding below its header row"),
        ("종목코드,보유수량\n069500,열\n".encode(), 3, 'export.csv:2: quantity "열" is not a number'),
        (
            "종목코드;보유수량;현재가\n069500;12,5;1.234,56\n".encode(),
            3,
            'quantity "12,5" is not a number (write it as',
        ),
        ("종목코드,보유수량\n069500,-5\n".encode(), 3, "export.csv:2: quantity of 069500 is below 0"),
        ("종목코드,보유수량\n069500,\n".encode(), 3, "export.csv:2: quantity of 069500 is missing"),
        ("종목코드,보유수량,현재가\n,5,100\n".encode(), 3, "export.csv:2: a row with a quantity has no code"),
        (b"PK\x03\x04rest of a zip", 4, "is no CSV file; save it as CSV or XLSX"),
        (b"\xff\xfe\x00code", 4, "is no CSV file"),
        (b"code,quantity\n069500,\xff\xff\n", 4, "is neither UTF-8 nor CP949 text"),
        ("종목코드,보유수량\n069500,#REF!\n".encode(), 3, 'quantity "#REF!" is not a number'),
    ],
)
def test_damaged_exports_are_refused_with_their_line(tmp_path: Path, content: bytes, status: int, message: str) -> None:
    path = family(tmp_path)
    before = path.read_bytes()
    export = tmp_path / "export.csv"
    export.write_bytes(content)
    run = xlrebal("import", path, export, "--account", "Main")
    assert run.status == status
    assert message in run.err
    assert path.read_bytes() == before


def test_wrong_names_are_said(tmp_path: Path) -> None:
    path, export = family(tmp_path), write(tmp_path, KOREAN)
    assert "there is no account Man (did you mean Main?)" in xlrebal("import", path, export, "--account", "Man").err
    assert "there is no broker acme" in xlrebal("import", path, export, "--account", "Main", "--broker", "acme").err
    assert xlrebal("import", path, export).status == 2
    assert xlrebal("import", path, tmp_path / "none.csv", "--account", "Main").status == 4


def test_an_empty_workbook_can_be_filled(tmp_path: Path) -> None:
    path = family(tmp_path, Holdings=[FAMILY["Holdings"][0]], Accounts=[ACCOUNTS[0]])
    run = xlrebal("import", path, write(tmp_path, KOREAN), "--account", "증권")
    assert run.status == 0, run.err
    assert xlrebal("update", path, "--as-of", "2026-03-04").status == 0


# Prices


def priced(folder: Path) -> Path:
    holdings = [(*FAMILY["Holdings"][0], "Price date", "Currency"), (*FAMILY["Holdings"][1], "2026-03-03", "KRW"),
                ("Main", "VOO", "S&P 500", 2, 500, 400, "2026-03-03", "USD")]  # fmt: skip
    targets = [FAMILY["Targets"][0], FAMILY["Targets"][1], ("core", "S&P 500", "VOO", 0.6, None, None, 500)]
    tables = {
        "Holdings": holdings,
        "Targets": targets,
        "FX": [("Currency", "Rate", "Date"), ("USD", 1400, "2026-03-03")],
    }
    return family(folder, **tables, Settings=settings(price_max_age_days=4))


def today() -> dt.date:
    return dt.datetime.now().astimezone().date()


def test_prices_and_rates_with_their_dates(tmp_path: Path) -> None:
    path, day = priced(tmp_path), today().isoformat()
    rows = f'Code,Price,Date\n069500,"36,000",{day}\n069500,1,2020-01-01\nVOO,512.34,{day}\nUSD,1412.5,{day}\n'
    run = xlrebal("prices", path, "--csv", write(tmp_path, rows, "prices.csv"))
    assert run.status == 0, run.err
    book = openpyxl.load_workbook(path)
    assert [book["Holdings"][f"E{row}"].value for row in (2, 3)] == [36000, 512.34]
    assert book["Holdings"]["G2"].value.date() == today()
    assert [book["Targets"][f"G{row}"].value for row in (2, 3)] == [36000, 512.34]
    assert (book["FX"]["B2"].value, book["FX"]["C2"].value.date()) == (1412.5, today())


def test_missing_and_old_prices_are_said_and_the_last_ones_stay(tmp_path: Path) -> None:
    path = priced(tmp_path)
    run = xlrebal("prices", path, "--csv", write(tmp_path, "Code,Price,Date\nVOO,512,2026-01-05\n", "prices.csv"))
    assert run.status == 0
    assert "warning: Holdings!E2: no new price of 069500 (the last one stays)" in run.err
    assert "Holdings!E3: the price of VOO is of 2026-01-05" in run.err
    assert openpyxl.load_workbook(path)["Holdings"]["E2"].value == 35000
    # What is old stays old: the next update says it again, by its cell.
    assert "Holdings!G3: the price of VOO is" in xlrebal("update", path).err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Date,Close\n2026-01-01,5\n", "prices.csv:1: the columns Code and Price are missing"),
        ("Code,Price\nVOO,zero\n", 'prices.csv:2: price "zero"'),
        ('Code,Price\nVOO,"512,5"\n', 'prices.csv:2: price "512,5" of VOO is not a number'),
        ("Code,Price,Date\nVOO,512,5 Jan\n", 'prices.csv:2: date "5 Jan" of VOO is not a date'),
        ("Code,Price\nVOO,0\n", "prices.csv:2: price 0 of VOO is not above 0"),
    ],
)
def test_wrong_prices_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = priced(tmp_path)
    run = xlrebal("prices", path, "--csv", write(tmp_path, text, "prices.csv"))
    assert run.status == 3
    assert message in run.err


def test_a_source_from_the_web_behind_the_same_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pandas as pd

    asked: list[str] = []

    class Ticker:
        def __init__(self, symbol: str) -> None:
            asked.append(symbol)
            self._symbol = symbol

        def history(self, **_: Any) -> pd.DataFrame:
            if self._symbol == "VOO":
                raise ConnectionError
            index = pd.DatetimeIndex([dt.datetime.now()])  # noqa: DTZ005  # as the package has it
            return pd.DataFrame({"Close": [1390.25 if "=X" in self._symbol else 36100.0]}, index=index)

    monkeypatch.setitem(sys.modules, "yfinance", types.SimpleNamespace(Ticker=Ticker))
    path = priced(tmp_path)
    run = xlrebal("prices", path, "--source", "yahoo")
    assert run.status == 0, run.err
    assert asked == ["069500.KS", "VOO", "USDKRW=X"]
    book = openpyxl.load_workbook(path)
    assert (book["Holdings"]["E2"].value, book["FX"]["B2"].value) == (36100, 1390.25)
    assert "Holdings!E3: no new price of VOO" in run.err
    monkeypatch.setitem(sys.modules, "yfinance", None)
    assert xlrebal("prices", path, "--source", "yahoo").status == 2
    assert xlrebal("prices", path, "--source", "krx").status == 2
    assert Decimal("1390.25") == Decimal(str(book["FX"]["B2"].value))
