"""What the outlines of operators have in common. They run where submissions are read: standard library only."""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from textwrap import dedent
from typing import Any, TypeGuard

from reference.endless import endless_loops
from reference.filled import left_none
from reference.fixed import fixed_sizes
from reference.flows import unreached_lines
from reference.nodes import assigned, assignments, given_parts, own_nodes, parts_of, root_of, stored_into
from reference.outside import taken_from_outside
from reference.shadows import counted_twice, lost_arguments, used_behind
from reference.spans import spans
from reference.totals import kept_totals
from reference.unfolded import unfolded
from reference.unpacked import cache_parts

Find = Callable[[ast.FunctionDef], Mapping[str, Iterable[int]]]
"""A function to the lines of its text, counted from 1, by the kind of place that they are."""

KEY_SET = "key set"
"""The kind of place where a key of a dict is set that the function was given."""
CHANGED = "argument changed"
"""The kind of place where something is stored into an array that the function was given."""
INTEGERS = ("array of integers", "dtype of another array")
"""The kinds of place where an array gets the dtype of integers, and where it gets that of another."""
NO_RETURN = "no return"
"""The kind of place of a function in which no `return` and no `yield` stands: its first line."""
RANDOM = "random numbers"
"""The kind of place where random numbers are drawn."""
UNSET = "never set: "
"""How the kinds of place begin where an array is made of whatever is in memory and then added to; its name follows."""
OF_MEMORY = "made of memory"
"""The kind of place where an array is made of whatever is in memory."""
UNCHECKED = "unchecked view"
"""The kind of place where memory is looked at without a check of where its array ends."""
_RANDOM = ("np.random", "numpy.random", "random", "rng")
_EMPTY = ("empty", "empty_like")
_STRIDED = ("as_strided",)
_CALLS = "calls: "
"""How the kinds of place begin where a function is called; its name follows."""
_CHANGES = ("update", "setdefault", "pop", "popitem", "clear")


def outlined(
    text: str, first_line: int, count: int | None, find: Find, asked_keys: Sequence[str] = ()
) -> dict[str, Any]:
    """What the text of a function says; one that does not parse says nothing.

    Args:
        text: of a function.
        first_line: of it in its file.
        count: how many parameters forward has; None where all that it has are its inputs.
        find: the places in which mistakes of this operator show.
        asked_keys: the keys that forward has to set in the dict that it is given.

    Returns:
        `keeps_inputs`: forward: whether the cache is known to be its inputs as they were handed in, in their order;
        `places`: by kind, the lines, counted from `first_line`.
    """
    function = _function_in(text)
    if function is None:
        return {"keeps_inputs": False, "places": {}}
    found = {
        KEY_SET: _keys_set(function, asked_keys), CHANGED: _changed(function), NO_RETURN: _no_return(function),
        RANDOM: _random(function),
        OF_MEMORY: _of_memory(function), UNCHECKED: _unchecked(function), **_never_set(function),
        **unreached_lines(function), **endless_loops(function), **lost_arguments(function),
        **cache_parts(function), **counted_twice(function), **used_behind(function),
        **kept_totals(function), **fixed_sizes(function), **spans(function), **taken_from_outside(function),
        **_lines_of_calls(function), **left_none(function), **find(function),
    }  # fmt: skip
    places = {kind: [first_line - 1 + line for line in sorted(set(lines))] for kind, lines in found.items()}
    return {"keeps_inputs": _keeps_inputs(function, count), "places": places}


def calls(places: Mapping[str, Sequence[int]], name: str) -> Sequence[int]:
    """The lines that call a function of this name.

    >>> calls({"calls: f": (7,)}, "f"), calls({}, "f")
    ((7,), ())
    """
    return places.get(_CALLS + name, ())


def _lines_of_calls(function: ast.FunctionDef) -> dict[str, list[int]]:
    """By kind, the lines that call a function by its name."""
    found: dict[str, list[int]] = {}
    for node in own_nodes(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.setdefault(_CALLS + node.func.id, []).append(node.lineno)
    return found


def _function_in(text: str) -> ast.FunctionDef | None:
    """The function that a text defines; None where it does not parse, or defines none."""
    try:
        tree = ast.parse(dedent(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    function = next((s for s in tree.body if isinstance(s, ast.FunctionDef)), None)
    return None if function is None else unfolded(function)


def _keeps_inputs(function: ast.FunctionDef, count: int | None) -> bool:
    """Whether every return is `out, cache` with the first `count` parameters as the cache, by a name or not.

    Nothing may have been done to these, as far as the text shows.
    """
    inputs = [argument.arg for argument in function.args.args][:count]
    own = own_nodes(function)
    returned = [node.value for node in own if isinstance(node, ast.Return)]
    caches = [value.elts[1] if isinstance(value, ast.Tuple) and len(value.elts) == 2 else None for value in returned]
    assigned = dict(assignments(own))
    tuples = [assigned.get(cache.id) if isinstance(cache, ast.Name) else cache for cache in caches]
    called = {root_of(node.func) for node in own if _is_change(node)}
    counting = _of_comprehensions(own)
    own = tuple(node for node in own if node not in counting)
    if not tuples or len(inputs) != (count or len(inputs)) or (stored_into(own) | called) & set(inputs):
        return False
    return all(
        isinstance(kept, ast.Tuple) and [getattr(part, "id", None) for part in kept.elts] == inputs for kept in tuples
    )


def _of_comprehensions(nodes: Iterable[ast.AST]) -> set[ast.AST]:
    """The names that comprehensions count with, which are others than those outside of them."""
    targets = [node.target for node in nodes if isinstance(node, ast.comprehension)]
    return {part for target in targets for part in ast.walk(target)}


def _keys_set(function: ast.FunctionDef, asked: Sequence[str]) -> Iterator[int]:
    """Lines that set or remove a key of a dict that was handed in, by itself or as a part of the cache.

    Those that set a key that is asked for are left out.
    """
    given = {part.id for part in given_parts(function)} | {argument.arg for argument in function.args.args}
    for node in own_nodes(function):
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            is_asked = isinstance(node.ctx, ast.Store) and getattr(node.slice, "value", None) in asked
            yield from (node.lineno,) if _is_key(node) and root_of(node) in given and not is_asked else ()
        if _is_change(node) and root_of(node.func) in given:
            yield from () if _adds(node, asked) else (node.lineno,)


def _adds(call: ast.Call, asked: Sequence[str]) -> bool:
    """Whether it is `d.setdefault(key, ...)` with a key that is asked for."""
    keys = [getattr(key, "value", None) for key in call.args[:1]]
    return getattr(call.func, "attr", "") == "setdefault" and keys[:1] != [] and keys[0] in asked


def _is_change(node: ast.AST) -> TypeGuard[ast.Call]:
    """Whether it calls a method that changes a dict."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES


def _is_key(node: ast.Subscript) -> bool:
    return isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)


def _changed(function: ast.FunctionDef) -> Iterator[int]:
    """Lines that store into what was handed in, or a part of it, by a name that stands for nothing else."""
    nodes, parts = own_nodes(function), given_parts(function)
    sums = [node.target for node in nodes if isinstance(node, ast.AugAssign)]
    stored = [node for node in nodes if isinstance(getattr(node, "ctx", None), ast.Store)]
    again = {node.id for node in stored if isinstance(node, ast.Name) and node not in (*parts, *sums)}
    given = ({argument.arg for argument in function.args.args} | {part.id for part in parts}) - again
    while more := _views(function, given, sums) - given:
        given |= more
    for node in stored:
        is_into = node in sums or (isinstance(node, ast.Subscript) and not _is_key(node))
        if isinstance(node, ast.Name | ast.Subscript) and is_into and _array_of(node) in given:
            yield node.lineno


def _views(function: ast.FunctionDef, arrays: Set[str], sums: Sequence[ast.expr]) -> set[str]:
    """Names that stand for these arrays or slices of them and for nothing else: `window = x[n, :, top:bottom]`."""
    loops = [node.target for node in parts_of(function) if isinstance(node, ast.For)]
    counters = {part.id for target in loops for part in parts_of(target) if isinstance(part, ast.Name)}
    bound = {id(target): value for target, value in assigned(function)}
    views, others = set[str](), set(counters)
    for node in own_nodes(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node not in sums:
            is_view = _is_view(bound.get(id(node)), arrays, counters)
            (views if is_view else others).add(node.id)
    return views - others


def _is_view(value: ast.expr | None, arrays: Set[str], counters: Set[str]) -> bool:
    """Whether it is an array or a part of it, by slices and numbers alone: an index of other things can make a copy."""
    if isinstance(value, ast.Name):
        return value.id in arrays
    if not isinstance(value, ast.Subscript) or getattr(value.value, "id", None) not in arrays:
        return False
    parts = value.slice.elts if isinstance(value.slice, ast.Tuple) else [value.slice]
    indices = [part for part in parts if not isinstance(part, ast.Slice)]
    return len(indices) < len(parts) and all(
        isinstance(part, ast.Constant) or getattr(part, "id", None) in counters for part in indices
    )


def _no_return(function: ast.FunctionDef) -> tuple[int, ...]:
    returns = any(isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) for node in own_nodes(function))
    return () if returns else (function.lineno,)


def _random(function: ast.FunctionDef) -> Iterator[int]:
    """`np.random.randn(...)`, `random.random()`, `rng.normal(...)`"""
    for node in own_nodes(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value)
            yield from (node.lineno,) if owner in _RANDOM else ()


def never_set(places: Mapping[str, Iterable[int]], name: str = "") -> tuple[int, ...]:
    """The lines in which arrays are made that are added to and never set, whose names begin with this.

    >>> never_set({"never set: dx_pad": [7], "never set: dw": [8]}, "dx")
    (7,)
    """
    return tuple(line for kind, lines in places.items() if kind.startswith(UNSET + name) for line in lines)


def _never_set(function: ast.FunctionDef) -> dict[str, list[int]]:
    """By kind, where `np.empty` makes an array that is added to, and into which nothing else is put or could be."""
    nodes = own_nodes(function)
    sums = [node.target for node in nodes if isinstance(node, ast.AugAssign)]
    put = [node for node in nodes if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)]
    handed_on = [part for node in nodes if isinstance(node, ast.Call) for part in _operands(node)]
    could_be_set = {_array_of(node) for node in (*put, *handed_on) if node not in sums}
    suspects = {_array_of(target) for target in sums} - could_be_set
    found: dict[str, list[int]] = {}
    for target, value in assigned(function):
        if isinstance(target, ast.Name) and target.id in suspects and _calls(value, _EMPTY):
            found.setdefault(UNSET + target.id, []).append(value.lineno)
    return found


def _of_memory(function: ast.FunctionDef) -> list[int]:
    return [node.lineno for node in own_nodes(function) if isinstance(node, ast.Call) and _calls(node, _EMPTY)]


def _unchecked(function: ast.FunctionDef) -> list[int]:
    return [node.lineno for node in own_nodes(function) if isinstance(node, ast.Call) and _calls(node, _STRIDED)]


def _operands(call: ast.Call) -> Iterator[ast.expr]:
    """What a call may write into: its arguments, and what it is a method of."""
    yield from (*call.args, *(keyword.value for keyword in call.keywords))
    if isinstance(call.func, ast.Attribute):
        yield call.func.value


def _array_of(node: ast.expr) -> str:
    """The name of an array, or of that of which this is a part; nothing for what only tells of one, as its shape."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _calls(node: ast.expr, names: Sequence[str]) -> bool:
    """Whether it calls a function of one of these names, in whatever module."""
    function = node.func if isinstance(node, ast.Call) else None
    return (function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")) in names
