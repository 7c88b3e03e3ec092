"""The commands of the office's year: a workspace from the first template to the last reminder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nianbao.cli.app import DONE, FOUND
from nianbao.cli.say import say, say_findings, with_progress
from nianbao.cli.standing import cores
from nianbao.findings import OperatorError

if TYPE_CHECKING:
    from nianbao.workspace.board import Board, Row
    from nianbao.workspace.collect import Arrival
    from nianbao.workspace.holdings import Held
    from nianbao.workspace.office import Workspace
    from nianbao.workspace.start import Begun

_MOST_CHANGES = 8
_MOST_FINDINGS = 6
_MOST_NAMES = 10
_MOST_PLAIN = 5
INSIDE = "文件里的单位"


def init(
    folder: Annotated[Path, typer.Argument(metavar="文件夹", help="新工作区的文件夹。")],
    county: Annotated[str | None, typer.Option(help="县（市、区）。")] = None,
    year: Annotated[int | None, typer.Option(help="报告年度。")] = None,
    level: Annotated[str | None, typer.Option(help="级别：县级、设区的市级、省级。")] = None,
    deadline: Annotated[str | None, typer.Option(help="报送截止日期，如 2022-01-20。")] = None,
    contact: Annotated[str | None, typer.Option(help="联系人（写给各单位看）。")] = None,
    phone: Annotated[str | None, typer.Option(help="联系电话（写给各单位看）。")] = None,
    roster: Annotated[Path | None, typer.Option(help="现成的单位名单（xlsx 或 csv）。")] = None,
    last: Annotated[Path | None, typer.Option("--from", help="上年的工作区：带来名录和上年数据。")] = None,
) -> int:
    from nianbao.workspace.office import open_workspace
    from nianbao.workspace.settings import new_settings
    from nianbao.workspace.start import begin

    before = None if last is None else open_workspace(last)
    known = {} if before is None else _inherited(before)
    given: dict[str, Any] = {"county": county, "year": year, "level": level, "contact": contact, "phone": phone}
    given["deadline"] = None if deadline is None else day_in(deadline, "--deadline")
    known |= {name: value for name, value in given.items() if value is not None}
    for name in ("county", "year"):
        if name not in known:
            raise OperatorError(f"缺少 --{name}。用法见 nianbao init --help。")
    if before is not None and known["year"] != before.settings.year + 1:
        raise OperatorError(
            f"“{last}”是 {before.settings.year} 年度的，不是 {known['year']} 年度的上一年；请核对 --year。"
        )
    begun = begin(folder, new_settings(**known), roster=roster, last=before)
    settings = begun.workspace.settings
    say(f"已建立工作区 {folder}：{settings.county} {settings.year} 年度，{settings.edition} 年版。")
    for doubt in begun.doubts:
        say(f"  [提示] 名录{doubt.text}")
    if begun.units:
        say(f"名录里有 {len(begun.units)} 个单位。" + _carried(begun, before))
        say("下一步：核对 名录.xlsx 和 nianbao.toml，然后在这个文件夹里运行 nianbao distribute。")
    else:
        say("下一步：填好 名录.xlsx，核对 nianbao.toml，然后在这个文件夹里运行 nianbao distribute。")
    return DONE


def _inherited(before: Workspace) -> dict[str, Any]:
    old = before.settings
    known: dict[str, Any] = {"county": old.county, "year": old.year + 1, "level": old.level, "order": old.order}
    return known | {"contact": old.contact, "phone": old.phone, "vertical_counts": old.vertical_counts}


def _carried(begun: Begun, before: Workspace | None) -> str:
    if before is None:
        return ""
    if not begun.carried:
        return "上年工作区里没有合格的报表，没有可以结转的数据。"
    told = f"上年汇总表里有 {begun.carried} 个单位的数据，已抄到“上年”，作为结转和对比的依据。"
    if begun.reported > begun.carried:
        told += (
            f"上年有 {begun.reported} 个单位报表合格，比汇总表里的多；请到上年工作区重新汇总后，换掉“上年”里的文件。"
        )
    return told


def day_in(text: str, option: str) -> dt.date:
    """A day as written on the command line; raise OperatorError."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise OperatorError(f"{option} 应写成 2022-01-20 这样的日期，现为“{text}”。") from error


def distribute() -> int:
    from nianbao.workspace.distribute import distribute as bring_up_to_date
    from nianbao.workspace.office import here

    workspace = here()
    with workspace.locked("nianbao distribute"):
        done = bring_up_to_date(workspace, lambda units: with_progress(units, "正在生成"))
    for doubt in workspace.doubts():
        say(f"[提示] 名录{doubt.text}")
    for what, names in (("新写", done.new), ("改写", done.changed), ("停用（移到 下发/停用）", done.retired)):
        if names:
            say(f"{what} {len(names)} 个文件：{_some(names)}")
    if not (done.new or done.changed or done.retired):
        say("没有变化，什么都没有改写。")
    say(f"下发：{done.units} 个单位的报表在“{workspace.distributed}”，另有下发清单和一个压缩包。")
    say(
        f"邮件草稿 {done.drafts} 封，在“{workspace.distributed / '邮件'}”，双击打开即可发送。"
        + _unreached(done.without_address)
    )
    return DONE


def _unreached(units: Sequence[object]) -> str:
    return f"{len(units)} 个单位名录里没有邮箱，没有草稿。" if units else ""


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:_MOST_NAMES]) + (f"……共 {len(names)} 个" if len(names) > _MOST_NAMES else "")


def collect(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="路径…", help="文件、文件夹、压缩包、邮件。")] = None,
    unit: Annotated[str | None, typer.Option("--as", help="注明这些文件是哪个单位的（名称或代码）。")] = None,
    received: Annotated[
        str | None, typer.Option(help="注明收到的日期，如 2022-01-18；不注明时以文件时间为准。")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(help="同时用几个处理器核心读取；不写则全部。", min=1, show_default=False)
    ] = None,
) -> int:
    from nianbao.workspace.collect import collect as take_in
    from nianbao.workspace.office import here

    workspace = here()
    if unit is not None and not paths:
        raise OperatorError("--as 要和文件一起用，例如：nianbao collect 某文件.xlsx --as 教育局。")
    day = None if received is None else day_in(received, "--received")
    with workspace.locked("nianbao collect"):
        arrivals, holdings = take_in(
            workspace,
            paths or [],
            unit=unit,
            sent=day,
            progress=lambda files: with_progress(files, "正在收取"),
            jobs=cores(jobs),
        )
    known = [one for one in arrivals if one.fate == "已收过" and unit is None]
    plain = [one for one in arrivals if _goes_without_saying(one)]
    plain = plain if len(plain) > _MOST_PLAIN else []
    if plain:
        units = [one.held.unit.name for one in plain if one.held is not None and one.held.unit is not None]
        say(f"收下，合格　{len(plain)} 份：{'、'.join(units)}")
    for one in arrivals:
        if one not in known and one not in plain:
            _say_arrival(one)
    if known:
        say(f"已收过 {len(known)} 份，内容完全相同，没有重复登记：{_some([one.file for one in known])}")
    for lost in holdings.lost:
        say(f"原件不见了　{lost.file}（收件编号 {lost.number}）：登记过，但“回收”里找不到，请重新收取。")
    new = [one for one in arrivals if one.fate == "收下"]
    waiting = holdings.unclaimed
    say(f"这次收下 {len(new)} 份。" if arrivals else "没有新的文件。")
    if waiting:
        say(
            f"待认领 {len(waiting)} 份：认领用 nianbao collect 收件编号 --as 单位，不要的用 nianbao withdraw 收件编号。"
        )
    bad = any(one.fate == "没有收下" or _is_wrong(one.held) for one in arrivals if one.fate != "略过")
    return FOUND if bad or waiting or holdings.lost else DONE


def _goes_without_saying(one: Arrival) -> bool:
    """A first, right return that says itself whose it is."""
    held = one.held
    if one.fate != "收下" or held is None or held.scan or not held.valid or one.before is not None:
        return False
    return held.how == INSIDE and all(finding.severity == "note" for finding in held.taken.findings)


def _is_wrong(held: Held | None) -> bool:
    return held is not None and not held.scan and not held.valid


def _say_arrival(one: Arrival) -> None:
    from nianbao.workspace.collect import VERDICTS

    held = one.held
    if held is None:
        say(f"{one.fate}　{one.file}{f'：{one.why}' if one.why else ''}")
        return
    verdict = "盖章件" if held.scan else VERDICTS[held.taken.status]
    if held.unit is None:
        guesses = f"，可能是：{'、'.join(unit.name for unit in held.candidates)}" if held.candidates else ""
        say(f"{one.fate}　{one.file}　待认领（收件编号 {held.original.number}{guesses}）　{verdict}")
    else:
        how = "" if held.how == INSIDE else f"（凭{held.how}认领）"
        say(f"{one.fate}　{one.file}　{held.unit.name}{how}　{verdict}")
    if one.fate == "收下" and not held.scan:
        told = [finding for finding in held.taken.findings if finding.severity != "note"]
        say_findings(told[:_MOST_FINDINGS])
        if len(told) > _MOST_FINDINGS:
            say(f"  ……共 {len(told)} 条，全部见 状态.html（nianbao status）")
    if one.before is not None:
        what = f"改了 {len(one.changed)} 处：" if one.changed else "数据没有变化。"
        say(f"  与上一份“{one.before.original.file}”相比，{what}")
        for change in one.changed[:_MOST_CHANGES]:
            say(f"    {change.text}")
        if len(one.changed) > _MOST_CHANGES:
            say(f"    ……其余 {len(one.changed) - _MOST_CHANGES} 处见 状态.html")
        if one.before.valid and not held.valid:
            say("  新的一份不合格，仍以上一份为准。")


def withdraw(
    what: Annotated[str, typer.Argument(metavar="单位或收件编号", help="撤回哪个单位（或哪一份）的文件。")],
    reason: Annotated[str, typer.Option(help="原因，记入登记。")] = "",
) -> int:
    from nianbao.workspace.collect import withdraw as take_back
    from nianbao.workspace.office import here

    workspace = here()
    with workspace.locked("nianbao withdraw"):
        taken_back = take_back(workspace, what, reason)
    for one in taken_back:
        say(f"已撤回　{one.file}（收件编号 {one.number}）")
    say("原件仍在“回收”文件夹里；要恢复，重新 collect 一次即可。")
    return DONE


def status() -> int:
    from nianbao.workspace.board import board_of
    from nianbao.workspace.holdings import gather
    from nianbao.workspace.office import here, now
    from nianbao.workspace.page import CHASE, PAGE, write_board
    from nianbao.workspace.receipts import Journal

    workspace = here()
    with workspace.locked("nianbao status"):
        journal = Journal(workspace)
        holdings = gather(
            workspace, workspace.roster(), lambda files: with_progress(files, "正在读取"), journal=journal
        )
        board = board_of(workspace.settings, holdings, now().date())
        write_board(workspace, board)
    _say_board(board, workspace)
    waiting = journal.dropped()
    if waiting:
        names = _some([one.name for one in waiting])
        say(f"“回收”文件夹里还有 {len(waiting)} 项没有登记（{names}），请运行 nianbao collect。")
    say(f"已写出 {workspace.root / PAGE}、{workspace.root / CHASE}")
    return DONE if board.complete and not waiting else FOUND


def _say_board(board: Board, workspace: Workspace) -> None:
    from nianbao.workspace.board import STATES

    say(f"{workspace.title}　{board.due}")
    counts = board.counts()
    heads = ("类别", *counts["合计"])
    say("".join(_padded(head, 10) for head in heads))
    for kind, counted in counts.items():
        say("".join(_padded(str(cell), 10) for cell in (kind, *counted.values())))
    for state in (*STATES[1:3], STATES[3]):
        rows = board.of(state)
        if rows:
            say(f"{state} {len(rows)} 个：{'、'.join(_named(row) for row in rows)}")
    for one in board.holdings.unclaimed:
        guesses = f"，可能是：{'、'.join(unit.name for unit in one.candidates)}" if one.candidates else ""
        say(f"待认领：{one.original.file}（收件编号 {one.original.number}{guesses}）")
    for lost in board.holdings.lost:
        say(f"原件不见了：{lost.file}（收件编号 {lost.number}），请重新收取。")


def _named(row: Row) -> str:
    return f"{row.unit.name}（{row.remark}）" if row.remark else row.unit.name


def _padded(text: str, width: int) -> str:
    from nianbao.excel.look import text_width

    return text + " " * max(width - text_width(text), 1)


def send_back() -> int:
    from nianbao.workspace.office import here
    from nianbao.workspace.sendback import send_back as write_back

    workspace = here()
    with workspace.locked("nianbao send-back"):
        done = write_back(workspace, lambda held: with_progress(held, "正在生成"))
    for one in done:
        errors = sum(finding.severity == "error" for finding in one.findings)
        if one.again:
            say(f"已退回过　{one.unit.name}　{one.name}，等单位更正")
        else:
            say(f"退回　{one.unit.name}　{one.name}（{errors} 处错误）{'，邮件草稿在“退回/邮件”' if one.draft else ''}")
    new = [one for one in done if not one.again]
    say(f"这次退回 {len(new)} 份，在“{workspace.returned}”。" if new else "没有新的要退回。")
    return FOUND if done else DONE
