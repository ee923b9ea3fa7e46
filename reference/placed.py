"""Pixels that are looked for in another place than that of their window, as kinds of place.

It runs where submissions are read.
"""

from collections.abc import Iterator, Mapping, Sequence

_PLACED, _MET = "place of a pixel: ", "place that a pixel meets: "
"""How the kinds begin; what counts windows, what counts the kernel or pixels, the stride and the pad follow."""


def kind_of_pixel(window: str, other: str, stride: str, pad: str, *, is_met: bool = False) -> str:
    """The kind of place where a row or column is computed of these, and not as it should be.

    It is that of a pixel, of a place in the kernel; or that place (`is_met`), of a pixel.
    """
    return f"{_MET if is_met else _PLACED}{window}, {other}, {stride}, {pad}"


def pixels(places: Mapping[str, Sequence[int]]) -> Iterator[tuple[tuple[str, str, str, str], bool, Sequence[int]]]:
    """The four names, whether they give a place in the kernel, and the lines.

    >>> list(pixels({kind_of_pixel("i", "k", "s", "p"): (7,), kind_of_pixel("i", "x", "s", "p", is_met=True): (9,)}))
    [(('i', 'k', 's', 'p'), False, (7,)), (('i', 'x', 's', 'p'), True, (9,))]
    """
    for kind, lines in places.items():
        begins, _, names = kind.partition(": ")
        if f"{begins}: " in (_PLACED, _MET):
            window, other, stride, pad = names.split(", ")
            yield (window, other, stride, pad), f"{begins}: " == _MET, lines
