"""What an operator is: the one record by which the grader knows a convolution without knowing its formula."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Sizes = Mapping[str, int]
"""Every size of one problem by its name, such as `{"N": 1, "C": 3, ..., "stride": 2, "pad": 1}`."""


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator with a forward and a backward pass, as students write it.

    Students call `forward(*inputs, parameters) -> (output, cache)` and `backward(upstream, cache)`,
    and the canonical cache is `(*inputs, parameters)`.
    """

    name: str
    """What a rubric's `operator` says."""
    sizes: tuple[str, ...]
    """The names that a rubric's `cases.ranges` gives ranges for."""
    inputs: tuple[str, ...]
    """Names of the forward pass's arrays, in the order of its parameters; the first axis of the first is images."""
    upstream: str
    """Name of the backward pass's first argument."""
    parameters: tuple[str, ...]
    """The sizes that are handed over in the parameter dict."""
    forward_outputs: tuple[str, ...]
    backward_outputs: tuple[str, ...]
    shapes: Callable[[Sizes], dict[str, tuple[int, ...]]]
    """Sizes to the shape of each input and of the upstream gradient (which is the forward output's)."""
    forward: Callable[..., Any]
    """The oracle's forward pass, in the students' signature, computed in float64."""
    backward: Callable[..., Any]
    """The oracle's backward pass."""
    baseline: str
    """Module of the fast baseline. It imports nothing but NumPy: it runs in a sandbox of its own."""
    baseline_functions: tuple[str, str]
    """Names of the baseline's forward and backward functions."""
    loops: str
    """Module of the nested-loop implementation, under the same conditions."""
    loops_functions: tuple[str, str]
    """Names of its forward and backward functions."""
    small_sizes: Callable[[], Sequence[Sizes]]
    """Sizes of small problems, those with the fewest numbers first."""

    def outputs(self, function: str) -> tuple[str, ...]:
        """Names of what `forward` or `backward` returns, the cache apart."""
        return self.forward_outputs if function == "forward" else self.backward_outputs

    def function(self, output: str) -> Literal["forward", "backward"]:
        """Which of the two returns it."""
        return "forward" if output in self.forward_outputs else "backward"
