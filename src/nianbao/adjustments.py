"""Adjustments (汇总调整): corrections to a sum that no single return can make, each with a reason; never silent.

Joint documents that two units counted, a suit that a co-defendant counted too (C-6 of the checks): the figure that the
returns add up to is changed by a line that says who changed it and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nianbao.figures import Key
from nianbao.findings import OperatorError
from nianbao.form import Form
from nianbao.lookup import keys_named
from nianbao.numerals import read_typed
from nianbao.rules import Number

HEADINGS = ("数据", "单位", "调整数", "原因", "调整人", "日期")


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One line: what is added to a county figure (negative: taken off), on whose account, why, by whom and when."""

    key: Key
    unit: str
    amount: Number
    reason: str
    who: str = ""
    date: str = ""


def read_adjustments(form: Form, rows: Iterable[tuple[int, Mapping[str, str]]], name: str) -> tuple[Adjustment, ...]:
    """The adjustments in the rows of a list; raise OperatorError with the row where one cannot be used.

    Each row comes with its number and maps the headings to what stands there; ``数据`` names a figure.
    """
    found = []
    for number, row in rows:
        where = f"“{name}”第 {number} 行"
        text = row.get("数据", "")
        keys = [key for key in keys_named(form, text) if form.entries[key].filled_in]
        if len(keys) != 1:
            some = "、".join(map(str, keys[:5])) or "没有"
            raise OperatorError(
                f"{where}“数据”一栏“{text}”应当只指一个由单位填报的数据，现在指 {some}；可以写代码，如 3/1/natural。"
            )
        column = form.entries[keys[0]].column
        amount = row.get("调整数", "").strip()
        numeral = read_typed(amount.removeprefix("-").removeprefix("+"), column)
        if numeral.value is None or not amount:
            raise OperatorError(f"{where}“调整数”应为数字（减少的写负数），现为“{amount}”。")
        if not row.get("原因", "").strip():
            raise OperatorError(f"{where}没有写原因；汇总调整必须写明原因。")
        value = -numeral.value if amount.startswith("-") else numeral.value
        texts = (row.get(head, "").strip() for head in ("单位", "原因", "调整人", "日期"))
        unit, reason, who, date = texts
        found.append(Adjustment(keys[0], unit, value, reason, who, date))
    return tuple(found)
