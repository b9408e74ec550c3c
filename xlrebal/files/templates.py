"""The shipped templates: what there is, and a new workbook from one of them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xlrebal.domain.message import Message
from xlrebal.errors import FileError, UsageError, system_reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PACKAGE = Path(__file__).resolve().parent.parent
# In an installed package the folder is inside it, in a source checkout beside it.
_FOLDERS = (_PACKAGE / "workbook_templates", _PACKAGE.parent / "workbook_templates")
_ENGLISH = "en"
_SUFFIXES = (".xlsx", ".xlsm")


@dataclass(frozen=True)
class TemplateInfo:
    """One template: its name, what it is for (in each language), and the languages of its sheets."""

    name: str
    description: Mapping[str, str]
    languages: tuple[str, ...]


def available() -> tuple[TemplateInfo, ...]:
    """Return the shipped templates, the default one first."""
    import tomllib  # `xlrebal new` only

    listed = tomllib.loads((_folder() / "index.toml").read_text(encoding="utf-8"))
    return tuple(TemplateInfo(name, entry["description"], tuple(entry["languages"])) for name, entry in listed.items())


def create(target: Path, name: str = "core-satellite", language: str = _ENGLISH) -> None:
    """Write a new workbook from a template.

    Raises:
        UsageError: For a template or language that is not there, or a name that ends neither in .xlsx nor in .xlsm.
        FileError: When the file is there already or cannot be written.

    """
    suffix = target.suffix.lower()
    if suffix not in _SUFFIXES:
        raise UsageError(Message("file.other_ending", file=target.name))
    source = _source(name, language, suffix)
    if not target.parent.is_dir():
        raise FileError(Message("file.no_folder", folder=str(target.parent)))
    try:
        with target.open("xb") as file:
            file.write(source.read_bytes())
    except FileExistsError:
        raise FileError(Message("file.already_there", path=str(target))) from None
    except OSError as error:
        raise FileError(Message("file.path_not_written", path=str(target), reason=system_reason(error))) from error


def files() -> list[Path]:
    """Return every shipped template file."""
    return sorted(path for path in _folder().iterdir() if path.suffix in _SUFFIXES)


def _folder() -> Path:
    return next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[-1])


def _source(name: str, language: str, ending: str) -> Path:
    templates = {info.name: info for info in available()}
    if name not in templates:
        near = difflib.get_close_matches(name, templates, n=1)
        meant = Message("file.template_meant", template=near[0]) if near else _listed(templates)
        raise UsageError(Message("file.no_template", template=name, hint=meant))
    if language not in templates[name].languages:
        raise UsageError(Message("file.template_not_translated", template=name, language=language))
    suffix = "" if language == _ENGLISH else f".{language}"
    return _folder() / f"{name}{suffix}{ending}"


def _listed(templates: Iterable[str]) -> Message:
    return Message("file.templates_listed", templates=", ".join(templates))
