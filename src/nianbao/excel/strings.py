"""Texts of an xlsx package: shared strings and inline ones, rich or plain."""

from __future__ import annotations

import re

from nianbao.excel.cells import MOST_CELLS_OF_A_COUNTY, TOO_BIG, UnreadableError
from nianbao.excel.markup import Attributes, local, parse

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_strings(data: bytes) -> tuple[str, ...]:
    """The shared strings; runs joined, phonetic ones left out."""
    strings: list[str] = []
    reader = TextReader()

    def start(name: str, _: Attributes) -> None:
        short = local(name)
        if short == "si":
            reader.begin()
        else:
            reader.start(short)

    def end(name: str) -> None:
        short = local(name)
        reader.end(short)
        if short == "si":
            strings.append(reader.text())
            if len(strings) > MOST_CELLS_OF_A_COUNTY:
                raise UnreadableError(TOO_BIG)

    parse(data, start, end, reader.add)
    return tuple(strings)


class TextReader:
    """Collects the text of one string item (rich or plain), without its phonetic runs."""

    __slots__ = ("_parts", "_phonetic", "_wanted")

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Begin another item."""
        self._parts: list[str] = []
        self._phonetic = self._wanted = False

    def start(self, name: str) -> None:
        """An element begins, by its local name."""
        if name == "t":
            self._wanted = not self._phonetic
        elif name == "rPh":
            self._phonetic = True

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "t":
            self._wanted = False
        elif name == "rPh":
            self._phonetic = False

    def add(self, chunk: str) -> None:
        """Characters."""
        if self._wanted:
            self._parts.append(chunk)

    def text(self) -> str:
        """The item's text so far."""
        return unescaped("".join(self._parts))


def unescaped(text: str) -> str:
    """The text without Excel's own escapes for characters that XML cannot hold (``_x000D_``)."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
