"""The roster (名录): which units a county expects, under which names they are known, and which of them count."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from nianbao.wording import plain, plain_code

VERTICAL = "垂管"
KINDS = ("部门", "乡镇", "街道", "开发区", VERTICAL)


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit (责任单位) of the roster; ``counted`` is 计入汇总, ``stamped`` what the office noted of its 盖章件."""

    code: str
    name: str
    short_names: tuple[str, ...] = ()
    former_names: tuple[str, ...] = ()
    kind: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""
    counted: bool = True
    stamped: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name the unit is known by, its present one first."""
        return (self.name, *self.short_names, *self.former_names)


@dataclass(frozen=True, slots=True)
class Roster:
    """The units of one county, in the roster's order."""

    units: tuple[Unit, ...]
    _by_name: dict[str, Unit] = field(init=False, repr=False, compare=False)
    _by_code: dict[str, Unit] = field(init=False, repr=False, compare=False)
    _by_meaning: dict[str | None, Mapping[str, Unit | None]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {plain(name): unit for unit in self.units for name in unit.names})
        object.__setattr__(self, "_by_code", {plain_code(unit.code): unit for unit in self.units})
        object.__setattr__(self, "_by_meaning", {})

    def named(self, name: str, county: str | None = None) -> Unit | None:
        """The unit of that name, short or former name; the county's own name before it makes no difference.

        A known abbreviation or a 县, 区 or 市 before the name is understood too, but only where one unit alone answers
        to it: a wrong guess is worse than a question.
        """
        wanted = plain(name)
        unit = self._by_name.get(wanted)
        if unit is None and county:
            prefix = plain(county)
            unit = self._by_name.get(wanted.removeprefix(prefix)) or self._by_name.get(prefix + wanted)
        return unit or self._meanings(county).get(meaning(wanted, county))

    def coded(self, code: str) -> Unit | None:
        """The unit with that code; leading zeros make no difference."""
        return self._by_code.get(plain_code(code))

    def asked(self, text: str, county: str | None = None) -> Unit | None:
        """The unit an operator means: by name, by code, or by both as in file names (``001_教育局``)."""
        code, _, name = text.partition("_")
        unit = self.named(text, county) or self.coded(text)
        if unit is None and name:
            unit = self.named(name, county)
            return unit if unit is not None and plain_code(unit.code) == plain_code(code) else None
        return unit

    def _meanings(self, county: str | None) -> Mapping[str, Unit | None]:
        if county not in self._by_meaning:
            found: dict[str, Unit | None] = {}
            for unit in self.units:
                for name in unit.names:
                    key = meaning(plain(name), county)
                    found[key] = unit if found.get(key, unit) is unit else None
            self._by_meaning[county] = found
        return self._by_meaning[county]


def meaning(name: str, county: str | None = None) -> str:
    """What a unit's name means, however it is abbreviated: the county's name and rank before it do not matter."""
    groups, endings = _known_names()
    bare = plain(name)
    for shape in _without_county(bare, county):
        bare = shape
        if bare in groups:
            return groups[bare]
    for ending, short in endings:
        if bare.endswith(ending) and len(bare) > len(ending) + 1:
            bare = bare.removesuffix(ending) + short
            break
    return groups.get(bare, bare)


def _without_county(name: str, county: str | None) -> Iterator[str]:
    """The name, and the name without 桦川县, 桦川 or 县 before it, of which at most one is taken away."""
    yield name
    if county:
        full = plain(county)
        for prefix in (full, full[:-1], full[-1]):
            rest = name.removeprefix(prefix)
            # 桦川镇 is a place of its own, and two characters are no body's name
            if prefix and rest != name and len(rest) >= 3 and rest[0] not in "镇乡街":
                yield rest
                return


@cache
def _known_names() -> tuple[Mapping[str, str], tuple[tuple[str, str], ...]]:
    data = tomllib.loads(files("nianbao").joinpath("unit_names.toml").read_text(encoding="utf-8"))
    groups = {plain(name): plain(group[0]) for group in data["groups"] for name in group}
    return groups, tuple((ending, short) for ending, short in data["endings"])


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about the rows of a roster: it cannot be used (``grave``), or should be looked at."""

    rows: tuple[int, ...]
    sentence: str
    grave: bool

    @property
    def text(self) -> str:
        """The sentence with its rows."""
        return f"第 {'、'.join(map(str, self.rows))} 行{self.sentence}"


# Characters that the eye takes for one another in the names of bodies and places.
_LOOKS = str.maketrans("末己已曰士人戍戊治侯", "未巳巳日土入戌戌冶候")
_LONG = 5


def doubts(units: tuple[tuple[int, Unit], ...], county: str | None = None) -> Iterator[Doubt]:
    """Codes and names that could mean two units, and names that look alike, by row."""
    codes: dict[str, int] = {}
    names: dict[str, tuple[int, Unit]] = {}
    for row, unit in units:
        first = codes.setdefault(plain_code(unit.code), row)
        if first != row:
            yield Doubt((first, row), f"的代码相同（{unit.code}），请改正。", grave=True)
        for name in unit.names:
            first, other = names.setdefault(plain(name), (row, unit))
            if other is not unit:
                yield Doubt((first, row), f"都叫“{name}”，请改正。", grave=True)
    distinct = {plain(name): (row, unit, name) for row, unit in units for name in reversed(unit.names)}
    seen: dict[str, tuple[int, Unit, str]] = {}
    for key, (row, unit, name) in distinct.items():
        for shape in {key.translate(_LOOKS), meaning(key, county)}:
            first, other, others = seen.setdefault(shape, (row, unit, name))
            if other is not unit:
                yield Doubt((first, row), f"名称相近（“{others}”“{name}”），请核对是不是同一个单位。", grave=False)
    long = [(row, unit, plain(unit.name)) for row, unit in units if len(plain(unit.name)) >= _LONG]
    for number, (row, unit, name) in enumerate(long):
        for first, other, others in long[:number]:
            if _nearly(name, others) and meaning(name, county) != meaning(others, county):
                yield Doubt(
                    (first, row),
                    f"名称只差一个字（“{other.name}”“{unit.name}”），请核对是不是同一个单位。",
                    grave=False,
                )


def _nearly(one: str, other: str) -> bool:
    """Whether two names differ by one character too many."""
    short, long = sorted((one, other), key=len)
    return len(long) == len(short) + 1 and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
