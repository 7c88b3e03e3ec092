"""Form × submission → findings: every check of the form, on what one unit (or the county) reported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from nianbao.figures import Key
from nianbao.findings import Finding, Related, Severity
from nianbao.form import Check, Form, Rule, explanation_key
from nianbao.layout import layout_of
from nianbao.rules import Number, amount_of, figures_in, holds
from nianbao.submission import Submission, Values


def label_of(form: Form, key: Key) -> str:
    """A figure named as people find it: ``表三“一、本年新收…”行“自然人”列``."""
    entry = form.entries[key]
    sheet = next(table.sheet for table in form.tables if table.key == key.table)
    return f"{sheet}“{'/'.join(entry.line.labels[-2:])}”行“{'/'.join(entry.column.labels[-2:])}”列"


def text_of(value: Number | None) -> str | None:
    """A figure in plain decimal, as interfaces print it."""
    return None if value is None else f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def applies(check: Check, level: str) -> bool:
    """Whether a check is meant for bodies of this level."""
    return not check.levels or level in check.levels


@dataclass(frozen=True, slots=True)
class Instance:
    """One rule confronted with one submission: passed (True), failed (False) or undecided (None)."""

    check: Check
    rule: Rule
    verdict: bool | None
    explained: bool
    sides: tuple[Number, Number] | None

    @property
    def code(self) -> str:
        """The check's code, e.g. ``T3-1``."""
        return self.check.code

    @property
    def sentence(self) -> str:
        """The check in the authority's words."""
        return self.check.sentence

    @property
    def severity(self) -> Severity:
        """How grave a failure is, after the unit's explanation."""
        return "warning" if self.explained and self.check.explainable else self.check.severity

    @property
    def difference(self) -> Number | None:
        """Left side minus right side of an equation; None where it is none, or undecided."""
        return None if self.sides is None else self.sides[0] - self.sides[1]

    @property
    def gap(self) -> str:
        """The difference in words: what stands on either side of the equation."""
        if self.sides is None:
            return ""
        left, right = self.sides
        gap = left - right if left > right else right - left
        return f"；前者为 {text_of(left)}，后者为 {text_of(right)}，相差 {text_of(gap)}"


def instances(form: Form, submission: Submission) -> Iterator[Instance]:
    """Every check of the form that is meant for this unit's level, on every line or column it runs over."""
    for one in form.checks:
        if not applies(one, submission.identity.level):
            continue
        explained = bool(submission.texts.get(explanation_key(one.code), "").strip())
        for rule in one.rules:
            verdict = holds(rule.expression, submission.values)
            yield Instance(one, rule, verdict, explained, _sides(rule, submission.values))


def check(form: Form, submission: Submission) -> tuple[Finding, ...]:
    """Every broken check of the form, in the form's order; undecided ones give nothing."""
    broken = [one for one in instances(form, submission) if one.verdict is False]
    return tuple(_finding(form, one, submission.values) for one in broken)


def _finding(form: Form, one: Instance, values: Values) -> Finding:
    slots = layout_of(form).slots
    anchor = one.rule.anchor
    place = slots[anchor].place
    found, expected = text_of(values.get(anchor)), None
    if one.sides is not None:
        found, expected = text_of(one.sides[0]), text_of(one.sides[1])
    return Finding(
        code=one.code,
        severity=one.severity,
        message=f"{label_of(form, anchor)}（{place.cell}）：{one.sentence}{one.gap}。",
        hint=_hint(one.check, explained=one.explained),
        sheet=place.sheet,
        cell=place.cell,
        key=anchor,
        found=found,
        expected=expected,
        related=tuple(
            Related(key, slots[key].place.sheet, slots[key].place.cell, text_of(values.get(key)))
            for key in figures_in(one.rule.expression)
            if key != anchor
        ),
    )


def _sides(rule: Rule, values: Values) -> tuple[Number, Number] | None:
    """Both sides of an equation, where both are known."""
    if rule.expression.operator != "=":
        return None
    left, right = (amount_of(side, values) for side in rule.expression.operands)
    return None if left is None or right is None else (left, right)


def _hint(one: Check, *, explained: bool) -> str:
    if explained and one.explainable:
        return "单位已在“情况说明”中作了说明，请核对。"
    if one.explainable:
        return "请核对；情况属实的，请在“情况说明”表中说明。"
    return "请核对有关各栏，改正后重新上报。"
