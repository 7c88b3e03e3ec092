"""Writes every case of the corpus as a file: ``python tests/corpus/build.py FOLDER``.

The tests make the cases in memory, so that they follow the template; the files beside this script are those that no
script can make (saved by other programs, found by fuzzing) and those that no longer depend on the template.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from foreign import rejected
from harmless import accepted
from mutate import Case
from spoilt import flagged


def cases() -> Iterator[Case]:
    yield from accepted()
    yield from flagged()
    yield from rejected()


def main(folder: Path) -> None:
    for case in cases():
        path = folder / case.folder / case.name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(case.make())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
