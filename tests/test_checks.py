"""The checks of the form on one unit's figures: broken ones point at their anchor, others say nothing."""

from collections.abc import Mapping
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from nianbao.checks import check
from nianbao.figures import Key
from nianbao.form import explanation_key, load_form
from nianbao.rules import Number
from nianbao.submission import Identity, Submission, with_totals

FORM = load_form("2021")
ENTRIES = [key for key, entry in FORM.entries.items() if entry.filled_in]


def reported(
    changed: Mapping[str, Number | None] | None = None, level: str = "县级", texts: dict[str, str] | None = None
) -> Submission:
    figures: dict[Key, Number | None] = dict.fromkeys(ENTRIES, 0)
    figures.update({Key.parse(name): value for name, value in (changed or {}).items()})
    return Submission(Identity("2021", level=level), with_totals(FORM, figures), texts=texts or {})


def codes(submission: Submission) -> list[tuple[str, str, str]]:
    return [(finding.code, finding.severity, str(finding.key)) for finding in check(FORM, submission)]


def test_a_return_of_zeros_is_clean() -> None:
    assert codes(reported()) == []


def test_an_application_without_outcome_breaks_its_column_and_the_total_column() -> None:
    assert codes(reported({"3/1/natural": 1})) == [
        ("T3-1", "error", "3/1/natural"),
        ("T3-1", "error", "3/1/total"),
    ]


def test_a_missing_figure_leaves_its_checks_undecided() -> None:
    assert codes(reported({"3/1/natural": 1, "3/4/natural": None})) == []


def test_regulations_are_odd_in_a_county_but_not_in_a_city() -> None:
    assert codes(reported({"2/regulations/issued": 1, "2/regulations/in_force": 1})) == [
        ("T2-1", "warning", "2/regulations/issued"),
        ("T2-1", "warning", "2/regulations/in_force"),
    ]
    assert codes(reported({"2/regulations/issued": 1, "2/regulations/in_force": 1}, "设区的市级")) == []


def test_stock_and_suits_after_review_are_questioned() -> None:
    assert codes(reported({"2/normative_documents/issued": 2, "4/suit_after_review/upheld": 1})) == [
        ("T2-2", "warning", "2/normative_documents/in_force"),
        ("T4-2", "warning", "4/suit_after_review/total"),
    ]


def test_the_message_names_line_column_cell_and_gap() -> None:
    finding = check(FORM, reported({"3/1/natural": 3}))[0]
    assert (finding.sheet, finding.cell, finding.found, finding.expected) == ("表三", "D6", "3", "0")
    assert finding.message == (
        "表三“一、本年新收政府信息公开申请数量”行“申请人情况/自然人”列（D6）："
        "第一项加第二项之和，等于第三项加第四项之和；前者为 3，后者为 0，相差 3。"
    )
    assert {str(related.key) for related in finding.related} == {"3/2/natural", "3/3.7/natural", "3/4/natural"}


def test_a_broken_column_of_totals_is_marked_as_caused_by_the_column_that_broke_it() -> None:
    findings = check(FORM, reported({"3/1/natural": 3}))
    assert [(str(one.key), one.caused_by) for one in findings] == [("3/1/natural", None), ("3/1/total", "T3-1")]


def test_fees_of_one_yuan_typed_as_ten_thousand_are_questioned_from_ten_thousand_on() -> None:
    assert codes(reported({"2/fees/amount": Decimal("9999.99")})) == []
    assert codes(reported({"2/fees/amount": Decimal("462697")})) == [("T2-3", "warning", "2/fees/amount")]
    assert codes(reported({"2/fees/amount": Decimal("462697")}, "省级")) == []


def test_unpaid_fees_need_a_word_about_fees() -> None:
    unpaid = {"3/1/natural": 1, "3/3.6.2/natural": 1}
    assert codes(reported(unpaid)) == [("T3-4", "warning", "3/3.6.2/total")]
    assert codes(reported(unpaid, texts={"t/fee/charged": "40"})) == []
    assert codes(reported(unpaid, texts={"t/fee/charged": "　"})) == [("T3-4", "warning", "3/3.6.2/total")]


def test_an_explained_warning_says_so() -> None:
    explained = reported({"2/normative_documents/issued": 2}, texts={explanation_key("T2-2"): "上年清理漏报"})
    assert "已在“情况说明”中作了说明" in str(check(FORM, explained)[0].hint)


@given(st.lists(st.integers(0, 9), min_size=len(ENTRIES), max_size=len(ENTRIES)))
def test_totals_are_the_sums_of_their_parts(figures: list[int]) -> None:
    values = with_totals(FORM, dict(zip(ENTRIES, figures, strict=True)))
    for key, entry in FORM.entries.items():
        numbers = [values[part] for part in entry.parts]
        if numbers:
            assert values[key] == sum(number for number in numbers if number is not None)
