"""Lines that are about one gradient and not about another."""

import ast
from collections.abc import Callable, Iterator

from reference.flows import unreached, unreached_lines
from reference.nodes import root_of

from .names import Names


def but_for_others(find: Callable[[Names], Iterator[int]], which: int) -> Callable[[Names], Iterator[int]]:
    """The lines of a kind of place, but for what is put into another gradient than this one of `dx, dw, db`.

    Nor lines that do nothing to this one, and the line that returns them, where this one is returned as it is.
    """

    def found(names: Names) -> Iterator[int]:
        gradients = [root_of(part) for part in names.returned] if len(names.returned) == 3 else [""] * 3
        others = {*gradients} - {gradients[which], ""}
        others |= {root_of(value) for target, value, _ in names.pairs() if root_of(target) in others}
        others -= {gradients[which], ""}
        elsewhere = {
            line
            for node in names.nodes(ast.Assign, ast.AugAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if root_of(target) in others
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
        }
        for node in names.nodes(ast.Return):
            parts = node.value.elts if isinstance(node.value, ast.Tuple) else []
            if len(parts) == 3 and isinstance(parts[which], ast.Name):
                elsewhere |= {*range(node.lineno, (node.end_lineno or node.lineno) + 1)}
        elsewhere |= {*unreached_lines(names.function).get(unreached(names.function.name, which), ())}
        yield from (line for line in find(names) if line not in elsewhere)

    return found
