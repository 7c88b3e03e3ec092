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
from nianbao.excel.markup import Node, tree
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
    *("<?pi?>", "<!DOCTYPE x>", "7", " ", "\n", "１", "é", '"', "'", ">", "<"),
)


def _parts(data: bytes) -> dict[str, bytes]:
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (BadZipFile, RuntimeError, NotImplementedError, OSError, ValueError):
        return {}


def _agree(data: bytes) -> bool:
    """Whether a sheet is read the fast way; what it gives must be what the full reader gives."""
    fast = cells_in(data, _SHARED, _FORMATS)
    if fast is not None:
        full = read_sheet(data, _SHARED, _FORMATS)
        assert fast == full
        assert list(fast.cells) == list(full.cells)
    return fast is not None


@cache
def _written() -> list[bytes]:
    sheets = []
    for number, form in enumerate(FORMS):
        parts = _parts(nianbao.write_template(form, random_submission(form, number)))
        sheets += [data for name, data in parts.items() if "worksheets/sheet" in name]
    return sheets


def test_every_sheet_that_we_write_is_read_the_fast_way() -> None:
    assert all(_agree(data) for data in _written())


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
            fast = strings_in(data)
            assert fast is None or fast == read_strings(data)


@st.composite
def _mangled(draw: st.DrawFn) -> bytes:
    """A sheet with a few places overwritten, cut, doubled or widened by what might matter."""
    text = draw(st.sampled_from(_written())).decode()
    random = Random(draw(st.integers(0, 2**32)))  # noqa: S311 - mutations, not secrets
    for _ in range(draw(st.integers(1, 4))):
        tokens = [match.start() for match in re.finditer('[<>"&]', text)]
        at = random.choice(tokens) + random.randrange(2)
        kind = random.randrange(4)
        if kind == 0:
            text = text[:at] + random.choice(_BITS) + text[at:]
        elif kind == 1:
            text = text[:at] + text[random.choice(tokens) :] if random.random() < 0.2 else text[:at] + text[at + 1 :]
        elif kind == 2:
            text = text[:at] + text[at : at + 60] + text[at:]
        else:
            text = text[:at] + random.choice(_BITS) + text[at + random.randrange(1, 12) :]
    return text.encode("utf-8", "surrogatepass")


@settings(max_examples=400, deadline=None)
@given(data=_mangled())
def test_both_ways_agree_on_whatever_a_sheet_became(data: bytes) -> None:
    _agree(data)


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
            ("<si>", "</si>", "<t>", "</t>", "<r>", "</r>", "甲", "&lt;", "&", "_x000D_", "<rPh>", "</rPh>", "<t/>")
        )
    )
)
def test_strings_read_the_fast_way_are_those_of_the_full_reader(bits: list[str]) -> None:
    inside = "".join(bits)
    data = _SHEET.replace("worksheet", "sst").format("").replace("<sheetData></sheetData>", inside).encode()
    fast = strings_in(data)
    if fast is not None:
        assert fast == read_strings(data)


_WORKBOOK = _parts(nianbao.write_template(FORMS[-1], random_submission(FORMS[-1], 1)))


def _sheets(root: Node) -> list[tuple[str, dict[str, str]]]:
    return [(node.name, node.attributes) for node in root.all() if node.name not in {"definedName", "definedNames"}]


@settings(max_examples=200, deadline=None)
@given(unit=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20))
def test_a_workbook_part_says_of_its_sheets_and_names_what_a_full_reader_sees(unit: str) -> None:
    said = unit.replace('"', '""').replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    data = re.sub(
        '(?<=name="nianbao.unit">")[^<]*(?="<)', lambda _: said, _WORKBOOK["xl/workbook.xml"].decode()
    ).encode()
    try:
        full = tree(data)
    except UnreadableError:
        with pytest.raises(UnreadableError):
            workbook_in(data)
        return
    root, names = workbook_in(data)
    assert _sheets(root) == _sheets(full)
    assert len(root.child("definedNames").children) < 50  # type: ignore[union-attr]  # those of the entry cells are cut out
    assert names["nianbao.unit"] == unit
    texts = {node.get("name"): node.text for node in full.all() if node.name == "definedName" and '"' in node.text}
    assert {name: f'"{text}"' for name, text in names.items()} == texts | {"nianbao.unit": f'"{unit}"'}


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
        try:
            full = {node.get("name"): node.text for node in tree(mangled).children}
        except UnreadableError:
            with pytest.raises(UnreadableError):
                properties_in(mangled)
        else:
            assert properties_in(mangled) == full
