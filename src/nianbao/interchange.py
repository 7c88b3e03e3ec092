"""The answers of nianbao as JSON values, as scripts and other offices' tools read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from nianbao.adjustments import Adjustment
from nianbao.checks import label_of, text_of
from nianbao.consolidation import Consolidation
from nianbao.figures import Key
from nianbao.findings import Finding
from nianbao.form import Check, Form
from nianbao.layout import layout_of
from nianbao.returns import Return
from nianbao.roster import Unit
from nianbao.rules import Number, figures_in, verdict_formula
from nianbao.submission import Values

if TYPE_CHECKING:
    from nianbao.excel.county.reading import CountyBook
    from nianbao.verification import Verification

Json = dict[str, Any]


def figure_json(value: Number | None) -> int | str | None:
    """A count as an integer, an amount as plain decimal text, not reported as null."""
    return text_of(value) if isinstance(value, Decimal) else value


def figures_json(values: Values) -> Json:
    """Figures by key."""
    return {str(key): figure_json(value) for key, value in values.items()}


def finding_json(finding: Finding) -> Json:
    """One finding; what does not apply is null."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "file": finding.file,
        "unit": finding.unit,
        "sheet": finding.sheet,
        "cell": finding.cell,
        "key": None if finding.key is None else str(finding.key),
        "found": finding.found,
        "expected": finding.expected,
        "message": finding.message,
        "hint": finding.hint,
        "related": [_related_json(one) for one in finding.related],
        "suspect": None if finding.suspect is None else _related_json(finding.suspect),
        "candidates": [_related_json(one) for one in finding.candidates],
        "caused_by": finding.caused_by,
    }


def _related_json(one: Any) -> Json:
    fields = {name: getattr(one, name) for name in one.__dataclass_fields__}
    return {**fields, "key": str(one.key)}


def unit_json(unit: Unit) -> Json:
    """A unit of the roster."""
    return {"code": unit.code, "name": unit.name}


def return_json(one: Return) -> Json:
    """One file that came back, as judged."""
    whose = None if one.unit_code is None and one.unit_name is None else {"code": one.unit_code, "name": one.unit_name}
    return {
        "file": one.file,
        "sha256": one.sha256,
        "unit": whose,
        "status": one.status,
        "findings": [finding_json(finding) for finding in one.findings],
    }


def submission_json(one: Return, form: Form | None) -> Json:
    """What was read from one returned workbook."""
    submission = one.submission
    answer: Json = {"file": one.file, "sha256": one.sha256, "edition": None, "year": None, "tier": None}
    answer |= {"unit": None, "county": None, "level": None, "status": one.status, "figures": {}, "texts": {}}
    if submission is not None and form is not None:
        identity = submission.identity
        answer |= {"edition": identity.edition, "year": identity.year, "tier": identity.tier}
        answer |= {"unit": {"code": identity.code, "name": identity.unit}, "county": identity.county}
        answer["level"] = identity.level
        answer["figures"] = figures_json(submission.values)
        answer["texts"] = {text.key: submission.texts.get(text.key) for text in form.texts}
        answer["raw"] = {str(key): origin.raw for key, origin in submission.origins.items()}
    answer["findings"] = [finding_json(finding) for finding in one.findings]
    return answer


def check_json(returns: Sequence[Return], missing: Iterable[Unit]) -> Json:
    """Every file judged by itself, and the units of the roster that sent none."""
    lacking = [unit_json(unit) for unit in missing]
    counts = {name: sum(one.status == name for one in returns) for name in _STATUSES}
    return {
        "files": [return_json(one) for one in returns],
        "missing": lacking,
        "summary": {**counts, "missing": len(lacking)},
    }


_STATUSES = ("accepted", "flagged", "rejected", "ignored")


def consolidation_json(result: Consolidation, output: str) -> Json:
    """The county: its figures, whether they are complete, who is in and who is not."""
    identity = result.total.identity
    return {
        **check_json(result.returns, result.missing),
        "edition": identity.edition,
        "year": identity.year,
        "tier": identity.tier,
        "county": identity.unit,
        "figures": figures_json(result.total.values),
        "figures_with_uncounted": figures_json(result.with_uncounted.values),
        "complete": result.complete,
        "statement": result.statement,
        "counted": [return_json(one)["file"] for one in result.counted],
        "left_out": [{"file": one.file.file, "reason": one.reason} for one in result.left_out],
        "adjustments": [adjustment_json(one) for one in result.adjustments],
        "excused": [unit_json(unit) for unit in result.excused],
        "findings": [finding_json(finding) for finding in result.findings],
        "output": output,
    }


def trace_json(county: CountyBook, key: Key) -> Json:
    """Where a county figure comes from: the contributions, largest first, with their source cells, and adjustments."""
    form = county.form
    place = layout_of(form).slots[key].place
    leaves = {key} | set(form.entries[key].parts)
    contributions: list[Json] = []
    for one in sorted(county.units, key=lambda one: -(one.values.get(key) or 0)):
        source = one.source(form, key)
        contributions.append(
            {
                "unit": one.unit,
                "code": one.code,
                "counted": one.counted,
                "value": figure_json(one.values.get(key)),
                "file": one.file,
                "sha256": one.sha256,
                "sheet": source.sheet,
                "cell": source.cell,
                "raw": source.raw,
            }
        )
    return {
        "key": str(key),
        "label": label_of(form, key),
        "sheet": place.sheet,
        "cell": place.cell,
        "value": figure_json(county.submission.values.get(key)),
        "contributions": [one for one in contributions if one["value"] not in {None, 0, "0"}],
        "others": sum(one["value"] in {None, 0, "0"} for one in contributions),
        "adjustments": [adjustment_json(one) for one in county.adjustments if one.key in leaves],
    }


def adjustment_json(one: Adjustment) -> Json:
    """One adjustment."""
    return {
        "key": str(one.key),
        "unit": one.unit,
        "amount": figure_json(one.amount),
        "reason": one.reason,
        "who": one.who,
        "date": one.date,
    }


def verification_json(result: Verification) -> Json:
    """Whether the returns still add up to the county's figures, and what differs."""
    return {
        "agrees": result.agrees,
        "differences": [
            {
                "key": str(one.key),
                "workbook": figure_json(one.workbook),
                "returns": figure_json(one.returns),
                "units": list(one.units),
            }
            for one in result.differences
        ],
        "files": {"missing": list(result.missing), "changed": list(result.changed), "extra": list(result.extra)},
    }


def form_json(form: Form) -> Json:
    """The official form: every figure and text with its place in the template, and the checks in both voices."""
    layout = layout_of(form)
    sheets = {table.key: table.sheet for table in form.tables}
    figures = []
    for key, entry in form.entries.items():
        place = layout.slots[key].place
        figures.append(
            {
                "key": str(key),
                "table": key.table,
                "line": key.line,
                "column": key.column,
                "labels": [*entry.line.labels, *entry.column.labels],
                "kind": entry.column.kind,
                "unit_of_measure": entry.column.unit_of_measure,
                "entry": entry.filled_in,
                "sheet": sheets[key.table],
                "cell": place.cell,
            }
        )
    texts = []
    for text in form.texts:
        place = layout.fields[text.key].place
        texts.append(
            {"key": text.key, "label": text.label, "kind": text.kind, "sheet": place.sheet, "cell": place.cell}
        )

    def address(key: Key) -> str:
        place = layout.slots[key].place
        return f"{place.sheet}!{place.cell}"

    def text_address(key: str) -> str:
        place = layout.fields[key].place
        return f"{place.sheet}!{place.cell}"

    return {
        "edition": form.edition,
        "title": form.title,
        "source": form.source,
        "figures": figures,
        "texts": texts,
        "checks": [_check_json(check, address, text_address) for check in form.checks],
    }


def _check_json(check: Check, address: Callable[[Key], str], text: Callable[[str], str]) -> Json:
    def last_year(key: Key) -> str:
        return f"上年{address(key)}"  # last year's workbook; in a template they stand on a sheet of their own

    rules = [
        {
            "anchor": str(rule.anchor),
            "figures": [str(key) for key in figures_in(rule.expression)],
            "excel": "=" + verdict_formula(rule.expression, address, lambda _: None, last_year, text),
        }
        for rule in check.rules
    ]
    return {
        "code": check.code,
        "severity": check.severity,
        "explainable": check.explainable,
        "sentence": check.sentence,
        "source": check.source,
        "excel": rules[0]["excel"] if rules else None,
        "rules": rules,
    }
