"""Tidy data for analysis: one row a figure of a unit, with its labels and where it came from, as CSV text."""

from __future__ import annotations

import csv
import io

from nianbao.checks import text_of
from nianbao.consolidation import Consolidation
from nianbao.layout import layout_of

HEADINGS = ("county", "year", "edition", "code", "unit", "counted", "key", "labels", "value", "file", "sheet", "cell")


def tidy_csv(result: Consolidation) -> str:
    """Every figure of every unit that is in the workbook, totals included; a figure not reported has an empty value."""
    slots = layout_of(result.form).slots
    identity = result.total.identity
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(HEADINGS)
    for one in sorted((*result.counted, *result.uncounted), key=result.rank):
        counted = "是" if one.unit is None or one.unit.counted else "否"
        whose = (
            _safe(identity.unit),
            identity.year,
            identity.edition,
            _safe(one.unit_code),
            _safe(one.unit_name),
            counted,
        )
        for key, entry in result.form.entries.items():
            origin = one.origin(key)
            place = slots[key].place if origin is None else origin.place
            labels = " / ".join([*entry.line.labels, *entry.column.labels])
            writer.writerow((*whose, key, labels, text_of(one.value(key)), _safe(one.file), place.sheet, place.cell))
    return buffer.getvalue()


def _safe(text: str | None) -> str:
    """A text that no spreadsheet takes for a formula when it opens the file."""
    text = text or ""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
