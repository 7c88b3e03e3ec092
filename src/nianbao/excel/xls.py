"""From an old xls (or WPS et) workbook to cells: values, types and error values; the format hides its formulas.

xlrd is pure Python and keeps its tables as ragged rows, so a hostile file can neither crash the process nor blow up its
memory; the number of sheets and cells and the time between sheets are bounded here.
"""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

from nianbao.excel.cells import DAMAGED, MAX_SHEETS, TOO_BIG, Book, Cell, Content, Sheet, UnreadableError

if TYPE_CHECKING:
    import xlrd.sheet

_MOST_SECONDS = 5.0


class EncryptedError(Exception):
    """An xls workbook that needs a password."""


def read_xls(data: bytes, most_cells: int) -> Book:
    """The workbook in ``data``; raise EncryptedError, or UnreadableError with a sentence."""
    import xlrd

    started = time.monotonic()
    try:
        workbook = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), on_demand=True, ragged_rows=True)
        sheets = []
        for index in range(workbook.nsheets):
            _refuse_excess(index, time.monotonic() - started)
            sheet = workbook.sheet_by_index(index)
            sheets.append(Sheet(sheet.name, Content(_cells(sheet, most_cells))))
            workbook.unload_sheet(index)
    except UnreadableError:
        raise
    except Exception as error:  # xlrd lets whatever its parsing stumbles over (struct, index, assertion) through
        if "encrypted" in str(error):
            raise EncryptedError from error
        raise UnreadableError(DAMAGED) from error
    if not sheets:
        raise UnreadableError(DAMAGED)
    return Book(tuple(sheets), formulas_known=False)


def _refuse_excess(sheets: int, seconds: float) -> None:
    if sheets >= MAX_SHEETS or seconds > _MOST_SECONDS:
        raise UnreadableError(TOO_BIG)


def _cells(sheet: xlrd.sheet.Sheet, most_cells: int) -> dict[tuple[int, int], Cell]:
    cells = {}
    for row in range(sheet.nrows):
        for column, (kind, value) in enumerate(zip(sheet.row_types(row), sheet.row_values(row), strict=True)):
            cell = _cell(kind, value)
            if cell is not None:
                cells[row, column] = cell
        if len(cells) > most_cells:
            raise UnreadableError(TOO_BIG)
    return cells


def _cell(kind: int, value: object) -> Cell | None:
    import xlrd

    match kind:
        case xlrd.XL_CELL_NUMBER:
            return Cell(repr(value), "number")
        case xlrd.XL_CELL_DATE:
            return Cell(repr(value), "number", number_format="yyyy-mm-dd")
        case xlrd.XL_CELL_BOOLEAN:
            return Cell(str(bool(value)).upper(), "bool")
        case xlrd.XL_CELL_ERROR:
            code = value if isinstance(value, int) else -1
            return Cell(xlrd.error_text_from_code.get(code, "#N/A"), "error")
    return Cell(str(value), "text") if value else None
