"""What came in and what was decided about it: originals under their hash, and a journal that can be lost.

Every original lies unchanged in ``回收/<first 12 digits of its hash>/``, and beside it its own page of the journal
(登记.jsonl). The journal of the year (回收/收件登记.jsonl) is all pages together; either is restored from the other,
and both from the originals. Every file is written whole, the original before its page and the page before the journal,
so that nothing is lost wherever a command is killed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nianbao.findings import OperatorError, reason_of
from nianbao.output import write_whole
from nianbao.workspace.office import Workspace, now, operator

JOURNAL, PAGE, PARCELS = "收件登记.jsonl", "登记.jsonl", "原包"
Act = Literal["收到", "认领", "撤回", "退回"]
_ACTS = ("收到", "认领", "撤回", "退回")
_FOLDER = re.compile(r"[0-9a-f]{12}")
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f-\x9f\ud800-\udfff]')
_MOST_BYTES = 180
_REBUILT, _UNFINISHED = "由原件重建", ".收件中"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the journal: what happened to the file with this hash, when, and by whom.

    ``file`` is the name under which it came (or, when it was sent back, went); ``sent`` its own or its mail's time.
    """

    when: dt.datetime
    act: Act
    sha256: str
    file: str
    unit: str = ""
    verdict: str = ""
    sent: dt.datetime | None = None
    by: str = ""

    @property
    def line(self) -> str:
        """The event as a line of JSON that a person can read."""
        sent = "" if self.sent is None else self.sent.isoformat()
        cells = {"时间": self.when.isoformat(), "事项": self.act, "文件": self.file, "单位": self.unit}
        cells |= {"结论": self.verdict, "文件时间": sent, "经手": self.by, "哈希": self.sha256}
        return json.dumps({name: text for name, text in cells.items() if text}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Original:
    """One file that came in, as the journal tells: where it lies, and what was decided about it.

    ``path`` is None where the original is gone; ``claimed`` is the unit that an operator named (its code).
    """

    sha256: str
    file: str
    path: Path | None
    registered: dt.datetime
    sent: dt.datetime
    claimed: str = ""
    withdrawn: bool = False
    sent_back: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        """What the file is called by in commands: the folder it lies in."""
        return self.sha256[:12]


class Journal:
    """The journal of one workspace, read once and written as it grows."""

    def __init__(self, workspace: Workspace) -> None:
        self._root = workspace.received
        self._paths: dict[str, Path] = {}
        self.damaged = 0
        found: dict[Event, None] = dict.fromkeys(self._read(self._root / JOURNAL))
        folders = [one for one in sorted(self._root.iterdir()) if _FOLDER.fullmatch(one.name) and one.is_dir()]
        for folder in folders:
            found |= dict.fromkeys(self._read(folder / PAGE))
        hashes = {event.sha256[:12]: event.sha256 for event in found}
        orphans = [found_one for folder in folders if (found_one := self._lies_in(folder, hashes)) is not None]
        found |= dict.fromkeys(_rebuilt(orphans, alone=not found))
        self.events = sorted(found, key=lambda event: (event.when, event.sha256, event.act))

    def _lies_in(self, folder: Path, hashes: Mapping[str, str]) -> tuple[str, Path] | None:
        """Find the original in its folder; the answer is one that no event tells of."""
        files = sorted(file for file in folder.iterdir() if file.is_file() and not _is_ours(file.name))
        known = hashes.get(folder.name)
        if not files:
            return None
        if known is not None and len(files) == 1:
            self._paths[known] = files[0]
            return None
        # a person may have put or saved something beside the original: the one that has the hash is it
        digests = {hashlib.sha256(file.read_bytes()).hexdigest(): file for file in reversed(files)}
        sha256 = known or next((digest for digest in digests if digest.startswith(folder.name)), None)
        if sha256 is None:
            return None  # somebody's own folder, or an original that was changed and nobody knows of
        self._paths[sha256] = digests.get(sha256, files[0])
        return None if known is not None else (sha256, self._paths[sha256])

    def _read(self, path: Path) -> Iterable[Event]:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        except OSError as error:
            raise OperatorError(f"不能读取收件登记“{path}”：{reason_of(error)}。") from error
        for line in text.splitlines():
            if line.strip():
                event = _event(line)
                if event is None:
                    self.damaged += 1
                else:
                    yield event

    def originals(self) -> tuple[Original, ...]:
        """Every file that came in, in the order of receipt."""
        by_hash: dict[str, list[Event]] = {}
        for event in self.events:
            by_hash.setdefault(event.sha256, []).append(event)
        originals = [self._original(sha256, events) for sha256, events in by_hash.items()]
        return tuple(sorted(originals, key=lambda one: (one.registered, one.sha256)))

    def _original(self, sha256: str, events: list[Event]) -> Original:
        arrivals = [event for event in events if event.act == "收到"] or events
        path = self._paths.get(sha256)
        withdrawn, claimed = False, ""
        for event in events:
            withdrawn = event.act == "撤回" or (withdrawn and event.act != "收到")
            claimed = event.unit if event.act == "认领" else claimed
        # withdrawn and sent in once more, a file is as new; found again, it is as old as it was
        last = next((event for event in reversed(arrivals) if event.by != _REBUILT), arrivals[-1])
        return Original(
            sha256,
            last.file,
            path,
            last.when,
            last.sent or last.when,
            claimed,
            withdrawn,
            tuple(dict.fromkeys(event.file for event in events if event.act == "退回")),
        )

    def keep(self, name: str, data: bytes, sent: dt.datetime | None, dropped: Path | None = None) -> str:
        """Put an original under its hash, byte for byte; ``dropped`` is moved there, if it is that file."""
        sha256 = hashlib.sha256(data).hexdigest()
        folder = self._root / sha256[:12]
        target = folder / _file_name(name)
        try:
            folder.mkdir(exist_ok=True)
            if target.exists() and target.read_bytes() != data:
                target = folder / f"原件_{target.name}"  # somebody saved over the original: kept beside it
            if dropped is not None and not target.exists() and dropped.read_bytes() == data:
                dropped.replace(target)
            elif not target.exists() or target.read_bytes() != data:
                # its own time first: an original without a receipt is believed by its time
                write_whole(folder / _UNFINISHED, data)
                if sent is not None:
                    os.utime(folder / _UNFINISHED, (sent.timestamp(), sent.timestamp()))
                (folder / _UNFINISHED).replace(target)
            if dropped is not None and dropped.exists() and dropped.read_bytes() == data:
                dropped.unlink()  # the same bytes under the same name lie in the folder already
        except OSError as error:
            raise OperatorError(f"不能把“{name}”存进“{folder}”：{reason_of(error)}。") from error
        self._paths[sha256] = target
        return sha256

    def note(self, act: Act, sha256: str, file: str, **more: str | dt.datetime | None) -> Event:
        """Add an event to the original's page; later than every event before it, whatever the clock says."""
        when = now()
        if self.events and when <= self.events[-1].when:
            when = self.events[-1].when + dt.timedelta(microseconds=1)
        event = Event(when, act, sha256, file, by=operator(), **more)  # type: ignore[arg-type]  # by name, as the fields are
        self.events.append(event)
        self._write_page(sha256)
        return event

    def _write_page(self, sha256: str) -> None:
        folder = self._root / sha256[:12]
        if folder.is_dir():
            lines = [event.line for event in self.events if event.sha256 == sha256]
            _write_lines(folder / PAGE, lines)

    def save(self) -> None:
        """Write the year's journal, and the pages that were lost."""
        pages: dict[str, list[str]] = {}
        for event in self.events:
            pages.setdefault(event.sha256, []).append(event.line)
        for sha256, lines in pages.items():
            if (self._root / sha256[:12]).is_dir():
                _write_lines(self._root / sha256[:12] / PAGE, lines)
        if self.damaged and (self._root / JOURNAL).exists():
            (self._root / JOURNAL).replace(self._root / f".{JOURNAL}.损坏")
        _write_lines(self._root / JOURNAL, [event.line for event in self.events])

    def keep_parcel(self, path: Path, *, move: bool) -> None:
        """Put a ZIP or a mail, whose contents are kept one by one, aside as it came."""
        folder = self._root / PARCELS
        try:
            data = path.read_bytes()
            target = folder / f"{hashlib.sha256(data).hexdigest()[:12]}_{_file_name(path.name)}"
            folder.mkdir(exist_ok=True)
            if not target.exists() or target.read_bytes() != data:
                write_whole(target, data)
            if move:
                path.unlink()
        except OSError as error:
            raise OperatorError(f"不能把“{path}”存进“{folder}”：{reason_of(error)}。") from error

    def dropped(self) -> tuple[Path, ...]:
        """What somebody put straight into 回收/, and no command has taken in yet."""
        return tuple(
            entry
            for entry in sorted(self._root.iterdir())
            if not _is_ours(entry.name) and entry.name != PARCELS and not self._is_kept(entry)
        )

    def _is_kept(self, entry: Path) -> bool:
        if not (entry.is_dir() and _FOLDER.fullmatch(entry.name)):
            return False
        return any(path.parent == entry for path in self._paths.values()) or not any(entry.iterdir())


def _rebuilt(orphans: Iterable[tuple[str, Path]], *, alone: bool) -> Iterator[Event]:
    """Receipts of originals that no event tells of: a command was killed, or the journal is lost.

    Beside other receipts they are as old as their places in the folder; where all are lost, copying may have made all
    places new, and the files' own times are the better witnesses.
    """
    found = []
    for sha256, path in orphans:
        state = path.stat()
        placed = max(state.st_mtime, state.st_ctime)
        found.append((state.st_mtime if alone else placed, placed, sha256, path))
    for number, (moment, _, sha256, path) in enumerate(sorted(found)):
        when = dt.datetime.fromtimestamp(moment).astimezone()
        if alone:
            when += dt.timedelta(microseconds=number)  # files of one time stay in the order in which they came
        sent = dt.datetime.fromtimestamp(path.stat().st_mtime).astimezone()
        yield Event(when, "收到", sha256, path.name, sent=sent, by=_REBUILT)


def _is_ours(name: str) -> bool:
    return name in {JOURNAL, PAGE} or name.startswith((".", "~$"))


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    data = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
    if not path.exists() or path.read_bytes() != data:
        write_whole(path, data)


def _event(line: str) -> Event | None:
    """The event on a line; None where the line is no event."""
    try:
        cells = json.loads(line)
        act, sha256 = cells["事项"], cells["哈希"]
        if act not in _ACTS or not re.fullmatch("[0-9a-f]{64}", sha256):
            return None
        sent = cells.get("文件时间")
        return Event(
            _moment(cells["时间"]),
            act,
            sha256,
            str(cells["文件"]),
            str(cells.get("单位", "")),
            str(cells.get("结论", "")),
            None if sent is None else _moment(sent),
            str(cells.get("经手", "")),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.astimezone()


def _file_name(name: str) -> str:
    """A name that every system can hold, as near to the one that came as possible."""
    safe = _NOT_IN_NAMES.sub("_", name).strip(" .") or "未命名"
    if _is_ours(safe):
        safe = f"_{safe}"
    stem, dot, suffix = safe.rpartition(".")
    if not dot or len(suffix) > 8:
        stem, dot, suffix = safe, "", ""
    while len(f"{stem}{dot}{suffix}".encode()) > _MOST_BYTES:
        stem = stem[:-1]
    return f"{stem}{dot}{suffix}"
