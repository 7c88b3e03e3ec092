"""What people type: read exactly, or named as wrong; never guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nianbao.form import Column
from nianbao.numerals import read_stored, read_typed

COUNT = Column("c", ("件数",))
AMOUNT = Column("a", ("金额",), kind="amount", unit_of_measure="万元", decimals=6)


@pytest.mark.parametrize(
    ("text", "column", "value"),
    [
        ("１２", COUNT, 12),
        (" 12 ", COUNT, 12),
        ("1,234", COUNT, 1234),
        ("1，234", COUNT, 1234),
        ("4件", COUNT, 4),
        ("46.2697万元", AMOUNT, Decimal("46.2697")),
        ("12.0", COUNT, 12),
    ],
)
def test_harmless_forms_are_read_and_noted(text: str, column: Column, value: int | Decimal) -> None:
    read = read_typed(text, column)
    assert (read.value, read.normalised, read.code) == (value, True, "V-3")


@pytest.mark.parametrize("text", ["/", "-", "—", "无", "不适用", "462697元", "4条"])
def test_none_words_and_other_units_are_not_numbers(text: str) -> None:
    read = read_typed(text, AMOUNT)
    assert (read.value, read.code) == (None, "V-3")


@pytest.mark.parametrize(
    "text",
    ["1_000", "٥٥", "²", "十二", "约12", "10-12", "5+7", "12%", "NaN", "inf", "1e3", "1,23", "12.5", "-3", "", "〇"],
)
def test_whatever_is_not_a_clean_count_is_an_error(text: str) -> None:
    read = read_typed(text, COUNT)
    assert (read.value, read.code) == (None, "V-1")


@pytest.mark.parametrize("raw", ["-0.5", "0.0000001", "1E300"])
def test_amounts_are_non_negative_to_one_fen(raw: str) -> None:
    read = read_stored(raw, AMOUNT)
    assert (read.value, read.code) == (None, "V-2")


def test_binary_noise_is_cut_to_what_the_spreadsheet_shows() -> None:
    assert read_stored("46.269700000000004", AMOUNT).value == Decimal("46.2697")


@given(st.decimals(0, 10**8, places=6))
def test_every_amount_survives_the_way_through_a_binary_float(amount: Decimal) -> None:
    assert read_stored(repr(float(amount)), AMOUNT).value == amount


@given(st.text())
def test_reading_never_raises(text: str) -> None:
    read_typed(text, COUNT)
    read_typed(text, AMOUNT)
