"""Indices and sizes of another axis than they are taken for, as kinds of place. It runs where submissions are read."""

from collections.abc import Iterator, Mapping, Sequence

_OF_ANOTHER = "index of another axis: "
"""How the kinds begin; the name, what it counts, what the axis is of, and the array follow."""


_MISNAMED = "size of another axis: "
"""How the kinds begin; the name, what it is the number of, and the array follow."""


def kind_of_size(name: str, axis: str, array: str) -> str:
    """The kind of place where a size gets a name that speaks of another axis."""
    return f"{_MISNAMED}{name}, {axis}, {array}"


def misnamed(places: Mapping[str, Sequence[int]]) -> Iterator[tuple[tuple[str, str, str], Sequence[int]]]:
    """Name, what it is the number of, and the array, with the lines; the first line first.

    >>> list(misnamed({kind_of_size("C", "filters", "w"): (7,), "no return": (3,)}))
    [(('C', 'filters', 'w'), (7,))]
    """
    found = sorted((lines, kind) for kind, lines in places.items() if kind.startswith(_MISNAMED))
    for lines, kind in found:
        name, axis, array = kind.removeprefix(_MISNAMED).split(", ")
        yield (name, axis, array), lines


_NUMBER = "number for index: "
"""How the kinds begin; what counts that axis, the number, what the axis is of, and the array follow."""


def kind_of_number(name: str, number: str, axis: str, array: str) -> str:
    """The kind of place where a number stands, in a loop over what that axis is of; no name where there is no loop."""
    return f"{_NUMBER}{name}, {number}, {axis}, {array}"


def numbers(places: Mapping[str, Sequence[int]]) -> Iterator[tuple[tuple[str, str, str, str], Sequence[int]]]:
    """What counts the axis, the number, what the axis is of, and the array, with the lines; the first line first.

    >>> list(numbers({kind_of_number("n", "0", "images", "out"): (7,), "no return": (3,)}))
    [(('n', '0', 'images', 'out'), (7,))]
    """
    return _of_four(places, _NUMBER)


def kind_of(name: str, counted: str, axis: str, array: str) -> str:
    """The kind of place."""
    return f"{_OF_ANOTHER}{name}, {counted}, {axis}, {array}"


def of_another(places: Mapping[str, Sequence[int]]) -> Iterator[tuple[tuple[str, str, str, str], Sequence[int]]]:
    """Name, what it counts, what the axis is of, and the array, with the lines; the first line first.

    >>> list(of_another({kind_of("f", "filters", "images", "dout"): (7,), "no return": (3,)}))
    [(('f', 'filters', 'images', 'dout'), (7,))]
    """
    return _of_four(places, _OF_ANOTHER)


def _of_four(
    places: Mapping[str, Sequence[int]], begin: str
) -> Iterator[tuple[tuple[str, str, str, str], Sequence[int]]]:
    for lines, kind in sorted((lines, kind) for kind, lines in places.items() if kind.startswith(begin)):
        name, counted, axis, array = kind.removeprefix(begin).split(", ")
        yield (name, counted, axis, array), lines
