"""The rule language: a check is written once and speaks Python and Excel.

``{1} + {2} = {3.7} + {4}`` compares figures; ``parts{3.7}`` is the sum of the parts of a total. A name in braces is
short for a figure in the scope of the check (a line where the check runs over columns, a column where it runs over
lines) or a full key; ``previous{4}`` is the same figure as last year's return has it. Comparisons are
``= <> < <= > >=``, joined by ``and``/``or``; arithmetic is ``+ - *``. ``stated{t/fee/notices}`` is true where the unit
wrote something into that text. Both sides of a comparison are rounded to 1 分 in 万元 (6 decimals).
A rule that refers to a figure which was not reported is *undecided*: neither passed nor failed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeGuard

from nianbao.figures import Key, column_index

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

Number = int | Decimal

GRAMMAR = r"""
?start: either
?either: both ("or" both)*        -> either
?both: compare ("and" compare)*   -> both
?compare: sum OPERATOR sum         -> compare
        | "stated" "{" NAME "}"   -> stated
?sum: product (SIGN product)*     -> sum
?product: atom ("*" atom)*        -> product
?atom: NUMBER                     -> number
     | "parts" "{" NAME "}"       -> parts
     | "previous" "{" NAME "}"    -> previous
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
    """A reference to one figure, this year's or last year's."""

    key: Key
    last_year: bool = False


@dataclass(frozen=True, slots=True)
class Stated:
    """True where the text of this key is not blank."""

    text: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A number written in the rule."""

    value: Number


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator over its operands; ``+ - *`` give numbers, comparisons and ``and``/``or`` give truth."""

    operator: str
    operands: tuple[Expression, ...]


Expression = Figure | Constant | Stated | Operation
Values = Mapping[Key, Number | None]
Address = Callable[[Key], str]
Verdict = Callable[[Values, Values, Mapping[str, str]], bool | None]
NO_FIGURES: Values = MappingProxyType({})
NO_TEXTS: Mapping[str, str] = MappingProxyType({})


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
        case "previous":
            return Figure(name(), last_year=True)
        case "stated":
            return Stated(str(tree.children[0]))
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
    """Every key of this year's figures that the expression refers to, in reading order, each once."""
    return tuple(dict.fromkeys(leaf.key for leaf in _leaves(expression) if _is_figure(leaf, last_year=False)))


def last_year_in(expression: Expression) -> tuple[Key, ...]:
    """Every key of last year's figures that the expression refers to, in reading order, each once."""
    return tuple(dict.fromkeys(leaf.key for leaf in _leaves(expression) if _is_figure(leaf, last_year=True)))


def texts_in(expression: Expression) -> tuple[str, ...]:
    """Every text that the expression refers to, in reading order, each once."""
    return tuple(dict.fromkeys(leaf.text for leaf in _leaves(expression) if isinstance(leaf, Stated)))


def _leaves(expression: Expression) -> Iterator[Figure | Constant | Stated]:
    if isinstance(expression, Operation):
        for operand in expression.operands:
            yield from _leaves(operand)
    else:
        yield expression


def _is_figure(leaf: Expression, *, last_year: bool) -> TypeGuard[Figure]:
    return isinstance(leaf, Figure) and leaf.last_year is last_year


def amount_of(expression: Expression, values: Values, last_year: Values = NO_FIGURES) -> Number | None:
    """The number an arithmetic expression comes to, or None where a figure in it was not reported."""
    match expression:
        case Constant(value):
            return value
        case Figure(key, of_last_year):
            return (last_year if of_last_year else values).get(key)
        case Operation(operator, operands) if operator in {"+", "-", "*"}:
            numbers = [amount_of(operand, values, last_year) for operand in operands]
            result = numbers[0]
            for number in numbers[1:]:
                if result is None or number is None:
                    return None
                result = _ARITHMETIC[operator](result, number)
            return result
    raise RuleError(f"not a number: {expression}")


def holds(
    expression: Expression, values: Values, last_year: Values = NO_FIGURES, texts: Mapping[str, str] = NO_TEXTS
) -> bool | None:
    """Whether a rule holds; None (undecided) where any figure in it, this year's or last year's, was not reported."""
    return compiled(expression)(values, last_year, texts)


def compiled(expression: Expression) -> Verdict:
    """A rule as one function of this year's figures, last year's and the texts; ``holds`` says what it gives."""
    needed, before, truth = figures_in(expression), last_year_in(expression), _truth(expression)

    def verdict(values: Values, last_year: Values = NO_FIGURES, texts: Mapping[str, str] = NO_TEXTS) -> bool | None:
        for key in needed:
            if values.get(key) is None:
                return None
        for key in before:
            if last_year.get(key) is None:
                return None
        return truth(values, last_year, texts)

    return verdict


def _truth(expression: Expression) -> Callable[[Values, Values, Mapping[str, str]], bool]:
    match expression:
        case Stated(text):
            return lambda _values, _last_year, texts: bool(texts.get(text, "").strip())
        case Operation(("and" | "or") as operator, operands):
            parts = [_truth(operand) for operand in operands]
            joined = all if operator == "and" else any
            return lambda values, last_year, texts: joined(part(values, last_year, texts) for part in parts)
        case Operation(operator, (left, right)) if operator in _COMPARISON:
            compare, a, b = _COMPARISON[operator], _amount(left), _amount(right)
            return lambda values, last_year, _: compare(_rounded(a(values, last_year)), _rounded(b(values, last_year)))
    raise RuleError(f"not a comparison: {expression}")


def _amount(expression: Expression) -> Callable[[Values, Values], Number]:
    """An arithmetic expression as a function, for figures that are all there."""
    match expression:
        case Constant(value):
            return lambda _values, _last_year: value
        case Figure(key, False):
            return lambda values, _: values[key]  # type: ignore[return-value]  # reported, as the caller has made sure
        case Figure(key, True):
            return lambda _, last_year: last_year[key]  # type: ignore[return-value]  # known, likewise
        case Operation("+", operands) if all(_is_figure(one, last_year=False) for one in operands):
            keys = figures_in(expression)
            if len(keys) == len(operands):
                return lambda values, _: sum(map(values.__getitem__, keys))  # type: ignore[arg-type]  # reported
        case Operation(operator, _) if operator not in _ARITHMETIC:
            raise RuleError(f"not a number: {expression}")
    if not isinstance(expression, Operation):
        raise RuleError(f"not a number: {expression}")
    combine, parts = _ARITHMETIC[expression.operator], [_amount(operand) for operand in expression.operands]

    def amount(values: Values, last_year: Values) -> Number:
        result = parts[0](values, last_year)
        for part in parts[1:]:
            result = combine(result, part(values, last_year))
        return result

    return amount


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


def to_excel(
    expression: Expression,
    address: Address,
    last_year: Address | None = None,
    text: Callable[[str], str] | None = None,
) -> str:
    """The expression as an Excel formula without the leading ``=``.

    ``address`` names the cell of a figure, ``last_year`` the one that holds it as it was last year, ``text`` the cell
    of a text; the latter two may be left out for a rule that refers to none. Both sides of a comparison are rounded to
    6 decimals (1 分 in 万元), as the Python voice does.
    """

    def said(part: Expression) -> str:
        return to_excel(part, address, last_year, text)

    match expression:
        case Constant(value):
            return str(value)
        case Figure(key, False):
            return address(key)
        case Figure(key, True) if last_year is not None:
            return last_year(key)
        case Stated(name) if text is not None:
            return f'TRIM(CLEAN(SUBSTITUTE({text(name)},"　","")))<>""'
        case Operation(("and" | "or") as operator, operands):
            return f"{operator.upper()}({','.join(map(said, operands))})"
        case Operation(operator, operands) if operator in _ARITHMETIC:
            terms = [said(operand) for operand in operands]
            terms[1:] = [
                f"({term})" if isinstance(operand, Operation) else term
                for term, operand in zip(terms[1:], operands[1:], strict=True)
            ]
            first = f"({terms[0]})" if operator == "*" and isinstance(operands[0], Operation) else terms[0]
            return operator.join([first, *terms[1:]])
        case Operation(operator, (left, right)):
            return f"ROUND({said(left)},6){operator}ROUND({said(right)},6)"
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


@lru_cache(maxsize=4096)
def _grid(cell: str) -> tuple[str, int, int]:
    match = _ADDRESS.fullmatch(cell)
    if match is None:
        raise RuleError(f"not a cell: {cell}")
    return match["sheet"] or "", column_index(match["column"].strip("$")), int(match["row"].strip("$"))


def verdict_formula(
    expression: Expression,
    address: Address,
    declaration: Callable[[Key], str | None],
    last_year: Address | None = None,
    text: Callable[[str], str] | None = None,
) -> str:
    """Excel formula (without ``=``) that gives ``""`` while the rule is undecided, else TRUE or FALSE."""
    undecided = undecided_formula(figures_in(expression), address, declaration)
    known = last_year_in(expression)
    if known and last_year is not None:
        cells = ",".join(runs_of([last_year(key) for key in known]))
        undecided = f"OR({undecided},COUNT({cells})<{len(known)})"
    return f'IFERROR(IF({undecided},"",{to_excel(expression, address, last_year, text)}),"")'
