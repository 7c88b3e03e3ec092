"""Form × returns → the county: what it adds up to, who contributed, who is missing and who was left out, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from nianbao.adjustments import Adjustment
from nianbao.checks import check, label_of, text_of
from nianbao.figures import Key
from nianbao.findings import Finding, worst
from nianbao.form import Form, edition_of_year, editions
from nianbao.previous import PreviousYear
from nianbao.returns import Demands, Return
from nianbao.roster import Roster, Unit
from nianbao.rules import Number
from nianbao.submission import INCOMPLETE, Identity, Submission, with_totals
from nianbao.wording import same

TIERS = ("unit", "county", "city", "province")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A return that is not in the sum, and why."""

    file: Return
    reason: str


@dataclass(frozen=True, slots=True)
class Consolidation:
    """One county's year.

    ``counted`` and ``uncounted`` (计入汇总：否) are one return a unit; ``complete`` is None where no roster says who
    should be there; ``with_uncounted`` is the second sum.
    """

    form: Form
    total: Submission
    counted: tuple[Return, ...]
    uncounted: tuple[Return, ...]
    with_uncounted: Submission
    left_out: tuple[LeftOut, ...]
    missing: tuple[Unit, ...]
    excused: tuple[Unit, ...]
    complete: bool | None
    returns: tuple[Return, ...]
    findings: tuple[Finding, ...] = ()
    roster: Roster | None = None
    adjustments: tuple[Adjustment, ...] = ()
    last_year: PreviousYear | None = None

    @property
    def title(self) -> str:
        """Whose year this is, for headings."""
        identity = self.total.identity
        return f"{identity.unit or ''}{'' if identity.year is None else f' {identity.year} 年度'}".strip()

    def rank(self, one: Return) -> tuple[int, str, str]:
        """Sort key that puts returns into the roster's order, else by code."""
        return _order(one, self.roster)

    @property
    def statement(self) -> str:
        """What the totals are worth, in one line for the workbook's face."""
        here = f"已计入 {len(self.counted)} 个单位"
        if self.uncounted:
            here += f"，另有 {len(self.uncounted)} 个单位不计入汇总"
        if self.complete is None:
            return f"未核对名录：{here}，是否收齐没有核对"
        lacking = []
        if self.missing:
            lacking.append(f"缺报 {len(self.missing)} 个单位（{_some([unit.name for unit in self.missing])}）")
        if self.excused:
            lacking.append(f"经同意缺报 {len(self.excused)} 个单位（{_some([unit.name for unit in self.excused])}）")
        if self.left_out:
            lacking.append(f"{len(self.left_out)} 份报表没有计入")
        if self.incomplete_below:
            lacking.append(f"其中 {_some([one.unit_name or one.file for one in self.incomplete_below])}的汇总本身未齐")
        if self.with_holes:
            names = _some([one.unit_name or one.file for one in self.with_holes])
            lacking.append(f"{len(self.with_holes)} 个单位有没有填或读不出的数据（{names}）")
        if self.complete:
            return f"已收齐：{here}"
        return f"{INCOMPLETE}：{here}" + "".join(f"；{text}" for text in lacking)

    @property
    def with_holes(self) -> tuple[Return, ...]:
        """The returns that were added up although figures are missing in them."""
        return tuple(one for one in self.counted if _has_holes(one))

    @property
    def incomplete_below(self) -> tuple[Return, ...]:
        """The sums among what was added up that say of themselves that they are incomplete."""
        return tuple(one for one in (*self.counted, *self.uncounted) if _incomplete(one))

    @property
    def clean(self) -> bool:
        """No error in what came in, nothing left out, nobody missing but whose absence was named."""
        findings = [*self.findings, *(finding for one in self.returns for finding in one.findings)]
        whole = not (self.left_out or self.missing or self.incomplete_below)
        return whole and worst(tuple(findings)) != "error"


def consolidate(
    form: Form,
    identity: Identity,
    returns: Sequence[Return],
    *,
    roster: Roster | None = None,
    without: Sequence[Unit] = (),
    latest: bool = False,
    include_flagged: bool = False,
    adjustments: Sequence[Adjustment] = (),
    last_year: PreviousYear | None = None,
) -> Consolidation:
    """Add up the returns of one county (``identity``), each unit once; the order of ``returns`` makes no difference."""
    returns = [_own_child(one, identity) for one in sorted(returns, key=lambda one: (one.file, one.sha256 or ""))]
    returns = [one if one.status in {"rejected", "ignored"} or one.owner else _nobodys(one) for one in returns]
    out: list[LeftOut] = [LeftOut(one, _first_error(one)) for one in returns if one.status == "rejected"]
    chosen: list[Return] = []
    judged: list[Return] = [one for one in returns if one.status in {"rejected", "ignored"}]
    for versions in _by_owner(one for one in returns if one.status in {"accepted", "flagged"}):
        versions, one, dropped = _choose(versions, latest=latest, include_flagged=include_flagged)
        judged.extend(versions)
        chosen.extend([] if one is None else [one])
        out.extend(dropped)
    chosen.sort(key=lambda one: _order(one, roster))
    counted = tuple(one for one in chosen if one.unit is None or one.unit.counted)
    uncounted = tuple(one for one in chosen if one.unit is not None and not one.unit.counted)
    missing, excused = _absent(chosen, roster, without)
    total = _sum(form, identity, counted, adjustments)
    holes = any(value is None for value in total.values.values()) or any(_has_holes(one) for one in counted)
    complete = None if roster is None else True
    if missing or excused or out or holes or any(_incomplete(one) for one in chosen):
        complete = False
    findings = [_missing_finding(unit) for unit in missing]
    findings += [_adjusted(form, total, one) for one in adjustments]
    findings += check(form, total, None if last_year is None else last_year.total) if counted else ()
    return Consolidation(
        form=form,
        total=total,
        counted=counted,
        uncounted=uncounted,
        with_uncounted=_sum(form, identity, (*counted, *uncounted), adjustments),
        left_out=tuple(out),
        missing=missing,
        excused=excused,
        complete=complete,
        returns=tuple(sorted(judged, key=lambda one: (one.file, one.sha256 or ""))),
        findings=tuple(finding.of(None, finding.unit or identity.unit) for finding in findings),
        roster=roster,
        adjustments=tuple(adjustments),
        last_year=last_year,
    )


_LEVELS = {"unit": "县级", "county": "设区的市级", "city": "省级", "province": "省级"}


def identity_above(returns: Sequence[Return], demands: Demands) -> Identity:
    """Whose sum the returns make, one tier above the highest of theirs; as the demands say, else as they agree."""
    used = [one.submission.identity for one in returns if one.submission is not None and one.status != "rejected"]
    below = max((identity.tier for identity in used), key=TIERS.index, default="unit")
    levels = Counter(identity.level for identity in used if identity.tier == below)
    level = levels.most_common(1)[0][0] if below == "unit" and levels else _LEVELS[below]
    editions_used = Counter(identity.edition for identity in used)
    edition = edition_of_year(demands.year) if demands.year is not None else None
    edition = edition or (editions_used.most_common(1)[0][0] if editions_used else editions()[-1])
    tier = TIERS[min(TIERS.index(below) + 1, len(TIERS) - 1)]
    return Identity(edition, unit=demands.county, year=demands.year, level=level, tier=tier)


def missing_units(returns: Iterable[Return], roster: Roster | None) -> tuple[Unit, ...]:
    """The units of the roster from which nothing readable came."""
    here = {one.unit.code for one in returns if one.unit is not None and one.status in {"accepted", "flagged"}}
    return () if roster is None else tuple(unit for unit in roster.units if unit.code not in here)


def versions_noted(returns: Iterable[Return]) -> tuple[Return, ...]:
    """The returns, with a note on every one whose unit sent more than one."""
    returns = tuple(returns)
    sent: dict[str, list[Return]] = {}
    for one in returns:
        if one.owner and one.status != "ignored":
            sent.setdefault(one.owner, []).append(one)
    noted = []
    for one in returns:
        others = [other for other in sent.get(one.owner or "", []) if other.file != one.file]
        differing = [other.file for other in others if one.sha256 is None or other.sha256 != one.sha256]
        copies = [other.file for other in others if other.file not in differing]
        notes = [f"同一单位还有别的版本：{_some(differing)}。"] if differing else []
        notes += [f"同一份文件还有副本：{_some(copies)}；汇总时只计一次。"] if copies else []
        noted.append(one.with_findings([Finding("C-3", "note", note) for note in notes]) if notes else one)
    return tuple(noted)


def _by_owner(returns: Iterable[Return]) -> list[list[Return]]:
    groups: dict[str, list[Return]] = {}
    for one in returns:
        groups.setdefault(one.owner or one.file, []).append(one)
    return list(groups.values())


def _choose(
    versions: list[Return], *, latest: bool, include_flagged: bool
) -> tuple[list[Return], Return | None, list[LeftOut]]:
    """Of one unit's versions the one that counts, if any; the versions as judged, and those left out with reasons."""
    usable = [one for one in versions if include_flagged or one.status == "accepted"]
    distinct = {_content(one) for one in versions}
    if len(versions) > 1 and len(distinct) == 1:
        names = _some([one.file for one in versions])
        versions = [
            one.with_findings([Finding("C-3", "note", f"同一单位交来内容相同的几份（{names}），只计一次。")])
            for one in versions
        ]
        usable = [one for one in versions if include_flagged or one.status == "accepted"]
    elif len(versions) > 1:
        newest = _newest(usable) if latest else None
        if newest is None:
            names = _some([one.file for one in versions])
            message = f"同一单位交来内容不同的几份（{names}），不知道以哪份为准，都没有计入。"
            hint = "请删去作废的一份，或者用 --latest 以最后收到的为准。"
            versions = [one.with_findings([Finding("C-3", "error", message, hint=hint)]) for one in versions]
            return versions, None, [LeftOut(one, message) for one in versions]
        note = Finding("C-3", "note", f"同一单位交来几份，以最后收到的“{newest.file}”为准。")
        return [one.with_findings([note]) for one in versions], newest, []
    if usable:
        return versions, usable[0], []
    return versions, None, [LeftOut(one, _first_error(one)) for one in versions]


def _newest(usable: list[Return]) -> Return | None:
    """The version received last; None where several were received at that moment, or nobody knows when."""
    times = [one.received for one in usable]
    if not usable or any(time is None for time in times):
        return None
    last = max(time for time in times if time is not None)
    newest = [one for one in usable if one.received == last]
    return newest[0] if len({_content(one) for one in newest}) == 1 else None


def _content(one: Return) -> tuple[object, ...]:
    return () if one.submission is None else tuple(one.submission.values.items())


def _own_child(one: Return, identity: Identity) -> Return:
    """A county's own consolidated sheet is never its own child (C-4)."""
    submission = one.submission
    if submission is None or submission.identity.tier == "unit" or not identity.unit:
        return one
    if not same(submission.identity.unit or "", identity.unit):
        return one
    finding = Finding("C-4", "error", f"这是“{identity.unit}”自己的汇总表，不能再计入“{identity.unit}”的汇总。")
    refused = one.with_findings([finding])
    return Return(
        refused.file, refused.sha256, refused.received, "rejected", submission, refused.findings[-1:], refused.unit
    )


def _nobodys(one: Return) -> Return:
    finding = Finding("C-1", "error", "看不出这是哪个单位的报表。", hint="请在封面填上单位名称后重新上报。")
    refused = one.with_findings([finding])
    return Return(one.file, one.sha256, one.received, "rejected", one.submission, refused.findings, one.unit)


def _incomplete(one: Return) -> bool:
    return any(finding.code == "C-2" and finding.found == INCOMPLETE for finding in one.findings)


def _has_holes(one: Return) -> bool:
    return one.submission is not None and any(value is None for value in one.submission.values.values())


def _first_error(one: Return) -> str:
    return next((finding.message for finding in one.findings if finding.severity == "error"), "有错误")


def _order(one: Return, roster: Roster | None) -> tuple[int, str, str]:
    if roster is not None and one.unit is not None:
        return roster.units.index(one.unit), "", one.file
    return 1_000_000, one.unit_code or "~", one.unit_name or one.file


def _absent(
    chosen: list[Return], roster: Roster | None, without: Sequence[Unit]
) -> tuple[tuple[Unit, ...], tuple[Unit, ...]]:
    if roster is None:
        return (), ()
    here = {one.unit.code for one in chosen if one.unit is not None}
    absent = [unit for unit in roster.units if unit.code not in here]
    named = {unit.code for unit in without}
    return tuple(u for u in absent if u.code not in named), tuple(u for u in absent if u.code in named)


def _missing_finding(unit: Unit) -> Finding:
    return Finding(
        "C-2",
        "error",
        f"缺报：{unit.name}（{unit.code}）没有可以计入的报表。",
        hint="请催报；确定不报的，用 --without 注明。",
        unit=unit.name,
    )


def _sum(form: Form, identity: Identity, returns: Sequence[Return], adjustments: Sequence[Adjustment]) -> Submission:
    values: dict[Key, Number | None] = {}
    for key, entry in form.entries.items():
        if entry.filled_in:
            reported = [one.submission.values.get(key) for one in returns if one.submission is not None]
            reported += [one.amount for one in adjustments if one.key == key]
            present = [value for value in reported if value is not None]
            values[key] = sum(present[1:], start=present[0]) if present else None
    texts: dict[str, str] = {}
    for text in form.texts:
        written = [number_in(one.submission.texts.get(text.key)) for one in returns if one.submission is not None]
        numbers = [number for number in written if number is not None]
        if text.numeric and numbers:
            texts[text.key] = text_of(sum(numbers[1:], start=numbers[0])) or ""
    return Submission(identity, with_totals(form, values), texts=texts)


def number_in(text: str | None) -> Decimal | None:
    """The number in a text field that asks for one; None where there is none, or something else."""
    try:
        number = Decimal(text or "")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _adjusted(form: Form, total: Submission, one: Adjustment) -> Finding:
    """The note that a figure was adjusted, or the error that the adjustment cannot be right."""
    value = total.values.get(one.key)
    message = f"{label_of(form, one.key)}：汇总调整 {text_of(one.amount)}（{one.unit or '未注明单位'}），{one.reason}。"
    if value is not None and value < 0 and not form.entries[one.key].column.signed:
        message += f"调整后为 {text_of(value)}，不应为负数。"
        return Finding("C-6", "error", message, hint="请核对汇总调整。", key=one.key, found=text_of(value))
    return Finding("C-6", "note", message, key=one.key, found=text_of(one.amount))


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:5]) + (f"等 {len(names)} 个" if len(names) > 5 else "")
