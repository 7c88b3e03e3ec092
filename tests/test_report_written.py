"""The report written from a workbook: its tables read back figure for figure, and its own proofreading accepts it."""

import io
import random
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from conftest import Convert
from nianbao.figures import Key
from nianbao.findings import OperatorError
from nianbao.form import Form, editions, load_form
from nianbao.report.compose import Composed, compose
from nianbao.report.material import Material
from nianbao.report.outline import KNOWN_FIELDS
from nianbao.report.proofread import Other, Proof, proofread, read_published
from nianbao.report.source import read_report
from nianbao.report.write_docx import template_docx, write_docx
from nianbao.report.write_html import write_html
from nianbao.rules import Number
from nianbao.submission import Identity, Submission, with_totals
from oracle import published_figures

FORM = load_form("2021")
SUMS = {
    "t/channel/website": Decimal(4191),
    "t/channel/onsite": Decimal(802),
    "t/channel/new_media": Decimal(9056),
    "t/fee/notices": Decimal(2),
    "t/fee/charged": Decimal("120.5"),
    "t/fee/collected": Decimal(60),
}
WRITTEN = {"t/problems": (("教育局", "公开不够及时。"), ("悦来镇", "解读<形式>单一&少。"))}


def material(form: Form, values: dict[Key, Number | None], **more: object) -> Material:
    identity = Identity(form.edition, unit="某县", year=2021 if form.edition == "2021" else 2020, tier="county")
    return Material(form, Submission(identity, with_totals(form, values)), **more)  # type: ignore[arg-type]


def published() -> dict[Key, Number | None]:
    return {Key.parse(name): value for name, value in published_figures().items()}


def balanced(form: Form, seed: int) -> dict[Key, Number | None]:
    """Random figures that keep the checks of the form."""
    chance = random.Random(seed)  # noqa: S311 - test figures, no secret
    values: dict[Key, Number | None] = {key: chance.randrange(60) for key, one in form.entries.items() if one.filled_in}
    for key, entry in form.entries.items():
        if entry.column.kind == "amount":
            values[key] = Decimal(chance.randrange(10**6)) / 100
        if key.column == "in_force":
            values[key] = 99
        if key.table == "2" and key.line == "regulations":
            values[key] = 0
    for column in form.tables[1].blocks[0].columns:
        outcomes = [int(v or 0) for k, v in values.items() if k.column == column.key and k.line.startswith("3.")]
        if not column.total_of:
            values[Key("3", "1", column.key)] = sum(outcomes)
            values[Key("3", "2", column.key)] = values[Key("3", "4", column.key)]
    return values


def composed(form: Form = FORM, values: dict[Key, Number | None] | None = None, **more: object) -> Composed:
    return compose(material(form, values or published(), **more))


def proof_of(data: bytes, one: Composed) -> Proof:
    other = Other("汇总", Submission(Identity(one.form.edition), one.values))
    return proofread("report", read_published(read_report(data)), workbook=other)


@pytest.mark.parametrize("edition", editions())
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["docx", "html"])
def test_a_written_report_passes_its_own_proofreading(kind: str, seed: int, edition: str) -> None:
    form = load_form(edition)
    one = composed(form, balanced(form, seed), sums=SUMS, written=WRITTEN)
    proof = proof_of(write_docx(one) if kind == "docx" else write_html(one).encode(), one)
    assert [finding.message for finding in proof.findings if finding.severity != "note"] == []
    assert proof.report.tables.values == one.values
    assert {one.verdict for one in proof.statements} <= {"agrees", "undecided"}
    counted = [one.name for one in proof.statements if one.verdict == "agrees"]
    assert {"新收申请", "上年结转", "办结申请", "结转下年度", "自然人申请", "行政复议", "行政诉讼"} <= set(counted)


def test_the_counts_that_returns_carry_are_in_section_one() -> None:
    text = composed(sums=SUMS).fields["主动公开数据"]
    assert "共主动公开政府信息14049条，包括通过政府门户网站公开4191条、" in text
    assert "制发行政规范性文件6件，废止行政规范性文件0件，现行有效行政规范性文件30件" in text
    assert "行政许可决定4568件、行政处罚决定538件、行政强制决定10件" in text
    assert "行政事业性收费46.2697万元" in text


def test_the_fee_is_stated_or_marked_as_still_to_be_written() -> None:
    assert composed(sums=SUMS).fields["收费情况"] == (
        "本年度依申请提供政府信息收取信息处理费：发出收费通知2件，通知收费总金额120.5元，实际收取总金额60元。"
    )
    assert composed(sums={"t/fee/notices": Decimal(0)}).fields["收费情况"] == "本年度没有收取信息处理费。"
    assert composed().fields["收费情况"].startswith("【待撰写】")


def test_a_figure_that_nobody_reported_is_still_to_be_filled_in_and_never_zero() -> None:
    values = published() | {Key.parse("3/1/natural"): None}
    one = composed(FORM, values)
    assert "共新收政府信息公开申请【待填】件" in one.fields["依申请公开数据"]
    assert "“表三”有数据没有填" in one.open_points


def test_an_incomplete_county_says_so_on_the_face_of_its_report() -> None:
    one = composed(statement="未齐：已计入 35 个单位；缺报 1 个单位（教育局）")
    assert one.incomplete
    for data in (write_docx(one), write_html(one).encode()):
        text = "".join(getattr(block, "text", "") for block in read_report(data).blocks)
        assert "数据未齐，不能公布" in text
        assert "教育局" in text


def test_what_units_wrote_is_in_an_annex_word_for_word() -> None:
    one = composed(written=WRITTEN)
    for data in (write_docx(one), write_html(one).encode()):
        text = "".join(getattr(block, "text", "") for block in read_report(data).blocks)
        assert "解读<形式>单一&少。" in text
        assert "供撰写参考" in text


def test_the_template_has_every_field_and_can_be_made_ones_own() -> None:
    import docx

    own = docx.Document(io.BytesIO(template_docx()))
    text = "\n".join(paragraph.text for paragraph in own.paragraphs)
    assert {name for name in KNOWN_FIELDS if f"{{{{{name}}}}}" in text} >= KNOWN_FIELDS - {"县", "年"}
    own.paragraphs[0].insert_paragraph_before("{{县}}政务公开文件，{{年}}年度，内部稿")
    out = io.BytesIO()
    own.save(out)
    written = docx.Document(io.BytesIO(write_docx(composed(), out.getvalue())))
    assert written.paragraphs[0].text == "某县政务公开文件，2021年度，内部稿"
    assert len(written.tables) == 3


def test_an_unknown_field_is_named() -> None:
    import docx

    own = docx.Document()
    own.add_paragraph("{{县长}}")
    out = io.BytesIO()
    own.save(out)
    with pytest.raises(OperatorError, match="“县长”不认识"):
        write_docx(composed(), out.getvalue())
    with pytest.raises(OperatorError, match="不是 Word 文件"):
        write_docx(composed(), b"no document")


def test_the_same_workbook_gives_the_same_report() -> None:
    one = composed(sums=SUMS)
    parts = []
    for data in (write_docx(one), write_docx(one)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts.append({name: archive.read(name) for name in archive.namelist()})
    assert parts[0] == parts[1]


def test_word_has_the_look_of_official_documents() -> None:
    import docx
    from docx.oxml.ns import qn

    document = docx.Document(io.BytesIO(write_docx(composed())))
    section = document.sections[0]
    assert section.page_width is not None
    assert section.page_height is not None
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    looks = {}
    for name in ("年报标题", "年报一级标题", "年报二级标题", "年报正文"):
        style = document.styles[name]
        fonts = style.element.rPr.rFonts
        looks[name] = (fonts.get(qn("w:eastAsia")), style.font.size.pt)
    assert looks == {
        "年报标题": ("方正小标宋简体", 22),
        "年报一级标题": ("黑体", 16),
        "年报二级标题": ("楷体", 16),
        "年报正文": ("仿宋", 16),
    }
    assert document.styles["年报正文"].paragraph_format.line_spacing.pt == 28


def test_every_figure_of_the_web_page_names_the_labels_it_stands_under() -> None:
    from lxml import html

    page = html.document_fromstring(write_html(composed()))
    ids = {head.get("id") for head in page.iter("th")}
    cells = list(page.iter("td"))
    assert len(cells) == 200
    for cell in cells:
        heads = (cell.get("headers") or "").split()
        assert len(heads) >= 2
        assert set(heads) <= ids
    assert all(head.get("scope") in {"row", "col", "rowgroup", "colgroup"} for head in page.iter("th"))
    assert [table.find("caption") is not None for table in page.iter("table")] == [True] * 3


def test_pdf_and_resaved_word_files_read_the_same(convert: Convert, tmp_path: Path) -> None:
    source = tmp_path / "report.docx"
    one = composed(FORM, balanced(FORM, 7), sums=SUMS)
    source.write_bytes(write_docx(one))
    again = tmp_path / "again"
    again.mkdir()
    made = [
        *convert([source], "pdf", tmp_path),
        *convert([source], "docx", again),
        *convert([source], "html", tmp_path),
    ]
    for file in made:
        proof = proof_of(file.read_bytes(), one)
        assert proof.report.tables.values == one.values, file.suffix
        assert [finding.message for finding in proof.findings if finding.severity != "note"] == []
