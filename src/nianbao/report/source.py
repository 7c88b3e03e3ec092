"""A report file opened by what it is, not by what its name says."""

from __future__ import annotations

import re

from nianbao.report.document import Document, UnreadableReportError, text_document
from nianbao.report.web import decoded, web_document

_LARGEST = 50 * 1024 * 1024
_MARKUP = re.compile(r"<(?:!doctype\s+html|html|head|body|table|div|p|span|meta)\b[^<>]*>", re.IGNORECASE)


def read_report(data: bytes) -> Document:
    """The document that a file's bytes are; raise UnreadableReportError with the reason where they are none."""
    if not data.strip(b"\x00 \r\n\t"):
        raise UnreadableReportError("文件是空的。")
    if len(data) > _LARGEST:
        raise UnreadableReportError("文件超过 50 MB，不像一份年度报告，没有读取。")
    if data.startswith(b"PK\x03\x04"):
        return _zipped(data)
    if data.lstrip()[:5] == b"%PDF-":
        from nianbao.report.pdf import pdf_document

        return pdf_document(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableReportError("这是旧版 Word（.doc）、WPS 文字或加了密码的文件，请另存为 .docx 后再试。")
    if data.startswith(b"{\\rtf"):
        raise UnreadableReportError("这是 RTF 文件，请另存为 .docx 后再试。")
    if data[:4] in {b"\x89PNG", b"GIF8", b"II*\x00", b"MM\x00*"} or data.startswith(b"\xff\xd8\xff"):
        raise UnreadableReportError("这是一张图片，读不出文字。请用 Word、网页或带文字的 PDF。")
    text = decoded(data)
    if _MARKUP.search(text[:20_000]):
        return web_document(data)
    if sum(sign < " " and sign not in "\t\r\n\x0c" for sign in text[:4000]) > 8:
        raise UnreadableReportError("看不出这是什么文件。可以用的是 .docx、.html、.txt 和带文字的 .pdf。")
    return text_document(text)


def _zipped(data: bytes) -> Document:
    if b"word/document.xml" in data:
        from nianbao.report.word import word_document

        return word_document(data)
    if b"xl/workbook.xml" in data:
        raise UnreadableReportError("这是工作簿（.xlsx），不是报告。请给出 .docx、.html、.txt 或 .pdf 的报告。")
    raise UnreadableReportError("这是压缩包或别的文件，不是报告。请给出 .docx、.html、.txt 或 .pdf 的报告。")
