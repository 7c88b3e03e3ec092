"""Files that mean harm, made when they are tested: none takes the process, the memory or the time of the batch."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "corpus"))

from mutate import BASE, FIGURES, SHEETS, cell, changed, formatted, package, parts_of

from nianbao.excel.reader import Reading, read_return

THREE = SHEETS["表三"]
MOST_SECONDS = 10.0
MIB = 2**20


def with_sheet(inside: bytes) -> bytes:
    """The base with something at the end of table 三's data."""
    parts = parts_of(BASE)
    parts[THREE] = parts[THREE].replace(b"</sheetData>", inside + b"</sheetData>")
    return package(parts)


def bomb(name: str, size: int) -> bytes:
    return package(parts_of(BASE) | {name: b" " * size})


def lying_bomb(name: str) -> bytes:
    """A part of 120 MB that says in both of its headers that it has 1 MB."""
    size, lie = 120 * MIB, MIB
    data = bomb(name, size)
    return data.replace(size.to_bytes(4, "little"), lie.to_bytes(4, "little"))


def quoted_overlap() -> bytes:
    """Many entries of the directory that all point into one member's bytes."""
    data = package(parts_of(BASE) | {"xl/media/kernel": b"0" * MIB})
    start = data.index(b"PK\x01\x02")
    entries, position = data[start : data.rindex(b"PK\x05\x06")], data.rindex(b"PK\x05\x06")
    kernel = entries[entries.rindex(b"PK\x01\x02") :]
    more = b"".join(kernel.replace(b"xl/media/kernel", b"xl/media/%06d" % n) for n in range(500))
    end = bytearray(data[position:])
    count = int.from_bytes(end[8:10], "little") + 500
    end[8:12] = count.to_bytes(2, "little") * 2
    end[12:16] = (len(entries) + len(more)).to_bytes(4, "little")
    return data[:position] + more + bytes(end)


HOSTILE: dict[str, tuple[Callable[[], bytes], bool]] = {  # how it is made, and whether it may be read
    "bomb in a needed part": (lambda: bomb(THREE, 300 * MIB), False),
    "bomb in a part nobody needs": (lambda: bomb("xl/media/image1.png", 300 * MIB), False),
    "bomb that lies about its size": (lambda: lying_bomb("xl/media/image1.png"), False),
    "bomb in many parts": (
        lambda: package(parts_of(BASE) | {f"xl/media/{n}.png": b" " * (30 * MIB) for n in range(6)}),
        False,
    ),
    "overlapping members": (quoted_overlap, False),
    "a comment of 40 MB": (lambda: with_sheet(b"<!--" + b"x" * (40 * MIB) + b"-->"), False),
    "white space of 40 MB": (lambda: with_sheet(b" " * (40 * MIB)), False),
    "a million attributes": (
        lambda: with_sheet(b"<row " + b" ".join(b'a%d=">"' % n for n in range(10**6)) + b"/>"),
        False,
    ),
    "elements a million deep": (lambda: with_sheet(b"<a>" * 10**6 + b"</a>" * 10**6), False),
    "a million rows in use": (
        lambda: with_sheet(b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (n, n) for n in range(100, 1_048_577))),
        True,
    ),
    "a million filled cells": (
        lambda: with_sheet(b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(100, 10**6))),
        False,
    ),
    "blank cells by the million": (
        lambda: with_sheet(b'<row r="100">' + b'<c r="A100" s="1"/>' * (3 * 10**6) + b"</row>"),
        True,
    ),
    "a shared string of 50 MB": (
        lambda: package(
            parts_of(BASE)
            | {
                "xl/sharedStrings.xml": b"<sst><si><t>"
                + b"</t></si><si><t>".join([b"x" * 900_000] * 55)
                + b"</t></si></sst>"
            }
        ),
        False,
    ),
    "a long formula that very many cells share": (
        lambda: with_sheet(
            b'<row r="100"><c r="A100"><f t="shared" si="0" ref="A100:A190000">'
            + b"+A1" * 80_000
            + b"</f></c></row>"
            + b"".join(b'<row r="%d"><c r="A%d"><f t="shared" si="0"/></c></row>' % (n, n) for n in range(101, 190_000))
        ),
        True,
    ),
    "a short formula that very many cells share": (
        lambda: with_sheet(
            b'<row r="100"><c r="A100"><f t="shared" si="0" ref="A100:A190000">'
            + b"+A1" * 80
            + b"</f></c></row>"
            + b"".join(b'<row r="%d"><c r="A%d"><f t="shared" si="0"/></c></row>' % (n, n) for n in range(101, 190_000))
        ),
        True,
    ),
    "a formula of a megabyte in an entry": (
        lambda: with_sheet(b'<row r="7"><c r="D7"><f>' + b"[1" * 450_000 + b"</f><v>2</v></c></row>"),
        True,
    ),
    "brackets by the thousand in the formula of an entry": (
        cell("表三!D7", "<f>" + "[1" * 200_000 + "</f><v>2</v>"),
        True,
    ),
    "names within names, around all the text there may be": (
        changed(
            "xl/workbook.xml",
            lambda xml: xml.replace(
                "</definedNames>",
                '<definedName name="a">"' * 90
                + f"{'x' * 400_000}<a/>" * 100
                + "</definedName>" * 90
                + "</definedNames>",
            ),
        ),
        True,
    ),
    "brackets by the thousand in a number format": (formatted("表三!D7", "[" * 200_000), True),
    "names by the thousand that nobody sees": (
        changed(
            "xl/workbook.xml", lambda xml: xml.replace("</workbook>", f"<!--{'<definedName ' * 100_000}--></workbook>")
        ),
        True,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_workbooks_end_in_a_sentence_within_seconds(name: str) -> None:
    make, may_be_read = HOSTILE[name]
    data = make()
    started = time.monotonic()
    reading = read_return(data)
    assert time.monotonic() - started < MOST_SECONDS
    if may_be_read:
        assert reading.submission is not None, reading.findings
        wrong = {k: v for k, v in reading.submission.values.items() if v is not None and v != FIGURES[k]}
        assert wrong == {}
    else:
        assert reading.submission is None
        assert "读不出来" not in reading.findings[0].message


@pytest.mark.skipif(sys.platform == "win32", reason="the peak of memory is asked of POSIX")
def test_no_hostile_workbook_takes_more_than_the_memory_a_batch_may_have(tmp_path: Path) -> None:
    for number, (make, _) in enumerate(HOSTILE.values()):
        (tmp_path / f"{number}.xlsx").write_bytes(make())
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from nianbao.excel.reader import read_return\n"
        "from nianbao.files import incoming\n"
        "for one in incoming([Path(sys.argv[1])]):\n"
        "    if one.data is not None:\n"
        "        read_return(one.data)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, capture_output=True, timeout=120)
    kilobytes = int(done.stdout) >> (10 if sys.platform == "darwin" else 0)
    assert kilobytes < 600 * 1024


def _of_their_own(part: str, where: str, more: str) -> Callable[[str], bytes]:
    """The base with something large in one of its parts, which differs from file to file."""

    def make(number: str) -> bytes:
        parts = parts_of(BASE)
        xml = parts[part].decode()
        assert where in xml
        parts[part] = xml.replace(where, more.replace("#", number) + where, 1).encode()
        return package(parts)

    return make


LARGE: dict[str, Callable[[str], bytes]] = {
    "shared string": _of_their_own("xl/sharedStrings.xml", "</sst>", f"<si><t>#\U0001f600{'x' * 300_000}</t></si>"),
    "frame of shared strings": _of_their_own("xl/sharedStrings.xml", "<si>", f"#\U0001f600{'x' * 300_000}"),
    "workbook": _of_their_own("xl/workbook.xml", "</workbook>", f"<a b='#'/>{'<a/>' * 20_000}"),
    "properties": _of_their_own("docProps/custom.xml", "</Properties>", f"<property name='#'/>{' ' * 400_000}"),
    "relations": _of_their_own(
        "xl/_rels/workbook.xml.rels", "</Relationships>", "".join(f"<a Id='#.{n}'/>" for n in range(6_000))
    ),
    "cells": _of_their_own(
        THREE,
        "</sheetData>",
        "".join(f'<row r="{n}"><c r="A{n}" s="#"><v>1</v></c></row>' for n in range(500, 5_500)),
    ),
    "number format": lambda number: formatted("表三!D7", f"0\U0001f600{number}{'x' * 300_000}")(),
    "name of a member": lambda number: package(
        parts_of(BASE) | {f"xl/media/{number}.{n}{'x' * 30_000}": b"" for n in range(20)}
    ),
    "figures": lambda number: cell("表三!D7", f"<v>{number}{'0' * 300_000}</v>")(),
    "formulas": lambda number: cell("表三!D6", f"<f>{number}+\U0001f600{'0' * 300_000}</f><v>1</v>")(),
    "formulas of totals": lambda number: cell("表三!J6", f"<f>{number}+\U0001f600{'0' * 300_000}</f><v>1</v>")(),
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_large_in_a_return_is_not_remembered_after_it_was_read(name: str) -> None:
    read_return(BASE)
    read_return(LARGE[name]("1"))
    files = [LARGE[name](str(number)) for number in range(2, 10)]
    tracemalloc.start()
    try:
        for data in files:
            read_return(data)
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < MIB


def test_a_parcel_of_bombs_is_read_no_further_than_the_cap_and_its_good_file_is_read(tmp_path: Path) -> None:
    from nianbao.files import incoming

    members = {f"{n:02}.xlsx": b" " * (60 * MIB) for n in range(3)} | {"a.xlsx": BASE}
    (tmp_path / "z.zip").write_bytes(package(members))
    found: dict[str, Reading | None] = {}
    for one in incoming([tmp_path]):
        found[one.name] = None if one.data is None else read_return(one.data)
    good = found["z.zip!a.xlsx"]
    assert good is not None
    assert good.submission is not None
    assert [name for name, reading in found.items() if reading is not None] == ["z.zip!a.xlsx"]


def test_an_inflated_member_is_never_larger_than_it_says(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(lying_bomb("xl/media/image1.png"))
    with zipfile.ZipFile(path) as archive:  # the standard library believes it
        assert archive.getinfo("xl/media/image1.png").file_size == MIB
    assert read_return(path.read_bytes()).submission is None
