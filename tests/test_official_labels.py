"""The form against a published report: the same labels in the same places, the same figures, every check passed."""

import pytest

from nianbao import Key, load_form
from nianbao.checks import check, instances
from nianbao.form import Table
from nianbao.layout import TITLE_ROWS, Label, layout_of
from nianbao.rules import Number
from nianbao.submission import Identity, Submission, Values, with_totals
from oracle import PrintedLabel, printed_labels, printed_tables, published_figures

FORM = load_form("2021")
LAYOUT = layout_of(FORM)
TABLES = {table.key: table for table in FORM.tables}


def labels_on(table: Table) -> list[Label]:
    return [label for label in LAYOUT.labels if label.sheet == table.sheet]


def as_printed(label: Label) -> PrintedLabel:
    """The label with its rows counted from the table's first, below the title and the line for unit and year."""
    return PrintedLabel(
        label.text, label.row - TITLE_ROWS, label.column, label.last_row - TITLE_ROWS, label.last_column
    )


def submission_of(values: Values) -> Submission:
    identity = Identity("2021", unit="桦川县", county="桦川县", year=2021)
    return Submission(identity, with_totals(FORM, values))


def published() -> dict[Key, Number | None]:
    return {Key.parse(name): value for name, value in published_figures().items()}


def test_form_has_the_three_tables_of_the_published_report_under_their_titles() -> None:
    titles = {key: [label.text for label in labels_on(table) if label.row == 0] for key, table in TABLES.items()}
    assert titles == {key: [table.title] for key, table in printed_tables().items()}


@pytest.mark.parametrize("table", ["2", "3", "4"])
def test_labels_are_the_printed_ones_in_printed_order(table: str) -> None:
    texts = [label.text for label in labels_on(TABLES[table]) if label.row > 0]
    assert texts == [label.text for label in printed_labels()[table]]


@pytest.mark.parametrize("table", ["2", "3", "4"])
def test_labels_span_the_rows_and_columns_that_the_published_tables_merge(table: str) -> None:
    labels = [as_printed(label) for label in labels_on(TABLES[table]) if label.row > 0]
    assert labels == list(printed_labels()[table])


@pytest.mark.parametrize("table", ["2", "3", "4"])
def test_tables_are_as_wide_as_published(table: str) -> None:
    assert LAYOUT.widths[table] == printed_tables()[table].width


def test_keys_of_the_form_are_exactly_the_200_published_figures() -> None:
    assert len(published_figures()) == 200
    assert {str(key) for key in FORM.entries} == set(published_figures())
    assert set(LAYOUT.slots) == set(FORM.entries)


def test_every_figure_stands_in_the_cell_in_which_it_was_published() -> None:
    places = {
        str(key): (slot.place.sheet, slot.place.row - TITLE_ROWS, slot.place.column, slot.last_column)
        for key, slot in LAYOUT.slots.items()
    }
    assert places == {
        key: (TABLES[table].sheet, figure.row, figure.column, figure.last_column)
        for table, printed in printed_tables().items()
        for key, figure in printed.figures.items()
    }


def test_published_totals_are_the_recomputed_ones() -> None:
    entries = {key: value for key, value in published().items() if FORM.entries[key].filled_in}
    assert len(entries) == 166
    assert with_totals(FORM, entries) == published()


def test_published_figures_pass_every_check_and_leave_none_undecided() -> None:
    submission = submission_of(published())
    assert check(FORM, submission) == ()
    confronted = list(instances(FORM, submission))
    assert {one.code for one in confronted} == {one.code for one in FORM.checks if not one.code.startswith("Y-")}
    assert [one.code for one in confronted if one.verdict is not True] == []


def test_published_figures_with_one_application_more_would_not_pass() -> None:
    changed = published() | {Key.parse("3/1/natural"): 5}
    assert {finding.code for finding in check(FORM, submission_of(changed))} == {"T3-1"}
