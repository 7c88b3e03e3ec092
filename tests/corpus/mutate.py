"""One good return, its parts, and the tools that change them: what the cases of the corpus are made with."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from nianbao.excel.writer import write_template
from nianbao.figures import Key
from nianbao.form import load_form
from nianbao.layout import layout_of
from nianbao.rules import Number
from nianbao.submission import Identity, Submission, with_totals

FOLDER = Path(__file__).parent
FORM = load_form("2021")
LAYOUT = layout_of(FORM)
TABLES = {table.key: table.sheet for table in FORM.tables}
Parts = dict[str, bytes]


def _figures() -> dict[Key, Number | None]:
    """Figures that pass every check and of which hardly two are alike, so that a shifted one is seen."""
    figures: dict[Key, Number | None] = {}
    for number, (key, entry) in enumerate(FORM.entries.items()):
        if entry.filled_in:
            figures[key] = 0 if key.line == "regulations" else number % 97 + 1
    columns = {key.column for key in figures if key.table == "3"}
    for column in columns:
        results = sum(int(value or 0) for key, value in figures.items() if _is_result(key, column))
        figures[Key("3", "4", column)] = 3
        figures[Key("3", "2", column)] = 2
        figures[Key("3", "1", column)] = results + 1
    figures[Key("2", "normative_documents", "in_force")] = 180
    figures[Key("2", "fees", "amount")] = Decimal("46.2697")
    return figures


def _is_result(key: Key, column: str) -> bool:
    return key.table == "3" and key.column == column and key.line.startswith("3.")


FIGURES = with_totals(FORM, _figures())
TEXTS = {text.key: "是" for text in FORM.texts if text.declares} | {
    text.key: "已核对" for text in FORM.texts if text.kind == "text" and not text.identity and text.sheet == "封面"
}
IDENTITY = Identity("2021", unit="教育局", code="003", county="桦川县", year=2021)
FULL = write_template(FORM, Submission(IDENTITY, FIGURES, texts=TEXTS))


@dataclass(frozen=True)
class Case:
    """One mutated return: where it belongs, its file name, how it is made, and what the findings must name."""

    folder: str
    name: str
    make: Callable[[], bytes]
    cell: str | None = None


# -- tools: the parts of a package, and the package of parts


def parts_of(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def package(parts: Parts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method, compresslevel=9) as archive:
        for name, data in parts.items():
            info = zipfile.ZipInfo(name, (2022, 1, 20, 9, 0, 0))
            info.compress_type = method
            archive.writestr(info, data, compresslevel=9)
    return buffer.getvalue()


def _slim(parts: Parts) -> Parts:
    """Without what takes most room and concerns no reader: conditional formats, validations, the sheet of checks."""
    for name, data in parts.items():
        xml = re.sub(rb"<conditionalFormatting.*</conditionalFormatting>", b"", data, flags=re.S)
        xml = re.sub(rb"<dataValidations.*</dataValidations>", b"", xml, flags=re.S)
        if name.startswith("xl/worksheets/") and b"COUNTIF" not in xml and b"IFERROR" in xml:
            xml = re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData/>", xml, flags=re.S)
            xml = re.sub(rb"<hyperlinks.*</hyperlinks>", b"", xml, flags=re.S)
        parts[name] = xml
    return parts


BASE = package(_slim(parts_of(FULL)))


def sheet_names() -> dict[str, str]:
    """The part of every sheet, by the sheet's name."""
    workbook = parts_of(BASE)["xl/workbook.xml"].decode()
    return {
        name: f"xl/worksheets/sheet{number}.xml"
        for number, name in enumerate(re.findall(r'<sheet name="([^"]+)"', workbook), 1)
    }


SHEETS = sheet_names()


def changed(part: str, change: Callable[[str], str]) -> Callable[[], bytes]:
    """The base with one part changed; a change that changes nothing is a mistake in this file."""

    def make() -> bytes:
        parts = parts_of(BASE)
        before = parts[part].decode()
        after = change(before)
        assert after != before, part
        parts[part] = after.encode()
        return package(parts)

    return make


def everywhere(change: Callable[[str], str], names: str = r"xl/worksheets/.*\.xml") -> Callable[[], bytes]:
    def make() -> bytes:
        parts = parts_of(BASE)
        after = {
            name: change(data.decode()).encode() if re.fullmatch(names, name) else data for name, data in parts.items()
        }
        assert after != parts
        return package(after)

    return make


def cell(where: str, inner: str, attributes: str = "") -> Callable[[], bytes]:
    """The base with one cell's content replaced: ``表三!D7``, everything between the tags, further attributes."""
    sheet, _, name = where.partition("!")

    def change(xml: str) -> str:
        pattern = rf'<c r="{name}"( s="\d+")?[^>]*?(/>|>.*?</c>)'
        return re.sub(pattern, lambda match: f'<c r="{name}"{match[1] or ""}{attributes}>{inner}</c>', xml, count=1)

    return changed(SHEETS[sheet], change)


def typed(where: str, text: str) -> Callable[[], bytes]:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return cell(where, f'<is><t xml:space="preserve">{escaped}</t></is>', ' t="inlineStr"')


def number(where: str, raw: str) -> Callable[[], bytes]:
    return cell(where, f"<v>{raw}</v>")


def added(where: str, xml_cell: str) -> Callable[[], bytes]:
    """The base with a cell that the form does not have, in a row of its own at the end."""
    sheet, _, name = where.partition("!")
    row = name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return changed(
        SHEETS[sheet], lambda xml: xml.replace("</sheetData>", f'<row r="{row}">{xml_cell}</row></sheetData>')
    )


def formatted(where: str, code: str) -> Callable[[], bytes]:
    """The base with one cell shown by another number format."""
    sheet, _, name = where.partition("!")

    def make() -> bytes:
        parts = parts_of(BASE)
        styles = parts["xl/styles.xml"].decode()
        number_id = code if code.isdecimal() else "400"
        if not code.isdecimal():
            entry = f'<numFmt numFmtId="400" formatCode="{code}"/></numFmts>'
            assert "</numFmts>" in styles
            styles = styles.replace("</numFmts>", entry, 1)
        count = int(re.search(r'<cellXfs count="(\d+)"', styles)[1])  # type: ignore[index]  # the writer always has it
        styles = styles.replace("</cellXfs>", f'<xf numFmtId="{number_id}" applyNumberFormat="1"/></cellXfs>')
        parts["xl/styles.xml"] = styles.encode()
        xml = parts[SHEETS[sheet]].decode()
        after = re.sub(rf'(<c r="{name}") s="\d+"', rf'\1 s="{count}"', xml)
        assert after != xml
        parts[SHEETS[sheet]] = after.encode()
        return package(parts)

    return make


def moved(sheet: str, *, row: int = 0, column: int = 0, by: int) -> Callable[[], bytes]:
    """Rows (or columns) from a given one on moved as Excel does it; with a negative ``by`` some are deleted."""

    def shift(match: re.Match[str]) -> str:
        letters, digits = match[1], int(match[2])
        index = _column_index(letters)
        if row and digits >= row:
            digits = max(row, digits + by)
        if column and index >= column:
            index = max(column, index + by)
        return f"{_column_name(index)}{digits}"

    def gone(match: re.Match[str]) -> bool:
        digits, index = int(match[2]), _column_index(match[1])
        return by < 0 and (row <= digits < row - by if row else column <= index < column - by)

    def change(xml: str) -> str:
        address = r"\b([A-Z]{1,3})(\d+)\b"
        if by < 0:
            xml = re.sub(rf'<c r="{address}"[^>]*?(?:/>|>.*?</c>)', lambda match: "" if gone(match) else match[0], xml)
            if row:
                xml = re.sub(
                    rf'<row r="(?:{"|".join(str(row + n) for n in range(-by))})"[^>]*?(/>|>.*?</row>)', "", xml
                )
            xml = re.sub(rf'<mergeCell ref="{address}:{address}"/>', lambda match: _kept(match, row, column, by), xml)
        xml = re.sub(rf'(?<= r="){address}(?=")', shift, xml)
        xml = re.sub(r'(?<=<mergeCell ref=")[A-Z0-9:]+', lambda match: re.sub(address, shift, match[0]), xml)
        if row:
            xml = re.sub(r'(?<=<row r=")\d+', lambda match: shift_row(match[0]), xml)
        reference = r"[$]?([A-Z]{1,2})[$]?([0-9]+)"
        return re.sub(r"(?<=<f>).*?(?=</f>)", lambda match: re.sub(reference, shift, match[0]), xml)

    def shift_row(digits: str) -> str:
        return str(int(digits) + by) if int(digits) >= row else digits

    return changed(SHEETS[sheet], change)


def _kept(match: re.Match[str], row: int, column: int, by: int) -> str:
    first, last = int(match[2]), int(match[4])
    if column:
        first, last = _column_index(match[1]), _column_index(match[3])
    start = row or column
    return "" if start <= first and last < start - by else match[0]


def swapped(sheet: str, one: int, other: int) -> Callable[[], bytes]:
    """Two rows exchanged, labels and figures together."""

    def change(xml: str) -> str:
        def turn(match: re.Match[str]) -> str:
            there = {one: other, other: one}.get(int(match[2]))
            return match[0] if there is None else f"{match[1]}{there}{match[3]}"

        xml = re.sub(r'(<row r=")(\d+)(")', turn, xml)
        return re.sub(r'(<c r="[A-Z]+)(\d+)(")', turn, xml)

    return changed(SHEETS[sheet], change)


def columns_swapped(sheet: str, one: str, other: str) -> Callable[[], bytes]:
    def turn(match: re.Match[str]) -> str:
        return f'<c r="{ {one: other, other: one}.get(match[1], match[1]) }{match[2]}"'

    return changed(SHEETS[sheet], lambda xml: re.sub(r'<c r="([A-Z]+)(\d+)"', turn, xml))


def _column_index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _column_name(index: int) -> str:
    return chr(64 + index) if index <= 26 else chr(64 + (index - 1) // 26) + chr(65 + (index - 1) % 26)


def with_part(name: str, data: bytes, kind: str | None = None) -> Callable[[], bytes]:
    """The base with one part more, and a relation of the workbook to it where ``kind`` is given."""

    def make() -> bytes:
        parts = parts_of(BASE)
        parts[name] = data
        if kind is not None:
            relation = f'<Relationship Id="rId99" Type="http://x/{kind}" Target="/{name}"/></Relationships>'
            rels = parts["xl/_rels/workbook.xml.rels"].decode().replace("</Relationships>", relation)
            parts["xl/_rels/workbook.xml.rels"] = rels.encode()
        return package(parts)

    return make


def without(*names: str) -> Callable[[], bytes]:
    def make() -> bytes:
        parts = parts_of(BASE)
        for name in names:
            del parts[name]
        return package(parts)

    return make


def without_sheet(name: str) -> Callable[[], bytes]:
    return changed("xl/workbook.xml", lambda xml: re.sub(rf'<sheet name="{name}"[^>]*/>', "", xml))


def openpyxl_saved(change: Callable[[object], None] | None = None) -> Callable[[], bytes]:
    def make() -> bytes:
        import openpyxl

        book = openpyxl.load_workbook(io.BytesIO(BASE))
        if change is not None:
            change(book)
        buffer = io.BytesIO()
        book.save(buffer)
        return package(parts_of(buffer.getvalue()))

    return make


def raw(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def first_label(key: str) -> str:
    return next(table.title for table in FORM.tables if table.key == key)


def encrypted(password: str) -> bytes:
    from msoffcrypto.format.ooxml import OOXMLFile

    buffer = io.BytesIO()
    OOXMLFile(io.BytesIO(BASE)).encrypt(password, buffer)  # type: ignore[no-untyped-call]  # it ships no types
    return buffer.getvalue()
