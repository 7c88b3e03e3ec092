"""A PDF report that holds text, as a document: ruled tables are grids, other text is lines."""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING, Any

from nianbao.report.document import Block, Document, Grid, Paragraph, Picture, Row, UnreadableReportError

if TYPE_CHECKING:
    from pdfplumber.page import Page
    from pdfplumber.table import Table

_MOST_PAGES = 300
_LARGE_PICTURE = 150.0
_PAGE_NUMBER = re.compile(r"[-—–―\s]*(?:第\s*)?\d{1,3}(?:\s*页)?(?:\s*[/,，共]*\s*(?:共\s*)?\d{1,3}\s*页?)?[-—–―\s]*")


def pdf_document(data: bytes) -> Document:
    """The document that a text PDF is."""
    import pdfplumber
    from pdfminer.pdfexceptions import PDFException
    from pdfplumber.utils.exceptions import PdfminerException

    logging.getLogger("pdfminer").setLevel(logging.ERROR)  # it warns about every odd font
    blocks: list[Block] = []
    try:
        with pdfplumber.open(io.BytesIO(data)) as book:
            for number, page in enumerate(book.pages[:_MOST_PAGES], 1):
                blocks.extend(_page(page, number))
                page.close()
    except (PDFException, PdfminerException, ValueError, KeyError, TypeError, OSError, RecursionError) as error:
        raise UnreadableReportError("PDF 文件损坏或者加了密码，读不出来。") from error
    if not any(isinstance(block, Paragraph | Grid) for block in blocks):
        raise UnreadableReportError("这个 PDF 里没有文字（像是扫描件），读不出来。请用 Word 或网页版的报告。")
    return Document(tuple(blocks))


def _page(page: Page, number: int) -> list[Block]:
    tables = [table for table in page.find_tables() if len(table.cells) > 2]
    placed: list[tuple[float, Block]] = []
    for table in tables:
        placed.append((table.bbox[1], _grid(table, number)))
    rest = page
    for table in tables:
        rest = rest.filter(_outside(table.bbox))
    for line in rest.extract_text_lines(return_chars=False):
        text = str(line["text"]).strip()
        at_edge = line["top"] < 0.09 * page.height or line["bottom"] > 0.9 * page.height
        if text and not (at_edge and _PAGE_NUMBER.fullmatch(text)):
            placed.append((float(line["top"]), Paragraph(text, f"第 {number} 页")))
    for image in page.images:
        if float(image["width"]) > _LARGE_PICTURE and float(image["height"]) > _LARGE_PICTURE:
            placed.append((float(image["top"]), Picture(f"第 {number} 页")))
    return [block for _, block in sorted(placed, key=lambda pair: pair[0])]


def _outside(box: tuple[float, float, float, float]) -> Any:
    left, top, right, bottom = box

    def keep(thing: dict[str, Any]) -> bool:
        if thing.get("object_type") != "char":
            return True
        across, down = (thing["x0"] + thing["x1"]) / 2, (thing["top"] + thing["bottom"]) / 2
        return not (left <= across <= right and top <= down <= bottom)

    return keep


def _grid(table: Table, page: int) -> Grid:
    rows = []
    for number, cells in enumerate(table.extract(), 1):
        texts = tuple(text.strip() for text in cells if text is not None)
        if texts:
            rows.append(Row(texts, f"第 {page} 页表格第 {number} 行"))
    return Grid(tuple(rows))
