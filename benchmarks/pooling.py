"""The fast baseline of max pooling beside one pass over the input, and beside the course's way of doing it fast.

`python -m benchmarks.baseline` prints it. "one pass" is the plainest NumPy that reads x once: `np.maximum(x, 0.5)` into
an array that is there already, with `dout` for each of its windows' cells in backward. "reshape" views x as its
windows, as the course's fast layers do where windows lie side by side; its backward has them from forward.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tabulate import tabulate

from reference.max_pool2d.baseline import max_pool_backward_fast, max_pool_forward_fast
from reference.max_pool2d.oracle import max_pool_backward, max_pool_forward

Array = NDArray[Any]
Way = Callable[[], Array]
Measure = Callable[[Mapping[str, Callable[[], Any]], float], Mapping[str, float]]
WORKLOADS = ((100, 3, 32, 32), (64, 16, 16, 16), (8, 64, 32, 32))
SIZE = 2
POOL_PARAM = {"pool_height": SIZE, "pool_width": SIZE, "stride": SIZE}


def ways(shape: tuple[int, ...]) -> Iterator[tuple[str, dict[str, Way], Array]]:
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


def _by_reshape(dout: Array, cells: Array, out: Array) -> Array:
    wins = cells == out[:, :, :, None, :, None]
    gradients = np.zeros_like(cells)
    gradients[wins] = np.broadcast_to(dout[:, :, :, None, :, None], cells.shape)[wins]
    gradients /= wins.sum(axis=(3, 5), keepdims=True)
    return gradients


def report(measure: Measure, seconds: float) -> str:
    """The ratios as a table; every way is compared with the reference before it is timed."""
    rows = []
    for shape in WORKLOADS:
        for function, several, expected in ways(shape):
            for name in ("baseline", "reshape"):
                np.testing.assert_allclose(several[name](), expected, rtol=1e-12)
            times = measure(several, seconds)
            ratios = [f"{times[name] / times['one pass']:.2f}" for name in ("baseline", "reshape")]
            rows.append([f"x{shape}", function, f"{1000 * times['one pass']:.2f}", *ratios])
    headers = ["2x2, stride 2", "function", "one pass, ms", "baseline", "reshape"]
    return "max pooling, float64: time over one pass\n" + tabulate(rows, headers=headers, disable_numparse=True)
