"""Places where a name is set to the stride or to the pad, or to a number in place of one."""

import ast
from collections.abc import Callable, Iterator, Mapping

from .counters import counters
from .names import Names, is_keyed, names_in
from .paddings import set_to_number

Lines = Iterator[int]


def _keys_swapped(names: Names) -> Lines:
    """A name that says pad is set to what the key `stride` holds, or the other way round; of letters, both are."""
    read = [
        (target.id, key, line)
        for target, value, line in names.pairs()
        for key in ("stride", "pad")
        if isinstance(target, ast.Name) and is_keyed(value, key)
    ]
    stepping = {*_stepping(names)}
    letters = {("p", "stride"), ("s", "pad")}
    said = [(name.lower(), key) for name, key, _ in read]
    mistaken = {("stride", "pad"), *(letters if letters <= {*said} else ())}
    for (name, key), (own, _, line) in zip(said, read, strict=True):
        is_used_so = (own in stepping) is (key == "stride")  # names may be exchanged throughout
        if not is_used_so and ((name, key) in mistaken or (name.endswith("pad") and key == "stride")):
            yield line


def _stepping(names: Names) -> Iterator[str]:
    """The names that are used as a stride is: what is divided by them, or a counter is multiplied with them."""
    counted = set(counters(names))
    for node in names.nodes(ast.BinOp):
        if isinstance(node.op, ast.FloorDiv | ast.Div):
            yield from names_in(node.right)
        if isinstance(node.op, ast.Mult) and names_in(node) & counted:
            yield from names_in(node) - counted


def _stride_set(names: Names) -> Lines:
    """A name that sizes are divided by is set to a number in the text."""
    divisions = [n.right for n in names.nodes(ast.BinOp) if isinstance(n.op, ast.FloorDiv | ast.Div)]
    yield from set_to_number(names, {node.id for node in divisions if isinstance(node, ast.Name)})


KINDS: Mapping[str, Callable[[Names], Lines]] = {"keys swapped": _keys_swapped, "stride set": _stride_set}
