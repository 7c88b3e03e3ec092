"""The report as a Word file: a template's named fields filled in, the tables drawn in the official layout."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from nianbao.findings import OperatorError
from nianbao.report.compose import ANNEX_FIELD, TABLE_FIELDS, Composed
from nianbao.report.outline import ANNEX_TITLE, FIELD, KNOWN_FIELDS
from nianbao.report.word_look import STYLE_NAMES, blank_template, run_font
from nianbao.report.word_tables import draw_table

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

_OPEN = re.compile(r"(【待撰写】|【待填】|【数据未齐[^】]*】)")


def write_docx(composed: Composed, template: bytes | None = None) -> bytes:
    """The Word file: of the office's own template, or of the one that comes with the package."""
    document = _opened(blank_template() if template is None else template)
    paragraphs = [paragraph for paragraph in _paragraphs(document) if FIELD.search(paragraph.text)]
    for paragraph in paragraphs:
        for name in FIELD.findall(paragraph.text):
            if name not in KNOWN_FIELDS:
                known = "、".join(sorted(KNOWN_FIELDS))
                raise OperatorError(f"模板里的字段“{name}”不认识；可以用的有：{known}。")
    for paragraph in paragraphs:
        _fill(document, paragraph, composed)
    document.core_properties.title = composed.fields["标题"]
    document.core_properties.author = ""
    # a fixed date: the same workbook gives the same file
    document.core_properties.created = document.core_properties.modified = dt.datetime(2021, 9, 26)  # noqa: DTZ001 - as the format has it
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def template_docx() -> bytes:
    """The template that comes with the package, for an office to make its own."""
    return blank_template()


def _opened(data: bytes) -> Document:
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        return docx.Document(io.BytesIO(data))
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise OperatorError("模板不是 Word 文件（.docx），或者已经损坏。") from error


def _paragraphs(document: Document) -> Iterator[Paragraph]:
    """Every paragraph of the body, those in tables too, and of headers and footers."""
    yield from document.paragraphs
    for table in document.tables:
        for row in table.rows:
            for cell in row.cells:
                yield from cell.paragraphs
    for section in document.sections:
        yield from section.header.paragraphs
        yield from section.footer.paragraphs


def _fill(document: Document, paragraph: Paragraph, composed: Composed) -> None:
    alone = FIELD.fullmatch(paragraph.text.strip())
    if alone and alone[1] in TABLE_FIELDS:
        table = next(one for one in composed.form.tables if one.key == TABLE_FIELDS[alone[1]])
        drawn = draw_table(document, composed, table)
        paragraph._p.addnext(drawn._tbl)
        _remove(paragraph)
    elif alone and alone[1] == ANNEX_FIELD:
        _annex(document, paragraph, composed)
    else:
        text = FIELD.sub(lambda match: composed.fields.get(match[1], ""), paragraph.text)
        if text.strip():
            _write(paragraph, text)
        else:
            _remove(paragraph)


def _write(paragraph: Paragraph, text: str) -> None:
    """Put a text into a paragraph in the look of its first run; what is still open is marked."""
    from docx.enum.text import WD_COLOR_INDEX

    first = paragraph.runs[0] if paragraph.runs else paragraph.add_run()
    for run in paragraph.runs[1:]:
        _drop(run._r)
    parts = [part for part in _OPEN.split(text) if part]
    for index, part in enumerate(parts):
        run = first if index == 0 else paragraph.add_run()
        if index:
            _copy_look(first, run)
        run.text = part
        run.font.highlight_color = WD_COLOR_INDEX.YELLOW if _OPEN.fullmatch(part) else None


def _copy_look(source: Any, target: Any) -> None:
    from copy import deepcopy

    properties = source._r.rPr
    if properties is not None:
        target._r.insert(0, deepcopy(properties))


def _remove(paragraph: Paragraph) -> None:
    element = paragraph._p
    parent = element.getparent()
    if parent is not None and parent.tag.endswith("}tc") and element.getnext() is None:
        paragraph.text = ""  # a cell must keep one
        return
    _drop(element)


def _drop(element: Any) -> None:
    """Take an element out of the document, which python-docx has no call for."""
    element.getparent().remove(element)


def _annex(document: Document, place: Paragraph, composed: Composed) -> None:
    if not composed.annex:
        _remove(place)
        return
    here = place.insert_paragraph_before(ANNEX_TITLE)
    _dress(document, here, "first")
    here.paragraph_format.page_break_before = True
    for heading, texts in composed.annex:
        _dress(document, place.insert_paragraph_before(heading), "second")
        for unit, text in texts:
            _dress(document, place.insert_paragraph_before(f"{unit}：{text}"), "body")
    _remove(place)


def _dress(document: Document, paragraph: Paragraph, style: str) -> None:
    name = STYLE_NAMES[style]
    if name in {one.name for one in document.styles}:
        paragraph.style = document.styles[name]
    else:
        for run in paragraph.runs:
            run_font(run, "仿宋", 16)
