"""Source text parsed: what is looked at by one stage after the other is parsed once."""

import ast
from functools import lru_cache


@lru_cache(maxsize=1)
def tree_of(code: str) -> ast.Module:
    """The syntax tree of a file, for reading only: the next who asks for the same text gets the same tree.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as `ast.parse`.
    """
    return ast.parse(code)
