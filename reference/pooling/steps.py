"""A pooling step by step, so that a mistake is an exchanged step.

A pass is a record of its steps (`Forward`, `Backward`): where windows begin, how large they are, what a window gives
and which of its cells get the gradient. The steps as an operator has them give the right results, and a bug exchanges
one or two of them, so two bugs are combined by exchanging both. A mistake can have several forms (`variants`), which
all bear one name. Computed in float64.
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


Share = Callable[[Array, Array, Array, Geometry], Array]
"""dout, what `wins` said, the windows and the sizes -> what each cell of each window gets."""


def geometry(x: Array, pool_param: Mapping[str, int]) -> Geometry:
    """What the sizes are."""
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    return Geometry(x.shape[2], x.shape[3], height, width, stride)


def usual_sizes(g: Geometry) -> tuple[int, int]:
    """H_out and W_out by the formula."""
    return 1 + (g.H - g.height) // g.stride, 1 + (g.W - g.width) // g.stride


def one_inside(g: Geometry) -> tuple[int, int]:
    """H_out and W_out where the one of the formula is divided by the stride, too."""
    return (g.H - g.height + 1) // g.stride, (g.W - g.width + 1) // g.stride


def of_other_side(g: Geometry) -> tuple[int, int]:
    """H_out and W_out where the height and the width of the window are exchanged in the formula."""
    return 1 + (g.H - g.width) // g.stride, 1 + (g.W - g.height) // g.stride


def usual_starts(g: Geometry, H_out: int, W_out: int) -> Place:
    """Windows step by the stride."""
    return np.arange(H_out) * g.stride, np.arange(W_out) * g.stride


def side_by_side(g: Geometry) -> tuple[int, int]:
    """How many windows lie in the image side by side."""
    return g.H // g.height, g.W // g.width


def starts_by_window(g: Geometry, H_out: int, W_out: int) -> Place:
    """Windows step by their own size."""
    return np.arange(H_out) * g.height, np.arange(W_out) * g.width


def usual_window(g: Geometry) -> tuple[int, int]:
    """Rows and columns of a window."""
    return g.height, g.width


def windows(x: Array, starts: Place, window: tuple[int, int], *, strict: bool = False, empty: bool = False) -> Array:
    """The windows of x (N, C, H, W) that begin at these places, shape (N, C, H_out, W_out, height, width).

    Past the edge a slice is shorter than the window, so what is missing there is minus infinity: no cell that wins.

    Raises:
        ValueError: where nothing is left of a window, unless it may be `empty`; in code that is `strict`, where less
            than all of it is left.
    """
    (H, W), (height, width) = x.shape[2:], window
    reach = [axis[:, None] + np.arange(size) for axis, size in zip(starts, window, strict=True)]
    for axis, cells, size in zip(starts, reach, (H, W), strict=True):
        if (not empty and np.any(axis >= size)) or (strict and np.any(cells >= size)):
            raise ValueError("a window lies past the edge")
    bottom, right = (int(axis.max(initial=0)) for axis in starts)
    beyond = np.full((*x.shape[:2], max(H, bottom) + height, max(W, right) + width), -np.inf)
    beyond[:, :, :H, :W] = x
    view: Array = beyond[:, :, reach[0][:, None, :, None], reach[1][None, :, None, :]]
    return view


def flat(view: Array) -> Array:
    """Windows with the cells of each behind each other."""
    return view.reshape(*view.shape[:4], -1)


def inside(view: Array) -> Array:
    """Zeros where a window runs past the edge, so that sums are those of shorter slices."""
    return np.where(np.isinf(view), 0.0, view)


@dataclass(frozen=True, slots=True)
class Forward:
    """The steps of the forward pass."""

    pick: Callable[[Array], Array]
    """Windows (N, C, H_out, W_out, height, width) -> (N, C, H_out, W_out)."""
    geometry: Callable[[Geometry], Geometry] = lambda g: g
    sizes: Callable[[Geometry], tuple[int, int]] = usual_sizes
    starts: Callable[[Geometry, int, int], Place] = usual_starts
    window: Callable[[Geometry], tuple[int, int]] = usual_window
    cut: Callable[..., Array] = windows
    view: Callable[[Array], Array] = lambda view: view
    finish: Callable[[Array], Array] = lambda out: out
    empty: bool = False
    """Whether it goes on where nothing is left of a window, as a mean does and a maximum does not."""
    strict: bool = False

    def run(self, x: Array, pool_param: Mapping[str, int]) -> Array:
        """`out`; raises whatever this code would have raised."""
        g = self.geometry(geometry(x, pool_param))
        H_out, W_out = self.sizes(g)
        if min(H_out, W_out) < 0:
            raise ValueError("negative dimensions are not allowed")
        starts = self.starts(g, H_out, W_out)
        view = self.cut(x, starts, self.window(g), strict=self.strict, empty=self.empty)
        return self.finish(self.pick(self.view(view)))


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


def assigned(dx: Array, parts: Array, starts: Place) -> None:
    """As `scatter`, one window after the other, each of which replaces what lies there."""
    _replaced(dx, parts, starts, only_winners=False)


def assigned_by_columns(dx: Array, parts: Array, starts: Place) -> None:
    """As `assigned`, in code whose outer loop counts columns."""
    assigned(dx.swapaxes(2, 3), parts.swapaxes(2, 3).swapaxes(4, 5), starts[::-1])


def winners_assigned(dx: Array, parts: Array, starts: Place) -> None:
    """As `assigned`, but only cells that get something are replaced."""
    _replaced(dx, parts, starts, only_winners=True)


def winners_assigned_by_columns(dx: Array, parts: Array, starts: Place) -> None:
    """As `winners_assigned`, in code whose outer loop counts columns."""
    winners_assigned(dx.swapaxes(2, 3), parts.swapaxes(2, 3).swapaxes(4, 5), starts[::-1])


def _replaced(dx: Array, parts: Array, starts: Place, *, only_winners: bool) -> None:
    height, width = parts.shape[4:]
    for h, row in enumerate(starts[0]):
        for w, column in enumerate(starts[1]):
            cells = dx[:, :, row : row + height, column : column + width]
            part = parts[:, :, h, w, : cells.shape[2], : cells.shape[3]]
            cells[...] = np.where(part != 0, part, cells) if only_winners else part


@dataclass(frozen=True, slots=True)
class Backward:
    """The steps of the backward pass."""

    wins: Callable[[Array], Array]
    """Windows (N, C, H_out, W_out, height, width) -> each cell's share of the gradient."""
    geometry: Callable[[Geometry], Geometry] = lambda g: g
    upstream: Callable[[Array, Geometry], Array] = lambda dout, g: dout
    starts: Callable[[Geometry, int, int], Place] = usual_starts
    window: Callable[[Geometry], tuple[int, int]] = usual_window
    view: Callable[[Array], Array] = lambda view: view
    """What the winner is looked for in."""
    among: Callable[[Array, Array, Array], Array] = lambda wins, view, x: wins
    """What `wins` said, the windows and x -> what is left of it."""
    share: Share = lambda dout, wins, view, g: dout[..., None, None] * wins
    into: Callable[[Geometry, Place], Place] = lambda g, starts: starts
    """Where the gradients of windows are put."""
    edge: Callable[[Array, Array, Place], Array] = lambda dx, parts, starts: parts
    """dx, what belongs to each window and where that is put -> what is left of it where dx ends."""
    scatter: Callable[[Array, Array, Place], None] = scatter
    finish: Callable[[Array, Array, Array], Array] = lambda dx, dout, x: dx
    empty: bool = False
    """As in `Forward`."""
    strict: bool = False

    def run(self, dout: Array, x: Array, pool_param: Mapping[str, int]) -> Array:
        """`dx`; raises whatever this code would have raised."""
        g = self.geometry(geometry(x, pool_param))
        gradient = self.upstream(dout, g)
        starts = self.starts(g, *gradient.shape[2:])
        view = self.view(windows(x, starts, self.window(g), strict=self.strict, empty=self.empty))
        dx = np.zeros(x.shape)
        parts, places = self.share(gradient, self.among(self.wins(view), view, x), view, g), self.into(g, starts)
        self.scatter(dx, self.edge(dx, parts, places), places)
        return self.finish(dx, dout, x)


Steps = Forward | Backward
Change = Callable[[Any], Any]


def exchange(**changes: Any) -> Change:
    """A variant that exchanges steps."""
    return lambda found: replace(found, **changes)


ALONG_ONE_AXIS = (
    exchange(starts=lambda g, H_out, W_out: (np.arange(H_out) * g.stride, np.arange(W_out))),
    exchange(starts=lambda g, H_out, W_out: (np.arange(H_out), np.arange(W_out) * g.stride)),
)
"""Windows that step by the stride along rows, or along columns, and by one along the other axis."""
ALONG_ONE_AXIS_BY_WINDOW = (
    exchange(starts=lambda g, H_out, W_out: (np.arange(H_out) * g.stride, np.arange(W_out) * g.width)),
    exchange(starts=lambda g, H_out, W_out: (np.arange(H_out) * g.height, np.arange(W_out) * g.stride)),
)
"""Windows that step by the stride along rows, or along columns, and by their own size along the other axis."""


def on_every_edge(*variants: Change) -> tuple[Change, ...]:
    """These variants, and each again as code that crashes wherever a window runs past the edge."""
    return (*variants, *(both(variant, exchange(strict=True)) for variant in variants))


def however_ties_are_split(*variants: Change) -> tuple[Change, ...]:
    """These variants, and each again in the other usual ways to split a gradient among equal cells."""
    return (*variants, *(both(variant, exchange(wins=wins)) for wins in (last_wins, shared) for variant in variants))


def only_first(axis: int) -> Callable[[Array], Array]:
    """Everything but the first index of an axis becomes zero."""

    def kept(array: Array) -> Array:
        found = np.zeros_like(array)
        place = (slice(None),) * axis + (0,)
        found[place] = array[place]
        return found

    return kept


def both(*changes: Change) -> Change:
    """A variant that makes several changes."""

    def changed(found: Any) -> Any:
        for change in changes:
            found = change(found)
        return found

    return changed
