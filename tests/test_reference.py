"""The reference against oracles of other origin: SciPy, calculus, the adjoint law, the course's numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reference.conv2d import baseline, landmarks
from reference.conv2d.baseline import conv_backward_fast, conv_forward_fast
from reference.conv2d.loops import conv_backward_loops, conv_forward_loops
from reference.conv2d.oracle import conv_backward, conv_forward

Problem = tuple[NDArray[Any], NDArray[Any], NDArray[Any], dict[str, int]]


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Any shapes that fit, ragged ones too, in any of the dtypes and layouts that are promised."""
    stride, pad = draw(st.integers(1, 4)), draw(st.integers(0, 3))
    HH, WW = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    H, W = draw(st.integers(max(1, HH - 2 * pad), 8)), draw(st.integers(max(1, WW - 2 * pad), 8))
    N, C, F = (draw(st.integers(1, 3)) for _ in range(3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = draw(st.sampled_from([np.float64, np.float32, np.int64]))
    x, w, b = ((5 * rng.standard_normal(s)).astype(dtype) for s in ((N, C, H, W), (F, C, HH, WW), (F,)))
    layout = draw(st.sampled_from(["C", "F", "strided"]))
    if layout == "F":
        x, w = np.asfortranarray(x), np.asfortranarray(w)
    if layout == "strided":
        x = np.repeat(x, 2, axis=3)[..., ::2]
    return x, w, b, {"stride": stride, "pad": pad}


def scipy_forward(x: NDArray[Any], w: NDArray[Any], b: NDArray[Any], conv_param: dict[str, int]) -> NDArray[Any]:
    s, p = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (p, p), (p, p)))
    images = [
        [
            sum(scipy.signal.correlate(i[c], k[c], "valid", method="direct") for c in range(len(i)))
            for k in w.astype(float)
        ]
        for i in padded
    ]
    out: NDArray[Any] = np.asarray(images)[:, :, ::s, ::s] + b[:, None, None]
    return out


@pytest.mark.slow
@given(problems())
def test_forward_agrees_with_scipy(problem: Problem) -> None:
    out, cache = conv_forward(*problem)
    np.testing.assert_allclose(out, scipy_forward(*problem), rtol=1e-12, atol=1e-12)
    assert out.dtype == np.float64
    assert cache == problem


@given(problems(), st.integers(0, 2**32))
def test_backward_is_the_adjoint_of_forward(problem: Problem, seed: int) -> None:
    """<conv(x), d> = <x, dx>, and the same for w and b: out is linear in each of the three."""
    x, w, b, param = problem
    out = scipy_forward(*problem)
    d = np.random.default_rng(seed).standard_normal(out.shape)
    dx, dw, db = conv_backward(d, problem)
    no_bias = np.zeros(len(b))
    linear_part = np.sum(scipy_forward(x, w, no_bias, param) * d)
    scale = np.abs(out).sum() * np.abs(d).max() + 1
    assert abs(np.sum(x * dx) - linear_part) < 1e-11 * scale
    assert abs(np.sum(w * dw) - linear_part) < 1e-11 * scale
    assert abs(np.sum(b * db) - (np.sum(out * d) - linear_part)) < 1e-11 * scale
    assert (dx.shape, dw.shape, db.shape) == (x.shape, w.shape, b.shape)


@pytest.mark.slow
@settings(max_examples=15)
@given(problems(), st.integers(0, 2**32))
def test_backward_agrees_with_central_differences(problem: Problem, seed: int) -> None:
    x, w, b, param = problem
    arrays = [a.astype(float) for a in (x, w, b)]
    d = np.random.default_rng(seed).standard_normal(scipy_forward(x, w, b, param).shape)
    gradients = conv_backward(d, (arrays[0], arrays[1], arrays[2], param))
    for array, gradient in zip(arrays, gradients, strict=True):
        numeric = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            value = array[index]
            sides = []
            for step in (1e-3, -1e-3):
                array[index] = value + step
                sides.append(np.sum(scipy_forward(arrays[0], arrays[1], arrays[2], param) * d))
            array[index] = value
            numeric[index] = (sides[0] - sides[1]) / 2e-3
        np.testing.assert_allclose(gradient, numeric, rtol=1e-7, atol=1e-7 * max(1.0, np.abs(numeric).max()))


def test_forward_gives_the_published_numbers_of_the_course_notebook() -> None:
    """CS231n assignment 2, ConvolutionalNetworks.ipynb, "Convolution: Naive forward pass"."""
    x = np.linspace(-0.1, 0.5, num=2 * 3 * 4 * 4).reshape(2, 3, 4, 4)
    w = np.linspace(-0.2, 0.3, num=3 * 3 * 4 * 4).reshape(3, 3, 4, 4)
    b = np.linspace(-0.1, 0.2, num=3)
    out, _ = conv_forward(x, w, b, {"stride": 2, "pad": 1})
    published = [
        [[[-0.08759809, -0.10987781], [-0.18387192, -0.2109216]],
         [[0.21027089, 0.21661097], [0.22847626, 0.23004637]],
         [[0.50813986, 0.54309974], [0.64082444, 0.67101435]]],
        [[[-0.98053589, -1.03143541], [-1.19128892, -1.24695841]],
         [[0.69108355, 0.66880383], [0.59480972, 0.56776003]],
         [[2.36270298, 2.36904306], [2.38090835, 2.38247847]]],
    ]  # fmt: skip
    np.testing.assert_allclose(out, published, atol=5e-9)


WAYS = {
    name: (getattr(landmarks, f"conv_forward_{name}"), getattr(landmarks, f"conv_backward_{name}"))
    for name in ("three_loops", "einsum", "optimized", "strided")
}


def assert_agrees(forward: Callable[..., Any], backward: Callable[..., Any], problem: Problem, seed: int) -> None:
    """Relative to what is added up: a sum may be a thousand times smaller than its terms, and its last digits noise."""
    x, w, b, conv_param = problem
    without_signs = np.abs(x), np.abs(w), np.abs(b), conv_param
    (expected, _), (terms, _) = conv_forward(*problem), conv_forward(*without_signs)
    tolerance = 1e-4 if problem[0].dtype == np.float32 else 1e-10
    out, cache = forward(*problem)
    np.testing.assert_allclose(out, expected, rtol=0, atol=tolerance * terms.max())
    dout = np.random.default_rng(seed).standard_normal(out.shape).astype(out.dtype)
    gradients, summed = conv_backward(dout, problem), conv_backward(np.abs(dout), without_signs)
    for got, want, terms in zip(backward(dout, cache), gradients, summed, strict=True):
        np.testing.assert_allclose(got, want, rtol=0, atol=tolerance * terms.max() + 1e-12)


@given(problems(), st.integers(0, 2**32))
@pytest.mark.parametrize(
    ("forward", "backward"),
    [(conv_forward_fast, conv_backward_fast), (conv_forward_loops, conv_backward_loops), *WAYS.values()],
    ids=["baseline", "loops", *WAYS],
)
def test_timed_implementations_agree_with_the_reference(
    forward: Callable[..., Any], backward: Callable[..., Any], problem: Problem, seed: int
) -> None:
    assert_agrees(forward, backward, problem, seed)


@given(
    problems(), st.integers(1, 9), st.integers(0, 20), st.sampled_from([200, 4000, 2**19]), st.sampled_from([0, 10**6])
)
def test_fast_baseline_is_right_however_it_divides_the_work(
    problem: Problem, images: int, wider: int, block_bytes: int, small_product: int
) -> None:
    """Blocks of several images, strips of one, images one after the other or side by side."""
    x, w, b, conv_param = problem
    x, w = x.astype(np.float64), w.astype(np.float64)  # sums over so many places cancel too much in float32
    x = np.concatenate([np.roll(np.repeat(x, 1 + wider // x.shape[3], axis=3), n, axis=3) for n in range(images)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(baseline, "_BLOCK_BYTES", block_bytes)
        patch.setattr(baseline, "_SMALL_PRODUCT", small_product)
        assert_agrees(conv_forward_fast, conv_backward_fast, (x, w, b, conv_param), images)


def test_fast_baseline_keeps_float32() -> None:
    x, w, b = np.ones((1, 1, 3, 3), np.float32), np.ones((1, 1, 2, 2), np.float32), np.zeros(1, np.float32)
    out, cache = conv_forward_fast(x, w, b, {"stride": 1, "pad": 0})
    assert {a.dtype for a in (out, *conv_backward_fast(out, cache))} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("x", "w", "b", "param", "what"),
    [
        ((1, 2, 4, 4), (1, 3, 2, 2), (1,), {"stride": 1, "pad": 0}, "2 channels and w has 3"),
        ((1, 1, 2, 2), (1, 1, 5, 2), (1,), {"stride": 1, "pad": 1}, "larger than the padded image"),
        ((1, 1, 4, 4), (1, 1, 2, 2), (1,), {"stride": 0, "pad": 0}, "stride must be"),
        ((1, 1, 4, 4), (2, 1, 2, 2), (1,), {"stride": 1, "pad": 0}, r"expected x \(N, C, H, W\)"),
    ],
)
def test_operands_that_do_not_fit_are_refused_with_their_shapes(
    x: tuple[int, ...], w: tuple[int, ...], b: tuple[int, ...], param: dict[str, int], what: str
) -> None:
    with pytest.raises(ValueError, match=what):
        conv_forward(np.zeros(x), np.zeros(w), np.zeros(b), param)


def test_dout_of_another_shape_is_refused() -> None:
    cache = (np.zeros((1, 1, 4, 4)), np.zeros((1, 1, 2, 2)), np.zeros(1), {"stride": 1, "pad": 0})
    with pytest.raises(ValueError, match=r"dout has shape \(1, 1, 4, 4\)"):
        conv_backward(np.zeros((1, 1, 4, 4)), cache)
