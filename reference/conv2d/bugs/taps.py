"""Sums over the kernel's rows and columns that are not over all of them, or not over all that each of them meets."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from reference.conv2d.bugs.parts import Array, added_to, bug, read_to, slid
from reference.conv2d.steps import Change, Geometry, both, exchange, then
from reference.conv2d.windows import Edge, Place


def _kept(*place: Any) -> Callable[..., Array]:
    """Weights, or their gradient, that are zero but for these."""

    def keep(weights: Array, *_: Any) -> Array:
        kept = np.zeros_like(weights)
        kept[place] = weights[place]
        return kept

    return keep


_ALL = slice(None)
_LAST = (_kept(..., -1, -1), _kept(_ALL, -1, -1, -1))
"""Where loops over the kernel are inside, and where one over channels is, too."""


def _without() -> Iterator[Callable[..., Array]]:
    """Rows, columns or both that begin at number 1, or end one early."""
    for part in (slice(-1), slice(1, None)):
        yield _kept(_ALL, _ALL, part)
        yield _kept(_ALL, _ALL, _ALL, part)
        yield _kept(_ALL, _ALL, part, part)


def _no_bias(out: Array, *_: Any) -> Array:
    return out


def _of_backward() -> Iterator[Change]:
    for kept in _without():
        yield both(exchange(dx_kernel=kept), then("dw", kept))
        yield exchange(dx_kernel=kept)
        yield then("dw", kept)


Axes = tuple[bool, bool]
_ALONG: tuple[Axes, ...] = ((True, True), (True, False), (False, True))
"""Whether slices are too short along the rows, and along the columns."""


def _met(image: Array, i: int, j: int, starts: Place, along: Axes) -> Array:
    """What weight (i, j) meets, in a slice with the step of the stride that is as long as the output, and not more.

    Only where it is so `along` an axis; else it is as long as it has to be.
    """
    steps = [int(at[1]) if len(at) > 1 else 1 for at in starts]
    places = zip((i, j), starts, steps, along, strict=True)
    rows, columns = (slice(k, k + len(at) * (1 if is_short else step), step) for k, at, step, is_short in places)
    return image[:, :, rows, columns]


def _slid_too_short(along: Axes) -> Change:
    def slide(padded: Array, w: Array, starts: Place, g: Geometry) -> Array:
        out = np.zeros((g.N, g.F, *map(len, starts)))
        for i, j in np.ndindex(*w.shape[2:]):
            out += np.einsum("nchk,fc->nfhk", _met(padded, i, j, starts, along), w[:, :, i, j])
        return out

    return exchange(slide=slide)


def _gathered_too_short(along: Axes, *, strict: bool) -> Change:
    """Where `strict`, code crashes wherever shapes differ, as `np.tensordot` does, and else where they do not fit."""

    def gather(dout: Array, source: Array, starts: Place, g: Geometry, edge: Edge) -> Array:
        dw = np.zeros((g.F, g.C, g.HH, g.WW))
        for i, j in np.ndindex(g.HH, g.WW):
            part = _met(source, i, j, starts, along)
            if strict and part.shape[2:] != dout.shape[2:]:
                raise ValueError("shape-mismatch for sum")
            dw[:, :, i, j] = (dout[:, :, None] * part[:, None]).sum(axis=(0, 3, 4))
        return dw

    return exchange(gather=gather)


def _scattered_too_short(along: Axes) -> Change:
    def scatter(dx_padded: Array, parts: Array, starts: Place, edge: Edge) -> None:
        for i, j in np.ndindex(*parts.shape[4:]):
            _met(dx_padded, i, j, starts, along)[...] += parts[..., i, j]

    return exchange(scatter=scatter)


def _of_slices() -> Iterator[Change]:
    """For dw and dx, for dw, and for dx."""
    for along in _ALONG:
        for strict in (True, False):
            yield both(_gathered_too_short(along, strict=strict), _scattered_too_short(along))
        yield from (_gathered_too_short(along, strict=strict) for strict in (True, False))
        yield _scattered_too_short(along)


_TOO_SHORT = (
    "A window that begins at row i*stride ends at i*stride + HH, and a slice with a step of stride, which picks out "
    "H_out rows from row i on, at i + stride*H_out. Here the stride is left out of the end: that is right with stride "
    "1 only.",
    "The slice that cuts out a window, or picks out what one weight meets.",
    "With stride 2, how many rows does your slice have? And how many should it have?",
)
_LEFT_OUT = (
    "What the first or the last row or column of the kernel gives is missing, or that of one of each: as where a loop "
    "over the kernel, or a slice of it, begins at 1 or ends one early.",
    "The bounds of the loops over the kernel, or of its slices.",
    "How many numbers does range(n) give, which is its first, and which its last?",
)


def _as_if_one(along: Axes) -> Callable[..., tuple[int, int]]:
    """`i * stride : i + HH` along these axes."""

    def ends(g: Geometry, numbers: tuple[int, int], begins: tuple[int, int]) -> tuple[int, int]:
        first, second = (
            number if short else begin for number, begin, short in zip(numbers, begins, along, strict=True)
        )
        return first + g.HH, second + g.WW

    return ends


_ENDS = tuple(map(_as_if_one, _ALONG))


BUGS = (
    bug(
        "out-last-place", "Only the last place of the kernel counts",
        "out has no products but those with the weights in the last row and column of the kernel: as where what "
        "a place of the kernel gives replaces what came before (= for +=), or is computed once, behind the loops.",
        "What is stored or added for each place of the kernel, and how far it is indented.",
        "How often is that line run for a kernel of 2 rows and 2 columns?",
        *(exchange(kernel=last) for last in _LAST), *(exchange(kernel=last, bias=_no_bias) for last in _LAST),
        place="tap replaced",
    ),
    bug(
        "out-end-without-stride", "Slices end as if the stride were 1", *_TOO_SHORT, *map(_slid_too_short, _ALONG),
        *map(slid, _ENDS), place="end without stride", in_text=True,
    ),
    bug(
        "bwd-end-without-stride", "Slices of backward end as if the stride were 1", *_TOO_SHORT,
        *_of_slices(),
        *(both(read_to(ends), added_to(ends)) for ends in _ENDS), *map(read_to, _ENDS), *map(added_to, _ENDS),
        spoils=("dx", "dw", "db"), place="end without stride", in_text=True,
    ),
    bug(
        "out-kernel-left-out", "A row or column of the kernel is left out", *_LEFT_OUT,
        *(exchange(kernel=kept) for kept in _without()), place="taps left out",
    ),
    bug(
        "bwd-kernel-left-out", "A row or column of the kernel is left out in backward", *_LEFT_OUT, *_of_backward(),
        spoils=("dx", "dw"), place="taps left out",
    ),
)  # fmt: skip
