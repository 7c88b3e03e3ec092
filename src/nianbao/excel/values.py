"""What a cell says: read as a figure of a column, exactly or not at all, or as a text."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from nianbao.excel.cells import Cell
from nianbao.form import Column
from nianbao.numerals import Numeral, read_stored, read_typed

_DATE = re.compile(r"[ymdhs年月日]", re.IGNORECASE)
_BUILT_IN_DATES = {str(number) for number in (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))}
_BUILT_IN_PERCENTS = {"9", "10"}
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\[\]]*\]|_.|\*.|General', re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?[0-9]*\.?[0-9]+([eE][+-]?[0-9]{1,3})?|[-+]?[0-9]+\.", re.ASCII)
_DIGIT = re.compile("[0#?]")
_AS_IS = re.compile("general|通用格式|@", re.IGNORECASE)
# 0\.0000, 0"."0000 or 0!.0000: a point that only looks like one, so that 1234 is shown as 0.1234
_FALSE_POINT = re.compile(r"""[0#?](?:[\\!]\.|"\.")[0#?]""")
_SCALED = re.compile("[0#?],+(?=[^0#?,]|$)")
# functions and references that reach beyond the workbook, and Excel's own call for another program (DDE)
_REACHES_OUT = re.compile(
    r"\[[^.\[\]][^\[\]]*\]|'file:|https?:|\|'|!'|\b(WEBSERVICE|HYPERLINK|RTD|CALL|REGISTER|EXEC|DDE)\b", re.IGNORECASE
)
_MOST_DIGITS = 400
# as many as a stored number keeps exactly
_SURE_DIGITS = 15


def plain_count(cell: Cell) -> int | None:
    """The count in a cell where there is nothing else to it: digits, shown as they are; None for any other cell."""
    raw, kind, formula, number_format = cell
    if kind != "number" or formula is not None or not (len(raw) <= _SURE_DIGITS and raw.isascii() and raw.isdecimal()):
        return None
    return int(raw) if _shown_as_it_is(number_format) else None


@lru_cache(maxsize=256)
def _shown_as_it_is(number_format: str | None) -> bool:
    return number_format is None or (_is_plain(number_format) and misleading(number_format) is None)


def figure_in(cell: Cell, column: Column) -> Numeral:
    """The figure that a cell of a column holds; numbers shown as dates, percents or errors are none."""
    wrong = "V-2" if column.kind == "amount" else "V-1"
    match cell.kind:
        case "number":
            if cell.number_format is not None and not _is_plain(cell.number_format):
                return Numeral(None, wrong, "是日期，不是数" if is_date(cell.number_format) else "是百分数")
            if len(cell.raw) > _MOST_DIGITS or _NUMBER.fullmatch(cell.raw) is None:
                return Numeral(None, wrong, f"“{shortened(cell.raw)}”不是一个数")
            return read_stored(cell.raw, column)
        case "text":
            if len(cell.raw) > _MOST_DIGITS:
                return Numeral(None, wrong, f"“{shortened(cell.raw)}”不是一个数")
            return read_typed(cell.raw, column)
        case "bool":
            return Numeral(None, wrong, f"“{_truth(cell.raw)}”是逻辑值，不是一个数")
    return Numeral(None, wrong, f"是错误值 {cell.raw}")


def text_in(cell: Cell) -> str:
    """A text field as people read it: whole numbers without a decimal point, dates as dates."""
    if cell.kind != "number":
        return cell.raw.strip()
    try:
        number = Decimal(cell.raw)
    except InvalidOperation:
        return cell.raw.strip()
    if cell.number_format is not None and is_date(cell.number_format) and 0 < number < 2_958_466:
        return str(dt.date(1899, 12, 30) + dt.timedelta(days=int(number)))
    if not number.is_finite() or not -30 < number.adjusted() < 30:
        return cell.raw.strip()
    return f"{number.to_integral_value():f}" if number == number.to_integral_value() else f"{number:f}"


def shortened(text: str) -> str:
    """A text short enough to be quoted in a message."""
    return text if len(text) <= 60 else f"{text[:60]}……"


def is_date(number_format: str) -> bool:
    """Whether a number format shows a number as a date or a time."""
    if number_format.isdecimal():
        return number_format in _BUILT_IN_DATES
    return _DATE.search(_LITERAL.sub("", number_format)) is not None


@lru_cache(maxsize=256)
def _is_plain(number_format: str) -> bool:
    """Whether a number format shows a number as a number."""
    return not is_date(number_format) and not _is_percent(number_format)


@lru_cache(maxsize=256)
def misleading(number_format: str | None) -> str | None:
    """How a number format shows a number as another one, or not at all; None where it does not."""
    if number_format is None or number_format.isdecimal():
        return None
    bare = _LITERAL.sub("", number_format.partition(";")[0])
    if _SCALED.search(bare) or _FALSE_POINT.search(number_format):
        return "把数字缩小了显示"
    if number_format and not _DIGIT.search(bare) and not _AS_IS.search(number_format):
        return "把数字隐藏了"
    return None


def reaches_out(formula: str) -> bool:
    """Whether a formula asks another workbook, the network or another program."""
    return _REACHES_OUT.search(formula) is not None


def _is_percent(number_format: str) -> bool:
    if number_format.isdecimal():
        return number_format in _BUILT_IN_PERCENTS
    return "%" in _LITERAL.sub("", number_format)


def _truth(raw: str) -> str:
    return {"1": "TRUE", "0": "FALSE"}.get(raw, raw)
