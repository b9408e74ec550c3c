"""Korean: the same figures in other words, and no sentence left in English."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import FAMILY, mark_executed, settings, write_book, xlrebal
from live.families import write_family

from xlrebal.files import templates
from xlrebal.tables.write.languages import SHEETS

PAIRS = [p for p in templates.files() if p.name.endswith(".ko.xlsx")]
# Words that are names, units or identifiers in any language.
KEPT = re.compile(
    r"[A-Z0-9&.'+<>@() ]{2,}|IRP|ISA|max_tax|points?|(?:overseas|kr|us)_\w+|exempt|Trades!\w+|[a-z_]+_[a-z_]+"
)


def english_in(text: str, names: set[str]) -> str:
    """What of a text is English although nobody's name."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    return " ".join(re.findall(r"[A-Za-z]{4,}", KEPT.sub("", text)))


def korean_texts(path: Path) -> list[str]:
    """The texts of every result sheet but citations of law."""
    book = openpyxl.load_workbook(path)
    sheets = [book[name.korean] for name in SHEETS.values() if name.korean in book.sheetnames]
    rows = [row for sheet in sheets for row in sheet.iter_rows() if not str(row[0].value).endswith("규칙")]
    texts = [cell.value for row in rows for cell in row if isinstance(cell.value, str)]
    # The fingerprint of the rules is no word.
    return [text for text in texts if not re.fullmatch("[0-9a-f]{8}", text)]


def names_in(data: dict[str, Any]) -> set[str]:
    """What the family calls its assets, groups and accounts."""
    names = {line["name"] for line in data["drift"]} | {line["code"] for line in data["drift"]}
    names |= {line["group"] or "" for line in data["drift"]} | {order["account"] for order in data["orders"]}
    return (names | {skip["account"] or "" for skip in data["skipped"]}) - {""}


@pytest.mark.parametrize("seed", range(40))
def test_every_sentence_of_a_plan_has_korean_words(tmp_path: Path, seed: int) -> None:
    path = write_family(tmp_path / "family.xlsx", seed, country=("KR", "none")[seed % 2])
    options = (["--now"], ["--cash", "-100000"], ["--cash", "3000000"], [])[seed % 4]
    book = openpyxl.load_workbook(path)
    book["Settings"].append(("language", "ko"))
    book.save(path)
    run = xlrebal("update", path, "--as-of", "2026-05-04", "--json", *options)
    assert run.status == 0, run.err
    names = names_in(run.data) | {"Broker", "KRW", "USD"}
    left = [text for text in korean_texts(path) if english_in(text, names)]
    assert left == []


@pytest.mark.parametrize("template", PAIRS, ids=lambda path: path.name)
def test_a_korean_template_gives_the_same_figures(tmp_path: Path, template: Path) -> None:
    english = template.with_name(template.name.replace(".ko.", "."))
    results = []
    for source in (english, template):
        path = tmp_path / source.name
        shutil.copy(source, path)
        run = xlrebal("update", path, "--as-of", "2026-11-16", "--now", "--json")
        assert run.status == 0, run.err
        results.append(run.data)
    keys = ("code", "action", "quantity", "amount", "tax")
    orders = [[tuple(order[key] for key in keys) for order in data["orders"]] for data in results]
    assert orders[0] == orders[1]
    book = openpyxl.load_workbook(tmp_path / template.name)
    assert {"비중 점검", "주문", "제외", "요약", "평가 기록"} <= set(book.sheetnames)
    assert not {"Drift", "Orders", "Summary"} & set(book.sheetnames)
    orders_sheet = book["주문"]
    assert {row[2].value for row in orders_sheet.iter_rows(min_row=2)} <= {"매수", "매도"}
    labels = [row[0].value for row in book["요약"].iter_rows(min_row=2)]
    assert all(re.search("[가-힣]", label) for label in labels)
    # Every tile of the Dashboard finds its line.
    formulas = [c.value for row in book["한눈에 보기"] for c in row if isinstance(c.value, str) and "MATCH" in c.value]
    wanted = {re.search('MATCH\\("([^"]*)"', formula)[1] for formula in formulas}  # type: ignore[index]
    assert wanted <= set(labels)


def test_korean_orders_are_recorded(tmp_path: Path) -> None:
    path = tmp_path / "family.xlsx"
    assert xlrebal("new", path, "--lang", "ko").status == 0
    assert xlrebal("update", path, "--as-of", "2026-04-01").status == 0
    mark_executed(path, word="체결")
    assert xlrebal("update", path, "--as-of", "2026-04-01").status == 3
    run = xlrebal("record", path, "--date", "2026-04-01", "--json")
    assert run.status == 0, run.err
    assert {trade["action"] for trade in run.data["recorded"]} == {"BUY", "SELL"}
    assert run.data["recorded"][0]["trigger"] == "scheduled"
    book = openpyxl.load_workbook(path)
    assert {row[14].value for row in book["주문"].iter_rows(min_row=2)} == {"기록됨"}
    assert "리밸런싱 기록" in book.sheetnames
    assert xlrebal("update", path, "--as-of", "2026-04-02").err == ""
    assert xlrebal("review", path, "--quarter", "2026Q2").status == 0
    assert "분기 점검" in openpyxl.load_workbook(path).sheetnames


@pytest.mark.parametrize("headers", [0, 1], ids=["Korean names", "Korean headers"])
def test_korean_is_not_guessed(tmp_path: Path, headers: int) -> None:
    """Scripts find new results by the names of the contract, whatever the family's own texts are in."""
    korean = {"Code": "종목코드", "Name": "종목명", "Target": "목표", "Quantity": "수량", "Price": "현재가"}
    tables: dict[str, Any] = dict(FAMILY)
    for name in ("Holdings", "Targets"):
        head, *rows = FAMILY[name]
        if headers:
            tables[name] = [tuple(korean.get(str(h), h) for h in head), *rows]
        else:
            tables[name] = [head, *(tuple("코스피 지수" if h == "Name" else c for h, c in zip(head, row, strict=True))
                                    for row in rows)]  # fmt: skip
    path = write_book(tmp_path / "family.xlsx", tables)
    for day in ("2026-03-04", "2026-03-05"):
        run = xlrebal("update", path, "--as-of", day)
        assert run.status == 0, run.err
        book = openpyxl.load_workbook(path)
        assert next(book["Orders"].values)[:3] == ("No", "Account", "Action")
        assert "주문" not in book.sheetnames


def test_auto_keeps_the_language_of_the_results(tmp_path: Path) -> None:
    path = write_book(tmp_path / "family.xlsx", FAMILY | {"Settings": settings(language="ko")})
    assert xlrebal("update", path, "--as-of", "2026-03-04").status == 0
    book = openpyxl.load_workbook(path)
    for row in book["Settings"].iter_rows():
        if row[0].value == "language":
            row[1].value = "auto"
    book.save(path)
    assert xlrebal("update", path, "--as-of", "2026-03-05").status == 0
    assert next(openpyxl.load_workbook(path)["주문"].values)[:3] == ("번호", "계좌", "구분")


def test_the_language_can_be_chosen_and_changed(tmp_path: Path) -> None:
    path = write_book(tmp_path / "family.xlsx", FAMILY | {"Settings": settings(language="ko")})
    assert xlrebal("update", path, "--as-of", "2026-03-04").status == 0
    assert "주문" in openpyxl.load_workbook(path).sheetnames
    book = openpyxl.load_workbook(path)
    for row in book["Settings"].iter_rows():
        if row[0].value == "language":
            row[1].value = "en"
    book.save(path)
    # The sheets stay where they are; their headers are known in either language.
    run = xlrebal("update", path, "--as-of", "2026-03-04")
    assert run.status == 0, run.err
    book = openpyxl.load_workbook(path)
    assert "Orders" not in book.sheetnames
    assert book["주문"]["C2"].value in ("BUY", "SELL")
