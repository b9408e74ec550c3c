"""Compile the catalogues of messages: every ``.po`` file under xlrebal/language/locale to its ``.mo``.

python scripts/build_messages.py            sort every catalogue by kind and compile it
python scripts/build_messages.py --check    only say what is out of date, with status 1
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

LOCALE = Path(__file__).resolve().parent.parent / "xlrebal" / "language" / "locale"
# The same content gives the same bytes.
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plural}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def compiled(path: Path) -> tuple[bytes, bytes]:
    """Return a catalogue as its sorted source and as gettext reads it."""
    catalogue = read_po(io.BytesIO(path.read_bytes()), locale=path.parent.parent.name)
    catalogue.creation_date = catalogue.revision_date = LONG_AGO
    source, binary = io.BytesIO(), io.BytesIO()
    write_po(source, catalogue, width=0, sort_output=True, omit_header=True)
    write_mo(binary, catalogue)
    header = HEADER.format(language=catalogue.locale, plural=catalogue.plural_forms)
    return header.encode() + source.getvalue(), binary.getvalue()


def main() -> None:
    """Compile, or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    stale = []
    for path in sorted(LOCALE.rglob("*.po")):
        for goal, content in zip((path, path.with_suffix(".mo")), compiled(path), strict=True):
            if goal.exists() and goal.read_bytes() == content:
                continue
            stale.append(goal.relative_to(LOCALE))
            if not arguments.check:
                goal.write_bytes(content)
    print(f"{'out of date' if arguments.check else 'written'}: {', '.join(map(str, stale)) or 'none'}")
    sys.exit(bool(stale) and arguments.check)


if __name__ == "__main__":
    main()
