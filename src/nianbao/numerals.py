"""What people type where a figure belongs, read exactly or not at all (checks V-1, V-2, V-3)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from nianbao.form import Column, Text
from nianbao.rules import Number

Measured = Column | Text

NONE_WORDS = frozenset({"/", "-", "--", "—", "——", "–", "―", "无", "不适用", "没有", "n/a"})
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]+")
_GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_WITH_UNIT = re.compile(r"(?P<number>-?[0-9][0-9,]*(\.[0-9]+)?)(?P<unit>[^0-9.,%~-]+)")


_SMALLEST = Decimal("1e-30")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A figure as typed: its exact value (None: none can be read), and what is wrong or was normalised.

    ``code`` is None for a clean number; with a value it is a note (harmless form), without one an error.
    """

    value: Number | None
    code: str | None = None
    problem: str | None = None

    @property
    def normalised(self) -> bool:
        """Whether a harmless form was read, which is noted."""
        return self.value is not None and self.code is not None


def expected_of(column: Measured) -> str:
    """What belongs into a cell of this column (or text that is a number), in the words of the form."""
    if column.kind == "amount":
        unit = f"，单位{column.unit_of_measure}" if column.unit_of_measure else ""
        return f"非负数，最多 {column.decimals} 位小数{unit}；没有发生请填 0"
    return "整数（可为负）；没有发生请填 0" if column.signed else "非负整数；没有发生请填 0"


def read_stored(raw: str, column: Measured) -> Numeral:
    """A number that the spreadsheet itself stored (``raw`` as in the file); binary noise beyond 15 digits is cut."""
    if column.kind == "count" and len(raw) <= 15 and raw.isascii() and raw.isdecimal():
        return _count(raw)
    number = Decimal(raw)
    if len(number.as_tuple().digits) > 15:
        number = Decimal(f"{number:.15g}")
    return _within(number, column)


@lru_cache(maxsize=4096)
def _count(digits: str) -> Numeral:
    return Numeral(int(digits))


def read_typed(text: str, column: Measured) -> Numeral:
    """A number that was typed as text: full-width digits, spaces, thousands commas and the column's unit are read."""
    wrong = "V-2" if column.kind == "amount" else "V-1"
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).replace("−", "-")
    if plain.lower() in NONE_WORDS:
        return Numeral(None, "V-3", f"“{text}”不等于 0")
    match = _WITH_UNIT.fullmatch(plain)
    if match:
        if match["unit"] != column.unit_of_measure:
            return Numeral(None, "V-3", f"“{text}”带有别的单位，不能代为换算")
        plain = match["number"]
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    # NFKC turns ² and ① into plain digits, which nobody meant by them
    if not _PLAIN.fullmatch(plain) or any(sign.isdigit() and not sign.isdecimal() for sign in text):
        return Numeral(None, wrong, f"“{text}”不是一个数")
    read = _within(Decimal(plain), column)
    return read if read.value is None else Numeral(read.value, "V-3", f"“{text}”按 {plain} 读取")


def _within(number: Decimal, column: Measured) -> Numeral:
    wrong = "V-2" if column.kind == "amount" else "V-1"
    if not number.is_finite() or abs(number) >= 10**15 or 0 < abs(number) < _SMALLEST:
        return Numeral(None, wrong, f"{number} 超出范围")
    if number < 0 and not column.signed:
        return Numeral(None, wrong, f"{number:f} 是负数")
    if column.kind == "count":
        if number != number.to_integral_value():
            return Numeral(None, wrong, f"{number:f} 不是整数")
        return Numeral(int(number))
    exact = number.normalize() if number else Decimal(0)
    exponent = exact.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > column.decimals:
        return Numeral(None, wrong, f"{number:f} 的小数多于 {column.decimals} 位")
    return Numeral(exact.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else exact)
