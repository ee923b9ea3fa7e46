"""What is asked of a submission, and what came back against what was expected."""

from dataclasses import dataclass

from grader.records.calls import Function
from grader.records.verdicts import Verdict
from reference.spec import Sizes


@dataclass(frozen=True, slots=True)
class Case:
    """One problem to solve: the sizes, how to draw the numbers, and what it tells about."""

    index: int
    sizes: Sizes
    seed: tuple[int, ...]
    judges: tuple[str, ...]
    """The traits that are judged on this case: its own for a single-factor case, `combined` for a random draw."""
    dtype: str = "float64"
    integer_bias: bool = False
    """The bias is int64, as the notebook's is once; then only forward is judged, as there: the gradient with respect
    to an integer is nobody's task."""
    contiguous: bool = True
    large: bool = False
    negative: bool = False
    linspace: bool = False
    """The course notebook's evenly spaced values in place of random ones."""
    secret: bool = False
    """Its numbers come from a secret, so nobody is shown what it has to do with them."""


@dataclass(frozen=True, slots=True)
class Check:
    """One output of one call, compared with what was expected."""

    output: str
    case: Case
    verdict: Verdict
    message: str | None = None
    """What is wrong, in one line; None where nothing is."""
    hint: str | None = None
    worst_index: tuple[int, ...] | None = None
    expected: float | None = None
    got: float | None = None
    tried: bool = True
    """False where the case was not run, since there was no time left for it."""
    on_own: "Check | None" = None
    """Of a result on the canonical cache: the same output on the student's own, where there was one."""


@dataclass(frozen=True, slots=True)
class ContractObservation:
    """Whether one function kept one promise (`inputs_unchanged`, `deterministic`, `canonical_cache`)."""

    name: str
    function: Function
    verdict: Verdict
    """PASSED, FAILED, or MISSING where the function never returned anything that could show it."""
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything that the correctness stage found out."""

    checks: tuple[Check, ...]
    contract: tuple[ContractObservation, ...]
    wrong_on_own_cache: int = 0
    """Cases in which forward is right, and backward only on the canonical cache."""
