"""One sentence with its numbers and what the rules made of them; percentages recomputed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from nianbao.report.prose import Sentence
from nianbao.report.statements import Judge, Spotted, Statement, masked, rule_for
from nianbao.rules import Number
from nianbao.wording import plain


@dataclass(slots=True)
class Spoken:
    """One sentence with its numbers and what the rules made of them."""

    sentence: Sentence
    folded: str
    numbers: list[Spotted]
    statements: list[Statement | None]

    def between(self, index: int) -> str:
        """What stands between a number and the next, or the end."""
        end = self.numbers[index + 1].start if index + 1 < len(self.numbers) else len(self.folded)
        return self.folded[self.numbers[index].end : end]

    def bare(self, index: int, code: str) -> Statement:
        """A statement about a number that no rule understood."""
        one = self.numbers[index]
        text, place = self.sentence.text, self.sentence.place
        return self.statements[index] or Statement(text, place, one.value, None, None, "undecided", "", code)


def judge_percentages(one: Spoken, judge: Judge) -> None:
    for index, number in enumerate(one.numbers):
        if number.unit != "%" or one.statements[index] is not None:
            continue
        before = one.folded[(one.numbers[index - 1].end if index else 0) : number.start]
        statement = Statement(one.sentence.text, one.sentence.place, number.value, None, None, "undecided", "", "X-7")
        if re.search(r"占", before):
            verdict = _share(one, index, before, judge, statement)
        elif re.search(r"增长|上升|增加|提高|增幅|下降|减少|降低|降幅", before) and index >= 1:
            verdict = _growth(one, index, statement)
        elif re.search(r"率", before):
            verdict = replace(statement, code="X-8", reason="比率没有给出计算的数，不作判断")
        else:
            verdict = replace(statement, reason="没有给出计算的数")
        one.statements[index] = verdict


def _share(one: Spoken, index: int, before: str, judge: Judge, statement: Statement) -> Statement:
    value = one.numbers[index].value
    bases = [judge.figure(names)[0] for names in (("3/1/total",), ("3/1/total", "3/2/total"), ("3/3.7/total",))]
    known = [base for base in bases if base]
    before_number = re.split("[,;、。]", before)[-1]
    text = masked(one.folded, one.numbers, index)
    rule = rule_for(
        re.sub(r"(?:约|比|比例为|总数的|总量的|全部申请的)(?=◆)", "", text), plain(one.sentence.topic), percent=True
    )
    if rule is not None and rule.code in {"X-3", "X-4"}:
        figures = [judge.figure(names)[0] for names in rule.equals]
        if any(f is not None and base and _is_share(f, base, value) for f in figures for base in known):
            return replace(statement, verdict="agrees", reason="按表中数字复算一致", name=rule.name)
        if rule.strict and known and all(f is not None for f in figures):
            exact = _percent(figures[0] or 0, known[-1], value)
            return replace(
                statement, verdict="disagrees", reason="按表中数字复算不一致", expected=exact, name=rule.name
            )
        return replace(statement, reason="没有可以复算的数", name=rule.name)
    counts = [i for i in range(index) if one.numbers[i].unit not in {"%", "个百分点"}]
    if not counts or len(before_number) > 14:
        return replace(statement, reason="没有给出计算的数")
    part = one.numbers[counts[-1]]
    totals = [one.numbers[i].value for i in counts[:-1] if one.numbers[i].unit == part.unit]
    if any(_is_share(part.value, base, value) for base in (*totals, *known) if base):
        return replace(statement, verdict="agrees", reason="复算一致")
    said, total = one.statements[counts[-1]], one.statements[counts[0]]
    base = totals[0] if totals and total is not None and total.verdict == "agrees" else None
    if base is None and known and len(known) == len(bases):
        base = known[0] if said is not None and said.code == "X-4" else known[-1]
    if base and said is not None and said.verdict == "agrees" and said.code in {"X-3", "X-4"}:
        exact = _percent(part.value, base, value)
        reason = f"{part.value} 占 {base} 的比例应为 {exact}%"
        return replace(statement, verdict="disagrees", reason=reason, expected=exact)
    return replace(statement, reason="不知道以哪个数为基数")


def _growth(one: Spoken, index: int, statement: Statement) -> Statement:
    value = one.numbers[index].value
    less = bool(re.search(r"下降|减少|降", one.folded[one.numbers[index - 1].end : one.numbers[index].start]))
    change = one.numbers[index - 1]
    clause = re.split("[,;。]", one.folded[: change.start])[-1]
    if index >= 2 and one.numbers[index - 2].unit == change.unit and re.search(r"增加|减少|增|减", clause):
        now = one.numbers[index - 2].value
        base = now + change.value if less else now - change.value
        if base > 0:
            if _is_share(change.value, base, value):
                return replace(statement, verdict="agrees", reason="复算一致")
            exact = _percent(change.value, base, value)
            return replace(statement, verdict="disagrees", reason=f"按增减数复算应为 {exact}%", expected=exact)
    return replace(statement, reason="没有给出上年的数")


def _is_share(part: Number, base: Number, percent: Number) -> bool:
    """Whether a percentage is the share, to the decimals it is printed with, rounded or cut."""
    exact = Decimal(part) * 100 / Decimal(base)
    step = Decimal(1).scaleb(-_decimals(percent))
    return abs(exact - Decimal(percent)) < step


def _percent(part: Number, base: Number, like: Number) -> Decimal:
    return round(Decimal(part) * 100 / Decimal(base), _decimals(like))


def _decimals(value: Number) -> int:
    exponent = Decimal(value).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
