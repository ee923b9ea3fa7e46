"""Pixels that are looked for in another place than that of their window, as kinds of place.

It runs where submissions are read.
"""

from collections.abc import Iterator, Mapping, Sequence

_PLACED = "place of a pixel: "
"""How the kinds begin; what counts windows, what counts the kernel, the stride and the pad follow."""


def kind_of_pixel(window: str, tap: str, stride: str, pad: str) -> str:
    """The kind of place where a row or column is computed of these, and not as it should be."""
    return f"{_PLACED}{window}, {tap}, {stride}, {pad}"


def pixels(places: Mapping[str, Sequence[int]]) -> Iterator[tuple[tuple[str, str, str, str], Sequence[int]]]:
    """The four names, with the lines.

    >>> list(pixels({kind_of_pixel("i", "k", "s", "p"): (7,), "no return": (3,)}))
    [(('i', 'k', 's', 'p'), (7,))]
    """
    for kind, lines in places.items():
        if kind.startswith(_PLACED):
            window, tap, stride, pad = kind.removeprefix(_PLACED).split(", ")
            yield (window, tap, stride, pad), lines
