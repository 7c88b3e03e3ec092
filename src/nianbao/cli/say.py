"""What commands print: findings in plain sentences, answers as JSON, progress only on a terminal."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sized
from dataclasses import replace
from itertools import chain, islice
from typing import Any, TypeVar

from nianbao.findings import Finding

SEVERITIES = {"error": "错误", "warning": "提示", "note": "说明"}
_T = TypeVar("_T")
_MANY, _SHOWN = 6, 3
_FEW = 20


def say(text: str = "") -> None:
    """One line on stdout; control characters that a file name may hold are printed escaped."""
    sys.stdout.write("".join(_shown(sign) for sign in text) + "\n")


def _shown(sign: str) -> str:
    hidden = sign != "\t" and unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return sign.encode("unicode_escape").decode() if hidden else sign


def say_json(answer: dict[str, Any]) -> None:
    """The answer as JSON."""
    json.dump(answer, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def say_findings(findings: Iterable[Finding], *, notes: bool = True) -> None:
    """Findings as sentences, the gravest first, each with what to do."""
    order = list(SEVERITIES)
    for finding in sorted(_blanks_together(tuple(findings)), key=lambda one: order.index(one.severity)):
        if notes or finding.severity != "note":
            caused = f"，由 {finding.caused_by} 引起" if finding.caused_by else ""
            say(f"  [{SEVERITIES[finding.severity]} {finding.code}{caused}] {finding.message}{finding.hint or ''}")


def _blanks_together(findings: tuple[Finding, ...]) -> Iterator[Finding]:
    """The findings, many blank cells of one sheet being one line: a form that nobody filled in has some hundred."""
    blanks: dict[str, list[Finding]] = {}
    for finding in findings:
        if (finding.code, finding.severity, finding.found) == ("V-3", "error", None) and finding.sheet and finding.cell:
            blanks.setdefault(finding.sheet, []).append(finding)
    said = set()
    for finding in findings:
        same = blanks.get(finding.sheet or "", [])
        if len(same) < _MANY or finding not in same:
            yield finding
        elif finding.sheet not in said:
            said.add(finding.sheet)
            cells = "、".join(one.cell or "" for one in same[:_SHOWN])
            yield replace(finding, message=f"{finding.sheet}有 {len(same)} 个单元格没有填（{cells}……）。")


def with_progress(items: Iterable[_T], what: str) -> Iterator[_T]:
    """The items, with a progress bar on stderr where that is a terminal and there are many."""
    coming = iter(items)
    if sys.stderr.isatty():
        yield from islice(coming, _FEW)
    else:
        yield from coming
    first = list(islice(coming, 1))
    if not first:
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    # how many files there are is only known at the end, since parcels have files within files: then it only counts
    total = len(items) if isinstance(items, Sized) else None
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total, completed=_FEW)
        for item in chain(first, coming):
            yield item
            progress.advance(task)
