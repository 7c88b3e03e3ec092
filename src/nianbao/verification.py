"""Whether the returns still add up to a county workbook: the same figures from the same files, or what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nianbao.excel.county.reading import Contribution, CountyBook, Receipt
from nianbao.figures import Key
from nianbao.returns import Return
from nianbao.rules import Number
from nianbao.submission import with_totals
from nianbao.wording import same


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that the workbook has otherwise than the returns, and the units on whose account."""

    key: Key
    workbook: Number | None
    returns: Number | None
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """What adding the returns up again showed; files by name."""

    differences: tuple[Difference, ...]
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    extra: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not (self.differences or self.missing or self.changed or self.extra)


def verify(county: CountyBook, returns: Sequence[Return]) -> Verification:
    """Add up the returns again as the county workbook says they were, its adjustments included."""
    left = [one for one in returns if one.status != "ignored"]
    found: dict[Receipt, Return] = {}
    missing, changed = [], []
    for receipt in county.receipts:
        if not receipt.sha256:
            continue
        match = _same_bytes(receipt, left) or (_same_unit(receipt, left) if receipt.used else None)
        if match is None:
            if receipt.used:
                missing.append(receipt.file)
            continue
        left.remove(match)
        if receipt.used:
            found[receipt] = match
            if match.sha256 != receipt.sha256:
                changed.append(match.file)
    by_unit = {(receipt.code, receipt.unit): one for receipt, one in found.items()}
    return Verification(
        differences=tuple(_differences(county, by_unit)),
        missing=tuple(missing),
        changed=tuple(changed),
        extra=tuple(one.file for one in left),
    )


def _same_bytes(receipt: Receipt, returns: Sequence[Return]) -> Return | None:
    return next((one for one in returns if one.sha256 == receipt.sha256), None)


def _same_unit(receipt: Receipt, returns: Sequence[Return]) -> Return | None:
    """The one return of the same unit, if there is exactly one."""
    theirs = [one for one in returns if one.unit_name and same(one.unit_name, receipt.unit)]
    return theirs[0] if len(theirs) == 1 else None


def _differences(county: CountyBook, returns: Mapping[tuple[str, str], Return]) -> list[Difference]:
    form = county.form
    added: dict[Key, Number | None] = {}
    for key, entry in form.entries.items():
        if entry.filled_in:
            values = [returns[_mark(one)].value(key) for one in county.units if one.counted and _mark(one) in returns]
            values += [one.amount for one in county.adjustments if one.key == key]
            present = [value for value in values if value is not None]
            added[key] = sum(present[1:], start=present[0]) if present else None
    totals = with_totals(form, added)
    differences = []
    for key in form.entries:
        units = tuple(
            one.unit
            for one in county.units
            if (_mark(one) in returns and returns[_mark(one)].value(key) != one.values.get(key))
            or (_mark(one) not in returns and one.values.get(key))
        )
        workbook = county.submission.values.get(key)
        if workbook != totals[key] or units:
            differences.append(Difference(key, workbook, totals[key], units))
    return differences


def _mark(one: Contribution) -> tuple[str, str]:
    return one.code, one.unit
