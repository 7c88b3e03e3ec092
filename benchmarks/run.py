"""The benchmarks: one command, a table of ratios against peers measured in the same run, and a plot of cost over size.

Run from the project's folder, with the extra ``bench`` and LibreOffice installed::

    python benchmarks/run.py [--folder FOLDER] [--sizes 60 600 6000] [--rounds 5]

Every measurement is a process of its own. Methods take turns on slices of the same files, so that what else the machine
does falls on all of them; within a process each file is used once. Writes ``benchmarks/RESULTS.md`` and ``cost.svg``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from returns import make

HERE = Path(__file__).parent
READING = {  # method: files in one slice
    "openpyxl_twice": 6,
    "pandas_openpyxl": 6,
    "pandas_calamine": 40,
    "calamine": 40,
    "floor": 40,
    "read": 40,
    "read_and_check": 40,
}
TEMPLATES = {"openpyxl_template": 6, "template_alone": 20, "template_after_last_year": 200, "template": 200}
PROGRAMS = {"xlsxwriter": "XlsxWriter", "libreoffice": "LibreOffice"}
# how many units the county workbook is measured with
UNITS = 1000
# up to this many returns a run is so short that the mean of several is taken
_QUICK = 1000
COUNTY = ("openpyxl_detail", "xlsxwriter_detail", "county_workbook")
NAMES = {
    "openpyxl_twice": "openpyxl, two loads",
    "pandas_openpyxl": "pandas with openpyxl (values, three tables)",
    "pandas_calamine": "pandas with calamine (values, three tables)",
    "calamine": "python-calamine (values, all sheets)",
    "floor": "floor: inflate every part, expat without handlers",
    "read": "**nianbao, reading**",
    "read_and_check": "**nianbao, reading and every check**",
    "openpyxl_template": "openpyxl: load, change, save",
    "template_alone": "**nianbao, one template**",
    "template_after_last_year": "**nianbao, templates with last year's figures**",
    "template": "**nianbao, templates by the thousand**",
    "openpyxl_detail": "openpyxl, write-only: the detail sheet alone",
    "xlsxwriter_detail": "XlsxWriter: the detail sheet alone",
    "county_workbook": "**nianbao, the whole county workbook**",
    "openpyxl_consolidation": "openpyxl script: two loads, sums, detail",
}


@dataclass(slots=True)
class Cost:
    """What some measurements of one method came to."""

    files: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    megabytes: float = 0.0

    def add(self, files: int, seconds: float, cpu: float, megabytes: float) -> None:
        """One more measurement."""
        self.files += files
        self.seconds += seconds
        self.cpu += cpu
        self.megabytes = max(self.megabytes, megabytes)

    @property
    def rate(self) -> float:
        """Files per second."""
        return self.files / self.seconds


def measured(method: str, files: Sequence[Path]) -> dict[str, float]:
    """One measurement by ``measure.py``; the first file is its warm-up."""
    names = "\n".join([method, *map(str, files)])
    command = [sys.executable, str(HERE / "measure.py"), "-"]
    told = subprocess.run(command, input=names, stdout=subprocess.PIPE, text=True, check=True)
    answer: dict[str, float] = json.loads(told.stdout)
    return answer


def in_turns(methods: dict[str, int], files: Sequence[Path], rounds: int) -> dict[str, Cost]:
    """The methods one after another on slices of the files, over and over."""
    costs: dict[str, Cost] = defaultdict(Cost)
    step = min(len(files) // rounds, max(methods.values()) + 1)
    for number in range(rounds):
        part = files[number * step : (number + 1) * step]
        for method, count in methods.items():
            # templates are counted by the files that are given, but read none of them
            given = part * (count // len(part) + 1) if method in (*TEMPLATES, *COUNTY) else part
            costs[method].add(**measured(method, given[: count + 1]))  # type: ignore[arg-type]
    return costs


def consolidated(folder: Path) -> Cost:
    """``nianbao consolidate`` as people run it, from start to exit."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "nianbao", "consolidate", str(folder), "-o", f"{out}/a.xlsx"]
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        took = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"consolidate ended with {process.returncode}")
    return Cost(len(list(folder.iterdir())), took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def folder_of(files: Iterable[Path], where: Path) -> Path:
    """A folder with just these files."""
    where.mkdir(parents=True, exist_ok=True)
    for file in files:
        if not (where / file.name).exists():
            os.link(file, where / file.name)
    return where


def started(rounds: int) -> dict[str, float]:
    """Milliseconds to start, the median of alternating runs."""
    commands = {
        "python": ["-c", "pass"],
        "import typer": ["-c", "import typer"],
        "nianbao --help": ["-m", "nianbao", "--help"],
    }
    took: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for name, arguments in commands.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
            took[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(times) for name, times in took.items()}


def table(costs: dict[str, Cost], against: Sequence[str]) -> list[str]:
    """The costs as lines of a table, with ratios of rates."""
    heads = [
        "",
        "files/s",
        "CPU ms/file",
        "peak MB",
        *(f"× {NAMES[one].split(':')[0].split(',')[0]}" for one in against),
    ]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for method, cost in costs.items():
        ratios = [f"{cost.rate / costs[one].rate:.2f}" for one in against]
        cells = [NAMES.get(method, method), f"{cost.rate:.0f}" if cost.rate >= 10 else f"{cost.rate:.1f}"]
        lines.append(
            "| " + " | ".join([*cells, f"{1000 * cost.cpu / cost.files:.1f}", f"{cost.megabytes:.0f}", *ratios]) + " |"
        )
    return lines


def end_to_end(
    folder: Path, program: str, sizes: Iterable[int], growth: dict[int, tuple[Cost, Cost]]
) -> dict[str, Cost]:
    """From start to exit at every size, beside a script with openpyxl on a few of the same files."""
    ends: dict[str, Cost] = {"openpyxl_consolidation": Cost()}
    for size in sizes:
        files = make(folder, size, program)[:size]
        ends["openpyxl_consolidation"].add(**measured("openpyxl_consolidation", files[:13]))  # type: ignore[arg-type]
        one_size = folder_of(files, folder / f"{program} {size}")
        end = Cost()
        for _ in range(3 if size <= _QUICK else 1):
            one = consolidated(one_size)
            end.add(one.files, one.seconds, one.cpu, one.megabytes)
        alone = Cost(**measured("read_and_check", files))  # type: ignore[arg-type]
        growth[size] = alone, end
        ends[f"**nianbao consolidate**, {size} returns"] = end
        ends[f"**nianbao, reading and every check**, one process, {size} returns"] = alone
    return ends


def plot(growth: dict[str, dict[int, tuple[Cost, Cost]]], path: Path) -> None:
    """Cost against size, as a picture."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5))
    for program, sizes in growth.items():
        for number, name in ((0, "reading + checks, one process"), (1, "consolidate, end to end")):
            label, line = f"{name} ({PROGRAMS[program]})", "o-" if program == "xlsxwriter" else "s--"
            left.plot(list(sizes), [size / pair[number].rate for size, pair in sizes.items()], line, label=label)
            right.plot(list(sizes), [pair[number].megabytes for pair in sizes.values()], line, label=label)
    left.set(xscale="log", yscale="log", xlabel="returns", ylabel="seconds")
    right.set(xscale="log", xlabel="returns", ylabel="peak MB", ylim=(0, None))
    left.legend(fontsize="x-small")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Measure everything and write it down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "nianbao benchmarks")
    parser.add_argument("--sizes", type=int, nargs="+", default=[60, 600, 6000])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    # as it is installed: what is imported was compiled before
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    lines = [
        "# Benchmarks: the last run",
        "",
        f"`python benchmarks/run.py --sizes {' '.join(map(str, asked.sizes))}`",
        "",
    ]
    lines += [
        f"Python {platform.python_version()}, {len(os.sched_getaffinity(0))} cores. Every measurement is a process of"
    ]
    lines += ["its own; methods take turns on slices of the same files, and each file is used once in a process.", ""]
    for program, name in PROGRAMS.items():
        files = make(asked.folder, 41 * asked.rounds, program)
        lines += [f"## Reading: as {name} saves them", ""]
        lines += [*table(in_turns(READING, files, asked.rounds), ("openpyxl_twice", "floor")), ""]
    files = make(asked.folder, 41 * asked.rounds, "xlsxwriter")
    lines += ["## Writing templates", "", *table(in_turns(TEMPLATES, files, asked.rounds), ("openpyxl_template",)), ""]
    costs = in_turns(dict.fromkeys(COUNTY, UNITS), files, max(1, asked.rounds // 2))
    lines += [f"## The county workbook of {UNITS} units (a unit is counted as a file)", ""]
    lines += [*table(costs, ("openpyxl_detail", "xlsxwriter_detail")), ""]
    growth: dict[str, dict[int, tuple[Cost, Cost]]] = {}
    for program, name in PROGRAMS.items():
        ends = end_to_end(asked.folder, program, asked.sizes, growth.setdefault(program, {}))
        lines += [f"## End to end, and growth: as {name} saves them", ""]
        lines += [*table(ends, ("openpyxl_consolidation",)), ""]
    lines += ["![cost against size](cost.svg)", ""]
    plot(growth, HERE / "cost.svg")
    times = started(3 * asked.rounds)
    lines += ["## Start-up", "", "| | ms | × import typer |", "|---|---|---|"]
    lines += [f"| {name} | {took:.0f} | {took / times['import typer']:.2f} |" for name, took in times.items()]
    text = "\n".join(lines) + "\n"
    (HERE / "RESULTS.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
