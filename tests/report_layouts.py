"""The same report in the layouts that portals produce, drawn from the form; the prose around the tables is neutral."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nianbao.figures import Key
from nianbao.form import Form, Table
from nianbao.layout import TITLE_ROWS, layout_of
from nianbao.rules import Number

Values = Mapping[Key, Number | None]


@dataclass(frozen=True)
class Cell:
    """One cell of an official table: its text, the rows and columns it spans."""

    text: str
    rows: int
    columns: int
    is_label: bool


def cells_of(form: Form, table: Table, values: Values) -> list[list[Cell]]:
    """The cells that begin in each row of an official table, in reading order."""
    layout = layout_of(form)
    placed: dict[tuple[int, int], Cell] = {}
    for label in layout.labels:
        if label.sheet == table.sheet and label.row >= TITLE_ROWS:
            size = (label.last_row - label.row + 1, label.last_column - label.column + 1)
            placed[label.row, label.column] = Cell(label.text, *size, is_label=True)
    for key, slot in layout.slots.items():
        if key.table == table.key:
            value = values.get(key)
            text = "" if value is None else f"{value}"
            placed[slot.place.row, slot.place.column] = Cell(
                text, 1, slot.last_column - slot.place.column + 1, is_label=False
            )
    rows: dict[int, list[Cell]] = {}
    for (row, _), cell in sorted(placed.items()):
        rows.setdefault(row, []).append(cell)
    return [rows[row] for row in sorted(rows)]


def as_web(rows: list[list[Cell]]) -> str:
    """A table with spans, as an editor in a portal writes it."""
    out = ["<table border='1'><tbody>"]
    for row in rows:
        out.append("<tr>")
        for cell in row:
            spans = f" rowspan='{cell.rows}'" * (cell.rows > 1) + f" colspan='{cell.columns}'" * (cell.columns > 1)
            out.append(f"<td{spans}><p><span>{cell.text or '&nbsp;'}</span></p></td>")
        out.append("</tr>")
    return "".join([*out, "</tbody></table>"])


def as_pipes(rows: list[list[Cell]]) -> str:
    """A row a line, cells ended by |, the columns that a cell spans added at the end of the row."""
    lines = []
    for row in rows:
        filling = sum(cell.columns - 1 for cell in row)
        lines.append("".join(f"{cell.text} | " for cell in row) + "|" * filling)
    return "\n".join(lines)


def as_markdown(rows: list[list[Cell]]) -> str:
    """A row a line between | signs, lower parts of merged cells as empty cells."""
    width = sum(cell.columns for cell in rows[0])
    taken: dict[tuple[int, int], str] = {}
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while (number, column) in taken:
                column += 1
            for r in range(cell.rows):
                for c in range(cell.columns):
                    taken[number + r, column + c] = cell.text if (r, c) == (0, 0) else ""
    lines = ["| " + " | ".join(taken.get((r, c), "") for c in range(width)) + " |" for r in range(len(rows))]
    return "\n".join([lines[0], "|" + "---|" * width, *lines[1:]])


def as_cells_between_pipes(rows: list[list[Cell]]) -> str:
    """Every cell on a line of its own, and a line with a | behind it."""
    return "\n".join(f"{cell.text}\n|" for row in rows for cell in row)


def as_cells_before_pipes(rows: list[list[Cell]]) -> str:
    """Every cell on a line that ends with |, rows begin with a | and end with what they span."""
    lines = []
    for row in rows:
        filling = sum(cell.columns - 1 for cell in row)
        lines.append("|")
        lines.extend(f"{cell.text} |" for cell in row)
        if filling:
            lines[-1] += "|" * filling
    return "\n".join(lines)


def as_tabs(rows: list[list[Cell]]) -> str:
    """A row a line with tabs between the cells, as pasted from a sheet."""
    return "\n".join("\t".join(cell.text for cell in row) for row in rows)


def as_cells_behind_tabs(rows: list[list[Cell]]) -> str:
    """A tab before every cell, an empty line after every row."""
    return "\n\n".join("\n".join(f"\t{cell.text}" for cell in row) for row in rows)


def as_lines(rows: list[list[Cell]]) -> str:
    """A cell a line, nothing else; empty cells leave no trace."""
    return "\n".join(cell.text for row in rows for cell in row if cell.text)


def as_lines_of_rows(rows: list[list[Cell]]) -> str:
    """A row a line with spaces between the cells, as text is taken from a PDF."""
    return "\n".join(" ".join(cell.text for cell in row if cell.text) for row in rows)


LAYOUTS: Mapping[str, Callable[[list[list[Cell]]], str]] = {
    "web": as_web,
    "pipes": as_pipes,
    "markdown": as_markdown,
    "cells between pipes": as_cells_between_pipes,
    "cells before pipes": as_cells_before_pipes,
    "tabs": as_tabs,
    "cells behind tabs": as_cells_behind_tabs,
    "lines": as_lines,
    "lines of rows": as_lines_of_rows,
}
KEEPS_BLANKS = frozenset(LAYOUTS) - {"lines", "lines of rows"}


def report(
    form: Form,
    values: Values,
    layout: str,
    *,
    year: int = 2021,
    overview: str = "本年度工作平稳。",
    tables: Mapping[str, str] | None = None,
    fees: str = "无其他需要报告的事项。",
) -> str:
    """A whole report with its tables in one of the layouts; ``tables`` replaces single ones."""
    drawn = {
        table.key: (tables or {}).get(table.key, LAYOUTS[layout](cells_of(form, table, values)))
        for table in form.tables
    }
    titles = {table.key: table.title for table in form.tables}
    lines = [
        f"某县{year}年政府信息公开工作年度报告",
        "一、总体情况",
        overview,
        *(part for key in ("2", "3", "4") for part in (titles[key], drawn[key])),
        "五、存在的主要问题及改进情况",
        "公开的深度还不够。下一步将加强培训。",
        "六、其他需要报告的事项",
        fees,
        "某县人民政府",
        f"{year + 1}年2月15日",
    ]
    if layout != "web":
        return "\n".join(lines) + "\n"
    body = "".join(line if line.startswith("<table") else f"<p>{line}</p>" for line in lines)
    head = "<html><head><meta charset='utf-8'></head><body>"
    menu = "<div><a>首页</a><a>政务公开</a></div>"
    return f"{head}{menu}<table><tr><td><div class='article'>{body}</div></td></tr></table></body></html>"
