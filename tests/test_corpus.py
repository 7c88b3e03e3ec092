"""The corpus: every file in it is accepted, flagged or rejected as its folder says, and no figure is ever shifted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nianbao.excel.reader import read_return
from nianbao.figures import Key
from nianbao.returns import Demands, Return, judge

CORPUS = Path(__file__).parent / "corpus"
sys.path.insert(0, str(CORPUS))

import build  # noqa: E402 - the corpus' own script is no package

ACCEPT, FLAG, REJECT = (sorted((CORPUS / f"should-{verdict}").iterdir()) for verdict in ("accept", "flag", "reject"))
CELLS = {case.name: case.cell for case in build.flagged() if case.cell is not None}
# the cases that change a figure of the base on purpose, and which
CHANGED = {
    "stored-id-number.xlsx": {"3/2/natural"},
    "cell-stored-twice.xlsx": {"3/2/natural"},
    "declared-none-but-filled.xlsx": set[str](),
}


def judged(path: Path, password: str | None = None) -> Return:
    reading = read_return(path.read_bytes(), password)
    return judge(path.name, "", None, reading.submission, reading.findings, Demands())


def ids(path: Path) -> str:
    return path.name


def dependents(keys: set[str]) -> set[Key]:
    """The figures and every total that they are part of."""
    known = {Key.parse(key) for key in keys}
    while True:
        more = {key for key, entry in build.FORM.entries.items() if known & set(entry.parts)} - known
        if not more:
            return known
        known |= more


@pytest.mark.parametrize("path", ACCEPT, ids=ids)
def test_harmless_variants_are_accepted_with_the_same_values(path: Path) -> None:
    one = judged(path)
    assert one.status == "accepted", [finding for finding in one.findings if finding.severity == "error"]
    assert one.submission is not None
    assert dict(one.submission.values) == build.FIGURES
    assert one.unit_name == "教育局"


@pytest.mark.parametrize("path", FLAG, ids=ids)
def test_what_is_wrong_is_flagged_with_its_cell_and_every_figure_that_is_read_is_the_one_that_was_reported(
    path: Path,
) -> None:
    one = judged(path)
    assert one.submission is not None, one.findings
    bad = [finding for finding in one.findings if finding.severity != "note"]
    assert bad
    if path.name in CELLS:
        assert CELLS[path.name] in {f"{finding.sheet}!{finding.cell}" for finding in bad}
    else:
        assert one.status == "flagged"
    spared = dependents(CHANGED.get(path.name, set()))
    shifted = {
        str(key): value
        for key, value in one.submission.values.items()
        if value is not None and value != build.FIGURES[key] and key not in spared
    }
    assert shifted == {}
    assert all(finding.message.endswith("。") for finding in one.findings)


@pytest.mark.parametrize("path", REJECT, ids=ids)
def test_what_is_no_return_is_rejected_with_one_plain_sentence(path: Path) -> None:
    one = judged(path)
    assert one.status == "rejected"
    (finding,) = one.findings
    assert finding.severity == "error"
    assert finding.hint
    assert finding.message.endswith("。")
    assert "意外" not in finding.message
    assert "读不出来" not in finding.message, "nobody foresaw this one"


def test_a_password_opens_what_it_was_set_on() -> None:
    path = CORPUS / "should-reject" / "password-agile.xlsx"
    assert "密码" in judged(path).findings[0].message
    assert "不对" in judged(path, "wrong").findings[0].message
    one = judged(path, "secret")
    assert one.status == "accepted"
    assert one.submission is not None
    assert dict(one.submission.values) == build.FIGURES


def test_the_corpus_is_what_its_script_builds() -> None:
    for case in build.cases():
        assert (CORPUS / case.folder / case.name).exists(), f"run python tests/corpus/build.py: {case.name} is missing"
