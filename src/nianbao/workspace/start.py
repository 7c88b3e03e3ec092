"""How a workspace begins: new, with a roster of its own or another list, or going on from last year's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from nianbao.consolidation import Consolidation, consolidate, identity_above
from nianbao.findings import OperatorError, reason_of
from nianbao.form import load_form
from nianbao.output import write_whole
from nianbao.roster import Doubt, Unit
from nianbao.workspace.holdings import Holdings, gather
from nianbao.workspace.letters import TEMPLATES
from nianbao.workspace.office import FOLDERS, LAST_YEAR, LETTERS, ROSTER, Workspace, open_workspace
from nianbao.workspace.settings import FILE, Settings

PROMPT = "nianbao.bat"
# For Windows, in ASCII: a batch file is read before its code page is set. Double-clicked, it opens a command window in
# the workspace; where the command is not on the path, it is run by the Python that is.
_PROMPT = """\
@echo off
chcp 65001 >nul
cd /d "%~dp0"
set PYTHONUTF8=1
where nianbao >nul 2>nul
if errorlevel 1 goto python
cmd /k nianbao status
goto :eof
:python
doskey nianbao=py -3 -m nianbao $*
cmd /k py -3 -m nianbao status
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """A new workspace: its roster, what is doubtful in it, how many units of last year came along, and had reported."""

    workspace: Workspace
    units: tuple[Unit, ...]
    doubts: tuple[Doubt, ...] = ()
    carried: int = 0
    reported: int = 0


def begin(root: Path, settings: Settings, *, roster: Path | None = None, last: Workspace | None = None) -> Begun:
    """Make a workspace; raise OperatorError where there is one already. The settings are written last, as its sign."""
    from nianbao.excel.lists import write_roster
    from nianbao.excel.roster import list_units

    if (root / FILE).exists():
        raise OperatorError(f"“{root}”已经是工作区了，没有改动；要改设置，请直接编辑里面的 {FILE}。")
    source = roster if roster is not None else None if last is None else _roster_of(last)
    units: tuple[Unit, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    if source is not None:
        found = list_units(
            source, county=settings.county, vertical_counts=settings.vertical_counts, give_codes=roster is not None
        )
        grave = [doubt.text for doubt in found.doubts if doubt.grave]
        if grave:
            more = f"……共 {len(grave)} 处" if len(grave) > 6 else ""
            raise OperatorError(f"名录“{source}”{'；'.join(grave[:6])}{more}改好后再运行一次 init。")
        units, doubts = found.roster.units, found.doubts
        if roster is None:
            units = tuple(replace(unit, stamped="") for unit in units)  # a stamped return is each year's own
    try:
        for name in (*FOLDERS, LETTERS):
            (root / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(f"不能建立文件夹“{root}”：{reason_of(error)}。") from error
    for name, text in TEMPLATES.items():
        if not (root / LETTERS / name).exists():
            write_whole(root / LETTERS / name, text.encode("utf-8-sig"))
    write_whole(root / PROMPT, _PROMPT.replace("\n", "\r\n").encode("ascii"))
    if not (root / ROSTER).exists():
        write_whole(root / ROSTER, write_roster(units, vertical_counts=settings.vertical_counts))
    carried = None if last is None else _carry(last, root / LAST_YEAR)
    if carried is not None:
        settings = replace(settings, previous=f"{LAST_YEAR}/{carried[0].name}")
    write_whole(root / FILE, settings.text.encode())
    return Begun(open_workspace(root), units, doubts, *(carried or (None, 0, 0))[1:])


def _roster_of(last: Workspace) -> Path:
    if not last.roster_file.exists():
        raise OperatorError(f"上年工作区“{last.root}”里没有 {ROSTER}。")
    return last.roster_file


def _carry(last: Workspace, folder: Path) -> tuple[Path, int, int] | None:
    """Put last year's county workbook into the new workspace, which then needs the old one no more.

    The workbook that the office made is taken as it is; where it made none, one is written from the valid returns. With
    it the number of units in it, and of units that had a valid return; None where there is nothing to carry over.
    """
    from nianbao.excel.county import write_county
    from nianbao.excel.county.reading import read_county

    holdings = gather(last, last.roster())
    counting = [holdings.counting(unit) for unit in holdings.roster.units]
    valid = sum(one is not None and one.valid for one in counting)
    target = folder / last.output.name
    try:
        if last.output.exists():
            data = last.output.read_bytes()
        elif valid:
            data = write_county(_consolidated(last, holdings))
        else:
            return None
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OperatorError(f"不能把上年数据抄到“{folder}”：{reason_of(error)}。") from error
    write_whole(target, data)
    return target, len(read_county(data, str(last.output)).units), valid


def _consolidated(last: Workspace, holdings: Holdings) -> Consolidation:
    demands = last.demands(holdings.roster)
    returns = holdings.returns()
    identity = identity_above(returns, demands)
    return consolidate(load_form(identity.edition), identity, returns, roster=holdings.roster)
