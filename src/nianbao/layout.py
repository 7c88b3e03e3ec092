"""Where each figure is printed: pure geometry, the only bridge from Key to Place.

Every table sheet begins with its title in row 1 and a line for unit and year in row 2; the official table follows.
Beside and below it, in the margin, stand what the template says about the figures: how far a broken check is out,
remarks such as 由上年数据结转, and the signature line. No figure ever stands in the margin.
Labels are given as paths (outermost first); labels that neighbours share are merged, and a path that ends early
is merged over the rest of the head, as in the published form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import lcm

from nianbao.figures import Key, Place
from nianbao.form import Form, Table, Text

# the sheets that are neither a table nor texts alone
COVER, GUIDE, CHECKS = "封面", "填报说明", "校验"
TITLE_ROWS = 2
# whose figures they are, under the title of a table
HEAD_ROW = 1
FIELD_ROWS = 3
STATEMENT_ROW = 2


@dataclass(frozen=True, slots=True)
class Label:
    """A printed text over a rectangle of cells; ``last_row`` and ``last_column`` are inclusive."""

    text: str
    sheet: str
    row: int
    column: int
    last_row: int
    last_column: int

    @property
    def place(self) -> Place:
        """The first cell of the rectangle, which holds the text."""
        return Place(self.sheet, self.row, self.column)


@dataclass(frozen=True, slots=True)
class Slot:
    """The cell of one figure; merged over columns up to ``last_column`` (inclusive) where the form prints it wide.

    ``heads`` are the printed labels of its line and of its column: together they say what the figure means.
    """

    place: Place
    last_column: int
    heads: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """A text's cell, and the label printed beside it."""

    label: Label
    place: Place


@dataclass(frozen=True, slots=True)
class Margin:
    """Where the template writes beside and below one table: nothing there is ever a figure.

    ``differences`` are the cells that say how far a check, by code and anchor, is out; ``heads`` name the check in the
    rows below the table; ``remarks`` the column that holds a remark on a line; ``signature`` the row of the signature
    line.
    """

    differences: Mapping[tuple[str, Key], Place]
    heads: Mapping[str, Place]
    remarks: int
    signature: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The printed form: every label of the tables, the slot of every figure, the field of every text.

    ``widths`` gives the number of printed columns of each table; ``notices`` the cell in each table's second row that
    says that the unit declared to have nothing to report there; ``headings`` stand over the fields of a section.
    """

    labels: tuple[Label, ...]
    slots: Mapping[Key, Slot]
    fields: Mapping[str, Field]
    widths: Mapping[str, int]
    notices: Mapping[str, Place]
    headings: tuple[Label, ...]
    margins: Mapping[str, Margin]

    def own_places(self, table: Table) -> Iterator[Place]:
        """Every cell of the table's sheet in which the template prints, calculates or asks for something.

        A declaration's notice aside, which is only there where the form asks for one.
        """
        margin = self.margins[table.key]
        yield from (label.place for label in self.labels if label.sheet == table.sheet)
        yield from (slot.place for key, slot in self.slots.items() if key.table == table.key)
        yield Place(table.sheet, HEAD_ROW, 0)
        yield from (*margin.differences.values(), *margin.heads.values())
        yield Place(table.sheet, margin.signature, 0)


@cache
def layout_of(form: Form) -> Layout:
    """The layout of a form; computed once for each form."""
    labels: list[Label] = []
    slots: dict[Key, Slot] = {}
    widths: dict[str, int] = {}
    notices: dict[str, Place] = {}
    margins: dict[str, Margin] = {}
    for table in form.tables:
        arrange = {"blocks": _blocks, "matrix": _matrix, "row": _row}[table.arrangement]
        widths[table.key] = width = arrange(table, labels, slots)
        labels.append(Label(table.title, table.sheet, 0, 0, 0, width - 1))
        notices[table.key] = Place(table.sheet, HEAD_ROW, width // 2)
        margins[table.key] = _margin(form, table, width, slots)
    ordered = tuple(sorted(labels, key=lambda label: label.place))
    fields, headings = _fields(form.texts)
    return Layout(ordered, slots, fields, widths, notices, headings, margins)


def _margin(form: Form, table: Table, width: int, slots: Mapping[Key, Slot]) -> Margin:
    """A check over columns says its differences in a row of its own below the table, any other beside its line."""
    below = 1 + max(slot.place.row for key, slot in slots.items() if key.table == table.key)
    differences: dict[tuple[str, Key], Place] = {}
    heads: dict[str, Place] = {}
    right: dict[int, int] = {}
    for check in form.checks:
        anchors = [rule.anchor for rule in check.rules if rule.anchor.table == table.key]
        rows = {slots[anchor].place.row for anchor in anchors}
        if not anchors:
            continue
        if table.arrangement == "row" or (table.arrangement == "matrix" and len(anchors) > len(rows) == 1):
            heads[check.code] = Place(table.sheet, below, 0)
            places = [Place(table.sheet, below, slots[anchor].place.column) for anchor in anchors]
            below += 1
        else:
            first = max((right.get(row, 0) for row in rows), default=0)
            right |= dict.fromkeys(rows, first + 1)
            places = [Place(table.sheet, slots[anchor].place.row, width + first) for anchor in anchors]
        for anchor, place in zip(anchors, places, strict=True):
            differences[check.code, anchor] = place
    return Margin(differences, heads, width + max(right.values(), default=0), below + 1)


def _fields(texts: tuple[Text, ...]) -> tuple[dict[str, Field], tuple[Label, ...]]:
    fields: dict[str, Field] = {}
    headings: list[Label] = []
    next_row: dict[str, int] = {}
    section: dict[str, str | None] = {}
    for text in texts:
        row = next_row.setdefault(text.sheet, FIELD_ROWS)
        if text.section is not None and section.get(text.sheet) != text.section:
            headings.append(Label(text.section, text.sheet, row, 0, row, 2))
            row += 1
        section[text.sheet] = text.section
        next_row[text.sheet] = row + 1
        fields[text.key] = Field(Label(text.label, text.sheet, row, 0, row, 0), Place(text.sheet, row, 1))
    return fields, tuple(headings)


def _headed(slot: Slot, labels: list[Label]) -> Slot:
    """The slot with the labels among ``labels`` that stand beside or above it."""
    place = slot.place
    heads = tuple(
        label
        for label in labels
        if label.row <= place.row <= label.last_row or label.column <= place.column <= label.last_column
    )
    return Slot(place, slot.last_column, heads)


def _blocks(table: Table, labels: list[Label], slots: dict[Key, Slot]) -> int:
    """Blocks one under another, each dividing the value columns evenly: one or two columns as wide as three."""
    values = lcm(*(len(block.columns) for block in table.blocks))
    row = TITLE_ROWS
    for block in table.blocks:
        first = len(labels)
        labels.append(Label(block.heading or "", table.sheet, row, 0, row, values))
        labels.append(Label(table.corner or "", table.sheet, row + 1, 0, row + 1, 0))
        span = values // len(block.columns)
        spans = [(1 + number * span, (number + 1) * span) for number in range(len(block.columns))]
        for column, (start, end) in zip(block.columns, spans, strict=True):
            labels.append(Label(column.labels[-1], table.sheet, row + 1, start, row + 1, end))
        for offset, line in enumerate(block.lines, 2):
            labels.append(Label(line.labels[-1], table.sheet, row + offset, 0, row + offset, 0))
        for offset, line in enumerate(block.lines, 2):
            for column, (start, end) in zip(block.columns, spans, strict=True):
                slot = Slot(Place(table.sheet, row + offset, start), end)
                slots[Key(table.key, line.key, column.key)] = _headed(slot, labels[first:])
        row += 2 + len(block.lines)
    return 1 + values


def _matrix(table: Table, labels: list[Label], slots: dict[Key, Slot]) -> int:
    block = table.blocks[0]
    first_label = len(labels)
    head = max(len(column.labels) for column in block.columns)
    side = max(len(line.labels) for line in block.lines)
    labels.append(Label(table.corner or "", table.sheet, TITLE_ROWS, 0, TITLE_ROWS + head - 1, side - 1))
    for first, last, depth, end, text in _merged([column.labels for column in block.columns]):
        labels.append(Label(text, table.sheet, TITLE_ROWS + depth, side + first, TITLE_ROWS + end, side + last))
    top = TITLE_ROWS + head
    for first, last, depth, end, text in _merged([line.labels for line in block.lines]):
        labels.append(Label(text, table.sheet, top + first, depth, top + last, end))
    for r, line in enumerate(block.lines):
        for c, column in enumerate(block.columns):
            slot = Slot(Place(table.sheet, top + r, side + c), side + c)
            slots[Key(table.key, line.key, column.key)] = _headed(slot, labels[first_label:])
    return side + len(block.columns)


def _row(table: Table, labels: list[Label], slots: dict[Key, Slot]) -> int:
    block = table.blocks[0]
    pairs = [(line, column) for line in block.lines for column in block.columns]
    paths = [(*line.labels, *column.labels) for line, column in pairs]
    head = max(len(path) for path in paths)
    first_label = len(labels)
    for first, last, depth, end, text in _merged(paths):
        labels.append(Label(text, table.sheet, TITLE_ROWS + depth, first, TITLE_ROWS + end, last))
    for number, (line, column) in enumerate(pairs):
        place = Place(table.sheet, TITLE_ROWS + head, number)
        slots[Key(table.key, line.key, column.key)] = _headed(Slot(place, number), labels[first_label:])
    return len(pairs)


def _merged(paths: list[tuple[str, ...]]) -> list[tuple[int, int, int, int, str]]:
    """Runs of label paths as (first, last, depth, last depth, text); depths and positions are 0-based, inclusive."""
    deepest = max(len(path) for path in paths)
    runs = []
    for depth in range(deepest):
        first = 0
        while first < len(paths):
            last = first
            path = paths[first]
            if len(path) > depth:
                # a heading spans its neighbours; a path's own last label never does
                while (
                    len(path) > depth + 1
                    and last + 1 < len(paths)
                    and (len(paths[last + 1]) > depth + 1 and paths[last + 1][: depth + 1] == path[: depth + 1])
                ):
                    last += 1
                end = deepest - 1 if len(path) == depth + 1 else depth
                runs.append((first, last, depth, end, path[depth]))
            first = last + 1
    return runs
