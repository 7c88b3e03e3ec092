"""The cells of a table of a report: labels with the figures behind them, fitted to the columns or not at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from nianbao.form import Column
from nianbao.numerals import Numeral, read_typed
from nianbao.report.tokens import Token
from nianbao.rules import Number

Side = Literal["before", "after"]
_SIGNED = re.compile(r"(?P<sign>增加|减少|新增|增|减|[+\-−–↑↓↗↘])\s*(?P<number>[0-9].*)")
_LESS = {"减少", "减", "-", "−", "–", "↓", "↘"}
_SPLIT_DIGITS = re.compile(r"[0-9]\s+[0-9]")


@dataclass(frozen=True, slots=True)
class Printed:
    """A figure as printed: its raw text and where it stands; ``value`` is None where it is blank or not a number."""

    raw: str
    place: str
    value: Number | None


@dataclass(slots=True)
class Segment:
    """What is printed before some figures, and the figures."""

    label: str = ""
    values: list[Token] = field(default_factory=list)
    place: str = ""


def segments_of(tokens: Sequence[Token]) -> list[Segment]:
    """Tokens as labels with the figures behind them; empty cells before a row's first label belong to nothing."""
    segments: list[Segment] = []
    now = Segment()
    fresh = True
    for token in tokens:
        if token.kind == "row":
            if now.values:
                segments.append(now)
                now = Segment()
            fresh = True
        elif token.kind == "label":
            if now.values:
                segments.append(now)
                now = Segment()
            now.label += token.text
            now.place = token.place
            fresh = False
        elif token.kind == "value" or not (fresh and not now.values) or not now.label:
            # an empty cell at the start of a row is the lower part of a merged label
            if token.kind == "blank" and fresh and not now.values:
                continue
            now.values.append(token)
            now.place = now.place or token.place
    if now.values or now.label:
        segments.append(now)
    return segments


def filling_side(segments: Sequence[Segment], counts: set[int]) -> Side | None:
    """On which side of the figures this table prints the empty cells that merged labels leave; None if nobody can tell.

    Some portals print them where they are, behind the label; others all at the end of the row.
    """
    before = after = 0
    for segment in segments:
        if len(segment.values) > max(counts):
            before += segment.values[0].kind == "blank" and segment.values[-1].kind == "value"
            after += segment.values[0].kind == "value" and segment.values[-1].kind == "blank"
    if before and after:
        return None
    return "before" if before else "after" if after else None


def fitted(values: Sequence[Token], count: int, side: Side | None) -> list[Token] | None:
    """Exactly ``count`` cells: what stands there, without empty filling cells; None where it cannot be made certain."""
    found = list(values)
    if not any(one.kind == "value" for one in found):
        return found[:count] if len(found) >= count else None
    full = [one for one in found if one.kind == "value"]
    if len(full) == count:
        # as many figures as columns: whatever is empty between them only fills
        return full
    if len(found) > count and side is None and found[0].kind == found[-1].kind == "blank":
        return None
    while len(found) > count and found[-1].kind == "blank" and side != "before":
        found.pop()
    while len(found) > count and found[0].kind == "blank" and side != "after":
        found.pop(0)
    return found if len(found) == count else None


def numeral_of(text: str, column: Column) -> Numeral:
    folded = unicodedata.normalize("NFKC", text).strip()
    if _SPLIT_DIGITS.search(folded):
        return Numeral(None, "V-1", f"“{text}”像是两个数")
    signed = _SIGNED.fullmatch(folded)
    if column.signed and signed:
        read = read_typed(signed["number"], column)
        if read.value is not None and signed["sign"] in _LESS:
            return Numeral(-read.value, read.code, read.problem)
        return read
    return read_typed(text, column)
