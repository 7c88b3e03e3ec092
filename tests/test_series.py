"""A template out of a series is the one that would have been written for that unit alone."""

from __future__ import annotations

import io
from pathlib import Path
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
from test_laws import FORMS, year_of

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
    ],
)
def test_names_that_stand_in_the_form_already_make_no_difference(unit: str | None, code: str | None) -> None:
    one = Submission(Identity("2021", unit, code, "桦川县", 2021), {})
    form = nianbao.load_form("2021")
    if unit is not None and len(unit) > 200:
        one = Submission(Identity("2021", unit[:200], code, "桦川县", 2021), {})
    assert _content(_SERIES[form].template(one)) == _content(nianbao.write_template(form, one, notice=_NOTICE))


def test_filled_in_templates_and_those_with_last_year_are_written_in_full() -> None:
    form = nianbao.load_form("2021")
    for count in (3, 0):
        figures = nianbao.with_totals(form, {Key("3", "1", "natural"): count})
        one = Submission(Identity("2021", "教育局", "001", "桦川县", 2021), figures)
        last = Submission(Identity("2021", "教育局", "001", "桦川县", 2020), figures)
        for previous in (None, last):
            written = nianbao.write_template(form, one, previous=previous, notice=_NOTICE)
            assert _content(_SERIES[form].template(one, previous)) == _content(written)


def test_the_form_is_written_once_for_many_units(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Submission] = []

    def write(form: nianbao.Form, one: Submission, **more: object) -> bytes:
        written.append(one)
        return nianbao.write_template(form, one, **more)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(series, "write_template", write)
    many = Series(FORMS[-1])
    for number in range(20):
        many.template(Submission(Identity(FORMS[-1].edition, f"单位{number}", f"{number:03}", "桦川县", 2021), {}))
    assert len(written) == 1


def test_it_passes_our_own_gate_and_opens_in_libreoffice(convert: Convert, tmp_path: Path) -> None:
    form = nianbao.load_form("2021")
    data = _SERIES[form].template(Submission(Identity("2021", "教育局", "001", "桦川县", 2021), {}))
    (tmp_path / "a.xlsx").write_bytes(data)
    (saved,) = convert([tmp_path / "a.xlsx"], "xlsx", tmp_path / "saved")
    for one in (nianbao.read(data), nianbao.read(saved)):
        assert one.submission is not None
        assert one.submission.identity == Identity("2021", "教育局", "001", "桦川县", 2021)
        assert {finding.code for finding in one.findings} == {"V-3"}
