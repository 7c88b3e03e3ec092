"""Whose workbook it is: kept in four places (hidden sheet, properties, names, cover), which must agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nianbao.excel.cells import Book
from nianbao.findings import Finding
from nianbao.form import IDENTITY, Form
from nianbao.layout import layout_of
from nianbao.submission import Identity
from nianbao.wording import same

IDENTITY_SHEET = "标识"
TEMPLATE_ID = "nianbao-1"
PROPERTY = "nianbao."
# document properties and names hold no longer text
_LONGEST = 255
_HINT = "请用下发给本单位的模板填报；封面上的单位、代码、县和年度不要改动。"


def identity_fields(identity: Identity) -> dict[str, str]:
    """What is stored about a workbook's identity, by name."""
    return {
        "template": TEMPLATE_ID,
        "edition": identity.edition,
        "tier": identity.tier,
        "level": identity.level,
        "county": identity.county or "",
        "unit": identity.unit or "",
        "code": identity.code or "",
        "year": "" if identity.year is None else str(identity.year),
        "checksum": identity.checksum,
    }


def read_identity(book: Book, form: Form, texts: Mapping[str, str]) -> tuple[Identity, tuple[Finding, ...]]:
    """The identity stored in a workbook, completed from its cover; with a finding wherever the places disagree."""
    stored, findings = _stored(book)
    identity = Identity(form.edition)
    if stored:
        year = stored.get("year", "")
        identity = Identity(
            edition=stored.get("edition") or form.edition,
            unit=stored.get("unit") or None,
            code=stored.get("code") or None,
            county=stored.get("county") or None,
            year=int(year) if year.isascii() and year.isdecimal() else None,
            level=stored.get("level") or identity.level,
            tier=stored.get("tier") or identity.tier,
        )
        if stored.get("checksum") != identity.checksum:
            findings.append(_error("工作簿里保存的单位标识被改动过，与校验码不符。"))
        if identity.edition != form.edition:
            findings.append(_error(f"工作簿标识为 {identity.edition} 年版，表头却是 {form.edition} 年版。"))
            identity = replace(identity, edition=form.edition)
    else:
        findings.append(
            Finding(
                "V-5", "warning", "工作簿里没有模板标识（可能是复制到新工作簿里的），单位以封面所填为准。", hint=_HINT
            )
        )
    return _completed(identity, form, texts, findings), tuple(findings)


def _error(message: str) -> Finding:
    return Finding("V-5", "error", message, hint=_HINT)


def _stored(book: Book) -> tuple[dict[str, str], list[Finding]]:
    sheet = next((sheet for sheet in book.sheets if sheet.name == IDENTITY_SHEET), None)
    hidden: dict[str, str] = {}
    if sheet is not None:
        for (row, column), cell in sheet.cells.items():
            if column == 0 and row < 40:
                value = sheet.cells.get((row, 1))
                raw = "" if value is None else value.raw.strip()
                hidden[cell.raw] = raw.removesuffix(".0") if value is not None and value.kind == "number" else raw
    places = [hidden, _marked(book.properties), _marked(book.constants)]
    kept = [place for place in places if place]
    first = kept[0] if kept else {}
    if any(first.get(name, "")[:_LONGEST] != value[:_LONGEST] for place in kept for name, value in place.items()):
        return first, [_error("工作簿里几处保存的单位标识互相矛盾。")]
    return first, []


def _marked(values: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(PROPERTY): value for name, value in values.items() if name.startswith(PROPERTY)}


def _completed(identity: Identity, form: Form, texts: Mapping[str, str], findings: list[Finding]) -> Identity:
    """The identity with what the template left open taken from the cover; what was given must still stand there."""
    typed: dict[str, str | int | None] = {}
    for part in IDENTITY:
        text = form.text_of_identity(part)
        given, shown = getattr(identity, part), texts.get(text.key, "")
        if given is None:
            if identity.tier == "unit" or part != "county":
                typed[part] = _year(shown) if part == "year" else shown or None
        elif not same(shown, str(given)):
            place = layout_of(form).fields[text.key].place
            findings.append(
                Finding(
                    "V-5",
                    "error",
                    f"封面 {place.cell}“{text.label}”应为“{given}”，现为{f'“{shown}”' if shown else '空白'}。",
                    hint=_HINT,
                    sheet=place.sheet,
                    cell=place.cell,
                    found=shown or None,
                    expected=str(given),
                )
            )
    return replace(identity, **typed) if typed else identity  # type: ignore[arg-type]  # each part has its own type


def _year(text: str) -> int | None:
    digits = text.removesuffix("年度").removesuffix("年").strip()
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) == 4 else None
