"""Figures into a workbook: a blank template, a filled one and the county's tables are the same act of writing."""

from __future__ import annotations

from collections.abc import Callable

from nianbao.excel.cover import write_cover
from nianbao.excel.draft import Draft
from nianbao.excel.fields import write_field_sheet
from nianbao.excel.guide import Notice, write_guide
from nianbao.excel.identity import IDENTITY_SHEET, PROPERTY, identity_fields
from nianbao.excel.lastyear import write_last_year
from nianbao.excel.names import define_identity
from nianbao.excel.paper import Paper
from nianbao.excel.tables import write_table
from nianbao.excel.verdicts import write_verdicts
from nianbao.figures import Key, Place
from nianbao.form import Form
from nianbao.layout import COVER
from nianbao.submission import Submission

__all__ = ["FormWriter", "Notice", "write_template"]


def write_template(
    form: Form, submission: Submission, *, previous: Submission | None = None, notice: Notice | None = None
) -> bytes:
    """The locked workbook for one unit, with whatever figures and texts ``submission`` has; the bytes of an xlsx.

    With ``previous``, the unit's return of last year, 上年结转 is filled in and locked. ``notice`` says by when the
    workbook is due and whom to ask.
    """
    return FormWriter(form, submission, previous=previous, notice=notice or Notice()).finish()


def paper_for(form: Form, submission: Submission) -> Paper:
    """An empty workbook that says whose it is in its document properties."""
    stored = {PROPERTY + name: value for name, value in identity_fields(submission.identity).items()}
    return Paper(form.title, stored)


class FormWriter:
    """Writes one form with its figures; every table, label, rule and colour is derived from the form.

    ``entry_formula`` gives the formula of a figure that is filled in by units but computed here (a county's), and
    ``statement`` what its totals are worth; ``notice`` adds the sheet 填报说明. The sheets follow those that ``paper``
    already has.
    """

    def __init__(
        self,
        form: Form,
        submission: Submission,
        *,
        entry_formula: Callable[[Key], str] | None = None,
        statement: str | None = None,
        previous: Submission | None = None,
        notice: Notice | None = None,
        paper: Paper | None = None,
    ) -> None:
        self.form = form
        self.submission = submission
        self.paper = paper or paper_for(form, submission)
        self.draft = draft = Draft(form, submission, self.paper, entry_formula, statement, previous)
        write_cover(draft)
        if notice is not None:
            write_guide(draft, notice)
        for table in form.tables:
            write_table(draft, table)
        last = {text.sheet: number for number, text in enumerate(form.texts)}
        for sheet in sorted(last.keys() - {COVER}, key=lambda name: last[name]):
            write_field_sheet(draft, sheet)
        write_verdicts(draft)

    def finish(self) -> bytes:
        """The workbook's bytes; last year's figures and the identity are written last, as hidden sheets."""
        if self.draft.previous is not None:
            write_last_year(self.draft)
        sheet = self.paper.sheet(IDENTITY_SHEET, [14.0, 40.0])
        for row, (name, value) in enumerate(identity_fields(self.submission.identity).items()):
            self.paper.put(sheet, Place(IDENTITY_SHEET, row, 0), name, "cell")
            self.paper.put(sheet, Place(IDENTITY_SHEET, row, 1), value, "cell")
        sheet.very_hidden()
        define_identity(self.paper, self.submission.identity)
        return self.paper.finish()
