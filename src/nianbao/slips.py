"""What a slip of the hand does to a number: how likely one figure was typed where another was meant, and why."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from nianbao.rules import Number


class Likelihood(IntEnum):
    """How good an explanation is; the lower the better."""

    RECOGNISED = 1
    PLAUSIBLE = 2
    POSSIBLE = 3
    ARITHMETIC = 4
    OMITTED = 5


@dataclass(frozen=True, slots=True)
class Slip:
    """One explanation of a wrong figure."""

    likelihood: Likelihood
    reason: str


def slip_of(typed: Number, meant: Number) -> Slip:
    """The best explanation why ``typed`` stands where ``meant`` should."""
    if typed == 0:
        return Slip(Likelihood.OMITTED, "可能漏填")
    if isinstance(typed, Decimal) or isinstance(meant, Decimal):
        if typed == meant * 10_000:
            return Slip(Likelihood.RECOGNISED, "可能按元填写，没有换算成万元")
        if meant and any(typed == meant * power or meant == typed * power for power in (10, 100, 1000)):
            return Slip(Likelihood.RECOGNISED, "可能点错了小数点")
        return Slip(Likelihood.ARITHMETIC, "")
    if typed == -meant:
        return Slip(Likelihood.RECOGNISED, "可能多了负号")
    a, b = str(typed), str(meant)
    if len(a) == len(b) and _swapped(a, b):
        return Slip(Likelihood.RECOGNISED, "可能相邻两位数字填反")
    if _without_one(a, b):
        return Slip(_weight(a, b), "可能多输了一位数字")
    if meant and _without_one(b, a):
        return Slip(_weight(b, a), "可能少输了一位数字")
    if len(a) == len(b) > 1 and sum(x != y for x, y in zip(a, b, strict=True)) == 1:
        return Slip(Likelihood.POSSIBLE, "可能输错了一位数字")
    return Slip(Likelihood.ARITHMETIC, "")


def _swapped(a: str, b: str) -> bool:
    """Whether b is a with two neighbouring digits exchanged."""
    return any(a[:at] + a[at + 1] + a[at] + a[at + 2 :] == b != a for at in range(len(a) - 1))


def _weight(longer: str, shorter: str) -> Likelihood:
    """A ten or more before a single digit is as often chance: any figure that is out by tens looks so."""
    return Likelihood.POSSIBLE if len(shorter) == 1 and longer[1:] == shorter else Likelihood.RECOGNISED


def _without_one(longer: str, shorter: str) -> bool:
    """Whether leaving out one digit of the longer gives the shorter."""
    return len(longer) == len(shorter) + 1 and any(
        longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer))
    )
