"""Which gradients are right where several cells of a window are equally large.

A right dx splits the dout of each window among its largest cells: dx = sum over windows of dout * shares, with shares
that are not negative and add up to 1 in each window. Where windows overlap, one cell may get parts from several
windows, of either sign, and from dx alone it is not seen which window gave what. Whether any shares give this dx is a
question of transport, which a maximal flow answers exactly:

    source -> window, as much as its dout                (windows with dout > 0)
    window -> each of its largest cells, any amount
    cell   -> sink, as much as its dx                    (cells with dx > 0)
    source -> cell, as much as -dx                       (cells with dx < 0)
    cell   -> each window in which it is among the largest, any amount
    window -> sink, as much as -dout                     (windows with dout < 0)

What enters a cell from windows, less what leaves it towards windows, is what they send it. So dx is right if and only
if a flow fills every edge at the source and at the sink. Where none does, what a maximal flow leaves of a window's dout
goes to its first largest cell: that is a right gradient too, and one near the dx that was returned, with which it is
shown. Only windows with ties are asked about; what the others send is known.
"""

from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.max_pool2d.oracle import max_pool_backward, windows

Array = NDArray[Any]
Cell = tuple[int, int, int, int]
Members = dict[tuple[int, ...], list[Cell]]
"""By window, its largest cells."""
Node = tuple[Any, ...]
_SOURCE: Node = ("source",)
_SINK: Node = ("sink",)
_ROUNDING = 1e-13
"""Differences to the first right gradient below this share of its largest number come of no other split."""


def nearest(dout: Array, cache: tuple[Array, Mapping[str, int]], returned: Array) -> Array:
    """A right gradient of x, in float64: `returned` itself (but for rounding) if it is one, else one near it.

    Args:
        dout: upstream gradient (N, C, H_out, W_out).
        cache: `(x, pool_param)`.
        returned: finite numbers of the shape of x.

    >>> x, pool_param = np.ones((1, 1, 1, 3)), {"pool_height": 1, "pool_width": 2, "stride": 1}
    >>> dout = np.array([[[[4.0, -2.0]]]])
    >>> nearest(dout, (x, pool_param), np.array([[[[3.0, 1.0, -2.0]]]])).tolist()
    [[[[3.0, 1.0, -2.0]]]]
    >>> nearest(dout, (x, pool_param), np.array([[[[4.0, 2.0, -2.0]]]])).tolist()
    [[[[4.0, 0.0, -2.0]]]]
    """
    first = max_pool_backward(dout, cache)
    if np.all(np.abs(returned - first) <= _ROUNDING * np.abs(first).max(initial=0)):
        return first
    x, pool_param = cache
    seen = windows(x, pool_param)
    largest = seen == seen.max(axis=(4, 5), keepdims=True)
    tied = largest.sum(axis=(4, 5)) > 1
    if not tied.any():
        return first
    decided = max_pool_backward(np.where(tied, 0.0, dout), cache)
    return decided + _split(dout, largest, tied, pool_param["stride"], returned - decided)


def _split(dout: Array, largest: Array, tied: Array, stride: int, wanted: Array) -> Array:
    """What the tied windows send, as near to `wanted` as a maximal flow brings it."""
    planes: dict[tuple[int, ...], Members] = defaultdict(dict)
    for window in map(tuple, np.argwhere(tied).tolist()):
        planes[window[:2]][window] = _cells(window, largest[window], stride)
    sent = np.zeros(wanted.shape)
    for members in planes.values():  # windows of two images or channels share no cell
        _send(dout, members, wanted, sent)
    return sent


def _send(dout: Array, members: Members, wanted: Array, sent: Array) -> None:
    """Add what these windows send to `sent`."""
    flow = _Flow()
    for window, cells in members.items():
        gradient, node = float(dout[window]), ("window", window)
        flow.add((_SOURCE, node) if gradient > 0 else (node, _SINK), abs(gradient))
        for cell in cells:
            flow.add((node, cell) if gradient > 0 else (cell, node), np.inf)
    for cell in {cell for cells in members.values() for cell in cells}:
        value = float(wanted[cell])
        flow.add((cell, _SINK) if value > 0 else (_SOURCE, cell), abs(value))
    flow.fill()
    for window, cells in members.items():
        gradient, node = float(dout[window]), ("window", window)
        left = gradient
        for cell in cells:
            part = flow.through(node, cell) if gradient > 0 else -flow.through(cell, node)
            sent[cell] += part
            left -= part
        sent[cells[0]] += left


def _cells(window: tuple[int, ...], largest: Array, stride: int) -> list[Cell]:
    """The largest cells of a window, as places in x."""
    n, c, h, w = window
    return [(n, c, h * stride + i, w * stride + j) for i, j in np.argwhere(largest).tolist()]


class _Flow:
    """A maximal flow by shortest augmenting paths (Edmonds and Karp), whose count has a bound."""

    def __init__(self) -> None:
        self._room: dict[Node, dict[Node, float]] = defaultdict(dict)
        """What more can go from one node to another; against an edge as much as goes through it."""

    def add(self, edge: tuple[Node, Node], room: float) -> None:
        """An edge, through which so much can go."""
        start, end = edge
        self._room[start][end] = room
        self._room[end].setdefault(start, 0.0)

    def through(self, start: Node, end: Node) -> float:
        """What goes through an edge."""
        return self._room[end][start]

    def fill(self) -> None:
        """Send as much as possible from the source to the sink."""
        while path := self._path():
            most = min(self._room[start][end] for start, end in path)
            for start, end in path:
                self._room[start][end] -= most
                self._room[end][start] += most

    def _path(self) -> list[tuple[Node, Node]]:
        """Edges of a shortest way along which more can go; none if there is no way."""
        came_from: dict[Node, Node] = {_SOURCE: _SOURCE}
        waiting = deque([_SOURCE])
        while waiting and _SINK not in came_from:
            here = waiting.popleft()
            for there, room in self._room[here].items():
                if room > 0 and there not in came_from:
                    came_from[there] = here
                    waiting.append(there)
        path, here = [], _SINK
        while here in came_from and here != _SOURCE:
            path.append((came_from[here], here))
            here = came_from[here]
        return path
