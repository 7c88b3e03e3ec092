"""The county's workbook: official tables live over a detail sheet, and every question about them answered within it."""

from __future__ import annotations

from nianbao.consolidation import Consolidation
from nianbao.excel.county.comparison import write_comparison
from nianbao.excel.county.detail import Detail
from nianbao.excel.county.lists import write_adjustments, write_findings, write_receipts
from nianbao.excel.county.materials import write_materials
from nianbao.excel.county.overview import Overview
from nianbao.excel.county.sources import Sources
from nianbao.excel.writer import FormWriter, paper_for


def write_county(result: Consolidation) -> bytes:
    """The county's workbook, which itself reads back as the county's return one tier up; the bytes of an xlsx."""
    paper = paper_for(result.form, result.total)
    detail = Detail(result)
    overview = Overview(paper, result, detail)
    writer = FormWriter(
        result.form, result.total, entry_formula=detail.total_of, statement=result.statement, paper=paper
    )
    sources = Sources(result, detail.units)
    detail.write(paper, sources.first_rows)
    write_comparison(paper, result)
    write_adjustments(paper, result)
    sources.write(paper)
    write_receipts(paper, result)
    write_findings(paper, result)
    write_materials(paper, result)
    overview.write()
    return writer.finish()
