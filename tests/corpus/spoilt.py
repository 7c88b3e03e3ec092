"""Cases that should be flagged with the cell: what people type, and what they do to the form."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator

from mutate import (
    BASE,
    FIGURES,
    FORM,
    IDENTITY,
    LAYOUT,
    SHEETS,
    TEXTS,
    Case,
    added,
    cell,
    changed,
    columns_swapped,
    formatted,
    moved,
    number,
    package,
    parts_of,
    swapped,
    typed,
    with_part,
    without_sheet,
)

from nianbao.excel.writer import write_template
from nianbao.submission import Submission

UNIT = f"封面!{LAYOUT.fields[FORM.text_of_identity('unit').key].place.cell}"
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

    three = SHEETS["表三"]
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
    yield case("false-point-in-the-format.xlsx", formatted("表三!D7", "0\\.0000"), "表三!D7")
    yield case("declaration-is-no-choice.xlsx", typed("封面!B12", "也许"), "封面!B12")
    yield case("material-count-is-no-number.xlsx", typed("文字材料!B5", "很多"), "文字材料!B5")
    yield case("total-is-an-error.xlsx", cell("表三!J7", "<v>#REF!</v>", ' t="e"'), "表三!J7")
    yield case("label-changed-line.xlsx", typed("表三!A7", "二、上年结转数量"), "表三!A7")
    yield case("label-changed-column.xlsx", typed("表三!E5", "企业"), "表三!E5")
    yield case("label-erased.xlsx", cell("表三!C12", ""), "表三!C12")
    yield case("labels-exchanged.xlsx", _exchanged("表三", "C12", "C13"))
    yield case("labels-moved-without-their-figures.xlsx", _labels_moved(1))
    yield case("labels-moved-up-without-their-figures.xlsx", _labels_moved(-1))
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
    yield case("sheet-copied-differs.xlsx", _copied_sheet, "表三!None")
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
    yield case("unit-on-cover-changed.xlsx", typed(UNIT, "财政局"), UNIT)
    yield case("identity-sheet-altered.xlsx", _identity_altered)
    yield case(
        "identity-contradicts-itself.xlsx", changed("docProps/custom.xml", lambda xml: xml.replace("教育局", "财政局"))
    )
    yield case("number-format-invisible.xlsx", formatted("表三!D7", ";;;"), "表三!D7")
    yield case("number-format-scaled.xlsx", formatted("表三!D7", "0,"), "表三!D7")
    yield case("declared-none-but-filled.xlsx", _declared_none, "表三!D6")
    # the cover was changed from 否 to 是 by a program that does not calculate
    yield case(
        "zero-of-the-template-is-stale.xlsx", cell("表三!D7", '<f>IF(封面!$B$12="否",0,"")</f><v>0</v>'), "表三!D7"
    )


def _labels_moved(by: int) -> Callable[[], bytes]:
    """Cells inserted (or deleted) in the label columns only: labels go down (or up), figures stay."""

    def change(xml: str) -> str:
        labels = {f"{column}{row}": "" for column in "ABC" for row in range(14, 32)}
        for name in labels:
            found = re.search(rf'<c r="{name}"[^>]*?(/>|>.*?</c>)', xml)
            labels[name] = "" if found is None else found[0]
        for name, text in labels.items():
            source = f"{name[0]}{int(name[1:]) - by}"
            moved_here = labels.get(source, "").replace(f'"{source}"', f'"{name}"')
            if text and moved_here:
                xml = xml.replace(text, moved_here, 1)
            elif text:
                xml = xml.replace(text, "", 1)
            elif moved_here:
                xml = xml.replace("</sheetData>", f'<row r="{name[1:]}">{moved_here}</row></sheetData>')
        return xml

    return changed(SHEETS["表三"], change)


def _exchanged(sheet: str, one: str, other: str) -> Callable[[], bytes]:
    """Two labels exchanged, the figures beside them left."""

    def change(xml: str) -> str:
        texts = {name: re.search(rf'<c r="{name}".*?</c>', xml)[0] for name in (one, other)}  # type: ignore[index]  # there
        for name, there in ((one, other), (other, one)):
            xml = xml.replace(texts[name], texts[there].replace(f'"{there}"', f'"{name}"', 1), 1)
        return xml

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
        for index, name in enumerate(names, 1):
            sheet = book.active if index == 1 else book.create_sheet()
            assert sheet is not None
            sheet.title = f"Sheet{index}"
            for row in source[name].iter_rows():
                for one in row:
                    if one.value is not None:
                        sheet.cell(row=one.row, column=one.column, value=one.value)
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
