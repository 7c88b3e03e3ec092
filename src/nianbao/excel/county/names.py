"""Names of the county workbook's sheets and the words in them, by which the workbook is also read back."""

from __future__ import annotations

OVERVIEW = "概览"
DETAIL = "明细"
SOURCES = "来源"
COMPARISON = "同比"
ADJUSTMENTS = "汇总调整"
RECEIPTS = "收表情况"
FINDINGS = "校验意见"
MATERIALS = "文字材料汇总"

YES, NO = "是", "否"
COUNTED, NOT_COUNTED, LEFT_OUT, ABSENT, IGNORED = "计入", "不计入", "未计入", "缺报", "略过"
STATUSES = {"accepted": "合格", "flagged": "有误", "rejected": "不能用", "ignored": "略过"}
SEVERITIES = {"error": "错误", "warning": "提示", "note": "说明"}

# rows of the detail sheet (0-based): title, remark, table, line, column, key, source cell, three sums, then the units
TABLE_ROW, LINE_ROW, COLUMN_ROW, KEY_ROW, CELL_ROW, SUM_ROW, ADJUST_ROW, BOTH_ROW, FIRST_UNIT = range(2, 11)
NUMBER, CODE, NAME, IN, FIRST_FIGURE = range(5)

# a list has its title in row 1, its headings in row 2 and its rows from row 3 on
LIST_HEAD, LIST_FIRST = 1, 2
ADJUSTMENT_HEADS = ("数据", "项目", "单位", "调整数", "原因", "调整人", "日期")
COMPARISON_HEADS = ("数据", "项目", "本年", "上年", "增减", "增减（%）", "变化最大的单位")
RECEIPT_HEADS = ("代码", "单位", "是否计入", "原因", "文件", "收到时间", "SHA-256")
SOURCE_HEADS = ("代码", "单位", "文件", "SHA-256", "数据", "项目", "工作表", "单元格", "原文", "读作")
FINDING_HEADS = ("类别", "代码", "单位", "文件", "工作表", "单元格", "发现", "应为", "意见", "怎么办")
