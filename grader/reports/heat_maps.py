"""Arrays as tables of numbers that a page can show: heat maps, and plain ones."""

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grader.records.feedback import Numbers, Picture

Rows = Sequence[Sequence[float | None]]

DIFFERENCE = "yours \N{MINUS SIGN} expected"
MOST_CELLS = 1300
"""Most cells of one array that are drawn."""
_OPEN_AT_ONCE = 2
_LEVELS = 8
_DIFFERENCE_LEVELS = 4
_WIDE = 6
"""Columns; a table with more shows fewer digits."""
_NEGLIGIBLE = 1e-3
"""A difference this small beside the largest one counts as none."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One number in a table."""

    text: str
    look: str = ""
    """Classes of the style sheet."""
    exact: str = ""
    """The number in more digits, where `text` is rounded."""


@dataclass(frozen=True, slots=True)
class Table:
    """One two-dimensional array, or a one-dimensional one in a single row."""

    label: str
    rows: tuple[tuple[Cell, ...], ...]
    flat: bool = False
    """The array has one axis, so its only row has no number."""

    @property
    def wide(self) -> bool:
        """Whether its numbers must be small, for three such tables to stand side by side."""
        return len(self.rows[0]) > _WIDE

    @property
    def characters(self) -> int:
        """The length of the longest number."""
        return max((len(cell.text) for row in self.rows for cell in row), default=1)


@dataclass(frozen=True, slots=True)
class Plane:
    """Expected, got and their difference in one image and channel."""

    label: str
    meaning: str
    """ "image 0, channel 1"; empty where there is but one plane."""
    wrong: int
    total: int
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class HeatMaps:
    """A Picture, ready to be drawn."""

    shown: tuple[Plane, ...]
    """At once: the one with the largest difference among them."""
    folded: tuple[Plane, ...]
    left_out: int
    low: str
    """The least number in expected and got."""
    high: str
    has_negative: bool
    """Whether some of them are below zero."""
    most: str
    """The largest difference."""
    worst: str
    """Where the difference is largest, in a sentence."""
    sizes: str
    """The sizes of the case."""


def short(value: float | None, digits: int = 3) -> str:
    """A number that fits a cell.

    >>> [short(v) for v in (3.0, -12.3456, 0.0, 1e-17, 123456789.0, None)]
    ['3', '-12.3', '0', '1e-17', '1.23e+08', 'NaN']
    """
    if value is None:
        return "NaN"
    if _is_whole(value):
        return str(int(value))
    return f"{value:.{digits}g}"


def both(got: float | None, expected: float | None) -> tuple[str, str]:
    """Two numbers in as many digits as tell them apart.

    >>> both(3.0, 5.0), both(1.0000001, 1.0)
    (('3', '5'), ('1.0000001', '1'))
    """
    texts = ((short(got, digits), short(expected, digits)) for digits in range(6, 18))
    return next((pair for pair in texts if pair[0] != pair[1]), (short(got), short(expected)))


def shape_of(numbers: Numbers) -> tuple[int, ...]:
    """The shape of nested lists."""
    shape = []
    while isinstance(numbers, list | tuple):
        shape.append(len(numbers))
        numbers = numbers[0] if numbers else None
    return tuple(shape)


def at(numbers: Numbers, index: Sequence[int]) -> Any:
    """One element of nested lists."""
    for place in index:
        numbers = numbers[place]
    return numbers


def largest_difference(expected: Numbers, got: Numbers) -> float:
    """Between two arrays of one shape, where both are finite."""
    pairs = zip(_flat(expected), _flat(got), strict=True)
    return max((abs(_apart(g, e)) for e, g in pairs if e is not None and g is not None), default=0.0)


def negligible(expected: Numbers, got: Numbers) -> float:
    """Up to which difference two numbers of these arrays count as the same. Garbage hides no other difference."""
    largest = max((abs(e) for e in _flat(expected) if e is not None), default=0.0)
    return _NEGLIGIBLE * min(largest_difference(expected, got), max(1.0, largest))


def plain_tables(name: str, numbers: Numbers) -> tuple[Table, ...]:
    """An array as tables without colours; none where it is empty or too large to be read."""
    if not 0 < math.prod(shape_of(numbers)) <= MOST_CELLS // 3:
        return ()
    flat = len(shape_of(numbers)) < 2
    return tuple(
        Table(_label(name, index), tuple(tuple(_cell(v, short(v)) for v in row) for row in rows), flat)
        for index, rows in _planes(numbers)
    )


def heat_maps(output: str, picture: Picture, words: Sequence[str], sizes: str) -> HeatMaps:
    """Every plane of a picture, as many as can be drawn, those that are seen at once first.

    `words` has a word for each axis of the output, and `sizes` is the case in words.
    """
    painter = _Painter(output, picture, words)
    indices = [index for index, _ in _planes(picture.expected)]
    worst = picture.worst_index[:-2]
    first = indices[:_OPEN_AT_ONCE] if worst in indices[:_OPEN_AT_ONCE] else [worst]
    size = math.prod(shape_of(picture.expected)[-2:])
    most = max(len(first), MOST_CELLS // size)
    rest = [index for index in indices if index not in first][: most - len(first)]
    got, expected = both(at(picture.got, picture.worst_index), at(picture.expected, picture.worst_index))
    return HeatMaps(
        shown=tuple(map(painter.plane, first)),
        folded=tuple(map(painter.plane, rest)),
        left_out=len(indices) - len(first) - len(rest),
        low=short(painter.low),
        high=short(painter.high),
        has_negative=painter.low < 0,
        most=short(painter.most),
        worst=f"{_label(output, picture.worst_index)} is {got}, expected {expected}",
        sizes=sizes,
    )


class _Painter:
    """Gives every number of a picture its colour, zero none: one scale for expected and got, one for the difference."""

    def __init__(self, output: str, picture: Picture, words: Sequence[str]) -> None:
        self.output = output
        self.words = words[:-2]
        self.picture = picture
        finite = [v for numbers in (picture.expected, picture.got) for v in _flat(numbers) if v is not None]
        self.low, self.high = min(finite, default=0.0), max(finite, default=0.0)
        self.largest = max(abs(self.low), abs(self.high))
        self.most = largest_difference(picture.expected, picture.got)
        digits = 1 if shape_of(picture.expected)[-1] > _WIDE else 2
        self.as_value = _format(self.largest, digits)
        self.as_difference = _format(self.most, digits)

    def plane(self, index: tuple[int, ...]) -> Plane:
        expected, got = _rows(at(self.picture.expected, index)), _rows(at(self.picture.got, index))
        pairs = [list(zip(*both, strict=True)) for both in zip(expected, got, strict=True)]
        worst = self.picture.worst_index[len(index) :] if self.picture.worst_index[: len(index)] == index else None
        flat = len(self.picture.worst_index) < 2
        grids = {
            "expected": [[self._value(e) for e, _ in row] for row in pairs],
            "yours": [[self._value(g) for _, g in row] for row in pairs],
            DIFFERENCE: [[self._difference(e, g) for e, g in row] for row in pairs],
        }
        differences = [cell for row in grids[DIFFERENCE] for cell in row]
        if worst is not None:
            for grid in grids.values():
                _outline(grid, (0, *worst)[-2:])
        return Plane(
            label=_label(self.output, index),
            meaning=_meaning(self.words, index),
            wrong=sum(cell.look != "d0" for cell in differences),
            total=len(differences),
            tables=tuple(Table(label, tuple(map(tuple, grid)), flat) for label, grid in grids.items()),
        )

    def _value(self, value: float | None) -> Cell:
        if value is None:
            return Cell("NaN", "nan", "NaN or infinite")
        level = round(_LEVELS * (abs(value) / self.largest)) if self.largest else 0
        return _cell(value, _text(value, self.as_value), f"{'below' if value < 0 and level else 'v'}{level}")

    def _difference(self, expected: float | None, got: float | None) -> Cell:
        if expected is None or got is None:
            return Cell("0", "d0") if expected is got else Cell("NaN", "nan", "one of the two is NaN or infinite")
        difference = _apart(got, expected)
        if abs(difference) <= _NEGLIGIBLE * self.most:
            return Cell("0", "d0")
        level = math.ceil(_DIFFERENCE_LEVELS * (abs(difference) / self.most))
        sign = "more" if difference > 0 else "less"
        plus = "+" if difference > 0 else ""
        return _cell(difference, plus + _text(difference, self.as_difference), f"{sign}{level}")


def _outline(grid: list[list[Cell]], place: tuple[int, ...]) -> None:
    row, column = place
    cell = grid[row][column]
    grid[row][column] = Cell(cell.text, f"{cell.look} worst", cell.exact)


def _format(largest: float, digits: int) -> str:
    """How numbers up to the largest are written in a column: with so many digits after its first one.

    >>> _format(2.71, 2), _format(27.1, 1), _format(2.7e9, 1)
    ('.2f', '.0f', '.1e')
    """
    power = math.floor(math.log10(largest)) if largest > 0 else 0
    return f".{max(0, digits - power)}f" if -2 <= power < 5 else f".{digits}e"


def _text(value: float, form: str) -> str:
    text = short(value) if _is_whole(value) else f"{value:{form}}"
    return text if float(text) else text.lstrip("-")


def _cell(value: float | None, text: str, look: str = "") -> Cell:
    exact = "" if value is None or float(text) == value else f"{value:.6g}"
    return Cell(text, look, exact)


def _is_whole(value: float) -> bool:
    return abs(value) < 1e5 and value == int(value)


def _apart(one: float, other: float) -> float:
    """`one - other`, or the largest float where their difference is larger.

    >>> _apart(1e308, -1e308) == sys.float_info.max
    True
    """
    return max(-sys.float_info.max, min(sys.float_info.max, one - other))


def _label(name: str, index: Sequence[int]) -> str:
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def _meaning(words: Sequence[str], index: Sequence[int]) -> str:
    return ", ".join(f"{word} {i}" for word, i in zip(words, index, strict=True)) if len(words) == len(index) else ""


def _rows(numbers: Numbers) -> Rows:
    """A plane as rows; a one-dimensional array is one row."""
    if not isinstance(numbers, list | tuple):
        return [[numbers]]
    return numbers if numbers and isinstance(numbers[0], list | tuple) else [numbers]


def _planes(numbers: Numbers, index: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Rows]]:
    """The last two axes for each index of the others."""
    if len(shape_of(numbers)) <= 2:
        yield index, _rows(numbers)
    else:
        for i, inner in enumerate(numbers):
            yield from _planes(inner, (*index, i))


def _flat(numbers: Numbers) -> Iterator[float | None]:
    if isinstance(numbers, list | tuple):
        for inner in numbers:
            yield from _flat(inner)
    else:
        yield numbers
