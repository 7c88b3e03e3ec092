"""An office for the tests: a workspace with a few units, and units that fill in what they got."""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import nianbao
from nianbao import Identity, Key, Submission
from nianbao.cli.app import run
from nianbao.rules import Number
from nianbao.workspace.board import Board, board_of
from nianbao.workspace.holdings import Holdings, gather
from nianbao.workspace.office import Workspace, open_workspace

COUNTY, YEAR = "桦川县", 2021
UNITS = {"001": "教育局", "002": "财政局", "003": "悦来镇", "004": "人力资源和社会保障局", "005": "税务局"}
FORM = nianbao.load_form("2021")
ROSTER = (
    "代码,单位名称,简称,曾用名,类别,联系人,电话,邮箱,计入汇总,盖章件\n"
    "001,教育局,,教委,部门,,0454-1,jyj@example.com,,\n"
    "002,财政局,,,部门,,0454-2,,,\n"
    "003,悦来镇,,,乡镇,,0454-3,yl@example.com,,\n"
    "004,人力资源和社会保障局,,,部门,,0454-4,,,\n"
    "005,税务局,,,垂管,,0454-5,,否,已收纸质件\n"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a command answered."""

    code: int
    out: str
    err: str


def nianbao_in(folder: Path, *arguments: object) -> Told:
    """Run a command as if standing in a folder."""
    out, err = io.StringIO(), io.StringIO()
    before = Path.cwd()
    os.chdir(folder)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            run([str(one) for one in arguments])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        os.chdir(before)
    return Told(code, out.getvalue(), err.getvalue())


def new_office(folder: Path, roster: str = ROSTER, *options: object) -> Path:
    """A workspace with a roster."""
    (folder / "名单.csv").write_text(roster, encoding="utf-8")
    arguments = ("init", "县", "--county", COUNTY, "--year", YEAR, "--deadline", "2022-01-20", "--roster", "名单.csv")
    told = nianbao_in(folder, *arguments, *options)
    assert told.code == 0, told.err
    return folder / "县"


def figures(number: int, **changed: int | None) -> dict[Key, Number | None]:
    """Figures that pass every check; ``changed`` are natural persons' applications by line, ``n1=5``."""
    values: dict[Key, Number | None] = {key: 0 for key, entry in FORM.entries.items() if entry.filled_in}
    values[Key("2", "licences", "decisions")] = number
    for line, value in {"1": number, "3.1": number, **{name[1:]: value for name, value in changed.items()}}.items():
        values[Key("3", line, "natural")] = value
    return values


def workbook(
    unit: str | None,
    code: str | None,
    values: Mapping[Key, Number | None],
    texts: Mapping[str, str] | None = None,
    year: int = YEAR,
) -> bytes:
    """A filled workbook, as a unit sends it."""
    identity = Identity("2021", unit=unit, code=code, county=COUNTY, year=year)
    return nianbao.write_template(FORM, Submission(identity, nianbao.with_totals(FORM, values), texts=texts or {}))


def sent(folder: Path, name: str, data: bytes, day: dt.date = dt.date(2022, 1, 10)) -> Path:
    """A file that arrived on a day."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    noon = dt.datetime.combine(day, dt.time(12)).timestamp()
    os.utime(path, (noon, noon))
    return path


def good(code: str, number: int) -> bytes:
    """A right return of a unit."""
    return workbook(UNITS[code], code, figures(number))


def wrong(code: str, number: int) -> bytes:
    """A return of a unit that breaks a check."""
    return workbook(UNITS[code], code, figures(number, n1=number + 1))


def held(office: Path) -> Holdings:
    """What the office holds, read anew."""
    workspace = space(office)
    return gather(workspace, workspace.roster())


def space(office: Path) -> Workspace:
    """The workspace in a folder."""
    return open_workspace(office)


def board(office: Path) -> Board:
    """The office's board."""
    return board_of(space(office).settings, held(office), dt.date(2022, 1, 15))


def states(office: Path) -> dict[str, str]:
    """The state of every unit."""
    return {row.unit.code: row.state for row in board(office).rows}


def counted(office: Path) -> dict[str, Number | None]:
    """What the licences of every unit are that counts."""
    found: dict[str, Number | None] = {}
    holdings = held(office)
    for unit in holdings.roster.units:
        one = holdings.counting(unit)
        if one is not None and one.valid:
            found[unit.code] = one.taken.value(Key("2", "licences", "decisions"))
    return found


def everything(folder: Path) -> dict[str, bytes]:
    """Every file in a folder by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
