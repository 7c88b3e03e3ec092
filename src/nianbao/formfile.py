"""A form file being read: key by key, refusing with a path into it whatever is missing, misspelt or not asked for."""

from __future__ import annotations

from typing import cast


class FormError(ValueError):
    """A form file that cannot be used; the sentence begins with a path into the file."""


class Node:
    """A TOML table that is read key by key and refuses what nobody asked for."""

    def __init__(self, raw: object, path: str) -> None:
        if not isinstance(raw, dict):
            raise FormError(f"{path}: expected a table")
        self._left: dict[str, object] = dict(raw)
        self.path = path

    def take(self, key: str, kind: type, default: object = None, *, required: bool = True) -> object:
        if key not in self._left:
            if required:
                raise FormError(f"{self.path}: {key} is missing")
            return default
        value = self._left.pop(key)
        if type(value) is not kind:
            raise FormError(f"{self.path}: {key} must be {kind.__name__}, not {value!r}")
        return value

    def text(self, key: str) -> str:
        value = cast(str, self.take(key, str))
        if not value.strip():
            raise FormError(f"{self.path}: {key} is empty")
        return value

    def number(self, key: str) -> int:
        return cast(int, self.take(key, int))

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        value = cast(str, self.take(key, str, default, required=default is None))
        if value not in allowed:
            raise FormError(f"{self.path}: {key} must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def texts(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        values = cast(list[object], self.take(key, list, [], required=required))
        if not all(isinstance(value, str) for value in values) or (required and not values):
            raise FormError(f"{self.path}: {key} must be a list of texts")
        return tuple(cast(list[str], values))

    def pairs(self, key: str) -> dict[str, str]:
        """A table of texts by name."""
        values = cast("dict[str, object]", self.take(key, dict, {}, required=False))
        for name, value in values.items():
            if not isinstance(value, str) or not value.strip():
                raise FormError(f"{self.path}: {key}: {name} must be a text")
        return cast("dict[str, str]", dict(values))

    def nodes(self, key: str, what: str, named_by: str, *, required: bool = True) -> list[Node]:
        raw = cast(list[object], self.take(key, list, [], required=required))
        found = []
        for index, item in enumerate(raw, 1):
            name = item.get(named_by, f"#{index}") if isinstance(item, dict) else f"#{index}"
            found.append(Node(item, f"{self.path}: {what} {name}"))
        if required and not found:
            raise FormError(f"{self.path}: {key} is empty")
        return found

    def finish(self) -> None:
        if self._left:
            raise FormError(f"{self.path}: unknown key {', '.join(sorted(self._left))}")
