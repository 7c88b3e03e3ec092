"""What a report says in words against what its tables say: the table of wordings applied to sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Literal

from nianbao.figures import Key
from nianbao.report.prose import Sentence
from nianbao.report.wordings import HERE, THERE, StatementRule, statement_rules
from nianbao.rules import Number
from nianbao.submission import Values
from nianbao.wording import plain

Verdict = Literal["agrees", "disagrees", "undecided"]

_COUNTED = "件次|件|条次|条|份|宗|起|例|封|篇|期|场次|场|个百分点|个|家|项|人次|人|次|户|部|批|万元|亿元|元|%"
_NUMBER = re.compile(
    rf"(?<![第〔\[0-9.-])(?P<about>约|近|超|逾|超过|将近)?(?P<digits>[0-9]+(?:,[0-9]{{3}})*(?:\.[0-9]+)?)"
    rf"(?P<more>余|多)?(?P<ten_thousand>万(?!元))?(?P<more_too>余|多)?(?P<unit>{_COUNTED})(?!例)"
)
_MOST_DIGITS = 13  # longer ones are codes and telephone numbers
_IN_WORDS = re.compile(
    r"(?<![一-鿿]{0}[第之唯同])(?P<digits>[一二两三四五六七八九十]{1,3})(?P<unit>件|份|宗|起)(?!事|套)"
)
_DIGITS = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_COMPARING = re.compile(r"(?<!占)比|较|同期|增长|增加|增幅|下降|减少|上升|平均|以来|环比|翻")
_YEAR = re.compile(r"(20[0-9]{2})年")
_SCOPE = re.compile(r"本级|各(?:单位|部门|镇|乡|街道)|办公室|政府办|直属|窗口|门户网站|平台")
_ALWAYS_NEVER_NONE = re.compile(r"纠错|纠正|败诉|撤销|违法|变更|维持|超期|逾期|重大")


@dataclass(frozen=True, slots=True)
class Spotted:
    """A number in a sentence: where it stands in the folded text, its value and unit, whether it is a rough one."""

    start: int
    end: int
    value: Number
    unit: str
    about: bool
    in_words: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One count in the text: what it says, the figure it should equal, and the verdict with its reason."""

    text: str
    place: str
    value: Number
    key: Key | None
    expected: Number | None
    verdict: Verdict
    reason: str
    code: str = "X-6"
    name: str = ""

    def judged(self, verdict: Verdict, reason: str, expected: Number | None = None) -> Statement:
        """The same statement with another verdict."""
        return replace(self, verdict=verdict, reason=reason, expected=self.expected if expected is None else expected)


def numbers_in(folded: str) -> list[Spotted]:
    """The numbers with a unit in a folded sentence, in order."""
    found = []
    for match in _NUMBER.finditer(folded):
        digits = match["digits"].replace(",", "")
        if len(digits) > _MOST_DIGITS:
            continue
        value: Number = Decimal(digits) if "." in digits else int(digits)
        if match["ten_thousand"]:
            value = Decimal(digits) * 10_000
            value = int(value) if value == value.to_integral_value() else value
        about = bool(match["about"] or match["more"] or match["more_too"] or match["ten_thousand"])
        found.append(Spotted(match.start(), match.end(), value, match["unit"], about))
    for match in _IN_WORDS.finditer(folded):
        words = match["digits"]
        amount = _in_digits(words)
        if amount is not None and not any(one.start < match.end() and match.start() < one.end for one in found):
            found.append(Spotted(match.start(), match.end(), amount, match["unit"], about=False, in_words=True))
    return sorted(found, key=lambda one: one.start)


def _in_digits(words: str) -> int | None:
    tens, found, ones = words.partition("十")
    if not found:
        return _DIGITS.get(words) if len(words) == 1 else None
    if any(len(part) > 1 for part in (tens, ones)):
        return None
    return _DIGITS.get(tens, 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)


def masked(folded: str, numbers: Sequence[Spotted], here: int) -> str:
    """The sentence with one number as ◆ and every other as ◇."""
    out, at = [], 0
    for index, one in enumerate(numbers):
        out.append(folded[at : one.start] + (HERE if index == here else THERE))
        at = one.end
    return "".join([*out, folded[at:]])


def rule_for(masked_text: str, topic: str, *, percent: bool = False) -> StatementRule | None:
    """The first rule that fits the number at ◆."""
    before = masked_text.partition(HERE)[0]
    clause = re.split(f"[,;。、(:{THERE}]", before)[-1]
    if _COMPARING.search(clause) and not percent:
        return None
    outside = re.sub(r"\([^()]*\)", "", before)
    whole = "其中" not in outside or THERE not in outside.split("其中")[0]
    around = _clause_around(masked_text)
    for rule in statement_rules():
        if rule.topic and not any(word in topic for word in rule.topic):
            continue
        if rule.never is not None and rule.never.search(around):
            continue
        if rule.never_before is not None and rule.never_before.search(before):
            continue
        if rule.whole_only and not whole:
            continue
        if any(pattern.search(masked_text) for pattern in rule.patterns):
            return rule
    return None


def _clause_around(text: str) -> str:
    """The clause that ◆ stands in, and what follows it up to the next pause."""
    before, _, after = text.partition(HERE)
    start = re.split(f"[;。,{THERE}]", before)[-1]
    return start + HERE + re.split(f"[;。,、{THERE}]", after)[0]


@dataclass(frozen=True, slots=True)
class Judge:
    """Holds statements against the figures of one report."""

    values: Values
    year: int | None
    title: str = ""

    def figure(self, names: Sequence[str]) -> tuple[Number | None, tuple[Key, ...]]:
        """What a sum of names comes to, and its keys; None where a figure is missing or no edition has it."""
        keys: list[Key] = []
        for name in names:
            found = [key for key in self.values if fnmatchcase(str(key), name)]
            if not found:
                return None, ()
            keys.extend(found)
        numbers = [self.values[key] for key in keys]
        present = [number for number in numbers if number is not None]
        return (sum(present[1:], start=present[0]) if len(present) == len(numbers) else None), tuple(keys)

    def judge(self, sentence: Sentence, rule: StatementRule, value: Number, *, about: bool, scope: str) -> Statement:
        """One number that a rule understood, with its verdict."""
        options = [self.figure(names) for names in rule.equals]
        known = [(number, keys) for number, keys in options if keys]
        first = known[0] if known else (None, ())
        key = first[1][0] if len(first[1]) == 1 else None
        bare = Statement(sentence.text, sentence.place, value, key, first[0], "undecided", "", rule.code, rule.name)
        if not known:
            return bare.judged("undecided", "本版表格没有这一栏")
        for index, (number, keys) in enumerate(known):
            if number is not None and number == value:
                one = keys[0] if len(keys) == 1 else key
                what = "" if index == 0 else f"（按{_words(keys)}）"
                return replace(bare, key=one).judged("agrees", f"与表一致{what}", number)
        if any(number is None for number, _ in known):
            return bare.judged("undecided", "表里没有读到对应的数")
        if about:
            return bare.judged("undecided", "文中是约数")
        other = self._other_year(scope)
        if other is not None:
            return bare.judged("undecided", f"说的是 {other} 年")
        if not rule.strict:
            return bare.judged("undecided", "口径可能不同，请人工核对")
        scoped = _SCOPE.search(scope)
        if scoped and scoped[0] not in self.title:
            return bare.judged("undecided", f"说的可能只是“{scoped[0]}”的数，请人工核对")
        return bare.judged("disagrees", self._reason(rule, value, first[0]))

    def _other_year(self, scope: str) -> int | None:
        years = [int(year) for year in _YEAR.findall(scope)]
        return years[-1] if years and self.year is not None and years[-1] != self.year else None

    def _reason(self, rule: StatementRule, value: Number, expected: Number | None) -> str:
        if expected is None:
            return "与表不一致"
        gap = abs(value - expected)
        causes = {
            "X-1": (("上年结转", "3/2/total"), ("结转下年度继续办理", "3/4/total")),
            "X-2": (("结转下年度继续办理", "3/4/total"), ("上年结转", "3/2/total")),
            "X-5": (("尚未审结", "4/review/pending"), ("尚未审结", "4/*/pending")),
        }
        for words, name in causes.get(rule.code, ()):
            if gap and self.figure((name,))[0] == gap:
                return f"与表不一致，相差 {gap}，正好等于“{words}”的 {gap} 件，请核对口径"
        return f"与表不一致，相差 {gap}"

    def spoken(self, sentence: Sentence) -> list[tuple[Spotted, Statement | None]]:
        """The numbers of a sentence, each with its statement where a rule understood it."""
        folded = plain(sentence.text)
        numbers = numbers_in(folded)
        topic = plain(sentence.topic)
        found: list[tuple[Spotted, Statement | None]] = []
        for index, one in enumerate(numbers):
            if one.unit in {"%", "个百分点"}:
                found.append((one, None))
                continue
            text = masked(folded, numbers, index)
            rule = rule_for(text, topic)
            scope = "" if rule is None or "结转" in rule.name else text.partition(HERE)[0]
            statement = None
            if rule is not None:
                statement = self.judge(sentence, rule, one.value, about=one.about, scope=scope)
            found.append((one, statement))
        return found

    def denials(self, sentence: Sentence) -> Iterator[Statement]:
        """What a sentence says there was none of."""
        folded = plain(sentence.text)
        topic = plain(sentence.topic)
        text = masked(folded, numbers_in(folded), -1)
        for rule in statement_rules():
            if rule.topic and not any(word in topic for word in rule.topic):
                continue
            for clause in re.split(r"[,;。]", text):
                if THERE in clause or _ALWAYS_NEVER_NONE.search(clause) or (rule.never and rule.never.search(clause)):
                    # “未收到行政复议申请” denies reviews, not applications
                    continue
                if any(pattern.search(clause) for pattern in rule.none):
                    yield self.judge(sentence, rule, 0, about=False, scope=text.partition(clause)[0] + clause)
                    break


def _words(keys: Sequence[Key]) -> str:
    names = {"3/1/total": "本年新收", "3/2/total": "上年结转"}
    return "加".join(names.get(str(key), str(key)) for key in keys) if len(keys) <= 2 else "两项之和"
