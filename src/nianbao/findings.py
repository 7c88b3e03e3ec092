"""What can be wrong with a return: findings as values, with where, what was found, what was expected and what to do."""

from __future__ import annotations

import errno
from dataclasses import dataclass, replace
from typing import Literal

from nianbao.figures import Key


class OperatorError(Exception):
    """What the operator or the machine has to put right before anything can be done, as one Chinese line."""


_REASONS = {
    errno.ENOENT: "文件不存在",
    errno.ENOTDIR: "文件夹不存在",
    errno.EISDIR: "这是文件夹，不是文件",
    errno.EACCES: "没有权限，或者正被别的程序占用",
    errno.EPERM: "没有权限，或者正被别的程序占用",
    errno.EEXIST: "已有同名的文件",
    errno.ENOSPC: "磁盘空间不足",
    errno.EROFS: "所在的磁盘是只读的",
    errno.ENAMETOOLONG: "文件名太长",
}


def reason_of(error: OSError) -> str:
    """Why a file cannot be read or written, in the operator's language rather than the system's."""
    return _REASONS.get(error.errno or 0) or error.strerror or type(error).__name__


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
