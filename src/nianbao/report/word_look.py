"""How the report looks in Word: A4, the fonts of official documents with what may stand in for them, 28 磅 lines."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from nianbao.report.outline import OUTLINE

if TYPE_CHECKING:
    from docx.document import Document

# where a font is missing, Word and WPS look for the alternative names before they guess
_FONTS: Mapping[str, str] = {
    "方正小标宋简体": "方正小标宋_GBK,小标宋,Noto Serif CJK SC,宋体",
    "黑体": "SimHei,Noto Sans CJK SC",
    "楷体": "楷体_GB2312,KaiTi,Noto Serif CJK SC",
    "仿宋": "仿宋_GB2312,FangSong,Noto Serif CJK SC",
    "宋体": "SimSun,Noto Serif CJK SC",
}
_LINE = 28
STYLE_NAMES: Mapping[str, str] = {
    "title": "年报标题",
    "notice": "年报提示",
    "first": "年报一级标题",
    "second": "年报二级标题",
    "body": "年报正文",
    "table": "年报正文",
    "signature": "年报落款",
    "annex": "年报正文",
}


@dataclass(frozen=True, slots=True)
class _Look:
    font: str
    size: float
    align: str = "both"
    indent: int = 0
    outline: int | None = None
    right: int = 0


_LOOKS: Mapping[str, _Look] = {
    "年报标题": _Look("方正小标宋简体", 22, "center"),
    "年报提示": _Look("黑体", 14, "center"),
    "年报一级标题": _Look("黑体", 16, "left", 2, 0),
    "年报二级标题": _Look("楷体", 16, "left", 2, 1),
    "年报正文": _Look("仿宋", 16, "both", 2),
    "年报落款": _Look("仿宋", 16, "right", 0, None, 2),
}


@cache
def blank_template() -> bytes:
    """The template that comes with the package: the outline with its named fields, in styles an office can change."""
    import docx
    from docx.shared import Mm

    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    for name, look in _LOOKS.items():
        _style(document, name, look)
    normal = document.styles["Normal"]
    normal.font.name = "Times New Roman"
    _east_asian(normal.element.get_or_add_rPr(), "仿宋")
    for style, text in OUTLINE:
        document.add_paragraph(text, style=STYLE_NAMES[style])
    _page_number(section.footer.paragraphs[0])
    _alternatives(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _style(document: Document, name: str, look: _Look) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_LINE_SPACING, WD_PARAGRAPH_ALIGNMENT
    from docx.shared import Pt

    align = {
        "center": WD_PARAGRAPH_ALIGNMENT.CENTER,
        "left": WD_PARAGRAPH_ALIGNMENT.LEFT,
        "right": WD_PARAGRAPH_ALIGNMENT.RIGHT,
        "both": WD_PARAGRAPH_ALIGNMENT.JUSTIFY,
    }
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    style.quick_style = True
    style.font.name = "Times New Roman"
    style.font.size = Pt(look.size)
    _east_asian(style.element.get_or_add_rPr(), look.font)
    paragraph = style.paragraph_format
    paragraph.alignment = align[look.align]
    paragraph.space_before = paragraph.space_after = Pt(0)
    paragraph.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    paragraph.line_spacing = Pt(_LINE if look.size <= 16 else 34)
    paragraph.first_line_indent = Pt(look.size * look.indent)
    paragraph.right_indent = Pt(look.size * look.right)
    paragraph.keep_with_next = look.outline is not None
    if look.outline is not None:
        level = _element("w:outlineLvl", {"w:val": str(look.outline)})
        style.element.get_or_add_pPr().append(level)


def run_font(run: Any, font: str, size: float) -> None:
    """Give a run a font for Chinese and a size in points."""
    from docx.shared import Pt

    run.font.name = "Times New Roman"
    run.font.size = Pt(size)
    _east_asian(run._r.get_or_add_rPr(), font)


def _east_asian(properties: Any, font: str) -> None:
    from docx.oxml.ns import qn

    fonts = properties.get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), font)
    fonts.set(qn("w:hint"), "eastAsia")
    # the theme's own font would win over the one that is named
    for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(theme), None)


def _element(name: str, attributes: Mapping[str, str]) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(key), value)
    return element


def _page_number(paragraph: Any) -> None:
    """— 3 — in the footer, as official documents number their pages."""
    from docx.enum.text import WD_PARAGRAPH_ALIGNMENT

    paragraph.alignment = WD_PARAGRAPH_ALIGNMENT.CENTER
    run_font(paragraph.add_run("— "), "宋体", 14)
    field = _element("w:fldSimple", {"w:instr": "PAGE"})
    paragraph._p.append(field)
    run = paragraph.add_run("1")
    run_font(run, "宋体", 14)
    field.append(run._r)
    run_font(paragraph.add_run(" —"), "宋体", 14)


def _alternatives(document: Document) -> None:
    """Name in the table of fonts what may stand in for each font."""
    from docx.opc.constants import RELATIONSHIP_TYPE

    part = document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/><w:family w:val="auto"/>'
        '<w:pitch w:val="variable"/></w:font>'
        for name, others in _FONTS.items()
    )
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    xml = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts xmlns:w="{namespace}">{fonts}</w:fonts>'
    part._blob = xml.encode()
