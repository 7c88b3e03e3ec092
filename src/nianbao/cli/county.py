"""The commands about the county: consolidate what came back, trace a figure, verify a consolidation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nianbao.cli.app import DONE, FOUND, Format
from nianbao.cli.returns import (
    AnswerFormat,
    County,
    Given,
    Jobs,
    Password,
    Paths,
    Previous,
    RosterFile,
    Year,
    judged_by,
    last_year_in,
    roster_in,
    say_counts,
    say_return,
    taken_from,
)
from nianbao.cli.say import say, say_findings, say_json
from nianbao.cli.standing import cores, standing, up_to_date
from nianbao.findings import OperatorError, reason_of, worst

if TYPE_CHECKING:
    from nianbao.adjustments import Adjustment
    from nianbao.consolidation import Consolidation
    from nianbao.excel.county.reading import CountyBook
    from nianbao.form import Form
    from nianbao.previous import PreviousYear
    from nianbao.returns import Demands, Return
    from nianbao.roster import Roster, Unit
    from nianbao.verification import Verification
    from nianbao.workspace.office import Workspace


def consolidate(
    paths: Paths = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="写出的汇总工作簿（.xlsx）；在工作区里可以不写。", show_default=False),
    ] = None,
    county: County = None,
    year: Year = None,
    roster: RosterFile = None,
    without: Annotated[list[str] | None, typer.Option(help="注明某单位不报（可重复）。")] = None,
    latest: Annotated[bool, typer.Option("--latest", help="同一单位交来几份时，以最后收到的为准。")] = False,
    include_flagged: Annotated[bool, typer.Option("--include-flagged", help="有误的报表也计入。")] = False,
    previous: Previous = None,
    password: Password = None,
    adjustments: Annotated[Path | None, typer.Option(help="汇总调整表（xlsx 或 csv）。")] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="另把全部数据写成一份 CSV。")] = None,
    jobs: Jobs = None,
    answer: AnswerFormat = Format.TEXT,
) -> int:
    from nianbao.consolidation import consolidate as merge
    from nianbao.consolidation import identity_above
    from nianbao.excel.county import write_county
    from nianbao.export import tidy_csv
    from nianbao.form import load_form
    from nianbao.interchange import consolidation_json
    from nianbao.output import write_whole
    from nianbao.returns import Demands

    quiet = answer is Format.JSON
    given = Given(roster=roster, year=year, county=county, previous=previous, password=password)
    with _inputs(paths, Demands(year, county), quiet=quiet, jobs=jobs, given=given) as (
        returns,
        demands,
        last_year,
        here,
    ):
        target = output or (None if here is None else here.output)
        if target is None:
            raise OperatorError("缺少 -o/--output：汇总工作簿写到哪里。用法见 nianbao consolidate --help。")
        excused = _excused(without or [], demands.roster)
        identity = identity_above(returns, demands)
        form = load_form(identity.edition)
        result = merge(
            form,
            identity,
            returns,
            roster=demands.roster,
            without=excused,
            latest=latest,
            include_flagged=include_flagged,
            adjustments=_adjustments(form, adjustments or (None if here is None else here.adjustments)),
            last_year=last_year,
        )
        write_whole(target, write_county(result), inputs=_files_in(paths or ()))
    if csv_file is not None:
        # the byte order mark tells Excel that the file is UTF-8
        write_whole(csv_file, tidy_csv(result).encode("utf-8-sig"), inputs=_files_in(paths or ()))
    if quiet:
        say_json(consolidation_json(result, str(target)))
    else:
        _say_consolidation(result, target)
    return DONE if result.clean else FOUND


@contextmanager
def _inputs(
    paths: Sequence[Path] | None, demands: Demands, *, quiet: bool, jobs: int | None, given: Given
) -> Iterator[tuple[tuple[Return, ...], Demands, PreviousYear | None, Workspace | None]]:
    """The returns and what they must be for: from the paths, else from the workspace, which is locked meanwhile."""
    from nianbao.intake import with_common

    if paths:
        taken = taken_from(paths, given["password"], jobs)
        demands = with_common(replace(demands, roster=roster_in(given["roster"])), taken)
        last_year = last_year_in(given["previous"])
        yield judged_by(taken, demands, last_year), demands, last_year, None
        return
    from nianbao.workspace.lastyear import last_year_of

    with up_to_date("nianbao consolidate", quiet=quiet, jobs=cores(jobs), **given) as here:
        yield here.returns, here.demands, last_year_of(here.workspace), here.workspace


def _files_in(paths: Sequence[Path]) -> Iterator[Path]:
    """The files that were read: none of them is ever written over."""
    for path in paths:
        yield from path.rglob("*") if path.is_dir() else (path,)


def trace(
    figure: Annotated[
        str, typer.Argument(metavar="数据", help="代码（3/1/natural）、单元格（表三!D6）或所印文字（新收 自然人）。")
    ],
    workbook: Annotated[
        Path | None, typer.Option("--workbook", help="汇总工作簿；在工作区里可以不写。", show_default=False)
    ] = None,
    answer: AnswerFormat = Format.TEXT,
) -> int:
    from nianbao.interchange import trace_json
    from nianbao.lookup import keys_named

    county = _county_book(workbook or standing().workspace.output)
    keys = keys_named(county.form, figure)
    if not keys:
        raise OperatorError(f"没有“{figure}”这个数据；代码见 nianbao form。")
    if len(keys) > 1:
        some = "、".join(map(str, keys[:6])) + ("……" if len(keys) > 6 else "")
        raise OperatorError(f"“{figure}”可以指 {len(keys)} 个数据（{some}），请写得更明确。")
    answered = trace_json(county, keys[0])
    if answer is Format.JSON:
        say_json(answered)
        return DONE
    say(f"{answered['label']}（{answered['sheet']} {answered['cell']}）：{answered['value']}")
    for one in answered["contributions"]:
        note = "" if one["counted"] else "（不计入汇总）"
        raw = f"，原文“{one['raw']}”" if one["raw"] is not None else ""
        say(f"  {one['value']}\t{one['unit']}{note}\t{one['file']}，{one['sheet']} {one['cell']}{raw}")
    for one in answered["adjustments"]:
        say(f"  {one['amount']}\t汇总调整：{one['unit']}，{one['reason']}（{one['who']} {one['date']}）")
    return DONE


def verify(
    workbook: Annotated[
        Path | None,
        typer.Argument(metavar="汇总工作簿", help="consolidate 写出的工作簿；在工作区里可以不写。", show_default=False),
    ] = None,
    paths: Paths = None,
    answer: AnswerFormat = Format.TEXT,
) -> int:
    from nianbao.interchange import verification_json
    from nianbao.returns import Demands
    from nianbao.verification import verify as confront

    if paths and workbook is not None:
        county = _county_book(workbook)
        result = confront(county, judged_by(taken_from(paths), Demands()))
    else:
        here = standing(anew=True)
        county = _county_book(workbook or here.workspace.output)
        result = confront(county, here.returns)
    if answer is Format.JSON:
        say_json(verification_json(result))
    else:
        _say_verification(county, result)
    return DONE if result.agrees else FOUND


def _county_book(path: Path) -> CountyBook:
    from nianbao.excel.county.reading import read_county

    try:
        data = path.read_bytes()
    except OSError as error:
        raise OperatorError(f"不能读取“{path}”：{reason_of(error)}。") from error
    return read_county(data, str(path))


def _adjustments(form: Form, path: Path | None) -> tuple[Adjustment, ...]:
    if path is None:
        return ()
    from nianbao.adjustments import HEADINGS, read_adjustments
    from nianbao.excel.rows import read_rows

    return read_adjustments(form, read_rows(path, "汇总调整表", HEADINGS[:4]), str(path))


def _excused(names: Sequence[str], roster: Roster | None) -> tuple[Unit, ...]:
    """The units whose absence the operator names."""
    if names and roster is None:
        raise OperatorError("--without 要和 --roster 一起用。")
    units = []
    for name in names:
        unit = None if roster is None else roster.named(name) or roster.coded(name)
        if unit is None:
            raise OperatorError(f"名录里没有“{name}”这个单位，请核对 --without。")
        units.append(unit)
    return tuple(units)


def _say_consolidation(result: Consolidation, output: Path) -> None:
    for one in result.returns:
        if one.status in {"flagged", "rejected"} or worst(one.findings) in {"error", "warning"}:
            say_return(one)
    say_counts(result.returns, result.missing)
    if result.findings:
        say("汇总后的校验：")
        say_findings(result.findings)
    elif result.counted:
        say("汇总后的校验：全部通过。")
    else:
        say("没有一份报表可以计入，汇总表是空的。")
    say(f"{result.statement}。")
    say(f"已写出 {output}")


def _say_verification(county: CountyBook, result: Verification) -> None:
    from nianbao.checks import label_of, text_of

    for what, files in (("没有找到", result.missing), ("内容变了", result.changed), ("汇总时没有", result.extra)):
        for file in files:
            say(f"{what}　{file}")
    for one in result.differences:
        units = f"（{'、'.join(one.units)}）" if one.units else ""
        say(
            f"不一致　{label_of(county.form, one.key)}：汇总表为 {text_of(one.workbook)}，"
            f"各报表相加为 {text_of(one.returns)}{units}"
        )
    count = len(county.form.entries)
    say(
        "一致：文件相同，数据逐一相等。"
        if result.agrees
        else f"不一致：{count} 个数据中 {len(result.differences)} 个不同。"
    )
