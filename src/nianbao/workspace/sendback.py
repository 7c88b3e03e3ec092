"""What goes back: for each unit whose last return has errors, once, a workbook to correct and a mail draft."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nianbao.findings import Finding
from nianbao.form import load_form
from nianbao.output import write_whole
from nianbao.returns import Return
from nianbao.roster import Unit
from nianbao.submission import Identity, Submission
from nianbao.workspace.distribute import DRAFTS, notice_of
from nianbao.workspace.holdings import Held, Holdings, gather
from nianbao.workspace.lastyear import last_year_of, opening_of
from nianbao.workspace.letters import SEND_BACK, Letter
from nianbao.workspace.office import Workspace
from nianbao.workspace.receipts import Journal

Progress = Callable[[Sequence[Held]], Iterable[Held]]
_MOST_IN_LETTER = 10


@dataclass(frozen=True, slots=True)
class SentBack:
    """One workbook that goes back: whose, its name, about which file; ``again`` where it had been written before."""

    unit: Unit
    name: str
    file: str
    findings: tuple[Finding, ...]
    draft: bool
    again: bool = False


def send_back(workspace: Workspace, progress: Progress = iter) -> tuple[SentBack, ...]:
    """Write what has to go back and has not gone yet; the caller holds the workspace's lock.

    A version that was sent back already is listed as such and left alone; its file is written again only if it is gone.
    """
    roster = workspace.roster()
    journal = Journal(workspace)
    holdings = gather(workspace, roster, journal=journal)
    letter = Letter(workspace, SEND_BACK)
    last_year = last_year_of(workspace)
    (workspace.returned / DRAFTS).mkdir(exist_ok=True)
    done = []
    wrong = [held for unit in roster.units if (held := _wrong(holdings, unit)) is not None]
    for held in progress(wrong):
        unit = held.unit
        if unit is None:
            continue
        sent = held.original.sent_back
        times = _times(journal, unit, held)
        name = sent[-1] if sent else f"{unit.code}_{unit.name}_退回_第{times}次.xlsx"
        ask = held.taken.findings
        if not sent or not (workspace.returned / name).exists():
            previous = opening_of(last_year, unit, workspace.settings.year)
            data = _workbook(workspace, held, holdings, times, previous)
            write_whole(workspace.returned / name, data)
            if unit.email:
                draft = letter.draft(unit, _words(held), [(name, data)])
                write_whole(workspace.returned / DRAFTS / f"{name.removesuffix('.xlsx')}.eml", draft)
        if not sent:
            # noted last: killed before, the same file is written once more
            journal.note("退回", held.original.sha256, name, unit=unit.code)
        done.append(SentBack(unit, name, held.original.file, ask, bool(unit.email), bool(sent)))
    journal.save()
    return tuple(done)


def _wrong(holdings: Holdings, unit: Unit) -> Held | None:
    """The last version of a unit where that one may not count."""
    versions = holdings.versions(unit)
    return versions[-1] if versions and not versions[-1].valid else None


def _times(journal: Journal, unit: Unit, held: Held) -> int:
    """How often, with this time, something went back to the unit."""
    before = {event.sha256 for event in journal.events if event.act == "退回" and event.unit == unit.code}
    return len(before - {held.original.sha256}) + 1


def _workbook(workspace: Workspace, held: Held, holdings: Holdings, times: int, previous: Submission | None) -> bytes:
    from nianbao.excel.sendback import Ask, write_sendback

    unit = held.unit
    identity = workspace.identity(None if unit is None else unit.name, None if unit is None else unit.code)
    counting = None if unit is None else holdings.counting(unit)
    submission = _figures(held.taken.submission, identity)
    if submission is None and counting is not None and counting.taken.status == "flagged":
        submission = _figures(counting.taken.submission, identity)
    sent = held.original.sent.astimezone()
    ask = Ask(held.taken.findings, held.original.file, f"{sent.month} 月 {sent.day} 日", times)
    form = load_form(identity.edition)
    filled = submission or Submission(identity, {})
    return write_sendback(form, filled, ask, previous=previous, notice=notice_of(workspace))


def _figures(submission: Submission | None, identity: Identity) -> Submission | None:
    """The unit's own figures under its proper identity; none where they are another year's or another form's."""
    if submission is None or submission.identity.edition != identity.edition:
        return None
    if submission.identity.year != identity.year or submission.identity.tier != identity.tier:
        return None
    return replace(submission, identity=identity)


def _words(held: Held) -> dict[str, str]:
    asked = [one for one in held.taken.findings if one.severity == "error"]
    lines = [f"{number}. {one.message}{one.hint or ''}" for number, one in enumerate(asked[:_MOST_IN_LETTER], 1)]
    if len(asked) > _MOST_IN_LETTER:
        lines.append(f"……共 {len(asked)} 处，全部意见见附件里的“退回意见”表。")
    return {"来文": held.original.file, "处数": str(len(asked)), "意见": "\n".join(lines)}


def send_back_to(folder: Path, returns: Iterable[Return]) -> tuple[Path, ...]:
    """Outside a workspace: a workbook to correct for each return with errors, into ``folder``.

    The same return sent back again gives the same file; another one of the same unit the next number.
    """
    from nianbao.excel.sendback import Ask, write_sendback

    written = []
    for one in returns:
        submission = one.submission
        if one.status not in {"flagged", "rejected"} or submission is None:
            continue
        identity = replace(submission.identity, unit=one.unit_name, code=one.unit_code)
        about = "_".join(part for part in (one.unit_code, one.unit_name or Path(one.file).stem) if part)
        safe = "".join("_" if sign in '\\/:*?"<>|' or sign < " " else sign for sign in about)
        form = load_form(identity.edition)
        folder.mkdir(parents=True, exist_ok=True)
        times = 1
        while True:
            name = f"{safe}_退回_第{times}次.xlsx"
            data = write_sendback(
                form, replace(submission, identity=identity), Ask(one.findings, one.file, times=times)
            )
            path = folder / name
            if path in written:
                times += 1
            elif not path.exists() or path.read_bytes() == data:
                break
            else:
                times += 1
        if not path.exists():
            write_whole(path, data)
        written.append(path)
    return tuple(written)
