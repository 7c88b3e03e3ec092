"""The proof sheet: the report's text and tables with the marks in them, and the opinions beside them, as a web page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from nianbao.checks import text_of
from nianbao.figures import Key
from nianbao.findings import Finding
from nianbao.report.document import Paragraph
from nianbao.report.proofread import Proof
from nianbao.report.statements import Statement, Verdict
from nianbao.report.structure import TITLES
from nianbao.report.write_html import web_table

_WORDS: dict[Verdict, str] = {"agrees": "一致", "disagrees": "不一致", "undecided": "无法判断"}
_SEVERITIES = {"error": "错误", "warning": "提示", "note": "说明"}
_STYLE = """
body{font-family:"Noto Serif CJK SC",SimSun,serif;line-height:1.7;max-width:76em;margin:1em auto;padding:0 1em}
.pair{display:grid;grid-template-columns:3fr 2fr;gap:1.5em;border-top:1px solid #ddd;padding:.4em 0}
.note{font-size:.9em;margin:0 0 .3em}
.disagrees{background:#ffd6d6}.agrees{background:#e2f4e2}.undecided{background:#f1f1f1}
.error{border-left:4px solid #b00;padding-left:.5em}.warning{border-left:4px solid #d80;padding-left:.5em}
.note-only{border-left:4px solid #999;padding-left:.5em}
table{font-size:.85em}
@media print{.pair{break-inside:avoid}}
"""


def proof_sheet(proof: Proof) -> str:
    """The whole page."""
    report = proof.report
    year = f"{report.year} 年度" if report.year else "年度不明"
    title = f"{report.body.name or '单位不明'} {year}报告校对单"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="zh-CN">',
            f'<head><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style></head>',
            "<body>",
            f"<h1>{escape(title)}</h1>",
            *_summary(proof),
            *_findings(proof.findings),
            "<h2>正文</h2>",
            *_text(proof),
            "<h2>表格</h2>",
            *_tables(proof),
            "</body>",
            "</html>",
            "",
        ]
    )


def _summary(proof: Proof) -> Iterator[str]:
    counts = {verdict: sum(one.verdict == verdict for one in proof.statements) for verdict in _WORDS}
    said = "，".join(f"{word} {counts[verdict]} 处" for verdict, word in _WORDS.items())
    graves = {severity: sum(one.severity == severity for one in proof.findings) for severity in _SEVERITIES}
    found = "，".join(f"{word} {graves[severity]} 条" for severity, word in _SEVERITIES.items())
    yield f"<p>文件：{escape(proof.file)}；表格按 {proof.report.form.edition} 年版读取。</p>"
    yield f"<p>校验意见：{found}。正文里的数：{said}。</p>"


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    yield "<h2>校验意见</h2>"
    if not findings:
        yield "<p>没有意见。</p>"
        return
    order = list(_SEVERITIES)
    for one in sorted(findings, key=lambda finding: order.index(finding.severity)):
        look = "note-only" if one.severity == "note" else one.severity
        label = f"[{_SEVERITIES[one.severity]} {one.code}]"
        yield f'<p class="{look}">{label} {escape(one.message)}{escape(one.hint or "")}</p>'


def _text(proof: Proof) -> Iterator[str]:
    prose = proof.report.prose
    parts: list[tuple[str | None, Sequence[Paragraph]]] = [(None, prose.preface)]
    parts += [(TITLES[name], prose.sections[name]) for name in prose.order]
    for heading, paragraphs in parts:
        if heading is not None:
            yield f"<h3>{escape(heading)}</h3>"
        for paragraph in paragraphs:
            mine = [one for one in proof.statements if one.place == paragraph.place and one.text in paragraph.text]
            notes = "".join(_note(one) for one in mine)
            yield f'<div class="pair"><div>{_marked(paragraph.text, mine)}</div><div>{notes}</div></div>'


def _note(one: Statement) -> str:
    about = f"{one.name} " if one.name else ""
    expected = "" if one.expected is None or one.verdict == "agrees" else f"，应为 {text_of(one.expected)}"
    words = f"{about}{text_of(one.value)}{expected}：{_WORDS[one.verdict]}（{one.reason}）"
    return f'<p class="note {one.verdict}">{escape(words)}</p>'


def _marked(text: str, statements: Sequence[Statement]) -> str:
    """The paragraph with its sentences marked by the gravest verdict in each."""
    gravest: dict[str, Verdict] = {}
    order: list[Verdict] = ["disagrees", "agrees", "undecided"]
    for one in statements:
        now = gravest.get(one.text, "undecided")
        gravest[one.text] = min(now, one.verdict, key=order.index)
    out, rest = [], text
    for sentence, verdict in sorted(gravest.items(), key=lambda item: text.find(item[0])):
        before, found, after = rest.partition(sentence)
        if found:
            out.append(f'{escape(before)}<span class="{verdict}">{escape(found)}</span>')
            rest = after
    return "".join([*out, escape(rest)])


def _tables(proof: Proof) -> Iterator[str]:
    marks: dict[Key, str] = {}
    for finding in proof.findings:
        if finding.key is not None and finding.severity != "note":
            marks.setdefault(finding.key, f"{finding.code} {finding.message}")
    values = proof.report.tables.values
    for one in proof.report.tables.tables:
        if one.printed:
            yield web_table(proof.report.form, values, one.table, marks)
        else:
            yield f"<p>{escape(one.table.title)}：没有读到这张表。</p>"
