"""The sheet 填报说明: how to fill in, what the colours mean, what to do when a check fails, by when, whom to ask."""

from __future__ import annotations

from dataclasses import dataclass

from nianbao.excel.draft import Draft
from nianbao.excel.look import LEAST_HEIGHT, height_of
from nianbao.figures import Place
from nianbao.layout import GUIDE

_WIDTHS = (14.0, 84.0)


@dataclass(frozen=True, slots=True)
class Notice:
    """What the county tells its units beside the form: by when, whom to ask, and anything else, a line each."""

    deadline: str | None = None
    contact: str | None = None
    remarks: tuple[str, ...] = ()


_FILL_IN = (
    "先填“封面”。本年度没有依申请公开，或者没有复议诉讼的，在封面选“否”，相应的表就不用填了，格子里自动显示灰色的 0。",
    "再填表二、表三、表四中浅黄色的格子。点中格子，会显示这一格的填报说明。",
    "没有发生的填 0。空白不等于 0，“无”“/”“—”也不等于 0。金额看清单位，表二的收费金额以万元为单位。",
    "总计自动计算，不用填，也改不了。每件申请只计一种办理结果。",
    "“文字材料”是选填的，供县里编写年度报告；多数格子写一两句就够。",
    "不要插入、删除、移动行列，不要改表头，不要把表复制到别的工作簿。文件可以改名。",
    "Excel、WPS 表格、LibreOffice 都可以填；填好后保存为 xlsx，把整个文件发回，不要截图、不要转成 PDF。",
)
_COLOURS = (
    ("blank", "待填", "浅黄底：还没有填。填了以后变成白底。"),
    ("optional", "选填", "浅蓝底：可以不填。"),
    ("total", "123", "灰底粗字：自动计算的总计，或者已经替您填好的内容，不能改。"),
    ("declared", "0", "灰底灰字的 0：封面已声明没有，没有填的格子自动显示 0。"),
    ("bad", "12", "红底粗字：不通过或者填写有误；表旁写着“相差”多少。"),
    ("odd", "12", "橙底：提示，请核对；属实的写情况说明。"),
)
_WHEN_BROKEN = (
    "看封面的“校验结果”：“通过”就是没有问题；“未填完”是有关的格子还空着；“不通过”后面写着先看哪一格。",
    "点“查看”到“校验”表，再点单元格的名字，就到了有问题的地方；整行或整列变色，旁边写着相差多少。",
    "类别是“错误”的，必须改正才能上报。类别是“提示”的，请核对；情况属实的，在“情况说明”写明原因，就显示“已说明”。",
    "封面最上面一行显示“可以上报”，就可以发回了。",
)
_PROTECTION = "工作表设了保护，没有密码：只为防止误改，不能防止有意改动。表头、标识被改动的，县里读取时会发现并退回。"


def write_guide(draft: Draft, notice: Notice) -> None:
    """The sheet of instructions."""
    paper = draft.paper
    sheet = paper.sheet(GUIDE, list(_WIDTHS), footer=draft.footer)
    sheet.fit_to_pages(1, 1)
    sheet.merge_range(0, 0, 0, 1, GUIDE, paper.style("title"))
    sheet.set_row(0, 36)
    row = 1

    def heading(text: str) -> None:
        nonlocal row
        sheet.merge_range(row, 0, row, 1, text, paper.style("section"))
        sheet.set_row(row, 24)
        row += 1

    def line(first: str, text: str, style: str = "centred") -> None:
        nonlocal row
        paper.put(sheet, Place(GUIDE, row, 0), first, style)
        paper.put(sheet, Place(GUIDE, row, 1), text, "cell")
        sheet.set_row(row, max(LEAST_HEIGHT, height_of(text, _WIDTHS[1])))
        row += 1

    heading("一、怎样填")
    for number, text in enumerate(_FILL_IN, 1):
        line(str(number), text)
    heading("二、颜色是什么意思（都同时有文字说明，不靠颜色也能看懂）")
    for style, sample, text in _COLOURS:
        paper.put(sheet, Place(GUIDE, row, 0), sample, ("centred", style))
        line_row = row
        paper.put(sheet, Place(GUIDE, line_row, 1), text, "cell")
        sheet.set_row(line_row, max(LEAST_HEIGHT, height_of(text, _WIDTHS[1])))
        row += 1
    heading("三、校验不通过怎么办")
    for number, text in enumerate(_WHEN_BROKEN, 1):
        line(str(number), text)
    heading("四、什么时候交，有问题问谁")
    line("报送期限", notice.deadline or "按县里通知的时间报送。")
    line("咨询电话", notice.contact or "请向下发这份报表的县政务公开办咨询。")
    for remark in notice.remarks:
        line("另外", remark)
    heading("五、关于保护")
    line("", _PROTECTION)
