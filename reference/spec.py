"""What an operator is: the records by which the grader knows a convolution without knowing its formula.

An operator is a folder that exports `OPERATOR`. How to write one is told in docs/operators.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from reference.sizes import Shapes, Sizes, Space

Array = NDArray[Any]
Function = Literal["forward", "backward"]
Value = int | float | str | None


@dataclass(frozen=True, slots=True)
class Signature:
    """How the students' two functions are called, and what they return.

    `forward(*inputs, *scalars, parameters) -> (*forward_outputs, cache)`, and `backward(upstream, cache) ->
    backward_outputs`: a tuple of gradients, or the only one bare. What `forward` is given is the canonical cache too.
    """

    functions: tuple[str, str]
    """What the two are called where a rubric names no others."""
    inputs: tuple[str, ...]
    """Names of the forward pass's arrays, in the order of its parameters."""
    parameter_name: str
    """What the parameter dict is called; it comes after the arrays."""
    parameters: tuple[str, ...]
    """The sizes, and the choices, that are handed over in it."""
    forward_outputs: tuple[str, ...]
    upstream: str
    """Name of the backward pass's first argument."""
    backward_outputs: tuple[str, ...]
    """`d` and the name of the input that each is the gradient of."""
    scalars: tuple[str, ...] = ()
    """Sizes that are handed over by themselves, between the arrays and the dict."""
    choices: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    """What is chosen and not counted, such as a mode: what there is to choose from. The sizes of a problem have the
    number of one of these, from 0 on; where that is None, the dict has no such key."""
    held: Mapping[str, str] = field(default_factory=dict)
    """Arrays that the dict holds, each with the choice that says whether it does."""
    left: tuple[str, ...] = ()
    """Those of the forward outputs that are not returned: the call leaves them in the dict, under their names."""

    def given(self, sizes: Sizes) -> dict[str, Value]:
        """Scalars and parameters of a problem by name, without the arrays that the dict holds."""
        values = {name: self._value(name, sizes) for name in (*self.scalars, *self.parameters)}
        return {name: value for name, value in values.items() if value is not None}

    def told(self, sizes: Sizes) -> dict[str, Any]:
        """Scalars by name, and the parameter dict by its own, without arrays: as reports have them."""
        given = self.given(sizes)
        scalars = {name: given.pop(name) for name in self.scalars}
        return {**scalars, self.parameter_name: given}

    def _value(self, name: str, sizes: Sizes) -> Value:
        return self.choices[name][sizes[name]] if name in self.choices else sizes[name]

    def holds(self, sizes: Sizes) -> tuple[str, ...]:
        """Names of the arrays that the dict of a problem holds."""
        return tuple(name for name, choice in self.held.items() if self._value(choice, sizes))

    def handed(self, arrays: Mapping[str, Array], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        """What `forward` is called with; the dict is a new one, since the call may write into it."""
        in_dict = {name: np.copy(value) if isinstance(value, np.ndarray) else value
                   for name, value in parameters.items() if name not in self.scalars}  # fmt: skip
        return (*(arrays[name] for name in self.inputs), *(parameters[name] for name in self.scalars), in_dict)

    def outputs(self, function: str) -> tuple[str, ...]:
        """Names of what comes of `forward` or `backward`, the cache apart: what they return, then what is left."""
        return self.forward_outputs if function == "forward" else self.backward_outputs

    def function(self, output: str) -> Function:
        """Which of the two returns it."""
        return "forward" if output in self.forward_outputs else "backward"

    def arguments(self, function: str) -> tuple[str, ...]:
        """Names of what it is called with."""
        forward = (*self.inputs, *self.scalars, self.parameter_name)
        return forward if function == "forward" else (self.upstream, "cache")

    @property
    def returned(self) -> tuple[str, ...]:
        """Those of the forward outputs that are returned."""
        return tuple(name for name in self.forward_outputs if name not in self.left)

    @property
    def cache(self) -> str:
        """The canonical cache as Python text, such as `(x, w, b, conv_param)`."""
        return f"({', '.join(self.arguments('forward'))})"

    def named(self, function: str, returned: Any, handed: tuple[Any, ...] = ()) -> dict[str, Array]:
        """What came of a right `forward` or `backward`, by name; `handed` is what forward was called with."""
        if function == "forward":
            outputs = dict(zip(self.returned, returned[:-1], strict=True))
            return outputs | {name: handed[-1][name] for name in self.left}
        gradients = returned if len(self.backward_outputs) > 1 else (returned,)
        return dict(zip(self.backward_outputs, gradients, strict=True))


@dataclass(frozen=True, slots=True)
class Implementation:
    """A program that submissions are timed against. It imports nothing but NumPy: it runs in a sandbox of its own."""

    file: Path
    functions: tuple[str, str]
    """Names of its forward and backward functions, in the students' signature."""


@dataclass(frozen=True, slots=True)
class Timed:
    """What speed is measured by."""

    baseline: Implementation
    """The fast one, beside which a ratio of 1 means as fast."""
    loops: Implementation
    """Nested loops as the assignment asks for them: the landmark, beside which slow submissions of a class run."""


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

    def words_of(self, array: str) -> tuple[str, ...]:
        """A word for each axis of an input, an output or a gradient; none where its axes are not known.

        Outputs have the axes of the upstream gradient unless they have their own, gradients those of their inputs.
        """
        return tuple(self.words.get(letter, "") for letter in axes_of(self.signature, self.axes, array))


def axes_of(signature: Signature, axes: Mapping[str, str], array: str) -> tuple[str, ...]:
    """Letters of the axes of an input, an output or a gradient."""
    if array in signature.forward_outputs and array not in axes:
        array = signature.upstream
    return _letters(axes.get(array) or axes.get(array.removeprefix("d"), ""))


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
    outline: Path | None = None
    """`__init__.py` of a package whose `outline(text, first_line)` says what a function's text shows without being run:
    `{"keeps_inputs": bool, "places": {kind: lines}}`, with the kinds that `Bug.place` names. It runs where submissions
    are read, so it imports nothing but the standard library, `reference.outlines`, and its own modules relatively."""

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
        return Terms(self.summary, self.signature, self.axes, self.words, walkthrough)


@cache
def small_sizes(operator: Operator) -> tuple[Sizes, ...]:
    """Sizes of its small problems, those with the fewest numbers first."""
    return tuple(operator.space.small_sizes(operator.numbers))
