"""The numbers of a case: which kinds there are, and drawing them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from grader.records import FUNCTIONS, Array, Case, Function
from reference.spec import Operator

NON_CONTIGUOUS, LARGE, NEGATIVE = "non-contiguous input", "large values", "all negative"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of numbers, which is a trait."""

    share: float
    """How often a combined case has it."""
    functions: tuple[Function, ...] = FUNCTIONS
    """Those that are judged on it."""


def kinds(operator: Operator) -> Mapping[str, Kind]:
    """Every kind of numbers that there can be beside the dtype.

    Where an input is of integers, only forward is judged: the gradient with respect to an integer is nobody's task.
    Tensors refuse to be multiplied by those of integers, or viewed in another order than that in memory: a course that
    asks for tensors asks for neither.
    """
    own = {name: Kind(0.15) for name in operator.kinds}
    large = {LARGE: Kind(0.1), NEGATIVE: Kind(0.1)}
    if operator.signature.tensors:
        return own | large
    return {name: Kind(0.1, ("forward",)) for name in operator.integers} | own | {NON_CONTIGUOUS: Kind(0.25)} | large


def judged_functions(operator: Operator, chosen: tuple[str, ...]) -> tuple[Function, ...]:
    """What is judged on numbers of these kinds."""
    every = kinds(operator)
    return tuple(function for function in FUNCTIONS if all(function in every[kind].functions for kind in chosen))


def draw_arrays(operator: Operator, case: Case) -> dict[str, Array]:
    """The inputs and the upstream gradient of a case, by name.

    Shapes are `operator.shapes(case.sizes)`; dtype is the case's, or int64 where a kind of the case says so.
    """
    arrays = {}
    for i, (name, shape) in enumerate(operator.shapes(case.sizes).items()):
        rng = np.random.default_rng([*case.seed, i])
        values: Array
        if name in case.spaced:
            values = np.linspace(*case.spaced[name], num=int(np.prod(shape))).reshape(shape)
        elif _is_of_integers(operator, case, name):
            values = rng.integers(-128, 129, shape)
        else:
            values = rng.standard_normal(shape)
        arrays[name] = of_kinds(operator, case, name, values)
    return arrays


def is_shown(operator: Operator, kind: str, arrays: Mapping[str, Array]) -> bool:
    """Whether a kind of the operator's own makes other numbers of these; every other kind does."""
    own = operator.kinds.get(kind)
    return own is None or any(not np.array_equal(change(arrays[name]), arrays[name]) for name, change in own.items())


def of_kinds(operator: Operator, case: Case, name: str, values: Array) -> Array:
    """Numbers of one array changed into those of the case: its kinds, its dtype, its order in memory."""
    for kind in operator.kinds:
        if kind in case.kinds and name in operator.kinds[kind]:
            values = operator.kinds[kind][name](values)
    for kind, change in _CHANGES.items():
        if kind in case.kinds:
            values = change(values)
    values = values.astype("int64" if _is_of_integers(operator, case, name) else case.dtype)
    return _by_columns(values) if NON_CONTIGUOUS in case.kinds and values.ndim > 1 else values


_CHANGES: Mapping[str, Callable[[Array], Array]] = {
    NEGATIVE: lambda values: -np.abs(values),
    LARGE: lambda values: values * 100_000,
}


def _is_of_integers(operator: Operator, case: Case, name: str) -> bool:
    return any(operator.integers.get(kind) == name for kind in case.kinds)


def _by_columns(values: Array) -> Array:
    """The same numbers, column by column in memory."""
    return values.swapaxes(-2, -1).copy().swapaxes(-2, -1)
