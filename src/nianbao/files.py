"""From paths to bytes: every file that was sent in, read once, or named with the sentence that says why it was not.

Folders, ZIPs (one within another) and saved mails are opened; everything else is handed on as bytes, whatever its name
says. Links and pipes are never followed, and a file that changes while it is read is not believed.
"""

from __future__ import annotations

import datetime as dt
import os
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nianbao.archive import ODD, Archive, ArchiveError
from nianbao.findings import Finding, OperatorError, reason_of

MAX_FILE = 20 * 2**20
MAX_PARCEL = 100 * 2**20
SETTLED = 2.0
_MOST_NESTED = 2
_MOST_FOLDERS = 50
_MOST_UNPACKED = 400 * 2**20
_WORKBOOKS = frozenset({"xlsx", "xlsm", "xltx", "xltm", "xls", "xlt", "et", "ett", "ods", "ots", "xlsb", "fods"})
_SCANS = frozenset({"pdf", "ofd", "jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "heic", "webp"})
_TEXTS = frozenset({"doc", "docx", "wps", "txt", "md", "ppt", "pptx"})
_UNFINISHED = frozenset({"crdownload", "tmp", "part", "partial", "download", "downloading", "td", "aria2", "xltd"})
_SYSTEM = frozenset({"thumbs.db", "desktop.ini", ".ds_store", "icon\r"})
_SHORTCUTS = frozenset({"lnk", "url", "webloc", "desktop"})
_ZIP, _OLE = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
_EMPTY = "文件是空的（0 字节），请重新发送。"
_NOT_A_FORM = "这是{}，不是填报的表格，没有读取。"
_ODD_PARCEL = "压缩包的内部结构不正常（可能被动过手脚或损坏），没有读取；请重新打包后再发。"
_SEND_AGAIN = "请让单位重新发送。"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One file that was sent in, under the name it is shown by (``outer.zip!inner.xlsx`` inside a container).

    ``data`` is None where it could not be read or is not read; ``refusal`` says why: an error (rejected) or a note
    (ignored). ``received`` is the file's, or the mail's or ZIP member's own, date; ``path`` the file on disk.
    """

    name: str
    data: bytes | None
    received: dt.datetime | None
    refusal: Finding | None = None
    path: Path | None = None


def incoming(paths: Sequence[Path], *, settled: float = SETTLED) -> Iterator[Incoming]:
    """Every file under ``paths`` in the order of the arguments and then of the names; each path is read once.

    A path that is not there raises OperatorError. Names are relative to the folder where one folder is given. A file
    that looks unfinished and was changed less than ``settled`` seconds ago is waited for, once for all files.
    """
    for path in paths:
        if not os.path.lexists(path):
            raise OperatorError(f"找不到“{shown(path)}”，请核对文件或文件夹的位置。")
    return _Post(settled, several=len(paths) > 1).open(paths)


def shown(path: Path | str) -> str:
    """A path or name as it is shown: bytes that are no text become backslash escapes."""
    return os.fspath(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


@dataclass(slots=True)
class _Post:
    """One delivery of files: what was seen already, and how much may still be waited and unpacked."""

    patience: float
    several: bool
    seen: set[str] = field(default_factory=set)
    unpacked: int = 0

    def open(self, paths: Iterable[Path]) -> Iterator[Incoming]:
        for path in paths:
            # a folder may be given by a link; what lies inside folders may not
            if path.is_dir():
                yield from self._folder(path, shown(path) + "/" if self.several else "", 0)
            else:
                yield from self._file(path, shown(path))

    def _folder(self, folder: Path, before: str, depth: int) -> Iterator[Incoming]:
        name = before.removesuffix("/") or shown(folder)
        if depth > _MOST_FOLDERS:
            yield Incoming(name, None, None, _refused("文件夹套得太深，没有读取。"), folder)
            return
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            yield Incoming(name, None, None, _refused(f"文件夹打不开（{_reason(error)}）。"), folder)
            return
        for entry in entries:
            path = folder / entry.name
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__MACOSX":
                    yield from self._folder(path, f"{before}{shown(entry.name)}/", depth + 1)
            else:
                yield from self._file(path, before + shown(entry.name))

    def _file(self, path: Path, name: str) -> Iterator[Incoming]:
        absolute = os.path.abspath(path)  # noqa: PTH100 - Path.resolve would follow links
        if absolute in self.seen:
            return
        self.seen.add(absolute)
        note = _not_meant_to_be_read(path.name)
        if note is not None:
            yield Incoming(name, None, None, note, path)
            return
        try:
            data, status = self._bytes(path)
        except _UnreadError as error:
            yield Incoming(name, None, None, _refused(str(error)), path)
            return
        except OSError as error:
            yield Incoming(name, None, None, _refused(f"文件打不开（{_reason(error)}）。"), path)
            return
        yield from self._judged(Incoming(name, data, _moment(status.st_mtime), None, path), 0)

    def _bytes(self, path: Path) -> tuple[bytes, os.stat_result]:
        data, before, after = _read_once(path)
        recent = self.patience - (time.time() - after.st_mtime)
        changed = _changed(before, after)
        if changed or (recent > 0 and not _looks_whole(data)):
            time.sleep(max(0.0, min(recent, self.patience)))
            self.patience = 0.0
            again, _, last = _read_once(path)
            if _changed(after, last) or (changed and again != data):
                raise _UnreadError("文件还在变化，可能正在同步或没有传完；请等传完后再试。")
            data, after = again, last
        return data, after

    def _judged(self, item: Incoming, depth: int) -> Iterator[Incoming]:
        """The file itself, or what it contains, or why it is not read."""
        data, kind = item.data or b"", _kind(item.name)
        refusal: Finding | None = None
        if not data:
            refusal = _refused(_EMPTY)
        elif kind in _SCANS | _TEXTS and not _is_workbook(data):
            what = "盖章扫描件或图片" if kind in _SCANS else "文字材料"
            refusal = _ignored(_NOT_A_FORM.format(what))
        elif kind in _SHORTCUTS:
            refusal = _refused("这是快捷方式，不是文件本身；请发送文件本身。")
        elif data[:6] == b"7z\xbc\xaf\x27\x1c" or data[:4] == b"Rar!":
            refusal = _refused("这是 RAR 或 7z 压缩包，不能读取；请解压后发送，或者改用 ZIP 压缩。")
        elif kind == "eml":
            yield from self._mail(item, depth)
            return
        elif data[:4] in (_ZIP, b"PK\x05\x06") and kind not in _WORKBOOKS and not _is_package(data):
            yield from self._parcel(item, depth)
            return
        elif len(data) > MAX_FILE:
            refusal = _refused(f"文件超过 {MAX_FILE >> 20} MB，不像是填好的报表，没有读取。")
        if refusal is not None:
            # what is only not read may still be kept: the stamped scan beside a return
            kept = item.data if refusal.severity == "note" else None
            item = replace(item, data=kept, refusal=refusal)
        yield item

    def _parcel(self, parcel: Incoming, depth: int) -> Iterator[Incoming]:
        if depth >= _MOST_NESTED:
            yield replace(parcel, data=None, refusal=_refused("压缩包里套了太多层压缩包；请解压后发送。"))
            return
        try:
            archive = Archive(parcel.data or b"", _MOST_UNPACKED, parcel=True)
        except ArchiveError as error:
            message = _ODD_PARCEL if str(error) == ODD else str(error)
            yield replace(parcel, data=None, refusal=_refused(message))
            return
        if not archive.members:
            yield replace(parcel, data=None, refusal=_refused("压缩包里没有文件。"))
        for member in sorted(archive.members.values(), key=lambda member: member.name):
            item = replace(parcel, name=f"{parcel.name}!{shown(member.name)}", data=None)
            item = replace(item, received=member.saved or parcel.received)
            note = _not_meant_to_be_read(member.name)
            if note is None and member.size > MAX_FILE and _kind(member.name) in _SCANS:
                note = _ignored(_NOT_A_FORM.format("盖章扫描件或图片"))
            if note is not None:
                yield replace(item, refusal=note)
                continue
            self.unpacked += member.size
            if self.unpacked > _MOST_UNPACKED:
                yield replace(item, refusal=_refused("压缩包展开后过大，没有全部读取；请分开发送。"))
                continue
            try:
                data = archive.read(member.name)
            except ArchiveError as error:
                yield replace(item, refusal=_refused(str(error)))
                continue
            yield from self._judged(replace(item, data=data), depth + 1)

    def _mail(self, mail: Incoming, depth: int) -> Iterator[Incoming]:
        if depth >= _MOST_NESTED:
            yield replace(mail, data=None, refusal=_refused("压缩包或邮件套了太多层；请把附件另存后发送。"))
            return
        from nianbao.mail import attachments

        try:
            sent, parts = attachments(mail.data or b"")
        except ValueError as error:
            yield replace(mail, data=None, refusal=_refused(str(error)))
            return
        for name, data in parts:
            item = replace(mail, name=f"{mail.name}!{shown(name)}", data=data, received=sent or mail.received)
            note = _not_meant_to_be_read(name)
            if note is not None:
                yield replace(item, data=None, refusal=note)
            else:
                yield from self._judged(item, depth + 1)


class _UnreadError(Exception):
    """A file that is not read; the message is the sentence for the office."""


def _read_once(path: Path) -> tuple[bytes, os.stat_result, os.stat_result]:
    """The bytes of a regular file, with its state before and after."""
    if path.is_symlink():
        raise _UnreadError("这是一个链接，不是文件本身，没有读取；请放入文件本身。")
    # without O_NONBLOCK the opening of a pipe would wait for ever
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY", "O_NOCTTY", "O_CLOEXEC"):
        flags |= getattr(os, name, 0)
    if not stat.S_ISREG(path.lstat().st_mode):
        raise _UnreadError("这不是普通文件，没有读取。")
    with os.fdopen(os.open(path, flags), "rb") as stream:
        before = os.fstat(stream.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise _UnreadError("这不是普通文件，没有读取。")
        if before.st_size > MAX_PARCEL:
            raise _UnreadError(f"文件超过 {MAX_PARCEL >> 20} MB，没有读取。")
        data = stream.read(before.st_size + 1)
        return data, before, os.fstat(stream.fileno())


def _changed(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_size, one.st_mtime_ns) != (other.st_size, other.st_mtime_ns)


def _looks_whole(data: bytes) -> bool:
    """Whether the bytes end as their beginning promises; only a file that does not is worth waiting for."""
    if data[:4] == _ZIP:
        return b"PK\x05\x06" in data[-0xFFFF - 22 :]
    if data[:8] == _OLE:
        return len(data) % 512 == 0
    return bool(data.strip(b"\x00"))


def _is_package(data: bytes) -> bool:
    """Whether a ZIP is one office document and not a parcel of files; a broken one is left to the reader to refuse."""
    try:
        archive = Archive(data)
    except ArchiveError:
        return False
    return "[content_types].xml" in archive or "mimetype" in archive


def _is_workbook(data: bytes) -> bool:
    if data[:4] == _ZIP:
        try:
            archive = Archive(data)
            if "mimetype" in archive:
                return b"spreadsheet" in archive.read("mimetype")
        except ArchiveError:
            return False
        return any(name.startswith("xl/") for name in archive.members)
    if data[:8] == _OLE:
        names = ("Workbook", "Book", "EncryptedPackage")
        return (
            any(name.encode("utf-16-le") in data for name in names) and "WordDocument".encode("utf-16-le") not in data
        )
    return False


def _kind(name: str) -> str:
    return name.rpartition(".")[2].casefold().strip()


def _not_meant_to_be_read(name: str) -> Finding | None:
    """The note on a file that programs leave behind: locks, caches, unfinished downloads."""
    parts = name.replace("\\", "/").split("/")
    base = parts[-1].casefold()
    if base.startswith(("~$", ".~", "~wrl")):
        return _ignored("这是表格打开时产生的临时文件，没有读取。")
    if base.startswith(".") or base in _SYSTEM or "__MACOSX" in parts:
        return _ignored("这是系统产生的文件，没有读取。")
    if _kind(base) in _UNFINISHED:
        return _ignored("这是没有下载完的文件或临时文件，没有读取。")
    return None


def _ignored(message: str) -> Finding:
    return Finding("F-3", "note", message)


def _refused(message: str) -> Finding:
    return Finding("F-1", "error", message, hint=_SEND_AGAIN)


def _reason(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "没有读取的权限，或者正被别的程序占用"
    return reason_of(error)


def _moment(seconds: float) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp(seconds).astimezone()
    except (ValueError, OverflowError, OSError):
        return None
