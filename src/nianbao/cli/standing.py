"""What a command without paths works on: the workspace that it stands in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nianbao.cli.say import say, with_progress
from nianbao.findings import OperatorError

if TYPE_CHECKING:
    from nianbao.returns import Demands, Return
    from nianbao.workspace.holdings import Holdings
    from nianbao.workspace.office import Workspace


@dataclass(frozen=True, slots=True)
class Standing:
    """The workspace, what the office holds in it, and what of that is checked and consolidated."""

    workspace: Workspace
    holdings: Holdings
    demands: Demands

    @property
    def returns(self) -> tuple[Return, ...]:
        """A return a unit, older versions set aside, and what is nobody's yet."""
        return self.holdings.returns()


def cores(jobs: int | None) -> int:
    """How many processes read: as the operator says, else as many as this program may use cores."""
    if jobs is not None:
        return jobs
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def standing(*, jobs: int = 1, anew: bool = False, **options: object) -> Standing:
    """The workspace as it is, read but not changed; raise OperatorError where there is none.

    With ``anew`` nothing that was remembered is believed. ``options`` are those that say what a workspace's settings
    say too, by their names on the command line.
    """
    from nianbao.workspace.holdings import gather
    from nianbao.workspace.memory import Remembered

    workspace = _workspace(options)
    roster = workspace.roster()
    holdings = gather(
        workspace,
        roster,
        lambda files: with_progress(files, "正在读取"),
        jobs=jobs,
        memory=Remembered(workspace, anew=anew),
    )
    _refuse_nothing(holdings)
    return Standing(workspace, holdings, workspace.demands(roster))


@contextmanager
def up_to_date(doing: str, *, quiet: bool = False, jobs: int = 1, **options: object) -> Iterator[Standing]:
    """The same with everything that was dropped into 回收/ taken in, locked until the end."""
    from nianbao.workspace.collect import collect

    workspace = _workspace(options)
    with workspace.locked(doing):
        reading = lambda files: with_progress(files, "正在读取")  # noqa: E731 - a name for what is passed on
        arrivals, holdings = collect(workspace, (), progress=reading, jobs=jobs)
        new = [one.file for one in arrivals if one.fate == "收下"]
        if new and not quiet:
            say(f"“回收”文件夹里新收下 {len(new)} 份。")
        _refuse_nothing(holdings)
        yield Standing(workspace, holdings, workspace.demands(holdings.roster))


def workspace_here() -> Workspace:
    """The workspace that a command without paths works on; raise OperatorError where there is none."""
    from nianbao.workspace.office import standing_in

    workspace = standing_in()
    if workspace is None:
        raise OperatorError("没有给出文件，这里也不是工作区；请给出文件或文件夹，或者进入工作区再运行。")
    return workspace


def _workspace(options: dict[str, object]) -> Workspace:
    workspace = workspace_here()
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise OperatorError(f"在工作区里以 nianbao.toml 和名录为准，不能再用 --{'、--'.join(given)}。")
    return workspace


def _refuse_nothing(holdings: Holdings) -> None:
    if not holdings.held:
        raise OperatorError("“回收”文件夹里还没有收下任何文件；请先用 nianbao collect 收取。")
