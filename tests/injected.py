"""Convolutions with one known mistake each, as students would write them, in three ways of writing one.

A mistake is a text replacement in a right program, so that all else of the program stays right: those whose names
begin with `out-` in the forward function, the others in the backward function.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from grader.records import FUNCTIONS, Function

Changes = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Injected:
    """A program with one mistake."""

    bug: str
    structure: str
    code: str


def changed_in(right: str, code: str) -> Function:
    """The function that has the mistake. The other is the right program's, to the letter, and need not be run again."""
    (changed,) = (f for f in FUNCTIONS if _function_text(right, f) != _function_text(code, f))
    return changed


def _function_text(code: str, function: Function) -> str:
    """All that a program has before backward, or from there on."""
    forward, backward = re.split(r"^def (?=\w+_backward)", code, flags=re.MULTILINE)
    return forward if function == "forward" else backward


_FORWARD = {
    "loops": """\
def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    s = conv_param["stride"]
    p = conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    H_out = 1 + (H + 2 * p - HH) // s
    W_out = 1 + (W + 2 * p - WW) // s
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for h in range(H_out):
                for k in range(W_out):
                    window = xp[n, :, h * s : h * s + HH, k * s : k * s + WW]
                    out[n, f, h, k] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, conv_param)
""",
    "vectorised": """\
def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    s = conv_param["stride"]
    p = conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    H_out = 1 + (xp.shape[2] - HH) // s
    W_out = 1 + (xp.shape[3] - WW) // s
    c, i, j = np.indices((C, HH, WW)).reshape(3, -1, 1)
    h, k = np.indices((H_out, W_out)).reshape(2, -1)
    columns = xp[:, c, i + h * s, j + k * s]
    kernel = w.reshape(F, -1)
    product = kernel @ columns
    result = product + b.reshape(F, 1)
    out = result.reshape(N, F, H_out, W_out)
    return out, (x, w, b, conv_param)
""",
    "taps": """\
def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    s = conv_param["stride"]
    p = conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    H_out = 1 + (xp.shape[2] - HH) // s
    W_out = 1 + (xp.shape[3] - WW) // s
    out = np.zeros((N, F, H_out, W_out))
    for i in range(HH):
        for j in range(WW):
            places = xp[:, :, i : i + s * H_out : s, j : j + s * W_out : s]
            out += np.einsum("nchk,fc->nfhk", places, w[:, :, i, j])
    out += b.reshape(F, 1, 1)
    return out, (x, w, b, conv_param)
""",
}

_BACKWARD = {
    "loops": """\
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    s = conv_param["stride"]
    p = conv_param["pad"]
    H_out = 1 + (H + 2 * p - HH) // s
    W_out = 1 + (W + 2 * p - WW) // s
    db = np.zeros(F)
    for n in range(N):  # db
        for f in range(F):
            for h in range(H_out):
                for k in range(W_out):
                    db[f] += dout[n, f, h, k]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dw = np.zeros(w.shape)
    for n in range(N):  # dw
        for f in range(F):
            for h in range(H_out):
                for k in range(W_out):
                    window = xp[n, :, h * s : h * s + HH, k * s : k * s + WW]
                    dw[f] += window * dout[n, f, h, k]
    dxp = np.zeros((N, C, H + 2 * p, W + 2 * p))
    for n in range(N):  # dx
        for f in range(F):
            for h in range(H_out):
                for k in range(W_out):
                    dxp[n, :, h * s : h * s + HH, k * s : k * s + WW] += w[f] * dout[n, f, h, k]
    dx = dxp[:, :, p : p + H, p : p + W]
    return dx, dw, db
""",
    "vectorised": """\
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    s = conv_param["stride"]
    p = conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    H_out = 1 + (xp.shape[2] - HH) // s
    W_out = 1 + (xp.shape[3] - WW) // s
    c, i, j = np.indices((C, HH, WW)).reshape(3, -1, 1)
    h, k = np.indices((H_out, W_out)).reshape(2, -1)
    columns = xp[:, c, i + h * s, j + k * s]
    upstream = dout[:, :, h, k]
    dkernel = np.sum(upstream @ columns.transpose(0, 2, 1), axis=0)
    dw = dkernel.reshape(F, C, HH, WW)
    kernel = w.reshape(F, -1)
    dcolumns = kernel.T @ dout[:, :, h, k]
    dxp = np.zeros((N, C, H + 2 * p, W + 2 * p))
    np.add.at(dxp, (slice(None), c, i + h * s, j + k * s), dcolumns)
    dx = dxp[:, :, p : p + H, p : p + W]
    db = np.sum(dout, axis=(0, 2, 3))
    return dx, dw, db
""",
    "taps": """\
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    s = conv_param["stride"]
    p = conv_param["pad"]
    H_out, W_out = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dw = np.zeros(w.shape)
    for i in range(HH):
        for j in range(WW):
            places = xp[:, :, i : i + s * H_out : s, j : j + s * W_out : s]
            dw[:, :, i, j] = np.tensordot(dout, places, axes=((0, 2, 3), (0, 2, 3)))
    dxp = np.zeros((N, C, H + 2 * p, W + 2 * p))
    for i in range(HH):
        for j in range(WW):
            dplaces = np.einsum("nfhk,fc->nchk", dout, w[:, :, i, j])
            dxp[:, :, i : i + s * H_out : s, j : j + s * W_out : s] += dplaces
    dx = dxp[:, :, p : p + H, p : p + W]
    db = np.sum(dout, axis=(0, 2, 3))
    return dx, dw, db
""",
}

STRUCTURES = tuple(_FORWARD)


def _same(*changes: tuple[str, str]) -> dict[str, Changes]:
    """The same replacements in every structure."""
    return dict.fromkeys(STRUCTURES, changes)


def _crop(new: str) -> dict[str, Changes]:
    return _same((_CROP, new))


def _nest(name: str, n: str = "N", f: str = "F", h: str = "H_out", k: str = "W_out") -> str:
    """The heads of the four loops for one gradient."""
    return f"""\
for n in range({n}):  # {name}
    for f in range({f}):
        for h in range({h}):
            for k in range({k}):
"""


def _nests(*names: str, **ends: str) -> Changes:
    """Other ends of the loops for these gradients."""
    return tuple((_nest(name), _nest(name, **ends)) for name in names)


_S = 's = conv_param["stride"]'
_P = 'p = conv_param["pad"]'
_PAD = "xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))"
_W_SHAPE = "F, _, HH, WW = w.shape"
_RETURN = "return dx, dw, db"

_L_HEIGHT = "H_out = 1 + (H + 2 * p - HH) // s"
_L_WIDTH = "W_out = 1 + (W + 2 * p - WW) // s"
_HEIGHT = "H_out = 1 + (xp.shape[2] - HH) // s"
_WIDTH = "W_out = 1 + (xp.shape[3] - WW) // s"
_ZEROS = "out = np.zeros((N, F, H_out, W_out))"

_L_WINDOW = "window = xp[n, :, h * s : h * s + HH, k * s : k * s + WW]"
_L_OUT = "out[n, f, h, k] = np.sum(window * w[f]) + b[f]"
_V_PLACES = "h, k = np.indices((H_out, W_out)).reshape(2, -1)"
_V_COLUMNS = "columns = xp[:, c, i + h * s, j + k * s]"
_V_KERNEL = "kernel = w.reshape(F, -1)"
_V_PRODUCT = "product = kernel @ columns"
_V_RESULT = "result = product + b.reshape(F, 1)"
_V_OUT = "out = result.reshape(N, F, H_out, W_out)"
_T_PLACES = "places = xp[:, :, i : i + s * H_out : s, j : j + s * W_out : s]"
_T_OUT = 'out += np.einsum("nchk,fc->nfhk", places, w[:, :, i, j])'
_T_BIAS = "out += b.reshape(F, 1, 1)"

_L_DW = "dw[f] += window * dout[n, f, h, k]"
_L_DX = "dxp[n, :, h * s : h * s + HH, k * s : k * s + WW] += w[f] * dout[n, f, h, k]"
_L_DB = "db[f] += dout[n, f, h, k]"
_V_UPSTREAM = "upstream = dout[:, :, h, k]"
_V_DKERNEL = "dkernel = np.sum(upstream @ columns.transpose(0, 2, 1), axis=0)"
_V_DW = "dw = dkernel.reshape(F, C, HH, WW)"
_V_DCOLUMNS = "dcolumns = kernel.T @ dout[:, :, h, k]"
_V_DX = "np.add.at(dxp, (slice(None), c, i + h * s, j + k * s), dcolumns)"
_T_SIZES = "H_out, W_out = dout.shape[2:]"
_T_DW = "dw[:, :, i, j] = np.tensordot(dout, places, axes=((0, 2, 3), (0, 2, 3)))"
_T_DPLACES = 'dplaces = np.einsum("nfhk,fc->nchk", dout, w[:, :, i, j])'
_T_DX = "dxp[:, :, i : i + s * H_out : s, j : j + s * W_out : s] += dplaces"
_DXP = "dxp = np.zeros((N, C, H + 2 * p, W + 2 * p))"
_DB = "db = np.sum(dout, axis=(0, 2, 3))"

_CROP = "dx = dxp[:, :, p : p + H, p : p + W]"

_FILLED = """\
def fill(v, width, *_): v[: width[0]] = v[-width[1] :] = 0
xp = np.array([[np.pad(channel, p, fill) for channel in image] for image in x])"""
_WINDOWS_TOO_SHORT = """\
windows = np.zeros((N, C, HH, WW, H_out, W_out))
for r, q in np.ndindex(HH, WW):
    windows[:, :, r, q] = xp[:, :, r : r + H_out : s, q : q + W_out : s]
"""
_T_TOO_SHORT = _T_PLACES.replace("s * H_out", "H_out").replace("s * W_out", "W_out")
_PLACED = "xp = np.zeros((N, C, H + 2 * p, W + 2 * p))\nxp[:, :, 1 : 1 + H, 1 : 1 + W] = x"

_BY_STRIDE = "for h in range(0, H_out, s):\n    for k in range(0, W_out, s):"
_V_BY_STRIDE = """\
places = np.meshgrid(range(0, H_out, s), range(0, W_out, s), indexing="ij")
h, k = (axis.reshape(-1) for axis in places)"""
_BY_PIXEL = "for h in range(0, H + 2 * p - HH + 1, s):\n    for k in range(0, W + 2 * p - WW + 1, s):"
_OVER_PIXELS = """\
for n in range(N):  # {0}
    for f in range(F):
        for h in range(0, H + 2 * p - HH + 1, s):
            for k in range(0, W + 2 * p - WW + 1, s):"""
_GRADIENTS = ("db", "dw", "dx")
_OVER = """\
for n in range(N):  # {0}
    for f in range(F):
        for h in range({1}H_out):
            for k in range({1}W_out):"""


_V_BY_THE_STRIDE = """\
columns = np.zeros((N, C, HH, WW, H_out, W_out))
for r, q in np.ndindex(H_out, W_out):
    columns[..., r, q] = xp[:, :, r * s : (r + 1) * s, q * s : (q + 1) * s]
columns = columns.reshape(N, C * HH * WW, H_out * W_out)"""
_V_DX_BY_THE_STRIDE = """\
parts = dcolumns.reshape(N, C, HH, WW, H_out, W_out)
for r, q in np.ndindex(H_out, W_out):
    dxp[:, :, r * s : (r + 1) * s, q * s : (q + 1) * s] += parts[..., r, q]"""
_T_BY_THE_STRIDE = """\
for h, k in np.ndindex(H_out, W_out):
    window = xp[:, None, :, h * s : (h + 1) * s, k * s : (k + 1) * s]
    out[:, :, h, k] = (window * w).sum(axis=(2, 3, 4))"""
_T_DX_BY_THE_STRIDE = """\
for h, k in np.ndindex(H_out, W_out):
    part = np.tensordot(dout[:, :, h, k], w, axes=1)
    dxp[:, :, h * s : (h + 1) * s, k * s : (k + 1) * s] += part"""


def _by_pixel(shift: str = " - p", first: str = "0 <= ", last: str = "") -> dict[str, dict[str, Changes]]:
    """Forward and backward: each pixel is found in x itself. How it is counted, and what tells where x begins and ends.

    Without the first, negative rows and columns are let in.
    """
    row_ends, column_ends = f"{first}row < H{last}", f"{first}column < W{last}"
    ends = " & ".join(
        f"({end})" for name, size in (("row", "H"), ("column", "W")) for end in
        ([f"{first}{name}"] if first else []) + [f"{name} < {size}{last}"]
    )  # fmt: skip
    row, column = (f"np.minimum({name}, {size} - 1)" if not first else f"{name}.clip(0, {size} - 1)"
                   for name, size in (("row", "H"), ("column", "W")))  # fmt: skip

    def each(stored: str) -> str:
        return (
            f"for i, j in np.ndindex(HH, WW):\n    row, column = h * s + i{shift}, k * s + j{shift}\n"
            f"    if {row_ends} and {column_ends}:\n        {stored}"
        )

    window = (_L_WINDOW, "window = np.zeros((C, HH, WW))\n" + each("window[:, i, j] = x[n, :, row, column]"))
    columns = (
        _V_COLUMNS,
        f"row, column = i + h * s{shift}, j + k * s{shift}\ninside = {ends}\n"
        f"columns = np.where(inside, x[:, c, {row}, {column}], 0)",
    )
    places = (
        _T_PLACES,
        f"row, column = i + s * np.arange(H_out){shift}, j + s * np.arange(W_out){shift}\n"
        f"row = row[:, None]\ninside = {ends}\nplaces = np.where(inside, x[:, :, {row}, {column}], 0)",
    )
    into_dx = ((_DXP, "dx = np.zeros(x.shape)"), (_CROP + "\n", ""))
    dx = (_L_DX, each("dx[n, :, row, column] += w[f, :, i, j] * dout[n, f, h, k]"))
    all_dx = (_V_DX, f"np.add.at(dx, (slice(None), c, {row}, {column}), np.where(inside, dcolumns, 0))")
    tap = (
        _T_DX,
        f"{places[1].rpartition(chr(10))[0]}\n"
        f"np.add.at(dx, (slice(None), slice(None), {row}, {column}), np.where(inside, dplaces, 0))",
    )
    return {
        "forward": {"loops": (window,), "vectorised": (columns,), "taps": (places,)},
        "backward": {
            "loops": (window, dx, *into_dx),
            "vectorised": (columns, all_dx, *into_dx),
            "taps": (places, tap, *into_dx),
        },
    }


_SHIFTED_PIXELS, _WITHOUT_EDGE, _FROM_THE_END = _by_pixel(" - 1"), _by_pixel(first="0 < "), _by_pixel(first="")

_BUGS: dict[str, dict[str, Changes]] = {
    "out-no-bias": {
        "loops": ((_L_OUT, "out[n, f, h, k] = np.sum(window * w[f])"),),
        "vectorised": ((_V_RESULT, "result = product"),),
        "taps": ((_T_BIAS + "\n", ""),),
    },
    "out-bias-each-channel": {
        "loops": ((_L_OUT, "for c in range(C):\n    out[n, f, h, k] += np.sum(window[c] * w[f, c]) + b[f]"),),
        "vectorised": (
            (_V_PRODUCT, "per_channel = columns.reshape(N, C, HH * WW, H_out * W_out)"),
            (_V_RESULT, "result = sum(w[:, m].reshape(F, -1) @ per_channel[:, m] + b.reshape(F, 1) for m in range(C))"),
        ),
        "taps": ((_T_BIAS, "for c in range(C):\n    out += b.reshape(F, 1, 1)"),),
    },
    "out-bias-each-place": {
        "loops": (
            (
                _L_OUT,
                "for i in range(HH):\n"
                "    for j in range(WW):\n"
                "        out[n, f, h, k] += np.sum(window[:, i, j] * w[f, :, i, j]) + b[f]",
            ),
        ),
        "vectorised": ((_V_RESULT, "result = product + HH * WW * b.reshape(F, 1)"),),
        "taps": ((_T_OUT, f"{_T_OUT} + b.reshape(F, 1, 1)"), (_T_BIAS + "\n", "")),
    },
    "out-bias-each-product": {
        "loops": ((_L_OUT, "out[n, f, h, k] = np.sum(window * w[f] + b[f])"),),
        "vectorised": (
            (_V_PRODUCT, "products = kernel[:, :, None] * columns[:, None]"),
            (_V_RESULT, "result = np.sum(products + b.reshape(F, 1, 1), axis=2)"),
        ),
        "taps": (
            (
                _T_OUT,
                "for c in range(C):\n    out += places[:, [c]] * w[:, c, i, j].reshape(F, 1, 1) + b.reshape(F, 1, 1)",
            ),
            (_T_BIAS + "\n", ""),
        ),
    },
    "out-bias-in-each-turn": {
        "loops": ((_L_OUT, "out[n, f, h, k] = np.sum(window * w[f])\nout[n, f] += b[f]"),),
        "vectorised": ((_V_RESULT, "result = product + H_out * b.reshape(F, 1)"),),
        "taps": ((_T_BIAS, f"for h in range(W_out):\n    {_T_BIAS}"),),
    },
    "out-bias-alone": {
        "loops": ((_L_OUT, "out[n, f, h, k] = b[f]"),),
        "vectorised": ((_V_RESULT, "result = np.zeros(product.shape) + b.reshape(F, 1)"),),
        "taps": ((_T_BIAS, _T_BIAS.replace("out +=", "out[:] =")),),
    },
    "out-bias-first": {
        "loops": ((_L_OUT, "out[n, f, h, k] = np.sum(window * w[f]) + b[0]"),),
        "vectorised": ((_V_RESULT, "result = product + b[0]"),),
        "taps": ((_T_BIAS, "out += b[0]"),),
    },
    "out-bias-index": {
        "loops": ((_L_OUT, "out[n, f, h, k] = np.sum(window * w[f]) + f"),),
        "vectorised": ((_V_RESULT, "result = product + np.arange(F).reshape(F, 1)"),),
        "taps": ((_T_BIAS, "for f in range(F):\n    out[:, f] += f"),),
    },
    "out-bias-subtracted": {
        "loops": ((_L_OUT, "out[n, f, h, k] = np.sum(window * w[f]) - b[f]"),),
        "vectorised": ((_V_RESULT, "result = product - b.reshape(F, 1)"),),
        "taps": ((_T_BIAS, "out -= b.reshape(F, 1, 1)"),),
    },
    "out-bias-total": {
        "loops": ((_L_OUT, "out[n, f, h, k] = np.sum(window * w[f]) + np.sum(b)"),),
        "vectorised": ((_V_RESULT, "result = product + b.sum()"),),
        "taps": ((_T_BIAS, "for f in range(F):\n    out += b[f]"),),
    },
    "out-kernel-flipped": {
        "loops": ((_L_OUT, "out[n, f, h, k] = np.sum(window * w[f, :, ::-1, ::-1]) + b[f]"),),
        "vectorised": ((_V_KERNEL, "kernel = w[:, :, ::-1, ::-1].reshape(F, -1)"),),
        "taps": ((_T_OUT, _T_OUT.replace("i, j]", "-1 - i, -1 - j]")),),
    },
    "out-kernel-transposed": {
        "loops": (
            (
                _L_OUT,
                "for i in range(HH):\n"
                "    for j in range(WW):\n"
                "        out[n, f, h, k] += np.sum(window[:, i, j] * w[f, :, j, i])\n"
                "out[n, f, h, k] += b[f]",
            ),
        ),
        "vectorised": ((_V_KERNEL, "kernel = w[:, c, j, i].reshape(F, -1)"),),
        "taps": ((_T_OUT, _T_OUT.replace("i, j]", "j, i]")),),
    },
    "out-transposed": {
        "loops": ((_L_OUT, "out[n, f, k, h] = np.sum(window * w[f]) + b[f]"),),
        "vectorised": ((_V_OUT, _V_OUT + ".transpose(0, 1, 3, 2)"),),
        "taps": ((_T_OUT, _T_OUT.replace("->nfhk", "->nfkh")),),
    },
    "out-width-from-height": {
        "loops": ((_L_WIDTH, "W_out = 1 + (H + 2 * p - HH) // s"),),
        "vectorised": ((_WIDTH, "W_out = 1 + (xp.shape[2] - HH) // s"),),
        "taps": ((_WIDTH, "W_out = 1 + (xp.shape[2] - HH) // s"),),
    },
    "out-height-from-width": {
        "loops": ((_L_HEIGHT, "H_out = 1 + (W + 2 * p - WW) // s"),),
        "vectorised": ((_HEIGHT, "H_out = 1 + (xp.shape[3] - WW) // s"),),
        "taps": ((_HEIGHT, "H_out = 1 + (xp.shape[3] - WW) // s"),),
    },
    "out-weights-swapped": {
        "loops": ((_L_OUT, "out[n, f, h, k] = np.sum(window * w[:, f]) + b[f]"),),
        "vectorised": ((_V_KERNEL, "kernel = w.transpose(1, 0, 2, 3).reshape(C, -1)"),),
        "taps": ((_T_OUT, _T_OUT.replace("nchk,fc", "nchk,cf")),),
    },
    "dx-weights-swapped": {
        "loops": ((_L_DX, _L_DX.replace("w[f]", "w[:, f]")),),
        "vectorised": ((_V_DCOLUMNS, "dcolumns = w.transpose(1, 0, 2, 3).reshape(C, -1).T @ dout[:, :, h, k]"),),
        "taps": ((_T_DPLACES, _T_DPLACES.replace("nfhk,fc", "nfhk,cf")),),
    },
    "dx-weights-reversed": {
        "loops": ((_L_DX, _L_DX.replace("w[f]", "w[::-1, ::-1][f]")),),
        "vectorised": ((_V_DCOLUMNS, "dcolumns = w[::-1, ::-1].reshape(F, -1).T @ dout[:, :, h, k]"),),
        "taps": ((_T_DPLACES, _T_DPLACES.replace("w[:, :, i, j]", "np.flip(w, (0, 1))[:, :, i, j]")),),
    },
    "out-made-swapped": {
        "loops": ((_ZEROS, "out = np.zeros((N, F, W_out, H_out))"),),
        "vectorised": ((_V_OUT, f"out = np.zeros((N, F, W_out, H_out))\nout += {_V_OUT.removeprefix('out = ')}"),),
        "taps": ((_ZEROS, "out = np.zeros((N, F, W_out, H_out))"),),
    },
    "out-kernel-swapped": {
        "loops": ((_L_WINDOW, "window = xp[n, :, h * s : h * s + WW, k * s : k * s + HH]"),),
        "vectorised": (("c, i, j = np.indices((C, HH, WW))", "c, i, j = np.indices((C, WW, HH))"),),
        "taps": (("for i in range(HH):", "for i in range(WW):"), ("for j in range(WW):", "for j in range(HH):")),
    },
    "out-kernel-square-hh": {
        "loops": ((_W_SHAPE, "F, _, HH, _ = w.shape\nWW = HH"),),
        "vectorised": (
            (_W_SHAPE, "F, _, HH, _ = w.shape\nWW = HH"),
            (_V_KERNEL, "kernel = w[:, :, :HH, :HH].reshape(F, -1)"),
        ),
        "taps": ((_W_SHAPE, "F, _, HH, _ = w.shape\nWW = HH"),),
    },
    "out-kernel-square-ww": {
        "loops": ((_W_SHAPE, "F, _, _, WW = w.shape\nHH = WW"),),
        "vectorised": (
            (_W_SHAPE, "F, _, _, WW = w.shape\nHH = WW"),
            (_V_KERNEL, "kernel = w[:, :, :WW, :WW].reshape(F, -1)"),
        ),
        "taps": ((_W_SHAPE, "F, _, _, WW = w.shape\nHH = WW"),),
    },
    "out-sizes-swapped": {
        "loops": (("N, C, H, W = x.shape", "N, C, W, H = x.shape"),),
        **dict.fromkeys(
            ("vectorised", "taps"), ((_HEIGHT, _HEIGHT.replace("[2]", "[3]")), (_WIDTH, _WIDTH.replace("[3]", "[2]")))
        ),
    },
    "out-pad-before-only": _same((_PAD, "xp = np.pad(x, ((0, 0), (0, 0), (p, 0), (p, 0)))")),
    "out-pad-one-side": _same((_PAD, "xp = np.pad(x, ((0, 0), (0, 0), (p, 0), (p, p)))")),
    "bwd-pad-one-side": _same(
        (_PAD, "xp = np.pad(x, ((0, 0), (0, 0), (p, 0), (p, 0)))"), (_DXP, "dxp = np.zeros(xp.shape)")
    ),
    "dw-pad-one-side": _same((_PAD, "xp = np.pad(x, ((0, 0), (0, 0), (0, 2 * p), (0, 2 * p)))")),
    "out-columns-order": {
        "loops": ((_L_OUT, "out[n, f, h, k] = window.reshape(-1) @ w[f].transpose(1, 2, 0).reshape(-1) + b[f]"),),
        "vectorised": ((_V_KERNEL, "kernel = w.transpose(0, 2, 3, 1).reshape(F, -1)"),),
        "taps": (
            (_ZEROS, f"{_ZEROS}\nkernels = w.reshape(F, HH, WW, C).transpose(0, 3, 1, 2)"),
            (_T_OUT, _T_OUT.replace("w[", "kernels[")),
        ),
    },
    "dx-columns-order": {
        "loops": ((_L_DX, _L_DX.replace("w[f]", "w[f].transpose(1, 2, 0).reshape(C, HH, WW)")),),
        "vectorised": ((_V_KERNEL, "kernel = w.transpose(0, 2, 3, 1).reshape(F, -1)"),),
        "taps": ((_T_DPLACES, _T_DPLACES.replace("w[", "w.transpose(0, 2, 3, 1).reshape(w.shape)[")),),
    },
    "dw-columns-order": {
        "loops": ((_L_DW, "dw[f] += window.transpose(1, 2, 0).reshape(C, HH, WW) * dout[n, f, h, k]"),),
        "vectorised": ((_V_DW, "dw = dkernel.reshape(F, HH, WW, C).transpose(0, 3, 1, 2)"),),
        "taps": ((_RETURN, f"dw = dw.transpose(0, 2, 3, 1).reshape(w.shape)\n{_RETURN}"),),
    },
    "out-pad-after-only": {
        **_same((_PAD, "xp = np.pad(x, ((0, 0), (0, 0), (0, p), (0, p)))")),
        "loops": (
            (_PAD, "xp = np.pad(x, ((0, 0), (0, 0), (0, p), (0, p)))"),
            (_L_HEIGHT, "H_out = 1 + (H + p - HH) // s"),
            (_L_WIDTH, "W_out = 1 + (W + p - WW) // s"),
        ),
    },
    "out-pad-all-axes": {
        "loops": ((_PAD, "xp = np.pad(x, p)"),),
        "vectorised": ((_PAD, "xp = np.pad(x, p)\nN = len(xp)"),),
        "taps": ((_PAD, "xp = np.pad(x, p)\nN = len(xp)"),),
    },
    "out-pad-rows-only": {
        **_same((_PAD, "xp = np.pad(x, ((0, 0), (0, 0), (p, p), (0, 0)))")),
        "loops": ((_PAD, "xp = np.pad(x, ((0, 0), (0, 0), (p, p), (0, 0)))"), (_L_WIDTH, "W_out = 1 + (W - WW) // s")),
    },
    "out-pad-columns-only": {
        **_same((_PAD, "xp = np.pad(x, ((0, 0), (0, 0), (0, 0), (p, p)))")),
        "loops": ((_PAD, "xp = np.pad(x, ((0, 0), (0, 0), (0, 0), (p, p)))"), (_L_HEIGHT, "H_out = 1 + (H - HH) // s")),
    },
    "out-pad-channels": {
        **_same((_PAD, "xp = np.pad(x, ((0, 0), (p, p), (0, 0), (p, p)))")),
        "taps": ((_PAD, "xp = np.pad(x, [(0, 0), (p, p), (p, p), (0, 0)])"),),
    },
    "out-pad-one": _same((_P, "p = 1")),
    "out-pad-of-kernel": {
        **_same((_P, "p = HH // 2")),
        "taps": ((_PAD, "r, c = (HH - 1) // 2, (WW - 1) // 2\nxp = np.pad(x, ((0, 0), (0, 0), (r, r), (c, c)))"),),
    },
    "out-pad-ignored": _same((_P, "p = 0")),
    "out-pad-twice-in-size": {
        "loops": (
            (_L_HEIGHT, "H_out = 1 + (xp.shape[2] + 2 * p - HH) // s"),
            (_L_WIDTH, "W_out = 1 + (xp.shape[3] + 2 * p - WW) // s"),
        ),
        "vectorised": (
            (_HEIGHT, "H_out = 1 + (xp.shape[2] + 2 * p - HH) // s"),
            (_WIDTH, "W_out = 1 + (xp.shape[3] + 2 * p - WW) // s"),
        ),
        "taps": (
            (_HEIGHT, "H_out = 1 + (xp.shape[2] + 2 * p - HH) // s"),
            (_WIDTH, "W_out = 1 + (xp.shape[3] + 2 * p - WW) // s"),
            (_T_PLACES, "places = xp[:, :, i + s * np.arange(H_out)][:, :, :, j + s * np.arange(W_out)]"),
        ),
    },
    "out-end-by-stride": {
        "loops": ((_L_WINDOW, "window = xp[n, :, h * s : (h + 1) * s, k * s : (k + 1) * s]"),),
        "vectorised": ((_V_COLUMNS, _V_BY_THE_STRIDE),),
        "taps": ((_T_OUT, "places = np.zeros(1)"), (_T_BIAS, f"{_T_BY_THE_STRIDE}\n{_T_BIAS}")),
    },
    "out-all-filters": {
        "loops": ((_L_OUT, "out[n, f, h, k] = np.sum(window * w) + b[f]"),),
        "vectorised": ((_V_RESULT, "result = product.sum(axis=1, keepdims=True) + b.reshape(F, 1)"),),
        "taps": ((_T_OUT, 'out += np.einsum("nchk,gc->nhk", places, w[:, :, i, j])[:, None]'),),
    },
    "out-ends-of-another": {
        "loops": (("for f in range(F):", "for f in range(C):"),),
        "vectorised": (
            (
                _V_KERNEL,
                "kernel = np.zeros((F, C * HH * WW))\nfor f in range(C):\n    kernel[f] = w[f].reshape(-1)",
            ),
        ),
        "taps": ((_T_OUT, 'for f in range(C):\n    out[:, f] += np.einsum("nchk,c->nhk", places, w[f, :, i, j])'),),
    },
    "out-pixels-shifted": _SHIFTED_PIXELS["forward"],
    "out-edge-left-out": _WITHOUT_EDGE["forward"],
    "out-pixels-from-end": _FROM_THE_END["forward"],
    "out-pad-not-in-size": {
        "loops": ((_L_HEIGHT, "H_out = 1 + (H - HH) // s"), (_L_WIDTH, "W_out = 1 + (W - WW) // s")),
        "vectorised": ((_HEIGHT, "H_out = 1 + (H - HH) // s"), (_WIDTH, "W_out = 1 + (W - WW) // s")),
        "taps": ((_HEIGHT, "H_out = 1 + (H - HH) // s"), (_WIDTH, "W_out = 1 + (W - WW) // s")),
    },
    "out-pad-clears": _same((_PAD, _FILLED)),
    "out-pad-edge": _same((_PAD, 'xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="edge")')),
    "out-pad-reflect": _same((_PAD, 'xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="reflect")')),
    "out-pad-ones": _same((_PAD, "xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), constant_values=1)")),
    "out-stride-ignored": _same((_S, "s = 1")),
    "out-stride-in-size-only": {
        "loops": ((_L_WINDOW, "window = xp[n, :, h : h + HH, k : k + WW]"),),
        "vectorised": ((_V_COLUMNS, "columns = xp[:, c, i + h, j + k]"),),
        "taps": ((_T_PLACES, "places = xp[:, :, i : i + H_out, j : j + W_out]"),),
    },
    "out-offset-times-stride": {
        "loops": (
            (
                _L_OUT,
                "for i in range(HH):\n"
                "    for j in range(WW):\n"
                "        out[n, f, h, k] += xp[n, :, h * s + i * s, k * s + j * s] @ w[f, :, i, j]\n"
                "out[n, f, h, k] += b[f]",
            ),
        ),
        "vectorised": ((_V_COLUMNS, "columns = xp[:, c, i * s + h * s, j * s + k * s]"),),
        "taps": ((_T_PLACES, "places = xp[:, :, i * s : i * s + H_out, j * s : j * s + W_out]"),),
    },
    "out-end-without-stride": {
        "loops": ((_ZEROS, _WINDOWS_TOO_SHORT + _ZEROS), (_L_WINDOW, "window = windows[n, :, :, :, h, k]")),
        "vectorised": ((_V_COLUMNS, f"{_WINDOWS_TOO_SHORT}columns = windows.reshape(N, C * HH * WW, -1)"),),
        "taps": ((_T_PLACES, _T_TOO_SHORT),),
    },
    "bwd-end-without-stride": {
        "loops": (
            ("dw = np.zeros(w.shape)", f"{_WINDOWS_TOO_SHORT}dw = np.zeros(w.shape)"),
            (_L_WINDOW, "window = windows[n, :, :, :, h, k]"),
        ),
        "vectorised": (
            (_V_COLUMNS, f"{_WINDOWS_TOO_SHORT}columns = windows.reshape(N, C * HH * WW, -1)"),
            (
                _V_DX,
                "dcolumns = dcolumns.reshape(N, C, HH, WW, H_out, W_out)\n"
                "for r, q in np.ndindex(HH, WW):\n"
                "    dxp[:, :, r : r + H_out : s, q : q + W_out : s] += dcolumns[:, :, r, q]",
            ),
        ),
        "taps": (
            (_T_PLACES, _T_TOO_SHORT),
            (_T_DX, _T_DX.replace("s * H_out", "H_out").replace("s * W_out", "W_out")),
        ),
    },
    "out-stride-rows-only": {
        "loops": ((_L_WINDOW, "window = xp[n, :, h * s : h * s + HH, k : k + WW]"),),
        "vectorised": ((_V_COLUMNS, "columns = xp[:, c, i + h * s, j + k]"),),
        "taps": ((_T_PLACES, "places = xp[:, :, i : i + s * H_out : s, j : j + W_out]"),),
    },
    "out-one-counter": {
        "loops": ((_L_WINDOW, "window = xp[n, :, h * s : h * s + HH, h * s : h * s + WW]"),),
        "vectorised": ((_V_COLUMNS, "columns = xp[:, c, i + k * s, j + k * s]"),),
        "taps": (
            (
                _T_PLACES,
                "at = np.arange(H_out) * s; places = xp[:, :, i + at, j + at][..., None].repeat(W_out, axis=3)",
            ),
        ),
    },
    "out-stride-columns-only": {
        "loops": ((_L_WINDOW, "window = xp[n, :, h : h + HH, k * s : k * s + WW]"),),
        "vectorised": ((_V_COLUMNS, "columns = xp[:, c, i + h, j + k * s]"),),
        "taps": ((_T_PLACES, "places = xp[:, :, i : i + H_out, j : j + s * W_out : s]"),),
    },
    "out-stride-two": _same((_S, "s = 2")),
    "out-first-channel": {
        "loops": ((_L_OUT, "out[n, f, h, k] = np.sum(window[0] * w[f, 0]) + b[f]"),),
        "vectorised": ((_V_PRODUCT, "product = kernel[:, : HH * WW] @ columns[:, : HH * WW]"),),
        "taps": ((_T_OUT, 'out += np.einsum("nhk,f->nfhk", places[:, 0], w[:, 0, i, j])'),),
    },
    "out-last-channel": {
        "loops": ((_L_OUT, "for c in range(C):\n    out[n, f, h, k] = np.sum(window[c] * w[f, c]) + b[f]"),),
        "vectorised": (
            (
                _V_PRODUCT,
                "per_channel = columns.reshape(N, C, HH * WW, H_out * W_out)\n"
                "for m in range(C):\n"
                "    product = w[:, m].reshape(F, -1) @ per_channel[:, m]",
            ),
        ),
        "taps": (
            (
                _T_OUT,
                "for c in range(C):\n"
                '    product = np.einsum("nhk,f->nfhk", places[:, c], w[:, c, i, j])\n'
                "out += product",
            ),
        ),
    },
    "out-over-images": {
        "loops": ((_L_WINDOW, _L_WINDOW.replace("xp[n, :", "xp[:, :")),),
        "vectorised": ((_V_PRODUCT, "product = np.zeros((N, 1, 1)) + np.sum(kernel @ columns, axis=0)"),),
        "taps": ((_T_OUT, 'out[:] += np.einsum("nchk,fc->fhk", places, w[:, :, i, j])'),),
    },
    "out-first-image": {
        "loops": (("for n in range(N):", "for n in range(1):"),),
        "vectorised": ((_V_OUT, _ZEROS + "\nout[0] = result[0].reshape(F, H_out, W_out)"),),
        "taps": (
            (_T_OUT, 'out[0] += np.einsum("chk,fc->fhk", places[0], w[:, :, i, j])'),
            (_T_BIAS, "out[0] += b.reshape(F, 1, 1)"),
        ),
    },
    "out-same-image": {
        "loops": ((_L_WINDOW, _L_WINDOW.replace("xp[n", "xp[0")),),
        "vectorised": ((_V_COLUMNS, _V_COLUMNS + "\ncolumns = columns[[0] * N]"),),
        "taps": ((_T_PLACES, _T_PLACES.replace("xp[:,", "xp[:1,")),),
    },
    "dw-same-image": {
        "loops": ((_L_WINDOW, _L_WINDOW.replace("xp[n", "xp[0")),),
        "vectorised": ((_V_COLUMNS, _V_COLUMNS + "\ncolumns = np.repeat(columns[:1], N, axis=0)"),),
        "taps": ((_T_PLACES, _T_PLACES.replace("xp[", "np.repeat(xp[:1], N, axis=0)[")),),
    },
    "dx-same-filter": {
        "loops": ((_L_DX, _L_DX.replace("w[f]", "w[0]")),),
        "vectorised": ((_V_DCOLUMNS, _V_DCOLUMNS.replace("kernel", "np.repeat(kernel[:1], F, axis=0)")),),
        "taps": ((_T_DPLACES, _T_DPLACES.replace("w[", "np.repeat(w[:1], F, axis=0)[")),),
    },
    "dw-into-first": {
        "loops": ((_L_DW, _L_DW.replace("dw[f]", "dw[0]")),),
        "vectorised": ((_V_DW, f"{_V_DW}\ndw[0] = dw.sum(axis=0)\ndw[1:] = 0"),),
        "taps": ((_T_DW, "dw[0, :, i, j] = np.tensordot(dout.sum(axis=1), places, axes=((0, 1, 2), (0, 2, 3)))"),),
    },
    "out-first-filter": {
        "loops": (("for f in range(F):", "for f in range(1):"),),
        "vectorised": ((_V_OUT, _ZEROS + "\nout[:, 0] = result[:, 0].reshape(N, H_out, W_out)"),),
        "taps": (
            (_T_OUT, 'out[:, 0] += np.einsum("nchk,c->nhk", places, w[0, :, i, j])'),
            (_T_BIAS, "out[:, 0] += b[0]"),
        ),
    },
    "out-same-filter": {
        "loops": ((_L_OUT, "out[n, f, h, k] = np.sum(window * w[0]) + b[f]"),),
        "vectorised": ((_V_PRODUCT, "product = kernel[:1] @ columns"),),
        "taps": ((_T_OUT, _T_OUT.replace("w[:,", "w[:1,")),),
    },
    "out-filters-summed": {
        "loops": (
            ("for n in range(N):", "for n in range(N):\n    total = np.zeros((H_out, W_out))"),
            (_L_OUT, "total[h, k] += np.sum(window * w[f]) + b[f]\nout[n, f, h, k] = total[h, k]"),
        ),
        "vectorised": (
            (
                _V_RESULT,
                "result = np.zeros_like(product)\n"
                "total = np.zeros_like(product[:, 0])\n"
                "for f in range(F):\n"
                "    total += product[:, f] + b[f]\n"
                "    result[:, f] = total",
            ),
        ),
        "taps": ((_T_BIAS, _T_BIAS + "\nfor f in range(1, F):\n    out[:, f] += out[:, f - 1]"),),
    },
    "out-size-minus-one": {
        "loops": ((_L_HEIGHT, "H_out = (H + 2 * p - HH) // s"), (_L_WIDTH, "W_out = (W + 2 * p - WW) // s")),
        "vectorised": ((_HEIGHT, "H_out = (xp.shape[2] - HH) // s"), (_WIDTH, "W_out = (xp.shape[3] - WW) // s")),
        "taps": ((_HEIGHT, "H_out = (xp.shape[2] - HH) // s"), (_WIDTH, "W_out = (xp.shape[3] - WW) // s")),
    },
    "out-size-minus-one-axis": {
        "loops": ((_L_HEIGHT, "H_out = (H + 2 * p - HH) // s"),),
        "vectorised": ((_WIDTH, "W_out = (xp.shape[3] - WW) // s"),),
        "taps": ((_HEIGHT, "H_out = (xp.shape[2] - HH) // s"),),
    },
    "out-size-of-other-side": {
        "loops": ((_L_HEIGHT, "H_out = 1 + (H + 2 * p - WW) // s"), (_L_WIDTH, "W_out = 1 + (W + 2 * p - HH) // s")),
        "vectorised": (
            (_HEIGHT, "H_out = 1 + (xp.shape[2] - WW) // s"),
            (_WIDTH, "W_out = 1 + (xp.shape[3] - HH) // s"),
        ),
        "taps": ((_HEIGHT, "H_out = 1 + (xp.shape[2] - WW) // s"), (_WIDTH, "W_out = 1 + (xp.shape[3] - HH) // s")),
    },
    "out-last-missing-one-axis": {
        "loops": (("for h in range(H_out):", "for h in range(H_out - 1):"),),
        "vectorised": (
            (
                _V_OUT,
                "result = result.reshape(N, F, H_out, W_out)\n"
                "out = np.zeros(result.shape)\n"
                "out[:, :, :, : W_out - 1] = result[:, :, :, : W_out - 1]",
            ),
        ),
        "taps": (
            (_T_PLACES, "places = xp[:, :, i : i + s * (H_out - 1) : s, j : j + s * W_out : s]"),
            (_T_OUT, _T_OUT.replace("out +=", "out[:, :, :-1] +=")),
        ),
    },
    "out-windows-within-image": {
        "loops": ((_L_OUT, f"if h * s + HH <= H and k * s + WW <= W:\n    {_L_OUT}"),),
        "vectorised": (
            (
                _V_OUT,
                "result = result.reshape(N, F, H_out, W_out)\n"
                "out = np.zeros(result.shape)\n"
                "for h, i in enumerate(range(0, H - HH + 1, s)):\n"
                "    for k, j in enumerate(range(0, W - WW + 1, s)):\n"
                "        out[:, :, h, k] = result[:, :, h, k]",
            ),
        ),
        "taps": (
            (
                _T_BIAS,
                "for h in range(H_out):\n"
                "    for k in range(W_out):\n"
                "        if h * s + HH > H or k * s + WW > W:\n"
                "            out[:, :, h, k] = 0\n"
                "            continue\n"
                "        out[:, :, h, k] += b",
            ),
        ),
    },
    "out-pad-twice": {
        "loops": ((_PAD, _PAD.replace("(p, p)", "(2 * p, 2 * p)")),),
        "vectorised": (
            (_PAD, _PAD.replace("(p, p)", "(2 * p, 2 * p)")),
            (_HEIGHT, "H_out = 1 + (H + 2 * p - HH) // s"),
            (_WIDTH, "W_out = 1 + (W + 2 * p - WW) // s"),
        ),
        "taps": ((_PAD, _PAD.replace("(p, p)", "(2 * p, 2 * p)")),),
    },
    "out-size-part-divided": {
        "loops": ((_L_HEIGHT, "H_out = (H - HH) // s + 2 * p + 1"), (_L_WIDTH, "W_out = (W - WW) // s + 2 * p + 1")),
        "vectorised": (
            (_HEIGHT, "H_out = xp.shape[2] - HH // s + 1"),
            (_WIDTH, "W_out = xp.shape[3] - WW // s + 1"),
        ),
        "taps": ((_HEIGHT, "H_out = H + 2 * p - HH // s + 1"), (_WIDTH, "W_out = W + 2 * p - WW // s + 1")),
    },
    "out-size-one-inside": {
        "loops": ((_L_HEIGHT, "H_out = (H + 2 * p - HH + 1) // s"), (_L_WIDTH, "W_out = (W + 2 * p - WW + 1) // s")),
        "vectorised": (
            (_HEIGHT, "H_out = (xp.shape[2] - HH + 1) // s"),
            (_WIDTH, "W_out = int((xp.shape[3] - WW + 1) / s)"),
        ),
        "taps": ((_HEIGHT, "H_out = (xp.shape[2] - HH + 1) // s"), (_WIDTH, "W_out = (xp.shape[3] - WW + 1) // s")),
    },
    "out-last-missing": {
        "loops": (
            ("for h in range(H_out):", "for h in range(H_out - 1):"),
            ("for k in range(W_out):", "for k in range(W_out - 1):"),
        ),
        "vectorised": (
            (
                _V_OUT,
                "result = result.reshape(N, F, H_out, W_out)\n"
                "out = np.zeros(result.shape)\n"
                "out[:, :, : H_out - 1, : W_out - 1] = result[:, :, : H_out - 1, : W_out - 1]",
            ),
        ),
        "taps": (
            (_T_PLACES, "places = xp[:, :, i : i + s * (H_out - 1) : s, j : j + s * (W_out - 1) : s]"),
            (_T_OUT, _T_OUT.replace("out +=", "out[:, :, :-1, :-1] +=")),
            (_T_BIAS, "out[:, :, :-1, :-1] += b.reshape(F, 1, 1)"),
        ),
    },
    "out-size-ceil": {
        "loops": (
            (_PAD, "xp = np.pad(x, ((0, 0), (0, 0), (p, p + s), (p, p + s)))"),
            (_L_HEIGHT, "H_out = 1 + int(np.ceil((H + 2 * p - HH) / s))"),
            (_L_WIDTH, "W_out = 1 + int(np.ceil((W + 2 * p - WW) / s))"),
        ),
        **dict.fromkeys(
            ("vectorised", "taps"),
            (
                (_HEIGHT, "H_out = 1 + int(np.ceil((xp.shape[2] - HH) / s))"),
                (
                    _WIDTH,
                    "W_out = 1 + int(np.ceil((xp.shape[3] - WW) / s))\n"
                    "xp = np.pad(xp, ((0, 0), (0, 0), (0, s), (0, s)))",
                ),
            ),
        ),
    },
    "out-integer": {
        "loops": ((_ZEROS, "out = np.zeros((N, F, H_out, W_out), dtype=int)"),),
        "vectorised": ((_V_OUT, "out = np.empty((N, F, H_out, W_out), int)\nout[:] = result.reshape(out.shape)"),),
        "taps": ((_T_BIAS, "out = (out + b.reshape(F, 1, 1)).astype(int)"),),
    },
    "out-mean": {
        "loops": ((_L_OUT, "out[n, f, h, k] = np.mean(window * w[f]) + b[f]"),),
        "vectorised": ((_V_PRODUCT, "product = kernel @ columns / (C * HH * WW)"),),
        "taps": ((_T_BIAS, "out = out / (C * HH * WW) + b.reshape(F, 1, 1)"),),
    },
    "out-float32": {
        "loops": (
            (_PAD, _PAD + ".astype(np.float32)"),
            (_ZEROS, "out = np.zeros((N, F, H_out, W_out), dtype=np.float32)"),
            (_L_OUT, "out[n, f, h, k] = np.sum(window * w[f].astype(np.float32)) + b[f].astype(np.float32)"),
        ),
        "vectorised": (
            (_V_COLUMNS, _V_COLUMNS + ".astype(np.float32)"),
            (_V_KERNEL, _V_KERNEL + ".astype(np.float32)"),
            (_V_RESULT, _V_RESULT + ".astype(np.float32)"),
        ),
        "taps": (
            (_PAD, _PAD + ".astype(np.float32)"),
            (_ZEROS, "out = np.zeros((N, F, H_out, W_out), dtype=np.float32)"),
            (_T_OUT, _T_OUT.replace("i, j]", "i, j].astype(np.float32)")),
            (_T_BIAS, _T_BIAS + ".astype(np.float32)"),
        ),
    },
    "out-negated": {
        "loops": ((_L_OUT, "out[n, f, h, k] -= np.sum(window * w[f])\nout[n, f, h, k] += b[f]"),),
        "vectorised": ((_V_RESULT, "result = b.reshape(F, 1) - product"),),
        "taps": ((_T_OUT, _T_OUT.replace("+=", "-=")),),
    },
    "out-relu": {
        "loops": ((_L_OUT, "out[n, f, h, k] = max(0, np.sum(window * w[f]) + b[f])"),),
        "vectorised": ((_V_RESULT, "result = np.maximum(0, product + b.reshape(F, 1))"),),
        "taps": ((_T_BIAS, _T_BIAS + "\nout[out < 0] = 0"),),
    },
    "out-zeros": {
        "loops": ((_L_OUT, "out[n, f, h, k] + np.sum(window * w[f]) + b[f]"),),
        "vectorised": ((_V_OUT, _ZEROS),),
        "taps": ((_T_OUT, _T_OUT.replace("+=", "+")), (_T_BIAS, "out + b.reshape(F, 1, 1)")),
    },
    "out-last-place": {
        "loops": (
            (
                _L_OUT,
                "for i in range(HH):\n"
                "    for j in range(WW):\n"
                "        value = window[:, i, j] @ w[f, :, i, j]\n"
                "out[n, f, h, k] = value + b[f]",
            ),
        ),
        "vectorised": (
            (
                _V_PRODUCT,
                "for tap in range(HH * WW):\n    product = w.reshape(F, C, -1)[:, :, tap] @ columns[:, tap :: HH * WW]",
            ),
        ),
        "taps": ((_T_OUT, _T_OUT.replace("+=", "=")),),
    },
    "out-kernel-left-out": {
        "loops": ((_L_OUT, "out[n, f, h, k] = np.sum(window[:, :-1] * w[f, :, :-1]) + b[f]"),),
        "vectorised": ((_V_KERNEL, "kernel = w.copy()\nkernel[:, :, :, 0] = 0\nkernel = kernel.reshape(F, -1)"),),
        "taps": (
            ("for i in range(HH):", "for i in range(HH - 1):"),
            ("for j in range(WW):", "for j in range(WW - 1):"),
        ),
    },
    "bwd-kernel-left-out": {
        "loops": (
            (_L_DW, "dw[f, :, 1:] += window[:, 1:] * dout[n, f, h, k]"),
            (_L_DX, _L_DX.replace("h * s :", "h * s + 1 :").replace("w[f]", "w[f, :, 1:]")),
        ),
        "vectorised": ((_V_DW, f"{_V_DW}\ndw[:, :, -1] = 0"),),
        "taps": (
            (
                "dw = np.zeros(w.shape)\nfor i in range(HH):",
                "dw = np.zeros(w.shape)\nfor i in range(1, HH):",
            ),
            (f"{_DXP}\nfor i in range(HH):", f"{_DXP}\nfor i in range(1, HH):"),
        ),
    },
    "out-windows-reshaped": {
        "loops": (
            (
                _ZEROS,
                "windows = np.zeros((N, C, HH, WW, H_out, W_out))\n"
                "for i, j in np.ndindex(HH, WW):\n"
                "    windows[:, :, i, j] = xp[:, :, i : i + s * H_out : s, j : j + s * W_out : s]\n"
                "rows = windows.reshape(N * H_out * W_out, -1)\n"
                f"rows = rows.reshape(N, H_out, W_out, C, HH, WW)\n{_ZEROS}",
            ),
            (_L_WINDOW, "window = rows[n, h, k]"),
        ),
        "vectorised": (
            (
                _V_COLUMNS,
                "windows = np.zeros((N, C, HH, WW, H_out, W_out))\n"
                "windows[:] = xp[:, c, i + h * s, j + k * s].reshape(windows.shape)\n"
                "rows = windows.reshape(N * H_out * W_out, -1)\n"
                "columns = rows.reshape(N, H_out * W_out, -1).transpose(0, 2, 1)",
            ),
        ),
        "taps": (
            (
                _T_BIAS,
                "columns = np.zeros((N, C, HH, WW, H_out, W_out))\n"
                "for i, j in np.ndindex(HH, WW):\n"
                "    columns[:, :, i, j] = xp[:, :, i : i + s * H_out : s, j : j + s * W_out : s]\n"
                "rows = columns.reshape(N * H_out * W_out, -1)\n"
                f"out = (rows @ w.reshape(F, -1).T).reshape(N, H_out, W_out, F).transpose(0, 3, 1, 2)\n{_T_BIAS}",
            ),
        ),
    },
    "dw-windows-reshaped": {
        "loops": (
            (
                "dw = np.zeros(w.shape)",
                "windows = np.zeros((N, C, HH, WW, H_out, W_out))\n"
                "for i, j in np.ndindex(HH, WW):\n"
                "    windows[:, :, i, j] = xp[:, :, i : i + s * H_out : s, j : j + s * W_out : s]\n"
                "rows = windows.reshape(N * H_out * W_out, -1)\n"
                "rows = rows.reshape(N, H_out, W_out, C, HH, WW)\ndw = np.zeros(w.shape)",
            ),
            (_L_WINDOW, "window = rows[n, h, k]"),
        ),
        "vectorised": (
            (
                _V_COLUMNS,
                "windows = np.zeros((N, C, HH, WW, H_out, W_out))\n"
                "windows[:] = xp[:, c, i + h * s, j + k * s].reshape(windows.shape)\n"
                "rows = windows.reshape(N * H_out * W_out, -1)\n"
                "columns = rows.reshape(N, H_out * W_out, -1).transpose(0, 2, 1)",
            ),
        ),
        "taps": (
            (
                _RETURN,
                "columns = np.zeros((N, C, HH, WW, H_out, W_out))\n"
                "for i, j in np.ndindex(HH, WW):\n"
                "    columns[:, :, i, j] = xp[:, :, i : i + s * H_out : s, j : j + s * W_out : s]\n"
                "rows = columns.reshape(N * H_out * W_out, -1)\n"
                f"dw = (dout.transpose(1, 0, 2, 3).reshape(F, -1) @ rows).reshape(w.shape)\n{_RETURN}",
            ),
        ),
    },
    "dx-windows-reshaped": {
        "loops": (
            (
                _DXP,
                "rows = dout.transpose(0, 2, 3, 1).reshape(-1, F) @ w.reshape(F, -1)\n"
                f"windows = rows.reshape(N, C, HH, WW, H_out, W_out)\n{_DXP}",
            ),
            (_nest("dx"), _nest("dx", f="1")),
            (_L_DX, _L_DX.replace("w[f] * dout[n, f, h, k]", "windows[n, :, :, :, h, k]")),
        ),
        "vectorised": (
            (
                _V_DCOLUMNS,
                f"{_V_DCOLUMNS}\ndcolumns = dcolumns.transpose(0, 2, 1).reshape(dcolumns.shape)",
            ),
        ),
        "taps": (
            (
                _DXP,
                "rows = dout.transpose(0, 2, 3, 1).reshape(-1, F) @ w.reshape(F, -1)\n"
                f"windows = rows.reshape((N, C, HH, WW, H_out, W_out))\n{_DXP}",
            ),
            (_T_DPLACES, "dplaces = windows[:, :, i, j]"),
        ),
    },
    "out-weights-reshaped": {
        "loops": ((_L_OUT, "out[n, f, h, k] = window.reshape(-1) @ w.reshape(-1, F)[:, f] + b[f]"),),
        "vectorised": ((_V_KERNEL, "kernel = w.reshape(-1, F).T"),),
        "taps": (
            (_ZEROS, f"{_ZEROS}\nkernels = np.reshape(w, (-1, F)).T.reshape(w.shape)"),
            (_T_OUT, _T_OUT.replace("w[", "kernels[")),
        ),
    },
    "dx-weights-reshaped": {
        "loops": ((_L_DX, _L_DX.replace("w[f]", "w.reshape(-1, F)[:, f].reshape(C, HH, WW)")),),
        "vectorised": ((_V_KERNEL, "kernel = w.reshape(-1, F).T"),),
        "taps": ((_T_DPLACES, _T_DPLACES.replace("w[", "w.reshape(-1, F).T.reshape(w.shape)[")),),
    },
    "dw-not-transposed": {
        "loops": ((_RETURN, f"matrix = dw.reshape(F, -1).T\ndw = matrix.reshape(w.shape)\n{_RETURN}"),),
        "vectorised": (
            (_V_DKERNEL, "dkernel = np.sum(columns @ upstream.transpose(0, 2, 1), axis=0)"),
            (_V_DW, "dw = dkernel.reshape(w.shape)"),
        ),
        "taps": ((_RETURN, f"matrix = dw.reshape(F, -1).T\ndw = np.reshape(matrix, (F, C, HH, WW))\n{_RETURN}"),),
    },
    "out-products-first-place": {
        "loops": ((_L_OUT, "out[n, f, h, k] = np.sum(window[:, 0, 0] * w[f, :, 0, 0]) + b[f]"),),
        "vectorised": ((_V_PRODUCT, "product = w[:, :, 0, 0] @ columns[:, :: HH * WW]"),),
        "taps": (("for i in range(HH):", "for i in range(1):"), ("for j in range(WW):", "for j in range(1):")),
    },
    "dx-not-cropped": _crop("dx = dxp"),
    "dx-crop-slice": _crop("dx = dxp[:, :, p:-p, p:-p]"),
    "dx-crop-one": _crop("dx = dxp[:, :, 1:-1, 1:-1]"),
    "dx-pad-one": _same(
        (_DXP, "dxp = np.zeros((N, C, H + 2, W + 2))"),
        (_CROP, "dx = dxp[:, :, 1:-1, 1:-1]"),
    ),
    "dx-full-pad": _crop(
        "turned = w[:, :, ::-1, ::-1]\n"
        "spread = np.zeros((N, F, (H_out - 1) * s + 1, (W_out - 1) * s + 1))\n"
        "spread[:, :, ::s, ::s] = dout\n"
        "spread = np.pad(spread, ((0, 0), (0, 0), (p, p), (p, p)))\n"
        "dx = np.zeros((N, C, spread.shape[2] - HH + 1, spread.shape[3] - WW + 1))\n"
        "for r in range(dx.shape[2]):\n"
        "    for q in range(dx.shape[3]):\n"
        '        dx[:, :, r, q] = np.einsum("nfij,fcij->nc", spread[:, :, r : r + HH, q : q + WW], turned)'
    ),
    "dx-full-kernel-mixed": _crop(
        "turned = w[:, :, ::-1, ::-1]\n"
        "spread = np.zeros((N, F, (H_out - 1) * s + 1, (W_out - 1) * s + 1))\n"
        "spread[:, :, ::s, ::s] = dout\n"
        "spread = np.pad(spread, ((0, 0), (0, 0), (HH - 1, HH - 1), (HH - 1, HH - 1)))\n"
        "dx = np.zeros((N, C, spread.shape[2] - HH + 1, spread.shape[3] - WW + 1))\n"
        "for r in range(dx.shape[2]):\n"
        "    for q in range(dx.shape[3]):\n"
        '        dx[:, :, r, q] = np.einsum("nfij,fcij->nc", spread[:, :, r : r + HH, q : q + WW], turned)'
        "\ndx = dx[:, :, p : p + H, p : p + W]"
    ),
    "dx-crop-end-one": _crop("dx = dxp[:, :, p : dxp.shape[2] - 1, p : dxp.shape[3] - 1]"),
    "dx-crop-from-start": _crop("dx = dxp[:, :, :H, :W]"),
    "dx-crop-one-axis": _crop("dx = dxp[:, :, p : p + H, :W]"),
    "dx-crop-own-size": _crop("dx = dxp[:, :, p : H - p, p : W - p]"),
    "dx-crop-to-size": _crop("dx = dxp[:, :, p:H, p:W]"),
    "dx-crop-from-end": _crop("dx = dxp[:, :, 2 * p :, 2 * p :]"),
    "dx-crop-one-side": _crop("dx = dxp[:, :, p:, p:]"),
    "dx-sizes-padded": _same(
        (
            "dxp = np.zeros((N, C, H + 2 * p, W + 2 * p))",
            "H, W = xp.shape[2:]\ndxp = np.zeros((N, C, H + 2 * p, W + 2 * p))",
        )
    ),
    "dx-crop-swapped": _crop("dx = dxp[:, :, p : p + W, p : p + H]"),
    "dx-crop-one-size": _crop("dx = dxp[:, :, p : p + H, p : p + H]"),
    "dx-stride-ignored": {
        "loops": ((_L_DX, "dxp[n, :, h : h + HH, k : k + WW] += w[f] * dout[n, f, h, k]"),),
        "vectorised": ((_V_DX, "np.add.at(dxp, (slice(None), c, i + h, j + k), dcolumns)"),),
        "taps": ((_T_DX, "dxp[:, :, i : i + H_out, j : j + W_out] += dplaces"),),
    },
    "dx-kernel-flipped": {
        "loops": ((_L_DX, _L_DX.replace("w[f]", "w[f, :, ::-1, ::-1]")),),
        "vectorised": ((_V_KERNEL, "kernel = w[:, :, ::-1, ::-1].reshape(F, -1)"),),
        "taps": ((_T_DPLACES, _T_DPLACES.replace("i, j]", "HH - 1 - i, WW - 1 - j]")),),
    },
    "dx-kernel-transposed": {
        "loops": (
            (
                _L_DX,
                "for i in range(HH):\n"
                "    for j in range(WW):\n"
                "        dxp[n, :, h * s + i, k * s + j] += w[f, :, j, i] * dout[n, f, h, k]",
            ),
        ),
        "vectorised": ((_V_KERNEL, "kernel = w[:, c, j, i].reshape(F, -1)"),),
        "taps": ((_T_DPLACES, _T_DPLACES.replace("i, j]", "j, i]")),),
    },
    "dx-overwritten": {
        "loops": ((_L_DX, _L_DX.replace("+=", "=")),),
        "vectorised": ((_V_DX, "dxp[:, c, i + h * s, j + k * s] = dcolumns"),),
        "taps": ((_T_DX, _T_DX.replace("+=", "=")),),
    },
    "dx-not-over-filters": {
        "loops": (
            (
                "for n in range(N):  # dx\n    for f in range(F):",
                "for n in range(N):\n    for f in range(F):\n        dxp[n] = 0",
            ),
        ),
        "vectorised": (
            (_V_DCOLUMNS, "for f in range(F):\n    dcolumns = kernel[f, :, None] * dout[:, [f]][:, :, h, k]"),
        ),
        "taps": (
            (_T_DPLACES, 'for f in range(F):\n    dplaces = np.einsum("nhk,c->nchk", dout[:, f], w[f, :, i, j])'),
        ),
    },
    "dx-first-filter": {
        "loops": _nests("dx", f="1"),
        "vectorised": ((_V_DCOLUMNS, "dcolumns = kernel[:1].T @ dout[:, :1, h, k]"),),
        "taps": ((_T_DPLACES, 'dplaces = np.einsum("nhk,c->nchk", dout[:, 0], w[0, :, i, j])'),),
    },
    "dx-first-image": {
        "loops": _nests("dx", n="1"),
        "vectorised": ((_V_DX, "np.add.at(dxp[0], (c, i + h * s, j + k * s), dcolumns[0])"),),
        "taps": ((_T_DX, "dxp[0, :, i : i + s * H_out : s, j : j + s * W_out : s] += dplaces[0]"),),
    },
    "dx-into-every-image": {
        "loops": ((_L_DX, _L_DX.replace("[n,", "[:,", 1)),),
        "vectorised": ((_V_DX, f"for n in range(N): {_V_DX.replace('dcolumns)', 'dcolumns[n])')}"),),
        "taps": ((_T_DX, f"for n in range(N): {_T_DX}[n]"),),
    },
    "dw-into-every-filter": {
        "loops": ((_L_DW, "dw += window * dout[n, f, h, k]"),),
        "vectorised": ((_V_DW, "dw = np.zeros(w.shape) + dkernel.sum(axis=0).reshape(C, HH, WW)"),),
        "taps": ((_T_DW, f"{_T_DW}.sum(axis=0)"),),
    },
    "dx-not-over-images": _crop(
        "dx = np.zeros(x.shape)\nfor n in range(N): cut = dxp[n, :, p : p + H, p : p + W]\ndx[n] = cut"
    ),
    "dx-no-upstream": {
        "loops": ((_L_DX, "dxp[n, :, h * s : h * s + HH, k * s : k * s + WW] += w[f]"),),
        "vectorised": ((_V_DCOLUMNS, "dcolumns = kernel.T @ np.ones((N, F, H_out * W_out))"),),
        "taps": ((_T_DPLACES, "dplaces = w[:, :, i, j].sum(axis=0).reshape(C, 1, 1)"),),
    },
    "dx-of-window": {
        "loops": ((_L_DX, _L_DX.replace("w[f]", "xp[n, :, h * s : h * s + HH, k * s : k * s + WW]")),),
        "vectorised": ((_V_DCOLUMNS, "dcolumns = columns * dout[:, :, h, k].sum(axis=1)[:, None]"),),
        "taps": (
            (
                _T_DPLACES,
                "dplaces = xp[:, :, i : i + s * H_out : s, j : j + s * W_out : s] * dout.sum(axis=1, keepdims=True)",
            ),
        ),
    },
    "dx-is-x": _same((_RETURN, "return x, dw, db")),
    "dx-zeros": _crop("dx = np.zeros(x.shape)"),
    "dx-repeated": {
        "loops": ((_L_DX, f"for c in range(C):\n    {_L_DX}"),),
        "vectorised": ((_V_DX, f"for _ in range(C):\n    {_V_DX}"),),
        "taps": ((_T_DX, f"for f in range(F):\n    {_T_DX}"),),
    },
    "dw-repeated": {
        "loops": ((_L_DW, f"for c in range(C):\n    {_L_DW}"),),
        "vectorised": ((_V_DW, f"{_V_DW}\ndw = sum(dw for c in range(C))"),),
        "taps": ((_T_DW, "for c in range(C):\n    " + _T_DW.replace("] =", "] +=")),),
    },
    "db-repeated": {
        "loops": ((_L_DB, "db[f] += dout[n, f].sum()"),),
        "vectorised": ((_DB, f"db = 0\nfor c in range(C):\n    {_DB.replace('=', '+=', 1)}"),),
        "taps": ((_DB, f"db = 0\nfor i in range(HH):\n    for j in range(WW):\n        {_DB.replace('=', '+=', 1)}"),),
    },
    "dx-averaged": _crop("dx = dxp[:, :, p : p + H, p : p + W] / N"),
    "dx-last-missing": {
        "loops": _nests("dx", h="H_out - 1", k="W_out - 1"),
        "vectorised": ((_V_DCOLUMNS, "h, k = np.indices((H_out - 1, W_out - 1)).reshape(2, -1)\n" + _V_DCOLUMNS),),
        "taps": (
            (_T_DX, "dxp[:, :, i : i + s * (H_out - 1) : s, j : j + s * (W_out - 1) : s] += dplaces[:, :, :-1, :-1]"),
        ),
    },
    "dx-float32": {
        "loops": (
            (_DXP, "dxp = np.zeros((N, C, H + 2 * p, W + 2 * p), dtype=np.float32)"),
            (_L_DX, _L_DX.replace("w[f] * dout[n, f, h, k]", "w[f].astype(np.float32) * np.float32(dout[n, f, h, k])")),
        ),
        "vectorised": (
            (_V_KERNEL, _V_KERNEL + ".astype(np.float32)"),
            (_V_DCOLUMNS, _V_DCOLUMNS + ".astype(np.float32)"),
            (_DXP, "dxp = np.zeros((N, C, H + 2 * p, W + 2 * p), dtype=np.float32)"),
        ),
        "taps": (
            (_DXP, "dxp = np.zeros((N, C, H + 2 * p, W + 2 * p), dtype=np.float32)"),
            (_T_DPLACES, 'dplaces = np.einsum("nfhk,fc->nchk", np.float32(dout), np.float32(w[:, :, i, j]))'),
        ),
    },
    "dw-overwritten": {
        "loops": ((_L_DW, _L_DW.replace("+=", "=")),),
        "vectorised": (
            (
                _V_DKERNEL,
                "for n in range(N):\n"
                "    for place in range(H_out * W_out):\n"
                "        dkernel = np.outer(upstream[n, :, place], columns[n, :, place])",
            ),
        ),
        "taps": (
            (
                _T_DW,
                "for n in range(N):\n"
                "    for h in range(H_out):\n"
                "        for k in range(W_out):\n"
                "            dw[:, :, i, j] = np.outer(dout[n, :, h, k], places[n, :, h, k])",
            ),
        ),
    },
    "dw-not-over-images": {
        "loops": (("for n in range(N):  # dw", "for n in range(N):\n    dw = np.zeros(w.shape)"),),
        "vectorised": ((_V_DKERNEL, "for n in range(N):\n    dkernel = upstream[n] @ columns[n].T"),),
        "taps": (
            (_T_DW, "for n in range(N):\n    dw[:, :, i, j] = np.tensordot(dout[n], places[n], axes=((1, 2), (1, 2)))"),
        ),
    },
    "dw-first-image": {
        "loops": _nests("dw", n="1"),
        "vectorised": ((_V_DKERNEL, "dkernel = upstream[0] @ columns[0].T"),),
        "taps": ((_T_DW, "dw[:, :, i, j] = np.tensordot(dout[0], places[0], axes=((1, 2), (1, 2)))"),),
    },
    "dx-no-padding": {
        "loops": ((_DXP, "dxp = np.zeros_like(x)"), (_CROP, "dx = dxp")),
        "vectorised": ((_DXP, "dxp = np.zeros(x.shape)"), (_CROP, "dx = dxp")),
        "taps": ((_DXP, "dxp = np.zeros((N, C, H, W))"), (_CROP, "dx = dxp")),
    },
    "dw-pad-not-zeros": {
        "loops": ((_PAD, _PAD.replace("p))", 'p)), mode="edge"', 1)),),
        "vectorised": ((_PAD, _PAD.replace("p))", 'p)), mode="symmetric"', 1)),),
        "taps": ((_PAD, _PAD.replace("p))", "p)), constant_values=1", 1)),),
    },
    "dw-pad-clears": _same((_PAD, _FILLED)),
    "dw-no-padding": {
        "loops": ((_L_WINDOW, _L_WINDOW.replace("xp", "x")),),
        "vectorised": ((_V_COLUMNS, _V_COLUMNS.replace("xp", "x")),),
        "taps": ((_T_PLACES, _T_PLACES.replace("xp", "x")),),
    },
    "dw-stride-ignored": {
        "loops": ((_L_WINDOW, "window = xp[n, :, h : h + HH, k : k + WW]"),),
        "vectorised": ((_V_COLUMNS, "columns = xp[:, c, i + h, j + k]"),),
        "taps": ((_T_PLACES, "places = xp[:, :, i : i + H_out, j : j + W_out]"),),
    },
    "dw-flipped": {
        "loops": ((_L_DW, "dw[f] += window[:, ::-1, ::-1] * dout[n, f, h, k]"),),
        "vectorised": ((_V_DW, _V_DW + "[:, :, ::-1, ::-1]"),),
        "taps": ((_T_DW, _T_DW.replace("i, j]", "HH - 1 - i, WW - 1 - j]")),),
    },
    "dw-transposed": {
        "loops": ((_L_DW, "dw[f] += window.transpose(0, 2, 1) * dout[n, f, h, k]"),),
        "vectorised": ((_V_DW, _V_DW + ".transpose(0, 1, 3, 2)"),),
        "taps": ((_T_DW, _T_DW.replace("i, j]", "j, i]")),),
    },
    "dw-no-upstream": {
        "loops": ((_L_DW, "dw[f] += window"),),
        "vectorised": ((_V_UPSTREAM, "upstream = np.ones((N, F, H_out * W_out))"),),
        "taps": ((_T_DW, "dw[:, :, i, j] = np.sum(places, axis=(0, 2, 3))"),),
    },
    "dw-of-kernel": {
        "loops": ((_L_DW, "dw[f] += w[f] * dout[n, f, h, k]"),),
        "vectorised": ((_V_DKERNEL, "dkernel = w.reshape(F, -1) * upstream.sum(axis=(0, 2))[:, None]"),),
        "taps": ((_T_DW, "dw[:, :, i, j] = w[:, :, i, j] * dout.sum(axis=(0, 2, 3))[:, None]"),),
    },
    "dw-is-w": _same((_RETURN, "return dx, w, db")),
    "dw-zeros": {
        "loops": ((_L_DW, "dw[f] + window * dout[n, f, h, k]"),),
        "vectorised": ((_V_DW, "dw = np.zeros(w.shape)"),),
        "taps": ((_T_DW, _T_DW.replace("] = ", "] + ")),),
    },
    "dw-averaged": {
        "loops": ((_L_DW, "dw[f] += window * dout[n, f, h, k] / N"),),
        "vectorised": ((_V_DKERNEL, _V_DKERNEL.replace("np.sum", "np.mean")),),
        "taps": ((_T_DW, _T_DW + " / N"),),
    },
    "dw-last-missing": {
        "loops": _nests("dw", h="H_out - 1", k="W_out - 1"),
        "vectorised": (
            (_V_COLUMNS, "inner = (h < H_out - 1) & (k < W_out - 1)\n" + _V_COLUMNS),
            (_V_DKERNEL, _V_DKERNEL.replace("upstream @ columns.", "upstream[:, :, inner] @ columns[:, :, inner].")),
        ),
        "taps": ((_T_DW, _T_DW.replace("dout, places", "dout[:, :, :-1, :-1], places[:, :, :-1, :-1]")),),
    },
    "dw-first-channel": {
        "loops": ((_L_DW, "dw[f, 0] += window[0] * dout[n, f, h, k]"),),
        "vectorised": ((_V_DW, "dw = np.zeros(w.shape)\ndw[:, 0] = dkernel[:, : HH * WW].reshape(F, HH, WW)"),),
        "taps": ((_T_DW, "dw[:, 0, i, j] = np.tensordot(dout, places[:, 0], axes=((0, 2, 3), (0, 1, 2)))"),),
    },
    "dw-float32": {
        "loops": (
            ("dw = np.zeros(w.shape)", "dw = np.zeros(w.shape, dtype=np.float32)"),
            (_L_DW, "dw[f] += window.astype(np.float32) * np.float32(dout[n, f, h, k])"),
        ),
        "vectorised": (
            (_V_COLUMNS, _V_COLUMNS + ".astype(np.float32)"),
            (_V_UPSTREAM, _V_UPSTREAM + ".astype(np.float32)"),
        ),
        "taps": (
            ("dw = np.zeros(w.shape)", "dw = np.zeros(w.shape, dtype=np.float32)"),
            (_T_DW, _T_DW.replace("dout, places", "np.float32(dout), np.float32(places)")),
        ),
    },
    "db-averaged": {
        "loops": ((_L_DB, "db[f] += dout[n, f, h, k] / N"),),
        "vectorised": ((_DB, _DB + " / N"),),
        "taps": ((_DB, "db = np.mean(np.sum(dout, axis=(2, 3)), axis=0)"),),
    },
    "db-mean": {
        "loops": ((_L_DB, "db[f] += dout[n, f, h, k] / (N * H_out * W_out)"),),
        "vectorised": ((_DB, "db = np.mean(dout, axis=(0, 2, 3))"),),
        "taps": ((_DB, "db = dout.mean(axis=(0, 2, 3))"),),
    },
    "db-first-image": {
        "loops": _nests("db", n="1"),
        "vectorised": ((_DB, "db = np.sum(dout[0], axis=(1, 2))"),),
        "taps": ((_DB, "db = np.sum(dout[:1], axis=(0, 2, 3))"),),
    },
    "db-over-filters": {
        "loops": (("db = np.zeros(F)", "db = np.zeros(N)"), (_L_DB, "db[n] += dout[n, f, h, k]")),
        "vectorised": ((_DB, "db = np.sum(dout, axis=(1, 2, 3))"),),
        "taps": ((_DB, "db = dout.reshape(N, -1).sum(axis=1)"),),
    },
    "db-over-images-only": {
        "loops": (("db = np.zeros(F)", "db = np.zeros((F, H_out, W_out))"), (_L_DB, "db[f, h, k] += dout[n, f, h, k]")),
        "vectorised": ((_DB, "db = np.sum(dout, axis=0)"),),
        "taps": ((_DB, "db = dout.sum(axis=0)"),),
    },
    "db-over-two-axes": {
        "loops": (("db = np.zeros(F)", "db = np.zeros((F, W_out))"), (_L_DB, "db[f, k] += dout[n, f, h, k]")),
        "vectorised": ((_DB, "db = np.sum(dout, axis=(2, 3))"),),
        "taps": ((_DB, "db = dout.sum(axis=(0, 3))"),),
    },
    "db-total": {
        "loops": ((_L_DB, "db += dout[n, f, h, k]"),),
        "vectorised": ((_DB, "db = np.sum(dout)"),),
        "taps": ((_DB, "db = np.zeros(F)\nfor f in range(F):\n    db[f] = np.sum(dout)"),),
    },
    "db-squeezed": {
        "loops": ((_RETURN, "return dx, dw, db.squeeze()"),),
        "vectorised": ((_DB, _DB + ".squeeze()"),),
        "taps": ((_DB, "db = np.squeeze(np.sum(dout, axis=(0, 2, 3), keepdims=True))"),),
    },
    "db-is-b": _same((_RETURN, "return dx, dw, b")),
    "db-counts": {
        "loops": ((_L_DB, "db[f] += 1"),),
        "vectorised": ((_DB, "db = np.ones((F, N * H_out * W_out)).sum(axis=1)"),),
        "taps": ((_DB, "db = np.sum(np.ones(dout.shape), axis=(0, 2, 3))"),),
    },
    "db-zeros": {
        "loops": ((_L_DB, "db[f] + dout[n, f, h, k]"),),
        "vectorised": ((_DB, "db = np.zeros(F)"),),
        "taps": ((_DB, "db = np.zeros(b.shape)"),),
    },
    "db-overwritten": {
        "loops": ((_L_DB, "db[f] = dout[n, f, h, k]"),),
        "vectorised": (
            (
                _DB,
                "db = np.zeros(F)\n"
                "for n in range(N):\n"
                "    for place in range(H_out * W_out):\n"
                "        db[:] = upstream[n, :, place]",
            ),
        ),
        "taps": (
            (
                _DB,
                "db = np.zeros(F)\n"
                "for n in range(N):\n"
                "    for h in range(H_out):\n"
                "        for k in range(W_out):\n"
                "            db[:] = dout[n, :, h, k]",
            ),
        ),
    },
    "db-last-column": {
        "loops": (
            (
                f"{_nest('db')}                {_L_DB}",
                f"{_nest('db')}                g = dout[n, f, h, k]\n            db[f] += g",
            ),
        ),
        "vectorised": ((_DB, "db = np.sum(dout[:, :, :, W_out - 1], axis=(0, 2))"),),
        "taps": (
            (
                _DB,
                "db = np.zeros(F)\n"
                "for n in range(N):\n"
                "    for h in range(H_out):\n"
                "        for k in range(W_out):\n"
                "            g = dout[n, :, h, k]\n"
                "        db += g",
            ),
        ),
    },
    "db-not-over-images": {
        "loops": ((_L_DB, "db[f] = dout[n, f].sum()"),),
        "vectorised": ((_DB, "db = np.zeros(F)\nfor n in range(N):\n    db[:] = upstream[n].sum(axis=1)"),),
        "taps": ((_DB, "for n in range(N):\n    db = dout[n].sum(axis=(1, 2))"),),
    },
    "bwd-only-reshaped": {
        "loops": (
            ("db = np.zeros(F)", "db = np.zeros(F)\ndout = dout.reshape(F, H_out, W_out, N).transpose(3, 0, 1, 2)"),
        ),
        "vectorised": (
            (
                _V_DCOLUMNS,
                "moved = dout.transpose(1, 2, 3, 0).reshape(F, N, H_out, W_out).transpose(1, 0, 2, 3)\n"
                "dcolumns = kernel.T @ moved[:, :, h, k]",
            ),
        ),
        "taps": (
            (_DB, ""),
            (
                _T_SIZES,
                f"{_T_SIZES}\n{_DB}\n"
                "dout = dout.transpose(1, 0, 2, 3).reshape(F, H_out, W_out, N).transpose(3, 0, 1, 2)",
            ),
        ),
    },
    "bwd-dout-transposed": {
        "loops": ((_L_DW, "dw[f] += window * dout[n, f, k, h]"), (_L_DX, _L_DX.replace("f, h, k]", "f, k, h]"))),
        "vectorised": (
            (_V_UPSTREAM, "upstream = dout[:, :, k, h]"),
            (_V_DCOLUMNS, "dcolumns = kernel.T @ dout[:, :, k, h]"),
        ),
        "taps": (
            (_T_DW, _T_DW.replace("dout,", "dout.transpose(0, 1, 3, 2),")),
            (_T_DPLACES, _T_DPLACES.replace("nfhk,", "nfkh,")),
        ),
    },
    "out-same-size": {
        "loops": (("for h in range(H_out):", "for h in range(H):"), ("for k in range(W_out):", "for k in range(W):")),
        "vectorised": ((_HEIGHT, "H_out = H"), (_WIDTH, "W_out = W")),
        "taps": ((_HEIGHT, "H_out = H"), (_WIDTH, "W_out = W")),
    },
    "out-pad-slice": _same((_PAD, _PLACED.replace("1 : 1 + H, 1 : 1 + W", "p:-p, p:-p"))),
    "out-pad-top-one": _same((_PAD, _PLACED)),
    "dx-crop-from-one": _crop("dx = dxp[:, :, 1 : 1 + H, 1 : 1 + W]"),
    "bwd-pad-one-stored": _same(
        (
            _PAD,
            "xp = np.zeros((N, C, H + 2 * p, W + 2 * p))\nxp[...] = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))",
        ),
    ),
    "bwd-pad-top-one": _same(
        (_PAD, _PLACED),
        ("dx = dxp[:, :, p : p + H, p : p + W]", "dx = dxp[:, :, 1 : 1 + H, 1 : 1 + W]"),
    ),
    "bwd-kernel-square": {
        "loops": ((_L_WINDOW, _L_WINDOW.replace("WW", "HH")), (_L_DX, _L_DX.replace("WW", "HH"))),
        "vectorised": (("np.indices((C, HH, WW))", "np.indices((C, WW, WW))"),),
        "taps": ((_W_SHAPE, "F, _, HH, _ = w.shape\nWW = HH"),),
    },
    "bwd-same-size": {
        "loops": _nests("db", "dw", "dx", h="H", k="W"),
        "vectorised": (
            ("np.indices((H_out, W_out))", "np.indices((H, W))"),
            (_DB, "db = np.sum(dout[:, :, h, k], axis=(0, 2))"),
        ),
        "taps": ((_T_SIZES, "dout = dout[:, :, np.arange(H)][:, :, :, np.arange(W)]\n" + _T_SIZES),),
    },
    "bwd-size-of-upstream": {
        "loops": (
            (_L_HEIGHT, "_, _, H_out, W_out = dout.shape\n" + _L_HEIGHT.replace("(H +", "(H_out +")),
            (_L_WIDTH, _L_WIDTH.replace("(W +", "(W_out +")),
        ),
        "vectorised": (
            (_HEIGHT, "H_out = max(0, 1 + (dout.shape[2] + 2 * p - HH) // s)"),
            (_WIDTH, "W_out = max(0, 1 + (dout.shape[3] + 2 * p - WW) // s)"),
            (_DB, "db = np.sum(dout[:, :, h, k], axis=(0, 2))"),
        ),
        "taps": (
            (
                _T_SIZES,
                "rows = 1 + (dout.shape[2] + 2 * p - HH) // s\n"
                "columns = 1 + (dout.shape[3] + 2 * p - WW) // s\n"
                "dout = dout[:, :, np.arange(rows)][:, :, :, np.arange(columns)]\n" + _T_SIZES,
            ),
        ),
    },
    "dw-offset-times-stride": {
        "loops": (
            (
                _L_DW,
                "for i in range(HH):\n"
                "    for j in range(WW):\n"
                "        dw[f, :, i, j] += xp[n, :, h * s + i * s, k * s + j * s] * dout[n, f, h, k]",
            ),
        ),
        "vectorised": ((_V_COLUMNS, "columns = xp[:, c, i * s + h * s, j * s + k * s]"),),
        "taps": ((_T_PLACES, "places = xp[:, :, i * s : i * s + s * H_out : s, j * s : j * s + s * W_out : s]"),),
    },
    "out-loops-by-stride": {
        "loops": (
            ("for h in range(H_out):\n    for k in range(W_out):", _BY_STRIDE),
            (_L_WINDOW, "window = xp[n, :, h : h + HH, k : k + WW]"),
        ),
        "vectorised": (
            (_V_PLACES, _V_BY_STRIDE),
            (_V_OUT, "out = np.zeros((N, F, H_out, W_out))\nout[:, :, h, k] = result"),
        ),
        "taps": ((_T_OUT, f"{_BY_STRIDE}\n        out[:, :, h, k] += places[:, :, h, k] @ w[:, :, i, j].T"),),
    },
    "bwd-loops-by-stride": {
        "loops": tuple(
            (_OVER.format(one, ""), _OVER.format(one, "0, ").replace("_out)", "_out, s)")) for one in _GRADIENTS
        ),
        "vectorised": ((_V_PLACES, _V_BY_STRIDE),),
        "taps": (
            (_T_DW, f"{_BY_STRIDE}\n        dw[:, :, i, j] += dout[:, :, h, k].T @ places[:, :, h, k]"),
            (_T_DX, f"{_BY_STRIDE}\n        dxp[:, :, i + h * s, j + k * s] += dplaces[:, :, h, k]"),
        ),
    },
    "out-pixel-for-place": {
        "loops": (
            ("for h in range(H_out):\n    for k in range(W_out):", _BY_PIXEL),
            (_L_WINDOW, "window = xp[n, :, h : h + HH, k : k + WW]"),
            (_L_OUT, "out[n, f, h, k] = b[f] + np.sum(window * w[f])"),
        ),
        "vectorised": (
            (
                _V_OUT,
                "out, numbers = np.zeros((N, F, H_out, W_out)), iter(np.moveaxis(result, 2, 0))\n"
                f"{_BY_PIXEL}\n        out[:, :, h, k] = next(numbers)",
            ),
        ),
        "taps": (
            (
                _T_OUT,
                f"{_BY_PIXEL}\n        if i + j == 0:\n"
                '            out[:, :, h, k] = np.einsum("nchk,fchk->nf", xp[:, :, h : h + HH, k : k + WW], w)',
            ),
        ),
    },
    "bwd-pixel-for-place": {
        "loops": (
            (
                "for n in range(N):  # db\n    for f in range(F):\n        for h in range(H_out):\n"
                "            for k in range(W_out):\n                db[f] += dout[n, f, h, k]",
                "db = dout.sum(axis=(0, 2, 3))",
            ),
            *((_OVER.format(one, ""), _OVER_PIXELS.format(one)) for one in ("dw", "dx")),
            (_L_WINDOW, "window = xp[n, :, h : h + HH, k : k + WW]"),
            (_L_DX, "dxp[n, :, h : h + HH, k : k + WW] += w[f] * dout[n, f, h, k]"),
        ),
        "vectorised": (
            (
                _V_PLACES,
                "places = []\n" + _BY_PIXEL + "\n        places.append((h, k, dout[:, :, h, k]))\n" + _V_PLACES,
            ),
        ),
        "taps": (
            (_T_DW, f"{_BY_PIXEL}\n        dw[:, :, i, j] += dout[:, :, h, k].T @ xp[:, :, i + h, j + k]"),
            (_T_DX, f"{_BY_PIXEL}\n        dxp[:, :, i + h, j + k] += dout[:, :, h, k] @ w[:, :, i, j]"),
        ),
    },
    "dx-offset-times-stride": {
        "loops": (
            (
                _L_DX,
                "for i in range(HH):\n"
                "    for j in range(WW):\n"
                "        dxp[n, :, h * s + i * s, k * s + j * s] += w[f, :, i, j] * dout[n, f, h, k]",
            ),
        ),
        "vectorised": ((_V_DX, "np.add.at(dxp, (slice(None), c, i * s + h * s, j * s + k * s), dcolumns)"),),
        "taps": ((_T_DX, "dxp[:, :, i * s : i * s + s * H_out : s, j * s : j * s + s * W_out : s] += dplaces"),),
    },
    "out-kernel-flipped-one-axis": {
        "loops": ((_L_OUT, "out[n, f, h, k] = np.sum(window * w[f, :, ::-1]) + b[f]"),),
        "vectorised": ((_V_KERNEL, "kernel = np.flip(w, axis=3).reshape(F, -1)"),),
        "taps": ((_T_OUT, _T_OUT.replace("i, j]", "HH - 1 - i, j]")),),
    },
    "dx-kernel-flipped-one-axis": {
        "loops": ((_L_DX, _L_DX.replace("w[f]", "w[f, :, :, ::-1]")),),
        "vectorised": ((_V_KERNEL, "kernel = w[:, :, ::-1].reshape(F, -1)"),),
        "taps": ((_T_DPLACES, _T_DPLACES.replace("i, j]", "i, WW - 1 - j]")),),
    },
    "dw-flipped-one-axis": {
        "loops": ((_L_DW, "dw[f] += window[:, ::-1] * dout[n, f, h, k]"),),
        "vectorised": ((_V_DW, f"dw = np.flip({_V_DW.removeprefix('dw = ')}, 3)"),),
        "taps": ((_T_DW, _T_DW.replace("i, j]", "HH - 1 - i, j]")),),
    },
    "out-filters-last": {
        "loops": (
            (_ZEROS, "out = np.zeros((N, H_out, W_out, F))"),
            (_L_OUT, "out[n, h, k, f] = np.sum(window * w[f]) + b[f]"),
        ),
        "vectorised": ((_V_OUT, "out = result.transpose(0, 2, 1).reshape(N, F, H_out, W_out)"),),
        "taps": ((_T_BIAS, _T_BIAS + "\nout = out.transpose(0, 2, 3, 1)"),),
    },
    "out-same-channel": {
        "loops": ((_L_OUT, _L_OUT.replace("w[f]", "w[f, :1]")),),
        "vectorised": (("kernel = w.reshape(F, -1)", "kernel = np.repeat(w[:, :1], C, axis=1).reshape(F, -1)"),),
        "taps": ((_T_PLACES, _T_PLACES.replace("xp[:, :,", "xp[:, :1,")), ('"nchk,fc->', '"nzhk,fc->')),
    },
    "out-filters-first": {
        "loops": (
            (_ZEROS, "out = np.zeros((F, N, H_out, W_out))"),
            (_L_OUT, "out[f, n, h, k] = np.sum(window * w[f]) + b[f]"),
        ),
        "vectorised": ((_V_OUT, f"{_V_OUT}.transpose(1, 0, 2, 3)"),),
        "taps": ((_T_BIAS, _T_BIAS + "\nout = out.swapaxes(0, 1)"),),
    },
    "out-only-reshaped": {
        "loops": (
            (_ZEROS, "out = np.zeros((F, N, H_out, W_out))"),
            (_L_OUT, "out[f, n, h, k] = np.sum(window * w[f]) + b[f]"),
            ("return out, (x", "return out.reshape(N, F, H_out, W_out), (x"),
        ),
        "vectorised": ((_V_OUT, "out = result.transpose(1, 2, 0).reshape(N, F, H_out, W_out)"),),
        "taps": ((_T_BIAS, _T_BIAS + "\nout = out.transpose(1, 0, 2, 3).reshape(out.shape)"),),
    },
    "out-squeezed": {
        "loops": (("return out, (x, w, b, conv_param)", "return out.squeeze(), (x, w, b, conv_param)"),),
        "vectorised": ((_V_OUT, f"out = np.squeeze({_V_OUT.removeprefix('out = ')})"),),
        "taps": ((_T_BIAS, _T_BIAS + "\nout = out.squeeze()"),),
    },
    "dx-squeezed": {
        **_same((_RETURN, "return dx.squeeze(), dw, db")),
        "taps": (("dx = dxp[:, :, p : p + H, p : p + W]", "dx = np.squeeze(dxp[:, :, p : p + H, p : p + W])"),),
    },
    "dw-squeezed": {
        **_same((_RETURN, "return dx, np.squeeze(dw), db")),
        "vectorised": ((_V_DW, _V_DW + ".squeeze()"),),
    },
    "out-last-image-missing": {
        "loops": (("for n in range(N):", "for n in range(N - 1):"),),
        "vectorised": ((_V_OUT, _ZEROS + "\nfor n in range(N - 1):\n    out[n] = result[n].reshape(F, H_out, W_out)"),),
        "taps": (
            (_T_OUT, 'for n in range(N - 1):\n    out[n] += np.einsum("chk,fc->fhk", places[n], w[:, :, i, j])'),
            (_T_BIAS, "for n in range(N - 1):\n    out[n] += b.reshape(F, 1, 1)"),
        ),
    },
    "out-float16": {
        "loops": ((_ZEROS, "out = np.zeros((N, F, H_out, W_out), dtype=np.float16)"),),
        "vectorised": ((_V_OUT, _V_OUT + ".astype(np.float16)"),),
        "taps": ((_ZEROS, 'out = np.zeros((N, F, H_out, W_out), dtype="float16")'),),
    },
    "dx-float16": {
        **_same((_DXP, "dxp = np.zeros((N, C, H + 2 * p, W + 2 * p), dtype=np.float16)")),
        "vectorised": (("dx = dxp[:, :, p : p + H, p : p + W]", "dx = np.float16(dxp[:, :, p : p + H, p : p + W])"),),
    },
    "dw-float16": {
        **_same(("dw = np.zeros(w.shape)", "dw = np.zeros(w.shape, np.float16)")),
        "vectorised": ((_V_DW, _V_DW + ".astype(np.half)"),),
    },
    "db-float16": {
        **_same((_DB, "db = np.sum(dout.astype(np.float16), axis=(0, 2, 3))")),
        "loops": (("db = np.zeros(F)", "db = np.zeros(F, np.float16)"),),
    },
    "out-returns-early": {
        "loops": ((_L_OUT, _L_OUT + "\nreturn out, (x, w, b, conv_param)"),),
        "vectorised": (
            (
                _V_OUT,
                _ZEROS + "\nfor n in range(N):\n    out[n] = result[n].reshape(F, H_out, W_out)\n"
                "    return out, (x, w, b, conv_param)",
            ),
        ),
        "taps": (
            (
                _T_BIAS,
                "total = out\n" + _ZEROS + "\nfor n in range(N):\n    for f in range(F):\n"
                "        out[n, f] = total[n, f] + b[f]\n        return out, (x, w, b, conv_param)",
            ),
        ),
    },
    "bwd-returns-early": {
        "loops": ((_L_DX, _L_DX + "\nreturn dxp[:, :, p : p + H, p : p + W], dw, db"),),
        "vectorised": (
            (
                _V_DX,
                "for n in range(N):\n    np.add.at(dxp[n], (c, i + h * s, j + k * s), dcolumns[n])\n"
                "    return dxp[:, :, p : p + H, p : p + W], dw, np.sum(dout, axis=(0, 2, 3))",
            ),
        ),
        "taps": (
            (
                _DB,
                "db = np.zeros(F)\nfor n in range(N):\n    db += dout[n].sum(axis=(1, 2))\n    return dx, dw, db",
            ),
        ),
    },
    "bwd-last-image-missing": {
        "loops": _nests("db", "dw", "dx", n="N - 1"),
        "vectorised": (
            (_V_DX, "for n in range(N - 1):\n    np.add.at(dxp[n], (c, i + h * s, j + k * s), dcolumns[n])"),
        ),
        "taps": ((_T_SIZES, _T_SIZES + "\ndout = np.concatenate([dout[: N - 1], np.zeros_like(dout[:1])])"),),
    },
    "bwd-onto-x": {
        **_same((_DXP, "dxp = xp")),
        "taps": ((_DXP, "dxp = xp.copy()"),),
    },
    "bwd-onto-w": {
        "loops": (("dw = np.zeros(w.shape)", "dw = w.copy()"),),
        "vectorised": ((_V_DW, "dw = w\ndw += dkernel.reshape(F, C, HH, WW)"),),
        "taps": (("dw = np.zeros(w.shape)", "dw = np.array(w)"), (_T_DW, _T_DW.replace("] = ", "] += "))),
    },
    "db-onto-b": {
        "loops": (("db = np.zeros(F)", "db = b"),),
        **dict.fromkeys(("vectorised", "taps"), ((_DB, "db = b.copy()\ndb += np.sum(dout, axis=(0, 2, 3))"),)),
    },
    "db-mean-places": {
        "loops": ((_L_DB, "db[f] += dout[n, f, h, k] / (H_out * W_out)"),),
        "vectorised": ((_DB, "db = np.sum(np.mean(dout, axis=(2, 3)), axis=0)"),),
        "taps": ((_DB, "db = dout.mean(axis=(2, 3)).sum(axis=0)"),),
    },
    "db-axis-left": {
        "loops": (("db = np.zeros(F)", "db = np.zeros((F, 1))"),),
        "vectorised": ((_DB, "db = np.sum(dout, axis=(0, 2, 3), keepdims=True)"),),
        "taps": ((_DB, _DB + ".reshape(1, -1)"),),
    },
    "bwd-swapped-dx-dw": _same((_RETURN, "return dw, dx, db")),
    "bwd-swapped-dw-db": _same((_RETURN, "return dx, db, dw")),
    "bwd-pad-one": _same((_P, "p = 1")),
    "bwd-pad-of-kernel": {**_same((_P, "p = (HH - 1) // 2")), "taps": ((_P, "p = WW // 2"),)},
    "bwd-pad-ignored": {
        "loops": ((_P, "p = 0"),),
        "vectorised": ((_P, "p = 0"),),
        "taps": (
            (_P, "p = 0"),
            (_T_SIZES, "H_out = 1 + (H - HH) // s\nW_out = 1 + (W - WW) // s"),
            (_T_DW, _T_DW.replace("dout,", "dout[:, :, :H_out, :W_out],")),
            (_T_DPLACES, _T_DPLACES.replace("dout,", "dout[:, :, :H_out, :W_out],")),
        ),
    },
    "bwd-pad-all-axes": _same((_PAD, "xp = np.pad(x, p)")),
    "bwd-image-swapped": {
        "loops": (("N, C, H, W = x.shape", "N, C, W, H = x.shape"),),
        "vectorised": (
            ("N, C, H, W = x.shape", "N, C, W, H = x.shape"),
            (_HEIGHT, "H_out = 1 + (H + 2 * p - HH) // s"),
            (_WIDTH, "W_out = 1 + (W + 2 * p - WW) // s"),
            (_DXP, "dxp = np.zeros(xp.shape)"),
        ),
        "taps": (
            ("N, C, H, W = x.shape", "N, C, W, H = x.shape"),
            (
                _T_SIZES,
                "H_out = 1 + (H + 2 * p - HH) // s\nW_out = 1 + (W + 2 * p - WW) // s\n"
                "dout = dout[:, :, np.arange(H_out)][:, :, :, np.arange(W_out)]",
            ),
            (_DXP, "dxp = np.zeros(xp.shape)"),
        ),
    },
    "bwd-one-counter": {
        "loops": (
            (_L_WINDOW, "window = xp[n, :, h * s : h * s + HH, h * s : h * s + WW]"),
            (_L_DX, "dxp[n, :, h * s : h * s + HH, h * s : h * s + WW] += w[f] * dout[n, f, h, k]"),
        ),
        "vectorised": (
            (_V_COLUMNS, "columns = xp[:, c, i + k * s, j + k * s]"),
            (_V_DX, "np.add.at(dxp, (slice(None), c, i + k * s, j + k * s), dcolumns)"),
        ),
        "taps": (
            (
                _T_PLACES,
                "at = np.arange(H_out) * s; places = xp[:, :, i + at, j + at][..., None].repeat(W_out, axis=3)",
            ),
            (
                _T_DX,
                "at = np.arange(H_out) * s; to = (slice(None), slice(None), i + at, j + at)\n"
                "np.add.at(dxp, to, dplaces.sum(axis=3))",
            ),
        ),
    },
    "bwd-pad-once": {
        "loops": ((_L_HEIGHT, "H_out = 1 + (H + p - HH) // s"), (_L_WIDTH, "W_out = 1 + (W + p - WW) // s")),
        "vectorised": ((_HEIGHT, "H_out = 1 + (H + p - HH) // s"), (_WIDTH, "W_out = 1 + (W + p - WW) // s")),
        "taps": (
            (
                _T_SIZES,
                "H_out = 1 + (H + p - HH) // s\nW_out = 1 + (W + p - WW) // s\ndout = dout[:, :, :H_out, :W_out]",
            ),
        ),
    },
    "bwd-pad-twice-in-size": {
        "loops": (
            (_L_HEIGHT, "H_out = 1 + (H + 4 * p - HH) // s"),
            (_L_WIDTH, "W_out = 1 + (W + 4 * p - WW) // s"),
        ),
        "vectorised": (
            (_HEIGHT, "H_out = 1 + (xp.shape[2] + 2 * p - HH) // s"),
            (_WIDTH, "W_out = 1 + (xp.shape[3] + 2 * p - WW) // s"),
        ),
        "taps": (
            (
                _T_SIZES,
                "H_out = 1 + (H + 4 * p - HH) // s\nW_out = 1 + (W + 4 * p - WW) // s\n"
                "dout = dout[:, :, np.arange(H_out)][:, :, :, np.arange(W_out)]",
            ),
        ),
    },
    "bwd-end-by-stride": {
        "loops": (
            (_L_WINDOW, "window = xp[n, :, h * s : (h + 1) * s, k * s : (k + 1) * s]"),
            (_L_DX, "dxp[n, :, h * s : (h + 1) * s, k * s : (k + 1) * s] += w[f] * dout[n, f, h, k]"),
        ),
        "vectorised": (
            (_V_COLUMNS, _V_BY_THE_STRIDE),
            (_V_DX, _V_DX_BY_THE_STRIDE),
        ),
        "taps": (
            (_T_DX, "pass"),
            (_CROP, f"{_T_DX_BY_THE_STRIDE}\n{_CROP}"),
        ),
    },
    "dx-crop-too-far": _crop("dx = dxp[:, :, p : p + H - 1, p : p + W - 1]"),
    "bwd-ends-of-another": {
        "loops": _nests("db", "dw", "dx", f="C"),
        "vectorised": (
            (
                _V_UPSTREAM,
                "upstream = np.zeros((N, F, H_out * W_out))\nfor f in range(C):\n    upstream[:, f] = dout[:, f, h, k]",
            ),
            (_V_DCOLUMNS, "dcolumns = kernel.T @ upstream"),
            (_DB, "db = upstream.sum(axis=(0, 2))"),
        ),
        "taps": (
            (
                _T_SIZES,
                f"{_T_SIZES}\nseen = 0 * dout\nfor f in range(C):\n    seen[:, f] = dout[:, f]\ndout = seen",
            ),
        ),
    },
    "bwd-pixels-shifted": _SHIFTED_PIXELS["backward"],
    "bwd-edge-left-out": _WITHOUT_EDGE["backward"],
    "bwd-pixels-from-end": _FROM_THE_END["backward"],
    "bwd-stride-ignored": {
        "loops": (
            (_L_WINDOW, "window = xp[n, :, h : h + HH, k : k + WW]"),
            (_L_DX, "dxp[n, :, h : h + HH, k : k + WW] += w[f] * dout[n, f, h, k]"),
        ),
        "vectorised": (
            (_V_COLUMNS, "columns = xp[:, c, i + h, j + k]"),
            (_V_DX, "np.add.at(dxp, (slice(None), c, i + h, j + k), dcolumns)"),
        ),
        "taps": (
            (_T_PLACES, "places = xp[:, :, i : i + H_out, j : j + W_out]"),
            (_T_DX, "dxp[:, :, i : i + H_out, j : j + W_out] += dplaces"),
        ),
    },
    "bwd-sizes-swapped": {
        "loops": _nests("db", "dw", "dx", h="W_out", k="H_out"),
        "vectorised": (("np.indices((H_out, W_out))", "np.indices((W_out, H_out))"),),
        "taps": ((_T_SIZES, "W_out, H_out = dout.shape[2:]"),),
    },
    "bwd-width-from-height": {
        "loops": ((_L_WIDTH, "W_out = 1 + (H + 2 * p - WW) // s"),),
        "vectorised": (
            (_WIDTH, "W_out = max(0, 1 + (xp.shape[2] - WW) // s)"),
            (_DB, "db = np.sum(dout[:, :, h, k], axis=(0, 2))"),
        ),
        "taps": (
            (
                _T_SIZES,
                "H_out, W_out = dout.shape[2], max(0, 1 + (H + 2 * p - WW) // s)\ndout = dout[..., np.arange(W_out)]",
            ),
        ),
    },
    "bwd-height-from-width": {
        "loops": ((_L_HEIGHT, "H_out = 1 + (W + 2 * p - HH) // s"),),
        "vectorised": (
            (_HEIGHT, "H_out = max(0, 1 + (xp.shape[3] - HH) // s)"),
            (_DB, "db = np.sum(dout[:, :, h, k], axis=(0, 2))"),
        ),
        "taps": (
            (
                _T_SIZES,
                "H_out, W_out = max(0, 1 + (W + 2 * p - HH) // s), dout.shape[3]\ndout = dout[:, :, np.arange(H_out)]",
            ),
        ),
    },
    "bwd-height-twice": {
        "loops": _nests("db", "dw", "dx", k="H_out"),
        "vectorised": (("np.indices((H_out, W_out))", "np.indices((H_out, H_out))"),),
        "taps": (
            (_T_SIZES, "H_out = W_out = dout.shape[2]"),
            (_T_DW, _T_DW.replace("dout,", "dout[:, :, :, :W_out],")),
            (_T_DPLACES, _T_DPLACES.replace("dout,", "dout[:, :, :, :W_out],")),
        ),
    },
    "dw-height-twice": {
        "loops": _nests("dw", k="H_out"),
        "vectorised": (
            (
                _V_COLUMNS,
                "hh, kk = np.indices((H_out, H_out)).reshape(2, -1)\ncolumns = xp[:, c, i + hh * s, j + kk * s]",
            ),
            (_V_UPSTREAM, "upstream = dout[:, :, hh, kk]"),
        ),
        "taps": (
            (_T_PLACES, _T_PLACES.replace("s * W_out", "s * H_out")),
            (_T_DW, "dw[:, :, i, j] = np.sum(dout[:, :, None] * places[:, None], axis=(0, 3, 4))"),
        ),
    },
    "bwd-stride-one-axis": {
        "loops": (
            (_L_WINDOW, _L_WINDOW.replace("k * s : k * s + WW", "k : k + WW")),
            (_L_DX, _L_DX.replace("k * s : k * s + WW", "k : k + WW")),
        ),
        "vectorised": ((_V_COLUMNS, "columns = xp[:, c, i + h, j + k * s]"),),
        "taps": ((_T_DX, "dxp[:, :, i : i + s * H_out : s, j : j + W_out] += dplaces"),),
    },
    "bwd-width-twice": {
        "loops": _nests("db", "dw", "dx", h="W_out"),
        "vectorised": (("np.indices((H_out, W_out))", "np.indices((W_out, W_out))"),),
        "taps": ((_T_DX, _T_DX.replace("s * H_out", "s * W_out")),),
    },
    "out-height-twice": {
        "loops": (("for k in range(W_out):", "for k in range(H_out):"),),
        "vectorised": (("np.indices((H_out, W_out))", "np.indices((H_out, H_out))"),),
        "taps": ((_T_PLACES, _T_PLACES.replace("s * W_out", "s * H_out")),),
    },
    "out-width-twice": {
        "loops": (("for h in range(H_out):", "for h in range(W_out):"),),
        "vectorised": (("np.indices((H_out, W_out))", "np.indices((W_out, W_out))"),),
        "taps": ((_T_PLACES, _T_PLACES.replace("s * H_out", "s * W_out")),),
    },
    "out-flat-index": {
        "loops": (
            (
                "for h in range(H_out):\n    for k in range(W_out):",
                "for at in range(H_out * W_out):\n    for h, k in [(at // W_out, at % H_out)]:",
            ),
        ),
        "vectorised": ((_V_PLACES, "at = np.arange(H_out * W_out)\nh, k = at // H_out, at % W_out"),),
        "taps": (
            (
                _T_PLACES,
                "at = np.arange(H_out * W_out)\n"
                "at_row, at_column = at // W_out, at % H_out\n"
                "places = xp[:, :, i + s * at_row, j + s * at_column].reshape(N, C, H_out, W_out)",
            ),
        ),
    },
    "bwd-flat-index": {
        "loops": tuple(
            (
                _nest(name),
                f"for n in range(N):  # {name}\n"
                "    for f in range(F):\n"
                "        for at in range(H_out * W_out):\n"
                "            for h, k in [(at // W_out, at % H_out)]:\n",
            )
            for name in ("dw", "dx")
        ),
        "vectorised": (
            (_V_PLACES, "at = np.arange(H_out * W_out)\nh, k = at // H_out, at % H_out"),
            (_V_UPSTREAM, "upstream = dout.reshape(N, F, -1)"),
            (_V_DCOLUMNS, "dcolumns = kernel.T @ dout.reshape(N, F, -1)"),
        ),
        "taps": (
            (
                _T_DX,
                "at = np.arange(H_out * W_out)\n"
                "at_row, at_column = at // W_out, at % H_out\n"
                "at = (slice(None), slice(None), i + s * at_row, j + s * at_column)\n"
                "np.add.at(dxp, at, dplaces.reshape(N, C, -1))",
            ),
        ),
    },
    "out-bias-of-image": {
        "loops": ((_L_OUT, _L_OUT.replace("b[f]", "b[n]")),),
        "vectorised": ((_V_RESULT, "result = np.stack([product[n] + b[n] for n in range(N)])"),),
        "taps": ((_T_BIAS, "for n in range(N):\n    out[n] += b[n]"),),
    },
    "out-kernel-of-image": {
        "loops": ((_L_OUT, _L_OUT.replace("w[f]", "w[n]")),),
        "vectorised": ((_V_PRODUCT, "product = np.stack([kernel[[n] * F] @ columns[n] for n in range(N)])"),),
        "taps": ((_T_OUT, 'for n in range(N):\n    out[n] += np.einsum("chk,c->hk", places[n], w[n, :, i, j])'),),
    },
    "dx-kernel-of-image": {
        "loops": ((_L_DX, _L_DX.replace("w[f]", "w[n]")),),
        "vectorised": (
            (_V_DCOLUMNS, "dcolumns = np.stack([kernel[n][:, None] * dout[n].sum(axis=0)[h, k] for n in range(N)])"),
        ),
        "taps": (
            (
                _T_DPLACES,
                'dplaces = np.stack([np.einsum("fhk,c->chk", dout[n], w[n, :, i, j]) for n in range(N)])',
            ),
        ),
    },
    "dw-of-image": {
        "loops": ((_L_DW, _L_DW.replace("dw[f]", "dw[n]")),),
        "vectorised": (
            (
                _V_DKERNEL,
                "dkernel = np.zeros((F, C * HH * WW))\n"
                "for n in range(N):\n"
                "    dkernel[n] = np.sum(upstream[n] @ columns[n].T, axis=0)",
            ),
        ),
        "taps": (
            (
                _T_DW,
                "for n in range(N):\n"
                "    dw[n, :, i, j] = np.tensordot(dout[n].sum(axis=0), places[n], axes=((0, 1), (1, 2)))",
            ),
        ),
    },
    "out-kernel-from-filters": {
        "loops": ((_L_WINDOW, "window = xp[n, :, h * s : h * s + F, k * s : k * s + F]"),),
        "vectorised": ((_HEIGHT, "H_out = 1 + (xp.shape[2] - F) // s"),),
        "taps": (("for i in range(HH):", "for i in range(F):"), ("for j in range(WW):", "for j in range(F):")),
    },
    "bwd-kernel-from-filters": {
        "loops": (
            (_L_WINDOW, "window = xp[n, :, h * s : h * s + F, k * s : k * s + F]"),
            (_L_DX, _L_DX.replace("+ HH", "+ F").replace("+ WW", "+ F")),
        ),
        "vectorised": ((_WIDTH, "W_out = 1 + (xp.shape[3] - F) // s"),),
        "taps": ((_W_SHAPE, _W_SHAPE + "\nHH = WW = F"),),
    },
    "bwd-size-one-inside": {
        "loops": ((_L_HEIGHT, "H_out = (H + 2 * p - HH + 1) // s"), (_L_WIDTH, "W_out = (W + 2 * p - WW + 1) // s")),
        "vectorised": (
            (_HEIGHT, "H_out = (xp.shape[2] - HH + 1) // s"),
            (_WIDTH, "W_out = (xp.shape[3] - WW + 1) // s"),
        ),
        "taps": (
            (_T_SIZES, "H_out, W_out = (H + 2 * p - HH + 1) // s, (W + 2 * p - WW + 1) // s"),
            (_T_DW, _T_DW.replace("dout,", "dout[:, :, :H_out, :W_out],")),
            (_T_DPLACES, _T_DPLACES.replace("dout,", "dout[:, :, :H_out, :W_out],")),
        ),
    },
    "bwd-x-slice": {
        "loops": ((_PAD, f"{_DXP.replace('dxp', 'xp')}\nxp[:, :, p:-p, p:-p] = x"),),
        **dict.fromkeys(
            ("vectorised", "taps"),
            (
                (
                    "N, C, H, W = x.shape",
                    _P + "\nx = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))\n"
                    "x = x[:, :, p:-p, p:-p]\nN, C, H, W = x.shape",
                ),
            ),
        ),
    },
    "bwd-slices-minus": _same(
        (_PAD, f"{_DXP.replace('dxp', 'xp')}\nxp[:, :, p:-p, p:-p] = x"), (_CROP, "dx = dxp[:, :, p:-p, p:-p]")
    ),
    "bwd-pad-not-in-size": {
        "loops": ((_L_HEIGHT, "H_out = 1 + (H - HH) // s"), (_L_WIDTH, "W_out = 1 + (W - WW) // s")),
        "vectorised": ((_HEIGHT, "H_out = 1 + (H - HH) // s"), (_WIDTH, "W_out = 1 + (W - WW) // s")),
        "taps": ((_T_SIZES, "H_out = 1 + (H - HH) // s\nW_out = 1 + (W - WW) // s"),),
    },
    "bwd-windows-within-image": {
        "loops": tuple(
            (line, f"if h * s + HH <= H and k * s + WW <= W:\n    {line}") for line in (_L_DW, _L_DX, _L_DB)
        ),
        "vectorised": (
            (
                _V_UPSTREAM,
                "dout = dout.copy()\n"
                "for h, k in np.ndindex(H_out, W_out):\n"
                "    if h * s + HH > H or k * s + WW > W:\n"
                "        dout[:, :, h, k] = 0\n"
                "h, k = np.indices((H_out, W_out)).reshape(2, -1)\n" + _V_UPSTREAM,
            ),
        ),
        "taps": (
            (
                _T_SIZES,
                "whole = dout\n"
                "dout = np.zeros(whole.shape)\n"
                "for h, i in enumerate(range(0, H - HH + 1, s)):\n"
                "    for k, j in enumerate(range(0, W - WW + 1, s)):\n"
                "        dout[:, :, h, k] = whole[:, :, h, k]\n" + _T_SIZES,
            ),
        ),
    },
    "bwd-last-missing-one-axis": {
        "loops": _nests("dw", "dx", h="H_out - 1"),
        "vectorised": ((_WIDTH, "W_out = (xp.shape[3] - WW) // s"),),
        "taps": ((_T_SIZES, "dout = dout[:, :, :-1]\n" + _T_SIZES),),
    },
    "bwd-last-missing": {
        "loops": _nests("db", "dw", "dx", h="H_out - 1", k="W_out - 1"),
        "vectorised": (
            (_HEIGHT, "H_out = (xp.shape[2] - HH) // s"),
            (_WIDTH, "W_out = (xp.shape[3] - WW) // s"),
            (_DB, "db = np.sum(dout[:, :, h, k], axis=(0, 2))"),
        ),
        "taps": ((_T_SIZES, "dout = dout[:, :, :-1, :-1]\n" + _T_SIZES),),
    },
}


def _program(forward: str, backward: str) -> str:
    return f"import numpy as np\n\n\n{forward}\n\n{backward}"


def _changed(text: str, changes: Changes) -> str:
    """The text with replacements, each of which has exactly one place; later lines are indented like the first."""
    for old, new in changes:
        (line,) = (line for line in text.splitlines() if old.splitlines()[0] in line)
        newline = "\n" + line[: len(line) - len(line.lstrip())]
        indented = old.replace("\n", newline)
        assert text.count(indented) == 1, old
        text = text.replace(indented, new.replace("\n", newline))
    return text


RIGHT = {structure: _program(_FORWARD[structure], _BACKWARD[structure]) for structure in STRUCTURES}
RIGHT_BY_PIXEL = {
    structure: _program(
        *(_changed(passes[structure], _by_pixel()[function][structure])
          for function, passes in (("forward", _FORWARD), ("backward", _BACKWARD)))
    )
    for structure in STRUCTURES
}  # fmt: skip


def programs() -> Iterator[Injected]:
    """Every mistake in every structure."""
    for bug, structures in _BUGS.items():
        for structure, changes in structures.items():
            forward, backward = _FORWARD[structure], _BACKWARD[structure]
            if bug.startswith("out-"):
                forward = _changed(forward, changes)
            else:
                backward = _changed(backward, changes)
            yield Injected(bug, structure, _program(forward, backward))


def combined(structure: str) -> Iterator[tuple[str, str, str]]:
    """Two mistakes of one output at once, wherever their changes do not touch the same text: both, and the program."""
    for one, other in combinations(_BUGS, 2):
        if one.partition("-")[0] != other.partition("-")[0]:
            continue
        changes = (*_BUGS[one][structure], *_BUGS[other][structure])
        text = _FORWARD[structure] if one.startswith("out-") else _BACKWARD[structure]
        if len({old for old, _ in changes}) < len(changes):
            continue
        try:
            changed = _changed(text, changes)
        except (AssertionError, ValueError):
            continue
        is_forward = one.startswith("out-")
        program = _program(changed, _BACKWARD[structure]) if is_forward else _program(_FORWARD[structure], changed)
        yield one, other, program
