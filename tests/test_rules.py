"""The rule language: what a rule means in Python, what it says in Excel, and when it is undecided."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nianbao.figures import Key, column_name
from nianbao.form import load_form
from nianbao.rules import Number, holds, parse_rule, verdict_formula


def key(name: str) -> Key:
    return Key("t", name, "c")


def values(**figures: int | None) -> Mapping[Key, Number | None]:
    return {key(name): value for name, value in figures.items()}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{a} + {b} = {d}", True),
        ("{d} - {a} - {b} = 0", True),
        ("{a} * {b} + 1 = {d}", True),
        ("{a} > {b} or {d} >= 3", True),
        ("{a} > {b} and {d} >= 3", False),
        ("{a} <> {b}", True),
        ("({a} + {b}) * 2 <= 5", False),
    ],
)
def test_rule_means_what_it_says(rule: str, expected: bool) -> None:
    assert holds(parse_rule(rule, key, lambda _: ()), values(a=1, b=2, d=3)) is expected


@given(a=st.none() | st.integers(0, 9), b=st.none() | st.integers(0, 9))
def test_rule_is_undecided_exactly_where_a_figure_is_missing(a: int | None, b: int | None) -> None:
    verdict = holds(parse_rule("{a} = {b}", key, lambda _: ()), values(a=a, b=b))
    assert verdict is (None if a is None or b is None else a == b)


def test_excel_voice_waits_until_every_figure_is_a_number() -> None:
    rule = parse_rule("{a} + {b} = {d}", key, lambda _: ())

    def address(figure: Key) -> str:
        return figure.line.upper() + "1"

    assert verdict_formula(rule, address, lambda _: None) == (
        'IFERROR(IF(COUNT(A1:B1,D1)<3,"",ROUND(A1+B1,6)=ROUND(D1,6)),"")'
    )
    assert verdict_formula(rule, address, lambda _: "H2") == (
        'IFERROR(IF(AND(H2="",COUNT(A1:B1,D1)<3),"",ROUND(A1+B1,6)=ROUND(D1,6)),"")'
    )


def test_official_check_of_table_three_fails_by_one_application() -> None:
    form = load_form("2021")
    figures: dict[Key, Number | None] = dict.fromkeys(form.entries, 0)
    check = next(check for check in form.checks if check.code == "T3-1")
    assert [holds(rule.expression, figures) for rule in check.rules] == [True] * 7
    figures[Key.parse("3/1/business")] = 1
    assert [rule.anchor for rule in check.rules if not holds(rule.expression, figures)] == [Key.parse("3/1/business")]


def test_columns_are_named_as_spreadsheets_name_them() -> None:
    assert [column_name(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
