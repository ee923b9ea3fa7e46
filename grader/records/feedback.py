"""What explains a lost mark: frozen records, made by `diagnose`, read by every report."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

Numbers = Any
"""An array as plain data: nested lists of numbers; what is not finite is None."""


TOGETHER = ". And: "
"""Stands between the titles of two mistakes that are made together."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A known mistake that gives the student's results on every case, right ones and wrong ones."""

    bug: str
    """Its id in the bank; of two together, both with `+` between them."""
    title: str
    explanation: str
    where: str
    """Where to look; empty where the rubric's `feedback.level` is 1."""
    hint: str
    """How to go on, without giving the code away; empty where that level is below 3."""
    confidence: float
    """From 0 to 1."""
    lines: tuple[int, ...] = ()
    """Lines of the submission to look at, where they are known; of a notebook, those of all its code cells together."""
    at: str = ""
    """The same lines as a person finds them, `lines 7, 9` or `cell 2, line 3`."""
    titles: tuple[tuple[int, str], ...] = ()
    """Each of the lines with the title of the mistake that it shows; once with each where it shows two."""


@dataclass(frozen=True, slots=True)
class Example:
    """The smallest failing case, with its numbers."""

    function: Literal["forward", "backward"]
    output: str
    sizes: Mapping[str, int]
    """By name, the parameters' too."""
    dtype: str
    inputs: Mapping[str, Numbers]
    """By name, for backward the upstream gradient too."""
    expected: Numbers
    got: Numbers
    """None where no array of numbers came back."""
    expected_shape: tuple[int, ...]
    got_shape: tuple[int, ...] | None
    worst_index: tuple[int, ...] | None
    """Where the difference is largest; None where the shapes differ."""
    problem: str
    """What is wrong, in one line."""
    snippet: str
    """Python that shows it in a notebook, without the grader: inputs, the calls, what is expected, one assert."""
    kinds: tuple[str, ...] = ()
    """Kinds of its numbers, as of a `Case`."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One output on the simplest of the rubric's own cases that fails, for looking at: all of one shape."""

    sizes: Mapping[str, int]
    expected: Numbers
    got: Numbers
    worst_index: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one output is wrong."""

    output: str
    facts: tuple[str, ...] = ()
    """What can be said of its form, in plain words: "right except in the last column"."""
    mistake: Mistake | None = None
    example: Example | None = None
    picture: Picture | None = None
    crashes: tuple[tuple[int, str], ...] = ()
    """Lines of the submission in which calls ended, each with the error; the commonest first."""
    loops: tuple[int, ...] = ()
    """Lines of loops that cannot end once they have begun, where calls took too long."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The text of one graded function in the submission, or of one that it calls."""

    function: str
    """Its name."""
    first_line: int
    text: str
    broken_at: int | None = None
    """The line, of those of the file, at which it stops being Python; None where it parses."""
    error: str = ""
    """Why, as Python says it."""
    is_called: bool = False
    """Whether it is not graded itself: it is shown where it has lines to look at."""
    place: str = ""
    """The cell or the other file in which it stands, if it does."""
    ahead: int = 0
    """How many lines of the text stand before that cell or file."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What the text of a function says without being run, by `Operator.outline`."""

    keeps_inputs: bool = False
    """Forward: whether the cache is known to be its inputs as they were handed in, in their order."""
    places: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """By kind, the lines of the submission."""

    def without(self, lines: Set[int]) -> Self:
        """Without the kinds of place of which there is nothing but in these lines."""
        left = {kind: found for kind, found in self.places.items() if not found or not lines >= {*found}}
        return replace(self, places=left)
