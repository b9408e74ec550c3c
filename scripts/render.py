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
        pdf = render_pdf(book, Path(work))
        pages = ["pdftoppm", "-r", str(dpi), "-png", str(pdf), str(folder / book.stem)]
        subprocess.run(pages, check=True, capture_output=True, timeout=180)
    return sorted(folder.glob(f"{book.stem}-*.png"))


def render_pdf(book: Path, folder: Path) -> Path:
    """Print a workbook into a PDF file of the folder, by LibreOffice."""
    with tempfile.TemporaryDirectory() as work:
        copy = Path(work, f"{book.stem}.xlsx")
        shutil.copyfile(book, copy)
        profile = f"-env:UserInstallation={Path(work, 'profile').as_uri()}"
        convert = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(copy)]
        subprocess.run(convert, check=True, capture_output=True, timeout=180)
    return folder / f"{book.stem}.pdf"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    for picture in render(Path(sys.argv[1]), Path(sys.argv[2])):
        print(picture)
