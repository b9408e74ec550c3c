"""What imports, recording, the rules file, the review and the simulation tell, in English and in Korean."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import FAMILY, Rows, mark_executed, settings, write_book, xlrebal

from xlrebal.app.imports import Proposal, propose_import, propose_prices
from xlrebal.app.recording import record
from xlrebal.app.review import parse_quarter, run_review
from xlrebal.app.rules import import_rules
from xlrebal.app.simulation import run_simulation
from xlrebal.errors import FileError, Finding, InputError, UsageError
from xlrebal.imports.broker_export import read_export, suggest_mapping
from xlrebal.imports.prices import CsvPrices
from xlrebal.language import ENGLISH, KOREAN, render
from xlrebal.workbook.headless import HeadlessWorkbook

DAY = dt.date(2026, 3, 4)
ACCOUNTS: Rows = (("Account", "Currency", "Cash"), ("Main", "KRW", 1000))
HEADS = "Code,Name,Quantity,Price"
# Words that only an English sentence has.
SENTENCE = re.compile(r"\b(a|an|and|are|at|be|by|has|in|is|it|no|not|of|or|that|the|this|to|was|which|with)\b")


def family(folder: Path, **tables: Any) -> HeadlessWorkbook:
    return HeadlessWorkbook(write_book(folder / "family.xlsx", FAMILY | {"Accounts": ACCOUNTS} | tables))


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def told(finding: Finding, language: str) -> str:
    hint = render(finding.hint, language)
    return render(finding.message, language) + (f" ({hint})" if hint else "")


def told_by(work: Callable[[], Any], language: str) -> list[str]:
    """Findings and messages of a piece of work, whether it is stopped by them or not."""
    try:
        done = work()
    except InputError as error:
        return [told(finding, language) for finding in error.findings]
    except (FileError, UsageError) as error:
        return [render(error.message, language)]
    changes = done.changes if isinstance(done, Proposal) else ()
    shown = [f"{render(one.what, language)}: {render(one.new, language)}" for one in changes]
    return [*(told(finding, language) for finding in done.warnings), *shown]


def check(work: Callable[[], Any], english: str, korean: str) -> None:
    assert english in told_by(work, ENGLISH)
    shown = told_by(work, KOREAN)
    assert korean in shown
    for text in shown:
        assert not SENTENCE.search(text), text


@pytest.mark.parametrize(
    ("export", "english", "korean"),
    [
        ("nothing,to,see\n", "no header row with a code and a quantity is known (xlrebal import ... --suggest"
         " export-columns.yaml writes a file in which you say what its columns hold)",
         "종목코드와 수량 열이 있는 머리글을 찾지 못했습니다 (xlrebal import ... --suggest export-columns.yaml 명령으로"
         " 각 열의 내용을 적을 파일을 만드세요)"),
        (f"{HEADS}\n", "there is no holding below its header row", "머리글 아래에 보유종목이 없습니다"),
        (f"{HEADS}\n069500,K,many,35000\n", 'quantity "many" is not a number (write it as 1,234.50)',
         '수량: "many" 값이 숫자가 아닙니다 (1,234.50처럼 적으세요)'),
        (f"{HEADS}\n069500,K,-3,35000\n", "quantity of 069500 is below 0", "069500의 수량이 0보다 작습니다"),
        (f"{HEADS}\n,K,3,35000\n", "a row with a quantity has no code (add it, or remove the row)",
         "수량이 있는 줄에 종목코드가 없습니다 (적거나 그 줄을 지우세요)"),
        (f"{HEADS},Currency\n069500,K,3,35000,doubloons\n",
         'currency "doubloons" is not known (write its three letters, such as USD)',
         '통화 "doubloons" 값을 알 수 없습니다 (USD처럼 세 글자로 적으세요)'),
        (f"{HEADS},Currency\n069500,K,3,35000,KRW\n069500,K,3,25,USD\n",
         "069500 is listed twice, in KRW and USD (give both lines the same currency)",
         "069500이 두 번 있는데 통화가 서로 다릅니다(KRW, USD) (두 줄의 통화를 같게 하세요)"),
        (f"{HEADS}\n000001,Gold,3,5000\n",
         "000001 Gold is not in Targets (add it there, or import with --add: target 0 and locked, so that it is neither"
         " bought nor sold)",
         "000001 Gold가 목표비중 표에 없습니다 (표에 추가하거나 --add로 가져오세요."
         " 목표 0으로 잠가서 사지도 팔지도 않습니다)"),
        (f"{HEADS}\n069500,K,3,25\n",
         "Price 25 of 069500 is far from 35,000 in Holdings!E2 (add a column Currency to the export, or correct"
         " the row)",
         "069500의 현재가 25 값이 Holdings!E2의 35,000 값과 크게 다릅니다"
         " (내보낸 파일에 통화 열을 추가하거나 줄을 고치세요)"),
        (f"{HEADS},Currency\n069500,K,3,25,USD\n",
         "069500 is in USD, its row in KRW, and FX has no rate between them (add it to FX, or write the row's Currency"
         " anew)",
         "069500은 USD, 그 줄은 KRW인데 환율 표에 둘 사이의 환율이 없습니다"
         " (환율 표에 추가하거나 그 줄의 통화 값을 다시 적으세요)"),
        (f"{HEADS}\n069500,K,3,35000\nTotal,,,\n", "Total: a row of totals", "Total: 합계 줄입니다"),
        (f"{HEADS}\n069500,K,3,35000\n", "360750: not in the export, held no more: 0",
         "360750: 내보낸 파일에 없어 더는 보유하지 않습니다: 0"),
        (f"{HEADS}\n069500,K,3,35000\n", "069500 quantity: 3", "069500 수량: 3"),
    ],
)  # fmt: skip
def test_an_export(tmp_path: Path, export: str, english: str, korean: str) -> None:
    path, book = written(tmp_path, "export.csv", export), family(tmp_path)

    def work() -> Proposal:
        return propose_import(book, read_export(path, "common"), "Main", DAY)

    check(work, english, korean)


def test_an_account_that_there_is_not(tmp_path: Path) -> None:
    path, book = written(tmp_path, "export.csv", f"{HEADS}\n069500,K,3,35000\n"), family(tmp_path)
    check(
        lambda: propose_import(book, read_export(path), "Other", DAY),
        "there is no account Other (use Main)",
        "계좌 Other가 없습니다 (쓸 수 있는 값: Main)",
    )


def test_amounts_that_are_converted(tmp_path: Path) -> None:
    book = family(tmp_path, FX=(("Currency", "Rate"), ("USD", 1400)))
    path = written(tmp_path, "export.csv", f"{HEADS},Currency\n069500,K,3,30,USD\n")
    check(
        lambda: propose_import(book, read_export(path), "Main", DAY),
        "069500 price, 30 USD at 1,400: 42,000",
        "069500 현재가, 30 USD, 환율 1,400: 42,000",
    )


@pytest.mark.parametrize(
    ("prices", "english", "korean"),
    [
        ("name,worth\n", "the columns Code and Price are missing", "종목코드 열과 현재가 열이 없습니다"),
        ("Code,Price,Date\n069500,1,soon\n", 'date "soon" of 069500 is not a date (write it as 2026-03-04)',
         '069500의 "soon" 값이 날짜가 아닙니다 (2026-03-04처럼 적으세요)'),
        ("Code,Price\n069500,much\n", 'price "much" of 069500 is not a number (write it as 1,234.50)',
         '069500의 가격 "much" 값이 숫자가 아닙니다 (1,234.50처럼 적으세요)'),
        ("Code,Price\n069500,-3\n", "price -3 of 069500 is not above 0", "069500의 가격 -3이 0보다 크지 않습니다"),
        ("Code,Price,Date\n069500,36000,2026-02-01\n", "the price of 069500 is of 2026-02-01, 31 days old",
         "069500의 가격은 2026-02-01 가격으로 31일 지났습니다"),
        ("Code,Price\n069500,36000\n", "no new price of 360750 (the last one stays)",
         "360750의 새 가격이 없습니다 (지난 가격을 그대로 둡니다)"),
        ("Code,Price,Currency\n069500,25,USD\n",
         "the new price of 069500 is in USD, not KRW, and FX has no rate between them (the last one stays)",
         "069500의 새 가격은 KRW가 아니라 USD인데, 환율 표에 둘 사이의 환율이 없습니다 (지난 가격을 그대로 둡니다)"),
    ],
)  # fmt: skip
def test_prices(tmp_path: Path, prices: str, english: str, korean: str) -> None:
    path, book = written(tmp_path, "prices.csv", prices), family(tmp_path)
    check(lambda: propose_prices(book, CsvPrices(path), DAY), english, korean)


@pytest.mark.parametrize(
    ("rules", "english", "korean"),
    [
        ("", "the file holds no rules (start it with portfolio:)", "파일에 규칙이 없습니다 (portfolio:로 시작하세요)"),
        ("portfolio: [", "the rules cannot be read: expected the node content, but found '<stream end>'",
         "규칙을 읽을 수 없습니다. 이 줄은 YAML 형식에 맞지 않습니다"),
        ("portfolio: {settings: {max_taxx: 3}}", "there is no setting max_taxx (did you mean max_tax?)",
         "설정 max_taxx는 없습니다 (혹시 max_tax인가요?)"),
        ("portfolio: {settings: 3}", "settings must be written as name: value", "설정은 이름: 값으로 적어야 합니다"),
        ("portfolio: {rebalancing: {strateggy: hybrid}}",
         "portfolio.rebalancing.strateggy is not known (did you mean strategy?)",
         "portfolio.rebalancing.strateggy는 알 수 없는 이름입니다 (혹시 strategy인가요?)"),
        ("portfolio: {allocation: 3}", "allocation must name groups, each with weight and assets",
         "allocation에는 그룹마다 weight와 assets를 적어야 합니다"),
        ("portfolio: {allocation: {core: {name: x}}}", "group core has no assets", "그룹 core에 assets가 없습니다"),
        ("portfolio: {allocation: {core: {assets: [x]}}}",
         "an asset must be written as {ticker: ..., code: ..., target: ...}",
         "종목은 {ticker: ..., code: ..., target: ...}처럼 적어야 합니다"),
        ("portfolio: {allocation: {core: {assets: [{code: '069500', target: 1, lock: buy}]}}}",
         "there is no cell for the lock of 069500 (add a column for it to Targets)",
         "069500의 잠금을 적을 칸이 없습니다 (목표비중 표에 열을 추가하세요)"),
        ("portfolio: {allocation: {core: {weight: 1, assets: [{code: '069500', target: 1}]}}}",
         "the workbook has no table Groups (add it with its headers)", "그룹 표가 없습니다 (머리글과 함께 추가하세요)"),
        ("portfolio: {allocation: {core: {assets: [{code: '069500', target: 1, max: 1}]}}}",
         "360750 is not in the rules: its target is now 0 (it is sold by the next plan)",
         "360750이 규칙에 없어 목표를 0으로 바꿉니다 (다음 계획에서 팝니다)"),
    ],
)  # fmt: skip
def test_a_rules_file(tmp_path: Path, rules: str, english: str, korean: str) -> None:
    path = written(tmp_path, "rules.yaml", rules)

    check(lambda: import_rules(family(tmp_path), path, DAY), english, korean)


@pytest.mark.parametrize(
    ("changes", "english", "korean"),
    [
        ({"Quantity1": None}, "the quantity of an executed order is missing (write what was really traded)",
         "체결한 주문의 수량이 없습니다 (실제로 거래한 수량을 적으세요)"),
        ({"Quantity1": 0}, "an executed order of 0 (clear its mark, or write what was really traded)",
         "체결한 주문의 수량이 0입니다 (상태를 지우거나 실제로 거래한 수량을 적으세요)"),
        ({"Price1": None}, "the price of an executed order is missing (write what was really paid)",
         "체결한 주문의 단가가 없습니다 (실제로 거래한 단가를 적으세요)"),
        ({"Action1": "SWAP"}, 'action "SWAP" is neither BUY nor SELL', '구분 "SWAP" 값은 매수도 매도도 아닙니다'),
        ({"Code1": "000001"}, "code 000001 is not in Targets", "종목코드 000001이 목표비중 표에 없습니다"),
        ({"Account1": "Other"}, "account Other is not in Accounts", "계좌 Other가 계좌 표에 없습니다"),
        ({"Quantity1": 900}, "900 of 069500 sold in Main, which holds 150 (correct the quantity)",
         "Main 계좌에서 069500 900 매도로 표시했지만 150만 있습니다 (수량을 고치세요)"),
        ({"Quantity1": 40},
         "the commission of 1,575 was that of the planned order: 1,400 is recorded (correct Trades and Cash if your"
         " broker says otherwise)",
         "수수료 1,575는 계획한 주문의 수수료라서 1,400으로 기록합니다"
         " (증권사 금액과 다르면 거래내역 표와 현금 열을 고치세요)"),
        ({"Quantity2": 400}, "the cash of Main is now -6,433,575 (correct it to what your broker says)",
         "Main의 현금이 -6,433,575가 되었습니다 (증권사 금액에 맞게 고치세요)"),
    ],
)  # fmt: skip
def test_executed_orders(tmp_path: Path, changes: dict[str, Any], english: str, korean: str) -> None:
    holdings = [FAMILY["Holdings"][0], ("Main", "069500", "Korea", 150, 35000, 30000), FAMILY["Holdings"][2]]
    rules = settings(commission_rate=0.001)
    tables = FAMILY | {"Accounts": ACCOUNTS, "Holdings": holdings, "Settings": rules}
    path = write_book(tmp_path / "family.xlsx", tables)
    assert xlrebal("update", path, "--as-of", DAY.isoformat(), "--now").status == 0
    mark_executed(path, **changes)
    content = path.read_bytes()

    def work() -> Any:
        path.write_bytes(content)
        return record(HeadlessWorkbook(path), DAY)

    check(work, english, korean)


def test_an_order_that_was_recorded_already(tmp_path: Path) -> None:
    path = write_book(tmp_path / "family.xlsx", FAMILY | {"Accounts": ACCOUNTS, "Settings": settings(language="ko")})
    assert xlrebal("update", path, "--as-of", DAY.isoformat(), "--now").status == 0
    mark_executed(path, word="체결")
    assert xlrebal("record", path, "--date", DAY.isoformat()).status == 0
    mark_executed(path, word="체결")
    check(
        lambda: record(HeadlessWorkbook(path), DAY),
        "this order is in Trades already (clear the mark, or give --date another day)",
        "이 주문은 이미 거래내역 표에 있습니다 (상태를 지우거나 --date로 다른 날짜를 주세요)",
    )


def test_a_review_of_nothing(tmp_path: Path) -> None:
    check(
        lambda: run_review(family(tmp_path), DAY),
        "there is nothing to review yet: neither recorded values (History) nor trades",
        "아직 점검할 것이 없습니다. 평가 기록도 거래내역도 없습니다",
    )
    check(
        lambda: parse_quarter("spring"),
        '"spring" is not a quarter; write it as 2026Q3',
        '"spring" 값은 분기가 아닙니다. 2026Q3처럼 적으세요',
    )


@pytest.mark.parametrize(
    ("prices", "english", "korean"),
    [
        ("Date,069500\n2026-01-02,1\n", "there are no prices of 360750 (its columns are 069500)",
         "360750의 가격이 없습니다 (있는 열: 069500)"),
        ("Date,069500,360750\n2026-01-02,1,1\n", "fewer than two days have a price of every asset",
         "모든 종목의 가격이 있는 날이 이틀보다 적습니다"),
        ("Date,069500,360750\nsoon,1,1\n", 'date "soon" is not a date (write it as 2026-03-04)',
         '"soon" 값이 날짜가 아닙니다 (2026-03-04처럼 적으세요)'),
        ("Date,069500,360750\n2026-01-02,1,much\n", 'price "much" is not a price', '"much" 값이 가격이 아닙니다'),
        ("날짜,종목코드,환율\n2026-01-02,069500,0\n", 'price "0" is not a price', '"0" 값이 가격이 아닙니다'),
    ],
)  # fmt: skip
def test_prices_of_a_simulation(tmp_path: Path, prices: str, english: str, korean: str) -> None:
    path = written(tmp_path, "history.csv", prices)
    check(lambda: run_simulation(family(tmp_path), path, DAY), english, korean)


@pytest.mark.parametrize("headers", ["Day,Symbol,Close", "일자,종목코드,종가", "날짜,Ticker,Rate"])
def test_a_list_of_prices_is_read_by_the_same_headers_today_and_for_a_simulation(tmp_path: Path, headers: str) -> None:
    prices = (("069500", 36000), ("360750", 21000))
    rows = [f"2026-0{month}-02,{code},{price}" for month in (1, 2) for code, price in prices]
    path, book = written(tmp_path, "prices.csv", "\n".join([headers, *rows])), family(tmp_path)
    assert len(run_simulation(book, path, DAY, write=False)[0].days) == 2
    proposal = propose_prices(book, CsvPrices(path), DAY)
    assert {render(change.what): change.new for change in proposal.changes} == {
        "069500 price": "36,000",
        "360750 price": "21,000",
    }
    # The day was read as well: it is a month ago.
    assert any("30 days old" in told(finding, ENGLISH) for finding in proposal.warnings)


@pytest.mark.parametrize(("reason", "told_korean"), [("덜 조급하게", "덜 조급하게"), ("", "사유 없음")])
def test_a_changed_rule(tmp_path: Path, reason: str, told_korean: str) -> None:
    from xlrebal import app

    path = write_book(tmp_path / "family.xlsx", FAMILY | {"Settings": settings(cooldown_days=7)})
    assert xlrebal("update", path, "--as-of", "2026-02-02").status == 0
    book = openpyxl.load_workbook(path)
    book["Targets"]["E2"].value = 0.2
    book.save(path)
    request = app.Request(as_of=DAY, reason=reason)
    check(
        lambda: app.calculate(HeadlessWorkbook(path), request),
        f"min of 069500 changed from 0.3 to 0.2 ({reason or 'no reason given'})",
        f"069500의 최소: 0.3에서 0.2로 바뀌었습니다 ({told_korean})",
    )
    assert "규칙이 최근에 바뀌어 주문은 2026-03-11까지 기다립니다 (update --override 사유로 풀 수 있습니다)" in told_by(
        lambda: app.calculate(HeadlessWorkbook(path), request), KOREAN
    )


@pytest.mark.parametrize(
    ("language", "told_source"),
    [(ENGLISH, "etf: the table TaxRules of this workbook"), (KOREAN, "etf: 이 파일의 세금규칙 표")],
)
def test_a_tax_rule_of_the_family_names_its_table(tmp_path: Path, language: str, told_source: str) -> None:
    from xlrebal import app

    targets = [(*row, "Tax class" if row[0] == "Group" else "etf") for row in FAMILY["Targets"]]
    rules = [("Rule", "Value"), ("etf.rate", 0.1), ("etf.netted", 1)]
    tables = {"Targets": targets, "TaxRules": rules, "Settings": settings(tax_country="KR")}
    plan = app.calculate(family(tmp_path, **tables), app.Request(as_of=DAY)).plan
    assert plan.tax is not None
    assert told_source in [render(item.text, language) for item in plan.tax.items]


def test_a_file_for_the_columns_of_an_export_explains_itself(tmp_path: Path) -> None:
    path = written(tmp_path, "export.csv", "종목,수량합\n069500,3\n")
    english, korean = (suggest_mapping(path, language) for language in (ENGLISH, KOREAN))
    assert "# What the columns of export.csv hold. Its widest row has these headers:\n#   종목\n#   수량합\n" in english
    assert "# export.csv의 각 열에 무엇이 있는지 적는 파일입니다." in korean
    comments = [line for line in korean.splitlines() if line.startswith("#")]
    assert not [line for line in comments if SENTENCE.search(line)]
    keys = [[line for line in text.splitlines() if not line.startswith("#")] for text in (english, korean)]
    assert keys[0] == keys[1]
