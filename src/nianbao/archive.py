"""The gate that every ZIP passes, be it a workbook or a parcel of files: nothing is believed that was not checked.

The central directory is read here and not by ``zipfile``, because the gate must be the same on every Python (older ones
inflate overlapping members), because names need their raw bytes (GBK), and because it is three times as fast. Names are
compared without case and with either slash; declared sizes are never trusted; checksums always are checked.
"""

from __future__ import annotations

import datetime as dt
import stat
import struct
import zlib
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

MAX_MEMBERS = 1000
MAX_PART = 64 * 2**20
MAX_TOTAL = 100 * 2**20
# no deflated byte gives more than this many bytes back
_MOST_DEFLATED = 1032
_END, _END64, _LOCATOR, _ENTRY, _LOCAL, _DESCRIPTOR = (
    b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02", b"PK\x03\x04", b"PK\x07\x08",
)  # fmt: skip
_DAMAGED = "文件已损坏或没有传完，请重新发送。"
ODD = "文件的内部结构不正常（可能被动过手脚或损坏），没有读取；请用模板重新填写后另存再发。"
_TOO_BIG = "文件展开后过大，不像是填好的报表，没有读取；请用模板重新填写。"
# names are remembered up to this length: other ZIPs have the same
_LONGEST_SHARED = 200
_TOO_MANY = f"文件里的内容超过 {MAX_MEMBERS} 个，没有读取；请分开发送。"


class ArchiveError(Exception):
    """A ZIP, or a member of one, that is not read; the message is the Chinese sentence for the office."""


class Member(NamedTuple):
    """One file in a ZIP; ``stamp`` is its date and time as stored, ``problem`` the sentence why it is not read."""

    name: str
    offset: int
    method: int
    compressed: int
    size: int
    crc: int
    stamp: tuple[int, int]
    problem: str | None = None

    @property
    def saved(self) -> dt.datetime | None:
        """When it was saved, by the clock of the machine that packed it; the zero of the format says nothing."""
        date, time = self.stamp
        try:
            saved = dt.datetime(  # noqa: DTZ001 - a ZIP stores local time; the zone is added below
                (date >> 9) + 1980, date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, min(59, (time & 31) * 2)
            )
            return saved.astimezone() if saved.year > 1980 else None
        except (ValueError, OverflowError, OSError):
            return None


class Archive:
    """The members of one ZIP whose structure was checked, by name without case; they are inflated on demand."""

    def __init__(self, data: bytes, most: int = MAX_TOTAL, *, parcel: bool = False) -> None:
        """Check the structure of ``data``; ``most`` is what its members may inflate to together.

        In a workbook two members of one name are a trick; in a ``parcel`` of files both are kept.
        """
        self._data = data
        self._left = most
        self._checked: set[str] = set()
        try:
            members, start = _directory(data)
            self._starts = _tile(data, members, start)
        except (struct.error, IndexError) as error:
            raise ArchiveError(_DAMAGED) from error
        by_name: dict[str, Member] = {}
        for number, member in enumerate(members, 1):
            if by_name.setdefault(member.name.casefold(), member) is not member:
                if not parcel:
                    raise ArchiveError(ODD)
                by_name[f"{member.name.casefold()} ({number})"] = member._replace(name=f"{member.name} ({number})")
        if sum(member.size for member in members) > most:
            raise ArchiveError(_TOO_BIG)
        self.members: Mapping[str, Member] = MappingProxyType(
            {name: member for name, member in by_name.items() if not name.endswith("/")}
        )

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self.members

    def read(self, name: str) -> bytes:
        """The bytes of one member, inflated up to a limit and checked against its checksum."""
        member = self.members[name.casefold()]
        if member.size > self._left:
            raise ArchiveError(_TOO_BIG)
        self._checked.add(member.name)
        data = self._inflated(member)
        self._left -= len(data)
        return data

    def check_rest(self) -> None:
        """Refuse an archive where a member that was not read cannot be, or might inflate to far more than it says."""
        for member in self.members.values():
            if member.name in self._checked:
                continue
            if member.problem is not None:
                raise ArchiveError(member.problem)
            if member.method and member.compressed * _MOST_DEFLATED > MAX_PART:
                self._inflated(member)

    def _inflated(self, member: Member) -> bytes:
        if member.problem is not None:
            raise ArchiveError(member.problem)
        if member.size > MAX_PART:
            raise ArchiveError(_TOO_BIG)
        start = self._starts[member.offset]
        data = self._data[start : start + member.compressed]
        if member.method:
            try:
                data = zlib.decompressobj(-15).decompress(data, member.size + 1)
            except zlib.error as error:
                raise ArchiveError(_DAMAGED) from error
        if len(data) > member.size:
            raise ArchiveError(_TOO_BIG)
        if len(data) != member.size or zlib.crc32(data) != member.crc:
            raise ArchiveError(_DAMAGED)
        return data


def _directory(data: bytes) -> tuple[list[Member], int]:
    """The entries of the central directory, and where it begins; the one end record stands at the very end."""
    whole = len(data.rstrip(b"\x00\r\n "))
    end = data.rfind(_END, max(0, whole - 0xFFFF - 22))
    if end < 0:
        raise ArchiveError(_DAMAGED)
    disk, _, here, count, size, start, comment = struct.unpack_from("<4H2LH", data, end + 4)
    if not whole <= end + 22 + comment <= len(data) or disk or b"PK" in data[end + 22 : end + 22 + comment]:
        if end + 22 + comment < whole:
            raise ArchiveError(ODD)
        raise ArchiveError(ODD if comment and not disk else _DAMAGED)
    stop = end
    if data[max(0, end - 20) : end][:4] == _LOCATOR:
        stop = struct.unpack_from("<Q", data, end - 12)[0]
        if data[stop : stop + 4] != _END64 or stop + 12 + struct.unpack_from("<Q", data, stop + 4)[0] != end - 20:
            raise ArchiveError(ODD)
        here, count, size, start = struct.unpack_from("<4Q", data, stop + 24)
    if count > MAX_MEMBERS:
        raise ArchiveError(_TOO_MANY)
    if start + size != stop or here != count:
        raise ArchiveError(ODD)
    members, position = [], start
    for _ in range(count):
        member, position = _entry(data, position, stop)
        members.append(member)
    if position != stop:
        raise ArchiveError(ODD)
    return members, start


def _entry(data: bytes, position: int, stop: int) -> tuple[Member, int]:
    if data[position : position + 4] != _ENTRY or position + 46 > stop:
        raise ArchiveError(ODD)
    fields = struct.unpack_from("<6H3L5H2L", data, position + 4)
    _, _, flags, method, time, date, crc, compressed, size, named, more, said, _, _, rights, offset = fields
    name_end = position + 46 + named
    raw, extra = data[position + 46 : name_end], data[name_end : name_end + more]
    if 0xFFFFFFFF in (compressed, size, offset):
        compressed, size, offset = _large(extra, compressed, size, offset)
    problem = None
    if flags & 0x41:
        problem = "压缩包设有密码，请取消密码后重新打包再发。"
    elif method not in (0, 8):
        problem = "压缩方式不是通常的 ZIP 格式，请重新打包后再发。"
    elif not (size if method == 0 else size // _MOST_DEFLATED - 1) <= compressed <= size + method * (size // 32 + 32):
        problem = ODD
    elif stat.S_ISLNK(rights >> 16):
        problem = "这是一个链接，不是文件本身，没有读取。"
    elif _is_outside(raw):
        problem = "文件在压缩包里的路径不正常（指向别处），没有读取。"
    member = Member(_name(raw, flags, extra), offset, method, compressed, size, crc, (date, time), problem)
    return member, name_end + more + said


def _large(extra: bytes, *fields: int) -> list[int]:
    """Sizes and offset that did not fit into 32 bits, from the extra field that holds them."""
    large = iter(struct.iter_unpack("<Q", b""))
    for kind, value in _extras(extra):
        if kind == 1:
            large = iter(struct.iter_unpack("<Q", value[: len(value) // 8 * 8]))
    try:
        return [next(large)[0] if field == 0xFFFFFFFF else field for field in fields]
    except StopIteration as error:
        raise ArchiveError(ODD) from error


def _extras(extra: bytes) -> list[tuple[int, bytes]]:
    found, position = [], 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        found.append((kind, extra[position + 4 : position + 4 + length]))
        position += 4 + length
    return found


def _tile(data: bytes, members: list[Member], start: int) -> dict[int, int]:
    """Where each member's bytes begin; members must follow one another from the first byte, and nothing lie between."""
    starts: dict[int, int] = {}
    position = 0
    for member in sorted(members, key=lambda member: member.offset):
        if b"PK" in data[position : member.offset] or member.offset < position or (not position and member.offset):
            raise ArchiveError(ODD)
        signature, _, flags, method, _, _, _, compressed, size, named, more = struct.unpack_from(
            "<4s5H3L2H", data, member.offset
        )
        first = member.offset + 30 + named + more
        raw = data[member.offset + 30 : member.offset + 30 + named]
        extra = data[member.offset + 30 + named : first]
        if signature != _LOCAL or method != member.method or _name(raw, flags, extra) != member.name:
            raise ArchiveError(ODD)
        streamed = flags & 8
        if not streamed and (
            size not in (member.size, 0xFFFFFFFF) or compressed not in (member.compressed, 0xFFFFFFFF)
        ):
            raise ArchiveError(ODD)
        starts[member.offset] = first
        position = first + member.compressed
        if streamed:
            position = _after_descriptor(data, position, member)
        if position > start:
            raise ArchiveError(ODD)
    if b"PK" in data[position:start]:
        raise ArchiveError(ODD)
    return starts


def _after_descriptor(data: bytes, position: int, member: Member) -> int:
    """Where the record that follows a streamed member ends; it may bear a signature, and long sizes."""
    signed = 4 if data[position : position + 4] == _DESCRIPTOR else 0
    for pattern in ("<3L", "<LQQ"):
        if struct.unpack_from(pattern, data, position + signed) == (member.crc, member.compressed, member.size):
            return position + signed + struct.calcsize(pattern)
    return position


def _is_outside(raw: bytes) -> bool:
    parts = raw.replace(b"\\", b"/").split(b"/")
    return b".." in parts or not parts[0] or b"\x00" in raw or raw[1:2] == b":"


def _name(raw: bytes, flags: int, extra: bytes) -> str:
    """The name in the encoding it was most likely written in, with forward slashes."""
    return (_remembered if len(raw) + len(extra) <= _LONGEST_SHARED else _decoded)(raw, flags, extra)


def _decoded(raw: bytes, flags: int, extra: bytes) -> str:
    for kind, value in _extras(extra):
        if kind == 0x7075 and value[:1] == b"\x01" and value[1:5] == struct.pack("<L", zlib.crc32(raw)):
            raw, flags = value[5:], flags | 0x800
    for encoding in ("utf-8", "gb18030"):
        try:
            # a trail byte of GBK may be a backslash: slashes are turned only after decoding
            return raw.decode(encoding).replace("\\", "/")
        except UnicodeDecodeError:
            if flags & 0x800:
                break
    return raw.decode("utf-8", "backslashreplace")


_remembered = lru_cache(maxsize=1024)(_decoded)
