"""What the law says about account types: what may be bought in them, what taking money out of them costs."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import Rows, mark_executed, write_book, xlrebal

HEAD = ("Account", "Owner", "Type", "Currency", "Cash", "Contribution", "Only")


def book(path: Path, accounts: Rows, holdings: Rows = (), targets: Rows = (), **more: Any) -> Path:
    own = {"base_currency": "KRW", "strategy": "threshold"} | more
    tables: dict[str, Rows] = {
        "Holdings": (("Account", "Code", "Quantity", "Price", "Currency", "Avg cost"), *holdings),
        "Targets": (("Code", "Target", "Price", "Currency", "Tax class", "Fractional"), *targets),
        "Accounts": (HEAD, *accounts),
        "FX": (("Currency", "Rate"), ("USD", 1400) if own["base_currency"] == "KRW" else ("KRW", 0.001)),
        "Settings": (("Setting", "Value"), *own.items()),
    }
    return write_book(path / "family.xlsx", tables)


def update(path: Path, *options: str) -> Any:
    run = xlrebal("update", path, "--as-of", "2026-03-04", "--now", "--json", *options)
    assert run.status == 0, run.err
    return run.data


def warnings(data: Any) -> dict[str, str]:
    return {w["cell"]: w["message"] for w in data["warnings"]}


DOLLARS = ("VOO", 0.5, 600, "USD", "overseas_listed", None)
WON = ("069500", 0.5, 35_000, "KRW", "kr_equity_etf", None)


@pytest.mark.parametrize("kind", ["ISA", "IRP", "pension"])
@pytest.mark.parametrize("currency", ["USD", "KRW"])
@pytest.mark.parametrize("tax_class", ["overseas_listed", None])
@pytest.mark.parametrize("country", ["KR", "none"])
def test_what_is_listed_abroad_is_not_bought_in_them(
    tmp_path: Path, kind: str, currency: str, tax_class: str | None, country: str
) -> None:
    """Known by its tax class, whatever its currency, or by its foreign currency in an account in won."""
    abroad = ("VOO", 0.5, 600 if currency == "USD" else 840_000, currency, tax_class, None)
    own = ("Mine", None, kind, "KRW", 10_000_000, None, None)
    path = book(tmp_path, [own], targets=[abroad, WON], tax_country=country)
    data = update(path)
    bought = {order["code"] for order in data["orders"]}
    barred = tax_class is not None or currency == "USD"
    assert bought == ({"069500"} if barred else {"VOO", "069500"})
    if barred:
        (skip,) = data["skipped"]
        assert (skip["code"], skip["reason"]) == ("VOO", f"listed abroad: may not be bought in {kind}")


def test_a_taxable_account_buys_it_and_one_without_cash_is_not_the_reason(tmp_path: Path) -> None:
    accounts = [
        ("Broker", None, "taxable", "KRW", 0, None, None),
        ("ISA", None, "ISA", "KRW", 10_000_000, None, None),
    ]
    data = update(book(tmp_path, accounts, targets=[DOLLARS, WON]))
    (skip,) = data["skipped"]
    assert (skip["account"], skip["reason"]) == ("ISA", "listed abroad: may not be bought in ISA")
    path = book(tmp_path, accounts, targets=[DOLLARS, WON], language="ko")
    update(path)
    assert openpyxl.load_workbook(path)["제외"]["E2"].value == "해외 상장: ISA 계좌에서는 살 수 없습니다"
    accounts[0] = ("Broker", None, "taxable", "KRW", 10_000_000, None, None)
    data = update(book(tmp_path, accounts, targets=[DOLLARS, WON]))
    assert {o["account"] for o in data["orders"] if o["code"] == "VOO"} == {"Broker"}


def test_what_is_held_there_is_kept_or_sold_and_named_with_its_cell(tmp_path: Path) -> None:
    holdings = [
        ("Broker", "VOO", 1, 600, "USD", 500),
        ("ISA", "069500", 10, 35_000, "KRW", 30_000),
        ("ISA", "VOO", 10, 600, "USD", 500),
    ]
    accounts = [
        ("Broker", None, "taxable", "KRW", 0, None, None),
        ("ISA", None, "ISA", "KRW", 0, None, None),
    ]
    data = update(book(tmp_path, accounts, holdings, [DOLLARS, WON]))
    assert "BUY VOO" not in {f"{o['action']} {o['code']}" for o in data["orders"]}
    assert "SELL VOO" in {f"{o['action']} {o['code']}" for o in data["orders"]}
    said = warnings(data)["Holdings!B4"]
    assert said.startswith("VOO is listed abroad, which an account of type ISA may not buy (it is kept or sold")
    assert "Holdings!B2" not in warnings(data)
    lacking = [("VOO", 1, 600, "USD", "overseas_listed", None), ("069500", 0, 35_000, "KRW", "kr_equity_etf", None)]
    more = update(book(tmp_path, accounts, holdings, lacking))
    assert {(o["action"], o["code"]) for o in more["orders"]} == {("SELL", "069500")}


def test_no_transfer_is_listed_that_could_not_buy_it(tmp_path: Path) -> None:
    accounts = [
        ("Broker", "Kim", "taxable", "KRW", 10_000_000, None, "069500"),
        ("ISA", "Kim", "ISA", "KRW", 0, None, None),
    ]
    assert update(book(tmp_path, accounts, targets=[DOLLARS, WON]))["transfers"] == []


def test_a_purchase_does_not_move_there_to_save_tax(tmp_path: Path) -> None:
    """Selling in the ISA would save tax on the fund, but VOO could not be bought there."""
    fund = ("FUND", 0.5, 10_000, "KRW", "kr_other_etf", None)
    holdings = [
        ("Broker", "FUND", 1000, 10_000, "KRW", 1_000),
        ("ISA", "FUND", 1000, 10_000, "KRW", 1_000),
    ]
    accounts = [
        ("Broker", None, "taxable", "KRW", 0, None, None),
        ("ISA", None, "ISA", "KRW", 0, None, None),
    ]
    data = update(book(tmp_path, accounts, holdings, [fund, DOLLARS], tax_country="KR"))
    assert {o["account"] for o in data["orders"] if o["action"] == "BUY"} <= {"Broker"}


HELD = [
    ("IRP", "069500", 100, 10_000, "KRW", 8_000),
    ("Broker", "069500", 100, 10_000, "KRW", 8_000),
]
ONE = [("069500", 1, 10_000, "KRW", "kr_equity_etf", None)]


def two(kind: str, contribution: int | None = None) -> Rows:
    return [
        ("IRP", None, kind, "KRW", 0, contribution, None),
        ("Broker", None, "taxable", "KRW", 0, None, None),
    ]


def test_a_withdrawal_from_a_locked_account_is_warned_of_at_its_cell_with_its_tax(tmp_path: Path) -> None:
    path = book(tmp_path, two("IRP"), HELD, ONE, new_cash=-1_200_000, tax_country="KR")
    data = update(path)
    assert {(o["account"], o["quantity"]) for o in data["orders"]} == {("Broker", 100), ("IRP", 20)}
    said = "200,000 is taken out of IRP, type IRP; the law allows that for listed causes only (tax 33,000 at most: "
    assert warnings(data)["Settings!B4"].startswith(said)
    assert [(w["account"], w["amount"], w["tax"], w["upper_bound"], w["locked"]) for w in data["withdrawals"]] == [
        ("IRP", 200_000, 33_000, True, True)
    ]
    assert data["summary"]["tax"] == 33_000
    items = dict(row[:2] for row in openpyxl.load_workbook(path)["Summary"].iter_rows(min_row=2, values_only=True))
    assert items["Withdrawal from IRP"] == 200_000
    assert items["Tax on the withdrawal from IRP, at most"] == 33_000
    assert "Benefit Security Act" in items["Rule of the withdrawal from IRP"]


def test_a_withdrawal_typed_in_the_row_of_the_account_is_the_same(tmp_path: Path) -> None:
    data = update(book(tmp_path, two("pension", -200_000), HELD, ONE, tax_country="KR"))
    assert {(o["account"], o["quantity"]) for o in data["orders"]} == {("IRP", 20)}
    said = "200,000 is taken out of IRP, type pension (tax 33,000 at most: "
    assert warnings(data)["Accounts!F2"].startswith(said)
    assert data["summary"]["tax"] == 33_000


def test_what_a_withdrawal_from_an_isa_costs_is_not_known(tmp_path: Path) -> None:
    path = book(tmp_path, two("ISA", -200_000), HELD, ONE, tax_country="KR")
    data = update(path)
    assert data["withdrawals"][0]["tax"] is None
    assert data["summary"]["tax"] is None
    items = dict(row[:2] for row in openpyxl.load_workbook(path)["Summary"].iter_rows(min_row=2, values_only=True))
    assert items["Tax on the withdrawal from IRP"] == "not known"
    path = book(tmp_path, two("ISA", -200_000), HELD, ONE, tax_country="KR", language="ko")
    update(path)
    shown = dict(row[:2] for row in openpyxl.load_workbook(path)["요약"].iter_rows(min_row=2, values_only=True))
    assert {"IRP 출금액", "IRP 출금 규칙"} <= shown.keys()
    assert shown["IRP 출금 세금"] == "알 수 없음"


def american(path: Path, kind: str, amount: int, **more: Any) -> Any:
    accounts = [("Old age", None, kind, "USD", 0, -amount, None)]
    holdings = [("Old age", "VTI", 1000, 100, "USD", 100)]
    own = {"base_currency": "USD", "tax_country": "US"} | more
    return update(book(path, accounts, holdings, [("VTI", 1, 100, "USD", "us_security", None)], **own))


@pytest.mark.parametrize("kind", ["IRA", "401k"])
def test_an_early_withdrawal_bears_ordinary_tax_and_ten_percent(tmp_path: Path, kind: str) -> None:
    """Single, 2026: 22% up to 105,700, then 24%: on 95,700 more 20,000 bear 10,000 x 22% + 10,000 x 24% + 2,000."""
    data = american(tmp_path, kind, 20_000, taxable_income=95_700)
    assert data["withdrawals"][0]["tax"] == 6_600
    assert data["withdrawals"][0]["locked"] is (kind == "401k")
    assert american(tmp_path, kind, 20_000, short_term_rate=0.3, long_term_rate=0.15)["summary"]["tax"] == 8_000
    assert american(tmp_path, kind, 20_000)["withdrawals"][0]["tax"] is None


def test_an_american_withdrawal_in_a_won_household_is_taxed_in_dollars(tmp_path: Path) -> None:
    accounts = [("Old age", None, "IRA", "USD", 0, -20_000, None)]
    holdings = [("Old age", "VTI", 1000, 100, "USD", 100)]
    targets = [("VTI", 1, 100, "USD", "us_security", None)]
    data = update(book(tmp_path, accounts, holdings, targets, tax_country="US", taxable_income=95_700))
    assert data["withdrawals"][0]["amount"] == 28_000_000
    assert data["withdrawals"][0]["tax"] == 6_600 * 1400


def test_contributions_to_a_roth_are_not_known_and_so_is_its_tax(tmp_path: Path) -> None:
    assert american(tmp_path, "Roth", 20_000, taxable_income=95_700)["withdrawals"][0]["tax"] is None


def test_a_plan_of_a_fractional_foreign_holding_is_recorded_as_it_was_written(tmp_path: Path) -> None:
    """A withdrawal takes nearly all of it: what is quoted stays within what is held, in one step and in the next."""
    accounts = [("Broker", None, "taxable", "KRW", 0, None, None)]
    path = book(
        tmp_path,
        accounts,
        [("Broker", "VOO", 22.1124, 33.37, "USD", 30)],
        [("VOO", 1, 33.37, "USD", "overseas_listed", "yes")],
        new_cash=-500_000,
    )
    for day in ("2026-03-04", "2026-03-05"):
        run = xlrebal("update", path, "--as-of", day, "--json")
        assert run.status == 0, run.err
        assert [o["action"] for o in run.data["orders"]] == ["SELL"]
        mark_executed(path, [1])
        sheet = openpyxl.load_workbook(path)
        sheet["Settings"]["B4"] = -533_000
        sheet.save(path)
        run = xlrebal("record", path, "--date", day)
        assert run.status == 0, run.err


@pytest.mark.parametrize("seed", range(3))
def test_no_orders_names_what_keeps_them_from_being_made(tmp_path: Path, seed: int) -> None:
    targets = [
        [("A", 0.58, 10_000, "KRW", None, None), ("B", 0.42, 10_000, "KRW", None, None)],
        [("A", 0.5, 10_000, "KRW", None, None), ("B", 0.5, 10_000, "KRW", None, None)],
        [("A", 1, 10_000, "KRW", None, None)],
    ][seed]
    more: dict[str, int] = [{}, {"min_trade_amount": 900_000}, {}][seed]
    holdings = [("Broker", "A", 100, 10_000, "KRW", None)]
    if seed == 0:
        holdings = [("Broker", "A", 3, 10_000, "KRW", None), ("Broker", "B", 2, 10_000, "KRW", None)]
    path = book(tmp_path, [("Broker", None, "taxable", "KRW", 0, None, None)], holdings, targets, **more)
    data = update(path)
    assert data["orders"] == []
    text = openpyxl.load_workbook(path)["Orders"]["N2"].value
    reasons = dict.fromkeys(skip["reason"] for skip in data["skipped"])
    expected = f"nothing can be traded: {'; '.join(reasons)}" if reasons else "every asset is on its target"
    assert text == f"No orders: {expected}. Next check: 2026-03-09."
    assert "points" not in text


def test_a_withdrawal_of_everything_through_the_command_line(tmp_path: Path) -> None:
    accounts = [("Broker", None, "taxable", "KRW", 100_000, None, None)]
    holdings = [("Broker", "069500", 100, 1_000, "KRW", None)]
    path = book(tmp_path, accounts, holdings, [("069500", 1, 1_000, "KRW", None, None)], new_cash=-200_000)
    for options in ([], ["--now"]):
        run = xlrebal("update", path, "--as-of", "2026-03-04", "--json", *options)
        assert run.status == 0, run.err
        assert [(o["action"], o["quantity"]) for o in run.data["orders"]] == [("SELL", 100)]
        assert run.data["total_value"] == 0
        assert run.data["orders"][0]["reason"] == "raises cash for the withdrawal"
        assert run.data["trigger"]["reason"].removeprefix("asked for now; ") == "nothing is left to balance"
        assert run.data["trigger"]["due"] is bool(options)
        assert run.data["summary"]["cash_left"] == 0
