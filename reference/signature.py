"""How the students' two functions are called, and what they return."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from reference.sizes import Sizes

Array = NDArray[Any]
Function = Literal["forward", "backward"]
Value = int | float | str | None


@dataclass(frozen=True, slots=True)
class Layer:
    """Functions that are methods of one object. It is made anew for each forward pass, and is the cache."""

    weights: Mapping[str, str]
    """The inputs that are set as its attributes before `forward` gets the others; by input, the attribute."""
    gradients: Mapping[str, str]
    """The gradients that backward leaves in attributes and does not return; by gradient, the attribute."""


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
    """What the parameter dict is called; it comes after the arrays. Empty where there is none."""
    parameters: tuple[str, ...]
    """The sizes, and the choices, that are handed over in it."""
    forward_outputs: tuple[str, ...]
    upstream: str
    """Name of the backward pass's first argument."""
    backward_outputs: tuple[str, ...]
    """`d` and the name of the input that each is the gradient of, unless `gradients_of` says which that is."""
    gradients_of: Mapping[str, str] = field(default_factory=dict)
    """By the name of a gradient that is called otherwise, the input."""
    of_cache: tuple[str, ...] = ()
    """The gradients that are computed of what forward has computed, where some are not: the first is wrong wherever
    that is, so where it is right, the cache holds what it should."""
    scalars: tuple[str, ...] = ()
    """Sizes that are handed over by themselves, between the arrays and the dict."""
    choices: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    """What is chosen and not counted, such as a mode: what there is to choose from. The sizes of a problem have the
    number of one of these, from 0 on; where that is None, the dict has no such key."""
    held: Mapping[str, str] = field(default_factory=dict)
    """Arrays that the dict holds, each with the choice that says whether it does."""
    left: tuple[str, ...] = ()
    """Those of the forward outputs that are not returned: the call leaves them in the dict, under their names."""
    sizes: Mapping[str, str] = field(default_factory=dict)
    """Which sizes the scalars and parameters are that are called otherwise than these."""
    keywords: bool = False
    """Whether scalars are handed over by their names."""
    constants: Mapping[str, int | float | str] = field(default_factory=dict)
    """What both functions are handed by name, the same in every call."""
    takes_self: bool = False
    """Whether a first parameter called `self` is tolerated."""
    old_float: bool = False
    """Whether `float(array)` works for any array with one number in it, as it did in NumPy before 2.4."""
    tensors: str = ""
    """The package whose tensors arrays are handed over and returned as; empty for NumPy's arrays."""
    layer: Layer | None = None
    """The object whose methods the functions are: the scalars are what it is made with."""

    def given(self, sizes: Sizes) -> dict[str, Value]:
        """Scalars and parameters of a problem by name, without the arrays that the dict holds."""
        values = {name: self._value(name, sizes) for name in (*self.scalars, *self.parameters)}
        return {name: value for name, value in values.items() if value is not None}

    def told(self, sizes: Sizes) -> dict[str, Any]:
        """Scalars by name, and the parameter dict by its own, without arrays: as reports have them."""
        given = self.given(sizes)
        scalars = {name: given.pop(name) for name in self.scalars}
        return {**scalars, self.parameter_name: given} if self.parameter_name else scalars

    def _value(self, name: str, sizes: Sizes) -> Value:
        number = sizes[self.sizes.get(name, name)]
        return self.choices[name][number] if name in self.choices else number

    def holds(self, sizes: Sizes) -> tuple[str, ...]:
        """Names of the arrays that the dict of a problem holds."""
        return tuple(name for name, choice in self.held.items() if self._value(choice, sizes))

    def handed(self, arrays: Mapping[str, Array], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        """What `forward` is called with; the dict is a new one, since the call may write into it."""
        in_dict = {name: np.copy(value) if isinstance(value, np.ndarray) else value
                   for name, value in parameters.items() if name not in self.scalars}  # fmt: skip
        scalars = (parameters[name] for name in self.scalars)
        return (*(arrays[name] for name in self.inputs), *scalars, *((in_dict,) if self.parameter_name else ()))

    def place_of(self, output: str) -> str | None:
        """Where an output is left, as Python text; None where it is returned."""
        if output in self.left:
            return f"{self.parameter_name}[{output!r}]"
        return None if self.layer is None else self.layer.gradients.get(output)

    def outputs(self, function: str) -> tuple[str, ...]:
        """Names of what comes of `forward` or `backward`, the cache apart: what they return, then what is left."""
        return self.forward_outputs if function == "forward" else self.backward_outputs

    def input_of(self, gradient: str) -> str:
        """Of which input this is the gradient."""
        return self.gradients_of.get(gradient, gradient.removeprefix("d"))

    def function(self, output: str) -> Function:
        """Which of the two returns it."""
        return "forward" if output in self.forward_outputs else "backward"

    def arguments(self, function: str) -> tuple[str, ...]:
        """Names of what it is called with; of an object, its method."""
        if self.layer is not None:
            given = (name for name in self.inputs if name not in self.layer.weights)
            return tuple(given) if function == "forward" else (self.upstream,)
        forward = (*self.inputs, *self.scalars, *((self.parameter_name,) if self.parameter_name else ()))
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
