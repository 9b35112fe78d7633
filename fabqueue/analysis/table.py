"""Tables as text (CSV) into rows: the encoding and the delimiter are found. For the sandbox child.

Cells stay text whatever they look like; nothing is calculated.
"""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from fabqueue.analysis.findings import AnalysisError

ENTRY = "fabqueue.analysis.table:steps"
ENCODINGS = ("utf-8", "utf-16", "windows-1252", "gb18030")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
MOST_BYTES, MOST_ROWS, MOST_COLUMNS, MOST_CHARACTERS = 20_000_000, 20_000, 100, 10_000
_CHUNK = 500
_TRIED_LINES = 30
_SEP = re.compile(r"^sep=(.)\r?\n", re.IGNORECASE)
_SHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How workbooks of Excel and LibreOffice begin."""


def steps(folder: Path, path: str, encoding: str = "", delimiter: str = "") -> Iterator[dict[str, Any]]:
    """What the file is and its headings, then its rows in pieces: each its line in the file and its cells."""
    content = Path(path).read_bytes()
    encoding = encoding or found_encoding(content)
    text = decoded(content, encoding)
    if given := _SEP.match(text):
        text = "\n" + text[given.end() :]  # line numbers stay those of the file
    delimiter = delimiter or found_delimiter(text)
    rows = _rows(text, DELIMITERS[delimiter])
    headings = next(rows, None)
    if headings is None:
        raise AnalysisError("import_empty")
    pieces = list(_pieces(rows))  # a fault further down is told with its values only before the first line
    yield {"encoding": encoding, "delimiter": delimiter, "headings": headings[1]}
    yield from pieces


def _pieces(rows: Iterator[tuple[int, list[str]]]) -> Iterator[dict[str, Any]]:
    piece: list[tuple[int, list[str]]] = []
    for count, row in enumerate(rows):
        if count >= MOST_ROWS:
            raise AnalysisError("import_too_many_rows", {"most": MOST_ROWS})
        piece.append(row)
        if len(piece) == _CHUNK:
            yield {"rows": piece}
            piece = []
    yield {"rows": piece}


def found_encoding(content: bytes) -> str:
    """One of ENCODINGS. Raises AnalysisError for what is no text."""
    if content.startswith(_SHEETS):
        raise AnalysisError("import_is_workbook")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or _is_wide(content):
        return "utf-16"
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "gb18030" if _is_chinese(content) else "windows-1252"
    return "utf-8"


def _is_wide(content: bytes) -> bool:
    """UTF-16 without a mark: every other byte of plain text is zero."""
    head = content[:4000]
    return len(head) > 3 and max(head[0::2].count(0), head[1::2].count(0)) > len(head) // 5


def _is_chinese(content: bytes) -> bool:
    """Whether the bytes are common Chinese characters; in western text accents stand alone and make rare ones."""
    try:
        strange = [each for each in content.decode("gb18030") if ord(each) > 127]
    except UnicodeDecodeError:
        return False
    common = sum(len(each.encode("gb2312", "ignore")) == 2 for each in strange)
    return common > 0.9 * len(strange)


def decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(_codec(content, encoding))
    except UnicodeDecodeError as error:
        if encoding == "windows-1252":  # a few bytes mean nothing in it; all do in its elder relation
            return content.decode("latin-1")
        line = content.count(b"\n", 0, error.start) + 1
        raise AnalysisError("import_encoding_wrong", {"encoding": encoding, "line": line}) from None


def _codec(content: bytes, encoding: str) -> str:
    if encoding == "utf-16" and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16-be" if content[0:4000:2].count(0) > content[1:4000:2].count(0) else "utf-16-le"
    return "utf-8-sig" if encoding == "utf-8" else encoding


def found_delimiter(text: str) -> str:
    """The name of the delimiter with which the first lines have the same number of columns, and the most."""
    return max(DELIMITERS, key=lambda name: _evenness(text, DELIMITERS[name]))


def _evenness(text: str, delimiter: str) -> tuple[float, int]:
    lengths = []
    with suppress(csv.Error):  # a quote that is never closed is told when the rows are read
        lengths += [len(row) for row in islice(_csv(text[:100_000], delimiter), _TRIED_LINES) if row]
    columns = lengths[0] if lengths else 0
    return (sum(each == columns for each in lengths) / len(lengths), columns) if columns > 1 else (0.0, 0)


def _csv(text: str, delimiter: str) -> Any:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold anything, with the number of the line where each begins. Raises AnalysisError."""
    reader, line = _csv(text, delimiter), 1
    try:
        for row in reader:
            if len(row) > MOST_COLUMNS:
                raise AnalysisError("import_too_many_columns", {"most": MOST_COLUMNS, "line": line})
            if any(cell.strip() for cell in row):
                yield line, [_cell(cell) for cell in row]
            line = reader.line_num + 1
    except csv.Error:
        raise AnalysisError("import_quote_open", {"line": line}) from None


def _cell(text: str) -> str:
    """Plain lines without characters that cannot be seen; Excel's ="00123" is the text in it."""
    if text.startswith('="') and text.endswith('"') and len(text) > 2 and '"' not in text[2:-1]:
        text = text[2:-1]
    plain = "".join(each for each in text.replace("\r\n", "\n") if each.isprintable() or each == "\n")
    return plain.strip()[: MOST_CHARACTERS + 1]
