"""Coverage-guided fuzzing of the door: whatever the bytes, reading and checking end in values that were foreseen.

Not part of the suite.  ``python tests/fuzz/fuzz_read.py SEEDS -max_total_time=600`` (needs atheris; SEEDS is a folder
for inputs that reach new code).  The first byte of an input chooses what the rest does to a good return: stands alone,
replaces part of one XML part, overwrites bytes of the ZIP or of an xls.  A crash is a mistake: its file goes
into ``tests/corpus``.
"""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["nianbao", "xlrd"]):
    from nianbao.excel.reader import read_return
    from nianbao.returns import Demands, judge

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "corpus"))

from mutate import BASE, parts_of  # noqa: E402 - the corpus is no package

ODS, XLS = ((HERE / f"base.{suffix}").read_bytes() for suffix in ("ods", "xls"))
PACKAGES = [parts_of(BASE), parts_of(BASE), parts_of(ODS)]


def returned(data: bytes) -> bytes:
    """The bytes of a return that an input stands for."""
    provider = atheris.FuzzedDataProvider(data)
    mode = provider.ConsumeIntInRange(0, 7)
    if mode == 0:
        return bytes(provider.ConsumeBytes(len(data)))
    if mode <= 3:
        return _with_part(provider)
    changed = bytearray(BASE if mode <= 5 else XLS)
    for _ in range(provider.ConsumeIntInRange(1, 8)):
        at = provider.ConsumeIntInRange(0, len(changed) - 1)
        piece = provider.ConsumeBytes(provider.ConsumeIntInRange(0, 16))
        changed[at : at + (len(piece) if provider.ConsumeBool() else provider.ConsumeIntInRange(0, 64))] = piece
    return bytes(changed)


def _with_part(provider: atheris.FuzzedDataProvider) -> bytes:
    parts = PACKAGES[provider.ConsumeIntInRange(0, len(PACKAGES) - 1)]
    names = sorted(parts)
    name = names[provider.ConsumeIntInRange(0, len(names) - 1)]
    part = bytearray(parts[name])
    for _ in range(provider.ConsumeIntInRange(1, 4)):
        at = provider.ConsumeIntInRange(0, len(part))
        gone = provider.ConsumeIntInRange(0, 80)
        part[at : at + gone] = provider.ConsumeBytes(provider.ConsumeIntInRange(0, 80))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for other, data in parts.items():
            archive.writestr(other, bytes(part) if other == name else data)
    return buffer.getvalue()


def test_one_input(data: bytes) -> None:
    reading = read_return(returned(data))
    one = judge("a.xlsx", "", None, reading.submission, reading.findings, Demands())
    assert not any("读不出来" in finding.message for finding in one.findings), "nobody foresaw this"
    assert one.status != "rejected" or one.findings, "rejected without a sentence"


if __name__ == "__main__":
    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()
