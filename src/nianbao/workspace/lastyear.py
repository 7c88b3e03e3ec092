"""What each unit reported last year, as far as the workspace has it: opening figures, and what to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from nianbao.files import incoming
from nianbao.findings import OperatorError
from nianbao.intake import read_all
from nianbao.roster import Roster
from nianbao.submission import Submission
from nianbao.workspace.office import Workspace

NOTHING: Mapping[str, Submission] = MappingProxyType({})


def last_year(workspace: Workspace, roster: Roster) -> Mapping[str, Submission]:
    """Last year's return of each unit, by code; raise OperatorError where the settings name what is not there.

    A unit that two different returns speak for has none: which one counted is not ours to guess.
    """
    path = workspace.previous
    if path is None:
        return NOTHING
    if not path.exists():
        raise OperatorError(f"设置里的上年数据“{path}”不存在；请改正 nianbao.toml 里的 previous，没有就留空。")
    settings = workspace.settings
    found: dict[str, Submission | None] = {}
    for taken in read_all(tuple(incoming([path]))):
        submission = taken.reading.submission
        if submission is None or submission.identity.year != settings.year - 1:
            continue
        identity = submission.identity
        unit = roster.named(identity.unit or "", settings.county) or roster.coded(identity.code or "")
        if unit is not None:
            same = found.get(unit.code, submission)
            alike = same is not None and dict(same.values) == dict(submission.values)
            found[unit.code] = submission if alike else None
    return {code: one for code, one in found.items() if one is not None}
