"""What clerks get wrong, typed into our template by another program, is reported at its cell and as gravely as it is.

A clean return stays clean; each mistake is one change to it.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell

import nianbao
from nianbao import Demands, Finding, Identity, Submission
from nianbao.returns import judge

FORM = nianbao.load_form("2021")
TEMPLATE = nianbao.write_template(
    FORM, Submission(Identity("2021", unit="教育局", code="003", county="甲县", year=2022), {})
)
_TABLE_TWO: dict[str, object] = {"B6": 2, "D6": 12, "B9": 4568, "B12": 53, "B13": 1, "B16": 46.2697}
_TABLE_THREE: dict[str, object] = {"D6": 20, "E6": 3, "D7": 2, "D8": 12, "E8": 3, "D9": 4, "D12": 1, "D26": 2, "D30": 3}
_TABLE_FOUR: dict[str, object] = {"A6": 1, "K6": 1}
CLEAN: dict[str, object] = {
    f"{sheet}!{cell}": value
    for sheet, cells in {"表二": _TABLE_TWO, "表三": _TABLE_THREE, "表四": _TABLE_FOUR}.items()
    for cell, value in cells.items()
}


def filled(changes: dict[str, object] | None = None, edit: Callable[[Workbook], None] | None = None) -> bytes:
    """A template with zeros in every entry cell but where the clean return or a change says otherwise."""
    book = load_workbook(io.BytesIO(TEMPLATE))
    for table in FORM.tables:
        for cells in book[table.sheet].iter_rows():
            for cell in cells:
                if isinstance(cell, Cell) and not cell.protection.locked:
                    cell.value = 0
    for address, value in (CLEAN | (changes or {})).items():
        sheet, _, name = address.partition("!")
        book[sheet][name].value = value
    if edit is not None:
        edit(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def reported(data: bytes) -> tuple[str, list[Finding]]:
    reading = nianbao.read(data)
    one = judge("教育局.xlsx", "0" * 64, None, reading.submission, reading.findings, Demands())
    return one.status, list(one.findings)


@dataclass(frozen=True)
class Mistake:
    """A change and the finding that must point at it."""

    name: str
    changes: dict[str, object]
    code: str
    severity: str
    cell: str
    status: str = "flagged"


MISTAKES = [
    Mistake("an application without an outcome", {"表三!D6": 23}, "T3-1", "error", "表三!D6"),
    Mistake("an outcome too many in a column of companies", {"表三!E9": 1}, "T3-1", "error", "表三!E6"),
    Mistake("carried forward and not carried", {"表三!D30": 2}, "T3-1", "error", "表三!D6"),
    Mistake("a total of a line typed over", {"表三!J6": 99}, "V-4", "error", "表三!J6"),
    Mistake("the total of outcomes typed over", {"表三!D29": 18}, "V-4", "error", "表三!D29"),
    Mistake("a total of table four typed over", {"表四!E6": 7}, "V-4", "error", "表四!E6"),
    Mistake("a blank", {"表三!F12": None}, "V-3", "error", "表三!F12"),
    Mistake("a blank amount", {"表二!B16": None}, "V-3", "error", "表二!B16"),
    Mistake("a slash", {"表三!D7": "/"}, "V-3", "error", "表三!D7"),
    Mistake("the word none", {"表二!B13": "无"}, "V-3", "error", "表二!B13"),
    Mistake("a negative count", {"表二!B12": -1}, "V-1", "error", "表二!B12"),
    Mistake("half a decision", {"表二!B9": 12.5}, "V-1", "error", "表二!B9"),
    Mistake("about twelve", {"表二!B9": "约12"}, "V-1", "error", "表二!B9"),
    Mistake("a number in Chinese", {"表二!B9": "十二"}, "V-1", "error", "表二!B9"),
    Mistake("true", {"表二!B9": True}, "V-1", "error", "表二!B9"),
    Mistake("an error value", {"表三!D8": "#REF!"}, "V-1", "error", "表三!D8"),
    Mistake("less than 1 分", {"表二!B16": 0.1234567}, "V-2", "error", "表二!B16"),
    Mistake("a negative amount", {"表二!B16": -3.5}, "V-2", "error", "表二!B16"),
    Mistake("another unit of measure", {"表二!B16": "462697元"}, "V-3", "error", "表二!B16"),
    Mistake("a full-width number", {"表二!B9": "４，５６８"}, "V-3", "note", "表二!B9", "accepted"),
    Mistake("a number with its unit", {"表二!B12": "53件"}, "V-3", "note", "表二!B12", "accepted"),
    Mistake("regulations in a county", {"表二!B5": 1, "表二!D5": 1}, "T2-1", "warning", "表二!B5", "accepted"),
    Mistake("a stock less than what was made", {"表二!D6": 1}, "T2-2", "warning", "表二!D6", "accepted"),
    Mistake("a suit after no review", {"表四!A6": 0}, "T4-2", "warning", "表四!O6", "accepted"),
    Mistake("yuan for 万元", {"表二!B16": 462697}, "T2-3", "warning", "表二!B16", "accepted"),
    Mistake("a label rewritten", {"表三!A6": "一、新收申请"}, "V-5", "error", "表三!A6"),
    Mistake("no applications declared beside applications", {"封面!B12": "否"}, "V-3", "error", "表三!D6"),
    Mistake("the same, and they do not add up", {"封面!B12": "否", "表三!D6": 23}, "V-3", "error", "表三!D6"),
]  # fmt: skip


def test_clean_return_is_accepted_without_error_or_warning() -> None:
    status, findings = reported(filled())
    assert (status, [one.message for one in findings if one.severity != "note"]) == ("accepted", [])


def test_clean_return_with_a_full_cover_is_as_clean() -> None:
    cover = {"封面!B8": "经办人", "封面!B9": "0454-1234567", "封面!B10": "审核人", "封面!B11": "2023-01-09"}
    assert reported(filled(dict(cover)))[0] == "accepted"


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.name)
def test_mistake_is_reported_at_its_cell(mistake: Mistake) -> None:
    status, findings = reported(filled(mistake.changes))
    found = [(one.code, one.severity, f"{one.sheet}!{one.cell}") for one in findings]
    assert (mistake.code, mistake.severity, mistake.cell) in found
    assert status == mistake.status
    culprits = [one for one in findings if one.severity == "error" and one.caused_by is None]
    if mistake.severity != "error":
        assert culprits == []
    elif not mistake.code.startswith("T"):
        assert {one.code for one in culprits} == {mistake.code}


def test_every_message_says_where_and_what_to_do() -> None:
    for mistake in MISTAKES:
        for one in reported(filled(mistake.changes))[1]:
            if one.severity != "note":
                assert one.cell is None or one.cell in one.message, one
                assert one.hint, one


def insert_row(book: Workbook) -> None:
    book["表三"].insert_rows(10)


def swap_rows(book: Workbook) -> None:
    sheet = book["表三"]
    for column in range(2, 11):
        above, below = sheet.cell(14, column), sheet.cell(15, column)
        if "MergedCell" not in {type(above).__name__, type(below).__name__}:
            above.value, below.value = below.value, above.value


def delete_sheet(book: Workbook) -> None:
    del book["表四"]


@pytest.mark.parametrize("edit", [insert_row, swap_rows, delete_sheet], ids=lambda edit: edit.__name__)
def test_form_that_was_changed_is_flagged_and_no_figure_moves_to_another_key(edit: Callable[[Workbook], None]) -> None:
    before = nianbao.read(filled()).submission
    reading = nianbao.read(filled(edit=edit))
    assert any(one.code == "V-5" and one.severity == "error" for one in reading.findings)
    assert before is not None
    assert reading.submission is not None
    for key, value in reading.submission.values.items():
        assert value in {None, before.values[key]}, key
