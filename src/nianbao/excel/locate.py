"""Where the form's tables stand in a workbook: in their place, or found by their printed labels where that is certain.

A table whose labels all stand where the template prints them is read there. Otherwise its rows are recognised by the
labels that stand beside figures, and its columns by those that stand above, as sequences: a row or column is certain
only if exactly one of the sheet's can be meant, and in its order. Labels that changed places are not (their figures may
or may not have gone with them), nor is a table with figures under no label at all. What is not certain is not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter

from nianbao.excel.cells import Book, Cell, Sheet
from nianbao.form import Form, Table
from nianbao.layout import Field, Label, Slot, layout_of
from nianbao.wording import plain

_plain = lru_cache(maxsize=8192)(plain)
_Indexed = Sequence[tuple[int, tuple[str, ...]]]
_MOST_LINES = 400
# no printed label is longer; longer texts are not worth normalising
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Located:
    """One table in a workbook: its sheet (None: missing), and where its rows and columns are (None: in their place).

    ``wrong`` are the labels that are not printed where they belong; figures under them are not to be read.
    ``rivals`` are other sheets with the same title.
    """

    table: Table
    sheet: Sheet | None
    wrong: frozenset[Label] = frozenset()
    rows: Mapping[int, int] | None = None
    columns: Mapping[int, int] | None = None
    rivals: tuple[str, ...] = ()

    @property
    def moved(self) -> bool:
        """Whether the table was found elsewhere than where the template prints it."""
        return self.rows is not None

    def place_of(self, slot: Slot) -> tuple[int, int] | None:
        """Row and column of a figure in the workbook; None where it is not certain."""
        if self.sheet is None or (self.wrong and any(head in self.wrong for head in slot.heads)):
            return None
        return self.at(slot.place.row, slot.place.column)

    def at(self, row: int, column: int) -> tuple[int, int] | None:
        """Where a cell of the template is in the workbook; None where it is not certain."""
        if self.rows is None or self.columns is None:
            return row, column
        if row not in self.rows or column not in self.columns:
            return None
        return self.rows[row], self.columns[column]


@dataclass(frozen=True, slots=True)
class Printed:
    """A workbook seen as one edition of the form; ``share`` is how much of its printed words the workbook has."""

    form: Form
    tables: Mapping[str, Located]
    share: float


def printed_as(book: Book, form: Form) -> Printed:
    """The tables of the form in the workbook."""
    tables = {table.sheet: _located(book, form, table) for table in form.tables}
    missing = sum(len(one.wrong) for one in tables.values())
    return Printed(form, tables, 1 - missing / _number_of_words(form))


@cache
def _number_of_words(form: Form) -> int:
    return sum(label.row > 0 for label in layout_of(form).labels)


class Words:
    """Printed labels of one sheet, looked at in one go where they all stand as they were printed."""

    __slots__ = ("_take", "_texts", "labels")

    def __init__(self, labels: Iterable[Label]) -> None:
        self.labels = tuple(labels)
        places = [(label.row, label.column) for label in self.labels]
        self._take = itemgetter(*places, places[0])
        self._texts = [label.text for label in (*self.labels, self.labels[0])]

    def wrong_on(self, sheet: Sheet) -> frozenset[Label]:
        """The labels that do not stand where the template prints them."""
        try:
            if not sheet.doubled and [cell.raw for cell in self._take(sheet.cells)] == self._texts:
                return frozenset()
        except KeyError:
            pass
        return frozenset(label for label in self.labels if not is_printed(sheet, label))


def is_printed(sheet: Sheet, label: Label) -> bool:
    """Whether a label stands where the template prints it, and nothing else does."""
    cell = sheet.cells.get((label.row, label.column))
    return cell is not None and _says(cell, label.text) and (label.row, label.column) not in sheet.doubled


def field_place(sheet: Sheet, one: Field) -> tuple[int, int] | None:
    """Where a text's cell is: beside its label, which stands in its place or exactly once elsewhere on the sheet."""
    if is_printed(sheet, one.label):
        return one.place.row, one.place.column
    found = [place for place, cell in sheet.cells.items() if _says(cell, one.label.text)]
    if len(found) != 1 or found[0] in sheet.doubled:
        return None
    row, column = found[0]
    return row + one.place.row - one.label.row, column + one.place.column - one.label.column


def _says(cell: Cell, text: str) -> bool:
    return cell.raw == text or (cell.kind == "text" and len(cell.raw) <= _LONGEST and _plain(cell.raw) == _plain(text))


def _located(book: Book, form: Form, table: Table) -> Located:
    words = _words(form)[table.sheet]
    labels = words.labels
    sheet, rivals = _sheet_of(book, table)
    if sheet is None:
        return Located(table, None, frozenset(label for label in labels if label.row > 0))
    wrong = words.wrong_on(sheet)
    if not wrong:
        return Located(table, sheet, rivals=rivals)
    slots = [slot for key, slot in layout_of(form).slots.items() if key.table == table.key]
    here = Located(table, sheet, wrong, rivals=rivals)
    elsewhere = _relocated(table, sheet, labels, slots, rivals)
    certain = [sum(one.place_of(slot) is not None for slot in slots) for one in (here, elsewhere)]
    return elsewhere if certain[1] > certain[0] else here


@cache
def _words(form: Form) -> Mapping[str, Words]:
    """The printed labels of each table's sheet."""
    labels = layout_of(form).labels
    return {table.sheet: Words(label for label in labels if label.sheet == table.sheet) for table in form.tables}


@cache
def fields_of(form: Form) -> Mapping[str, Words]:
    """The labels of the texts on each sheet."""
    sheets = dict.fromkeys(text.sheet for text in form.texts)
    fields = layout_of(form).fields
    return {name: Words(fields[text.key].label for text in form.texts if text.sheet == name) for name in sheets}


def _sheet_of(book: Book, table: Table) -> tuple[Sheet | None, tuple[str, ...]]:
    """The sheet that bears the table's title, or else its name; and the names of others that bear the title too."""
    named = next((sheet for sheet in book.sheets if sheet.name == table.sheet), None)
    if named is not None and _has_title(named, table.title):
        rivals = [sheet.name for sheet in book.sheets if sheet is not named and table.sheet in sheet.name]
        return named, tuple(rivals)
    titled = [sheet for sheet in book.sheets if sheet is not named and _has_title(sheet, table.title)]
    if len(titled) == 1:
        return titled[0], ()
    return (named, ()) if not titled else (None, tuple(sheet.name for sheet in titled))


def _has_title(sheet: Sheet, title: str) -> bool:
    first = sheet.cells.get((0, 0))
    return (first is not None and _says(first, title)) or any(_says(cell, title) for cell in sheet.cells.values())


def _relocated(
    table: Table, sheet: Sheet, labels: Sequence[Label], slots: list[Slot], rivals: tuple[str, ...]
) -> Located:
    heads = {head for slot in slots for head in slot.heads}
    beside = {head for slot in slots for head in slot.heads if head.row <= slot.place.row <= head.last_row}
    above = heads - beside
    texts: dict[str, list[tuple[int, int]]] = {_plain(label.text): [] for label in labels}
    for place, cell in sheet.cells.items():
        if cell.kind == "text" and len(cell.raw) <= _LONGEST and place not in sheet.doubled:
            texts.get(_plain(cell.raw), []).append(place)
    if {_plain(label.text) for label in beside} & {_plain(label.text) for label in above}:
        return Located(table, sheet, frozenset(labels), {}, {}, rivals)
    rows = _matched(
        _signed((label.row, label.column, label.text) for label in beside),
        _signed((row, column, text) for text, row, column in _found(texts, beside)),
    )
    columns = _matched(
        _signed((label.column, label.row, label.text) for label in above),
        _signed((column, row, text) for text, row, column in _found(texts, above)),
    )
    if not beside:
        rows = _value_row(sheet, slots, above, texts, columns)
    elif _has_figures_without_label(sheet, rows, columns, _places(texts, beside), _places(texts, above)):
        rows = {}
    wrong = frozenset(
        label
        for label in labels
        if (label in beside and label.row not in rows)
        or (label in above and label.column not in columns)
        or not texts[_plain(label.text)]
    )
    return Located(table, sheet, wrong, rows, columns, rivals)


def _places(texts: Mapping[str, list[tuple[int, int]]], labels: Iterable[Label]) -> set[tuple[int, int]]:
    return {(row, column) for _, row, column in _found(texts, labels)}


def _has_figures_without_label(
    sheet: Sheet,
    rows: Mapping[int, int],
    columns: Mapping[int, int],
    beside: set[tuple[int, int]],
    above: set[tuple[int, int]],
) -> bool:
    """Whether figures stand in line with the table and yet under or beside no label: then only labels were moved."""
    if not rows or not columns:
        return False
    there, across = set(rows.values()), set(columns.values())
    labelled_rows, labelled_columns = {row for row, _ in beside}, {column for _, column in above}
    return any(
        (column in across and row > min(there) and row not in labelled_rows)
        or (row in there and column > min(across) and column not in labelled_columns)
        for (row, column), cell in sheet.cells.items()
        if cell.kind == "number"
    )


def _found(texts: Mapping[str, list[tuple[int, int]]], labels: Iterable[Label]) -> Iterable[tuple[str, int, int]]:
    return ((text, *place) for text in {_plain(label.text) for label in labels} for place in texts[text])


def _signed(texts: Iterable[tuple[int, int, str]]) -> _Indexed:
    """Each row (or column) that has labels, with the sequence of their texts."""
    lines: dict[int, list[tuple[int, str]]] = {}
    for line, position, text in texts:
        lines.setdefault(line, []).append((position, _plain(text)))
    return [(line, tuple(text for _, text in sorted(lines[line]))) for line in sorted(lines)]


def _matched(template: _Indexed, actual: _Indexed) -> dict[int, int]:
    """Which line of the sheet each line of the template is; only those of which that is certain."""
    if len(actual) > _MOST_LINES:
        return {}
    for shorter, longer in ((actual, template), (template, actual)):
        if shorter and _embeddings([text for _, text in shorter], [text for _, text in longer]) == 1:
            pairs = _embedded(shorter, longer)
            return dict(pairs) if longer is actual else {there: here for here, there in pairs}
    wanted, there = ([text for _, text in lines] for lines in (template, actual))
    single = {
        line: actual[there.index(text)][0]
        for line, text in template
        if wanted.count(text) == 1 and there.count(text) == 1
    }
    return {
        line: at
        for line, at in single.items()
        if all((line < other) == (at < others) for other, others in single.items() if other != line)
    }


def _embeddings(shorter: list[tuple[str, ...]], longer: list[tuple[str, ...]]) -> int:
    """In how many ways the shorter sequence lies in the longer one, in order (counted up to 2)."""
    ways = [1] + [0] * len(shorter)
    for text in longer:
        for index in range(len(shorter), 0, -1):
            if shorter[index - 1] == text:
                ways[index] = min(2, ways[index] + ways[index - 1])
    return ways[-1]


def _embedded(shorter: _Indexed, longer: _Indexed) -> list[tuple[int, int]]:
    pairs, rest = [], iter(longer)
    for line, text in shorter:
        pairs.append((line, next(there for there, other in rest if other == text)))
    return pairs


def _value_row(
    sheet: Sheet,
    slots: list[Slot],
    above: Iterable[Label],
    texts: Mapping[str, list[tuple[int, int]]],
    columns: Mapping[int, int],
) -> dict[int, int]:
    """The row of figures of a table that has none of labels beside it: as far below its head as in the template."""
    (row,) = {slot.place.row for slot in slots}
    candidates = set()
    for label in above:
        if label.column in columns:
            places = [place for place in texts[_plain(label.text)] if place[1] == columns[label.column]]
            candidates |= {place[0] + row - label.row for place in places}
    if len(candidates) != 1:
        return {}
    (candidate,) = candidates
    top = candidate - (row - min(label.row for label in above))
    wide = set(columns.values())
    numbers = {
        at for (at, column), cell in sheet.cells.items() if at > top and column in wide and cell.kind == "number"
    }
    return {row: candidate} if numbers <= {candidate} else {}
