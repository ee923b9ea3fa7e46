"""Places about how much x is padded."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.nodes import parts_of

from .names import Names, names_in, slices, text_of

Lines = Iterator[int]


def _cut_by_one(names: Names) -> Lines:
    """`1:-1`."""
    for lower, upper, _, line in slices(names):
        if lower is not None and upper is not None and (text_of(lower), text_of(upper)) == ("1", "-1"):
            yield line


def pad_calls(names: Names) -> Iterator[ast.Call]:
    """Those of `np.pad`."""
    for node in names.nodes(ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "pad":
            yield node


def _padded(names: Names) -> Lines:
    """The one call of `np.pad`."""
    lines = {call.lineno for call in pad_calls(names)}
    if len(lines) == 1:
        yield from lines


def _padded_on_one_side(names: Names) -> Lines:
    """`np.pad` with a 0 before or after, and something else at the other end."""
    for call in pad_calls(names):
        named = {width.id for width in call.args[1:2] if isinstance(width, ast.Name)}
        widths = [(width, call.lineno) for width in call.args[1:2]]
        widths += [(value, line) for name, value, line in _literals(names) if name in named]
        yield from (line for width, line in widths if _has_one_zero(width))


def _has_one_zero(widths: ast.expr) -> bool:
    """Whether a pair of widths has a 0 and something else."""
    pairs = [part.elts for part in parts_of(widths) if isinstance(part, ast.Tuple | ast.List)]
    return any(len(pair) == 2 and [text_of(end) for end in pair].count("0") == 1 for pair in pairs)


def _padded_by_constant(names: Names) -> Lines:
    """`np.pad` by a number in the text, or a pad that is set to one."""
    yield from _cut_by_one(names)
    for call in pad_calls(names):
        widths = call.args[1:2] + [keyword.value for keyword in call.keywords if keyword.arg == "pad_width"]
        if any(_has_ones(names, width) for width in widths):
            yield call.lineno
        named = {width.id for width in widths if isinstance(width, ast.Name)}
        yield from (line for name, value, line in _literals(names) if name in named and _has_ones(names, value))
    yield from pad_set(names)


def _literals(names: Names) -> Iterator[tuple[str, ast.expr, int]]:
    """Names that are set to a tuple or a list, with that and its line."""
    for target, value, line in names.pairs():
        if isinstance(target, ast.Name) and isinstance(value, ast.Tuple | ast.List):
            yield target.id, value, line


def _has_ones(names: Names, widths: ast.expr) -> bool:
    """Whether a 1 is among them, and no pad."""
    ones = [part for part in parts_of(widths) if isinstance(part, ast.Constant) and part.value == 1]
    return bool(ones) and not names.mentions(widths, "pad")


def pad_set(names: Names) -> Lines:
    """A name that is padded with is set to a number in the text."""
    used = {name for call in pad_calls(names) for argument in call.args[1:2] for name in names_in(argument)}
    yield from set_to_number(names, used)


def set_to_number(names: Names, wanted: set[str]) -> Lines:
    """One of these names is set to a number in the text."""
    for target, value, line in names.pairs():
        is_number = isinstance(value, ast.Constant) and isinstance(value.value, int)
        if is_number and isinstance(target, ast.Name) and target.id in wanted:
            yield line


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "cut by one": _cut_by_one, "padded": _padded, "padded on one side": _padded_on_one_side,
    "pad set": pad_set, "padded by constant": _padded_by_constant,
}  # fmt: skip
