"""Walks over the nodes of a function's text, for its outline. They run where submissions are read."""

import ast
from collections.abc import Iterable, Iterator, Set
from functools import lru_cache

remembered = lru_cache(maxsize=4096)
"""Kinds of places ask the same of the same nodes: without this, it takes most of the time of reading a file."""


@remembered
def children(node: ast.AST) -> tuple[ast.AST, ...]:
    """As `ast.iter_child_nodes`, but for what says load or store, in a third of the time: each node is asked for them.

    >>> [type(child).__name__ for child in children(ast.parse("a[1:] = -b").body[0])]
    ['Subscript', 'UnaryOp']
    """
    found: list[ast.AST] = []
    if isinstance(node, ast.Name | ast.Constant):  # half of all
        return ()
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [part for part in value if isinstance(part, ast.AST)]
        elif isinstance(value, ast.AST) and name != "ctx":
            found.append(value)
    return tuple(found)


@remembered
def parts_of(node: ast.AST) -> tuple[ast.AST, ...]:
    """The node and all that is in it, in the order of `ast.walk`, but for what `children` leaves out."""
    found = [node]
    for one in found:  # which grows
        found += children(one)
    return tuple(found)


def root_of(node: ast.expr) -> str:
    """The name of the array that a subscript is of."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


@remembered
def assigned(function: ast.FunctionDef) -> tuple[tuple[ast.expr, ast.expr], ...]:
    """Targets with what is assigned to them, one by one where a tuple is to a tuple."""
    return tuple(
        pair
        for node in parts_of(function)
        if isinstance(node, ast.Assign | ast.AugAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        for pair in one_by_one(target, node.value)
    )


def named(function: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    """Names with what is assigned to them, as far as `assigned` tells."""
    return ((target.id, value) for target, value in assigned(function) if isinstance(target, ast.Name))


def aliases(function: ast.FunctionDef, names: Set[str]) -> dict[str, list[int]]:
    """Other names that are only ever set to one of these, as in `top = i`, with the lines that set them."""
    set_to: dict[str, list[ast.expr]] = {}
    for name, value in named(function):
        set_to.setdefault(name, []).append(value)
    return {
        name: [value.lineno for value in values]
        for name, values in set_to.items()
        if all(isinstance(value, ast.Name) and value.id in names for value in values)
    }


def reads(node: ast.AST, key: str) -> bool:
    """Whether it is `d[key]`, `d.get(key, ...)` or the like."""
    keys = [node.slice] if isinstance(node, ast.Subscript) else []
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("get", "setdefault", "pop"):
        keys = node.args[:1]
    return any(isinstance(one, ast.Constant) and one.value == key for one in keys)


def arguments_of(call: ast.Call) -> list[ast.expr]:
    """The arguments without names, the array first, of `np.max(a, 1)` and of `a.max(1)`.

    >>> [[ast.unparse(one) for one in arguments_of(ast.parse(text).body[0].value)] for text in ("np.f(a, 1)", "a.f(1)")]
    [['a', '1'], ['a', '1']]
    """
    array = call.func.value if isinstance(call.func, ast.Attribute) else None
    is_method = array is not None and not (isinstance(array, ast.Name) and array.id in ("np", "numpy"))
    return [*([array] if is_method and array is not None else []), *call.args]


def axes_of(call: ast.Call) -> list[ast.expr]:
    """Along what a function or method of an array goes, as far as it says so."""
    return [*arguments_of(call)[1:], *(one.value for one in call.keywords if one.arg == "axis")]


def one_by_one(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """A target with what is assigned to it, or the parts of a tuple with those of another."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value


@remembered
def given_parts(function: ast.FunctionDef) -> tuple[ast.Name, ...]:
    """The names that the parts of a tuple get which was handed in, as the cache is."""
    arguments = {argument.arg for argument in function.args.args}
    return tuple(
        part
        for target, value in assigned(function)
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Name) and value.id in arguments
        for part in target.elts
        if isinstance(part, ast.Name)
    )


@remembered
def own_nodes(function: ast.FunctionDef) -> tuple[ast.AST, ...]:
    """All that is in a function, but for functions in it."""
    return tuple(within(function.body))


def within(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Some nodes and all that is in them, but for functions in them."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            waiting += children(node)


def assignments(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr | None]]:
    """What each name is set to, the first time last; None where it is set in another way, or more than once.

    The same tuple of names may be assigned again: the starter of a course ends with `cache = (x, w, b, conv_param)`.
    """
    seen: dict[str, ast.expr | None] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if not (isinstance(node.value, ast.Constant) and node.value.value is None):
                seen[name] = node.value if name not in seen or _is_same_tuple(seen[name], node.value) else None
    yield from seen.items()


def _is_same_tuple(one: ast.expr | None, other: ast.expr) -> bool:
    is_of_names = isinstance(other, ast.Tuple) and all(isinstance(part, ast.Name) for part in other.elts)
    return is_of_names and one is not None and ast.dump(one) == ast.dump(other)


def stored_into(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that are bound, or into whose parts something is written, anywhere."""
    stored = [node for node in nodes if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)]
    return {root_of(node) for node in stored if isinstance(node, ast.Name | ast.Subscript | ast.Attribute)}
