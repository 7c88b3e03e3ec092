"""nianbao: spreadsheet round trip of the yearly report on government information disclosure.

>>> import nianbao
>>> form = nianbao.load_form("2021")
>>> len(form.entries)
200
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nianbao.checks import check
    from nianbao.consolidation import Consolidation, consolidate
    from nianbao.excel.county import write_county
    from nianbao.excel.reader import Reading
    from nianbao.excel.roster import read_roster
    from nianbao.excel.writer import write_template
    from nianbao.figures import Key, Place
    from nianbao.findings import Finding, OperatorError
    from nianbao.form import Form, FormError, load_form
    from nianbao.intake import read, receive
    from nianbao.returns import Demands, Return
    from nianbao.roster import Roster, Unit
    from nianbao.submission import Identity, Submission, with_totals

__all__ = [
    "Consolidation",
    "Demands",
    "Finding",
    "Form",
    "FormError",
    "Identity",
    "Key",
    "OperatorError",
    "Place",
    "Reading",
    "Return",
    "Roster",
    "Submission",
    "Unit",
    "check",
    "consolidate",
    "load_form",
    "read",
    "read_roster",
    "receive",
    "with_totals",
    "write_county",
    "write_template",
]

_HOMES = {
    "check": "checks",
    "Consolidation": "consolidation",
    "consolidate": "consolidation",
    "write_county": "excel.county",
    "Reading": "excel.reader",
    "read_roster": "excel.roster",
    "write_template": "excel.writer",
    "Key": "figures",
    "Place": "figures",
    "Finding": "findings",
    "OperatorError": "findings",
    "Form": "form",
    "FormError": "form",
    "load_form": "form",
    "read": "intake",
    "receive": "intake",
    "Demands": "returns",
    "Return": "returns",
    "Roster": "roster",
    "Unit": "roster",
    "Identity": "submission",
    "Submission": "submission",
    "with_totals": "submission",
}


def __getattr__(name: str) -> object:
    """The public names, imported when first used: the spreadsheet libraries stay out of start-up."""
    if name not in _HOMES:
        raise AttributeError(f"module 'nianbao' has no attribute {name!r}")
    value: object = getattr(import_module(f"nianbao.{_HOMES[name]}"), name)

    globals()[name] = value
    return value
