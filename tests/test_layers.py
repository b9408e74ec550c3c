"""What each folder may import, and that no modules import each other, read from the code itself."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "xlrebal"

# Folders and modules of ours that one may import, itself and ``errors`` aside.
ALLOWED = {
    "version": set(),
    "domain": set(),
    "language": {"domain"},
    "errors": {"domain", "language"},
    "engine": {"domain"},
    "law": {"language", "domain"},
    "imports": {"language", "domain"},
    "tables": {"language", "domain", "imports", "workbook.cells"},
    "workbook": {"domain", "language"},
    "macros": {"domain", "language"},
    "files": {"language", "domain", "macros", "tables", "workbook"},
    "alerts": {"language", "domain"},
    "app": {"language", "domain", "engine", "imports", "law", "tables", "workbook.cells", "workbook.port"},
    "library": {"app", "domain", "engine", "law", "workbook.headless"},
    "cli": {
        "language",
        "library",
        "alerts",
        "app",
        "domain",
        "files",
        "imports",
        "tables",
        "workbook.cells",
        "workbook.headless",
    },
    "lite": {"language", "excel", "workbook.ahead"},
    "excel": {"language", "app", "domain", "macros", "tables", "workbook.cells", "workbook.live", "workbook.port"},
}
# Nothing outside the standard library may be imported here, but for these.
PURE: dict[str, set[str]] = {"domain": set(), "engine": set()}


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
def test_a_folder_imports_only_what_it_may(room: str) -> None:
    permitted = {room, "errors", "version", "__version__", *ALLOWED[room]}
    assert modules(room), f"there is no folder {room}"
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


def test_every_folder_is_listed() -> None:
    rooms = {p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert rooms - {"__init__", "__main__"} == set(ALLOWED)


def test_no_modules_import_each_other_not_even_for_type_checkers() -> None:
    files = {_module(path): path for path in PACKAGE.rglob("*.py")}
    graph = {name: {one for one in _named(path) if one in files and one != name} for name, path in files.items()}
    # Raises CycleError, which names the circle.
    tuple(TopologicalSorter(graph).static_order())


def _module(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _named(path: Path) -> set[str]:
    """Modules that a file imports: ``from package import name`` may mean a module or something in the package."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            modules_named = {one for one in whole if _exists(PACKAGE.parent.joinpath(*one.split(".")))}
            found |= modules_named | ({node.module} if modules_named < whole else set())
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def _exists(path: Path) -> bool:
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()
