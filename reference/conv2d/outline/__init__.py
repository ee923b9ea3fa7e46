"""What the text of a convolution says without being run: what it keeps for backward, and where known mistakes show.

`places` gives the lines of each kind of place, such as a slice that begins at a loop variable without the
stride; a bug of the bank names the kind that it is about. A kind is only what a mistake looks like: that there is a
mistake at all is known from the results alone. Where the text does not show it, there are no lines.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from textwrap import dedent
from typing import Any

from . import sizes, sums, windows
from .names import Names, root_of

Lines = Iterator[int]
KINDS: Mapping[str, Callable[[Names], Lines]] = {**windows.KINDS, **sizes.KINDS, **sums.KINDS}
"""How the lines of each kind of place are found."""


def outline(text: str, first_line: int) -> dict[str, Any]:
    """Read the text of a function; what does not parse says nothing.

    Returns:
        `keeps_inputs`: forward: whether the cache is known to be its inputs as they were handed in, in their order;
        `places`: by kind, the lines, counted from `first_line`.
    """
    try:
        tree = ast.parse(dedent(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {"keeps_inputs": False, "places": {}}
    function = next((s for s in tree.body if isinstance(s, ast.FunctionDef)), None)
    if function is None:
        return {"keeps_inputs": False, "places": {}}
    names, before = Names(function), first_line - 1
    places = {kind: [before + line for line in sorted(set(find(names)))] for kind, find in KINDS.items()}
    return {"keeps_inputs": _keeps_inputs(function), "places": places}


def _keeps_inputs(function: ast.FunctionDef) -> bool:
    """Whether every return is `out, (x, w, b, conv_param)`, by a name or not, with nothing done to these four."""
    inputs = [argument.arg for argument in function.args.args][:4]
    own = list(_own_nodes(function))
    returned = [node.value for node in own if isinstance(node, ast.Return)]
    caches = [value.elts[1] if isinstance(value, ast.Tuple) and len(value.elts) == 2 else None for value in returned]
    assigned = dict(_assignments(own))
    tuples = [assigned.get(cache.id) if isinstance(cache, ast.Name) else cache for cache in caches]
    if not tuples or len(inputs) != 4 or _stored_into(own) & set(inputs):
        return False
    return all(
        isinstance(kept, ast.Tuple) and [getattr(part, "id", None) for part in kept.elts] == inputs for kept in tuples
    )


def _own_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """All that is in a function, but for functions in it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)


def _assignments(nodes: list[ast.AST]) -> Iterator[tuple[str, ast.expr | None]]:
    """What each name is set to, the first time last; None where it is set in another way, or more than once."""
    seen: dict[str, ast.expr | None] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if not (isinstance(node.value, ast.Constant) and node.value.value is None):
                seen[name] = None if name in seen else node.value
    yield from seen.items()


def _stored_into(nodes: list[ast.AST]) -> set[str]:
    """Names that are bound, or into whose parts something is written, anywhere."""
    stored = [node for node in nodes if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)]
    return {root_of(node) for node in stored if isinstance(node, ast.Name | ast.Subscript | ast.Attribute)}
