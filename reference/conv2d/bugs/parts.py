"""What several causes share: how a mistake is written down, and changes of steps."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.conv2d.steps import Change, Geometry, exchange, then
from reference.conv2d.windows import Edge, Place
from reference.signature import Function
from reference.spec import Bug

Array = NDArray[Any]


def bug(
    id: str,
    title: str,
    explanation: str,
    where: str,
    hint: str,
    *variants: Change,
    spoils: tuple[str, ...] = (),
    place: str = "",
    **more: Any,
) -> Bug:
    """A mistake. Its id begins with the output that it spoils, or with bwd, and then `spoils` names those."""
    output = id.partition("-")[0]
    function: Function = "forward" if output == "out" else "backward"
    return Bug(id, function, spoils or (output,), title, explanation, where, hint, variants, place, **more)


def geometry(change: Any) -> Change:
    """The sizes taken to be others; `change` gets the right ones."""
    return exchange(geometry=change)


def square_kernel(w: Array) -> Array:
    """The kernel (F, C, HH, WW), where it is square; ValueError as code that takes it to be square would raise."""
    if w.shape[2] != w.shape[3]:
        raise ValueError("operands could not be broadcast together")
    return w


Ends = Callable[[Geometry, tuple[int, int], tuple[int, int]], tuple[int, int]]
"""The sizes, the numbers of a window along rows and columns, and where it begins -> where it ends."""


def of_size(kernel: Callable[[Geometry], tuple[int, int]]) -> Ends:
    """Windows with so many rows and columns."""

    def ends(g: Geometry, _: tuple[int, int], begins: tuple[int, int]) -> tuple[int, int]:
        HH, WW = kernel(g)
        return begins[0] + HH, begins[1] + WW

    return ends


def _cut(of: Array, numbers: tuple[int, int], starts: Place, g: Geometry, ends: Ends) -> Array:
    """The window with these numbers, to read or to add to."""
    row, column = (int(axis[number]) for axis, number in zip(starts, numbers, strict=True))
    row_end, column_end = ends(g, numbers, (row, column))
    return of[:, :, row:row_end, column:column_end]


def slid(ends: Ends) -> Change:
    """Forward: windows end elsewhere, and are multiplied with the kernel where they fit."""

    def slide(padded: Array, w: Array, starts: Place, g: Geometry) -> Array:
        out = np.zeros((len(padded), len(w), len(starts[0]), len(starts[1])))
        for h, k in np.ndindex(*out.shape[2:]):
            out[:, :, h, k] = (_cut(padded, (h, k), starts, g, ends)[:, None] * w).sum(axis=(2, 3, 4))
        return out

    return exchange(slide=slide)


def read_to(ends: Ends) -> Change:
    """Backward: windows for dw end elsewhere, and are added to dw where they fit."""

    def gather(dout: Array, source: Array, starts: Place, g: Geometry, edge: Edge) -> Array:
        dw = np.zeros((g.F, g.C, g.HH, g.WW))
        for h, k in np.ndindex(*dout.shape[2:]):
            dw += np.einsum("nf,ncij->fcij", dout[:, :, h, k], _cut(source, (h, k), starts, g, ends))
        return dw

    return exchange(gather=gather)


def added_to(ends: Ends) -> Change:
    """Backward: windows of dx end elsewhere, and what belongs to one is added where it fits."""

    def strew(padded: Array, parts: Array, starts: Place, g: Geometry) -> None:
        for h, k in np.ndindex(*parts.shape[2:4]):
            window = _cut(padded, (h, k), starts, g, ends)
            window += parts[:, :, h, k]

    return exchange(strew=strew)


def or_none(sizes: Change) -> tuple[Change, ...]:
    """Other output sizes; also as code that crashes where there is no window, and as lists, without columns there."""

    def some(found: tuple[int, int], *_: Any) -> tuple[int, int]:
        if min(found) < 1:
            raise ValueError("need at least one array to concatenate")
        return found

    def of_lists(out: Array, *_: Any) -> Array:
        return out.reshape(out.shape[:3]) if out.shape[2] == 0 else out

    return sizes, lambda steps: then("sizes", some)(sizes(steps)), lambda steps: then("finish", of_lists)(sizes(steps))


def cropped(crop: Any) -> Change:
    """The padding cut off in another way; `crop` gets the padded gradient and the sizes."""
    return exchange(crop=crop)


def finish(which: int, value: Any) -> Change:
    """One gradient replaced; `value` gets (dx, dw, db) and (x, w, b)."""

    def finish(gradients: tuple[Array, Array, Array], *_: Any) -> tuple[Array, ...]:
        inputs = _[-1]
        changed = list(gradients)
        changed[which] = np.asarray(value(gradients, inputs))
        return tuple(changed)

    return then("finish", finish)


def ones(dout: Array) -> Array:
    """One in place of every upstream gradient."""
    return np.ones_like(dout)


def as_far_as(values: Array, rows: int, columns: int) -> Array:
    """The first rows and columns of the last two axes; IndexError where there are fewer."""
    if rows > values.shape[2] or columns > values.shape[3]:
        raise IndexError("index is out of bounds")
    return values[:, :, :rows, :columns]


def loops_over(*upstreams: Callable[[Array, Geometry], Array]) -> tuple[Change, ...]:
    """Loops over so much of dout: for all three gradients, or beside a db that is summed by itself."""
    return tuple(exchange(upstream=one, db_of_all=of_all) for of_all in (False, True) for one in upstreams)


def zeros_beyond(out: Array, rows: int, columns: int) -> Array:
    """These values with zeros after the first rows and columns; IndexError where there are fewer."""
    computed = as_far_as(out, rows, columns)
    kept = np.zeros_like(out)
    kept[:, :, :rows, :columns] = computed
    return kept
