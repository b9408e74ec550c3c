"""Change the code in one place at a time and see whether a test notices.

A sample of mutants of the engine, booking and journal is drawn by a seed. One run of the tests tells which of them
reach each line and how long they take; then each mutant is applied in a copy of the project, and the tests that reach
its line run, the quickest first and for half a minute at most, until one fails. Prints the part that was noticed, and
every mutant that was not, to be looked at one by one:

    python scripts/mutate.py --count 150 --seed 1
"""

from __future__ import annotations

import argparse
import ast
import functools
import itertools
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from coverage import CoverageData

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).resolve().parent.parent
PLACES = ("xlrebal/engine", "xlrebal/tables/edit/recording.py", "xlrebal/tables/read/executed.py")
TESTS = ("tests/unchanged", "tests/engine", "tests/oracle", "tests/rules", "tests/cli", "tests/tables")
PARTS = ("xlrebal", "tests", "docs", "workbook_templates", "scripts", "pyproject.toml", "README.md")
# Few tests that run nearly everything come first.
BROAD = "tests/unchanged"
SECONDS = 180
MOST_SECONDS = 20.0
# Loops of the search are too hot to be traced: these tests are taken for all of its lines, however long they take.
SEARCH = Path("xlrebal/engine/solver")
SEARCH_TESTS = ("test_unchanged.py", "test_plans.py", "test_best.py", "test_extremes.py", "test_several_caps.py")

_COMPARISONS = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip
_OPERATORS = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "*"}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "ZERO": "ONE", "ONE": "ZERO",
          "floor_money": "ceil_money", "ceil_money": "floor_money"}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change: a piece of a file's source and what takes its place."""

    path: Path
    line: int
    start: int
    end: int
    new: str

    def describe(self, source: str) -> str:
        """Return the place, the line as it was, and the change."""
        text = source.splitlines()[self.line - 1].strip()
        return f"{self.path.relative_to(ROOT)}:{self.line}: {source[self.start : self.end]!r} -> {self.new!r}: {text}"


class Source:
    """The text of one file, with the places of its nodes."""

    def __init__(self, path: Path) -> None:
        self.path, self.text = path, path.read_text(encoding="utf-8")
        self._lines = self.text.splitlines(keepends=True)
        self._starts = [0, *itertools.accumulate(map(len, self._lines))]

    def mutants(self) -> Iterator[Mutant]:
        """Return every change that the sample may draw."""
        for node in _code(ast.parse(self.text)):
            for kind, change in _CHANGES:
                if isinstance(node, kind):
                    yield from change(self, node)

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Return where a node begins and ends."""
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno or 0, node.end_col_offset or 0)

    def _at(self, line: int, column: int) -> int:
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def swap(self, node: ast.expr | ast.stmt, new: str) -> Mutant:
        """Return the change of a whole node."""
        return Mutant(self.path, node.lineno, *self.span(node), new)

    def operator(self, left: ast.expr, right: ast.expr, new: str) -> Iterator[Mutant]:
        """Return the change of the operator between two nodes."""
        start, end = self.span(left)[1], self.span(right)[0]
        core = self.text[start:end].strip(" \n()")
        if core and "#" not in core:
            at = start + self.text[start:end].index(core)
            yield Mutant(self.path, left.end_lineno or 0, at, at + len(core), new)

    def read(self, node: ast.expr) -> str:
        """Return the text of a node."""
        start, end = self.span(node)
        return self.text[start:end]


def _comparison(source: Source, node: ast.Compare) -> Iterator[Mutant]:
    if len(node.ops) == 1:
        yield from source.operator(node.left, node.comparators[0], _COMPARISONS[type(node.ops[0])])


def _arithmetic(source: Source, node: ast.BinOp) -> Iterator[Mutant]:
    if type(node.op) in _OPERATORS:
        yield from source.operator(node.left, node.right, _OPERATORS[type(node.op)])


def _logic(source: Source, node: ast.BoolOp) -> Iterator[Mutant]:
    yield from source.operator(node.values[0], node.values[1], "or" if isinstance(node.op, ast.And) else "and")


def _sign(source: Source, node: ast.UnaryOp) -> Iterator[Mutant]:
    sign = {ast.Not: "not", ast.USub: "-"}.get(type(node.op))
    if sign:
        yield source.swap(node, f"({source.read(node).removeprefix(sign).strip()})")


def _number(source: Source, node: ast.Constant) -> Iterator[Mutant]:
    if isinstance(node.value, bool):
        yield source.swap(node, str(not node.value))
    elif isinstance(node.value, int):
        yield source.swap(node, str(node.value + 1))


def _name(source: Source, node: ast.Name) -> Iterator[Mutant]:
    if node.id in _NAMES and isinstance(node.ctx, ast.Load):
        yield source.swap(node, _NAMES[node.id])


def _condition(source: Source, node: ast.If | ast.While | ast.IfExp) -> Iterator[Mutant]:
    yield source.swap(node.test, f"(not ({source.read(node.test)}))")


def _jump(source: Source, node: ast.Continue | ast.Break) -> Iterator[Mutant]:
    yield source.swap(node, "break" if isinstance(node, ast.Continue) else "pass")


def _statement(source: Source, node: ast.AugAssign | ast.Expr) -> Iterator[Mutant]:
    if not isinstance(node.value, (ast.Constant, ast.Yield, ast.YieldFrom)) or isinstance(node, ast.AugAssign):
        yield source.swap(node, "pass")


_CHANGES: tuple[tuple[Any, Callable[[Source, Any], Iterator[Mutant]]], ...] = (
    (ast.Compare, _comparison),
    (ast.BinOp, _arithmetic),
    (ast.BoolOp, _logic),
    (ast.UnaryOp, _sign),
    (ast.Constant, _number),
    (ast.Name, _name),
    ((ast.If, ast.While, ast.IfExp), _condition),
    ((ast.Continue, ast.Break), _jump),
    ((ast.AugAssign, ast.Expr), _statement),
)


def _code(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs: no annotations, no blocks for type checkers, no docstrings."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST):
                continue
            if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
                continue
            yield node
            yield from _code(node)


class Workplace:
    """A copy of the project in which one mutant after the other is tried."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
        for part in PARTS:
            source, goal = ROOT / part, folder / part
            if source.is_dir():
                shutil.copytree(source, goal, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy(source, goal)

    def reach(self) -> Reach:
        """Run all tests once; return which of them reach each line. Ends the program when one fails."""
        known = [str(path.relative_to(self._folder)) for test in TESTS for path in sorted(self._folder.glob(test))]
        (self._folder / ".coveragerc").write_text(f"[run]\nomit = {SEARCH}/*\n", encoding="utf-8")
        coverage = ("--cov=xlrebal", "--cov-context=test", "--cov-report=", "--cov-config=.coveragerc")
        done = self._run(*coverage, "--junitxml=times.xml", "-n", "auto", *known)
        if done.returncode:
            sys.exit(f"the tests fail without any mutant\n{done.stdout.decode()[-2000:]}")
        times = {}
        for case in ElementTree.parse(self._folder / "times.xml").iter("testcase"):
            module = case.get("classname", "").replace(".", "/")
            times[f"{module}.py::{case.get('name')}"] = float(case.get("time", 0))
        data = CoverageData(str(self._folder / ".coverage"))
        data.read()
        lines = {}
        for name in data.measured_files():
            by_line = data.contexts_by_lineno(name)
            tests = {line: [t.partition("|")[0] for t in found if t] for line, found in by_line.items()}
            lines[Path(name).resolve().relative_to(self._folder.resolve())] = tests
        return Reach(lines, times)

    def notices(self, mutant: Mutant, reach: Reach) -> bool:
        """Return whether a test fails, or runs on, with the mutant in place."""
        path = self._folder / mutant.path.relative_to(ROOT)
        before = path.read_text(encoding="utf-8")
        tests = reach.tests(mutant)
        try:
            path.write_text(before[: mutant.start] + mutant.new + before[mutant.end :], encoding="utf-8")
            return bool(tests) and self._run("-x", *tests, seconds=SECONDS).returncode != 0
        finally:
            path.write_text(before, encoding="utf-8")

    def _run(self, *arguments: str, seconds: int = resource.RLIM_INFINITY) -> subprocess.CompletedProcess[bytes]:
        """Run tests; one that takes more than so many seconds of processor time is ended by the system, and fails."""
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *arguments]
        limit = functools.partial(resource.setrlimit, resource.RLIMIT_CPU, (seconds, seconds))
        return subprocess.run(
            command, cwd=self._folder, env=self._environment, capture_output=True, preexec_fn=limit, check=False
        )


@dataclass(frozen=True)
class Reach:
    """The tests that reach each line of each file, and the seconds that each test takes."""

    lines: Mapping[Path, Mapping[int, list[str]]]
    times: Mapping[str, float]

    def tests(self, mutant: Mutant) -> list[str]:
        """Return the tests that reach a mutant, the quickest first, as many as run in MOST_SECONDS."""
        path = mutant.path.relative_to(ROOT)
        if path.is_relative_to(SEARCH):
            files = {Path(test.partition("::")[0]) for test in self.times}
            return [str(file) for name in SEARCH_TESTS for file in sorted(files) if file.name == name]
        by_line = self.lines.get(path, {})
        # A line that runs on import alone, such as a constant's, counts as reached by all tests of its file.
        found = set(by_line.get(mutant.line) or itertools.chain.from_iterable(by_line.values()))
        broad = {test for test in found if test.startswith(BROAD)}
        ends, quick = 0.0, []
        for test in sorted(found - broad, key=lambda test: (self.times.get(test, 0.0), test)):
            ends += self.times.get(test, 0.0)
            if ends <= MOST_SECONDS:
                quick.append(test)
        return [*sorted(broad, key=lambda test: self.times.get(test, 0.0)), *quick]


def write_reach(path: Path, reach: Reach) -> None:
    """Keep which tests reach which lines: the run that finds it out takes minutes."""
    lines = {str(file): by_line for file, by_line in reach.lines.items()}
    path.write_text(json.dumps([lines, reach.times]), encoding="utf-8")


def read_reach(path: Path) -> Reach:
    """Return what was kept; it holds for the same code and tests."""
    lines, times = json.loads(path.read_text(encoding="utf-8"))
    return Reach({Path(file): {int(n): found for n, found in by.items()} for file, by in lines.items()}, times)


def main() -> None:
    """Draw the sample, try every mutant, print what no test noticed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--reach", type=Path, help="keep in this file which tests reach which lines, or read it there")
    parser.add_argument("--only", default="", help="only files whose path contains this")
    arguments = parser.parse_args()
    files = sorted(
        p for place in PLACES for p in ((ROOT / place).rglob("*.py") if (ROOT / place).is_dir() else [ROOT / place])
    )
    everything = [m for path in files if arguments.only in str(path) for m in Source(path).mutants()]
    sample = random.Random(arguments.seed).sample(everything, min(arguments.count, len(everything)))
    print(f"{len(sample)} of {len(everything)} mutants in {len(files)} files", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        free: SimpleQueue[Workplace] = SimpleQueue()
        for number in range(arguments.jobs):
            free.put(Workplace(Path(folder) / str(number)))
        first = free.get()
        reach = read_reach(arguments.reach) if arguments.reach and arguments.reach.exists() else first.reach()
        if arguments.reach:
            write_reach(arguments.reach, reach)
        free.put(first)

        def attempt(mutant: Mutant) -> bool:
            place = free.get()
            try:
                return place.notices(mutant, reach)
            finally:
                free.put(place)

        noticed = 0
        with ThreadPoolExecutor(arguments.jobs) as pool:
            for number, (mutant, found) in enumerate(zip(sample, pool.map(attempt, sample), strict=True), 1):
                noticed += found
                if not found:
                    print(f"not noticed: {mutant.describe(mutant.path.read_text(encoding='utf-8'))}", flush=True)
                if number % 10 == 0:
                    print(f"{number} tried, {noticed} noticed", flush=True)
    print(f"{noticed} of {len(sample)} noticed: {noticed / len(sample):.0%}")


if __name__ == "__main__":
    main()
