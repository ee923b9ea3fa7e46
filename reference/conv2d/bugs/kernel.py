"""Windows have another size than the kernel."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from reference.conv2d.bugs.parts import (
    Array,
    added_to,
    as_far_as,
    bug,
    geometry,
    of_size,
    read_to,
    slid,
    square_kernel,
    zeros_beyond,
)
from reference.conv2d.steps import Change, Geometry, both, exchange, on_every_edge, then, usual_sizes
from reference.conv2d.windows import Place, products


def _of_one_shape(view: Array, w: Array) -> Array:
    if view.shape[4:] != w.shape[2:]:
        raise ValueError("mismatch in its core dimension")
    return products(view, w)


def _first_place(w: Array) -> Array:
    kept = np.zeros_like(w)
    kept[:, :, 0, 0] = w[:, :, 0, 0]
    return kept


Kernel = Callable[[int, int], tuple[int, int]]


def _first_places(kernel: Kernel) -> Change:
    """Loops over the kernel run over other numbers of rows and columns."""

    def kept(values: Array, *_: Any) -> Array:
        HH, WW = kernel(*values.shape[2:])
        return zeros_beyond(values, HH, WW)

    return both(exchange(dx_kernel=kept), then("dw", kept))


def _of_square_kernel(kernel: Kernel) -> tuple[Change, ...]:
    ends = of_size(lambda g: kernel(g.HH, g.WW))
    read, added = read_to(ends), added_to(ends)
    return both(read, added), read, added, _first_places(kernel)


def _sides_swapped(g: Geometry) -> Geometry:
    return replace(g, H=g.W, W=g.H, HH=g.WW, WW=g.HH)


def _image_swapped(g: Geometry) -> Geometry:
    return replace(g, H=g.W, W=g.H)


def _kernel_swapped(g: Geometry) -> Geometry:
    return replace(g, HH=g.WW, WW=g.HH)


def _made_swapped(out: Array) -> Array:
    """As where the array for the results has W_out rows and H_out columns."""
    if out.shape[2] != out.shape[3]:
        raise IndexError("index is out of bounds")
    return out


def _only_in_size(taken: Callable[[Geometry], Geometry]) -> tuple[Change, ...]:
    """The size of the output is computed with another kernel; windows that are sliced are cut off by the edge.

    Or it is that of the array alone, and all that there is is stored into it.
    """
    size = exchange(sizes=lambda padded, g: usual_sizes(padded, taken(g)))

    def stored(out: Array, g: Geometry) -> Array:
        H_out, W_out = usual_sizes(out, taken(g))
        if H_out < out.shape[2] or W_out < out.shape[3]:
            raise IndexError("index is out of bounds")
        made = np.zeros((*out.shape[:2], H_out, W_out))
        made[:, :, : out.shape[2], : out.shape[3]] = out
        return made

    return (
        both(size, slid(of_size(lambda g: (g.HH, g.WW)))), *on_every_edge(size),
        exchange(bias=lambda out, b, g: stored(out, g) + b[:, None, None]),
        then("bias", lambda out, _, b, g: stored(out, g)),
    )  # fmt: skip


def _slid_and_read(padded: Array, w: Array, starts: Place, g: Geometry) -> Array:
    """Windows of WW rows and HH columns, whose numbers meet those of the kernel in the order in which they lie."""
    out = np.zeros((len(padded), len(w), *map(len, starts)))
    for h, row in enumerate(starts[0]):
        for k, column in enumerate(starts[1]):
            window = padded[:, :, row : row + g.WW, column : column + g.HH]
            out[:, :, h, k] = window.reshape(len(padded), w[0].size) @ w.reshape(len(w), -1).T
    return out


def _ending_by(taken: Callable[[Geometry], Geometry]) -> Change:
    """Loops over dout end at sizes that are computed with another kernel."""
    return exchange(upstream=lambda dout, g: as_far_as(dout, *(max(0, end) for end in usual_sizes(dout, taken(g)))))


def _read_as_turned(w: Array) -> Array:
    """The numbers of each kernel in their order, as if it had WW rows and HH columns."""
    return w.reshape(*w.shape[:2], w.shape[3], w.shape[2])


BUGS = (
    bug(
        "bwd-kernel-square", "Height and width of the kernel are mixed up in backward",
        "HH is used where WW belongs, or the reverse. Square kernels hide this; with any other shape the window and "
        "the kernel do not match.",
        "The slices of backward, the loops over the kernel, and the formulas for the output size.",
        "In which places does the height of the kernel appear, and is each of them about rows? And its width?",
        *_of_square_kernel(lambda HH, WW: (HH, HH)), *_of_square_kernel(lambda HH, WW: (WW, WW)),
        *_of_square_kernel(lambda HH, WW: (WW, HH)), exchange(dx_kernel=square_kernel),
        _ending_by(lambda g: replace(g, WW=g.HH)), _ending_by(lambda g: replace(g, HH=g.WW)),
        spoils=("dx", "dw", "db"), place="wrong axis",
    ),
    bug(
        "out-sizes-swapped", "Height and width are swapped",
        "What is about rows comes of the width, and what is about columns of the height. Square images and kernels "
        "hide it; with others out has the wrong shape, or windows run past the edge.",
        "The lines that unpack shapes, the formulas for H_out and W_out, and the slices.",
        "Which comes first in the shape of x, rows or columns, and which of your names counts rows?",
        both(geometry(_sides_swapped), slid(of_size(lambda g: (g.HH, g.WW)))), *on_every_edge(geometry(_image_swapped)),
        *on_every_edge(both(geometry(_sides_swapped), exchange(kernel=square_kernel))),
        both(geometry(_kernel_swapped), slid(of_size(lambda g: (g.HH, g.WW)))), exchange(finish=_made_swapped),
        place="wrong axis",
    ),
    bug(
        "out-made-swapped", "Height and width of out are swapped",
        "out has as many rows as there are columns of results, and the reverse, or the loops end so. Square outputs "
        "hide it.",
        "The formulas for H_out and W_out, the line that makes out, and the bounds of the loops.",
        "Which of the last two axes of out counts rows, and which size belongs to it?",
        exchange(finish=_made_swapped), *_only_in_size(_sides_swapped), place="both axes", in_text=True,
    ),
    bug(
        "out-kernel-swapped", "Windows have the kernel's width as their height, and its height as their width",
        "Each window is taken WW rows high and HH columns wide. Square kernels hide this; any other does not match its "
        "windows.",
        "The slice that cuts the window out of the padded image, or the loops over the kernel.",
        "Is each place in which HH stands about rows, and each with WW about columns?",
        slid(of_size(lambda g: (g.WW, g.HH))), exchange(slide=_slid_and_read), exchange(kernel=square_kernel),
        both(geometry(_kernel_swapped), exchange(sizes=lambda padded, g: usual_sizes(padded, _kernel_swapped(g)),
                                                 kernel=_read_as_turned, edge="strict")),
        place="both axes", in_text=True,
    ),
    bug(
        "out-kernel-square-hh", "HH is used where WW belongs",
        "The window is taken HH columns wide, or W_out is computed with HH, or both. Square kernels hide this; with "
        "any other shape windows do not match the kernel, or there are too many or too few.",
        "The slice that cuts the window out of the padded image, and the formula for W_out.",
        "In which places does the height of the kernel appear, and is each of them about rows?",
        *on_every_edge(
            geometry(lambda g: replace(g, WW=g.HH)),
            both(geometry(lambda g: replace(g, WW=g.HH)), exchange(kernel=square_kernel)),
            both(geometry(lambda g: replace(g, WW=g.HH)),
                 exchange(kernel=lambda w: w[:, :, :, : w.shape[2]], products=_of_one_shape)),
            exchange(kernel=square_kernel),
        ), slid(of_size(lambda g: (g.HH, g.HH))), exchange(kernel=lambda w: zeros_beyond(w, w.shape[2], w.shape[2])),
        *_only_in_size(lambda g: replace(g, WW=g.HH)),
        place="height for width",
    ),
    bug(
        "out-kernel-square-ww", "WW is used where HH belongs",
        "The window is taken WW rows high, or H_out is computed with WW, or both. Square kernels hide this; with "
        "any other shape windows do not match the kernel, or there are too many or too few.",
        "The slice that cuts the window out of the padded image, and the formula for H_out.",
        "In which places does the width of the kernel appear, and is each of them about columns?",
        *on_every_edge(
            geometry(lambda g: replace(g, HH=g.WW)),
            both(geometry(lambda g: replace(g, HH=g.WW)), exchange(kernel=square_kernel)),
            both(geometry(lambda g: replace(g, HH=g.WW)),
                 exchange(kernel=lambda w: w[:, :, : w.shape[3]], products=_of_one_shape)),
            exchange(kernel=square_kernel),
        ), slid(of_size(lambda g: (g.WW, g.WW))), exchange(kernel=lambda w: zeros_beyond(w, w.shape[3], w.shape[3])),
        *_only_in_size(lambda g: replace(g, HH=g.WW)),
        place="width for height",
    ),
    bug(
        "out-products-first-place", "Only one place of the kernel is used",
        "The products are made with w[:, :, 0, 0] alone: the sum over the kernel's rows and columns is missing.",
        "Where the kernel and the window are indexed.",
        "Over which axes does the definition sum?",
        exchange(kernel=_first_place), place="first only",
    ),
)  # fmt: skip
