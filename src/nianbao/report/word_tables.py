"""The official tables as real Word tables, merged as the form merges them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nianbao.checks import text_of
from nianbao.form import Table
from nianbao.layout import TITLE_ROWS, Layout, layout_of
from nianbao.report.compose import Composed
from nianbao.report.word_look import run_font

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table as WordTable

_WIDTH_MM = 156.0
_SIZES = {"blocks": 12.0, "matrix": 9.0, "row": 9.0}
_LINE_OF = {12.0: 20, 9.0: 12}


def draw_table(document: Document, composed: Composed, table: Table) -> WordTable:
    """One official table with its figures, at the end of the document; the caller puts it where it belongs."""
    from docx.enum.table import WD_TABLE_ALIGNMENT

    layout = layout_of(composed.form)
    labels = [label for label in layout.labels if label.sheet == table.sheet and label.row >= TITLE_ROWS]
    slots = {key: slot for key, slot in layout.slots.items() if key.table == table.key}
    height = max(slot.place.row for slot in slots.values()) - TITLE_ROWS + 1
    width = layout.widths[table.key]
    drawn: WordTable = document.add_table(height, width)
    drawn.alignment = WD_TABLE_ALIGNMENT.CENTER
    drawn.autofit = False
    _borders(drawn)
    _widths(drawn, _column_widths(table, layout))
    grid = [list(row.cells) for row in drawn.rows]
    size = _SIZES[table.arrangement]
    first_column = min(slot.place.column for slot in slots.values())
    for label in labels:
        cell = grid[label.row - TITLE_ROWS][label.column]
        last = grid[label.last_row - TITLE_ROWS][label.last_column]
        beside = label.last_column < first_column and label.row - TITLE_ROWS > 0
        _write(cell if cell is last else cell.merge(last), label.text, size, centred=not beside or label.column == 0)
    for key, slot in slots.items():
        cell = grid[slot.place.row - TITLE_ROWS][slot.place.column]
        if slot.last_column > slot.place.column:
            cell = cell.merge(grid[slot.place.row - TITLE_ROWS][slot.last_column])
        _write(cell, text_of(composed.values.get(key)) or "", size, centred=True)
    head = min(slot.place.row for slot in slots.values()) - TITLE_ROWS if table.arrangement != "blocks" else 0
    for index, row in enumerate(drawn.rows):
        _row_rules(row, is_head=index < head)
        if table.arrangement != "blocks" and index < height - 1:
            # on one page where it fits on one
            for cell in grid[index]:
                cell.paragraphs[0].paragraph_format.keep_with_next = True
    return drawn


def _column_widths(table: Table, layout: Layout) -> list[float]:
    width = layout.widths[table.key]
    if table.arrangement == "blocks":
        rest = _WIDTH_MM / (width + 0.6)
        return [rest * 1.6, *[rest] * (width - 1)]
    if table.arrangement == "row":
        return [_WIDTH_MM / width] * width
    figures = len(table.blocks[0].columns)
    side = width - figures
    labels = {1: [60.0], 2: [18.0, 46.0], 3: [10.0, 16.0, 46.0]}[side]
    return [*labels, *[(_WIDTH_MM - sum(labels)) / figures] * figures]


def _write(cell: Any, text: str, size: float, *, centred: bool) -> None:
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
    from docx.enum.text import WD_LINE_SPACING, WD_PARAGRAPH_ALIGNMENT
    from docx.shared import Pt

    for extra in cell.paragraphs[1:]:
        extra._p.getparent().remove(extra._p)
    paragraph = cell.paragraphs[0]
    paragraph.text = ""
    run_font(paragraph.add_run(text), "宋体", size)
    paragraph.alignment = WD_PARAGRAPH_ALIGNMENT.CENTER if centred else WD_PARAGRAPH_ALIGNMENT.LEFT
    paragraph.paragraph_format.first_line_indent = Pt(0)
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1)
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.AT_LEAST
    paragraph.paragraph_format.line_spacing = Pt(_LINE_OF[size])
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER


def _borders(drawn: WordTable) -> None:
    """Lines around every cell, whatever styles the template has; narrow margins in the cells."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    lines = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for side in sides)
    properties = drawn._tbl.tblPr
    properties.append(parse_xml(f"<w:tblBorders {nsdecls('w')}>{lines}</w:tblBorders>"))
    margins = "".join(f'<w:{side} w:w="40" w:type="dxa"/>' for side in ("left", "right"))
    properties.append(parse_xml(f"<w:tblCellMar {nsdecls('w')}>{margins}</w:tblCellMar>"))


def _widths(drawn: WordTable, widths: list[float]) -> None:
    from docx.shared import Mm

    for column, width in zip(drawn.columns, widths, strict=True):
        column.width = Mm(width)
    for row in drawn.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


def _row_rules(row: Any, *, is_head: bool) -> None:
    """No row is broken over pages; the head is repeated on each."""
    from docx.oxml import OxmlElement

    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if is_head:
        properties.append(OxmlElement("w:tblHeader"))
