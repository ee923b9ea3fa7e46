"""`grader.testing.check_gradients` takes what is right, and says what is wrong."""

import re
from typing import Any

import numpy as np
import pytest

from grader.testing import check_gradients
from reference.conv2d.oracle import conv_backward, conv_forward

RNG = np.random.default_rng(3)
X, W, B = RNG.normal(size=(2, 2, 4, 3)), RNG.normal(size=(2, 2, 3, 3)), RNG.normal(size=2)
PARAMETERS = {"stride": 1, "pad": 1}


def test_the_gradients_of_a_convolution_hold_and_nothing_is_written_into_its_arguments() -> None:
    before = [each.copy() for each in (X, W, B)]
    check_gradients(conv_forward, conv_backward, X, W, B, PARAMETERS)
    check_gradients(conv_forward, conv_backward, X.astype(np.float32), W, B, PARAMETERS)
    assert all(map(np.array_equal, before, (X, W, B)))


def test_one_gradient_may_come_bare_and_names_may_lack() -> None:
    check_gradients(lambda *x: (x[0] ** 2, x[0]), lambda dout, cache: 2 * cache * dout, np.array([1.0, -2.0]))
    with pytest.raises(AssertionError, match=re.escape("d(argument 1) is wrong in 2 of 2 numbers")):
        check_gradients(lambda *x: (x[0] ** 2, x[0]), lambda dout, cache: cache * dout, np.array([1.0, -2.0]))


def _with(place: int, made: Any) -> Any:
    """The right backward pass, but for one gradient."""

    def backward(dout: Any, cache: Any) -> tuple[Any, ...]:
        gradients = [*conv_backward(dout, cache)]
        gradients[place] = made(gradients[place])
        return tuple(gradients)

    return backward


def _one_off(dw: Any) -> Any:
    dw[1, 0, 2, 1] += 1e-4
    return dw


@pytest.mark.parametrize(("backward", "told"), [
    (_with(0, lambda dx: None), "dx is None: backward is not implemented yet"),
    (_with(0, lambda dx: dx[:, :, 1:]), "dx has shape (2, 2, 3, 3), expected (2, 2, 4, 3)"),
    (_with(1, _one_off), "dw is wrong in 1 of 36 numbers: dw[1, 0, 2, 1] is"),
    (_with(2, lambda db: db * np.nan), "db is wrong in 2 of 2 numbers: db[0] is nan, central differences"),
    (lambda dout, cache: conv_backward(dout, cache)[:2], "backward returned 2 gradients; it has to return dx, dw, db"),
])  # fmt: skip
def test_a_wrong_gradient_is_told_with_its_place(backward: Any, told: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(told)):
        check_gradients(conv_forward, backward, X, W, B, PARAMETERS)


@pytest.mark.parametrize(("returned", "told"), [
    (None, "forward returned NoneType; it has to return (out, cache)"),
    (X, "forward returned ndarray; it has to return (out, cache)"),
    ((None, None), "out is None: forward is not implemented yet"),
])  # fmt: skip
def test_a_forward_pass_that_returns_something_else_is_told(returned: Any, told: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(told)):
        check_gradients(lambda x: returned, conv_backward, X)


def test_without_an_array_of_floats_the_call_is_wrong() -> None:
    with pytest.raises(ValueError, match="there is no gradient to check"):
        check_gradients(conv_forward, conv_backward, np.arange(3), 2)
