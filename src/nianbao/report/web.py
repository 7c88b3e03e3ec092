"""A report saved from a portal, HTML of any kind, as a document: layout tables are walked, data tables are grids."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nianbao.report.document import Block, Document, Grid, Paragraph, Picture, Row, UnreadableReportError, section_of

if TYPE_CHECKING:
    from lxml.etree import _Element

_SKIPPED = {"script", "style", "noscript", "template", "head", "select", "textarea", "iframe", "svg", "nav"}
_INLINE = {
    "a", "abbr", "b", "big", "code", "del", "em", "font", "i", "ins", "label", "mark", "o:p", "q", "s", "small", "span",
    "strike", "strong", "sub", "sup", "tt", "u", "u1:p", "st1:chsdate", "st1:chmetcnv",
}  # fmt: skip
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MOST_IN_A_CELL = 160
_MOST_NESTED = 400


def decoded(data: bytes) -> str:
    """The text that bytes are: by their mark, as UTF-8, as the page says, else as GB 18030."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(name, errors="replace").lstrip("\ufeff")
    names = ["utf-8"]
    said = _CHARSET.search(data[:4096])
    if said:
        names.append("gb18030" if said[1].lower() in {b"gbk", b"gb2312"} else said[1].decode("ascii"))
    for name in (*names, "gb18030"):
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("gb18030", errors="replace")


def web_document(data: bytes) -> Document:
    """The document that an HTML page is."""
    from lxml import etree, html

    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decoded(data))
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)
    try:
        root = html.document_fromstring(text)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableReportError("网页是空的，或者读不出来。请在浏览器里重新“另存为”后再试。") from error
    walk = _Walk()
    walk.into(root, 0)
    walk.flush()
    return Document(tuple(walk.blocks))


class _Walk:
    """One pass over a page, collecting blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._text: list[str] = []
        self._paragraphs = self._tables = 0

    def flush(self) -> None:
        """End the paragraph that has been collected so far."""
        text = " ".join("".join(self._text).replace("\xa0", " ").split())
        self._text = []
        if text:
            self._paragraphs += 1
            self.blocks.append(Paragraph(text, f"第 {self._paragraphs} 段"))

    def into(self, element: _Element, depth: int) -> None:
        """Walk an element and what is in it; the text behind it belongs to its parent."""
        tag = element.tag
        if not isinstance(tag, str) or tag in _SKIPPED or _hidden(element) or depth > _MOST_NESTED:
            return
        if tag == "br":
            self.flush()
        elif tag == "img":
            self._picture(element)
        elif tag == "table" and not _is_layout(element):
            self.flush()
            self._tables += 1
            self.blocks.append(_grid(element, self._tables))
            for image in element.iter("img"):
                self._picture(image)
        else:
            inline = tag in _INLINE
            if not inline:
                self.flush()
            self._text.append(element.text or "")
            for child in element:
                self.into(child, depth + 1)
                self._text.append(child.tail or "")
            if not inline:
                self.flush()

    def _picture(self, element: _Element) -> None:
        # page furniture is small; a picture of a table is not
        sizes = [re.match(r"\d+", element.get(name) or "") for name in ("width", "height")]
        if any(size and int(size[0]) < 200 for size in sizes):
            return
        self.flush()
        self.blocks.append(Picture(f"第 {self._paragraphs} 段之后"))


def _hidden(element: _Element) -> bool:
    return bool(_HIDDEN.search(element.get("style") or "")) or element.get("hidden") is not None


def _own_rows(table: _Element) -> Iterator[_Element]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in {"thead", "tbody", "tfoot"}:
            yield from (row for row in child if row.tag == "tr")


def _is_layout(table: _Element) -> bool:
    """Whether a table only arranges the page: it holds other tables, running text or headings of the report."""
    if table.find(".//table") is not None:
        return True
    cells = [cell for row in _own_rows(table) for cell in row if cell.tag in {"td", "th"}]
    long = [text for text in map(_text_of, cells) if len(text) > _MOST_IN_A_CELL]
    if any("。" in text for text in long) and len(cells) < 12:
        return True
    return len(cells) < 3 and any(section_of(line) for cell in cells for line in _text_of(cell).split("\n"))


def _text_of(element: _Element) -> str:
    parts: list[str] = []

    def walk(node: _Element) -> None:
        if not isinstance(node.tag, str) or node.tag in _SKIPPED:
            return
        if node.tag in {"br", "p", "div", "li"} and parts:
            parts.append("\n")
        parts.append(node.text or "")
        for child in node:
            walk(child)
            parts.append(child.tail or "")

    walk(element)
    lines = ("".join(parts)).replace("\xa0", " ").split("\n")
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)


def _grid(table: _Element, number: int) -> Grid:
    rows = []
    for index, row in enumerate(_own_rows(table), 1):
        cells = tuple(_text_of(cell) for cell in row if cell.tag in {"td", "th"} and not _hidden(cell))
        if cells:
            rows.append(Row(cells, f"第 {number} 个表格第 {index} 行"))
    return Grid(tuple(rows))
