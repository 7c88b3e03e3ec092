"""Many files at once and the same file again: another way to the same readings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import nianbao
from nianbao.excel import parallel
from nianbao.excel.kept import from_plain, to_plain
from nianbao.excel.reader import Reading, read_return
from nianbao.intake import take_in
from nianbao.workspace import memory
from nianbao.workspace.holdings import gather
from nianbao.workspace.memory import FILE, Remembered
from nianbao.workspace.office import open_workspace
from offices import figures, new_office, nianbao_in, workbook
from test_laws import submissions

_HERE = Path(__file__).parent
_CORPUS = sorted(path for path in _HERE.glob("corpus/**/*") if path.is_file())
_SAMPLES = sorted(_HERE.parent.glob("samples/**/*.xlsx"))


@pytest.mark.parametrize("path", [*_CORPUS, *_SAMPLES], ids=lambda path: path.name)
def test_a_reading_survives_being_kept_as_json(path: Path) -> None:
    reading = read_return(path.read_bytes())
    again = from_plain(json.loads(json.dumps(to_plain(reading))))
    assert again == reading
    if reading.submission is not None and again.submission is not None:
        for one, other in ((reading.submission, again.submission),):
            assert list(one.values.items()) == list(other.values.items())
            assert list(map(type, one.values.values())) == list(map(type, other.values.values()))
            assert list(one.origins.items()) == list(other.origins.items())


@settings(max_examples=30, deadline=None)
@given(submissions())
def test_any_submission_survives_being_kept(one: nianbao.Submission) -> None:
    assert from_plain(json.loads(json.dumps(to_plain(Reading(one, ()))))) == Reading(one, ())


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty returns, and among them what is none."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(60):
        (folder / f"{number:03}.xlsx").write_bytes(workbook(f"单位{number}", f"{number:03}", figures(number)))
    (folder / "010a.xlsx").write_bytes(b"PK\x03\x04 broken")
    (folder / "020a.xlsx").write_bytes(b"")
    (folder / "~$030.xlsx").write_bytes(b"lock")
    return folder


def test_many_cores_read_the_same_in_the_same_order(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = take_in([many])
    pools: list[int] = []

    class Pool(ProcessPoolExecutor):
        def __init__(self, jobs: int, *more: Any, **options: Any) -> None:
            pools.append(jobs)
            super().__init__(jobs, *more, **options)

    monkeypatch.setattr(parallel, "ProcessPoolExecutor", Pool)
    assert take_in([many], jobs=2) == alone
    assert pools == [2]


def test_spawned_processes_read_the_same(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = take_in([many])
    monkeypatch.setattr(parallel, "_can_fork", lambda: False)
    monkeypatch.setattr(parallel, "_FEWEST_SPAWNED", 50)
    assert take_in([many], jobs=2) == alone


def test_no_pool_is_started_for_a_few_files(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "ProcessPoolExecutor", None)
    assert len(take_in([many / f"{number:03}.xlsx" for number in range(10)], jobs=8)) == 10


def test_files_of_a_process_that_was_ended_are_read_all_the_same(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = take_in([many])
    parent = os.getpid()

    def dies(data: bytes, password: str | None = None) -> Reading:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
        return read_return(data, password)

    monkeypatch.setattr(parallel, "read_return", dies)
    assert take_in([many], jobs=2) == alone


def test_files_are_drawn_as_they_are_needed(many: Path) -> None:
    data = (many / "001.xlsx").read_bytes()
    drawn = 0

    def files() -> Iterator[tuple[int, bytes]]:
        nonlocal drawn
        for number in range(400):
            drawn += 1
            yield number, data

    results = parallel.read_in_order(files(), 2)
    assert next(results)[0] == 0
    assert drawn < 120
    del results


@pytest.mark.skipif(sys.platform != "linux", reason="sees by /proc that the pool has begun")
def test_an_interrupt_ends_everything_with_one_line(many: Path, tmp_path: Path) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    for number in range(1500):
        os.link(many / f"{number % 60:03}.xlsx", folder / f"{number:05}.xlsx")
    command = [sys.executable, "-m", "nianbao", "consolidate", str(folder), "-o", "out.xlsx", "--jobs", "2"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None and not children.read_text():  # until the pool has begun
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.splitlines() == ["nianbao：已中断，没有写出结果。"]
    assert not (tmp_path / "out.xlsx").exists()


# -- the memory of a workspace


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A workspace that has read three returns."""
    folder = new_office(tmp_path)
    for number, unit in ((1, "教育局"), (2, "财政局"), (3, "悦来镇")):
        (tmp_path / f"{unit}.xlsx").write_bytes(workbook(unit, f"{number:03}", figures(number)))
        assert nianbao_in(folder, "collect", tmp_path / f"{unit}.xlsx").code in {0, 1}
    return folder


def _count_reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    reads: list[int] = []

    def read(data: bytes, password: str | None = None) -> Reading:
        reads.append(1)
        return read_return(data, password)

    monkeypatch.setattr(parallel, "read_return", read)
    return reads


def test_a_return_that_was_read_is_not_read_again(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = _count_reads(monkeypatch)
    before = {command: nianbao_in(office, command).out for command in ("check", "status")}
    assert reads == []
    (office / FILE).unlink()
    assert {command: nianbao_in(office, command).out for command in ("check", "status")} == before
    assert len(reads) == 3


def test_what_is_remembered_is_what_is_read(office: Path) -> None:
    workspace = open_workspace(office)
    remembered = gather(workspace, workspace.roster())
    assert remembered == gather(workspace, workspace.roster(), memory=Remembered(workspace, anew=True))


def test_other_bytes_are_read_however_they_are_called(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = _count_reads(monkeypatch)
    (original,) = [path for path in (office / "回收").rglob("*.xlsx") if "教育局" in path.name]
    original.chmod(0o644)
    original.write_bytes(workbook("教育局", "001", figures(77)))
    assert "改动过" in nianbao_in(office, "check").out
    assert reads == [1]


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"nothing\nof ours", b"{}"])
def test_a_damaged_memory_is_no_memory(office: Path, damage: bytes) -> None:
    before = nianbao_in(office, "check")
    (office / FILE).write_bytes(damage)
    assert nianbao_in(office, "check") == before


def test_an_edited_figure_in_the_memory_is_not_believed(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = nianbao_in(office, "check")
    reads = _count_reads(monkeypatch)
    stored = (office / FILE).read_bytes()
    (office / FILE).write_bytes(stored.replace(b",0,0,0,", b",0,9,0,"))
    assert nianbao_in(office, "check") == before
    assert len(reads) == 3


def test_another_program_or_form_reads_anew(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = _count_reads(monkeypatch)
    monkeypatch.setattr(memory, "_stamp", lambda: "another")
    nianbao_in(office, "check")
    assert len(reads) == 3


def test_verify_believes_no_memory(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nianbao_in(office, "consolidate")
    reads = _count_reads(monkeypatch)
    nianbao_in(office, "verify")
    assert len(reads) == 3


def test_the_memory_holds_what_the_workspace_holds_and_no_more(office: Path) -> None:
    workspace = open_workspace(office)
    kept = Remembered(workspace)
    kept.save({"0" * 64})
    assert len((office / FILE).read_text().splitlines()) == 1
