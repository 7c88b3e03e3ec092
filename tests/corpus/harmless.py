"""Cases that should be accepted with the same values: what programs make of a return that nobody spoilt."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator

from mutate import (
    BASE,
    FULL,
    SHEETS,
    Case,
    Parts,
    cell,
    changed,
    encrypted,
    everywhere,
    formatted,
    number,
    openpyxl_saved,
    package,
    parts_of,
    raw,
    typed,
    with_part,
    without,
)

WPS_EXTENSION = (
    '<extLst><ext uri="{x}" xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"><etc:autoFilterAnalysis>'
    '<c r="D7"><v>999</v></c></etc:autoFilterAnalysis></ext></extLst></worksheet>'
)


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
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
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
                WPS_EXTENSION,
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
    yield case("binary-noise.xlsx", number("表二!B16", "46.269700000000004"))
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
        "empty-shared-string.xlsx",
        changed("xl/sharedStrings.xml", lambda xml: xml.replace("</sst>", "<si/><si><t>甲</t></si></sst>")),
    )
    yield case(
        "1904-dates.xlsx",
        changed("xl/workbook.xml", lambda xml: xml.replace("<workbookPr ", '<workbookPr date1904="1" ')),
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
    yield case("velvet-sweatshop.xlsx", lambda: encrypted("VelvetSweatshop"))
    yield case("nul-padded-at-the-end.xlsx", raw(BASE + b"\x00" * 512))
