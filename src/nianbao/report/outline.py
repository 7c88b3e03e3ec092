"""The order of a report, with its named fields: what the default Word template and the web page are both made from."""

from __future__ import annotations

import re
from typing import Literal

from nianbao.report.compose import ANNEX_FIELD, PLAIN_FIELDS, TABLE_FIELDS, WRITTEN
from nianbao.report.structure import TITLES

Style = Literal["title", "notice", "first", "second", "body", "table", "signature", "annex"]

OUTLINE: tuple[tuple[Style, str], ...] = (
    ("title", "{{标题}}"),
    ("notice", "{{数据说明}}"),
    ("first", TITLES["overview"]),
    ("body", "{{引言}}"),
    ("second", "（一）主动公开"),
    ("body", "{{主动公开数据}}"),
    ("body", "{{主动公开工作}}"),
    ("second", "（二）依申请公开"),
    ("body", "{{依申请公开数据}}"),
    ("body", "{{复议诉讼数据}}"),
    ("body", "{{依申请公开工作}}"),
    ("second", "（三）政府信息管理"),
    ("body", "{{政府信息管理}}"),
    ("second", "（四）平台建设"),
    ("body", "{{平台建设}}"),
    ("second", "（五）监督保障"),
    ("body", "{{监督保障}}"),
    ("first", TITLES["two"]),
    ("table", "{{表二}}"),
    ("first", TITLES["three"]),
    ("table", "{{表三}}"),
    ("first", TITLES["four"]),
    ("table", "{{表四}}"),
    ("first", TITLES["five"]),
    ("body", "{{存在的主要问题}}"),
    ("body", "{{改进情况}}"),
    ("first", TITLES["six"]),
    ("body", "{{收费情况}}"),
    ("signature", "{{落款}}"),
    ("signature", "{{日期}}"),
    ("annex", "{{附件}}"),
)
FIELD = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
KNOWN_FIELDS = frozenset({*PLAIN_FIELDS, *WRITTEN, *TABLE_FIELDS, ANNEX_FIELD})
ANNEX_TITLE = "附件：各单位报送的材料（供撰写参考，公布前删去）"
