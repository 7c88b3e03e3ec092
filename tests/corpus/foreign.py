"""Cases that should be rejected with a sentence: no return, a broken one, or one that means harm."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

from mutate import (
    BASE,
    SHEETS,
    Case,
    added,
    changed,
    encrypted,
    package,
    parts_of,
    raw,
    with_part,
    without,
)


def _flipped_digit() -> bytes:
    data = bytearray(package(parts_of(BASE), zipfile.ZIP_STORED))
    where = data.index(b"<v>2</v>", data.index(b"worksheets/sheet3.xml"))
    data[where + 3] = ord("7")
    return bytes(data)


def _duplicate(name: str, change: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    def make() -> bytes:
        import warnings

        parts = parts_of(BASE)
        source = next(part for part in parts if part.casefold() == name.casefold())
        buffer = io.BytesIO()
        with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            warnings.simplefilter("ignore")
            for part, data in parts.items():
                archive.writestr(zipfile.ZipInfo(part), data, zipfile.ZIP_DEFLATED)
            archive.writestr(zipfile.ZipInfo(name), change(parts[source]), zipfile.ZIP_DEFLATED)
        return buffer.getvalue()

    return make


def _hidden_in_comment() -> bytes:
    other = package({"a": b"x"})
    data = bytearray(BASE)
    data[-2:] = struct.pack("<H", len(other))
    return bytes(data) + other


def _members(count: int) -> bytes:
    return package(parts_of(BASE) | {f"x/{number}": b"" for number in range(count)})


def _entities(body: str, use: str) -> Callable[[], bytes]:
    return changed(
        SHEETS["表三"],
        lambda xml: xml.replace("?>", f"?>\n<!DOCTYPE x [{body}]>", 1).replace("<v>2</v>", f"<v>{use}</v>", 1),
    )


def _size_lie() -> bytes:
    """A part that says that it is small, in both of its headers, and is not."""
    big = b"0" * 3_000_000
    parts = parts_of(BASE) | {"xl/media/lie.bin": big}
    data = package(parts)
    true, lie = struct.pack("<L", len(big)), struct.pack("<L", 100)
    assert data.count(true) == 2
    return data.replace(true, lie)


def _overlapping() -> bytes:
    """Two entries of the directory that share one member's bytes."""
    data = bytearray(package({"[Content_Types].xml": b"x" * 500, "xl/workbook.xml": b"y" * 500}))
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    return bytes(data)


def _with_method(method: int) -> Callable[[], bytes]:
    def make() -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for name, data in parts_of(BASE).items():
                archive.writestr(zipfile.ZipInfo(name), data, method)
        return buffer.getvalue()

    return make


def _locked_members() -> bytes:
    data = bytearray(BASE)
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        where = data.find(sign)
        while where >= 0:
            data[where + at] |= 1
            where = data.find(sign, where + 4)
    return bytes(data)


def _word(main: str, name: str) -> bytes:
    kind = f"application/vnd.openxmlformats-officedocument.{main}.main+xml"
    types = f'<Types><Override PartName="/{name}" ContentType="{kind}"/></Types>'
    target = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    rels = f'<Relationships><Relationship Id="rId1" Type="{target}" Target="{name}"/></Relationships>'
    return package({"[Content_Types].xml": types.encode(), "_rels/.rels": rels.encode(), name: b"<document/>"})


def _another_form() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["部门决算报表", "2021"])
    book.active.append(["收入", 100])
    buffer = io.BytesIO()
    book.save(buffer)
    return package(parts_of(buffer.getvalue()))


def rejected() -> Iterator[Case]:
    def case(name: str, make: Callable[[], bytes]) -> Case:
        return Case("should-reject", name, make)

    three = SHEETS["表三"]
    yield case("empty.xlsx", raw(b""))
    yield case("all-nul.xlsx", raw(b"\x00" * 4096))
    yield case("truncated-half.xlsx", raw(BASE[: len(BASE) // 2]))
    yield case("truncated-directory.xlsx", raw(BASE[:-30]))
    yield case("checksum-wrong.xlsx", _flipped_digit)
    yield case(
        "html-table.xls", raw("<html><meta charset=gbk><table><tr><td>表三</td></tr></table></html>".encode("gbk"))
    )
    yield case("mhtml.xls", raw(b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\nx"))
    yield case(
        "spreadsheetml-2003.xls",
        raw(b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'),
    )
    yield case("csv-gbk.xlsx", raw("单位,教育局\r\n表三,1\r\n".encode("gbk")))
    yield case("csv-utf16.xls", raw("单位\t教育局\r\n".encode("utf-16")))
    yield case("word.xlsx", lambda: _word("wordprocessingml.document", "word/document.xml"))
    yield case("powerpoint.xlsx", lambda: _word("presentationml.presentation", "ppt/presentation.xml"))
    yield case("xlsb.xlsx", lambda: _word("sheet.binary", "xl/workbook.bin"))
    yield case("pdf.xlsx", raw(b"%PDF-1.7\n%\xe2\xe3\n1 0 obj"))
    yield case("png.xlsx", raw(b"\x89PNG\r\n\x1a\n" + b"\x00" * 50))
    yield case("jpeg.xls", raw(b"\xff\xd8\xff\xe0" + b"\x00" * 50))
    yield case("rar.xlsx", raw(b"Rar!\x1a\x07\x01\x00" + b"\x00" * 50))
    yield case("gzip.xlsx", raw(b"\x1f\x8b\x08" + zlib.compress(b"x")))
    yield case("plain-zip.xlsx", lambda: package({"说明.txt": b"x"}))
    yield case("password-agile.xlsx", lambda: encrypted("secret"))
    yield case("ole-nonsense.xls", raw(bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 1024))
    yield case("another-form.xlsx", _another_form)
    yield case("duplicate-member.xlsx", _duplicate(three, lambda data: data.replace(b"<v>2</v>", b"<v>7</v>")))
    yield case(
        "duplicate-member-by-case.xlsx", _duplicate(three.upper(), lambda data: data.replace(b"<v>2</v>", b"<v>7</v>"))
    )
    yield case("two-archives.xlsx", raw(BASE + BASE))
    yield case("prepended-data.xlsx", raw(b"MZ" + b"x" * 500 + BASE))
    yield case("archive-hidden-in-comment.xlsx", _hidden_in_comment)
    yield case("traversal.xlsx", with_part("../../evil.txt", b"x"))
    yield case("absolute-name.xlsx", with_part("/etc/evil.txt", b"x"))
    yield case("overlapping-members.xlsx", _overlapping)
    yield case("size-lie.xlsx", _size_lie)
    yield case("too-many-members.xlsx", lambda: _members(1100))
    yield case("lzma-members.xlsx", _with_method(zipfile.ZIP_LZMA))
    yield case("bzip2-members.xlsx", _with_method(zipfile.ZIP_BZIP2))
    yield case("locked-members.xlsx", _locked_members)
    yield case("external-entity.xlsx", _entities('<!ENTITY x SYSTEM "file:///etc/hostname">', "&x;"))
    yield case("billion-laughs.xlsx", _entities('<!ENTITY a "1"><!ENTITY b "&a;&a;">', "&b;"))
    yield case("undefined-entity.xlsx", changed(three, lambda xml: xml.replace("<v>2</v>", "<v>&x;</v>", 1)))
    yield case("sheet-not-well-formed.xlsx", changed(three, lambda xml: xml[: len(xml) // 2]))
    yield case("sheet-part-missing.xlsx", without(three))
    yield case("shared-strings-missing.xlsx", without("xl/sharedStrings.xml"))
    yield case("workbook-part-missing.xlsx", without("xl/workbook.xml"))
    yield case("content-types-missing.xlsx", without("[Content_Types].xml"))
    yield case("cell-beyond-the-grid.xlsx", added("表三!XFE1", '<c r="XFE1"><v>1</v></c>'))
    yield case("row-beyond-the-grid.xlsx", added("表三!A1048577", '<c r="A1048577"><v>1</v></c>'))
    yield case("cell-in-another-row.xlsx", changed(three, lambda xml: xml.replace('<c r="D7"', '<c r="D9"', 1)))
    yield case("encoding-unknown.xlsx", changed(three, lambda xml: xml.replace("UTF-8", "x-nobody-knows", 1)))
