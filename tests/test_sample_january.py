"""The story of samples/january: every command of its README, run as it stands there, says what the README shows."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

import nianbao
from offices import everything, nianbao_in

SAMPLE = Path(__file__).parent.parent / "samples" / "january"
ANY = "……"


@dataclass(frozen=True, slots=True)
class Step:
    """A block of commands, and the output that the README shows below it."""

    commands: tuple[str, ...]
    shown: str


def steps() -> list[Step]:
    text = (SAMPLE / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.M)
    languages = [language for language, _ in blocks]
    assert languages == ["sh", "text"] * (len(blocks) // 2)
    return [
        Step(tuple(commands.splitlines()), shown)
        for (_, commands), (_, shown) in zip(blocks[::2], blocks[1::2], strict=True)
    ]


def pattern(shown: str) -> re.Pattern[str]:
    """The output as shown: …… alone on a line stands for any lines, within a line for any text of it."""
    lines = [
        r"(?:[^\n]*\n)*?" if line == ANY else ".*".join(map(re.escape, line.split(ANY))) + r"\n"
        for line in shown.splitlines()
    ]
    return re.compile("".join(lines))


def played(folder: Path, commands: Sequence[str]) -> tuple[Path, str]:
    """Run the commands of one block; the folder they end in, and what they said."""
    said = ""
    for command in commands:
        program, *arguments = shlex.split(command)
        if program == "cd":
            folder = folder / arguments[0]
        elif program == "nianbao":
            told = nianbao_in(folder, *arguments)
            assert (told.code in {0, 1}, told.err) == (True, "")
            said += told.out
        else:
            assert program == "python"
            subprocess.run([sys.executable, "-X", "utf8", *arguments], cwd=folder, check=True, timeout=300)
    return folder, said


@dataclass(frozen=True, slots=True)
class January:
    """The month as it was played."""

    office: Path
    said: tuple[str, ...]


@pytest.fixture(scope="module")
def january(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> January:
    """The month, played once, however many workers share the tests."""
    if worker_id == "master":
        return play(tmp_path_factory.mktemp("january"))
    shared = tmp_path_factory.getbasetemp().parent / "january"
    told = shared / "told.json"
    with FileLock(f"{shared}.lock"):
        if not told.exists():
            shared.mkdir()
            month = play(shared)
            told.write_text(json.dumps([str(month.office), *month.said]), encoding="utf-8")
    office, *said = json.loads(told.read_text(encoding="utf-8"))
    return January(Path(office), tuple(said))


def play(folder: Path) -> January:
    for name in ("名录.csv", "play.py"):
        shutil.copy(SAMPLE / name, folder / name)
    said = []
    for step in steps():
        folder, told = played(folder, step.commands)
        said.append(told)
    return January(folder, tuple(said))


@pytest.mark.parametrize("number", range(len(steps())))
def test_commands_of_the_readme_say_what_it_shows(january: January, number: int) -> None:
    shown, said = steps()[number].shown, january.said[number]
    assert pattern(shown).fullmatch(said), f"the README shows\n{shown}\nbut it says\n{said}"


def test_county_adds_up_to_what_its_units_filled_in(january: January) -> None:
    play: dict[str, Any] = runpy.run_path(str(SAMPLE / "play.py"))
    expected: dict[str, Decimal] = {}
    for number in range(1, 59):  # 059 and 060 are 垂管 and do not count
        code = f"{number:03}"
        if code != play["MISSING"]:
            reported = play["figures_of"](code) | ({"2/licences/decisions": 88} if code == play["TWICE"] else {})
            for key, value in reported.items():
                expected[key] = expected.get(key, Decimal(0)) + Decimal(str(value))
    county = nianbao.read(january.office / "汇总" / "桦川县2021年度汇总.xlsx").submission
    assert county is not None
    found = {str(key): Decimal(str(value)) for key, value in county.values.items() if str(key) in expected}
    assert found == expected
    assert sum(expected.values()) > 1000


def test_what_the_units_sent_is_as_it_was_and_kept_as_it_came(january: January) -> None:
    kept = set(everything(january.office / "回收").values())
    for batch in ("第一批", "第二批", "第三批"):
        for name, data in everything(january.office.parent / batch).items():
            assert data in kept or name.startswith("~$"), name


def test_next_year_begins_from_this_one(january: January, tmp_path: Path) -> None:
    told = nianbao_in(january.office, "init", tmp_path / "桦川县2022", "--from", ".")
    assert told.code == 0, told.err
    assert "上年汇总表里有 59 个单位的数据" in told.out
