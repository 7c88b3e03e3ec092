"""The fast way into parts that are plainly written: what differs is taken out by pattern, the rest is read once.

Programs write cells, shared strings and names in one plain shape each. Where a part has nothing else among them, its
values are cut out by pattern; what remains is the same in many returns, and is read and passes the gate of
``nianbao.excel.markup`` once per distinct content. Whatever is not plain gives None, and the full reader has its say.
What is remembered outlives its file: it is bounded in size as well as in number, and nobody gets what could be changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from types import MappingProxyType
from typing import NamedTuple

from nianbao.archive import ODD
from nianbao.excel.cells import UNKNOWN_FORMULA, Cell, Content, Kind, UnreadableError
from nianbao.excel.markup import Attributes, Node, parse, tree
from nianbao.excel.strings import read_strings
from nianbao.figures import column_index

# a sheet of this size has fewer cells than any limit
_LARGEST = 400_000
# so much of a part may be remembered for the next one, of the frame of shared strings, and of one of these; an honest
# return has half of it at most, and a tenth of the second
_LARGEST_SHARED, _LARGEST_FRAME, _LONGEST_STRING = 64_000, 4_000, 2_000
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "
_HEAD = re.compile(rb'<\?xml version="1\.0"(?: encoding="UTF-8")?(?: standalone="yes")?\?>\r?\n?<', re.IGNORECASE)
# what XML does not allow at all, and a line end that it would change
_CONTROL = bytes(sorted({*range(32), 127} - {9, 10}))
_START = re.compile(rb"<[A-Za-z]|" + _HEAD.pattern, re.IGNORECASE)
_ENTITY = re.compile("&(?!(?:amp|lt|gt|quot|apos|#10);)")
_BODY, _BODY_END = b"<sheetData>", b"</sheetData>"
_FOOTER, _FOOTER_END = b"<oddFooter>", b"</oddFooter>"
_VALUE = re.compile(rb"<v(?:>([^<]*)</v>| ?/>)")
_TOKEN = re.compile(
    r'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?: s="([0-9]{1,6})")?(?: t="(n|s|str|b|e)")?>'
    r'(?:<f(?: aca="false")?>([^<]*)</f>)?<v/></c>'
    r'|(<row(?: [A-Za-z0-9:]+="[^"<]*")*>)'
    r'|<c r="[A-Z]{1,3}[1-9][0-9]{0,6}"(?: s="[0-9]{1,6}")?/>'
    r"|(</row>)"
)
_GROUPS = _TOKEN.groups + 1
_NAMES = re.compile(
    r'(?:<definedName(?: function="false")?(?: hidden="false")?(?: localSheetId="[0-9]{1,4}")?'
    r' name="[A-Za-z0-9_.]{1,255}"(?: localSheetId="[0-9]{1,4}")?(?: vbProcedure="false")?>(?!"|&quot;)'
    r"[^<>&]*(?:&(?:amp|lt|gt|quot|apos);[^<>&]*)*</definedName>)+"
)
_TWICE = re.compile(r'localSheetId="[0-9]{1,4}" name="[^"]*" localSheetId=')
_KINDS: Mapping[str, Kind] = MappingProxyType({"n": "number", "b": "bool", "e": "error"})
_LAST_ROW, _LAST_COLUMN = 1_048_575, 16_383


def text_of(data: bytes) -> str | None:
    """A part as text, where it is small, in UTF-8 and has nothing that XML would change or forbid."""
    head = _HEAD.match(data)
    if len(data) > _LARGEST or head is None or data.count(b"<?") > 1 or b"<!" in data:
        return None
    # the only line end that may be another system's is the one after the declaration
    start = head.end() - 1
    rest = _plain_text(data[start:])
    return None if rest is None else data[:start].decode("ascii") + rest


def _plain_text(data: bytes) -> str | None:
    """Some of a part as text, where it is in UTF-8 and has nothing that XML would change or forbid."""
    if len(data.translate(None, _CONTROL)) < len(data) or b"\xef\xbf" in data or b"]]>" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def cells_in(data: bytes, shared: tuple[str, ...], formats: tuple[str, ...]) -> Content | None:
    """The cells of a sheet that is plainly written; None for any other."""
    first, last = data.find(_BODY), data.rfind(_BODY_END)
    if first < 0 or last < first or len(data) > _LARGEST:
        return None
    pieces = _VALUE.split(data[first + len(_BODY) : last])
    skeleton = b"<v/>".join(pieces[::2])
    shape = _shape(skeleton) if len(skeleton) <= _LARGEST_SHARED else None
    after = _without_footer(data[last:])
    if shape is None or after is None or not _fits(data[:first], shape, after):
        return None
    return _filled(shape, [value or b"" for value in pieces[1::2]], shared, formats)


class _Shape:
    """The rows and cells of a sheet without their values: where each stands, of what kind, with what formula."""

    __slots__ = ("figures", "formulas", "kinds", "numbers", "places", "rows", "strings", "styles")

    def __init__(self) -> None:
        self.rows: list[str] = []
        # the number that the cells of each row say it has; 0 where it has none
        self.numbers: list[int] = []
        self.places: list[tuple[int, int]] = []
        self.kinds: list[Kind] = []
        self.formulas: list[str | None] = []
        self.styles: list[int] = []
        # which cells have a number for a value, and which the number of a shared string
        self.figures: list[int] = []
        self.strings: list[int] = []


@lru_cache(maxsize=96)
def _shape(skeleton: bytes) -> _Shape | None:
    """The cells of a sheet's body, whose values were cut out; None where there is anything but plain cells."""
    text = _plain_text(skeleton)
    if text is None or _ENTITY.search(text) is not None:
        return None
    parts = _TOKEN.split(text)
    if any(parts[::_GROUPS]):
        return None
    shape, inside = _Shape(), False
    groups = iter(parts)
    next(groups)
    for letters, number, style, kind, formula, opened, closed, _ in zip(*[groups] * _GROUPS, strict=True):
        if letters:
            row, column = int(number), column_index(letters)
            if not inside or shape.numbers[-1] not in (0, row) or row > _LAST_ROW + 1 or column > _LAST_COLUMN:
                return None
            if kind == "s":
                shape.strings.append(len(shape.places))
            elif kind in (None, "n"):
                shape.figures.append(len(shape.places))
            shape.numbers[-1] = row
            shape.places.append((row - 1, column))
            shape.kinds.append(_KINDS.get(kind or "n", "text"))
            shape.formulas.append(None if formula is None else _unescaped(formula) or UNKNOWN_FORMULA)
            shape.styles.append(int(style or 0))
        elif opened or closed:
            if inside is bool(opened):
                return None
            inside = not inside
            if opened:
                shape.rows.append(opened)
                shape.numbers.append(0)
    # a cell that is stored twice is the full reader's to judge
    return None if inside or len(set(shape.places)) < len(shape.places) else shape


def _without_footer(after: bytes) -> bytes | None:
    """What stands behind the cells, without the text of the footer, which names the unit."""
    first, last = after.find(_FOOTER), after.rfind(_FOOTER_END)
    if first < 0:
        return after
    text = _plain_text(after[first + len(_FOOTER) : last])
    if last < first or text is None or "<" in text or _ENTITY.search(text) is not None:
        return None
    return after[: first + len(_FOOTER)] + after[last:]


@lru_cache(maxsize=96)
def _fits(before: bytes, shape: _Shape, after: bytes) -> bool:
    """Whether the sheet without its cells passes the gate, and its rows are where its cells say that they are."""
    text = text_of(before + after)
    if text is None:
        return False
    numbers: list[int] = []
    path: list[str] = []
    wrong = bodies = 0

    def start(name: str, attributes: Attributes) -> None:
        nonlocal wrong, bodies
        path.append(name)
        if name == f"{_MAIN}row" and path[:-1] == [f"{_MAIN}worksheet", f"{_MAIN}sheetData"]:
            number = attributes.get("r", "")
            wrong += re.fullmatch("[1-9][0-9]{0,6}", number) is None or int(number) > _LAST_ROW + 1
            numbers.append(0 if wrong else int(number))
        elif name == f"{_MAIN}sheetData":
            bodies += 1
            wrong += len(path) != 2
        elif name.rpartition(" ")[2] in {"row", "sheetData", "c"}:
            wrong += 1

    def end(_: str) -> None:
        path.pop()

    rows = "".join(f"{row}</row>" for row in shape.rows).encode()
    try:
        parse(before + _BODY + rows + after, start, end, lambda _: None)
    except UnreadableError:
        return False
    said = zip(shape.numbers, numbers, strict=False)
    return not wrong and bodies == 1 and len(numbers) == len(shape.rows) and all(a in (0, b) for a, b in said)


def _filled(shape: _Shape, values: list[bytes], shared: tuple[str, ...], formats: tuple[str, ...]) -> Content | None:
    """The cells of a shape with these values; None where one of them is not plain."""
    text = _plain_text(b"<".join(values))
    # an _x may be one of Excel's own escapes
    if text is None or "_x" in text or ("&" in text and _ENTITY.search(text) is not None):
        return None
    raws = text.split("<") if values else []
    if "&" in text:
        raws = [_unescaped(raw) for raw in raws]
    for index in shape.strings:
        raw = raws[index]
        if not (raw.isascii() and raw.isdecimal() and len(raw) < 10) or int(raw) >= len(shared):
            return None
        raws[index] = shared[int(raw)]
    if _SPACE.search("".join([raws[index] for index in shape.figures])) is not None:
        return None
    parts = zip(raws, shape.kinds, shape.formulas, _formats_of(shape, formats), strict=True)
    cells = dict(zip(shape.places, map(_as_cell, repeat(Cell), parts), strict=True))
    for index in [index for index, raw in enumerate(raws) if not raw]:
        if not _settle_blank(cells, shape, index):
            return None
    return Content(cells)


def _settle_blank(cells: dict[tuple[int, int], Cell], shape: _Shape, index: int) -> bool:
    """A cell without a value as the full reader has it, if at all; False where it is not plain."""
    place, kind = shape.places[index], shape.kinds[index]
    if shape.formulas[index] is None:
        del cells[place]
        return kind in ("number", "text")
    if kind == "number":
        cells[place] = cells[place]._replace(kind="blank")
    return True


# named tuples made in C: a return has a thousand of them
_as_cell: Callable[[type[Cell], Iterable[object]], Cell] = tuple.__new__
_SPACE = re.compile(r"\s")


@lru_cache(maxsize=96)
def _formats_of(shape: _Shape, formats: tuple[str, ...]) -> Sequence[str | None]:
    """The number format of every cell of a shape."""
    return [formats[style] if style < len(formats) else None for style in shape.styles]


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    for entity, sign in (
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", '"'),
        ("&apos;", "'"),
        ("&#10;", "\n"),
        ("&amp;", "&"),
    ):
        text = text.replace(entity, sign)
    return text


# -- the workbook's own part, and its properties

_QUOTED, _ANY_QUOTED = re.compile(rb'>((?:"|&quot;)[^<>]{0,600})</definedName>'), b'>""</definedName>'
_PROPERTY, _ANY_PROPERTY = re.compile(rb"<vt:lpwstr>([^<]*)</vt:lpwstr>"), b"<vt:lpwstr></vt:lpwstr>"


class Outline(NamedTuple):
    """What a workbook part says of its sheets: the id and the name of each; ``root`` is what the part is."""

    root: str
    sheets: tuple[tuple[str, str], ...]


def workbook_in(data: bytes) -> tuple[Outline, Mapping[str, str]]:
    """The sheets of a workbook, and the defined names that stand for a text: ``"教育局"``.

    Raises UnreadableError where the part is not well formed.
    """
    skeleton, values = _cut(data, _QUOTED, _ANY_QUOTED)
    if values is not None:
        outline, names = _named(skeleton)
        if names is not None and len(names) == len(values):
            return outline, {name: _quoted(value) for name, value in zip(names, values, strict=True)}
    root = tree(data)
    return _outline(root), {name: _quoted(text) for name, text in _constants(root)}


@lru_cache(maxsize=16)
def _named(skeleton: bytes) -> tuple[Outline, tuple[str, ...] | None]:
    """The sheets, and the names whose texts were cut out; no names where it is not certain that these are theirs."""
    root = tree(_without_names(skeleton))
    sheets = root.child("sheets")
    if sheets is not None and sheets.child("definedName") is not None:  # where each counts as a sheet
        root = tree(skeleton)
    constants = _constants(root)
    bare = b"&#" not in skeleton and not any(node.children for node in root.all() if node.name == "definedName")
    bare = bare and all(text == '""' for _, text in constants)
    return _outline(root), tuple(name for name, _ in constants) if bare else None


def _outline(root: Node) -> Outline:
    sheets = root.child("sheets")
    return Outline(
        root.name, tuple((one.get("id"), one.get("name")) for one in ([] if sheets is None else sheets.children))
    )


def _constants(root: Node) -> Sequence[tuple[str, str]]:
    # elements in a name make it none: of a hundred names within one another, each would have the text of all
    nodes = (node for node in root.all() if node.name == "definedName" and not node.children)
    return [(node.get("name"), node.text) for node in nodes if node.text.startswith('"')]


def _quoted(text: str) -> str:
    return text.removeprefix('"').removesuffix('"').replace('""', '"')


def _without_names(data: bytes) -> bytes:
    """The workbook part with one defined name for many that are plainly written and stand for no text."""
    text = text_of(data)
    return data if text is None or _TWICE.search(text) is not None else _NAMES.sub("<definedName/>", text).encode()


def properties_in(data: bytes) -> Mapping[str, str]:
    """The custom properties of a document by name; raises UnreadableError where the part is not well formed."""
    skeleton, values = _cut(data, _PROPERTY, _ANY_PROPERTY)
    names = None if values is None else _property_names(skeleton)
    if values is None or names is None or len(names) != len(values):
        return {node.get("name"): node.text for node in tree(data).children}
    return dict(zip(names, values, strict=True))


@lru_cache(maxsize=16)
def _property_names(skeleton: bytes) -> tuple[str, ...] | None:
    """The names of properties whose texts were cut out; None where one holds anything else."""
    nodes = tree(skeleton).children
    bare = all(len(node.children) == 1 and not node.text and not node.children[0].children for node in nodes)
    return tuple(node.get("name") for node in nodes) if bare else None


def _cut(data: bytes, pattern: re.Pattern[bytes], empty: bytes) -> tuple[bytes, Sequence[str] | None]:
    """A part with ``empty`` for all texts of a pattern, and those texts; None for them where something is not plain."""
    pieces = pattern.split(data)
    skeleton, values = empty.join(pieces[::2]), pieces[1::2]
    # in another encoding, in a comment and the like the pattern is not what it seems
    if len(skeleton) > _LARGEST_SHARED or _START.match(data) is None or data.count(b"<?", 1) or b"<!" in data:
        return skeleton, None
    text = _plain_text(b"<".join(values))
    if text is None or _ENTITY.search(text) is not None:
        return skeleton, None
    return skeleton, [_unescaped(value) for value in text.split("<")] if values else []


# -- shared strings


def strings_in(data: bytes) -> tuple[str, ...] | None:
    """The shared strings of a part that is plainly written: each distinct one is parsed once; None for any other."""
    text = text_of(data)
    if text is None:
        return None
    first, last = text.find("<si>"), text.rfind("</si>")
    before, after = text[:first], text[last + len("</si>") :]
    if first < 0 or last < first or len(before) + len(after) > _LARGEST_FRAME or not _is_frame(before, after):
        return None
    items = text[first:last].split("</si>")
    try:
        return tuple([(_string if len(item) <= _LONGEST_STRING else _parsed)(item) for item in items])
    except UnreadableError:
        return None


@lru_cache(maxsize=64)
def _is_frame(before: str, after: str) -> bool:
    """Whether what stands around the strings is one root element and nothing else."""
    names: list[str] = []
    try:
        parse((before + after).encode(), lambda name, _: names.append(name), lambda _: None, lambda _: None)
    except UnreadableError:
        return False
    return names == [f"{_MAIN}sst"] and after.strip() == "</sst>"


def _parsed(item: str) -> str:
    """One string item without its end tag; raises UnreadableError unless it is one element, well formed."""
    texts = read_strings(f'<sst xmlns="{_MAIN.strip()}">{item}</si></sst>'.encode())
    if len(texts) != 1:  # an empty item, written <si/>, or an end tag that is written in another way
        raise UnreadableError(ODD)
    return texts[0]


_string = lru_cache(maxsize=4096)(_parsed)
