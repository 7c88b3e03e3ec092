"""Figures typed beside their cells: every way to put neighbouring figures back by one line or one column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nianbao.figures import Key
from nianbao.form import Form
from nianbao.rules import Number
from nianbao.submission import Values


@dataclass(frozen=True, slots=True)
class Shift:
    """Figures put back: what each cell would then hold, the first of them that is not zero, and where that belongs.

    ``cells`` is 1 for a figure put back by itself, 2 for two that changed places, more for a row of them.
    """

    changes: Mapping[Key, Number]
    source: Key
    target: Key
    cells: int
    reason: str


def shifts(form: Form, values: Values) -> Iterator[Shift]:
    """Every shift by one line or one column within a block of a table; none among figures that are missing."""
    for table in form.tables:
        for block in table.blocks:
            lines = [line.key for line in block.lines if not line.total_of]
            columns = [column.key for column in block.columns if not column.total_of]
            grid = [[Key(table.key, line, column) for column in columns] for line in lines]
            yield from _along(grid, values, "列")
            if table.arrangement != "row":
                yield from _along([list(column) for column in zip(*grid, strict=True)], values, "行")
                yield from _whole_rows(grid, values)


def _along(rows: Sequence[Sequence[Key]], values: Values, what: str) -> Iterator[Shift]:
    """Shifts along rows of cells: one figure, two that changed places, all from some cell on."""
    for row in rows:
        known = [values.get(key) for key in row]
        numbers = [number for number in known if number is not None]
        if len(numbers) < len(known):
            continue
        for first, second in zip(range(len(row)), range(1, len(row)), strict=False):
            a, b = numbers[first], numbers[second]
            if a and b and a != b:
                changes = {row[first]: b, row[second]: a}
                yield Shift(changes, row[first], row[second], 2, f"可能与相邻一{what}填反")
            elif a or b:
                source, target = (first, second) if a else (second, first)
                if numbers[source] != numbers[target]:
                    changes = {row[source]: numbers[target], row[target]: numbers[source]}
                    yield Shift(changes, row[source], row[target], 1, f"可能错填了一{what}")
        yield from _tails(row, numbers, what)


def _tails(row: Sequence[Key], numbers: list[Number], what: str) -> Iterator[Shift]:
    """From some cell on, every figure stands one cell too far, or not far enough."""
    seen: set[tuple[Number, ...]] = set()
    for start in range(len(row)):
        moved = []
        if not numbers[start]:
            moved.append(([*numbers[:start], *numbers[start + 1 :], 0], -1))
        if not numbers[-1]:
            moved.append(([*numbers[:start], 0, *numbers[start:-1]], 1))
        for put_back, step in moved:
            sources = [place for place in range(start, len(row)) if numbers[place]]
            if len(sources) > 1 and tuple(put_back) not in seen:
                seen.add(tuple(put_back))
                changes = {key: new for key, old, new in zip(row, numbers, put_back, strict=True) if new != old}
                source = next((place for place in sources if row[place] in changes), sources[0])
                yield Shift(changes, row[source], row[source + step], len(sources), f"可能从这一格起都错填了一{what}")


def _whole_rows(grid: Sequence[Sequence[Key]], values: Values) -> Iterator[Shift]:
    """All figures of a line stand in the line above or below, which has none of its own."""
    for here, row in enumerate(grid):
        sources = [key for key in row if values.get(key)]
        if len(sources) < 2 or any(values.get(key) is None for key in row):
            continue
        for there in (here - 1, here + 1):
            if 0 <= there < len(grid) and all(values.get(key) == 0 for key in grid[there]):
                changes: dict[Key, Number] = {}
                for source, target in zip(row, grid[there], strict=True):
                    value = values.get(source)
                    if value:
                        changes[source], changes[target] = 0, value
                target = grid[there][row.index(sources[0])]
                yield Shift(changes, sources[0], target, len(sources), "可能整行错填了一行")
