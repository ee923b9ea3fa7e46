"""A convolution step by step, so that a mistake is an exchanged step.

A pass is a record of its steps (`Forward`, `Backward`): how x is padded, where windows begin, what becomes of a
product. The steps as they stand give the right results, and a bug exchanges one or two of them, so two bugs are
combined by exchanging both. A mistake can have several forms (`variants`), which all bear one name.

Letters in einsum subscripts are those of `reference.conv2d.oracle`. Everything is computed in float64, except where
that is the mistake.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reference.conv2d.windows import (
    Array,
    Edge,
    Place,
    every,
    kernel_gradient,
    products,
    scatter,
    spread,
    windows,
    zeros_around,
)


@dataclass(frozen=True, slots=True)
class Geometry:
    """The sizes of a problem, as the code with the bug takes them to be."""

    N: int
    C: int
    H: int
    W: int
    F: int
    HH: int
    WW: int
    stride: int
    pad: int


def geometry(x: Array, w: Array, conv_param: Mapping[str, int]) -> Geometry:
    """What the sizes are."""
    (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
    return Geometry(N, C, H, W, F, HH, WW, conv_param["stride"], conv_param["pad"])


def _pad(x: Array, g: Geometry) -> Array:
    return zeros_around(x, (g.pad, g.pad), (g.pad, g.pad))


def placed(x: Array, g: Geometry, top: int, left: int) -> Array:
    """Zeros of the padded size, into which x is stored from this row and column on, if it fits."""
    padded = np.zeros((g.N, g.C, g.H + 2 * g.pad, g.W + 2 * g.pad))
    padded[:, :, top : top + g.H, left : left + g.W] = x
    return padded


def usual_sizes(padded: Array, g: Geometry) -> tuple[int, int]:
    """H_out and W_out by the formula."""
    return 1 + (g.H + 2 * g.pad - g.HH) // g.stride, 1 + (g.W + 2 * g.pad - g.WW) // g.stride


def sizes_of_padded(padded: Array, g: Geometry) -> tuple[int, int]:
    """H_out and W_out as many windows as fit into what was padded."""
    return 1 + (padded.shape[2] - g.HH) // g.stride, 1 + (padded.shape[3] - g.WW) // g.stride


def usual_starts(g: Geometry, H_out: int, W_out: int) -> Place:
    """Windows step by the stride."""
    return every(g.stride, H_out), every(g.stride, W_out)


@dataclass(frozen=True, slots=True)
class Forward:
    """The steps of the forward pass."""

    geometry: Callable[[Geometry], Geometry] = lambda g: g
    pad: Callable[[Array, Geometry], Array] = _pad
    sizes: Callable[[Array, Geometry], tuple[int, int]] = usual_sizes
    starts: Callable[[Geometry, int, int], Place] = usual_starts
    kernel: Callable[[Array], Array] = lambda w: w
    products: Callable[[Array, Array], Array] = products
    """Windows (N, C, H_out, W_out, HH, WW) and kernel -> (N, F, H_out, W_out)."""
    bias: Callable[[Array, Array, Geometry], Array] = lambda out, b, g: out + b[:, None, None]
    finish: Callable[[Array], Array] = lambda out: out
    slide: Callable[[Array, Array, Place, Geometry], Array] | None = None
    """In place of windows and `products`: padded, kernel and where windows begin -> (N, F, H_out, W_out)."""
    edge: Edge = "slices"

    def run(self, x: Array, w: Array, b: Array, conv_param: Mapping[str, int]) -> Array:
        """`out`; raises whatever this code would have raised."""
        g = self.geometry(geometry(x, w, conv_param))
        padded = self.pad(x, g)
        H_out, W_out = self.sizes(padded, g)
        if min(H_out, W_out) < 0:
            raise ValueError("negative dimensions are not allowed")
        starts = self.starts(g, H_out, W_out)
        if self.slide is not None:
            sums = self.slide(padded, self.kernel(w), starts, g)
        else:
            sums = self.products(windows(padded, starts, g.HH, g.WW, self.edge), self.kernel(w))
        return self.finish(self.bias(sums, b, g))


def _crop(dx_padded: Array, g: Geometry) -> Array:
    return dx_padded[:, :, g.pad : g.pad + g.H, g.pad : g.pad + g.W]


Gradients = tuple[Array, Array, Array]


@dataclass(frozen=True, slots=True)
class Backward:
    """The steps of the backward pass. `upstream` is for all three gradients, `*_upstream` for one."""

    geometry: Callable[[Geometry], Geometry] = lambda g: g
    upstream: Callable[[Array, Geometry], Array] = lambda dout, g: dout
    pad: Callable[[Array, Geometry], Array] = _pad
    dx_upstream: Callable[[Array], Array] = lambda dout: dout
    dx_starts: Callable[[Geometry, int, int], Place] = usual_starts
    dx_kernel: Callable[[Array], Array] = lambda w: w
    spread: Callable[[Array, Array], Array] = spread
    dx_like: Callable[[Array, Array], Array] = lambda padded, x: padded
    """What the array is as large as to which windows of dx are added: x padded, or x."""
    scatter: Callable[[Array, Array, Place, Edge], None] = scatter
    strew: Callable[[Array, Array, Place, Geometry], None] | None = None
    """In place of `scatter`: padded dx, what each window gets, and where windows begin."""
    crop: Callable[[Array, Geometry], Array] = _crop
    dw_upstream: Callable[[Array], Array] = lambda dout: dout
    dw_source: Callable[[Array, Array], Array] = lambda padded, x: padded
    """Where the windows for dw are taken from: x padded, or x."""
    dw_starts: Callable[[Geometry, int, int], Place] = usual_starts
    dw: Callable[[Array, Array], Array] = kernel_gradient
    gather: Callable[[Array, Array, Place, Geometry, Edge], Array] | None = None
    """In place of cutting windows out and `dw`: what is added up from the source, where windows begin there."""
    nest: Callable[[Array, Array, Array, Place], tuple[Array, Array]] | None = None
    """In place of all steps for dx and dw: dout, padded, w and where windows begin -> dx (padded), dw."""
    db_upstream: Callable[[Array], Array] = lambda dout: dout
    db: Callable[[Array], Array] = lambda dout: dout.sum(axis=(0, 2, 3))
    db_of_all: bool = False
    """Whether db is of dout as it came, whatever `upstream` makes of it: a sum, beside loops for dx and dw."""
    finish: Callable[[Gradients, tuple[Array, Array, Array]], Gradients] = lambda gradients, inputs: gradients
    edge: Edge = "in place"

    def run(self, dout: Array, x: Array, w: Array, b: Array, conv_param: Mapping[str, int]) -> Gradients:
        """`(dx, dw, db)`; raises whatever this code would have raised."""
        g = self.geometry(geometry(x, w, conv_param))
        seen, padded = self.upstream(dout, g), self.pad(x, g)
        dx_padded, dw = self._sums(seen, x, padded, w, g)
        db = self.db(self.db_upstream(dout if self.db_of_all else seen))
        return self.finish((self.crop(dx_padded, g), dw, db), (x, w, b))

    def _sums(self, dout: Array, x: Array, padded: Array, w: Array, g: Geometry) -> tuple[Array, Array]:
        """The gradient of x with its padding, and dw."""
        if self.nest is not None:
            return self.nest(dout, padded, w, self.dx_starts(g, *dout.shape[2:]))
        for_dw = self.dw_upstream(dout)
        source, places = self.dw_source(padded, x), self.dw_starts(g, *for_dw.shape[2:])
        if self.gather is not None:
            dw = self.gather(for_dw, source, places, g, self.edge)
        else:
            dw = self.dw(for_dw, windows(source, places, g.HH, g.WW, self.edge))
        for_dx = self.dx_upstream(dout)
        dx_padded = np.zeros(self.dx_like(padded, x).shape, padded.dtype)
        starts = self.dx_starts(g, *for_dx.shape[2:])
        parts = self.spread(for_dx, self.dx_kernel(w))
        if self.strew is not None:
            self.strew(dx_padded, parts, starts, g)
        else:
            self.scatter(dx_padded, parts, starts, self.edge)
        return dx_padded, dw


Steps = Forward | Backward
Change = Callable[[Any], Any]


def exchange(**changes: Any) -> Change:
    """A variant that exchanges steps."""
    return lambda found: replace(found, **changes)


def then(step: str, change: Callable[..., Any]) -> Change:
    """A variant that does something to the result of a step; `change` gets the result and the step's arguments."""

    def changed(found: Any) -> Any:
        before = getattr(found, step)
        return replace(found, **{step: lambda *arguments: change(before(*arguments), *arguments)})

    return changed


def on_every_edge(*variants: Change) -> tuple[Change, ...]:
    """These variants, and each again as code that crashes wherever a window runs past the edge."""
    return (*variants, *(both(variant, exchange(edge="strict")) for variant in variants))


def both(*changes: Change) -> Change:
    """A variant that makes several changes."""

    def changed(found: Any) -> Any:
        for change in changes:
            found = change(found)
        return found

    return changed
