"""What a Korean family reads on the terminal: help, questions, results and what is wrong, none of it in English."""

from __future__ import annotations

import argparse
import re
import types
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import FAMILY, Run, mark_executed, settings, write_book, xlrebal

DAY = "2026-03-04"
COMMANDS = (
    "new", "update", "check", "clear", "record", "rules", "review", "simulate", "import", "prices", "share", "open",
    "help", "completion", "excel", "doctor",
)  # fmt: skip
# Names that are the same in every language: of programs, formats, values of options, variables and a package.
NAMES = {
    "xlrebal", "Python", "CSV", "XLSX", "UTF", "CP", "YAML", "JSON", "URL", "XLREBAL_NOTIFY", "Windows", "macOS", "en",
    "core", "satellite", "csv", "yahoo", "pip", "install", "KRW", "ISO",
}  # fmt: skip


def english_in(text: str, *, known: set[str] | frozenset[str] = frozenset()) -> set[str]:
    """The English words of a text, without options, choices, names of files and codes."""
    text = re.sub(r"\S*/\S*|--?[a-z-]+|\{[^}]*\}|\S*\.(?:xlsx|xlsm|csv|yaml)\b|\[\w+\]", " ", text)
    return set(re.findall(r"[A-Za-z_]{2,}", text)) - NAMES - set(COMMANDS) - known


def korean_family(folder: Path, **tables: Any) -> Path:
    accounts = [("계좌", "통화", "현금"), ("우리", "KRW", 100_000)]
    holdings = [
        ("계좌", "종목코드", "종목명", "수량", "현재가", "평균단가"),
        ("우리", "069500", "국내", 150, 35000, 40000),
        ("우리", "360750", "해외", 200, 20000, 15000),
    ]
    targets = [
        ("그룹", "종목명", "종목코드", "목표", "현재가"),
        ("핵심", "국내", "069500", 0.4, 35000),
        ("핵심", "해외", "360750", 0.6, 20000),
    ]
    family = {"계좌": accounts, "보유종목": holdings, "목표비중": targets, "Settings": settings(language="ko")}
    return write_book(folder / "family.xlsx", family | tables)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_the_help_has_no_english_words(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    run = xlrebal("--lang", "ko", *([command] if command else []), "--help")
    assert run.status == 0
    assert run.out.startswith("사용법: xlrebal")
    # An example is a command line, and what it does.
    shown = re.sub(r"^.*xlrebal [a-z]+ .*?(?=  |$)", "", run.out, flags=re.MULTILINE)
    assert not english_in(shown), run.out


def test_the_help_fits_its_columns_though_korean_letters_are_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = xlrebal("record", "--lang", "ko", "--help").out
    options = out.partition("옵션:")[2].partition("예:")[0].splitlines()
    assert "  --date 날짜     거래한 날(기본값: 오늘)" in options
    assert "  --lang {en,ko}  출력 언어(기본값: 통합문서의 언어, 없으면 시스템의 언어)" in options


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sell"], "xlrebal: 오류: 명령 sell은 없습니다. 쓸 수 있는 명령: new, update"),
        (["udate"], "혹시 update인가요?"),
        ([], "xlrebal: 오류: 필요한 인수가 없습니다: 명령"),
        (["record"], "xlrebal record: 오류: 필요한 인수가 없습니다: 파일"),
        (["update", "f.xlsx", "--as-of", "내일"], '인수 --as-of: "내일": 날짜가 아닙니다. 2026-03-04처럼 적으세요'),
        (["update", "f.xlsx", "--as-of"], "인수 --as-of: 값이 하나 필요합니다"),
        (["update", "f.xlsx", "--cash", "12,5"], '"12,5": 금액이 아닙니다. 1000000처럼 적으세요'),
        (["update", "f.xlsx", "--jobs", "0"], '"0": 1 이상의 개수가 아닙니다'),
        (["update", "f.xlsx", "--ja"], "알 수 없는 인수: --ja"),
        (["update", "f.xlsx", "--o", "1"], "분명하지 않은 옵션: --o (--override, --output 가운데 하나를 쓰세요)"),
        (["update", "f.xlsx", "--now=1"], "값을 받지 않습니다"),
        (["rules", "merge", "f.xlsx", "r.yaml"], "쓸 수 없는 값: 'merge' (쓸 수 있는 값: 'export', 'import', 'diff')"),
        (["update", "a.xlsx", "b.xlsx", "--output", "c.xlsx"], "xlrebal: --output은 통합문서 하나에만 쓸 수 있습니다"),
        (["import", "f.xlsx", "b.csv"], "xlrebal: import에는 --account 이름이 필요합니다"),
        (["prices", "f.xlsx"], "xlrebal: prices에는 --csv 가격.csv 또는 다른 --source가 필요합니다"),
        (["prices", "f.xlsx", "--source", "nowhere"], "xlrebal: 가격 출처 nowhere는 없습니다. 쓸 수 있는 값: csv"),
        (["new"], "xlrebal: new에는 파일 이름이 필요합니다. 예: xlrebal new family.xlsx"),
        (["help", "taxes"], "xlrebal: 문서 taxes는 없습니다. 혹시 tax인가요?"),
        (["check", "f.xlsx", "--notify"], "xlrebal: --notify에 주소를 주거나 환경 변수 XLREBAL_NOTIFY를 설정하세요"),
    ],
)
def test_a_wrong_command_line_is_told_in_korean(
    arguments: list[str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    monkeypatch.delenv("XLREBAL_NOTIFY", raising=False)
    run = xlrebal(*arguments)
    assert run.status == 2
    assert told in run.err
    values = {"sell", "udate", "merge", "nowhere", "taxes", "tax", "export", "diff", "ja"}
    assert not english_in(run.err, known=values), run.err


def test_a_korean_complaint_changes_no_other_program_of_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    assert "오류" in xlrebal("update", "--jobs", "--lang", "ko").err
    with pytest.raises(SystemExit):
        argparse.ArgumentParser(prog="other").parse_args(["--no"])
    assert "other: error: unrecognized arguments: --no" in capsys.readouterr().err
    assert "error: argument --jobs: expected one argument" in xlrebal("update", "--jobs").err


def test_a_missing_file_is_told_in_korean(tmp_path: Path) -> None:
    for command in ("update", "record"):
        run = xlrebal(command, tmp_path / "none.xlsx", "--lang", "ko")
        assert run.status == 4
        assert run.err.endswith(". 아무것도 쓰지 않았습니다.\n")
    assert xlrebal("open", tmp_path / "none.xlsx", "--lang", "ko").err.endswith("none.xlsx: 그런 파일이 없습니다\n")


def test_of_several_workbooks_each_is_told_in_its_own_language(tmp_path: Path) -> None:
    wrong = {"Holdings": [*FAMILY["Holdings"], ("Main", "069500", "Korea", "ten", 35000, 40000)]}
    english = write_book(tmp_path / "english.xlsx", {**FAMILY, **wrong})
    korean = write_book(tmp_path / "korean.xlsx", {**FAMILY, **wrong, "Settings": settings(language="ko")})
    for jobs in (1, 2):
        run = xlrebal("update", english, korean, "--jobs", jobs)
        assert run.status == 3
        assert "1 problem in english.xlsx. Nothing was written; xlrebal help workbook explains" in run.err
        assert "korean.xlsx: 문제 1건. 아무것도 쓰지 않았습니다." in run.err


def test_orders_are_recorded_and_results_cleared_in_korean(tmp_path: Path) -> None:
    path = korean_family(tmp_path)
    assert xlrebal("update", path, "--now", "--as-of", DAY).out.endswith(f"{path}에 썼습니다.\n")
    assert xlrebal("record", path).out == "기록할 것이 없습니다. 상태가 체결인 주문이 없습니다.\n"
    mark_executed(path, word="체결")
    run = xlrebal("record", path, "--date", DAY)
    assert run.status == 0, run.err
    lines = run.out.splitlines()
    assert lines[1] == "기록한 거래"
    assert lines[2].split() == ["구분", "계좌", "종목코드", "수량", "단가", "실현손익"]
    assert {line.split()[0] for line in lines[3:5]} == {"매도", "매수"}
    assert lines[-2].startswith("주문 2건, ")
    assert not english_in(run.out + run.err), run.out + run.err
    cleared = xlrebal("clear", path)
    assert not english_in(cleared.out), cleared.out
    assert xlrebal("clear", path).status == 0


def test_rules_are_compared_in_korean(tmp_path: Path) -> None:
    path, rules = korean_family(tmp_path), tmp_path / "rules.yaml"
    assert xlrebal("rules", "export", path, rules).out == f"{rules}에 썼습니다.\n"
    assert xlrebal("rules", "export", path, rules).out == f"{rules}에 이미 같은 규칙이 있습니다.\n"
    assert xlrebal("rules", "diff", path, rules).out == "다른 것이 없습니다.\n"
    rules.write_text(rules.read_text(encoding="utf-8").replace("ko\n", "ko\n    drift_threshold: 0.04\n"), "utf-8")
    differs = "drift_threshold: 통합문서는 -, rules.yaml은 0.04\n"
    assert xlrebal("rules", "diff", path, rules).out == differs
    assert xlrebal("rules", "import", path, rules).out == f"{differs}{path}에 썼습니다.\n"


def test_changes_are_proposed_in_korean_and_a_korean_yes_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, export = korean_family(tmp_path), tmp_path / "잔고.csv"
    export.write_text("종목코드,종목명,보유수량,평균단가,현재가\n069500,국내,160,40000,35000\n", encoding="utf-8")
    asked: list[str] = []

    def answered(word: str) -> Run:
        monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or word)
        return xlrebal("import", path, export, "--account", "우리")

    assert xlrebal("import", path, export, "--account", "우리", "--dry-run").out.startswith("잔고.csv: 보유종목 1개, ")
    monkeypatch.setattr("sys.stdin", types.SimpleNamespace(isatty=lambda: True))
    before = path.read_bytes()
    assert answered("아니요").out.endswith("아무것도 쓰지 않았습니다.\n")
    assert path.read_bytes() == before
    assert answered("네").out.endswith(f"{path}에 썼습니다.\n")
    assert asked == ["이대로 쓸까요? [y/N] "] * 2
    prices = tmp_path / "prices.csv"
    prices.write_text(f"종목코드,현재가,날짜\n069500,36000,{DAY}\n", encoding="utf-8")
    run = xlrebal("prices", path, "--csv", prices, "--dry-run")
    assert run.out.endswith("시험 실행: 아무것도 쓰지 않았습니다.\n")
    assert ": 경고: " not in run.err
    assert all(line.startswith("경고: ") for line in run.err.splitlines())


def test_a_review_and_a_simulation_are_shown_in_korean(tmp_path: Path) -> None:
    trades = [
        ("거래일", "계좌", "구분", "종목코드", "수량", "단가"),
        ("2026-01-05", "우리", "매수", "069500", 150, 40000),
    ]
    path = korean_family(tmp_path, 거래내역=trades)
    assert xlrebal("update", path, "--as-of", DAY).status == 0
    run = xlrebal("review", path)
    assert run.status == 0, run.err
    assert run.out.splitlines()[1:3] == ["분기 점검", run.out.splitlines()[2]]
    headers = "분기  리밸런싱  비용  이탈  기말 평가액  수익률  금액가중 연수익률"
    assert run.out.splitlines()[2].split() == headers.split()
    history = tmp_path / "history.csv"
    history.write_text("Date,069500,360750\n2025-01-31,100,100\n2025-02-28,200,90\n2025-03-31,200,50\n", "utf-8")
    run = xlrebal("simulate", path, "--prices", history, "--dry-run")
    assert run.status == 0, run.err
    table = run.out.splitlines()[1:7]
    assert table[0] == "모의실험"
    assert [line.split("  ")[0] for line in table[2:]] == ["안 함", "정기", "이탈", "혼합"]
    assert not english_in("\n".join(table))
    assert run.out.endswith("시험 실행: 아무것도 쓰지 않았습니다.\n")


def test_new_makes_and_tells_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    for place in (("--lang", "ko", "new"), ("new", "--lang", "ko")):
        path = tmp_path / f"{place[0]}.xlsx"
        run = xlrebal(*place, path)
        assert run.out == f"{path} 파일을 만들었습니다. 노란 칸을 채우고 저장한 뒤 실행하세요: xlrebal update {path}\n"
        assert "보유종목" in openpyxl.load_workbook(path).sheetnames


def test_what_the_buttons_need_is_judged_in_korean() -> None:
    run = xlrebal("doctor", "--lang", "ko")
    assert run.status == 0
    verdicts = {line.split()[0] for line in run.out.splitlines() if not line.startswith(" ")}
    assert verdicts <= {"정상", "없음", "경고", "참고"}
    assert run.out.startswith("정상     Python: ")


def test_a_copy_is_shared_in_the_language_of_its_workbook(tmp_path: Path) -> None:
    run = xlrebal("share", korean_family(tmp_path), tmp_path / "copy.xlsx")
    assert run.status == 0, run.err
    assert run.out.startswith(f"{tmp_path / 'copy.xlsx'}에 목표, 그룹, 규칙, 모양을 남겼습니다. 뺀 것:\n")


def test_pages_are_read_in_korean_where_they_are_written_in_it() -> None:
    assert xlrebal("help", "commands", "--lang", "ko").out.startswith("# 모든 명령")
    assert xlrebal("help", "guide", "--lang", "ko").out.startswith("# 처음부터")
    assert xlrebal("help", "planner", "--lang", "ko").out == xlrebal("help", "planner").out
    assert "모든 명령" in xlrebal("help", "--lang", "ko").out
    assert ".ko" not in xlrebal("help").out
