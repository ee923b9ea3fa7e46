"""What a rubric is: strict, frozen models of the contract's `convgrade/1`. Reading one is in `rubric_file.py`."""

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from grader.cases.draw import MINIMUM_COUNT
from grader.records import Function
from grader.rubric.late import moment, zone
from grader.rubric.python_names import (
    AttributeName,
    Constant,
    FullName,
    FunctionName,
    Identifier,
    PackageName,
    PythonName,
)

DEFAULT_OPERATOR = "conv2d"
T = TypeVar("T")
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Points = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]


class Model(BaseModel):
    """Strict: no unknown keys, no silent conversions, no changes afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, validate_default=True)


class Functions(Model):
    """What the two functions are called in the submissions; where a rubric does not say, as the operator has it."""

    forward: FunctionName
    backward: FunctionName

    def name(self, function: Function) -> str:
        """The student's name of `forward` or `backward`."""
        return self.forward if function == "forward" else self.backward


class Limits(Model):
    """What a submission may use."""

    call_s: Seconds = 10
    """Seconds for one call, and for loading the file: CPU time, and time in which the submission does nothing."""
    total_s: Seconds = 120
    """Such seconds for checking all cases; timing has a budget of its own."""
    timing_s: Seconds = 3
    """Wall seconds for timing all speed items; a second attempt may take as long again."""
    memory_mib: Annotated[int, Field(ge=64, le=1024 * 1024)] = 2048
    """Memory beyond what Python and NumPy take."""
    output_kib: Annotated[int, Field(ge=1, le=64 * 1024)] = 64
    """What one call may print."""


class Policy(Model):
    """What the code that the two functions reach may import."""

    imports: tuple[PackageName, ...] = (
        "numpy", "math", "builtins", "itertools", "functools", "operator", "collections", "typing", "time",
        "abc", "array", "bisect", "cmath", "contextlib", "copy", "dataclasses", "datetime", "decimal", "enum",
        "fractions", "heapq", "json", "locale", "logging", "numbers", "pprint", "random", "re", "statistics", "string",
        "sys", "textwrap", "traceback", "types", "warnings",
    )  # fmt: skip
    files: tuple[PythonName, ...] = ()
    """Modules that may be files of the hand-in: what `from MODULE import ...` takes of them is read with it."""
    forbidden: tuple[FullName, ...] = ()
    """What that code may not use, by its full name: `numpy.einsum`, `eval`."""
    on_violation: Literal["zero", "flag"] = "zero"


class Cases(Model):
    """The randomized shapes. A range `[low, high]` holds both its ends."""

    count: Annotated[int, Field(ge=MINIMUM_COUNT, le=10_000)] = 60
    ranges: dict[str, tuple[int, int]]
    dtypes: Annotated[tuple[Literal["float64", "float32"], ...], Field(min_length=1)] = ("float64", "float32")
    ragged: bool = False


class Tolerance(Model):
    """Largest `max|got - expected| / max|expected|`, by the dtype of the inputs."""

    float64: Annotated[float, Field(gt=0, lt=1)] = 1e-9
    float32: Annotated[float, Field(gt=0, lt=1)] = 1e-5

    def of(self, dtype: str) -> float:
        """The tolerance for inputs of this dtype."""
        return self.float32 if dtype == "float32" else self.float64


class Item(Model):
    """What every line of the mark has."""

    id: Identifier
    points: Points
    title: str | None = None
    operator: Identifier | None = None
    """The key in `operators` of the one that it is about; None where the rubric has one operator."""
    bonus: bool = False
    visibility: Literal["visible", "hidden", "after_due_date", "after_published"] = "visible"


class CorrectnessItem(Item):
    """Points for one output being right."""

    kind: Literal["correctness"]
    output: str
    credit: Literal["traits", "cases", "all_or_nothing"] = "all_or_nothing"
    cache: Literal["best", "own"] = "best"
    """For an output of backward: whether one that is right on the canonical cache counts, or only on the student's."""


class ContractItem(Item):
    """Points for keeping promises that the values alone do not show."""

    kind: Literal["contract"]
    checks: Annotated[tuple[Literal["inputs_unchanged", "deterministic", "canonical_cache"], ...], Field(min_length=1)]


def _size(value: Any) -> Any:
    if isinstance(value, list | tuple):
        ok = all(type(size) is int and size > 0 for size in value)
    else:
        ok = type(value) is int and value >= 0
    if not ok:
        raise ValueError("must be a whole number, or a list of sizes that are at least 1")
    return tuple(value) if isinstance(value, list) else value


Workload = dict[str, Annotated[int | tuple[int, ...], BeforeValidator(_size)]]
"""The shapes that are timed: of inputs by their names, and the parameters. Which there are is the operator's to say."""


class SpeedItem(Item):
    """Points for speed, linear in the logarithm of the ratio between `zero_at` and `full_at`."""

    kind: Literal["speed"]
    function: Function
    workload: Workload
    full_at: Positive
    zero_at: Positive


class ManualItem(Item):
    """Points that a person gives (`grade mark`); until then it is no part of the mark."""

    kind: Literal["manual"]


AnyItem = Annotated[CorrectnessItem | ContractItem | SpeedItem | ManualItem, Field(discriminator="kind")]


class Feedback(Model):
    """How much a report tells of a mistake."""

    level: Annotated[int, Field(ge=1, le=3)] = 3
    """1: what is wrong; 2: where to look, too; 3: how to go on, too."""


class Late(Model):
    """What lateness costs. A moment has its offset from UTC, so that summer time changes nothing."""

    due: Annotated[str, BeforeValidator(moment)]
    per_day_percent: Annotated[float, Field(ge=0, le=100)]
    grace_minutes: Annotated[float, Field(ge=0, le=1e6)] = 0
    max_days: Annotated[int, Field(ge=0, le=1000)] | None = None
    floor_percent: Annotated[float, Field(ge=0, le=100)] = 0
    time_zone: Annotated[str, BeforeValidator(zone)] | None = None
    """The zone of times of handing in that come without one, by its name."""


class Attempts(Model):
    """How often `grade watch` grades what one student hands in; None: whenever it changes."""

    per_hour: Annotated[int, Field(ge=1, le=10_000)] | None = None
    per_day: Annotated[int, Field(ge=1, le=10_000)] | None = None


class Leaderboard(Model):
    """How results are ranked."""

    rank_by: Literal["speed", "score"] = "speed"
    eligible: Literal["all_correct", "all"] = "all_correct"
    attempt: Literal["best", "latest"] = "best"
    names: Literal["real", "pseudonymous", "anonymous"] = "real"
    operator: Identifier | None = None
    """The key in `operators` of the only one that counts; None for all."""


class Interface(Model):
    """How a course asks for an operator, where that is not the way in which the operator was written."""

    kind: Literal["functions", "static methods", "object"] = "functions"
    functions: Functions | None = None
    """The same as `functions` beside it."""
    arrays: dict[str, str] = {}
    """By the operator's name of an input, or of the upstream gradient, its axes, as `N H W C`; `1` for length one."""
    names: dict[str, PythonName] = {}
    """By the operator's name of an array, or of the parameter dict, the course's. A gradient that is left out is called
    `d` and its input's name."""
    parameters: dict[str, str] | None = None
    """`pass` is dict, keywords or positional; the others are the course's names. One that is left out is not handed
    over, and `cases.ranges` fixes it; two of one name are always equal. Without this, all are handed over in a dict."""
    arguments: dict[PythonName, Constant] = {}
    """What both functions are handed by name, beside all else, and is always the same."""
    not_asked: tuple[str, ...] = ()
    """Kinds of numbers that the course does not ask about, such as `ties`."""
    self_: bool = Field(default=False, alias="self")
    """Whether functions may have a first parameter called `self`."""
    old_float: bool = False
    """Whether `float(b)` works for any array with one number in it, as it did in NumPy before 2.4."""
    tensors: Literal["torch"] | None = None
    """Whether arrays are handed over and returned as PyTorch's tensors."""
    build: dict[PythonName, str] = {}
    """For an object: what it is made with, in this order, and which size each is."""
    weights: dict[str, AttributeName] = {}
    """For an object: the inputs that are set as its attributes, or as those of its parts, as `inner.W`."""
    gradients: dict[str, AttributeName] = {}
    """For an object: the gradients that are read from its attributes, or from those of its parts."""


class OneOperator(Model):
    """What a rubric says of one operator, beside its items."""

    operator: str = DEFAULT_OPERATOR
    """A packaged operator's name, or the absolute path of a folder that is one."""
    functions: Functions
    cases: Cases
    tolerance: Tolerance = Tolerance()
    interface: Interface | None = None


class WholeRubric(Model):
    """What every rubric has. `sha256` is of the text of the file and of those that it extends."""

    schema_: Literal["convgrade/1"] = Field(alias="schema")
    name: Annotated[str, Field(min_length=1, max_length=200)]
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 231
    limits: Limits = Limits()
    policy: Policy = Policy()
    items: Annotated[tuple[AnyItem, ...], Field(min_length=1)]
    leaderboard: Leaderboard = Leaderboard()
    feedback: Feedback = Feedback()
    late: Late | None = None
    attempts: Attempts = Attempts()
    sha256: str = Field(default="", exclude=True)

    @property
    def max_score(self) -> float:
        """The sum of the points that are not bonus."""
        return math.fsum(item.points for item in self.items if not item.bonus)

    @property
    def parts(self) -> Mapping[str | None, "Rubric"]:
        """What it says of each operator, as a rubric of that one alone; by its key, None where there is only one."""
        raise NotImplementedError


class Rubric(WholeRubric, OneOperator):
    """A rubric about one operator."""

    @property
    def parts(self) -> Mapping[str | None, "Rubric"]:
        """Itself."""
        return {None: self}


class SeveralRubric(WholeRubric):
    """A rubric about several operators."""

    operators: Annotated[dict[Identifier, OneOperator], Field(min_length=1)]
    """By a key of the rubric's choosing, which its items name."""

    @property
    def parts(self) -> Mapping[str | None, Rubric]:
        """One for each operator, with its items and an equal share of the time for all cases."""
        limits = self.limits.model_copy(update={"total_s": self.limits.total_s / len(self.operators)})
        common = {name: getattr(self, name) for name in WholeRubric.model_fields} | {"limits": limits}
        return {
            key: Rubric.model_construct(
                **common | {name: getattr(one, name) for name in OneOperator.model_fields}
                | {"items": tuple(item for item in self.items if item.operator == key)}
            )
            for key, one in self.operators.items()
        }  # fmt: skip


def well_formed(validated: Callable[[Any], T], value: Any) -> T | None:
    """The value as a model, None where it is none (which has been told elsewhere)."""
    try:
        return validated(value)
    except ValidationError:
        return None
