"""What each unit reported last year, as far as the workspace has it: opening figures, and what to compare with."""

from __future__ import annotations

from nianbao.findings import OperatorError
from nianbao.previous import PreviousYear
from nianbao.roster import Unit
from nianbao.submission import Submission
from nianbao.workspace.office import Workspace


def last_year_of(workspace: Workspace) -> PreviousYear | None:
    """Last year as the settings say; None where they name nothing, OperatorError where it is not there."""
    from nianbao.lastyear import read_last_year

    path = workspace.previous
    if path is None:
        return None
    if not path.exists():
        raise OperatorError(f"设置里的上年数据“{path}”不存在；请改正 nianbao.toml 里的 previous，没有就留空。")
    return read_last_year(path)


def opening_of(last_year: PreviousYear | None, unit: Unit, year: int) -> Submission | None:
    """What a unit reported for the year before, under whatever name it had then."""
    found = None if last_year is None else last_year.of(unit.names, unit.code)
    return found if found is not None and found.identity.year == year - 1 else None
