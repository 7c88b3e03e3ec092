"""From an old xls (or WPS et) workbook to cells: values, types and error values; the format hides its formulas."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from nianbao.excel.book import Book, Cell, Sheet, UnreadableError

if TYPE_CHECKING:
    import xlrd.sheet


def read_xls(data: bytes) -> Book:
    """The workbook in ``data``; raise UnreadableError with a sentence."""
    import xlrd

    try:
        workbook = xlrd.open_workbook(file_contents=data, logfile=io.StringIO())
        sheets = tuple(Sheet(sheet.name, _cells(sheet)) for sheet in workbook.sheets())
    except Exception as error:  # xlrd lets whatever its parsing stumbles over (struct, index, assertion) through
        if "ncrypt" in str(error) or "password" in str(error).lower():
            raise UnreadableError("文件设有打开密码，请取消密码后另存再发。") from error
        raise UnreadableError("文件已损坏，或者不是表格文件，请重新发送。") from error
    return Book(sheets, formulas_known=False)


def _cells(sheet: xlrd.sheet.Sheet) -> dict[tuple[int, int], Cell]:
    import xlrd

    cells = {}
    for row in range(sheet.nrows):
        for column, (kind, value) in enumerate(zip(sheet.row_types(row), sheet.row_values(row), strict=True)):
            if kind == xlrd.XL_CELL_NUMBER:
                cells[row, column] = Cell(repr(value), "number")
            elif kind == xlrd.XL_CELL_DATE:
                cells[row, column] = Cell(repr(value), "number", number_format="yyyy-mm-dd")
            elif kind == xlrd.XL_CELL_BOOLEAN:
                cells[row, column] = Cell(str(bool(value)).upper(), "bool")
            elif kind == xlrd.XL_CELL_ERROR:
                cells[row, column] = Cell(xlrd.error_text_from_code.get(int(value), "#N/A"), "error")
            elif value:
                cells[row, column] = Cell(str(value), "text")
    return cells
