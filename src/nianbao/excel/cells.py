"""A workbook as raw cells: what every reader of a file format gives, whatever program saved the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

Kind = Literal["number", "text", "bool", "error", "blank"]
Feature = Literal["macros", "links", "objects", "pictures"]
# a filled return of the form has about a thousand cells; a county's workbook can have many more
MAX_CELLS = 200_000
MOST_CELLS_OF_A_COUNTY = 1_000_000
MAX_SHEETS = 200
# stands for a formula whose text is not at hand
UNKNOWN_FORMULA = "?"
DAMAGED = "文件已损坏或没有传完，请重新发送。"
TOO_BIG = "文件里的内容过多，不像是填好的报表，没有读取；请用模板重新填写。"
LOCKED = "文件设有打开密码，请取消密码后另存再发；知道密码的，也可以用 --password 给出密码读取。"
NOT_A_TABLE = "这不是 Excel 表格文件（可能是 Word 或演示文稿），请发送填好的 Excel 表。"


class UnreadableError(Exception):
    """Bytes that are no workbook we can read; the message is the Chinese sentence for the office."""


class Cell(NamedTuple):
    """A cell as stored: raw text, what kind of value it is, its formula and its number format (None: unknown)."""

    raw: str
    kind: Kind
    formula: str | None = None
    number_format: str | None = None


class Content(NamedTuple):
    """The cells of a sheet by 0-based (row, column), blanks left out; ``doubled`` are stored more than once."""

    cells: Mapping[tuple[int, int], Cell]
    doubled: frozenset[tuple[int, int]] = frozenset()


class Sheet:
    """One sheet; its cells are read when they are first asked for, since many a sheet never is."""

    __slots__ = ("_content", "_load", "name")

    def __init__(self, name: str, content: Content | Callable[[], Content]) -> None:
        self.name = name
        self._content = content if isinstance(content, Content) else None
        self._load = content

    def _loaded(self) -> Content:
        if self._content is None:
            assert callable(self._load)  # noqa: S101 - content that is none is the way to it
            self._content = self._load()
        return self._content

    @property
    def cells(self) -> Mapping[tuple[int, int], Cell]:
        """The cells by 0-based (row, column), blanks left out."""
        return self._loaded().cells

    @property
    def doubled(self) -> frozenset[tuple[int, int]]:
        """Cells that are stored more than once, with different contents."""
        return self._loaded().doubled


@dataclass(frozen=True, slots=True)
class Book:
    """One workbook; ``properties`` are its custom document properties, ``constants`` its names that stand for a text.

    Both are empty where the format hides them.
    """

    sheets: tuple[Sheet, ...]
    properties: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    formulas_known: bool = True
    features: frozenset[Feature] = frozenset()
    constants: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
