"""Printed words compared as people read them: width, spaces, brackets, quotes and radicals make no difference."""

from __future__ import annotations

import re
import unicodedata

# Radicals that look like whole characters and that NFKC leaves alone (U+2E80–2EFF); portals and PDFs produce them.
_RADICALS = str.maketrans(
    "⺠⺒⺝⺩⺷⻁⻃⻄⻅⻆⻇⻈⻉⻊⻋⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻲⺼⺾⻌⻍⻎⺮⺟⺁⺇⺌⺕⺜⺫⺶⺹⺻⺽⺸⺧⺨",
    "民巳月王羊虎西西见角角讠贝足车邑钅长长长门阜阜雨青韦页风飞食食饣首马骨鬼鱼鸟卤麦黄黾齐齿龙龟月草走走走竹母厂几小彐日目羊老聿臼羊牛犬",
)
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "＂": '"', "「": '"', "」": '"', "‘": "'", "’": "'"})
_BRACKETS = str.maketrans("〔［【〈《〕］】〉》", "(((((" + ")))))")
_SPACE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]+")


def plain(text: str) -> str:
    """What a reader sees: NFKC, radicals as characters, one kind of bracket and quote, no spaces."""
    folded = unicodedata.normalize("NFKC", text.translate(_RADICALS)).translate(_QUOTES).translate(_BRACKETS)
    return _SPACE.sub("", folded.replace("[", "(").replace("]", ")"))


def same(text: str, other: str) -> bool:
    """Whether two printed texts say the same."""
    return text == other or plain(text) == plain(other)


def plain_code(code: str) -> str:
    """A code as people compare it: spreadsheets drop its leading zeros."""
    return plain(code).lstrip("0") or "0"
