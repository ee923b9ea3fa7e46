"""Places where something runs backwards."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.asked import only_asked

from .counters import counters
from .names import Names, called, index_of, is_call_of, is_shape, names_in, text_of
from .others import but_for_others

Lines = Iterator[int]
_FLIPS = ("flip", "fliplr", "flipud", "rot90", "convolve", "convolve2d")


def _backwards(names: Names) -> Lines:
    """What runs backwards: `::-1`, a flip, an index that is subtracted.

    Sizes in another order are no such place, nor is a loop that takes its turns in another order, nor what is not read.
    """
    unread = {*_never_read(names)}
    yield from (line for line in _all_backwards(names) if line not in unread)


def _never_read(names: Names) -> Lines:
    """Where a name is set that is read nowhere."""
    read = {node.id for node in names.nodes(ast.Name) if isinstance(node.ctx, ast.Load)}
    for target, _, line in names.pairs():
        if isinstance(target, ast.Name) and target.id not in read:
            yield line


def _all_backwards(names: Names) -> Lines:
    counted, asked = set(counters(names)), only_asked(names.function)
    turns = {id(loop.iter) for loop in names.loops}
    for node in names.nodes(ast.Subscript):
        steps = [part.step for part in index_of(node) if isinstance(part, ast.Slice) and part.step is not None]
        if id(node) not in asked | turns and any(text_of(step) == "-1" for step in steps):
            yield node.lineno
    for node in names.nodes(ast.Call):
        is_slice = is_call_of(node, "slice") and [text_of(one) for one in node.args[2:]] == ["-1"]
        if is_slice or (called(node) in _FLIPS and not any(map(is_shape, node.args))):
            yield node.lineno
    for node in names.nodes(ast.Subscript):
        for part in index_of(node):
            if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub) and names_in(part.right) & counted:
                yield node.lineno


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "backwards": _backwards,
    "backwards for dx": but_for_others(_backwards, 0), "backwards for dw": but_for_others(_backwards, 1),
}  # fmt: skip
