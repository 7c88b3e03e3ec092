"""The report as a web page: plain semantic HTML that a portal's editor keeps and a screen reader can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from types import MappingProxyType

from nianbao.checks import text_of
from nianbao.figures import Key
from nianbao.form import Form, Table
from nianbao.layout import TITLE_ROWS, Label, Layout, Slot, layout_of
from nianbao.report.compose import ANNEX_FIELD, TABLE_FIELDS, Composed
from nianbao.report.outline import ANNEX_TITLE, FIELD, OUTLINE
from nianbao.submission import Values

_CELL = "border:1px solid #000;padding:4px 6px;text-align:center"
_TABLE = "border-collapse:collapse;width:100%;margin:1em 0"
_NO_MARKS: Mapping[Key, str] = MappingProxyType({})
_TAGS = {
    "title": ("h1", "text-align:center"),
    "notice": ("p", "text-align:center;color:#b00"),
    "first": ("h2", ""),
    "second": ("h3", ""),
    "body": ("p", "text-indent:2em"),
    "signature": ("p", "text-align:right"),
}


def write_html(composed: Composed) -> str:
    """The whole page; what a portal needs is the ``article``."""
    title = escape(composed.fields["标题"])
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="zh-CN">',
            f'<head><meta charset="utf-8"><title>{title}</title></head>',
            "<body>",
            "<article>",
            *_article(composed),
            "</article>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _article(composed: Composed) -> Iterator[str]:
    for style, text in OUTLINE:
        field = FIELD.fullmatch(text)
        if field and field[1] in TABLE_FIELDS:
            key = TABLE_FIELDS[field[1]]
            table = next(table for table in composed.form.tables if table.key == key)
            yield web_table(composed.form, composed.values, table)
        elif field and field[1] == ANNEX_FIELD:
            yield from _annex(composed)
        else:
            filled = FIELD.sub(lambda match: composed.fields[match[1]], text)
            tag, look = _TAGS[style]
            if filled:
                shown = f' style="{look}"' if look else ""
                yield f"<{tag}{shown}>{_marked(filled)}</{tag}>"


def _marked(text: str) -> str:
    """The text with what is still to be written marked."""
    marked = escape(text)
    for open_point in ("【待撰写】", "【待填】"):
        marked = marked.replace(open_point, f"<mark>{open_point}</mark>")
    return marked


def _annex(composed: Composed) -> Iterator[str]:
    if not composed.annex:
        return
    yield "<section>"
    yield f"<h2>{ANNEX_TITLE}</h2>"
    for heading, texts in composed.annex:
        yield f"<h3>{escape(heading)}</h3>"
        yield "<dl>"
        yield from (f"<dt>{escape(unit)}</dt><dd>{escape(text)}</dd>" for unit, text in texts)
        yield "</dl>"
    yield "</section>"


def web_table(form: Form, values: Values, table: Table, marks: Mapping[Key, str] = _NO_MARKS) -> str:
    """One official table: every figure says which labels it stands under; ``marks`` explains single figures."""
    layout = layout_of(form)
    labels = [label for label in layout.labels if label.sheet == table.sheet and label.row >= TITLE_ROWS]
    slots = {key: slot for key, slot in layout.slots.items() if key.table == table.key}
    first_column = min(slot.place.column for slot in slots.values())
    cells: dict[tuple[int, int], str] = {}
    for label in labels:
        cells[label.row, label.column] = _head(label, table, layout, first_column)
    for key, slot in slots.items():
        value = escape(text_of(values.get(key)) or "")
        if key in marks:
            value = f'<mark title="{escape(marks[key])}">{value or "　"}</mark>'
        cells[slot.place.row, slot.place.column] = _figure(slot, table, value)
    rows = sorted({row for row, _ in cells})
    first_row = min(slot.place.row for slot in slots.values())
    head = [_row(cells, row) for row in rows if row < first_row]
    body = [_row(cells, row) for row in rows if row >= first_row]
    caption = f'<caption style="text-align:left">{escape(table.title)}</caption>'
    parts = [
        f'<table style="{_TABLE}">',
        caption,
        "<thead>",
        *head,
        "</thead>",
        "<tbody>",
        *body,
        "</tbody>",
        "</table>",
    ]
    return "\n".join(parts)


def _row(cells: dict[tuple[int, int], str], row: int) -> str:
    return "<tr>" + "".join(cell for (r, _), cell in sorted(cells.items()) if r == row) + "</tr>"


def _name(label: Label, table: Table) -> str:
    return f"t{table.key}r{label.row}c{label.column}"


def _spans(rows: int, columns: int) -> str:
    return (f' rowspan="{rows}"' if rows > 1 else "") + (f' colspan="{columns}"' if columns > 1 else "")


def _head(label: Label, table: Table, layout: Layout, first_column: int) -> str:
    rows, columns = label.last_row - label.row + 1, label.last_column - label.column + 1
    beside = label.last_column < first_column and any(
        slot.place.row >= label.row and slot.place.row <= label.last_row
        for key, slot in layout.slots.items()
        if key.table == table.key
    )
    direction, several = ("row", rows > 1) if beside else ("col", columns > 1)
    scope = f"{direction}group" if several else direction
    align = _CELL.replace("center", "left") if beside else _CELL
    attributes = f'id="{_name(label, table)}" scope="{scope}"{_spans(rows, columns)} style="{align}"'
    return f"<th {attributes}>{escape(label.text)}</th>"


def _figure(slot: Slot, table: Table, value: str) -> str:
    heads = " ".join(_name(label, table) for label in slot.heads if label.row >= TITLE_ROWS)
    span = _spans(1, slot.last_column - slot.place.column + 1)
    return f'<td headers="{heads}"{span} style="{_CELL}">{value}</td>'
