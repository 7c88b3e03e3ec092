"""The laws of the round trip: what is written is what is read, and consolidation is addition."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nianbao
from conftest import Convert, without_results
from nianbao import Demands, Form, Identity, Key, Return, Submission
from nianbao.form import editions
from nianbao.returns import judge
from nianbao.rules import Number

FORMS = [nianbao.load_form(edition) for edition in editions()]


def year_of(form: Form) -> int:
    return form.first_year


def entries_of(form: Form) -> list[Key]:
    return [key for key, entry in form.entries.items() if entry.filled_in]


def submission(form: Form, figures: Sequence[Number | None], unit: str = "教育局", code: str = "003") -> Submission:
    identity = Identity(form.edition, unit=unit, code=code, county="桦川县", year=year_of(form))
    return Submission(identity, nianbao.with_totals(form, dict(zip(entries_of(form), figures, strict=True))))


def numbers(form: Form, key: Key) -> st.SearchStrategy[Number]:
    column = form.entries[key].column
    if column.kind == "amount":
        return st.decimals(0, 10**7, places=column.decimals).map(lambda one: Decimal(f"{one.normalize():f}"))
    return st.integers(-(10**6) if column.signed else 0, 10**9)


@st.composite
def submissions(draw: st.DrawFn, *, complete: bool = False) -> Submission:
    form = draw(st.sampled_from(FORMS))
    figures: list[Number | None] = []
    for key in entries_of(form):
        usual = st.just(0) | numbers(form, key)
        figures.append(draw(usual if complete else st.none() | usual))
    return submission(form, figures)


def random_submission(form: Form, seed: int) -> Submission:
    random = Random(seed)  # noqa: S311 - figures, not secrets
    figures: list[Number | None] = []
    for key in entries_of(form):
        column = form.entries[key].column
        amount = Decimal(random.randrange(10**9)).scaleb(-column.decimals).normalize()
        count = random.choice([0, 0, 0, 1, 7, 53, 4568, 999_999_999])
        figures.append(random.choice([None, amount if column.kind == "amount" else count, 0]))
    return submission(form, figures)


@settings(max_examples=15, deadline=None)
@given(submissions())
def test_what_is_written_is_what_is_read(written: Submission) -> None:
    form = nianbao.load_form(written.identity.edition)
    read = nianbao.read(nianbao.write_template(form, written)).submission
    assert read is not None
    assert (read.identity, dict(read.values)) == (written.identity, dict(written.values))


@pytest.mark.parametrize("suffix", ["xlsx", "ods", "xls"])
def test_what_libreoffice_saves_again_is_still_what_was_written(convert: Convert, tmp_path: Path, suffix: str) -> None:
    written = {f"{form.edition}-{seed}": random_submission(form, seed) for form in FORMS for seed in range(4)}
    files = []
    for name, one in written.items():
        files.append(tmp_path / f"{name}.xlsx")
        files[-1].write_bytes(nianbao.write_template(nianbao.load_form(one.identity.edition), one))
    folder = tmp_path / "saved"
    folder.mkdir()
    for file in convert(files, suffix, folder):
        read = nianbao.read(file)
        assert read.submission is not None
        one = written[file.stem]
        assert (read.submission.identity, dict(read.submission.values)) == (one.identity, dict(one.values))
        assert {finding.code for finding in read.findings if finding.severity == "error"} <= {"V-3"}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.edition)
def test_blank_template_reads_as_nothing_reported(form: Form) -> None:
    reading = nianbao.read(nianbao.write_template(form, Submission(Identity(form.edition), {})))
    assert reading.submission is not None
    assert set(reading.submission.values.values()) == {None}
    assert {(one.code, one.severity, one.found) for one in reading.findings} == {("V-3", "error", None)}
    assert sorted(str(one.key) for one in reading.findings) == sorted(map(str, entries_of(form)))


# -- consolidation


def returned(one: Submission, number: int) -> Return:
    return judge(f"{number:03}.xlsx", f"{number:064}", None, one, (), Demands())


def county(form: Form) -> Identity:
    return Identity(form.edition, unit="桦川县", year=year_of(form), tier="county")


def units(form: Form, seed: int, count: int) -> list[Submission]:
    random = Random(seed)  # noqa: S311 - figures, not secrets
    made = []
    for number in range(count):
        figures: list[Number | None] = []
        for key in entries_of(form):
            amount = Decimal(random.randrange(10**8)).scaleb(-6).normalize()
            figures.append(amount if form.entries[key].column.kind == "amount" else random.randrange(20))
        made.append(submission(form, figures, f"单位{number}", f"{number:03}"))
    return made


@given(st.integers(0, 10**6), st.integers(1, 6), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_order_of_returns_makes_no_difference(seed: int, count: int, random: Random) -> None:
    form = FORMS[-1]
    returns = [returned(one, number) for number, one in enumerate(units(form, seed, count))]
    straight = nianbao.consolidate(form, county(form), returns, include_flagged=True)
    random.shuffle(returns)
    assert nianbao.consolidate(form, county(form), returns, include_flagged=True) == straight


@given(st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_one_unit_alone_consolidates_to_itself(seed: int) -> None:
    form = FORMS[-1]
    (one,) = units(form, seed, 1)
    result = nianbao.consolidate(form, county(form), [returned(one, 1)], include_flagged=True)
    assert dict(result.total.values) == dict(one.values)


@given(st.integers(0, 10**6), st.integers(2, 6))
@settings(max_examples=10, deadline=None)
def test_totals_of_the_sum_are_the_sums_of_the_totals(seed: int, count: int) -> None:
    form = FORMS[-1]
    each = units(form, seed, count)
    result = nianbao.consolidate(
        form, county(form), [returned(one, n) for n, one in enumerate(each)], include_flagged=True
    )
    for key, value in result.total.values.items():
        assert value == sum((one.values[key] or 0) for one in each)


def test_county_workbook_reads_back_as_the_county_with_the_same_figures_also_when_recalculated(
    convert: Convert, tmp_path: Path
) -> None:
    form = FORMS[-1]
    returns = [returned(one, number) for number, one in enumerate(units(form, 7, 5))]
    result = nianbao.consolidate(form, county(form), returns, include_flagged=True)
    file = tmp_path / "county.xlsx"
    file.write_bytes(nianbao.write_county(result))
    stale = tmp_path / "stale.xlsx"
    stale.write_bytes(without_results(file.read_bytes()))
    again = tmp_path / "again"
    again.mkdir()
    for one in [file, *convert([stale], "xlsx", again), *convert([stale], "ods", again)]:
        reading = nianbao.read(one)
        assert reading.submission is not None
        assert reading.submission.identity == county(form)
        assert dict(reading.submission.values) == dict(result.total.values)
        assert [finding for finding in reading.findings if finding.severity == "error"] == []
