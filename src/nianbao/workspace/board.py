"""Who has reported, who has not, whose return is wrong or late: the office's board, computed from what it holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from nianbao.roster import KINDS, Unit
from nianbao.workspace.holdings import Held, Holdings
from nianbao.workspace.settings import Settings

State = Literal["已报合格", "有误", "未报", "迟报"]
STATES: tuple[State, ...] = ("已报合格", "有误", "未报", "迟报")
OTHER = "其他"


@dataclass(frozen=True, slots=True)
class Row:
    """One unit on the board; 迟报 is a valid return whose first version came after the deadline."""

    unit: Unit
    state: State
    counting: Held | None
    versions: tuple[Held, ...]
    scans: tuple[Held, ...]
    late: bool

    @property
    def stamped(self) -> str:
        """What there is of the stamped return: a scan, or what the office noted in the roster; empty for none."""
        if self.scans:
            return "扫描件" if len(self.scans) == 1 else f"扫描件 {len(self.scans)} 份"
        return self.unit.stamped

    @property
    def sent_back(self) -> tuple[str, ...]:
        """The files that went back to the unit."""
        return tuple(name for one in self.versions for name in one.original.sent_back)

    @property
    def errors(self) -> int:
        """How many errors the return has that counts, or would."""
        if self.counting is None:
            return 0
        return sum(finding.severity == "error" for finding in self.counting.taken.findings)

    @property
    def remark(self) -> str:
        """What to know about the unit in a few words."""
        parts = []
        if self.state == "有误" and self.counting is not None:
            parts.append("不是可用的报表" if self.counting.taken.status == "rejected" else f"{self.errors} 处错误")
        if self.sent_back:
            parts.append(f"已退回 {len(self.sent_back)} 次")
        if self.versions and self.counting is not self.versions[-1]:
            parts.append("后来的一份不合格，仍以先前的为准")
        if self.late and self.state != "迟报":
            parts.append("报送已迟")
        if not self.unit.counted:
            parts.append("不计入汇总")
        return "；".join(parts)


@dataclass(frozen=True, slots=True)
class Board:
    """All units of a year."""

    settings: Settings
    rows: tuple[Row, ...]
    holdings: Holdings
    today: dt.date

    @property
    def complete(self) -> bool:
        """Every unit has reported validly, and nothing waits for an answer."""
        done = all(row.state in {"已报合格", "迟报"} for row in self.rows)
        return done and not self.holdings.unclaimed and not self.holdings.lost

    @property
    def due(self) -> str:
        """The deadline in words."""
        deadline = self.settings.deadline
        if deadline is None:
            return "没有设报送期限"
        left = (deadline - self.today).days
        rest = f"还有 {left} 天" if left > 0 else "今天截止" if left == 0 else f"已过 {-left} 天"
        return f"{deadline.year} 年 {deadline.month} 月 {deadline.day} 日截止（{rest}）"

    def of(self, state: State) -> tuple[Row, ...]:
        """The units in a state."""
        return tuple(row for row in self.rows if row.state == state)

    @property
    def chased(self) -> tuple[Row, ...]:
        """Whom to call: first who sent nothing, then whose return is wrong."""
        return (*self.of("未报"), *self.of("有误"))

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Number of units by kind and state, with 应报 and 盖章件; the last line is 合计."""
        kinds = [kind for kind in (*KINDS, OTHER) if any(kind_of(row.unit) == kind for row in self.rows)]
        lines = {kind: self._counted([row for row in self.rows if kind_of(row.unit) == kind]) for kind in kinds}
        return lines | {"合计": self._counted(self.rows)}

    def _counted(self, rows: Sequence[Row]) -> Mapping[str, int]:
        states: dict[str, int] = {state: sum(row.state == state for row in rows) for state in STATES}
        return {"应报": len(rows), **states, "盖章件": sum(bool(row.stamped) for row in rows)}


def kind_of(unit: Unit) -> str:
    """The unit's kind as the board counts it."""
    return unit.kind if unit.kind in KINDS else OTHER


def board_of(settings: Settings, holdings: Holdings, today: dt.date) -> Board:
    """The board as it stands today."""
    return Board(settings, tuple(_row(unit, settings, holdings) for unit in holdings.roster.units), holdings, today)


def _row(unit: Unit, settings: Settings, holdings: Holdings) -> Row:
    versions, counting = holdings.versions(unit), holdings.counting(unit)
    readable = [one for one in versions if one.taken.status != "rejected"]
    late = bool(versions) and (readable or versions)[0].late(settings.deadline)
    state: State = "未报"
    if counting is not None:
        state = ("迟报" if late else "已报合格") if counting.valid else "有误"
    return Row(unit, state, counting, versions, holdings.scans(unit), late)
