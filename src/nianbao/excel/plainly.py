"""The fast way into parts that are plainly written: what repeats is taken out by pattern, the rest passes the gate.

Programs write cells, shared strings and names in one plain shape each. Where a part has nothing else among them, they
are cut out by pattern; what remains (the skeleton: head, rows, tail) is the same in many returns and passes the gate of
``nianbao.excel.markup`` once per distinct content. Whatever is not plain gives None, and the full reader has its say.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nianbao.excel.cells import UNKNOWN_FORMULA, Cell, Content, Kind, UnreadableError
from nianbao.excel.markup import Attributes, parse
from nianbao.excel.strings import read_strings
from nianbao.figures import column_index

_LARGEST = 400_000
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "
_HEAD = re.compile(r'<\?xml version="1\.0"(?: encoding="UTF-8")?(?: standalone="yes")?\?>\r?\n?<', re.IGNORECASE)
# what XML does not allow at all, and a line end that it would change
_CONTROL = bytes(sorted({*range(32), 127} - {9, 10}))
_ENTITY = re.compile("&(?!(?:amp|lt|gt|quot|apos|#10);)")
_BODY, _BODY_END = "<sheetData>", "</sheetData>"
_TOKEN = re.compile(
    r'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?: s="([0-9]{1,6})")?(?: t="(n|s|str|b|e)")?>'
    r'(?:<f(?: aca="false")?>([^<]*)</f>)?<v>([^<]*)</v></c>'
    r'|(<row(?: [A-Za-z0-9:]+="[^"<]*")*>)'
    r'|<c r="[A-Z]{1,3}[1-9][0-9]{0,6}"(?: s="[0-9]{1,6}")?/>'
    r"|(</row>)"
)
_GROUPS = _TOKEN.groups + 1
_FOOTER = re.compile(r"<oddFooter>[^<>&]*(?:&amp;[^<>&]*)*(?=</oddFooter>)")
_NAME = re.compile(
    r'<definedName(?: function="false")?(?: hidden="false")?(?: localSheetId="[0-9]{1,4}")? name="[A-Za-z0-9_.]{1,255}"'
    r'(?: localSheetId="[0-9]{1,4}")?(?: vbProcedure="false")?>'
    r"[^<>&]*(?:&(?:amp|lt|gt|quot|apos);[^<>&]*)*</definedName>"
)
_TWICE = re.compile(r'localSheetId="[0-9]{1,4}" name="[^"]*" localSheetId=')
_KINDS: dict[str, Kind] = {"b": "bool", "e": "error"}
_LAST_ROW, _LAST_COLUMN = 1_048_575, 16_383


def text_of(data: bytes) -> str | None:
    """A part as text, where it is small, in UTF-8 and has nothing that XML would change or forbid."""
    controls = len(data) - len(data.translate(None, _CONTROL))
    if len(data) > _LARGEST or controls > 1 or b"\xef\xbf" in data or b"<!" in data or b"]]>" in data:
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    head = _HEAD.match(text)
    # the only line end that may be another system's is the one after the declaration
    if head is None or data.count(b"<?") > 1 or controls != text.count("\r", 0, head.end()):
        return None
    return text


def cells_in(data: bytes, shared: tuple[str, ...], formats: tuple[str, ...]) -> Content | None:
    """The cells of a sheet that is plainly written; None for any other."""
    text = text_of(data)
    if text is None:
        return None
    first, last = text.find(_BODY), text.rfind(_BODY_END)
    if first < 0 or last < first:
        return None
    body = text[first + len(_BODY) : last]
    if _ENTITY.search(body) is not None:
        return None
    parts = _TOKEN.split(body)
    if any(parts[::_GROUPS]):
        return None
    before, after = text[:first], _FOOTER.sub("<oddFooter>", text[last:], count=1)
    rows = _rows_of(before, tuple(filter(None, parts[7::_GROUPS])), after)
    return None if rows is None else _cells(parts, rows, shared, formats)


@lru_cache(maxsize=128)
def _rows_of(before: str, rows: tuple[str, ...], after: str) -> tuple[int, ...] | None:
    """The numbers of the rows, where the sheet without its cells passes the gate and its rows are where they belong."""
    numbers: list[int] = []
    path: list[str] = []
    wrong = bodies = 0

    def start(name: str, attributes: Attributes) -> None:
        nonlocal wrong, bodies
        path.append(name)
        if name == f"{_MAIN}row" and path[:-1] == [f"{_MAIN}worksheet", f"{_MAIN}sheetData"]:
            number = attributes.get("r", "")
            wrong += not (number.isascii() and number.isdecimal() and len(number) < 8 and number[0] != "0")
            numbers.append(0 if wrong else int(number))
        elif name == f"{_MAIN}sheetData":
            bodies += 1
            wrong += len(path) != 2
        elif name.rpartition(" ")[2] in {"row", "sheetData"}:
            wrong += 1

    def end(_: str) -> None:
        path.pop()

    skeleton = before + _BODY + "".join(f"{row}</row>" for row in rows) + after
    try:
        parse(skeleton.encode(), start, end, lambda _: None)
    except UnreadableError:
        return None
    return None if wrong or bodies != 1 or len(numbers) != len(rows) else tuple(numbers)


def _cells(
    parts: list[str], rows: tuple[int, ...], shared: tuple[str, ...], formats: tuple[str, ...]
) -> Content | None:
    cells: dict[tuple[int, int], Cell] = {}
    groups = iter(parts)
    next(groups)
    coming, row, count = iter(rows), 0, 0
    for letters, number, style, kind, formula, value, opened, closed, _ in zip(*[groups] * _GROUPS, strict=True):
        if letters:
            column = _column(letters)
            if number != str(row) or column > _LAST_COLUMN:
                return None
            cell = _cell(style, kind, formula, value, shared, formats)
            if cell is None:
                return None
            if cell is not _NOTHING:
                cells[row - 1, column] = cell
                count += 1
        elif opened:
            if row:
                return None
            row = next(coming)
            if row > _LAST_ROW + 1:
                return None
        elif closed:
            if not row:
                return None
            row = 0
    # a cell that is stored twice is the full reader's to judge
    return Content(cells) if not row and len(cells) == count else None


_NOTHING = Cell("", "blank")
_column = lru_cache(maxsize=1024)(column_index)


def _cell(
    style: str | None,
    kind: str | None,
    formula: str | None,
    value: str,
    shared: tuple[str, ...],
    formats: tuple[str, ...],
) -> Cell | None:
    """One cell as the full reader has it; ``_NOTHING`` for what is blank, None for what is not plain."""
    number = int(style) if style else 0
    number_format = formats[number] if number < len(formats) else None
    if formula is not None:
        formula = _unescaped(formula) or UNKNOWN_FORMULA
    if kind == "s":
        if not (value.isascii() and value.isdecimal() and len(value) < 10) or int(value) >= len(shared):
            return None
        text = shared[int(value)]
        return Cell(text, "text", formula, number_format) if text or formula else _NOTHING
    if "_x" in value:  # perhaps one of Excel's own escapes
        return None
    value = _unescaped(value)
    if kind == "str":
        return Cell(value, "text", formula, number_format) if value or formula else _NOTHING
    if kind is None or kind == "n":
        value = value.strip()
        if value:
            return Cell(value, "number", formula, number_format)
        return _NOTHING if formula is None else Cell("", "blank", formula, number_format)
    return Cell(value, _KINDS[kind], formula, number_format) if value or formula else None


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


def without_names(data: bytes) -> bytes:
    """The workbook part without its defined names, where they are plainly written: what it says of its sheets."""
    text = text_of(data)
    return data if text is None or _TWICE.search(text) is not None else _NAME.sub("", text).encode()


def strings_in(data: bytes) -> tuple[str, ...] | None:
    """The shared strings of a part that is plainly written: each distinct one is parsed once; None for any other."""
    text = text_of(data)
    if text is None:
        return None
    first, last = text.find("<si>"), text.rfind("</si>")
    if first < 0 or last < first or not _is_frame(text[:first], text[last + 5 :]):
        return None
    try:
        return tuple(_string(item) for item in text[first:last].split("</si>"))
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


@lru_cache(maxsize=8192)
def _string(item: str) -> str:
    """One string item without its end tag; raises UnreadableError unless it is one element, well formed."""
    (text,) = read_strings(f'<sst xmlns="{_MAIN.strip()}">{item}</si></sst>'.encode())
    return text
