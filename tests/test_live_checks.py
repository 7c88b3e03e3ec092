"""A spreadsheet program that recalculates the template says what ``nianbao check`` says of the same return."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

import nianbao
from conftest import Convert, without_results
from nianbao import Form, Identity, Key, Submission
from nianbao.checks import instances
from nianbao.form import editions, explanation_key
from nianbao.layout import layout_of
from nianbao.returns import Demands, Return, judge
from nianbao.rules import Number
from nianbao.submission import with_declared_zeros

FORMS = {edition: nianbao.load_form(edition) for edition in editions()}
# a thorough run takes a minute: NIANBAO_LIVE_RETURNS=200
HOW_MANY = int(os.environ.get("NIANBAO_LIVE_RETURNS", "40"))
Values = dict[Key, Number | None]
Recalculated = tuple[Form, Path, Workbook]


def entries_of(form: Form) -> list[Key]:
    return [key for key, entry in form.entries.items() if entry.filled_in]


def balanced(form: Form, random: Random) -> Values:
    """Figures with which every check that is an error holds."""
    values: Values = {}
    for key in entries_of(form):
        values[key] = random.choice([0, 0, 1, 7])
        if form.entries[key].column.kind == "amount":
            values[key] = Decimal(random.randrange(10**6)).scaleb(-4)
    for key in [key for key in values if key.table == "3" and key.line == "1"]:
        column = [values[other] or 0 for other in values if (other.table, other.column) == ("3", key.column)]
        done = sum(column) - (values[key] or 0) - (values[Key("3", "2", key.column)] or 0)
        values[Key("3", "2", key.column)] = random.randint(0, int(done))
        values[key] = done - (values[Key("3", "2", key.column)] or 0)
    if random.random() < 0.7:
        values |= {key: 0 for key in values if key.line == "regulations"}
    return values


def one_off(values: Values, key: Key, random: Random) -> None:
    values[key] = (values[key] or 0) + random.choice([1, -1, 10])


def blanked(values: Values, key: Key, _: Random) -> None:
    values[key] = None


def spoilt(values: Values, key: Key, random: Random) -> None:
    fraction = Decimal("0.0000001" if key.column == "amount" else "0.5")
    values[key] = fraction if random.random() < 0.5 else -1


def half_filled(values: Values, key: Key, random: Random) -> None:
    """Half of a table is still to do, and one of the figures that are there cannot stand."""
    mine = [other for other in values if other.table == key.table]
    for other in random.sample(mine, k=len(mine) // 2):
        values[other] = None
    spoilt(values, key, random)


SLIPS: list[Callable[[Values, Key, Random], None]] = [one_off, one_off, blanked, spoilt, half_filled]


def random_return(form: Form, seed: int) -> Submission:
    """A return, as often good as bad: slips, blanks, declarations, explanations."""
    random = Random(seed)  # noqa: S311 - figures, not secrets
    values = balanced(form, random)
    for _ in range(random.choice([0, 0, 0, 1, 2, 5])):
        random.choice(SLIPS)(values, random.choice(list(values)), random)
    texts = {}
    for text in form.texts:
        if text.declares and random.random() < 0.4:
            texts[text.key] = random.choice(["是", "否", "否"])
            if texts[text.key] == "否" and random.random() < 0.8:
                values |= {key: random.choice([None, 0]) for key in values if key.table == text.declares}
    for check in form.checks:
        if check.explainable and random.random() < 0.4:
            texts[explanation_key(check.code)] = random.choice(["情况属实", "  ", "　"])
    identity = Identity(form.edition, unit=f"单位{seed}", code=f"{seed:03}", county="悦来县", year=form.first_year)
    return Submission(identity, nianbao.with_totals(form, values), texts=texts)


def cleared(workbook: bytes, seed: int) -> bytes:
    """The workbook after its unit has pressed Delete on some of the cells that hold the template's own formula."""
    random = Random(seed)  # noqa: S311 - cells, not secrets
    share = random.choice([0, 0, 0.2, 1])
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(workbook)) as before, ZipFile(buffer, "w") as after:
        for part in before.infolist():
            data = before.read(part).decode() if part.filename.startswith("xl/worksheets/sheet") else None
            if data is not None:
                formula = r'(<c r="[A-Z]+[0-9]+" s="[0-9]+")><f>IF\([^<]*="否",0,""\)</f><v>[^<]*</v></c>'
                data = re.sub(formula, lambda cell: f"{cell[1]}/>" if random.random() < share else cell[0], data)
            after.writestr(part, before.read(part) if data is None else data.encode())
    return buffer.getvalue()


def judged(file: Path) -> Return:
    reading = nianbao.read(file)
    return judge(file.name, "", None, reading.submission, reading.findings, Demands())


def live_results(sheet: Worksheet) -> dict[tuple[str, str], tuple[str, object]]:
    """What 校验 shows for each check, by code and cell: the result and how far it is out."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    return {(str(row[0]), str(row[5])): (str(row[3]), row[4]) for row in rows if row[0]}


def expected_results(form: Form, read: Submission) -> dict[tuple[str, str], tuple[str, object]]:
    expected: dict[tuple[str, str], tuple[str, object]] = {}
    for one in instances(form, with_declared_zeros(form, read)):
        place = layout_of(form).slots[one.rule.anchor].place
        explained = one.explained and one.check.explainable
        word = {True: "通过", None: "未填完", False: "已说明" if explained else "不通过"}[one.verdict]
        apart = None
        if one.verdict is False and one.difference is not None:
            apart = float(abs(Decimal(one.difference)))
        expected[one.code, f"{place.sheet} {place.cell}"] = (word, apart)
    return expected


@pytest.fixture(scope="module")
def recalculated(convert: Convert, tmp_path_factory: pytest.TempPathFactory) -> list[Recalculated]:
    folder = tmp_path_factory.mktemp("live")
    files, forms = [], []
    for seed in range(HOW_MANY):
        form = FORMS["2019" if seed % 4 == 3 else "2021"]
        files.append(folder / f"{seed:04}.xlsx")
        written = nianbao.write_template(form, random_return(form, seed))
        files[-1].write_bytes(without_results(cleared(written, seed)))
        forms.append(form)
    again = folder / "again"
    again.mkdir()
    saved = convert(files, "xlsx", again)
    return [(form, file, load_workbook(file, data_only=True)) for form, file in zip(forms, saved, strict=True)]


def test_every_live_check_gives_the_verdict_of_check(recalculated: list[Recalculated]) -> None:
    seen: set[str] = set()
    for form, file, book in recalculated:
        read = nianbao.read(file).submission
        assert read is not None
        sheet = book["校验"]
        expected = expected_results(form, sane(form, read, random_return(form, int(file.stem))))
        live = {name: (word, gap or None) for name, (word, gap) in live_results(sheet).items()}
        assert live == expected, file.name
        seen |= {word for word, _ in expected.values()}
    assert seen == {"通过", "不通过", "未填完", "已说明"}


def sane(form: Form, read: Submission, sent: Submission) -> Submission:
    """The return as the spreadsheet sees it: a figure that the reader refuses is a number to a formula all the same."""
    values = {key: sent.values[key] if read.values[key] is None else read.values[key] for key in entries_of(form)}
    return Submission(read.identity, nianbao.with_totals(form, values), texts=read.texts)


def test_cover_says_that_a_return_can_be_handed_in_exactly_when_it_is_accepted(
    recalculated: list[Recalculated],
) -> None:
    statuses = set()
    for _, file, book in recalculated:
        said = str(book["封面"]["A3"].value)
        one = judged(file)
        assert said.startswith("可以上报") == (one.status == "accepted"), (file.name, said, one.findings)
        assert said.startswith(("可以上报", "还不能上报：")), said
        statuses.add(one.status)
    assert statuses == {"accepted", "flagged"}


def test_results_stored_in_the_file_are_the_ones_that_a_program_calculates(
    recalculated: list[Recalculated],
) -> None:
    for form, file, calculated in recalculated:
        stored = load_workbook(
            io.BytesIO(nianbao.write_template(form, random_return(form, int(file.stem)))), data_only=True
        )
        for sheet in stored.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    again = calculated[sheet.title][cell.coordinate].value
                    assert (cell.value or None) == (again or None), (file.name, sheet.title, cell.coordinate)
