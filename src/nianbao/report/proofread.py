"""A published report proofread: its tables by every check of the form, its text against its tables, its structure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from nianbao.checks import check, label_of, text_of
from nianbao.findings import Finding
from nianbao.form import Form
from nianbao.report.document import Document
from nianbao.report.prose import Prose, read_prose
from nianbao.report.statements import Judge, Statement
from nianbao.report.structure import Body, body_of, structure_findings
from nianbao.report.sums import statements_in
from nianbao.report.tables import TablesReading, read_tables
from nianbao.report.tokens import Zones, zones_of
from nianbao.rules import Number
from nianbao.submission import Identity, Submission, Values
from nianbao.wording import plain

_FEE = "t/fee/notices"


@dataclass(frozen=True, slots=True)
class Report:
    """What a published report says: tables, text, whose it is."""

    zones: Zones
    tables: TablesReading
    prose: Prose
    body: Body

    @property
    def form(self) -> Form:
        """The edition of its tables."""
        return self.tables.form

    @property
    def year(self) -> int | None:
        """The year it reports on."""
        return self.prose.year


@dataclass(frozen=True, slots=True)
class Other:
    """What a report is compared with: a workbook's figures or last year's, and what they are called."""

    name: str
    submission: Submission


@dataclass(frozen=True, slots=True)
class Proof:
    """A report with everything that proofreading found."""

    file: str
    report: Report
    findings: tuple[Finding, ...]
    statements: tuple[Statement, ...]

    @property
    def clean(self) -> bool:
        """No error, and nothing that disagrees."""
        wrong = any(finding.severity == "error" for finding in self.findings)
        return not wrong and all(one.verdict != "disagrees" for one in self.statements)


def read_published(document: Document) -> Report:
    """What a document says, if it is a report."""
    zones = zones_of(document)
    prose = read_prose(zones.text)
    return Report(zones, read_tables(zones), prose, body_of(prose))


def proofread(file: str, report: Report, *, workbook: Other | None = None, previous: Other | None = None) -> Proof:
    """Every check on a report, and its tables against a workbook's or last year's figures where they are given."""
    values = report.tables.values
    title = report.prose.title.text if report.prose.title is not None else ""
    judge = Judge(values, report.year, title)
    statements = statements_in(tuple(report.prose.sentences()), judge)
    findings = [
        *report.tables.findings,
        *_checked(report, previous),
        *structure_findings(report.prose, report.zones.text, report.tables, report.body),
        *(_finding(one) for one in statements if one.verdict == "disagrees"),
    ]
    if workbook is not None:
        findings.extend(_against(report.form, values, workbook))
    return Proof(file, report, tuple(finding.of(file, report.body.name) for finding in findings), statements)


def submission_of(report: Report) -> Submission:
    """The printed figures, totals as printed too, as a submission; a fee that section six speaks of is stated."""
    identity = Identity(report.form.edition, unit=report.body.name, year=report.year, level=report.body.level)
    six = "".join(plain(paragraph.text) for paragraph in report.prose.sections.get("six", ()))
    texts = {_FEE: six} if re.search(r"信息处理费|收费|收取", six) else {}
    return Submission(identity, report.tables.values, texts=texts)


def _checked(report: Report, previous: Other | None) -> Iterator[Finding]:
    """The form's own checks on the printed figures; cells of a template mean nothing here and are left out."""
    printed = report.tables.printed
    last = None if previous is None else previous.submission
    for finding in check(report.form, submission_of(report), last):
        place = printed[finding.key].place if finding.key in printed else ""
        message = finding.message.replace(f"（{finding.cell}）", f"（{place}）" if place else "")
        related = tuple(replace(one, cell=None) for one in finding.related)
        hint = (
            "请核对有关各栏，改正后重新公布。"
            if finding.severity == "error"
            else "请核对；情况属实的，可以在报告里说明。"
        )
        suspect = None if finding.suspect is None else replace(finding.suspect, cell=None)
        yield replace(finding, message=message, cell=None, related=related, suspect=suspect, hint=hint)


def _finding(one: Statement) -> Finding:
    quoted = one.text if len(one.text) <= 80 else one.text[:80] + "……"
    about = f"{one.name} " if one.name else ""
    expected = "" if one.expected is None else f"应为 {text_of(one.expected)}，"
    return Finding(
        code=one.code,
        severity="warning",
        message=f"{one.place}“{quoted}”：{about}{text_of(one.value)}，{expected}{one.reason}。",
        hint="请核对正文和表格，改正其中一处。",
        key=one.key,
        found=text_of(one.value),
        expected=text_of(one.expected),
    )


def _against(form: Form, values: Values, other: Other) -> Iterator[Finding]:
    """Published figures against consolidated ones, cell by cell."""
    edition = other.submission.identity.edition
    if form.edition != edition:
        message = f"“{other.name}”是 {edition} 年版，报告的表是 {form.edition} 年版，不能逐格核对。"
        yield Finding("R-1", "error", message, found=form.edition, expected=edition)
        return
    for key in form.entries:
        printed, wanted = values.get(key), other.submission.values.get(key)
        if printed is None or wanted is None or printed == wanted:
            continue
        table = next(table.sheet for table in form.tables if table.key == key.table)
        yield Finding(
            "R-1",
            "error",
            f"{label_of(form, key)}：报告里是 {text_of(printed)}，“{other.name}”里是 {text_of(wanted)}。",
            "请以核定的数为准，改正另一处。",
            sheet=table,
            key=key,
            found=text_of(printed),
            expected=text_of(wanted),
        )


def proof_json(proof: Proof) -> dict[str, Any]:
    """A proof as scripts read it."""
    from nianbao.interchange import figures_json, finding_json

    return {
        "file": proof.file,
        "edition": proof.report.form.edition if proof.report.tables.printed else None,
        "year": proof.report.year,
        "unit": proof.report.body.name,
        "figures": figures_json(proof.report.tables.values),
        "findings": [finding_json(finding) for finding in proof.findings],
        "statements": [_statement_json(one) for one in proof.statements],
    }


def _statement_json(one: Statement) -> dict[str, Any]:
    return {
        "text": one.text,
        "place": one.place,
        "value": _number(one.value),
        "key": None if one.key is None else str(one.key),
        "expected": _number(one.expected),
        "verdict": one.verdict,
        "reason": one.reason,
        "code": one.code,
        "what": one.name or None,
    }


def _number(value: Number | None) -> int | str | None:
    return value if isinstance(value, int) else text_of(value)
