"""A county workbook read back: its figures, what each unit contributed to them, from which file and cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from nianbao.adjustments import Adjustment
from nianbao.excel.book import open_book
from nianbao.excel.cells import Book, UnreadableError
from nianbao.excel.county.names import (
    ADJUSTMENT_HEADS,
    ADJUSTMENTS,
    CODE,
    COUNTED,
    DETAIL,
    FIRST_FIGURE,
    FIRST_UNIT,
    IN,
    KEY_ROW,
    LIST_FIRST,
    NAME,
    NOT_COUNTED,
    RECEIPT_HEADS,
    RECEIPTS,
    SOURCE_HEADS,
    SOURCES,
    YES,
)
from nianbao.excel.reader import read_return
from nianbao.figures import Key
from nianbao.findings import OperatorError
from nianbao.form import Form, load_form
from nianbao.layout import layout_of
from nianbao.numerals import read_stored
from nianbao.rules import Number
from nianbao.submission import Submission, Values, with_totals


@dataclass(frozen=True, slots=True)
class Receipt:
    """A line of 收表情况: a file, whose it was and whether it is in the sum."""

    code: str
    unit: str
    state: str
    reason: str
    file: str
    sha256: str

    @property
    def used(self) -> bool:
        """Whether its figures are in 明细."""
        return self.state in {COUNTED, NOT_COUNTED}


@dataclass(frozen=True, slots=True)
class SourceCell:
    """Where a figure stood in a unit's file, and its raw text; None where it was the plain number."""

    sheet: str
    cell: str
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Contribution:
    """A unit's row of 明细, with the file it came from; ``counted`` is 计入汇总."""

    code: str
    unit: str
    counted: bool
    values: Values
    file: str
    sha256: str
    exceptions: Mapping[Key, SourceCell]

    def source(self, form: Form, key: Key) -> SourceCell:
        """Where the figure was read."""
        place = layout_of(form).slots[key].place
        return self.exceptions.get(key, SourceCell(place.sheet, place.cell))


@dataclass(frozen=True, slots=True)
class CountyBook:
    """One county workbook."""

    form: Form
    submission: Submission
    units: tuple[Contribution, ...]
    receipts: tuple[Receipt, ...]
    adjustments: tuple[Adjustment, ...]


def read_county(data: bytes, name: str) -> CountyBook:
    """The county workbook in ``data``; raise OperatorError, which calls it ``name``, where it is none."""
    reading = read_return(data)
    try:
        book = open_book(data)
    except UnreadableError as error:
        raise OperatorError(f"不能读取“{name}”：{error}") from error
    if reading.submission is None or reading.submission.identity.tier == "unit" or _cells(book, DETAIL) is None:
        raise OperatorError(f"“{name}”不是汇总工作簿，请给出 consolidate 写出的那一份。")
    form = load_form(reading.submission.identity.edition)
    receipts = tuple(
        Receipt(code, unit, state, reason, file, sha256)
        for code, unit, state, reason, file, _, sha256 in _rows(book, RECEIPTS, len(RECEIPT_HEADS))
    )
    return CountyBook(
        form=form,
        submission=reading.submission,
        units=tuple(_contributions(book, form, {(one.code, one.unit): one for one in receipts if one.used})),
        receipts=receipts,
        adjustments=tuple(_adjustments(book, form)),
    )


def holds_county(data: bytes) -> bool:
    """Whether the bytes are a workbook that consolidated returns."""
    try:
        return _cells(open_book(data), DETAIL) is not None
    except UnreadableError:
        return False


def _cells(book: Book, name: str) -> Mapping[tuple[int, int], str] | None:
    sheet = next((sheet for sheet in book.sheets if sheet.name == name), None)
    return None if sheet is None else {place: cell.raw for place, cell in sheet.cells.items()}


def _rows(book: Book, name: str, width: int) -> Iterator[list[str]]:
    """The rows of a list, as texts."""
    cells = _cells(book, name) or {}
    for row in range(LIST_FIRST, max((row for row, _ in cells), default=-1) + 1):
        texts = [cells.get((row, column), "") for column in range(width)]
        if any(texts[1:]):
            yield texts


def _number(raw: str | None, form: Form, key: Key) -> Number | None:
    try:
        return None if raw is None else read_stored(raw, form.entries[key].column).value
    except InvalidOperation:
        return None


def _contributions(book: Book, form: Form, receipts: Mapping[tuple[str, str], Receipt]) -> Iterator[Contribution]:
    cells = _cells(book, DETAIL) or {}
    keys = {str(key): key for key in form.entries}
    columns = {
        keys[raw]: column
        for (row, column), raw in cells.items()
        if row == KEY_ROW and column >= FIRST_FIGURE and raw in keys
    }
    exceptions: dict[tuple[str, str], dict[Key, SourceCell]] = {}
    for texts in _rows(book, SOURCES, len(SOURCE_HEADS)):
        if texts[4] in keys:
            exceptions.setdefault((texts[0], texts[1]), {})[keys[texts[4]]] = SourceCell(*texts[6:9])
    for row in range(FIRST_UNIT, max((row for row, _ in cells), default=-1) + 1):
        code, unit = cells.get((row, CODE), ""), cells.get((row, NAME), "")
        if not unit:
            continue
        values = {key: _number(cells.get((row, column)), form, key) for key, column in columns.items()}
        receipt = receipts.get((code, unit))
        yield Contribution(
            code=code,
            unit=unit,
            counted=cells.get((row, IN)) == YES,
            values=with_totals(form, values),
            file="" if receipt is None else receipt.file,
            sha256="" if receipt is None else receipt.sha256,
            exceptions=exceptions.get((code, unit), {}),
        )


def _adjustments(book: Book, form: Form) -> Iterator[Adjustment]:
    keys = {str(key): key for key in form.entries}
    for key, _, unit, amount, reason, who, date in _rows(book, ADJUSTMENTS, len(ADJUSTMENT_HEADS)):
        if key in keys:
            number = Decimal(amount)
            yield Adjustment(keys[key], unit, int(number) if number == int(number) else number, reason, who, date)
