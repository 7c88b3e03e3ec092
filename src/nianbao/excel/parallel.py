"""Returns read on several cores: a pool of processes, results in the order of the files, only a few files ahead."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from itertools import chain, islice
from typing import TypeVar

from nianbao.excel.kept import Plain, from_plain, to_plain
from nianbao.excel.reader import Reading, read_return

_T = TypeVar("_T")
# a pool pays from about this many files on: a forked one starts at once, a spawned one imports everything anew
_FEWEST_FORKED, _FEWEST_SPAWNED = 50, 250
_BATCH, _AHEAD = 8, 3


def read_in_order(
    files: Iterable[tuple[_T, bytes | None]], jobs: int, password: str | None = None
) -> Iterator[tuple[_T, Reading | None]]:
    """Each file's reading beside what it came with, in order; None where there are no bytes.

    A pool is started only where there are files enough to gain by it; files are drawn as they are needed.
    """
    coming = iter(files)
    fewest = _FEWEST_FORKED if _can_fork() else _FEWEST_SPAWNED
    first = list(islice(coming, fewest)) if jobs > 1 else []
    if len(first) < fewest:
        for what, data in chain(first, coming):
            yield what, None if data is None else read_return(data, password)
        return
    yield from _in_pool(chain(first, coming), jobs, password)


def _in_pool(
    files: Iterable[tuple[_T, bytes | None]], jobs: int, password: str | None
) -> Iterator[tuple[_T, Reading | None]]:
    context = multiprocessing.get_context("fork" if _can_fork() else "spawn")
    pool = ProcessPoolExecutor(jobs, context, initializer=_leave_interrupts_to_the_parent)
    coming = iter(files)
    # what is loaded for the first file is loaded once: processes that are forked begin with it
    for what, data in islice(coming, 1):
        yield what, None if data is None else read_return(data, password)
    waiting: deque[tuple[_Batch[_T], Future[list[Plain | None]] | None]] = deque()
    try:
        with _no_interrupt():  # a process that is interrupted while it begins would leave the others waiting
            for _ in range(jobs):
                pool.submit(int)
        while batch := tuple(islice(coming, _BATCH)):
            waiting.append((batch, _submitted(pool, batch, password)))
            if len(waiting) > jobs * _AHEAD:
                yield from _finished(*waiting.popleft(), password)
        while waiting:
            yield from _finished(*waiting.popleft(), password)
    finally:
        # where the caller was interrupted nothing more is begun, and nobody waits for what was
        pool.shutdown(wait=not waiting, cancel_futures=True)


_Batch = tuple[tuple[_T, bytes | None], ...]


def _submitted(pool: ProcessPoolExecutor, batch: _Batch[_T], password: str | None) -> Future[list[Plain | None]] | None:
    with suppress(BrokenExecutor):
        return pool.submit(_read_batch, [data for _, data in batch], password)
    return None


def _finished(
    batch: _Batch[_T], future: Future[list[Plain | None]] | None, password: str | None
) -> Iterator[tuple[_T, Reading | None]]:
    plain: list[Plain | None] | None = None
    with suppress(BrokenExecutor):
        plain = None if future is None else future.result()
    if plain is None:  # a process was ended from outside: its files are read here
        plain = _read_batch([data for _, data in batch], password)
    for (what, _), one in zip(batch, plain, strict=True):
        yield what, None if one is None else from_plain(one)


def _read_batch(batch: list[bytes | None], password: str | None) -> list[Plain | None]:
    return [None if data is None else to_plain(read_return(data, password)) for data in batch]


def _can_fork() -> bool:
    """Whether a process may be copied as it is: not where another thread may hold a lock at that moment."""
    return sys.platform == "linux" and threading.active_count() == 1


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """An interrupt waits until the end, in this process; those that begin meanwhile leave it to this one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: waiting.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        signal.raise_signal(signal.SIGINT)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
