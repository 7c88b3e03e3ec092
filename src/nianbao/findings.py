"""What can be wrong with a return: findings as values, with where, what was found, what was expected and what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from nianbao.figures import Key


class OperatorError(Exception):
    """What the operator or the machine has to put right before anything can be done, as one Chinese line."""


Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Related:
    """Another figure that a finding speaks of, with the value read there (None: not reported)."""

    key: Key
    sheet: str | None
    cell: str | None
    value: str | None


@dataclass(frozen=True, slots=True)
class Suspect:
    """A cell that may be wrong: what was typed, what would make the checks hold, and what slip that would be."""

    key: Key
    sheet: str | None
    cell: str | None
    value: str | None
    expected: str
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or worth knowing; ``key`` and ``cell`` are the check's anchor.

    ``suspect`` is the likely culprit; where several are equally likely there is none, and ``candidates`` names them.
    """

    code: str
    severity: Severity
    message: str
    hint: str | None = None
    file: str | None = None
    unit: str | None = None
    sheet: str | None = None
    cell: str | None = None
    key: Key | None = None
    found: str | None = None
    expected: str | None = None
    related: tuple[Related, ...] = ()
    suspect: Suspect | None = None
    caused_by: str | None = None
    candidates: tuple[Suspect, ...] = ()

    def of(self, file: str | None, unit: str | None) -> Finding:
        """The same finding, attributed to a file and the unit it came from."""
        return replace(self, file=file, unit=unit)


def worst(findings: tuple[Finding, ...]) -> Severity | None:
    """The gravest severity among findings, None where there are none."""
    severities = {finding.severity for finding in findings}
    order: tuple[Severity, ...] = ("error", "warning", "note")
    return next((severity for severity in order if severity in severities), None)
