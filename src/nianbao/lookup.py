"""Which figures a person means: by key, by cell, or by the words that the form prints."""

from __future__ import annotations

import re

from nianbao.figures import Key
from nianbao.form import Form
from nianbao.layout import layout_of
from nianbao.wording import plain

_CELL = re.compile(r"(?P<sheet>[^!\s]+?)[!！\s]*(?P<cell>[A-Z]{1,3}[0-9]{1,5})", re.IGNORECASE)


def keys_named(form: Form, text: str) -> tuple[Key, ...]:
    """The figures that ``text`` may mean, in the form's order: ``3/1/natural``, ``表三 D6``, ``新收 自然人``."""
    text = text.strip()
    if not text:
        return ()
    exact = [key for key in form.entries if str(key) == text]
    if exact:
        return tuple(exact)
    match = _CELL.fullmatch(text)
    if match:
        slots = layout_of(form).slots
        cell = match["cell"].upper()
        return tuple(
            key
            for key, slot in slots.items()
            if slot.place.cell == cell and plain(slot.place.sheet) == plain(match["sheet"])
        )
    words = [plain(word) for word in re.split(r"[\s/、，,]+", text) if word]
    return tuple(key for key in form.entries if _has_all(form, key, words))


def _has_all(form: Form, key: Key, words: list[str]) -> bool:
    entry = form.entries[key]
    table = next(table for table in form.tables if table.key == key.table)
    labels = [plain(label) for label in (table.sheet, table.title, *entry.line.labels, *entry.column.labels)]
    return all(any(word in label for label in labels) for word in words)
