"""The commands about the published report: write it, proofread it, read it back into a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nianbao.cli.app import DONE, FOUND, Format
from nianbao.cli.say import say, say_findings, say_json
from nianbao.cli.standing import workspace_here
from nianbao.findings import OperatorError, reason_of

if TYPE_CHECKING:
    from nianbao.report.proofread import Other, Proof, Report

ReportFile = Annotated[Path, typer.Argument(metavar="报告", help="报告（docx、html、txt 或带文字的 pdf）。")]
AnswerFormat = Annotated[Format, typer.Option("--format", help="输出格式。")]
_VERDICTS = {"agrees": "一致", "disagrees": "不一致", "undecided": "无法判断"}
_STATES = {"read": "已读取", "partial": "没有读全", "missing": "没有找到", "picture": "是图片", "refused": "没有读取"}


def proofread(
    report: ReportFile,
    workbook: Annotated[Path | None, typer.Option("--workbook", help="汇总工作簿，逐格核对。")] = None,
    previous: Annotated[Path | None, typer.Option("--previous", help="上一年度的工作簿或报告。")] = None,
    answer: AnswerFormat = Format.TEXT,
    sheet: Annotated[Path | None, typer.Option("--html", help="另写一份校对单（网页，原文与意见对照）。")] = None,
) -> int:
    from nianbao.report import proofread as proofreading

    proof = proofreading.proofread(
        str(report),
        _published(report),
        workbook=None if workbook is None else _other(workbook),
        previous=None if previous is None else _other(previous),
    )
    if sheet is not None:
        from nianbao.output import write_whole
        from nianbao.report.proofsheet import proof_sheet

        write_whole(sheet, proof_sheet(proof).encode())
    if answer is Format.JSON:
        say_json(proofreading.proof_json(proof))
    else:
        _say_proof(proof)
    return DONE if proof.clean else FOUND


def import_report(
    report: ReportFile,
    output: Annotated[Path, typer.Option("-o", "--output", help="写出的工作簿（.xlsx）。")],
    csv_file: Annotated[Path | None, typer.Option("--csv", help="另写一份 CSV。")] = None,
) -> int:
    from nianbao.output import write_whole
    from nianbao.report.imported import csv_of, workbook_of

    published = _published(report)
    if not published.tables.printed:
        say_findings(finding.of(str(report), None) for finding in published.tables.findings)
        raise OperatorError(f"“{report}”里一个数也没有读到，没有写出工作簿。")
    write_whole(output, workbook_of(published))
    if csv_file is not None:
        # the byte order mark tells Excel that the file is UTF-8
        write_whole(csv_file, csv_of(published).encode("utf-8-sig"))
    _say_tables(published)
    say_findings(published.tables.findings)
    say(f"已写出 {output}")
    complete = all(table.state == "read" for table in published.tables.tables)
    wrong = any(finding.severity == "error" for finding in published.tables.findings)
    return DONE if complete and not wrong else FOUND


def report(
    county: Annotated[
        Path | None,
        typer.Argument(metavar="汇总工作簿", help="全县的汇总工作簿；在工作区里可以不写。", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="写出的报告（.docx）；在工作区里可以不写。", show_default=False),
    ] = None,
    page: Annotated[Path | None, typer.Option("--html", help="另写一份网页，可以贴进门户网站。")] = None,
    template: Annotated[Path | None, typer.Option("--template", help="本单位自己的模板（.docx）。")] = None,
    new_template: Annotated[
        Path | None, typer.Option("--new-template", help="另写一份自带的模板，改好后用 --template 给出。")
    ] = None,
) -> int:
    from nianbao.output import write_whole
    from nianbao.report.compose import compose
    from nianbao.report.material import read_material
    from nianbao.report.write_docx import template_docx, write_docx
    from nianbao.report.write_html import write_html

    if county is None or output is None:
        workspace = workspace_here()
        county, output = county or workspace.output, output or workspace.report
    material = read_material(_bytes(county), county.name)
    composed = compose(material)
    own = None if template is None else _bytes(template)
    write_whole(output, write_docx(composed, own))
    if new_template is not None:
        write_whole(new_template, template_docx())
    if page is not None:
        write_whole(page, write_html(composed).encode())
    say(f"已写出 {output}" + (f" 和 {page}" if page is not None else ""))
    for note in composed.open_points:
        say(f"  待办：{note}")
    say_findings(material.findings, notes=False)
    wrong = any(finding.severity == "error" for finding in material.findings)
    return FOUND if composed.incomplete or wrong else DONE


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OperatorError(f"读不了“{path}”：{reason_of(error)}。") from error


def _published(path: Path) -> Report:
    from nianbao.report.document import UnreadableReportError
    from nianbao.report.proofread import read_published
    from nianbao.report.source import read_report

    try:
        return read_published(read_report(_bytes(path)))
    except UnreadableReportError as error:
        raise OperatorError(f"“{path}”：{error}") from error


def _other(path: Path) -> Other:
    """What to compare with: a workbook, or another published report."""
    from nianbao.intake import read
    from nianbao.report.proofread import Other, submission_of

    head = _bytes(path)
    if b"xl/workbook.xml" in head or head.startswith(b"\xd0\xcf\x11\xe0") or b"opendocument.spreadsheet" in head[:200]:
        reading = read(path)
        if reading.submission is None:
            reason = reading.findings[0].message if reading.findings else "读不出来。"
            raise OperatorError(f"“{path}”：{reason}")
        return Other(path.name, reading.submission)
    return Other(path.name, submission_of(_published(path)))


# -- text


def _say_proof(proof: Proof) -> None:
    published = proof.report
    year = f"{published.year} 年度" if published.year else "年度不明"
    say(f"{proof.file}　{published.body.name or '单位不明'}　{year}　{published.form.edition} 年版")
    _say_tables(published)
    say_findings(proof.findings)
    counts = {verdict: sum(one.verdict == verdict for one in proof.statements) for verdict in _VERDICTS}
    said = "，".join(f"{word} {counts[verdict]} 处" for verdict, word in _VERDICTS.items())
    say(f"正文里的数 {len(proof.statements)} 处：{said}。")
    for one in proof.statements:
        if one.verdict == "undecided":
            say(f"  [无法判断] {one.value}（{one.place}）{one.reason}")


def _say_tables(published: Report) -> None:
    for table in published.tables.tables:
        total = sum(key.table == table.table.key for key in published.form.entries)
        say(f"  {table.table.sheet}：{_STATES[table.state]}（{len(table.printed)}/{total} 个数）")
