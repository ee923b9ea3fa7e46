"""Where the gradient of the padded image leaves backward as it is."""

import ast
from collections.abc import Iterator

from reference.nodes import root_of

from .names import EMPTY, Names, called


def uncropped(names: Names) -> Iterator[int]:
    """What is returned first is another array under its name, or an array that is only made and filled, never cut.

    Another function than backward may make an array without padding: of one in which no pad is seen nothing is said.
    """
    if not names.returned:
        return
    first = names.returned[0]
    given = [
        (value, line)
        for target, value, line in names.pairs()
        if isinstance(target, ast.Name) and target.id == root_of(first)
    ]
    if len(names.returned) != 3 and "pad" not in root_of(first) and not any(names.mentions(v, "pad") for v, _ in given):
        return
    alias = [line for value, line in given if isinstance(value, ast.Name)]
    yield from alias
    if not alias and len(given) == 1 and isinstance(first, ast.Name) and called(given[0][0]) in EMPTY:
        yield first.lineno
