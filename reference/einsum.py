"""What an `np.einsum` does, in words: which letters are multiplied, which are summed, and how the rest is ordered.

Three rules say it all. A letter that operands share: their numbers are multiplied along it. A letter that is missing
after `->`: the products are summed over it. The letters after `->`: the order of the result's axes. Before that, a
letter that one operand has twice takes its diagonal.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import prod


@dataclass(frozen=True, slots=True)
class Rules:
    """What an einsum does; its text draws it, with a column for each letter."""

    operands: tuple[str, ...]
    """The letters of each."""
    result: str
    """The letters of the result, in the order of its axes."""
    sizes: Mapping[str, int]
    """By letter, in the order in which they first stand."""

    @property
    def diagonals(self) -> tuple[str, ...]:
        """For each operand, the letters that it has more than once: only places where these are equal are taken."""
        return tuple(
            "".join(each for each, count in Counter(letters).items() if count > 1) for letters in self.operands
        )

    @property
    def multiplied(self) -> str:
        """The letters that operands share."""
        having = Counter(chain.from_iterable(map(set, self.operands)))
        return "".join(letter for letter in self.sizes if having[letter] > 1)

    @property
    def summed(self) -> str:
        """The letters that the result lacks."""
        return "".join(letter for letter in self.sizes if letter not in self.result)

    @property
    def kept(self) -> str:
        """The letters of the result, in the order in which they first stand among the operands."""
        return "".join(letter for letter in self.sizes if letter in self.result)

    @property
    def terms(self) -> int:
        """How many terms are summed for one number of the result."""
        return prod(self.sizes[letter] for letter in self.summed)

    def __str__(self) -> str:
        words = (f"{word:<12}{text}" for word, text in self.said())
        return "\n".join(chain(self._drawn(), [""], words))

    def _drawn(self) -> Iterator[str]:
        """A row for each operand and for the result: the sizes of the letters that it has."""
        yield self._row("", {letter: letter for letter in self.sizes})
        for number, letters in enumerate(self.operands, 1):
            yield self._row(f"operand {number}", {letter: str(self.sizes[letter]) for letter in letters})
        yield self._row("", {letter: "+" if letter in self.summed else "|" for letter in self.sizes})
        yield self._row("result", {letter: str(self.sizes[letter]) for letter in self.result})

    def _row(self, name: str, cells: Mapping[str, str]) -> str:
        row = (f"{cells.get(letter, ''):>{len(str(size))}}" for letter, size in self.sizes.items())
        return f"{name:<10}  {'  '.join(row)}".rstrip()

    def said(self) -> Iterator[tuple[str, str]]:
        """What is done, in order: a word, and what follows it."""
        for number, letters in enumerate(self.diagonals, 1):
            if letters:
                yield "diagonal", f"of operand {number}, where both places of {_listed(letters)} are the same"
        alone = "nothing: " + ("there is one operand" if len(self.operands) == 1 else "operands share no letter")
        yield "multiplied", f"along {_listed(self.multiplied)}, which operands share" if self.multiplied else alone
        terms = f"over {_listed(self.summed)}, which the result lacks: terms for one number: {self.terms}"
        yield "summed", terms if self.summed else "nothing: the result has every letter"
        order = f"from {_listed(self.kept)} to {_listed(self.result)}"
        yield "reordered", order if self.kept != self.result else "nothing"


def explain(subscripts: str, shapes: Sequence[Sequence[int]]) -> Rules:
    """Say what `np.einsum(subscripts, *operands)` does.

    Args:
        subscripts: such as `nchwij,fcij->nfhw`. Without `->`, the result has the letters that stand once, in the order
            of the alphabet, as in NumPy. There is no `...`.
        shapes: of the operands.

    Raises:
        ValueError: where the subscripts are none, or the shapes do not fit them or each other.

    >>> print(explain("nchwij,fcij->nfhw", [(2, 3, 8, 10, 3, 3), (6, 3, 3, 3)]))
                n  c  h   w  i  j  f
    operand 1   2  3  8  10  3  3
    operand 2      3         3  3  6
                |  +  |   |  +  +  |
    result      2     8  10        6
    <BLANKLINE>
    multiplied  along c, i, j, which operands share
    summed      over c, i, j, which the result lacks: terms for one number: 27
    reordered   from n, h, w, f to n, f, h, w
    """
    given, arrow, result = subscripts.replace(" ", "").partition("->")
    operands = tuple(given.split(","))
    if not arrow:
        counts = Counter("".join(operands))
        result = "".join(sorted(letter for letter, count in counts.items() if count == 1))
    for letters in (*operands, result):
        if not all(letter.isascii() and letter.isalpha() for letter in letters):
            raise ValueError(f"{subscripts}: {letters} is not made of letters (write `...` out)")
    if len(shapes) != len(operands):
        raise ValueError(f"{subscripts}: is for {len(operands)} operands, and there are {len(shapes)} shapes")
    sizes = _sizes(subscripts, operands, shapes)
    _check_result(subscripts, result, sizes)
    return Rules(operands, result, sizes)


def _sizes(subscripts: str, operands: Sequence[str], shapes: Sequence[Sequence[int]]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for number, (letters, shape) in enumerate(zip(operands, shapes, strict=True), 1):
        if len(letters) != len(shape):
            raise ValueError(
                f"{subscripts}: operand {number}, {letters}, has {len(letters)} letters for {tuple(shape)}"
            )
        for letter, size in zip(letters, shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                raise ValueError(f"{subscripts}: {letter} is {sizes[letter]} and, in operand {number}, {size}")
    return sizes


def _check_result(subscripts: str, result: str, sizes: Mapping[str, int]) -> None:
    for letter, count in Counter(result).items():
        if letter not in sizes:
            raise ValueError(f"{subscripts}: the result has {letter}, which no operand has")
        if count > 1:
            raise ValueError(f"{subscripts}: the result has {letter} {count} times; it can have it once")


def _listed(letters: Iterable[str]) -> str:
    return ", ".join(letters) or "nothing"
