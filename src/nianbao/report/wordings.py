"""The table of wordings: which words of a report speak of which figures, read from ``statements.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from nianbao.form import FormError
from nianbao.wording import plain

HERE, THERE = "◆", "◇"


@dataclass(frozen=True, slots=True)
class StatementRule:
    """One rule of the table: which wordings speak of which figures."""

    name: str
    code: str
    patterns: tuple[re.Pattern[str], ...]
    none: tuple[re.Pattern[str], ...]
    equals: tuple[tuple[str, ...], ...]
    never: re.Pattern[str] | None
    never_before: re.Pattern[str] | None
    whole_only: bool
    topic: tuple[str, ...]
    strict: bool
    examples: tuple[Mapping[str, Any], ...]


@cache
def statement_rules() -> tuple[StatementRule, ...]:
    """The rules that come with the package."""
    return tuple(rule_of(raw) for raw in _table()["statements"])


@dataclass(frozen=True, slots=True)
class Repeated:
    """A thing that a report counts more than once."""

    name: str
    patterns: tuple[re.Pattern[str], ...]
    never: re.Pattern[str] | None


@cache
def repeated_things() -> tuple[Repeated, ...]:
    """The things whose counts must agree wherever they stand."""
    found = []
    for raw in _table()["repeated"]:
        patterns = tuple(_compiled(text, raw["name"], counts=True) for text in raw["patterns"])
        found.append(Repeated(raw["name"], patterns, _any_of(raw.get("never", "").split("|"))))
    return tuple(found)


def silent_sentences() -> tuple[str, ...]:
    """Sentences in which no rule may see a figure of the tables."""
    return tuple(one["text"] for one in _table()["silent"])


def _table() -> dict[str, Any]:
    text = (files("nianbao.report") / "statements.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


_KNOWN = {"name", "code", "patterns", "says_none", "equals", "never", "never_before", "topic", "strict", "examples"}


def rule_of(raw: Mapping[str, Any]) -> StatementRule:
    path = f"report/statements.toml: {raw.get('name', '?')}"
    if unknown := set(raw) - _KNOWN:
        raise FormError(f"{path}: unknown key {', '.join(sorted(unknown))}")
    for needed in ("name", "code", "patterns", "equals", "examples"):
        if not raw.get(needed):
            raise FormError(f"{path}: {needed} is missing")
    never = [part for part in str(raw.get("never", "")).split("|") if part and part != "其中"]
    return StatementRule(
        name=raw["name"],
        code=raw["code"],
        patterns=tuple(_compiled(text, path, counts=True) for text in raw["patterns"]),
        none=tuple(_compiled(text, path, counts=False) for text in raw.get("says_none", ())),
        equals=tuple(tuple(part.strip() for part in text.split("+")) for text in raw["equals"]),
        never=_any_of(never),
        never_before=_any_of([part for part in str(raw.get("never_before", "")).split("|") if part]),
        whole_only="其中" in str(raw.get("never", "")).split("|"),
        topic=tuple(raw.get("topic", ())),
        strict=bool(raw.get("strict", True)),
        examples=tuple(raw["examples"]),
    )


def _any_of(words: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(map(re.escape, words))) if words else None


def _compiled(text: str, path: str, *, counts: bool) -> re.Pattern[str]:
    """A pattern of the table as a regular expression over folded text."""
    if counts != ("{数}" in text):
        raise FormError(f"{path}: {'a pattern needs' if counts else 'says_none takes no'} {{数}}: {text!r}")
    out = []
    for part in re.split(r"(\{数\}|……|…|[（）()|^]|20\.\.)", text):
        match part:
            case "{数}":
                out.append(HERE)
            case "……":
                out.append(f"[^{HERE}{THERE};。!?]{{0,40}}?")
            case "…":
                out.append(f"[^{HERE}{THERE},;:。!?]{{0,32}}?")
            case "（" | "(":
                out.append("(?:")
            case "）" | ")":
                out.append(")")
            case "|" | "^":
                out.append(part)
            case "20..":
                out.append("20[0-9][0-9]")
            case _:
                out.append(re.escape(plain(part)))
    try:
        return re.compile("".join(out))
    except re.error as error:
        raise FormError(f"{path}: unreadable pattern {text!r}") from error
