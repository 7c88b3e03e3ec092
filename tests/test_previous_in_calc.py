"""A template that knows last year: its live checks, recalculated by LibreOffice, are the verdicts of check."""

import random
from pathlib import Path

from openpyxl import load_workbook

from conftest import Convert
from nianbao.checks import instances
from nianbao.excel.writer import write_template
from nianbao.figures import Key
from nianbao.form import explanation_key, load_form
from nianbao.layout import layout_of
from nianbao.rules import Number
from nianbao.submission import Identity, Submission, with_totals

FORM = load_form("2021")
WORDS = {True: "通过", False: "不通过", None: "未填完"}


def random_return(year: int, chance: random.Random) -> Submission:
    """Small figures, so that rules hold and break about equally often; some blanks, texts and explanations."""
    figures: dict[Key, Number | None] = {
        key: chance.choice((0, 0, 0, 1)) for key, entry in FORM.entries.items() if entry.filled_in
    }
    for key in chance.sample(sorted(figures), k=2):
        figures[key] = None
    texts = {key: "有" for key in ("t/fee/notices", explanation_key("Y-1")) if chance.random() < 0.5}
    return Submission(Identity("2021", unit="教育局", year=year), with_totals(FORM, figures), texts=texts)


def test_live_checks_with_last_year_agree_with_the_python_voice(convert: Convert, tmp_path: Path) -> None:
    chance = random.Random(2021)  # noqa: S311 - figures, not secrets
    returns = [(random_return(2022, chance), random_return(2021, chance)) for _ in range(12)]
    files = []
    for number, (now, last) in enumerate(returns):
        files.append(tmp_path / f"{number}.xlsx")
        # the figures are typed by another program, which also drops every stored result
        blank = Submission(now.identity, {}, texts=now.texts)
        files[-1].write_bytes(write_template(FORM, blank, previous=last))
        book = load_workbook(files[-1])
        for key, entry in FORM.entries.items():
            if entry.filled_in:
                place = layout_of(FORM).slots[key].place
                book[place.sheet][place.cell].value = now.values[key]
        book.save(files[-1])
    seen: set[tuple[str, str]] = set()
    for file, (now, last) in zip(convert(files, "xlsx", tmp_path / "out"), returns, strict=True):
        sheet = load_workbook(file, data_only=True)["校验"]
        live = [(sheet.cell(row, 1).value, sheet.cell(row, 4).value) for row in range(4, sheet.max_row + 1)]
        meant = []
        for one in instances(FORM, now, last):
            explained = one.verdict is False and one.explained and one.check.explainable
            meant.append((one.code, "已说明" if explained else WORDS[one.verdict]))
        assert [pair for pair in live if pair[0]] == meant
        seen.update(meant)
    for code in ("Y-1", "Y-2", "Y-3", "T4-2", "T3-4"):
        assert {(code, "通过"), (code, "不通过")} <= seen, code
    assert ("Y-1", "已说明") in seen
