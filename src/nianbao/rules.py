"""The rule language: a check is written once and speaks Python and Excel.

``{1} + {2} = {3.7} + {4}`` compares figures; ``parts{3.7}`` is the sum of the parts of a total. A name in braces is
short for a figure in the scope of the check (a line where the check runs over columns, a column where it runs over
lines) or a full key. Comparisons are ``= <> < <= > >=``, joined by ``and``/``or``; arithmetic is ``+ - *``.
A rule that refers to a figure which was not reported is *undecided*: neither passed nor failed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache
from typing import TYPE_CHECKING

from nianbao.figures import Key, column_index

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

Number = int | Decimal

GRAMMAR = r"""
?start: either
?either: both ("or" both)*        -> either
?both: compare ("and" compare)*   -> both
compare: sum OPERATOR sum
?sum: product (SIGN product)*     -> sum
?product: atom ("*" atom)*        -> product
?atom: NUMBER                     -> number
     | "parts" "{" NAME "}"       -> parts
     | "{" NAME "}"               -> figure
     | "(" sum ")"
OPERATOR: "<=" | ">=" | "<>" | "=" | "<" | ">"
SIGN: "+" | "-"
NAME: /[0-9A-Za-z_.\/]+/
NUMBER: /[0-9]+(\.[0-9]+)?/
%ignore " "
"""


class RuleError(ValueError):
    """A rule in a form file that cannot be read; the sentence says which part."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A reference to one figure."""

    key: Key


@dataclass(frozen=True, slots=True)
class Constant:
    """A number written in the rule."""

    value: Number


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator over its operands; ``+ - *`` give numbers, comparisons and ``and``/``or`` give truth."""

    operator: str
    operands: tuple[Expression, ...]


Expression = Figure | Constant | Operation


@cache
def _parser() -> Lark:
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=False)


def parse_rule(text: str, resolve: Callable[[str], Key], parts_of: Callable[[Key], tuple[Key, ...]]) -> Operation:
    """Read a rule. ``resolve`` turns a name in braces into a key; ``parts_of`` gives the parts of a total.

    Raises RuleError with the offending text for anything that cannot be read.
    """
    from lark.exceptions import LarkError

    try:
        tree = _parser().parse(text)
    except LarkError as error:
        raise RuleError(f"unreadable rule {text!r}: {str(error).splitlines()[0]}") from error
    built = _build(tree, resolve, parts_of)
    if not isinstance(built, Operation):
        raise RuleError(f"a rule must compare something: {text!r}")
    return built


def _build(tree: Tree[Token], resolve: Callable[[str], Key], parts_of: Callable[[Key], tuple[Key, ...]]) -> Expression:
    def build(child: Tree[Token] | Token) -> Expression:
        if isinstance(child, str):
            raise RuleError(f"unexpected {child!r}")
        return _build(child, resolve, parts_of)

    def name() -> Key:
        text = str(tree.children[0])
        try:
            return resolve(text)
        except (KeyError, ValueError) as error:
            raise RuleError(f"unknown figure {{{text}}}") from error

    match tree.data:
        case "number":
            text = str(tree.children[0])
            return Constant(Decimal(text) if "." in text else int(text))
        case "figure":
            return Figure(name())
        case "parts":
            whole = name()
            parts = parts_of(whole)
            if not parts:
                raise RuleError(f"{whole} is not a total, it has no parts")
            return sum_of(parts)
        case "compare":
            left, operator, right = tree.children
            return Operation(str(operator), (build(left), build(right)))
        case "sum":
            return _build_sum(tree, build)
        case "product" | "both" | "either":
            if len(tree.children) == 1:
                return build(tree.children[0])
            joined_by = {"product": "*", "both": "and", "either": "or"}[str(tree.data)]
            return Operation(joined_by, tuple(build(child) for child in tree.children))
        case other:
            raise RuleError(f"unexpected {other!r}")


def _build_sum(tree: Tree[Token], build: Callable[[Tree[Token] | Token], Expression]) -> Expression:
    result = build(tree.children[0])
    for sign, operand in zip(tree.children[1::2], tree.children[2::2], strict=True):
        right = build(operand)
        if str(sign) == "+" and isinstance(result, Operation) and result.operator == "+":
            result = Operation("+", (*result.operands, right))
        else:
            result = Operation(str(sign), (result, right))
    return result


def sum_of(parts: tuple[Key, ...]) -> Operation:
    """The sum of figures."""
    return Operation("+", tuple(Figure(part) for part in parts))


def figures_in(expression: Expression) -> tuple[Key, ...]:
    """Every key that the expression refers to, in reading order, each once."""
    found: dict[Key, None] = {}

    def walk(node: Expression) -> None:
        match node:
            case Figure(key):
                found[key] = None
            case Operation(_, operands):
                for operand in operands:
                    walk(operand)

    walk(expression)
    return tuple(found)


def amount_of(expression: Expression, values: Mapping[Key, Number | None]) -> Number | None:
    """The number an arithmetic expression comes to, or None where a figure in it was not reported."""
    match expression:
        case Constant(value):
            return value
        case Figure(key):
            return values.get(key)
        case Operation(operator, operands) if operator in {"+", "-", "*"}:
            numbers = [amount_of(operand, values) for operand in operands]
            result = numbers[0]
            for number in numbers[1:]:
                if result is None or number is None:
                    return None
                result = _ARITHMETIC[operator](result, number)
            return result
    raise RuleError(f"not a number: {expression}")


def holds(expression: Expression, values: Mapping[Key, Number | None]) -> bool | None:
    """Whether a rule holds on ``values``; None (undecided) where any figure in it was not reported."""
    if any(values.get(key) is None for key in figures_in(expression)):
        return None
    return _truth(expression, values)


def _truth(expression: Expression, values: Mapping[Key, Number | None]) -> bool:
    match expression:
        case Operation("and", operands):
            return all(_truth(operand, values) for operand in operands)
        case Operation("or", operands):
            return any(_truth(operand, values) for operand in operands)
        case Operation(operator, (left, right)) if operator in _COMPARISON:
            a, b = amount_of(left, values), amount_of(right, values)
            if a is None or b is None:
                raise RuleError(f"undecided: {expression}")
            return _COMPARISON[operator](_rounded(a), _rounded(b))
    raise RuleError(f"not a comparison: {expression}")


def _rounded(number: Number) -> Number:
    """To 1 分 in 万元 as Excel's ROUND does it, so that a product with a fraction means the same in both voices."""
    return number if isinstance(number, int) else number.quantize(_SMALLEST, context=_EXACT)


_SMALLEST = Decimal("0.000001")
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
_ARITHMETIC: dict[str, Callable[[Number, Number], Number]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}
_COMPARISON: dict[str, Callable[[Number, Number], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def to_excel(expression: Expression, address: Callable[[Key], str]) -> str:
    """The expression as an Excel formula without the leading ``=``; ``address`` names the cell of a figure.

    Both sides of a comparison are rounded to 6 decimals (1 分 in 万元), as the Python voice does.
    """
    match expression:
        case Constant(value):
            return str(value)
        case Figure(key):
            return address(key)
        case Operation(("and" | "or") as operator, operands):
            return f"{operator.upper()}({','.join(to_excel(operand, address) for operand in operands)})"
        case Operation(operator, operands) if operator in _ARITHMETIC:
            texts = [to_excel(operand, address) for operand in operands]
            texts[1:] = [
                f"({text})" if isinstance(operand, Operation) else text
                for text, operand in zip(texts[1:], operands[1:], strict=True)
            ]
            first = f"({texts[0]})" if operator == "*" and isinstance(operands[0], Operation) else texts[0]
            return operator.join([first, *texts[1:]])
        case Operation(operator, (left, right)):
            return f"ROUND({to_excel(left, address)},6){operator}ROUND({to_excel(right, address)},6)"
    raise RuleError(f"cannot be said in Excel: {expression}")


def undecided_formula(
    keys: tuple[Key, ...], address: Callable[[Key], str], declaration: Callable[[Key], str | None]
) -> str:
    """Excel condition that is true while a figure among ``keys`` is missing.

    ``declaration`` names the cell that is not empty where the unit has declared that the figure's table has nothing
    to report, so that its blanks count as zeros; None where the form asks for no such declaration.
    """
    groups: dict[str | None, list[str]] = {}
    for key in keys:
        groups.setdefault(declaration(key), []).append(address(key))
    conditions = []
    for cell, cells in groups.items():
        missing = f"COUNT({','.join(runs_of(cells))})<{len(cells)}"
        conditions.append(missing if cell is None else f'AND({cell}="",{missing})')
    return conditions[0] if len(conditions) == 1 else f"OR({','.join(conditions)})"


def total_formula(
    parts: tuple[Key, ...], address: Callable[[Key], str], declaration: Callable[[Key], str | None]
) -> str:
    """Excel formula (without ``=``) of a total: empty while a part is missing, exact to 6 decimals."""
    cells = ",".join(runs_of([address(part) for part in parts]))
    return f'IF({undecided_formula(parts, address, declaration)},"",ROUND(SUM({cells}),6))'


def runs_of(cells: list[str]) -> list[str]:
    """Cell addresses as ranges where neighbours follow each other in a row or a column: D6, E6, F6 → D6:F6."""
    runs: list[list[str]] = []
    for cell in cells:
        if runs and _follows(runs[-1][0], runs[-1][-1], cell):
            runs[-1].append(cell)
        else:
            runs.append([cell])
    return [run[0] if len(run) == 1 else f"{run[0]}:{run[-1].rpartition('!')[2]}" for run in runs]


_ADDRESS = re.compile(r"(?P<sheet>.+!)?(?P<column>\$?[A-Z]+)(?P<row>\$?[0-9]+)")


def _follows(first: str, last: str, cell: str) -> bool:
    a, b, c = (_grid(text) for text in (first, last, cell))
    down = a[:2] == b[:2] == c[:2] and c[2] == b[2] + 1
    across = a[0] == b[0] == c[0] and a[2] == b[2] == c[2] and c[1] == b[1] + 1
    return down or across


def _grid(cell: str) -> tuple[str, int, int]:
    match = _ADDRESS.fullmatch(cell)
    if match is None:
        raise RuleError(f"not a cell: {cell}")
    return match["sheet"] or "", column_index(match["column"].strip("$")), int(match["row"].strip("$"))


def verdict_formula(
    expression: Expression, address: Callable[[Key], str], declaration: Callable[[Key], str | None]
) -> str:
    """Excel formula (without ``=``) that gives ``""`` while the rule is undecided, else TRUE or FALSE."""
    undecided = undecided_formula(figures_in(expression), address, declaration)
    return f'IFERROR(IF({undecided},"",{to_excel(expression, address)}),"")'
