"""Builds the corpus of returned workbooks: one good return, and what programs and people make of it.

``python tests/corpus/build.py`` writes every case into should-accept, should-flag or should-reject beside this file; a
file there that is not built here was found by fuzzing or in the wild, and stays.  The name of a case says what is wrong.
"""

from __future__ import annotations

import io
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
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
    """Rows (or columns) from ``row`` (or ``column``) on moved as Excel does it; with a negative ``by`` some are deleted."""

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


# -- should be accepted with the same values


def _minimal_styles(xml: str) -> str:
    return re.sub(
        r"<styleSheet(.*?)>.*</styleSheet>", r"<styleSheet\1><fills><fill/></fills></styleSheet>", xml, flags=re.S
    )


def _bad_colours(xml: str) -> str:
    return re.sub(r'rgb="[0-9A-F]{8}"', 'rgb="nonsense"', xml).replace('<family val="2"/>', '<family val="77"/>')


def _inline_strings(parts: Parts) -> Parts:
    shared = re.findall(r"<si>(.*?)</si>", parts["xl/sharedStrings.xml"].decode(), re.S)
    pattern = r'<c r="([A-Z0-9]+)"( s="\d+")? t="s"><v>(\d+)</v></c>'
    for name in SHEETS.values():
        xml = re.sub(
            pattern,
            lambda match: f'<c r="{match[1]}"{match[2] or ""} t="inlineStr"><is>{shared[int(match[3])]}</is></c>',
            parts[name].decode(),
        )
        parts[name] = xml.encode()
    del parts["xl/sharedStrings.xml"]
    rels = parts["xl/_rels/workbook.xml.rels"].decode()
    parts["xl/_rels/workbook.xml.rels"] = re.sub(r"<Relationship [^>]*sharedStrings[^>]*/>", "", rels).encode()
    return parts


def _strict(parts: Parts) -> Parts:
    for name, data in parts.items():
        text = data.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        )
        parts[name] = text.replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        )
    return parts


def _prefixed(xml: str) -> str:
    xml = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", xml.partition("?>")[2])
    return xml.replace(' xmlns="', ' xmlns:x="', 1)


def _reversed_rows(xml: str) -> str:
    head, rest = xml.split("<sheetData>")
    rows, tail = rest.split("</sheetData>")
    found = re.findall(r"<row .*?</row>|<row [^>]*/>", rows, re.S)
    return f"{head}<sheetData>{''.join(reversed(found))}</sheetData>{tail}"


def _rebuilt(change: Callable[[Parts], Parts], method: int = zipfile.ZIP_DEFLATED) -> Callable[[], bytes]:
    return lambda: package(change(parts_of(BASE)), method)


def _renamed(change: Callable[[str], str]) -> Callable[[], bytes]:
    return lambda: package({change(name): data for name, data in parts_of(BASE).items()})


def _streamed() -> bytes:
    """As written to a pipe: sizes follow the data."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.written = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.written += bytes(data)  # type: ignore[call-overload]  # any buffer
            return len(bytes(data))  # type: ignore[call-overload]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # a raw stream will do
        for name, data in parts_of(BASE).items():
            archive.writestr(zipfile.ZipInfo(name, (2022, 1, 20, 9, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return bytes(pipe.written)


def _zip64() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts_of(BASE).items():
            info = zipfile.ZipInfo(name, (2022, 1, 20, 9, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as stream:
                stream.write(data)
    return buffer.getvalue()


def _encrypted(password: str) -> bytes:
    from msoffcrypto.format.ooxml import OOXMLFile

    buffer = io.BytesIO()
    OOXMLFile(io.BytesIO(BASE)).encrypt(password, buffer)  # type: ignore[no-untyped-call]  # it ships no types
    return buffer.getvalue()


def accepted() -> Iterator[Case]:
    def case(name: str, make: Callable[[], bytes]) -> Case:
        return Case("should-accept", name, make)

    two, three = SHEETS["表二"], SHEETS["表三"]
    yield case("as-written.xlsx", raw(FULL))
    yield case("wrong-extension.xls", raw(BASE))
    yield case("openpyxl-resaved-without-results.xlsx", openpyxl_saved())
    yield case(
        "wps-dimension-a1.xlsx",
        everywhere(lambda xml: re.sub(r'<dimension ref="[^"]*"/>', '<dimension ref="A1"/>', xml)),
    )
    yield case(
        "dimension-a0.xlsx",
        changed(three, lambda xml: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A0:F20"', xml)),
    )
    yield case(
        "dimension-whole-grid.xlsx",
        changed(three, lambda xml: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"', xml)),
    )
    yield case("no-dimension.xlsx", everywhere(lambda xml: re.sub(r"<dimension[^>]*/>", "", xml)))
    yield case(
        "wps-no-string-counts.xlsx",
        changed("xl/sharedStrings.xml", lambda xml: re.sub(r' (uniqueC|c)ount="\d+"', "", xml)),
    )
    yield case(
        "wps-core-properties.xlsx",
        changed(
            "docProps/core.xml",
            lambda xml: xml.replace("dcterms:created", "dcterms:createdby").replace("xsi:type", "xsi:kind"),
        ),
    )
    yield case("wps-number-format-59.xlsx", formatted("表三!D7", "59"))
    yield case(
        "wps-extension-list.xlsx",
        changed(
            three,
            lambda xml: xml.replace(
                "</worksheet>",
                '<extLst><ext uri="{x}" xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"><etc:autoFilterAnalysis><c r="D7"><v>999</v></c></etc:autoFilterAnalysis></ext></extLst></worksheet>',
            ),
        ),
    )
    yield case("general-format-of-chinese-excel.xlsx", formatted("表三!D7", "G/通用格式"))
    yield case("empty-fill.xlsx", changed("xl/styles.xml", _minimal_styles))
    yield case("bad-colours-and-font-family.xlsx", changed("xl/styles.xml", _bad_colours))
    yield case("styles-not-xml.xlsx", changed("xl/styles.xml", lambda xml: xml[:200]))
    yield case("styles-missing.xlsx", without("xl/styles.xml"))
    yield case("style-index-out-of-range.xlsx", changed(three, lambda xml: re.sub(r' s="\d+"', ' s="9999"', xml)))
    yield case("theme-missing.xlsx", without("xl/theme/theme1.xml"))
    yield case("strict-ooxml.xlsx", _rebuilt(_strict))
    yield case("prefixed-elements.xlsx", changed(three, _prefixed))
    yield case(
        "absolute-targets.xlsx",
        changed("xl/_rels/workbook.xml.rels", lambda xml: xml.replace('Target="', 'Target="/xl/')),
    )
    yield case("inline-strings.xlsx", _rebuilt(_inline_strings))
    yield case(
        "utf16-sheet.xlsx",
        _rebuilt(lambda parts: parts | {three: parts[three].decode().replace("UTF-8", "UTF-16").encode("utf-16")}),
    )
    yield case("utf8-bom.xlsx", _rebuilt(lambda parts: parts | {three: b"\xef\xbb\xbf" + parts[three]}))
    yield case("rows-reversed.xlsx", changed(three, _reversed_rows))
    yield case("row-numbers-missing.xlsx", changed(two, lambda xml: re.sub(r'<row r="\d+"', "<row", xml)))
    yield case(
        "white-space-in-values.xlsx", changed(three, lambda xml: re.sub(r"<v>(\d+)</v></c>", "<v>\n \\1 </v></c>", xml))
    )
    yield case("exponent-notation.xlsx", number("表三!D7", "2E0"))
    yield case("binary-noise.xlsx", _with_amount("46.269700000000004"))
    yield case(
        "phonetic-runs.xlsx",
        changed(
            "xl/sharedStrings.xml",
            lambda xml: xml.replace(
                "<si><t>规章</t></si>",
                '<si><r><t>规</t></r><r><rPr/><t>章</t></r><rPh sb="0" eb="1"><t>ZZ</t></rPh></si>',
            ),
        ),
    )
    yield case(
        "1904-dates.xlsx",
        changed("xl/workbook.xml", lambda xml: xml.replace("<workbookPr", '<workbookPr date1904="1"')),
    )
    yield case(
        "hidden-rows-and-columns.xlsx",
        changed(three, lambda xml: xml.replace("<row ", '<row hidden="1" ').replace("<col ", '<col hidden="1" ')),
    )
    yield case("protection-removed.xlsx", everywhere(lambda xml: re.sub(r"<sheetProtection[^>]*/>", "", xml)))
    yield case("unmerged.xlsx", changed(three, lambda xml: re.sub(r"<mergeCells.*</mergeCells>", "", xml)))
    yield case(
        "labels-half-width-and-radicals.xlsx",
        changed(
            "xl/sharedStrings.xml",
            lambda xml: xml.replace("（一）予以公开", "(一)予以公开").replace("自然人", "⾃然⼈"),
        ),
    )
    yield case("full-width-digits.xlsx", typed("表三!D7", "２"))
    yield case("value-with-unit.xlsx", typed("表三!D7", " 2 件"))
    yield case("text-number.xlsx", typed("表三!D7", "2"))
    yield case("formula-with-result.xlsx", cell("表三!D7", "<f>1+1</f><v>2</v>"))
    yield case("totals-never-calculated.xlsx", everywhere(lambda xml: re.sub(r"(</f>)<v>[^<]*</v>", r"\1", xml)))
    yield case("totals-placeholder-zero.xlsx", everywhere(lambda xml: re.sub(r"(</f>)<v>\d+</v>", r"\1<v>0</v>", xml)))
    yield case(
        "sheets-reordered.xlsx",
        changed(
            "xl/workbook.xml", lambda xml: re.sub(r"(<sheet name=[^>]*/>)(<sheet name=[^>]*/>)", r"\2\1", xml, count=1)
        ),
    )
    yield case(
        "sheet-renamed.xlsx",
        changed("xl/workbook.xml", lambda xml: xml.replace('<sheet name="表三"', '<sheet name="第三张表"')),
    )
    yield case("extra-sheet.xlsx", openpyxl_saved(lambda book: book.create_sheet("备注").append(["留言", 5])))  # type: ignore[attr-defined]  # an openpyxl workbook
    yield case(
        "identity-sheet-visible.xlsx", changed("xl/workbook.xml", lambda xml: xml.replace(' state="veryHidden"', ""))
    )
    yield case("stored-members.xlsx", _rebuilt(lambda parts: parts, zipfile.ZIP_STORED))
    yield case("streamed-members.xlsx", _streamed)
    yield case("zip64.xlsx", _zip64)
    yield case(
        "member-names-in-other-case.xlsx",
        _renamed(lambda name: name.replace("worksheets", "Worksheets").replace("[Content_Types]", "[content_types]")),
    )
    yield case("member-names-with-backslashes.xlsx", lambda: _renamed(lambda name: name.replace("/", "\\"))())
    yield case("folder-entries.xlsx", _rebuilt(lambda parts: {"xl/": b"", **parts}))
    yield case("unknown-part.xlsx", with_part("customXml/item1.xml", b"<x/>"))
    yield case("velvet-sweatshop.xlsx", lambda: _encrypted("VelvetSweatshop"))
    yield case("nul-padded-at-the-end.xlsx", raw(BASE + b"\x00" * 512))


def _with_amount(text: str) -> Callable[[], bytes]:
    return number("表二!B16", text)


# -- should be flagged with the cell

TYPED = {
    "none-word-wu": "无",
    "none-word-slash": "/",
    "none-word-dash": "—",
    "none-word-hyphen": "-",
    "none-word-not-applicable": "不适用",
    "chinese-numeral": "十二",
    "chinese-capital-numeral": "壹拾贰",
    "circle-zero": "〇",
    "about": "约12",
    "range": "10-12",
    "sum-as-text": "5+7",
    "percent-as-text": "12%",
    "date-as-text": "2026.3.1",
    "not-available": "N/A",
    "nan": "NaN",
    "infinity": "inf",
    "underscore": "1_000",
    "arabic-indic-digits": "٥٥",
    "superscript": "²",
    "circled-digit": "②",
    "negative": "-5",
    "decimal": "12.5",
    "huge-exponent": "1E300",
    "wrong-unit": "2人",
    "formula-as-text": "=cmd|'/C calc'!A0",
    "web-link-as-text": "http://example.com/2",
    "very-long-text": "测" * 40_000,
    "bidi-override": "\u202e21",
    "markup": "<b>2</b>",
    "only-spaces": "   ",
    "rare-character": "𠮷",
}


def flagged() -> Iterator[Case]:
    def case(name: str, make: Callable[[], bytes], cell: str | None = None) -> Case:
        return Case("should-flag", name, make, cell)

    one, two, three, four = SHEETS["封面"], SHEETS["表二"], SHEETS["表三"], SHEETS["表四"]
    for name, text in TYPED.items():
        yield case(f"typed-{name}.xlsx", typed("表三!D7", text), "表三!D7")
    yield case("typed-amount-in-yuan.xlsx", typed("表二!B16", "462697元"), "表二!B16")
    yield case("amount-with-seven-decimals.xlsx", number("表二!B16", "46.2697123"), "表二!B16")
    yield case("blank-entry.xlsx", cell("表三!D7", ""), "表三!D7")
    yield case("stored-decimal-count.xlsx", number("表三!D7", "2.5"), "表三!D7")
    yield case("stored-negative.xlsx", number("表三!D7", "-2"), "表三!D7")
    yield case("stored-huge.xlsx", number("表三!D7", "1E300"), "表三!D7")
    yield case("stored-id-number.xlsx", number("表三!D7", "110101199003077758"), "表三!D7")
    yield case("stored-nonsense.xlsx", number("表三!D7", "2abc"), "表三!D7")
    yield case("true.xlsx", cell("表三!D7", "<v>1</v>", ' t="b"'), "表三!D7")
    for error in ("#REF!", "#VALUE!", "#DIV/0!", "#N/A", "#NAME?"):
        name = re.sub(r"\W", "", error).lower()
        yield case(f"error-{name}.xlsx", cell("表三!D7", f"<v>{error}</v>", ' t="e"'), "表三!D7")
    yield case("error-in-formula.xlsx", cell("表三!D7", "<f>1/0</f><v>#DIV/0!</v>", ' t="e"'), "表三!D7")
    yield case("string-index-out-of-range.xlsx", cell("表三!D7", "<v>99999</v>", ' t="s"'), "表三!D7")
    yield case("unknown-cell-type.xlsx", cell("表三!D7", "<v>2</v>", ' t="zz"'), "表三!D7")
    yield case("iso-date.xlsx", cell("表三!D7", "<v>2021-03-01</v>", ' t="d"'), "表三!D7")
    yield case("percent-format.xlsx", formatted("表三!D7", "9"), "表三!D7")
    yield case("percent-format-custom.xlsx", formatted("表三!D7", "0.00%"), "表三!D7")
    yield case("date-format.xlsx", formatted("表三!D7", "14"), "表三!D7")
    yield case("date-format-custom.xlsx", formatted("表三!D7", "m&quot;月&quot;d&quot;日&quot;"), "表三!D7")
    yield case("formula-without-result.xlsx", cell("表三!D7", "<f>1+1</f>"), "表三!D7")
    yield case("formula-with-empty-text.xlsx", cell("表三!D7", '<f>""</f><v></v>', ' t="str"'), "表三!D7")
    yield case("formula-to-another-workbook.xlsx", cell("表三!D7", "<f>[1]Sheet1!A1</f><v>2</v>"), "表三!D7")
    yield case("formula-to-the-network.xlsx", cell("表三!D7", '<f>WEBSERVICE("http://x/")</f><v>2</v>'), "表三!D7")
    yield case("formula-dde.xlsx", cell("表三!D7", "<f>cmd|'/C calc'!A0</f><v>2</v>"), "表三!D7")
    yield case(
        "picture-in-cell.xlsx",
        cell("表三!D7", '<f>_xlfn.DISPIMG("ID_1",1)</f><v>=DISPIMG("ID_1",1)</v>', ' t="str"'),
        "表三!D7",
    )
    yield case(
        "cell-stored-twice.xlsx",
        changed(three, lambda xml: re.sub(r'(<c r="D7"( s="\d+")?><v>2</v></c>)', r'\1<c r="D7"><v>3</v></c>', xml)),
        "表三!D7",
    )
    yield case("total-typed-over.xlsx", number("表三!J7", "9999"), "表三!J7")
    yield case("total-formula-shortened.xlsx", cell("表三!J7", "<f>SUM(D7:E7)</f><v>4</v>"), "表三!J7")
    yield case("total-is-an-error.xlsx", cell("表三!J7", "<v>#REF!</v>", ' t="e"'), "表三!J7")
    yield case("label-changed-line.xlsx", typed("表三!A7", "二、上年结转数量"), "表三!A7")
    yield case("label-changed-column.xlsx", typed("表三!E5", "企业"), "表三!E5")
    yield case("label-erased.xlsx", cell("表三!C12", ""), "表三!C12")
    yield case("labels-exchanged.xlsx", _exchanged("表三", "C12", "C13"), "表三!C12")
    yield case("title-changed.xlsx", typed("表三!A1", "三、依申请公开情况"), "表三!A1")
    yield case("row-inserted.xlsx", moved("表三", row=10, by=1))
    yield case("row-inserted-above-the-table.xlsx", moved("表三", row=1, by=1))
    yield case("row-inserted-above-the-figures-of-table-4.xlsx", moved("表四", row=6, by=1))
    yield case("row-deleted.xlsx", moved("表三", row=13, by=-1))
    yield case("row-deleted-table-2.xlsx", moved("表二", row=5, by=-1))
    yield case("rows-deleted.xlsx", moved("表三", row=13, by=-3))
    yield case("column-inserted.xlsx", moved("表三", column=5, by=1))
    yield case("column-deleted.xlsx", moved("表三", column=6, by=-1))
    yield case("column-inserted-table-4.xlsx", moved("表四", column=3, by=1))
    yield case("column-deleted-table-4.xlsx", moved("表四", column=7, by=-1))
    yield case("columns-deleted-table-4.xlsx", moved("表四", column=6, by=-5))
    yield case("rows-swapped.xlsx", swapped("表三", 14, 15))
    yield case("rows-swapped-table-2.xlsx", swapped("表二", 5, 6))
    yield case("blocks-swapped-table-2.xlsx", swapped("表二", 9, 12))
    yield case("columns-swapped.xlsx", columns_swapped("表三", "F", "G"))
    yield case("columns-swapped-table-4.xlsx", columns_swapped("表四", "B", "C"))
    yield case("rows-inserted-on-the-cover.xlsx", moved("封面", row=5, by=2))
    yield case("sheet-missing.xlsx", without_sheet("表三"), None)
    yield case("sheet-copied-differs.xlsx", _copied_sheet)
    yield case("only-one-table-in-a-new-workbook.xlsx", _new_workbook("表三"))
    yield case("tables-in-a-new-workbook.xlsx", _new_workbook("表二", "表三", "表四"))
    yield case(
        "stray-value-in-the-last-cell.xlsx",
        added("表三!XFD1048576", '<c r="XFD1048576"><v>1</v></c>'),
        "表三!XFD1048576",
    )
    yield case("stray-value-beside-the-table.xlsx", added("表三!D60", '<c r="D60"><v>1</v></c>'), "表三!D60")
    yield case("stray-text.xlsx", added("表三!D60", '<c r="D60" t="inlineStr"><is><t>备注</t></is></c>'), "表三!D60")
    yield case("macros.xlsm", with_part("xl/vbaProject.bin", b"\xd0\xcf", "vbaProject"))
    yield case(
        "external-link.xlsx", with_part("xl/externalLinks/externalLink1.xml", b"<externalLink/>", "externalLink")
    )
    yield case("picture-part-of-wps.xlsx", with_part("xl/cellimages.xml", b"<x/>"))
    yield case("embedded-file.xlsx", with_part("xl/embeddings/oleObject1.bin", b"x"))
    yield case("unit-on-cover-changed.xlsx", typed("封面!B5", "财政局"), "封面!B5")
    yield case("identity-sheet-altered.xlsx", _identity_altered)
    yield case(
        "identity-contradicts-itself.xlsx", changed("docProps/custom.xml", lambda xml: xml.replace("教育局", "财政局"))
    )
    yield case("number-format-invisible.xlsx", formatted("表三!D7", ";;;"), "表三!D7")
    yield case("number-format-scaled.xlsx", formatted("表三!D7", "0,"), "表三!D7")
    yield case("declared-none-but-filled.xlsx", _declared_none, "表三!D6")


def _exchanged(sheet: str, one: str, other: str) -> Callable[[], bytes]:
    """Two cells' contents exchanged, their neighbours left."""

    def change(xml: str) -> str:
        def turn(match: re.Match[str]) -> str:
            there = {one: other, other: one}.get(match[1], match[1])
            return f'<c r="{there}"'

        return re.sub(r'<c r="([A-Z]+\d+)"', turn, xml)

    return changed(SHEETS[sheet], change)


def _copied_sheet() -> bytes:
    """A second version of table 三 in the same workbook, as Excel names a copy."""
    parts = parts_of(BASE)
    parts["xl/worksheets/sheet99.xml"] = parts[SHEETS["表三"]].replace(b"<v>2</v>", b"<v>4</v>")
    rels = parts["xl/_rels/workbook.xml.rels"].decode()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    relation = f'<Relationship Id="rId99" Type="{kind}" Target="worksheets/sheet99.xml"/></Relationships>'
    parts["xl/_rels/workbook.xml.rels"] = rels.replace("</Relationships>", relation).encode()
    sheets = '<sheet name="表三 (2)" sheetId="99" r:id="rId99"/></sheets>'
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].decode().replace("</sheets>", sheets).encode()
    return package(parts)


def _new_workbook(*names: str) -> Callable[[], bytes]:
    """Some of the sheets, values and all, pasted into a workbook that somebody started afresh."""

    def make() -> bytes:
        import openpyxl

        source = openpyxl.load_workbook(io.BytesIO(BASE), data_only=True)
        book = openpyxl.Workbook()
        for number, name in enumerate(names, 1):
            sheet = book.active if number == 1 else book.create_sheet()
            assert sheet is not None
            sheet.title = f"Sheet{number}"
            for row in source[name].iter_rows():
                for one in row:
                    if one.value is not None:
                        sheet.cell(row=one.row, column=one.column, value=one.value)  # type: ignore[union-attr,attr-defined]  # a worksheet
        buffer = io.BytesIO()
        book.save(buffer)
        return package(parts_of(buffer.getvalue()))

    return make


def _identity_altered() -> bytes:
    """The hidden sheet says another unit; the document properties were removed."""
    parts = parts_of(BASE)
    del parts["docProps/custom.xml"]
    rels = parts["_rels/.rels"].decode()
    parts["_rels/.rels"] = re.sub(r"<Relationship [^>]*custom-properties[^>]*/>", "", rels).encode()
    shared = parts["xl/sharedStrings.xml"].decode()
    parts["xl/sharedStrings.xml"] = shared.replace("<t>教育局</t>", "<t>财政局</t>").encode()
    return package(parts)


def _declared_none() -> bytes:
    texts = TEXTS | {text.key: "否" for text in FORM.texts if text.declares == "3"}
    return write_template(FORM, Submission(IDENTITY, FIGURES, texts=texts))


# -- should be rejected with a sentence


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
    yield case("password-agile.xlsx", lambda: _encrypted("secret"))
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


def cases() -> Iterator[Case]:
    yield from accepted()
    yield from flagged()
    yield from rejected()


def main() -> None:
    total = 0
    for case in cases():
        path = FOLDER / case.folder / case.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(case.make())
        total += path.stat().st_size
    sys.stdout.write(f"{sum(1 for _ in cases())} files, {total >> 10} KiB\n")


if __name__ == "__main__":
    main()
