"""Files written whole or not at all: to a temporary name in the same folder, then renamed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from nianbao.findings import OperatorError


def write_whole(path: Path, data: bytes) -> None:
    """Write a file; what stood there before stays whole until the new one is. Raises OperatorError."""
    try:
        handle, name = tempfile.mkstemp(prefix=".nianbao-", suffix=path.suffix, dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OperatorError(f"不能写出“{path}”：{error.strerror or error}。") from error
