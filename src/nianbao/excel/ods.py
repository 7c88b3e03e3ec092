"""From an OpenDocument spreadsheet to cells: values, types, formulas and error values."""

from __future__ import annotations

from nianbao.archive import Archive
from nianbao.excel.cells import (
    DAMAGED,
    LOCKED,
    MAX_SHEETS,
    TOO_BIG,
    Book,
    Cell,
    Content,
    Feature,
    Sheet,
    UnreadableError,
)
from nianbao.excel.markup import Attributes, local, parse, tree

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 "
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
# a filled cell that is said to repeat further than this is not something a person typed
_MOST_REPEATS = 256


def read_ods(archive: Archive, most_cells: int) -> Book:
    """The workbook in an OpenDocument package; raise UnreadableError where it is encrypted or broken."""
    if "meta-inf/manifest.xml" in archive and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise UnreadableError(LOCKED.partition("；")[0] + "。")
    if "content.xml" not in archive:
        raise UnreadableError(DAMAGED)
    reader = _ContentReader(most_cells)
    parse(archive.read("content.xml"), reader.start, reader.end, reader.text)
    features: set[Feature] = {"links"} if reader.linked else set()
    if any(
        name.startswith(("basic/", "scripts/")) and name.endswith((".xml", ".py", ".js")) for name in archive.members
    ):
        features.add("macros")
    properties = {}
    if "meta.xml" in archive:
        for node in tree(archive.read("meta.xml")).all():
            if node.name == "user-defined":
                properties[node.get("name")] = node.text
    archive.check_rest()
    return Book(tuple(reader.sheets), properties, features=frozenset(features))


class _ContentReader:
    """The tables of content.xml to sheets, element by element."""

    def __init__(self, most_cells: int) -> None:
        self._most_cells = most_cells
        self.sheets: list[Sheet] = []
        self.linked = False
        self._path: list[str] = []
        self._cells: dict[tuple[int, int], Cell] | None = None
        self._name = ""
        self._row = self._column = 0
        self._rows = self._columns = 1
        self._pending: list[tuple[int, int, Cell]] = []
        self._cell: Attributes | None = None
        self._paragraphs: list[list[str]] = []
        self._aside = 0

    def start(self, name: str, attributes: Attributes) -> None:
        self._path.append(name)
        if self._aside or (self._cell is not None and not name.startswith(_TEXT)):
            self._aside += 1  # notes and drawings are not the cell's text
        elif self._cell is not None:
            self._start_text(local(name), attributes)
        elif name == f"{_TABLE}table":
            if self._cells is not None or self._path[-2:-1] != [f"{_OFFICE}spreadsheet"]:
                self._aside += 1  # the cache of a link, or a table within a table
                self.linked = True
                return
            self._cells, self._row = {}, 0
            self._name = attributes.get(f"{_TABLE}name", "")
        elif self._cells is None:
            return
        elif name == f"{_TABLE}table-row":
            self._column, self._pending = 0, []
            self._rows = _repeats(attributes.get(f"{_TABLE}number-rows-repeated"))
        elif name in _CELLS:
            self._columns = _repeats(attributes.get(f"{_TABLE}number-columns-repeated"))
            self._cell, self._paragraphs = attributes, []

    def _start_text(self, name: str, attributes: Attributes) -> None:
        if name == "p" and self._path[-2] in _CELLS:
            self._paragraphs.append([])
        elif self._paragraphs and name == "s":
            self._paragraphs[-1].append(" " * min(_repeats(attributes.get(f"{_TEXT}c")), 1000))
        elif self._paragraphs and name in ("line-break", "tab"):
            self._paragraphs[-1].append("\n" if name == "line-break" else "\t")

    def text(self, chunk: str) -> None:
        if self._cell is not None and not self._aside and self._paragraphs and self._path[-1] not in _CELLS:
            self._paragraphs[-1].append(chunk)

    def end(self, name: str) -> None:
        self._path.pop()
        if self._aside:
            self._aside -= 1
        elif name in _CELLS and self._cell is not None:
            cell = _cell(self._cell, "\n".join("".join(parts) for parts in self._paragraphs))
            if cell is not None:
                self._pending.append((self._column, min(self._columns, _MOST_REPEATS), cell))
            self._column += self._columns
            self._cell = None
        elif name == f"{_TABLE}table-row":
            self._finish_row()
        elif name == f"{_TABLE}table" and self._cells is not None:
            self._finish_table()

    def _finish_row(self) -> None:
        if self._cells is None:
            return
        for down in range(min(self._rows, _MOST_REPEATS) if self._pending else 0):
            for first, across, cell in self._pending:
                for column in range(first, first + across):
                    self._cells[self._row + down, column] = cell
            if len(self._cells) > self._most_cells:
                raise UnreadableError(TOO_BIG)
        self._row += self._rows

    def _finish_table(self) -> None:
        cells, self._cells = self._cells or {}, None
        if self._name.startswith("'file:"):  # the cached sheet of another workbook
            self.linked = True
            return
        self.sheets.append(Sheet(self._name, Content(cells)))
        if len(self.sheets) > MAX_SHEETS:
            raise UnreadableError(TOO_BIG)


def _repeats(text: str | None) -> int:
    if text is None:
        return 1
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        raise UnreadableError(DAMAGED)
    return int(text)


def _cell(attributes: Attributes, text: str) -> Cell | None:
    kind = attributes.get(f"{_OFFICE}value-type")
    formula = attributes.get(f"{_TABLE}formula")
    if attributes.get(f"{_CALC}value-type") == "error" or (kind is None and text.startswith("#")):
        return Cell(text or "#N/A", "error", formula)
    value = attributes.get(f"{_OFFICE}value", "")
    match kind:
        case "float" | "currency":
            return Cell(value, "number", formula)
        case "percentage":
            return Cell(value, "number", formula, "0%")
        case "date" | "time":
            return Cell(attributes.get(f"{_OFFICE}{kind}-value", ""), "number", formula, "yyyy-mm-dd")
        case "boolean":
            return Cell(text or attributes.get(f"{_OFFICE}boolean-value", ""), "bool", formula)
    text = text or attributes.get(f"{_OFFICE}string-value", "")
    return Cell(text, "text", formula) if text or formula else None
