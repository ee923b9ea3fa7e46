"""What an operator is: the records by which the grader knows a convolution without knowing its formula.

An operator is a folder that exports `OPERATOR`. How to write one is told in docs/operators.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from reference.signature import Array, Function, Signature
from reference.sizes import Shapes, Sizes, Space

if TYPE_CHECKING:
    from reference.interface import Translation


@dataclass(frozen=True, slots=True)
class Implementation:
    """A program that submissions are timed against. It imports nothing but NumPy: it runs in a sandbox of its own."""

    file: Path
    functions: tuple[str, str]
    """Names of its forward and backward functions, in the students' signature."""

    @classmethod
    def of_landmark(cls, folder: Path, name: str, way: str) -> Self:
        """One of those in an operator's `landmarks.py`: `NAME_forward_WAY` and `NAME_backward_WAY`."""
        return cls(folder / "landmarks.py", (f"{name}_forward_{way}", f"{name}_backward_{way}"))


@dataclass(frozen=True, slots=True)
class Landmark:
    """A way to compute the same, for a board's axis: what speed it reaches tells students what a change would bring."""

    title: str
    """What it is called there: `im2col`."""
    change: str
    """What kind of change leads there, in a sentence; no code."""
    program: Implementation
    is_right: bool = True
    """Whether its results are right. Otherwise it takes as long as has to be taken in any case, and is a limit."""


@dataclass(frozen=True, slots=True)
class Timed:
    """What speed is measured by."""

    baseline: Implementation
    """The fast one, beside which a ratio of 1 means as fast."""
    loops: Implementation
    """Nested loops as the assignment asks for them: the landmark, beside which slow submissions of a class run."""
    landmarks: tuple[Landmark, ...] = ()
    """Others, the slowest first: they are shown, and nobody's mark depends on them."""


@dataclass(frozen=True, slots=True)
class Bug:
    """A mistake: what it does, and what to tell who made it."""

    id: str
    function: Function
    outputs: tuple[str, ...]
    """Those that it spoils."""
    title: str
    explanation: str
    """What happens, in a good tutor's words."""
    where: str
    """Which part of the code to look at."""
    hint: str
    """How to go on, without the code."""
    variants: tuple[Any, ...] = field(repr=False)
    """Its forms, as `Bank.run` takes them: all bear one name."""
    place: str = ""
    """The kind of place in a program's text where it shows, where there is one."""
    needs: str = ""
    """The trait without which it is right on every input, so that only rubrics with it can judge it."""
    shows: Callable[[Sizes], bool] = lambda sizes: True
    """Whether a problem of these sizes, on which it gives something wrong, shows what is told of it."""
    precision: float = 0.0
    """Relative differences below this are what it is about: then results cannot agree more closely."""
    rounded: str = ""
    """The dtype of which every result is a number, where that is what it is about."""
    is_last: bool = False
    """Whether a call that crashes above its lines crashes for another reason: they are at the end of the function."""
    of_result: bool = False
    """Whether it changes what forward returns alone: what forward keeps for backward is as it has to be."""
    in_text: bool = False
    """Whether it is named only where the text shows its place, and then before all others that give the same."""


Form = tuple[tuple[Bug, int], ...]
"""One bug, or two of one function together, each with the number of its variant."""


def _no_bugs(form: Form, arrays: Mapping[str, Array], upstream: Array, parameters: Sizes) -> dict[str, Array]:
    raise ValueError("there is no bank of mistakes")


@dataclass(frozen=True, slots=True)
class Bank:
    """Mistakes that people really make, and what they give. Where there are none, a wrong result has no name."""

    bugs: tuple[Bug, ...] = ()
    """The commonest of each function first."""
    run: Callable[[Form, Mapping[str, Array], Array, Sizes], dict[str, Array]] = _no_bugs
    """Form, inputs, upstream gradient and parameters -> outputs by name; raises ValueError or IndexError where code
    with these bugs would have crashed."""
    twice: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Bugs of forward by their ids, each with those of backward that are the same mistake, made again."""


@dataclass(frozen=True, slots=True)
class Einsum:
    """An output as one `np.einsum`, which pages draw (`reference/einsum.py`)."""

    subscripts: str
    operands: tuple[str, ...]
    """What they are called: `padded windows`."""
    letters: Mapping[str, str]
    """By letter of the subscripts, which axis it is: `{"h": "H_out"}`."""
    result: str
    """What comes out."""
    then: str = ""
    """What is left to do to have the output, in a sentence."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How an operator is spoken of: what reports know of it. Plain data."""

    summary: str
    """What it is, in a few words that follow "a fast": `convolution`."""
    signature: Signature
    axes: Mapping[str, str]
    words: Mapping[str, str]
    walkthrough: str | None = None
    """Path of the script by which a page steps through it."""
    einsums: Mapping[str, Einsum] = field(default_factory=dict)
    """By output, where it is one."""

    def words_of(self, array: str) -> tuple[str, ...]:
        """A word for each axis of an input, an output or a gradient; none where its axes are not known.

        Outputs have the axes of the upstream gradient unless they have their own, gradients those of their inputs.
        """
        return tuple(self.words.get(letter, "") for letter in axes_of(self.signature, self.axes, array))


def axes_of(signature: Signature, axes: Mapping[str, str], array: str) -> tuple[str, ...]:
    """Letters of the axes of an input, an output or a gradient."""
    if array in signature.forward_outputs and array not in axes:
        array = signature.upstream
    return _letters(axes.get(array) or axes.get(signature.input_of(array), ""))


@cache
def _letters(text: str) -> tuple[str, ...]:
    return tuple(text.split())


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """An operator with a forward and a backward pass, as students write it."""

    name: str
    """What a rubric's `operator` says."""
    summary: str
    """As in `Terms`."""
    signature: Signature
    axes: Mapping[str, str]
    """A letter for each axis of each input, of the upstream gradient and of each array that the parameter dict holds,
    with spaces between, such as `N C H W`; `1` is an axis of length one."""
    words: Mapping[str, str]
    """What each letter counts, such as `image`."""
    batch: str
    """The letter of the first axis of the first input and of the upstream gradient, of which a part can be timed."""
    lengths: Callable[[Any], Mapping[str, Any]]
    """Sizes, or whole columns of them, to the lengths of those axes that follow from them, such as H_out."""
    forward: Callable[..., Any]
    """The oracle's forward pass, in the students' signature, computed in float64."""
    backward: Callable[..., Any]
    """The oracle's backward pass."""
    space: Space
    grid: tuple[str, ...] = ()
    """Letters of the axes of pictures: where an array's last two are, they may turn out to be swapped, or shifted."""
    integers: Mapping[str, str] = field(default_factory=dict)
    """Kinds of case in which one input is of integers, with its name: then only forward is judged."""
    kinds: Mapping[str, Mapping[str, Callable[[Array], Array]]] = field(default_factory=dict)
    """Kinds of case with special numbers, beside those of every operator: for each the arrays that it is about, and
    what it makes of their random numbers."""
    positive: tuple[str, ...] = ()
    """Arrays whose numbers are never negative."""
    nearest: Callable[[Array, tuple[Any, ...], Array], Array] | None = None
    """Where several gradients are right: upstream, canonical cache and what was returned (finite, of the right shape)
    -> that itself (but for rounding) if it is right, else a right one near it. There is one gradient then. Without,
    only the oracle's is right."""
    timed: Timed | None = None
    """Without, no rubric can have speed items."""
    bank: Callable[[], Bank] = Bank
    """The known mistakes, which are imported when a result is wrong."""
    walkthrough: Path | None = None
    """Script by which a page steps through the smallest failing case."""
    einsums: Mapping[str, Einsum] = field(default_factory=dict)
    """By output or gradient, the einsum that it is, where it is one, for a page to draw."""
    outline: Path | None = None
    """`__init__.py` of a package whose `outline(text, first_line)` says what a function's text shows without being run:
    `{"keeps_inputs": bool, "places": {kind: lines}}`, with the kinds that `Bug.place` names. It runs where submissions
    are read, so it imports nothing but the standard library, `reference.outlines`, and its own modules relatively."""
    outline_of_any_layout: Path | None = None
    """The same for other courses whose arrays have their axes in another order: a module."""
    translation: "Translation | None" = None
    """To the operator that this is another course's version of, of which `timed` are programs."""

    def shapes(self, sizes: Sizes) -> Shapes:
        """Shape of each input and of the upstream gradient (which is the forward output's)."""
        lengths = {"1": 1, **sizes, **self.lengths(sizes)}
        return {name: tuple(lengths[letter] for letter in _letters(text)) for name, text in self.axes.items()}

    def shapes_there(self, sizes: Sizes) -> Shapes:
        """As `shapes`, without the arrays that the parameter dict of this problem lacks."""
        lacking = set(self.signature.held) - set(self.signature.holds(sizes))
        return {name: shape for name, shape in self.shapes(sizes).items() if name not in lacking}

    def numbers(self, sizes: Any) -> Any:
        """How many numbers the inputs and the upstream gradient have together, also of columns of sizes."""
        return sum(map(prod, self.shapes(sizes).values()))

    def axes_of(self, array: str) -> tuple[str, ...]:
        """Letters of the axes of an input, an output or a gradient."""
        return axes_of(self.signature, self.axes, array)

    def shape_of(self, array: str, sizes: Sizes) -> tuple[int, ...]:
        """Shape of an input, an output or a gradient."""
        lengths = {"1": 1, **sizes, **self.lengths(sizes)}
        return tuple(lengths[letter] for letter in self.axes_of(array))

    @property
    def terms(self) -> Terms:
        """For reports."""
        walkthrough = None if self.walkthrough is None else str(self.walkthrough)
        return Terms(self.summary, self.signature, self.axes, self.words, walkthrough, self.einsums)


@cache
def small_sizes(operator: Operator) -> tuple[Sizes, ...]:
    """Sizes of its small problems, those with the fewest numbers first."""
    return tuple(operator.space.small_sizes(operator.numbers))
