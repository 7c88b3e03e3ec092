"""From paths to bytes: everything that was sent in is named once, read once, and never believed beyond its bytes."""

import io
import os
import sys
import threading
import time
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from nianbao.excel.roster import read_roster
from nianbao.files import Incoming, incoming
from nianbao.findings import OperatorError

posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes, links and raw file names are POSIX")
BOOK = b"PK\x03\x04 [Content_Types].xml PK\x05\x06 not quite, but the door decides that later"


def names(*paths: Path) -> dict[str, str]:
    return {item.name: "read" if item.refusal is None else item.refusal.severity for item in incoming(paths)}


def packed(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2022, 1, 20, 9, 30, 0)), data)
    return buffer.getvalue()


def only(path: Path) -> Incoming:
    (item,) = incoming([path])
    return item


def test_folders_are_read_with_everything_in_them_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("乙.xlsx", "甲/丙.xlsx", "a.xlsx"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(BOOK)
    assert list(names(tmp_path)) == ["a.xlsx", "乙.xlsx", "甲/丙.xlsx"]


def test_a_path_that_is_not_there_is_said_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="找不到"):
        incoming([tmp_path / "没有"])


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(BOOK)
    assert len(names(tmp_path, tmp_path / "a.xlsx", tmp_path)) == 1


@pytest.mark.parametrize(
    "name",
    ["~$a.xlsx", "._a.xlsx", ".DS_Store", "Thumbs.db", "desktop.ini", "a.xlsx.crdownload", "a.tmp", ".~lock.a.xlsx#"],
)
def test_what_programs_leave_behind_is_ignored_with_a_note(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x00" * 10)
    assert names(tmp_path) == {name: "note"}


@pytest.mark.parametrize(("name", "head"), [("a.pdf", b"%PDF-1.7"), ("a.JPG", b"\xff\xd8\xff"), ("a.png", b"\x89PNG")])
def test_a_stamped_scan_beside_a_return_is_ignored_but_a_workbook_of_that_name_is_read(
    tmp_path: Path, name: str, head: bytes
) -> None:
    (tmp_path / name).write_bytes(head + b" scan")
    assert names(tmp_path) == {name: "note"}
    (tmp_path / name).write_bytes(packed(**{"[Content_Types].xml": b"", "xl/workbook.xml": b"<workbook/>"}))
    assert names(tmp_path) == {name: "read"}


@pytest.mark.parametrize(
    ("data", "says"), [(b"", "0 字节"), (b"Rar!\x1a\x07\x00", "RAR"), (b"7z\xbc\xaf\x27\x1c\x00", "7z")]
)
def test_empty_files_and_foreign_archives_are_refused_with_a_sentence(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    refusal = only(path).refusal
    assert refusal is not None
    assert refusal.severity == "error"
    assert says in refusal.message


def test_a_zip_is_opened_one_level_deep_and_its_members_keep_their_own_date(tmp_path: Path) -> None:
    inner = packed(**{"内.xlsx": BOOK})
    outer = packed(
        **{"甲局/表.xlsx": BOOK, "inner.zip": inner, "~$表.xlsx": b"x", "deep.zip": packed(**{"i.zip": inner})}
    )
    (tmp_path / "outer.zip").write_bytes(outer)
    found = {item.name: item for item in incoming([tmp_path])}
    assert {name: None if item.refusal is None else item.refusal.severity for name, item in found.items()} == {
        "outer.zip!deep.zip!i.zip": "error",
        "outer.zip!inner.zip!内.xlsx": None,
        "outer.zip!~$表.xlsx": "note",
        "outer.zip!甲局/表.xlsx": None,
    }
    received = found["outer.zip!甲局/表.xlsx"].received
    assert received is not None
    assert (received.year, received.month, received.day, received.hour) == (2022, 1, 20, 9)


def test_names_in_a_zip_that_were_written_in_gbk_are_read_as_chinese(tmp_path: Path) -> None:
    utf8 = packed(**{"XX/教育局表.xlsx": BOOK})
    gbk = "X教育局表一".encode("gb18030")
    plain = packed(**{f"XX/{'Q' * (len(gbk))}.xlsx": BOOK}).replace(b"Q" * len(gbk), gbk)
    (tmp_path / "a.zip").write_bytes(utf8)
    (tmp_path / "b.zip").write_bytes(plain)
    assert names(tmp_path) == {"a.zip!XX/教育局表.xlsx": "read", "b.zip!XX/X教育局表一.xlsx": "read"}


@pytest.mark.parametrize("name", ["../../a.xlsx", "/etc/a.xlsx", "C:\\a.xlsx", "..\\a.xlsx"])
def test_a_member_that_points_outside_is_refused_and_its_neighbours_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "z.zip").write_bytes(packed(**{name: BOOK, "good.xlsx": BOOK}))
    assert sorted(names(tmp_path).values()) == ["error", "read"]


def test_attachments_of_a_saved_mail_are_read_whatever_their_names_are_encoded_in(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["Date"] = "年报", "Wed, 19 Jan 2022 10:00:00 +0800"
    mail.set_content("见附件")
    mail.add_attachment(BOOK, maintype="application", subtype="octet-stream", filename="悦来镇.xlsx")
    mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="盖章件.pdf")
    raw = mail.as_bytes()
    (tmp_path / "m.eml").write_bytes(raw)
    assert names(tmp_path) == {"m.eml!悦来镇.xlsx": "read", "m.eml!盖章件.pdf": "note"}
    item = next(iter(incoming([tmp_path])))
    assert item.data == BOOK
    assert item.received is not None
    assert item.received.timestamp() == 1642557600
    old = b'Content-Type: application/x; name="\xb1\xed.xlsx"\r\nContent-Transfer-Encoding: base64\r\n\r\nUEsD\r\n'
    (tmp_path / "m.eml").write_bytes(old)
    assert names(tmp_path) == {"m.eml!表.xlsx": "read"}


def test_a_mail_without_attachments_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "m.eml").write_bytes(b"Subject: x\r\n\r\nhello")
    assert names(tmp_path) == {"m.eml": "error"}


@posix
def test_links_and_pipes_are_refused_without_being_opened(tmp_path: Path) -> None:
    (tmp_path / "real.xlsx").write_bytes(BOOK)
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "real.xlsx")
    (tmp_path / "folder").symlink_to(tmp_path)
    (tmp_path / "dangling.xlsx").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.xlsx")
    assert names(tmp_path) == {
        "dangling.xlsx": "error",
        "folder": "error",
        "link.xlsx": "error",
        "pipe.xlsx": "error",
        "real.xlsx": "read",
    }


@posix
def test_undecodable_names_are_shown_with_backslash_escapes(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xb1\xed\n.xlsx")).write_bytes(BOOK)
    assert names(tmp_path) == {"\\xb1\\xed\n.xlsx": "read"}


def test_a_file_that_is_still_being_written_is_waited_for_once(tmp_path: Path) -> None:
    whole = packed(**{"[Content_Types].xml": b"x" * 1000})
    path = tmp_path / "a.xlsx"
    path.write_bytes(whole[:50])

    def finish() -> None:
        time.sleep(0.1)
        path.write_bytes(whole)
        os.utime(path, (time.time() - 5, time.time() - 5))

    writer = threading.Thread(target=finish)
    writer.start()
    try:
        item = next(incoming([path], settled=0.6))
    finally:
        writer.join()
    assert item.refusal is not None
    assert "还在变化" in item.refusal.message
    assert only(path).data == whole


def test_a_whole_file_is_never_waited_for(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(packed(**{"[Content_Types].xml": b""}))
    before = time.monotonic()
    assert names(tmp_path) == {"a.xlsx": "read"}
    assert time.monotonic() - before < 1


def test_a_file_that_cannot_be_read_is_explained_in_chinese(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="文件不存在"):
        read_roster(tmp_path / "没有.csv")
