"""Templates by the thousand: one is written in full, and for each unit only what names the unit is put in anew.

The model is written for a unit with a name that nobody has. Its parts are cut where that name, its code and its
checksum stand; the pieces between are deflated once, to streams that may follow one another, so that a unit's workbook
is a matter of joining. Every part says byte for byte what ``write_template`` would have written for that unit.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from dataclasses import dataclass, replace
from zipfile import ZipFile, ZipInfo

from nianbao.excel.guide import Notice
from nianbao.excel.writer import write_template
from nianbao.form import Form
from nianbao.submission import Identity, Submission

# names that every place writes as they are; any other unit's workbook is written in full
_NAME = re.compile(r"\w[\w（）·、]{0,58}\w")
_CODE = re.compile(r"[0-9A-Za-z]{1,20}", re.ASCII)
_MODEL_NAME, _MODEL_CODE = "某某某某单位其名待填某某某某", "Z9Q7X5W3"
_TEXT = re.compile(r"<t[^>]*>([^<]*)</t>")
_DEFLATED, _DOS_DATE = 8, 0x21  # XlsxWriter dates every part 1980-01-01


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of the model: pieces and, between them, what stands there (unit, code or checksum).

    ``deflated`` are the pieces as deflate streams that may be followed by another; the last one ends the whole.
    """

    info: ZipInfo
    pieces: tuple[bytes, ...]
    gaps: tuple[str, ...]
    deflated: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Model:
    """A template in parts, for one identity but for unit and code; ``taken`` are the texts it has already."""

    parts: tuple[_Part, ...]
    taken: frozenset[str]


class Series:
    """Templates of one form and one notice for many units."""

    def __init__(self, form: Form, notice: Notice | None = None) -> None:
        self._form, self._notice = form, notice
        self._models: dict[Identity, _Model] = {}

    def template(self, submission: Submission, previous: Submission | None = None) -> bytes:
        """The same workbook as ``write_template`` gives, as far as its parts go; the bytes of an xlsx."""
        identity = submission.identity
        unit, code = identity.unit or "", identity.code or ""
        reported = any(value is not None for value in submission.values.values()) or bool(submission.texts)
        blank = previous is None and not reported
        if blank and _NAME.fullmatch(unit) and _CODE.fullmatch(code):
            model = self._model(identity)
            if not {unit, code, identity.checksum} & model.taken and len({unit, code}) == 2:
                return _joined(model, {"unit": unit.encode(), "code": code.encode(), "sum": identity.checksum.encode()})
        return write_template(self._form, submission, previous=previous, notice=self._notice)

    def _model(self, identity: Identity) -> _Model:
        alike = replace(identity, unit=_MODEL_NAME, code=_MODEL_CODE)
        if alike not in self._models:
            data = write_template(self._form, Submission(alike, {}), notice=self._notice)
            self._models[alike] = _cut(data, alike)
        return self._models[alike]


def _cut(data: bytes, identity: Identity) -> _Model:
    marks = {_MODEL_NAME.encode(): "unit", _MODEL_CODE.encode(): "code", identity.checksum.encode(): "sum"}
    pattern = re.compile(b"(" + b"|".join(map(re.escape, marks)) + b")")
    parts = []
    taken: set[str] = set()
    with ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            content = archive.read(info)
            if info.filename == "xl/sharedStrings.xml":
                taken |= set(_TEXT.findall(content.decode()))
            cut = pattern.split(content)
            pieces, gaps = cut[::2], tuple(marks[mark] for mark in cut[1::2])
            deflated = [_deflated(piece, last=False) for piece in pieces[:-1]] + [_deflated(pieces[-1], last=True)]
            parts.append(_Part(info, tuple(pieces), gaps, tuple(deflated)))
    return _Model(tuple(parts), frozenset(taken))


def _deflated(data: bytes, *, last: bool) -> bytes:
    """A deflate stream that ends on a whole byte and refers to nothing before it; only the last one ends the part."""
    stream = zlib.compressobj(6, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)


def _joined(model: _Model, words: dict[str, bytes]) -> bytes:
    """The workbook with these words in the gaps, as a ZIP."""
    deflated = {gap: _deflated(word, last=False) for gap, word in words.items()}
    out: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for part in model.parts:
        stream = [part.deflated[0]]
        size, crc = len(part.pieces[0]), zlib.crc32(part.pieces[0])
        for gap, piece, ready in zip(part.gaps, part.pieces[1:], part.deflated[1:], strict=True):
            stream += (deflated[gap], ready)
            size += len(words[gap]) + len(piece)
            crc = zlib.crc32(piece, zlib.crc32(words[gap], crc))
        body = b"".join(stream)
        name = part.info.filename.encode()
        about = struct.pack("<5H3L2H", 20, 0, _DEFLATED, 0, _DOS_DATE, crc, len(body), size, len(name), 0)
        out += (b"PK\x03\x04", about, name, body)
        directory.append(
            b"PK\x01\x02"
            + struct.pack("<BB", 20, part.info.create_system)
            + about
            + struct.pack("<3H2L", 0, 0, 0, part.info.external_attr, offset)
            + name
        )
        offset += 30 + len(name) + len(body)
    listed = b"".join(directory)
    end = struct.pack("<4H2LH", 0, 0, len(directory), len(directory), len(listed), offset, 0)
    return b"".join([*out, listed, b"PK\x05\x06", end])
