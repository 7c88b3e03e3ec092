"""Last year as it was kept: a county workbook, or the returns themselves in a file or a folder."""

from __future__ import annotations

from pathlib import Path

from nianbao.consolidation import consolidate, identity_above
from nianbao.excel.county.reading import holds_county, read_county
from nianbao.findings import OperatorError
from nianbao.form import load_form
from nianbao.intake import judged, take_in, with_common
from nianbao.previous import PreviousYear, previous_year
from nianbao.returns import Demands
from nianbao.submission import Submission


def read_last_year(path: Path) -> PreviousYear:
    """What the county workbook or the returns at ``path`` say; raise OperatorError where nothing there can be read."""
    if path.is_file():
        data = path.read_bytes()
        if holds_county(data):
            county = read_county(data, str(path))
            identity = county.submission.identity
            rows = [(one.unit, one.code, Submission(identity, one.values)) for one in county.units]
            return previous_year(county.submission, [*rows, (identity.unit, None, county.submission)])
    taken = take_in([path])
    demands = with_common(Demands(), taken)
    returns = judged(taken, demands)
    usable = [one for one in returns if one.submission is not None and one.status in {"accepted", "flagged"}]
    if not usable:
        raise OperatorError(f"“{path}”里没有能读取的上年报表，请核对 --previous。")
    identity = identity_above(returns, demands)
    # flagged returns count: nobody can correct them any more
    result = consolidate(load_form(identity.edition), identity, returns, include_flagged=True, latest=True)
    units = [(one.unit_name, one.unit_code, one.submission) for one in result.counted if one.submission is not None]
    return previous_year(result.total, units)
