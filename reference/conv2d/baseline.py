"""The fast baseline, in the students' own signature: products of rows that stay in the processor's cache.

im2col writes every pixel HH*WW times. Here an image is unfolded along its width only, into rows that hold for one input
row everything that a kernel row can meet there (C*WW by W_out numbers). HH such rows that follow each other are already
the columns of one output row, so that output rows share them: they are windows into one buffer, and nothing is copied
HH times. A row of ones beside the channels carries the bias through the product, which writes straight into the output.

    unfolded          rows      a window of HH rows (here 3) gives
    row 0  | 1, C*WW |  -+      output row 0: filters (F, HH*R) @ window (HH*R, W_out), where R = 1 + C*WW
    row 1  | 1, C*WW |   | -+   output row 1, `stride` rows below
    row 2  | 1, C*WW |  -+  |
    row 3  | 1, C*WW |     -+

dx is the same thing with the upstream gradient in place of x (a sum over kernel rows is a window of its rows), folded
along the width afterwards; dw sums over the places of the whole image, from rows laid out with the places behind each
other. Small products in cache are faster than one large one: the idea of shared rows is that of MEC (Cho and Brand,
Memory-efficient Convolution, ICML 2017). How much it gains is printed by `python -m benchmarks.baseline`.

NumPy only, since it runs in a sandbox like a submission's. Correct on everything the reference is: any layout and
stride, ragged shapes (floor), float32 and float64. Results have the floating dtype that NumPy gives all inputs.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

Array = NDArray[Any]
Cache = tuple[Array, Array, Array, Mapping[str, int]]

_BLOCK_BYTES = 768 * 1024
"""What a buffer may take: most of a usual second-level cache, but not all. With all of it (1 MiB) the time varies more
from process to process, by 3 % in place of 2 %: pages that happen to share cache lines push each other out."""
_NARROW, _WIDE = 12, 96
"""Where output rows are shorter than the first, products are too small to be fast, and images are laid side by side
until their rows together are as long as the second."""
_SMALL_PRODUCT = 1_000_000
"""Multiplications. Above this OpenBLAS copies both factors before it multiplies, which one short row does not repay:
58 GFLOP/s below, 34 above (0.3.31 with AVX-512, rows of 16 or 32; without AVX-512 it always copies)."""


def conv_forward_fast(x: Array, w: Array, b: Array, conv_param: Mapping[str, int]) -> tuple[Array, Cache]:
    """Convolve x (N, C, H, W) with w (F, C, HH, WW) and add b (F,).

    Args:
        x: images, any real dtype and memory layout.
        w: filters.
        b: bias.
        conv_param: `{"stride": int >= 1, "pad": int >= 0}`.

    Returns:
        `(out, cache)`: out of shape (N, F, H_out, W_out), cache = (x, w, b, conv_param).

    Raises:
        ValueError: where the kernel does not fit into the padded image.
    """
    stride, pad, H_out, W_out = _geometry(x, w, conv_param)
    (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
    dtype = np.result_type(x, w, b, np.float32)
    R = 1 + C * WW
    filters = np.zeros((F, HH, R), dtype)
    filters[:, 0, 0] = b
    filters[:, :, 1:] = w.transpose(0, 2, 1, 3).reshape(F, HH, C * WW)
    filters = filters.reshape(F, HH * R)

    abreast = _side_by_side(W_out, filters.size)
    images, height = _block(N, H_out, stride, HH, R * W_out * dtype.itemsize, abreast)
    unfolded = _rows(images, stride * (height - 1) + HH, R, W_out, dtype, abreast > 1)
    unfolded[:, :, 0] = 1
    cells = unfolded[:, :, 1:].reshape(*unfolded.shape[:2], C, WW, W_out)
    windows = _windows(unfolded, height, stride, HH)
    out = np.empty((N, F, H_out, W_out), dtype)
    for n, h in _blocks(N, images, H_out, height):
        source = x[n : n + images].transpose(0, 2, 1, 3)
        target = out[n : n + images, :, h : h + height].transpose(0, 2, 1, 3)
        rows, pixels = _overlap(stride * h - pad, 1, cells.shape[1], H)
        _clear_outside(cells, rows)
        for j in range(WW):
            places, columns = _overlap(j - pad, stride, W_out, W)
            cells[: len(source), rows, :, j, places] = source[:, pixels, :, columns]
        _multiply(filters, windows, target, abreast > 1)
    return out, (x, w, b, conv_param)


def conv_backward_fast(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients (dx, dw, db) of the shapes of x, w and b, given dout (N, F, H_out, W_out).

    Args:
        dout: upstream gradient.
        cache: (x, w, b, conv_param) as `conv_forward_fast` returns it.

    Returns:
        `(dx, dw, db)`.

    Raises:
        ValueError: where the kernel does not fit into the padded image.
    """
    x, w, b, conv_param = cache
    dtype = np.result_type(x, w, b, dout, np.float32)
    upstream = np.ascontiguousarray(dout, dtype)
    db = upstream.sum(axis=0).sum(axis=(1, 2))  # two thirds of the time that all axes at once take
    return _dx(upstream, x, w, conv_param), _dw(upstream, x, w, conv_param), db


def _dx(upstream: Array, x: Array, w: Array, conv_param: Mapping[str, int]) -> Array:
    """The gradient of x.

    Padded input row `stride * t + r` meets kernel rows r, r + stride, ...: those of the output rows t, t - 1, ...
    So `taps` upstream rows give, in one product, `phases` input rows, still unfolded along the width.
    """
    stride, pad, H_out, W_out = _geometry(x, w, conv_param)
    (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
    dtype = upstream.dtype
    taps, phases = -(-HH // stride), min(stride, HH)
    spread = np.zeros((F, C, taps * stride, WW), dtype)
    spread[:, :, :HH] = w
    spread = spread.reshape(F, C, taps, stride, WW)[:, :, ::-1, :phases]
    filters = np.ascontiguousarray(spread.transpose(3, 1, 4, 2, 0)).reshape(phases * C * WW, taps * F)

    first, last = pad // stride, -(-(pad + H) // stride)
    abreast = _side_by_side(W_out, filters.size)
    images, height = _block(N, last - first, 1, taps, (F + stride * C * WW) * W_out * dtype.itemsize, abreast)
    rows_of_dout = _rows(images, height + taps - 1, F, W_out, dtype, abreast > 1)
    windows = _windows(rows_of_dout, height, 1, taps)
    unfolded = _rows(images, height, stride * C * WW, W_out, dtype, abreast > 1)
    cells = unfolded.reshape(images, height * stride, C, WW, W_out)
    dx = np.zeros(x.shape, dtype)
    for n, t in _blocks(N, images, last - first, height):
        source = upstream[n : n + images].transpose(0, 2, 1, 3)
        target = dx[n : n + images].transpose(0, 2, 1, 3)
        count = min(height, last - first - t)
        rows, meeting = _overlap(first + t - (taps - 1), 1, rows_of_dout.shape[1], H_out)
        _clear_outside(rows_of_dout, rows)
        _whole(rows_of_dout[: len(source), rows])[...] = _whole(source[:, meeting])
        _multiply(filters, windows, unfolded[: len(source), :count, : phases * C * WW], abreast > 1)
        rows, pixels = _overlap(stride * (first + t) - pad, 1, stride * count, H)
        for j in range(WW):
            places, columns = _overlap(j - pad, stride, W_out, W)
            into, met = target[:, pixels, :, columns], cells[: len(source), rows, :, j, places]
            if j < stride:  # the first that meets these columns
                into[...] = met
            else:
                into += met
    return dx


def _dw(upstream: Array, x: Array, w: Array, conv_param: Mapping[str, int]) -> Array:
    """The gradient of w.

    Input rows a stride apart lie behind each other, so that for each kernel row the places that it meets are one run:
    its gradient is the product (F, places) @ (places, C*WW). The `phases` kernel rows of one stride share a product.
    """
    stride, pad, H_out, W_out = _geometry(x, w, conv_param)
    (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
    dtype = upstream.dtype
    taps, phases = -(-HH // stride), min(stride, HH)
    images, height = _block(N, H_out, 1, taps, phases * C * WW * W_out * dtype.itemsize)
    cells = np.zeros((images, phases, C, WW, height + taps - 1, W_out), dtype)
    unfolded = cells.reshape(images, phases * C * WW, -1)
    dw = np.zeros((F, HH, C, WW), dtype)
    for n, h in _blocks(N, images, H_out, height):
        count, runs = len(x[n : n + images]), min(height, H_out - h) * W_out
        for r in range(phases):
            rows, pixels = _overlap(stride * h - pad + r, stride, cells.shape[4], H)
            _clear_outside(cells[:, r].transpose(0, 3, 1, 2, 4), rows)
            for j in range(WW):
                places, columns = _overlap(j - pad, stride, W_out, W)
                cells[:count, r, :, j, rows, places] = x[n : n + images, :, pixels, columns]
        gradient = upstream[n : n + images, :, h : h + height].reshape(count, F, runs)
        for tap in range(taps):
            kernel_rows = dw[:, stride * tap : stride * tap + phases]
            met = unfolded[:count, : kernel_rows.shape[1] * C * WW, W_out * tap : W_out * tap + runs]
            kernel_rows += np.matmul(gradient, met.transpose(0, 2, 1)).sum(axis=0).reshape(kernel_rows.shape)
    return np.ascontiguousarray(dw.transpose(0, 2, 1, 3))


def _geometry(x: Array, w: Array, conv_param: Mapping[str, int]) -> tuple[int, int, int, int]:
    """(stride, pad, H_out, W_out)."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    (H, W), (HH, WW) = x.shape[2:], w.shape[2:]
    if H + 2 * pad < HH or W + 2 * pad < WW:
        raise ValueError(f"a kernel of {HH}x{WW} does not fit into an image of {H}x{W} with pad {pad}")
    return stride, pad, 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride


def _side_by_side(width: int, filter_size: int) -> int:
    """How many images at least are multiplied side by side: 1 where a row of one is enough for a product."""
    small = filter_size * width <= _SMALL_PRODUCT
    return 1 if width >= (_NARROW if small else _WIDE) else -(-_WIDE // width)


def _block(images: int, rows: int, step: int, window: int, row_bytes: int, abreast: int = 1) -> tuple[int, int]:
    """How many images, and how many of an image's rows, are done at once.

    Args:
        images: there are.
        rows: products of an image.
        step: rows of the buffer from one product to the next.
        window: rows of the buffer that a product needs.
        row_bytes: of one row of the buffer.
        abreast: images that have to be done together.

    >>> _block(100, 16, 2, 3, 4096)
    (5, 16)
    >>> _block(100, 100, 1, 3, 16384)
    (1, 46)
    """
    image_bytes = (step * (rows - 1) + window) * row_bytes
    if abreast > 1:  # the last block is multiplied whole, so all are made of one size
        return -(-images // max(1, images // max(abreast, _BLOCK_BYTES // image_bytes))), rows
    if image_bytes <= _BLOCK_BYTES:
        return min(images, _BLOCK_BYTES // image_bytes), rows
    return 1, max(min(window, rows), (_BLOCK_BYTES // row_bytes - window) // step + 1)


def _blocks(images: int, at_once: int, rows: int, height: int) -> Iterator[tuple[int, int]]:
    """First image and first row of each block."""
    return ((n, h) for n in range(0, images, at_once) for h in range(0, rows, height))


def _rows(images: int, rows: int, depth: int, width: int, dtype: Any, abreast: bool) -> Array:
    """Zeros of shape (images, rows, depth, width), in memory side by side or one image after the other."""
    if abreast:
        return np.zeros((rows, depth, images, width), dtype).transpose(2, 0, 1, 3)
    return np.zeros((images, rows, depth, width), dtype)


def _whole(rows: Array) -> Array:
    """Rows, each contiguous, as one item each: so they are copied in half the time."""
    return rows.view(np.dtype((np.void, rows.shape[-1] * rows.itemsize)))[..., 0]


def _windows(rows: Array, count: int, step: int, window: int) -> Array:
    """Windows of so many rows that follow each other, as (images, count, window * depth, width); they overlap."""
    images, _, depth, width = rows.shape
    of_image, of_row, of_depth, of_width = rows.strides
    return as_strided(
        rows, (images, count, window * depth, width), (of_image, step * of_row, of_depth, of_width), writeable=False
    )


def _multiply(filters: Array, windows: Array, target: Array, abreast: bool) -> None:
    """Put filters (M, K) @ windows (as many images and rows or more, K, width) into target (images, rows, M, width)."""
    count, height, M, width = target.shape
    if not abreast:
        np.matmul(filters, windows[:count, :height], out=target)
        return
    rows = windows.transpose(1, 2, 0, 3)[:height]
    product = np.matmul(filters, rows.reshape(*rows.shape[:2], -1))
    target[...] = product.reshape(height, M, -1, width)[:, :, :count].transpose(2, 0, 1, 3)


def _overlap(start: int, step: int, count: int, size: int) -> tuple[slice, slice]:
    """Which of the places start, start + step, ... lie in range(size): as a slice of them, and as one of the range.

    >>> _overlap(-1, 2, 4, 5)
    (slice(1, 3, None), slice(1, 4, 2))
    """
    first = max(0, -(start // step))
    last = min(count - 1, (size - 1 - start) // step)
    if first > last:
        return slice(0, 0), slice(0, 0)
    return slice(first, last + 1), slice(start + step * first, start + step * last + 1, step)


def _clear_outside(cells: Array, rows: slice) -> None:
    """Zeros in all rows (the second axis) but these: there the padding is."""
    cells[:, : rows.start] = 0
    cells[:, rows.stop :] = 0
