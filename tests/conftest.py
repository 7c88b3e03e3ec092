"""A real spreadsheet engine for the tests that need one: LibreOffice, headless."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

Convert = Callable[[Sequence[Path], str, Path], list[Path]]
_BATCH = 60  # a larger batch was seen to stop silently half-way

# by default LibreOffice believes the stored results of a file that Excel is said to have saved
_ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="ODFRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
</oor:items>
"""


@pytest.fixture(scope="session")
def convert(tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """Opens files in LibreOffice and saves them into a folder as ``xlsx``, ``ods``, ``xls`` or ``pdf``.

    Where LibreOffice is absent the test is skipped, or fails if NIANBAO_REQUIRE_SOFFICE is set.
    """
    soffice = shutil.which("soffice")
    if soffice is None:
        if os.environ.get("NIANBAO_REQUIRE_SOFFICE"):
            pytest.fail("NIANBAO_REQUIRE_SOFFICE is set, but there is no LibreOffice (soffice)")
        pytest.skip("LibreOffice (soffice) is not installed")
    folder = tmp_path_factory.mktemp("soffice")
    settings = folder / "user" / "registrymodifications.xcu"
    settings.parent.mkdir()
    settings.write_text(_ALWAYS_RECALCULATE, encoding="utf-8")
    profile = folder.as_uri()

    def saved(files: Sequence[Path], suffix: str, folder: Path) -> list[Path]:
        made = [folder / f"{file.stem}.{suffix}" for file in files]
        for first in range(0, len(files), _BATCH):
            command = [soffice, f"-env:UserInstallation={profile}", "--headless", "--convert-to", suffix]
            command += ["--outdir", str(folder), *map(str, files[first : first + _BATCH])]
            subprocess.run(command, check=True, capture_output=True, timeout=300)
        assert [file.name for file in made if not file.exists()] == []
        return made

    return saved


def without_results(workbook: bytes) -> bytes:
    """The workbook with a wrong result stored for every formula: only an engine that calculates gets it right."""
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(workbook)) as before, ZipFile(buffer, "w") as after:
        for part in before.infolist():
            data = before.read(part)
            if part.filename.startswith("xl/worksheets/sheet"):
                data = re.sub(rb"</f><v>[^<]*</v>", b"</f><v>77</v>", data)
            after.writestr(part, data)
    return buffer.getvalue()
