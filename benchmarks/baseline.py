"""The fast baseline beside the matrix product alone and beside other ways to convolve.

    python -m benchmarks.baseline [--seconds 1] [--images N] [--json]

On one thread and one CPU, in alternation: one call of each way, then the next round, for so many seconds (and at least
nine rounds); the ratio of the medians counts. "product" is `np.matmul` of the filters and of columns that are there
already, into an output that is there already: what im2col cannot beat with one product. Backward it is the two products
that give dw and the columns of dx. "strided" unfolds the whole batch with strides as the course's fast layers do (its
backward has the columns from forward, for which it does not pay here), "einsum" contracts windows with `optimize=True`
and PyTorch is `torch.nn.functional.conv2d` and its gradients, where it is installed (`pip install torch`).
All of them are compared with the reference before they are timed.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from statistics import median
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from numpy.typing import NDArray
from tabulate import tabulate

from benchmarks import normalization, pooling
from grader.rubric.model import Workload
from grader.rubric.workload import as_text, parse_workload, sizes_of
from grader.sandbox.affinity import on_one_cpu
from grader.sandbox.spawn import ENVIRONMENT
from reference.conv2d import OPERATOR
from reference.conv2d.baseline import conv_backward_fast, conv_forward_fast
from reference.conv2d.oracle import conv_backward, conv_forward

Array = NDArray[Any]
Way = Callable[[], tuple[Array, ...]]
FEWEST_ROUNDS = 9


WORKLOADS = (
    "x(100,3,31,31) w(25,3,3,3) s2 p1",
    "x(20,3,32,32) w(16,3,3,3) s1 p1",
    "x(16,32,32,32) w(32,32,3,3) s1 p1",
    "x(8,64,16,16) w(64,64,3,3) s1 p1",
    "x(4,16,64,64) w(32,16,5,5) s1 p2",
    "x(64,3,32,32) w(32,3,7,7) s1 p3",
)


def forward_ways(x: Array, w: Array, b: Array, conv_param: Mapping[str, int]) -> dict[str, Way]:
    """Every way to compute out; "product" does not, but takes as long as it has to."""
    columns = strided_columns(x, w, conv_param)
    rows = np.ascontiguousarray(w.reshape(len(w), -1))
    product = np.empty((len(w), columns.shape[1]), x.dtype)
    ways: dict[str, Way] = {
        "product": lambda: (np.matmul(rows, columns, out=product),),
        "baseline": lambda: (conv_forward_fast(x, w, b, conv_param)[0],),
        "strided": lambda: (strided_forward(x, w, b, conv_param),),
        "einsum": lambda: (einsum_forward(x, w, b, conv_param),),
    }
    torch = _torch()
    if torch is not None:
        tensors = [torch.from_numpy(array) for array in (x, w, b)]
        ways["PyTorch"] = lambda: (
            torch.nn.functional.conv2d(*tensors, stride=conv_param["stride"], padding=conv_param["pad"]).numpy(),
        )
    return ways


def backward_ways(dout: Array, x: Array, w: Array, b: Array, conv_param: Mapping[str, int]) -> dict[str, Way]:
    """Every way to compute (dx, dw, db); "product" does not, but takes as long as it has to."""
    columns = strided_columns(x, w, conv_param)
    rows = np.ascontiguousarray(w.reshape(len(w), -1))
    upstream = np.ascontiguousarray(dout.transpose(1, 0, 2, 3)).reshape(len(w), -1)
    dw, dcolumns = np.empty_like(rows), np.empty_like(columns)
    ways: dict[str, Way] = {
        "product": lambda: (np.matmul(upstream, columns.T, out=dw), np.matmul(rows.T, upstream, out=dcolumns)),
        "baseline": lambda: conv_backward_fast(dout, (x, w, b, conv_param)),
        "strided": lambda: strided_backward(dout, x, w, columns, conv_param),
        "einsum": lambda: einsum_backward(dout, x, w, conv_param),
    }
    torch = _torch()
    if torch is not None:
        tensors = [torch.from_numpy(array) for array in (dout, x, w)]
        stride, pad = ([conv_param[name]] * 2 for name in ("stride", "pad"))
        settings = (list(b.shape), stride, pad, [1, 1], False, [0, 0], 1, [True] * 3)
        ways["PyTorch"] = lambda: tuple(g.numpy() for g in torch.ops.aten.convolution_backward(*tensors, *settings))
    return ways


def strided_columns(x: Array, w: Array, conv_param: Mapping[str, int]) -> Array:
    """The columns (C*HH*WW, N*H_out*W_out) of the whole batch."""
    windows = _windows(x, w, conv_param)
    columns = np.ascontiguousarray(windows.transpose(1, 4, 5, 0, 2, 3))
    return columns.reshape(w[0].size, -1)


def strided_forward(x: Array, w: Array, b: Array, conv_param: Mapping[str, int]) -> Array:
    """Unfold the batch, one product, put the images first again."""
    columns = strided_columns(x, w, conv_param)
    out = w.reshape(len(w), -1) @ columns + b[:, None]
    H_out, W_out = _windows(x, w, conv_param).shape[2:4]
    return np.ascontiguousarray(out.reshape(len(w), len(x), H_out, W_out).transpose(1, 0, 2, 3))


def strided_backward(
    dout: Array, x: Array, w: Array, columns: Array, conv_param: Mapping[str, int]
) -> tuple[Array, Array, Array]:
    """Two products of the whole batch, and the columns of dx added where they belong."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    (N, C, H, W), (F, _, HH, WW), (H_out, W_out) = x.shape, w.shape, dout.shape[2:]
    upstream = dout.transpose(1, 0, 2, 3).reshape(F, -1)
    dw = (upstream @ columns.T).reshape(w.shape)
    dcolumns = (w.reshape(F, -1).T @ upstream).reshape(C, HH, WW, N, H_out, W_out)
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), x.dtype)
    for i in range(HH):
        for j in range(WW):
            places = (
                slice(None),
                slice(None),
                slice(i, i + stride * H_out, stride),
                slice(j, j + stride * W_out, stride),
            )
            padded[places] += dcolumns[:, i, j].transpose(1, 0, 2, 3)
    return padded[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))


def einsum_forward(x: Array, w: Array, b: Array, conv_param: Mapping[str, int]) -> Array:
    """Contract windows and filters."""
    out: Array = np.einsum("nchwij,fcij->nfhw", _windows(x, w, conv_param), w, optimize=True) + b[:, None, None]
    return out


def einsum_backward(dout: Array, x: Array, w: Array, conv_param: Mapping[str, int]) -> tuple[Array, Array, Array]:
    """Contract the windows for dw, and for dx those of the upstream gradient, spread by the stride and padded."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    (N, _, H, W), (F, _, HH, WW), (H_out, W_out) = x.shape, w.shape, dout.shape[2:]
    dw = np.einsum("nfhw,nchwij->fcij", dout, _windows(x, w, conv_param), optimize=True)
    spread = np.zeros((N, F, H + 2 * pad + HH - 1, W + 2 * pad + WW - 1), dout.dtype)
    top, left = HH - 1, WW - 1
    spread[:, :, top : top + stride * H_out : stride, left : left + stride * W_out : stride] = dout
    windows = sliding_window_view(spread, (HH, WW), (2, 3))[:, :, pad : pad + H, pad : pad + W]
    dx = np.einsum("nfhwij,fcij->nchw", windows, w[:, :, ::-1, ::-1], optimize=True)
    return dx, dw, dout.sum(axis=(0, 2, 3))


def _windows(x: Array, w: Array, conv_param: Mapping[str, int]) -> Array:
    """View of the padded x as (N, C, H_out, W_out, HH, WW)."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    (N, C, H, W), (HH, WW), (sn, sc, sh, sw) = padded.shape, w.shape[2:], padded.strides
    shape = (N, C, (H - HH) // stride + 1, (W - WW) // stride + 1, HH, WW)
    return as_strided(padded, shape, (sn, sc, stride * sh, stride * sw, sh, sw))


def _torch() -> Any:
    """PyTorch on one thread, None where it is not installed."""
    if find_spec("torch") is None:
        return None
    torch = import_module("torch")
    torch.set_num_threads(1)
    return torch


def measure(ways: Mapping[str, Callable[[], Any]], seconds: float) -> dict[str, float]:
    """Median seconds of each, in alternation."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    end = time.perf_counter() + seconds
    while min(map(len, times.values())) < FEWEST_ROUNDS or time.perf_counter() < end:
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - start)
    return {name: median(values) for name, values in times.items()}


def compare(workload: Workload, dtype: str, seconds: float) -> dict[str, dict[str, float]]:
    """For forward and backward the median seconds of each way, all of which have been found right."""
    rng = np.random.default_rng(231)
    sizes = sizes_of(workload, OPERATOR)
    shapes = OPERATOR.shapes(sizes)
    x, w, b = (rng.standard_normal(shapes[name]).astype(dtype) for name in ("x", "w", "b"))
    conv_param = {name: sizes[name] for name in ("stride", "pad")}
    out, cache = conv_forward(x, w, b, conv_param)
    dout = rng.standard_normal(out.shape).astype(dtype)
    found = {}
    for function, ways, expected in (
        ("forward", forward_ways(x, w, b, conv_param), (out,)),
        ("backward", backward_ways(dout, x, w, b, conv_param), conv_backward(dout, cache)),
    ):
        for name in set(ways) - {"product"}:
            for got, wanted in zip(ways[name](), expected, strict=True):
                error = np.abs(got - wanted).max() / np.abs(wanted).max()
                if error > {"float64": 1e-12, "float32": 1e-4}[dtype]:
                    text = as_text(workload, OPERATOR)
                    raise SystemExit(f"{name} is wrong by {error:.1e} on {text}, {function}, {dtype}")
        ways["product"]()  # all have been called once now
        found[function] = measure(ways, seconds)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each function of each workload")
    parser.add_argument("--images", type=int, default=sys.maxsize, help="no more than these of each workload")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if any(os.environ.get(name) != value for name, value in ENVIRONMENT.items()):  # read when NumPy is loaded
        os.execve(
            sys.executable, [sys.executable, "-m", "benchmarks.baseline", *sys.argv[1:]], {**os.environ, **ENVIRONMENT}
        )
    found = []
    with on_one_cpu():
        for dtype in ("float64", "float32"):
            for text in WORKLOADS:
                whole = parse_workload(text, OPERATOR)
                _, *image = OPERATOR.shapes(sizes := sizes_of(whole, OPERATOR))["x"]
                workload: Workload = {**whole, "x": (min(options.images, sizes["N"]), *image)}
                name = as_text(workload, OPERATOR)
                for function, times in compare(workload, dtype, options.seconds).items():
                    found.append({"workload": name, "dtype": dtype, "function": function, "median_s": times})
    if options.json:
        print(json.dumps(found))
        return
    for function in ("forward", "backward"):
        for dtype in ("float64", "float32"):
            mine: list[Any] = [row for row in found if (row["function"], row["dtype"]) == (function, dtype)]
            names = list(mine[0]["median_s"])[1:]
            table = []
            for row in mine:
                times = row["median_s"]
                ratios = [times[name] / times["product"] for name in names]
                table.append([row["workload"], f"{1000 * times['product']:.2f}", *(f"{ratio:.2f}" for ratio in ratios)])
            print(f"{function}, {dtype}: time over the product alone")
            print(tabulate(table, headers=["workload", "product, ms", *names], disable_numparse=True), end="\n\n")
    with on_one_cpu():
        print(pooling.report(measure, options.seconds), end="\n\n")
        print(normalization.report(measure, options.seconds))


if __name__ == "__main__":
    main()
