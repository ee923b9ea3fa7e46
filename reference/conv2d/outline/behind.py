"""Places behind a loop over images, where only the last of them is left."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.nodes import parts_of, root_of

from .names import EMPTY, Names, called, index_of, names_in
from .sums import cut_from

Lines = Iterator[int]


def _behind_the_loop(names: Names) -> Lines:
    """What is stored into the array that becomes dx, for an image that a loop counts which has ended.

    Else where a loop makes an array anew that is used after it.
    """
    stored = list(_stored_behind(names))
    yield from stored
    last = dict(sorted((node.id, node.lineno) for node in names.nodes(ast.Name)))
    for loop in names.loops if not stored else ():
        made = [node for node in parts_of(loop) if isinstance(node, ast.Assign) and called(node.value) in EMPTY]
        used = [(node.lineno, last.get(getattr(node.targets[0], "id", ""), 0)) for node in made]
        yield from (line for line, until in used if until > (loop.end_lineno or 0))


def _stored_behind(names: Names) -> Lines:
    returned = names.returned[0] if names.returned else ast.Constant(None)
    wanted = {*names_in(returned), cut_from(names, 0)}
    wanted |= {name for target, value, _ in names.pairs() if root_of(target) in wanted for name in names_in(value)}
    for node in names.nodes(ast.Assign, ast.AugAssign):
        target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
        if isinstance(target, ast.Subscript) and root_of(target) in wanted:
            image = getattr(index_of(target)[0], "id", "")
            over = [loop for loop in names.loops if image in names_in(loop.target)]
            if image and over and all((loop.end_lineno or node.lineno) < node.lineno for loop in over):
                yield node.lineno


KINDS: Mapping[str, Callable[[Names], Lines]] = {"behind the loop": _behind_the_loop}
