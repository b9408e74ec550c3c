"""The door for scripts of xlwings Lite that wait: what a button does, formulas and number formats included.

Lite tells neither to a script that does not wait. Without them an update needs codes that are text, and nothing can be
recorded, since a formula might be lost::

    from xlwings import script
    from xlrebal.lite import act


    @script
    async def record_executed(book: xw.Book):
        await act(book, "record_executed")

"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

from xlrebal import excel
from xlrebal.workbook.ahead import with_answers

if TYPE_CHECKING:
    import datetime as dt


async def act(book: Any, action: str, as_of: dt.date | None = None) -> str:
    """Do what a button stands for and return the message that the user sees; see ``xlrebal.excel.act``."""
    with contextlib.suppress(NotImplementedError):
        # A script that waits may have been given the structure of the workbook alone.
        await book.load(values=True)
    return await with_answers(partial(excel.act, book, action, as_of))
