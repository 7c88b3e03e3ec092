"""The commands about the form: a template to fill in, and the form itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nianbao.cli.app import DONE, Format
from nianbao.cli.say import say, say_json
from nianbao.findings import OperatorError

_LEVELS = ("县级", "设区的市级", "省级")


def template(
    output: Annotated[Path, typer.Option("-o", "--output", help="写出的文件（.xlsx）。")],
    year: Annotated[int | None, typer.Option(help="报告年度；版本随之而定。", min=2008, max=2200)] = None,
    edition: Annotated[str | None, typer.Option(help="官方表格的版本。")] = None,
    unit: Annotated[str | None, typer.Option(help="单位名称；不给则由填报人自己填。")] = None,
    code: Annotated[str | None, typer.Option(help="单位代码。")] = None,
    county: Annotated[str | None, typer.Option(help="县（市、区）。")] = None,
    level: Annotated[str, typer.Option(help="级别：县级、设区的市级、省级。")] = "县级",
    previous: Annotated[Path | None, typer.Option(help="上年的报表、汇总工作簿或文件夹：结转数据由此预填。")] = None,
    deadline: Annotated[str, typer.Option(help="报送截止日期，印在填报说明里。")] = "",
    contact: Annotated[str, typer.Option(help="咨询电话，印在填报说明里。")] = "",
) -> int:
    from nianbao.excel.writer import Notice, write_template
    from nianbao.form import load_form
    from nianbao.output import write_whole
    from nianbao.previous import why_not
    from nianbao.submission import Identity, Submission

    if level not in _LEVELS:
        raise OperatorError(f"没有“{level}”这个级别，应为：{'、'.join(_LEVELS)}。")
    form = load_form(edition_for(year, edition))
    identity = Identity(form.edition, unit=unit, code=code, county=county, year=year, level=level)
    before = None
    if previous is not None:
        from nianbao.lastyear import read_last_year

        before = read_last_year(previous).of([unit] if unit else [], code)
        if before is None:
            raise OperatorError(f"“{previous}”里没有这个单位上年的数据；--previous 要和 --unit（或 --code）一起用。")
        if refusal := why_not(identity, before.identity):
            raise OperatorError(refusal)
    notice = Notice(deadline or None, contact or None)
    write_whole(output, write_template(form, Submission(identity, {}), previous=before, notice=notice))
    say(f"已写出 {output}")
    return DONE


def show_form(
    edition: Annotated[str | None, typer.Option(help="官方表格的版本。")] = None,
    answer: Annotated[Format, typer.Option("--format", help="输出格式。")] = Format.TEXT,
) -> int:
    from nianbao.form import load_form
    from nianbao.interchange import form_json

    form = form_json(load_form(edition_for(None, edition)))
    if answer is Format.JSON:
        say_json(form)
        return DONE
    say(f"{form['title']}（{form['edition']} 年版，{form['source']}）")
    for figure in form["figures"]:
        how = "填报" if figure["entry"] else "计算"
        unit = f"（{figure['unit_of_measure']}）" if figure["unit_of_measure"] else ""
        say(f"{figure['key']}\t{figure['sheet']} {figure['cell']}\t{how}{unit}\t{' / '.join(figure['labels'])}")
    for check in form["checks"]:
        severity = "错误" if check["severity"] == "error" else "提示"
        say(f"{check['code']}\t{severity}\t{check['sentence']}（{check['source']}）")
    return DONE


def edition_for(year: int | None, edition: str | None) -> str:
    """The edition that was asked for, or that a year's report uses; raise OperatorError where the two contradict."""
    from nianbao.form import edition_of_year, editions

    if edition is not None and edition not in editions():
        raise OperatorError(f"没有 {edition} 年版，现有：{'、'.join(editions())}。")
    if year is None:
        return edition or editions()[-1]
    fitting = edition_of_year(year)
    if fitting is None:
        raise OperatorError(f"{year} 年度没有可用的官方表格，现有版本：{'、'.join(editions())}。")
    if edition is not None and edition != fitting:
        raise OperatorError(f"{year} 年度用 {fitting} 年版，不能用 {edition} 年版；请改正 --year 或 --edition。")
    return fitting
