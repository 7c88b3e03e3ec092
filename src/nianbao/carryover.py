"""What last year's return says about this year's: figures that are carried over, and figures to be reminded of."""

from __future__ import annotations

from collections.abc import Mapping

from nianbao.figures import Key
from nianbao.form import Form
from nianbao.rules import Number
from nianbao.submission import Submission, Values


def carried_over(form: Form, previous: Values) -> dict[Key, Number]:
    """This year's figures that are last year's under another line (上年结转); none where last year's is not known."""
    carried: dict[Key, Number] = {}
    for one in form.carried:
        for key, entry in form.entries.items():
            if (key.table, key.line) == (one.table, one.line) and entry.filled_in:
                value = previous.get(Key(one.table, one.source, key.column))
                if value is not None:
                    carried[key] = value
    return carried


def locked(form: Form, submission: Submission, previous: Values) -> dict[Key, Number]:
    """The carried figures that nobody needs to type: all of them but those for which the unit says otherwise."""
    carried = carried_over(form, previous)
    return {key: value for key, value in carried.items() if submission.values.get(key) in {None, value}}


def remark_on(form: Form, keys: Mapping[Key, Number], previous: Values) -> dict[Key, str]:
    """Remarks to print beside this year's figures, by the first figure of the line that they are about."""
    remarks: dict[Key, str] = {}
    for one in form.carried:
        first = next((key for key in keys if (key.table, key.line) == (one.table, one.line)), None)
        if first is not None:
            remarks[first] = one.remark
    for reminder in form.reminders:
        for key in form.entries:
            value = previous.get(Key(key.table, key.line, reminder.source))
            if (key.table, key.column) == (reminder.table, reminder.column) and value is not None:
                remarks[key] = reminder.words.format(value)
    return remarks
