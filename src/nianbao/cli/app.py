"""The Typer application, and how a command ends: with an exit code, and with one line where it could not run."""

from __future__ import annotations

import gc
import io
import os
import re
import sys
import traceback
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.exceptions import Abort, TyperException

from nianbao.cli.commands import Commands
from nianbao.findings import OperatorError
from nianbao.formfile import FormError

DONE, FOUND, COULD_NOT_RUN = 0, 1, 2
# what is read stays; looking for garbage among it as often as Python does by default takes a tenth of the time
_MANY_OBJECTS = 50_000
_INTERRUPTED = 130  # what Typer makes of Ctrl-C

app = typer.Typer(
    name="nianbao",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # the plain help starts twice as fast
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def nianbao() -> None:
    """《政府信息公开工作年度报告》表格的下发、回收、校验与汇总。"""


class Format(StrEnum):
    """How an answer is printed."""

    TEXT = "text"
    JSON = "json"


class TableFormat(StrEnum):
    """How a table of figures is printed."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit; what stops it is one Chinese line on stderr, never a traceback."""
    gc.set_threshold(_MANY_OBJECTS)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a Chinese Windows console or a C locale may lack a character; print it escaped rather than stop
            stream.reconfigure(errors="backslashreplace")
    try:
        code = app(args=arguments, prog_name="nianbao", standalone_mode=False)
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            sys.stdout.write(f"{error.message}\n")
            sys.exit(COULD_NOT_RUN)
        _stop(_in_chinese(error))
    except (OperatorError, FormError) as error:
        _stop(str(error))
    except (Abort, KeyboardInterrupt):
        _stop("已中断，没有写出结果。")
    except BrokenPipeError:
        # whoever read our output has gone; there is nobody left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(COULD_NOT_RUN)
    except Exception as error:
        if os.environ.get("NIANBAO_DEBUG"):
            raise
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        _stop(f"程序内部出错（{type(error).__name__}: {error}，{place}），没有写出结果；请把这一行发给维护者。")
    if code == _INTERRUPTED:
        _stop("已中断，没有写出结果。")
    sys.exit(code if isinstance(code, int) else DONE)


def _expected(message: str) -> str:
    """What a value should have been, as far as the parser says so in words that are known."""
    if "valid integer" in message:
        return "应为整数。"
    choices = re.search(r"is not one of (.+?)\.?$", message)
    if choices:
        return f"应为 {choices[1]} 之一。"
    bound = re.search(r"(greater|less) than or equal to (\S+)", message)
    return f"应{'不小于' if bound[1] == 'greater' else '不大于'} {bound[2].rstrip('.')}。" if bound else ""


def _name_of(parameter: Any) -> str:
    options = [name for name in parameter.opts if name.startswith("-")]
    return "/".join(options) or str(parameter.metavar or parameter.name)


def _stop(message: str) -> NoReturn:
    sys.stderr.write(f"nianbao：{' '.join(message.split())}\n")
    sys.exit(COULD_NOT_RUN)


def _in_chinese(error: TyperException) -> str:
    """What is wrong with the arguments, in the user's language; told by the names of the parser's own errors."""
    context: Any = getattr(error, "ctx", None)
    parameter: Any = getattr(error, "param", None)
    see = f"用法见 {context.command_path if context is not None else 'nianbao'} --help。"
    name = "参数" if parameter is None else _name_of(parameter)
    match type(error).__name__:
        case "NoSuchOption":
            guesses = getattr(error, "possibilities", None) or ()
            guess = f"是不是 {guesses[0]}？" if guesses else ""
            return f"没有选项 {getattr(error, 'option_name', '')}。{guess}{see}"
        case "MissingParameter":
            return f"缺少 {name}。{see}"
        case "BadParameter":
            return f"{name} 的值不对，{_expected(error.message)}{see}"
    if error.message.startswith("No such command"):
        return f"没有这个命令：{error.message.removeprefix('No such command').strip(' .')}。用法见 nianbao --help。"
    return f"{error.format_message()} {see}"
