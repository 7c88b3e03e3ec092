"""From bytes to cells: one workbook as sheets of raw cells, whatever program saved it.

The format is told by content, never by the file's name. xlsx and ods are read by our own small readers over a ZIP that
passed the gate of ``nianbao.archive``: they see what the common ones hide (formulas, error values, cells far out), keep
cells sparse, and look at nothing of the styles but number formats. xls is read by xlrd, which gives values only.
"""

from __future__ import annotations

from nianbao.archive import Archive, ArchiveError
from nianbao.excel.cells import DAMAGED, LOCKED, MAX_CELLS, MOST_CELLS_OF_A_COUNTY, NOT_A_TABLE, Book, UnreadableError

_SAVE_AS = "请用 Excel 或 WPS 打开后另存为 xlsx 再发。"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "这是 PDF 文件，不是表格，请发送填好的 Excel 表。"),
    (b"\xff\xd8\xff", "这是图片，不是表格，请发送填好的 Excel 表。"),
    (b"\x89PNG", "这是图片，不是表格，请发送填好的 Excel 表。"),
    (b"GIF8", "这是图片，不是表格，请发送填好的 Excel 表。"),
    (b"BM", "这是图片，不是表格，请发送填好的 Excel 表。"),
    (b"II*\x00", "这是图片，不是表格，请发送填好的 Excel 表。"),
    (b"MM\x00*", "这是图片，不是表格，请发送填好的 Excel 表。"),
    (b"Rar!", "这是 RAR 压缩包，不能读取；请解压后发送，或者改用 ZIP 压缩。"),
    (b"7z\xbc\xaf\x27\x1c", "这是 7z 压缩包，不能读取；请解压后发送，或者改用 ZIP 压缩。"),
    (b"\x1f\x8b", "这是压缩包，不是表格；请解压后发送。"),
    (b"{\\rtf", "这是文档（RTF），不是表格，请发送填好的 Excel 表。"),
)


def open_book(data: bytes, password: str | None = None) -> Book:
    """The workbook in ``data`` with all its cells read; raise UnreadableError with a sentence."""
    book = open_lazily(data, password, MOST_CELLS_OF_A_COUNTY)
    for sheet in book.sheets:
        _ = sheet.cells
    return book


def open_lazily(data: bytes, password: str | None = None, most_cells: int = MAX_CELLS) -> Book:
    """The workbook in ``data``; it, and the cells of each sheet when first asked for, may raise UnreadableError."""
    if not data:
        raise UnreadableError("文件是空的（0 字节），请重新发送。")
    if data[:2] == b"PK":
        return _open_zip(data, most_cells)
    if data[:8] == _OLE or data[:2] in (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08"):
        return _open_ole(data, password, most_cells)
    raise UnreadableError(_what_it_is(data))


def _open_zip(data: bytes, most_cells: int) -> Book:
    try:
        archive = Archive(data)
        if "mimetype" in archive:
            return _open_opendocument(archive, most_cells)
        if "[content_types].xml" not in archive:
            raise UnreadableError(_what_zip_it_is(archive))
        from nianbao.excel.xlsx import read_xlsx

        return read_xlsx(archive, most_cells)
    except ArchiveError as error:
        raise UnreadableError(str(error)) from error


def _open_opendocument(archive: Archive, most_cells: int) -> Book:
    if b"opendocument.spreadsheet" not in archive.read("mimetype"):
        raise UnreadableError(NOT_A_TABLE)
    from nianbao.excel.ods import read_ods

    return read_ods(archive, most_cells)


def _open_ole(data: bytes, password: str | None, most_cells: int) -> Book:
    def has(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if has("EncryptedPackage"):
        from nianbao.excel.locked import decrypt

        return open_lazily(decrypt(data, password), None, most_cells)
    if has("WordDocument") or has("PowerPoint Document"):
        raise UnreadableError(NOT_A_TABLE)
    if has("__properties_version1.0"):
        raise UnreadableError("这是 Outlook 邮件（.msg），不能读取；请把附件另存后发送。")
    from nianbao.excel.xls import EncryptedError, read_xls

    try:
        return read_xls(data, most_cells)
    except EncryptedError:
        from nianbao.excel.locked import decrypt

    try:
        return read_xls(decrypt(data, password), most_cells)
    except EncryptedError as error:
        raise UnreadableError(LOCKED) from error


def _what_zip_it_is(archive: Archive) -> str:
    names = archive.members
    if "ofd.xml" in names:
        return "这是 OFD 版式文件，不是表格，请发送填好的 Excel 表。"
    return DAMAGED if any(name.startswith("xl/") for name in names) else "这是压缩包，不是 Excel 文件。"


def _what_it_is(data: bytes) -> str:
    """The sentence for bytes that no workbook begins with."""
    for sign, sentence in _SIGNS:
        if data.startswith(sign):
            return sentence
    if not data.strip(b"\x00"):
        return "文件里全是空字节，没有传完或没有同步完，请重新发送。"
    head = data[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").replace(b"\x00", b"").lower()
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        return f"这是“XML 表格 2003”文件，不是 xlsx；{_SAVE_AS}"
    if head.startswith((b"mime-version:", b"from:", b"content-type:")):
        return f"这是网页或邮件（MHTML），不是 Excel 文件；{_SAVE_AS}"
    if any(sign in head for sign in (b"<html", b"<!doctype html", b"<table", b"<meta", b"<body")):
        return f"这是网页（HTML），不是 Excel 文件；{_SAVE_AS}"
    if head.startswith(b"<"):
        return f"这是 XML 文件，不是 xlsx；{_SAVE_AS}"
    if _is_text(data):
        return "这是文本文件（如 CSV），不是 Excel 文件；请用模板填好后发送 xlsx。"
    return "这不是 Excel 文件，或者文件已损坏、没有传完，请重新发送。"


def _is_text(data: bytes) -> bool:
    sample = data[:4096]
    if sample[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    if any(byte < 32 and byte not in (9, 10, 12, 13) for byte in sample):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            sample[:4090].decode(encoding)
        except UnicodeDecodeError as error:
            if error.start > len(sample) - 8:
                return True
        else:
            return True
    return False
