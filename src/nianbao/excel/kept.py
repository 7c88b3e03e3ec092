"""A reading as plain values and back: how it crosses from one process to another, and how it is kept for the next time.

Only lists, texts, whole numbers and None are used, so that it can be JSON; nothing that is loaded can run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple
from decimal import Decimal
from typing import Any

from nianbao.excel.reader import Reading
from nianbao.figures import Key, Place
from nianbao.findings import Finding, Related, Suspect
from nianbao.form import load_form
from nianbao.layout import layout_of
from nianbao.rules import Number
from nianbao.submission import Identity, Origin, Submission, origin_at

Plain = list[Any]


def to_plain(reading: Reading) -> Plain:
    """The reading in lists; figures in the order of the form, each with its raw text where it was read."""
    submission = reading.submission
    findings = [_finding_to_plain(one) for one in reading.findings]
    if submission is None:
        return [None, findings]
    form = load_form(submission.identity.edition)
    slots = layout_of(form).slots
    origins: Plain = []
    for key in form.entries:
        origin = submission.origins.get(key)
        if origin is None or origin.place == slots[key].place:
            origins.append(None if origin is None else origin.raw)
        else:
            origins.append([origin.raw, *origin.place])
    values = [_number_to_plain(submission.values[key]) for key in form.entries]
    return [[list(astuple(submission.identity)), values, origins, dict(submission.texts)], findings]


def from_plain(plain: Plain) -> Reading:
    """The same reading; raises ValueError, TypeError, KeyError or IndexError for what ``to_plain`` did not make."""
    found, findings = plain
    told = tuple(map(_finding_from_plain, findings))
    if found is None:
        return Reading(None, told)
    parts, values, raws, texts = found
    identity = Identity(*parts)
    form = load_form(identity.edition)
    slots = layout_of(form).slots
    figures = {key: _number(value) for key, value in zip(form.entries, values, strict=True)}
    origins = {
        key: origin_at(slots[key].place, raw) if isinstance(raw, str) else Origin(Place(*raw[1:]), raw[0])
        for key, raw in zip(form.entries, raws, strict=True)
        if raw is not None
    }
    return Reading(Submission(identity, figures, origins, texts), told)


def _number_to_plain(value: Number | None) -> int | str | None:
    return str(value) if isinstance(value, Decimal) else value


def _number(value: int | str | None) -> Number | None:
    return Decimal(value) if isinstance(value, str) else value


_FIELDS = tuple(Finding.__dataclass_fields__)


def _finding_to_plain(finding: Finding) -> Plain:
    values = {name: getattr(finding, name) for name in _FIELDS}
    values["related"] = [_keyed(one) for one in finding.related]
    values["candidates"] = [_keyed(one) for one in finding.candidates]
    values["suspect"] = None if finding.suspect is None else _keyed(finding.suspect)
    values["key"] = None if finding.key is None else list(finding.key)
    return list(values.values())


def _keyed(one: Related | Suspect) -> Plain:
    return [list(one.key), *(getattr(one, name) for name in tuple(one.__dataclass_fields__)[1:])]


def _finding_from_plain(plain: Plain) -> Finding:
    values = dict(zip(_FIELDS, plain, strict=True))
    values["related"] = _unkeyed(Related, values["related"])
    values["candidates"] = _unkeyed(Suspect, values["candidates"])
    values["suspect"] = None if values["suspect"] is None else _unkeyed(Suspect, [values["suspect"]])[0]
    values["key"] = None if values["key"] is None else Key(*values["key"])
    return Finding(**values)


def _unkeyed(make: Callable[..., Any], many: Sequence[Plain]) -> tuple[Any, ...]:
    return tuple(make(Key(*key), *rest) for key, *rest in many)
