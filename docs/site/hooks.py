"""Pages of the site that are written elsewhere: the README, CONTRIBUTING, the changelog, the API, the schemas."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

import xlrebal

ROOT = Path(__file__).resolve().parents[2]
_PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
# Folders and files of the repository that are no pages of the site.
_ELSEWHERE = re.compile(r"\[([^\]]+)\]\((?!https?:|#|mailto:)(?!docs/|README|CONTRIBUTING|CHANGELOG)[^)]*\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are no files of the folder docs."""
    for name, page in _PAGES.items():
        files.append(File.generated(config, page, content=_page((ROOT / name).read_text(encoding="utf-8"))))
    files.append(File.generated(config, "api.md", content=_api()))
    for schema in sorted((ROOT / "xlrebal" / "schemas").glob("*.json")):
        files.append(File.generated(config, f"schemas/{schema.name}", abs_src_path=str(schema)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Let links into the recipes, which are files and no pages, be plain text."""
    return re.sub(r"\[([^\]]+)\]\(recipes/\)", r"\1", markdown)


def _page(text: str) -> str:
    """Return a page of the top folder with links that are right inside the site."""
    text = _ELSEWHERE.sub(r"\1", text)
    for name, page in _PAGES.items():
        text = text.replace(f"]({name})", f"]({page})")
    return text.replace("](docs/", "](")


def _api() -> str:
    """Return the reference of ``import xlrebal``, made from the docstrings."""
    parts = ["# API", "What `import xlrebal` gives, by subject. [library.md](library.md) has examples."]
    for home, names in xlrebal._HOMES.items():
        parts.append(f"## {_TITLES[home]}")
        parts += [f"::: xlrebal.{home}.{name}" for name in names if name != "CASH"]
    return "\n\n".join(parts)


_TITLES = {
    "library": "Functions",
    "language": "Texts",
    "errors": "Errors",
    "domain.message": "Messages",
    "domain.household": "A household",
    "domain.policy": "Its rules",
    "domain.plan": "A plan",
}
