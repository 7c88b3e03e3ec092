"""The roster (名录): which units a county expects, under which names they are known, and which of them count."""

from __future__ import annotations

from dataclasses import dataclass, field

from nianbao.wording import plain, plain_code


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit (责任单位) of the roster; ``counted`` is 计入汇总."""

    code: str
    name: str
    short_names: tuple[str, ...] = ()
    former_names: tuple[str, ...] = ()
    kind: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""
    counted: bool = True

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

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {plain(name): unit for unit in self.units for name in unit.names})
        object.__setattr__(self, "_by_code", {plain_code(unit.code): unit for unit in self.units})

    def named(self, name: str, county: str | None = None) -> Unit | None:
        """The unit of that name, short or former name; the county's own name before it makes no difference."""
        wanted = plain(name)
        unit = self._by_name.get(wanted)
        if unit is None and county:
            prefix = plain(county)
            unit = self._by_name.get(wanted.removeprefix(prefix)) or self._by_name.get(prefix + wanted)
        return unit

    def coded(self, code: str) -> Unit | None:
        """The unit with that code; leading zeros make no difference."""
        return self._by_code.get(plain_code(code))
