"""Max poolings with one known mistake each, as students would write them, in three ways of writing one.

A mistake is a text replacement in a right program. Those whose names begin with `out-` are in the forward function.
"""

from collections.abc import Iterator

from tests.injected import Changes, Injected

SIZES = """\
    N, C, H, W = x.shape
    hh, ww, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
"""
RIGHT = {
    "loops": f"""\
import numpy as np


def max_pool_forward_naive(x, pool_param):
{SIZES}\
    H_out = 1 + (H - hh) // s
    W_out = 1 + (W - ww) // s
    out = np.zeros((N, C, H_out, W_out))
    for n in range(N):
        for c in range(C):
            for h in range(H_out):
                for k in range(W_out):
                    window = x[n, c, h * s : h * s + hh, k * s : k * s + ww]
                    out[n, c, h, k] = np.max(window)
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
{SIZES}\
    H_out, W_out = dout.shape[2:]
    dx = np.zeros(x.shape)
    for n in range(N):
        for c in range(C):
            for h in range(H_out):
                for k in range(W_out):
                    window = x[n, c, h * s : h * s + hh, k * s : k * s + ww]
                    i, j = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, h * s + i, k * s + j] += dout[n, c, h, k]
    return dx
""",
    "masks": f"""\
import numpy as np


def max_pool_forward_naive(x, pool_param):
{SIZES}\
    H_out = 1 + (H - hh) // s
    W_out = 1 + (W - ww) // s
    out = np.zeros((N, C, H_out, W_out))
    for h in range(H_out):
        for k in range(W_out):
            window = x[:, :, h * s : h * s + hh, k * s : k * s + ww]
            out[:, :, h, k] = np.max(window, axis=(2, 3))
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
{SIZES}\
    H_out, W_out = dout.shape[2:]
    dx = np.zeros(x.shape)
    for h in range(H_out):
        for k in range(W_out):
            window = x[:, :, h * s : h * s + hh, k * s : k * s + ww]
            best = np.max(window, axis=(2, 3), keepdims=True)
            mask = (window == best).astype(float)
            mask /= mask.sum(axis=(2, 3), keepdims=True)
            gradient = mask * dout[:, :, h : h + 1, k : k + 1]
            dx[:, :, h * s : h * s + hh, k * s : k * s + ww] += gradient
    return dx
""",
    "columns": f"""\
import numpy as np


def max_pool_forward_naive(x, pool_param):
{SIZES}\
    H_out = 1 + (H - hh) // s
    W_out = 1 + (W - ww) // s
    i, j = np.indices((hh, ww)).reshape(2, -1, 1)
    h, k = np.indices((H_out, W_out)).reshape(2, -1)
    columns = x[:, :, i + h * s, j + k * s]
    best = columns.max(axis=2)
    out = best.reshape(N, C, H_out, W_out)
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
{SIZES}\
    H_out, W_out = dout.shape[2:]
    i, j = np.indices((hh, ww)).reshape(2, -1, 1)
    h, k = np.indices((H_out, W_out)).reshape(2, -1)
    columns = x[:, :, i + h * s, j + k * s]
    best = columns.argmax(axis=2)
    shares = np.zeros(columns.shape)
    np.put_along_axis(shares, best[:, :, None], 1, axis=2)
    shares *= dout[:, :, h, k][:, :, None]
    dx = np.zeros(x.shape)
    np.add.at(dx, (slice(None), slice(None), i + h * s, j + k * s), shares)
    return dx
""",
}
LOOPS_WINDOW = "x[n, c, h * s : h * s + hh, k * s : k * s + ww]"
MASKS_WINDOW = "[:, :, h * s : h * s + hh, k * s : k * s + ww]"
COLUMNS = "i + h * s, j + k * s"
_SIZE_LINES = "    H_out = 1 + (H - hh) // s\n    W_out = 1 + (W - ww) // s\n"
DOUT_SIZES, BY_WINDOW_SIZES = "H_out, W_out = dout.shape[2:]", "H_out, W_out = H // hh, W // ww"
_LAST = "    return out, (x, pool_param)"
SWAP = (
    (
        '    hh, ww, s = pool_param["pool_height"], pool_param["pool_width"]',
        '    ww, hh, s = pool_param["pool_height"], pool_param["pool_width"]',
    ),
)
BY_HEIGHT = ((f'{SWAP[0][0]}, pool_param["stride"]', f'{SWAP[0][0]}, pool_param["pool_height"]'),)
SQUARE = ((SWAP[0][0], '    hh, ww, s = pool_param["pool_height"], pool_param["pool_height"]'),)


def at_the_end(line: str) -> Changes:
    return ((_LAST, f"    {line}\n{_LAST}"),)


def _windows(loops: str, masks: str, columns: str) -> dict[str, Changes]:
    return {
        "loops": ((LOOPS_WINDOW, loops),),
        "masks": ((MASKS_WINDOW, masks),),
        "columns": ((COLUMNS, columns),),
    }


def everywhere(changes: Changes) -> dict[str, Changes]:
    return dict.fromkeys(RIGHT, changes)


def _pick(loops: str, masks: str, columns: str) -> dict[str, Changes]:
    return {
        "loops": (("np.max(window)", loops),),
        "masks": (("np.max(window, axis=(2, 3))", masks),),
        "columns": (("columns.max(axis=2)", columns),),
    }


BY_ONE = _windows("x[n, c, h : h + hh, k : k + ww]", "[:, :, h : h + hh, k : k + ww]", "i + h, j + k")
ONE_AXIS = _windows(
    "x[n, c, h * s : h * s + hh, k : k + ww]", "[:, :, h * s : h * s + hh, k : k + ww]", "i + h, j + k * s"
)
BY_WINDOW = _windows(
    "x[n, c, h * hh : h * hh + hh, k * ww : k * ww + ww]",
    "[:, :, h * hh : h * hh + hh, k * ww : k * ww + ww]",
    "i + h * hh, j + k * ww",
)
ONE_AXIS_BY_WINDOW = _windows(
    "x[n, c, h * s : h * s + hh, k * ww : k * ww + ww]", "[:, :, h * s : h * s + hh, k * ww : k * ww + ww]",
    "i + h * s, j + k * ww",
)  # fmt: skip
ONE_COUNTER = _windows(
    "x[n, c, h * s : h * s + hh, h * s : h * s + ww]", "[:, :, k * s : k * s + hh, k * s : k * s + ww]",
    "i + h * s, j + h * s",
)  # fmt: skip
OF_STRIDE = _windows(
    "x[n, c, h * s : (h + 1) * s, k * s : (k + 1) * s]", "[:, :, h * s : (h + 1) * s, k * s : (k + 1) * s]", COLUMNS
) | {"columns": (("np.indices((hh, ww))", "np.indices((s, s))"),)}


OF_OUTPUT = _windows(
    "x[n, c, h * s : h * s + H_out, k * s : k * s + W_out]",
    "[:, :, h * s : h * s + H_out, k * s : k * s + W_out]",
    COLUMNS,
) | {"columns": (("np.indices((hh, ww))", "np.indices((H_out, W_out))"),)}


def with_ends(changes: dict[str, Changes], old: str, new: str) -> dict[str, Changes]:
    """With other ends of the loops, too."""
    return {structure: (*each, (old, new)) for structure, each in changes.items()}


def _shares(loops: str, masks: str, columns: str) -> dict[str, Changes]:
    """What a window gets: loops set dx, masks the gradient, columns the shares."""
    return {
        "loops": (("dx[n, c, h * s + i, k * s + j] += dout[n, c, h, k]", loops),),
        "masks": (("mask * dout[:, :, h : h + 1, k : k + 1]", masks),),
        "columns": (("    shares *= dout[:, :, h, k][:, :, None]\n", columns),),
    }


_DX = "dx[n, c, h * s + i, k * s + j]"
_WHOLE_DX = "dx[n, c, h * s : h * s + hh, k * s : k * s + ww]"
_UP = "dout[n, c, h, k]"
_MASK_UP = "dout[:, :, h : h + 1, k : k + 1]"
_COL_UP = "dout[:, :, h, k][:, :, None]"

FORWARD: dict[str, dict[str, Changes]] = {
    "out-stride-ignored": BY_ONE,
    "out-stride-one-axis": ONE_AXIS,
    "out-flat-index": {
        "loops": (
            ("    out = np.zeros((N, C, H_out, W_out))", "    out = np.zeros((N, C, H_out * W_out))"),
            ("out[n, c, h, k] =", "out[n, c, h * H_out + k] ="),
            (_LAST, f"    out = out.reshape(N, C, H_out, W_out)\n{_LAST}"),
        ),
        "masks": (("out[:, :, h, k] =", "out[:, :, (h * W_out + k) // H_out, (h * W_out + k) % H_out] ="),),
        "columns": (
            (
                "    h, k = np.indices((H_out, W_out)).reshape(2, -1)\n",
                "    at = np.arange(H_out * W_out)\n    h, k = at // W_out, at % H_out\n",
            ),
        ),
    },
    "out-steps-by-window": BY_WINDOW,
    "out-steps-by-window-one-axis": ONE_AXIS_BY_WINDOW,
    "out-side-by-side": with_ends(BY_WINDOW, _SIZE_LINES, "    H_out, W_out = H // hh, W // ww\n"),
    "out-window-is-stride": OF_STRIDE,
    "out-window-is-out": OF_OUTPUT,
    "out-whole-image": _windows("x[n, c]", "[:, :]", COLUMNS)
    | {"columns": ((f"x[:, :, {COLUMNS}]", "np.repeat(x.reshape(N, C, -1, 1), h.size, axis=3)"),)},
    "out-one-counter": ONE_COUNTER,
    "out-window-square": everywhere(SQUARE),
    "out-window-swapped": everywhere(SWAP),
    "out-size-swapped": everywhere(((_SIZE_LINES, "    W_out = 1 + (H - hh) // s\n    H_out = 1 + (W - ww) // s\n"),)),
    "out-height-twice": everywhere((("W_out = 1 + (W - ww) // s", "W_out = H_out"),))
    | {"masks": (("W_out = 1 + (W - ww) // s", "W_out = 1 + (H - ww) // s"),),
       "columns": (("W_out = 1 + (W - ww) // s", "W_out = 1 + int((H - ww) / s)"),)},
    "out-columns-by-rows": {
        "loops": (("for k in range(W_out)", "for k in range(H_out)"),),
        "masks": (("for k in range(W_out)", "for k in range(H_out)"),),
        "columns": (
            ("np.indices((H_out, W_out))", "np.indices((H_out, H_out))"),
            ("out = best.reshape(N, C, H_out, W_out)", "out = np.zeros((N, C, H_out, W_out)); out[:, :, h, k] = best"),
        ),
    },
    "out-size-no-one": everywhere((("1 + (H - hh) // s", "(H - hh) // s"), ("1 + (W - ww) // s", "(W - ww) // s"))),
    "out-size-no-one-axis": everywhere((("1 + (W - ww) // s", "(W - ww) // s"),)),
    "out-size-by-stride-one-axis": everywhere((("1 + (H - hh) // s", "H // s"),)),
    "out-last-missing-one-axis": {
        "loops": (("range(H_out)", "range(H_out - 1)"),),
        "masks": (("range(W_out)", "range(W_out - 1)"),),
        "columns": at_the_end("out[:, :, -1] = 0"),
    },
    "out-size-one-inside": everywhere(
        (("1 + (H - hh) // s", "(H - hh + 1) // s"), ("1 + (W - ww) // s", "(W - ww + 1) // s"))
    ),
    "out-size-of-other-side": everywhere(
        (("1 + (H - hh) // s", "1 + (H - ww) // s"), ("1 + (W - ww) // s", "1 + (W - hh) // s"))
    ),
    "out-size-by-window": everywhere(((_SIZE_LINES, "    H_out, W_out = H // hh, W // ww\n"),)),
    "out-size-by-stride": everywhere(((_SIZE_LINES, "    H_out, W_out = H // s, W // s\n"),)),
    "out-size-ceil": everywhere(
        (("1 + (H - hh) // s", "1 + -(-(H - hh) // s)"), ("1 + (W - ww) // s", "1 + -(-(W - ww) // s)"))
    ),
    "out-last-missing": {
        "loops": (("range(H_out)", "range(H_out - 1)"), ("range(W_out)", "range(W_out - 1)")),
        "masks": (("range(H_out)", "range(H_out - 1)"), ("range(W_out)", "range(W_out - 1)")),
        "columns": at_the_end("out[:, :, -1] = out[:, :, :, -1] = 0"),
    },
    "out-transposed": {
        "loops": (("out[n, c, h, k]", "out[n, c, k, h]"),),
        "masks": (("out[:, :, h, k]", "out[:, :, k, h]"),),
    },
    "out-from-zero": _pick("max(0, np.max(window))", "np.maximum(0, window.max(axis=(2, 3)))",
                           "np.maximum(0, columns.max(axis=2))"),
    "out-of-absolute": _pick("np.max(np.abs(window))", "np.abs(window).max(axis=(2, 3))",
                             "np.abs(columns).max(axis=2)"),
    "out-mean": _pick("np.mean(window)", "np.mean(window, axis=(2, 3))", "columns.mean(axis=2)"),
    "out-sum": _pick("np.sum(window)", "np.sum(window, axis=(2, 3))", "columns.sum(axis=2)"),
    "out-min": _pick("np.min(window)", "np.min(window, axis=(2, 3))", "columns.min(axis=2)"),
    "out-argmax": _pick("np.argmax(window)", "window.reshape(N, C, -1).argmax(axis=2)", "columns.argmax(axis=2)"),
    "out-over-channels": _pick("np.max(x[n, :, h * s : h * s + hh, k * s : k * s + ww])",
                               "np.max(window, axis=(1, 2, 3))[:, None]",
                               "np.repeat(columns.max(axis=(1, 2))[:, None], C, axis=1)"),
    "out-first-channel": everywhere(at_the_end("out[:, 1:] = 0")) | {"loops": (("range(C)", "range(1)"),)},
    "out-first-image": everywhere(at_the_end("out[1:] = 0")) | {"loops": (("range(N)", "range(1)"),)},
    "out-maximum-and-mean": _pick("np.max(window, axis=0).mean()", "window.max(axis=2).mean(axis=2)",
                                  "columns.reshape(N, C, hh, ww, -1).max(axis=2).mean(axis=2)"),
    "out-first-row": _pick("np.max(window[0])", "window[:, :, 0].max(axis=2)", "columns[:, :, :ww].max(axis=2)"),
}  # fmt: skip
BACKWARD: dict[str, dict[str, Changes]] = {
    "dx-ties-to-all": {
        "loops": (
            (f"{_DX} += {_UP}", f"{_WHOLE_DX} += (window == window.max()) * {_UP}"),
        ),
        "masks": (("            mask /= mask.sum(axis=(2, 3), keepdims=True)\n", ""),),
        "columns": (
            ("    np.put_along_axis(shares, best[:, :, None], 1, axis=2)\n",
             "    shares[...] = columns == columns.max(axis=2, keepdims=True)\n"),
        ),
    },
    "dx-shared-by-all": {"masks": (("mask.sum(axis=(2, 3), keepdims=True)", "mask.sum()"),)},
    "dx-assigned": {
        "loops": ((f"{_DX} +=", f"{_DX} ="),),
        "masks": (("+= gradient", "= gradient"),),
    },
    "dx-to-the-whole-window": _shares(f"{_WHOLE_DX} += {_UP}", f"np.ones(window.shape) * {_MASK_UP}",
                                      f"    shares[...] = {_COL_UP}\n"),
    "dx-mean": _shares(f"{_WHOLE_DX} += {_UP} / (hh * ww)", f"np.ones(window.shape) / (hh * ww) * {_MASK_UP}",
                       f"    shares[...] = {_COL_UP} / (hh * ww)\n"),
    "dx-to-the-first-cell": {
        "loops": ((_DX, "dx[n, c, h * s, k * s]"),),
        "masks": (("mask = (window == best).astype(float)", "mask = np.zeros(window.shape); mask[:, :, 0, 0] = 1"),),
        "columns": (("columns.argmax(axis=2)", "0 * columns.argmax(axis=2)"),),
    },
    "dx-stored-without-stride": {
        "loops": ((_DX, "dx[n, c, h * s + i, k + j]"),),
        "masks": (("dx[:, :, h * s : h * s + hh, k * s : k * s + ww] +=", "dx[:, :, h : h + hh, k : k + ww] +="),),
        "columns": (("slice(None), i + h * s, j + k * s), shares", "slice(None), i + h, j + k), shares"),),
    },
    "dx-winner-turned": {"loops": ((_DX, "dx[n, c, h * s + j, k * s + i]"),)},
    "dx-winner-by-height": {
        "loops": (("np.unravel_index(np.argmax(window), window.shape)", "divmod(np.argmax(window), hh)"),),
        "masks": (
            (
                "            mask = (window == best).astype(float)\n"
                "            mask /= mask.sum(axis=(2, 3), keepdims=True)\n",
                "            place = window.reshape(N, C, -1).argmax(axis=2)\n"
                "            mask = np.zeros(window.shape)\n"
                "            mask[np.arange(N)[:, None], np.arange(C), place // ww, place % hh] = 1\n",
            ),
        ),
    },
    "dx-no-offset": {
        "loops": ((_DX, "dx[n, c, i, j]"),),
        "masks": (("dx[:, :, h * s : h * s + hh, k * s : k * s + ww] +=", "dx[:, :, :hh, :ww] +="),),
        "columns": (("slice(None), i + h * s, j + k * s), shares", "slice(None), i + 0 * h, j + 0 * k), shares"),),
    },
    "dx-times-value": _shares(f"{_DX} += {_UP} * window.max()", f"mask * window * {_MASK_UP}",
                              f"    shares *= columns * {_COL_UP}\n"),
    "dx-mask-of-value": _shares(f"{_WHOLE_DX} += {_UP} * window.max()", f"best * np.ones(window.shape) * {_MASK_UP}",
                                f"    shares[...] = columns.max(axis=2, keepdims=True) * {_COL_UP}\n"),
    "dx-value": _shares(f"{_DX} += window.max()", "mask * window", "    shares *= columns\n"),
    "dx-one": _shares(f"{_DX} += 1", "mask", ""),
    "dx-negated": everywhere((("    return dx\n", "    return -dx\n"),)),
    "dx-none-below-zero": {
        "loops": ((f"{_DX} +=", f"if window.max() >= 0: {_DX} +="),),
        "masks": (
            ("mask = (window == best)", "mask = (window == np.maximum(best, 0))"),
            ("mask /= mask.sum(axis=(2, 3), keepdims=True)", "mask /= np.maximum(mask.sum((2, 3), keepdims=True), 1)"),
        ),
        "columns": (("    shares *=", "    shares *= columns.max(axis=2, keepdims=True) >= 0\n    shares *="),),
    },
    "dx-none-below-zero-all": {
        "loops": (
            (f"{_DX} += {_UP}", f"{_WHOLE_DX} += (window == max(window.max(), 0)) * {_UP}"),
        ),
        "masks": (
            ("mask = (window == best)", "mask = (window == np.maximum(best, 0))"),
            ("            mask /= mask.sum(axis=(2, 3), keepdims=True)\n", ""),
        ),
        "columns": (
            ("    np.put_along_axis(shares, best[:, :, None], 1, axis=2)\n",
             "    shares[...] = columns == np.maximum(columns.max(axis=2, keepdims=True), 0)\n"),
        ),
    },
    "dx-first-below-zero": {
        "loops": (
            (
                "i, j = np.unravel_index(np.argmax(window), window.shape)",
                "best, i, j = 0, 0, 0\n"
                "                    for a in range(hh):\n"
                "                        for b in range(ww):\n"
                "                            if window[a, b] > best:\n"
                "                                best, i, j = window[a, b], a, b",
            ),
        ),
        "columns": (("columns.argmax", "np.maximum(columns, 0).argmax"),),
    },
    "dx-of-absolute": {
        "loops": (("np.argmax(window)", "np.argmax(np.abs(window))"),),
        "masks": (("best = np.max(window", "window = np.abs(window)\n            best = np.max(window"),),
        "columns": (("columns.argmax", "np.abs(columns).argmax"),),
    },
    "dx-min": {
        "loops": (("np.argmax", "np.argmin"),),
        "masks": (("best = np.max", "best = np.min"),),
        "columns": (("columns.argmax", "columns.argmin"),),
    },
    "dx-over-channels": {
        "masks": (("best = np.max(window, axis=(2, 3)", "best = np.max(window, axis=(1, 2, 3)"),
                  ("mask /= mask.sum(axis=(2, 3), keepdims=True)",
                   "mask /= np.maximum(1, mask.sum(axis=(2, 3), keepdims=True))")),
        "columns": (("np.put_along_axis(shares, best[:, :, None], 1, axis=2)",
                     "np.put_along_axis(shares, best[:, :, None], 1, axis=2)\n"
                     "    shares *= columns.max(axis=2, keepdims=True) == columns.max(axis=(1, 2), keepdims=True)"),),
    },
    "dx-winner-of-picture": {
        "loops": ((f"{_DX} += {_UP}", f"{_DX} += {_UP} * (window.max() == np.max(x[n, c]))"),),
        "masks": (("best = np.max(window, axis=(2, 3), keepdims=True)", "best = np.max(x, axis=(2, 3), keepdims=True)"),
                  ("mask /= mask.sum(axis=(2, 3), keepdims=True)",
                   "mask /= np.maximum(1, mask.sum(axis=(2, 3), keepdims=True))")),
        "columns": (("np.put_along_axis(shares, best[:, :, None], 1, axis=2)",
                     "np.put_along_axis(shares, best[:, :, None], 1, axis=2)\n"
                     "    best = x.max(axis=(2, 3))[:, :, None, None]\n"
                     "    shares *= columns.max(axis=2, keepdims=True) == best"),),
    },
    "dx-first-channel": everywhere((("    return dx\n", "    dx[:, 1:] = 0\n    return dx\n"),))
    | {"loops": (("range(C)", "range(1)"),)},
    "dx-first-image": everywhere((("    return dx\n", "    dx[1:] = 0\n    return dx\n"),))
    | {"loops": (("range(N)", "range(1)"),)},
    "dx-zeros": everywhere((("    return dx\n", "    return np.zeros_like(dx)\n"),)),
    "dx-dout": everywhere((("    return dx\n", "    return dout\n"),)),
    "dx-stride-ignored": BY_ONE | {
        "loops": ((LOOPS_WINDOW, "x[n, c, h : h + hh, k : k + ww]"), (_DX, "dx[n, c, h + i, k + j]")),
    },
    "dx-one-counter": ONE_COUNTER | {
        "loops": (
            (LOOPS_WINDOW, "x[n, c, h * s : h * s + hh, h * s : h * s + ww]"), (_DX, "dx[n, c, h * s + i, h * s + j]"),
        ),
    },
    "dx-stride-one-axis": ONE_AXIS | {
        "loops": (
            (LOOPS_WINDOW, "x[n, c, h * s : h * s + hh, k : k + ww]"), (_DX, "dx[n, c, h * s + i, k + j]"),
        ),
    },
    "dx-steps-by-window": BY_WINDOW | {
        "loops": (
            (LOOPS_WINDOW, "x[n, c, h * hh : h * hh + hh, k * ww : k * ww + ww]"),
            (_DX, "dx[n, c, h * hh + i, k * ww + j]"),
        ),
    },
    "dx-steps-by-window-one-axis": ONE_AXIS_BY_WINDOW | {
        "loops": (
            (LOOPS_WINDOW, "x[n, c, h * s : h * s + hh, k * ww : k * ww + ww]"),
            (_DX, "dx[n, c, h * s + i, k * ww + j]"),
        ),
    },
    "dx-side-by-side": with_ends(BY_WINDOW | {
        "loops": (
            (LOOPS_WINDOW, "x[n, c, h * hh : h * hh + hh, k * ww : k * ww + ww]"),
            (_DX, "dx[n, c, h * hh + i, k * ww + j]"),
        ),
    }, DOUT_SIZES, BY_WINDOW_SIZES),
    "dx-window-is-stride": OF_STRIDE,
    "dx-window-is-out": OF_OUTPUT,
    "dx-window-square": everywhere(SQUARE),
    "dx-window-swapped": everywhere(SWAP),
    "dx-height-twice": {
        "loops": (("for k in range(W_out)", "for k in range(H_out)"),),
        "masks": (("for k in range(W_out)", "for k in range(H_out)"),),
        "columns": (("H_out, W_out = dout.shape[2:]", "H_out = W_out = dout.shape[2]"),),
    },
    "dx-size-one-inside": everywhere(
        ((DOUT_SIZES, "H_out, W_out = (H - hh + 1) // s, (W - ww + 1) // s"),)
    ),
    "dx-size-of-other-side": everywhere(((DOUT_SIZES, "H_out, W_out = 1 + (H - ww) // s, 1 + (W - hh) // s"),)),
    "dx-sizes-of-one-side": everywhere(((DOUT_SIZES, "H_out, W_out = 1 + (H - hh) // s, 1 + (H - ww) // s"),)),
    "dx-size-by-window": everywhere(((DOUT_SIZES, BY_WINDOW_SIZES),)),
    "dx-size-by-stride": everywhere(((DOUT_SIZES, "H_out, W_out = H // s, W // s"),)),
    "dx-dout-transposed": {
        "loops": ((_UP, "dout[n, c, k, h]"),),
        "masks": (("h : h + 1, k : k + 1", "k : k + 1, h : h + 1"),),
        "columns": (("dout[:, :, h, k]", "dout[:, :, k, h]"),),
    },
    "dx-last-missing-one-axis": {
        "loops": (("range(H_out)", "range(H_out - 1)"),),
        "masks": (("range(W_out)", "range(W_out - 1)"),),
        "columns": (("H_out, W_out = dout.shape[2:]", "H_out, W_out = dout.shape[2], dout.shape[3] - 1"),),
    },
    "dx-last-missing": everywhere(
        (("H_out, W_out = dout.shape[2:]", "H_out, W_out = dout.shape[2] - 1, dout.shape[3] - 1"),)
    ),
}  # fmt: skip


def programs() -> Iterator[Injected]:
    """Every mistake in every structure in which it can be made."""
    for bugs, is_forward in ((FORWARD, True), (BACKWARD, False)):
        for bug, structures in bugs.items():
            for structure, changes in structures.items():
                yield Injected(bug, structure, changed(RIGHT[structure], changes, is_forward=is_forward))


def changed(code: str, changes: Changes, *, is_forward: bool) -> str:
    """The program with the changes in one of its functions, each of which has to be possible."""
    before, mark, after = code.partition("_pool_backward_naive")
    part = before if is_forward else after
    for old, new in changes:
        assert old in part, (old, part)
        part = part.replace(old, new)
    return part + mark + after if is_forward else before + mark + part
