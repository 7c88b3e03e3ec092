"""The template as an independent reader sees it: what is open, what is named, what it says, that it is repeatable."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from random import Random
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook

import nianbao
from nianbao import Form, Identity, Key, Submission
from nianbao.carryover import carried_over
from nianbao.excel.book import open_book
from nianbao.excel.lastyear import LAST_YEAR, read_last_year
from nianbao.excel.names import name_of
from nianbao.excel.replies import REPLIES
from nianbao.excel.surroundings import sheet_names
from nianbao.excel.writer import Notice, write_template
from nianbao.form import IDENTITY, editions, explanation_key
from nianbao.layout import layout_of
from nianbao.rules import Number

FORMS = [nianbao.load_form(edition) for edition in editions()]
by_edition = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.edition)


def entries_of(form: Form) -> list[Key]:
    return [key for key, entry in form.entries.items() if entry.filled_in]


def identity(form: Form, year: int | None = None) -> Identity:
    return Identity(form.edition, unit="教育局", code="003", county="悦来县", year=year or form.first_year + 1)


def blank(form: Form) -> Submission:
    return Submission(identity(form), {})


def of_last_year(form: Form, figures: Mapping[str, Number]) -> Submission:
    values = {key: figures.get(str(key), 0) for key in entries_of(form)}
    return Submission(identity(form, form.first_year), nianbao.with_totals(form, values))


def opened(data: bytes) -> Workbook:
    return load_workbook(io.BytesIO(data))


def open_cells(book: Workbook) -> set[tuple[str, str]]:
    """Every cell that protection leaves open, cells that a merge hides apart."""
    found = set()
    for sheet in book.worksheets:
        hidden = {
            (row, column)
            for area in sheet.merged_cells.ranges
            for row in range(area.min_row, area.max_row + 1)
            for column in range(area.min_col, area.max_col + 1)
            if (row, column) != (area.min_row, area.min_col)
        }
        for row in sheet.iter_rows():
            for cell in row:
                if not cell.protection.locked and (cell.row, cell.column) not in hidden:
                    found.add((sheet.title, cell.coordinate))
    return found


def cells_to_fill(form: Form, without: set[Key], given: set[str]) -> set[tuple[str, str]]:
    layout = layout_of(form)
    places = [layout.slots[key].place for key in entries_of(form) if key not in without]
    places += [field.place for key, field in layout.fields.items() if key not in given]
    return {(place.sheet, place.cell) for place in places}


@by_edition
@pytest.mark.parametrize("whose", ["anybody", "a unit"])
def test_every_cell_to_fill_in_is_open_and_nothing_else(form: Form, whose: str) -> None:
    one = blank(form) if whose == "a unit" else Submission(Identity(form.edition), {})
    given = {form.text_of_identity(part).key for part in IDENTITY} if whose == "a unit" else set()
    book = opened(write_template(form, one))
    assert open_cells(book) == cells_to_fill(form, set(), given)
    assert all(sheet.protection.sheet for sheet in book.worksheets)
    assert book.security is not None
    assert book.security.lockStructure


@by_edition
def test_every_entry_cell_says_how_to_understand_it_and_what_it_refuses(form: Form) -> None:
    book = opened(write_template(form, blank(form)))
    for key in entries_of(form):
        place, entry = layout_of(form).slots[key].place, form.entries[key]
        rules = [
            rule for rule in book[place.sheet].data_validations.dataValidation if place.cell in str(rule.sqref).split()
        ]
        assert len(rules) == 1, key
        (rule,) = rules
        assert entry.line.tip in rule.prompt
        assert entry.column.tip in rule.prompt
        assert entry.line.tip
        assert entry.column.tip
        assert "没有发生请填 0" in rule.error
        assert len(rule.promptTitle) <= 32
        assert len(rule.prompt) <= 255


def test_count_is_refused_with_the_words_of_the_form() -> None:
    form = nianbao.load_form("2021")
    sheet = opened(write_template(form, blank(form)))["表三"]
    rule = next(rule for rule in sheet.data_validations.dataValidation if str(rule.sqref) == "D6")
    assert rule.error == "应填非负整数；没有发生请填 0。"
    assert (rule.type, rule.operator, rule.formula1) == ("whole", "greaterThanOrEqual", "0")


@by_edition
def test_entry_cells_have_names_made_of_their_keys(form: Form) -> None:
    names = opened(write_template(form, blank(form))).defined_names
    for key in entries_of(form):
        place = layout_of(form).slots[key].place
        (target,) = list(names[name_of(key)].destinations)
        assert (target[0], target[1].replace("$", "")) == (place.sheet, place.cell)
    assert len({name_of(key) for key in entries_of(form)}) == len(entries_of(form))


def test_identity_also_stands_in_names_of_the_workbook() -> None:
    form = nianbao.load_form("2021")
    names = opened(write_template(form, blank(form))).defined_names
    assert names["nianbao.unit"].value == '"教育局"'
    assert names["nianbao.checksum"].value == f'"{identity(form).checksum}"'


@by_edition
def test_same_inputs_give_the_same_bytes(form: Form) -> None:
    random = Random(5)  # noqa: S311 - figures, not secrets
    values = {key: random.randrange(9) for key in entries_of(form)}
    one = Submission(identity(form), nianbao.with_totals(form, values), texts={"t/problems": "不够及时"})
    assert write_template(form, one, previous=of_last_year(form, {})) == write_template(
        form, one, previous=of_last_year(form, {})
    )


@by_edition
def test_texts_counts_and_amounts_read_back_as_written(form: Form) -> None:
    texts = {
        text.key: {"text": f"关于{text.label}\n第二行", "count": "4191", "amount": "46.5", "choice": "是"}[text.kind]
        for text in form.texts
        if text.identity is None
    }
    one = Submission(identity(form), {}, texts=texts)
    got = nianbao.read(write_template(form, one)).submission
    assert got is not None
    assert {key: value for key, value in got.texts.items() if key in texts} == texts


def test_text_that_is_no_number_stays_as_typed_in_a_field_for_numbers() -> None:
    form = nianbao.load_form("2021")
    typed = {"t/channel/website": "约4000", "t/fee/charged": "007", "t/fee/notices": "3件"}
    got = nianbao.read(write_template(form, Submission(identity(form), {}, texts=typed))).submission
    assert got is not None
    assert {key: got.texts.get(key) for key in typed} == typed


def test_instructions_name_the_deadline_and_whom_to_ask() -> None:
    form = nianbao.load_form("2021")
    notice = Notice("2022 年 1 月 20 日", "县政务公开办，电话 000-0000", ("请同时报送盖章扫描件。",))
    sheet = opened(write_template(form, blank(form), notice=notice))["填报说明"]
    said = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value)
    for words in (notice.deadline, notice.contact, *notice.remarks):
        assert words is not None
        assert words in said


# -- carried over


def test_last_years_remainder_is_filled_in_locked_and_remarked() -> None:
    form = nianbao.load_form("2021")
    previous = of_last_year(form, {"3/4/natural": 3, "3/4/legal": 1, "2/normative_documents/in_force": 30})
    book = opened(write_template(form, blank(form), previous=previous))
    sheet, slots = book["表三"], layout_of(form).slots
    carried = {key for key in entries_of(form) if (key.table, key.line) == ("3", "2")}
    shown = {str(key): sheet[slots[key].place.cell].value for key in carried}
    assert shown["3/2/natural"] == 3
    assert shown["3/2/legal"] == 1
    assert sum(shown.values()) == 4
    given = {form.text_of_identity(part).key for part in IDENTITY}
    assert open_cells(book) == cells_to_fill(form, carried, given)
    row = slots[Key.parse("3/2/natural")].place.row + 1
    assert "由上年数据结转" in [cell.value for cell in sheet[row]]
    row = slots[Key.parse("2/normative_documents/in_force")].place.row + 1
    assert "上年现行有效 30 件" in [cell.value for cell in book["表二"][row]]


def test_what_was_carried_over_is_marked_in_the_file_and_survives_the_return() -> None:
    form = nianbao.load_form("2021")
    previous = of_last_year(form, {"3/4/natural": 3, "2/fees/amount": Decimal("46.2697")})
    data = write_template(form, blank(form), previous=previous)
    last_year = read_last_year(open_book(data))
    assert last_year is not None
    assert last_year.genuine
    assert (last_year.edition, last_year.year) == ("2021", form.first_year)
    assert last_year.carried == carried_over(form, previous.values)
    assert dict(last_year.values) == dict(previous.values)
    got = nianbao.read(data).submission
    assert got is not None
    assert got.values[Key.parse("3/2/natural")] == 3


def test_edited_figures_of_last_year_are_noticed() -> None:
    form = nianbao.load_form("2021")
    book = opened(write_template(form, blank(form), previous=of_last_year(form, {"3/4/natural": 3})))
    sheet = book[LAST_YEAR]
    cell = next(row[1] for row in sheet.iter_rows() if row[0].value == "3/4/natural")
    cell.value = 2
    buffer = io.BytesIO()
    book.save(buffer)
    last_year = read_last_year(open_book(buffer.getvalue()))
    assert last_year is not None
    assert not last_year.genuine


def test_remainder_of_2019s_form_is_carried_into_2021s_and_its_other_figures_are_not() -> None:
    old, new = nianbao.load_form("2019"), nianbao.load_form("2021")
    figures = {"3/4/business": 2, "2/normative_documents/disclosed_to_date": 19}
    previous = of_last_year(old, figures)
    previous = replace(previous, identity=replace(previous.identity, year=2020))
    this_year = Submission(replace(identity(new), year=2021), {})
    book = opened(write_template(new, this_year, previous=previous))
    slots = layout_of(new).slots
    assert book["表三"][slots[Key.parse("3/2/business")].place.cell].value == 2
    assert not any("上年现行有效" in str(cell.value) for row in book["表二"].iter_rows() for cell in row)


def test_unit_that_says_otherwise_keeps_its_own_figure_open() -> None:
    form = nianbao.load_form("2021")
    key = Key.parse("3/2/natural")
    one = Submission(identity(form), nianbao.with_totals(form, {key: 5}))
    book = opened(write_template(form, one, previous=of_last_year(form, {"3/4/natural": 3})))
    cell = book["表三"][layout_of(form).slots[key].place.cell]
    assert cell.value == 5
    assert not cell.protection.locked


def test_explained_warning_is_shown_as_explained() -> None:
    form = nianbao.load_form("2021")
    values = dict.fromkeys(entries_of(form), 0) | {Key.parse("2/regulations/issued"): 1}
    for texts, result in (({}, "不通过"), ({explanation_key("T2-1"): "上级授权"}, "已说明")):
        one = Submission(identity(form), nianbao.with_totals(form, values), texts=texts)
        book = load_workbook(io.BytesIO(write_template(form, one)), data_only=True)
        shown = {row[3].value for row in book["校验"].iter_rows() if row[0].value == "T2-1"}
        assert shown == {result, "通过"}


def test_margin_says_how_far_an_error_is_out_and_asks_to_look_again_at_a_warning() -> None:
    form = nianbao.load_form("2021")
    values = dict.fromkeys(entries_of(form), 0)
    values |= {Key.parse("3/1/natural"): 3, Key.parse("2/regulations/issued"): 1}
    one = Submission(identity(form), nianbao.with_totals(form, values))
    book = load_workbook(io.BytesIO(write_template(form, one)), data_only=True)
    margins = layout_of(form).margins
    place = margins["3"].differences["T3-1", Key.parse("3/1/natural")]
    assert book[place.sheet][place.cell].value == "相差 3"
    place = margins["3"].differences["T3-1", Key.parse("3/1/business")]
    assert not book[place.sheet][place.cell].value
    place = margins["2"].differences["T2-1", Key.parse("2/regulations/issued")]
    assert book[place.sheet][place.cell].value == "请核对"


@by_edition
def test_margin_never_lies_on_the_official_table(form: Form) -> None:
    layout = layout_of(form)
    for table in form.tables:
        margin = layout.margins[table.key]
        last = max(slot.place.row for key, slot in layout.slots.items() if key.table == table.key)
        for place in (*margin.differences.values(), *margin.heads.values()):
            assert place.column >= layout.widths[table.key] or last < place.row < margin.signature
            assert place.column != margin.remarks


@by_edition
def test_the_layout_knows_every_cell_and_sheet_of_the_template(form: Form) -> None:
    sheets = {sheet.name: sheet for sheet in open_book(write_template(form, blank(form))).sheets}
    layout = layout_of(form)
    assert sheets.keys() == sheet_names(form) - {REPLIES, LAST_YEAR}
    for table in form.tables:
        written = set(sheets[table.sheet].cells)
        if form.declaration_of(table.key) is not None:
            written.remove(layout.notices[table.key][1:])
        entries = {slot.place[1:] for key, slot in layout.slots.items() if form.entries[key].filled_in}
        own = {place[1:] for place in layout.own_places(table)}
        # beside last year's figures there are more checks, and what they say stands in the margin
        margin = layout.margins[table.key]
        later = {place[1:] for place in (*margin.differences.values(), *margin.heads.values())}
        assert own - entries - later <= written <= own


def test_return_of_another_year_than_the_last_is_not_carried_over() -> None:
    form = nianbao.load_form("2021")
    previous = of_last_year(form, {"3/4/natural": 3})
    previous = replace(previous, identity=replace(previous.identity, year=form.first_year - 1))
    book = opened(write_template(form, blank(form), previous=previous))
    assert open_cells(book) == open_cells(opened(write_template(form, blank(form))))


def findings_beside_blanks(data: bytes) -> list[tuple[str, str, str | None]]:
    return [(one.code, one.severity, one.cell) for one in nianbao.read(data).findings if one.code != "V-3"]


def test_what_the_template_prints_about_last_year_is_no_stray_content() -> None:
    form = nianbao.load_form("2021")
    previous = of_last_year(form, {"3/4/natural": 3, "4/review/pending": 1, "2/normative_documents/in_force": 30})
    values = dict.fromkeys(entries_of(form), 0) | {Key.parse("3/2/natural"): 3}
    filled = Submission(identity(form), nianbao.with_totals(form, values))
    for one in (blank(form), filled):
        assert findings_beside_blanks(write_template(form, one, previous=previous)) == []


def test_changed_carried_figure_is_an_error_at_its_cell() -> None:
    form = nianbao.load_form("2021")
    book = opened(write_template(form, blank(form), previous=of_last_year(form, {"3/4/natural": 3})))
    place = layout_of(form).slots[Key.parse("3/2/natural")].place
    book[place.sheet][place.cell].value = 2
    buffer = io.BytesIO()
    book.save(buffer)
    assert findings_beside_blanks(buffer.getvalue()) == [("V-5", "error", place.cell)]


# what Excel 2010, WPS and LibreOffice share; XlsxWriter is not asked to look for newer ones
_FUNCTIONS = {
    *("ABS", "AND", "CLEAN", "COUNT", "COUNTIF", "COUNTIFS", "IF", "IFERROR", "INDEX", "INT", "ISBLANK", "ISERROR"),
    *(
        "ISNUMBER",
        "ISTEXT",
        "LEFT",
        "LEN",
        "MATCH",
        "NOT",
        "OR",
        "ROUND",
        "SUBSTITUTE",
        "SUM",
        "SUMIF",
        "SUMPRODUCT",
        "TEXT",
    ),
    "TRIM",
}


@by_edition
def test_formulas_use_only_functions_that_every_program_has(form: Form) -> None:
    last = replace(identity(form), year=form.first_year)
    figures = dict.fromkeys(entries_of(form), 1)
    data = write_template(form, blank(form), previous=Submission(last, figures))
    with ZipFile(io.BytesIO(data)) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "worksheets/sheet" in name]
    formulas = [text for sheet in sheets for text in re.findall(r"<(?:f|formula|formula1)>([^<]*)</", sheet)]
    used = {
        name
        for text in formulas
        for name in re.findall(r"([A-Z][A-Z0-9.]+)\(", re.sub('"[^"]*"', "", html.unescape(text)))
    }
    assert len(formulas) > 400
    assert used <= _FUNCTIONS
