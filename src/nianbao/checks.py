"""Form × submission → findings: every check of the form, on what one unit (or the county) reported."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from nianbao.figures import Key
from nianbao.findings import Finding, Related
from nianbao.form import Check, Form, Rule
from nianbao.layout import layout_of
from nianbao.rules import Number, amount_of, figures_in, holds
from nianbao.submission import Submission, Values


def explanation_key(code: str) -> str:
    """Key of the text in which a unit explains an odd but true value."""
    return f"explanation/{code}"


def label_of(form: Form, key: Key) -> str:
    """A figure named as people find it: ``表三“一、本年新收…”行“自然人”列``."""
    entry = form.entries[key]
    sheet = next(table.sheet for table in form.tables if table.key == key.table)
    return f"{sheet}“{'/'.join(entry.line.labels[-2:])}”行“{'/'.join(entry.column.labels[-2:])}”列"


def text_of(value: Number | None) -> str | None:
    """A figure in plain decimal, as interfaces print it."""
    return None if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


def applies(check: Check, level: str) -> bool:
    """Whether a check is meant for bodies of this level."""
    return not check.levels or level in check.levels


def check(form: Form, submission: Submission) -> tuple[Finding, ...]:
    """Every broken check of the form, in the form's order; undecided ones give nothing."""
    found: list[Finding] = []
    for one in form.checks:
        if applies(one, submission.identity.level):
            explained = bool(submission.texts.get(explanation_key(one.code), "").strip())
            found.extend(_broken(form, one, submission.values, explained=explained))
    return tuple(found)


def _broken(form: Form, one: Check, values: Values, *, explained: bool) -> Iterator[Finding]:
    slots = layout_of(form).slots
    for rule in one.rules:
        if holds(rule.expression, values) is not False:
            continue
        place = slots[rule.anchor].place
        others = tuple(
            Related(key, slots[key].place.sheet, slots[key].place.cell, text_of(values.get(key)))
            for key in figures_in(rule.expression)
            if key != rule.anchor
        )
        found, expected, gap = _sides(rule, values)
        severity = "warning" if explained and one.explainable else one.severity
        yield Finding(
            code=one.code,
            severity=severity,
            message=f"{label_of(form, rule.anchor)}（{place.cell}）：{one.sentence}{gap}。",
            hint=_hint(one, explained=explained),
            sheet=place.sheet,
            cell=place.cell,
            key=rule.anchor,
            found=found,
            expected=expected,
            related=others,
        )


def _sides(rule: Rule, values: Values) -> tuple[str | None, str | None, str]:
    if rule.expression.operator == "=":
        left, right = rule.expression.operands
        a, b = amount_of(left, values), amount_of(right, values)
        if a is not None and b is not None:
            gap: Number = a - b if a > b else b - a
            return text_of(a), text_of(b), f"，现为 {text_of(a)}，应为 {text_of(b)}，相差 {text_of(gap)}"
    return text_of(values.get(rule.anchor)), None, ""


def _hint(one: Check, *, explained: bool) -> str:
    if explained and one.explainable:
        return "单位已在“情况说明”中作了说明，请核对。"
    if one.explainable:
        return "请核对；情况属实的，请在“情况说明”表中说明。"
    return "请核对有关各栏，改正后重新上报。"
