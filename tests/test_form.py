"""The official form as data: the edition in force is complete, and a wrong form file is refused with a path."""

from importlib.resources import files

import pytest

from nianbao.figures import Key, Place
from nianbao.form import FormError, load_form, read_form
from nianbao.layout import layout_of

SOURCE = (files("nianbao.forms") / "2021.toml").read_text(encoding="utf-8")


def test_edition_2021_has_200_figures_of_which_units_fill_in_166() -> None:
    entries = load_form("2021").entries
    assert len(entries) == 200
    assert sum(entry.filled_in for entry in entries.values()) == 166
    by_table = {table: sum(key.table == table for key in entries) for table in "234"}
    assert by_table == {"2": 10, "3": 175, "4": 15}


def test_carried_forward_line_is_filled_in_or_the_official_check_could_never_fail() -> None:
    entries = load_form("2021").entries
    assert entries[Key.parse("3/4/natural")].filled_in
    assert not entries[Key.parse("3/3.7/natural")].filled_in


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('edition = "2021"', 'edition = "2021"\ncolour = 1', "unknown key colour"),
        ('kind = "amount"', 'knid = "amount"', "column amount: unknown key knid"),
        ('code = "T3-1"\n', "", "check #1: code is missing"),
        ('total_of = ["upheld", ', 'total_of = ["upehld", ', "column total: total_of names 'upehld'"),
        ('rule = "{1} + {2} = {3.7} + {4}"', 'rule = "{1} + {2} = {3.7} +"', "check T3-1: rule: unreadable rule"),
        ('rule = "{1} + {2} = {3.7} + {4}"', 'rule = "{1} + {2}"', "check T3-1: rule: unreadable rule"),
        ('rule = "{1} + {2} = {3.7} + {4}"', 'rule = "{1} = {9}"', "check T3-1: rule: unknown figure {9}"),
        ('rule = "{3.7} = parts{3.7}"', 'rule = "{3.7} = parts{1}"', "3/1/natural is not a total"),
        ('anchor = "3.7"', 'anchor = "3.8"', "check T3-2: anchor"),
        ('code = "T3-2"', 'code = "T3-1"', "checks: T3-1 stands twice"),
        ('rule = "{2} = previous{4}"', 'rule = "{2} = previous{9}"', "check Y-1: rule: unknown figure {9}"),
        ('unless = "previous{4/review/total} > 0"', 'unless = "previous{4}"', "check T4-2: unless: unreadable rule"),
        ('rule = "{amount} < 10000"', 'rule = "stated{t/none}"', "check T2-3: rule: "),
        ("times = 5, least", "tmies = 5, least", "check Y-4: compare: times is missing"),
        ("times = 5, least", "times = 1, least", "check Y-4: compare: times must be 2 or more"),
        ('of = ["3.6.1",', 'of = ["3.6.9",', "comparable 2019: joined 3.6: of names '3.6.9'"),
        ("first_year = 2021", 'first_year = "2021"', "first_year must be int"),
        ('"3.1" = "申请', '"3.99" = "申请', "line 3.1: it has no tip"),
        ('natural = "以个人', 'naturel = "以个人', "column natural: it has no tip"),
        ('"3.1" = "申请的', '"3.7x" = "多余"\n"3.1" = "申请的', "line_tips: line '3.7x' is not in the table"),
        ('"3.1" = "申请', '"3.1" = "' + "长" * 111 + "申请", "line 3.1: tip has"),
        ('line = "2"\nfrom = "4"', 'line = "2"\nfrom = "3.7"', "carried 2: line '3.7' of table '3' has no figure"),
        ('words = "上年现行有效 {} 件"', 'words = "上年现行有效"', "reminder in_force: words must have one {}"),
        ("length = 200", "length = 200\ndecimals = 2", "text t/overview/disclosure: decimals: only an amount"),
        ('declares = "3"', 'declares = "9"', "declares: table '9' is not in the form"),
        ('identity = "year"', 'identity = "code"', "exactly one must have identity"),
    ],
)
def test_wrong_form_file_is_refused_with_a_path_into_it(old: str, new: str, path: str) -> None:
    assert old in SOURCE
    with pytest.raises(FormError) as error:
        read_form(SOURCE.replace(old, new, 1), "forms/2021.toml")
    assert str(error.value).startswith("forms/2021.toml: ")
    assert path in str(error.value)


def test_figures_of_the_printed_form_stand_where_the_official_tables_print_them() -> None:
    slots = layout_of(load_form("2021")).slots
    cells = {
        key: (slots[Key.parse(key)].place.sheet, slots[Key.parse(key)].place.cell)
        for key in (
            "2/regulations/issued",
            "2/fees/amount",
            "3/1/natural",
            "3/4/total",
            "4/review/upheld",
            "4/suit_after_review/total",
        )
    }
    assert cells == {
        "2/regulations/issued": ("表二", "B5"),
        "2/fees/amount": ("表二", "B16"),
        "3/1/natural": ("表三", "D6"),
        "3/4/total": ("表三", "J30"),
        "4/review/upheld": ("表四", "A6"),
        "4/suit_after_review/total": ("表四", "O6"),
    }


def test_labels_and_figures_never_share_a_cell_and_fill_their_rectangle() -> None:
    layout = layout_of(load_form("2021"))
    taken: set[Place] = set()
    for label in layout.labels:
        for row in range(label.row, label.last_row + 1):
            for column in range(label.column, label.last_column + 1):
                place = Place(label.sheet, row, column)
                assert place not in taken, (label, place)
                taken.add(place)
    for slot in layout.slots.values():
        for column in range(slot.place.column, slot.last_column + 1):
            place = Place(slot.place.sheet, slot.place.row, column)
            assert place not in taken
            taken.add(place)
    for table in load_form("2021").tables:
        rows = {place.row for place in taken if place.sheet == table.sheet and place.row != 1}
        columns = {place.column for place in taken if place.sheet == table.sheet}
        printed = [place for place in taken if place.sheet == table.sheet]
        assert len(printed) == len(rows) * len(columns), table.sheet
