"""A 否 on the cover fills its table with grey zeros that nobody typed, and that is how they are read, whoever saved."""

from __future__ import annotations

import io
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pdfplumber
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.formula import ArrayFormula

import nianbao
from conftest import Convert
from nianbao import Demands, Finding, Form, Identity, Key, Return, Submission
from nianbao.excel.county.names import LIST_FIRST, SOURCES
from nianbao.excel.reader import Reading
from nianbao.excel.sendback import Ask, write_sendback
from nianbao.form import editions
from nianbao.layout import layout_of
from nianbao.returns import judge
from nianbao.rules import Number
from nianbao.submission import with_declared_zeros
from nianbao.workspace.changes import changes

sys.path.insert(0, str(Path(__file__).parent / "corpus"))  # the corpus is no package

from mutate import package, parts_of

FORMS = [nianbao.load_form(edition) for edition in editions()]
FORM = FORMS[-1]
APPLICATIONS, DISPUTES = "declare/applications", "declare/disputes"
D6 = Key.parse("3/1/natural")
by_edition = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.edition)
Edit = Callable[[Workbook], None]
OURS = r'<f>(IF\(封面![^<"]*="否",0,""\))</f>'


def entries_of(form: Form, *tables: str) -> list[Key]:
    return [key for key, entry in form.entries.items() if entry.filled_in and key.table in tables]


def template(form: Form = FORM, figures: dict[Key, Number | None] | None = None, **answers: str) -> bytes:
    """A unit's template with table two filled in; the answers are given by ``applications`` and ``disputes``."""
    values: dict[Key, Number | None] = {**dict.fromkeys(entries_of(form, "2"), 0), **(figures or {})}
    identity = Identity(form.edition, unit="教育局", code="003", county="甲县", year=form.first_year)
    texts = {f"declare/{name}": answer for name, answer in answers.items()}
    return nianbao.write_template(form, Submission(identity, nianbao.with_totals(form, values), texts=texts))


def edited(data: bytes, edit: Edit) -> bytes:
    """The workbook as another program saves it that does not calculate."""
    book = load_workbook(io.BytesIO(data))
    edit(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def answering(form: Form, **answers: str | None) -> Edit:
    def edit(book: Workbook) -> None:
        for name, answer in answers.items():
            place = layout_of(form).fields[f"declare/{name}"].place
            book[place.sheet][place.cell].value = answer

    return edit


def in_sheet(data: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """The workbook with the XML of one sheet changed."""
    parts = parts_of(data)
    names = re.findall(r'<sheet name="([^"]+)"', parts["xl/workbook.xml"].decode())
    part = f"xl/worksheets/sheet{names.index(name) + 1}.xml"
    before = parts[part].decode()
    parts[part] = change(before).encode()
    assert parts[part].decode() != before
    return package(parts)


def read(data: bytes | Path) -> tuple[Submission, Reading]:
    reading = nianbao.read(data)
    assert reading.submission is not None, reading.findings
    return reading.submission, reading


def shown(submission: Submission, form: Form, table: str) -> set[Number | None]:
    return {submission.values[key] for key in entries_of(form, table)}


def notes_of_zeros(findings: tuple[Finding, ...]) -> dict[str | None, int]:
    """How many blanks the notes say count as zeros, by sheet."""
    found = {one.sheet: re.search(r"(\d+) 个空白单元格按 0 计", one.message) for one in findings}
    return {sheet: int(match[1]) for sheet, match in found.items() if match is not None}


def judged(data: bytes) -> Return:
    reading = nianbao.read(data)
    return judge("a.xlsx", None, None, reading.submission, reading.findings, Demands())


# -- as written


@by_edition
def test_only_what_a_table_that_can_be_declared_empty_leaves_open_holds_the_formula(form: Form) -> None:
    book = load_workbook(io.BytesIO(template(form, {D6: 3})))
    slots = layout_of(form).slots
    for table, key in (("3", APPLICATIONS), ("4", DISPUTES)):
        answer = layout_of(form).fields[key].place
        address = re.sub(r"([A-Z]+)(\d+)", r"$\1$\2", answer.cell)
        for entry in entries_of(form, table):
            cell = book[slots[entry].place.sheet][slots[entry].place.cell]
            assert cell.value == (3 if entry == D6 else f'=IF({answer.sheet}!{address}="否",0,"")')
            assert not cell.protection.locked
            assert cell.protection.hidden == (entry != D6)
    for entry in entries_of(form, "2"):
        cell = book[slots[entry].place.sheet][slots[entry].place.cell]
        assert (cell.value, cell.protection.hidden) == (0, False)


def test_excel_is_told_to_ignore_the_open_formulas_and_nothing_else() -> None:
    parts = parts_of(template(FORM, {D6: 3}, applications="是"))
    told = [re.findall(rb"<ignoredError [^>]*>", data) for name, data in parts.items() if "worksheets/" in name]
    assert [tag.decode() for tags in told for tag in tags] == [
        '<ignoredError sqref="E6:I6 D7:I28 D30:I30" unlockedFormula="1"/>',
        '<ignoredError sqref="A6:D6 F6:I6 K6:N6" unlockedFormula="1"/>',
    ]


@by_edition
@pytest.mark.parametrize("answer", ["否", "是", None])
def test_the_stored_result_is_what_the_answer_says(form: Form, answer: str | None) -> None:
    data = template(form) if answer is None else template(form, applications=answer)
    book = load_workbook(io.BytesIO(data), data_only=True)
    values = {book["表三"][layout_of(form).slots[key].place.cell].value for key in entries_of(form, "3")}
    assert values == ({0} if answer == "否" else {None})


def test_a_countys_workbook_has_no_such_formula() -> None:
    result = nianbao.consolidate(FORM, Identity("2021", unit="甲县", year=2021, tier="county"), [])
    assert not any(re.search(OURS.encode(), data) for data in parts_of(nianbao.write_county(result)).values())
    assert any(re.search(OURS.encode(), data) for data in parts_of(template()).values())


# -- as read


@by_edition
@pytest.mark.parametrize("answer", ["否", "是", None])
def test_what_nobody_typed_is_a_zero_only_after_no(form: Form, answer: str | None) -> None:
    """Saved by openpyxl, which keeps the formulas and stores no results."""
    for written in ("否", "是"):
        data = edited(template(form, applications=written), answering(form, applications=answer))
        submission, reading = read(data)
        assert shown(submission, form, "3") == ({0} if answer == "否" else {None})
        count = len(entries_of(form, "3"))
        assert notes_of_zeros(reading.findings) == ({"表三": count} if answer == "否" else {})
        missing = [one for one in reading.findings if one.severity == "error" and one.key and one.key.table == "3"]
        assert len(missing) == (0 if answer == "否" else count)
        assert all(one.message.endswith("没有填。") and one.found is None for one in missing)
        assert not any("公式" in one.message for one in reading.findings)
        assert not any(key.table == "3" for key in submission.origins)


def test_a_stale_zero_is_missing_where_the_answer_was_changed_without_calculating() -> None:
    place = layout_of(FORM).fields[APPLICATIONS].place
    data = in_sheet(
        template(applications="否", disputes="否"),
        "封面",
        lambda xml: re.sub(
            rf'(<c r="{place.cell}"[^>]*?) t="s"><v>\d+</v>', r'\1 t="inlineStr"><is><t>是</t></is>', xml
        ),
    )
    submission, reading = read(data)
    assert shown(submission, FORM, "3") == {None}
    assert notes_of_zeros(reading.findings) == {"表四": 12}


@pytest.mark.parametrize("result", ["", "<v></v>", "<v>0</v>"])
@pytest.mark.parametrize("formula", ['<f t="shared" si="0"/>', "<f></f>"])
@pytest.mark.parametrize("answer", ["否", "是"])
def test_a_formula_whose_text_the_file_does_not_give_is_taken_for_ours(formula: str, result: str, answer: str) -> None:
    data = in_sheet(
        template(applications=answer, disputes="否"),
        "表三",
        lambda xml: re.sub(OURS + "<v>[^<]*</v>", formula + result, xml),
    )
    submission, reading = read(data)
    assert shown(submission, FORM, "3") == ({0} if answer == "否" else {None})
    assert not any("公式" in one.message for one in reading.findings)


@pytest.mark.parametrize("answer", ["否", "是"])
def test_a_formula_that_excel_shares_between_cells_is_ours(answer: str) -> None:
    def share(xml: str) -> str:
        xml = re.sub(OURS, r'<f t="shared" ref="D6:I30" si="4">\1</f>', xml, count=1)
        return re.sub(OURS + "<v>[^<]*</v>", '<f t="shared" si="4"/><v>0</v>', xml)

    submission, reading = read(in_sheet(template(applications=answer, disputes="否"), "表三", share))
    assert shown(submission, FORM, "3") == ({0} if answer == "否" else {None})
    assert not any("公式" in one.message for one in reading.findings)


def test_another_formula_in_an_entry_cell_is_read_by_its_result_and_noted_also_when_shared() -> None:
    """A clerk who links the table to a tally of her own: zeros that were reported, not blanks."""

    def link(xml: str) -> str:
        xml = re.sub(OURS + "<v>[^<]*</v>", '<f t="shared" ref="D6:I30" si="0">底稿!B2</f><v>0</v>', xml, count=1)
        return re.sub(OURS + "<v>[^<]*</v>", '<f t="shared" si="0"/><v>0</v>', xml)

    submission, reading = read(in_sheet(template(applications="是", disputes="否"), "表三", link))
    assert shown(submission, FORM, "3") == {0}
    noted = {one.cell: one.found for one in reading.findings if "是公式" in one.message}
    assert len(noted) == 144
    assert (noted["D6"], noted["E6"], noted["F9"]) == ("=底稿!B2", "=底稿!C2", "=底稿!D5")


def test_a_number_typed_over_the_formula_is_the_figure_and_a_deleted_formula_is_a_blank() -> None:
    def edit(book: Workbook) -> None:
        book["表三"]["D6"].value = 7
        book["表三"]["E6"].value = None

    for answer in ("否", "是"):
        submission, reading = read(edited(template(applications=answer, disputes="否"), edit))
        assert submission.values[D6] == 7
        assert submission.origins[D6].raw == "7"
        assert submission.values[Key.parse("3/1/business")] == (0 if answer == "否" else None)
        beside = [one.cell for one in reading.findings if "声明本年度没有（否）" in one.message]
        assert beside == (["D6"] if answer == "否" else [])
        assert notes_of_zeros(reading.findings) == ({"表三": 143, "表四": 12} if answer == "否" else {"表四": 12})


def test_the_formula_and_another_value_stored_for_one_cell_are_no_blank() -> None:
    data = in_sheet(
        template(applications="否"), "表三", lambda xml: xml.replace('<c r="E6"', '<c r="D6"><v>5</v></c><c r="E6"', 1)
    )
    submission, reading = read(data)
    assert submission.values[D6] is None
    assert [one.code for one in reading.findings if (one.sheet, one.cell) == ("表三", "D6")] == ["V-1"]


@pytest.mark.parametrize("cover", ["首页", "封面 (2)", "教育局's"])
def test_the_formula_is_known_on_a_renamed_cover_and_in_an_inserted_row(cover: str) -> None:
    """As programs rewrite references: the figures are where the labels are, and the zeros are nobody's formula."""
    quoted = "'" + cover.replace("'", "''") + "'"
    data = in_sheet(
        template(applications="是", disputes="否"),
        "表三",
        lambda xml: xml.replace("IF(封面!$B$12=", f"IF({quoted}!$B$13="),
    )
    submission, reading = read(data)
    assert shown(submission, FORM, "3") == {None}
    assert not any("公式" in one.message for one in reading.findings)
    moved, reading = read(edited(template(applications="否"), lambda book: book["表三"].insert_rows(10)))
    assert any(one.code == "V-5" for one in reading.findings)
    assert shown(moved, FORM, "3") == {0}
    assert not any("是公式" in one.message for one in reading.findings)


# -- LibreOffice


@pytest.fixture(scope="module")
def answered(convert: Convert, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Templates that were written with one answer and answered with another, recalculated; by name and suffix."""
    folder = tmp_path_factory.mktemp("answered")
    files = []
    for form in FORMS:
        for name, answer in (("no", "否"), ("yes", "是"), ("open", None)):
            edit = answering(form, applications=answer, disputes=answer)
            files.append(folder / f"{form.edition}-{name}.xlsx")
            files[-1].write_bytes(edited(template(form, applications="是" if answer == "否" else "否"), edit))
    made: dict[str, Path] = {}
    for suffix in ("xlsx", "ods", "xls", "pdf"):
        target = folder / suffix
        target.mkdir()
        made |= {file.name: file for file in convert(files, suffix, target)}
    return made


@by_edition
def test_after_no_the_table_shows_and_prints_zeros_and_otherwise_nothing(form: Form, answered: dict[str, Path]) -> None:
    slots = layout_of(form).slots
    for name, wanted in (("no", {0}), ("yes", {None}), ("open", {None})):
        book = load_workbook(answered[f"{form.edition}-{name}.xlsx"], data_only=True)
        for table, sheet in (("3", "表三"), ("4", "表四")):
            figures = [key for key in form.entries if key.table == table]
            assert {book[sheet][slots[key].place.cell].value or 0 for key in figures} == {0}
            assert {book[sheet][slots[key].place.cell].value for key in entries_of(form, table)} == wanted
            with pdfplumber.open(answered[f"{form.edition}-{name}.pdf"]) as pdf:
                title = next(one.title for one in form.tables if one.key == table)
                (page,) = [page for page in pdf.pages if (page.extract_text() or "").startswith(title)]
                zeros = [word["text"] for word in page.extract_words()].count("0")
            # one more stands in the head line, which says that what was not filled in counts as 0
            assert zeros == (len(figures) + 1 if name == "no" else 0), (form.edition, name, sheet)


@by_edition
@pytest.mark.parametrize("suffix", ["xlsx", "ods", "xls"])
def test_what_libreoffice_saved_reads_as_what_nobody_typed(form: Form, suffix: str, answered: dict[str, Path]) -> None:
    for name in ("no", "yes", "open"):
        submission, reading = read(answered[f"{form.edition}-{name}.{suffix}"])
        for table in ("3", "4"):
            assert shown(submission, form, table) == ({0} if name == "no" else {None})
        assert not any("公式" in one.message for one in reading.findings)
        wrong = Counter(one.code for one in reading.findings if one.severity == "error")
        blanks = len(entries_of(form, "3", "4"))
        assert wrong == ({} if name == "no" else {"V-3": blanks})
        if suffix != "xls":  # where a zero that was calculated cannot be told from one that was typed
            counts = {"表三": len(entries_of(form, "3")), "表四": len(entries_of(form, "4"))}
            assert notes_of_zeros(reading.findings) == (counts if name == "no" else {})


def test_wrong_figures_are_counted_among_blanks_of_every_sort(convert: Convert, tmp_path: Path) -> None:
    """Half-filled: the empty text of the formula, deleted cells, words, an error value; two figures cannot stand."""

    def edit(book: Workbook) -> None:
        sheet = book["表三"]
        values: dict[str, object] = {"D6": 0.5, "F9": -2, "E7": 3, "G7": "无", "H7": " ", "D30": "4", "E30": "#N/A"}
        for cell, value in values.items():
            sheet[cell].value = value
        for cell in ("D8", "E8", "I28"):
            sheet[cell].value = None

    path = tmp_path / "half.xlsx"
    path.write_bytes(edited(template(applications="是", disputes="否"), edit))
    (saved,) = convert([path], "xlsx", tmp_path / "again")
    cover = load_workbook(saved, data_only=True)["封面"]
    counts = {str(row[0].value): row[1].value for row in cover.iter_rows(min_col=1, max_col=2)}
    (wrong,) = [count for label, count in counts.items() if label.startswith("填写有误的单元格")]
    (blank,) = [count for label, count in counts.items() if label.startswith("表三还没有填")]
    assert (wrong, blank) == (2, 144 - 3)
    assert not any(isinstance(cell.value, ArrayFormula) for row in cover.iter_rows() for cell in row)


# -- on the way through the office


def test_sent_back_a_declared_zero_is_still_nobodys_and_missing_once_the_answer_is_yes() -> None:
    data = edited(template(applications="否", disputes="否"), lambda book: book["表三"]["D6"].__setattr__("value", 3))
    one = judged(data)
    assert one.submission is not None
    back = write_sendback(FORM, one.submission, Ask(one.findings, "a.xlsx"))
    again, _ = read(back)
    assert (again.identity, dict(again.values)) == (one.submission.identity, dict(one.submission.values))
    assert changes(one.submission, again) == ()
    corrected, _ = read(edited(back, answering(FORM, applications="是")))
    assert {key for key in entries_of(FORM, "3") if corrected.values[key] is not None} == {D6}
    assert shown(corrected, FORM, "4") == {0}


def test_the_county_says_that_declared_zeros_were_blank_in_the_file() -> None:
    one = judged(edited(template(applications="否", disputes="否"), lambda _: None))
    assert one.status == "accepted", one.findings
    result = nianbao.consolidate(FORM, Identity("2021", unit="甲县", year=2021, tier="county"), [one])
    sheet = load_workbook(io.BytesIO(nianbao.write_county(result)))[SOURCES]
    said = [str(row[5]) for row in sheet.iter_rows(min_row=LIST_FIRST + 1, values_only=True) if row[5]]
    assert [words for words in said if "按 0 计" in words] == [
        "封面声明本年度没有，144 个空白按 0 计",
        "封面声明本年度没有，12 个空白按 0 计",
    ]


def test_declared_zeros_written_and_read_are_the_submission_with_its_zeros() -> None:
    submission, _ = read(template(applications="否"))
    identity = submission.identity
    written = Submission(identity, dict.fromkeys(FORM.entries), texts={APPLICATIONS: "否"})
    again, _ = read(nianbao.write_template(FORM, written))
    assert dict(again.values) == dict(with_declared_zeros(FORM, written).values)
