"""A workspace on disk: where everything lies, who may write to it now, and how a new one begins."""

from __future__ import annotations

import datetime as dt
import getpass
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nianbao.findings import OperatorError, reason_of
from nianbao.output import write_whole
from nianbao.returns import Demands
from nianbao.roster import KINDS, Doubt, Roster
from nianbao.submission import Identity
from nianbao.wording import plain_code
from nianbao.workspace.settings import FILE, Settings, read_settings

ROSTER = "名录.xlsx"
DISTRIBUTED, RECEIVED, RETURNED, CONSOLIDATED, LETTERS, LAST_YEAR = "下发", "回收", "退回", "汇总", "邮件模板", "上年"
FOLDERS = (DISTRIBUTED, RECEIVED, RETURNED, CONSOLIDATED)
LOCK, HOLDER = ".nianbao.lock", ".nianbao.lock.json"
PATIENCE = 10.0  # seconds to wait for the other operator


@dataclass(frozen=True, slots=True)
class Workspace:
    """One county's year in one folder."""

    root: Path
    settings: Settings

    @property
    def distributed(self) -> Path:
        """下发: what goes out to the units."""
        return self.root / DISTRIBUTED

    @property
    def received(self) -> Path:
        """回收: every original that came in, unchanged."""
        return self.root / RECEIVED

    @property
    def returned(self) -> Path:
        """退回: what goes back to be corrected."""
        return self.root / RETURNED

    @property
    def previous(self) -> Path | None:
        """Where last year's figures are; None where the settings name nothing."""
        return self.root / self.settings.previous if self.settings.previous else None

    @property
    def title(self) -> str:
        """Whose year this is: 桦川县2021年度."""
        return f"{self.settings.county}{self.settings.year}年度"

    @property
    def output(self) -> Path:
        """The county's workbook: 汇总/桦川县2021年度汇总.xlsx."""
        return self.root / CONSOLIDATED / f"{self.title}汇总.xlsx"

    @property
    def report(self) -> Path:
        """The county's report: 汇总/桦川县2021年度报告.docx."""
        return self.root / CONSOLIDATED / f"{self.title}报告.docx"

    @property
    def adjustments(self) -> Path | None:
        """汇总调整.xlsx in the workspace; None where the office made none."""
        return next((p for p in (self.root / "汇总调整.xlsx", self.root / "汇总调整.csv") if p.exists()), None)

    @property
    def roster_file(self) -> Path:
        """名录.xlsx, or 名录.csv where there is no other."""
        return next((p for p in (self.root / ROSTER, self.root / "名录.csv") if p.exists()), self.root / ROSTER)

    def doubts(self) -> tuple[Doubt, ...]:
        """What should be looked at in the roster, by row."""
        from nianbao.excel.roster import list_units

        return list_units(self.roster_file, county=self.settings.county).doubts

    def roster(self) -> Roster:
        """The roster in the order that the settings say; raise OperatorError where it cannot be used."""
        from nianbao.excel.roster import read_roster

        settings = self.settings
        roster = read_roster(self.roster_file, county=settings.county, vertical_counts=settings.vertical_counts)
        units = list(roster.units)
        if settings.order == "代码":
            units.sort(key=lambda unit: (len(plain_code(unit.code)), plain_code(unit.code)))
        elif settings.order == "类别":
            units.sort(key=lambda unit: KINDS.index(unit.kind) if unit.kind in KINDS else len(KINDS))
        return Roster(tuple(units))

    def demands(self, roster: Roster | None = None) -> Demands:
        """What a return must be for."""
        return Demands(self.settings.year, self.settings.county, roster or self.roster())

    def identity(self, unit: str | None, code: str | None) -> Identity:
        """Who the workbook of a unit is for."""
        settings = self.settings
        return Identity(settings.edition, unit, code, settings.county, settings.year, settings.level)

    @contextmanager
    def locked(self, doing: str) -> Iterator[None]:
        """Keep other operators from writing meanwhile; raise OperatorError that names who is at work.

        The lock is the operating system's: it goes when the program ends, however it ends.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(self.root / LOCK, timeout=PATIENCE)
        try:
            lock.acquire()
        except Timeout:
            raise OperatorError(_busy(self.root / HOLDER)) from None
        except OSError as error:
            raise OperatorError(f"不能在工作区“{self.root}”里写文件：{reason_of(error)}。") from error
        try:
            about = {"经手": operator(), "命令": doing, "开始": now().isoformat(timespec="seconds")}
            write_whole(self.root / HOLDER, json.dumps(about, ensure_ascii=False).encode())
            yield
        finally:
            (self.root / HOLDER).unlink(missing_ok=True)
            lock.release()


def _busy(holder: Path) -> str:
    try:
        about = json.loads(holder.read_text(encoding="utf-8"))
        who = f"{about['经手']} 正在运行 {about['命令']}（{about['开始'].replace('T', ' ')[:16]} 开始）"
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        who = "另一个窗口或另一台电脑正在这个工作区里运行命令"
    return f"{who}，为免互相覆盖，这一次没有运行；请等它结束后再试。"


def operator() -> str:
    """Who is at work: user and host, as written into receipts and locks."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = "?"  # a system without user names
    return f"{user}@{socket.gethostname()}"


def now() -> dt.datetime:
    """The time here, with its zone."""
    return dt.datetime.now().astimezone()


def open_workspace(root: Path) -> Workspace:
    """The workspace in a folder; raise OperatorError where it is none, or cannot be used."""
    if not (root / FILE).is_file():
        raise OperatorError(
            f"“{root}”不是工作区（没有 {FILE}）；请先进入工作区的文件夹，或者用 nianbao init 新建一个。"
        )
    workspace = Workspace(root, read_settings(root / FILE))
    for name in FOLDERS:
        try:
            (root / name).mkdir(exist_ok=True)  # a folder somebody deleted is made again
        except OSError as error:
            raise OperatorError(f"不能建立文件夹“{root / name}”：{reason_of(error)}。") from error
    return workspace


def standing_in(folder: Path | None = None) -> Workspace | None:
    """The workspace that ``folder`` (the current one) is or lies in; None where there is none."""
    start = (folder or Path()).absolute()
    for candidate in (start, *start.parents):
        if (candidate / FILE).is_file():
            # as short as people know it, where it is the folder they stand in
            return open_workspace(Path() if folder is None and candidate == start else candidate)
    return None


def here() -> Workspace:
    """The workspace that the program was started in; raise OperatorError where there is none."""
    workspace = standing_in()
    if workspace is None:
        raise OperatorError(f"这里不是工作区（没有 {FILE}）；请先进入工作区的文件夹，或者用 nianbao init 新建一个。")
    return workspace
