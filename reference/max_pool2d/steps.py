"""A max pooling step by step, so that a mistake is an exchanged step.

A pass is a record of its steps (`Forward`, `Backward`): where windows begin, how large they are, which cell wins. The
steps as they stand give the right results, and a bug exchanges one or two of them, so two bugs are combined by
exchanging both. A mistake can have several forms (`variants`), which all bear one name. Computed in float64.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Place = tuple[Array, Array]
"""Where windows begin: rows (H_out,) and columns (W_out,)."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """The sizes of a problem, as the code with the bug takes them to be."""

    H: int
    W: int
    height: int
    width: int
    stride: int


def geometry(x: Array, pool_param: Mapping[str, int]) -> Geometry:
    """What the sizes are."""
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    return Geometry(x.shape[2], x.shape[3], height, width, stride)


def usual_sizes(g: Geometry) -> tuple[int, int]:
    """H_out and W_out by the formula."""
    return 1 + (g.H - g.height) // g.stride, 1 + (g.W - g.width) // g.stride


def usual_starts(g: Geometry, H_out: int, W_out: int) -> Place:
    """Windows step by the stride."""
    return np.arange(H_out) * g.stride, np.arange(W_out) * g.stride


def usual_window(g: Geometry) -> tuple[int, int]:
    """Rows and columns of a window."""
    return g.height, g.width


def windows(x: Array, starts: Place, window: tuple[int, int], *, strict: bool = False) -> Array:
    """The windows of x (N, C, H, W) that begin at these places, shape (N, C, H_out, W_out, height, width).

    Past the edge a slice is shorter than the window, so what is missing there is minus infinity: no cell that wins.

    Raises:
        ValueError: where nothing is left of a window, or, in code that is `strict`, less than all of it.
    """
    (H, W), (height, width) = x.shape[2:], window
    reach = [axis[:, None] + np.arange(size) for axis, size in zip(starts, window, strict=True)]
    for axis, cells, size in zip(starts, reach, (H, W), strict=True):
        if np.any(axis >= size) or (strict and np.any(cells >= size)):
            raise ValueError("a window lies past the edge")
    beyond = np.full((*x.shape[:2], H + height, W + width), -np.inf)
    beyond[:, :, :H, :W] = x
    view: Array = beyond[:, :, reach[0][:, None, :, None], reach[1][None, :, None, :]]
    return view


def flat(view: Array) -> Array:
    """Windows with the cells of each behind each other."""
    return view.reshape(*view.shape[:4], -1)


def _largest(view: Array) -> Array:
    out: Array = view.max(axis=(4, 5))
    return out


@dataclass(frozen=True, slots=True)
class Forward:
    """The steps of the forward pass."""

    geometry: Callable[[Geometry], Geometry] = lambda g: g
    sizes: Callable[[Geometry], tuple[int, int]] = usual_sizes
    starts: Callable[[Geometry, int, int], Place] = usual_starts
    window: Callable[[Geometry], tuple[int, int]] = usual_window
    view: Callable[[Array], Array] = lambda view: view
    pick: Callable[[Array], Array] = _largest
    """Windows (N, C, H_out, W_out, height, width) -> (N, C, H_out, W_out)."""
    finish: Callable[[Array], Array] = lambda out: out
    strict: bool = False

    def run(self, x: Array, pool_param: Mapping[str, int]) -> Array:
        """`out`; raises whatever this code would have raised."""
        g = self.geometry(geometry(x, pool_param))
        H_out, W_out = self.sizes(g)
        if min(H_out, W_out) < 0:
            raise ValueError("negative dimensions are not allowed")
        starts = self.starts(g, H_out, W_out)
        return self.finish(self.pick(self.view(windows(x, starts, self.window(g), strict=self.strict))))


def first_wins(view: Array) -> Array:
    """1 for the first largest cell of each window in reading order, 0 for all others; of the shape of the windows."""
    cells = flat(view)
    wins = np.arange(cells.shape[-1]) == cells.argmax(axis=-1)[..., None]
    shares: Array = wins.reshape(view.shape).astype(float)
    return shares


def last_wins(view: Array) -> Array:
    """As `first_wins`, for the last."""
    return first_wins(view[..., ::-1, ::-1])[..., ::-1, ::-1]


def shared(view: Array) -> Array:
    """The same share for all the largest cells of a window."""
    wins = all_win(view)
    share: Array = wins / wins.sum(axis=(4, 5), keepdims=True)
    return share


def all_win(view: Array) -> Array:
    """1 for every largest cell: what `x == x.max()` gives. Among several, that is more than there is to give."""
    wins: Array = view == view.max(axis=(4, 5), keepdims=True)
    return wins.astype(float)


def scatter(dx: Array, parts: Array, starts: Place) -> None:
    """Add what belongs to each window (N, C, H_out, W_out, height, width) to where the window lies, as far as it does.

    Raises:
        IndexError: where something of it would lie outside.
    """
    H, W = dx.shape[2:]
    height, width = parts.shape[4:]
    bottom, right = (axis.max(initial=0) for axis in starts)
    around = np.zeros((*dx.shape[:2], max(H, bottom + height), max(W, right + width)))
    rows, columns = (axis[:, None] + np.arange(size) for axis, size in zip(starts, (height, width), strict=True))
    place: Any = (slice(None), slice(None), rows[:, None, :, None], columns[None, :, None, :])
    np.add.at(around, place, parts)
    if around[:, :, H:].any() or around[:, :, :, W:].any():
        raise IndexError("index is out of bounds")
    dx += around[:, :, :H, :W]


@dataclass(frozen=True, slots=True)
class Backward:
    """The steps of the backward pass."""

    geometry: Callable[[Geometry], Geometry] = lambda g: g
    upstream: Callable[[Array, Geometry], Array] = lambda dout, g: dout
    starts: Callable[[Geometry, int, int], Place] = usual_starts
    window: Callable[[Geometry], tuple[int, int]] = usual_window
    view: Callable[[Array], Array] = lambda view: view
    """What the winner is looked for in."""
    wins: Callable[[Array], Array] = first_wins
    """Windows (N, C, H_out, W_out, height, width) -> each cell's share of the gradient."""
    share: Callable[[Array, Array, Array], Array] = lambda dout, wins, view: dout[..., None, None] * wins
    into: Callable[[Geometry, Place], Place] = lambda g, starts: starts
    """Where the gradients of windows are put."""
    scatter: Callable[[Array, Array, Place], None] = scatter
    finish: Callable[[Array, Array, Array], Array] = lambda dx, dout, x: dx
    strict: bool = False

    def run(self, dout: Array, x: Array, pool_param: Mapping[str, int]) -> Array:
        """`dx`; raises whatever this code would have raised."""
        g = self.geometry(geometry(x, pool_param))
        gradient = self.upstream(dout, g)
        starts = self.starts(g, *gradient.shape[2:])
        view = self.view(windows(x, starts, self.window(g), strict=self.strict))
        dx = np.zeros(x.shape)
        self.scatter(dx, self.share(gradient, self.wins(view), view), self.into(g, starts))
        return self.finish(dx, dout, x)


Steps = Forward | Backward
Change = Callable[[Any], Any]


def exchange(**changes: Any) -> Change:
    """A variant that exchanges steps."""
    return lambda found: replace(found, **changes)


def on_every_edge(*variants: Change) -> tuple[Change, ...]:
    """These variants, and each again as code that crashes wherever a window runs past the edge."""
    return (*variants, *(both(variant, exchange(strict=True)) for variant in variants))


def however_ties_are_split(*variants: Change) -> tuple[Change, ...]:
    """These variants, and each again in the other usual ways to split a gradient among equal cells."""
    return (*variants, *(both(variant, exchange(wins=wins)) for wins in (last_wins, shared) for variant in variants))


def both(*changes: Change) -> Change:
    """A variant that makes several changes."""

    def changed(found: Any) -> Any:
        for change in changes:
            found = change(found)
        return found

    return changed
