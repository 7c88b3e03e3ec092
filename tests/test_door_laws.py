"""Laws of the door: reading never raises, a changed form is never read as a whole one, figures are digit for digit."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import Convert
from nianbao.excel.book import open_book
from nianbao.excel.reader import Reading, read_return
from nianbao.figures import Key, column_name
from nianbao.layout import Label
from nianbao.returns import Demands, judge

sys.path.insert(0, str(Path(__file__).parent / "corpus"))  # the corpus is no package

from mutate import BASE, FIGURES, FORM, FULL, LAYOUT, SHEETS, cell, moved, number, package, parts_of, swapped
from spoilt import flagged

PARTS = parts_of(BASE)
# the first examples load the form and write the template that is compared with
LAW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LABELS = [*LAYOUT.labels, *(field.label for field in LAYOUT.fields.values())]
LAST_ROWS = {
    table.sheet: max(slot.place.row for key, slot in LAYOUT.slots.items() if key.table == table.key) + 1
    for table in FORM.tables
}
ROWS = [(sheet, row) for sheet, last in LAST_ROWS.items() for row in range(3, last + 1)]


def read_and_judged(data: bytes) -> Reading:
    """What reading gives, having been judged too; whatever it is, it was foreseen."""
    reading = read_return(data)
    judge("a.xlsx", "", None, reading.submission, reading.findings, Demands())
    assert reading.submission is not None or reading.findings
    assert not any("读不出来" in finding.message for finding in reading.findings)
    return reading


def shifted(reading: Reading) -> dict[str, object]:
    """Figures that were read and are not those that were reported."""
    values = {} if reading.submission is None else reading.submission.values
    return {str(key): value for key, value in values.items() if value is not None and value != FIGURES[key]}


def printed(sheet: str, row: int) -> list[str]:
    """The labels of a row; two rows that print the same are one as good as the other."""
    return [label.text for label in LAYOUT.labels if label.sheet == sheet and label.row == row - 1]


def has_error(reading: Reading) -> bool:
    return any(finding.severity == "error" for finding in reading.findings)


@LAW
@given(
    st.binary(max_size=200), st.sampled_from([b"", b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1"), b"\x09\x08", b"<"])
)
def test_reading_never_raises_whatever_the_bytes(data: bytes, head: bytes) -> None:
    assert read_and_judged(head + data).submission is None


@LAW
@given(st.data())
def test_reading_never_raises_and_never_shifts_a_figure_in_a_workbook_with_damaged_bytes(data: st.DataObject) -> None:
    damaged = bytearray(BASE)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert shifted(read_and_judged(bytes(damaged))) == {}


@LAW
@given(st.sampled_from(sorted(PARTS)), st.data())
def test_reading_never_raises_in_a_workbook_with_a_damaged_part(name: str, data: st.DataObject) -> None:
    part = bytearray(PARTS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(part)))
        part[at : at + data.draw(st.integers(0, 40))] = data.draw(
            st.binary(max_size=8) | st.sampled_from([b"<", b"/>", b'"', b"&", b"<v>", b"</c>", b'r="', b"]]>", b"<!--"])
        )
    read_and_judged(package(PARTS | {name: bytes(part)}))


@LAW
@given(st.sampled_from(LABELS), st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), max_size=6))
def test_changing_any_printed_label_gives_a_finding_and_shifts_no_figure(label: Label, more: str) -> None:
    text = f"{label.text}{more}改" if len(more) % 2 else more or "改"
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    inner = f"<is><t>{escaped}</t></is>"
    reading = read_and_judged(cell(f"{label.sheet}!{label.place.cell}", inner, ' t="inlineStr"')())
    # a sheet of optional texts may be an older template's: what is not found there is not read, and said
    optional = FORM.may_be_absent(label.sheet)
    assert has_error(reading) or (optional and any(one.severity == "warning" for one in reading.findings))
    assert shifted(reading) == {}


def _one_row(change: Callable[[str, int], Callable[[], bytes]], sheet: str, row: int) -> Reading:
    reading = read_and_judged(change(sheet, row)())
    assert has_error(reading)
    assert shifted(reading) == {}
    return reading


@LAW
@given(st.sampled_from(ROWS), st.sampled_from([1, 2, -1, -2]))
def test_inserting_or_deleting_rows_anywhere_gives_an_error_and_shifts_no_figure(
    where: tuple[str, int], by: int
) -> None:
    _one_row(lambda sheet, row: moved(sheet, row=row, by=by), *where)


@LAW
@given(st.sampled_from(sorted(LAST_ROWS)), st.integers(1, 10), st.sampled_from([1, -1]))
def test_inserting_or_deleting_a_column_anywhere_gives_an_error_and_shifts_no_figure(
    sheet: str, column: int, by: int
) -> None:
    if column <= max(slot.place.column for slot in LAYOUT.slots.values() if slot.place.sheet == sheet):
        _one_row(lambda _, at: moved(sheet, column=at, by=by), sheet, column)


@LAW
@given(st.sampled_from(ROWS), st.integers(1, 30))
def test_exchanging_two_rows_gives_an_error_and_shifts_no_figure(where: tuple[str, int], away: int) -> None:
    sheet, row = where
    if row + away <= LAST_ROWS[sheet] and printed(sheet, row) != printed(sheet, row + away):
        _one_row(lambda _, at: swapped(sheet, at, at + away), sheet, row)


@LAW
@given(st.decimals(0, 10**9, places=6, allow_nan=False) | st.integers(0, 10**12).map(Decimal))
def test_an_amount_is_read_digit_for_digit(amount: Decimal) -> None:
    key = Key.parse("2/fees/amount")
    place = LAYOUT.slots[key].place
    shown = f"{amount:.15g}" if len(amount.as_tuple().digits) > 15 else str(amount)
    reading = read_and_judged(number(f"{place.sheet}!{place.cell}", shown)())
    assert reading.submission is not None
    assert reading.submission.values[key] == Decimal(shown)
    assert reading.submission.origins[key].raw == shown


def test_what_is_flagged_in_a_workbook_is_flagged_after_libreoffice_saved_it_in_any_format(
    convert: Convert, tmp_path: Path
) -> None:
    wanted = {
        "typed-none-word-wu": "D7", "error-div0": "D7", "true": "D7", "date-format": "D7", "stored-decimal-count": "D7",
        "blank-entry": "D7", "label-changed-line": "A7", "total-typed-over": "J7", "row-deleted": "",
        "column-deleted": "",
    }  # fmt: skip
    files = []
    for case in flagged():
        if Path(case.name).stem in wanted:
            files.append(tmp_path / case.name)
            files[-1].write_bytes(case.make())
    assert len(files) == len(wanted)
    for suffix in ("ods", "xls"):
        folder = tmp_path / suffix
        folder.mkdir()
        for file in convert(files, suffix, folder):
            reading = read_and_judged(file.read_bytes())
            errors = [finding for finding in reading.findings if finding.severity == "error"]
            assert wanted[file.stem] in {finding.cell for finding in errors} | ({""} if errors else set()), file
            assert shifted(reading) == {}, file


@LAW
@given(st.data())
def test_a_formula_that_cells_share_reads_in_each_as_a_second_reader_has_it(data: st.DataObject) -> None:
    import openpyxl

    column, row = st.sampled_from(["A", "$B", "Z", "$AA"]), st.sampled_from(["6", "$7", "41", "$100"])
    cells = st.builds(lambda one, other: f"{one}{other}", column, row)
    literals = st.sampled_from(['"A1"', "5", "LOG10(2)", "'表 A1'!C3", "表三!D$4", "D2:$F$9"])
    formula = "+".join(data.draw(st.lists(cells | literals, min_size=1, max_size=6)))
    down, across = data.draw(st.integers(0, 20)), data.draw(st.integers(0, 20))
    at = f"{column_name(2 + across)}{50 + down}"
    shared = f'<f t="shared" ref="C50:W70" si="0">{formula}</f>'
    dependent = f'<c r="{at}"><f t="shared" si="0"/><v>1</v></c>'
    first = f'<c r="C50">{shared}<v>1</v></c>'
    rows = f'<row r="50">{first}{"" if down else dependent if across else ""}</row>'
    rows += f'<row r="{50 + down}">{dependent}</row>' if down else ""
    parts = PARTS | {
        SHEETS["表三"]: (
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f"<sheetData>{rows}</sheetData></worksheet>"
        ).encode()
    }
    mine = next(sheet for sheet in open_book(package(parts)).sheets if sheet.name == "表三")
    theirs = openpyxl.load_workbook(io.BytesIO(package(parts)))["表三"]
    assert f"={mine.cells[49 + down, 2 + across].formula}" == theirs[at].value


def test_every_cell_that_a_second_reader_sees_is_seen_with_the_same_text() -> None:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(FULL))
    ours = {sheet.name: sheet.cells for sheet in open_book(FULL).sheets}
    assert list(ours) == book.sheetnames
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for theirs in row:
                if theirs.value in (None, ""):
                    continue
                mine = ours[sheet.title][theirs.row - 1, theirs.column - 1]
                if isinstance(theirs.value, str) and theirs.value.startswith("="):
                    assert re.sub(r"\s", "", f"={mine.formula}") == re.sub(r"\s", "", theirs.value)
                else:
                    assert mine.raw == str(theirs.value)
