"""The county workbook answers what is asked of it: where a figure comes from, what was adjusted, who is in."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from openpyxl import load_workbook

import nianbao
from conftest import Convert
from nianbao import Demands, Identity, Key, Return, Roster, Submission, Unit
from nianbao.adjustments import read_adjustments
from nianbao.consolidation import Consolidation, identity_above, versions_noted
from nianbao.excel.county.names import (
    CODE,
    COMPARISON,
    DETAIL,
    FIRST_FIGURE,
    FIRST_UNIT,
    KEY_ROW,
    LIST_FIRST,
    OVERVIEW,
    RECEIPTS,
)
from nianbao.excel.county.reading import read_county
from nianbao.export import tidy_csv
from nianbao.interchange import trace_json
from nianbao.lastyear import read_last_year
from nianbao.lookup import keys_named
from nianbao.previous import previous_year
from nianbao.returns import judge
from nianbao.rules import Number
from nianbao.verification import verify

FORM = nianbao.load_form("2021")
ENTRIES = [key for key, entry in FORM.entries.items() if entry.filled_in]


def figures(seed: int) -> dict[Key, Number | None]:
    """A unit's figures that pass every check."""
    random = Random(seed)  # noqa: S311 - figures, not secrets
    made: dict[Key, Number | None] = dict.fromkeys(ENTRIES, 0)
    for column in ("natural", "business", "other"):
        answered = {line: random.randrange(9) for line in ("3.1", "3.2", "3.3.4", "3.6.3")}
        made |= {Key("3", line, column): value for line, value in answered.items()}
        made[Key("3", "1", column)] = sum(answered.values())
    made[Key("2", "licences", "decisions")] = random.randrange(10_000)
    made[Key("2", "normative_documents", "in_force")] = random.randrange(30)
    made[Key("2", "fees", "amount")] = Decimal(random.randrange(10**7)).scaleb(-4).normalize()
    return made


def unit_return(number: int, seed: int | None = None, *, year: int = 2022, county: str = "甲县") -> Return:
    identity = Identity("2021", unit=f"单位{number}", code=f"{number:03}", county=county, year=year)
    values = nianbao.with_totals(FORM, figures(number if seed is None else seed))
    data = nianbao.write_template(FORM, Submission(identity, values))
    reading = nianbao.read(data)
    return judge(f"{number:03}.xlsx", hash_of(data), None, reading.submission, reading.findings, Demands())


def typed(number: int, *, seed: int, county: str) -> Return:
    """The same without the way through a workbook, for many of them."""
    identity = Identity("2021", unit=f"单位{number}", code=f"{number:03}", county=county, year=2022)
    submission = Submission(identity, nianbao.with_totals(FORM, figures(seed)))
    return judge(f"{number:03}.xlsx", hash_of(f"{county}{number}{seed}".encode()), None, submission, (), Demands())


def hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def consolidated(returns: list[Return], county: str = "甲县", year: int = 2022, **options: object) -> Consolidation:
    identity = identity_above(returns, Demands(year=year, county=county))
    return nianbao.consolidate(FORM, identity, returns, **options)  # type: ignore[arg-type]  # passed on by name


RETURNS = [unit_return(number) for number in range(1, 6)]


def test_every_number_of_every_accepted_return_is_in_the_detail_sheet_exactly_once() -> None:
    data = nianbao.write_county(consolidated(RETURNS))
    sheet = load_workbook(io.BytesIO(data), data_only=True)[DETAIL]
    rows = list(sheet.iter_rows(values_only=True))
    keys = rows[KEY_ROW][FIRST_FIGURE:]
    assert list(keys) == [str(key) for key in ENTRIES]
    by_code = {row[CODE]: row[FIRST_FIGURE:] for row in rows[FIRST_UNIT:]}
    assert len(rows[FIRST_UNIT:]) == len(by_code) == 5
    for one in RETURNS:
        shown = [Decimal(str(value)) for value in by_code[one.unit_code]]
        assert shown == [one.value(key) for key in ENTRIES]


def test_official_tables_are_formulas_over_the_detail_sheet() -> None:
    data = nianbao.write_county(consolidated(RETURNS))
    book = load_workbook(io.BytesIO(data))
    formula = book["表二"]["B9"].value
    assert isinstance(formula, str)
    assert formula.startswith("=")
    assert DETAIL in formula


def test_figure_is_traced_to_its_contributions_largest_first_with_file_and_cell() -> None:
    data = nianbao.write_county(consolidated(RETURNS))
    (key,) = keys_named(FORM, "行政许可 处理决定")
    answer = trace_json(read_county(data, "甲县.xlsx"), key)
    values = [one["value"] for one in answer["contributions"]]
    assert values == sorted(values, reverse=True)
    assert sum(values) == answer["value"]
    assert {(one["sheet"], one["cell"]) for one in answer["contributions"]} == {("表二", "B9")}
    assert {one["sha256"] for one in answer["contributions"]} <= {one.sha256 for one in RETURNS}


def test_a_normalised_figure_is_traced_to_its_raw_text() -> None:
    identity = Identity("2021", unit="教育局", code="003", county="甲县", year=2022)
    template = nianbao.write_template(FORM, Submission(identity, nianbao.with_totals(FORM, figures(1))))
    book = load_workbook(io.BytesIO(template))
    book["表二"]["B9"] = "１，２３４件"
    buffer = io.BytesIO()
    book.save(buffer)
    reading = nianbao.read(buffer.getvalue())
    one = judge("教育局.xlsx", "0" * 64, None, reading.submission, reading.findings, Demands())
    answer = trace_json(read_county(nianbao.write_county(consolidated([one])), "x"), Key.parse("2/licences/decisions"))
    assert [(part["value"], part["raw"]) for part in answer["contributions"]] == [(1234, "１，２３４件")]


def test_adjustment_changes_the_sum_is_shown_and_is_never_silent(convert: Convert, tmp_path: Path) -> None:
    rows = [(2, {"数据": "2/licences/decisions", "单位": "单位1", "调整数": "-3", "原因": "与单位2联合作出，只计一次"})]
    adjustments = read_adjustments(FORM, rows, "汇总调整.csv")
    plain, adjusted = consolidated(RETURNS), consolidated(RETURNS, adjustments=adjustments)
    key = Key.parse("2/licences/decisions")
    before = plain.total.values[key]
    assert before is not None
    assert adjusted.total.values[key] == before - 3
    assert [(one.code, one.severity) for one in adjusted.findings] == [("C-6", "note")]
    file = tmp_path / "county.xlsx"
    file.write_bytes(nianbao.write_county(adjusted))
    again = tmp_path / "again"
    again.mkdir()
    for path in [file, *convert([file], "xlsx", again)]:
        county = read_county(path.read_bytes(), path.name)
        assert county.submission.values[key] == before - 3
        assert county.adjustments == adjustments
        assert verify(county, RETURNS).agrees


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"数据": "3/1/total", "调整数": "1", "原因": "x"}, "只指一个由单位填报的数据"),
        ({"数据": "2/licences/decisions", "调整数": "很多", "原因": "x"}, "“调整数”应为数字"),
        ({"数据": "2/licences/decisions", "调整数": "1", "原因": ""}, "没有写原因"),
    ],
)
def test_adjustment_that_cannot_be_used_is_refused_with_its_row(row: dict[str, str], complaint: str) -> None:
    with pytest.raises(nianbao.OperatorError, match="第 7 行") as error:
        read_adjustments(FORM, [(7, row)], "汇总调整.csv")
    assert complaint in str(error.value)


# -- verify


def test_returns_verify_the_county_made_from_them() -> None:
    county = read_county(nianbao.write_county(consolidated(RETURNS)), "甲县.xlsx")
    assert verify(county, RETURNS).agrees


def test_one_changed_figure_a_missing_and_an_unknown_file_are_found() -> None:
    county = read_county(nianbao.write_county(consolidated(RETURNS)), "甲县.xlsx")
    changed = unit_return(2, seed=1)
    result = verify(county, [RETURNS[0], changed, *RETURNS[2:4], unit_return(9)])
    assert not result.agrees
    assert (result.missing, result.changed, result.extra) == (("005.xlsx",), ("002.xlsx",), ("009.xlsx",))
    units = {unit for one in result.differences for unit in one.units}
    assert units == {"单位2", "单位5"}


# -- who is in


def test_roster_decides_who_is_missing_and_who_is_in_the_second_sum_only() -> None:
    units = [Unit(f"{number:03}", f"单位{number}", counted=number != 4) for number in range(1, 8)]
    roster = Roster(tuple(units))
    returns = [
        judge(one.file, one.sha256, None, one.submission, (), Demands(roster=roster)) for one in reversed(RETURNS)
    ]
    result = consolidated(returns, roster=roster, without=[units[6]])
    assert [one.unit_name for one in result.counted] == ["单位1", "单位2", "单位3", "单位5"]
    assert [one.unit_name for one in result.uncounted] == ["单位4"]
    assert ([unit.name for unit in result.missing], [unit.name for unit in result.excused]) == (["单位6"], ["单位7"])
    assert result.complete is False
    assert result.statement.startswith("未齐")
    county = read_county(nianbao.write_county(result), "甲县.xlsx")
    assert [(one.unit, one.counted) for one in county.units][3] == ("单位4", False)
    assert county.submission.values == result.total.values
    states = {one.unit: one.state for one in county.receipts}
    assert (states["单位4"], states["单位6"], states["单位7"]) == ("不计入", "缺报", "缺报")


def test_incomplete_county_makes_the_city_incomplete() -> None:
    roster = Roster(tuple(Unit(f"{number:03}", f"单位{number}") for number in range(1, 7)))
    returns = [judge(one.file, one.sha256, None, one.submission, (), Demands(roster=roster)) for one in RETURNS]
    counties = {"甲县": consolidated(returns, roster=roster), "乙县": consolidated(RETURNS, county="乙县")}
    files = []
    for name, result in counties.items():
        reading = nianbao.read(nianbao.write_county(result))
        files.append(
            judge(f"{name}.xlsx", hash_of(name.encode()), None, reading.submission, reading.findings, Demands())
        )
    assert [one.status for one in files] == ["accepted", "accepted"]
    city = consolidated(files, county="丙市")
    assert (city.total.identity.tier, city.total.identity.level) == ("city", "设区的市级")
    assert city.complete is False
    assert "甲县的汇总本身未齐" in city.statement
    assert not city.clean


def test_city_is_the_sum_over_its_counties_units_and_finds_one_changed_digit() -> None:
    every: list[Return] = []
    files = []
    for number, name in enumerate(["甲县", "乙县", "丙县", "丁县", "戊县"]):
        returns = [typed(unit, seed=100 * number + unit, county=name) for unit in range(1, 31)]
        every += returns
        data = nianbao.write_county(consolidated(returns, county=name))
        reading = nianbao.read(data)
        files.append(judge(f"{name}.xlsx", hash_of(data), None, reading.submission, reading.findings, Demands()))
    city = consolidated(files, county="己市")
    for key in FORM.entries:
        assert city.total.values[key] == sum((one.value(key) or 0) for one in every)
    book = read_county(nianbao.write_county(city), "己市.xlsx")
    assert verify(book, files).agrees
    wrong = typed(1, seed=999, county="甲县")
    data = nianbao.write_county(consolidated([wrong, *every[1:30]], county="甲县"))
    reading = nianbao.read(data)
    changed = judge("甲县.xlsx", hash_of(data), None, reading.submission, reading.findings, Demands())
    result = verify(book, [changed, *files[1:]])
    assert result.changed == ("甲县.xlsx",)
    assert {unit for one in result.differences for unit in one.units} == {"甲县"}


def test_county_workbook_is_never_its_own_child() -> None:
    reading = nianbao.read(nianbao.write_county(consolidated(RETURNS)))
    own = judge("甲县.xlsx", "f" * 64, None, reading.submission, reading.findings, Demands())
    result = consolidated([*RETURNS, own])
    assert [(one.file.file, one.file.status) for one in result.left_out] == [("甲县.xlsx", "rejected")]
    assert result.total.values[Key.parse("3/1/total")] == sum(
        (one.value(Key.parse("3/1/total")) or 0) for one in RETURNS
    )


# -- last year


def test_last_year_is_read_from_a_county_workbook_or_from_the_returns(tmp_path: Path) -> None:
    folder = tmp_path / "returned"
    folder.mkdir()
    for one in RETURNS:
        assert one.submission is not None
        (folder / one.file).write_bytes(nianbao.write_template(FORM, one.submission))
    file = tmp_path / "county.xlsx"
    file.write_bytes(nianbao.write_county(consolidated(RETURNS)))
    from_book, from_folder = read_last_year(file), read_last_year(folder)
    for last in (from_book, from_folder):
        assert last.total is not None
        assert last.total.values == consolidated(RETURNS).total.values
        unit = last.of(["单位3"], None)
        assert unit is not None
        assert RETURNS[2].submission is not None
        assert dict(unit.values) == dict(RETURNS[2].submission.values)
        assert last.of(["没有这个单位"], None) is None


def test_comparison_names_change_and_the_units_behind_it() -> None:
    last = consolidated([unit_return(number, year=2021) for number in range(1, 6)], year=2021)
    last_year = previous_year(
        last.total, [(one.unit_name, one.unit_code, one.submission) for one in last.counted if one.submission]
    )
    now = consolidated([*RETURNS[:4], unit_return(5, seed=55)], last_year=last_year)
    sheet = load_workbook(io.BytesIO(nianbao.write_county(now)), data_only=True)[COMPARISON]
    rows = {row[0]: row for row in sheet.iter_rows(min_row=LIST_FIRST + 1, values_only=True)}
    key = Key.parse("2/licences/decisions")
    change = (now.total.values[key] or 0) - (last.total.values[key] or 0)
    assert change != 0
    assert rows[str(key)][2:5] == (now.total.values[key], last.total.values[key], change)
    assert rows[str(key)][6] == f"单位5 {change:+}"
    overview = load_workbook(io.BytesIO(nianbao.write_county(now)), data_only=True)[OVERVIEW]
    texts = [row[:2] for row in overview.iter_rows(max_col=2, values_only=True)]
    first = texts.index(("与上年相比变化最大的", "增减")) + 1
    changes = [abs(value) for _, value in texts[first : first + 5] if isinstance(value, (int, float))]
    assert changes == sorted(changes, reverse=True)
    assert ("行政许可（本年处理决定数量）", change) in texts[first : first + 5]


# -- the face of it


def test_overview_is_the_first_sheet_and_says_what_the_sums_are_worth() -> None:
    result = consolidated(RETURNS)
    book = load_workbook(io.BytesIO(nianbao.write_county(result)), data_only=True)
    assert book.sheetnames[0] == OVERVIEW
    assert book.active is not None
    assert book.active.title == OVERVIEW
    texts = [str(row[0]) for row in book[OVERVIEW].iter_rows(max_col=1, values_only=True) if row[0]]
    assert any(result.statement in text for text in texts)
    applications = result.total.values[Key.parse("3/1/total")]
    assert any(f"新收政府信息公开申请 {applications} 件" in text for text in texts)
    assert [row[0] for row in book[RECEIPTS].iter_rows(min_row=LIST_FIRST + 1, values_only=True)] == [
        f"{number:03}" for number in range(1, 6)
    ]


def test_tidy_data_has_a_row_for_every_figure_of_every_unit() -> None:
    rows = list(csv.DictReader(io.StringIO(tidy_csv(consolidated(RETURNS)))))
    assert len(rows) == 5 * len(FORM.entries)
    licences = [row for row in rows if row["key"] == "2/licences/decisions"]
    assert [int(row["value"]) for row in licences] == [one.value(Key.parse("2/licences/decisions")) for one in RETURNS]
    assert {(row["sheet"], row["cell"]) for row in licences} == {("表二", "B9")}


def test_text_of_a_return_never_becomes_a_formula_in_the_county_workbook() -> None:
    identity = Identity("2021", unit='=HYPERLINK("http://x")', code="+1", county="甲县", year=2022)
    submission = Submission(identity, nianbao.with_totals(FORM, figures(1)))
    one = judge("=cmd|'/C calc'!A0.xlsx", "a" * 64, None, submission, (), Demands())
    result = consolidated([one])
    book = load_workbook(io.BytesIO(nianbao.write_county(result)))
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert "cmd|" not in str(cell.value)
                    assert "HYPERLINK" not in str(cell.value)
    assert not any(line.split(",")[3].startswith(("=", "+")) for line in tidy_csv(result).splitlines()[1:])


def test_a_counted_return_with_a_figure_missing_keeps_the_sum_from_being_complete_and_is_named() -> None:
    roster = Roster((Unit("001", "单位1"), Unit("002", "单位2")))
    hole = replace(RETURNS[1], status="flagged", unit=roster.units[1])
    submission = hole.submission
    assert submission is not None
    values = {**submission.values, Key("2", "licences", "decisions"): None}
    hole = replace(hole, submission=replace(submission, values=values))
    result = consolidated([replace(RETURNS[0], unit=roster.units[0]), hole], roster=roster, include_flagged=True)
    assert result.complete is False
    assert result.statement == "未齐：已计入 2 个单位；1 个单位有没有填或读不出的数据（单位2）"


def test_check_tells_copies_of_one_file_from_other_versions_of_a_return() -> None:
    one = RETURNS[0]
    copy = replace(one, file="副本.xlsx")
    other = replace(one, file="另一份.xlsx", sha256="0" * 64)
    noted = versions_noted([one, copy, other])[0].findings
    assert [note.message for note in noted if note.code == "C-3"] == [
        "同一单位还有别的版本：另一份.xlsx。",
        "同一份文件还有副本：副本.xlsx；汇总时只计一次。",
    ]


def test_names_of_one_unit_are_one_unit_also_where_there_is_no_roster() -> None:
    first = typed(1, seed=1, county="甲县")
    assert first.submission is not None
    named = [
        judge(
            f"{name}.xlsx",
            hash_of(name.encode()),
            None,
            replace(first.submission, identity=replace(first.submission.identity, unit=name)),
            (),
            Demands(),
        )
        for name in ("教育局", "县教育局", "甲县教育局", "财政局")
    ]
    result = consolidated(named)
    assert len([one for one in result.counted if one.unit_name != "财政局"]) == 1
    assert len(result.counted) == 2
