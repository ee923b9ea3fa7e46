"""What goes into a child: arrays laid out in the shared memory, and several calls made in one exchange."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Self

import numpy as np

from grader.records import Array, Function
from grader.sandbox.inside import wire
from grader.sandbox.inside.wire import Frame

CacheMode = Literal["own", "aside", "used", "canonical"]
"""`own` is what the last forward call returned, `aside` what one returned that was told to put it there.

`used` is the object on which forward was called last with `used`; where there is one, it is called on that again.
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One of several calls in one exchange."""

    problem: int
    """Which of the problems goes in."""
    function: Function
    cache: CacheMode = "own"


class Inputs(Protocol):
    """What one problem puts in."""

    @property
    def arrays(self) -> Mapping[str, Array]:
        """By name."""

    @property
    def upstream(self) -> Array:
        """The upstream gradient."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Scalars, and what the parameter dict has."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Calls that are made together, and what goes in: the same for every submission that is asked for them."""

    calls: tuple[Call, ...]
    request: bytes
    """As JSON text."""
    memory: bytes
    """The inputs of all problems, as they lie in the shared memory."""

    @classmethod
    def of(
        cls,
        problems: Sequence[Inputs],
        calls: Sequence[Call],
        inputs: Sequence[str],
        outputs: Mapping[Function, Sequence[str]],
        *,
        scalars: Sequence[str] = (),
        left: Sequence[str] = (),
        late: bool = False,
    ) -> Self:
        """Lay the problems out.

        Args:
            problems: inputs by name, parameters and upstream gradient of each.
            calls: what to call, in this order; the own cache is that of the forward call before.
            inputs: names of the forward pass's arrays, in their order.
            outputs: names of what comes of each function.
            scalars: names of the parameters that are handed over by themselves.
            left: names of the outputs that forward leaves in the dict.
            late: read results after the last call, as whoever keeps them would, and not each after its own.
        """
        arrays = [[*(problem.arrays[name] for name in inputs), problem.upstream] for problem in problems]
        memory = bytearray(sum(wire.aligned(values.nbytes) for each in arrays for values in each))
        _, described, free = place(memory, itertools.chain.from_iterable(arrays))
        width = len(inputs) + 1
        request = {
            "op": "calls",
            "problems": [
                {"arrays": described[i * width : (i + 1) * width], **parameters_frame(problem.parameters, scalars)}
                for i, problem in enumerate(problems)
            ],
            "calls": [(call.problem, call.function, call.cache) for call in calls],
            "outputs": {f: len(names) - (len(left) if f == "forward" else 0) for f, names in outputs.items()},
            "free": free,
            "lend": False,
            "late": late,
            "left": list(left),
        }
        return cls(tuple(calls), wire.json_text(request), bytes(memory))


def parameters_frame(parameters: Mapping[str, Any], scalars: Sequence[str]) -> Frame:
    """Parameters as a request has them: scalars by their order, and the dict, whose few arrays are lists of numbers."""
    in_dict = {name: _as_json(value) for name, value in parameters.items() if name not in scalars}
    return {"parameters": in_dict, "scalars": [parameters[name] for name in scalars]}


def _as_json(value: Any) -> Any:
    return {"dtype": value.dtype.str, "values": value.tolist()} if isinstance(value, np.ndarray) else value


def place(memory: Any, arrays: Iterable[Array]) -> tuple[list[Array], list[Frame], int]:
    """Copy arrays into memory: as views of it, described, and the next free offset."""
    views, described, free = [], [], 0
    for values in arrays:
        view, frame, free = wire.place(memory, free, values)
        views.append(view)
        described.append(frame)
    return views, described, free
