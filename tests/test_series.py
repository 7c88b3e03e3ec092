"""A template out of a series is the one that would have been written for that unit alone."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nianbao
from conftest import Convert
from nianbao import Identity, Submission
from nianbao.excel import series
from nianbao.excel.guide import Notice
from nianbao.excel.series import Series
from nianbao.figures import Key
from nianbao.form import Rule
from nianbao.rules import Figure, Number, Operation
from test_laws import FORMS, entries_of, numbers, year_of

_NOTICE = Notice("2022 年 1 月 20 日前。", "张　0454-1")
_SERIES = {form: Series(form, _NOTICE) for form in FORMS}
_NAMES = st.text("教育局（县）某单位、·A&<>\"' 1&", min_size=1, max_size=12)


def _content(data: bytes) -> list[tuple[object, ...]]:
    with ZipFile(io.BytesIO(data)) as archive:
        return [
            (info.filename, archive.read(info), info.date_time, info.external_attr, info.create_system)
            for info in archive.infolist()
        ]


@settings(max_examples=25, deadline=None)
@given(form=st.sampled_from(FORMS), unit=_NAMES, code=st.text("0123456789ab-", min_size=1, max_size=8))
def test_every_part_is_the_one_that_is_written_alone(form: nianbao.Form, unit: str, code: str) -> None:
    one = Submission(Identity(form.edition, unit, code, "桦川县", year_of(form)), {})
    assert _content(_SERIES[form].template(one)) == _content(nianbao.write_template(form, one, notice=_NOTICE))


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        ("桦川县", "001"),  # the county's own name
        ("单位名称", "001"),  # a word that the form prints
        ("教育局", "2021"),  # the year
        ("教育局", "教育局"),
        ("unit", "code"),
        (None, None),
        ("教育局", None),
        ("局" * 300, "001"),
        ("教_x0041_局", "001"),  # which Excel reads as 教A局
    ],
)
def test_names_that_stand_in_the_form_already_make_no_difference(unit: str | None, code: str | None) -> None:
    one = Submission(Identity("2021", unit, code, "桦川县", 2021), {})
    form = nianbao.load_form("2021")
    if unit is not None and len(unit) > 200:
        one = Submission(Identity("2021", unit[:200], code, "桦川县", 2021), {})
    assert _content(_SERIES[form].template(one)) == _content(nianbao.write_template(form, one, notice=_NOTICE))


def test_filled_in_templates_are_written_in_full() -> None:
    form = nianbao.load_form("2021")
    for key, value in ((Key("3", "1", "natural"), 3), (Key("3", "2", "natural"), 0), (Key("2", "fees", "amount"), 0)):
        one = Submission(Identity("2021", "教育局", "001", "桦川县", 2021), nianbao.with_totals(form, {key: value}))
        last = Submission(Identity("2021", "教育局", "001", "桦川县", 2020), one.values)
        for previous in (None, last):
            written = nianbao.write_template(form, one, previous=previous, notice=_NOTICE)
            assert _content(_SERIES[form].template(one, previous)) == _content(written)


# -- with last year's figures


def _figure(form: nianbao.Form, key: Key, plain: bool) -> st.SearchStrategy[Number | None]:
    usual = st.sampled_from([0, 0, 1, 7]) | numbers(form, key)
    if plain:
        return usual
    odd = st.sampled_from([None, -3, Decimal("0.000001"), Decimal("1E+3"), Decimal("-0.50"), 10**14])
    return usual | usual | odd


@st.composite
def _last_years(draw: st.DrawFn) -> tuple[nianbao.Form, Submission, Submission]:
    """A unit's blank return and what it reported last year, under the same edition or an earlier one."""
    form = draw(st.sampled_from(FORMS))
    earlier = draw(st.sampled_from([one for one in FORMS if one.edition <= form.edition]))
    plain = draw(st.booleans())
    given = {key: draw(_figure(earlier, key, plain)) for key in entries_of(earlier)}
    values = nianbao.with_totals(earlier, given)
    if not plain:
        # totals as somebody typed them, or none
        values |= draw(st.dictionaries(st.sampled_from(list(values)), st.sampled_from([None, 0, 5]), max_size=2))
    this = Identity(form.edition, draw(st.sampled_from(["教育局", "卫健局"])), "007", "桦川县", year_of(form))
    year = draw(st.sampled_from([year_of(form) - 1] * 4 + [year_of(form) - 2, None]))
    before = replace(this, edition=earlier.edition, year=year)
    others = [before] * 3 + [replace(before, unit=unit) for unit in ("原教育局&", "007", "桦川县", None)]
    others += [replace(before, code=code) for code in (None, "007A", "教育局")]
    others += [replace(before, unit="桦川县", code=None, tier="county"), replace(before, county=None)]
    return form, Submission(this, {}), Submission(draw(st.sampled_from(others)), values)


@settings(max_examples=60, deadline=None)
@given(_last_years())
def test_every_part_is_the_one_that_is_written_alone_with_last_year(
    drawn: tuple[nianbao.Form, Submission, Submission],
) -> None:
    form, one, previous = drawn
    written = nianbao.write_template(form, one, previous=previous, notice=_NOTICE)
    assert _content(_SERIES[form].template(one, previous)) == _content(written)


def _after(form: nianbao.Form, number: int, figures: dict[Key, Number | None]) -> tuple[Submission, Submission]:
    this = Identity(form.edition, f"单位{number}", f"{number:03}", "桦川县", year_of(form))
    complete: dict[Key, Number | None] = dict.fromkeys(entries_of(form), 0)
    last = nianbao.with_totals(form, complete | figures)
    return Submission(this, {}), Submission(replace(this, year=year_of(form) - 1), last)


_IN_FORCE = [Key("2", line, "in_force") for line in ("regulations", "normative_documents")]


_OPENINGS: list[dict[Key, Number | None]] = [
    dict.fromkeys(_IN_FORCE, 0),
    dict.fromkeys(_IN_FORCE, 12),
    {_IN_FORCE[0]: 12, _IN_FORCE[1]: 13},
    {_IN_FORCE[0]: 12, _IN_FORCE[1]: Decimal("12.0")},  # equal, and another text
    {_IN_FORCE[0]: None, _IN_FORCE[1]: 12},
    {Key("3", "1", "natural"): None},
    {Key("3", "4", "natural"): 2, Key("3", "4", "legal"): 2},
    {Key("3", "4", "natural"): -1},  # a carried figure that cannot stand
    {Key("3", "4", "natural"): Decimal("0.5")},
    {Key("2", "fees", "amount"): Decimal("0.000001")},  # 1E-06 in the file
]


@pytest.mark.parametrize("figures", _OPENINGS)
def test_one_after_another_each_has_its_own_last_year(figures: dict[Key, Number | None]) -> None:
    form = nianbao.load_form("2021")
    many = Series(form)
    others: list[dict[Key, Number | None]] = [{}, {Key("3", "4", "other"): 1234}, {Key("3", "1", "legal"): None}]
    for number, changed in enumerate([*others, figures, *others, figures]):
        one, previous = _after(form, number, changed)
        written = nianbao.write_template(form, one, previous=previous)
        assert _content(many.template(one, previous)) == _content(written)


@pytest.mark.parametrize("words", ["{}", "上年 {:,} 件", "{0}9{0}", "件"])
def test_reminders_may_be_worded_in_any_way(words: str) -> None:
    form = nianbao.load_form("2021")
    form = replace(form, reminders=tuple(replace(one, words=words) for one in form.reminders))
    many = Series(form, _NOTICE)
    for number, count in enumerate([0, 3, 1234, 2021]):  # the guide numbers its lines; the year stands everywhere
        one, previous = _after(form, number, {_IN_FORCE[1]: count})
        written = nianbao.write_template(form, one, previous=previous, notice=_NOTICE)
        assert _content(many.template(one, previous)) == _content(written)


def test_a_broken_check_between_carried_figures_says_by_how_much_it_is_for_each() -> None:
    form = nianbao.load_form("2021")
    one, other = Key("3", "2", "natural"), Key("3", "2", "legal")
    equal = Rule("Y-1", Operation("=", (Figure(one), Figure(other))), one)
    checks = (replace(check, rules=(equal,)) if check.code == "Y-1" else check for check in form.checks)
    form = replace(form, checks=tuple(checks))
    many = Series(form)
    for number in range(3):
        blank, previous = _after(form, number, {Key("3", "4", "natural"): number})
        written = nianbao.write_template(form, blank, previous=previous)
        assert _content(many.template(blank, previous)) == _content(written)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Submission]:
    """What is written in full."""
    written: list[Submission] = []

    def write(form: nianbao.Form, one: Submission, **more: object) -> bytes:
        written.append(one)
        return nianbao.write_template(form, one, **more)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(series, "write_template", write)
    return written


def test_the_form_is_written_once_for_many_units(written: list[Submission]) -> None:
    many = Series(FORMS[-1])
    for number in range(20):
        many.template(Submission(Identity(FORMS[-1].edition, f"单位{number}", f"{number:03}", "桦川县", 2021), {}))
    assert len(written) == 1


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.edition)
def test_so_it_is_with_last_years_figures(form: nianbao.Form, written: list[Submission]) -> None:
    many, some = Series(form), Random(1)  # noqa: S311 - figures, not secrets
    for number in range(20):
        figures: dict[Key, Number | None] = {key: some.randrange(10**6) for key in entries_of(form)}
        many.template(*_after(form, number, figures))
    assert len(written) == 1


def test_last_years_returns_out_of_a_county_workbook_are_one_kind(written: list[Submission]) -> None:
    form = nianbao.load_form("2021")
    many = Series(form)
    for number in range(5):
        one, previous = _after(form, number, {Key("3", "4", "other"): number, _IN_FORCE[1]: 20 + number})
        county = replace(previous.identity, unit="桦川县", code=None, tier="county")
        many.template(one, replace(previous, identity=county))
    assert len(written) == 1


def test_no_more_models_are_kept_than_a_county_needs(
    monkeypatch: pytest.MonkeyPatch, written: list[Submission]
) -> None:
    form = nianbao.load_form("2021")
    monkeypatch.setattr(series, "_MOST_MODELS", 2)
    many = Series(form)
    for number, blanks in enumerate([0, 1, 2, 0, 2, 3]):
        one, previous = _after(form, number, dict.fromkeys(entries_of(form)[:blanks]))
        assert _content(many.template(one, previous)) == _content(nianbao.write_template(form, one, previous=previous))
    assert len(written) == 5


@pytest.mark.parametrize("figures", [{Key("3", "4", "natural"): -1}, {Key("3", "4", "total"): 9}])
def test_last_year_that_makes_a_blank_return_wrong_is_written_in_full(
    figures: dict[Key, Number | None], written: list[Submission]
) -> None:
    form = nianbao.load_form("2021")
    one, previous = _after(form, 1, {})
    many = Series(form)
    for _ in range(2):
        many.template(one, replace(previous, values={**previous.values, **figures}))
    assert written == [one, one]


@pytest.mark.parametrize("after_last_year", [False, True])
def test_it_passes_our_own_gate_and_opens_in_libreoffice(
    convert: Convert, tmp_path: Path, after_last_year: bool
) -> None:
    form = nianbao.load_form("2021")
    one, previous = _after(form, 1, {Key("3", "4", "natural"): 3, Key("2", "fees", "amount"): Decimal("1.5")})
    data = _SERIES[form].template(one, previous if after_last_year else None)
    (tmp_path / "a.xlsx").write_bytes(data)
    (saved,) = convert([tmp_path / "a.xlsx"], "xlsx", tmp_path / "saved")
    for reading in (nianbao.read(data), nianbao.read(saved)):
        assert reading.submission is not None
        assert reading.submission.identity == one.identity
        assert {finding.code for finding in reading.findings} == {"V-3"}
        carried = reading.submission.values[Key("3", "2", "natural")]
        assert carried == (3 if after_last_year else None)
