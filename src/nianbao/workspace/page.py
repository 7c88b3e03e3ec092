"""The board as files for people: one self-contained page (状态.html), and the list to call from (催报名单.xlsx)."""

from __future__ import annotations

import datetime as dt
from importlib.resources import files

from nianbao.output import write_whole
from nianbao.workspace.board import STATES, Board, Row, kind_of
from nianbao.workspace.changes import changes
from nianbao.workspace.collect import VERDICTS
from nianbao.workspace.office import Workspace, now

PAGE, CHASE = "状态.html", "催报名单.xlsx"
_HEADS = ("代码", "单位名称", "类别", "情况", "联系人", "电话", "主要问题")
_WIDTHS = (8, 26, 9, 22, 10, 16, 60)
_MOST_PROBLEMS = 3


def write_board(workspace: Workspace, board: Board) -> None:
    """Write both files into the workspace; the caller holds its lock."""
    write_whole(workspace.root / PAGE, board_page(board, workspace.title, now()).encode())
    write_whole(workspace.root / CHASE, chase_list(board, workspace.title))


def board_page(board: Board, title: str, made: dt.datetime) -> str:
    """The page: nothing in it is fetched from anywhere, so that it opens offline and can be mailed."""
    from jinja2 import Environment, StrictUndefined

    # escaping is on: names, findings and file names come from outside
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string(files("nianbao.workspace").joinpath("board.html.j2").read_text(encoding="utf-8"))
    counts = board.counts()
    return template.render(
        title=title,
        due=board.due,
        made=f"{made:%Y-%m-%d %H:%M}",
        states=STATES,
        rows=board.rows,
        counts=counts,
        total=counts["合计"],
        chased=board.chased,
        unclaimed=board.holdings.unclaimed,
        lost=board.holdings.lost,
        withdrawn=board.holdings.withdrawn,
        verdicts=VERDICTS,
        changes=changes,
        kind_of=kind_of,
        moment=lambda when: f"{when.astimezone():%Y-%m-%d %H:%M}",
    )


def chase_list(board: Board, title: str) -> bytes:
    """Whom to call, and about what; the bytes of an xlsx."""
    from nianbao.excel.lists import Listing, write_list

    rows = [
        (row.unit.code, row.unit.name, row.unit.kind, _state(row), row.unit.contact, row.unit.phone, _problems(row))
        for row in board.chased
    ]
    return write_list(Listing(f"{title}催报名单", _HEADS, _WIDTHS, rows))


def _state(row: Row) -> str:
    return f"{row.state}；{row.remark}" if row.remark else row.state


def _problems(row: Row) -> str:
    if row.counting is None:
        return ""
    errors = [finding.message for finding in row.counting.taken.findings if finding.severity == "error"]
    more = f"\n……共 {len(errors)} 处" if len(errors) > _MOST_PROBLEMS else ""
    return "\n".join(errors[:_MOST_PROBLEMS]) + more
