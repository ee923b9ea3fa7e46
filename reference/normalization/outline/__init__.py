"""What the text of a normalization says without being run: what it keeps for backward, and where known mistakes show.

Names are taken as the course has them: eps, momentum, running_mean and running_var, gamma, mode.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reference.nodes import arguments_of, axes_of, parts_of
from reference.normalization.steps import OVER
from reference.outlines import outlined

from .formulas import (
    Formulas,
    adds_eps,
    called,
    exchanged,
    gets_another,
    is_about,
    is_new_axis,
    is_number,
    square_of,
    statistics_in,
)

Lines = Iterator[int]


def outline(text: str, first_line: int) -> dict[str, Any]:
    """As `reference.outlines.outlined`."""
    return outlined(text, first_line, None, _places, asked_keys=("running_mean", "running_var"))


def _places(function: ast.FunctionDef) -> dict[str, Lines]:
    formulas = Formulas(function)
    return {kind: find(formulas) for kind, find in KINDS.items()}


def _eps_beside_a_root(formulas: Formulas) -> Lines:
    """`np.sqrt(var) + eps`, and the same with a standard deviation that has a name."""
    for node in formulas.nodes(ast.BinOp):
        if isinstance(node.op, ast.Add):
            for one, other in ((node.left, node.right), (node.right, node.left)):
                if is_about(one, "eps") and not is_about(other, "eps") and formulas.is_root(other):
                    yield node.lineno


def _root_without_eps(formulas: Formulas, *, of_averages: bool) -> Lines:
    """Roots of a variance, the running one or the batch's, in which there is no eps."""
    for node, variance in formulas.roots():
        is_running = is_about(variance, "running_var")
        if is_running is of_averages and not formulas.mentions(variance, "eps"):
            yield node.lineno


def _averages_divide(formulas: Formulas) -> Lines:
    """Divisions by the running variance, of which no root is taken, or that of its square."""
    squares = {id(part) for node in formulas.nodes(ast.BinOp) if square_of(node) is not None for part in parts_of(node)}
    rooted = {id(part) for node, _ in formulas.roots() for part in parts_of(node)} - squares
    for node in formulas.nodes(ast.BinOp):
        below = parts_of(node.right) if isinstance(node.op, ast.Div) else ()
        if any(_is_running_var(part) and id(part) not in rooted for part in below):
            yield node.lineno


def _is_running_var(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Constant) and is_about(node, "running_var")


def _other_default(formulas: Formulas, key: str, default: float) -> Lines:
    """`.get("eps", 1e-8)`."""
    for node in formulas.nodes(ast.Call):
        is_get = isinstance(node.func, ast.Attribute) and node.func.attr == "get" and len(node.args) > 1
        if is_get and is_about(node.args[0], key) and not is_number(node.args[1], default):
            yield node.lineno


_EPS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)


def _fixed_eps(formulas: Formulas) -> Lines:
    """A small number where eps belongs, which is no default in a `.get`, or a `.get` of another key."""
    for node in formulas.nodes(ast.BinOp):
        if isinstance(node.op, ast.Add) and any(is_number(side, *_EPS) for side in (node.left, node.right)):
            yield node.lineno
    for target, value in formulas.assigned:
        if is_about(target, "eps") and (isinstance(value, ast.Constant) or gets_another(value)):
            yield value.lineno


def _unbiased(formulas: Formulas) -> Lines:
    """`ddof=1`, or a division by `N - 1`."""
    for node in formulas.nodes(ast.keyword):
        if node.arg == "ddof":
            yield node.value.lineno
    for node in formulas.nodes(ast.BinOp):
        below = node.right if isinstance(node.op, ast.Div) else None
        if isinstance(below, ast.BinOp) and isinstance(below.op, ast.Sub) and is_number(below.right, 1):
            yield node.lineno


def _mean_of_squares(formulas: Formulas) -> Lines:
    """`np.mean(x**2)`, where nothing has been subtracted from x."""
    for node in formulas.nodes(ast.Call):
        if called(node) == "mean":
            for part in (node.func, *node.args[:1]):
                base = square_of(part.value if part is node.func and isinstance(part, ast.Attribute) else part)
                if isinstance(base, ast.Name) and not formulas.subtracts(base.id):
                    yield node.lineno


def _each_image(formulas: Formulas) -> Lines:
    """A mean or a variance over rows and columns, and perhaps channels, but not over images."""
    for node in formulas.nodes(ast.keyword):
        if node.arg == "axis" and ast.unparse(node.value) in ("(2, 3)", "(-2, -1)", "(1, 2, 3)"):
            yield node.value.lineno


def _all_channels(formulas: Formulas) -> Lines:
    """A mean or a variance of the whole first argument."""
    yield from (node.lineno for node, axes in _statistics(formulas) if axes in ([], ["(0, 1, 2, 3)"]))


def _statistics(formulas: Formulas) -> Iterator[tuple[ast.Call, list[str]]]:
    """Means and variances of the first argument, if it has four axes, with those axes as the text has them.

    In a function that is handed rows or a channel, which does not take its shape apart, they are as they should be.
    """
    parts = [target for target, value in formulas.assigned if ast.unparse(value) == f"{formulas.first}.shape"]
    has_four = any(isinstance(target, ast.Tuple) and len(target.elts) == 4 for target in parts)
    for node in formulas.nodes(ast.Call) if has_four else ():
        if called(node) in ("mean", "var", "std"):
            arrays = [getattr(one, "id", "") for one in arguments_of(node)[:1]]
            if arrays == [formulas.first]:
                yield node, [ast.unparse(one) for one in axes_of(node)]


def _of_a_gradient(formulas: Formulas, name: str) -> Iterator[tuple[int, ast.Call]]:
    """Calls of this name in what is stored as dgamma or dbeta, and the line where it is."""
    for target, value in formulas.assigned:
        if is_about(target, "dgamma") or is_about(target, "dbeta"):
            calls = (part for part in parts_of(value) if isinstance(part, ast.Call) and called(part) == name)
            yield from ((target.lineno, call) for call in calls)


def _sum_keeps_axes(formulas: Formulas, *, keeps: bool) -> Lines:
    """A sum that is stored as dgamma or dbeta, with `keepdims=True` or without."""
    for line, call in _of_a_gradient(formulas, "sum"):
        kept = any(one.arg == "keepdims" and is_number(one.value, True) for one in call.keywords)
        yield from (line,) if kept is keeps else ()


def _sum_over_few(formulas: Formulas) -> Lines:
    """A sum over one axis or two that is stored as dgamma or dbeta."""
    for line, call in _of_a_gradient(formulas, "sum"):
        axes = [part for axis in axes_of(call) for part in (axis.elts if isinstance(axis, ast.Tuple) else [axis])]
        if 0 < len(axes) < len(OVER):
            yield line


def _dgamma(formulas: Formulas) -> Lines:
    """What is computed of the first argument and stored as dgamma."""
    for target, value in formulas.assigned:
        if (
            not isinstance(target, ast.Tuple)
            and is_about(target, "dgamma")
            and formulas.mentions(value, formulas.first)
        ):
            yield target.lineno


def _update(formulas: Formulas, *averages: str) -> Lines:
    """Where running averages are computed anew."""
    names = {name for average in averages for name in formulas.read_as(average)}
    for target, value in formulas.assigned:
        is_average = any(is_about(target, name) for name in averages) or getattr(target, "id", "") in names
        if is_average and any(isinstance(part, ast.BinOp) for part in parts_of(value)):
            yield target.lineno


def _not_written(formulas: Formulas, average: str) -> Lines:
    """Where it is computed anew under a name of its own, while its key is at most read."""
    if formulas.only_reads(average):
        yield from _update(formulas, average)


def _eps_averaged(formulas: Formulas) -> Lines:
    """Where eps is added to what goes into the running variance: in its update, or in what a name there stands for."""
    added = [target for target, value in formulas.assigned if any(map(adds_eps, parts_of(value)))]
    for target, value in formulas.assigned:
        if is_about(target, "running_var"):
            names = {part.id for part in parts_of(value) if isinstance(part, ast.Name)} | formulas.squared(value)
            yield from (one.lineno for one in added if one is target or (isinstance(one, ast.Name) and one.id in names))


def _eps_added(formulas: Formulas) -> Lines:
    """Sums of the batch's variance and eps, and additions of eps in place."""
    for node in formulas.nodes(ast.BinOp, ast.AugAssign):
        is_sum = adds_eps(node) or (isinstance(node, ast.AugAssign) and is_about(node.value, "eps"))
        if is_sum and not is_about(node, "running_var"):
            yield node.lineno


def _reshape_of_argument(formulas: Formulas) -> Lines:
    """The first argument made into rows without having been transposed."""
    for node, array, shape in formulas.reshapes():
        is_first = isinstance(array, ast.Name) and array.id == formulas.first
        if is_first and len(shape) == 2 and not formulas.is_first_moved_before(node.lineno):
            yield node.lineno


def _axes_added(formulas: Formulas) -> Lines:
    """`gamma[None, :, None, None]`, with beta, too."""
    for node in formulas.nodes(ast.Subscript):
        if getattr(node.value, "id", "") in ("gamma", "beta") and any(map(is_new_axis, ast.walk(node.slice))):
            yield node.lineno


def _grouped(formulas: Formulas) -> Lines:
    """Slices of channels by groups (`x[:, i * G : (i + 1) * G]`), and reshapes into groups where there are none.

    A reshape to (N, Q * G, H, W), with Q channels in a group, makes channels of groups again.
    """
    slices = [node.lineno for node in formulas.nodes(ast.Slice) if _is_by_groups(node)]
    yield from slices
    for node, _, shape in () if slices else formulas.reshapes():
        makes_channels = len(shape) == len(OVER) + 1 and _is_product(shape[1])
        parts = [shape[0], *shape[2:]] if makes_channels else shape
        if len(shape) > 1 and any(formulas.mentions(part, "G") for part in parts):
            yield node.lineno


def _is_product(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)


def _is_by_groups(node: ast.Slice) -> bool:
    """Whether an end of a slice is so many times G, by its name."""
    products = (part for part in parts_of(node) if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult))
    return any(isinstance(side, ast.Name) and side.id == "G" for one in products for side in (one.left, one.right))


def _each_place(formulas: Formulas) -> Lines:
    """A normalization that is called for each channel, or else a mean or a variance of the first argument by images."""
    calls = list(_channel_in_a_loop(formulas))
    yield from calls or (node.lineno for node, axes in _statistics(formulas) if axes in (["(0,)"], ["0"]))


def _channel_in_a_loop(formulas: Formulas) -> Lines:
    """A normalization that is called for each channel."""
    for loop in formulas.nodes(ast.For):
        for node in parts_of(loop):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and "norm" in node.func.id:
                yield node.lineno


def _test_without(formulas: Formulas, name: str) -> Lines:
    """What is computed in the part for test mode, where gamma or beta does not occur in it."""
    for part in formulas.parts_for("test"):
        if not any(isinstance(node, ast.Name) and is_about(node, name) for one in part for node in parts_of(one)):
            yield from (one.lineno for one in part if isinstance(one, ast.Assign) and isinstance(one.value, ast.BinOp))


KINDS: Mapping[str, Callable[[Formulas], Lines]] = {
    "eps beside a root": _eps_beside_a_root,
    "root without eps": lambda formulas: _root_without_eps(formulas, of_averages=False),
    "root of averages without eps": lambda formulas: _root_without_eps(formulas, of_averages=True),
    "averages divide": _averages_divide,
    "other default of eps": lambda formulas: _other_default(formulas, "eps", 1e-5),
    "other default of momentum": lambda formulas: _other_default(formulas, "momentum", 0.9),
    "fixed eps": _fixed_eps,
    "ddof": _unbiased,
    "mean of squares": _mean_of_squares,
    "each image": _each_image,
    "all channels": _all_channels,
    "mean for a gradient": lambda formulas: (line for line, _ in _of_a_gradient(formulas, "mean")),
    "sum over few": _sum_over_few,
    "sum keeps axes": lambda formulas: _sum_keeps_axes(formulas, keeps=True),
    "sum keeps no axes": lambda formulas: _sum_keeps_axes(formulas, keeps=False),
    "dgamma": _dgamma,
    "update of averages": lambda formulas: _update(formulas, "running_mean", "running_var"),
    "update of running_mean": lambda formulas: _update(formulas, "running_mean"),
    "update of running_var": lambda formulas: _update(formulas, "running_var"),
    "running_mean not written": lambda formulas: _not_written(formulas, "running_mean"),
    "running_var not written": lambda formulas: _not_written(formulas, "running_var"),
    "eps averaged": _eps_averaged,
    "reshape of an argument": _reshape_of_argument,
    "reshape into groups": _grouped,
    "each place": _each_place,
    "statistics in test mode": lambda formulas: (n for part in formulas.parts_for("test") for n in statistics_in(part)),
    "gradients exchanged": lambda formulas: formulas.returns(lambda one: exchanged(one, "dgamma", "dbeta")),
    "test mode without gamma": lambda formulas: _test_without(formulas, "gamma"),
    "test mode without beta": lambda formulas: _test_without(formulas, "beta"),
    "eps added": _eps_added,
    "axes added to gamma": _axes_added,
}
"""How the lines of each kind of place are found."""
