"""Last year's figures inside this year's workbook (hidden sheet 上年), and which of them were carried over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from nianbao.carryover import remark_on
from nianbao.checks import label_of, text_of
from nianbao.excel.cells import Book
from nianbao.figures import Key, Place
from nianbao.findings import Finding
from nianbao.form import Form
from nianbao.layout import layout_of
from nianbao.rules import Number, Values
from nianbao.submission import Identity

if TYPE_CHECKING:
    from nianbao.excel.draft import Draft

LAST_YEAR = "上年"
_CHECKSUM = "checksum"
_FACTS = ("edition", "year", "unit", "code", "county")
FIRST_LAST_YEAR_ROW = len(_FACTS) + 2  # below the facts and their checksum
_KEY, _VALUE, _CARRIED = 0, 1, 2
_HINT = "结转数由上年报表带来，请勿改动；确实不对的，请与县政务公开办联系。"


@dataclass(frozen=True, slots=True)
class LastYear:
    """What a workbook says about last year: its figures under the keys of this year's form, as far as they mean the
    same, and which of this year's were filled in from them.

    ``genuine`` is False where the sheet was edited after it was written.
    """

    edition: str
    year: int | None
    values: Mapping[Key, Number]
    carried: Mapping[Key, Number]
    genuine: bool


def write_last_year(draft: Draft) -> None:
    """The hidden sheet: facts about last year's return, then a row a figure: key, value, the key it was carried to."""
    if draft.previous is None:
        return
    sheet = draft.paper.sheet(LAST_YEAR, [24.0, 16.0, 24.0])
    lines = {(one.table, one.source): one.line for one in draft.form.carried}
    for row, (name, fact) in enumerate(_facts(draft.previous.identity)):
        draft.paper.put(sheet, Place(LAST_YEAR, row, _KEY), name, "cell")
        draft.paper.put(sheet, Place(LAST_YEAR, row, _VALUE), fact, "cell")
    for key, place in draft.last_year_places.items():
        draft.paper.put(sheet, Place(LAST_YEAR, place.row, _KEY), str(key), "cell")
        draft.paper.put(sheet, place, draft.known.get(key), "cell")
        target = Key(key.table, lines.get((key.table, key.line), ""), key.column)
        if target in draft.carried:
            draft.paper.put(sheet, Place(LAST_YEAR, place.row, _CARRIED), str(target), "cell")
    draft.paper.put(sheet, Place(LAST_YEAR, len(_FACTS), _KEY), _CHECKSUM, "cell")
    checksum = last_year_checksum(draft.form, draft.previous.identity, draft.known)
    draft.paper.put(sheet, Place(LAST_YEAR, len(_FACTS), _VALUE), checksum, "cell")
    sheet.very_hidden()


def last_year_checksum(form: Form, identity: Identity, known: Values) -> str:
    """12 hex digits over everything that the hidden sheet says about a return of last year."""
    figures = ((str(key), text_of(known.get(key)) or "") for key in form.entries)
    return _checksum([*_facts(identity), *figures])


def _facts(identity: Identity) -> list[tuple[str, str]]:
    return [(name, str(getattr(identity, name) or "")) for name in _FACTS]


def read_last_year(book: Book) -> LastYear | None:
    """What the hidden sheet says; None where the workbook has none."""
    sheet = next((sheet for sheet in book.sheets if sheet.name == LAST_YEAR), None)
    if sheet is None:
        return None
    cells = {place: cell.raw.strip() for place, cell in sheet.cells.items() if place[1] <= _CARRIED}
    last = max((row for row, _ in cells), default=-1)
    facts = {cells.get((row, _KEY), ""): cells.get((row, _VALUE), "") for row in range(len(_FACTS) + 1)}
    values: dict[Key, Number] = {}
    carried: dict[Key, Number] = {}
    said = [(name, facts.get(name, "")) for name in _FACTS]
    for row in range(FIRST_LAST_YEAR_ROW, min(last, FIRST_LAST_YEAR_ROW + 2000) + 1):
        name, raw = cells.get((row, _KEY), ""), cells.get((row, _VALUE), "")
        said.append((name, raw))
        number = _number(raw)
        try:
            key = Key.parse(name)
            target = Key.parse(cells[row, _CARRIED]) if cells.get((row, _CARRIED)) else None
        except ValueError:
            continue
        if number is not None:
            values[key] = number
            if target is not None:
                carried[target] = number
    year = _plain(facts.get("year", ""))
    return LastYear(
        edition=_plain(facts.get("edition", "")),
        year=int(year) if year.isascii() and year.isdecimal() else None,
        values=values,
        carried=carried,
        genuine=facts.get(_CHECKSUM) == _checksum(said),
    )


def printed_remarks(form: Form, last_year: LastYear) -> Mapping[Place, str]:
    """What the template itself printed beside the tables about last year's figures."""
    layout = layout_of(form)
    places = {key: layout.slots[key].place for key in form.entries}
    return {
        Place(places[key].sheet, places[key].row, layout.margins[key.table].remarks): text
        for key, text in remark_on(form, last_year.carried, last_year.values).items()
    }


def about_last_year(form: Form, last_year: LastYear, values: Values) -> Iterator[Finding]:
    """A finding where figures that were carried over and locked were changed, or last year's were."""
    if not last_year.genuine:
        yield Finding("V-5", "error", "工作簿里保存的上年数据被改动过，与校验码不符。", hint=_HINT, sheet=LAST_YEAR)
    for key, carried in last_year.carried.items():
        if key in form.entries and values.get(key) != carried:
            place = layout_of(form).slots[key].place
            found = text_of(values.get(key))
            where = f"{label_of(form, key)}（{place.cell}）"
            yield Finding(
                "V-5",
                "error",
                f"{where}由上年数据结转，应为 {text_of(carried)}，现为 {found or '空白'}。",
                hint=_HINT,
                sheet=place.sheet,
                cell=place.cell,
                key=key,
                found=found,
                expected=text_of(carried),
            )


def _checksum(rows: Iterable[tuple[str, str]]) -> str:
    text = "\x1e".join(f"{name}\x1f{_plain(value)}" for name, value in rows)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _plain(raw: str) -> str:
    """A number as ``text_of`` writes it, whatever program stored it; any other text as it is."""
    number = _number(raw)
    return raw if number is None else text_of(number) or ""


def _number(raw: str) -> Number | None:
    try:
        number = Decimal(raw)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= 10**15:
        return None
    if number == number.to_integral_value():
        return int(number)
    return Decimal(f"{number:.15g}").normalize()
