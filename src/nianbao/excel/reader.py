"""From a returned workbook to a submission: every figure read under its printed labels, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from nianbao.checks import BESIDE_NONE, label_of, text_of
from nianbao.consolidation import number_in
from nianbao.excel.book import open_lazily
from nianbao.excel.cells import UNKNOWN_FORMULA, Book, Cell, Sheet, UnreadableError
from nianbao.excel.formulas import is_printed_total, is_total_over, is_untyped
from nianbao.excel.identity import read_identity
from nianbao.excel.lastyear import about_last_year, read_last_year
from nianbao.excel.locate import Located, Printed, field_place, fields_of, printed_as
from nianbao.excel.replies import REPLIES, replies_in
from nianbao.excel.surroundings import beside_the_form
from nianbao.excel.values import figure_in, misleading, plain_count, reaches_out, shortened, text_in
from nianbao.figures import Key, Place
from nianbao.findings import Finding, Related
from nianbao.form import Entry, Form, Text, edition_of_year, editions, explanation_key, load_form
from nianbao.layout import STATEMENT_ROW, Label, Layout, layout_of
from nianbao.numerals import Numeral, expected_of, read_typed
from nianbao.rules import Number
from nianbao.submission import INCOMPLETE, YES_NO, Origin, Submission, declared_empty, origin_at, with_totals

_MOST_LABELS = 4
_LONGEST_TEXT = 32_767
# a workbook with less of the form's printed words than this is another form
_LEAST_SHARE = 0.3
_USE_TEMPLATE = "请把数据填进原来的模板，不要改动表头和行列。"
_SEND_AGAIN = "请让单位重新发送。"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from one file: a submission with findings, or none and the sentence that says why."""

    submission: Submission | None
    findings: tuple[Finding, ...]


def read_return(data: bytes, password: str | None = None) -> Reading:
    """Read a returned workbook, whatever its bytes are; never raises for what is in them."""
    try:
        return _read(data, password)
    except UnreadableError as error:
        return _refused("F-1", str(error), _SEND_AGAIN)
    except Exception as error:  # one file nobody foresaw must not stop the others
        what = type(error).__name__
        return _refused("F-1", f"文件读不出来（{what}），可能已损坏；请用模板重新填写后另存再发。", _SEND_AGAIN)


def _read(data: bytes, password: str | None) -> Reading:
    book = open_lazily(data, password)
    printed = _best_edition(book)
    if printed is None:
        message = "这不是本报表的工作簿：找不到表二、表三、表四的官方表头。请用下发的模板填报。"
        return _refused("F-2", message, _SEND_AGAIN)
    reading = _Reader(book, printed).read()
    year = None if reading.submission is None else reading.submission.identity.year
    due = None if year is None else edition_of_year(year)
    if due is not None and due != printed.form.edition:
        message = f"这是 {printed.form.edition} 年版的表，而 {year} 年度应当用 {due} 年版。"
        return _refused("F-2", message, "请用该年度的模板填报；年度填错了的，请更正后重新上报。")
    return reading


def _refused(code: str, message: str, hint: str) -> Reading:
    return Reading(None, (Finding(code=code, severity="error", message=message, hint=hint),))


def _best_edition(book: Book) -> Printed | None:
    """The workbook as the edition whose printed words it has most of; None where it has too few of any."""
    best: Printed | None = None
    for edition in reversed(editions()):
        printed = printed_as(book, load_form(edition))
        if best is None or printed.share > best.share:
            best = printed
        if best.share == 1:
            break
    return best if best is not None and best.share >= _LEAST_SHARE else None


class _Reader:
    """One pass over one workbook, collecting findings on the way."""

    def __init__(self, book: Book, printed: Printed) -> None:
        self.book, self.form, self.printed = book, printed.form, printed
        self.layout: Layout = layout_of(self.form)
        self.findings: list[Finding] = []
        self._tables = {one.table.key: one for one in printed.tables.values()}
        self._places = self._all_placed()
        self._declarable = {text.declares for text in self.form.texts}
        self._computed = False  # in a county's workbook formulas stand where a unit's has entry cells

    def read(self) -> Reading:
        for one in self._tables.values():
            self._judge_table(one)
        texts = self._with_replies(self._read_texts())
        identity, findings = read_identity(self.book, self.form, texts)
        self._computed = identity.tier != "unit"
        if self._computed:
            self._inherit_statement()
        self.findings.extend(findings)
        last_year = None if self._computed else read_last_year(self.book)
        if not self._computed:
            self.findings.extend(beside_the_form(self.book, self.printed, last_year))
        values, origins = self._read_entries(declared_empty(self.form, texts))
        if last_year is not None:
            self.findings.extend(about_last_year(self.form, last_year, values))
        totals = with_totals(self.form, values)
        for key, entry in self.form.entries.items():
            place = None if entry.filled_in else self._places[key]
            if place is not None:
                origin = self._compare_total(key, place, totals)
                if origin is not None:
                    origins[key] = origin
        in_order = {key: origins[key] for key in totals if key in origins}
        return Reading(Submission(identity, totals, in_order, texts), tuple(self.findings))

    def _note(self, code: str, message: str, place: Place | None = None, **more: object) -> None:
        self._report("note", code, message, place, **more)

    def _error(self, code: str, message: str, place: Place | None = None, **more: object) -> None:
        self._report("error", code, message, place, **more)

    def _report(self, severity: str, code: str, message: str, place: Place | None, **more: object) -> None:
        where = {} if place is None else {"sheet": place.sheet, "cell": place.cell}
        self.findings.append(Finding(code=code, severity=severity, message=message, **{**where, **more}))  # type: ignore[arg-type]  # passed through to the dataclass by name

    def _inherit_statement(self) -> None:
        """A sum that says of itself that it is incomplete makes every sum over it incomplete."""
        place = Place(self.form.text_of_identity("unit").sheet, STATEMENT_ROW, 0)
        sheet = next((sheet for sheet in self.book.sheets if sheet.name == place.sheet), None)
        cell = None if sheet is None else sheet.cells.get((place.row, place.column))
        if cell is not None and cell.raw.startswith(INCOMPLETE):
            message = f"这份汇总表本身没有收齐：{shortened(cell.raw)}"
            self._report("warning", "C-2", message, place, found=INCOMPLETE, hint="请下一级收齐后重新汇总上报。")

    # -- sheets and labels

    def _judge_table(self, one: Located) -> None:
        name, title = one.table.sheet, one.table.title
        if one.sheet is None:
            message = f"缺少工作表“{name}”（{title}）。"
            if one.rivals:
                message = (
                    f"有 {len(one.rivals)} 张工作表都是“{title}”（{'、'.join(one.rivals[:5])}），不能确定以哪张为准。"
                )
            self._error("V-5", message, sheet=name, hint=_USE_TEMPLATE)
            return
        if one.sheet.name != name:
            self._note("V-5", f"工作表“{name}”被改名为“{one.sheet.name}”，已按表头认出。", sheet=name)
        elif one.rivals:
            rivals = "、".join(f"“{shortened(rival)}”" for rival in one.rivals[:5])
            message = f"还有与“{name}”相似的工作表{rivals}，没有读取；请核对数据填在哪张表上。"
            self._report("warning", "V-5", message, None, sheet=name)
        if one.moved:
            self._report_move(one)
        self._report_labels(one.wrong, moved=one.moved)

    def _report_move(self, one: Located) -> None:
        slots = (slot for key, slot in self.layout.slots.items() if key.table == one.table.key)
        pairs = ((slot.place, one.place_of(slot)) for slot in slots)
        here = next(((old, new) for old, new in pairs if new is not None and new != (old.row, old.column)), None)
        example = ""
        place = None
        if here is not None:
            old, (row, column) = here
            place = Place(one.table.sheet, row, column)
            example = f"（如模板的 {old.cell} 现在是 {place.cell}）"
        name = one.table.sheet
        self._error(
            "V-5",
            f"{name}的行或列被插入、删除或调换过{example}；能按表头确定位置的数据已照实际位置读取，其余没有读取。",
            place,
            **({"sheet": name} if place is None else {}),
            hint=_USE_TEMPLATE,
        )

    def _report_labels(self, wrong: frozenset[Label], *, moved: bool) -> None:
        missing = sorted(wrong, key=lambda label: label.place)
        if len(missing) > _MOST_LABELS:
            more = f"，本表共有 {len(missing)} 处文字与模板不一致"
            more += "" if moved else "，可能插入、删除或移动过行列"
            self._report_label(missing[0], more, moved=moved)
            return
        for label in missing:
            self._report_label(label, "", moved=moved)

    def _report_label(self, label: Label, more: str, *, moved: bool) -> None:
        one = self.printed.tables.get(label.sheet)
        sheet = self._sheet(label.sheet) if one is None else one.sheet
        cell = None if sheet is None or moved else sheet.cells.get((label.row, label.column))
        raw = None if cell is None else shortened(cell.raw)
        found = "空白" if raw is None else f"“{raw}”"
        what = f"{label.sheet} {label.place.cell} 应印“{label.text}”，现为{found}"
        if moved:
            what = f"{label.sheet} 找不到（或不能确定）模板 {label.place.cell} 印的“{label.text}”"
        if one is None or any(label in slot.heads for slot in self.layout.slots.values()):
            more += "；有关数据没有读取"
        self._error("V-5", f"{what}{more}。", label.place, found=raw, expected=label.text, hint=_USE_TEMPLATE)

    def _sheet(self, name: str) -> Sheet | None:
        return next((sheet for sheet in self.book.sheets if sheet.name == name), None)

    def _all_placed(self) -> Mapping[Key, Place | None]:
        """Where every figure is in this workbook; None where that is not certain."""
        if not any(one.wrong or one.moved or one.sheet is None for one in self._tables.values()):
            return _home(self.form)
        return {key: self._placed(key) for key in self.form.entries}

    def _placed(self, key: Key) -> Place | None:
        slot = self.layout.slots[key]
        at = self._tables[key.table].place_of(slot)
        if at is None or at == (slot.place.row, slot.place.column):
            return None if at is None else slot.place  # the same object for every return
        return Place(slot.place.sheet, *at)

    def _cell(self, key: Key, place: Place) -> Cell | None:
        sheet = self._tables[key.table].sheet
        return None if sheet is None else sheet.cells.get((place.row, place.column))

    # -- figures

    def _read_entries(self, declared: frozenset[str]) -> tuple[dict[Key, Number | None], dict[Key, Origin]]:
        values: dict[Key, Number | None] = {}
        origins: dict[Key, Origin] = {}
        zeros: dict[str, int] = {}
        for table, entries in _filled_in(self.form).items():
            sheet = self._tables[table].sheet
            cells = {} if sheet is None else sheet.cells
            plain = sheet is not None and not sheet.doubled and table not in declared
            for key, entry in entries:
                place = self._places[key]
                if place is None:
                    continue
                cell = cells.get(place[1:])
                count = plain_count(cell) if plain and cell is not None and entry.column.kind == "count" else None
                if cell is not None and count is not None:
                    values[key], origins[key] = count, origin_at(place, cell.raw)
                    continue
                if cell is not None and self._is_untyped(key, place, cell):
                    cell = None
                if cell is None or not cell.raw.strip():
                    values[key] = self._blank(key, place, cell, zeros, declared=table in declared)
                else:
                    values[key] = self._read_entry(key, place, cell, declared=table in declared)
                    origins[key] = origin_at(place, cell.raw)
        for table, count in zeros.items():
            text = self.form.declaration_of(table)
            name = next(one.sheet for one in self.form.tables if one.key == table)
            question = "" if text is None else text.label
            self._note("V-3", f"封面声明“{question}否”，{name} {count} 个空白单元格按 0 计。", sheet=name, expected="0")
        return values, origins

    def _read_entry(self, key: Key, place: Place, cell: Cell, *, declared: bool) -> Number | None:
        numeral = self._numeral(key, place, cell)
        self._judge_numeral(key, place, cell, numeral)
        if declared and numeral.value:
            self._error(
                BESIDE_NONE,
                f"{label_of(self.form, key)}（{place.cell}）填了 {cell.raw}，而封面上声明本年度没有（否）。",
                place,
                key=key,
                found=cell.raw,
                expected="0 或空白",
                hint="请更正封面上的声明，或者更正这一格。",
            )
        return numeral.value

    def _is_untyped(self, key: Key, place: Place, cell: Cell) -> bool:
        """Whether an entry cell holds what the template put there, whatever result is stored with it."""
        sheet = self._tables[key.table].sheet
        if cell.formula is None or key.table not in self._declarable:
            return False
        if sheet is not None and (place.row, place.column) in sheet.doubled:
            return False
        if cell.formula == UNKNOWN_FORMULA:
            return cell.raw.strip() in ("", "0")
        return is_untyped(cell.formula)

    def _blank(self, key: Key, place: Place, cell: Cell | None, zeros: dict[str, int], *, declared: bool) -> int | None:
        formula = None if cell is None else cell.formula
        if declared and formula is None:
            zeros[key.table] = zeros.get(key.table, 0) + 1
            return 0
        expected = expected_of(self.form.entries[key].column)
        what = "没有填" if formula is None else "是公式，没有结果"
        hint = "空白不等于 0；没有发生请填 0。" if formula is None else "请直接填数字，不要用公式。"
        message = f"{label_of(self.form, key)}（{place.cell}）{what}。"
        found = None if formula is None else f"={formula}"
        self._error("V-3", message, place, key=key, found=found, expected=expected, hint=hint)
        return None

    def _numeral(self, key: Key, place: Place, cell: Cell) -> Numeral:
        column = self.form.entries[key].column
        sheet = self._tables[key.table].sheet
        if sheet is not None and (place.row, place.column) in sheet.doubled:
            return Numeral(None, "V-1", "在文件里存了几个不同的值，不能确定是哪个")
        if cell.formula is not None and "DISPIMG" in cell.formula.upper():
            return Numeral(None, "V-1", "是图片，不是数")
        return figure_in(cell, column)

    def _judge_numeral(self, key: Key, place: Place, cell: Cell, numeral: Numeral) -> None:
        shown = misleading(cell.number_format)
        plain = numeral.value is not None and not numeral.normalised and shown is None
        if plain and (cell.formula is None or self._computed):
            return
        label, expected = f"{label_of(self.form, key)}（{place.cell}）", expected_of(self.form.entries[key].column)
        about = {"key": key, "found": shortened(cell.raw), "expected": expected}
        if numeral.value is None:
            code = numeral.code or "V-1"
            message = f"{label}：{numeral.problem}。应填{expected}。"
            self._error(code, message, place, hint="请改为数字后重新上报。", **about)
            return
        if numeral.normalised:
            self._note("V-3", f"{label}：{numeral.problem}。", place, **about)
        if cell.formula is not None and not self._computed:
            about["found"] = f"={shortened(cell.formula)}"
            value = text_of(numeral.value)
            if reaches_out(cell.formula):
                message = f"{label}的公式引用了别的文件、网络或程序，暂按已存的结果 {value} 读取，不能核对。"
                self._error("V-1", message, place, hint="请直接填数字。", **about)
            else:
                self._note("V-1", f"{label}是公式，按其结果 {value} 读取。", place, **about)
        if shown is not None:
            message = f"{label}的单元格格式{shown}，按实际存的 {text_of(numeral.value)} 读取。"
            self._report("warning", "V-1", message, place, hint="请核对；格式请改回“常规”。", **about)

    # -- totals

    def _compare_total(self, key: Key, place: Place, totals: Mapping[Key, Number | None]) -> Origin | None:
        """A total is recomputed, never trusted; what its cell says is compared where a person may have typed it."""
        cell, recomputed = self._cell(key, place), totals[key]
        if cell is None:
            return None
        own = cell.formula is not None and self._is_own_formula(key, cell.formula)
        if not cell.raw.strip():
            if cell.formula is not None and cell.formula != UNKNOWN_FORMULA and not own and not self._computed:
                self._note_other_formula(key, place, cell.formula, recomputed)
            return None
        origin = origin_at(place, cell.raw)
        if own:
            return origin
        numeral = self._numeral(key, place, cell)
        if recomputed is not None and numeral.value == recomputed:
            return origin
        label = f"{label_of(self.form, key)}（{place.cell}）"
        if recomputed is None:
            if cell.formula is None and self.book.formulas_known:
                message = f"{label}是自动计算的，被改成了 {shortened(cell.raw)}；各分项没有填全，无法核对。"
                self._note("V-4", message, place, key=key)
            return origin
        if numeral.value != recomputed:
            parts = self.form.entries[key].parts
            shown = "、".join(text_of(totals[part]) or "空白" for part in parts[:8])
            shown += "……" if len(parts) > 8 else ""
            self._error(
                "V-4",
                f"{label}被改成了 {shortened(cell.raw)}，按各分项（{shown}）合计应为 {text_of(recomputed)}。",
                place,
                key=key,
                found=shortened(cell.raw),
                expected=text_of(recomputed),
                related=tuple(self._related(part, totals[part]) for part in parts),
                hint="总计由表格自动计算，请核对各分项；不要改写总计。",
            )
        return origin

    def _note_other_formula(self, key: Key, place: Place, formula: str, recomputed: Number | None) -> None:
        """Nothing is stored to compare with, and the total is recomputed anyway: worth knowing, no more."""
        message = f"{label_of(self.form, key)}（{place.cell}）的公式不是模板的，没有采用；总计已按各分项重新计算。"
        found, expected = f"={shortened(formula)}", text_of(recomputed)
        self._note("V-4", message, place, key=key, found=found, expected=expected, hint="请不要改动总计的公式。")

    def _related(self, key: Key, value: Number | None) -> Related:
        place = self._places[key] or self.layout.slots[key].place
        return Related(key, place.sheet, place.cell, text_of(value))

    def _is_own_formula(self, key: Key, formula: str) -> bool:
        """Whether a total still has the template's formula, wherever its parts stand by now."""
        if not self._tables[key.table].moved:
            return is_printed_total(self.form.edition, key, formula)
        return is_total_over(self.form, key, formula, lambda part: self._places[part] or self.layout.slots[part].place)

    # -- texts

    def _read_texts(self) -> Mapping[str, str]:
        texts = {}
        wrong: dict[str, list[Label]] = {}
        printed = fields_of(self.form)
        sheets = {name: self._sheet(name) for name in printed}
        astray = {name for name, sheet in sheets.items() if sheet is not None and printed[name].wrong_on(sheet)}
        for text in self.form.texts:
            one, sheet = self.layout.fields[text.key], sheets[text.sheet]
            at: tuple[int, int] | None = None if sheet is None else one.place[1:]
            if sheet is not None and text.sheet in astray:
                at = field_place(sheet, one)
            if sheet is None or at is None:
                wrong.setdefault(text.sheet, []).append(one.label)
                continue
            if at != (one.place.row, one.place.column):
                message = f"{text.sheet}“{text.label}”不在模板的位置上，已按文字找到（{Place(text.sheet, *at).cell}）。"
                moved = self._note if self.form.may_be_absent(text.sheet) else self._error
                moved("V-5", message, Place(text.sheet, *at), hint=_USE_TEMPLATE)
            cell = sheet.cells.get(at)
            if cell is not None and cell.raw.strip():
                texts[text.key] = text_in(cell)
                if len(cell.raw) > _LONGEST_TEXT:
                    place = Place(text.sheet, *at)
                    texts[text.key] = texts[text.key][:_LONGEST_TEXT]
                    message = f"{text.sheet} {place.cell} 超过 {_LONGEST_TEXT} 字，以后的没有读取。"
                    self._report("warning", "V-5", message, place)
                else:
                    self._judge_text(text, texts[text.key], Place(text.sheet, *at))
        for name, labels in wrong.items():
            if sheets[name] is None:
                lost = self._note if self.form.may_be_absent(name) else self._error
                lost("V-5", f"缺少工作表“{name}”。", sheet=name, hint=_USE_TEMPLATE)
            elif self.form.may_be_absent(name):
                message = f"“{name}”缺少模板的 {len(labels)} 栏（“{labels[0].text}”），可能是旧版模板；这些栏没有读。"
                self._report("warning", "V-5", message, labels[0].place, expected=labels[0].text, hint=_USE_TEMPLATE)
            else:
                self._report_labels(frozenset(labels), moved=False)
        return texts

    def _judge_text(self, text: Text, said: str, place: Place) -> None:
        """A choice that is none of the choices, a number that is none: kept as written, and said."""
        wanted = None
        if text.kind == "choice" and said not in YES_NO:
            wanted = "“是”或“否”"
        elif text.numeric and (read_typed(said, text).value is None or number_in(said) is None):
            wanted = expected_of(text)
        if wanted is not None:
            code = "V-3" if text.kind == "choice" else "V-2" if text.kind == "amount" else "V-1"
            message = f"{place.sheet} {place.cell}“{text.label}”应填{wanted}，现为“{shortened(said)}”。"
            about = {"found": shortened(said), "expected": wanted, "hint": "请改正后重新上报。"}
            self._report("warning", code, message, place, **about)

    def _with_replies(self, texts: Mapping[str, str]) -> Mapping[str, str]:
        """What the unit answered on the sheet 退回意见, as the explanation of the check that each answer is about."""
        sheet = self._sheet(REPLIES)
        answered = dict(texts)
        for reply in () if sheet is None else replies_in(sheet):
            key = explanation_key(reply.code)
            if any(text.key == key for text in self.form.texts):
                said = answered.get(key, "")
                answered[key] = said if reply.answer in said else f"{said}；{reply.text}".lstrip("；")
            else:
                message = f"单位对 {reply.code}（{shortened(reply.opinion)}）的说明：{reply.answer}"
                self._note("V-5", message, hint="这一条不能靠说明通过，请核对。")
        return answered


@cache
def _filled_in(form: Form) -> Mapping[str, tuple[tuple[Key, Entry], ...]]:
    """The figures that people fill in, by table."""
    return {
        table.key: tuple((key, one) for key, one in form.entries.items() if key.table == table.key and one.filled_in)
        for table in form.tables
    }


@cache
def _home(form: Form) -> Mapping[Key, Place | None]:
    """Where the template prints every figure."""
    return {key: slot.place for key, slot in layout_of(form).slots.items()}
