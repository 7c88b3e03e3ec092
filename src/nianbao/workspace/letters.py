"""Mail drafts (.eml) from text templates that the office may rewrite; the attachment is inside."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from string import Template

from nianbao.findings import OperatorError
from nianbao.roster import Unit
from nianbao.workspace.office import LETTERS, Workspace

DISTRIBUTE, SEND_BACK = "下发.txt", "退回.txt"
_DISTRIBUTE = """\
主题：请填报${年度}年度政府信息公开工作年度报告数据报表（${单位}）

${单位}：

附件是${县}${年度}年度《政府信息公开工作年度报告》数据报表。${截止}
请直接在附件中填写并发回，不要改动表头和行列；没有发生的填 0。填写说明见表内。

${落款}
"""
_SEND_BACK = """\
主题：${年度}年度数据报表请更正后重新报送（${单位}）

${单位}：

贵单位报送的“${来文}”有 ${处数} 处需要核对更正，已在附件中标出：

${意见}

请在附件中改正后直接发回；数据属实、需要说明的，请在“退回意见”表的“说明”一栏写明。${截止}

${落款}
"""
TEMPLATES: Mapping[str, str] = {DISTRIBUTE: _DISTRIBUTE, SEND_BACK: _SEND_BACK}
_SUBJECT = re.compile(r"\A\s*主题[：:](.*)")
_ADDRESS = re.compile(r"([^@\s]+)@([^@\s]+\.[^@\s]+)")


_LONE = re.compile(r"\$(?!\{)")


class _Text(Template):
    """Placeholders in Chinese, in braces only: ``${单位}``."""

    idpattern = "(?!)"
    braceidpattern = r"[\w\u4e00-\u9fff]+"


class Letter:
    """One kind of letter, as the office's template says it."""

    def __init__(self, workspace: Workspace, name: str) -> None:
        self._path = workspace.root / LETTERS / name
        self._settings = workspace.settings
        try:
            text = self._path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            text = TEMPLATES[name]
        except (OSError, UnicodeDecodeError) as error:
            raise OperatorError(f"不能读取邮件模板“{self._path}”，请用记事本另存为 UTF-8：{error}。") from error
        subject = _SUBJECT.match(text)
        if subject is None:
            raise OperatorError(f"邮件模板“{self._path}”的第 1 行应当以“主题：”开头。")
        self._subject = subject[1].strip()
        self._body = text[subject.end() :].lstrip("\r\n")

    def draft(self, unit: Unit, words: Mapping[str, str], attachments: Iterable[tuple[str, bytes]] = ()) -> bytes:
        """The draft for a unit; the same words and files give the same bytes."""
        message = EmailMessage(policy=SMTP)
        message["Subject"] = self._filled(self._subject, unit, words)
        message["To"] = [self._address(unit)]
        message["X-Unsent"] = "1"  # mail programs open it as a draft, ready to be sent
        message.set_content(self._filled(self._body, unit, words))
        for name, data in attachments:
            message.add_attachment(
                data,
                maintype="application",
                subtype="vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                filename=name,
            )
        if message.is_multipart():
            message.set_boundary(f"=={hashlib.sha256(str(message['Subject']).encode()).hexdigest()[:32]}==")
        return message.as_bytes()

    def _filled(self, text: str, unit: Unit, words: Mapping[str, str]) -> str:
        settings = self._settings
        day = settings.deadline
        due = "" if day is None else f"请于 {day.year} 年 {day.month} 月 {day.day} 日前报送。"
        signed = "　".join(part for part in (settings.contact, settings.phone) if part)
        known = {"单位": unit.name, "代码": unit.code, "联系人": unit.contact, "县": settings.county, "截止": due}
        known |= {"年度": str(settings.year), "落款": signed or settings.county, **words}
        try:
            return _Text(_LONE.sub("$$", text)).substitute(known)
        except KeyError as error:
            names = "、".join(f"${{{name}}}" for name in known)
            raise OperatorError(
                f"邮件模板“{self._path}”里的 ${{{error.args[0]}}} 没有意义；可以用：{names}。"
            ) from error
        except ValueError as error:
            raise OperatorError(f"邮件模板“{self._path}”里的 ${{…}} 没有写全。") from error

    def _address(self, unit: Unit) -> Address:
        address = _ADDRESS.fullmatch(unit.email.strip())
        if address is None:
            raise OperatorError(f"名录里“{unit.name}”的邮箱“{unit.email}”不像一个邮箱地址，请改正。")
        try:
            return Address(unit.contact or unit.name, address[1], address[2])
        except ValueError as error:
            raise OperatorError(f"名录里“{unit.name}”的邮箱“{unit.email}”不能用在邮件里，请改正。") from error
