"""Runs inside: describes what the student's code raised, where it did, and what the names had there.

Standard library only, and of ours only `wire`, `loading` and `values`.
"""

import opcode
import types
from itertools import islice
from typing import Any

from grader.sandbox.inside import loading, wire
from grader.sandbox.inside.values import values_at

_TEXT = 2000
_STORES = opcode.opmap["STORE_FAST"]


def described(error: BaseException, code: str) -> wire.Frame:
    """Type, text and the last line of the submission that the error passed, with what there was: `values`, `given`.

    `code` is the text of the submission.
    """
    line, last, traceback = None, None, error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == loading.FILENAME:
            line, last = _line(traceback, error), traceback
        traceback = traceback.tb_next
    try:
        text = str(error)[:_TEXT]
        if line is None and type(error) is SyntaxError and error.filename == loading.FILENAME:
            text = str(error.msg)[:_TEXT]  # it parses and does not compile; the whole text names the file as we do
            line = error.lineno if type(error.lineno) is int else None
    except BaseException:  # the submission's own __str__, which may raise anything
        text = "(its text could not be made)"
    memory = isinstance(error, MemoryError)
    kind = "MemoryError" if memory else type(error).__name__[:100]
    values, given = _values(last, error, code)
    return {"type": kind, "text": text, "line": line, "memory": memory, "values": values, "given": given}


def _values(traceback: types.TracebackType | None, error: BaseException, code: str) -> tuple[list[Any], list[Any]]:
    """As `values_at`; nothing where that fails, since the submission may have changed whatever it uses."""
    if traceback is None:
        return [], []
    try:
        return values_at(traceback, code, is_of_an_index=isinstance(error, IndexError))
    except BaseException:  # as above
        return [], []


def _line(traceback: types.TracebackType, error: BaseException) -> int:
    """The line of a frame in which an error was raised.

    Python runs a store and the load after it as one and gives the store's line, which may be that of the loop around.
    """
    code, at = traceback.tb_frame.f_code, traceback.tb_lasti
    if isinstance(error, UnboundLocalError) and code.co_code[at] == _STORES:
        return next(islice(code.co_positions(), at // 2 + 1, None))[0] or traceback.tb_lineno
    return traceback.tb_lineno
