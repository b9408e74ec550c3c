"""Words that a workbook keeps (the record, the logs, marks) stand in its language and are read back in either."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import FAMILY, mark_executed, rows_of, settings, values_of, write_book, xlrebal

from xlrebal.language import LANGUAGES, render
from xlrebal.tables.contract import words
from xlrebal.tables.contract.schema import GROUPS, SETTINGS, TARGETS
from xlrebal.tables.rules_file.rules import GROUP_FIELDS, TARGET_FIELDS, Key, rule_named

# Words of English sentences; codes, names of settings and of things that are traded are none.
ENGLISH_WORDS = re.compile(
    r"\b(a|an|and|are|at|be|by|for|from|has|in|is|it|its|no|not|of|on|or|that|the|this|to|was|with|first|recorded|setting"
    r"|up|removed|override|cash|drift|scheduled|manual|harvest|buy|sell|deposit|prices?|group|target)\b",
    re.IGNORECASE,
)


def change(path: Path, table: str, row: int, column: int, value: Any) -> None:
    book = openpyxl.load_workbook(path)
    sheet = next(sheet for sheet in book if table in sheet.tables or sheet.title == table)
    first = sheet[sheet.tables[table].ref][0][0] if table in sheet.tables else sheet["A1"]
    sheet.cell(first.row + row, first.column + column).value = value
    book.save(path)


def set_value(path: Path, name: str, value: Any) -> None:
    book = openpyxl.load_workbook(path)
    cells = [row for sheet in book for row in sheet.iter_rows() if row[0].value == name]
    cells[0][1].value = value
    book.save(path)


def rule_log(path: Path) -> list[list[Any]]:
    return values_of(path, "RuleChanges")[1:]


def texts_of(path: Path, *tables: str) -> list[str]:
    return [str(value) for table in tables for row in values_of(path, table) for value in row if isinstance(value, str)]


@pytest.fixture
def korean(tmp_path: Path) -> Path:
    """A Korean family of the template, with its first plan."""
    path = tmp_path / "가족.xlsx"
    assert xlrebal("new", path, "--template", "korean-family", "--lang", "ko").status == 0
    set_value(path, "cooldown_days", 0)
    assert xlrebal("update", path, "--as-of", "2026-03-04", "--now").status == 0
    return path


def test_a_korean_family_keeps_its_year_without_an_english_word(korean: Path, tmp_path: Path) -> None:
    own = set(texts_of(korean, "Trades"))
    mark_executed(korean, word="체결")
    run = xlrebal("record", korean, "--date", "2026-03-05", "--note", "봄")
    assert run.status == 0, run.err
    assert {row["상태"] for row in rows_of(korean, "Orders")} == {"기록됨"}
    set_value(korean, "drift_threshold", 0.04)
    assert xlrebal("update", korean, "--as-of", "2026-04-06", "--reason", "더 드물게").status == 0
    run = xlrebal("review", korean, "--quarter", "2026Q2")
    assert run.status == 0, run.err
    codes = {row["종목코드"]: row["통화"] for row in rows_of(korean, "Targets")}
    names = [*(code for code in codes if code and code != "CASH"), "USD"]
    prices = tmp_path / "prices.csv"
    days = [",".join([f"{year}-01-0{day}", *["100"] * len(names)]) for year in (2024, 2025) for day in (2, 3, 6)]
    prices.write_text("\n".join([",".join(["날짜", *names]), *days]), encoding="utf-8")
    run = xlrebal("simulate", korean, "--prices", prices)
    assert run.status == 0, run.err
    tables = ("Trades", "RebalanceLog", "RuleChanges", "Orders", "Review", "Simulation", "SimulationPaths")
    written = set(texts_of(korean, *tables)) - own
    assert not [text for text in written if ENGLISH_WORDS.search(re.sub(r"[a-z]+_[a-z_]+", "", text))]
    assert {"매수", "비중 이탈", "봄"} <= set(texts_of(korean, "Trades"))
    assert [row[1] for row in values_of(korean, "RebalanceLog")[1:]] == ["비중 이탈"]
    assert [row[4] for row in rule_log(korean)][-1] == "더 드물게"
    assert "처음 기록" in {row[4] for row in rule_log(korean)}
    assert any(row[1].endswith("의 목표") for row in rule_log(korean))
    assert "drift_threshold: 0.03에서 0.04로 (더 드물게)" in texts_of(korean, "Review")


def test_a_workbook_whose_language_changes_goes_on_with_its_log_of_rules(korean: Path) -> None:
    before = rule_log(korean)
    for language in ("en", "ko", "en"):
        set_value(korean, "language", language)
        assert xlrebal("update", korean, "--as-of", "2026-03-06").status == 0
        now = rule_log(korean)
        # The same rows, in the other words: nothing counts as a change of rules.
        assert len(now) == len(before)
        assert {row[4] for row in now} == {"first recorded" if language == "en" else "처음 기록"}
    assert "target of 069500" in {row[1] for row in now}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rule_that_was_removed_and_comes_back_is_known_in_any_language(tmp_path: Path, language: str) -> None:
    other = next(one for one in LANGUAGES if one != language)
    rows = [list(row) for row in FAMILY["Targets"]]
    rules = settings(cooldown_days=0, language=language)
    path = write_book(tmp_path / "family.xlsx", FAMILY | {"Targets": rows, "Settings": rules})
    assert xlrebal("update", path, "--as-of", "2026-02-02").status == 0
    change(path, "Targets", 1, 4, None)  # the minimum of 069500
    assert xlrebal("update", path, "--as-of", "2026-02-03", "--override", "a house").status == 0
    last = rule_log(path)[-1]
    assert (
        last[1:5]
        == {
            "en": ["min of 069500", "0.3", "removed", None],
            "ko": ["069500의 최소", "0.3", "삭제됨", None],
        }[language]
    )
    set_value(path, "language", other)
    change(path, "Targets", 1, 4, 0.2)
    assert xlrebal("update", path, "--as-of", "2026-02-04").status == 0
    assert rule_log(path)[-1][1:4] == [{"en": "min of 069500", "ko": "069500의 최소"}[other], None, "0.2"]
    assert len(rule_log(path)) == len({tuple(row[1:4]) for row in rule_log(path)})


@pytest.mark.parametrize(("language", "shown"), [("en", "override: a house"), ("ko", "대기 해제: a house")])
def test_an_override_is_kept_in_the_language_of_the_workbook(tmp_path: Path, language: str, shown: str) -> None:
    path = write_book(tmp_path / "family.xlsx", FAMILY | {"Settings": settings(drift_threshold=0.05)})
    assert xlrebal("update", path, "--as-of", "2026-02-02").status == 0
    set_value(path, "drift_threshold", 0.03)
    run = xlrebal("update", path, "--as-of", "2026-03-04", "--json", "--override", "a house")
    assert run.data["waiting_until"] is None
    book = openpyxl.load_workbook(path)
    book["Settings"].append(["language", language])
    book.save(path)
    assert xlrebal("update", path, "--as-of", "2026-03-05").status == 0
    assert rule_log(path)[-1][4] == shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_trades_of_either_language_are_the_same_trades(tmp_path: Path, language: str) -> None:
    def shown(name: Any) -> str:
        return render(name, language)

    trades = [
        ("Date", "Account", "Action", "Code", "Quantity", "Price", "Trigger"),
        *(
            (dt.date(2026, 1, 5), "Main", shown(action), "360750", 1, 20000, shown(words.TRIGGERS["harvest"]))
            for action in words.ACTIONS.values()
        ),
    ]
    path = write_book(tmp_path / "family.xlsx", FAMILY | {"Trades": trades, "Settings": settings(last_rebalanced=None)})
    trigger = xlrebal("update", path, "--as-of", "2026-03-04", "--dry-run", "--json").data["trigger"]
    # A harvest is no rebalance: the schedule of January is still open.
    assert (trigger["due"], trigger["kind"]) == (True, "scheduled")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_is_known_by_its_name(language: str) -> None:
    keys = [Key(TARGETS.key, code, field) for code in ("069500", "VTI", "group X") for field in TARGET_FIELDS]
    keys += [Key(GROUPS.key, name, field) for name in ("core", "성장", "of core") for field in GROUP_FIELDS]
    keys.append(Key(SETTINGS.key, "drift_threshold"))
    for key in keys:
        if str(key).startswith(("weight of group", "min of group", "max of group")) and key.table == TARGETS.key:
            continue
        assert rule_named(render(key.name, language)) == key.name


def test_no_word_stands_for_two_codes() -> None:
    for group in (words.ACTIONS, words.TRIGGERS):
        for language in LANGUAGES:
            shown = [render(name, language) for name in group.values()]
            assert len(shown) == len(set(shown))


def test_what_concerns_a_whole_table_points_to_its_sheet(korean: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    assert xlrebal("rules", "export", korean, rules).status == 0
    text = rules.read_text(encoding="utf-8").replace("code: '069500'", "code: '000001', risk: safe", 1)
    rules.write_text(text, encoding="utf-8")
    book = openpyxl.load_workbook(korean)
    header = next(cell for row in book["목표비중"].iter_rows() for cell in row if cell.value == "위험구분")
    header.value = "메모"
    book.save(korean)
    run = xlrebal("rules", "import", korean, rules)
    assert run.status == 3
    assert "목표비중!A1: 000001의 위험구분 값을 적을 열이 없습니다" in run.err
    # The log of rules as well.
    set_value(korean, "drift_threshold", 0.04)
    run = xlrebal("update", korean, "--as-of", "2026-04-06", "--dry-run")
    assert "규칙 변경: drift_threshold: 0.03에서 0.04로 바뀌었습니다" in run.err
