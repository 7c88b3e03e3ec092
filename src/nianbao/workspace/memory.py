"""What was read before: readings kept in the workspace, so that the same bytes are not read twice.

The file may be deleted at any time. It is a memory of bytes and not of files: an original is hashed anew every time,
and a reading counts only for the very bytes, form and program that gave it. It holds what the workspace now holds, no
more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path

import nianbao
from nianbao.excel.kept import from_plain, to_plain
from nianbao.excel.reader import Reading
from nianbao.findings import OperatorError
from nianbao.output import write_whole
from nianbao.workspace.office import Workspace

FILE = ".nianbao-cache"
_LARGEST = 200 * 2**20
_CHECK = 16  # hex digits that a damaged line no longer agrees with


class Remembered:
    """The readings of one workspace."""

    def __init__(self, workspace: Workspace, *, anew: bool = False) -> None:
        """With ``anew`` nothing is believed, and everything written afresh."""
        self._path = workspace.root / FILE
        self._lines = {} if anew else _lines_in(self._path)
        self._fresh: dict[str, Reading] = {}

    def get(self, sha256: str) -> Reading | None:
        """The reading of a file with these bytes; None where it is not remembered, or not as it was written."""
        if sha256 in self._fresh:
            return self._fresh[sha256]
        line = self._lines.get(sha256, "")
        check, _, said = line.partition(" ")
        if not said or check != _check(sha256, said):
            self._lines.pop(sha256, None)
            return None
        try:
            return from_plain(json.loads(said))
        except (ValueError, TypeError, KeyError, IndexError, ArithmeticError):
            self._lines.pop(sha256, None)
            return None

    def put(self, sha256: str, reading: Reading) -> None:
        """Remember a reading; what could not be read is tried again the next time."""
        if reading.submission is not None:
            self._fresh[sha256] = reading

    def save(self, present: Collection[str]) -> None:
        """Write down what is remembered of the files that are present; where that cannot be done, nothing is lost."""
        kept = {sha256: line for sha256, line in self._lines.items() if sha256 in present}
        new = {sha256: reading for sha256, reading in self._fresh.items() if sha256 in present and sha256 not in kept}
        if not new and len(kept) == len(self._lines):
            return
        for sha256, reading in new.items():
            said = json.dumps(to_plain(reading), ensure_ascii=True, separators=(",", ":"))
            kept[sha256] = f"{_check(sha256, said)} {said}"
        self._lines = kept
        text = "\n".join([_stamp(), *(f"{sha256} {line}" for sha256, line in sorted(kept.items()))])
        if len(text) <= _LARGEST:
            with suppress(OperatorError):
                write_whole(self._path, text.encode("ascii"))


def _lines_in(path: Path) -> dict[str, str]:
    """The lines of the file by hash; none where it is another program's, another form's, too large or no text."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
            return {}
        stamp, *lines = path.read_bytes().decode("ascii").split("\n")
    except (OSError, ValueError):
        return {}
    if stamp != _stamp():
        return {}
    return {sha256: rest for sha256, _, rest in (line.partition(" ") for line in lines)}


def _check(sha256: str, said: str) -> str:
    return hashlib.sha256(f"{sha256} {said}".encode()).hexdigest()[:_CHECK]


@cache
def _stamp() -> str:
    """This program and its forms, as a hash: of the forms' text, and of every module's size and time."""
    told = hashlib.sha256()
    for item in sorted(files("nianbao.forms").iterdir(), key=lambda item: item.name):
        if item.name.endswith(".toml"):
            told.update(item.name.encode() + item.read_bytes())
    root = Path(nianbao.__file__).parent
    for path in sorted(root.rglob("*.py")):
        status = path.stat()
        told.update(f"{path.relative_to(root)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return told.hexdigest()
