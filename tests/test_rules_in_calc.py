"""One rule, two voices: on random figures Python and LibreOffice, really recalculating, come to the same verdict."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import load_workbook

from conftest import Convert
from nianbao.figures import Key, column_name
from nianbao.form import Column, editions, load_form
from nianbao.rules import (
    Number,
    Operation,
    amount_of,
    figures_in,
    holds,
    last_year_in,
    parse_rule,
    sum_of,
    texts_in,
    total_formula,
    verdict_formula,
)

SETS = 150
SENTINEL = "没有重算"
COUNTS: tuple[Number, ...] = (0, 0, 0, 1, 1, 2, 3, 7, 9, 10, 99, 100, 12345, 10**9)
AMOUNTS: tuple[Number, ...] = tuple(
    Decimal(text) for text in ("0", "0.1", "0.2", "0.3", "46.2697", "0.000001", "123456.789012", "99999")
)
COUNT = Column("count", ())
AMOUNT = Column("amount", (), kind="amount", decimals=6)
# the forms' own rules use few of the operators on amounts, and none on the smallest step
LANGUAGE = (
    "{a} + {b} = {c}",
    "{a} - {b} = {c}",
    "{a} - ({b} + {c}) <= 0.000001",
    "{a} <> {b} + {c}",
    "{a} * 3 > {b} and {b} >= {c}",
    "{a} < {b} * 0.1 or {b} < {c} * 2 - 1",
    "({a} + {b}) * 2 >= {c} - 0.3",
    "{a} = {b} and {b} = {c} or {a} + {b} > {c} * 10",
    "{a} = previous{a} + {b} - {c}",
    "{a} >= previous{b} * 2 or previous{a} > {b}",
    "{a} <= {b} or stated{t/fee}",
    "stated{t/fee} and previous{a} < {c}",
)
LAST_YEAR, TEXT = "last year's ", "text"
Values = dict[Key, Number | None]


@dataclass(frozen=True)
class Subject:
    """What is put to both voices: its figures, what it says in Excel at given cells, what it means in Python."""

    name: str
    columns: Mapping[Key, Column]
    excel: Callable[[Callable[[Key], str], Callable[[Key], str | None]], str]
    meaning: Callable[[Values], bool | Number | None]


@dataclass(frozen=True)
class Trial:
    """One row: what stands in the cells, whether the table is declared empty, and what Python makes of it."""

    cells: tuple[Number | str | None, ...]
    declared: bool
    expected: bool | Number | str


def was(key: Key) -> Key:
    """The column of last year's figure; the one of a text is ``Key(TEXT, name, "")``."""
    return Key(LAST_YEAR + key.table, key.line, key.column)


def rule_subject(name: str, expression: Operation, columns: Mapping[Key, Column]) -> Subject:
    known, texts = last_year_in(expression), texts_in(expression)

    def excel(address: Callable[[Key], str], declaration: Callable[[Key], str | None]) -> str:
        return verdict_formula(
            expression,
            address,
            declaration,
            lambda key: address(was(key)),
            lambda text: address(Key(TEXT, text, "")),
        )

    def meaning(values: Values) -> bool | None:
        last_year = {key: values[was(key)] for key in known}
        written = {text: " " if values[Key(TEXT, text, "")] == 0 else "有" for text in texts}
        return holds(expression, values, last_year, written)

    wanted = {key: columns[key] for key in figures_in(expression)}
    wanted |= {was(key): columns[key] for key in known} | {Key(TEXT, text, ""): COUNT for text in texts}
    return Subject(name, wanted, excel, meaning)


def total_subject(name: str, parts: tuple[Key, ...], column: Column) -> Subject:
    return Subject(name, dict.fromkeys(parts, column), partial(total_formula, parts), partial(amount_of, sum_of(parts)))


def subjects_of_form(edition: str) -> list[Subject]:
    """Every rule of every check, and every total."""
    form = load_form(edition)
    columns = {key: entry.column for key, entry in form.entries.items()}
    rules = [(rule, f"{check.code} {rule.anchor}") for check in form.checks for rule in check.rules]
    totals = [(key, entry) for key, entry in form.entries.items() if entry.parts]
    return [
        *(rule_subject(name, rule.expression, columns) for rule, name in rules),
        *(total_subject(f"total {key}", entry.parts, entry.column) for key, entry in totals),
    ]


def subjects_of_language() -> list[Subject]:
    """Every operator on counts and on amounts, and totals of amounts."""
    keys = [Key("t", "l", name) for name in "abc"]
    found = []
    for column in (COUNT, AMOUNT):
        columns = dict.fromkeys(keys, column)
        for text in LANGUAGE:
            rule = parse_rule(text, lambda name: Key("t", "l", name), lambda _: ())
            found.append(rule_subject(f"{text} ({column.key})", rule, columns))
    return [*found, total_subject("total of amounts", tuple(keys), AMOUNT)]


def step_of(column: Column) -> Number:
    return Decimal("0.000001") if column.kind == "amount" else 1


def figure_set(subject: Subject, chance: random.Random) -> Values:
    """Random figures with many ties; often one of them is the sum of others, or misses it by the smallest step."""
    keys = [key for key in subject.columns if key.table != TEXT]
    values: dict[Key, Number] = {}
    for key, column in subject.columns.items():
        choices: tuple[Number, ...] = AMOUNTS if column.kind == "amount" else COUNTS
        values[key] = chance.choice((0, 1) if key.table == TEXT else choices)
        if column.signed and chance.random() < 0.3:
            values[key] = -values[key]
    if len(keys) > 1 and chance.random() < 0.6:
        whole = chance.choice(keys)
        rest = [values[key] for key in keys if key != whole]
        parts = chance.sample(rest, k=chance.choice((1, len(rest))))
        step = step_of(subject.columns[whole]) * chance.choice((0, 0, 1, -1))
        wanted: Number = sum(parts, start=step)
        values[whole] = max(wanted, wanted * 0)
    return {**values}


def repaired(subject: Subject, values: Values) -> Values:
    """The figures with one changed so that the rule just holds, where a simple change can do that."""
    for key, value in values.items():
        others = [other for one, other in values.items() if one != key and other is not None]
        for wanted in (0, 1, *others, sum(others[1:], start=others[0]) if others else 0):
            if value is not None and key.table != TEXT and subject.meaning({**values, key: wanted}) is True:
                return {**values, key: wanted}
    return values


def trials_of(subject: Subject) -> list[Trial]:
    chance = random.Random(subject.name)  # noqa: S311 - figures, not secrets; the same ones every time
    trials = []
    for _ in range(SETS):
        values = figure_set(subject, chance)
        if subject.meaning(values) is False and chance.random() < 0.5:
            values = repaired(subject, values)
        figures = [key for key in values if key.table != TEXT]
        if chance.random() < 0.2:
            values[chance.choice(figures)] = None
        if chance.random() < 0.05:
            values |= dict.fromkeys(figures)
        declared = chance.random() < 0.2
        # a declaration makes zeros of this year's blanks: that is what the submission then holds
        zeros = {key for key in figures if declared and not key.table.startswith(LAST_YEAR)}
        read = {key: 0 if value is None and key in zeros else value for key, value in values.items()}
        meant = subject.meaning(read)
        cells = tuple(_typed(key, value, chance, blank=key in zeros) for key, value in values.items())
        trials.append(Trial(cells, declared, "" if meant is None else meant))
    return trials


def _typed(key: Key, value: Number | None, chance: random.Random, *, blank: bool) -> Number | str | None:
    if key.table == TEXT:
        return chance.choice((None, "", " ", "　")) if value == 0 else "收费通知 3 件"
    return chance.choice((None, None, "无", "/")) if value is None and not blank else value


@dataclass
class Sheet:
    """The addresses of one row of a subject's sheet: figures, then the declaration, then the formula."""

    subject: Subject
    row: int
    columns: dict[Key, str] = field(init=False)

    def __post_init__(self) -> None:
        self.columns = {key: column_name(index) for index, key in enumerate(self.subject.columns)}

    def address(self, key: Key) -> str:
        return f"{self.columns[key]}{self.row + 1}"

    def declaration(self, _: Key) -> str:
        return f"{column_name(len(self.columns))}{self.row + 1}"

    @property
    def formula(self) -> str:
        return "=" + self.subject.excel(self.address, self.declaration)


def write(path: Path, put: list[tuple[Subject, list[Trial]]]) -> None:
    """A sheet for each subject, a row for each trial; every formula with a wrong cached result."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        for number, (subject, trials) in enumerate(put):
            sheet = book.add_worksheet(f"s{number}")
            last = len(subject.columns)
            for row, trial in enumerate(trials):
                for column, cell in enumerate(trial.cells):
                    if isinstance(cell, str):
                        sheet.write_string(row, column, cell)
                    elif cell is not None:
                        sheet.write_number(row, column, float(cell))
                if trial.declared:
                    sheet.write_string(row, last, "已声明")
                sheet.write_formula(row, last + 1, Sheet(subject, row).formula, None, SENTINEL)


@pytest.fixture(params=[*editions(), "language"])
def subjects(request: pytest.FixtureRequest) -> list[Subject]:
    return subjects_of_language() if request.param == "language" else subjects_of_form(request.param)


def test_python_and_libreoffice_agree(subjects: list[Subject], convert: Convert, tmp_path: Path) -> None:
    put = [(subject, trials_of(subject)) for subject in subjects]
    write(tmp_path / "rules.xlsx", put)
    before = load_workbook(tmp_path / "rules.xlsx", data_only=True)
    assert before["s0"].cell(1, len(put[0][0].columns) + 2).value == SENTINEL
    (recalculated,) = convert([tmp_path / "rules.xlsx"], "xlsx", tmp_path / "out")
    book = load_workbook(recalculated, data_only=True)
    for number, (subject, trials) in enumerate(put):
        sheet = book[f"s{number}"]
        for row, trial in enumerate(trials, 1):
            result = sheet.cell(row, len(subject.columns) + 2).value
            assert result != SENTINEL, "LibreOffice did not recalculate"
            found = Decimal(f"{result:.15g}") if isinstance(result, float) else "" if result is None else result
            assert isinstance(found, bool) == isinstance(trial.expected, bool), (subject.name, trial, found)
            assert found == trial.expected, (subject.name, trial, found)


def test_the_figure_sets_make_every_rule_hold_fail_and_stay_undecided(subjects: list[Subject]) -> None:
    for subject in subjects:
        verdicts = [trial.expected for trial in trials_of(subject)]
        if not subject.name.startswith("total"):
            assert min(verdicts.count(verdict) for verdict in (True, False, "")) >= 3, subject.name
