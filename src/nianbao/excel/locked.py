"""Workbooks with a password: opened with the one that was given, or with the one that Excel itself knows."""

from __future__ import annotations

import io
import re

from nianbao.excel.cells import DAMAGED, LOCKED, UnreadableError

# what Excel uses for a workbook that is protected but not secret
_EXCELS_OWN = "VelvetSweatshop"
_MOST_ROUNDS = 1_000_000
_ROUNDS = re.compile(rb'spinCount="([0-9]+)"')


def decrypt(data: bytes, password: str | None) -> bytes:
    """The workbook inside an encrypted one; raise UnreadableError where no password opens it."""
    if any(len(rounds) > 9 or int(rounds) > _MOST_ROUNDS for rounds in _ROUNDS.findall(data)):
        raise UnreadableError(LOCKED)
    for word in (_EXCELS_OWN, password):
        opened = None if word is None else _opened(data, word)
        if opened is not None:
            return opened
    if password is None:
        raise UnreadableError(LOCKED)
    raise UnreadableError("文件设有打开密码，给出的密码不对；请核对密码，或者取消密码后另存再发。")


def _opened(data: bytes, password: str) -> bytes | None:
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, InvalidKeyError

    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))  # type: ignore[no-untyped-call]  # it ships no types
        if file.format == "ooxml" and getattr(file, "type", "") in ("agile", "standard"):
            file.load_key(password=password, verify_password=True)
        else:
            file.load_key(password=password)
        opened = io.BytesIO()
        file.decrypt(opened)
    except (InvalidKeyError, DecryptionError):
        return None
    except Exception as error:  # hostile containers stumble anywhere in the libraries below
        raise UnreadableError(DAMAGED) from error
    return opened.getvalue()
