"""The checks of a form file (勾稽关系), and which figures compare with last year's: read, or refused with a path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from nianbao.figures import Key
from nianbao.formfile import FormError, Node
from nianbao.rules import Operation, RuleError, parse_rule, texts_in

Severity = Literal["error", "warning"]
Present = Mapping[str, Mapping[str, tuple[str, ...]]]
Parts = Mapping[Key, tuple[Key, ...]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One instance of a check: the rule with its names resolved, and the figure that its finding points at.

    ``unless`` speaks of last year's figures: where they are at hand and it holds, the check is withdrawn.
    """

    code: str
    expression: Operation
    anchor: Key
    unless: Operation | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """When figures are odd beside last year's.

    One of the two is at least ``times`` the other, the larger being ``least`` or more; or all figures are last year's,
    ``same`` or more of them not zero.
    """

    times: int
    least: int
    same: int


@dataclass(frozen=True, slots=True)
class Check:
    """A check of the form (勾稽关系): the authority's sentence, its source, and one rule for each line or column.

    A check with a ``comparison`` has no rules: it looks at every figure beside last year's.
    """

    code: str
    severity: Severity
    explainable: bool
    sentence: str
    source: str
    levels: tuple[str, ...]
    rules: tuple[Rule, ...]
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Comparable:
    """A table whose figures mean the same in another edition, which last year's return may have.

    ``joined`` are lines of that edition which this one prints as several: they compare with the sum of those.
    """

    edition: str
    table: str
    joined: Mapping[str, tuple[str, ...]]


def read_check(node: Node, present: Present, parts: Parts) -> Check:
    """A check; ``present`` are the lines and columns of each table, ``parts`` what each figure is the sum of."""
    code = node.text("code")
    compare = node.take("compare", dict, required=False)
    check = Check(
        code=code,
        severity=cast(Severity, node.choice("severity", ("error", "warning"))),
        explainable=cast(bool, node.take("explainable", bool, default=False, required=False)),
        sentence=node.text("sentence"),
        source=node.text("source"),
        levels=node.texts("levels", required=False),
        rules=_rules(code, node, present, parts) if compare is None else (),
        comparison=None if compare is None else _comparison(Node(compare, f"{node.path}: compare")),
    )
    node.finish()
    return check


def _comparison(node: Node) -> Comparison:
    comparison = Comparison(node.number("times"), node.number("least"), node.number("same"))
    if comparison.times < 2:
        raise FormError(f"{node.path}: times must be 2 or more")
    node.finish()
    return comparison


def _rules(code: str, node: Node, present: Present, parts: Parts) -> tuple[Rule, ...]:
    table = node.text("table")
    if table not in present:
        raise FormError(f"{node.path}: table {table!r} is not in the form")
    each = node.choice("each", ("line", "column", "table"))
    only = node.texts("only", required=False)
    rule, anchor = node.text("rule"), node.text("anchor")
    unless = cast("str | None", node.take("unless", str, required=False))

    def build(scope: str) -> Rule:
        def resolve(name: str) -> Key:
            if "/" in name:
                key = Key.parse(name)
            else:
                key = Key(table, name, scope) if each == "column" else Key(table, scope, name)
            if key not in parts:
                raise KeyError(str(key))
            return key

        def read(what: str, text: str) -> Operation:
            try:
                return parse_rule(text, resolve, lambda key: parts[key])
            except RuleError as error:
                raise FormError(f"{node.path}: {what}: {error}") from error

        try:
            anchored = resolve(anchor)
        except (KeyError, ValueError) as error:
            raise FormError(f"{node.path}: anchor: {anchor!r} is not a figure of the form") from error
        return Rule(code, read("rule", rule), anchored, None if unless is None else read("unless", unless))

    return tuple(build(scope) for scope in _scopes(table, each, only, present, node.path))


def _scopes(table: str, each: str, only: tuple[str, ...], present: Present, path: str) -> tuple[str, ...]:
    if each == "table":
        return ("",)
    for scope in only:
        if scope not in present[table][each]:
            raise FormError(f"{path}: only: {each} {scope!r} is not in table {table}")
    return only or present[table][each]


def texts_named(checks: tuple[Check, ...]) -> Iterator[tuple[str, str]]:
    """Every text that a check's rules refer to, with the check's code."""
    for check in checks:
        for rule in check.rules:
            yield from ((check.code, text) for text in texts_in(rule.expression))


def read_comparable(root: Node, present: Present) -> tuple[Comparable, ...]:
    """Which tables mean the same in another edition."""
    found = []
    for node in root.nodes("comparable", "comparable", "edition", required=False):
        edition, table = node.text("edition"), node.text("table")
        if table not in present:
            raise FormError(f"{node.path}: table {table!r} is not in the form")
        joined = {}
        for line in node.nodes("joined", "joined", "line", required=False):
            joined[line.text("line")] = lines = line.texts("of")
            for one in lines:
                if one not in present[table]["line"]:
                    raise FormError(f"{line.path}: of names {one!r}, which is not in table {table}")
            line.finish()
        found.append(Comparable(edition, table, joined))
        node.finish()
    return tuple(found)
