"""Average pooling: the oracle against definitions of other origin."""

from typing import Any

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reference.avg_pool2d import baseline
from reference.avg_pool2d.oracle import avg_pool_backward, avg_pool_forward

Array = NDArray[Any]


@st.composite
def problems(draw: st.DrawFn) -> tuple[Array, dict[str, int], Array]:
    """x, pool_param and dout of whole numbers, of sizes that fit."""
    height, width, stride = (draw(st.integers(1, 4)) for _ in range(3))
    N, C = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    H, W = draw(st.integers(height, 8)), draw(st.integers(width, 8))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    out = (N, C, (H - height) // stride + 1, (W - width) // stride + 1)
    pool_param = {"pool_height": height, "pool_width": width, "stride": stride}
    return rng.integers(-9, 10, (N, C, H, W)).astype(float), pool_param, rng.integers(-9, 10, out).astype(float)


@settings(max_examples=60, deadline=None)
@given(problems())
def test_forward_is_the_documented_definition_and_scipys_filter(problem: tuple[Array, dict[str, int], Array]) -> None:
    """PyTorch's AvgPool2d: the sum over m, k of input(n, c, stride * h + m, stride * w + k), divided by kH * kW."""
    x, pool_param, dout = problem
    height, width, stride = pool_param.values()
    out, cache = avg_pool_forward(x, pool_param)
    assert cache == (x, pool_param)
    assert out.shape == dout.shape
    for n, c, h, w in np.ndindex(*dout.shape):
        cells = [x[n, c, stride * h + m, stride * w + k] for m in range(height) for k in range(width)]
        assert out[n, c, h, w] == pytest.approx(sum(cells) / (height * width), abs=1e-12)
    origin = (0, 0, -(height // 2), -(width // 2))
    filtered = scipy.ndimage.uniform_filter(x, (1, 1, height, width), mode="constant", origin=origin)
    reached = filtered[:, :, ::stride, ::stride][:, :, : out.shape[2], : out.shape[3]]
    np.testing.assert_allclose(out, reached, atol=1e-12)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(problems())
def test_backward_is_the_adjoint_of_forward_and_scipys_full_convolution(
    problem: tuple[Array, dict[str, int], Array],
) -> None:
    """<forward(x), dout> = <x, backward(dout)>, which for a linear map says all; and dx = spread dout * a box."""
    x, pool_param, dout = problem
    height, width, stride = pool_param.values()
    out, cache = avg_pool_forward(x, pool_param)
    dx = avg_pool_backward(dout, cache)
    assert float(np.sum(out * dout)) == pytest.approx(float(np.sum(x * dx)), abs=1e-9)
    spread = np.zeros((*x.shape[:2], x.shape[2] - height + 1, x.shape[3] - width + 1))
    spread[:, :, ::stride, ::stride] = dout
    box = np.full((1, 1, height, width), 1 / (height * width))
    np.testing.assert_allclose(dx, scipy.signal.convolve(spread, box, method="direct"), atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(1, 4), st.sampled_from([1, 2000]))
def test_fast_baseline_is_the_documented_definition_however_it_divides_the_work(
    problem: tuple[Array, dict[str, int], Array], images: int, block_bytes: int
) -> None:
    """In blocks of one image or of several; x in memory as it is, or channels last."""
    x, pool_param, dout = problem
    x = np.concatenate([np.roll(x, n, axis=3) for n in range(images)])
    height, width, stride = pool_param.values()
    expected = np.zeros((len(x), *dout.shape[1:]))
    for n, c, h, w in np.ndindex(*expected.shape):
        expected[n, c, h, w] = x[n, c, stride * h : stride * h + height, stride * w : stride * w + width].mean()
    for given_x in (x, np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(baseline, "_BLOCK_BYTES", block_bytes)
            out, _ = baseline.avg_pool_forward_fast(given_x, pool_param)
        np.testing.assert_allclose(out, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("shape", "pool_param", "complaint"),
    [
        ((2, 4, 4), (2, 2, 2), "expected x"),
        ((1, 1, 4, 4), (2, 2, 0), "at least 1"),
        ((1, 1, 4, 4), (0, 2, 1), "at least 1"),
        ((1, 1, 4, 4), (2, 5, 1), "larger than the image"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(shape: Any, pool_param: Any, complaint: str) -> None:
    given_sizes = dict(zip(("pool_height", "pool_width", "stride"), pool_param, strict=True))
    with pytest.raises(ValueError, match=complaint):
        avg_pool_forward(np.zeros(shape), given_sizes)


def test_an_upstream_gradient_of_another_shape_is_refused() -> None:
    _, cache = avg_pool_forward(np.zeros((1, 1, 4, 4)), {"pool_height": 2, "pool_width": 2, "stride": 2})
    with pytest.raises(ValueError, match=r"dout has shape \(1, 1, 1, 1\), the forward output has shape \(1, 1, 2, 2\)"):
        avg_pool_backward(np.zeros((1, 1, 1, 1)), cache)
