"""How often the wrong cell is named: slips of every kind planted into made-up returns, and what is said about each.

Prints the table of ``docs/suspects.md``. Everything is drawn from a fixed seed. Run from anywhere::

    python benchmarks/planted_slips.py [returns a kind]
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from nianbao.checks import check, text_of
from nianbao.figures import Key
from nianbao.findings import Finding
from nianbao.form import load_form
from nianbao.rules import Number
from nianbao.submission import Identity, Submission, with_totals
from nianbao.suspects import MOST_NAMED, with_suspects

FORM = load_form("2021")
ENTRIES = [key for key, entry in FORM.entries.items() if entry.filled_in]
LINES = list(dict.fromkeys(key.line for key in ENTRIES if key.table == "3"))
COLUMNS = list(dict.fromkeys(key.column for key in ENTRIES if key.table == "3"))
OUTCOMES = [line for line in LINES if line.startswith("3.")]
Figures = dict[Key, Number | None]


@dataclass(frozen=True)
class Planted:
    """A return with one slip: its figures, the cells that are wrong, what stood there, what was typed."""

    figures: Figures
    wrong: frozenset[Key]
    raw: dict[Key, str]


def cell(line: str, column: str) -> Key:
    return Key("3", line, column)


def true_return(chance: random.Random, last: Figures | None) -> Figures:
    """A return in which everything adds up; small, middling and large units."""
    figures: Figures = dict.fromkeys(ENTRIES, 0)
    size = chance.choice((3, 12, 60, 400))
    shares = {"natural": 0.8, "business": 0.35, "research": 0.05, "welfare": 0.08, "legal": 0.15, "other": 0.12}
    usual = chance.sample(OUTCOMES, k=chance.randint(2, 8))
    for column, share in shares.items():
        if column != "natural" and chance.random() > share * 2:
            continue
        new = int(chance.expovariate(1 / (size * share))) + (column == "natural")
        carried = (last or {}).get(cell("4", column)) or 0
        if last is None:
            carried = int(new * chance.random() * 0.3)
        figures[cell("1", column)], figures[cell("2", column)] = new, carried
        left = int((new + int(carried)) * chance.choice((0, 0, 0.05, 0.1)))
        figures[cell("4", column)] = left
        for _ in range(new + int(carried) - left):
            key = cell(chance.choices(usual, [1 / (n + 1) for n in range(len(usual))])[0], column)
            figures[key] = int(figures[key] or 0) + 1
    if last is not None:  # what was unfinished must come back in every column
        for column in COLUMNS:
            missing = int(last[cell("4", column)] or 0) - int(figures[cell("2", column)] or 0)
            figures[cell("2", column)] = int(last[cell("4", column)] or 0)
            figures[cell(usual[0], column)] = int(figures[cell(usual[0], column)] or 0) + missing
    for line in ("licences", "penalties", "coercive_measures"):
        figures[Key("2", line, "decisions")] = int(chance.expovariate(1 / 50))
    figures[Key("2", "fees", "amount")] = Decimal(chance.randint(0, 3_000_000)) / 10_000
    return figures


def digits_swapped(chance: random.Random, figures: Figures) -> Planted | None:
    def swap(text: str) -> str | None:
        places = [at for at, (a, b) in enumerate(pairwise(text)) if a != b and not (at == 0 and b == "0")]
        if not places:
            return None
        at = chance.choice(places)
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]

    return retyped(chance, figures, swap)


def digit_too_many(chance: random.Random, figures: Figures) -> Planted | None:
    def more(text: str) -> str:
        at = chance.randint(1, len(text))
        return text[:at] + chance.choice((text[at - 1], chance.choice("0123456789"))) + text[at:]

    return retyped(chance, figures, more)


def digit_too_few(chance: random.Random, figures: Figures) -> Planted | None:
    def fewer(text: str) -> str | None:
        at = chance.randrange(len(text))
        return str(int(text[:at] + text[at + 1 :])) if len(text) > 1 else None

    return retyped(chance, figures, fewer)


def digit_mistyped(chance: random.Random, figures: Figures) -> Planted | None:
    def other(text: str) -> str | None:
        at = chance.randrange(len(text))
        return text[:at] + chance.choice("123456789".replace(text[at], "")) + text[at + 1 :] if len(text) > 1 else None

    return retyped(chance, figures, other)


def retyped(chance: random.Random, figures: Figures, change: Callable[[str], str | None]) -> Planted | None:
    """One figure of table 三 typed otherwise."""
    keys = [key for key in ENTRIES if key.table == "3" and figures[key]]
    chance.shuffle(keys)
    for key in keys:
        text = change(str(figures[key]))
        if text is not None and text != str(figures[key]):
            return Planted({**figures, key: int(text)}, frozenset([key]), {})
    return None


def sign(chance: random.Random, figures: Figures) -> Planted | None:
    keys = [key for key in ENTRIES if key.table == "3" and figures[key]]
    key = chance.choice(keys)
    return Planted({**figures, key: None}, frozenset([key]), {key: f"-{figures[key]}"})


def moved(figures: Figures, source: Key, target: Key) -> Planted | None:
    """A figure typed into a neighbouring cell that has none."""
    if not figures[source] or figures[target]:
        return None
    return Planted({**figures, source: 0, target: figures[source]}, frozenset([source, target]), {})


def column_off(chance: random.Random, figures: Figures) -> Planted | None:
    keys = [key for key in ENTRIES if key.table == "3" and figures[key]]
    chance.shuffle(keys)
    for key in keys:
        at = COLUMNS.index(key.column) + chance.choice((-1, 1))
        if 0 <= at < len(COLUMNS):
            planted = moved(figures, key, cell(key.line, COLUMNS[at]))
            if planted is not None:
                return planted
    return None


def row_off(chance: random.Random, figures: Figures) -> Planted | None:
    keys = [key for key in ENTRIES if key.table == "3" and figures[key]]
    chance.shuffle(keys)
    for key in keys:
        at = LINES.index(key.line) + chance.choice((-1, 1))
        if 0 <= at < len(LINES):
            planted = moved(figures, key, cell(LINES[at], key.column))
            if planted is not None:
                return planted
    return None


def line_shifted(chance: random.Random, figures: Figures) -> Planted | None:
    """The figures of a line all one column to the right or to the left."""
    lines = [line for line in LINES if sum(bool(figures[cell(line, column)]) for column in COLUMNS) > 1]
    chance.shuffle(lines)
    for line in lines:
        row = [figures[cell(line, column)] for column in COLUMNS]
        for typed in ([0, *row[:-1]] if not row[-1] else None, [*row[1:], 0] if not row[0] else None):
            if typed is not None:
                changes = {cell(line, column): new for column, new in zip(COLUMNS, typed, strict=True)}
                wrong = frozenset(key for key, new in changes.items() if new != figures[key])
                return Planted({**figures, **changes}, wrong, {})
    return None


def column_shifted(chance: random.Random, figures: Figures) -> Planted | None:
    """The figures of a column all one line lower, from its first line on."""
    columns = [column for column in COLUMNS if figures[cell("1", column)] and not figures[cell("4", column)]]
    if not columns:
        return None
    column = chance.choice(columns)
    typed = [0, *(figures[cell(line, column)] for line in LINES[:-1])]
    changes = {cell(line, column): new for line, new in zip(LINES, typed, strict=True)}
    wrong = frozenset(key for key, new in changes.items() if new != figures[key])
    return Planted({**figures, **changes}, wrong, {})


def total_in_part(chance: random.Random, figures: Figures) -> Planted | None:
    """The total of a line of applicants, or of all outcomes, typed into one of its parts."""
    groups = [[cell(line, column) for column in COLUMNS] for line in LINES]
    groups += [[cell(line, column) for line in OUTCOMES] for column in COLUMNS]
    groups = [group for group in groups if sum(bool(figures[key]) for key in group) > 1]
    if not groups:
        return None
    group = chance.choice(groups)
    total = sum(int(figures[key] or 0) for key in group)
    key = chance.choice([key for key in group if figures[key] != total])
    return Planted({**figures, key: total}, frozenset([key]), {})


def counted_twice(chance: random.Random, figures: Figures) -> Planted | None:
    """Some of the applications answered in part are counted under another outcome too."""
    columns = [column for column in COLUMNS if figures[cell("3.2", column)]]
    if not columns:
        return None
    column = chance.choice(columns)
    key = cell(chance.choice([line for line in OUTCOMES if line != "3.2"]), column)
    more = chance.randint(1, min(3, int(figures[cell("3.2", column)] or 0)))
    return Planted({**figures, key: int(figures[key] or 0) + more}, frozenset([key]), {})


def left_out(chance: random.Random, figures: Figures) -> Planted | None:
    key = chance.choice([key for key in ENTRIES if key.table == "3" and figures[key]])
    return Planted({**figures, key: 0}, frozenset([key]), {})


def yuan(chance: random.Random, figures: Figures) -> Planted | None:
    key = Key("2", "fees", "amount")
    amount = figures[key]
    if not amount:
        return None
    return Planted({**figures, key: Decimal(amount) * 10_000}, frozenset([key]), {}) if chance else None


KINDS: dict[str, Callable[[random.Random, Figures], Planted | None]] = {
    "相邻两位数字填反": digits_swapped,
    "多输一位数字": digit_too_many,
    "少输一位数字": digit_too_few,
    "输错一位数字": digit_mistyped,
    "多了负号": sign,
    "一个数错填一列": column_off,
    "一个数错填一行": row_off,
    "一行数据整体错一列": line_shifted,
    "一列数据整体错一行": column_shifted,
    "总计填进分项": total_in_part,
    "一件计入两种结果（部分公开）": counted_twice,
    "漏填（填了 0）": left_out,
    "元填作万元": yuan,
}


def typed_totals(true: Figures, planted: Planted) -> list[Finding]:
    """What the reader says where the unit typed its own, right totals over ours."""
    right, now = with_totals(FORM, true), with_totals(FORM, planted.figures)
    findings = []
    for key, entry in FORM.entries.items():
        if entry.parts and now[key] is not None and now[key] != right[key]:
            found, expected = text_of(right[key]), text_of(now[key])
            findings.append(Finding("V-4", "error", "", key=key, found=found, expected=expected))
    return findings


def verdict_on(true: Figures, last: Figures | None, planted: Planted, *, totals: bool) -> str:
    """``unseen``, ``named``, ``among`` the few that the message lists, ``unsure``, or ``wrong``: others are named."""
    submission = Submission(Identity("2021", year=2022), with_totals(FORM, planted.figures))
    previous = None if last is None else Submission(Identity("2021", year=2021), with_totals(FORM, last))
    findings = [Finding("V-1", "error", "", key=key, found=raw) for key, raw in planted.raw.items()]
    findings += typed_totals(true, planted) if totals else []
    # a figure that is merely unusual is no failing check, but for one kind of slip it is the only trace
    amounts = {key for key in planted.wrong if key.table == "2"}
    broken = check(FORM, submission, previous)
    findings += [one for one in broken if one.code != "Y-4" or one.key in amounts]
    if not findings:
        return "unseen"
    judged = with_suspects(FORM, submission, findings, previous)
    named = {one.suspect.key for one in judged if one.suspect is not None}
    if named:
        return "named" if named <= planted.wrong else "wrong"
    listed = [finding.candidates for finding in judged if 0 < len(finding.candidates) <= MOST_NAMED]
    if not listed:
        return "unsure"
    return "among" if planted.wrong & {one.key for some in listed for one in some} else "wrong"


def measure(kind: str, count: int, *, with_last: bool, totals: bool) -> Counter[str]:
    chance = random.Random(f"{kind} {with_last} {totals}")  # noqa: S311 - figures, not secrets
    counts: Counter[str] = Counter()
    while sum(counts.values()) < count:
        last = true_return(chance, None) if with_last else None
        true = true_return(chance, last)
        if check(FORM, Submission(Identity("2021"), with_totals(FORM, true))) or any(
            value is not None and value < 0 for value in true.values()
        ):
            continue
        planted = KINDS[kind](chance, true)
        if planted is not None:
            counts[verdict_on(true, last, planted, totals=totals)] += 1
    return counts


def main(count: int) -> None:
    settings = (("只有本表", False, False), ("有上年报表", True, False), ("单位另填了总计", False, True))
    for name, with_last, totals in settings:
        sys.stdout.write(f"\n### {name}\n\n")
        sys.stdout.write(
            "| 错误 | 份 | 勾稽发现 | 首先指出 | 列入候选 | 不能确定 | 指错 |\n|---|--:|--:|--:|--:|--:|--:|\n"
        )
        for kind in KINDS:
            counts = measure(kind, count, with_last=with_last, totals=totals)
            seen = count - counts["unseen"]
            shares = [f"{100 * counts[one] / seen:.0f} %" if seen else "–" for one in _VERDICTS]
            sys.stdout.write(f"| {kind} | {count} | {seen} | {' | '.join(shares)} |\n")


_VERDICTS = ("named", "among", "unsure", "wrong")

if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
