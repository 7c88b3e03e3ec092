"""What came back: one file, judged by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from nianbao.checks import check
from nianbao.figures import Key
from nianbao.findings import Finding, worst
from nianbao.form import edition_of_year, load_form
from nianbao.previous import PreviousYear
from nianbao.roster import Roster, Unit, meaning
from nianbao.rules import Number
from nianbao.submission import Identity, Origin, Submission
from nianbao.suspects import with_suspects
from nianbao.wording import plain_code, same

Status = Literal["accepted", "flagged", "rejected", "ignored"]


@dataclass(frozen=True, slots=True)
class Demands:
    """What a return must be for; None makes no such demand."""

    year: int | None = None
    county: str | None = None
    roster: Roster | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """One file that came back: what was read from it, what is wrong with it, and whose it is."""

    file: str
    sha256: str | None
    received: dt.datetime | None
    status: Status
    submission: Submission | None
    findings: tuple[Finding, ...]
    unit: Unit | None = None

    @property
    def unit_name(self) -> str | None:
        """The unit's name: as on the roster, else as in the file."""
        if self.unit is not None:
            return self.unit.name
        return None if self.submission is None else self.submission.identity.unit

    @property
    def unit_code(self) -> str | None:
        """The unit's code: as on the roster, else as in the file."""
        if self.unit is not None:
            return self.unit.code
        return None if self.submission is None else self.submission.identity.code

    @property
    def names(self) -> tuple[str, ...]:
        """Every name its unit is known by: as in the file, and as on the roster."""
        own = None if self.submission is None else self.submission.identity.unit
        return tuple(dict.fromkeys(name for name in (own, *(() if self.unit is None else self.unit.names)) if name))

    @property
    def owner(self) -> str | None:
        """What tells units apart: the roster's code, else what the name means, else the code in the file."""
        if self.unit is not None:
            return self.unit.code
        if self.submission is None:
            return None
        identity = self.submission.identity
        return meaning(identity.unit, identity.county) if identity.unit else identity.code

    def value(self, key: Key) -> Number | None:
        """A figure as read; None where it was not reported or nothing was read."""
        return None if self.submission is None else self.submission.values.get(key)

    def origin(self, key: Key) -> Origin | None:
        """Where a figure was read."""
        return None if self.submission is None else self.submission.origins.get(key)

    def with_findings(self, more: Iterable[Finding]) -> Return:
        """The same return with further findings; an error among them makes an accepted return a flagged one."""
        findings = (*self.findings, *(finding.of(self.file, self.unit_name) for finding in more))
        status = self.status
        if status == "accepted" and worst(findings) == "error":
            status = "flagged"
        return replace(self, findings=findings, status=status)


def ignored(file: str, sha256: str | None, received: dt.datetime | None, findings: tuple[Finding, ...]) -> Return:
    """A file that is no return at all, with the note that says why."""
    return Return(file, sha256, received, "ignored", None, tuple(finding.of(file, None) for finding in findings))


def judge(
    file: str,
    sha256: str | None,
    received: dt.datetime | None,
    submission: Submission | None,
    findings: tuple[Finding, ...],
    demands: Demands,
    last_year: PreviousYear | None = None,
) -> Return:
    """The return that a file is: what reading found, every check of its form, and whether it is what was demanded."""
    if submission is None:
        found = tuple(finding.of(file, None) for finding in findings)
        return Return(file, sha256, received, "rejected", None, found)
    unit, refusals = _demanded(submission.identity, demands)
    judged = Return(file, sha256, received, "accepted", submission, (), unit)
    before = None if last_year is None else last_year.of(judged.names, judged.unit_code)
    form = load_form(submission.identity.edition)
    findings = with_suspects(form, submission, (*refusals, *findings, *check(form, submission, before)), before)
    status: Status = "rejected" if refusals else "flagged" if worst(findings) == "error" else "accepted"
    return replace(judged, status=status).with_findings(findings)


def _demanded(identity: Identity, demands: Demands) -> tuple[Unit | None, tuple[Finding, ...]]:
    """Whose return it is on the roster, and why it is not what was asked for."""
    refusals = []
    if demands.year is not None and identity.year != demands.year:
        year = "没有填年度" if identity.year is None else f"是 {identity.year} 年度的"
        refusals.append(
            _refusal(f"这份报表{year}，要的是 {demands.year} 年度。", str(identity.year), str(demands.year))
        )
    edition = None if demands.year is None else edition_of_year(demands.year)
    if edition is not None and identity.edition != edition:
        message = f"这份报表用的是 {identity.edition} 年版表格，{demands.year} 年度应当用 {edition} 年版。"
        refusals.append(_refusal(message, identity.edition, edition))
    county = identity.county
    if demands.county and identity.tier == "unit" and county and not same(county, demands.county):
        refusals.append(_refusal(f"这份报表属于“{county}”，不属于“{demands.county}”。", county, demands.county))
    if demands.roster is None:
        return None, tuple(refusals)
    unit = demands.roster.named(identity.unit, county or demands.county) if identity.unit else None
    coded = demands.roster.coded(identity.code) if identity.code else None
    if unit is None and not identity.unit:
        unit = coded
    if unit is None:
        name = identity.unit or "（没有填单位名称）"
        refusals.append(_refusal(f"名录里没有“{name}”这个单位。", name, "名录中的单位名称、简称或曾用名"))
    elif identity.code and plain_code(identity.code) != plain_code(unit.code):
        message = f"单位代码 {identity.code} 与名录不符：“{unit.name}”的代码是 {unit.code}。"
        refusals.append(_refusal(message, identity.code, unit.code))
    return unit, tuple(refusals)


def _refusal(message: str, found: str, expected: str) -> Finding:
    return Finding(
        "V-5", "error", message, hint="请核对是不是发错了文件，或者用错了模板。", found=found, expected=expected
    )
