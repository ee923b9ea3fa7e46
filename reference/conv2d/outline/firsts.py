"""Places where only the first of an axis is used."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.asked import only_asked

from .names import Names, index_of, is_call_of, text_of

Lines = Iterator[int]


def _first_only(names: Names) -> Lines:
    """An index 0, or a slice of one, of an array that is not only asked for its sizes; a loop that runs once."""
    asked = only_asked(names.function)
    for node in names.nodes(ast.Subscript):
        if id(node) not in asked and {"0", ":1"} & {*map(text_of, index_of(node))}:
            yield node.lineno
    for loop in names.loops:
        if is_call_of(loop.iter, "range") and loop.iter.args and text_of(loop.iter.args[-1]) == "1":
            yield loop.lineno


KINDS: Mapping[str, Callable[[Names], Lines]] = {"first only": _first_only}
