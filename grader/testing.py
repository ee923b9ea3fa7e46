"""For a course's own public tests: is a backward pass the gradient of its forward pass? Needs nothing but NumPy."""

import inspect
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def check_gradients(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    *arguments: Any,
    tolerance: float = 1e-6,
    step: float = 1e-5,
    seed: int = 0,
) -> None:
    """Compare what `backward` returns with central differences of `forward`.

    Every number of every argument is moved up and down, so take small arrays. They are copied for each call.

    Args:
        forward: `forward(*arguments) -> (out, cache)`.
        backward: `backward(dout, cache)` gives the gradient of each argument that is an array of floats, in their
            order: a tuple, or the only one bare. `dout` is random.
        *arguments: of `forward`.
        tolerance: how far a number may be off, as a share of the largest of its gradient, or of 1 if that is larger.
        step: how far numbers are moved.
        seed: of `dout`.

    Raises:
        AssertionError: where a gradient is missing, misshapen or wrong; the message says which, where and how.
        ValueError: where no argument is an array of floats.

    >>> double = lambda x: (2 * x, None)
    >>> check_gradients(double, lambda dout, cache: 2 * dout, np.ones((2, 3)))
    >>> check_gradients(double, lambda dout, cache: dout, np.ones((2, 3)))
    Traceback (most recent call last):
    AssertionError: dx is wrong in 6 of 6 numbers: dx[0, 2] is 0.640423, central differences of forward give 1.28085
    """
    given = [np.array(each, np.float64) if _is_floating(each) else each for each in arguments]
    places = [place for place, each in enumerate(given) if _is_floating(each)]
    if not places:
        raise ValueError("none of the arguments is an array of floats, so there is no gradient to check")
    out, cache = _called(forward, given)
    dout = np.random.default_rng(seed).standard_normal(out.shape)
    found = backward(dout.copy(), cache)
    gradients = found if isinstance(found, tuple | list) else (found,)
    names = [f"d{name}" for name in _names(forward, places)]
    if len(gradients) != len(names):
        raise AssertionError(f"backward returned {len(gradients)} gradients; it has to return {', '.join(names)}")
    for name, place, gradient in zip(names, places, gradients, strict=True):
        _check_shape(name, gradient, given[place].shape)
        _check(
            name, np.asarray(gradient, np.float64), _central_differences(forward, given, place, dout, step), tolerance
        )


def _is_floating(value: object) -> bool:
    return isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.floating)


def _called(forward: Callable[..., Any], given: Sequence[Any]) -> tuple[Array, Any]:
    """What forward returns for copies of what is given; its output must not change when it is called again."""
    returned = forward(*deepcopy(given))
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise AssertionError(f"forward returned {type(returned).__name__}; it has to return (out, cache)")
    if returned[0] is None:
        raise AssertionError("out is None: forward is not implemented yet")
    return np.array(returned[0], np.float64), returned[1]


def _names(forward: Callable[..., Any], places: Sequence[int]) -> list[str]:
    """What forward calls these arguments."""
    names = [name for name, each in inspect.signature(forward).parameters.items() if each.kind != each.VAR_POSITIONAL]
    return [names[place] if place < len(names) else f"(argument {place + 1})" for place in places]


def _check_shape(name: str, gradient: Any, shape: tuple[int, ...]) -> None:
    if gradient is None:
        raise AssertionError(f"{name} is None: backward is not implemented yet")
    if np.shape(gradient) != shape:
        raise AssertionError(f"{name} has shape {np.shape(gradient)}, expected {shape}")


def _central_differences(
    forward: Callable[..., Any], given: Sequence[Any], place: int, dout: Array, step: float
) -> Array:
    """The gradient of sum(out * dout) by the argument at a place."""
    gradient = np.zeros(given[place].shape)
    for index in np.ndindex(gradient.shape):
        moved = [np.copy(given[place]) for _ in range(2)]
        for array, by in zip(moved, (step, -step), strict=True):
            array[index] += by
        up, down = (_called(forward, [*given[:place], array, *given[place + 1 :]])[0] for array in moved)
        gradient[index] = np.sum((up - down) * dout) / (moved[0][index] - moved[1][index])
    return gradient


def _check(name: str, got: Array, expected: Array, tolerance: float) -> None:
    error = np.abs(got - expected)
    wrong = ~(error <= tolerance * max(1.0, np.abs(expected).max(initial=0)))  # NaN is wrong
    if not wrong.any():
        return
    worst = np.unravel_index(np.argmax(np.where(np.isnan(error), np.inf, error)), error.shape)
    at = f"[{', '.join(str(int(i)) for i in worst)}]" if worst else ""
    raise AssertionError(
        f"{name} is wrong in {wrong.sum()} of {wrong.size} numbers: {name}{at} is {got[worst]:g}, "
        f"central differences of forward give {expected[worst]:g}"
    )
