"""Templates by the thousand: one is written in full, and for each unit only what differs between units is put in anew.

The model is written for a unit with a name that nobody has, and with figures of last year that nobody has. Its parts
are cut where that name, its code, the checksums and the figures stand; the pieces between are deflated once, to streams
that may follow one another, so that a unit's workbook is a matter of joining. A model serves the units whose workbooks
differ in nothing else: the same of last year's figures are known, the live checks say the same, the same texts are
equal. Every part says byte for byte what ``write_template`` would have written for that unit.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from zipfile import ZipFile, ZipInfo

from nianbao.excel.cover import count_wrong
from nianbao.excel.draft import Draft
from nianbao.excel.guide import Notice
from nianbao.excel.lastyear import last_year_checksum
from nianbao.excel.paper import Paper
from nianbao.excel.writer import write_template
from nianbao.figures import Key
from nianbao.form import Form
from nianbao.previous import pairs
from nianbao.rules import Number
from nianbao.submission import Identity, Submission, with_totals

# names that every place writes as they are, which _x0041_ is not; any other unit's workbook is written in full
_NAME = re.compile(r"(?!.*_x)\w[\w（）·、]{0,58}\w")
_CODE = re.compile(r"[0-9A-Za-z]{1,20}", re.ASCII)
_MODEL_NAME, _MODEL_CODE = "某某某某单位其名待填某某某某", "Z9Q7X5W3"
# sums of them have no more than the 15 digits that a cell holds exactly
_MODEL_FIGURE, _STEP = 1_370_925_814_603, 1_000_003
_TEXT = re.compile(r"<t[^>]*>([^<]*)</t>")
_DEFLATED, _DOS_DATE = 8, 0x21  # XlsxWriter dates every part 1980-01-01
_MOST_MODELS = 32
# a part with more gaps than that is deflated whole: pieces of a few bytes would make it several times as long
_MOST_GAPS = 24


@dataclass(frozen=True, slots=True)
class _Said:
    """What a workbook says about its unit alone.

    ``words`` are put in where they stand; ``strings`` stand by themselves in the table of strings, which has equal
    ones once.
    """

    words: tuple[str, ...]
    strings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of the model: pieces and, between them, the words that stand there in the model.

    ``deflated`` are the pieces as deflate streams that may be followed by another; the last one ends the whole. It is
    empty where the part is to be deflated whole.
    """

    info: ZipInfo
    pieces: tuple[bytes, ...]
    gaps: tuple[str, ...]
    deflated: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Model:
    """A template in parts, what it says about its unit, and every text in its table of strings."""

    parts: tuple[_Part, ...]
    said: _Said
    marks: re.Pattern[str]
    taken: frozenset[str]


class Series:
    """Templates of one form and one notice for many units."""

    def __init__(self, form: Form, notice: Notice | None = None) -> None:
        self._form, self._notice = form, notice
        self._paper = Paper(form.title, {})  # nothing is written on it
        self._models: dict[object, _Model | None] = {}

    def template(self, submission: Submission, previous: Submission | None = None) -> bytes:
        """The same workbook as ``write_template`` gives, as far as its parts go; the bytes of an xlsx."""
        identity = submission.identity
        blank = not submission.texts and all(value is None for value in submission.values.values())
        if blank and _NAME.fullmatch(identity.unit or "") and _CODE.fullmatch(identity.code or ""):
            draft = self._draft(submission, previous)
            said = _said(draft)
            model = self._model(draft, said)
            words = None if model is None else _words(model, said)
            if model is not None and words is not None:
                return _joined(model, words)
        return write_template(self._form, submission, previous=previous, notice=self._notice)

    def _draft(self, submission: Submission, previous: Submission | None) -> Draft:
        return Draft(self._form, submission, self._paper, previous=previous)

    def _model(self, draft: Draft, said: _Said) -> _Model | None:
        """The model for a workbook like this one; None where there can be none."""
        kind = _kind(draft, said)
        if kind is not None and kind not in self._models:
            if len(self._models) == _MOST_MODELS:
                del self._models[next(iter(self._models))]
            self._models[kind] = self._made(kind, *_example(draft))
        return self._models.get(kind)

    def _made(self, kind: object, example: Submission, previous: Submission | None) -> _Model | None:
        draft = self._draft(example, previous)
        said = _said(draft)
        if _kind(draft, said) != kind:
            return None
        return _cut(write_template(self._form, example, previous=previous, notice=self._notice), said)


def _said(draft: Draft) -> _Said:
    """What this workbook says: every word is at the same place of the tuple for every workbook of one kind."""
    identity, previous = draft.submission.identity, draft.previous
    name = (identity.unit or "", identity.code or "", identity.checksum)
    if previous is None:
        return _Said(name, name)
    checksum = last_year_checksum(draft.form, previous.identity, draft.known)
    # as XlsxWriter writes them
    figures = [f"{float(value):.16G}" for value in draft.known.values() if value is not None]
    totals = [
        str(value)
        for key, value in draft.settled.values.items()
        if value is not None and not draft.form.entries[key].filled_in
    ]
    before = (previous.identity.unit or "", previous.identity.code or "")
    return _Said((*name, checksum, *figures, *totals), (*name, *before, checksum, *draft.remarks.values()))


def _kind(draft: Draft, said: _Said) -> object:
    """What two workbooks must have in common if they differ in what they say about their unit alone; None if none is.

    A broken check says by how much, which none of last year's figures does.
    """
    equal = tuple(map(said.strings.index, said.strings))
    if draft.previous is None:
        return _alike(draft), equal
    verdicts = tuple(one.verdict for one in draft.checked)
    return None if False in verdicts else (_alike(draft), equal, tuple(draft.known), verdicts, count_wrong(draft))


def _alike(draft: Draft) -> tuple[Identity, Identity | None]:
    """Whose workbook it is, and whose last year's return, with the model's name and code for the unit's own."""
    identity, previous = draft.submission.identity, draft.previous
    alike = replace(identity, unit=_MODEL_NAME, code=_MODEL_CODE)
    if previous is None:
        return alike, None
    unit, code = previous.identity.unit, previous.identity.code
    return alike, replace(
        previous.identity,
        unit=_MODEL_NAME if unit == identity.unit else unit,
        code=_MODEL_CODE if code == identity.code else code,
    )


def _example(draft: Draft) -> tuple[Submission, Submission | None]:
    """A workbook like this one, of nobody, with figures of last year that are found again wherever they are written."""
    identity, before = _alike(draft)
    if before is None:
        return Submission(identity, {}), None
    form, known = draft.form, draft.known
    figures = {key: _MODEL_FIGURE + _STEP * number for number, key in enumerate(form.entries)}
    reminded: dict[tuple[str, Number | None], int] = {}
    for one in form.reminders:
        for key in known:
            if (key.table, key.column) == (one.table, one.source):
                # remarks that are the same text here are the same there
                figures[key] = reminded.setdefault((one.words, known[key]), figures[key])
    sums = with_totals(form, {key: figures[key] for key in known})
    of_last_year: dict[Key, Number | None] = {}
    for pair in pairs(form, before.edition):
        if len(pair.this) == 1 and pair.this[0] in known:
            (key,) = pair.this
            of_last_year[pair.last] = figures[key] if sums[key] is None else sums[key]
    return Submission(identity, {}), Submission(before, of_last_year)


def _words(model: _Model, said: _Said) -> Mapping[str, str] | None:
    """What to put in by what stands there in the model; None where that would not give this unit's workbook."""
    words = dict(zip(model.said.words, said.words, strict=True))
    if tuple(map(words.__getitem__, model.said.words)) != said.words:
        return None
    strings = tuple(model.marks.sub(lambda match: words[match[0]], text) for text in model.said.strings)
    new = set(said.strings) - set(model.said.strings)
    return words if strings == said.strings and not new & model.taken else None


def _cut(data: bytes, said: _Said) -> _Model:
    # the longest first: a sum may begin with another figure
    marks = re.compile("(" + "|".join(map(re.escape, sorted(set(said.words), key=lambda word: -len(word)))) + ")")
    parts = []
    taken: set[str] = set()
    with ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            content = archive.read(info).decode()
            if info.filename == "xl/sharedStrings.xml":
                taken |= set(_TEXT.findall(content))
            cut = marks.split(content)
            pieces, gaps = tuple(piece.encode() for piece in cut[::2]), tuple(cut[1::2])
            deflated = [_deflated(piece, last=False) for piece in pieces[:-1]] + [_deflated(pieces[-1], last=True)]
            parts.append(_Part(info, pieces, gaps, tuple(deflated) if len(gaps) <= _MOST_GAPS else ()))
    return _Model(tuple(parts), said, marks, frozenset(taken))


def _deflated(data: bytes, *, last: bool) -> bytes:
    """A deflate stream that ends on a whole byte and refers to nothing before it; only the last one ends the part."""
    stream = zlib.compressobj(6, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)


def _stored(data: bytes) -> bytes:
    """A few bytes as they are, as a block of a deflate stream."""
    return b"\0" + struct.pack("<HH", len(data), len(data) ^ 0xFFFF) + data


def _filled(part: _Part, words: Mapping[str, bytes]) -> tuple[bytes, int, int]:
    """One part with these words in its gaps, deflated; how long it is and its CRC."""
    content = _between(part.pieces, [words[gap] for gap in part.gaps])
    if part.deflated:
        body = _between(part.deflated, [_stored(words[gap]) for gap in part.gaps])
    else:
        body = _deflated(content, last=True)
    return body, len(content), zlib.crc32(content)


def _between(pieces: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    return b"".join(chain(*zip(pieces, words, strict=False), pieces[-1:]))


def _joined(model: _Model, texts: Mapping[str, str]) -> bytes:
    """The workbook with these words in the gaps, as a ZIP."""
    words = {gap: text.encode() for gap, text in texts.items()}
    out: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for part in model.parts:
        body, size, crc = _filled(part, words)
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
