"""Printed labels held against official ones: equal, nearly equal, or something else; and rows aligned in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from nianbao.wording import plain

_NUMBERING = re.compile(r"^\(?[一二三四五六七八九十0-9]{1,2}[)、.,:]+")
_BRACKETED = re.compile(r"\([^()]*\)")
_SIGNS = re.compile(r"[^\w]|_")
_LEAST_SIMILAR = 0.72
_HEAD = 5
# how portals print what the form prints otherwise
_ALIASES = {"合计": "总计", "小计": "总计", "收费金额": "本年收费金额"}


@lru_cache(maxsize=4096)
def bare(text: str) -> str:
    """The words of a label: no brackets with what is in them, no numbering, no punctuation."""
    folded = plain(text)
    for _ in range(2):
        folded = _NUMBERING.sub("", folded)
    without = _BRACKETED.sub("", folded) or folded
    return _SIGNS.sub("", without)


@lru_cache(maxsize=4096)
def letters(text: str) -> str:
    """Everything in a label but its punctuation."""
    return _SIGNS.sub("", plain(text))


@lru_cache(maxsize=16384)
def likeness(printed: str, official: str) -> float:
    """How well the end of what is printed before a figure agrees with an official label: 1 is the same, 0 is not it."""
    core, whole = bare(official), letters(official)
    texts = (letters(printed), letters(_BRACKETED.sub("", plain(printed))))
    if any(text.endswith(whole) for text in texts):
        return 1.05
    if any(text.endswith(core) for text in texts) or _ALIASES.get(texts[1][-2:]) == core:
        # a short label is also the end of longer ones
        return (
            1.0 if len(core) > 2 or texts[1] in {core, whole} or texts[1][-len(core) - 1 : -len(core)] != "的" else 0.5
        )
    if len(core) < 4:
        return 0.0
    best = 0.0
    for text in texts:
        for wanted in (core, whole):
            tail = text[-len(wanted) - 1 :]
            best = max(best, SequenceMatcher(None, tail, wanted, autojunk=False).ratio())
    if best >= _LEAST_SIMILAR:
        return best * 0.95
    # a label that is broken over lines around its figures: its beginning stands before them
    head = core[:_HEAD]
    return 0.7 if len(core) > _HEAD + 1 and head in texts[0] and not texts[0].endswith(core) else 0.0


def aligned(printed: Sequence[str], official: Sequence[str], bonus: Sequence[float]) -> dict[int, int]:
    """For each official label the printed one that it stands for, keeping the order of both; ``bonus`` per printed."""
    rows, columns = len(printed), len(official)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    taken = [[False] * (columns + 1) for _ in range(rows + 1)]
    for i in range(1, rows + 1):
        for j in range(1, columns + 1):
            best[i][j] = max(best[i - 1][j], best[i][j - 1])
            score = likeness(printed[i - 1], official[j - 1])
            if score and best[i - 1][j - 1] + score + bonus[i - 1] > best[i][j]:
                best[i][j] = best[i - 1][j - 1] + score + bonus[i - 1]
                taken[i][j] = True
    pairs: dict[int, int] = {}
    i, j = rows, columns
    while i and j:
        if taken[i][j]:
            pairs[j - 1] = i - 1
            i, j = i - 1, j - 1
        elif best[i - 1][j] >= best[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return pairs


def heads_in(text: str, heads: Sequence[str]) -> list[int]:
    """Where the heads of columns stand in what is printed above the figures; -1 for one that does not."""
    found = []
    run = letters(text)
    start = 0
    for head in heads:
        core = bare(head)
        at = run.find(core, start)
        if at < 0:
            block = SequenceMatcher(None, run[start:], core, autojunk=False).find_longest_match()
            at = start + block.a if block.size >= 0.8 * len(core) and len(core) > 3 else run.find(core)
        found.append(at)
        start = at + 1 if at >= 0 else start
    return found
