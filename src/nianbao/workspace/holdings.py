"""What the office holds: every original read and judged anew, whose it is, and which one of a unit's counts."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nianbao.claims import claim
from nianbao.files import Incoming
from nianbao.findings import Finding, reason_of
from nianbao.intake import Progress, Taken, judged, read_all
from nianbao.previous import PreviousYear
from nianbao.returns import Demands, Return
from nianbao.roster import Roster, Unit
from nianbao.workspace.lastyear import last_year_of
from nianbao.workspace.memory import Remembered
from nianbao.workspace.office import Workspace
from nianbao.workspace.receipts import Journal, Original

SCANS = frozenset({"pdf", "ofd", "jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "heic", "webp"})
_WORKBOOKS = (b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1"))


@dataclass(frozen=True, slots=True)
class Held:
    """One original as judged today: whose it is (``unit`` None: 待认领, with candidates), and how that is known."""

    original: Original
    taken: Return
    unit: Unit | None
    how: str = ""
    candidates: tuple[Unit, ...] = ()
    scan: bool = False

    @property
    def valid(self) -> bool:
        """Whether it may count."""
        return self.taken.status == "accepted" and not self.scan

    def late(self, deadline: dt.date | None) -> bool:
        """Whether it came after the deadline; that day itself is in time."""
        return deadline is not None and self.original.sent.astimezone().date() > deadline


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything the office holds, in the order of receipt; ``lost`` are receipts whose original is gone."""

    roster: Roster
    held: tuple[Held, ...]
    withdrawn: tuple[Original, ...] = ()
    lost: tuple[Original, ...] = ()
    _of: Mapping[str, tuple[Held, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        grouped: dict[str, list[Held]] = {}
        for one in self.held:
            if one.unit is not None:
                grouped.setdefault(one.unit.code, []).append(one)
        object.__setattr__(self, "_of", {code: tuple(mine) for code, mine in grouped.items()})

    def versions(self, unit: Unit) -> tuple[Held, ...]:
        """The returns of a unit, in the order of receipt."""
        return tuple(one for one in self._of.get(unit.code, ()) if not one.scan)

    def scans(self, unit: Unit) -> tuple[Held, ...]:
        """The stamped scans (盖章件) of a unit."""
        return tuple(one for one in self._of.get(unit.code, ()) if one.scan)

    def counting(self, unit: Unit) -> Held | None:
        """Of a unit's versions the one that counts: the latest valid one, else the latest readable, else the latest."""
        versions = self.versions(unit)
        best = [one for one in versions if one.valid] or [one for one in versions if one.taken.status == "flagged"]
        return next(reversed(best or versions), None)

    @property
    def unclaimed(self) -> tuple[Held, ...]:
        """What is nobody's yet."""
        return tuple(one for one in self.held if one.unit is None)

    def returns(self) -> tuple[Return, ...]:
        """What is checked and consolidated: each unit's counting return, older versions set aside, and 待认领."""
        chosen = (self.counting(unit) for unit in self.roster.units)
        counting = {one.original.sha256 for one in chosen if one is not None}
        found = []
        for one in self.held:
            if one.scan:
                continue
            if one.unit is None or one.original.sha256 in counting:
                found.append(one.taken)
                continue
            other = self.counting(one.unit)
            name = "" if other is None else other.original.file
            note = Finding("C-3", "note", f"同一单位另有“{name}”，以那一份为准，这一份没有计入。")
            note = note.of(one.taken.file, one.unit.name)
            found.append(replace(one.taken, status="ignored", findings=(note,)))
        return tuple(found)


def gather(
    workspace: Workspace,
    roster: Roster,
    progress: Progress = iter,
    journal: Journal | None = None,
    *,
    jobs: int = 1,
    memory: Remembered | None = None,
) -> Holdings:
    """Everything in 回收/ read (or remembered) and judged; nothing is written but what is remembered for next time."""
    memory = memory or Remembered(workspace)
    originals = (journal or Journal(workspace)).originals()
    present = [one for one in originals if one.path is not None and not one.withdrawn]
    scans: set[str] = set()

    def workbooks() -> Iterator[Incoming]:
        for one in present:
            file = incoming_of(one)
            if is_scan(file):
                scans.add(one.sha256)
            else:
                yield file

    taken = read_all(workbooks(), progress, jobs=jobs, memory=memory)
    memory.save({one.sha256 for one in present})
    read = iter(taken)
    demands, last_year = workspace.demands(roster), last_year_of(workspace)
    held = [
        _scan(one, demands) if one.sha256 in scans else whose(one, _intact(one, next(read)), demands, last_year)
        for one in present
    ]
    return Holdings(
        roster,
        tuple(_beside(one, held) for one in held),
        tuple(one for one in originals if one.withdrawn),
        tuple(one for one in originals if one.path is None and not one.withdrawn),
    )


def incoming_of(original: Original) -> Incoming:
    """An original as if it came in just now, under the name it came by."""
    try:
        data = None if original.path is None else original.path.read_bytes()
    except OSError as error:
        refusal = Finding("F-1", "error", f"原件打不开（{reason_of(error)}）。", hint="请关闭它，再运行一次。")
        return Incoming(original.file, None, original.registered, refusal, original.path)
    return Incoming(original.file, data, original.registered, None, original.path)


def is_scan(file: Incoming) -> bool:
    """Whether a file is a picture or a PDF, and no workbook under a wrong name."""
    kind = file.name.rpartition(".")[2].casefold().strip()
    return kind in SCANS and file.data is not None and not file.data.startswith(_WORKBOOKS)


def _intact(original: Original, taken: Taken) -> Taken:
    """The file as read, unless somebody changed what lies in 回收/ since: an original is what came, or nothing."""
    if taken.sha256 in {None, original.sha256}:
        return taken
    message = "这份原件在“回收”文件夹里被改动过，与收到时的不符，没有采用。"
    hint = "请重新收取原来的文件；改动后的数据要算数的，请另存一份再用 collect 收取。"
    reading = replace(taken.reading, submission=None, findings=(Finding("F-1", "error", message, hint=hint),))
    return replace(taken, reading=reading, sha256=original.sha256)


def whose(original: Original, taken: Taken, demands: Demands, last_year: PreviousYear | None = None) -> Held:
    """Whose return it is: as an operator said, as the file itself says, or as its name says; and what it is worth."""
    roster = demands.roster
    assert roster is not None  # noqa: S101 - a workspace always has one
    told = roster.coded(original.claimed) if original.claimed else None
    if told is not None:
        return Held(original, _as(taken, told, demands, last_year), told, "经办人认定")
    (plain_judged,) = judged([taken], demands, last_year)
    submission = taken.reading.submission
    if plain_judged.unit is not None:
        return Held(original, plain_judged, plain_judged.unit, "文件里的单位")
    named = claim(original.file, roster, demands.county)
    candidates = (named.unit,) if named.unit is not None else named.candidates
    if submission is None or not (submission.identity.unit or submission.identity.code):
        if named.unit is not None:
            return Held(original, _as(taken, named.unit, demands, last_year), named.unit, "文件名")
    else:
        identity = submission.identity
        inside = claim(identity.unit or "", roster, demands.county)
        coded = roster.coded(identity.code) if identity.code else None
        likely = (inside.unit, *inside.candidates, coded, *candidates)
        candidates = tuple(dict.fromkeys(unit for unit in likely if unit is not None))
    return Held(original, plain_judged, None, candidates=candidates)


def _as(taken: Taken, unit: Unit, demands: Demands, last_year: PreviousYear | None) -> Return:
    """The file judged as that unit's, whatever it says itself; where it says something else, that is noted."""
    submission = taken.reading.submission
    if submission is None:
        (one,) = judged([taken], demands)
        return replace(one, unit=unit)
    said = submission.identity.unit
    identity = replace(submission.identity, unit=unit.name, code=unit.code)
    reading = replace(taken.reading, submission=replace(submission, identity=identity))
    (one,) = judged([replace(taken, reading=reading)], demands, last_year)
    note = f"文件里{f'写的是“{said}”' if said else '没有写单位名称'}，按“{unit.name}”收下。"
    if said == unit.name:
        return one
    return one.with_findings([Finding("C-1", "note", note)])


def _scan(original: Original, demands: Demands) -> Held:
    roster = demands.roster
    assert roster is not None  # noqa: S101 - a workspace always has one
    told = roster.coded(original.claimed) if original.claimed else None
    named = claim(original.file, roster, demands.county)
    note = Finding("F-3", "note", "盖章件（扫描件），存档备查，不读取数据。")
    unit = told or named.unit
    findings = (note.of(original.file, None if unit is None else unit.name),)
    taken = Return(original.file, original.sha256, original.registered, "ignored", None, findings, unit)
    return Held(original, taken, unit, "经办人认定" if told else "文件名", named.candidates, scan=True)


def _beside(one: Held, others: Sequence[Held]) -> Held:
    """A scan that says nothing itself is of the unit whose return came in the same mail, where that is one unit."""
    mail, mark, _ = one.original.file.rpartition("!")
    if not one.scan or one.unit is not None or not mark or not mail.casefold().endswith(".eml"):
        return one
    senders = {
        other.unit
        for other in others
        if not other.scan and other.original.file.rpartition("!")[0] == mail and other.unit
    }
    return replace(one, unit=senders.pop(), how="同一封邮件里的报表") if len(senders) == 1 else one


def digest(data: bytes) -> str:
    """The hash under which an original is kept."""
    return hashlib.sha256(data).hexdigest()
