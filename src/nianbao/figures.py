"""Key and Place: what a figure means, and where it is printed; nothing else."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


# named tuples: every figure of every return is looked up by its key many times, and these hash and compare in C
class Key(NamedTuple):
    """What a figure means, wherever it is printed: ``table/line/column``, e.g. ``3/3.3.1/natural``."""

    table: str
    line: str
    column: str

    @classmethod
    def parse(cls, text: str) -> Key:
        """Read ``table/line/column``; raise ValueError for any other shape."""
        parts = text.split("/")
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"not a key of the shape table/line/column: {text!r}")
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.table}/{self.line}/{self.column}"


@lru_cache(maxsize=1024)
def column_name(index: int) -> str:
    """Spreadsheet name of a 0-based column: 0 → A, 26 → AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_index(name: str) -> int:
    """0-based column of a spreadsheet name: A → 0, AA → 26."""
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number - 1


class Place(NamedTuple):
    """Where a figure is printed, whatever it means: sheet name, 0-based row and column."""

    sheet: str
    row: int
    column: int

    @property
    def cell(self) -> str:
        """The address as people write it: row 0, column 0 → ``A1``."""
        return f"{column_name(self.column)}{self.row + 1}"
