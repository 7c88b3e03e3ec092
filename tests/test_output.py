"""Files are written whole or not at all, and never over what was sent in."""

import errno
import os
import sys
from pathlib import Path

import pytest

from nianbao.findings import OperatorError
from nianbao.output import write_whole

posix = pytest.mark.skipif(sys.platform == "win32", reason="links and modes are POSIX")


def test_a_file_is_written_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    for data in (b"one", b"two"):
        write_whole(tmp_path / "a.xlsx", data)
        assert (tmp_path / "a.xlsx").read_bytes() == data
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]


def test_an_input_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"sent in")
    with pytest.raises(OperatorError, match="收到的文件"):
        write_whole(tmp_path / "a.xlsx", b"new", inputs=[tmp_path / "." / "a.xlsx"])
    assert (tmp_path / "a.xlsx").read_bytes() == b"sent in"


@posix
def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"old")
    (tmp_path / "b.xlsx").symlink_to(tmp_path / "a.xlsx")
    with pytest.raises(OperatorError, match="链接"):
        write_whole(tmp_path / "b.xlsx", b"new")
    assert (tmp_path / "a.xlsx").read_bytes() == b"old"


@pytest.mark.parametrize("lock", ["~$汇总.xlsx", ".~lock.汇总.xlsx#"])
def test_an_output_that_is_open_in_a_spreadsheet_program_stays_as_it_is(tmp_path: Path, lock: str) -> None:
    (tmp_path / "汇总.xlsx").write_bytes(b"old")
    (tmp_path / lock).write_bytes(b"")
    with pytest.raises(OperatorError, match="打开"):
        write_whole(tmp_path / "汇总.xlsx", b"new")
    assert (tmp_path / "汇总.xlsx").read_bytes() == b"old"


def test_folders_missing_folders_and_impossible_names_are_named(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="文件夹"):
        write_whole(tmp_path, b"")
    with pytest.raises(OperatorError, match="文件夹不存在"):
        write_whole(tmp_path / "no" / "a.xlsx", b"")
    with pytest.raises(OperatorError, match="文件名"):
        write_whole(tmp_path / ("长" * 200), b"")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_failing_disk_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"old")

    def full(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OperatorError, match="不能写出"):
        write_whole(tmp_path / "a.xlsx", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]
    assert (tmp_path / "a.xlsx").read_bytes() == b"old"


@pytest.mark.parametrize("failures", [2, 99])
def test_a_held_target_is_tried_again_a_bounded_number_of_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"old")
    replace, tries = Path.replace, []

    def held(self: Path, target: Path) -> Path:
        tries.append(target)
        if len(tries) <= failures:
            raise PermissionError(errno.EACCES, "held")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", held)
    monkeypatch.setattr("nianbao.output._PAUSES", (0.0, 0.0, 0.0))
    if failures == 2:
        write_whole(tmp_path / "a.xlsx", b"new")
        assert (tmp_path / "a.xlsx").read_bytes() == b"new"
    else:
        with pytest.raises(OperatorError, match="打开"):
            write_whole(tmp_path / "a.xlsx", b"new")
        assert (tmp_path / "a.xlsx").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1
