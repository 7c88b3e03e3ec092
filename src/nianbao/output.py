"""Files written whole or not at all: to a temporary name in the same folder, verified, then renamed."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from nianbao.findings import OperatorError

# on Windows a virus scanner or sync client may hold a file for a moment
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
_REASONS = {
    errno.ENOSPC: "磁盘空间不足，请清理后再试",
    errno.EDQUOT: "磁盘配额已用完，请清理后再试",
    errno.EROFS: "所在的磁盘是只读的，请换一个位置",
    errno.EACCES: "没有写入的权限，或者文件正在 Excel、WPS 中打开；请关闭后再试，或者换一个位置",
    errno.EPERM: "没有写入的权限，或者文件正在 Excel、WPS 中打开；请关闭后再试，或者换一个位置",
    errno.ENOENT: "文件夹不存在，请先建好文件夹",
    errno.ENOTDIR: "文件夹不存在，请先建好文件夹",
    errno.ENAMETOOLONG: "文件名太长，请换一个短一些的名字",
    errno.EINVAL: "文件名里有不能用的字符，请换一个名字",
}


def write_whole(path: Path, data: bytes, *, inputs: Iterable[Path] = ()) -> None:
    """Write a file; what stood there before stays whole until the new one is. Raises OperatorError.

    ``inputs`` are the files that were read: none of them is ever written over.
    """
    try:
        _refuse_surprises(path, inputs)
        _write(path, data)
    except (OSError, ValueError) as error:
        reason = _REASONS.get(getattr(error, "errno", None) or errno.EINVAL) or getattr(error, "strerror", None)
        raise OperatorError(f"不能写出“{path}”：{reason or error}。") from error


def _refuse_surprises(path: Path, inputs: Iterable[Path]) -> None:
    """Nothing is written through a link, into a device, over a read-only file, an input or an open workbook."""
    if path.is_symlink():
        raise OperatorError(f"不能写出“{path}”：它是一个链接，请换一个文件名。")
    for lock in (f"~${path.name}", f"~${path.name[2:]}", f".~lock.{path.name}#"):
        if path.name[2:].strip(".") and path.with_name(lock).is_file():
            raise OperatorError(
                f"不能写出“{path}”：它正在 Excel、WPS 或 LibreOffice 中打开，请关闭后再试；"
                f"如果确实没有打开，请删除旁边的临时文件“{lock}”。"
            )
    if not path.exists():
        return
    if path.is_dir():
        raise OperatorError(f"不能写出“{path}”：这是一个文件夹，请给出文件名。")
    if not stat.S_ISREG(path.stat().st_mode):
        raise OperatorError(f"不能写出“{path}”：它不是普通文件，请换一个文件名。")
    if not os.access(path, os.W_OK):
        raise OperatorError(f"不能写出“{path}”：已有的文件是只读的，请换一个文件名，或者取消只读。")
    for source in inputs:
        if source.exists() and path.samefile(source):
            raise OperatorError(f"不能写出“{path}”：它是收到的文件之一，写出会把它覆盖；请换一个文件名。")


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".nianbao-{secrets.token_hex(8)}{path.suffix}")
    handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "w+b") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
            stream.seek(0)
            if stream.read() != data:
                raise OSError(errno.EIO, "写入后读回的内容不一致，磁盘可能有问题")
        if path.exists():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        _replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    with suppress(OSError):  # the rename itself made durable, where folders can be opened at all
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _replace(temporary: Path, path: Path) -> None:
    for pause in _PAUSES:
        try:
            temporary.replace(path)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    temporary.replace(path)
