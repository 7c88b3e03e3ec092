"""A list as people keep it, with headings in row 1: the first sheet of a workbook, or a CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from nianbao.excel.book import open_book
from nianbao.excel.cells import UnreadableError
from nianbao.findings import OperatorError, reason_of
from nianbao.wording import plain


def read_rows(path: Path, what: str, needed: tuple[str, ...]) -> list[tuple[int, Mapping[str, str]]]:
    """The rows under the headings as (row number from 1, text by heading), empty ones left out.

    Raises OperatorError, which calls the file ``what``, where it cannot be read or lacks a heading among ``needed``.
    """
    rows = grid(path, what)
    top = next((number for number, row in enumerate(rows) if any(row)), None)
    columns = {} if top is None else {plain(text): number for number, text in enumerate(rows[top]) if text.strip()}
    for heading in needed:
        if heading not in columns:
            raise OperatorError(f"{what}“{path}”第 1 行缺少“{heading}”一栏。")
    found: list[tuple[int, Mapping[str, str]]] = []
    for number, row in enumerate(rows, 1):
        texts = {head: row[at].strip() if at < len(row) else "" for head, at in columns.items()}
        if top is not None and number > top + 1 and any(texts.values()):
            found.append((number, texts))
    return found


def grid(path: Path, what: str) -> list[tuple[str, ...]]:
    """Every row of the list as texts, headings included; raise OperatorError where the file cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OperatorError(f"不能读取{what}“{path}”：{reason_of(error)}。") from error
    return _rows_of_text(data, path, what) if path.suffix.lower() == ".csv" else _rows_of_book(data, path, what)


def _rows_of_book(data: bytes, path: Path, what: str) -> list[tuple[str, ...]]:
    try:
        book = open_book(data)
        cells = book.sheets[0].cells if book.sheets else {}
    except UnreadableError as error:
        raise OperatorError(f"不能读取{what}“{path}”：{error}") from error
    rows: dict[int, dict[int, str]] = {}
    for (row, column), cell in cells.items():
        rows.setdefault(row, {})[column] = cell.raw.removesuffix(".0") if cell.kind == "number" else cell.raw
    return [
        tuple(rows[row].get(column, "") for column in range(max(rows[row]) + 1)) if row in rows else ()
        for row in range(max(rows, default=-1) + 1)
    ]


def _rows_of_text(data: bytes, path: Path, what: str) -> list[tuple[str, ...]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))]
    raise OperatorError(f"不能读取{what}“{path}”：不是 UTF-8 或 GBK 编码的 CSV 文件。")
