"""The settings of a workspace (nianbao.toml): read with every mistake named, written with every line explained."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from nianbao.findings import OperatorError, reason_of
from nianbao.form import edition_of_year, editions

FILE = "nianbao.toml"
LEVELS = ("县级", "设区的市级", "省级")
ORDERS = ("名录", "代码", "类别")

_TEXT = """\
# 年报工作区的设置。“#”后面是说明；改动后保存即可，下一条命令就按新的设置办。

# 县（市、区）的规范全称，印在报表封面上。
county = {county}

# 报告年度：填报哪一年的数据，就写哪一年。
year = {year}

# 级别：县级、设区的市级、省级。县级和部门没有规章。
level = {level}

# 官方表格的版本：2021（2021 年度起）或 2019（2019、2020 年度）；要与报告年度相符。
edition = {edition}

# 报送截止日期（当天算按时），例如 2022-01-20；不写日期就不统计迟报。
{deadline}

# 报表和邮件里写给各单位看的联系人和电话。
contact = {contact}
phone = {phone}

# 名单和汇总表的排列：名录（按名录里的先后）、代码、类别。
order = {order}

# 垂管、双管单位（名录里类别为“垂管”）是否计入汇总；名录里“计入汇总”一栏填了的，以名录为准。
vertical_counts = {vertical_counts}

# 上年数据在哪里（本工作区里的文件夹，或者上年汇总工作簿、上年回收的报表）；没有就留空。
previous = {previous}
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the office decided about this year."""

    county: str
    year: int
    level: str = LEVELS[0]
    edition: str = ""
    deadline: dt.date | None = None
    contact: str = ""
    phone: str = ""
    order: str = ORDERS[0]
    vertical_counts: bool = True
    previous: str = ""

    @property
    def text(self) -> str:
        """The settings as the commented file they are read from."""
        values = {field.name: _toml(getattr(self, field.name)) for field in fields(self)}
        deadline = self.deadline
        values["deadline"] = f"# deadline = {self.year + 1}-01-31" if deadline is None else f"deadline = {deadline}"
        return _TEXT.format_map(values)


def _toml(value: object) -> str:
    # a JSON string is a TOML string, but for DEL
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return "true" if value is True else "false" if value is False else str(value)


def new_settings(county: str, year: int, **others: Any) -> Settings:
    """Settings of a new workspace, checked like those of a file; raise OperatorError."""
    given = {"county": county, "year": year, **others}
    given.setdefault("edition", edition_of_year(year) or "")
    return _checked(given, "设置", {})


def read_settings(path: Path) -> Settings:
    """The settings in a file; raise OperatorError with the line where it cannot be used."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise OperatorError(f"不能读取设置“{path}”：{reason_of(error)}。") from error
    except UnicodeDecodeError as error:
        raise OperatorError(f"设置“{path}”不是 UTF-8 编码，请用记事本另存为 UTF-8。") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OperatorError(f"设置“{path}”写法有误（{_where(error, text)}）：文字要用英文双引号括起来。") from error
    return _checked(data, f"设置“{path}”", _lines(text))


def _where(error: tomllib.TOMLDecodeError, text: str) -> str:
    """The line a TOML error is at; older Pythons have it in the message only."""
    message = str(error)
    if "at line " in message:
        return f"第 {message.partition('at line ')[2].split(',')[0]} 行"
    return f"第 {len(text.splitlines())} 行"


def _lines(text: str) -> Mapping[str, int]:
    """The line on which each key stands."""
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name = line.partition("=")[0].strip().strip("[]\"'")
        if "=" in line or line.lstrip().startswith("["):
            lines.setdefault(name, number)
    return lines


def _checked(data: Mapping[str, Any], what: str, lines: Mapping[str, int]) -> Settings:
    def refuse(name: str, wrong: str) -> OperatorError:
        line = f"第 {lines[name]} 行" if name in lines else ""
        return OperatorError(f"{what}{line}：{name} {wrong}")

    types: dict[str, type] = {"year": int, "vertical_counts": bool, "deadline": dt.date}
    names = [field.name for field in fields(Settings)]
    for name, value in data.items():
        if name not in names:
            raise refuse(name, f"不是已有的设置项，请核对拼写；已有：{'、'.join(names)}。")
        wanted = types.get(name, str)
        if type(value) is not wanted:
            form = {int: "整数", bool: "true 或 false", dt.date: "日期，如 2022-01-20（不加引号）"}.get(
                wanted, "用双引号括起来的文字"
            )
            raise refuse(name, f"应为{form}，现为 {value!r}。")
    for name in ("county", "year"):
        if not data.get(name):
            raise refuse(name, "没有填，请补上。")
    for name, allowed in (("level", LEVELS), ("order", ORDERS)):
        if data.get(name, allowed[0]) not in allowed:
            raise refuse(name, f"应为{'、'.join(allowed)}之一，现为“{data[name]}”。")
    edition = edition_of_year(data["year"])
    if edition is None:
        raise refuse("year", f"为 {data['year']}，这一年度没有可用的官方表格；现有版本：{'、'.join(editions())}。")
    if data.get("edition") and data["edition"] != edition:
        raise refuse("edition", f"与年度不符：{data['year']} 年度用 {edition} 年版，现为“{data['edition']}”。")
    return Settings(**{**data, "edition": edition})
