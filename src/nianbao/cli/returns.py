"""The commands about what came back: show one return, check many, consolidate them."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from nianbao.cli.app import DONE, FOUND, Format, TableFormat
from nianbao.cli.say import say, say_findings, say_json, with_progress
from nianbao.cli.standing import cores, standing
from nianbao.findings import OperatorError

if TYPE_CHECKING:
    from nianbao.intake import Taken
    from nianbao.previous import PreviousYear
    from nianbao.returns import Demands, Return
    from nianbao.roster import Roster, Unit

_STATUSES = {"accepted": "合格", "flagged": "有误", "rejected": "不能用", "ignored": "略过"}
Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="路径…", help="文件、文件夹或压缩包；在工作区里可以不写。", show_default=False),
]
Year = Annotated[int | None, typer.Option(help="要的是哪一年度。")]
County = Annotated[str | None, typer.Option(help="县（市、区）。")]
RosterFile = Annotated[Path | None, typer.Option("--roster", help="名录（xlsx 或 csv）。")]
Previous = Annotated[Path | None, typer.Option(help="上年的汇总工作簿，或上年各单位报表所在的文件夹。")]
Password = Annotated[str | None, typer.Option(help="报表的打开密码。")]
AnswerFormat = Annotated[Format, typer.Option("--format", help="输出格式。")]
Jobs = Annotated[int | None, typer.Option(help="同时用几个处理器核心读取；不写则全部。", min=1, show_default=False)]


class Given(TypedDict):
    """What the command line says about the returns, where no workspace does."""

    roster: Path | None
    year: int | None
    county: str | None
    previous: Path | None
    password: str | None


def show(
    file: Annotated[Path, typer.Argument(metavar="文件", help="一份收回的报表。")],
    answer: Annotated[TableFormat, typer.Option("--format", help="输出格式。")] = TableFormat.TEXT,
    password: Password = None,
) -> int:
    from nianbao.checks import text_of
    from nianbao.form import load_form
    from nianbao.interchange import submission_json
    from nianbao.returns import Demands

    returns = judged_by(taken_from([file], password), Demands())
    if len(returns) != 1:
        raise OperatorError(f"“{file}”里有 {len(returns)} 份文件，show 一次只看一份；请用 check。")
    one = returns[0]
    submission = one.submission
    form = None if submission is None else load_form(submission.identity.edition)
    if answer is TableFormat.JSON:
        say_json(submission_json(one, form))
    elif answer is TableFormat.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(("key", "labels", "value", "raw"))
        for key, entry in {} if form is None else form.entries.items():
            origin = one.origin(key)
            labels = " / ".join([*entry.line.labels, *entry.column.labels])
            writer.writerow((key, labels, text_of(one.value(key)), "" if origin is None else origin.raw))
    else:
        say_return(one)
        for key in () if form is None else form.entries:
            say(f"{key}\t{text_of(one.value(key)) or '（未填）'}")
        for text, written in {} if submission is None else submission.texts.items():
            say(f"{text}\t{written}")
    return FOUND if one.status != "accepted" else DONE


def check(
    paths: Paths = None,
    answer: AnswerFormat = Format.TEXT,
    roster: RosterFile = None,
    year: Year = None,
    county: County = None,
    previous: Previous = None,
    password: Password = None,
    jobs: Jobs = None,
    send_back: Annotated[Path | None, typer.Option(help="给有误的报表各写一份退回件，放进这个文件夹。")] = None,
) -> int:
    from nianbao.consolidation import missing_units, versions_noted
    from nianbao.interchange import check_json
    from nianbao.returns import Demands

    if paths:
        names, taken = roster_in(roster), taken_from(paths, password, jobs)
        returns = versions_noted(judged_by(taken, Demands(year, county, names), last_year_in(previous)))
    else:
        given = Given(roster=roster, year=year, county=county, previous=previous, password=password)
        here = standing(jobs=cores(jobs), **given)
        names, returns = here.demands.roster, here.returns
    missing = missing_units(returns, names)
    written = () if send_back is None else _sent_back(send_back, returns)
    if answer is Format.JSON:
        say_json(check_json(returns, missing))
    else:
        for one in returns:
            say_return(one)
        say_missing(missing)
        say_counts(returns, missing)
        for file in written:
            say(f"退回件　{file}")
    wrong = missing or any(one.status in {"flagged", "rejected"} for one in returns)
    return FOUND if wrong else DONE


def _sent_back(folder: Path, returns: Sequence[Return]) -> tuple[Path, ...]:
    from nianbao.workspace.sendback import send_back_to

    return send_back_to(folder, returns)


def taken_from(paths: Sequence[Path], password: str | None = None, jobs: int | None = None) -> tuple[Taken, ...]:
    from nianbao.intake import take_in

    return take_in(paths, lambda files: with_progress(files, "正在读取"), password, jobs=cores(jobs))


def judged_by(taken: Sequence[Taken], demands: Demands, last_year: PreviousYear | None = None) -> tuple[Return, ...]:
    from nianbao.intake import judged

    return judged(taken, demands, last_year)


def last_year_in(path: Path | None) -> PreviousYear | None:
    if path is None:
        return None
    from nianbao.lastyear import read_last_year

    return read_last_year(path)


def roster_in(path: Path | None) -> Roster | None:
    if path is None:
        return None

    from nianbao.excel.roster import read_roster

    return read_roster(path)


# -- text


def say_return(one: Return) -> None:
    whose = f"　{one.unit_name}" if one.unit_name else ""
    say(f"{_STATUSES[one.status]}　{one.file}{whose}")
    say_findings(one.findings)


def say_missing(missing: Sequence[Unit]) -> None:
    if missing:
        say(f"缺报 {len(missing)} 个单位：{'、'.join(unit.name for unit in missing)}")


def say_counts(returns: Sequence[Return], missing: Sequence[Unit]) -> None:
    counts: Counter[str] = Counter(one.status for one in returns)
    parts = [f"{word} {counts[status]} 份" for status, word in _STATUSES.items() if counts[status]]
    lacking = f"；缺报 {len(missing)} 个单位" if missing else ""
    say(f"共 {len(returns)} 份：{'，'.join(parts)}{lacking}。")
