"""Last year's return beside this year's: whether it is the one to compare with, and which figures mean the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from nianbao.figures import Key
from nianbao.form import Form
from nianbao.rules import Number
from nianbao.submission import Identity, Submission, Values
from nianbao.wording import plain, plain_code


@dataclass(frozen=True, slots=True)
class Pair:
    """Figures of this year that add up to what ``last`` counted last year; nearly always one."""

    this: tuple[Key, ...]
    last: Key


@dataclass(frozen=True, slots=True)
class PreviousYear:
    """What is known of last year: the sum, and each unit's return under every name and code it may be known by."""

    total: Submission | None
    units: Mapping[str, Submission]

    def of(self, names: Iterable[str], code: str | None) -> Submission | None:
        """The return of the unit with one of these names, else with this code; None where last year has none."""
        for name in names:
            found = self.units.get(plain(name))
            if found is not None:
                return found
        return None if not code else self.units.get(plain_code(code))


def previous_year(
    total: Submission | None, returns: Iterable[tuple[str | None, str | None, Submission]]
) -> PreviousYear:
    """Last year from its returns as (name, code, figures); a name that two returns have stands for neither."""
    units: dict[str, Submission | None] = {}
    for name, code, submission in returns:
        for mark in ({plain(name)} if name else set()) | ({plain_code(code)} if code else set()):
            units[mark] = None if mark in units and units[mark] != submission else submission
    return PreviousYear(total, {mark: one for mark, one in units.items() if one is not None})


def why_not(identity: Identity, previous: Identity) -> str | None:
    """The sentence that says why a return is not the one of the year before; None where it is, or no year is known."""
    if identity.year is None or previous.year is None or previous.year == identity.year - 1:
        return None
    wanted = f"应为 {identity.year - 1} 年度的"
    return f"作为上年数据给出的报表是 {previous.year} 年度的，{wanted}；没有用它核对。"


@lru_cache(maxsize=16)
def pairs(form: Form, edition: str) -> tuple[Pair, ...]:
    """Which figures of this form compare with which of last year's edition; none where nothing is comparable."""
    if edition == form.edition:
        return tuple(Pair((key,), key) for key in form.entries)
    found = []
    for one in form.comparable:
        if one.edition != edition:
            continue
        apart = {line for lines in one.joined.values() for line in lines}
        keys = [key for key in form.entries if key.table == one.table]
        found += [Pair((key,), key) for key in keys if key.line not in apart]
        for line, lines in one.joined.items():
            for column in dict.fromkeys(key.column for key in keys if key.line in lines):
                this = tuple(Key(one.table, part, column) for part in lines)
                found.append(Pair(this, Key(one.table, line, column)))
    return tuple(found)


def last_year(form: Form, previous: Submission) -> Values:
    """Last year's figures under this form's keys, as far as they mean the same and were reported."""
    known: dict[Key, Number] = {}
    for pair in pairs(form, previous.identity.edition):
        value = previous.values.get(pair.last)
        if len(pair.this) == 1 and value is not None:
            known[pair.this[0]] = value
    return known
