"""The units' part in the story of a January: they fill in what the office sent out, with a program of their own.

    python play.py 第一批 工作区 来件
    python play.py 第二批 工作区 来件
    python play.py 第三批 工作区 来件

Every run fills workbooks from 下发 or 退回 of the workspace with openpyxl, and leaves them in the folder 来件 the way
they reach an office: renamed, in a ZIP, in a mail, twice, wrong, late. The figures follow from the unit's code alone.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

FIRST, SECOND, THIRD = dt.date(2022, 1, 10), dt.date(2022, 1, 18), dt.date(2022, 1, 25)
WRONG = ("003", "007", "018")  # 教育局, 公安局, 文化广电和旅游局
TWICE = "008"  # 民政局
COPIED = "015"  # 水务局 puts the form into a workbook of its own
MISSING, LATE = "033", ("014", "049", "054")  # 供销合作社 never reports; 交通运输局, 双河镇 and 城东街道 report late
ZIPPED = ("035", "036", "037")
MAILED = "011"
NAMES = {
    "001": "县政府办公室2021年政府信息公开年报数据.xlsx",
    "003": "教育局2021年年报数据表（最终）.xlsx",
    "005": "工信局 年报数据表.xlsx",
    "008": "民政局.xlsx",
    "010": "财政局2021年度数据报表-定稿.xlsx",
    "019": "新建 Microsoft Excel 工作表.xlsx",
    "021": "附件2：数据报表（应急局）.xlsx",
    "026": "扶贫办.xlsx",
    "058": "农业园区(1).xlsx",
}
SCAN = b"%PDF-1.4\n% a picture of a stamped return\n%%EOF\n"
Figures = dict[str, int | str]


@cache
def form() -> dict[str, Any]:
    """What the form says about itself."""
    command = [sys.executable, "-X", "utf8", "-m", "nianbao", "form", "--edition", "2021", "--format", "json"]
    told = subprocess.run(command, capture_output=True, check=True, timeout=60)  # noqa: S603 - our own command line
    answer: dict[str, Any] = json.loads(told.stdout)
    return answer


def figures_of(code: str) -> Figures:
    """What a unit has to report: a few applications, answered but for one that goes on into the next year."""
    number = int(code)
    figures: Figures = {one["key"]: 0 for one in form()["figures"] if one["entry"]}
    figures["2/normative_documents/issued"] = number % 3
    figures["2/normative_documents/in_force"] = 5 + number % 3
    figures["2/licences/decisions"] = 10 * number
    figures["2/penalties/decisions"] = number
    figures["2/fees/amount"] = f"{number}.{number:04}"
    figures["3/1/natural"] = 3 + number % 4
    figures["3/3.1/natural"] = 2 + number % 4
    figures["3/4/natural"] = 1
    figures["3/1/business"] = figures["3/3.5.2/business"] = number % 2
    figures["4/review/upheld"] = int(number % 5 == 0)
    return figures


def fill(template: Path, target: Path, figures: Mapping[str, int | str], day: dt.date) -> Path:
    """Fill in a workbook and save it under another name, on that day."""
    book = load_workbook(template)
    places = {one["key"]: (one["sheet"], one["cell"]) for one in form()["figures"]}
    for key, value in figures.items():
        sheet, cell = places[key]
        book[sheet][cell] = float(value) if isinstance(value, str) else value
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)
    return dated(target, day)


def dated(path: Path, day: dt.date) -> Path:
    """Give a file the time of that day's noon."""
    noon = dt.datetime.combine(day, dt.time(12)).timestamp()
    os.utime(path, (noon, noon))
    return path


def template_of(workspace: Path, code: str) -> Path:
    """What the office sent to a unit."""
    return next(path for path in (workspace / "下发").glob(f"{code}_*.xlsx"))


def codes(workspace: Path) -> list[str]:
    """The codes of all units that got a workbook."""
    return sorted(path.name[:3] for path in (workspace / "下发").glob("[0-9][0-9][0-9]_*.xlsx"))


def first(workspace: Path, folder: Path) -> None:
    """By 10 January most units have answered."""
    for code in codes(workspace):
        if code in (MISSING, *LATE):
            continue
        template = template_of(workspace, code)
        figures = figures_of(code)
        if code in WRONG:
            figures["3/3.1/natural"] = int(figures["3/3.1/natural"]) + 10  # a digit too many
        name = NAMES.get(code, template.name)
        fill(template, folder / name, figures, FIRST)
    parcel([folder / template_of(workspace, code).name for code in ZIPPED], folder / "乡镇汇总发来.zip")
    mail(folder / template_of(workspace, MAILED).name, folder / "转发：年报.eml", FIRST)
    copied(folder / template_of(workspace, COPIED).name, folder / "工作簿1.xlsx")
    dated(_written(folder / "财政局盖章件.pdf", SCAN), FIRST)
    dated(_written(folder / "~$民政局.xlsx", b"lock"), FIRST)


def second(workspace: Path, folder: Path) -> None:
    """By 18 January what was sent back is corrected, and 民政局 has thought better of a figure."""
    for code in WRONG:
        path = next((workspace / "退回").glob(f"{code}_*_退回_第1次.xlsx"))
        fill(path, folder / path.name, {"3/3.1/natural": figures_of(code)["3/3.1/natural"]}, SECOND)
    figures = figures_of(TWICE) | {"2/licences/decisions": 88}
    fill(template_of(workspace, TWICE), folder / "民政局（更正）.xlsx", figures, SECOND)


def third(workspace: Path, folder: Path) -> None:
    """After the deadline, and after a call, the late ones report."""
    for code in LATE:
        template = template_of(workspace, code)
        fill(template, folder / template.name, figures_of(code), THIRD)


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


class _GbkInfo(zipfile.ZipInfo):
    """A member whose name is written in GBK, unmarked, as a Chinese Windows writes it."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - the standard library's name
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def parcel(files: list[Path], target: Path) -> None:
    """Put files into a ZIP, with names as a Chinese Windows writes them."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            stamp = time.localtime(file.stat().st_mtime)[:6]
            archive.writestr(_GbkInfo(file.name, stamp), file.read_bytes())
            file.unlink()


def mail(file: Path, target: Path, day: dt.date) -> None:
    """Put a file into a saved mail."""
    message = EmailMessage()
    message["Subject"] = "年报"
    message["Date"] = dt.datetime.combine(day, dt.time(9), dt.timezone(dt.timedelta(hours=8)))
    message.set_content("见附件。")
    message.add_attachment(file.read_bytes(), maintype="application", subtype="octet-stream", filename=file.name)
    target.write_bytes(message.as_bytes())
    file.unlink()


def copied(file: Path, target: Path) -> None:
    """Copy the sheets that are to be seen into a new workbook; what says whose it is gets lost on the way."""
    source, book = load_workbook(file), Workbook()
    book.remove(book.worksheets[0])
    for sheet in source.worksheets:
        if sheet.sheet_state == "visible":
            fresh = book.create_sheet(sheet.title)
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.value is not None:
                        fresh[cell.coordinate] = cell.value
    cover = next(one for one in form()["texts"] if one["key"] == "cover/unit")
    book[cover["sheet"]][cover["cell"]] = "水利局"  # as it was called long ago, which the roster does not know
    book.save(target)
    shutil.copystat(file, target)
    file.unlink()


BATCHES: dict[str, Callable[[Path, Path], None]] = {"第一批": first, "第二批": second, "第三批": third}


def main() -> None:
    """Play one batch."""
    batch, workspace, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    BATCHES[batch](workspace, folder)


if __name__ == "__main__":
    main()
