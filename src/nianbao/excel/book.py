"""From bytes to cells: one workbook as sheets of raw cells, whatever program saved it.

The format is told by content, never by the file's name. xlsx and ods are read by our own small readers over the ZIP,
which see what the common ones hide (formulas, error values, cells far out); xls by xlrd, which gives values only.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from lxml.etree import _Element

Kind = Literal["number", "text", "bool", "error", "blank"]
MAX_PART = 64 * 2**20
MAX_MEMBERS = 1000
_ODD = "文件的内部结构不正常，请用模板重新填写。"
_DAMAGED = "文件已损坏或没有传完，请重新发送。"


class UnreadableError(Exception):
    """Bytes that are no workbook we can read; the message is the Chinese sentence for the office."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as stored: raw text, what kind of value it is, its formula and its number format (None: unknown)."""

    raw: str
    kind: Kind
    formula: str | None = None
    number_format: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: cells by 0-based (row, column), blanks left out."""

    name: str
    cells: Mapping[tuple[int, int], Cell]


@dataclass(frozen=True, slots=True)
class Book:
    """One workbook; ``properties`` are its custom document properties (empty where the format hides them)."""

    sheets: tuple[Sheet, ...]
    properties: Mapping[str, str] = field(default_factory=dict)
    formulas_known: bool = True


def open_book(data: bytes) -> Book:
    """The workbook in ``data``; raise UnreadableError with a sentence."""
    if not data:
        raise UnreadableError("文件是空的（0 字节），请重新发送。")
    if data[:4] == b"PK\x03\x04":
        return _open_zip(data)
    if data[:8] == bytes.fromhex("d0cf11e0a1b11ae1"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UnreadableError("文件设有打开密码，请取消密码后另存再发。")
        from nianbao.excel.xls import read_xls

        return read_xls(data)
    if data[:5] == b"%PDF-":
        raise UnreadableError("这是 PDF 文件，不是表格，请发送填好的 Excel 表。")
    if data[:5] == b"{\\rtf" or data.lstrip()[:1] == b"<":
        raise UnreadableError("这是网页或文本，不是 Excel 文件，请用模板填好后另存为 xlsx。")
    raise UnreadableError("这不是 Excel 文件，或者文件已损坏、没有传完，请重新发送。")


def _open_zip(data: bytes) -> Book:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read_package(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, KeyError, ValueError, NotImplementedError, OSError) as error:
        raise UnreadableError(_DAMAGED) from error
    except (RuntimeError, EOFError) as error:
        raise UnreadableError("文件设有密码或已损坏，请取消密码后另存再发。") from error


def _read_package(archive: zipfile.ZipFile) -> Book:
    names = archive.namelist()
    if len(names) > MAX_MEMBERS or len({name.replace("\\", "/").casefold() for name in names}) != len(names):
        raise UnreadableError(_ODD)
    if "mimetype" in names and b"opendocument.spreadsheet" in read_part(archive, "mimetype"):
        from nianbao.excel.ods import read_ods

        return read_ods(archive)
    if "[content_types].xml" not in {name.casefold() for name in names}:
        raise UnreadableError("这是压缩包，不是 Excel 文件。")
    from nianbao.excel.xlsx import read_xlsx

    return read_xlsx(archive)


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of one member, inflated up to a limit and checked against its CRC."""
    with archive.open(name) as stream:
        data = stream.read(MAX_PART + 1)
    if len(data) > MAX_PART:
        raise UnreadableError("文件展开后过大，不像是填好的报表，请用模板重新填写。")
    return data


def parse_part(archive: zipfile.ZipFile, name: str) -> _Element:
    """The root element of one member; document types, entities and broken XML are refused."""
    from lxml import etree

    data = read_part(archive, name)
    if b"<!DOCTYPE" in data or "<!DOCTYPE".encode("utf-16-le") in data or "<!DOCTYPE".encode("utf-16-be") in data:
        raise UnreadableError(_ODD)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableError(_DAMAGED) from error
