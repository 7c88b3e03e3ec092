"""The sheet 文字材料汇总: what units wrote beside the tables, counts added up, texts side by side."""

from __future__ import annotations

from decimal import Decimal

from nianbao.consolidation import Consolidation, number_in
from nianbao.excel.county.lists import finish_list, start_list
from nianbao.excel.county.names import LIST_FIRST, MATERIALS
from nianbao.excel.look import height_of
from nianbao.excel.paper import Paper
from nianbao.figures import Place, column_name

_SUM_ROW = LIST_FIRST
_FIRST_ROW = LIST_FIRST + 1


def write_materials(paper: Paper, result: Consolidation) -> None:
    """Write the sheet where the form asks units for materials; a column per field, a row per unit that wrote any."""
    texts = [text for text in result.form.texts if text.key.startswith("t/")]
    if not texts:
        return
    units = sorted((*result.counted, *result.uncounted), key=result.rank)
    wrote = [one for one in units if one.submission and any(one.submission.texts.get(text.key) for text in texts)]
    heads = ("单位", *(text.label for text in texts))
    widths = [24.0, *(12.0 if text.numeric else 48.0 for text in texts)]
    title = f"{result.title}各单位文字材料"
    sheet = start_list(paper, MATERIALS, title, heads, widths, result.title)
    sheet.set_row(1, 48)
    paper.put(sheet, Place(MATERIALS, _SUM_ROW, 0), "合计", "total")
    last = _FIRST_ROW + max(len(wrote), 1)
    for column, text in enumerate(texts, 1):
        place = Place(MATERIALS, _SUM_ROW, column)
        if text.numeric:
            cells = f"{column_name(column)}{_FIRST_ROW + 1}:{column_name(column)}{last}"
            written = [number_in(one.submission.texts.get(text.key)) for one in wrote if one.submission]
            total = sum((value for value in written if value is not None), start=Decimal(0))
            paper.calculate(sheet, place, f"ROUND(SUM({cells}),6)", total, "total")
        else:
            paper.put(sheet, place, None, "total")
    for row, one in enumerate(wrote, _FIRST_ROW):
        paper.put(sheet, Place(MATERIALS, row, 0), one.unit_name or one.file, "cell")
        height = 20.0
        for column, text in enumerate(texts, 1):
            raw = "" if one.submission is None else one.submission.texts.get(text.key, "")
            number = number_in(raw) if text.numeric else None
            height = max(height, height_of(raw, widths[column]))
            paper.put(sheet, Place(MATERIALS, row, column), raw or None if number is None else number, "cell")
        sheet.set_row(row, min(height, 400.0))
    finish_list(sheet, _FIRST_ROW + len(wrote) - 1, heads)
    sheet.freeze_panes(_FIRST_ROW, 1)
