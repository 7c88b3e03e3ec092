"""The figures that one unit reported, and where each was read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from types import MappingProxyType

from nianbao.figures import Key, Place
from nianbao.form import Form
from nianbao.rules import Number

Values = Mapping[Key, Number | None]
YES_NO = ("是", "否")
DECLARED_NONE = "否"
# how the statement of a sum begins that lacks somebody
INCOMPLETE = "未齐"
# a figure that other returns have too is shorter; of what is not, none is remembered
_LONGEST_SHARED = 20


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a workbook is for, as written into it; None where the template leaves it to the filler."""

    edition: str
    unit: str | None = None
    code: str | None = None
    county: str | None = None
    year: int | None = None
    level: str = "县级"
    tier: str = "unit"

    @property
    def checksum(self) -> str:
        """12 hex digits over every part; a workbook whose identity was edited no longer agrees with it."""
        parts = (self.edition, self.unit, self.code, self.county, self.year, self.level, self.tier)
        text = "\x1f".join("" if part is None else str(part) for part in parts)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a figure was read, and its raw text as it stood in the cell."""

    place: Place
    raw: str


def origin_at(place: Place, raw: str) -> Origin:
    """Where a figure was read; the zeros of all returns share theirs."""
    return _shared_origin(place, raw) if len(raw) <= _LONGEST_SHARED else Origin(place, raw)


_shared_origin = lru_cache(maxsize=1 << 14)(Origin)


@dataclass(frozen=True, slots=True)
class Submission:
    """One return: figures by key (None: not reported, never zero), totals as recomputed, texts by key."""

    identity: Identity
    values: Values
    origins: Mapping[Key, Origin] = field(default_factory=lambda: MappingProxyType({}))
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def with_totals(form: Form, filled_in: Values) -> dict[Key, Number | None]:
    """Every figure of the form, totals recomputed from what was filled in; None where any part is missing."""
    values: dict[Key, Number | None] = {}
    for key, leaves in _sums(form):
        if leaves is None:
            values[key] = filled_in.get(key)
            continue
        parts = list(map(filled_in.get, leaves))
        values[key] = None if None in parts else sum(parts)  # type: ignore[arg-type]  # no None left
    return values


@cache
def _sums(form: Form) -> tuple[tuple[Key, tuple[Key, ...] | None], ...]:
    """Every figure of the form, and for a total the filled-in figures that it is the sum of."""
    return tuple((key, None if entry.filled_in else _leaves(form, key)) for key, entry in form.entries.items())


def _leaves(form: Form, key: Key) -> tuple[Key, ...]:
    parts = form.entries[key].parts
    if not parts:
        return (key,)
    return tuple(leaf for part in parts for leaf in _leaves(form, part))


def declared_empty(form: Form, texts: Mapping[str, str]) -> frozenset[str]:
    """Keys of the tables for which the cover says 否: their blanks are declared zeros."""
    return frozenset(
        text.declares for text in form.texts if text.declares and texts.get(text.key, "").strip() == DECLARED_NONE
    )


def with_declared_zeros(form: Form, submission: Submission) -> Submission:
    """The submission with zeros for what is blank in a table that its cover declares to be empty, and totals anew."""
    declared = declared_empty(form, submission.texts)
    if not declared:
        return submission
    values = {key: 0 if value is None and key.table in declared else value for key, value in submission.values.items()}
    return replace(submission, values=with_totals(form, values))


def as_typed(form: Form, submission: Submission) -> Submission:
    """The submission as its unit typed it: blank again where a blank was read as a declared zero."""
    declared = declared_empty(form, submission.texts)
    values = {
        key: None if value == 0 and key.table in declared and key not in submission.origins else value
        for key, value in submission.values.items()
    }
    return replace(submission, values=values)
