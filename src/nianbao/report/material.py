"""What a county workbook holds for its report: figures, what the totals are worth, what the units wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from nianbao.consolidation import number_in
from nianbao.excel.book import open_book
from nianbao.excel.cells import Book, UnreadableError
from nianbao.excel.county.names import LIST_FIRST, MATERIALS
from nianbao.excel.reader import read_return
from nianbao.findings import Finding, OperatorError
from nianbao.form import Form, load_form
from nianbao.layout import COVER
from nianbao.submission import INCOMPLETE, Submission
from nianbao.wording import same

_STATEMENT = re.compile(r"^(已收齐|未齐|未核对名录)")


@dataclass(frozen=True, slots=True)
class Material:
    """The county's figures and the units' texts: ``written`` by key of the text, each with the unit's name.

    ``sums`` are the counts and amounts that units stated beside the tables, added up.
    """

    form: Form
    submission: Submission
    statement: str | None = None
    written: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=lambda: MappingProxyType({}))
    sums: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    findings: tuple[Finding, ...] = ()

    @property
    def incomplete(self) -> bool:
        """Whether the totals lack somebody, as the workbook itself says."""
        return self.statement is not None and self.statement.startswith(INCOMPLETE)


def read_material(data: bytes, name: str) -> Material:
    """What the workbook in ``data`` holds; raise OperatorError, which calls it ``name``, where it cannot be read."""
    reading = read_return(data)
    if reading.submission is None:
        reason = reading.findings[0].message if reading.findings else "读不出来。"
        raise OperatorError(f"“{name}”：{reason}")
    form = load_form(reading.submission.identity.edition)
    try:
        book = open_book(data)
    except UnreadableError as error:
        raise OperatorError(f"“{name}”：{error}") from error
    written = _written(book, form)
    if not written:
        # a unit's own workbook has its texts on its own sheets
        unit = reading.submission.identity.unit or ""
        texts = reading.submission.texts
        written = {one.key: ((unit, texts[one.key]),) for one in form.texts if texts.get(one.key) and _asked(one.key)}
    numeric = {one.key for one in form.texts if one.kind in {"count", "amount"}}
    sums = {}
    for key, texts_of in written.items():
        numbers = [number for _, raw in texts_of if key in numeric and (number := number_in(raw)) is not None]
        if numbers:
            sums[key] = sum((Decimal(number) for number in numbers), start=Decimal(0))
    return Material(form, reading.submission, _statement(book), written, sums, reading.findings)


def _asked(key: str) -> bool:
    return key.startswith("t/")


def _statement(book: Book) -> str | None:
    cover = next((sheet for sheet in book.sheets if sheet.name == COVER), None)
    cells = [] if cover is None else [cell.raw.strip() for _, cell in sorted(cover.cells.items())]
    return next((raw for raw in cells if _STATEMENT.match(raw)), None)


def _written(book: Book, form: Form) -> dict[str, tuple[tuple[str, str], ...]]:
    """The sheet of materials by column: its heads are the labels of the form's texts."""
    sheet = next((sheet for sheet in book.sheets if sheet.name == MATERIALS), None)
    if sheet is None:
        return {}
    cells = {place: cell.raw.strip() for place, cell in sheet.cells.items()}
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    last = max((row for row, _ in cells), default=-1)
    for text in form.texts:
        column = next(
            (c for (row, c), raw in cells.items() if row < LIST_FIRST and _asked(text.key) and same(raw, text.label)),
            None,
        )
        if column is None:
            continue
        rows = [
            (cells[row, 0], cells[row, column])
            for row in range(LIST_FIRST + 1, last + 1)
            if cells.get((row, 0)) and cells.get((row, column))
        ]
        if rows:
            found[text.key] = tuple(rows)
    return found
