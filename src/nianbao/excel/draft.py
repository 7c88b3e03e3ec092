"""What every sheet of one workbook is written from: the form, the figures, and how formulas name cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from nianbao.carryover import locked, remark_on
from nianbao.checks import Instance, instances
from nianbao.excel.lastyear import FIRST_LAST_YEAR_ROW, LAST_YEAR
from nianbao.excel.paper import Paper, absolute
from nianbao.figures import Key, Place, column_name
from nianbao.form import Form, explanation_key
from nianbao.layout import CHECKS, Layout, layout_of
from nianbao.previous import last_year, why_not
from nianbao.rules import Number, figures_in, to_excel, undecided_formula
from nianbao.submission import Submission, Values, with_declared_zeros, with_totals

PASSED, FAILED, EXPLAINED, OPEN = "通过", "不通过", "已说明", "未填完"
ERROR, WARNING = "错误", "提示"
FIRST_CHECK_ROW = 3
RESULT_COLUMN, GAP_COLUMN, PLACE_COLUMN, SEVERITY_COLUMN = 3, 4, 5, 6


@dataclass(frozen=True)
class Draft:
    """One workbook being written.

    ``entry_formula`` gives the formula of a figure that is filled in by units but computed here (a county's);
    ``statement`` then stands where a unit's workbook says whether it can be handed in. ``previous`` is last year's.
    """

    form: Form
    submission: Submission
    paper: Paper
    entry_formula: Callable[[Key], str] | None = None
    statement: str | None = None
    previous: Submission | None = None

    @cached_property
    def layout(self) -> Layout:
        """Where everything is printed."""
        return layout_of(self.form)

    @cached_property
    def footer(self) -> str:
        """Whose workbook it is, for the foot of every page."""
        identity = self.submission.identity
        parts = (identity.county, identity.unit, identity.year and f"{identity.year} 年度")
        return "　".join(part for part in parts if part)

    @cached_property
    def known(self) -> Values:
        """Last year's figures under this form's keys, as far as they are given and mean the same."""
        if self.previous is None or why_not(self.submission.identity, self.previous.identity):
            return {}
        return last_year(self.form, self.previous)

    @cached_property
    def last_year_places(self) -> Mapping[Key, Place]:
        """Where each of last year's figures stands on the hidden sheet."""
        return {key: Place(LAST_YEAR, row, 1) for row, key in enumerate(self.form.entries, FIRST_LAST_YEAR_ROW)}

    @cached_property
    def carried(self) -> Mapping[Key, Number]:
        """Figures that are carried over from last year and locked."""
        return locked(self.form, self.submission, self.known)

    @cached_property
    def remarks(self) -> Mapping[Key, str]:
        """What last year's figures say beside this year's."""
        return remark_on(self.form, self.carried, self.known)

    @cached_property
    def values(self) -> Values:
        """The figures as written into the cells."""
        return {**self.submission.values, **self.carried}

    @cached_property
    def untyped(self) -> Mapping[Key, str]:
        """Entry cells that show 0 by themselves where the cover says so, each with how it names the cover's answer."""
        if self.entry_formula is not None:
            return {}
        answers = {table.key: self.answer(table.key) for table in self.form.tables}
        return {
            key: answer
            for key, entry in self.form.entries.items()
            if entry.filled_in and self.values.get(key) is None and (answer := answers[key.table]) is not None
        }

    @cached_property
    def settled(self) -> Submission:
        """The submission as a spreadsheet program will calculate it: with declared zeros and totals."""
        full = replace(self.submission, values=with_totals(self.form, self.values))
        return with_declared_zeros(self.form, full)

    @cached_property
    def checked(self) -> tuple[Instance, ...]:
        """Every check on every line or column it runs over, in the order of the sheet of checks."""
        return tuple(instances(self.form, self.settled, self.previous))

    @cached_property
    def check_rows(self) -> Mapping[tuple[str, Key], int]:
        """Row of each check instance, by code and anchor, on the sheet of checks."""
        return {(one.code, one.rule.anchor): row for row, one in enumerate(self.checked, FIRST_CHECK_ROW)}

    def result_of(self, one: Instance) -> str:
        """What the live check says about the figures as they are written."""
        if one.verdict is False:
            return EXPLAINED if one.explained and one.check.explainable else FAILED
        return OPEN if one.verdict is None else PASSED

    def gap_of(self, one: Instance) -> Number | None:
        """How far both sides of a broken equation are apart."""
        if one.verdict is not False or one.difference is None:
            return None
        return one.difference if one.difference >= 0 else -one.difference

    def address(self, home: str | None = None) -> Callable[[Key], str]:
        """How formulas on a sheet name a figure's cell."""
        return lambda key: absolute(self.layout.slots[key].place, home)

    def declaration(self, home: str | None = None) -> Callable[[Key], str | None]:
        """How formulas on a sheet name the cell that is not empty where a figure's table is declared to be empty."""
        asked = {table.key for table in self.form.tables if self.form.declaration_of(table.key)}
        return lambda key: absolute(self.layout.notices[key.table], home) if key.table in asked else None

    def answer(self, table: str, home: str | None = None) -> str | None:
        """How formulas on a sheet name the cell of the cover that may declare a table to be empty; None for no such."""
        question = self.form.declaration_of(table)
        return None if question is None else absolute(self.layout.fields[question.key].place, home)

    def last_year(self, key: Key) -> str:
        """How formulas name the cell of last year's figure, on the hidden sheet."""
        return absolute(self.last_year_places[key])

    def text(self, key: str) -> str:
        """How formulas name the cell of a text."""
        return absolute(self.layout.fields[key].place)

    def undecided(self, one: Instance, home: str | None = None) -> str:
        """Excel condition: a figure of the check is still missing."""
        return undecided_formula(figures_in(one.rule.expression), self.address(home), self.declaration(home))

    def holds(self, one: Instance, home: str | None = None) -> str:
        """Excel condition: the check holds."""
        return to_excel(one.rule.expression, self.address(home), self.last_year, self.text)

    def explained(self, code: str) -> str:
        """Excel condition: the unit has explained why this check fails."""
        cell = absolute(self.layout.fields[explanation_key(code)].place)
        return f'TRIM(CLEAN(SUBSTITUTE({cell},"　","")))<>""'

    def results(self, rows: Iterable[int], column: int = RESULT_COLUMN) -> str:
        """The cells of neighbouring check rows in one column of the sheet of checks."""
        rows = list(rows)
        letters = column_name(column)
        return f"{CHECKS}!${letters}${min(rows) + 1}:${letters}${max(rows) + 1}"

    def areas(self, keys: Iterable[Key], home: str | None = None) -> list[str]:
        """The cells of figures as few rectangles: D6:I28, D30:I30."""
        places = sorted(self.layout.slots[key].place for key in keys)
        runs: list[tuple[int, int, int, int]] = []
        for place in places:
            if runs and runs[-1][0] == runs[-1][2] == place.row and runs[-1][3] + 1 == place.column:
                runs[-1] = (*runs[-1][:3], place.column)
            else:
                runs.append((place.row, place.column, place.row, place.column))
        areas: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for row, first, _, last in runs:
            rows = areas.setdefault((first, last), [])
            if rows and rows[-1][1] + 1 == row:
                rows[-1] = (rows[-1][0], row)
            else:
                rows.append((row, row))
        sheet = "" if not places or places[0].sheet == home else f"{places[0].sheet}!"
        return [
            f"{sheet}{_cell(top, first)}" + ("" if (top, first) == (bottom, last) else f":{_cell(bottom, last)}")
            for (first, last), rows in areas.items()
            for top, bottom in rows
        ]


def _cell(row: int, column: int) -> str:
    return f"${column_name(column)}${row + 1}"
