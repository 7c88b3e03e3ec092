"""Whose file it is, where only its name can tell: one unit for certain, or a question with candidates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from nianbao.roster import Roster, Unit, meaning
from nianbao.wording import plain

_MOST_CANDIDATES = 3
_ALIKE = 0.5
# What people put around the name of their unit. Taken away from the ends only: inside a name it may belong to it.
_NOISE = (
    "政府信息公开工作年度报告|政府信息公开年度报告|政府信息公开年报|政府信息公开工作|政府信息公开|信息公开|政务公开|工作年度报告|年度报告"
    "|关于报送|关于上报|报送|上报|填报|提交|回收|下发|附件|附表|汇总表|统计表|数据表|数据|报表|年报|年度|报告|表格|表"
    "|最终版|最终|终版|终稿|定稿|初稿|改后|修改后|修改版|修改|已改|更正后|更正|更新|修正|补正|重报|新版|新|副本|复件|拷贝"
    "|盖章件|盖章版|盖章|扫描件|扫描版|扫描|签字版|签字|公章|退回|第.次|版|稿|件|份|年|月|日|号|的|工作|copy|final|new|v"
)
_EDGE = re.compile(rf"^(?:{_NOISE}|[\W\d_])+|(?:{_NOISE}|[\W\d_])+$", re.IGNORECASE)
_OURS = re.compile(r"^([0-9]+)_([^_]+)_")


@dataclass(frozen=True, slots=True)
class Claim:
    """The unit a file name stands for, or those that it may stand for, the likeliest first."""

    unit: Unit | None
    candidates: tuple[Unit, ...] = ()


def claim(file: str, roster: Roster, county: str | None = None) -> Claim:
    """Whose the file of that name is; the folder it lies in, its extension and what people add do not matter."""
    base = re.split(r"[/\\\\!]", file)[-1]
    stem = base.rpartition(".")[0] or base
    ours = _OURS.match(stem)
    if ours is not None:
        by_name, by_code = roster.named(ours[2], county), roster.coded(ours[1])
        if by_name is not None:
            # our own way of naming files, with a code that may contradict the name
            return Claim(by_name) if by_code in {by_name, None} else _question(by_name, by_code)
    for bare in _shapes(plain(stem)):
        unit = roster.named(bare, county)
        if unit is not None:
            return Claim(unit)
    return Claim(None, _candidates(plain(stem), roster, county))


def _question(*units: Unit | None) -> Claim:
    return Claim(None, tuple(unit for unit in units if unit is not None))


def _shapes(stem: str) -> list[str]:
    """The name as it stands, and as it stands without what people put around it."""
    shapes = [stem]
    while shapes[-1]:
        bare = _EDGE.sub("", shapes[-1])
        if bare == shapes[-1]:
            break
        shapes.append(bare)
    return [shape for shape in shapes if len(shape) >= 2]


def _candidates(stem: str, roster: Roster, county: str | None) -> tuple[Unit, ...]:
    """Units whose name is in the file name, then those whose name is like it."""
    bare = meaning((_shapes(stem) or [stem])[-1], county)
    ranked = []
    for number, unit in enumerate(roster.units):
        names = {plain(name) for name in unit.names} | {meaning(name, county) for name in unit.names}
        inside = max((len(name) for name in names if len(name) >= 2 and name in stem), default=0)
        alike = max(SequenceMatcher(None, name, bare).ratio() for name in names)
        if inside or (alike >= _ALIKE and len(bare) >= 2):
            ranked.append((-inside, -alike, number, unit))
    return tuple(unit for *_, unit in sorted(ranked, key=lambda one: one[:3])[:_MOST_CANDIDATES])
