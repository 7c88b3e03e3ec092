"""The attachments of a mail that was saved as .eml, by the standard library's parser."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime

MAX_ATTACHMENTS = 200


class _AsWritten(policy.Compat32):
    """The policy that never fails on a malformed header, here without its loss of names in raw GBK."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 - the signature is the library's
        return value


def attachments(data: bytes) -> tuple[dt.datetime | None, tuple[tuple[str, bytes], ...]]:
    """When the mail was sent, and its attachments by name; raise ValueError with a sentence where there are none."""
    try:
        message = message_from_bytes(data, policy=_AsWritten())
        found = [part for part in message.walk() if not part.is_multipart() and _name(part)]
        parts = tuple((_name(part), _content(part)) for part in found[:MAX_ATTACHMENTS])
        sent = _sent(message)
    except Exception as error:  # the parser lets its own mistakes on hostile mails through
        raise ValueError("邮件读不出来；请把附件另存后发送。") from error
    if not parts:
        raise ValueError("邮件里没有附件；请把填好的表格作为附件发送。")
    if len(found) > MAX_ATTACHMENTS:
        raise ValueError(f"邮件的附件超过 {MAX_ATTACHMENTS} 个，没有读取；请分开发送。")
    return sent, parts


def _name(part: Message) -> str:
    """The file name of a part as it was meant: encoded words decoded, raw bytes taken for UTF-8 or GBK."""
    name = part.get_filename()
    if not name:
        return ""
    with suppress(LookupError, ValueError):
        name = str(make_header(decode_header(name)))
    try:
        raw = name.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return name
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _content(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _sent(message: Message) -> dt.datetime | None:
    try:
        return parsedate_to_datetime(str(message["Date"])).astimezone()
    except (TypeError, ValueError, OverflowError, OSError):
        return None
