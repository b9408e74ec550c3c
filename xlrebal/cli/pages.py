"""The pages of the documentation, which travel with the package."""

from __future__ import annotations

import difflib
from pathlib import Path

from xlrebal.errors import UsageError

_PACKAGE = Path(__file__).resolve().parent.parent
# In an installed package the folder lies inside it, in a source checkout beside it.
_FOLDERS = (_PACKAGE / "docs", _PACKAGE.parent / "docs")


def topics() -> dict[str, str]:
    """Return the title of each page by its name."""
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[-1])
    return {page.stem: _title(page) for page in sorted(folder.glob("*.md"))}


def _title(page: Path) -> str:
    return page.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


def read_page(topic: str) -> str:
    """Return a page as it is written. Raises ``UsageError`` for one that is not there."""
    known = topics()
    if topic not in known:
        near = difflib.get_close_matches(topic, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(known)}"
        raise UsageError(f"there is no page {topic}; {hint}")
    folder = next(folder for folder in _FOLDERS if folder.is_dir())
    return (folder / f"{topic}.md").read_text(encoding="utf-8")
