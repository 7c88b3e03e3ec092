"""A Word report as a document: paragraphs and tables of the body in reading order, merged cells once."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nianbao.report.document import Block, Document, Grid, Paragraph, Picture, Row, UnreadableReportError

if TYPE_CHECKING:
    from lxml.etree import _Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_PICTURES = (
    "{http://schemas.openxmlformats.org/drawingml/2006/picture}pic",
    "{urn:schemas-microsoft-com:vml}imagedata",
)
_MAIN = "word/document.xml"
_LARGEST = 64 * 1024 * 1024
_BODY_LIKE = {"body", "sdt", "sdtContent", "smartTag", "customXml", "ins"}
_MOST_NESTED = 100


def word_document(data: bytes) -> Document:
    """The document that a .docx is."""
    from lxml import etree

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(_MAIN) as part:
            xml = part.read(_LARGEST + 1)
    except (zipfile.BadZipFile, KeyError, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise UnreadableReportError("Word 文件不完整或者加了密码，读不出来。请重新另存为 .docx 后再试。") from error
    if len(xml) > _LARGEST:
        raise UnreadableReportError("Word 文件大得不像一份年度报告，没有读取。")
    if b"<!DOCTYPE" in xml[:4096]:
        raise UnreadableReportError("Word 文件里有不该有的声明，没有读取。请重新另存为 .docx 后再试。")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(xml.replace(_STRICT[1:-1].encode(), _W[1:-1].encode()), parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableReportError("Word 文件损坏，读不出来。请重新另存为 .docx 后再试。") from error
    walk = _Walk()
    for body in root.iter(f"{_W}body"):
        walk.into(body, 0)
    return Document(tuple(walk.blocks))


class _Walk:
    """One pass over the body, collecting blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._paragraphs = self._tables = 0

    def into(self, element: _Element, depth: int) -> None:
        """Walk a body, cell or content control."""
        if depth > _MOST_NESTED:
            return
        for child in element:
            name = child.tag.removeprefix(_W) if isinstance(child.tag, str) else ""
            if name == "p":
                self._paragraph(child)
            elif name == "tbl":
                self._table(child, depth)
            elif name in _BODY_LIKE:
                self.into(child, depth + 1)

    def _paragraph(self, element: _Element) -> None:
        self._paragraphs += 1
        for line in _text_of(element).split("\n"):
            text = line.strip()
            if text:
                self.blocks.append(Paragraph(text, f"第 {self._paragraphs} 段"))
        if any(True for _ in element.iter(*_PICTURES)):
            self.blocks.append(Picture(f"第 {self._paragraphs} 段"))

    def _table(self, element: _Element, depth: int) -> None:
        cells = [cell for row in _rows(element) for cell in _cells(row)]
        if len(cells) < 3 or any(True for cell in cells for _ in cell.iter(f"{_W}tbl")):
            for cell in cells:
                self.into(cell, depth + 1)
            return
        self._tables += 1
        rows = []
        for number, row in enumerate(_rows(element), 1):
            texts = tuple(_cell_text(cell) for cell in _cells(row) if not _continues(cell))
            if texts:
                rows.append(Row(texts, f"第 {self._tables} 个表格第 {number} 行"))
        self.blocks.append(Grid(tuple(rows)))


def _rows(table: _Element) -> Iterator[_Element]:
    for child in table:
        if child.tag == f"{_W}tr":
            yield child
        elif child.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins"}:
            yield from _rows(child)


def _cells(row: _Element) -> Iterator[_Element]:
    for child in row:
        if child.tag == f"{_W}tc":
            yield child
        elif child.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins"}:
            yield from _cells(child)


def _continues(cell: _Element) -> bool:
    """Whether a cell is the lower part of a merged one."""
    merged = cell.find(f"{_W}tcPr/{_W}vMerge")
    return merged is not None and merged.get(f"{_W}val") != "restart"


def _cell_text(cell: _Element) -> str:
    lines = (_text_of(paragraph).strip() for paragraph in cell.iter(f"{_W}p"))
    return "\n".join(line for line in lines if line)


def _text_of(paragraph: _Element) -> str:
    parts = []
    for node in paragraph.iter():
        if node.tag == f"{_W}t":
            parts.append(node.text or "")
        elif node.tag == f"{_W}tab":
            # a tab stop is a setting, a tab is text
            parent = node.getparent()
            parts.append("" if parent is not None and parent.tag == f"{_W}tabs" else " ")
        elif node.tag in {f"{_W}br", f"{_W}cr"}:
            parts.append("\n")
    return "".join(parts).replace("\xa0", " ")
