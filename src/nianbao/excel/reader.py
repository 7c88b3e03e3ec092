"""From a returned workbook to a submission: every figure read under its printed labels, or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from nianbao.checks import label_of, text_of
from nianbao.excel.book import Book, Cell, Sheet, UnreadableError, open_book
from nianbao.excel.identity import read_identity
from nianbao.figures import Key, Place
from nianbao.findings import Finding, Related
from nianbao.form import Form, editions, load_form
from nianbao.layout import Label, Layout, layout_of
from nianbao.numerals import Numeral, expected_of, read_stored, read_typed
from nianbao.rules import Number, total_formula
from nianbao.submission import Origin, Submission, declared_empty, with_totals
from nianbao.wording import same

_MOST_LABELS = 4
_DATE = re.compile(r"[ymdhs年月日]", re.IGNORECASE)
_BUILT_IN_DATES = {str(number) for number in (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))}
_NUMBER = re.compile(r"-?[0-9]*\.?[0-9]+([eE][+-]?[0-9]{1,3})?|-?[0-9]+\.", re.ASCII)
_OF_FORMULA = re.compile(r"\.(?=\$?[A-Z])")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from one file: a submission with findings, or none and the sentence that says why."""

    submission: Submission | None
    findings: tuple[Finding, ...]


def read_return(data: bytes) -> Reading:
    """Read a returned workbook, whatever its bytes are; never raises for what is in them."""
    try:
        book = open_book(data)
    except UnreadableError as error:
        return _refused("F-1", str(error))
    form = _form_of(book)
    if form is None:
        return _refused("F-2", "这不是本报表的工作簿：找不到表二、表三、表四的官方表头。请用下发的模板填报。")
    return _Reader(book, form).read()


def _refused(code: str, message: str) -> Reading:
    return Reading(None, (Finding(code=code, severity="error", message=message, hint="请让单位重新发送。"),))


def _form_of(book: Book) -> Form | None:
    """The edition whose printed headings the workbook has; None where it has too few of any."""
    best: tuple[float, Form] | None = None
    for edition in reversed(editions()):
        form = load_form(edition)
        sheets = _table_sheets(book, form)
        labels = [label for label in layout_of(form).labels if label.row > 0]
        hits = sum(
            label.sheet in sheets and _is_printed(sheets[label.sheet], label) for label in labels if label.row > 0
        )
        share = hits / len(labels)
        if best is None or share > best[0]:
            best = (share, form)
        if share == 1:
            break
    return best[1] if best is not None and best[0] > 0.1 else None


def _table_sheets(book: Book, form: Form) -> dict[str, Sheet]:
    """The sheets of the form that the workbook has, by their proper name: by name, or else by their printed title."""
    by_name = {sheet.name: sheet for sheet in book.sheets}
    found = {}
    for label in layout_of(form).labels:
        if label.row == 0:
            if label.sheet in by_name:
                found[label.sheet] = by_name[label.sheet]
                continue
            titled = [sheet for sheet in book.sheets if _is_printed(sheet, label)]
            if len(titled) == 1:
                found[label.sheet] = titled[0]
    return found


def _is_printed(sheet: Sheet, label: Label) -> bool:
    cell = sheet.cells.get((label.row, label.column))
    return cell is not None and same(cell.raw, label.text)


class _Reader:
    """One pass over one workbook, collecting findings on the way."""

    def __init__(self, book: Book, form: Form) -> None:
        self.book, self.form = book, form
        self.layout: Layout = layout_of(form)
        self.findings: list[Finding] = []
        self._sheets = _table_sheets(book, form)
        self._sheets |= {sheet.name: sheet for sheet in book.sheets if sheet.name not in self._sheets}
        self._wrong: set[Label] = set()
        self._computed = False  # in a county's workbook formulas stand where a unit's has entry cells

    def read(self) -> Reading:
        self._find_sheets()
        self._compare_labels()
        texts = self._read_texts()
        identity, findings = read_identity(self.book, self.form, texts)
        self._computed = identity.tier != "unit"
        self.findings.extend(findings)
        values, origins = self._read_entries(declared_empty(self.form, texts))
        totals = with_totals(self.form, values)
        for key, entry in self.form.entries.items():
            if not entry.filled_in and not self._unsure(key):
                origin = self._compare_total(key, totals[key])
                if origin is not None:
                    origins[key] = origin
        return Reading(Submission(identity, totals, origins, texts), tuple(self.findings))

    def _note(self, code: str, message: str, place: Place | None = None, **more: object) -> None:
        self._report("note", code, message, place, **more)

    def _error(self, code: str, message: str, place: Place | None = None, **more: object) -> None:
        self._report("error", code, message, place, **more)

    def _report(self, severity: str, code: str, message: str, place: Place | None, **more: object) -> None:
        where = {} if place is None else {"sheet": place.sheet, "cell": place.cell}
        self.findings.append(Finding(code=code, severity=severity, message=message, **{**where, **more}))  # type: ignore[arg-type]  # passed through to the dataclass by name

    # -- sheets and labels

    def _find_sheets(self) -> None:
        for table in self.form.tables:
            sheet = self._sheets.get(table.sheet)
            if sheet is None:
                self._error(
                    "V-5", f"缺少工作表“{table.sheet}”（{table.title}）。", sheet=table.sheet, hint=_USE_TEMPLATE
                )
                self._wrong |= {label for label in self.layout.labels if label.sheet == table.sheet}
            elif sheet.name != table.sheet:
                self._note("V-5", f"工作表“{table.sheet}”被改名为“{sheet.name}”，已按表头认出。", sheet=table.sheet)

    def _compare_labels(self) -> None:
        labels = [*self.layout.labels, *(field.label for field in self.layout.fields.values())]
        wrong: dict[str, list[Label]] = {}
        for label in labels:
            sheet = self._sheets.get(label.sheet)
            if sheet is None:
                wrong.setdefault(label.sheet, [])
                self._wrong.add(label)
            elif not _is_printed(sheet, label):
                wrong.setdefault(label.sheet, []).append(label)
                self._wrong.add(label)
        for name, missing in wrong.items():
            if name not in self._sheets:
                if name not in {table.sheet for table in self.form.tables}:
                    lost = self._note if self.form.may_be_absent(name) else self._error
                    lost("V-5", f"缺少工作表“{name}”。", sheet=name, hint=_USE_TEMPLATE)
            elif len(missing) > _MOST_LABELS:
                self._report_label(
                    missing[0], f"，本表共有 {len(missing)} 处文字与模板不一致，可能插入、删除或移动过行列"
                )
            else:
                for label in missing:
                    self._report_label(label, "")

    def _report_label(self, label: Label, more: str) -> None:
        cell = self._sheets[label.sheet].cells.get((label.row, label.column))
        found = "空白" if cell is None else f"“{cell.raw}”"
        message = f"{label.sheet} {label.place.cell} 应印“{label.text}”，现为{found}{more}；有关数据没有读取。"
        self._error(
            "V-5",
            message,
            label.place,
            found=None if cell is None else cell.raw,
            expected=label.text,
            hint=_USE_TEMPLATE,
        )

    def _unsure(self, key: Key) -> bool:
        return key.table in {table.key for table in self.form.tables if table.sheet not in self._sheets} or any(
            head in self._wrong for head in self.layout.slots[key].heads
        )

    def _cell(self, place: Place) -> Cell | None:
        sheet = self._sheets.get(place.sheet)
        return None if sheet is None else sheet.cells.get((place.row, place.column))

    # -- figures

    def _read_entries(self, declared: frozenset[str]) -> tuple[dict[Key, Number | None], dict[Key, Origin]]:
        values: dict[Key, Number | None] = {}
        origins: dict[Key, Origin] = {}
        zeros: dict[str, int] = {}
        for key, entry in self.form.entries.items():
            if not entry.filled_in or self._unsure(key):
                continue
            place = self.layout.slots[key].place
            cell = self._cell(place)
            if cell is None or not cell.raw.strip():
                values[key] = self._blank(key, place, cell, zeros, declared=key.table in declared)
                continue
            numeral = self._numeral(key, cell)
            values[key] = numeral.value
            origins[key] = Origin(place, cell.raw)
            self._judge_numeral(key, place, cell, numeral)
            if key.table in declared and numeral.value:
                self._error(
                    "V-3",
                    f"{label_of(self.form, key)}（{place.cell}）填了 {cell.raw}，而封面上声明本年度没有（否）。",
                    place,
                    key=key,
                    found=cell.raw,
                    expected="0 或空白",
                    hint="请更正封面上的声明，或者更正这一格。",
                )
        for table, count in zeros.items():
            text = self.form.declaration_of(table)
            name = next(one.sheet for one in self.form.tables if one.key == table)
            question = "" if text is None else text.label
            self._note("V-3", f"封面声明“{question}否”，{name} {count} 个空白单元格按 0 计。", sheet=name, expected="0")
        return values, origins

    def _blank(self, key: Key, place: Place, cell: Cell | None, zeros: dict[str, int], *, declared: bool) -> int | None:
        if declared:
            zeros[key.table] = zeros.get(key.table, 0) + 1
            return 0
        expected = expected_of(self.form.entries[key].column)
        what = "没有填" if cell is None or cell.formula is None else "是公式，没有结果"
        message = f"{label_of(self.form, key)}（{place.cell}）{what}。"
        self._error("V-3", message, place, key=key, expected=expected, hint="空白不等于 0；没有发生请填 0。")
        return None

    def _numeral(self, key: Key, cell: Cell) -> Numeral:
        column = self.form.entries[key].column
        wrong = "V-2" if column.kind == "amount" else "V-1"
        match cell.kind:
            case "number":
                if cell.number_format is not None and _is_date(cell.number_format):
                    return Numeral(None, wrong, "是日期，不是数")
                if cell.number_format is not None and "%" in cell.number_format:
                    return Numeral(None, wrong, "是百分数")
                if _NUMBER.fullmatch(cell.raw) is None:
                    return Numeral(None, wrong, f"“{cell.raw}”不是一个数")
                return read_stored(cell.raw, column)
            case "text":
                return read_typed(cell.raw, column)
            case "bool":
                return Numeral(None, wrong, f"“{cell.raw}”不是一个数")
        return Numeral(None, wrong, f"是错误值 {cell.raw}")

    def _judge_numeral(self, key: Key, place: Place, cell: Cell, numeral: Numeral) -> None:
        label, expected = f"{label_of(self.form, key)}（{place.cell}）", expected_of(self.form.entries[key].column)
        about = {"key": key, "found": cell.raw, "expected": expected}
        if numeral.value is None:
            code = numeral.code or "V-1"
            self._error(
                code, f"{label}：{numeral.problem}。应填{expected}。", place, hint="请改为数字后重新上报。", **about
            )
        elif numeral.normalised:
            self._note("V-3", f"{label}：{numeral.problem}。", place, **about)
        elif cell.formula is not None and not self._computed:
            self._note("V-1", f"{label}是公式，按其结果 {text_of(numeral.value)} 读取。", place, **about)

    # -- totals

    def _compare_total(self, key: Key, recomputed: Number | None) -> Origin | None:
        """A total is recomputed, never trusted; what its cell says is compared where a person may have typed it."""
        place = self.layout.slots[key].place
        cell = self._cell(place)
        if cell is None or not cell.raw.strip():
            return None
        origin = Origin(place, cell.raw)
        if cell.formula is not None and self._is_own_formula(key, cell.formula):
            return origin
        label = f"{label_of(self.form, key)}（{place.cell}）"
        numeral = self._numeral(key, cell)
        if recomputed is None:
            if cell.formula is None and self.book.formulas_known:
                self._note(
                    "V-4", f"{label}是自动计算的，被改成了 {cell.raw}；各分项没有填全，无法核对。", place, key=key
                )
            return origin
        if numeral.value != recomputed:
            entry_parts = self.form.entries[key].parts
            shown = "、".join(text_of(self._value(part)) or "空白" for part in entry_parts[:8])
            shown += "……" if len(entry_parts) > 8 else ""
            self._error(
                "V-4",
                f"{label}被改成了 {cell.raw}，按各分项（{shown}）合计应为 {text_of(recomputed)}。",
                place,
                key=key,
                found=cell.raw,
                expected=text_of(recomputed),
                related=tuple(self._related(part) for part in entry_parts),
                hint="总计由表格自动计算，请核对各分项；不要改写总计。",
            )
        return origin

    def _value(self, key: Key) -> Number | None:
        cell = self._cell(self.layout.slots[key].place)
        return None if cell is None else self._numeral(key, cell).value

    def _related(self, key: Key) -> Related:
        place = self.layout.slots[key].place
        return Related(key, place.sheet, place.cell, text_of(self._value(key)))

    def _is_own_formula(self, key: Key, formula: str) -> bool:
        slots, notices = self.layout.slots, self.layout.notices
        home = slots[key].place.sheet
        asked = self.form.declaration_of(key.table) is not None

        def declaration(part: Key) -> str | None:
            place = notices[part.table]
            return f"${_letters(place.cell)}${place.row + 1}" if asked and place.sheet == home else None

        expected = total_formula(
            self.form.entries[key].parts,
            lambda part: f"${_letters(slots[part].place.cell)}${slots[part].place.row + 1}",
            declaration,
        )
        return _bare(formula) == _bare(expected)

    # -- texts

    def _read_texts(self) -> Mapping[str, str]:
        texts = {}
        for text in self.form.texts:
            field = self.layout.fields[text.key]
            cell = None if field.label in self._wrong else self._cell(field.place)
            if cell is not None and cell.raw.strip():
                texts[text.key] = _text_in(cell)
        return texts


_USE_TEMPLATE = "请把数据填进原来的模板，不要改动表头和行列。"


def _letters(cell: str) -> str:
    return cell.rstrip("0123456789")


def _bare(formula: str) -> str:
    """A formula without what programs write differently: prefix, dollar signs, brackets, separators."""
    text = formula.removeprefix("of:").removeprefix("=")
    if "[." in text:
        text = _OF_FORMULA.sub("", text.replace("[", "").replace("]", "")).replace(";", ",")
    return text.replace("$", "").replace(" ", "").upper()


def _is_date(number_format: str) -> bool:
    if number_format.isdecimal():
        return number_format in _BUILT_IN_DATES
    bare = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|General', "", number_format)
    return _DATE.search(bare) is not None


def _text_in(cell: Cell) -> str:
    """A text field as people read it: whole numbers without a decimal point, dates as dates."""
    if cell.kind != "number":
        return cell.raw.strip()
    try:
        number = Decimal(cell.raw)
    except InvalidOperation:
        return cell.raw.strip()
    if cell.number_format is not None and _is_date(cell.number_format) and 0 < number < 2_958_466:
        import datetime as dt

        return str(dt.date(1899, 12, 30) + dt.timedelta(days=int(number)))
    return f"{number.to_integral_value():f}" if number == number.to_integral_value() else f"{number:f}"
