"""From what came in to returns: every file read, then judged against what was demanded."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from nianbao.excel.parallel import read_in_order
from nianbao.excel.reader import Reading, read_return
from nianbao.files import Incoming, incoming
from nianbao.findings import OperatorError
from nianbao.previous import PreviousYear
from nianbao.returns import Demands, Return, ignored, judge

Progress = Callable[[Iterable[Any]], Iterable[Any]]


class Memory(Protocol):
    """What was read before, by the hash of a file's bytes."""

    def get(self, sha256: str) -> Reading | None:
        """The reading of a file with these bytes; None where it is not remembered."""

    def put(self, sha256: str, reading: Reading) -> None:
        """Remember a reading."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One file as read, before anybody asks whether it is the right one; ``ignored`` where it is no return at all."""

    file: str
    sha256: str | None
    received: dt.datetime | None
    reading: Reading
    ignored: bool = False


def take_in(
    paths: Sequence[Path], progress: Progress = iter, password: str | None = None, *, jobs: int = 1
) -> tuple[Taken, ...]:
    """Read every file in ``paths``, with the password where one has one.

    Raises OperatorError where there is nothing to read.
    """
    taken = read_all(incoming(paths), progress, password, jobs=jobs)
    if not taken:
        raise OperatorError("没有找到任何文件，请核对路径。")
    return taken


def read_all(
    files: Iterable[Incoming],
    progress: Progress = iter,
    password: str | None = None,
    *,
    jobs: int = 1,
    memory: Memory | None = None,
) -> tuple[Taken, ...]:
    """Read files in their order, with up to ``jobs`` processes; their bytes are let go one by one."""
    return tuple(progress(_all_taken(files, password, jobs, memory)))


def _all_taken(files: Iterable[Incoming], password: str | None, jobs: int, memory: Memory | None) -> Iterator[Taken]:
    for begun, reading in read_in_order((_begun(one, memory) for one in files), jobs, password):
        if reading is None:
            yield begun
            continue
        if memory is not None and begun.sha256 is not None:
            memory.put(begun.sha256, reading)
        yield replace(begun, reading=reading)


def _begun(one: Incoming, memory: Memory | None) -> tuple[Taken, bytes | None]:
    """One file with what can be said without reading it, and its bytes where they are to be read."""
    digest = None if one.data is None else hashlib.sha256(one.data).hexdigest()
    if one.refusal is not None or one.data is None:
        findings = () if one.refusal is None else (one.refusal,)
        ignored = one.refusal is not None and one.refusal.severity == "note"
        return Taken(one.name, digest, one.received, Reading(None, findings), ignored), None
    known = None if memory is None or digest is None else memory.get(digest)
    taken = Taken(one.name, digest, one.received, known or Reading(None, ()))
    return taken, one.data if known is None else None


def receive(paths: Sequence[Path], demands: Demands | None = None, *, jobs: int = 1) -> tuple[Return, ...]:
    """Every file in ``paths`` read and judged against what was demanded; raise OperatorError where there is none."""
    return judged(take_in(paths, jobs=jobs), demands or Demands())


def read(source: Path | str | bytes) -> Reading:
    """One returned workbook, from its path or its bytes; never raises for what is in them.

    Raises OperatorError where there is no file at that path.
    """
    if isinstance(source, bytes):
        return read_return(source)
    path = Path(source)
    if not path.is_file():
        raise OperatorError(f"“{path}”不是一个文件，请核对路径。")
    return read_all(incoming([path]))[0].reading


def judged(taken: Iterable[Taken], demands: Demands, last_year: PreviousYear | None = None) -> tuple[Return, ...]:
    """Every file judged by itself against what was demanded and beside what its unit reported last year."""
    return tuple(_judged(one, demands, last_year) for one in taken)


def _judged(one: Taken, demands: Demands, last_year: PreviousYear | None) -> Return:
    reading = one.reading
    if one.ignored:
        return ignored(one.file, one.sha256, one.received, reading.findings)
    return judge(one.file, one.sha256, one.received, reading.submission, reading.findings, demands, last_year)


def with_common(demands: Demands, taken: Iterable[Taken]) -> Demands:
    """The demands, completed with the year and the county that most of the returns are for.

    Raises OperatorError where no year or county has more returns than any other: which one is meant is the operator's
    to say.
    """
    identities = [one.reading.submission.identity for one in taken if one.reading.submission is not None]
    if demands.year is None:
        years = Counter(f"{identity.year} 年度" for identity in identities if identity.year is not None)
        named = _most(years, "报表分属不同年度", "--year")
        demands = replace(demands, year=None if named is None else int(named.removesuffix(" 年度")))
    if demands.county is None:
        counties = Counter(identity.county for identity in identities if identity.tier == "unit" and identity.county)
        demands = replace(demands, county=_most(counties, "报表分属不同的县", "--county"))
    return demands


def _most(counts: Counter[str], what: str, option: str) -> str | None:
    if not counts:
        return None
    first, *rest = counts.most_common()
    if rest and rest[0][1] == first[1]:
        shares = "、".join(f"{name} {count} 份" for name, count in counts.most_common(5))
        raise OperatorError(f"{what}（{shares}），请用 {option} 注明要汇总哪一个。")
    return first[0]
