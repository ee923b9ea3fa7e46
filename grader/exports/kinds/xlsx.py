"""A table of everybody as an Excel file: ids stay texts, so that none loses its zeros or becomes a formula."""

import io
import re
from collections.abc import Sequence

from grader.errors import UsageError
from grader.exports.base import Export, Filled, Options
from grader.exports.table import HEADINGS, left_of, rows
from grader.records import GradeReport

_NOT_IN_CELLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MOST = 32_767
"""Characters that a cell holds."""


def _fill(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Filled:
    try:
        from openpyxl import Workbook  # noqa: PLC0415  # an extra
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415  # of the same extra
    except ImportError as error:
        raise UsageError("--to xlsx needs openpyxl: pip install 'convgrade[xlsx]'") from error
    book = Workbook(write_only=True)
    sheet = book.create_sheet("marks")
    sheet.freeze_panes = "A2"
    sheet.append(HEADINGS)
    written = 0
    for row in rows(reports):
        cells = [WriteOnlyCell(sheet, value=_text(cell) if isinstance(cell, str) else cell) for cell in row]
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # also of what begins with =
        sheet.append(cells)
        written += row[4] is not None
    made = io.BytesIO()
    book.save(made)
    return Filled(made.getvalue(), written, left_of(reports))


def _text(cell: str) -> str:
    return _NOT_IN_CELLS.sub("\ufffd", cell)[:_MOST]


EXPORT = Export(_fill, out="file")
