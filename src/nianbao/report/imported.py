"""A published report as a workbook of its edition, and as CSV: figures as printed, totals too."""

from __future__ import annotations

import csv
import io

from nianbao.checks import text_of
from nianbao.figures import Key
from nianbao.layout import layout_of
from nianbao.report.proofread import Report
from nianbao.rules import Number
from nianbao.submission import Identity, Submission, with_totals

_TIERS = {"县级": "county", "设区的市级": "city", "省级": "province"}


def identity_of(report: Report) -> Identity:
    """Whose workbook it becomes: a government's own, or a unit's."""
    body = report.body
    whole = body.is_government is True and body.name is not None and not body.name.endswith(("镇", "乡", "街道"))
    tier = _TIERS[body.level] if whole else "unit"
    return Identity(report.form.edition, unit=body.name, year=report.year, level=body.level, tier=tier)


def odd_totals(report: Report) -> dict[Key, Number]:
    """Printed totals that are not what their parts add up to; the workbook must not put them right in silence."""
    printed = report.tables.values
    computed = with_totals(report.form, printed)
    return {
        key: value
        for key, entry in report.form.entries.items()
        if not entry.filled_in and (value := printed[key]) is not None and value != computed[key]
    }


def workbook_of(report: Report) -> bytes:
    """The filled workbook; a printed total that disagrees with its parts stands there as it was printed."""
    from nianbao.excel.writer import FormWriter

    values = report.tables.values
    totals = odd_totals(report)
    writer = FormWriter(report.form, Submission(identity_of(report), with_totals(report.form, values)))
    for key, value in totals.items():
        slot = layout_of(report.form).slots[key]
        sheet = writer.paper.book.get_worksheet_by_name(slot.place.sheet)
        if sheet is not None:
            writer.paper.put(sheet, slot.place, value, "total")
    return writer.finish()


def csv_of(report: Report) -> str:
    """A row a figure: key, labels, value as read, raw text, place."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("key", "labels", "value", "raw", "place"))
    printed = report.tables.printed
    for key, entry in report.form.entries.items():
        one = printed.get(key)
        labels = " / ".join([*entry.line.labels, *entry.column.labels])
        raw, place = ("", "") if one is None else (one.raw, one.place)
        # a raw text may look like a formula to whoever opens the file
        raw = f"'{raw}" if raw[:1] in {"=", "+", "-", "@", "\t"} and len(raw) > 1 and not raw[1:].isdigit() else raw
        writer.writerow((key, labels, "" if one is None else text_of(one.value) or "", raw, place))
    return out.getvalue()
