"""Runs inside: how a submission's functions are found and called.

A frame says it in `calling`: `keywords` are the names of scalars that are handed over by name, `constants` what both
functions are handed by name and is always the same, `no_dict` says that there is no parameter dict, `takes_self` that a
first parameter `self` is tolerated, `old_float` that `float` takes any array with one number, `tensors` that arrays are
handed over and returned as PyTorch's. `layer` says that the functions are methods of an object. Without any of these
they are two functions, `forward(*arrays, *scalars, parameters)` and `backward(upstream, cache)`.

A submission's classes may lie, hang and raise, here as anywhere in this process. What is raised is the student's.
"""

import importlib
from collections.abc import Mapping, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np

from grader.sandbox.inside import wire
from grader.sandbox.inside.old_numpy import OldArray

Namespace = Mapping[str, Any]


class Functions:
    """Two functions, which may be methods that need no object."""

    def __init__(self, frame: wire.Frame) -> None:
        self.keywords: Sequence[str] = frame.get("keywords", ())
        self.constants: Mapping[str, Any] = wire.parameters(frame.get("constants", {}))
        self.no_dict: bool = frame.get("no_dict", False)
        self.takes_self: bool = frame.get("takes_self", False)
        self.kind: type[Any] = OldArray if frame.get("old_float", False) else np.ndarray
        self.torch: Any = importlib.import_module("torch") if "tensors" in frame else None

    def given(self, array: Any) -> Any:
        """An array as it is handed over: in the same memory, so that what a function changes is seen there."""
        if self.torch is not None:
            return self.torch.from_numpy(array)
        return array if self.kind is np.ndarray else array.view(self.kind)

    def returned(self, value: Any) -> Any:
        """The array of a tensor; anything else as it is."""
        if self.torch is None or not isinstance(value, self.torch.Tensor):
            return value
        return value.detach().cpu().resolve_conj().resolve_neg().numpy()

    def find(self, namespace: Namespace, name: str) -> Any:
        """What the submission has under a name, None where it has nothing."""
        first, *parts = name.split(".")
        found: Any = namespace.get(first)
        owner: Any = None
        for part in parts:
            owner, found = found, getattr(found, part, None)
        code = getattr(found, "__code__", None)
        if self.takes_self and code is not None and code.co_varnames[:1] == ("self",):
            return partial(found, owner.__new__(owner) if parts else None)
        return found

    def forward(self, function: Any, handed: Sequence[Any], used: Any = None) -> Any:
        """What forward returns, given all that is handed over; `used` is an object to call it on."""
        first = len(handed) - len(self.keywords)
        named = dict(zip(self.keywords, handed[first:], strict=True))
        return function(*handed[:first], **named, **self.constants)

    def canonical(self, handed: Sequence[Any]) -> Any:
        """The cache that is known without a forward pass."""
        return tuple(handed)

    def backward(self, function: Any, upstream: Any, cache: Any) -> Any:
        """What backward returns."""
        return function(upstream, cache, **self.constants)

    def held(self, used: Any) -> Mapping[int, Any]:
        """The inputs that an object has in its attributes, by their places; where there is no object, none."""
        return {}

    def replaced(self, used: Any, before: Any) -> list[int]:
        """Which of those are others than `before`, by place. In another form, the same numbers are the same."""
        return [
            place
            for place, value in self.held(used).items()
            if value is not before[place]
            and not np.array_equal(np.ravel(self.returned(value)), np.ravel(self.returned(before[place])))
        ]


class Layer(Functions):
    """Methods of an object, which is made anew for each forward pass that is given none, and is the cache.

    The frame's `layer` has the two `functions`, as `Conv.forward`; `arrays`, how many there are; `weights`, attribute
    by attribute (`inner.W` is that of a part) which of the arrays it is set to; and `gradients`, the attributes in
    which backward leaves results.
    """

    def __init__(self, frame: wire.Frame, namespace: Namespace) -> None:
        super().__init__({**frame, "no_dict": True})
        layer = frame["layer"]
        self.namespace = namespace
        self.owner, self.forwards = layer["functions"]["forward"].rsplit(".", 1)
        self.backwards = layer["functions"]["backward"].rsplit(".", 1)[1]
        self.arrays: int = layer["arrays"]
        self.weights: dict[str, int] = layer["weights"]
        self.gradients: Sequence[str] = layer["gradients"]

    def forward(self, function: Any, handed: Sequence[Any], used: Any = None) -> Any:
        """What forward returns, and the object."""
        layer = self.namespace[self.owner](*handed[self.arrays :]) if used is None else used
        for attribute, place in self.weights.items():
            *parts, last = attribute.split(".")
            setattr(reduce(getattr, parts, layer), last, handed[place])
        given = [handed[place] for place in range(self.arrays) if place not in self.weights.values()]
        return getattr(layer, self.forwards)(*given), layer

    def canonical(self, handed: Sequence[Any]) -> Any:
        """There is none: an object that has done its forward pass."""
        return self.forward(None, handed)[1]

    def backward(self, function: Any, upstream: Any, cache: Any) -> Any:
        """What backward returns, and what it leaves in attributes."""
        returned = getattr(cache, self.backwards)(upstream)
        return (returned, *(_attribute(cache, name) for name in self.gradients)) if self.gradients else returned

    def held(self, used: Any) -> Mapping[int, Any]:
        """Its weights."""
        return {place: _attribute(used, attribute) for attribute, place in self.weights.items()}


def _attribute(layer: Any, name: str) -> Any:
    """An attribute, or that of a part, as `inner.dLdW`; None where it is not there."""
    return reduce(lambda owner, part: getattr(owner, part, None), name.split("."), layer)


def calling(frame: wire.Frame, namespace: Namespace) -> Functions:
    """How a frame says that functions are called."""
    return Layer(frame, namespace) if "layer" in frame else Functions(frame)
