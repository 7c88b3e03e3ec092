"""The fast way into a sheet gives what the full reader gives, or nothing."""

from __future__ import annotations

import io
import re
from functools import cache
from pathlib import Path
from random import Random
from zipfile import BadZipFile, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nianbao
from conftest import Convert
from nianbao.excel.cells import Content, UnreadableError
from nianbao.excel.markup import tree
from nianbao.excel.plainly import cells_in, properties_in, strings_in, workbook_in
from nianbao.excel.strings import read_strings
from nianbao.excel.xlsx import read_sheet
from test_laws import FORMS, random_submission

_HERE = Path(__file__).parent
_FILES = [
    *sorted(_HERE.glob("corpus/**/*.xlsx")),
    *sorted(_HERE.parent.glob("samples/**/*.xlsx")),
    *sorted(_HERE.parent.glob("blank_templates/**/*.xlsx")),
]
_SHARED = tuple(f"文字{number}" if number % 7 else "" for number in range(600))
_FORMATS = ("General", "0", "#,##0.00", "yyyy-mm-dd") * 4
# what decides whether a part is plain, and whether it is XML at all
_BITS = (
    *(
        "&",
        "&lt;",
        "&#10;",
        "&#9;",
        "&x;",
        "<!-- -->",
        "<![CDATA[7]]>",
        "]]>",
        "\r",
        "\x00",
        "\x0b",
        "\ufffe",
        "_x0041_",
    ),
    *(
        "<v>9</v>",
        "<v/>",
        "</v>",
        "</c>",
        "<c>",
        '<c r="C3">',
        '<c r="C3"/>',
        '<c r="c3"><v>1</v></c>',
        "<is><t>甲</t></is>",
    ),
    *("<row>", '<row r="7">', "</row>", "<sheetData>", "</sheetData>", "<sheetData/>", ' r="9"', ' s="1"', ' t="s"'),
    *(
        ' t="d"',
        ' t="str"',
        ' t="inlineStr"',
        ' xmlns="urn:x"',
        ' xmlns:x="urn:x"',
        "x:",
        "<f>1</f>",
        '<f t="shared"/>',
    ),
    *("<si/>", "</si >", "<si><t>甲</t></si>", "</si>", "<rPh>", "<oddFooter>", '<row r="2000000"></row>', "<c/>"),
    *('<definedName name="z">A1</definedName>', '<definedName name="z">"甲"</definedName>', "&#34;", '">"'),
    *('<definedName name="z"><b/>"乙"</definedName>', '<!--<definedName name="z">"甲"</definedName>-->'),
    *(
        "<vt:lpwstr>甲</vt:lpwstr>",
        "<vt:i4/>",
        "<!--<vt:lpwstr>甲</vt:lpwstr>-->",
        '<property name="z"><vt:i4/></property>',
    ),
    *("<?pi?>", "<!DOCTYPE x>", "7", " ", "\n", "１", "é", '"', "'", ">", "<"),
)


def _parts(data: bytes) -> dict[str, bytes]:
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (BadZipFile, RuntimeError, NotImplementedError, OSError, ValueError):
        return {}


def _agree(data: bytes) -> bool:
    """Whether a sheet is read the fast way; what it gives must be what the full reader gives, and pass the gate."""
    fast = cells_in(data, _SHARED, _FORMATS)
    if fast is not None:
        full = read_sheet(data, _SHARED, _FORMATS)
        assert fast == full
        assert list(fast.cells) == list(full.cells)
        assert tree(data).name == "worksheet"
    return fast is not None


def _strings_agree(data: bytes) -> bool:
    fast = strings_in(data)
    if fast is not None:
        assert fast == read_strings(data)
    return fast is not None


def _properties_agree(data: bytes) -> bool:
    """Whether the properties are read at all; they must be what the full reader has, or be refused with it."""
    try:
        full = {node.get("name"): node.text for node in tree(data).children}
    except UnreadableError:
        with pytest.raises(UnreadableError):
            properties_in(data)
        return False
    assert list(properties_in(data).items()) == list(full.items())
    return True


def _workbooks_agree(data: bytes) -> bool:
    """Whether the workbook's part is read at all; likewise."""
    try:
        full = tree(data)
    except UnreadableError:
        with pytest.raises(UnreadableError):
            workbook_in(data)
        return False
    sheets = full.child("sheets")
    shown = [] if sheets is None else [(one.get("id"), one.get("name")) for one in sheets.children]
    named = [(one.get("name"), one.text) for one in full.all() if one.name == "definedName" and not one.children]
    outline, names = workbook_in(data)
    assert (outline.root, list(outline.sheets)) == (full.name, shown)
    assert list(names.items()) == list(
        {
            name: text.removeprefix('"').removesuffix('"').replace('""', '"')
            for name, text in named
            if text.startswith('"')
        }.items()
    )
    return True


@cache
def _written() -> list[tuple[str, bytes]]:
    """The parts of the workbooks that we write."""
    return [
        part
        for number, form in enumerate(FORMS)
        for part in _parts(nianbao.write_template(form, random_submission(form, number))).items()
    ]


def test_every_sheet_that_we_write_is_read_the_fast_way() -> None:
    assert all(_agree(data) for name, data in _written() if "worksheets/sheet" in name)


def test_all_shared_strings_that_we_write_are_read_the_fast_way() -> None:
    assert all(_strings_agree(data) for name, data in _written() if "sharedStrings" in name)


def test_every_sheet_that_libreoffice_saves_is_read_the_fast_way(convert: Convert, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(nianbao.write_template(FORMS[-1], random_submission(FORMS[-1], 1)))
    (saved,) = convert([path], "xlsx", tmp_path / "saved")
    parts = _parts(saved.read_bytes())
    assert [name for name, data in parts.items() if "worksheets/sheet" in name and not _agree(data)] == []
    assert strings_in(parts["xl/sharedStrings.xml"]) == read_strings(parts["xl/sharedStrings.xml"])


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.name)
def test_both_ways_agree_on_every_workbook_at_hand(path: Path) -> None:
    for name, data in _parts(path.read_bytes()).items():
        if "worksheets/sheet" in name:
            _agree(data)
        elif name.endswith("sharedStrings.xml"):
            _strings_agree(data)
        elif name.endswith("xl/workbook.xml"):
            assert _workbooks_agree(data)
        elif name.endswith("docProps/custom.xml"):
            assert _properties_agree(data)


# what may be written for a value, by a program or by nobody
_VALUES = (
    *("", "0", "1", "599", "600", "0599", "999999999", "9999999999", "-1", "1.5", " 1", "1\u3000", "１", "²", "1e300"),
    *("甲", "a&amp;b", "&amp;lt;", "&lt;", "&#10;", "&quot;甲&quot;", '"甲"', '"', '""', '"甲""乙"', ">", "]]", "]]>"),
    *("\x7f", "\x85", "\r", "\ufffd", "\uffff", "\U0001f600", "_x0041_", "x" * 700),
)
_VALUE = re.compile(r"(?:<(?:v|t|f|vt:lpwstr|oddFooter)>|<definedName [^>]*>)([^<>]*)</")


@cache
def _smaller(part: str) -> list[str]:
    """A part of the workbooks that we write, and the same with a few of its rows, names or strings."""
    whole = [data.decode() for name, data in _written() if part in name]
    cut = re.compile(
        "(<row .*?</row>|<definedName .*?</definedName>|<si>.*?</si>|<dataValidations.*</worksheet>)", re.S
    )
    fewer = []
    for number, text in enumerate(whole):
        pieces = cut.split(text)
        random = Random(number)  # noqa: S311 - which rows, not secrets
        some = {index for index in range(1, len(pieces), 2) if random.random() < 0.1 or '>"' in pieces[index]}
        fewer.append("".join(piece for index, piece in enumerate(pieces) if index % 2 == 0 or index in some))
    ends = "</worksheet>" if "sheet" in part else ""
    return whole + [text if text.endswith(">") and (not ends or text.endswith(ends)) else text + ends for text in fewer]


@st.composite
def _mangled(draw: st.DrawFn, part: str) -> bytes:
    """A part with a few values exchanged, and places overwritten, cut, doubled or widened by what might matter."""
    text = draw(st.sampled_from(_smaller(part)))
    random = Random(draw(st.integers(0, 2**32)))  # noqa: S311 - mutations, not secrets
    for _ in range(draw(st.integers(0, 3))):
        found = list(_VALUE.finditer(text))
        if found:
            where = random.choice(found)
            text = text[: where.start(1)] + random.choice(_VALUES) + text[where.end(1) :]
    for _ in range(draw(st.integers(0, 3))):
        tokens = [match.start() for match in re.finditer('[<>"&]', text)]
        at = random.choice(tokens) + random.randrange(2)
        kind = random.randrange(5)
        if kind <= 1:
            text = text[:at] + random.choice(_BITS) + text[at:]
        elif kind == 2:
            text = text[:at] + text[random.choice(tokens) :] if random.random() < 0.2 else text[:at] + text[at + 1 :]
        elif kind == 3:
            text = text[:at] + text[at : at + 60] + text[at:]
        else:
            text = text[:at] + random.choice(_BITS) + text[at + random.randrange(1, 12) :]
    if draw(st.integers(0, 20)) == 0:
        text = text.replace("UTF-8", draw(st.sampled_from(("ISO-8859-1", "utf-8", "UTF-16"))), 1)
    return text.encode("utf-8", "surrogatepass")


@settings(max_examples=400, deadline=None)
@given(data=_mangled("worksheets/sheet"))
def test_both_ways_agree_on_whatever_a_sheet_became(data: bytes) -> None:
    _agree(data)


@settings(max_examples=200, deadline=None)
@given(data=_mangled("sharedStrings.xml"))
def test_both_ways_agree_on_whatever_shared_strings_became(data: bytes) -> None:
    _strings_agree(data)


@settings(max_examples=400, deadline=None)
@given(data=_mangled("workbook.xml"))
def test_both_ways_agree_on_whatever_a_workbook_part_became(data: bytes) -> None:
    _workbooks_agree(data)


@settings(max_examples=400, deadline=None)
@given(data=_mangled("docProps/custom.xml"))
def test_both_ways_agree_on_whatever_properties_became(data: bytes) -> None:
    _properties_agree(data)


_CELL = '<c r="A1"{}><v>{}</v></c>'
_SHEET = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<worksheet '
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


@pytest.mark.parametrize(
    "inside",
    [
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>',  # stored twice
        '<row r="1"><c r="A2"><v>1</v></c></row>',  # the row says one thing and the cell another
        '<row r="1" r="1"><c r="A1"><v>1</v></c></row>',  # no XML
        '<c r="A1"><v>1</v></c>',  # outside any row
        '<row r="1"><row r="1"><c r="A1"><v>1</v></c></row></row>',
        '<row r="1"><c r="A1" t="s"><v>9999</v></c></row>',  # no such string
        '<row r="1" xmlns="urn:other"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="XFE1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1&#0;</v></c></row>',
        '<row r="1"><c r="A1"><v>1]]></v></c></row>',
        '<row r="1"><c r="A1" t="str"><v>_x0041_</v></c></row>',
        '<row r="1048577"></row>',  # beyond the last one
    ],
)
def test_what_is_not_plain_is_left_to_the_full_reader(inside: str) -> None:
    assert cells_in(_SHEET.format(inside).encode(), _SHARED, _FORMATS) is None


@pytest.mark.parametrize("value", ["<v/>", "<v />", "<v></v>"])
@pytest.mark.parametrize("kind", ["", ' t="n"', ' t="str"', ' t="b"', ' t="e"'])
@pytest.mark.parametrize("formula", ["", "<f>A2+1</f>", "<f></f>"])
def test_a_cell_without_a_value_is_what_the_full_reader_has(value: str, kind: str, formula: str) -> None:
    plain = _agree(_SHEET.format(f'<row r="1"><c r="A1"{kind}>{formula}{value}</c></row>').encode())
    assert plain is (bool(formula) or kind not in (' t="b"', ' t="e"'))


def test_a_plain_cell_is_read_the_fast_way() -> None:
    data = _SHEET.format(f'<row r="1">{_CELL.format("", 7)}</row>').encode()
    assert isinstance(cells_in(data, _SHARED, _FORMATS), Content)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            (
                *(
                    "<si>",
                    "</si>",
                    "<t>",
                    "</t>",
                    "<r>",
                    "</r>",
                    "甲",
                    "&lt;",
                    "&",
                    "_x000D_",
                    "<rPh>",
                    "</rPh>",
                    "<t/>",
                ),
                *("<si><t>乙</t></si>", "<si/>", "</si >", "x" * 2_000),
            )
        )
    )
)
def test_strings_read_the_fast_way_are_those_of_the_full_reader(bits: list[str]) -> None:
    inside = "".join(bits)
    data = _SHEET.replace("worksheet", "sst").format("").replace("<sheetData></sheetData>", inside).encode()
    _strings_agree(data)


_WORKBOOK = _parts(nianbao.write_template(FORMS[-1], random_submission(FORMS[-1], 1)))


@settings(max_examples=200, deadline=None)
@given(unit=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20))
def test_a_workbook_part_says_of_its_sheets_and_names_what_a_full_reader_sees(unit: str) -> None:
    said = unit.replace('"', '""').replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    data = re.sub(
        '(?<=name="nianbao.unit">")[^<]*(?="<)', lambda _: said, _WORKBOOK["xl/workbook.xml"].decode()
    ).encode()
    if _workbooks_agree(data):
        assert workbook_in(data)[1]["nianbao.unit"] == unit


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("</workbook>", '</workbook><definedName name="z">A1</definedName>'),  # beside the root
        ("</sheets>", '<definedName name="z">A1</definedName>' * 2 + "</sheets>"),  # each is a sheet, by its number
        ("</workbook>", '<a b="">"/></workbook>'),
        ("<definedNames>", '<definedNames><definedName name="z" comment="a>">A1</definedName>'),
        ("<definedNames>", '<definedNames><!-- >"甲"</definedName> --><definedName name="z">&#34;"</definedName>'),
        (
            "<definedNames>",
            '<definedNames><definedName name="z">A<b/>"甲"</definedName><definedName name="y">&#34;"</definedName>',
        ),
        ("</workbook>", "<a>" * 98 + '<definedName name="z">A1</definedName>' + "</a>" * 98 + "</workbook>"),
        (
            "</workbook>",
            "<a>" * 99 + '<definedName name="z">A1</definedName>' + "</a>" * 99 + "</workbook>",
        ),  # too deep
        ("UTF-8", "ISO-8859-1"),
    ],
)
def test_a_name_is_what_it_is_and_where_it_is(before: str, after: str) -> None:
    data = _WORKBOOK["xl/workbook.xml"].decode()
    assert before in data
    _workbooks_agree(data.replace(before, after, 1).encode())


@pytest.mark.parametrize("where", ['"</definedName>', "</definedName>"])
def test_a_broken_name_is_not_passed_over(where: str) -> None:
    data = _WORKBOOK["xl/workbook.xml"].decode()
    assert where in data
    with pytest.raises(UnreadableError):
        workbook_in(data.replace(where, f"&nothing;{where}", 1).encode())


@pytest.mark.parametrize("bit", _BITS)
def test_properties_are_those_of_the_full_reader(bit: str) -> None:
    data = _WORKBOOK["docProps/custom.xml"].decode()
    for where in re.finditer("[<>]", data):
        mangled = (data[: where.end()] + bit + data[where.end() :]).encode("utf-8", "surrogatepass")
        _properties_agree(mangled)


def test_properties_are_read_in_the_encoding_that_their_part_names() -> None:
    data = _WORKBOOK["docProps/custom.xml"]
    assert _properties_agree(data.replace(b"UTF-8", b"ISO-8859-1", 1))
    assert properties_in(data) != properties_in(data.replace(b"UTF-8", b"ISO-8859-1", 1))


def test_what_is_read_of_one_workbook_does_not_depend_on_another() -> None:
    data = _WORKBOOK["docProps/custom.xml"], _WORKBOOK["xl/workbook.xml"]
    properties, (outline, names) = dict(properties_in(data[0])), workbook_in(data[1])
    before = dict(names)
    properties_in(data[0]).update(x="y")  # type: ignore[attr-defined]  # nobody may, and it would not matter
    names.update(x="y")  # type: ignore[attr-defined]
    assert (properties_in(data[0]), workbook_in(data[1])) == (properties, (outline, before))
    hash(outline)
