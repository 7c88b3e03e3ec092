"""One measurement in a process of its own: the method, the files it is given once each, time, CPU and peak memory.

Called by ``run.py``; what it takes to start and to import is not counted. The answer is one line of JSON.
"""

from __future__ import annotations

import io
import json
import posixpath
import resource
import sys
import time
import warnings
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.parsers import expat

import nianbao
from nianbao.consolidation import identity_above
from nianbao.returns import judge

_TABLES = ("表二", "表三", "表四")


def _each(paths: Sequence[Path], method: Callable[[Path], Any]) -> None:
    for path in paths:
        method(path)


def floor(paths: Sequence[Path]) -> None:
    """Inflate every part and let expat parse it without handlers."""

    def parse(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                data = archive.read(name)
                if posixpath.splitext(name)[1] in {".xml", ".rels"}:
                    expat.ParserCreate().Parse(data, True)

    _each(paths, parse)


def openpyxl_twice(paths: Sequence[Path]) -> None:
    """Values and formulas: every file loaded twice."""
    import openpyxl

    def load(path: Path) -> None:
        for data_only in (True, False):
            book = openpyxl.load_workbook(path, data_only=data_only)
            for name in _TABLES:
                list(book[name].values)

    warnings.simplefilter("ignore")
    _each(paths, load)


def pandas_openpyxl(paths: Sequence[Path]) -> None:
    """The three tables as data frames, read by openpyxl."""
    import pandas as pd

    warnings.simplefilter("ignore")
    _each(paths, lambda path: pd.read_excel(path, sheet_name=list(_TABLES), header=None, engine="openpyxl"))


def pandas_calamine(paths: Sequence[Path]) -> None:
    """The three tables as data frames, read by calamine."""
    import pandas as pd

    _each(paths, lambda path: pd.read_excel(path, sheet_name=list(_TABLES), header=None, engine="calamine"))


def calamine(paths: Sequence[Path]) -> None:
    """The values of every sheet."""
    from python_calamine import CalamineWorkbook

    def load(path: Path) -> None:
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python()

    _each(paths, load)


def read(paths: Sequence[Path]) -> None:
    """nianbao: reading, in one process."""
    for path in paths:
        if nianbao.read(path).submission is None:
            raise SystemExit(f"not read: {path}")


def read_and_check(paths: Sequence[Path]) -> None:
    """nianbao: reading and every check, in one process, everything kept."""
    from nianbao.intake import judged, take_in

    returns = judged(take_in(paths, jobs=1), nianbao.Demands())
    if any(one.status != "accepted" for one in returns):
        raise SystemExit("a return was not accepted")


def read_and_check_parallel(paths: Sequence[Path]) -> None:
    """nianbao: reading and every check on all cores."""
    from nianbao.intake import judged, take_in

    if any(one.status != "accepted" for one in judged(take_in(paths), nianbao.Demands())):
        raise SystemExit("a return was not accepted")


def template(paths: Sequence[Path]) -> None:
    """nianbao: a template for each unit, as ``distribute`` makes them."""
    from nianbao.excel.series import Series
    from returns import FORM, identity

    series = Series(FORM)
    for number in range(1, len(paths) + 1):
        series.template(nianbao.Submission(identity(number), {}))


def template_after_last_year(paths: Sequence[Path]) -> None:
    """nianbao: a template for each unit with its figures of last year, as ``distribute --previous`` makes them."""
    from nianbao.excel.series import Series
    from returns import FORM, figures, identity

    series = Series(FORM)
    for number in range(1, len(paths) + 1):
        this = identity(number)
        last = replace(this, year=(this.year or 0) - 1)
        series.template(nianbao.Submission(this, {}), nianbao.Submission(last, figures(number)))


def template_alone(paths: Sequence[Path]) -> None:
    """nianbao: a template written in full for each unit."""
    from returns import FORM, identity

    for number in range(1, len(paths) + 1):
        nianbao.write_template(FORM, nianbao.Submission(identity(number), {}))


def openpyxl_template(paths: Sequence[Path]) -> None:
    """openpyxl: load one template, put the unit's name in, save it."""
    import openpyxl

    warnings.simplefilter("ignore")
    model = paths[0].read_bytes()
    for number in range(1, len(paths) + 1):
        book = openpyxl.load_workbook(io.BytesIO(model))
        book["封面"]["B5"] = f"单位{number:05}"
        book.save(io.BytesIO())


def county_workbook(paths: Sequence[Path]) -> None:
    """nianbao: the whole county workbook over as many units as there are paths."""
    nianbao.write_county(consolidation(len(paths)))


def openpyxl_detail(paths: Sequence[Path]) -> None:
    """openpyxl, write-only mode: nothing but the detail sheet, a row per unit, in one style."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Border, Side

    side = Side(style="thin")
    border = Border(side, side, side, side)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("明细")
    for one in consolidation(len(paths)).counted:
        row: list[Any] = [one.unit_name]
        for value in () if one.submission is None else one.submission.values.values():
            cell = WriteOnlyCell(sheet, value)
            cell.border = border
            row.append(cell)
        sheet.append(row)
    book.save(io.BytesIO())


def xlsxwriter_detail(paths: Sequence[Path]) -> None:
    """XlsxWriter: nothing but the detail sheet, a row per unit, in one style."""
    import xlsxwriter

    book = xlsxwriter.Workbook(io.BytesIO(), {"in_memory": True})
    border = book.add_format({"border": 1})
    sheet = book.add_worksheet("明细")
    for number, one in enumerate(consolidation(len(paths)).counted):
        sheet.write_string(number, 0, one.unit_name or "")
        values = {} if one.submission is None else one.submission.values
        for column, value in enumerate(values.values(), 1):
            sheet.write_number(number, column, float(value or 0), border)
    book.close()


@cache
def consolidation(count: int) -> nianbao.Consolidation:
    """The consolidation of that many units, made before anything is measured."""
    from returns import FORM, figures, identity

    demands = nianbao.Demands()
    units = [nianbao.Submission(identity(number), figures(number)) for number in range(1, count + 1)]
    returns = [judge(f"{one.identity.unit}.xlsx", None, None, one, (), demands) for one in units]
    return nianbao.consolidate(FORM, identity_above(returns, demands), returns)


def openpyxl_consolidation(paths: Sequence[Path]) -> None:
    """openpyxl: what a script does, end to end: two loads, the tables added up, a detail sheet and the sums saved."""
    import openpyxl

    warnings.simplefilter("ignore")
    total: dict[tuple[str, str], float] = {}
    out = openpyxl.Workbook()
    detail = out.active
    for path in paths:
        formulas = openpyxl.load_workbook(path)
        values = openpyxl.load_workbook(path, data_only=True)
        row: list[object] = [path.name]
        for name in _TABLES:
            for line in values[name].iter_rows():
                for cell in line:
                    if isinstance(cell.value, int | float):
                        row.append(cell.value)
                        total[name, cell.coordinate] = total.get((name, cell.coordinate), 0) + cell.value
            list(formulas[name].values)
        detail.append(row)
    sums = out.create_sheet("合计")
    for (name, cell), value in total.items():
        sums.append([name, cell, value])
    out.save(io.BytesIO())


METHODS: dict[str, Callable[[Sequence[Path]], None]] = {
    one.__name__: one
    for one in (
        floor,
        openpyxl_twice,
        pandas_openpyxl,
        pandas_calamine,
        calamine,
        read,
        read_and_check,
        read_and_check_parallel,
        template,
        template_alone,
        template_after_last_year,
        openpyxl_template,
        county_workbook,
        openpyxl_detail,
        xlsxwriter_detail,
        openpyxl_consolidation,
    )
}


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def main(arguments: Iterable[str]) -> None:
    """``METHOD WARM-UP FILES…``: the first file is for what is done once (imports, the form), the rest is measured."""
    method, *names = arguments
    first, *paths = map(Path, names)
    METHODS[method]([first])
    if method in ("county_workbook", "openpyxl_detail", "xlsxwriter_detail"):
        consolidation(len(paths))
    cpu, start = _cpu(), time.perf_counter()
    METHODS[method](paths)
    took, cpu = time.perf_counter() - start, _cpu() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"files": len(paths), "seconds": took, "cpu": cpu, "megabytes": peak}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:] if sys.argv[1] != "-" else sys.stdin.read().split("\n"))
