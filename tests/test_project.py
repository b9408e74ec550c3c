"""The project around the code: the map of the folders, the workflows, the settings of the site."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_map_shows_every_folder_of_the_package_and_no_other() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"`xlrebal/(\w+)(?:/|\.py)`", text))
    package = ROOT / "xlrebal"
    folders = {path.name for path in package.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= shown
    assert all((package / name).is_dir() or (package / f"{name}.py").exists() for name in shown)
    for script in re.findall(r"`(?:scripts/)?(\w+\.py)[^`]*`", text):
        assert list(ROOT.glob(f"scripts/{script}")) or list(ROOT.glob(f"*/{script}")), script


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_runs_scripts_that_exist_with_no_more_rights_than_it_needs(workflow: Path) -> None:
    text = workflow.read_text(encoding="utf-8")
    settings = yaml.safe_load(text)
    assert settings["permissions"]["contents"] == "read"
    assert all("timeout-minutes" in job for job in settings["jobs"].values())
    for script in re.findall(r"scripts/\w+\.py", text):
        assert (ROOT / script).exists(), script


def test_every_supported_python_is_tested_and_named() -> None:
    versions = re.findall(r"Python :: (3\.\d+)", "\n".join(project()["project"]["classifiers"]))
    checks = yaml.safe_load((ROOT / ".github" / "workflows" / "checks.yml").read_text(encoding="utf-8"))
    assert checks["jobs"]["tests"]["strategy"]["matrix"]["python"] == versions
    assert project()["project"]["requires-python"] == f">={versions[0]}"
    assert {"ubuntu-latest", "macos-latest", "windows-latest"} == set(
        checks["jobs"]["tests"]["strategy"]["matrix"]["os"]
    )


def test_every_page_is_on_the_site() -> None:
    # The settings name a Python function, which only MkDocs may load.
    nav = (ROOT / "docs" / "site" / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    for page in (ROOT / "docs").glob("*.md"):
        assert f" {page.name}\n" in nav, f"docs/{page.name} is not in docs/site/mkdocs.yml"


def test_a_dependency_has_a_lower_bound_and_no_upper_one() -> None:
    settings = project()["project"]
    for needed in [
        *settings["dependencies"],
        *(one for many in settings["optional-dependencies"].values() for one in many),
    ]:
        assert re.fullmatch(r"xlrebal\[.*\]|[\w.\[\]-]+>=[\d.]+", needed), needed


def test_coverage_measures_branches_and_has_a_floor() -> None:
    settings = project()["tool"]["coverage"]
    assert settings["run"]["branch"]
    assert settings["report"]["fail_under"] >= 95
