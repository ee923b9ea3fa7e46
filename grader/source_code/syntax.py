"""Source text parsed: what is looked at by one stage after the other is parsed once."""

import ast
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache


@lru_cache(maxsize=1)
def tree_of(code: str) -> ast.Module:
    """The syntax tree of a file, for reading only: the next who asks for the same text gets the same tree.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as `ast.parse`.
    """
    return ast.parse(code)


@contextmanager
def quietly() -> Iterator[None]:
    """Without the warnings of reading a student's text, such as of an escape that is none: they are the student's.

    Which of them Python gives, and when, differs from version to version.
    """
    with warnings.catch_warnings():
        for category in (SyntaxWarning, DeprecationWarning):
            warnings.filterwarnings("ignore", category=category, module="<unknown>|submission")
        yield
