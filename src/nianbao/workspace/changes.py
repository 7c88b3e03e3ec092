"""What changed between two versions of a unit's return, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nianbao.checks import label_of, text_of
from nianbao.form import load_form
from nianbao.layout import layout_of
from nianbao.submission import Submission


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that is not as it was; None where it was or is blank."""

    label: str
    cell: str
    before: str | None
    after: str | None

    @property
    def text(self) -> str:
        """The change as people say it."""
        return f"{self.label}（{self.cell}）：{self.before or '空白'} → {self.after or '空白'}"


def changes(before: Submission | None, after: Submission | None) -> tuple[Change, ...]:
    """Every figure that was filled in and every text that differs, in the order of the form."""
    if before is None or after is None or before.identity.edition != after.identity.edition:
        return ()
    return tuple(_changes(before, after))


def _changes(before: Submission, after: Submission) -> Iterator[Change]:
    form = load_form(after.identity.edition)
    layout = layout_of(form)
    for key, entry in form.entries.items():
        one, other = before.values.get(key), after.values.get(key)
        if entry.filled_in and one != other:
            yield Change(label_of(form, key), layout.slots[key].place.cell, text_of(one), text_of(other))
    for text in form.texts:
        said, says = before.texts.get(text.key), after.texts.get(text.key)
        if said != says and text.key in layout.fields:
            cell = layout.fields[text.key].place.cell
            yield Change(f"{text.sheet}“{text.label}”", cell, said, says)
