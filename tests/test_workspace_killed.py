"""A command killed at any moment and repeated: nothing is lost, nothing counts twice, the end is the same."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from nianbao.workspace.memory import FILE as CACHE
from nianbao.workspace.receipts import JOURNAL, PAGE
from offices import UNITS, counted, everything, good, held, new_office, nianbao_in, sent, states, workbook, wrong

COMMANDS = (["distribute"], ["collect", "../来件"], ["send-back"])
ROSTER = "代码,单位名称,邮箱\n001,教育局,\n002,财政局,czj@example.com\n003,悦来镇,\n"


class _Killed(BaseException):
    """Stands for the end of the process: nothing in the program may catch it."""


def prepare(folder: Path) -> Path:
    """An office that has much to do: files given and dropped, one of them wrong, one for nobody, a ZIP."""
    office = new_office(folder, ROSTER)
    sent(folder, "来件/一.xlsx", good("001", 5))
    sent(folder, "来件/二.xlsx", wrong("002", 6))
    sent(office, "回收/悦来镇.xlsx", good("003", 7))
    sent(office, "回收/谁的.xlsx", workbook(None, None, {}))
    return office


def ends_as(office: Path) -> tuple[object, ...]:
    """Everything that matters about an office, without the moments at which it was done."""
    files = {
        name: data for name, data in everything(office).items() if not name.endswith((JOURNAL, PAGE, ".lock", CACHE))
    }
    events = [(one.original.sha256, one.original.sent_back) for one in held(office).held]
    return files, sorted(events), states(office), counted(office)


def run_all(office: Path) -> None:
    for command in COMMANDS:
        assert nianbao_in(office, *command).code in {0, 1}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(tmp_path_factory.mktemp("begun"))


@pytest.fixture(scope="module")
def undisturbed(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    office = copy(begun, tmp_path_factory.mktemp("undisturbed"))
    run_all(office)
    return ends_as(office)


def copy(begun: Path, folder: Path) -> Path:
    shutil.copytree(begun.parent, folder, dirs_exist_ok=True)
    return folder / begun.name


def killing(number: int, after: bool, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Let the program end at its ``number``-th renaming, before or after it; returns how many there were so far."""
    real, count = Path.replace, 0

    def replace(path: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == number and not after:
            raise _Killed
        moved = real(path, target)
        if count == number:
            raise _Killed
        return moved

    monkeypatch.setattr(Path, "replace", replace)
    return lambda: count


def test_killed_at_any_file_that_it_writes_and_repeated(
    begun: Path, undisturbed: tuple[object, ...], tmp_path: Path
) -> None:
    number, more = 0, True
    while more:
        number += 1
        # between two files there is one moment: after one is written, or before the next
        after = number % 2 == 0
        office = copy(begun, tmp_path / str(number))
        with pytest.MonkeyPatch.context() as patch:
            renamed = killing(number, after, patch)
            try:
                for command in COMMANDS:
                    nianbao_in(office, *command)
            except _Killed:
                pass
            else:
                more = False
            assert renamed() >= number or not more
        arrived = {one.read_bytes() for one in (office.parent / "来件").iterdir()}
        assert arrived == {good("001", 5), wrong("002", 6)}
        run_all(office)
        assert ends_as(office) == undisturbed, number
        shutil.rmtree(office.parent)
    assert number > 15


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill a process at once")
def test_really_killed_again_and_again_and_repeated(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    files = {f"来件/{code}-{number}.xlsx": good(code, number) for code in UNITS for number in range(4)}
    for name, data in files.items():
        sent(tmp_path, name, data)
    random = Random(2021)  # noqa: S311 - moments, not secrets
    command = [sys.executable, "-X", "utf8", "-m", "nianbao", "collect", "../来件"]
    survived = 0
    for _ in range(8):
        with subprocess.Popen(command, cwd=office, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(random.uniform(0.2, 1.2))
            survived += process.poll() is not None
            process.kill()
        kept = {path.name: path.read_bytes() for path in (office / "回收").glob("????????????/*.xlsx")}
        kept = {name: data for name, data in kept.items() if not name.startswith(".nianbao-")}
        assert {f"来件/{name}": data for name, data in kept.items()}.items() <= files.items()
    assert survived < 8
    told = nianbao_in(office, "collect", "../来件")
    assert told.code == 0
    assert counted(office) == dict.fromkeys(UNITS, 3)
    assert len(held(office).held) == len(files)
    assert re.search(r"已收过 \d+ 份|这次收下 20 份", told.out)
