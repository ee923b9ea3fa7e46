"""Places where a gradient is computed with the other factor of the products: dx with x, dw with w."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.nodes import root_of

from .names import Names, names_in, text_of

Lines = Iterator[int]
_STEPS = 3
"""How far names are followed."""


def _of(which: str, factor: int) -> Callable[[Names], Lines]:
    """Something is put into dx or dw that comes of x or of w, by its place in the cache, and not of the other one."""

    def find(names: Names) -> Lines:
        if len(names.cached) < 2 or not names.inputs:
            return
        of_it, of_other, of_upstream = (
            _coming_of(names, name) for name in (names.cached[factor], names.cached[1 - factor], names.inputs[0])
        )
        for node in names.nodes(ast.AugAssign, ast.Assign):
            target, used = node.target if isinstance(node, ast.AugAssign) else node.targets[0], names_in(node.value)
            is_into = isinstance(target, ast.Subscript | ast.Name) and which in root_of(target).lower()
            if is_into and used & of_it and used & of_upstream and not used & of_other:
                at_once = used & of_it & of_upstream  # computed of both before
                before = [line for one, _, line in names.pairs() if isinstance(one, ast.Name) and one.id in at_once]
                yield from before or (node.lineno,)

    return find


def _coming_of(names: Names, name: str) -> set[str]:
    """Names of what is computed of an array, but not of its shape alone."""
    found = {name}
    for _ in range(_STEPS):
        found |= {
            target.id
            for target, value, _ in names.pairs()
            if isinstance(target, ast.Name) and names_in(value) & found and not _is_of_shape(value)
        }
    return found


def _is_of_shape(value: ast.expr) -> bool:
    text = text_of(value)
    return "shape" in text or "_like(" in text or "len(" in text


KINDS: Mapping[str, Callable[[Names], Lines]] = {"dx of window": _of("dx", 0), "dw of kernel": _of("dw", 1)}
