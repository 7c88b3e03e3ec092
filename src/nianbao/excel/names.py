"""Defined names of a workbook: every entry cell by its key, and once more whose workbook it is."""

from __future__ import annotations

import re

from nianbao.excel.identity import PROPERTY, identity_fields
from nianbao.excel.paper import Paper, absolute
from nianbao.figures import Key, Place
from nianbao.submission import Identity

PREFIX = "nb_"
_NOT_IN_NAMES = re.compile(r"[^0-9A-Za-z_.]")


def name_of(key: Key | str) -> str:
    """The defined name of a figure's or text's cell: ``3/3.3.1/natural`` → ``nb_3_3.3.1_natural``."""
    return PREFIX + _NOT_IN_NAMES.sub("_", str(key))


def define_cell(paper: Paper, key: Key | str, place: Place) -> None:
    """Name the cell of a figure or a text."""
    paper.book.define_name(name_of(key), f"={absolute(place)}")


def define_identity(paper: Paper, identity: Identity) -> None:
    """Write the identity as names of constants, e.g. ``nianbao.unit`` → ``"教育局"``: they survive copied sheets."""
    for name, value in identity_fields(identity).items():
        text = value[:255].replace('"', '""')
        paper.book.define_name(PROPERTY + name, f'="{text}"')
