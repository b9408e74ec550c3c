"""Shared fixtures."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as profiles

sys.path.insert(0, str(Path(__file__).parent))

# The same cases every time, unless more are asked for: pytest --hypothesis-profile=deep.
profiles.register_profile("quick", deadline=None, derandomize=True)
profiles.register_profile("deep", deadline=None, max_examples=1000, suppress_health_check=list(HealthCheck))
profiles.load_profile("quick")

SHARED = Path(__file__).parent.parent.parent / "shared"


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests away from the cache of the person who runs them."""
    folder = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", str(folder))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of contracts and real workbooks, where the checkout has it beside it."""
    if not SHARED.exists():
        pytest.skip("no folder ../shared beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def soffice() -> str:
    """LibreOffice's program."""
    program = shutil.which("soffice")
    if program is None and os.environ.get("XLREBAL_STRICT"):
        pytest.fail("LibreOffice is required here and is not installed")
    if program is None:
        pytest.skip("LibreOffice is not installed")
    return program
