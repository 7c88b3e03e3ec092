"""Every command: its name, its function and what the help says of it; only the one that is asked for is imported."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS = {  # in the order of the help
    "show": ("returns:show", "显示从一份报表里读到了什么。"),
    "check": ("returns:check", "逐份检查收回的报表。"),
    "consolidate": ("county:consolidate", "读取、检查并汇总，写出全县的工作簿。"),
    "trace": ("county:trace", "说明汇总表里的一个数从哪里来。"),
    "verify": ("county:verify", "用各单位的报表重新加一遍，看与汇总工作簿是否一致。"),
    "template": ("forms:template", "生成一份锁定的空白报表。"),
    "form": ("forms:show_form", "列出官方表格的全部数据、位置和勾稽关系。"),
    "init": ("office:init", "新建一个年度的工作区。"),
    "distribute": ("office:distribute", "给名录里的每个单位生成一份报表；再次运行只改写有变化的。"),
    "collect": ("office:collect", "收取报上来的文件（以及直接放进“回收”文件夹的），登记并核对。"),
    "withdraw": ("office:withdraw", "撤回一个单位（或一份）已收下的文件；原件不删，只是不再算数。"),
    "status": ("office:status", "看谁报了、谁没报、谁有误；写出 状态.html 和 催报名单.xlsx。"),
    "send-back": (
        "office:send_back",
        "给有误的报表各写一份退回件：带着单位自己的数据，标出问题，附退回意见。",
    ),
    "proofread": ("report:proofread", "校对一份报告：表与表、文与表、与汇总工作簿、与上一年度。"),
    "import": ("report:import_report", "把一份公布的报告读成填好的工作簿。"),
    "report": ("report:report", "由汇总工作簿写出年度报告。"),
}


class Commands(TyperGroup):
    """The commands by name and help alone, which is all that a list of them needs."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = {name: TyperCommand(name, help=says) for name, (_, says) in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that was asked for, with all its options."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, None if name is None else built(name), rest


def built(name: str) -> Any:
    """One command with all its options, as Typer makes it of its function."""
    home, says = COMMANDS[name]
    module, function = home.split(":")
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, help=says)(getattr(import_module(f"nianbao.cli.{module}"), function))
    return typer.main.get_command(alone)
