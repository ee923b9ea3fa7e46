"""A downloaded table in which cells are replaced, and nothing else: no quotes, no line ends, not the encoding."""

import codecs
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from grader.errors import UsageError

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_BETWEEN = ",;\t"
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of text with where each cell stands in it."""

    text: str
    mark: bytes
    """The byte order mark that it began with."""
    encoding: str
    between: str
    """What stands between cells: a comma, a semicolon or a tab."""
    spans: tuple[tuple[Span, ...], ...]
    """First and last place of each cell, with its quotes, row by row."""

    @classmethod
    def of(cls, data: bytes, name: str, *, narrow: bool = False) -> "Sheet":
        """A downloaded file.

        Args:
            data: what is in it.
            name: what messages call it.
            narrow: whether one column is enough.

        Raises:
            UsageError: where it is no table of text.
        """
        mark, encoding = next((both for both in _MARKS if data.startswith(both[0])), (b"", "utf-8"))
        if not mark and data[1:2] == b"\0":
            encoding = "utf-16-le"
        try:
            text = data[len(mark) :].decode(encoding)
        except UnicodeDecodeError as error:
            what = "unpack it, and name the table in it" if data.startswith(b"PK") else "export it anew"
            raise UsageError(f"{name}: is no CSV file in UTF-8 or UTF-16; {what}") from error
        first = text.partition("\n")[0]
        between = max(_BETWEEN, key=first.count)
        if not first.count(between) and not narrow:
            raise UsageError(f"{name}: is no table: its first line has no comma, semicolon or tab")
        return cls(text, mark, encoding, between, _spans(text, between, name))

    def cell(self, row: int, column: int) -> str:
        """What a cell says; empty where the row is too short."""
        if column >= len(self.spans[row]):
            return ""
        start, end = self.spans[row][column]
        raw, bare = self.text[start:end], self.text[start:end].strip(" ")
        return bare[1:-1].replace('""', '"') if bare.startswith('"') else raw

    def row(self, row: int) -> list[str]:
        """All cells of a row."""
        return [self.cell(row, column) for column in range(len(self.spans[row]))]

    def line(self, row: int) -> int:
        """The line of the file in which a row begins, counted from 1."""
        return self.text.count("\n", 0, self.spans[row][0][0]) + 1

    def replaced(self, values: Mapping[tuple[int, int], str]) -> bytes:
        """The file with other cells; those that had quotes keep them."""
        parts, at = [], 0
        for (row, column), value in sorted(values.items()):
            start, end = self.spans[row][column]
            quoted = self.text[start:end].startswith('"') or self.between in value
            parts += [self.text[at:start], f'"{value}"' if quoted else value]
            at = end
        return self.mark + "".join([*parts, self.text[at:]]).encode(self.encoding)


def plain(text: str | None) -> str:
    """A name, an id or an address as it is compared: leading zeros count, capitals and accents' forms do not.

    >>> plain(" Jane  DOE "), plain("#0071"), plain(None)
    ('jane doe', '0071', '')
    """
    return " ".join(unicodedata.normalize("NFKC", text or "").strip().lstrip("#'").casefold().split())


def heading(text: str) -> str:
    """A heading as it is compared: `_` and `-` are spaces.

    >>> heading("Student_ID"), heading("E-Mail Address")
    ('student id', 'email address')
    """
    return re.sub("[_-]", " ", plain(text)).replace("e mail", "email")


def _spans(text: str, between: str, name: str) -> tuple[tuple[Span, ...], ...]:
    rows: list[tuple[Span, ...]] = []
    cells: list[Span] = []
    start, quoted, begins = 0, False, None
    for at, letter in enumerate(text):
        if letter == '"':
            if begins is None:  # a quote behind something else is a part of the cell
                begins = not text[start:at].strip(" ")
            quoted ^= begins
        elif not quoted and letter == between:
            cells.append((start, at))
            start, begins = at + 1, None
        elif not quoted and letter == "\n":
            end = at - 1 if text[at - 1 : at] == "\r" else at
            rows.append((*cells, (start, end)))
            cells, start, begins = [], at + 1, None
    if quoted:
        raise UsageError(f"{name}: is cut off: a quote in it has no end")
    if start < len(text) or cells:
        rows.append((*cells, (start, len(text))))
    return tuple(rows)
