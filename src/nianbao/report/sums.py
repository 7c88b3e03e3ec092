"""Counts in the text against each other: breakdowns and their total, channels, percentages, things counted twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from nianbao.report.percentages import Spoken, judge_percentages
from nianbao.report.prose import Sentence
from nianbao.report.statements import Judge, Statement, Verdict, masked
from nianbao.report.wordings import repeated_things
from nianbao.rules import Number
from nianbao.wording import plain

_CUE = re.compile(r"^\(|其中|包括|包含|分别为|分别是|涵盖|(?:如下|为|有|是)?:")
_CERTAIN_CUE = re.compile(r"包括|包含|分别|:")
_BREAKS = re.compile(r"[;。]|另外|此外|同时|总计|合计|其中|包括|较上|比上")
_NEW_CLAUSE = re.compile(
    r",.{0,12}(?:另|办结|答复|结转|收到|受理|新增|开设|回复|累计|(?<!其他)组织|召开|举办|开展|(?<!公)共(?:计|收|发|办|有|组织|召|开))"
)
_OPEN_ENDED = re.compile(r"^(?:等|左右|以上)")
# who applied: these two leave nobody out
_APPLICANTS = {"自然人申请", "法人或其他组织申请"}
_ALIKE = {"条", "件", "篇", "份", "项", "个"}
_CHANNEL = re.compile(r"^(?:一是|二是|三是|四是|[(一二三四五)]+)?(?:通过|在|利用|依托|借助|运用|经由)")
_PUBLISHED = re.compile(r"公开|发布|推送|刊发|刊登|更新")
_TOTAL_BEFORE = re.compile(r"(?:主动公开|公开|发布).{0,14}信息.{0,4}$")
_NOTHING_TO_HOLD_AGAINST = "报告的表里没有可以对照的数"


def statements_in(sentences: Sequence[Sentence], judge: Judge) -> tuple[Statement, ...]:
    """Every count in the text with its verdict, in reading order."""
    spoken: list[Spoken] = []
    denials: list[Statement] = []
    for sentence in sentences:
        pairs = judge.spoken(sentence)
        numbers = [one for one, _ in pairs]
        spoken.append(Spoken(sentence, plain(sentence.text), numbers, [statement for _, statement in pairs]))
        denials.extend(judge.denials(sentence))
    for one in spoken:
        _breakdowns(one)
    _channels(spoken)
    _repeated(spoken)
    for one in spoken:
        judge_percentages(one, judge)
    found: list[Statement] = []
    for one in spoken:
        for index, number in enumerate(one.numbers):
            statement = one.statements[index]
            if statement is not None:
                found.append(statement)
            elif not number.in_words and number.unit not in {"%", "个百分点"}:
                found.append(replace(one.bare(index, "X-6"), reason=_NOTHING_TO_HOLD_AGAINST))
    return (*found, *denials)


# -- a total and what it is broken down into


def _breakdowns(one: Spoken) -> None:
    for index in range(len(one.numbers) - 2):
        cue = _CUE.search(one.between(index))
        if cue is None or one.numbers[index].unit == "%":
            continue
        if re.search(r"[;。]", one.between(index)[: cue.start()].removesuffix("。")):
            continue
        if cue.start() > 24:
            continue
        total = _owner_of(one, index, cue.start())
        items = _items(one, total, index + 1)
        if len(items) >= 2:
            _judge_sum(one, total, items, certain=bool(_CERTAIN_CUE.search(cue[0])))


def _owner_of(one: Spoken, index: int, cue: int) -> int:
    """The total that a list belongs to: the number before it, or before the bracket that closes between the two."""
    if ")" not in one.between(index)[:cue]:
        return index
    opened = one.folded.rfind("(", 0, one.numbers[index].start)
    before = [i for i in range(index) if one.numbers[i].end <= opened]
    return before[-1] if opened >= 0 and before else index


def _items(one: Spoken, total: int, first: int) -> list[int]:
    """The numbers that a total is broken down into: the longest list that adds up, else all that belongs to it."""
    unit = one.numbers[total].unit
    items: list[int] = []
    first_pause = ""
    sums: list[list[int]] = []
    bracket = _closing(one, total) if first == total + 1 else None
    for index in range(first, len(one.numbers)):
        if bracket is not None and one.numbers[index].start > bracket:
            break
        if one.numbers[index].unit == "%":
            continue
        gap = one.between(index - 1) if index > first else ""
        if index > first + 1 and one.numbers[index - 1].unit == "%":
            gap = one.between(index - 2) + gap
        if one.numbers[index].unit != unit and not {one.numbers[index].unit, unit} <= _ALIKE:
            break
        if items:
            outside = re.sub(r"\([^()]*\)", "", gap)
            if _BREAKS.search(outside) or _NEW_CLAUSE.search(outside):
                break
            pause = "," if "," in outside else "、"
            first_pause = first_pause or pause
            if pause == "," and first_pause == "、":
                break
        items.append(index)
        if len(items) > 1 and _total_of(one, items) == one.numbers[total].value:
            sums.append(list(items))
    # items in other units may only confirm a total, never contradict it
    return sums[-1] if sums else [index for index in items if one.numbers[index].unit == unit]


def _closing(one: Spoken, total: int) -> int | None:
    """Where the bracket closes that opens right behind a total; None where none does."""
    end = one.numbers[total].end
    if not one.folded.startswith("(", end):
        return None
    at = one.folded.find(")", end)
    return at if at >= 0 else None


def _total_of(one: Spoken, items: Sequence[int]) -> Number:
    return sum((one.numbers[index].value for index in items[1:]), start=one.numbers[items[0]].value)


def _one_slip(one: Spoken, total: int, items: Sequence[int]) -> bool:
    """Whether one slip of the pen (a digit wrong, two changed over, one too many or too few) explains the gap."""
    whole, parts = one.numbers[total].value, _total_of(one, items)
    wanted = [(whole, parts)]
    wanted += [(one.numbers[index].value, one.numbers[index].value + whole - parts) for index in items]
    return any(_is_slip(str(printed), str(right)) for printed, right in wanted)


def _is_slip(printed: str, right: str) -> bool:
    longer, shorter = sorted((printed, right), key=len, reverse=True)
    if len(longer) == len(shorter) + 1:
        return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))
    if len(longer) != len(shorter):
        return False
    apart = [i for i, (a, b) in enumerate(zip(printed, right, strict=True)) if a != b]
    if len(apart) == 2 and apart[1] == apart[0] + 1:
        return printed[apart[0]] == right[apart[1]] and printed[apart[1]] == right[apart[0]]
    return len(apart) == 1


def _judge_sum(one: Spoken, total: int, items: list[int], *, certain: bool) -> None:
    whole, parts = one.numbers[total].value, _total_of(one, items)
    statement = one.bare(total, "X-6")
    if whole == parts:
        if not statement.name:
            one.statements[total] = replace(statement, verdict="agrees", reason="等于各项之和", expected=parts)
        for index in items:
            part = one.bare(index, "X-6")
            if part.verdict == "undecided" and part.key is None:
                one.statements[index] = replace(part, verdict="agrees", reason="各项之和等于总数")
        return
    known = [one.statements[index] for index in items]
    if (
        statement.key is not None
        and statement.verdict == "agrees"
        and any(part is not None and part.verdict == "disagrees" for part in known)
    ):
        return
    both = {part.name for part in known if part is not None} >= _APPLICANTS
    agreed = all(part is not None and part.verdict == "agrees" for part in known)
    if statement.verdict == "agrees" and agreed and not both:
        return
    codes = {part.code for part in known if part is not None}
    near = both or parts > whole or parts * 10 >= whole * 9 or _one_slip(one, total, items)
    open_ended = _OPEN_ENDED.match(one.between(items[-1])) or any(one.numbers[i].about for i in (total, *items))
    gap = f"各项之和为 {parts}，与总数 {whole} 相差 {abs(whole - parts)}"
    if open_ended or len(codes) > 1 or not (near or (certain and len(items) >= 3)):
        if statement.key is None:
            one.statements[total] = replace(statement, reason=f"{gap}；可能没有列全，请人工核对")
        for index in items:
            part = one.bare(index, "X-6")
            if part.key is None and part.verdict == "undecided":
                one.statements[index] = replace(part, reason="所在的分项没有列全，无法核对")
        return
    code = statement.code if statement.key is not None else "X-6"
    one.statements[total] = replace(statement, verdict="disagrees", reason=gap, expected=parts, code=code)
    for index in items:
        part = one.bare(index, "X-6")
        if part.key is None:
            one.statements[index] = replace(part, verdict="undecided", reason="各项之和与总数不符，不知道错在哪一项")


# -- a total and the channels that the following sentences name


def _channels(spoken: Sequence[Spoken]) -> None:
    for position, one in enumerate(spoken):
        total = _published_total(one)
        if total is None:
            continue
        channels: list[tuple[Spoken, int]] = []
        for later in spoken[position + 1 :]:
            if later.sentence.paragraph != one.sentence.paragraph:
                break
            index = _channel_count(later)
            if index is None:
                if later.numbers:
                    break
                continue
            channels.append((later, index))
        if len(channels) >= 2:
            _judge_channels(one, total, channels)


def _published_total(one: Spoken) -> int | None:
    for index, number in enumerate(one.numbers):
        before = masked(one.folded, one.numbers, index).partition("◆")[0]
        if number.unit in {"条", "篇", "件"}:
            stated = "◇" not in before and _TOTAL_BEFORE.search(before) and one.statements[index] is None
            return index if stated and (not _CHANNEL.match(one.folded) or "等" in before) else None
    return None


def _channel_count(one: Spoken) -> int | None:
    if not _CHANNEL.match(one.folded) or not _PUBLISHED.search(one.folded):
        return None
    return next((index for index, number in enumerate(one.numbers) if number.unit in {"条", "篇", "件"}), None)


def _judge_channels(one: Spoken, total: int, channels: Sequence[tuple[Spoken, int]]) -> None:
    whole = one.numbers[total].value
    counts = [later.numbers[index].value for later, index in channels]
    parts = counts[0]
    for count in counts[1:]:
        parts += count
    statement = one.bare(total, "X-6")
    about = one.numbers[total].about or any(s.numbers[i].about for s, i in channels)
    if whole == parts:
        one.statements[total] = replace(statement, verdict="agrees", reason="等于各渠道之和", expected=parts)
        for later, index in channels:
            part = later.bare(index, "X-6")
            if part.verdict == "undecided":
                later.statements[index] = replace(part, verdict="agrees", reason="各渠道之和等于总数")
        return
    apart = whole - parts if whole > parts else parts - whole
    gap = f"各渠道之和为 {parts}，与总数 {whole} 相差 {apart}"
    sure = apart * 2 <= whole and not about and ("等" in one.folded or len(channels) >= 3)
    verdict: Verdict = "disagrees" if sure else "undecided"
    reason = gap if sure else f"{gap}；渠道可能有重复或没有列全，请人工核对"
    for later, index in channels:
        part = later.bare(index, "X-6")
        if part.verdict == "undecided":
            later.statements[index] = replace(part, reason="各渠道之和与总数不符，不知道错在哪一项")
    one.statements[total] = replace(
        statement,
        verdict=verdict,
        reason=reason,
        expected=parts if sure else None,
    )


# -- a thing that is counted twice


def _repeated(spoken: Sequence[Spoken]) -> None:
    for thing in repeated_things():
        found: list[tuple[Spoken, int]] = []
        for one in spoken:
            for index, number in enumerate(one.numbers):
                text = masked(one.folded, one.numbers, index)
                before, _, after = text.partition("◆")
                clause = re.split("[,;。◇]", before)[-1] + "◆" + re.split("[,;。◇]", after)[0][:6]
                if number.about or (thing.never and thing.never.search(clause)):
                    continue
                if any(pattern.search(clause) for pattern in thing.patterns):
                    found.append((one, index))
        if len(found) < 2:
            continue
        values = {one.numbers[index].value for one, index in found}
        first = found[0][0].numbers[found[0][1]].value
        for one, index in found:
            if one.statements[index] is not None:
                continue
            statement = replace(one.bare(index, "X-6"), name=thing.name)
            if len(values) == 1:
                one.statements[index] = replace(statement, verdict="agrees", reason=f"{thing.name}前后一致")
            elif one.numbers[index].value != first:
                reason = f"{thing.name}前后不一致，前文为 {first}"
                one.statements[index] = replace(statement, verdict="disagrees", reason=reason, expected=first)
