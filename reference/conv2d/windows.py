"""Windows of an image: where they lie, what is cut out, multiplied and put back.

Where windows begin is what most mistakes are about, so any places can be given. A bank runs each of hundreds of forms
on every problem, all of them small: what takes long there is finding places, which are remembered, and calling NumPy.
"""

from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Place = tuple[Array, Array]
"""Where windows begin: rows (H_out,) and columns (W_out,)."""
Edge = Literal["slices", "in place", "strict"]
"""What becomes of a window that runs past the edge: see `windows`."""


@lru_cache(maxsize=300)
def every(step: int, count: int) -> Array:
    """0, step, 2 * step and so on, so many of them. For reading only: the same array each time."""
    found: Array = np.arange(count) * step
    found.setflags(write=False)
    return found


def zeros_around(x: Array, rows: tuple[int, int], columns: tuple[int, int]) -> Array:
    """So many zeros before and after along the last two axes of x (N, C, H, W); `np.pad` takes twenty times as long."""
    H, W = x.shape[2:]
    padded = np.zeros((*x.shape[:2], rows[0] + H + rows[1], columns[0] + W + columns[1]), x.dtype)
    padded[:, :, rows[0] : rows[0] + H, columns[0] : columns[0] + W] = x
    return padded


def windows(padded: Array, starts: Place, HH: int, WW: int, edge: Edge = "slices") -> Array:
    """The windows of padded (N, C, H', W') that begin at these places, shape (N, C, H_out, W_out, HH, WW).

    Past the edge a slice is shorter than the kernel. What then becomes of the product depends on how it is written
    (`edge`): of one row that is left NumPy makes as many as it needs, one of none beside a kernel of one row adds
    nothing, and everything else is an error.

    Raises:
        IndexError: where this code would have crashed.
    """
    places, is_beyond = _places(*_key(starts), (HH, WW), padded.shape[2:], edge)
    if is_beyond:
        padded = zeros_around(padded, (0, 1), (0, 1))
    view: Array = padded.reshape(*padded.shape[:2], -1).take(places, axis=2)
    return view


@lru_cache(maxsize=300)  # every mistake asks the same of a problem, and it takes longer than the sums
def _places(
    rows: tuple[int, ...], columns: tuple[int, ...], kernel: tuple[int, int], image: tuple[int, int], edge: Edge
) -> tuple[Array, bool]:
    """Where windows (H_out, W_out, HH, WW) find their numbers in an image that is laid out row after row.

    The second says whether it has one more row and column, of zeros.
    """
    if edge != "strict" and not (rows and columns):  # loops of which one has no turn cut nothing out
        return np.zeros((len(rows), len(columns), *kernel), int), False
    along = zip((rows, columns), kernel, image, strict=True)
    reach = [_reach(np.array(starts, int), size, past, edge) for starts, size, past in along]
    is_beyond = any(seen.max(initial=0) == past for seen, past in zip(reach, image, strict=True))
    return _in_a_row(reach[0], reach[1], image[1] + is_beyond), is_beyond


def _in_a_row(rows: Array, columns: Array, W: int) -> Array:
    """The places of windows of these rows (H_out, HH) and columns (W_out, WW) in an image row after row."""
    places: Array = (rows * W)[:, None, :, None] + columns[:, None, :]
    return places


def _reach(starts: Array, kernel: int, size: int, edge: Edge) -> Array:
    """The indices along one axis that each window sees, shape (starts, kernel); its size for nothing."""
    seen: Array = starts[:, None] + np.arange(kernel)
    left = size - starts
    short = left < kernel
    left = np.clip(left, 0, kernel)
    repeated = (left == 1) & short & (edge != "strict")
    empty = (left == 0) & (kernel == 1) & (edge == "slices")
    if (short & ~repeated & ~empty).any():
        raise IndexError("a window runs past the edge")
    seen[repeated] = starts[repeated, None]
    seen[empty] = size
    return seen


def _key(starts: Place) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(starts[0].tolist()), tuple(starts[1].tolist())


def scatter(dx_padded: Array, parts: Array, starts: Place, edge: Edge) -> None:
    """Add what belongs to each window (N, C, H_out, W_out, HH, WW) to where the window lies.

    `dx_padded` is contiguous.

    Raises:
        IndexError: where a window runs past the edge; in a slice a kernel of one row just finds no place there.
    """
    places, inside = _cells(*_key(starts), parts.shape[4:], dx_padded.shape, edge)
    if inside is not None:
        parts = parts[:, :, inside[0]][:, :, :, inside[1]]
    np.add.at(dx_padded.reshape(-1), places, parts.reshape(-1))


@lru_cache(maxsize=300)
def _cells(
    rows: tuple[int, ...], columns: tuple[int, ...], kernel: tuple[int, int], shape: tuple[int, ...], edge: Edge
) -> tuple[Array, list[Array] | None]:
    """Where windows of all images and channels put their numbers, in a line; and which of them lie inside, if not all.

    Raises:
        IndexError: as `scatter`.
    """
    N, C, H, W = shape
    starts = [np.array(axis, int) for axis in (rows, columns)]
    for axis, size, past in zip(starts, kernel, (H, W), strict=True):
        if (size > 1 or edge == "strict") and (axis + size > past).any():
            raise IndexError("a window runs past the edge")
    inside = [axis < past for axis, past in zip(starts, (H, W), strict=True)]
    reach = [axis[kept][:, None] + np.arange(size) for axis, kept, size in zip(starts, inside, kernel, strict=True)]
    places = np.arange(N * C)[:, None] * (H * W) + _in_a_row(reach[0], reach[1], W).reshape(-1)
    return places.reshape(-1), None if all(map(np.all, inside)) else inside


def products(view: Array, w: Array) -> Array:
    """Windows (N, C, H_out, W_out, HH, WW) times kernels (F, C, HH, WW), summed: (N, F, H_out, W_out)."""
    if (view.shape[1], *view.shape[4:]) != w.shape[1:]:  # what is of length one is stretched
        out: Array = np.einsum("nchwij,fcij->nfhw", view, w)
        return out
    N, _, H_out, W_out = view.shape[:4]
    sums = _by_window(view) @ w.reshape(len(w), -1).T  # many times as fast as einsum, which is for any letters
    return sums.reshape(N, H_out, W_out, len(w)).transpose(0, 3, 1, 2)


def spread(dout: Array, w: Array) -> Array:
    """What each window gets of dout (N, F, H_out, W_out) by kernels: (N, C, H_out, W_out, HH, WW)."""
    (N, F, H_out, W_out), (C, HH, WW) = dout.shape, w.shape[1:]
    parts = dout.transpose(0, 2, 3, 1).reshape(-1, F) @ w.reshape(F, -1)
    return parts.reshape(N, H_out, W_out, C, HH, WW).transpose(0, 3, 1, 2, 4, 5)


def kernel_gradient(dout: Array, view: Array) -> Array:
    """Windows (N, C, H_out, W_out, HH, WW) times dout (N, F, H_out, W_out), summed: (F, C, HH, WW)."""
    if (len(dout), *dout.shape[2:]) != (len(view), *view.shape[2:4]):  # as in `products`
        dw: Array = np.einsum("nfhw,nchwij->fcij", dout, view)
        return dw
    F, (C, _, _, HH, WW) = dout.shape[1], view.shape[1:]
    sums = dout.transpose(1, 0, 2, 3).reshape(F, -1) @ _by_window(view)
    return sums.reshape(F, C, HH, WW)


def _by_window(view: Array) -> Array:
    """Windows (N, C, H_out, W_out, HH, WW) as rows of a matrix (N * H_out * W_out, C * HH * WW)."""
    N, C, H_out, W_out, HH, WW = view.shape
    return view.transpose(0, 2, 3, 1, 4, 5).reshape(N * H_out * W_out, C * HH * WW)
