"""This year beside last year: what is carried over, what must grow, what is odd, what cannot be compared."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from nianbao.checks import check, instances
from nianbao.figures import Key
from nianbao.findings import Finding
from nianbao.form import explanation_key, load_form
from nianbao.previous import Pair, last_year, pairs
from nianbao.rules import Number
from nianbao.submission import Identity, Submission, with_totals

FORM = load_form("2021")


def reported(
    year: int | None,
    changed: Mapping[str, Number | None] | None = None,
    texts: dict[str, str] | None = None,
    edition: str = "2021",
) -> Submission:
    figures: dict[Key, Number | None] = {key: 0 for key, entry in FORM.entries.items() if entry.filled_in}
    figures.update({Key.parse(name): value for name, value in (changed or {}).items()})
    return Submission(Identity(edition, year=year), with_totals(FORM, figures), texts=texts or {})


def found(now: Submission, last: Submission) -> list[tuple[str, str, str]]:
    return [(one.code, one.severity, str(one.key)) for one in check(FORM, now, last)]


def only(code: str, now: Submission, last: Submission) -> Finding:
    (finding,) = [one for one in check(FORM, now, last) if one.code == code]
    return finding


def test_without_last_year_its_checks_are_absent_not_undecided() -> None:
    assert {one.code for one in instances(FORM, reported(2022))} == {"T3-1", "T3-2", "T3-3", "T4-1"} | {
        "T2-1",
        "T2-2",
        "T2-3",
        "T3-4",
        "T4-2",
    }


def test_with_last_year_every_rule_of_the_form_is_confronted() -> None:
    confronted = {one.code for one in instances(FORM, reported(2022), reported(2021))}
    assert confronted == {one.code for one in FORM.checks if one.rules}


def test_carried_over_applications_must_be_last_years_unfinished_ones() -> None:
    last = reported(2021, {"3/1/natural": 3, "3/4/natural": 3})
    now = reported(2022, {"3/2/natural": 2, "3/3.1/natural": 2})
    assert found(now, last) == [("Y-1", "error", "3/2/natural"), ("Y-1", "error", "3/2/total")]
    finding = check(FORM, now, last)[0]
    assert (finding.cell, finding.found, finding.expected, finding.caused_by) == ("D7", "2", "3", None)
    assert "前者为 2，后者为 3，相差 1" in finding.message
    assert check(FORM, now, last)[1].caused_by == "Y-1"


def test_what_fails_only_beside_a_no_is_caused_by_it_and_what_fails_without_is_not() -> None:
    last = reported(2021, {"3/1/natural": 3, "3/4/natural": 3})
    now = reported(2022, {"3/2/natural": 2, "3/1/business": 1}, {"declare/applications": "否"})
    causes = {(one.code, str(one.key)): one.caused_by for one in check(FORM, now, last)}
    assert causes == {
        ("T3-1", "3/1/natural"): "V-3",
        ("T3-1", "3/1/business"): "V-3",
        ("T3-1", "3/1/total"): "T3-1",
        ("Y-1", "3/2/natural"): None,
        ("Y-1", "3/2/total"): "Y-1",
    }
    untrue = reported(2022, {"3/2/natural": 2, "3/1/business": 1}, {"declare/disputes": "否"})
    assert {one.caused_by for one in check(FORM, untrue, last)} == {None, "T3-1", "Y-1"}


def test_an_explained_carry_over_may_stand() -> None:
    last = reported(2021, {"3/1/natural": 3, "3/4/natural": 3})
    now = reported(2022, {"3/2/natural": 2, "3/3.1/natural": 2}, {explanation_key("Y-1"): "一件并入原件办理，已核减"})
    assert {severity for _, severity, _ in found(now, last)} == {"warning"}


def test_a_figure_that_last_year_did_not_report_makes_its_check_absent() -> None:
    last = reported(2021, {"3/4/natural": None, "3/1/business": 1, "3/4/business": 1})
    now = reported(2022, {"3/2/natural": 2, "3/3.1/natural": 2})
    assert found(now, last) == [("Y-1", "error", "3/2/business")]


def test_stock_of_normative_documents_is_last_years_plus_issued_minus_repealed() -> None:
    last = reported(2021, {"2/normative_documents/in_force": 30})
    key = "2/normative_documents/in_force"
    right = {"2/normative_documents/issued": 6, "2/normative_documents/repealed": 2, key: 34}
    assert found(reported(2022, right), last) == []
    assert found(reported(2022, right | {key: 35}), last) == [("Y-2", "warning", key)]


def test_cases_pending_last_year_must_still_be_counted() -> None:
    last = reported(2021, {"4/review/pending": 2, "4/direct_suit/pending": 1})
    assert found(reported(2022, {"4/review/upheld": 1, "4/direct_suit/upheld": 1}), last) == [
        ("Y-3", "warning", "4/review/total")
    ]


def test_suits_after_review_are_not_questioned_where_last_year_had_reviews() -> None:
    now = reported(2022, {"4/suit_after_review/upheld": 1})
    assert found(now, reported(2021)) == [("T4-2", "warning", "4/suit_after_review/total")]
    assert found(now, reported(2021, {"4/review/upheld": 1})) == []


@pytest.mark.parametrize(
    ("now", "last", "odd"),
    [(50, 10, True), (49, 10, False), (10, 50, True), (11, 50, False), (9, 0, False), (10, 0, True), (0, 10, True)],
)
def test_a_figure_five_times_as_large_or_as_small_is_odd_unless_both_are_small(now: int, last: int, odd: bool) -> None:
    key = "2/penalties/decisions"
    expected = [("Y-4", "warning", key)] if odd else []
    assert found(reported(2022, {key: now}), reported(2021, {key: last})) == expected


def test_an_amount_beside_last_years_is_named_with_both_figures() -> None:
    key = "2/fees/amount"
    finding = only("Y-4", reported(2022, {key: Decimal(5000)}), reported(2021, {key: Decimal("0.5")}))
    assert (finding.cell, finding.found) == ("B16", "5000")
    assert "本年 5000，上年 0.5，增加到 5 倍或更多" in finding.message


def test_figures_that_are_all_last_years_are_odd_but_not_where_there_is_next_to_nothing() -> None:
    some = {"2/licences/decisions": 7, "2/penalties/decisions": 3}
    more = some | {"2/normative_documents/in_force": 4}
    assert found(reported(2022, some), reported(2021, some)) == []
    assert found(reported(2022, more), reported(2021, more)) == [("Y-4", "warning", "None")]
    assert found(reported(2022, more | {"2/penalties/decisions": 4}), reported(2021, more)) == []


def test_a_return_of_another_year_is_not_compared_and_that_is_said() -> None:
    last = reported(2020, {"3/1/natural": 3, "3/4/natural": 3})
    assert found(reported(2022), last) == [("Y-0", "warning", "None")]
    assert "2020 年度" in check(FORM, reported(2022), last)[0].message


def test_of_the_edition_of_2019_tables_three_and_four_compare_and_nothing_in_table_two() -> None:
    keys = {pair.last: pair.this for pair in pairs(FORM, "2019")}
    assert {key.table for key in keys} == {"3", "4"}
    assert keys[Key("3", "3.6", "natural")] == tuple(Key("3", line, "natural") for line in ("3.6.1", "3.6.2", "3.6.3"))
    assert len(keys) == 23 * 7 + 15
    assert Pair((Key("3", "4", "total"),), Key("3", "4", "total")) in pairs(FORM, "2019")
    assert pairs(FORM, "2008") == ()


def test_last_years_figures_of_2019_stand_under_this_forms_keys() -> None:
    values: dict[Key, Number | None] = {Key("3", "4", "natural"): 2, Key("3", "3.6", "natural"): 1}
    values |= {Key("2", "fees", "change"): 5, Key("4", "review", "pending"): None}
    old = Submission(Identity("2019", year=2020), values)
    assert last_year(FORM, old) == {Key("3", "4", "natural"): 2}
    now = reported(2021, {"3/2/natural": 1, "3/3.1/natural": 1})
    assert found(now, old) == [("Y-1", "error", "3/2/natural")]
