"""What is asked of a submission, and what came back against what was expected."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter

from grader.records.calls import FUNCTIONS, Function
from grader.records.verdicts import Verdict
from reference.sizes import Sizes


@dataclass(frozen=True, slots=True)
class Case:
    """One problem to solve: the sizes, how to draw the numbers, and what it tells about."""

    index: int
    sizes: Sizes
    seed: tuple[int, ...]
    judges: tuple[str, ...]
    """The traits that are judged on this case: its own for a single-factor case, `combined` for a random draw."""
    dtype: str = "float64"
    kinds: tuple[str, ...] = ()
    """What is special about its numbers, such as "large values": see `cases.numbers`."""
    functions: tuple[Function, ...] = FUNCTIONS
    """Those that are judged on it."""
    spaced: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """By array, the ends of evenly spaced numbers, as published cases have them in place of random ones."""
    secret: bool = False
    """Its numbers come from a secret, so nobody is shown what it has to do with them."""
    second: bool = False
    """The second one of its trait, which is asked with secret numbers, and openly only where something was wrong."""


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
    """For a result on the canonical cache: the same output on the student's own, where there was one."""

    def __reduce__(self) -> tuple[type["Check"], tuple[object, ...]]:
        """Pickled as a call with its fields: there are hundreds, and a dataclass's own way takes twice as long."""
        return Check, _fields_of(self)


@dataclass(frozen=True, slots=True)
class ContractObservation:
    """Whether one function kept one promise (`inputs_unchanged`, `deterministic`, `canonical_cache`)."""

    name: str
    function: Function
    verdict: Verdict
    """PASSED, FAILED, or MISSING where the function never returned anything that could show it."""
    message: str | None = None
    parameters_only: bool = False
    """Of `inputs_unchanged`: the parameters were changed, and no array."""
    after_another: bool = False
    """Of `deterministic`: backward gave another result once forward had been called on something else."""
    overwritten: bool = False
    """Of `deterministic`: what was returned was something else once more calls had been made."""
    lines: tuple[int, ...] = ()
    """Lines of the submission that may break it, where its text shows them."""
    at: str = ""
    """The same lines as a person finds them."""


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything that the correctness stage found out."""

    checks: tuple[Check, ...]
    contract: tuple[ContractObservation, ...]
    wrong_on_own_cache: int = 0
    """Cases in which forward is right, and backward only on the canonical cache."""
    remarks: tuple[str, ...] = ()
    """What the calls show that costs nothing."""

    @property
    def breaches(self) -> dict[Function, str]:
        """By function, the first promise that it breaks, of those by which its results may be wrong, too."""
        broken = [one for one in self.contract if one.verdict is Verdict.FAILED and one.name != "canonical_cache"]
        may_matter = [one for one in reversed(broken) if not one.parameters_only and not one.overwritten]
        return {one.function: one.message for one in may_matter if one.message is not None}


_fields_of = attrgetter(*(one.name for one in fields(Check)))
