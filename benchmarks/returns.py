"""Filled returns to measure with: as many distinct ones as wanted, XlsxWriter's own and as LibreOffice saves them.

A few are written in full (and re-saved); the others are those with another unit and other figures put into the parts
that hold them, so that no two files share the parts that no two units' returns would share.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import nianbao
from nianbao import Identity, Key, Submission
from nianbao.layout import layout_of

FORM = nianbao.load_form("2021")
COUNTY, YEAR, WRITTEN = "桦川县", 2021, 30
_VALUE = re.compile(r'(<c r="([A-Z]+[0-9]+)"[^>]*>(?:<f[^>]*>[^<]*</f>)?<v>)([^<]*)(</v>)')
_LINES = [line.key for line in FORM.tables[1].blocks[0].lines if line.key.startswith("3.") and line.key != "3.7"]
_APPLICANTS = ("natural", "business", "research", "welfare", "legal", "other")


def identity(number: int) -> Identity:
    """The unit with that number."""
    return Identity("2021", unit=f"单位{number:05}", code=f"{number:05}", county=COUNTY, year=YEAR)


def figures(number: int) -> Mapping[Key, int | Decimal | None]:
    """Figures that pass every check, different for every number, totals included."""
    some = random.Random(number)  # noqa: S311 - figures, not secrets
    values: dict[Key, int | Decimal | None] = {key: 0 for key, entry in FORM.entries.items() if entry.filled_in}
    values[Key("2", "normative_documents", "issued")] = some.randrange(10)
    values[Key("2", "normative_documents", "in_force")] = 20 + some.randrange(100)
    for line in ("licences", "penalties", "coercive_measures"):
        values[Key("2", line, "decisions")] = some.randrange(10_000)
    values[Key("2", "fees", "amount")] = Decimal(some.randrange(10**6)).scaleb(-4).normalize()
    for applicant in _APPLICANTS:
        outcomes = {line: some.randrange(30) for line in some.sample(_LINES, 8) if line != "3.6.2"}
        values |= {Key("3", line, applicant): count for line, count in outcomes.items()}
        carried, left = some.randrange(5), some.randrange(5)
        total = sum(outcomes.values()) + left
        values[Key("3", "2", applicant)] = min(carried, total)
        values[Key("3", "1", applicant)] = total - min(carried, total)
        values[Key("3", "4", applicant)] = left
    for group in ("review", "direct_suit"):
        for column in ("upheld", "corrected", "pending"):
            values[Key("4", group, column)] = some.randrange(4)
    return nianbao.with_totals(FORM, values)


def make(folder: Path, count: int, program: str) -> list[Path]:
    """``count`` returns as ``program`` (xlsxwriter or libreoffice) saves them, written where they are not there yet."""
    made = folder / program
    made.mkdir(parents=True, exist_ok=True)
    paths = [made / f"{number:05}.xlsx" for number in range(1, count + 1)]
    if not all(path.exists() for path in paths):
        models = list(_models(folder, program))
        for number, path in enumerate(paths, 1):
            if not path.exists():
                model = number % WRITTEN
                path.write_bytes(_varied(models[model], model, number))
    return paths


def _models(folder: Path, program: str) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as name:
        written = [Path(name) / f"{model}.xlsx" for model in range(WRITTEN)]
        for model, path in enumerate(written):
            path.write_bytes(nianbao.write_template(FORM, Submission(identity(model), figures(model))))
        if program == "libreoffice":
            written = _saved_again(written, folder / "libreoffice profile")
        yield from (path.read_bytes() for path in written)


def _saved_again(paths: list[Path], profile: Path) -> list[Path]:
    """The files as LibreOffice saves them."""
    soffice = shutil.which("soffice")
    if soffice is None:
        raise SystemExit("LibreOffice (soffice) is not installed")
    folder = paths[0].parent / "saved"
    command = [soffice, f"-env:UserInstallation={profile.absolute().as_uri()}", "--headless", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", str(folder), *map(str, paths)], check=True, capture_output=True)
    saved = [folder / path.name for path in paths]
    if not all(path.exists() for path in saved):
        raise SystemExit("LibreOffice did not save every file")
    return saved


def _varied(data: bytes, model: int, number: int) -> bytes:
    """A return of another unit with other figures, every other byte of its parts as the program wrote it."""
    import io

    old, new = identity(model), identity(number)
    words = [(old.unit, new.unit), (old.checksum, new.checksum), (f">{old.code}<", f">{new.code}<")]
    words += [(f"{quote}{old.code}{quote}", f"{quote}{new.code}{quote}") for quote in ('"', "&quot;")]
    buffer = io.BytesIO()
    places = {slot.place: key for key, slot in layout_of(FORM).slots.items()}
    values = figures(number)
    source = zipfile.ZipFile(io.BytesIO(data))
    sheets = _sheets(source)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            text = source.read(name).decode()
            for before, after in words:
                text = text.replace(str(before), str(after))
            if name in sheets:
                cells = {place.cell: values[key] for place, key in places.items() if place.sheet == sheets[name]}
                text = _VALUE.sub(lambda match, cells=cells: _figure(match, cells), text)
            target.writestr(name, text)
    return buffer.getvalue()


def _figure(match: re.Match[str], cells: Mapping[str, int | Decimal | None]) -> str:
    return match[1] + str(cells.get(match[2], match[3])) + match[4]


def _sheets(source: zipfile.ZipFile) -> dict[str, str]:
    """The tables' parts, and the names of their sheets."""
    names = re.findall(r'<sheet name="([^"]*)"', source.read("xl/workbook.xml").decode())
    tables = {table.sheet for table in FORM.tables}
    return {f"xl/worksheets/sheet{number}.xml": name for number, name in enumerate(names, 1) if name in tables}
