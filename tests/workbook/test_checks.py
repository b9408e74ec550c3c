"""The checks themselves: sound workbooks pass, and each fault that is put into one is found."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from books import write_book
from workbook_checks import RULES, added, check
from workbook_checks import validator as validator_module
from workbook_checks.validator import ValidatorMissingError, program, validate
from written import Written

from workbook.faulty import FAULTS, FIRST, SCHEMA_FAULTS, change, damaged, make_sound_book
from workbook.tables import INPUTS
from xlrebal.files import templates
from xlrebal.workbook.headless import HeadlessWorkbook
from xlrebal.workbook.ooxml.package import Package

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sound_book(tmp_path_factory.mktemp("sound") / "book.xlsm")


def test_a_sound_workbook_has_no_fault(sound: Path) -> None:
    assert check(sound) == []


@pytest.mark.parametrize("path", templates.files(), ids=lambda path: path.name)
def test_the_shipped_templates_have_no_fault(path: Path) -> None:
    assert check(path) == []


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found_by_its_rule(name: str, sound: Path, tmp_path: Path) -> None:
    rule, damage = FAULTS[name]
    found = check(damaged(sound, tmp_path / "book.xlsm", damage))
    assert rule in {fault.rule for fault in found}


def test_a_part_that_is_in_the_package_twice_is_found(sound: Path, tmp_path: Path) -> None:
    path = damaged(sound, tmp_path / "book.xlsm", lambda parts: None)
    with zipfile.ZipFile(path, "a") as package, pytest.warns(UserWarning, match="Duplicate name"):
        package.writestr(FIRST, package.read(FIRST))
    assert {fault.rule for fault in check(path)} == {"entry_names"}


def test_a_macro_workbook_under_the_name_of_a_plain_one_is_found(sound: Path, tmp_path: Path) -> None:
    path = damaged(sound, tmp_path / "book.xlsx", lambda parts: None)
    assert {fault.rule for fault in check(path)} == {"main_part"}


def test_every_rule_has_a_fault_that_it_finds() -> None:
    # Texts longer than a cell holds: a workbook of its own would take longer than it is worth.
    assert {rule.__name__ for rule in RULES} - {rule for rule, _ in FAULTS.values()} == {"lengths_of_texts"}


@pytest.mark.skipif(not CORPUS.exists(), reason="no folder ../shared/corpus beside this checkout")
def test_workbooks_of_other_programs_pass_but_for_their_own_faults() -> None:
    found = {path.name.rpartition("_")[2]: {f.rule for f in check(path)} for path in CORPUS.glob("*.xlsx")}
    # The one that is to open on a hidden sheet was made so on purpose.
    assert {name: rules for name, rules in found.items() if rules} == {"noselected.xlsx": {"active_sheet"}}


def test_a_fault_of_the_source_is_not_counted_and_a_further_one_is(sound: Path, tmp_path: Path) -> None:
    one = change(FIRST, r'r="B2" s="\d+"', 'r="B2" s="50"')
    before = check(damaged(sound, tmp_path / "before.xlsm", one))

    def two(parts: dict[str, bytes]) -> None:
        one(parts)
        change(FIRST, r'r="B3" s="\d+"', 'r="B3" s="50"')(parts)

    after = check(damaged(sound, tmp_path / "after.xlsm", two))
    assert added(before, before) == []
    assert added(after, before) == []
    assert [fault.text for fault in added(before, after)] == [after[-1].text]


def test_microsofts_validator_finds_what_the_schema_says(validator: Path, sound: Path, tmp_path: Path) -> None:
    paths = [sound]
    for number, damage in enumerate(SCHEMA_FAULTS.values()):
        paths.append(damaged(sound, tmp_path / f"book{number}.xlsm", damage))
    faults = validate(paths)
    assert faults[0] == []
    assert dict(zip(SCHEMA_FAULTS, map(bool, faults[1:]), strict=True)) == dict.fromkeys(SCHEMA_FAULTS, True)


def test_the_command_prints_a_line_for_each_fault(sound: Path, tmp_path: Path) -> None:
    path = damaged(sound, tmp_path / "book.xlsm", FAULTS["two tables of one id"][1])
    command = [sys.executable, str(ROOT / "scripts" / "check_workbooks.py"), "--rules"]
    done = subprocess.run([*command, str(sound), str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "book.xlsm: tables: 2 tables have the id 1 [table_ids]"
    assert subprocess.run([*command, str(sound)], capture_output=True, check=False).returncode == 0


def test_without_npm_the_validator_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validator_module, "_HOME", tmp_path / "nothing fetched yet")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValidatorMissingError, match=r"fetched with npm; install Node\.js"):
        program()


def test_a_fault_that_a_test_wrote_is_told_with_its_test(validator: Path, sound: Path, tmp_path: Path) -> None:
    folder = tmp_path / "written"
    folder.mkdir()
    shutil.copyfile(sound, folder / "sound.xlsm")
    faulty = damaged(sound, folder / "faulty.xlsm", SCHEMA_FAULTS["an attribute that nobody knows"])
    command = [sys.executable, str(ROOT / "scripts" / "check_workbooks.py"), "--written", str(folder)]

    def run(*pairs: tuple[str, str, str]) -> subprocess.CompletedProcess[str]:
        (folder / "1.tsv").write_text("".join("\t".join(pair) + "\n" for pair in pairs), encoding="utf-8")
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = run((faulty.name, "sound.xlsm", "the guilty test"), ("sound.xlsm", "sound.xlsm", "another"))
    assert done.returncode == 1
    assert "faulty.xlsm (the guilty test): xl/workbook.xml: The 'colour' attribute is not declared" in done.stdout
    assert "2 workbooks written by tests, 1 with a fault of ours" in done.stdout
    # The workbook had that fault before: it is not xlrebal's.
    done = run((faulty.name, faulty.name, "an innocent test"))
    assert done.returncode == 0
    assert "0 with a fault of ours, 1 with faults of their source alone" in done.stdout


def test_a_fault_is_seen_when_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the fixture of all tests does; it is put aside here, for this fault is meant."""
    monkeypatch.setattr(Package, "save", Package.save.__wrapped__)  # type: ignore[attr-defined]
    written = Written(tmp_path / "kept")
    written.watch(monkeypatch)
    book = tmp_path / "book.xlsx"
    HeadlessWorkbook(write_book(book)).apply(INPUTS)
    assert written.faults() == []
    package = Package(book)
    table = next(name for name in package.names() if "table2" in name)
    root = package.xml(table)
    root.set("id", "1")
    package.put(table, root)
    package.save(tmp_path / "broken.xlsx")
    assert written.faults() == ["tables: 2 tables have the id 1 [table_ids]"]
