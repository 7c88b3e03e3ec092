"""From an OpenDocument spreadsheet to cells: values, types, formulas and error values."""

from __future__ import annotations

from collections.abc import Iterator
from zipfile import ZipFile

from lxml.etree import _Element

from nianbao.excel.book import Book, Cell, Sheet, UnreadableError, parse_part

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
# a filled cell that is said to repeat further than this is not something a person typed
_MOST_REPEATS = 256


def read_ods(archive: ZipFile) -> Book:
    """The workbook in an OpenDocument package; raise UnreadableError where it is encrypted or broken."""
    if b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise UnreadableError("文件设有打开密码，请取消密码后另存再发。")
    root = parse_part(archive, "content.xml")
    sheets = [Sheet(str(table.get(f"{_TABLE}name")), dict(_cells(table))) for table in root.iter(f"{_TABLE}table")]
    properties = {}
    if "meta.xml" in archive.namelist():
        for node in parse_part(archive, "meta.xml").iter(f"{_META}user-defined"):
            properties[str(node.get(f"{_META}name"))] = "".join(map(str, node.itertext()))
    return Book(tuple(sheets), properties)


def _cells(table: _Element) -> Iterator[tuple[tuple[int, int], Cell]]:
    row = 0
    for row_node in table.iter(f"{_TABLE}table-row"):
        repeats = int(str(row_node.get(f"{_TABLE}number-rows-repeated", "1")))
        column = 0
        for node in row_node:
            across = int(str(node.get(f"{_TABLE}number-columns-repeated", "1")))
            cell = _cell(node)
            if cell is not None:
                for down in range(min(repeats, _MOST_REPEATS)):
                    for right in range(min(across, _MOST_REPEATS)):
                        yield (row + down, column + right), cell
            column += across
        row += repeats


def _cell(node: _Element) -> Cell | None:
    text = "\n".join(_paragraph(child) for child in node if child.tag == f"{_TEXT}p")
    kind = node.get(f"{_OFFICE}value-type")
    formula = node.get(f"{_TABLE}formula")
    formula = None if formula is None else str(formula)
    if node.get(f"{_CALC}value-type") == "error" or (kind is None and text.startswith("#")):
        return Cell(text or "#N/A", "error", formula)
    match kind:
        case "float" | "currency":
            return Cell(str(node.get(f"{_OFFICE}value")), "number", formula)
        case "percentage":
            return Cell(str(node.get(f"{_OFFICE}value")), "number", formula, "0%")
        case "date" | "time":
            return Cell(str(node.get(f"{_OFFICE}{kind}-value")), "number", formula, "yyyy-mm-dd")
        case "boolean":
            return Cell(text or str(node.get(f"{_OFFICE}boolean-value")), "bool", formula)
    text = text or str(node.get(f"{_OFFICE}string-value") or "")
    return Cell(text, "text", formula) if text or formula else None


def _paragraph(node: _Element) -> str:
    """The text of a paragraph; runs of spaces are elements of their own, annotations are not text."""
    parts = [node.text or ""]
    for child in node:
        if child.tag == f"{_TEXT}s":
            parts.append(" " * int(str(child.get(f"{_TEXT}c", "1"))))
        elif child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif isinstance(child.tag, str) and child.tag.startswith(_TEXT):
            parts.append(_paragraph(child))
        parts.append(child.tail or "")
    return "".join(parts)
