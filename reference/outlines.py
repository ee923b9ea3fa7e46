"""What the outlines of operators have in common. They run where submissions are read: standard library only."""

import ast
from collections.abc import Iterator
from textwrap import dedent


def function_in(text: str) -> ast.FunctionDef | None:
    """The function that a text defines; None where it does not parse, or defines none."""
    try:
        tree = ast.parse(dedent(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return next((s for s in tree.body if isinstance(s, ast.FunctionDef)), None)


def keeps_inputs(function: ast.FunctionDef, count: int) -> bool:
    """Whether every return is `out, cache` with the first `count` parameters as the cache, by a name or not.

    Nothing may have been done to these, as far as the text shows.
    """
    inputs = [argument.arg for argument in function.args.args][:count]
    own = list(_own_nodes(function))
    returned = [node.value for node in own if isinstance(node, ast.Return)]
    caches = [value.elts[1] if isinstance(value, ast.Tuple) and len(value.elts) == 2 else None for value in returned]
    assigned = dict(_assignments(own))
    tuples = [assigned.get(cache.id) if isinstance(cache, ast.Name) else cache for cache in caches]
    if not tuples or len(inputs) != count or _stored_into(own) & set(inputs):
        return False
    return all(
        isinstance(kept, ast.Tuple) and [getattr(part, "id", None) for part in kept.elts] == inputs for kept in tuples
    )


def root_of(node: ast.expr) -> str:
    """The name of the array that a subscript is of."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


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
