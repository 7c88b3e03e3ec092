"""Form × submission (× last year's) → findings: every check of the form, on what one unit (or the county) reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from nianbao.figures import Key
from nianbao.findings import Finding, Related, Severity
from nianbao.form import Check, Form, Rule, explanation_key
from nianbao.formchecks import Comparison
from nianbao.layout import layout_of
from nianbao.previous import last_year, pairs, why_not
from nianbao.rules import NO_FIGURES, Number, Operation, Verdict, amount_of, compiled, figures_in, last_year_in
from nianbao.submission import Submission, Values, declared_empty

# the code of a figure that is reported beside a 否 of the cover; whoever reads the return says it
BESIDE_NONE = "V-3"


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
        return severity_of(self.check, explained=self.explained)

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


def instances(
    form: Form, submission: Submission, previous: Submission | None = None, *, only_broken: bool = False
) -> Iterator[Instance]:
    """Every check of the form that is meant for this unit's level, on every line or column it runs over.

    With ``only_broken``, those that failed. A check that speaks of last year is absent where ``previous`` does not say
    what it needs; so is one with a comparison, which has no rules.
    """
    known = _known(form, submission, previous)
    rules = _compiled_rules(form)
    for one in form.checks:
        if not applies(one, submission.identity.level):
            continue
        explained = is_explained(one, submission)
        for written, needs, as_written in rules[one.code]:
            rule = _in_force(written, known) if needs else written
            if rule is None:
                continue
            judge = as_written if rule is written else compiled(rule.expression)
            verdict = judge(submission.values, known, submission.texts)
            if verdict is False or not only_broken:
                yield Instance(one, rule, verdict, explained, _sides(rule, submission.values, known))


@cache
def _compiled_rules(form: Form) -> Mapping[str, tuple[tuple[Rule, bool, Verdict], ...]]:
    """By check the rules as functions, and whether last year's figures have a say in them."""
    return {
        one.code: tuple(
            (rule, rule.unless is not None or bool(last_year_in(rule.expression)), compiled(rule.expression))
            for rule in one.rules
        )
        for one in form.checks
    }


def _known(form: Form, submission: Submission, previous: Submission | None) -> Values:
    """Last year's figures, where a return of last year is at hand."""
    if previous is None or why_not(submission.identity, previous.identity):
        return NO_FIGURES
    return last_year(form, previous)


def _in_force(rule: Rule, known: Values) -> Rule | None:
    """The rule as far as last year's figures are known: absent, as written, or with its exception."""
    if any(known.get(key) is None for key in last_year_in(rule.expression)):
        return None
    if rule.unless is None or any(known.get(key) is None for key in last_year_in(rule.unless)):
        return rule
    return Rule(rule.code, Operation("or", (rule.expression, rule.unless)), rule.anchor)


def is_explained(one: Check, submission: Submission) -> bool:
    """Whether the unit wrote something beside this check on the sheet of explanations."""
    return bool(submission.texts.get(explanation_key(one.code), "").strip())


def severity_of(one: Check, *, explained: bool) -> Severity:
    """How grave a failure is, after the unit's explanation."""
    return "warning" if explained and one.explainable else one.severity


def check(form: Form, submission: Submission, previous: Submission | None = None) -> tuple[Finding, ...]:
    """Every broken check of the form, in the form's order; undecided ones give nothing.

    ``previous`` is what the same unit (or county) reported for the year before.
    """
    broken = list(instances(form, submission, previous, only_broken=True))
    anchors = {(one.code, one.rule.anchor) for one in broken}
    undeclared = _only_beside_none(form, submission, previous, anchors)
    findings = [_finding(form, one, submission.values, anchors, undeclared) for one in broken]
    if previous is not None:
        refusal = why_not(submission.identity, previous.identity)
        if refusal is not None:
            findings.append(Finding("Y-0", "warning", refusal, hint="请换上年的报表再核对。"))
        else:
            findings.extend(beside_last_year(form, submission, previous))
    return tuple(findings)


def _only_beside_none(
    form: Form, submission: Submission, previous: Submission | None, broken: set[tuple[str, Key]]
) -> set[tuple[str, Key]]:
    """Which of the broken checks would hold if the tables were as empty as the cover declares them to be."""
    declared = declared_empty(form, submission.texts)
    if not declared or not broken:
        return set()
    empty = {key: 0 if key.table in declared else value for key, value in submission.values.items()}
    still = instances(form, replace(submission, values=empty), previous, only_broken=True)
    return broken - {(one.code, one.rule.anchor) for one in still}


def _finding(
    form: Form, one: Instance, values: Values, broken: set[tuple[str, Key]], undeclared: set[tuple[str, Key]]
) -> Finding:
    slots = layout_of(form).slots
    anchor = one.rule.anchor
    place = slots[anchor].place
    found, expected = text_of(values.get(anchor)), None
    if one.sides is not None:
        found, expected = text_of(one.sides[0]), text_of(one.sides[1])
    # a column of totals breaks a rule because one of its columns does
    parts = [Key(anchor.table, anchor.line, column) for column in form.entries[anchor].column.total_of]
    caused_by = one.code if any((one.code, part) in broken for part in parts) else None
    if caused_by is None and (one.code, anchor) in undeclared:
        caused_by = BESIDE_NONE
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
        caused_by=caused_by,
    )


def beside_last_year(form: Form, submission: Submission, previous: Submission) -> Iterator[Finding]:
    """What is odd about filled-in figures beside last year's: many times as large or as small, or all the same."""
    comparable = [
        (pair.this[0], submission.values.get(pair.this[0]), previous.values.get(pair.last))
        for pair in pairs(form, previous.identity.edition)
        if len(pair.this) == 1 and form.entries[pair.this[0]].filled_in
    ]
    for one in form.checks:
        if one.comparison is None or not applies(one, submission.identity.level):
            continue
        explained = is_explained(one, submission)
        odd = Finding(one.code, severity_of(one, explained=explained), "", hint=_hint(one, explained=explained))
        same = sum(bool(now) for _, now, _ in comparable)
        if same >= one.comparison.same and all(now is not None and now == last for _, now, last in comparable):
            count = f"{len(comparable)} 项数据（其中 {same} 项不为 0）"
            yield replace(odd, message=f"可以比较的 {count}与上年全部相同，请核对是不是误报了上年的数据。")
            continue
        for key, now, last in comparable:
            if now is not None and last is not None and _far_apart(one.comparison, now, last):
                place = layout_of(form).slots[key].place
                message = (
                    f"{label_of(form, key)}（{place.cell}）：本年 {text_of(now)}，上年 {text_of(last)}，"
                    f"{'增加' if now > last else '减少'}到 {one.comparison.times} "
                    f"{'倍或更多' if now > last else '分之一或更少'}。"
                )
                yield replace(odd, message=message, sheet=place.sheet, cell=place.cell, key=key, found=text_of(now))


def _far_apart(comparison: Comparison, now: Number, last: Number) -> bool:
    small, large = sorted((abs(Decimal(now)), abs(Decimal(last))))
    return large >= comparison.least and large >= comparison.times * small


def _sides(rule: Rule, values: Values, known: Values) -> tuple[Number, Number] | None:
    """Both sides of an equation, where both are known."""
    if rule.expression.operator != "=":
        return None
    left, right = (amount_of(side, values, known) for side in rule.expression.operands)
    return None if left is None or right is None else (left, right)


def _hint(one: Check, *, explained: bool) -> str:
    if explained and one.explainable:
        return "单位已在“情况说明”中作了说明，请核对。"
    if one.explainable:
        return "请核对；情况属实的，请在“情况说明”表中说明。"
    return "请核对有关各栏，改正后重新上报。"
