"""From an xlsx package to cells: values, types, formulas, errors and number formats, and nothing of the styles.

No style part can stop this reader, and cells are kept sparse, so a stray cell far out costs nothing.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from zipfile import ZipFile

from lxml.etree import _Element

from nianbao.excel.book import Book, Cell, Kind, Sheet, UnreadableError, parse_part
from nianbao.figures import column_index

_NOT_A_TABLE = "这不是 Excel 表格文件（可能是 Word 或演示文稿），请发送填好的 Excel 表。"
_KINDS: dict[str, Kind] = {"e": "error", "b": "bool", "d": "text"}


def read_xlsx(archive: ZipFile) -> Book:
    """The workbook in an xlsx package; raise UnreadableError, KeyError or ValueError where it has none."""
    return _Xlsx(archive).book()


class _Xlsx:
    """The needed parts of one xlsx package."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._names = {name.replace("\\", "/").casefold(): name for name in archive.namelist()}

    def book(self) -> Book:
        workbook = self._target("", "officeDocument")
        if workbook is None:
            raise UnreadableError(_NOT_A_TABLE)
        root = self._xml(workbook)
        if _local(root) != "workbook":
            raise UnreadableError(_NOT_A_TABLE)
        targets = self._relations(workbook)
        shared = self._shared(next((t for kind, t in targets.values() if kind == "sharedStrings"), None))
        formats = self._formats(next((t for kind, t in targets.values() if kind == "styles"), None))
        sheets = []
        for node in _children(_child(root, "sheets")):
            kind, target = targets.get(_relation_id(node), ("", ""))
            if kind == "worksheet":
                cells = dict(self._cells(self._xml(target), shared, formats))
                sheets.append(Sheet(str(node.get("name")), cells))
        return Book(tuple(sheets), self._properties())

    def _xml(self, name: str) -> _Element:
        return parse_part(self._archive, self._names[name.casefold()])

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        folder, name = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if path.casefold() not in self._names:
            return {}
        found = {}
        for node in _children(self._xml(path)):
            target = str(node.get("Target", "")).replace("\\", "/")
            target = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            kind = str(node.get("Type", "")).rpartition("/")[2]
            found[str(node.get("Id"))] = (kind, target.lstrip("/"))
        return found

    def _target(self, part: str, kind: str) -> str | None:
        return next((target for found, target in self._relations(part).values() if found == kind), None)

    def _properties(self) -> dict[str, str]:
        part = self._target("", "custom-properties")
        if part is None or part.casefold() not in self._names:
            return {}
        return {str(node.get("name")): "".join(map(str, node.itertext())) for node in _children(self._xml(part))}

    def _shared(self, part: str | None) -> list[str]:
        if part is None or part.casefold() not in self._names:
            return []
        return [_text_of(node) for node in _children(self._xml(part))]

    def _formats(self, part: str | None) -> list[str]:
        if part is None or part.casefold() not in self._names:
            return []
        root = self._xml(part)
        custom = {str(node.get("numFmtId")): str(node.get("formatCode")) for node in _children(_child(root, "numFmts"))}
        used = (str(node.get("numFmtId", "0")) for node in _children(_child(root, "cellXfs")))
        return [custom.get(number, number) for number in used]

    @staticmethod
    def _cells(root: _Element, shared: list[str], formats: list[str]) -> Iterator[tuple[tuple[int, int], Cell]]:
        row = -1
        for row_node in _children(_child(root, "sheetData")):
            row = int(str(row_node.get("r"))) - 1 if row_node.get("r") else row + 1
            column = -1
            for node in _children(row_node):
                where = node.get("r")
                column = _column_of(str(where)) if where else column + 1
                cell = _cell(node, shared, formats)
                if cell is not None:
                    yield (row, column), cell


def _cell(node: _Element, shared: list[str], formats: list[str]) -> Cell | None:
    kind, value, formula, text = node.get("t", "n"), "", None, None
    for child in _children(node):
        match _local(child):
            case "v":
                value = child.text or ""
            case "f":
                formula = child.text or "?"
            case "is":
                text = _text_of(child)
    style = int(str(node.get("s", "0")))
    number_format = formats[style] if style < len(formats) else None
    if kind == "s":
        text = shared[int(value)] if value.strip().isdecimal() and int(value) < len(shared) else None
        if text is None:
            return Cell(value, "error", formula, number_format)
    elif kind in {"str", "inlineStr"}:
        text = text if text is not None else value
    elif kind in {"e", "b", "d"}:
        return Cell(value, _KINDS[str(kind)], formula, number_format)
    if text is not None:
        return Cell(text, "text", formula, number_format) if text or formula else None
    if not value.strip():
        return Cell("", "blank", formula, number_format) if formula else None
    return Cell(value.strip(), "number", formula, number_format)


def _local(node: _Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _children(node: _Element | None) -> Iterator[_Element]:
    return (child for child in (() if node is None else node) if isinstance(child.tag, str))


def _child(node: _Element, name: str) -> _Element | None:
    return next((child for child in _children(node) if _local(child) == name), None)


def _relation_id(node: _Element) -> str:
    return next((str(value) for name, value in node.attrib.items() if str(name).endswith("}id")), "")


def _text_of(node: _Element) -> str:
    """The text of a string item: its runs joined, without the phonetic ones."""
    texts = []
    for child in _children(node):
        if _local(child) == "t":
            texts.append(child.text or "")
        elif _local(child) == "r":
            texts.extend(run.text or "" for run in _children(child) if _local(run) == "t")
    return "".join(texts)


def _column_of(cell: str) -> int:
    return column_index(cell.rstrip("0123456789").upper())
