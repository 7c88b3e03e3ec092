"""Taking in what arrived: every original kept unchanged, with a receipt; what is uncertain is left as a question."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from nianbao.claims import claim
from nianbao.files import MAX_PARCEL, Incoming, incoming, shown
from nianbao.findings import OperatorError
from nianbao.intake import Progress, read_all
from nianbao.previous import PreviousYear
from nianbao.returns import Demands
from nianbao.roster import Roster, Unit
from nianbao.workspace.changes import Change, changes
from nianbao.workspace.holdings import Held, Holdings, digest, gather, is_scan, whose
from nianbao.workspace.lastyear import last_year_of
from nianbao.workspace.memory import Remembered
from nianbao.workspace.office import Workspace, now
from nianbao.workspace.receipts import Journal, Original

Fate = Literal["收下", "已收过", "略过", "没有收下"]
_DIGITS = 6  # of the hash, to call a file by its number
VERDICTS = {"accepted": "合格", "flagged": "有误", "rejected": "不能用", "ignored": "略过"}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of one file that came in: its fate, why, and what it is worth among its unit's versions."""

    file: str
    fate: Fate
    why: str = ""
    held: Held | None = None
    before: Held | None = None
    changed: tuple[Change, ...] = ()


@dataclass(slots=True)
class _Desk:
    """One run of collect."""

    workspace: Workspace
    journal: Journal
    roster: Roster
    demands: Demands
    unit: Unit | None
    sent: dt.datetime | None
    last_year: PreviousYear | None
    known: dict[str, Original]
    memory: Remembered
    fates: list[tuple[str, Fate, str, str]] = field(default_factory=list)  # file, fate, why, hash


def collect(
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    unit: str | None = None,
    sent: dt.date | None = None,
    progress: Progress = iter,
    jobs: int = 1,
) -> tuple[tuple[Arrival, ...], Holdings]:
    """Take in files, folders, ZIPs and mails, and what lies in 回收/; the caller holds the workspace's lock.

    ``unit`` is whose they are, as the operator says; ``sent`` is the day on which they came, where the file's own time
    is not to be believed. The receipts are written; what each file became, and all that the office now holds.
    """
    roster = workspace.roster()
    named = None if unit is None else _named(roster, unit, workspace)
    journal = Journal(workspace)
    moment = None if sent is None else dt.datetime.combine(sent, dt.time(12)).astimezone()
    known = {one.sha256: one for one in journal.originals()}
    demands, last_year, memory = workspace.demands(roster), last_year_of(workspace), Remembered(workspace)
    desk = _Desk(workspace, journal, roster, demands, named, moment, last_year, known, memory)
    dropped = journal.dropped()
    given = []
    for path in paths:
        number = [one for one in known if len(path.name) >= _DIGITS and one.startswith(path.name)]
        if number and named is not None and not path.exists():
            _assign(desk, known[number[0]])
        elif path.resolve() != workspace.received.resolve():
            given.append(path)
    files = [_called(file) for file in (*incoming(given), *incoming(dropped))]
    inside = {path.resolve() for path in dropped}
    read_all((file for file in files if not is_scan(file)), progress, jobs=jobs, memory=desk.memory)
    for file in sorted(files, key=_age):
        _take(desk, file, dropped=_is_in(file.path, inside))
    _put_parcels_aside(desk, files, inside)
    journal.save()
    return _outcome(desk, gather(workspace, roster, journal=journal, jobs=jobs, memory=desk.memory))


def _named(roster: Roster, unit: str, workspace: Workspace) -> Unit:
    found = roster.asked(unit, workspace.settings.county)
    if found is None:
        guesses = claim(unit, roster, workspace.settings.county).candidates
        guess = f"是不是：{'、'.join(one.name for one in guesses)}？" if guesses else ""
        raise OperatorError(f"名录里没有“{unit}”这个单位。{guess}请写名录里的名称或代码。")
    return found


def _age(file: Incoming) -> tuple[dt.datetime, str]:
    """Files of one delivery are registered in the order of their own times."""
    return file.received or now(), file.name


def _called(file: Incoming) -> Incoming:
    """The file under its own name, without the folders it happened to lie in here; a container stays named."""
    if file.path is None:
        return file
    name = shown(file.path.name)
    inner = file.name.rpartition(f"{name}!")[2] if f"{name}!" in file.name else ""
    return replace(file, name=f"{name}!{inner}" if inner else name)


def _is_in(path: Path | None, folders: set[Path]) -> bool:
    return path is not None and any(path.resolve().is_relative_to(folder) for folder in folders)


def _take(desk: _Desk, file: Incoming, *, dropped: bool) -> None:
    file = _with_bytes(file)
    if file.data is None or not file.data or (file.refusal is not None and file.refusal.severity == "note"):
        refusal = file.refusal
        fate: Fate = "略过" if refusal is not None and refusal.severity == "note" else "没有收下"
        why = "文件是空的（0 字节）。" if refusal is None else f"{refusal.message}{refusal.hint or ''}"
        desk.fates.append((file.name, fate, why, ""))
        return
    sha256 = digest(file.data)
    before = desk.known.get(sha256)
    anew = before is None or before.withdrawn or before.path is None
    inner = file.path is None or _in_parcel(file)
    desk.journal.keep(_base(file), file.data, file.received, file.path if dropped and not inner else None)
    if anew:
        sent = desk.sent or min(file.received or now(), now())
        original = Original(sha256, file.name, None, now(), sent)
        told = original if desk.unit is None else replace(original, claimed=desk.unit.code)
        held = _judged(desk, told, file)
        code = "" if held is None or held.unit is None else held.unit.code
        verdict = "盖章件" if held is None else VERDICTS[held.taken.status]
        desk.journal.note("收到", sha256, file.name, unit=code, verdict=verdict, sent=sent)
        desk.known[sha256] = original
        desk.fates.append((file.name, "收下", "", sha256))
    else:
        desk.fates.append((file.name, "已收过", "", sha256))
    if desk.unit is not None:
        _assign(desk, desk.known[sha256])


def _assign(desk: _Desk, original: Original) -> None:
    """Note whose it is, as the operator says."""
    if desk.unit is not None and desk.unit.code != original.claimed:
        desk.journal.note("认领", original.sha256, original.file, unit=desk.unit.code)
    if all(sha256 != original.sha256 for *_, sha256 in desk.fates):
        desk.fates.append((original.file, "已收过", "", original.sha256))


def _with_bytes(file: Incoming) -> Incoming:
    """A stamped scan is not read, but kept; so is, as the evidence that it came, what cannot be read at all."""
    if file.refusal is None:
        return file
    ignored = file.refusal.severity == "note"
    if is_scan(file if file.data is not None else replace(file, data=b"-")):
        file = replace(file, refusal=None)
    elif ignored:
        return file
    if file.data is not None or file.path is None or _in_parcel(file) or file.path.is_symlink():
        return file
    try:
        data = file.path.read_bytes() if file.path.is_file() and file.path.stat().st_size <= MAX_PARCEL else None
    except OSError:
        return file
    return replace(file, data=data)


def _judged(desk: _Desk, original: Original, file: Incoming) -> Held | None:
    if is_scan(file):
        return None
    (taken,) = read_all([file], memory=desk.memory)
    return whose(original, taken, desk.demands, desk.last_year)


def _in_parcel(file: Incoming) -> bool:
    return file.path is not None and file.name != shown(file.path.name)


def _base(file: Incoming) -> str:
    """The file's own name, without the folders and containers it came in."""
    if file.path is not None and not _in_parcel(file):
        return shown(file.path.name)
    return file.name.rpartition("!")[2].rpartition("/")[2]


def _put_parcels_aside(desk: _Desk, files: Sequence[Incoming], inside: set[Path]) -> None:
    """ZIPs and mails are kept as they came too; one that had been put into 回收/ is moved out of the way."""
    parcels = {file.path: file for file in files if file.path is not None and _in_parcel(file)}
    for path in parcels:
        desk.journal.keep_parcel(path, move=_is_in(path, inside))


def _outcome(desk: _Desk, holdings: Holdings) -> tuple[tuple[Arrival, ...], Holdings]:
    by_hash = {one.original.sha256: one for one in holdings.held}
    arrivals = []
    for file, fate, why, sha256 in desk.fates:
        held = by_hash.get(sha256)
        before = None
        if held is not None and held.unit is not None and not held.scan and fate == "收下":
            mine = holdings.versions(held.unit)
            before = next((one for one in reversed(mine[: mine.index(held)])), None)
        changed = () if before is None or held is None else changes(before.taken.submission, held.taken.submission)
        arrivals.append(Arrival(file, fate, why, held, before, changed))
    return tuple(arrivals), holdings


def withdraw(workspace: Workspace, what: str, reason: str = "") -> tuple[Original, ...]:
    """Take back every file of a unit, or the one file with that number; the originals stay where they are."""
    roster = workspace.roster()
    journal = Journal(workspace)
    number = what.strip().lower()
    chosen = [one for one in journal.originals() if len(number) >= _DIGITS and one.sha256.startswith(number)]
    if not chosen:
        unit = _named(roster, what, workspace)
        holdings = gather(workspace, roster, journal=journal)
        chosen = [one.original for one in (*holdings.versions(unit), *holdings.scans(unit))]
        if not chosen:
            raise OperatorError(f"“{unit.name}”现在没有收下的文件，不用撤回。")
    for one in chosen:
        if not one.withdrawn:
            journal.note("撤回", one.sha256, one.file, verdict=reason)
    journal.save()
    return tuple(chosen)
