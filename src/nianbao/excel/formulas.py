"""The template's own formulas, told from anybody else's whatever program saved them and wherever they stand by now."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from nianbao.figures import Key, Place, column_name
from nianbao.form import Form, load_form
from nianbao.layout import layout_of
from nianbao.rules import total_formula
from nianbao.submission import DECLARED_NONE

# ours are shorter, whatever program saved them; and what is remembered of returns must be
_LONGEST = 1_000
_OF, _OF_REFERENCE = "of:=", re.compile(r"\[\$?('[^']*'|[^.'\]]*)\.([^\]]*)\]")
# whichever cell is asked: its sheet may have been renamed, copied or deleted
_UNTYPED = re.compile(rf'IF\([^"]+="{DECLARED_NONE}",0,""\)')


def untyped_formula(answer: str) -> str:
    """What an entry cell holds until a figure is typed: 0 where the cell ``answer`` declares that there is none."""
    return f'IF({answer}="{DECLARED_NONE}",0,"")'


def is_untyped(formula: str) -> bool:
    """Whether a formula is the one that an entry cell holds until a figure is typed over it."""
    return len(formula) <= _LONGEST and _is_untyped(formula)


@lru_cache(maxsize=1024)
def _is_untyped(formula: str) -> bool:
    return _UNTYPED.fullmatch(_bare(formula)) is not None


def is_printed_total(edition: str, key: Key, formula: str) -> bool:
    """Whether a formula is the template's for a total whose parts stand where the template has them."""
    return len(formula) <= _LONGEST and _is_printed_total(edition, key, formula)


@lru_cache(maxsize=1024)  # a hundred returns have the same formulas
def _is_printed_total(edition: str, key: Key, formula: str) -> bool:
    return _bare(formula) == _printed_total(edition, key)


def is_total_over(form: Form, key: Key, formula: str, place_of: Callable[[Key], Place]) -> bool:
    """Whether a formula is the template's for a total whose parts stand in given places."""
    return len(formula) <= _LONGEST and _bare(formula) == _total_over(form, key, place_of)


@lru_cache(maxsize=1024)
def _printed_total(edition: str, key: Key) -> str:
    form = load_form(edition)
    slots = layout_of(form).slots
    return _total_over(form, key, lambda part: slots[part].place)


def _total_over(form: Form, key: Key, place_of: Callable[[Key], Place]) -> str:
    notice = layout_of(form).notices[key.table]
    asked = form.declaration_of(key.table) is not None

    def cell(place: Place) -> str:
        return f"${column_name(place.column)}${place.row + 1}"

    declaration = cell(notice) if asked else None
    return _bare(total_formula(form.entries[key].parts, lambda part: cell(place_of(part)), lambda _: declaration))


def _bare(formula: str) -> str:
    """A formula without what programs write differently: prefix, dollar signs, brackets, separators."""
    text = formula.removeprefix("=")
    if text.startswith(_OF):
        text = _OF_REFERENCE.sub(_plain_reference, text.removeprefix(_OF)).replace(";", ",")
    return text.replace("$", "").replace(" ", "").upper()


def _plain_reference(match: re.Match[str]) -> str:
    """``[$封面.$B$12]`` → ``封面!$B$12``, ``[.D6:.I6]`` → ``D6:I6``."""
    sheet, cells = match.groups()
    return (f"{sheet}!" if sheet else "") + cells.replace(".", "")
