"""The roster as people keep it: a sheet (名录.xlsx, first sheet) or a CSV with headings in row 1."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from nianbao.excel.book import UnreadableError, open_book
from nianbao.findings import OperatorError
from nianbao.roster import Roster, Unit
from nianbao.wording import plain, plain_code

HEADINGS = ("代码", "单位名称", "简称", "曾用名", "类别", "联系人", "电话", "邮箱", "计入汇总", "盖章件")
_YES_NO = {"是": True, "": True, "否": False}


def read_roster(path: Path) -> Roster:
    """The roster in a workbook or a CSV file; raise OperatorError, naming the row, where it cannot be used."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OperatorError(f"不能读取名录“{path}”：{error.strerror}。") from error
    rows = _rows_of_text(data, path) if path.suffix.lower() == ".csv" else _rows_of_book(data, path)
    heads = next((row for row in rows if any(row)), ())
    columns = {plain(text): number for number, text in enumerate(heads)}
    for needed in HEADINGS[:2]:
        if needed not in columns:
            raise OperatorError(f"名录“{path}”第 1 行缺少“{needed}”一栏；表头应为：{'、'.join(HEADINGS)}。")
    units = []
    for number, row in enumerate(rows, 1):
        cells = {head: row[at].strip() if at < len(row) else "" for head, at in columns.items()}
        if row is not heads and any(cells.values()):
            units.append((number, _unit(cells, f"名录“{path}”第 {number} 行")))
    if not units:
        raise OperatorError(f"名录“{path}”里没有单位，请先填写。")
    _refuse_ambiguity(units, path)
    return Roster(tuple(unit for _, unit in units))


def _rows_of_book(data: bytes, path: Path) -> list[tuple[str, ...]]:
    try:
        book = open_book(data)
        cells = book.sheets[0].cells if book.sheets else {}
    except UnreadableError as error:
        raise OperatorError(f"不能读取名录“{path}”：{error}") from error
    rows: dict[int, dict[int, str]] = {}
    for (row, column), cell in cells.items():
        whole = cell.raw.removesuffix(".0") if cell.kind == "number" else cell.raw
        rows.setdefault(row, {})[column] = whole
    last = max(rows, default=-1)
    return [
        tuple(rows[row].get(column, "") for column in range(max(rows[row]) + 1)) if row in rows else ()
        for row in range(last + 1)
    ]


def _rows_of_text(data: bytes, path: Path) -> list[tuple[str, ...]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))]
    raise OperatorError(f"不能读取名录“{path}”：不是 UTF-8 或 GBK 编码的 CSV 文件。")


def _unit(cells: Mapping[str, str], where: str) -> Unit:
    code, name = cells[HEADINGS[0]], cells[HEADINGS[1]]
    if not code or not name:
        raise OperatorError(f"{where}缺少{'代码' if not code else '单位名称'}，请补上。")
    counted = cells.get("计入汇总", "")
    if counted not in _YES_NO:
        raise OperatorError(f"{where}“计入汇总”应填 是 或 否，现为“{counted}”。")
    return Unit(
        code=code,
        name=name,
        short_names=_names(cells.get("简称", "")),
        former_names=_names(cells.get("曾用名", "")),
        kind=cells.get("类别", ""),
        contact=cells.get("联系人", ""),
        phone=cells.get("电话", ""),
        email=cells.get("邮箱", ""),
        counted=_YES_NO[counted],
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.replace("，", "、").replace(",", "、").split("、") if name.strip())


def _refuse_ambiguity(units: Sequence[tuple[int, Unit]], path: Path) -> None:
    """Refuse a roster in which a code or a name could mean two units."""
    codes: dict[str, int] = {}
    names: dict[str, tuple[int, Unit]] = {}
    for number, unit in units:
        if plain_code(unit.code) in codes:
            first = codes[plain_code(unit.code)]
            raise OperatorError(f"名录“{path}”第 {first} 行和第 {number} 行的代码相同（{unit.code}），请改正。")
        codes[plain_code(unit.code)] = number
        for name in unit.names:
            first, other = names.setdefault(plain(name), (number, unit))
            if other is not unit:
                raise OperatorError(f"名录“{path}”第 {first} 行和第 {number} 行都叫“{name}”，请改正。")
