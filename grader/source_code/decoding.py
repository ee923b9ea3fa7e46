"""From the bytes of a file to its text, or why it has none."""

import codecs
import io
import re
import tokenize

from grader.errors import SubmissionRejected

_TEXT_ENCODING = re.compile(r"utf-8|ascii|iso8859|cp\d|gb|big5|euc|shift|koi8|mac|utf-16|utf-32")
"""Other codecs, such as punycode, make another text of the bytes than the one that is seen."""
_NO_TEXT = {
    b"\xff\xfe": "UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "UTF-16 text; save it as UTF-8",
    b"PK\3\4": "a zip archive under another name; hand it in as .zip",
    b"\x1f\x8b": "an archive (gzip) that cannot be opened under this name; hand in a .zip",
    b"7z\xbc\xaf\x27\x1c": "an archive (7z) that cannot be opened under this name; hand in a .zip",
    b"Rar!": "an archive (RAR), which cannot be opened here; hand in a .zip",
    b"%PDF": "a PDF; hand in the Python file itself",
    b"\x7fELF": "a compiled program; hand in the Python file itself",
    b"<!DOCTYPE": "a web page; hand in the Python file itself",
    b"<html": "a web page; hand in the Python file itself",
    b"<": "a web page, or what was typed into the platform's text field; hand in the Python file itself",
    b"{\\rtf": "a text with formats (RTF); save it as plain text, or hand in the Python file itself",
    b"version https://git-lfs": "only Git LFS's pointer to the file; hand in the file itself",
}
"""What some files that are no text begin with, and what to do about them."""
_CONFLICT = b"<<<<<<<"
"""Of two versions that Git could not merge: Python all the same."""
_OFFICE = b"[Content_Types].xml"  # is in every archive of Word, Excel and PowerPoint
_BEGINNING = 64
_SHOWN = 80
"""Characters of what a coding line says that are told: it may be as long as a file."""
_ASCII = bytes(range(128)) + b"?" * 128
_UNKNOWN = "\ufffd"


def decoded(data: bytes, filename: str) -> str:
    """The text, by its BOM or coding line or else as UTF-8, with every line ending as a newline.

    Raises:
        SubmissionRejected: where it is no text, or not of its encoding outside of comments.
    """
    start = data[:_BEGINNING].lstrip().lower()
    if start.startswith(b"pk\3\4") and _OFFICE in data:
        raise SubmissionRejected(f"{filename}: is an Office document; hand in the code itself, as .py or .ipynb")
    for beginning, what in _NO_TEXT.items():
        if start.startswith(beginning.lower()) and not start.startswith(_CONFLICT):
            raise SubmissionRejected(f"{filename}: is {what}")
    try:
        encoding = _encoding(data)
        if not _TEXT_ENCODING.match(codecs.lookup(encoding).name):
            raise SubmissionRejected(f"{filename}:1: is written in {encoding[:_SHOWN]}; save it as UTF-8")
        text = _text(data, encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SubmissionRejected(
            f"{filename}:{line}: is not {error.encoding} text; save it as UTF-8 (or name its encoding in the first "
            "line, such as # -*- coding: latin-1 -*-)"
        ) from error
    except (SyntaxError, LookupError, UnicodeError) as error:
        raise SubmissionRejected(f"{filename}:1: cannot be decoded: {str(error)[:_SHOWN]}; save it as UTF-8") from error
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _encoding(data: bytes) -> str:
    """By the BOM or the coding line; whether the first lines are of that encoding is asked later, as for all others."""
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(bom + data.removeprefix(bom).translate(_ASCII)).readline)
    return encoding


def _text(data: bytes, encoding: str) -> str:
    """Where only comments are no UTF-8, students' own Python has imported the file: what they say is not needed."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
        if not encoding.startswith("utf-8") or text.count(_UNKNOWN) > _unknown_in_comments(text):
            raise
        return text


def _unknown_in_comments(text: str) -> int:
    try:
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        return sum(token.string.count(_UNKNOWN) for token in tokens if token.type == tokenize.COMMENT)
    except (tokenize.TokenError, SyntaxError):
        return 0
