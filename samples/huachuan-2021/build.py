"""Builds the sample county: its roster (名录.xlsx) and one returned workbook for each of its 36 units.

The templates and the cells come from the command line, as a county office and a unit would get them; the figures are
typed in by openpyxl and some files are saved again by LibreOffice, so that no returned file was written by nianbao
alone. The county's totals are the published ones of 桦川县 for 2021; how they are split among units is made up. Nothing
is drawn at random: every run types the same figures. Run from anywhere::

    python samples/huachuan-2021/build.py
"""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook, load_workbook
from openpyxl.writer.excel import ExcelWriter

HERE = Path(__file__).resolve().parent
RETURNED = HERE / "returned"
ROSTER = HERE / "名录.xlsx"
COUNTY = "桦川县"
YEAR = 2021
SAVED = dt.datetime(2022, 1, 14, 9, 0)  # noqa: DTZ001 - office files know no time zone
HEADINGS = ("代码", "单位名称", "简称", "曾用名", "类别", "联系人", "电话", "邮箱", "计入汇总", "盖章件")


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of the county, and the file it sent back.

    A file name that ends in .ods or .xls was saved by LibreOffice in that format; ``resaved`` says that LibreOffice
    saved an .xlsx. ``declares`` says that the unit answered 否 on the cover and left tables 三 and 四 blank, where all
    others typed their zeros.
    """

    code: str
    name: str
    file: str
    kind: str = "部门"
    short_names: str = ""
    former_names: str = ""
    resaved: bool = False
    declares: bool = False
    filled_in_on: str = ""


UNITS = (
    Unit("001", "县政府办公室", "县政府办公室2021年政府信息公开年报数据.xlsx", short_names="县政府办、政府办"),
    Unit("002", "发展和改革局", "发改局.xlsx", short_names="发改局", resaved=True, filled_in_on="2022年1月10日"),
    Unit("003", "教育局", "教育局2021年年报数据表（最终）.xlsx", filled_in_on="2022-01-12"),
    Unit("004", "工业和信息化局", "工信局 年报数据表.xlsx", short_names="工信局", declares=True),
    Unit("005", "公安局", "公安局2021年年报(盖章版).xlsx", filled_in_on="2022.1.13"),
    Unit("006", "民政局", "民政局年报数据.xlsx", filled_in_on="2022年1月12日"),
    Unit("007", "司法局", "司法局.xls"),
    Unit("008", "财政局", "财政局2021年度数据报表-定稿.xlsx", resaved=True),
    Unit("009", "人力资源和社会保障局", "人社局2021年年报数据表（最终2）.xlsx", short_names="人社局"),
    Unit("010", "自然资源局", "自然资源局（更正）.xlsx", former_names="国土资源局", resaved=True),
    Unit("011", "住房和城乡建设局", "住建局2021.xlsx", short_names="住建局", filled_in_on="2022年1月14日"),
    Unit("012", "交通运输局", "交通运输局报表.xlsx", short_names="交通局"),
    Unit("013", "水务局", "水务局.xlsx", former_names="水利局"),
    Unit("014", "农业农村局", "农业农村局-年报.xlsx", former_names="农业局、农业委员会"),
    Unit("015", "商务局", "新建 Microsoft Excel 工作表.xlsx"),
    Unit("016", "文体广电和旅游局", "文旅局1.xlsx", short_names="文旅局、文体旅局", filled_in_on="2022/1/11"),
    Unit("017", "卫生健康局", "卫健局2021年政府信息公开工作年度报告.xlsx", short_names="卫健局"),
    Unit("018", "退役军人事务局", "退役军人事务局.ods"),
    Unit(
        "019", "应急管理局", "附件2：数据报表（应急局）.xlsx", short_names="应急局", former_names="安全生产监督管理局"
    ),
    Unit("020", "审计局", "审计局(1).xlsx", declares=True),
    Unit("021", "市场监督管理局", "市场监管局 最终版.xlsx", short_names="市场监管局、市监局", resaved=True),
    Unit("022", "统计局", "统计局2021年报.xlsx", declares=True, filled_in_on="2022年1月6日"),
    Unit("023", "医疗保障局", "医保局.xlsx", short_names="医保局"),
    Unit("024", "营商环境建设监督局", "营商局年报数据表20220112.xlsx", short_names="营商局", former_names="行政审批局"),
    Unit("025", "林业和草原局", "林草局.xlsx", short_names="林草局", former_names="林业局"),
    Unit("026", "悦来镇", "悦来镇.xlsx", "乡镇", "悦来镇政府", filled_in_on="2022年1月10日"),
    Unit("027", "兴隆镇", "兴隆镇2021.xlsx", "乡镇"),
    Unit("028", "永安镇", "永安镇.xlsx", "乡镇", resaved=True),
    Unit("029", "太平镇", "太平镇政府信息公开年报.xlsx", "乡镇", declares=True),
    Unit("030", "双河镇", "双河镇.xlsx", "乡镇", former_names="双河乡"),
    Unit("031", "东风镇", "东风镇年报（修改后）.xlsx", "乡镇", filled_in_on="2022年1月13日"),
    Unit("032", "清泉乡", "清泉乡.xlsx", "乡镇", declares=True),
    Unit("033", "丰收乡", "丰收乡 - 副本.xlsx", "乡镇"),
    Unit("034", "向阳乡", "向阳乡人民政府2021年年报.xlsx", "乡镇", "向阳乡政府"),
    Unit("035", "经济开发区", "经济开发区管委会.xlsx", "开发区", "开发区管委会", filled_in_on="2022年1月7日"),
    Unit("036", "农业科技园区", "农业园区.xlsx", "开发区", declares=True),
)

# The made-up split: figure → unit code → value; every other figure is 0. An application that came in was answered
# in full, so the two lines of table 三 are split alike.
APPLICATIONS = {"001": 1, "010": 1, "011": 2}
FIGURES: dict[str, dict[str, int | Decimal]] = {
    "2/normative_documents/issued": {"001": 4, "010": 1, "014": 1},
    "2/normative_documents/in_force": {"001": 19, "002": 2, "006": 1, "010": 3, "011": 2, "014": 3},
    "2/licences/decisions": {
        "003": 12,
        "005": 612,
        "006": 7,
        "009": 11,
        "010": 58,
        "011": 96,
        "012": 187,
        "013": 21,
        "014": 74,
        "016": 9,
        "017": 143,
        "019": 15,
        "021": 1486,
        "024": 1820,
        "025": 17,
    },
    "2/penalties/decisions": {
        "005": 297,
        "010": 11,
        "011": 19,
        "012": 61,
        "014": 16,
        "016": 3,
        "017": 23,
        "019": 14,
        "021": 88,
        "025": 6,
    },
    "2/coercive_measures/decisions": {"005": 7, "012": 1, "021": 2},
    "2/fees/amount": {
        "003": Decimal("6.315"),
        "005": Decimal("2.8375"),
        "009": Decimal("0.9"),
        "010": Decimal("18.435012"),
        "011": Decimal("12.087588"),
        "013": Decimal("5.204163"),
        "014": Decimal("0.490437"),
    },
    "3/1/natural": dict(APPLICATIONS),
    "3/3.1/natural": dict(APPLICATIONS),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A cell of the template that a unit fills in."""

    key: str
    sheet: str
    cell: str


def nianbao(*arguments: str) -> str:
    """Run the command line; its output, or the end of the build with its complaint."""
    command = [sys.executable, "-m", "nianbao", *arguments]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)  # noqa: S603 - our own command
    if done.returncode != 0:
        raise SystemExit(f"nianbao {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def entry_fields() -> tuple[list[Field], list[Field]]:
    """Where the form wants figures and texts, as the command line tells it."""
    form = json.loads(nianbao("form", "--edition", "2021", "--format", "json"))
    figures = [Field(one["key"], one["sheet"], one["cell"]) for one in form["figures"] if one["entry"]]
    return figures, [Field(one["key"], one["sheet"], one["cell"]) for one in form["texts"]]


def texts_of(unit: Unit) -> dict[str, str]:
    """What the unit writes on the cover; never a person's name."""
    texts = {"cover/filler": "经办人"}
    if unit.filled_in_on:
        texts["cover/date"] = unit.filled_in_on
    if unit.declares:
        texts |= {"declare/applications": "否", "declare/disputes": "否"}
    elif unit.code in APPLICATIONS:
        texts |= {"declare/applications": "是", "declare/disputes": "否"}
    return texts


def fill_in(unit: Unit, path: Path, figures: Sequence[Field], texts: Sequence[Field]) -> None:
    """Type the unit's figures and cover into a template, as another program would."""
    book = load_workbook(path)
    for field in figures:
        if not (unit.declares and field.key.startswith(("3/", "4/"))):
            book[field.sheet][field.cell].value = FIGURES.get(field.key, {}).get(unit.code, 0)
    written = texts_of(unit)
    for field in texts:
        if field.key in written:
            book[field.sheet][field.cell].value = written.pop(field.key)
    if written:
        raise SystemExit(f"the form has no text {'、'.join(written)}")
    save(book, path)


def save(book: Workbook, path: Path) -> None:
    """Save with fixed dates: the same content gives the same bytes."""
    book.properties.created = book.properties.modified = SAVED
    buffer = io.BytesIO()
    ExcelWriter(book, ZipFile(buffer, "w", ZIP_DEFLATED)).save()  # Workbook.save() would write the present time
    with ZipFile(buffer) as parts, ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for part in parts.infolist():
            dated = ZipInfo(part.filename, SAVED.timetuple()[:6])
            archive.writestr(dated, parts.read(part), ZIP_DEFLATED)


def save_again(soffice: str, files: Sequence[Path], suffix: str, scratch: Path) -> None:
    """Have LibreOffice open the files and save them into ``returned`` in the format of ``suffix``."""
    profile = (scratch / "profile").as_uri()
    target = scratch / f"to_{suffix}"
    command = [soffice, f"-env:UserInstallation={profile}", "--headless", "--convert-to", suffix]
    command += ["--outdir", str(target), *map(str, files)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)  # noqa: S603 - the LibreOffice found on the path
    for file in files:
        shutil.move(target / f"{file.stem}.{suffix}", RETURNED)


def write_roster() -> None:
    """The roster, without contacts: the sample has no persons."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "名录"
    sheet.append(HEADINGS)
    for unit in UNITS:
        sheet.append(
            (
                unit.code,
                unit.name,
                unit.short_names or None,
                unit.former_names or None,
                unit.kind,
                None,
                None,
                None,
                "是",
                None,
            )
        )
    for letter, width in zip("ABCDEFGHIJ", (8, 26, 22, 22, 10, 12, 16, 24, 10, 10), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    save(book, ROSTER)


def main() -> None:
    """Build the roster and all returns anew."""
    soffice = shutil.which("soffice")
    if soffice is None:
        raise SystemExit("soffice (LibreOffice) is not on the path")
    figures, texts = entry_fields()
    write_roster()
    if RETURNED.exists():
        shutil.rmtree(RETURNED)
    RETURNED.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        later: dict[str, list[Path]] = {}
        for unit in UNITS:
            returned = RETURNED / unit.file
            suffix = returned.suffix.removeprefix(".")
            again = unit.resaved or suffix != "xlsx"
            path = scratch / f"{returned.stem}.xlsx" if again else returned
            identity = ("--year", str(YEAR), "--unit", unit.name, "--code", unit.code, "--county", COUNTY)
            nianbao("template", "-o", str(path), *identity)
            fill_in(unit, path, figures, texts)
            if again:
                later.setdefault(suffix, []).append(path)
        for suffix, files in later.items():
            save_again(soffice, files, suffix, scratch)
    sys.stdout.write(f"{ROSTER.name}，{RETURNED.name}：{len(list(RETURNED.iterdir()))} 份\n")


if __name__ == "__main__":
    main()
