"""A published report proofread: its tables by every check of the form, its text against its tables, its structure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from nianbao.checks import check, label_of, text_of
from nianbao.figures import Key
from nianbao.findings import Finding, Related
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
    """Figures that a report is compared with: a workbook's or last year's, and what they are called."""

    name: str
    form: Form
    values: Values


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
        *_checked(report),
        *structure_findings(report.prose, report.zones.text, report.tables, report.body),
        *(_finding(one) for one in statements if one.verdict == "disagrees"),
    ]
    if workbook is not None:
        findings.extend(_against(report.form, values, workbook))
    if previous is not None:
        findings.extend(_carried(report.form, values, previous))
    return Proof(file, report, tuple(finding.of(file, report.body.name) for finding in findings), statements)


def submission_of(report: Report) -> Submission:
    """The printed figures, totals as printed too, as a submission."""
    identity = Identity(report.form.edition, unit=report.body.name, year=report.year, level=report.body.level)
    return Submission(identity, report.tables.values)


def _checked(report: Report) -> Iterator[Finding]:
    """The form's own checks on the printed figures; cells of a template mean nothing here and are left out."""
    printed = report.tables.printed
    for finding in check(report.form, submission_of(report)):
        place = printed[finding.key].place if finding.key in printed else ""
        message = finding.message.replace(f"（{finding.cell}）", f"（{place}）" if place else "")
        related = tuple(replace(one, cell=None) for one in finding.related)
        hint = (
            "请核对有关各栏，改正后重新公布。"
            if finding.severity == "error"
            else "请核对；情况属实的，可以在报告里说明。"
        )
        yield replace(finding, message=message, cell=None, related=related, hint=hint)


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
    if form.edition != other.form.edition:
        message = f"“{other.name}”是 {other.form.edition} 年版，报告的表是 {form.edition} 年版，不能逐格核对。"
        yield Finding("R-1", "error", message, found=form.edition, expected=other.form.edition)
        return
    for key in form.entries:
        printed, wanted = values.get(key), other.values.get(key)
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


def _carried(form: Form, values: Values, previous: Other) -> Iterator[Finding]:
    """What was carried into the year against what last year carried out (Y-1), column by column."""
    columns = next(table for table in form.tables if table.key == "3").blocks[0].columns
    for column in columns:
        here, there = Key("3", "2", column.key), Key("3", "4", column.key)
        now, then = values.get(here), previous.values.get(there)
        if now is None or then is None or now == then:
            continue
        yield Finding(
            "Y-1",
            "error",
            f"{label_of(form, here)}：上年结转为 {text_of(now)}，"
            f"“{previous.name}”的结转下年度继续办理为 {text_of(then)}。",
            "上年结转应等于上一年度报告的“结转下年度继续办理”；情况属实的，请说明原因。",
            sheet="表三",
            key=here,
            found=text_of(now),
            expected=text_of(then),
            related=(Related(there, "表三", None, text_of(then)),),
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
