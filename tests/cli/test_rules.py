"""Rules as a file and over time: round trips, comments, changes that are noticed and cooled off."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import FAMILY, settings, write_book, xlrebal

CASES = Path(__file__).parent.parent / "cases"
GIVEN = CASES / "portfolio_config.yaml"
DAY = "2026-03-04"


def family(folder: Path, **tables: Any) -> Path:
    return write_book(folder / "family.xlsx", FAMILY | tables)


@pytest.mark.parametrize("template", ["core-satellite", "korean-family", "us-family"])
def test_out_and_in_again_changes_nothing(tmp_path: Path, template: str) -> None:
    path, rules = tmp_path / "family.xlsx", tmp_path / "rules.yaml"
    assert xlrebal("new", path, "--template", template).status == 0
    before = path.read_bytes()
    assert xlrebal("rules", "export", path, rules).status == 0
    first = rules.read_text(encoding="utf-8")
    run = xlrebal("rules", "import", path, rules)
    assert (run.status, run.out) == (0, "No differences.\n")
    assert path.read_bytes() == before
    assert xlrebal("rules", "diff", path, rules).out == "No differences.\n"
    assert "says the same already" in xlrebal("rules", "export", path, rules).out
    assert rules.read_text(encoding="utf-8") == first
    # The file itself drives an update to the same orders.
    plain = xlrebal("update", path, "--as-of", DAY, "--dry-run", "--json").data
    ruled = xlrebal("update", path, "--as-of", DAY, "--dry-run", "--json", "--rules", rules).data
    for part in ("orders", "drift"):
        by_code = [sorted(data[part], key=lambda line: (line["code"], line.get("account"))) for data in (plain, ruled)]
        assert by_code[0] == by_code[1]


def test_comments_and_words_of_a_file_stay(tmp_path: Path) -> None:
    path, rules = tmp_path / "family.xlsx", tmp_path / "rules.yaml"
    assert xlrebal("new", path).status == 0
    text = GIVEN.read_text(encoding="utf-8")
    text = text.replace("    core:", "    core:   # what we never touch in haste").replace(
        "target: 0.35, min: 0.30", "target: 0.36, min: 0.30"
    )
    text = "# agreed at the kitchen table\n" + text.replace("name: 'KODEX 200'", "name: 'KODEX 200'  # at home")
    rules.write_text(text, encoding="utf-8")
    assert xlrebal("rules", "export", path, rules).status == 0
    after = rules.read_text(encoding="utf-8")
    for kept in ("# agreed at the kitchen table", "# what we never touch in haste", "weight: 0.70", "owner: 'family'",
                 "broker: 'Korea Investment & Securities'"):  # fmt: skip
        assert kept in after
    assert "target: 0.35" in after
    assert "0.36" not in after


def test_a_changed_file_changes_its_cells_and_no_others(tmp_path: Path) -> None:
    path, rules = tmp_path / "family.xlsx", tmp_path / "rules.yaml"
    assert xlrebal("new", path).status == 0
    xlrebal("rules", "export", path, rules)
    text = rules.read_text(encoding="utf-8")
    text = text.replace("threshold: 0.05", "threshold: 0.04", 1).replace("target: 0.35", "target: 0.33", 1)
    text = text.replace("target: 0.15", "target: 0.17", 1)
    rules.write_text(text, encoding="utf-8")
    before = {c.coordinate: c.value for row in openpyxl.load_workbook(path)["Targets"] for c in row}
    diff = xlrebal("rules", "diff", path, rules).out
    assert "target of 360750: 0.35 in the workbook, 0.33 in rules.yaml" in diff
    run = xlrebal("rules", "import", path, rules)
    assert run.status == 0, run.err
    book = openpyxl.load_workbook(path)
    after = {c.coordinate: c.value for row in book["Targets"] for c in row}
    changed = {place for place in after if after[place] != before[place]}
    assert {after[place] for place in changed} == {0.33, 0.17}
    assert {book["Targets"][place].number_format for place in changed} == {"0.00##%"}
    found = {row[0].value: row[1].value for row in book["Settings"] if row[0].value}
    assert found["drift_threshold"] == 0.04


def test_a_new_and_a_missing_asset(tmp_path: Path) -> None:
    path, rules = family(tmp_path), tmp_path / "rules.yaml"
    xlrebal("rules", "export", path, rules)
    text = rules.read_text(encoding="utf-8").replace("code: '360750'", "code: '000001'")
    rules.write_text(text.replace("ticker: 'World'", "ticker: 'Gold'"), encoding="utf-8")
    run = xlrebal("rules", "import", path, rules)
    assert run.status == 0, run.err
    assert "360750 is not in the rules: its target is now 0 (it is sold by the next plan)" in run.err
    rows = [[cell.value for cell in row][:4] for row in openpyxl.load_workbook(path)["Targets"]]
    assert rows[2:] == [["core", "World", "360750", 0], ["core", "Gold", "000001", 0.6]]


def test_wrong_rules_are_refused_with_their_line(tmp_path: Path) -> None:
    path, rules = family(tmp_path), tmp_path / "rules.yaml"
    xlrebal("rules", "export", path, rules)
    rules.write_text(rules.read_text(encoding="utf-8").replace("target: 0.6", "target: 0.7"), encoding="utf-8")
    before = path.read_bytes()
    run = xlrebal("rules", "import", path, rules)
    assert run.status == 3
    assert "must add up to 1" in run.err
    assert path.read_bytes() == before


def changed(path: Path, **values: Any) -> None:
    book = openpyxl.load_workbook(path)
    for row in book["Settings"].iter_rows(min_row=2):
        if row[0].value in values:
            row[1].value = values[row[0].value]
    book.save(path)


def log(path: Path) -> list[list[Any]]:
    rows = [[c.value for c in row] for row in openpyxl.load_workbook(path)["Rule changes"].iter_rows(min_row=2)]
    return [[getattr(v, "date", lambda v=v: v)() if hasattr(v, "date") else v for v in row] for row in rows]


def test_a_change_is_noticed_dated_and_cooled_off(tmp_path: Path) -> None:
    path = family(tmp_path, Settings=settings(drift_threshold=0.05, cooldown_days=7))
    assert xlrebal("update", path, "--as-of", "2026-02-02").status == 0
    assert {row[4] for row in log(path)} == {"first recorded"}
    changed(path, drift_threshold=0.03)
    run = xlrebal("update", path, "--as-of", "2026-03-04", "--now", "--json", "--reason", "less patience")
    assert run.data["waiting_until"] == "2026-03-11"
    assert {order["status"] for order in run.data["orders"]} == {"waiting until 2026-03-11"}
    assert "drift_threshold changed from 0.05 to 0.03 (less patience)" in run.err
    assert [str(v) for v in log(path)[-1]] == [
        "2026-03-04",
        "drift_threshold",
        "0.05",
        "0.03",
        "less patience",
        "2026-03-11",
    ]
    # The next days it still waits, and says no more than that.
    run = xlrebal("update", path, "--as-of", "2026-03-10", "--now", "--json")
    assert run.data["waiting_until"] == "2026-03-11"
    assert len(run.data["warnings"]) == 1
    run = xlrebal("update", path, "--as-of", "2026-03-11", "--now", "--json")
    assert run.data["waiting_until"] is None
    assert {order["status"] for order in run.data["orders"]} == {"planned"}
    history = [[c.value for c in row] for row in openpyxl.load_workbook(path)["Value history"].iter_rows(min_row=2)]
    assert history[0][7] != history[1][7] == history[-1][7]


def test_while_a_family_is_setting_up_nothing_waits(tmp_path: Path) -> None:
    path = family(tmp_path, Settings=settings(drift_threshold=0.05))
    xlrebal("update", path, "--as-of", "2026-03-02")
    changed(path, drift_threshold=0.03)
    run = xlrebal("update", path, "--as-of", "2026-03-04", "--json")
    assert (run.data["waiting_until"], run.err) == (None, "")
    assert log(path)[-1][3:] == ["0.03", "setting up", None]


def test_an_override_needs_a_reason(tmp_path: Path) -> None:
    path = family(tmp_path, Settings=settings(drift_threshold=0.05))
    xlrebal("update", path, "--as-of", "2026-02-02")
    changed(path, drift_threshold=0.03)
    run = xlrebal("update", path, "--as-of", "2026-03-04", "--json", "--override", "house bought")
    assert run.data["waiting_until"] is None
    assert log(path)[-1][4:] == ["override: house bought", None]
    # In the table: a date that is cleared without a reason comes back, with one it stays away.
    changed(path, drift_threshold=0.02)
    xlrebal("update", path, "--as-of", "2026-03-05")
    for reason, waits in ((None, "2026-03-12"), ("agreed by both", None)):
        book = openpyxl.load_workbook(path)
        sheet = book["Rule changes"]
        sheet.cell(sheet.max_row, 6).value = None
        sheet.cell(sheet.max_row, 5).value = reason
        book.save(path)
        assert xlrebal("update", path, "--as-of", "2026-03-06", "--json").data["waiting_until"] == waits


def test_targets_count_and_figures_of_the_day_do_not(tmp_path: Path) -> None:
    path = family(tmp_path, Settings=settings(new_cash=0))
    xlrebal("update", path, "--as-of", "2026-02-02")
    changed(path, new_cash=500_000)
    assert xlrebal("update", path, "--as-of", "2026-03-03", "--json").data["waiting_until"] is None
    book = openpyxl.load_workbook(path)
    book["Targets"]["D2"], book["Targets"]["D3"] = 0.45, 0.55
    book.save(path)
    run = xlrebal("update", path, "--as-of", "2026-03-03", "--json")
    assert run.data["waiting_until"] == "2026-03-10"
    assert [row[1] for row in log(path)[-3:]] == ["target of 069500", "target of 360750", "weight of group core"] or [
        row[1] for row in log(path)[-2:]
    ] == ["target of 069500", "target of 360750"]


def test_a_rules_file_is_a_change_of_rules_too(tmp_path: Path) -> None:
    path, rules = family(tmp_path), tmp_path / "rules.yaml"
    xlrebal("update", path, "--as-of", "2026-02-02")
    xlrebal("rules", "export", path, rules)
    shutil.copy(rules, tmp_path / "other.yaml")
    text = rules.read_text(encoding="utf-8").replace("target: 0.4", "target: 0.5").replace("target: 0.6", "target: 0.5")
    rules.write_text(text, encoding="utf-8")
    data = xlrebal("update", path, "--as-of", "2026-03-03", "--rules", rules, "--json").data
    assert data["waiting_until"] == "2026-03-10"


def test_a_history_without_fingerprints_goes_on(tmp_path: Path) -> None:
    path = family(tmp_path)
    xlrebal("update", path, "--as-of", "2026-02-02")
    book = openpyxl.load_workbook(path)
    sheet = book["Value history"]
    sheet["H1"] = sheet["H2"] = None
    table = sheet.tables["History"]
    table.ref = table.autoFilter.ref = "A1:G2"
    table.tableColumns.pop()
    book.save(path)
    run = xlrebal("update", path, "--as-of", "2026-03-03")
    assert run.status == 0, run.err
    assert openpyxl.load_workbook(path)["Value history"]["H3"].value is None


def test_the_cell_of_a_wrong_setting_is_named(tmp_path: Path) -> None:
    path, rules = family(tmp_path), tmp_path / "rules.yaml"
    xlrebal("rules", "export", path, rules)
    with rules.open("a", encoding="utf-8") as file:
        file.write("  settings:\n    drift_treshold: 0.05\n")
    run = xlrebal("rules", "diff", path, rules)
    assert run.status == 3
    assert "there is no setting drift_treshold (did you mean drift_threshold?)" in run.err


RATES = ("drift_threshold", "rebalance_tolerance", "commission_rate", "slippage_rate", "fx_spread", "short_term_rate",
         "long_term_rate", "tlh_threshold")  # fmt: skip
AMOUNTS = ("min_trade_amount", "max_tax", "tlh_min_loss")


@pytest.mark.parametrize(
    "value", [0.0000364, 1e-9, 0.1, 1, 0, "3.64e-05", "0.0000364", 12_345_678_901_234, 1e20, 0.123456789012345]
)
def test_numbers_of_any_size_come_back_as_they_were(tmp_path: Path, value: Any) -> None:
    names = AMOUNTS if float(value) > 1 else (*AMOUNTS, *RATES)
    path, rules = family(tmp_path, Settings=settings(**dict.fromkeys(names, value))), tmp_path / "rules.yaml"
    before = path.read_bytes()
    assert xlrebal("rules", "export", path, rules).status == 0
    lines = [line.partition(": ") for line in rules.read_text(encoding="utf-8").splitlines()]
    numbers = [text for _, _, text in lines if text[:1].isdigit() and float(text) == float(value)]
    assert len(numbers) >= len(names)
    assert not any("e" in text.lower() for text in numbers)
    assert xlrebal("rules", "import", path, rules).out == "No differences.\n"
    assert path.read_bytes() == before
    run = xlrebal("update", path, "--as-of", DAY, "--dry-run", "--rules", rules)
    assert run.status == 0, run.err


@pytest.mark.parametrize("text", ["3.64e-05", "3.64E-5", "0.0000364", "0.00364%"])
def test_a_file_may_write_a_small_number_in_any_form(tmp_path: Path, text: str) -> None:
    path, rules = family(tmp_path, Settings=settings(commission_rate=0.01)), tmp_path / "rules.yaml"
    rules.write_text(f"portfolio:\n  costs:\n    etf_commission_rate: {text}\n", encoding="utf-8")
    run = xlrebal("update", path, "--as-of", DAY, "--dry-run", "--rules", rules)
    assert run.status == 0, run.err
    assert "commission_rate: 0.01 in the workbook, 0.0000364 in" in xlrebal("rules", "import", path, rules).out
    found = {row[0].value: row[1].value for row in openpyxl.load_workbook(path)["Settings"]}
    assert found["commission_rate"] == pytest.approx(0.0000364, rel=1e-12)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("etf_commission_rate: many", 'rules.yaml:3: commission_rate "many" is not a number'),
        ("etf_commission_rate: 12", "rules.yaml:3: commission_rate 12 is more than 1"),
        ("fx_spread: 1e5", 'rules.yaml:3: fx_spread "1e5" is not a number'),
    ],
)
def test_every_door_refuses_the_same_number(tmp_path: Path, line: str, message: str) -> None:
    path, rules = family(tmp_path), tmp_path / "rules.yaml"
    rules.write_text(f"portfolio:\n  costs:\n    {line}\n", encoding="utf-8")
    for run in (
        xlrebal("update", path, "--as-of", DAY, "--dry-run", "--rules", rules),
        xlrebal("rules", "import", path, rules),
        xlrebal("rules", "diff", path, rules),
    ):
        assert run.status == 3
        assert message in run.err
