"""Show a workbook as a person sees it: ``render.py BOOK FOLDER`` makes a PNG of every printed page."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def render(book: Path, folder: Path, dpi: int = 80) -> list[Path]:
    """Return the pictures of a workbook's pages, made by LibreOffice and pdftoppm."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        copy = Path(work, "book.xlsx")
        shutil.copyfile(book, copy)
        profile = f"-env:UserInstallation={Path(work, 'profile').as_uri()}"
        convert = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", work, str(copy)]
        subprocess.run(convert, check=True, capture_output=True, timeout=180)
        pages = ["pdftoppm", "-r", str(dpi), "-png", str(Path(work, "book.pdf")), str(folder / book.stem)]
        subprocess.run(pages, check=True, capture_output=True, timeout=180)
    return sorted(folder.glob(f"{book.stem}-*.png"))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    for picture in render(Path(sys.argv[1]), Path(sys.argv[2])):
        print(picture)
