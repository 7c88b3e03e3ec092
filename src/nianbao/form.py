"""The official form as immutable data: loads a form file, or refuses it with a path into it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from nianbao.figures import Key
from nianbao.formchecks import Check as Check
from nianbao.formchecks import Comparable, read_check, read_comparable, texts_named
from nianbao.formchecks import Rule as Rule
from nianbao.formfile import FormError as FormError
from nianbao.formfile import Node as _Node

Kind = Literal["count", "amount"]
Arrangement = Literal["blocks", "matrix", "row"]
TextKind = Literal["text", "count", "amount", "choice"]
IDENTITY = ("county", "unit", "code", "year")
EXPLANATIONS_SHEET = "情况说明"
LONGEST_TIP = 110


@dataclass(frozen=True, slots=True)
class Line:
    """A line (项目) of a table: its labels from the outermost to its own; ``tip`` says how to understand it."""

    key: str
    labels: tuple[str, ...]
    total_of: tuple[str, ...] = ()
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column (列) of a table, with what its figures count or measure."""

    key: str
    labels: tuple[str, ...]
    total_of: tuple[str, ...] = ()
    kind: Kind = "count"
    unit_of_measure: str | None = "件"
    decimals: int = 0
    signed: bool = False
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines × columns printed together, under a heading where the form prints one."""

    heading: str | None
    lines: tuple[Line, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One official table: its title, sheet, arrangement and blocks."""

    key: str
    sheet: str
    title: str
    arrangement: Arrangement
    corner: str | None
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One figure of the form: its key, the line and column it stands in, and what it is the sum of."""

    key: Key
    line: Line
    column: Column
    parts: tuple[Key, ...]

    @property
    def filled_in(self) -> bool:
        """Whether the unit types it; otherwise it is computed from ``parts``."""
        return not self.parts


@dataclass(frozen=True, slots=True)
class Text:
    """A field beside the tables: who filled it in, a declaration, an explanation, material for the county's report.

    ``declares`` names the table that a 否 declares to be empty; ``identity`` the part of the identity that stands here.
    A count or amount has a unit of measure and decimals as a column has; ``length`` is a guide in characters for a
    text; fields of one ``section`` stand under its heading.
    """

    key: str
    label: str
    kind: TextKind
    sheet: str
    declares: str | None = None
    identity: str | None = None
    section: str | None = None
    tip: str = ""
    unit_of_measure: str | None = None
    decimals: int = 0
    length: int | None = None
    signed: bool = False

    @property
    def measured(self) -> bool:
        """Whether a number belongs here."""
        return self.kind in {"count", "amount"}

    @property
    def numeric(self) -> bool:
        """Whether a number belongs here, which the county adds up."""
        return self.kind in {"count", "amount"} and self.identity is None


@dataclass(frozen=True, slots=True)
class CarriedLine:
    """A line that is not typed but carried over from a line of last year's table of the same key (结转)."""

    table: str
    line: str
    source: str
    remark: str


@dataclass(frozen=True, slots=True)
class Reminder:
    """Last year's figures of a column beside this year's entry cells; ``{}`` in ``words`` stands for the figure."""

    table: str
    column: str
    source: str
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One edition of the official form; two are the same only if they are one, so that a form can key a cache."""

    edition: str
    title: str
    source: str
    first_year: int
    tables: tuple[Table, ...]
    entries: Mapping[Key, Entry]
    checks: tuple[Check, ...]
    texts: tuple[Text, ...]
    carried: tuple[CarriedLine, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    headlines: tuple[Key, ...] = ()
    summary: tuple[tuple[str | Key, ...], ...] = ()
    comparable: tuple[Comparable, ...] = ()

    def may_be_absent(self, sheet: str) -> bool:
        """Whether a sheet has nothing but optional texts, so that a return without it can still be read."""
        texts = [text for text in self.texts if text.sheet == sheet]
        return bool(texts) and not any(text.identity or text.declares for text in texts)

    def declaration_of(self, table: str) -> Text | None:
        """The cover's question whether the unit has anything to report in a table."""
        return next((text for text in self.texts if text.declares == table), None)

    def text_of_identity(self, part: str) -> Text:
        """The cover field in which a part of the identity stands."""
        return next(text for text in self.texts if text.identity == part)


def explanation_key(code: str) -> str:
    """Key of the text in which a unit explains an odd but true value."""
    return f"explanation/{code}"


@cache
def editions() -> tuple[str, ...]:
    """The editions that come with the package, oldest first."""
    names = (item.name for item in files("nianbao.forms").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def edition_of_year(year: int) -> str | None:
    """The edition in force for a report year; None for a year before the first one."""
    fitting = [edition for edition in editions() if tomllib.loads(_text_of(edition))["first_year"] <= year]
    return fitting[-1] if fitting else None


@cache
def load_form(edition: str = "2021") -> Form:
    """The official form of an edition; raise FormError if there is none or its file is wrong."""
    if edition not in editions():
        raise FormError(f"forms: no edition {edition!r}; there are {', '.join(editions())}")
    return read_form(_text_of(edition), f"forms/{edition}.toml")


@cache
def _text_of(edition: str) -> str:
    return (files("nianbao.forms") / f"{edition}.toml").read_text(encoding="utf-8")


def read_form(text: str, name: str) -> Form:
    """A form from the text of a form file; ``name`` begins every FormError's path."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FormError(f"{name}: {error}") from error
    root = _Node(raw, name)
    tables = tuple(_table(node) for node in root.nodes("tables", "table", "key"))
    entries = {entry.key: entry for table in tables for entry in _entries(table, name)}
    _unique([table.key for table in tables], f"{name}: tables")
    checks = _checks(root, tables, entries)
    form = Form(
        edition=root.text("edition"),
        title=root.text("title"),
        source=root.text("source"),
        first_year=root.number("first_year"),
        tables=tables,
        entries=entries,
        checks=checks,
        texts=_texts(root, checks, tables),
        carried=tuple(_carried(node, entries) for node in root.nodes("carried", "carried", "line", required=False)),
        reminders=tuple(
            _reminder(node, tables) for node in root.nodes("reminders", "reminder", "column", required=False)
        ),
        headlines=tuple(_figure(text, entries, f"{name}: headlines") for text in root.texts("headlines")),
        summary=tuple(_sentence(text, entries, f"{name}: summary") for text in root.texts("summary")),
        comparable=read_comparable(root, _lines_and_columns(tables)),
    )
    for code, text in texts_named(checks):
        if text not in {one.key for one in form.texts}:
            raise FormError(f"{name}: check {code}: rule: unknown text {text!r}")
    root.finish()
    return form


def _lines_and_columns(tables: tuple[Table, ...]) -> dict[str, dict[str, tuple[str, ...]]]:
    """What checks may run over, by table: its lines and its columns, each key once."""
    found = {}
    for table in tables:
        lines = [line.key for block in table.blocks for line in block.lines]
        columns = [column.key for block in table.blocks for column in block.columns]
        found[table.key] = {"line": tuple(lines), "column": tuple(dict.fromkeys(columns))}
    return found


def _checks(root: _Node, tables: tuple[Table, ...], entries: Mapping[Key, Entry]) -> tuple[Check, ...]:
    present, parts = _lines_and_columns(tables), {key: entry.parts for key, entry in entries.items()}
    checks = tuple(read_check(node, present, parts) for node in root.nodes("checks", "check", "code"))
    _unique([check.code for check in checks], f"{root.path}: checks")
    return checks


def _texts(root: _Node, checks: tuple[Check, ...], tables: tuple[Table, ...]) -> tuple[Text, ...]:
    texts = [
        Text(explanation_key(check.code), f"{check.code}　{check.sentence}", "text", EXPLANATIONS_SHEET)
        for check in checks
        if check.explainable
    ]
    for node in root.nodes("texts", "text", "key"):
        texts.append(_text(node, tables))
    _unique([text.key for text in texts], f"{root.path}: texts")
    for part in IDENTITY:
        if [text.identity for text in texts].count(part) != 1:
            raise FormError(f"{root.path}: texts: exactly one must have identity {part!r}")
    return tuple(texts)


def _text(node: _Node, tables: tuple[Table, ...]) -> Text:
    declares = cast("str | None", node.take("declares", str, required=False))
    if declares is not None and declares not in {table.key for table in tables}:
        raise FormError(f"{node.path}: declares: table {declares!r} is not in the form")
    kind = cast(TextKind, node.choice("kind", ("text", "count", "amount", "choice"), "text"))
    text = Text(
        key=node.text("key"),
        label=node.text("label"),
        kind=kind,
        sheet=node.text("sheet"),
        declares=declares,
        identity=node.choice("identity", ("", *IDENTITY), "") or None,
        section=cast("str | None", node.take("section", str, required=False)),
        tip=_short(cast(str, node.take("tip", str, "", required=False)), node.path),
        unit_of_measure=cast("str | None", node.take("unit_of_measure", str, required=False)),
        decimals=cast(int, node.take("decimals", int, 0, required=False)),
        length=cast("int | None", node.take("length", int, required=False)),
    )
    if text.length is not None and kind != "text":
        raise FormError(f"{node.path}: length: only a text has one")
    if text.decimals and kind != "amount":
        raise FormError(f"{node.path}: decimals: only an amount has them")
    node.finish()
    return text


def _figure(text: str, entries: Mapping[Key, Entry], path: str) -> Key:
    key = next((key for key in entries if str(key) == text), None)
    if key is None:
        raise FormError(f"{path}: {text!r} is not a figure of the form")
    return key


def _sentence(text: str, entries: Mapping[Key, Entry], path: str) -> tuple[str | Key, ...]:
    """A sentence as its words and the figures named in braces among them, in reading order."""
    pieces = re.split(r"\{([^{}]*)\}", text)
    named = (piece if number % 2 == 0 else _figure(piece, entries, path) for number, piece in enumerate(pieces))
    return tuple(piece for piece in named if piece != "")


def _short(tip: str, path: str) -> str:
    """The tip, which two to a cell must fit into an input prompt of 255 characters."""
    if len(tip) > LONGEST_TIP:
        raise FormError(f"{path}: tip has {len(tip)} characters, at most {LONGEST_TIP} fit into a prompt")
    return tip


def _carried(node: _Node, entries: Mapping[Key, Entry]) -> CarriedLine:
    one = CarriedLine(node.text("table"), node.text("line"), node.text("from"), node.text("remark"))
    for line in (one.line, one.source):
        if not any(key.table == one.table and key.line == line and entry.filled_in for key, entry in entries.items()):
            raise FormError(f"{node.path}: line {line!r} of table {one.table!r} has no figure that is filled in")
    node.finish()
    return one


def _reminder(node: _Node, tables: tuple[Table, ...]) -> Reminder:
    one = Reminder(node.text("table"), node.text("column"), node.text("from"), node.text("words"))
    present = {(table.key, c.key) for table in tables for block in table.blocks for c in block.columns}
    for column in (one.column, one.source):
        if (one.table, column) not in present:
            raise FormError(f"{node.path}: column {column!r} is not in table {one.table!r}")
    if one.words.count("{}") != 1:
        raise FormError(f"{node.path}: words must have one {{}} for the figure")
    node.finish()
    return one


def _table(node: _Node) -> Table:
    arrangement = cast(Arrangement, node.choice("arrangement", ("blocks", "matrix", "row")))
    tips = {what: node.pairs(f"{what}_tips") for what in ("line", "column")}
    table = Table(
        key=node.text("key"),
        sheet=node.text("sheet"),
        title=node.text("title"),
        arrangement=arrangement,
        corner=node.text("corner") if arrangement != "row" else None,
        blocks=tuple(_block(block, arrangement, tips) for block in node.nodes("blocks", "block", "heading")),
    )
    if arrangement != "blocks" and len(table.blocks) != 1:
        raise FormError(f"{node.path}: a {arrangement} has exactly one block")
    present = {
        "line": {line.key for block in table.blocks for line in block.lines},
        "column": {column.key for block in table.blocks for column in block.columns},
    }
    for what, given in tips.items():
        for key in given:
            if key not in present[what]:
                raise FormError(f"{node.path}: {what}_tips: {what} {key!r} is not in the table")
    node.finish()
    return table


def _block(node: _Node, arrangement: Arrangement, tips: Mapping[str, Mapping[str, str]]) -> Block:
    heading = node.text("heading") if arrangement == "blocks" else None
    columns = tuple(_column(column, tips["column"]) for column in node.nodes("columns", "column", "key"))
    lines = []
    for line in node.nodes("lines", "line", "key"):
        key, labels, total_of = line.text("key"), line.texts("labels"), line.texts("total_of", required=False)
        lines.append(Line(key, labels, total_of, _tip(key, tips["line"], total_of, line.path)))
        line.finish()
    _unique([column.key for column in columns], f"{node.path}: columns")
    _unique([line.key for line in lines], f"{node.path}: lines")
    for what, items in (("line", lines), ("column", columns)):
        _totals_refer_to_parts(what, items, node.path)
    node.finish()
    return Block(heading, tuple(lines), columns)


def _tip(key: str, tips: Mapping[str, str], total_of: tuple[str, ...], path: str) -> str:
    """How a line or column is to be understood (填报说明); whatever people type into must have one."""
    if key not in tips and not total_of:
        raise FormError(f"{path}: it has no tip")
    return _short(tips.get(key, ""), path)


def _totals_refer_to_parts(what: str, items: list[Line] | tuple[Column, ...], path: str) -> None:
    totals = {item.key for item in items if item.total_of}
    present = {item.key for item in items}
    for item in items:
        for part in item.total_of:
            if part not in present:
                raise FormError(f"{path}: {what} {item.key}: total_of names {part!r}, which is not in the table")
            if part in totals:
                raise FormError(f"{path}: {what} {item.key}: total_of names {part!r}, itself a total")


def _column(node: _Node, tips: Mapping[str, str]) -> Column:
    kind = cast(Kind, node.choice("kind", ("count", "amount"), "count"))
    key, total_of = node.text("key"), node.texts("total_of", required=False)
    column = Column(
        key=key,
        labels=node.texts("labels"),
        total_of=total_of,
        kind=kind,
        # an empty text: the form prints no unit
        unit_of_measure=cast(str, node.take("unit_of_measure", str, "件" if kind == "count" else "", required=False))
        or None,
        decimals=cast(int, node.take("decimals", int, 0, required=False)),
        signed=cast(bool, node.take("signed", bool, default=False, required=False)),
        tip=_tip(key, tips, total_of, node.path),
    )
    node.finish()
    if kind == "count" and column.decimals:
        raise FormError(f"{node.path}: decimals: a count has none")
    return column


def _unique(keys: list[str], path: str) -> None:
    for key in keys:
        if keys.count(key) > 1:
            raise FormError(f"{path}: {key} stands twice")


def _entries(table: Table, name: str) -> Iterator[Entry]:
    seen: set[str] = set()
    for block in table.blocks:
        for line in block.lines:
            if line.key in seen:
                raise FormError(f"{name}: table {table.key}: line {line.key} stands twice")
            seen.add(line.key)
            for column in block.columns:
                if column.total_of:
                    parts = tuple(Key(table.key, line.key, part) for part in column.total_of)
                else:
                    parts = tuple(Key(table.key, part, column.key) for part in line.total_of)
                key = Key(table.key, line.key, column.key)
                yield Entry(key, line, column, parts)
