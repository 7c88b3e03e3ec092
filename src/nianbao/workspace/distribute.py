"""What goes out: one workbook a unit, a list, one ZIP of all, and mail drafts; again, only what changed is written."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nianbao.findings import OperatorError, reason_of
from nianbao.form import load_form
from nianbao.output import write_whole
from nianbao.roster import Unit
from nianbao.submission import Submission
from nianbao.workspace.lastyear import last_year_of, opening_of
from nianbao.workspace.letters import DISTRIBUTE, Letter
from nianbao.workspace.office import Workspace

if TYPE_CHECKING:
    from nianbao.excel.guide import Notice
    from nianbao.excel.series import Series

LIST, DRAFTS, RETIRED = "下发清单.xlsx", "邮件", "停用"
_HEADS = ("代码", "单位名称", "类别", "联系人", "电话", "邮箱", "文件")
_WIDTHS = (8, 28, 9, 10, 16, 26, 40)
Progress = Callable[[Sequence[Unit]], Iterable[Unit]]


@dataclass(frozen=True, slots=True)
class Distribution:
    """What one run wrote: names of new, changed and retired files; the rest stood as it was."""

    units: int
    new: tuple[str, ...]
    changed: tuple[str, ...]
    retired: tuple[str, ...]
    drafts: int
    without_address: tuple[Unit, ...]


def template_name(workspace: Workspace, unit: Unit) -> str:
    """The name of a unit's workbook: 001_教育局_2021年度报表.xlsx."""
    return f"{unit.code}_{unit.name}_{workspace.settings.year}年度报表.xlsx"


def draft_name(unit: Unit) -> str:
    """The name of a unit's mail draft."""
    return f"{unit.code}_{unit.name}.eml"


def distribute(workspace: Workspace, progress: Progress = iter) -> Distribution:
    """Bring 下发/ up to date with the roster and the settings; the caller holds the workspace's lock."""
    roster = workspace.roster()
    letter = Letter(workspace, DISTRIBUTE)
    folder = workspace.distributed
    (folder / DRAFTS).mkdir(exist_ok=True)
    write = _Writer(folder)
    templates: dict[str, bytes] = {}
    drafts = 0
    last_year, series = last_year_of(workspace), series_of(workspace)
    for unit in progress(roster.units):
        blank = Submission(workspace.identity(unit.name, unit.code), {})
        name, opening = template_name(workspace, unit), opening_of(last_year, unit, workspace.settings.year)
        templates[name] = data = series.template(blank, opening)
        write(name, data)
        if unit.email:
            write(f"{DRAFTS}/{draft_name(unit)}", letter.draft(unit, {}, [(name, data)]))
            drafts += 1
    rows = [_row(unit, name) for unit, name in zip(roster.units, templates, strict=True)]
    write(LIST, _list(workspace, rows))
    write(f"{workspace.title}报表（全部）.zip", _zip(templates))
    retired = _retire(workspace, write.written)
    return Distribution(
        len(roster.units),
        tuple(write.new),
        tuple(write.changed),
        retired,
        drafts,
        tuple(unit for unit in roster.units if not unit.email),
    )


class _Writer:
    """Writes into one folder what is not there already, and remembers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.written: set[str] = set()
        self.new: list[str] = []
        self.changed: list[str] = []

    def __call__(self, name: str, data: bytes) -> None:
        path = self._folder / name
        self.written.add(name)
        before = path.read_bytes() if path.exists() else None
        if before != data:
            write_whole(path, data)
            (self.new if before is None else self.changed).append(name)


def series_of(workspace: Workspace) -> Series:
    """The templates of this workspace's year."""
    from nianbao.excel.series import Series

    return Series(load_form(workspace.settings.edition), notice_of(workspace))


def notice_of(workspace: Workspace) -> Notice:
    """What the sheet 填报说明 says about this county's deadline and whom to ask."""
    from nianbao.excel.guide import Notice

    settings = workspace.settings
    day = settings.deadline
    deadline = None if day is None else f"{day.year} 年 {day.month} 月 {day.day} 日前。"
    return Notice(deadline, "　".join(part for part in (settings.contact, settings.phone) if part) or None)


def _row(unit: Unit, name: str) -> tuple[str, ...]:
    return (unit.code, unit.name, unit.kind, unit.contact, unit.phone, unit.email, name)


def _list(workspace: Workspace, rows: Sequence[Sequence[str]]) -> bytes:
    from nianbao.excel.lists import Listing, write_list

    return write_list(Listing(f"{workspace.title}报表下发清单", _HEADS, _WIDTHS, rows))


def _zip(files: Mapping[str, bytes]) -> bytes:
    """All workbooks in one archive, the same bytes for the same workbooks."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.external_attr = 0o644 << 16
            archive.writestr(member, data)  # stored: the workbooks are deflated already
    return buffer.getvalue()


def _retire(workspace: Workspace, written: set[str]) -> tuple[str, ...]:
    """Put aside workbooks and drafts of units that are not on the roster any more, or are called otherwise now."""
    folder = workspace.distributed
    ours = re.compile(rf"[^_]+_.+_{workspace.settings.year}年度报表\.xlsx")
    old = [path.name for path in folder.iterdir() if ours.fullmatch(path.name) and path.name not in written]
    drafts = [f"{DRAFTS}/{path.name}" for path in (folder / DRAFTS).glob("*_*.eml")]
    old += [name for name in drafts if name not in written]
    try:
        for name in old:
            (folder / RETIRED).mkdir(exist_ok=True)
            (folder / name).replace(folder / RETIRED / Path(name).name)
    except OSError as error:
        raise OperatorError(f"不能把停用的文件移到“{folder / RETIRED}”：{reason_of(error)}。") from error
    return tuple(sorted(old))
