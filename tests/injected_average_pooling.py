"""Average poolings with one known mistake each, as students would write them, in three ways of writing one.

What is wrong about their windows is what `tests.injected_pooling` has of max poolings: both cut them out alike.
"""

from collections.abc import Iterator

from tests.injected import Changes, Injected
from tests.injected_pooling import BACKWARD as MAX_BACKWARD
from tests.injected_pooling import (
    BY_ONE,
    BY_WINDOW,
    BY_WINDOW_SIZES,
    DOUT_SIZES,
    ONE_AXIS,
    ONE_AXIS_BY_WINDOW,
    ONE_COUNTER,
    SIZES,
    changed,
    with_ends,
)
from tests.injected_pooling import FORWARD as MAX_FORWARD

_OUT_SIZES = """\
    H_out = 1 + (H - hh) // s
    W_out = 1 + (W - ww) // s
"""
RIGHT = {
    "loops": f"""\
import numpy as np


def avg_pool_forward_naive(x, pool_param):
{SIZES}{_OUT_SIZES}\
    out = np.zeros((N, C, H_out, W_out))
    for n in range(N):
        for c in range(C):
            for h in range(H_out):
                for k in range(W_out):
                    window = x[n, c, h * s : h * s + hh, k * s : k * s + ww]
                    out[n, c, h, k] = np.mean(window)
    return out, (x, pool_param)


def avg_pool_backward_naive(dout, cache):
    x, pool_param = cache
{SIZES}\
    H_out, W_out = dout.shape[2:]
    dx = np.zeros(x.shape)
    for n in range(N):
        for c in range(C):
            for h in range(H_out):
                for k in range(W_out):
                    dx[n, c, h * s : h * s + hh, k * s : k * s + ww] += dout[n, c, h, k] / (hh * ww)
    return dx
""",
    "masks": f"""\
import numpy as np


def spread(gradient, shape):
    return np.ones(gradient.shape[:2] + shape) * gradient / (shape[0] * shape[1])


def avg_pool_forward_naive(x, pool_param):
{SIZES}{_OUT_SIZES}\
    out = np.zeros((N, C, H_out, W_out))
    for h in range(H_out):
        for k in range(W_out):
            window = x[:, :, h * s : h * s + hh, k * s : k * s + ww]
            out[:, :, h, k] = np.mean(window, axis=(2, 3))
    return out, (x, pool_param)


def avg_pool_backward_naive(dout, cache):
    x, pool_param = cache
{SIZES}\
    H_out, W_out = dout.shape[2:]
    dx = np.zeros(x.shape)
    for h in range(H_out):
        for k in range(W_out):
            gradient = spread(dout[:, :, h : h + 1, k : k + 1], (hh, ww))
            dx[:, :, h * s : h * s + hh, k * s : k * s + ww] += gradient
    return dx
""",
    "columns": f"""\
import numpy as np


def avg_pool_forward_naive(x, pool_param):
{SIZES}{_OUT_SIZES}\
    i, j = np.indices((hh, ww)).reshape(2, -1, 1)
    h, k = np.indices((H_out, W_out)).reshape(2, -1)
    columns = x[:, :, i + h * s, j + k * s]
    best = columns.mean(axis=2)
    out = best.reshape(N, C, H_out, W_out)
    return out, (x, pool_param)


def avg_pool_backward_naive(dout, cache):
    x, pool_param = cache
{SIZES}\
    H_out, W_out = dout.shape[2:]
    i, j = np.indices((hh, ww)).reshape(2, -1, 1)
    h, k = np.indices((H_out, W_out)).reshape(2, -1)
    shares = dout[:, :, h, k][:, :, None] / (hh * ww)
    dx = np.zeros(x.shape)
    np.add.at(dx, (slice(None), slice(None), i + h * s, j + k * s), shares)
    return dx
""",
}
_LOOPS_X = "x[n, c, h * s : h * s + hh, k * s : k * s + ww]"
_MASKS_X = "x[:, :, h * s : h * s + hh, k * s : k * s + ww]"
_COLUMNS_X = "x[:, :, i + h * s, j + k * s]"
_COLUMNS_SHARE = "dout[:, :, h, k][:, :, None] / (hh * ww)"
_ABOUT_WINDOWS = (
    "stride-ignored", "stride-one-axis", "flat-index", "steps-by-window", "steps-by-window-one-axis", "side-by-side",
    "window-is-stride", "window-is-out", "whole-image", "one-counter", "columns-by-rows", "window-square",
    "size-by-stride",
    "window-swapped", "size-swapped", "height-twice",
    "size-no-one", "size-by-window", "size-one-inside", "size-of-other-side", "sizes-of-one-side", "size-ceil",
    "last-missing", "size-no-one-axis", "size-by-stride-one-axis", "last-missing-one-axis",
    "transposed", "first-channel", "first-image", "zeros", "dout", "dout-transposed",
)  # fmt: skip


def _pick(loops: str, masks: str, columns: str) -> dict[str, Changes]:
    return {
        "loops": (("np.mean(window)", loops),),
        "masks": (("np.mean(window, axis=(2, 3))", masks),),
        "columns": (("columns.mean(axis=2)", columns),),
    }


def _sum_by(number: str) -> dict[str, Changes]:
    return _pick(
        f"np.sum(window) / ({number})", f"np.sum(window, axis=(2, 3)) / ({number})", f"columns.sum(axis=2) / ({number})"
    )


def _divided_by(number: str) -> dict[str, Changes]:
    """The masks have the division in a function of their own, so there it is the caller who adds to it."""
    return {
        "loops": (("(hh * ww)", f"({number})"),),
        "masks": (("(hh, ww))\n", f"(hh, ww)) * hh * ww / ({number})\n"),),
        "columns": (("(hh * ww)", f"({number})"),),
    }


def _share(loops: str, masks: str, columns: str) -> dict[str, Changes]:
    """What is added to dx."""
    return {
        "loops": (("dout[n, c, h, k] / (hh * ww)", loops),),
        "masks": (("spread(dout[:, :, h : h + 1, k : k + 1], (hh, ww))", masks),),
        "columns": ((_COLUMNS_SHARE, columns),),
    }


_OWN_FORWARD: dict[str, dict[str, Changes]] = {
    "out-sum": _sum_by("1"),
    "out-divided-by-side": _sum_by("hh"),
    "out-divided-by-square": _sum_by("ww**2"),
    "out-max": _pick("np.max(window)", "np.max(window, axis=(2, 3))", "columns.max(axis=2)"),
    "out-over-channels": _pick(
        "np.mean(x[n, :, h * s : h * s + hh, k * s : k * s + ww])",
        "np.mean(window, axis=(1, 2, 3))[:, None]",
        "np.repeat(columns.mean(axis=(1, 2))[:, None], C, axis=1)",
    ),
    "out-whole-numbers": _pick(
        "int(np.mean(window))", "np.sum(window, axis=(2, 3)) // (hh * ww)", "columns.mean(axis=2).astype(int)"
    ),
    "out-first-row": _pick("np.mean(window[0])", "np.mean(window[:, :, 0], axis=2)", "columns[:, :, :ww].mean(axis=2)"),
}
_OWN_BACKWARD: dict[str, dict[str, Changes]] = {
    "dx-stride-ignored": BY_ONE,
    "dx-stride-one-axis": ONE_AXIS,
    "dx-one-counter": ONE_COUNTER,
    "dx-steps-by-window": BY_WINDOW,
    "dx-steps-by-window-one-axis": ONE_AXIS_BY_WINDOW,
    "dx-side-by-side": with_ends(BY_WINDOW, DOUT_SIZES, BY_WINDOW_SIZES),
    "dx-not-divided": _divided_by("1"),
    "dx-divided-by-side": _divided_by("ww"),
    "dx-divided-by-square": _divided_by("hh**2"),
    "dx-divided-by-sides": _divided_by("hh + ww"),
    "dx-divided-twice": _divided_by("(hh * ww)**2"),
    "dx-divided-by-stride": _divided_by("s * s"),
    "dx-divided-by-output": _divided_by("H_out * W_out"),
    "dx-assigned": {"loops": (("+=", "="),), "masks": (("+= gradient", "= gradient"),)},
    "dx-to-the-largest": {
        "loops": (
            (f"d{_LOOPS_X} += dout[n, c, h, k] / (hh * ww)",
             f"window = {_LOOPS_X}; d{_LOOPS_X} += (window == window.max()) * dout[n, c, h, k]"),
        ),
        "masks": (
            ("spread(dout[:, :, h : h + 1, k : k + 1], (hh, ww))",
             f"dout[:, :, h : h + 1, k : k + 1] * ({_MASKS_X} == {_MASKS_X}.max(axis=(2, 3), keepdims=True))"),
        ),
        "columns": (
            (_COLUMNS_SHARE,
             f"dout[:, :, h, k][:, :, None] * ({_COLUMNS_X} == {_COLUMNS_X}.max(axis=2, keepdims=True))"),
        ),
    },
    "dx-to-the-first-cell": {
        "loops": ((f"d{_LOOPS_X}", "dx[n, c, h * s, k * s]"),),
        "masks": (("            dx[:, :, h * s : h * s + hh, k * s : k * s + ww] += gradient",
                   "            dx[:, :, h * s, k * s] += gradient[:, :, 0, 0]"),),
        "columns": (("np.indices((hh, ww))", "np.zeros((2, 1), int)"),),
    },
    "dx-times-value": _share(
        f"dout[n, c, h, k] * {_LOOPS_X} / (hh * ww)",
        f"dout[:, :, h : h + 1, k : k + 1] * {_MASKS_X}.mean(axis=(2, 3), keepdims=True)",
        f"dout[:, :, h, k][:, :, None] * {_COLUMNS_X}",
    ),
    "dx-value": _share(
        f"np.mean({_LOOPS_X}) / (hh * ww)",
        f"{_MASKS_X}.mean(axis=(2, 3), keepdims=True)",
        f"{_COLUMNS_X}.mean(axis=2, keepdims=True) / (hh * ww)",
    ),
    "dx-one": _share("1 / (hh * ww)", "1 / (hh * ww)", "1 / (hh * ww)"),
    "dx-over-channels": {
        "loops": ((f"d{_LOOPS_X}", "dx[n, :, h * s : h * s + hh, k * s : k * s + ww]"),),
        "masks": (("+= gradient", "+= gradient.sum(axis=1, keepdims=True)"),),
        "columns": ((_COLUMNS_SHARE, f"({_COLUMNS_SHARE}).sum(axis=1, keepdims=True)"),),
    },
}  # fmt: skip


def _about_windows(bugs: dict[str, dict[str, Changes]]) -> dict[str, dict[str, Changes]]:
    return {bug: changes for bug, changes in bugs.items() if bug.partition("-")[2] in _ABOUT_WINDOWS}


FORWARD = _about_windows(MAX_FORWARD) | _OWN_FORWARD
BACKWARD = _about_windows(MAX_BACKWARD) | _OWN_BACKWARD


def programs() -> Iterator[Injected]:
    """Every mistake in every structure in which it can be made."""
    for bugs, is_forward in ((FORWARD, True), (BACKWARD, False)):
        for bug, structures in bugs.items():
            for structure, changes in structures.items():
                yield Injected(bug, structure, changed(RIGHT[structure], changes, is_forward=is_forward))
