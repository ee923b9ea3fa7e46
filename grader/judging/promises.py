"""What the calls show about the contract: inputs unchanged, the same result twice, any cache of the right form."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from grader.judging.compare import relative_error
from grader.records import FUNCTIONS, Array, ContractObservation, Function, Verdict

REPEATS = 3
_REPEAT_TOLERANCE = 1e-12
"""Two results of the same call may differ by rounding (memory alignment changes the order of sums), no more."""


@dataclass(slots=True)
class Promises:
    """Gathers what the calls show about the contract."""

    names: Mapping[Function, str]
    shown: dict[Function, int] = field(default_factory=lambda: dict.fromkeys(FUNCTIONS, 0))
    """Calls with a right result: a wrong one shows nothing."""
    repeated: dict[Function, int] = field(default_factory=lambda: dict.fromkeys(FUNCTIONS, 0))
    canonical: int = 0
    broken: dict[tuple[str, Function], str] = field(default_factory=dict)

    def breach(self, promise: str, function: Function, text: str) -> None:
        """Note the first breach of a promise."""
        self.broken.setdefault((promise, function), text)

    def observations(self) -> tuple[ContractObservation, ...]:
        """One for each promise and function."""
        times: dict[tuple[str, Function], int] = {("canonical_cache", "backward"): self.canonical}
        for function in FUNCTIONS:
            times["inputs_unchanged", function] = self.shown[function]
            times["deterministic", function] = self.repeated[function]
        return tuple(self._observe(*key, count) for key, count in times.items())

    def _observe(self, promise: str, function: Function, times: int) -> ContractObservation:
        if (promise, function) in self.broken:
            return ContractObservation(promise, function, Verdict.FAILED, self.broken[promise, function])
        if times:
            return ContractObservation(promise, function, Verdict.PASSED)
        return ContractObservation(promise, function, Verdict.MISSING)


def same(first: Array, second: Array | None) -> bool:
    """Whether two results of the same call are the same but for rounding."""
    if second is None or first.shape != second.shape:
        return False
    if np.array_equal(first, second, equal_nan=True) or not first.size:
        return True
    precision = 1e-5 if first.dtype.itemsize < 8 else _REPEAT_TOLERANCE
    return bool(relative_error(second.astype(np.float64), first.astype(np.float64)) <= precision)
