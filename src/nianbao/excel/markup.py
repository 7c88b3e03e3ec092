"""The gate that every XML part passes: parsed as a whole by expat, with no document type and no entities of its own.

expat and not an lxml tree, although a tree of an honest sheet is built and walked half again as fast (408 against 256
returns a second): expat's memory does not grow with the part, so that a hostile one costs nothing but bounded time, and
is refused at the first element too many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from nianbao.archive import ODD
from nianbao.excel.cells import DAMAGED, TOO_BIG, UnreadableError

Attributes = dict[str, str]
_MOST_NODES = 100_000
_DEEPEST = 100
# a sheet with a million formatted rows is still an honest one
_MOST_ELEMENTS = 2_500_000
# no cell holds more than 32,767 characters, so that an honest part never goes this far without an element
_STRETCH = 500_000
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
_MOST_IN_UTF16 = 8 * 2**20


def parse(
    data: bytes,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    """Send one part's elements and texts to the handlers; names come as ``namespace local`` or ``local``."""
    if _is_endless(data) or (data[:2] in _UTF16 and len(data) > _MOST_IN_UTF16):
        raise UnreadableError(ODD)
    depth = count = 0

    def deeper(name: str, attributes: Attributes) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > _DEEPEST or count > _MOST_ELEMENTS:
            raise UnreadableError(ODD if depth > _DEEPEST else TOO_BIG)
        start(name, attributes)

    def back(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = deeper
    parser.EndElementHandler = back
    parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise UnreadableError(DAMAGED) from error
    except (ValueError, LookupError) as error:  # an encoding that Python does not know, or cannot map byte by byte
        raise UnreadableError(ODD) from error


def _is_endless(data: bytes) -> bool:
    """Whether a part goes on for too long without an element (in one with a million attributes, or in none)."""
    return any(data.find(b"<", first, first + _STRETCH) < 0 for first in range(0, len(data) - _STRETCH, _STRETCH))


def _refuse_doctype(*_: object) -> None:
    raise UnreadableError(ODD)


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition(" ")[2]


@dataclass(slots=True)
class Node:
    """An element of a small part; names without namespaces."""

    name: str
    attributes: Attributes
    children: list[Node] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        """An attribute by its local name."""
        return self.attributes.get(name, default)

    def child(self, name: str) -> Node | None:
        """The first child of that name."""
        return next((child for child in self.children if child.name == name), None)

    def all(self) -> Iterator[Node]:
        """This element and every one below it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))

    @property
    def text(self) -> str:
        """All text of this element and those below it."""
        return "".join(text for node in self.all() for text in node.texts)


def tree(data: bytes) -> Node:
    """A small part as a tree."""
    root = Node("", {})
    open_nodes, count = [root], 0

    def start(name: str, attributes: Attributes) -> None:
        nonlocal count
        count += 1
        if count > _MOST_NODES:
            raise UnreadableError(TOO_BIG)
        node = Node(local(name), {local(key): value for key, value in attributes.items()})
        open_nodes[-1].children.append(node)
        open_nodes.append(node)

    def end(_: str) -> None:
        open_nodes.pop()

    def text(chunk: str) -> None:
        open_nodes[-1].texts.append(chunk)

    parse(data, start, end, text)
    return root.children[0]
