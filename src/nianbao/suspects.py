"""Which cell is wrong: the single slip that would make every failing check hold and break none that holds.

In the spirit of Fellegi and Holt: the fewest changes that satisfy all rules. Every cell of a failing equation is
tried, and every shift of neighbouring figures; what explains most failing equations at once counts first, then how
well a slip of the hand explains it. Where two explanations are equally good, none is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from nianbao.checks import text_of
from nianbao.equations import Equation, System, system_of
from nianbao.figures import Key
from nianbao.findings import Finding, Suspect
from nianbao.form import Form
from nianbao.layout import layout_of
from nianbao.numerals import read_stored
from nianbao.rules import Number
from nianbao.shifts import Shift, shifts
from nianbao.slips import Likelihood, Slip, slip_of
from nianbao.submission import Submission

MOST_NAMED = 4
# the line that says so in print (区分处理的，只计这一情形): an application counted there is counted nowhere else
_ALONE = "只计这一情形"
_YUAN = 10_000
_NO_CHANCE = (5, 3)


@dataclass(frozen=True, slots=True)
class _Explanation:
    """One slip that explains some failing equations, all of which then hold."""

    explains: frozenset[Equation]
    key: Key
    meant: Number
    slip: Slip


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What is said about some failing equations: the culprit, or those that are equally likely."""

    culprits: tuple[_Explanation, ...]
    named: bool


def with_suspects(
    form: Form, submission: Submission, findings: Sequence[Finding], previous: Submission | None = None
) -> tuple[Finding, ...]:
    """The same findings; where one cell explains what failed, with ``suspect`` and a sentence that names it."""
    if not any(finding.key is not None and finding.severity != "note" for finding in findings):
        return tuple(findings)
    system = system_of(form, submission, findings, previous)
    verdicts = _verdicts(form, system) if system.failing else {}
    return tuple(_judged(form, submission, previous, system, verdicts, finding) for finding in findings)


def _judged(
    form: Form,
    submission: Submission,
    previous: Submission | None,
    system: System,
    verdicts: dict[tuple[str, Key], _Verdict],
    finding: Finding,
) -> Finding:
    key = finding.key
    if key is None or finding.severity == "note":
        return finding
    for suspect in (_in_yuan(form, submission, previous, finding), _negative(form, system, finding)):
        if suspect is not None:
            words = f"最可能是{suspect.reason.removeprefix('可能')}：若为 {suspect.expected} 则说得通。"
            return replace(finding, suspect=suspect, message=finding.message + words)
    verdict = verdicts.get((finding.code, key)) or _of_parts(form, verdicts, finding.code, key)
    if verdict is None:
        return finding
    candidates = tuple(_suspect(form, system, one) for one in verdict.culprits)
    suspect = candidates[0] if verdict.named else None
    if suspect is not None and suspect.key == key and finding.code == "V-4":
        return replace(finding, suspect=suspect)
    words = _words(finding, candidates, named=verdict.named)
    return replace(
        finding, suspect=suspect, candidates=() if verdict.named else candidates, message=finding.message + words
    )


def _of_parts(form: Form, verdicts: dict[tuple[str, Key], _Verdict], code: str, key: Key) -> _Verdict | None:
    """The verdict on a column of totals: that on the one column which broke it."""
    parts = [Key(key.table, key.line, part) for part in form.entries[key].column.total_of]
    found = [verdicts[code, part] for part in parts if (code, part) in verdicts]
    return found[0] if found and all(one is found[0] for one in found) else None


def _suspect(form: Form, system: System, one: _Explanation) -> Suspect:
    place = layout_of(form).slots[one.key].place
    value = text_of(system.values.get(one.key))
    return Suspect(one.key, place.sheet, place.cell, value, text_of(one.meant) or "", one.slip.reason)


def _words(finding: Finding, candidates: tuple[Suspect, ...], *, named: bool) -> str:
    def where(one: Suspect) -> str:
        return f"{one.cell}" if one.sheet == finding.sheet else f"{one.sheet} {one.cell}"

    if named:
        one = candidates[0]
        reason = f"（{one.reason}）" if one.reason else ""
        return f"最可能是 {where(one)}：填了 {one.value}，若为 {one.expected} 则各项勾稽都成立{reason}。"
    if len(candidates) > MOST_NAMED:
        return f"不能确定是哪一格：改动 {len(candidates)} 格中的任何一格都说得通，请逐格核对。"
    shown = "、".join(f"{where(one)}（{one.value} 改为 {one.expected}）" for one in candidates)
    return f"不能确定是哪一格：{shown}都说得通。"


# -- weighing


def _verdicts(form: Form, system: System) -> dict[tuple[str, Key], _Verdict]:
    """What to say about each failing equation, by code and anchor."""
    pools: dict[frozenset[Equation], list[_Explanation]] = {}
    for one in (*_single_cells(form, system), *_shifted(form, system)):
        pools.setdefault(one.explains, []).append(one)
    verdicts: dict[tuple[str, Key], _Verdict] = {}
    done: set[Equation] = set()
    # what explains most at once comes first: one slip is likelier than several
    for explains in sorted(pools, key=lambda some: (-len(some), min(one.slip.likelihood for one in pools[some]))):
        if not explains & done:
            done |= explains
            verdict = _weigh(pools[explains], alone=len(explains) == 1)
            verdicts |= {(equation.code, equation.anchor): verdict for equation in explains}
    return verdicts


def _weigh(pool: list[_Explanation], *, alone: bool) -> _Verdict:
    """The culprit of a pool of explanations, or all that are equally good.

    What is no slip of the hand points at no cell of a single equation, unless there is no other cell to point at.
    """
    pool = sorted(pool, key=lambda one: one.slip.likelihood)
    best = pool[0].slip.likelihood
    enough = best <= Likelihood.PLAUSIBLE or not alone or len({one.key for one in pool}) == 1
    cells: dict[Key, _Explanation] = {}
    for one in pool:
        if one.slip.likelihood == best or not enough:
            cells.setdefault(one.key, one)
    return _Verdict(tuple(cells.values()), named=enough and len(cells) == 1)


# -- explanations


def _about(system: System) -> dict[Key, list[Equation]]:
    about: dict[Key, list[Equation]] = {}
    for equation in system.equations:
        for key in equation.weights:
            about.setdefault(key, []).append(equation)
    return about


def _single_cells(form: Form, system: System) -> Iterator[_Explanation]:
    """Cells of which one other value makes all their equations hold."""
    about = _about(system)
    failing = set(system.failing)
    for key in dict.fromkeys(key for equation in system.failing for key in equation.weights):
        value = system.values.get(key)
        if value is None or any(one not in failing and one.rest(system.values) == 0 for one in about[key]):
            continue
        wanted = {_solved(one, key, value, system) for one in about[key] if one in failing}
        meant = next(iter(wanted))
        if len(wanted) == 1 and meant is not None and _can_stand(form, key, meant):
            explains = frozenset(one for one in about[key] if one in failing)
            yield _Explanation(explains, key, meant, _best_slip(form, system, key, value, meant))


def _solved(equation: Equation, key: Key, value: Number, system: System) -> Number | None:
    rest, weight = equation.rest(system.values), equation.weights[key]
    if rest is None or weight not in {1, -1}:
        return None
    return value - rest * weight


def _can_stand(form: Form, key: Key, number: Number) -> bool:
    """Whether a figure may be this number at all."""
    return (
        read_stored(f"{number:f}" if isinstance(number, Decimal) else str(number), form.entries[key].column).value
        is not None
    )


def _best_slip(form: Form, system: System, key: Key, value: Number, meant: Number) -> Slip:
    slips = [slip_of(value, meant)]
    for total, entry in form.entries.items():
        if key in entry.parts:
            others = [system.values.get(part) or 0 for part in entry.parts if part != key]
            # one figure among the outcomes being as large as another says nothing; a total of several does
            least = 1 if total.line == key.line else 2
            if sum(bool(other) for other in others) >= least and value - meant == sum(others):
                # among small numbers such a sum is often chance
                steps = (Likelihood.RECOGNISED, Likelihood.PLAUSIBLE, Likelihood.POSSIBLE)
                likelihood = steps[sum(sum(others) < limit for limit in _NO_CHANCE)]
                slips.append(Slip(likelihood, "可能把总计填进了这一格"))
            twice = value - meant
            for part in entry.parts:
                counted = system.values.get(part) or 0
                if _is_alone(form, part) and part != key and 0 < twice <= counted:
                    slips.append(Slip(Likelihood.PLAUSIBLE, "部分公开的只计部分公开，可能又计入了这一项"))
    return min(slips, key=lambda one: one.likelihood)


def _is_alone(form: Form, key: Key) -> bool:
    return any(_ALONE in label for label in form.entries[key].line.labels)


def _shifted(form: Form, system: System) -> Iterator[_Explanation]:
    """Shifts of neighbouring figures after which every equation they touch holds."""
    about = _about(system)
    failing = set(system.failing)
    cells = layout_of(form).slots
    for one in shifts(form, system.values):
        touched = {equation for key in one.changes for equation in about.get(key, [])}
        changed = touched & failing
        if not changed:
            continue
        after = {**system.values, **one.changes}
        if not any(equation.rest(after) for equation in touched):
            likelihood = _likelihood_of(one, len(changed))
            reason = f"{one.reason}，应填在 {cells[one.target].place.cell}"
            yield _Explanation(frozenset(changed), one.source, one.changes.get(one.source, 0), Slip(likelihood, reason))


def _likelihood_of(one: Shift, explained: int) -> Likelihood:
    if explained > 1:
        return Likelihood.RECOGNISED if one.cells != 2 else Likelihood.PLAUSIBLE
    return Likelihood.PLAUSIBLE if one.cells != 2 else Likelihood.POSSIBLE


# -- figures that are wrong by themselves


def _in_yuan(form: Form, submission: Submission, previous: Submission | None, finding: Finding) -> Suspect | None:
    """An amount in 万元 that is questioned for its size: it may have been typed in 元."""
    key = finding.key
    value = None if key is None else submission.values.get(key)
    if key is None or value is None or form.entries[key].column.unit_of_measure != "万元":
        return None
    check = next((check for check in form.checks if check.code == finding.code), None)
    if check is None:
        return None
    too_large = any(rule.anchor == key and rule.expression.operator in {"<", "<="} for rule in check.rules)
    last = None if previous is None else previous.values.get(key)
    if not too_large and not (check.comparison and last and value >= last * (_YUAN // 10)):
        return None
    meant = Decimal(value) / _YUAN
    if not _can_stand(form, key, meant):
        return None
    place = layout_of(form).slots[key].place
    meant_text = f"{meant.normalize():f}"
    reason = slip_of(Decimal(value), meant).reason
    return Suspect(key, place.sheet, place.cell, text_of(value), meant_text, reason)


def _negative(form: Form, system: System, finding: Finding) -> Suspect | None:
    """A negative figure: without its sign it may fit."""
    key = finding.key
    if key is None or finding.found is None or system.values.get(key) is not None:
        return None
    try:
        typed = Decimal(finding.found)
    except InvalidOperation:
        return None
    if not typed.is_finite() or typed >= 0 or not _can_stand(form, key, -typed):
        return None
    meant: Number = int(-typed) if form.entries[key].column.kind == "count" else -typed
    after = {**system.values, key: meant}
    rests = [one.rest(after) for one in system.equations if key in one.weights]
    if any(rests) or 0 not in rests:
        return None
    place = layout_of(form).slots[key].place
    return Suspect(key, place.sheet, place.cell, finding.found, text_of(meant) or "", "可能多了负号")
