"""The house has walls: what each room may import, read from the code itself."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "xlrebal"

# Rooms of ours that a room may import, itself and ``errors`` aside.
ALLOWED = {
    "errors": set(),
    "domain": set(),
    "engine": {"domain"},
    "rules": {"domain"},
    "tables": {"domain", "intake"},
    "workbook": {"tables.grid"},
    "macros": set(),
    "templates": set(),
    "buttons": {"macros", "workbook.macro_book"},
    "doctor": {"buttons", "macros", "workbook.macro_book"},
    "alerts": {"domain"},
    "intake": {"domain"},
    "sharing": {"tables", "templates", "workbook", "macros"},
    "app": {"domain", "engine", "intake", "tables", "rules", "workbook.port"},
    "cli": {
        "alerts",
        "app",
        "buttons",
        "doctor",
        "domain",
        "intake",
        "sharing",
        "tables",
        "templates",
        "workbook.headless",
    },
    "lite": {"excel", "workbook.ahead"},
    "excel": {"app", "domain", "macros", "tables", "workbook.live", "workbook.port"},
}
# Nothing outside the standard library may be imported here, but for these.
PURE = {"domain": set(), "engine": {"holidays"}}


def modules(room: str) -> list[Path]:
    single = PACKAGE / f"{room}.py"
    return [single] if single.exists() else sorted((PACKAGE / room).rglob("*.py"))


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = node.module == "xlrebal"
            names |= {f"xlrebal.{alias.name}" for alias in node.names} if whole else {node.module}
    return names


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    permitted = {room, "errors", "__version__", *ALLOWED[room]}
    assert modules(room), f"there is no room {room}"
    for path in modules(room):
        ours = {name.removeprefix("xlrebal.") for name in imports(path) if name.startswith("xlrebal.")}
        strangers = {name for name in ours if not any(name == p or name.startswith(p + ".") for p in permitted)}
        assert not strangers, f"{path.relative_to(PACKAGE)} imports {strangers}"


@pytest.mark.parametrize("room", PURE)
def test_the_core_is_pure(room: str) -> None:
    import sys

    for path in modules(room):
        tops = {name.partition(".")[0] for name in imports(path)} - {"xlrebal", "__future__"}
        assert tops <= set(sys.stdlib_module_names) | PURE[room], path.name
        assert not tops & {"os", "io", "pathlib", "time", "socket", "subprocess", "random"}, path.name


def test_every_room_is_listed() -> None:
    rooms = {p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert rooms - {"__init__", "__main__"} == set(ALLOWED)
