"""Whose workbook it is stands in several places: any one suffices, and two that disagree are an error."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from zipfile import ZipFile

import pytest

import nianbao
from nianbao import Identity, Submission

FORM = nianbao.load_form("2021")
WHO = Identity("2021", unit="教育局", code="003", county="甲县", year=2022)
TEMPLATE = nianbao.write_template(FORM, Submission(WHO, {}))
Edit = Callable[[str], str]


def part_of(name: str, text: str) -> bool:
    """Whether a part is the one that keeps the identity in that place."""
    return {
        "hidden sheet": "sharedStrings" in name,
        "properties": name == "docProps/custom.xml",
        "names": name == "xl/workbook.xml",
    }[text]


def edited(edits: Mapping[str, Edit]) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(TEMPLATE)) as before, ZipFile(buffer, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            for place, edit in edits.items():
                if part_of(name, place):
                    changed = edit(data.decode())
                    assert changed != data.decode()
                    data = changed.encode()
            after.writestr(name, data)
    return buffer.getvalue()


def without_properties(text: str) -> str:
    return re.sub(r"<property .*?</property>", "", text)


def without_names(text: str) -> str:
    return re.sub(r'<definedName name="nianbao\..*?</definedName>', "", text)


def without_hidden(text: str) -> str:
    """The words of the hidden sheet's first column changed: it no longer says what is what."""
    return text.replace("<t>checksum</t>", "<t>x</t>").replace("<t>unit</t>", "<t>y</t>")


@pytest.mark.parametrize(
    "edits",
    [
        {"properties": without_properties},
        {"names": without_names},
        {"properties": without_properties, "names": without_names},
    ],
    ids=["no properties", "no names", "hidden sheet alone"],
)
def test_identity_survives_the_loss_of_other_places(edits: Mapping[str, Edit]) -> None:
    reading = nianbao.read(edited(edits))
    assert reading.submission is not None
    assert reading.submission.identity == WHO
    assert [one.message for one in reading.findings if "标识" in one.message] == []


@pytest.mark.parametrize(
    ("place", "edit"),
    [
        ("properties", lambda text: text.replace("教育局", "财政局")),
        ("names", lambda text: text.replace('"教育局"', '"财政局"')),
        ("hidden sheet", without_hidden),
    ],
    ids=["properties", "names", "hidden sheet"],
)
def test_places_that_contradict_each_other_are_an_error(place: str, edit: Edit) -> None:
    reading = nianbao.read(edited({place: edit}))
    assert any(one.code == "V-5" and one.severity == "error" and "标识" in one.message for one in reading.findings)


def test_cover_rewritten_is_an_error_at_its_cell() -> None:
    book = edited({"hidden sheet": lambda text: text.replace("<t>教育局</t>", "<t>财政局</t>")})
    findings = [one for one in nianbao.read(book).findings if one.severity == "error" and one.code == "V-5"]
    assert findings


def test_checksum_finds_an_identity_that_was_changed_everywhere() -> None:
    everywhere = {
        place: (lambda text: text.replace("教育局", "财政局")) for place in ("hidden sheet", "properties", "names")
    }
    findings = nianbao.read(edited(everywhere)).findings
    assert any("校验码" in one.message and one.severity == "error" for one in findings)
