"""The sheet 同比: each comparable figure beside last year's, and the units behind the largest changes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from nianbao.checks import label_of, text_of
from nianbao.consolidation import Consolidation
from nianbao.excel.county.lists import finish_list, start_list
from nianbao.excel.county.names import COMPARISON, COMPARISON_HEADS, LIST_FIRST
from nianbao.excel.look import height_of
from nianbao.excel.paper import Paper, absolute
from nianbao.figures import Key, Place
from nianbao.layout import layout_of
from nianbao.previous import Pair, pairs, why_not
from nianbao.rules import Number
from nianbao.submission import Submission

_MOST_UNITS = 3


def write_comparison(paper: Paper, result: Consolidation) -> None:
    """Write the sheet where last year's sum is known; this year's figures, changes and percentages are formulas."""
    previous = None if result.last_year is None else result.last_year.total
    if previous is None or why_not(result.total.identity, previous.identity):
        return
    widths = [22.0, 54.0, 12.0, 12.0, 12.0, 12.0, 50.0]
    title = f"{result.title}与上年比较"
    sheet = start_list(paper, COMPARISON, title, COMPARISON_HEADS, widths, result.title)
    compared = list(_compared(result, previous))
    slots = layout_of(result.form).slots
    for row, (pair, now, last) in enumerate(compared, LIST_FIRST):
        first = pair.this[0]
        label = label_of(result.form, first) + ("等项合计" if len(pair.this) > 1 else "")
        change = None if now is None or last is None else now - last
        percent = None if change is None or not last else round(100 * Decimal(change) / Decimal(last), 1)
        units = "、".join(
            f"{name} {text_of(gap) if gap < 0 else f'+{text_of(gap)}'}" for name, gap in _movers(result, pair)
        )
        this_year = "+".join(f"N({absolute(slots[key].place)})" for key in pair.this)
        number = row + 1
        paper.put(sheet, Place(COMPARISON, row, 0), str(first), "cell")
        paper.put(sheet, Place(COMPARISON, row, 1), label, "cell")
        paper.calculate(sheet, Place(COMPARISON, row, 2), this_year, now, "figure")
        paper.put(sheet, Place(COMPARISON, row, 3), last, "figure")
        gap_formula = f'IF(COUNT(C{number}:D{number})<2,"",ROUND(C{number}-D{number},6))'
        paper.calculate(sheet, Place(COMPARISON, row, 4), gap_formula, change, "figure")
        share = f'IF(OR(COUNT(C{number}:D{number})<2,N(D{number})=0),"",ROUND(100*(C{number}-D{number})/D{number},1))'
        paper.calculate(sheet, Place(COMPARISON, row, 5), share, percent, "figure")
        paper.put(sheet, Place(COMPARISON, row, 6), units or None, "cell")
        sheet.set_row(row, max(height_of(label, widths[1]), height_of(units, widths[6])))
    last_row = LIST_FIRST + max(len(compared), 1) - 1
    grown = {"type": "cell", "criteria": "!=", "value": 0, "format": paper.style("odd")}
    sheet.conditional_format(LIST_FIRST, 4, last_row, 4, grown)
    finish_list(sheet, last_row, COMPARISON_HEADS)


def _compared(result: Consolidation, previous: Submission) -> Iterator[tuple[Pair, Number | None, Number | None]]:
    """Comparable figures that are not zero in both years, this year's and last year's."""
    for pair in pairs(result.form, previous.identity.edition):
        now, last = _sum(result.total, pair.this), previous.values.get(pair.last)
        if now or last:
            yield pair, now, last


def _sum(submission: Submission, keys: tuple[Key, ...]) -> Number | None:
    values = [submission.values.get(key) for key in keys]
    known = [value for value in values if value is not None]
    return sum(known[1:], start=known[0]) if len(known) == len(values) else None


def _movers(result: Consolidation, pair: Pair) -> list[tuple[str, Number]]:
    """The units whose figure changed most, with the change; a unit that last year did not know is left out."""
    moved: list[tuple[str, Number]] = []
    for one in result.counted:
        before = None if result.last_year is None else result.last_year.of(one.names, one.unit_code)
        now = None if one.submission is None else _sum(one.submission, pair.this)
        last = None if before is None else before.values.get(pair.last)
        if now is not None and last is not None and now != last:
            moved.append((one.unit_name or one.file, now - last))
    moved.sort(key=lambda one: (-abs(Decimal(one[1])), one[0]))
    return moved[:_MOST_UNITS]
