"""Dated tax rules: figures of the statute books, brackets, and a family's own rules."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from books import FAMILY, settings, write_book, xlrebal

from xlrebal.domain.policy import FilingStatus
from xlrebal.domain.tax_rules import Gains
from xlrebal.engine.tax.year_tax import loss_relief, year_tax
from xlrebal.law.loader import OwnFigures, UnknownRuleError, load_tax_rules

DATA = Path(__file__).parent.parent.parent / "xlrebal" / "law" / "data"


def us_tax(income: str, short: str, long: str, status: FilingStatus = FilingStatus.SINGLE, year: int = 2026) -> Decimal:
    rules = load_tax_rules("US", dt.date(year, 6, 1), OwnFigures(income=Decimal(income), status=status))
    return year_tax(Gains(Decimal(short), Decimal(long)), rules.classes["us_security"], rules)


@pytest.mark.parametrize(
    ("income", "short", "long", "tax"),
    [
        ("50000", "400", "0", "48"),  # 12% below 50,400
        ("50000", "1400", "0", "268"),  # 400 at 12%, 1,000 at 22%
        ("40000", "0", "9450", "0"),  # long gains up to 49,450 are free
        ("40000", "0", "10450", "150"),  # 1,000 above it at 15%
        (
            "49000",
            "450",
            "1000",
            "179",
        ),  # as ordinary income 1,400 at 12% and 50 at 22%: less than 15% of the long gain
        ("180000", "0", "10000", "1731.80"),  # 15%, and 3.8% on 190,000 + 16,100 - 200,000 = 6,100
    ],
)
def test_brackets_of_2026_for_one_person(income: str, short: str, long: str, tax: str) -> None:
    assert us_tax(income, short, long) == Decimal(tax)


def test_brackets_follow_year_and_status() -> None:
    # The same 100,000 of other income: 22% alone, for a couple 12% up to 96,950 in 2025 and 100,800 in 2026.
    assert us_tax("100000", "500", "0") == 110
    assert us_tax("100000", "500", "0", FilingStatus.JOINT) == 60
    assert us_tax("100000", "500", "0", FilingStatus.JOINT, 2025) == 110


def test_a_net_loss_is_set_against_other_income_up_to_the_limit() -> None:
    own = OwnFigures(income=Decimal(60_000))
    rules = load_tax_rules("US", dt.date(2026, 6, 1), own)
    stock = rules.classes["us_security"]
    assert loss_relief(Gains(Decimal(-5_000)), stock, rules) == 3_000 * 22 // 100
    apart = load_tax_rules("US", dt.date(2026, 6, 1), OwnFigures(income=Decimal(60_000), status=FilingStatus.SEPARATE))
    assert apart.loss_limit == 1_500


def test_own_rates_win_over_brackets() -> None:
    rates = {"short_term_rate": Decimal("0.4"), "long_term_rate": Decimal("0.2")}
    rules = load_tax_rules("US", dt.date(2026, 6, 1), OwnFigures(rates, Decimal(60_000)))
    assert year_tax(Gains(Decimal(100), Decimal(100)), rules.classes["us_security"], rules) == 60
    nothing = load_tax_rules("US", dt.date(2026, 6, 1), OwnFigures(dict.fromkeys(rates)))
    assert "us_security" not in nothing.classes


def test_own_rules_replace_ours_and_new_classes_can_be_added() -> None:
    own = OwnFigures(
        rules={
            "deduction": Decimal(5_000_000),
            "overseas_listed.rate": Decimal("0.25"),
            "gold_account.rate": Decimal("0.11"),
            "gold_account.withheld": Decimal(1),
        }
    )
    rules = load_tax_rules("KR", dt.date(2026, 6, 1), own)
    assert rules.deduction == 5_000_000
    assert year_tax(Gains(Decimal(6_000_000)), rules.classes["overseas_listed"], rules) == 250_000
    assert (rules.classes["gold_account"].rate, rules.classes["gold_account"].withheld) == (Decimal("0.11"), True)
    with pytest.raises(UnknownRuleError):
        load_tax_rules("KR", dt.date(2026, 6, 1), OwnFigures(rules={"deducton": Decimal(1)}))


def test_a_slip_in_the_table_is_named_with_its_cell(tmp_path: Path) -> None:
    tables = FAMILY | {
        "Settings": settings(tax_country="KR"),
        "TaxRules": [("Rule", "Value"), ("deducton", 5_000_000)],
    }
    run = xlrebal("update", write_book(tmp_path / "f.xlsx", tables), "--as-of", "2026-03-04")
    assert run.status == 3
    assert run.err.startswith("TaxRules!A2: there is no tax rule deducton (did you mean deduction?)")


def test_a_sale_of_unknown_gain_is_named_with_its_cell(tmp_path: Path) -> None:
    head = ("Date", "Account", "Action", "Code", "Quantity", "Price")
    targets = [[*row, "Tax class" if n == 0 else "overseas_listed"] for n, row in enumerate(FAMILY["Targets"])]
    tables = FAMILY | {
        "Settings": settings(tax_country="KR"),
        "Targets": targets,
        "Trades": [head, ("2026-02-02", "Main", "SELL", "360750", 5, 19000)],
    }
    run = xlrebal("update", write_book(tmp_path / "f.xlsx", tables), "--as-of", "2026-03-04", "--json")
    assert {"cell": "Trades!A2"}.items() <= run.data["warnings"][0].items()
    assert "the gain of the sale of 360750 is not known" in run.data["warnings"][0]["message"]


@pytest.mark.parametrize("country", ["KR", "US"])
def test_every_class_and_bracket_has_a_source(country: str) -> None:
    document = yaml.safe_load((DATA / f"{country}.yaml").read_text(encoding="utf-8"))
    for edition in document["editions"]:
        assert all(data["source"] for data in edition["classes"].values())
        for rule in ("deduction", "wash_sale_days", "loss_limit"):
            assert edition[rule] in (None, 0) or edition["sources"][rule]
    assert all(account["source"] for account in document["accounts"].values())
    for edition in document.get("brackets", []):
        assert edition["source"]
        for part in ("ordinary", "long"):
            for status in FilingStatus:
                steps = edition[part][status.value]
                assert steps == sorted(steps)
                assert len(steps) == len(edition[part]["rates"])
