"""Which cell is wrong: recognised slips are named, equal explanations are not, and what is named makes checks hold."""

import importlib.util
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nianbao.checks import check
from nianbao.figures import Key
from nianbao.findings import Finding
from nianbao.form import load_form
from nianbao.rules import Number
from nianbao.slips import Likelihood, slip_of
from nianbao.submission import Identity, Submission, with_totals
from nianbao.suspects import with_suspects

FORM = load_form("2021")
ENTRIES = [key for key, entry in FORM.entries.items() if entry.filled_in]
# a middling unit in which everything adds up
TRUE: dict[str, Number | None] = {
    "3/1/natural": 61,
    "3/2/natural": 3,
    "3/3.1/natural": 35,
    "3/3.2/natural": 12,
    "3/3.3.5/natural": 2,
    "3/3.4.1/natural": 11,
    "3/4/natural": 4,
    "3/1/business": 8,
    "3/3.1/business": 6,
    "3/3.4.1/business": 2,
}


def reported(changed: Mapping[str, Number | None], year: int = 2022) -> Submission:
    figures: dict[Key, Number | None] = dict.fromkeys(ENTRIES, 0)
    figures.update({Key.parse(name): value for name, value in changed.items()})
    return Submission(Identity("2021", year=year), with_totals(FORM, figures))


def judged(
    changed: Mapping[str, Number | None], *read: Finding, last: Mapping[str, Number | None] | None = None
) -> tuple[Finding, ...]:
    submission = reported({**TRUE, **changed})
    previous = None if last is None else reported(last, 2021)
    return with_suspects(FORM, submission, (*read, *check(FORM, submission, previous)), previous)


def named(findings: tuple[Finding, ...]) -> set[tuple[str, str | None, str | None, str]]:
    """Every suspect: key, cell, what was typed, what was meant."""
    found = {finding.suspect for finding in findings if finding.suspect is not None}
    return {(str(one.key), one.cell, one.value, one.expected) for one in found}


def test_a_return_in_which_everything_adds_up_has_no_suspect() -> None:
    assert judged({}) == ()


def test_swapped_digits_are_named_with_cell_and_both_figures() -> None:
    findings = judged({"3/3.1/natural": 53})
    assert [(finding.code, str(finding.key)) for finding in findings] == [
        ("T3-1", "3/1/natural"),
        ("T3-1", "3/1/total"),
    ]
    assert named(findings) == {("3/3.1/natural", "D8", "53", "35")}
    for finding in findings:
        assert finding.message.endswith("最可能是 D8：填了 53，若为 35 则各项勾稽都成立（可能相邻两位数字填反）。")


@pytest.mark.parametrize(
    ("key", "typed", "reason"),
    [
        ("3/3.1/natural", 355, "可能多输了一位数字"),
        ("3/1/natural", 6, "可能少输了一位数字"),
        ("3/3.3.5/natural", 27, "可能多输了一位数字"),
        ("3/3.4.1/natural", 19, "可能把总计填进了这一格"),
    ],
)
def test_recognised_slips_are_named(key: str, typed: int, reason: str) -> None:
    changed: dict[str, Number | None] = {key: typed}
    if "总计" in reason:
        changed["3/3.4.1/business"] = 8
        changed["3/1/business"] = 14
    findings = judged(changed)
    (suspect,) = {finding.suspect for finding in findings}
    assert suspect is not None
    assert (str(suspect.key), suspect.value, suspect.reason) == (key, str(typed), reason)


def test_a_figure_typed_one_column_off_is_named_for_both_columns_it_breaks() -> None:
    findings = judged({"3/3.3.5/natural": 0, "3/3.3.5/business": 2})
    assert {str(finding.key) for finding in findings} == {"3/1/natural", "3/1/business"}
    assert named(findings) == {("3/3.3.5/business", "E14", "2", "0")}
    assert all("应填在 D14" in finding.message for finding in findings)


def test_a_line_typed_one_column_to_the_right_is_one_slip() -> None:
    findings = judged({"3/1/natural": 0, "3/1/business": 61, "3/1/research": 8})
    assert {str(finding.key) for finding in findings} == {"3/1/natural", "3/1/business", "3/1/research"}
    assert named(findings) == {("3/1/business", "E6", "61", "8")}


def test_an_application_counted_in_part_and_elsewhere_too() -> None:
    only_two = {"3/3.1/natural": 0, "3/3.4.1/natural": 0, "3/1/natural": 15}
    findings = judged({**only_two, "3/3.3.5/natural": 3})
    assert named(findings) == {("3/3.3.5/natural", "D14", "3", "2")}


def test_a_typed_over_total_and_its_column_meet_in_one_cell() -> None:
    typed = Finding("V-4", "error", "被改成了 41", key=Key.parse("3/3.1/total"), found="41", sheet="表三", cell="J8")
    findings = judged({"3/3.1/natural": 34}, typed)
    assert named(findings) == {("3/3.1/natural", "D8", "34", "35")}
    assert {finding.code for finding in findings if finding.suspect} == {"V-4", "T3-1"}


def test_a_total_that_is_wrong_by_itself_is_its_own_suspect_and_nothing_is_added_to_its_message() -> None:
    typed = Finding("V-4", "error", "被改成了 42", key=Key.parse("3/3.1/total"), found="42", sheet="表三", cell="J8")
    (finding,) = judged({}, typed)
    assert named((finding,)) == {("3/3.1/total", "J8", "42", "41")}
    assert finding.message == "被改成了 42"


def test_last_year_says_which_cell_of_the_column_is_wrong() -> None:
    last = {"3/1/natural": 3, "3/4/natural": 3}
    findings = judged({"3/2/natural": 4}, last=last)
    assert {"T3-1", "Y-1"} <= {finding.code for finding in findings}
    assert named(findings) == {("3/2/natural", "D7", "4", "3")}


def test_last_year_clears_the_cell_that_agrees_with_it() -> None:
    last = {"3/1/natural": 3, "3/4/natural": 3}
    findings = judged({"3/3.1/natural": 36}, last=last)
    assert Key.parse("3/2/natural") not in {one.key for finding in findings for one in finding.candidates}


def test_two_equally_good_explanations_name_nobody_and_list_both() -> None:
    two = {"3/2/natural": 0, "3/3.2/natural": 0, "3/3.3.5/natural": 0, "3/3.4.1/natural": 0, "3/4/natural": 0}
    findings = judged({**two, "3/1/natural": 53, "3/3.1/natural": 35})
    assert named(findings) == set()
    assert findings[0].message.endswith("不能确定是哪一格：D6（53 改为 35）、D8（35 改为 53）都说得通。")


def test_where_any_cell_would_do_it_is_said_that_none_can_be_named() -> None:
    findings = judged({"3/3.1/natural": 34})
    assert named(findings) == set()
    assert "不能确定是哪一格：改动" in findings[0].message


def test_a_negative_figure_that_fits_without_its_sign() -> None:
    negative = Finding("V-1", "error", "是负数。", key=Key.parse("3/3.1/natural"), found="-35")
    (finding,) = judged({"3/3.1/natural": None}, negative)
    assert named((finding,)) == {("3/3.1/natural", "D8", "-35", "35")}
    assert finding.message.endswith("最可能是多了负号：若为 35 则说得通。")
    (other,) = judged({"3/3.1/natural": None}, Finding("V-1", "error", "", key=Key.parse("3/3.1/natural"), found="-34"))
    assert other.suspect is None


def test_yuan_typed_as_ten_thousand_yuan() -> None:
    findings = judged({"2/fees/amount": Decimal(462697)})
    assert named(findings) == {("2/fees/amount", "B16", "462697", "46.2697")}
    small = judged({"2/fees/amount": Decimal(5000)}, last={"2/fees/amount": Decimal("0.6"), "3/4/natural": 3})
    assert named(small) == {("2/fees/amount", "B16", "5000", "0.5")}


def test_two_slips_that_no_single_cell_explains_are_two_verdicts() -> None:
    legal = {"3/1/legal": 21, "3/3.1/legal": 21, "3/3.4.1/legal": 9}
    findings = judged({"3/3.1/natural": 53, **legal})
    assert named(findings) == {("3/3.1/natural", "D8", "53", "35"), ("3/3.1/legal", "H8", "21", "12")}
    total = next(finding for finding in findings if str(finding.key) == "3/1/total")
    assert total.suspect is None


@pytest.mark.parametrize(
    ("typed", "meant", "likelihood"),
    [
        (53, 35, Likelihood.RECOGNISED),
        (1230, 1203, Likelihood.RECOGNISED),
        (33, 3, Likelihood.POSSIBLE),
        (350, 35, Likelihood.RECOGNISED),
        (35, 305, Likelihood.RECOGNISED),
        (3, 13, Likelihood.POSSIBLE),
        (142, 147, Likelihood.POSSIBLE),
        (321, 123, Likelihood.ARITHMETIC),
        (0, 7, Likelihood.OMITTED),
        (Decimal("46.2"), Decimal("4.62"), Likelihood.RECOGNISED),
        (Decimal("46.2"), Decimal("46.3"), Likelihood.ARITHMETIC),
    ],
)
def test_how_likely_one_number_is_typed_for_another(typed: Number, meant: Number, likelihood: Likelihood) -> None:
    assert slip_of(typed, meant).likelihood == likelihood


CELLS = [key for key in ENTRIES if key.table == "3" and key.column in {"natural", "business"}]


@given(
    st.lists(st.integers(0, 60), min_size=len(CELLS), max_size=len(CELLS)),
    st.dictionaries(st.sampled_from(CELLS), st.integers(0, 99), min_size=1, max_size=2),
)
def test_what_is_named_makes_its_checks_hold_and_breaks_no_other(figures: list[int], typed: dict[Key, int]) -> None:
    values: dict[Key, Number | None] = dict.fromkeys(ENTRIES, 0)
    values.update(zip(CELLS, figures, strict=True))
    for column in ("natural", "business"):  # let it add up first, but for a few
        rest = sum(int(values[key] or 0) for key in CELLS if key.column == column and key.line not in {"1", "2"})
        values[Key("3", "1", column)] = rest
        values[Key("3", "2", column)] = 0
    values.update(typed)
    submission = Submission(Identity("2021"), with_totals(FORM, values))
    before = {(one.code, one.key) for one in check(FORM, submission)}
    for finding in with_suspects(FORM, submission, check(FORM, submission)):
        if finding.suspect is None or "应填在" in finding.suspect.reason:
            continue
        changed = {**values, finding.suspect.key: int(finding.suspect.expected)}
        after = {(one.code, one.key) for one in check(FORM, Submission(Identity("2021"), with_totals(FORM, changed)))}
        assert finding.code, finding.key
        assert (finding.code, finding.key) not in after or finding.caused_by
        assert {one for one in after - before if one[1] != Key("3", "1", "total")} == set()


def benchmark() -> ModuleType:
    path = Path(__file__).parent.parent / "benchmarks" / "planted_slips.py"
    spec = importlib.util.spec_from_file_location("planted_slips", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("totals", [False, True])
def test_planted_slips_are_seldom_blamed_on_another_cell(totals: bool) -> None:
    module = benchmark()
    for kind in module.KINDS:
        counts = module.measure(kind, 20, with_last=False, totals=totals)
        assert counts["wrong"] <= 4, (kind, counts)
        if totals:
            assert counts["named"] >= 12, (kind, counts)
