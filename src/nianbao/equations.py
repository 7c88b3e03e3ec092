"""What must add up on one return, as equations over the figures that people type: totals are taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nianbao.checks import Instance, instances
from nianbao.figures import Key
from nianbao.findings import Finding
from nianbao.form import Form
from nianbao.numerals import read_typed
from nianbao.previous import last_year, why_not
from nianbao.rules import NO_FIGURES, Constant, Expression, Figure, Number, Operation
from nianbao.submission import Submission, Values


@dataclass(frozen=True, slots=True, eq=False)
class Equation:
    """A weighted sum of typed figures and a constant that must come to zero; ``code`` and ``anchor`` name its check."""

    code: str
    anchor: Key
    weights: Mapping[Key, Number]
    constant: Number

    def rest(self, values: Values) -> Number | None:
        """What it comes to; None where a figure is missing."""
        total = self.constant
        for key, weight in self.weights.items():
            value = values.get(key)
            if value is None:
                return None
            total += weight * value
        return total


@dataclass(frozen=True, slots=True)
class System:
    """Every equation of one return, those that fail first by name, and the values they are about.

    A total that a person typed over is a figure of its own: ``values`` has what it says.
    """

    equations: tuple[Equation, ...]
    failing: tuple[Equation, ...]
    values: Values


def system_of(form: Form, submission: Submission, findings: Iterable[Finding], previous: Submission | None) -> System:
    """The equations that the checks of the form make of a return, and those that typed-over totals (V-4) add."""
    known: Values = NO_FIGURES
    if previous is not None and why_not(submission.identity, previous.identity) is None:
        known = last_year(form, previous)
    values = dict(submission.values)
    equations: list[Equation] = []
    for one in instances(form, submission, previous):
        equation = _equation(form, one, known)
        if equation is not None:
            equations.append(equation)
    present = {(one.code, one.anchor) for one in equations}
    equations = [one for one in equations if not _follows(form, one, present)]
    for finding in findings:
        key = finding.key
        if finding.code != "V-4" or finding.severity != "error" or key is None or finding.found is None:
            continue
        said = read_typed(finding.found, form.entries[key].column).value
        if said is not None:
            values[key] = said
            equations.append(Equation("V-4", key, {**_leaves(form, key), key: -1}, 0))
    failing = tuple(one for one in equations if one.rest(values))
    return System(tuple(equations), failing, values)


def _follows(form: Form, one: Equation, present: set[tuple[str, Key]]) -> bool:
    """Whether an equation on a column of totals only repeats those on its columns."""
    anchor = one.anchor
    parts = form.entries[anchor].column.total_of
    return bool(parts) and all((one.code, Key(anchor.table, anchor.line, part)) in present for part in parts)


def _equation(form: Form, one: Instance, known: Values) -> Equation | None:
    expression = one.rule.expression
    if expression.operator != "=":
        return None
    left, right = (_linear(form, side, known) for side in expression.operands)
    if left is None or right is None:
        return None
    weights, constant = _sum(left, right, -1)
    weights = {key: weight for key, weight in weights.items() if weight}
    return Equation(one.code, one.rule.anchor, weights, constant) if weights else None


_Linear = tuple[dict[Key, Number], Number]


def _linear(form: Form, expression: Expression, known: Values) -> _Linear | None:
    """Weights of typed figures and a constant; None for anything that is not such a sum."""
    match expression:
        case Constant(value):
            return {}, value
        case Figure(key, False):
            return dict(_leaves(form, key)), 0
        case Figure(key, True):
            last = known.get(key)
            return None if last is None else ({}, last)
        case Operation(("+" | "-") as operator, operands):
            parts = [_linear(form, operand, known) for operand in operands]
            total: _Linear | None = parts[0]
            for part in parts[1:]:
                if total is None or part is None:
                    return None
                total = _sum(total, part, 1 if operator == "+" else -1)
            return total
    return None


def _sum(left: _Linear, right: _Linear, sign: int) -> _Linear:
    weights = dict(left[0])
    for key, weight in right[0].items():
        weights[key] = weights.get(key, 0) + sign * weight
    return weights, left[1] + sign * right[1]


def _leaves(form: Form, key: Key) -> dict[Key, Number]:
    """The typed figures that a figure is the sum of, each with weight 1."""
    parts = form.entries[key].parts
    if not parts:
        return {key: 1}
    return {leaf: 1 for part in parts for leaf in _leaves(form, part)}
