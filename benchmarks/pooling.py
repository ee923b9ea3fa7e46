"""The fast baselines of the poolings beside one pass over the input, and beside the course's way of doing it fast.

`python -m benchmarks.baseline` prints it. "one pass" is the plainest NumPy that reads x once: `np.maximum(x, 0.5)`, or
`x * 0.5`, into an array that is there already; in backward `dout` for each of its windows' cells, times x for max
pooling. "reshape" views x as its windows, as the course's fast layers do where windows lie side by side; its backward
of max pooling has them from forward.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tabulate import tabulate

from reference.avg_pool2d.baseline import avg_pool_backward_fast, avg_pool_forward_fast
from reference.avg_pool2d.oracle import avg_pool_backward, avg_pool_forward
from reference.max_pool2d.baseline import max_pool_backward_fast, max_pool_forward_fast
from reference.max_pool2d.oracle import max_pool_backward, max_pool_forward

Array = NDArray[Any]
Way = Callable[[], Array]
Measure = Callable[[Mapping[str, Callable[[], Any]], float], Mapping[str, float]]
Ways = Callable[[tuple[int, ...]], Iterator[tuple[str, dict[str, Way], Array]]]
WORKLOADS = ((50, 3, 32, 32), (100, 3, 32, 32), (64, 16, 16, 16), (8, 64, 32, 32))
SIZE = 2
POOL_PARAM = {"pool_height": SIZE, "pool_width": SIZE, "stride": SIZE}


def ways_of_max(shape: tuple[int, ...]) -> Iterator[tuple[str, dict[str, Way], Array]]:
    """Forward and backward: each way to compute it, and the right result."""
    rng = np.random.default_rng(231)
    x = rng.standard_normal(shape)
    out, cache = max_pool_forward(x, POOL_PARAM)
    dout, room = rng.standard_normal(out.shape), np.empty_like(x)
    N, C, H, W = shape
    cells = x.reshape(N, C, H // SIZE, SIZE, W // SIZE, SIZE)
    room_of_cells = room.reshape(cells.shape)
    yield (
        "forward",
        {
            "one pass": lambda: np.maximum(x, 0.5, out=room),
            "baseline": lambda: max_pool_forward_fast(x, POOL_PARAM)[0],
            "reshape": lambda: cells.max(axis=3).max(axis=4),
        },
        out,
    )
    yield (
        "backward",
        {
            "one pass": lambda: np.multiply(cells, dout[:, :, :, None, :, None], out=room_of_cells),
            "baseline": lambda: max_pool_backward_fast(dout, cache),
            "reshape": lambda: _by_reshape(dout, cells, out).reshape(shape),
        },
        max_pool_backward(dout, cache),
    )


def ways_of_mean(shape: tuple[int, ...]) -> Iterator[tuple[str, dict[str, Way], Array]]:
    """As `ways_of_max`, for average pooling."""
    rng = np.random.default_rng(231)
    x = rng.standard_normal(shape)
    out, cache = avg_pool_forward(x, POOL_PARAM)
    dout, room = rng.standard_normal(out.shape), np.empty_like(x)
    N, C, H, W = shape
    cells = x.reshape(N, C, H // SIZE, SIZE, W // SIZE, SIZE)
    room_of_cells, spread = room.reshape(cells.shape), dout[:, :, :, None, :, None]
    yield (
        "forward",
        {
            "one pass": lambda: np.multiply(x, 0.5, out=room),
            "baseline": lambda: avg_pool_forward_fast(x, POOL_PARAM)[0],
            "reshape": lambda: cells.mean(axis=(3, 5)),
        },
        out,
    )
    yield (
        "backward",
        {
            "one pass": lambda: np.multiply(spread, 0.5, out=room_of_cells),
            "baseline": lambda: avg_pool_backward_fast(dout, cache),
            "reshape": lambda: np.broadcast_to(spread / SIZE**2, cells.shape).reshape(shape),
        },
        avg_pool_backward(dout, cache),
    )


def _by_reshape(dout: Array, cells: Array, out: Array) -> Array:
    wins = cells == out[:, :, :, None, :, None]
    gradients = np.zeros_like(cells)
    gradients[wins] = np.broadcast_to(dout[:, :, :, None, :, None], cells.shape)[wins]
    gradients /= wins.sum(axis=(3, 5), keepdims=True)
    return gradients


def report(measure: Measure, seconds: float) -> str:
    """The ratios as tables; every way is compared with the reference before it is timed."""
    several = {"max pooling": ways_of_max, "average pooling": ways_of_mean}
    return "\n\n".join(_table(name, ways, measure, seconds) for name, ways in several.items())


def _table(name: str, ways: Ways, measure: Measure, seconds: float) -> str:
    rows = []
    for shape in WORKLOADS:
        for function, several, expected in ways(shape):
            for way in ("baseline", "reshape"):
                np.testing.assert_allclose(several[way](), expected, rtol=1e-12, atol=1e-12)
            times = measure(several, seconds)
            ratios = [f"{times[way] / times['one pass']:.2f}" for way in ("baseline", "reshape")]
            rows.append([f"x{shape}", function, f"{1000 * times['one pass']:.2f}", *ratios])
    headers = ["2x2, stride 2", "function", "one pass, ms", "baseline", "reshape"]
    return f"{name}, float64: time over one pass\n" + tabulate(rows, headers=headers, disable_numparse=True)
