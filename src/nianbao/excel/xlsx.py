"""From an xlsx package to cells: values, types, formulas, errors and number formats, and nothing else of the styles.

No style part can stop this reader, and cells are kept sparse, so a stray cell far out costs nothing. Small parts that
are the same in many returns are parsed once.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache

from nianbao.archive import ODD, Archive, ArchiveError
from nianbao.excel.cells import (
    DAMAGED,
    MAX_CELLS,
    MAX_SHEETS,
    NOT_A_TABLE,
    TOO_BIG,
    UNKNOWN_FORMULA,
    Book,
    Cell,
    Content,
    Feature,
    Kind,
    Sheet,
    UnreadableError,
)
from nianbao.excel.markup import Attributes, local, parse, tree
from nianbao.excel.plainly import cells_in, properties_in, strings_in, workbook_in
from nianbao.excel.strings import TextReader, read_strings, unescaped
from nianbao.figures import column_index, column_name

_MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main ",
    "http://purl.oclc.org/ooxml/spreadsheetml/main ",
    "",
)
_KINDS: dict[str, Kind] = {"e": "error", "b": "bool", "d": "text"}
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
# cells that are only formatted make up most of many a sheet; where every cell says where it is, they can go first
_BLANK_CELL = re.compile(rb'<c r="[A-Z]{1,3}[0-9]{1,7}"(?: s="[0-9]+")?/>')
_UNADDRESSED = re.compile(rb'<c(?:[\t\r\n/>]| (?!r="[A-Z]))')
_CELLS_END, _SHEET_END = b"</sheetData>", b"</worksheet>"
_LAST_ROW, _LAST_COLUMN = 1_048_575, 16_383
# parts up to this size are remembered; what many returns share (number formats, relations) is smaller
_SHARED_PART = 64 * 2**10
# Excel has no longer code of a number format
_LONGEST_FORMAT = 255
_FEATURES: dict[str, Feature] = {
    "vbaproject": "macros",
    "xlmacrosheet": "macros",
    "xlintlmacrosheet": "macros",
    "macrosheet": "macros",
    "externallink": "links",
}
# formulas that cells share are written out for each of them up to this length, and for so many of a sheet's cells
_LONGEST_SHARED, _MOST_SHARED = 255, 5_000
_REFERENCE = re.compile(r""""[^"]*"|'[^']*'|(?<![\w.$])(\$?)([A-Z]{1,3})(\$?)([1-9][0-9]{0,6})(?![\w.(!])""")


def read_xlsx(archive: Archive, most_cells: int) -> Book:
    """The workbook in an xlsx package; raise UnreadableError or ArchiveError where it has none."""
    return _Xlsx(archive, most_cells).book()


class _Xlsx:
    """The needed parts of one xlsx package."""

    def __init__(self, archive: Archive, most_cells: int) -> None:
        self._archive, self._most_cells = archive, most_cells

    def book(self) -> Book:
        workbook = self._target("", "officedocument")
        if workbook is None or workbook not in self._archive:
            raise UnreadableError(DAMAGED if "xl/workbook.xml" in self._archive else NOT_A_TABLE)
        if workbook.endswith(".bin"):
            raise UnreadableError("这是二进制工作簿（xlsb），不能读取；请用 Excel 或 WPS 另存为 xlsx 再发。")
        data = self._archive.read(workbook)
        outline, constants = workbook_in(data)
        if outline.root != "workbook":
            raise UnreadableError(NOT_A_TABLE)
        targets = self._relations(workbook)
        by_kind = dict(reversed(targets.values()))
        shared = _strings(self._needed(by_kind["sharedstrings"])) if "sharedstrings" in by_kind else ()
        formats = _formats(self._optional(by_kind.get("styles")))
        sheets, features = [], set[Feature]()
        for number, (identifier, name) in enumerate(outline.sheets, 1):
            kind, target = targets.get(identifier, ("worksheet", f"xl/worksheets/sheet{number}.xml"))
            if kind == "worksheet":
                sheets.append(self._sheet(name, target, shared, formats))
        if len(sheets) > MAX_SHEETS:
            raise UnreadableError(TOO_BIG)
        features |= {_FEATURES[kind] for kind, _ in targets.values() if kind in _FEATURES}
        for name in self._archive.members:
            if name.endswith("vbaproject.bin"):
                features.add("macros")
            elif "/embeddings/" in name or "/activex/" in name:
                features.add("objects")
            elif name.endswith("cellimages.xml"):
                features.add("pictures")
        custom = self._optional(self._target("", "custom-properties"))
        properties = properties_in(custom) if custom else {}
        self._archive.check_rest()
        return Book(tuple(sheets), properties, features=frozenset(features), constants=constants)

    def _sheet(self, name: str, target: str, shared: tuple[str, ...], formats: tuple[str, ...]) -> Sheet:
        if target not in self._archive:
            raise UnreadableError(DAMAGED)

        def load() -> Content:
            try:
                data = self._archive.read(target)
                return cells_in(data, shared, formats) or read_sheet(data, shared, formats, self._most_cells)
            except ArchiveError as error:
                raise UnreadableError(str(error)) from error

        return Sheet(name, load)

    def _needed(self, name: str) -> bytes:
        if name not in self._archive:
            raise UnreadableError(DAMAGED)
        return self._archive.read(name)

    def _optional(self, name: str | None) -> bytes:
        return self._archive.read(name) if name is not None and name in self._archive else b""

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """The parts that a part refers to, by id: what kind each is (in lower case), and its name."""
        folder, name = posixpath.split(part)
        data = self._optional(posixpath.join(folder, "_rels", f"{name}.rels"))
        return _remembered_relations(folder, data) if len(data) <= _SHARED_PART else _relations(folder, data)

    def _target(self, part: str, kind: str) -> str | None:
        return next((target for found, target in self._relations(part).values() if found == kind), None)


# -- parts that many returns share


def _relations(folder: str, data: bytes) -> dict[str, tuple[str, str]]:
    found = {}
    for node in tree(data).children if data else ():
        target = node.get("Target").replace("\\", "/")
        target = posixpath.normpath(target if target.startswith("/") else f"{folder}/{target}")
        found[node.get("Id")] = (node.get("Type").rpartition("/")[2].casefold(), target.lstrip("/"))
    return found


def _strings(data: bytes) -> tuple[str, ...]:
    plain = strings_in(data)
    return read_strings(data) if plain is None else plain


def _formats(data: bytes) -> tuple[str, ...]:
    if not data:
        return ()
    try:
        return _remembered_formats(data) if len(data) <= _SHARED_PART else _read_formats(data)
    except UnreadableError:
        return ()  # a return is not refused for its looks


def _read_formats(data: bytes) -> tuple[str, ...]:
    """The number format of every cell style: its code, or the number of a built-in one."""
    custom: dict[str, str] = {}
    used: list[str] = []
    inside = False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal inside
        match local(name):
            case "numFmt":
                custom[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:_LONGEST_FORMAT]
            case "cellXfs":
                inside = True
            case "xf" if inside:
                used.append(attributes.get("numFmtId", "0"))

    def end(name: str) -> None:
        nonlocal inside
        if local(name) == "cellXfs":
            inside = False

    parse(data, start, end, _ignore)
    return tuple(custom.get(number, number) for number in used)


def _ignore(_: str) -> None:
    pass


_remembered_relations = lru_cache(maxsize=32)(_relations)
_remembered_formats = lru_cache(maxsize=16)(_read_formats)


# -- sheets


def read_sheet(data: bytes, shared: tuple[str, ...], formats: tuple[str, ...], most_cells: int = MAX_CELLS) -> Content:
    """The cells of any sheet, element by element; raise UnreadableError where there are too many."""
    return _SheetReader(shared, formats, most_cells).read(data)


_CODES = {
    prefix + name: name for prefix in _MAIN for name in ("sheetData", "row", "c", "v", "f", "is", "t", "rPh")
}  # names outside the spreadsheet's own namespace are nothing to us


class _SheetReader:
    """One sheet's XML to cells; the elements come one by one and nothing is kept but the cells."""

    def __init__(self, shared: tuple[str, ...], formats: tuple[str, ...], most_cells: int) -> None:
        self._shared, self._formats, self._most_cells = shared, formats, most_cells
        self._cells: dict[tuple[int, int], Cell] = {}
        self._doubled: set[tuple[int, int]] = set()
        self._inside = self._in_cell = False
        self._row = self._column = -1
        self._row_given = False
        self._attributes: Attributes = {}
        self._value: list[str] = []
        self._formula: list[str] | None = None
        self._group: str | None = None
        self._masters: dict[str, tuple[int, int, str]] = {}
        self._sharing = 0
        self._inline: TextReader | None = None
        self._current: list[str] | None = None

    def read(self, data: bytes) -> Content:
        data = _only_cells(data)
        if _UNADDRESSED.search(data) is None:
            data = _BLANK_CELL.sub(b"", data)
        parse(data, self._start, self._end, self._text)
        return Content(self._cells, frozenset(self._doubled))

    def _start(self, name: str, attributes: Attributes) -> None:
        code = _CODES.get(name)
        if code is None:
            return
        if code == "sheetData":
            self._inside = True
        elif not self._inside:
            return
        elif code == "c":
            self._begin_cell(attributes)
        elif code == "row":
            self._begin_row(attributes.get("r"))
        elif not self._in_cell:
            return
        elif code == "v":
            self._current = self._value
        elif code == "f":
            self._formula = self._current = []
            self._group = attributes.get("si") if attributes.get("t") == "shared" else None
        elif code == "is":
            self._inline = TextReader()
        elif self._inline is not None:
            self._inline.start(code)

    def _end(self, name: str) -> None:
        code = _CODES.get(name)
        if code is None:
            return
        if code == "c":
            if self._in_cell:
                self._finish_cell()
        elif code in ("v", "f"):
            self._current = None
        elif code == "sheetData":
            self._inside = False
        elif self._inline is not None:
            self._inline.end(code)

    def _text(self, chunk: str) -> None:
        if self._current is not None:
            self._current.append(chunk)
        elif self._inline is not None:
            self._inline.add(chunk)

    def _begin_row(self, number: str | None) -> None:
        self._row_given = number is not None
        self._row = self._row + 1 if number is None else _whole(number) - 1
        self._column = -1
        if not 0 <= self._row <= _LAST_ROW:
            raise UnreadableError(ODD)

    def _begin_cell(self, attributes: Attributes) -> None:
        where = attributes.get("r")
        if where is None:
            self._column += 1
        else:
            match = _CELL.fullmatch(where.upper())
            if match is None:
                raise UnreadableError(ODD)
            row = int(match[2]) - 1
            if row != self._row:
                if self._row_given:  # the row says one thing and the cell another: neither is believed
                    raise UnreadableError(ODD)
                self._row = row
            self._column = column_index(match[1])
        if self._column > _LAST_COLUMN or not 0 <= self._row <= _LAST_ROW:
            raise UnreadableError(ODD)
        self._in_cell, self._attributes = True, attributes
        self._value, self._formula, self._inline, self._current = [], None, None, None

    def _finish_cell(self) -> None:
        self._in_cell = False
        cell = self._cell()
        self._inline = None
        if cell is None:
            return
        place = (self._row, self._column)
        before = self._cells.setdefault(place, cell)
        if before is not cell and before != cell:
            self._doubled.add(place)
        if len(self._cells) > self._most_cells:
            raise UnreadableError(TOO_BIG)

    def _cell(self) -> Cell | None:
        attributes = self._attributes
        if not self._value and self._formula is None and self._inline is None:
            return None
        value = "".join(self._value)
        formula = None if self._formula is None else self._written(self._formula)
        style = attributes.get("s", "0")
        number = int(style) if style.isascii() and style.isdecimal() and len(style) < 7 else 0
        number_format = self._formats[number] if number < len(self._formats) else None
        kind = attributes.get("t", "n")
        if kind == "s":
            index = int(value) if value.strip().isdecimal() and len(value) < 10 else -1
            if not 0 <= index < len(self._shared):
                return Cell("（文字丢失）", "error", formula, number_format)
            text = self._shared[index]
        elif kind == "inlineStr" or self._inline is not None:
            text = self._inline.text() if self._inline is not None else unescaped(value)
        elif kind == "str":
            text = unescaped(value)
        elif kind == "n":
            value = value.strip()
            if not value:
                return None if formula is None else Cell("", "blank", formula, number_format)
            return Cell(value, "number", formula, number_format)
        else:
            return Cell(value, _KINDS.get(kind, "error"), formula, number_format)
        return Cell(text, "text", formula, number_format) if text or formula else None

    def _written(self, formula: list[str]) -> str:
        """The formula of the present cell; where it is another's, shared with this one, as it reads here."""
        text = "".join(formula)
        if self._group is None:
            return text or UNKNOWN_FORMULA
        if text:
            self._masters[self._group] = (self._row, self._column, text)
            return text
        row, column, text = self._masters.get(self._group, (0, 0, ""))
        self._sharing += 1
        if not 0 < len(text) <= _LONGEST_SHARED or self._sharing > _MOST_SHARED:
            return UNKNOWN_FORMULA
        return _moved(text, self._row - row, self._column - column)


def _moved(formula: str, rows: int, columns: int) -> str:
    """A formula as it reads so many rows further down and columns to the right."""

    def shift(match: re.Match[str]) -> str:
        fixed_column, letters, fixed_row, digits = match.groups()
        if letters is None:  # a text, or the name of a sheet
            return match[0]
        column = letters if fixed_column else column_name(max(0, column_index(letters) + columns))
        return f"{fixed_column}{column}{fixed_row}{digits if fixed_row else max(1, int(digits) + rows)}"

    return _REFERENCE.sub(shift, formula)


def _only_cells(data: bytes) -> bytes:
    """A plainly written sheet without what follows its cells (formats, validations), which is most of a template's.

    Where the sheet has a comment, a document type or anything else that might hide where its cells end, all is parsed.
    """
    end = data.find(_CELLS_END)
    plain = end > 0 and b"<!" not in data and data.count(_CELLS_END) == 1 and data.count(b"<sheetData") == 1
    if not plain or b"<worksheet " not in data[:200] or not data.endswith(_SHEET_END):
        return data
    return data[:end] + _CELLS_END + _SHEET_END


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        raise UnreadableError(ODD)
    return int(text)
