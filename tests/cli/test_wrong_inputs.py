"""Wrong input: status 3, one line a problem with its cell and how to fix it, the file untouched."""

from pathlib import Path
from typing import Any

import pytest
from books import FAMILY, HOLDINGS, SETTINGS, TARGETS, Rows, replaced, settings, texts_of, write_book, xlrebal

ACCOUNTS: Rows = (("Account", "Type", "Currency", "Cash", "Only"), ("Main", "taxable", "KRW", 0, None))


def family(**tables: Any) -> dict[str, Rows]:
    return dict(FAMILY) | tables


WRONG: dict[str, tuple[dict[str, Rows], str]] = {
    "word for a number": (
        family(Holdings=replaced(HOLDINGS, "D2", "ten")),
        'Holdings!D2: quantity "ten" is not a number',
    ),
    "negative quantity": (family(Holdings=replaced(HOLDINGS, "D2", -1)), "Holdings!D2: quantity -1 is below 0"),
    "code not in targets": (
        family(Holdings=replaced(HOLDINGS, "B3", "999999")),
        "Holdings!B3: code 999999 is not in Targets (add it with target 0 to sell it)",
    ),
    "lost zero": (
        family(Holdings=replaced(HOLDINGS, "B2", 69500)),
        "Holdings!B2: code 69500 is not in Targets (is it 069500? format the cell as text and type the code again)",
    ),
    "code missing": (family(Holdings=replaced(HOLDINGS, "B2", None)), "Holdings!B2: code is missing"),
    "price missing": (
        family(Holdings=replaced(HOLDINGS, "E2", None)),
        "Holdings!E2: price of 069500 is missing (fill it, or fill Value)",
    ),
    "excel error": (
        family(Holdings=replaced(HOLDINGS, "E2", "#N/A")),
        "Holdings!E2: price shows the error #N/A (fix the formula)",
    ),
    "formula never computed": (
        family(Holdings=replaced(HOLDINGS, "E2", "=1+1")),
        "Holdings!E2: price is a formula without a value (open the file in Excel or LibreOffice and save it once)",
    ),
    "targets above 1": (
        family(Targets=replaced(TARGETS, "D3", 0.65)),
        "Targets!D3: target 0.65 makes the targets add up to 1.05; they must add up to 1",
    ),
    "percent as a number": (
        family(Targets=replaced(TARGETS, "D3", 60)),
        "Targets!D3: target 60 is more than 1 (write 60% or a fraction such as 0.05)",
    ),
    "code twice": (
        family(Targets=replaced(TARGETS, "C3", "069500")),
        "Targets!C3: code 069500 is in Targets twice (it is also in Targets!C2)",
    ),
    "min above target": (
        family(Targets=replaced(TARGETS, "E2", 0.45)),
        "Targets!E2: min 0.45 is above the target 0.40",
    ),
    "column missing": (
        family(Targets=[("Name", "Code"), ("Korea", "069500")]),
        "Targets!A1: the column Target is missing (add it)",
    ),
    "no targets": ({"Holdings": HOLDINGS, "Settings": SETTINGS}, "Targets!A1: the workbook has no table Targets"),
    "unknown setting": (
        family(Settings=settings(drift_treshold=0.05)),
        'Settings!A4: there is no setting "drift_treshold" (did you mean drift_threshold?)',
    ),
    "unknown choice": (
        family(Settings=settings(strategy="sometimes")),
        'Settings!B4: strategy "sometimes" is not known (use calendar or threshold or bands or hybrid)',
    ),
    "bad date": (
        family(Settings=settings(last_rebalanced="soon")),
        'Settings!B3: last_rebalanced "soon" is not a date (write it as 2026-03-04)',
    ),
    "no base currency": (
        {"Holdings": HOLDINGS, "Targets": TARGETS},
        "Settings!A1: the base currency is not set (add the setting base_currency, for example KRW)",
    ),
    "group inside an unknown one": (
        family(Groups=[("Group", "Weight", "Parent"), ("core", 1, "all")]),
        "Groups!C2: group all is not in Groups (add it there with its weight)",
    ),
    "group inside itself": (
        family(Groups=[("Group", "Weight", "Parent"), ("core", 1, "core")]),
        "Groups!C2: group core is inside itself (clear one of the parents)",
    ),
    "group without what is inside it": (
        family(Groups=[("Group", "Weight", "Parent"), ("core", 1, "all"), ("all", 0.9, None)]),
        "Groups!B3: the targets of group all add up to 1.00, not 0.90 (change the weight or the targets)",
    ),
    "shares of a fund": (
        family(LookThrough=[("Code", "Holds", "Share"), ("069500", "360750", 0.9)]),
        "LookThrough!C2: the shares of 069500 add up to 0.90; they must add up to 1",
    ),
    "mixed fund with a target": (
        family(LookThrough=[("Code", "Holds", "Share"), ("069500", "360750", 1)]),
        "LookThrough!A2: mixed fund 069500 has a target of its own (write 0: what it holds has the targets)",
    ),
    "mixed fund of the unknown": (
        family(LookThrough=[("Code", "Holds", "Share"), ("069500", "GOLD", 1)]),
        "LookThrough!B2: GOLD is not an asset of Targets (name one that is)",
    ),
    "more cash than may be paid in": (
        family(Settings=settings(new_cash=500), Accounts=[("Account", "Limit left"), ("Main", 400)]),
        "Settings!B4: new_cash is above what may still be paid into Main: 400 "
        "(use the column Contribution of another account)",
    ),
    "unknown risk": (
        family(Targets=[(*TARGETS[0], "Risk"), (*TARGETS[1], "hot"), (*TARGETS[2], None)]),
        'Targets!H2: risk "hot" is not known',
    ),
    "unknown exchange": (
        family(Settings=settings(exchange="XMARS")),
        "Settings!B4: there is no calendar for the exchange XMARS (use XKRX or XNYS)",
    ),
    "unknown account": (
        family(Accounts=replaced(ACCOUNTS, "A2", "Mine")),
        "Holdings!A2: account Main is not in Accounts",
    ),
    "unknown account type": (
        family(Accounts=replaced(ACCOUNTS, "B2", "ISB")),
        'Accounts!B2: type "ISB" is not known (use taxable or ISA or pension or IRP or IRA or Roth or 401k)',
    ),
    "allowed asset unknown": (
        family(Accounts=replaced(ACCOUNTS, "E2", "069500, 111111")),
        "Accounts!E2: 111111 is neither a code nor a group of Targets",
    ),
    "no exchange rate": (
        family(Accounts=replaced(ACCOUNTS, "C2", "USD")),
        "Accounts!C2: currency USD has no rate in FX (add a row USD with its rate in KRW)",
    ),
    "group off": (
        family(Groups=[("Group", "Weight"), ("core", 0.9)]),
        "Groups!B2: the targets of group core add up to 1.00, not 0.90 (change the weight or the targets)",
    ),
    "value off": (
        family(Holdings=[("Code", "Quantity", "Price", "Value"), ("069500", 10, 100, 2000)]),
        "Holdings!D2: value 2,000 is not quantity x price = 1,000 (clear the value or fix the other two)",
    ),
    "too large a withdrawal": (
        family(Settings=settings(new_cash=-99_000_000)),
        "Settings!B4: the withdrawal is larger than everything there is (7,500,000)",
    ),
    "too large a withdrawal, and a part of a won": (
        # 0.01 dollars are 13.607 won: the amount that is named can be taken out.
        family(
            Settings=settings(new_cash=-99_000_000),
            Accounts=[("Account", "Currency", "Cash"), ("Main", "KRW", 0), ("Dollars", "USD", 0.01)],
            FX=[("Currency", "Rate"), ("USD", 1360.7)],
        ),
        "Settings!B4: the withdrawal is larger than everything there is (7,500,013) (take out that much",
    ),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("as_tables", [False, True], ids=["sheets", "tables"])
def test_one_line_with_cell_and_hint(tmp_path: Path, name: str, as_tables: bool) -> None:
    tables, line = WRONG[name]
    path = write_book(tmp_path / "book.xlsx", tables, as_tables=as_tables)
    before = path.read_bytes()
    run = xlrebal("update", path, "--as-of", "2026-03-04")
    assert run.status == 3
    assert any(found.startswith(line) for found in run.err.splitlines()), run.err
    assert "Traceback" not in run.err
    assert path.read_bytes() == before
    assert run.out == ""


def test_all_problems_at_once(tmp_path: Path) -> None:
    """Twenty problems in one workbook come as twenty lines, in the order of the tables."""
    holdings = [HOLDINGS[0], *(("Main", "069500", "Korea", "ten", 35000, None) for _ in range(18))]
    tables = family(Holdings=holdings, Targets=replaced(TARGETS, "D3", 0.65), Settings=settings(stratgy="hybrid"))
    path = write_book(tmp_path / "book.xlsx", tables)
    lines = xlrebal("update", path).err.splitlines()
    assert len(lines) == 21
    assert [line.partition("!")[0] for line in lines[:20]] == ["Holdings"] * 18 + ["Targets", "Settings"]
    assert lines[20].startswith("20 problems in book.xlsx. Nothing was written; xlrebal help")


def test_json_names_the_cells_too(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx", family(Holdings=replaced(HOLDINGS, "D2", "ten")))
    run = xlrebal("update", path, "--json")
    assert run.status == 3
    assert texts_of(run.data["errors"]) == [{"cell": "Holdings!D2", "message": 'quantity "ten" is not a number'}]


RULES = {
    "not yaml": ("portfolio: [", "rules.yaml:1: the rules cannot be read"),
    "empty": ("", "rules.yaml: the file holds no rules"),
    "unknown key": ("portfolio:\n  rebalancing:\n    stratgy: hybrid\n", "rules.yaml:3: portfolio.rebalancing.stratgy"),
    "sum": (
        "portfolio:\n  allocation:\n    core:\n      assets:\n        - {code: '069500', target: 0.4}\n",
        "rules.yaml:5: target 0.40 makes the targets add up to 0.40; they must add up to 1",
    ),
    "word": ("portfolio:\n  costs:\n    slippage_estimate: low\n", 'rules.yaml:3: slippage_rate "low" is not a number'),
}


@pytest.mark.parametrize("name", RULES)
def test_wrong_rules(tmp_path: Path, name: str) -> None:
    text, line = RULES[name]
    rules = tmp_path / "rules.yaml"
    rules.write_text(text, encoding="utf-8")
    run = xlrebal("update", write_book(tmp_path / "book.xlsx"), "--rules", rules)
    assert run.status == 3
    assert any(found.startswith(line) for found in run.err.splitlines()), run.err
