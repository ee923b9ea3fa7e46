"""What the text of any pooling says without being run: where known mistakes show that both operators have."""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping

from reference.counted import one_counter
from reference.early import left_out_at_the_edge
from reference.nodes import aliases, assigned, given_parts, named, parts_of
from reference.pooling import outline_sizes, outline_windows

Lines = Iterator[int]


def places(function: ast.FunctionDef) -> dict[str, Iterable[int]]:
    """By kind, the lines."""
    found = {kind: find(function) for kind, find in KINDS.items()}
    return {**found, **outline_windows.places(function), **outline_sizes.places(function)}


def divided(function: ast.FunctionDef, *sizes: str, is_winner: bool) -> Lines:
    """Divisions by a size of the window: of a winner's place in it, or of anything else.

    What is kept of forward, beside x and the parameters, holds such places: `row = place[n, c, i, j] // height`.
    """
    names = _standing_for(function, *sizes)
    kept = {part.id for part in given_parts(function)[1:]}
    winners = kept | {name for name, value in named(function) if has(value, "argmax")}
    for node, above, below in _divisions(function):
        is_area = isinstance(below, ast.BinOp) and isinstance(below.op, ast.Mult)
        by_size = not is_area and any(has(below, size) for size in names)
        if by_size and any(has(above, name) for name in (*winners, "argmax")) is is_winner:
            yield node.lineno


def _by_stride(function: ast.FunctionDef) -> Lines:
    """Divisions of a name by the stride, without anything subtracted before: `H // stride`."""
    strides = _standing_for(function, "stride")
    for node, above, below in _divisions(function):
        if isinstance(above, ast.Name) and any(has(below, name) for name in strides):
            yield node.lineno


def _by_window(function: ast.FunctionDef) -> Lines:
    """Divisions by a size of the window, or the line that takes one for the stride."""
    by_stride = [*outline_windows.stride_by_window(function)]
    yield from by_stride or divided(function, "pool_height", "pool_width", is_winner=False)


def _swapped(function: ast.FunctionDef) -> Lines:
    """Slices whose rows end by the width of the window and whose columns by its height, unless names are swapped.

    Where the ends have names, the lines that set these.
    """
    heights, widths = (_standing_for(function, size) for size in ("pool_height", "pool_width"))
    if any("w" in name.lower() for name in heights - {"pool_height"}) or heights & widths:
        return
    for line, ends in _ends(function):
        if _ends_by(ends[0], widths, heights) and _ends_by(ends[1], heights, widths):
            yield from _lines_of(line, ends)


def _ends(function: ast.FunctionDef) -> Iterator[tuple[int, list[ast.expr]]]:
    """The line of a subscript, and where its rows and its columns end: what a name is set to, where that is a sum."""
    sums: dict[str, list[ast.expr]] = {}
    for name, value in named(function):
        sums.setdefault(name, []).append(value)
    for node in parts_of(function):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
            ends = [part.upper for part in node.slice.elts[-2:] if isinstance(part, ast.Slice) and part.upper]
            set_to = [sums.get(end.id, []) if isinstance(end, ast.Name) else [end] for end in ends]
            if len(ends) == 2 and all(len(one) == 1 and isinstance(one[0], ast.BinOp) for one in set_to):
                yield node.lineno, [one[0] for one in set_to]


def _lines_of(line: int, ends: list[ast.expr]) -> Lines:
    """The line of a subscript, or those in which its ends get their names."""
    own = [end.lineno for end in ends if end.lineno < line]
    yield from own or (line,)


def _one_for_both(function: ast.FunctionDef) -> Lines:
    """The line that reads a size for the other one, or else slices whose rows and columns end by the same size.

    Formulas of the output size in which the size of the window is the other one, too.
    """
    read_twice = [*outline_windows.key_twice(function)]
    yield from read_twice or outline_sizes.window_of_other_side(function)
    heights, widths = (_standing_for(function, size) for size in ("pool_height", "pool_width"))
    if read_twice or heights & widths:
        return
    for line, ends in _ends(function):
        by = [[_ends_by(end, *sizes) for end in ends] for sizes in ((heights, widths), (widths, heights))]
        yield from _lines_of(line, ends) if [True, True] in by else ()


def _ends_by(node: ast.expr, these: set[str], others: set[str]) -> bool:
    """Whether some of these names are in it, and none of the others."""
    return any(has(node, name) for name in these) and not any(has(node, name) for name in others)


def _divisions(function: ast.FunctionDef) -> Iterator[tuple[ast.expr, ast.expr, ast.expr]]:
    """`a / b`, `a // b`, `a % b` and `divmod(a, b)`."""
    for node in parts_of(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod):
            yield node, node.left, node.right
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "divmod" and len(node.args) > 1:
            yield node, node.args[0], node.args[1]


def _computes(node: ast.expr) -> bool:
    return any(isinstance(part, ast.BinOp) for part in parts_of(node))


def has(node: ast.expr, word: str) -> bool:
    """Whether a name, an attribute or a key in it is this one."""
    parts = parts_of(node)
    return any(word in (getattr(p, "id", None), getattr(p, "attr", None), getattr(p, "value", None)) for p in parts)


def _standing_for(function: ast.FunctionDef, *words: str) -> set[str]:
    """These words, and names that stand for a key of them alone."""
    values = ((name, value) for name, value in named(function) if not _computes(value))
    return {*words, *(name for name, value in values if any(has(value, word) for word in words))}


def _slices(function: ast.FunctionDef) -> Iterator[tuple[ast.expr, ast.expr, int]]:
    """Those with both ends, also as `slice(a, b)`, and their lines."""
    for node in parts_of(function):
        if isinstance(node, ast.Slice) and node.lower is not None and node.upper is not None:
            yield node.lower, node.upper, node.lower.lineno
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "slice" and len(node.args) > 1:
            yield node.args[0], node.args[1], node.lineno


def _without_stride(function: ast.FunctionDef) -> Lines:
    """`x[:, :, i : i + height]`, where i counts from 0 by one, and `top = i; bottom = top + height`.

    With such a top, the bottom may be `i + height` as well.
    """
    set_here = [*named(function)]
    counters = {*outline_windows.counters(function)} - {name for name, _ in set_here}
    others = aliases(function, counters)
    for lower, upper, line in _slices(function):
        begin, end = (getattr(bound, "id", "") for bound in (lower, upper))
        if begin in {*counters, *others}:
            ends = [value for name, value in set_here if name == end] if end else [upper]
            same = [lower, *(value for name, value in set_here if name == begin)]
            is_cut = any(_is_behind(one, start) for one in ends for start in same)
            yield from others.get(begin, (line,)) if is_cut else ()


def _is_behind(end: ast.expr, begin: ast.expr) -> bool:
    """`begin + size`, where that is no number in the text."""
    is_sum = isinstance(end, ast.BinOp) and ast.dump(end.left) == ast.dump(begin)
    return is_sum and not isinstance(getattr(end, "right", None), ast.Constant)


def _by_the_stride(function: ast.FunctionDef) -> Lines:
    """`x[:, :, i * stride : (i + 1) * stride]`: an end in which no size of the window is."""
    strides, sizes = _standing_for(function, "stride"), _standing_for(function, "pool_height", "pool_width")
    for lower, upper, line in _slices(function):
        by_stride = all(any(has(end, name) for name in strides - sizes) for end in (lower, upper))
        if by_stride and not any(has(upper, name) for name in sizes):
            yield line


def _one_less(function: ast.FunctionDef) -> Lines:
    """A loop to a size of the output less one, or a condition that leaves out what is at the edge."""
    yield from left_out_at_the_edge(function)
    loops = [node for node in parts_of(function) if isinstance(node, ast.For)]
    for loop, ends in zip(loops, map(_range, loops), strict=True):
        end = ends[0] if len(ends) == 1 else None
        if isinstance(end, ast.BinOp) and isinstance(end.op, ast.Sub) and ast.unparse(end.right) == "1":
            yield loop.lineno


def _same_end(function: ast.FunctionDef) -> Lines:
    """A loop in another, both with the same end: `for i in range(H_out): for j in range(H_out)`."""
    for outer in (node for node in parts_of(function) if isinstance(node, ast.For)):
        for inner in (node for node in outer.body if isinstance(node, ast.For)):
            if _range(inner) and ast.dump(inner.iter) == ast.dump(outer.iter):
                yield inner.lineno


def _one_counter(function: ast.FunctionDef) -> Lines:
    """As `reference.counted.one_counter`."""
    yield from one_counter(function, {*outline_windows.counters(function)})


def _first_only(function: ast.FunctionDef) -> Lines:
    """A loop that has one turn."""
    for node in parts_of(function):
        if isinstance(node, ast.For) and [ast.unparse(end) for end in _range(node)] == ["1"]:
            yield node.lineno


def _range(loop: ast.For) -> list[ast.expr]:
    """What its `range` is given."""
    is_range = isinstance(loop.iter, ast.Call) and getattr(loop.iter.func, "id", "") == "range"
    return loop.iter.args if is_range and isinstance(loop.iter, ast.Call) else []


def _formula_without_one(function: ast.FunctionDef) -> Lines:
    """`H_out = (H - height) // stride`, to which nothing is added."""
    strides = _standing_for(function, "stride")
    for target, value in assigned(function):
        whole = value.args[0] if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "int" else value
        if isinstance(target, ast.Name) and isinstance(whole, ast.BinOp) and isinstance(whole.left, ast.BinOp):
            is_formula = isinstance(whole.op, ast.Div | ast.FloorDiv) and isinstance(whole.left.op, ast.Sub)
            if is_formula and any(has(whole.right, name) for name in strides):
                yield value.lineno


def _calls(*names: str) -> Callable[[ast.FunctionDef], Lines]:
    """A function of NumPy, or a method, that is called."""

    def find(function: ast.FunctionDef) -> Lines:
        for node in parts_of(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
                yield node.lineno

    return find


def _returns_upstream(function: ast.FunctionDef) -> Lines:
    """The first argument is returned as it is."""
    first = function.args.args[0].arg if function.args.args else ""
    for node in parts_of(function):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Name) and node.value.id == first:
            yield node.lineno


KINDS: Mapping[str, Callable[[ast.FunctionDef], Lines]] = {
    "size by stride": _by_stride,
    "size by window": _by_window,
    "window swapped": _swapped,
    "one for both": _one_for_both,
    "without stride": _without_stride,
    "window by stride": _by_the_stride,
    "one less": _one_less,
    "first only": _first_only,
    "same end": _same_end,
    "one counter": _one_counter,
    "formula without one": _formula_without_one,
    "mean": _calls("mean", "average"),
    "maximum": _calls("max", "amax"),
    "minimum": _calls("min", "amin", "argmin"),
    "argmax": _calls("argmax"),
    "sum": _calls("sum"),
    "returns upstream": _returns_upstream,
}
"""How the lines of each kind of place are found."""
