"""The roster as people keep it: a sheet (名录.xlsx, first sheet) or a CSV with headings in row 1."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nianbao.excel.rows import grid
from nianbao.findings import OperatorError
from nianbao.roster import KINDS, VERTICAL, Doubt, Roster, Unit, doubts
from nianbao.wording import plain

HEADINGS = ("代码", "单位名称", "简称", "曾用名", "类别", "联系人", "电话", "邮箱", "计入汇总", "盖章件")
_YES_NO = {"是": True, "": True, "否": False}


# What other lists call the same columns.
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "代码": ("单位代码", "编码", "单位编码", "编号", "单位编号"),
    "单位名称": ("单位", "名称", "责任单位", "单位全称", "全称", "部门名称", "机构名称", "单位名"),
    "简称": ("单位简称",),
    "曾用名": ("原名称", "原名", "旧名称"),
    "类别": ("类型", "单位类别", "单位类型", "性质", "单位性质"),
    "联系人": ("经办人", "填报人", "姓名", "负责人员", "联络员"),
    "电话": ("联系电话", "手机", "手机号", "联系方式", "电话号码"),
    "邮箱": ("电子邮箱", "电子邮件", "邮件", "e-mail", "email", "邮箱地址"),
    "计入汇总": ("是否计入汇总", "是否计入"),
}
_MOST_NAMED = 6
_HEAD_ROWS = 10


@dataclass(frozen=True, slots=True)
class RosterList:
    """What a list of units holds: the units by row, and what is doubtful about the rows."""

    units: tuple[tuple[int, Unit], ...]
    doubts: tuple[Doubt, ...]

    @property
    def roster(self) -> Roster:
        """The units as a roster."""
        return Roster(tuple(unit for _, unit in self.units))


def read_roster(path: Path, *, county: str | None = None, vertical_counts: bool = True) -> Roster:
    """The roster in a workbook or a CSV file; raise OperatorError, naming every row that has to be put right."""
    found = list_units(path, county=county, vertical_counts=vertical_counts)
    if not found.units and not found.doubts:
        raise OperatorError(f"名录“{path}”里没有单位，请先填写。")
    grave = [doubt.text for doubt in found.doubts if doubt.grave]
    if grave:
        more = f"……共 {len(grave)} 处" if len(grave) > _MOST_NAMED else ""
        raise OperatorError(f"名录“{path}”{'；'.join(text.rstrip('。') for text in grave[:_MOST_NAMED])}{more}。")
    return found.roster


def list_units(
    path: Path, *, county: str | None = None, vertical_counts: bool = True, give_codes: bool = False
) -> RosterList:
    """Every unit of a list, by row, with what is doubtful; raise OperatorError where it is no list of units.

    ``vertical_counts`` says whether a 垂管 unit with an empty 计入汇总 counts; ``give_codes`` numbers the units of a
    list that has no codes at all.
    """
    rows = grid(path, "名录")
    head, columns = _heads(rows)
    needed = [name for name in HEADINGS[:2] if name not in columns]
    if HEADINGS[1] in needed or (needed and not give_codes):
        raise OperatorError(f"名录“{path}”第 {head + 1} 行缺少“{needed[-1]}”一栏；表头应为：{'、'.join(HEADINGS)}。")
    lines = []
    for number, row in enumerate(rows[head + 1 :], head + 2):
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()}
        if any(cells.values()):
            lines.append((number, cells))
    if give_codes and not any(cells.get(HEADINGS[0]) for _, cells in lines):
        for count, (_, cells) in enumerate(lines, 1):
            cells[HEADINGS[0]] = f"{count:03}"
    units, problems = [], []
    for number, cells in lines:
        wrong = _wrong(number, cells)
        problems.extend(wrong)
        if not any(doubt.grave for doubt in wrong):
            units.append((number, _unit(cells, vertical_counts=vertical_counts)))
    problems.extend(doubts(tuple(units), county))
    return RosterList(tuple(units), tuple(problems))


def _heads(rows: Sequence[Sequence[str]]) -> tuple[int, Mapping[str, int]]:
    """The row of headings, and the column of each: the first row that has a column of names, else the first filled."""
    known = {plain(name): name for name in HEADINGS}
    for name, others in _SYNONYMS.items():
        known |= {plain(other): name for other in others}
    first = next((number for number, row in enumerate(rows) if any(row)), 0)
    best: tuple[int, Mapping[str, int]] = (first, {})
    for number, row in enumerate(rows[:_HEAD_ROWS]):
        columns: dict[str, int] = {}
        for at, text in enumerate(row):
            meant = known.get(plain(text).casefold())
            if meant is not None and (meant not in columns or plain(text) == meant):
                columns[meant] = at
        if HEADINGS[1] in columns and len(columns) > len(best[1]):
            best = (number, columns)
    if best[1]:
        return best
    heads = rows[first] if rows else ()
    return first, {
        known[plain(text).casefold()]: at for at, text in enumerate(heads) if plain(text).casefold() in known
    }


def _wrong(row: int, cells: Mapping[str, str]) -> list[Doubt]:
    """What is wrong with one row by itself."""
    problems = []
    code, name = cells.get(HEADINGS[0], ""), cells.get(HEADINGS[1], "")
    if not code or not name:
        problems.append(Doubt((row,), f"缺少{'代码' if not code else '单位名称'}，请补上。", grave=True))
    for what, text in (("代码", code), ("单位名称", name)):
        if any(sign in text for sign in '\\/:*?"<>|\n\r\t'):
            problems.append(Doubt((row,), f"{what}“{text}”里有不能用在文件名里的符号，请改正。", grave=True))
    counted = cells.get("计入汇总", "")
    if counted not in _YES_NO:
        problems.append(Doubt((row,), f"“计入汇总”应填 是 或 否，现为“{counted}”。", grave=True))
    kind = cells.get("类别", "")
    if kind and kind not in KINDS:
        problems.append(Doubt((row,), f"类别“{kind}”不是 {'、'.join(KINDS)} 之一，请核对。", grave=False))
    email = cells.get("邮箱", "")
    if email and not _EMAIL.fullmatch(email):
        problems.append(Doubt((row,), f"邮箱“{email}”不像一个邮箱地址，请核对。", grave=False))
    return problems


_EMAIL = re.compile(r"[^@\s<>;,；，、]+@[^@\s<>;,；，、]+\.[^@\s<>;,；，、]+")


def _unit(cells: Mapping[str, str], *, vertical_counts: bool) -> Unit:
    kind, counted = cells.get("类别", ""), cells.get("计入汇总", "")
    return Unit(
        code=cells[HEADINGS[0]],
        name=cells[HEADINGS[1]],
        short_names=_names(cells.get("简称", "")),
        former_names=_names(cells.get("曾用名", "")),
        kind=kind,
        contact=cells.get("联系人", ""),
        phone=cells.get("电话", ""),
        email=cells.get("邮箱", ""),
        counted=vertical_counts if not counted and kind == VERTICAL else _YES_NO[counted],
        stamped=cells.get("盖章件", ""),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.replace("，", "、").replace(",", "、").split("、") if name.strip())
