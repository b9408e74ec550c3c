"""The pages of the documentation, which travel with the package."""

from __future__ import annotations

import difflib
from pathlib import Path

from xlrebal.domain.message import Message
from xlrebal.errors import UsageError
from xlrebal.language import ENGLISH

_PACKAGE = Path(__file__).resolve().parent.parent
# In an installed package the folder lies inside it, in a source checkout beside it.
_FOLDERS = (_PACKAGE / "docs", _PACKAGE.parent / "docs")


def topics(language: str = ENGLISH) -> dict[str, str]:
    """Return the title of each page by its name, in a language where the page is there in it."""
    return {name: _title(page) for name, page in _pages(language).items()}


def read_page(topic: str, language: str = ENGLISH) -> str:
    """Return a page as it is written. Raises ``UsageError`` for one that is not there."""
    pages = _pages(language)
    if topic not in pages:
        near = difflib.get_close_matches(topic, pages, n=1)
        if near:
            raise UsageError(Message("terminal.no_page_but_near", page=topic, near=near[0]))
        raise UsageError(Message("terminal.no_page", page=topic, pages=", ".join(pages)))
    return pages[topic].read_text(encoding="utf-8")


def _pages(language: str) -> dict[str, Path]:
    """The pages by name: ``tax.md`` in English, ``tax.ko.md`` in Korean where there is one."""
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[-1])
    english = {page.stem: page for page in sorted(folder.glob("*.md")) if "." not in page.stem}
    return {name: _translated(page, language) for name, page in english.items()}


def _translated(page: Path, language: str) -> Path:
    own = page.with_name(f"{page.stem}.{language}.md")
    return own if language != ENGLISH and own.exists() else page


def _title(page: Path) -> str:
    return page.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
