"""The corpus: every case is accepted, flagged or rejected as it should be, and no figure is ever a shifted one."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from nianbao.excel.reader import read_return
from nianbao.figures import Key
from nianbao.returns import Demands, Return, judge

CORPUS = Path(__file__).parent / "corpus"
sys.path.insert(0, str(CORPUS))  # the corpus is no package, and its scripts run by themselves

from foreign import rejected  # noqa: E402
from harmless import accepted  # noqa: E402
from mutate import BASE, FIGURES, FORM, SHEETS, Case, cell, package, parts_of  # noqa: E402
from spoilt import flagged  # noqa: E402

# the cases that change a figure of the base on purpose, and which
CHANGED = {"stored-id-number.xlsx": {"3/2/natural"}, "cell-stored-twice.xlsx": {"3/2/natural"}}


def kept(folder: str) -> list[Case]:
    """The cases that are files: no script can make them, or none needs to any more."""
    paths = sorted((CORPUS / folder).glob("*"))
    return [Case(folder, path.name, path.read_bytes) for path in paths]


def judged(data: bytes, password: str | None = None) -> Return:
    reading = read_return(data, password)
    return judge("a.xlsx", "", None, reading.submission, reading.findings, Demands())


def name_of(case: Case) -> str:
    return case.name


def dependents(keys: set[str]) -> set[Key]:
    """The figures and every total that they are part of."""
    known = {Key.parse(key) for key in keys}
    while True:
        more = {key for key, entry in FORM.entries.items() if known & set(entry.parts)} - known
        if not more:
            return known
        known |= more


@pytest.mark.parametrize("case", [*accepted(), *kept("should-accept")], ids=name_of)
def test_harmless_variants_are_accepted_with_the_same_values(case: Case) -> None:
    one = judged(case.make())
    assert one.status == "accepted", [finding for finding in one.findings if finding.severity == "error"]
    assert one.submission is not None
    assert dict(one.submission.values) == FIGURES
    assert one.unit_name == "教育局"


@pytest.mark.parametrize("case", [*flagged(), *kept("should-flag")], ids=name_of)
def test_what_is_wrong_is_flagged_with_its_cell_and_every_figure_that_is_read_is_the_one_that_was_reported(
    case: Case,
) -> None:
    one = judged(case.make())
    assert one.submission is not None, one.findings
    bad = [finding for finding in one.findings if finding.severity != "note"]
    if case.cell is not None:
        assert case.cell in {f"{finding.sheet}!{finding.cell}" for finding in bad}
    else:
        assert one.status == "flagged"
    spared = dependents(CHANGED.get(case.name, set()))
    shifted = {
        str(key): value
        for key, value in one.submission.values.items()
        if value is not None and value != FIGURES[key] and key not in spared
    }
    assert shifted == {}
    assert all(finding.message.endswith("。") for finding in one.findings)


@pytest.mark.parametrize("case", [*rejected(), *kept("should-reject")], ids=name_of)
def test_what_is_no_return_is_rejected_with_one_plain_sentence(case: Case) -> None:
    one = judged(case.make())
    assert one.status == "rejected"
    (finding,) = one.findings
    assert finding.severity == "error"
    assert finding.hint
    assert finding.message.endswith("。")
    assert "读不出来" not in finding.message, "nobody foresaw this one"


def test_a_password_opens_what_it_was_set_on() -> None:
    data = next(case for case in rejected() if case.name == "password-agile.xlsx").make()
    assert "密码" in judged(data).findings[0].message
    assert "不对" in judged(data, "wrong").findings[0].message
    one = judged(data, "secret")
    assert one.status == "accepted"
    assert one.submission is not None
    assert dict(one.submission.values) == FIGURES


def test_a_total_with_another_formula_and_no_result_is_noted_and_recomputed() -> None:
    one = judged(cell("表三!J7", "<f>SUM(D7:E7)</f>")())
    notes = [(note.code, note.severity) for note in one.findings if (note.sheet, note.cell) == ("表三", "J7")]
    assert notes == [("V-4", "note")]
    assert one.submission is not None
    assert dict(one.submission.values) == FIGURES


def test_a_total_of_totals_that_was_typed_over_names_their_recomputed_values_though_none_is_stored() -> None:
    parts = parts_of(BASE)
    three = parts[SHEETS["表三"]].decode()
    three = re.sub(r"(<c r=\"[A-I]29\"[^>]*><f>[^<]*</f>)<v>[^<]*</v>", r"\1", three)
    parts[SHEETS["表三"]] = re.sub(r'<c r="J29"[^>]*>.*?</c>', '<c r="J29"><v>9999</v></c>', three).encode()
    one = judged(package(parts))
    typed_over = next(finding for finding in one.findings if finding.cell == "J29")
    assert typed_over.code == "V-4"
    assert [item.value for item in typed_over.related] == [str(FIGURES[item.key]) for item in typed_over.related]
