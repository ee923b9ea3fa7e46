"""The same is added to a gradient more than once: in a loop over an axis on which it does not depend."""

from collections.abc import Callable

from reference.conv2d.bugs.parts import Array, bug, finish
from reference.conv2d.steps import Change, exchange
from reference.spec import Bug

Sizes = tuple[int, ...]
"""F, C, HH, WW."""
_COUNTS: dict[str, tuple[Callable[[Sizes], int], ...]] = {
    "dx": (lambda sizes: sizes[1], lambda sizes: sizes[0]),
    "dw": (lambda sizes: sizes[1], lambda sizes: sizes[0]),
    "db": (
        lambda sizes: sizes[0],
        lambda sizes: sizes[0] * sizes[1],
        lambda sizes: sizes[1],
        lambda sizes: sizes[2] * sizes[3],
        lambda sizes: sizes[1] * sizes[2] * sizes[3],
        lambda sizes: sizes[2],
        lambda sizes: sizes[3],
    ),
}
"""How many times it may be."""


def _times(which: int, count: Callable[[Sizes], int]) -> Change:
    return finish(which, lambda gradients, inputs: gradients[which] * count(inputs[1].shape))


def _at_each_place(dout: Array) -> Array:
    """The sum over all places, added at each of them."""
    summed: Array = dout.sum(axis=(0, 2, 3)) * dout.shape[2] * dout.shape[3]
    return summed


def _at_each(axis: int) -> Callable[[Array], Array]:
    """The sum over all places, added for each row (2) or column (3)."""
    return lambda dout: dout.sum(axis=(0, 2, 3)) * dout.shape[axis]


def _repeated(output: str, what: str, *more: Change) -> Bug:
    which = ("dx", "dw", "db").index(output)
    return bug(
        f"{output}-repeated", f"The same is added to {output} more than once",
        f"{output} is too large by a whole factor, a size: what is added is {what} already, and it stands in a loop "
        "over an axis that it does not depend on, or is multiplied by a size.",
        f"The line that adds to {output}, and the loops around it.",
        "Which of the loop variables are in that line? What happens in the turns of the others?",
        *(_times(which, count) for count in _COUNTS[output]), *more, place=f"repeated in {output}",
    )  # fmt: skip


def _by_images(which: int) -> Change:
    """What is of all images, added for each of them."""
    return finish(which, lambda gradients, inputs: gradients[which] * len(inputs[0]))


BUGS = (
    _repeated("dx", "a window of all channels or images, or a sum over all filters", _by_images(0)),
    _repeated("dw", "a window of all channels, or a sum over all images", _by_images(1)),
    _repeated(
        "db",
        "a sum over places or images, or one number of dout",
        exchange(db=_at_each_place),
        _by_images(2),
        *(exchange(db=_at_each(axis)) for axis in (2, 3)),
    ),
)
