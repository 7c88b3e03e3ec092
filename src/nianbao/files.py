"""From paths to bytes: every file that came in, read once, with its name as people know it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nianbao.findings import Finding, OperatorError


@dataclass(frozen=True, slots=True)
class Incoming:
    """One file that came in: its name as shown, and its bytes, or why they were not read.

    A refusal that is an error rejects the file; one that is a note ignores it.
    """

    name: str
    data: bytes | None
    received: dt.datetime | None
    refusal: Finding | None = None
    path: Path | None = None


def incoming(paths: Sequence[Path]) -> Iterator[Incoming]:
    """Every file in ``paths``, folders recursively; raise OperatorError for a path that is not there."""
    for path in paths:
        if not path.exists():
            raise OperatorError(f"找不到“{path}”，请核对路径。")
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                name = str(file.relative_to(path)) if path.is_dir() else str(file)
                received = dt.datetime.fromtimestamp(file.stat().st_mtime).astimezone()
                yield Incoming(name, file.read_bytes(), received, path=file)
