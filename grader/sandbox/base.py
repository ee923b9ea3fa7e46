"""What the stages above know of a session: what it is given, and what it can be asked.

`session.Session` runs a submission in processes; `fake.FakeSession` calls functions of this process.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from grader.records import Array, CallOutcome, Function
from grader.sandbox.answers import SkippedStatement
from grader.sandbox.requests import CacheMode, Exchange

UPSTREAM = "upstream"
"""What the upstream gradient is called among the mutated inputs."""
PARAMETERS = "parameters"
"""What the parameter dict is called among them."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What one child may use."""

    call_s: float
    cpu_s: int
    memory_bytes: int
    output_bytes: int


@dataclass(frozen=True, slots=True)
class Program:
    """What a child runs: code, and what the two functions that are called now are called there."""

    code: str
    functions: Mapping[Function, str]
    inputs: tuple[str, ...]
    outputs: Mapping[Function, tuple[str, ...]]
    as_main: bool = False
    """Whether it runs as `__main__`, as a notebook does."""
    others: tuple[str, ...] = ()
    """Names of functions for which the same code is called after, or before, as another program (`turn_to`)."""
    scalars: tuple[str, ...] = ()
    """Those of the parameters that are handed over by themselves, before the dict of the others."""
    left: tuple[str, ...] = ()
    """The last of forward's outputs: it does not return them, but leaves them in the dict."""
    calling: Mapping[str, Any] = field(default_factory=dict)
    """What is special about how the functions are called, as `inside.calling` takes it."""
    forbidden: tuple[str, ...] = ()
    """Functions that the code may not call, by their full names."""
    fills: bool = False
    """Whether what `np.empty` leaves unset is `inside.unset.UNSET`; not where it is timed, since that takes time."""

    def returned(self, function: Function) -> tuple[str, ...]:
        """Names of what it returns, a cache apart."""
        left = self.left if function == "forward" else ()
        return tuple(name for name in self.outputs[function] if name not in left)

    @property
    def handed(self) -> tuple[str, ...]:
        """Names of what a call is given, in the order in which the child counts it."""
        has_dict = not {"no_dict", "layer"} & set(self.calling)
        return (*self.inputs, *self.scalars, *((PARAMETERS,) if has_dict else ()), UPSTREAM)

    @property
    def names(self) -> tuple[str, ...]:
        """All functions that are looked for in the code."""
        return tuple(dict.fromkeys((*self.functions.values(), *self.others)))


class BaseSession(Protocol):
    """One submission that can be called. Every method raises JudgeError where the sandbox itself fails."""

    @property
    def spent_s(self) -> float:
        """What all requests so far have taken, as `TimeLimit` counts it."""

    @property
    def allowance_s(self) -> float:
        """What all of them may take; from then on each is a TIMEOUT."""

    @property
    def is_spent(self) -> bool:
        """Whether the allowance is used up."""

    @property
    def loading_s(self) -> float:
        """What loading took the last time."""

    @property
    def has_own_cache(self) -> bool:
        """Whether the cache of the last forward call is still there."""

    @property
    def skipped(self) -> Sequence[SkippedStatement]:
        """Top-level statements that raised when the submission was last loaded."""

    def forward(
        self,
        arrays: Mapping[str, Array],
        parameters: Mapping[str, Any],
        deadline_s: float | None = None,
        cache: CacheMode = "own",
    ) -> CallOutcome:
        """Call the forward function on copies of the arrays, by position.

        Args:
            arrays: the inputs by name.
            parameters: scalars, and what the parameter dict has: numbers, words and arrays.
            deadline_s: in place of the limit of a call; seconds of `TimeLimit`.
            cache: `own`, or `aside` where other forward calls come before the backward call that is to use it.
        """

    def backward(
        self,
        upstream: Array,
        arrays: Mapping[str, Array],
        parameters: Mapping[str, Any],
        cache: CacheMode,
        deadline_s: float | None = None,
    ) -> CallOutcome:
        """Call the backward function on a copy of the upstream gradient.

        Args:
            upstream: the upstream gradient.
            arrays: the inputs; written again before the call, since the student's own cache may refer to them.
            parameters: as for forward.
            cache: `own` for what the last forward call returned (see `has_own_cache`), `aside` for what one put
                there, `canonical` for the inputs and the parameter dict.
            deadline_s: in place of the limit of a call.
        """

    def calls(self, exchange: Exchange, limit_s: float) -> list[CallOutcome] | None:
        """Several calls in a single exchange, which saves most of what calls cost.

        It is for a submission that does well: where anything at all is wrong (a call that does not return, no cache,
        changed inputs, too much printed, the time over), nothing of it counts.

        Args:
            exchange: the calls, with what goes in.
            limit_s: for all together.

        Returns:
            The outcomes in the order of the calls, without times; or None.
        """

    def nothing(self, function: Function, arrays: Iterable[Array], shapes: Iterable[tuple[int, ...]]) -> CallOutcome:
        """A call that does nothing: what the protocol costs where these arrays go in and such shapes come out."""

    def collect_garbage(self) -> None:
        """Let the submission's process collect its garbage now, and not while it is timed."""

    def restart(self) -> None:
        """Go on with a new process, which loads the submission again before its next call."""
