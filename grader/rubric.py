"""YAML -> frozen `Rubric`. Everything that is wrong is told at once, each with file, line and key path."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field

import rubrics
from grader.cases import MINIMUM_COUNT, feasible
from grader.errors import RubricError
from grader.extends import load_tree
from grader.located_yaml import KeyPath, Located, key_path
from grader.operators import find_operator
from grader.records import Function
from reference.spec import Operator

PACKAGED = Path(rubrics.__file__).parent
DEFAULT_RUBRIC = PACKAGED / "cs231n-conv.yaml"

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Points = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
PositiveInt = Annotated[int, Field(ge=1)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$")]
PythonName = Annotated[str, Field(pattern=r"^[^\W\d]\w*$")]


class Model(BaseModel):
    """Strict: no unknown keys, no silent conversions, no changes afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Functions(Model):
    """What the two functions are called in the submissions."""

    forward: PythonName = "conv_forward_naive"
    backward: PythonName = "conv_backward_naive"

    def name(self, function: Function) -> str:
        """The student's name of `forward` or `backward`."""
        return self.forward if function == "forward" else self.backward


class Limits(Model):
    """What a submission may use."""

    call_s: Positive = 10
    """Wall seconds for one call, and for loading the file."""
    total_s: Positive = 120
    """Wall seconds for checking all cases; timing has a budget of its own."""
    memory_mib: Annotated[int, Field(ge=64, le=1024 * 1024)] = 2048
    """Memory beyond what Python and NumPy take."""
    output_kib: Annotated[int, Field(ge=1, le=64 * 1024)] = 64
    """What one call may print."""


class Policy(Model):
    """What the code that the two functions reach may import."""

    imports: tuple[str, ...] = (
        "numpy", "math", "builtins", "itertools", "functools", "operator", "collections", "typing", "time",
    )  # fmt: skip
    on_violation: Literal["zero", "flag"] = "zero"


class Cases(Model):
    """The randomized shapes. A range `[low, high]` holds both its ends."""

    count: Annotated[int, Field(ge=MINIMUM_COUNT, le=10_000)] = 60
    ranges: dict[str, tuple[int, int]]
    dtypes: Annotated[tuple[Literal["float64", "float32"], ...], Field(min_length=1)] = ("float64", "float32")
    ragged: bool = False


class Tolerance(Model):
    """Largest `max|got - expected| / max|expected|`, by the dtype of the inputs."""

    float64: Positive = 1e-9
    float32: Positive = 1e-5

    def of(self, dtype: str) -> float:
        """The tolerance for inputs of this dtype."""
        return self.float32 if dtype == "float32" else self.float64


class Item(Model):
    """What every line of the mark has."""

    id: Identifier
    points: Points
    title: str | None = None
    bonus: bool = False
    visibility: Literal["visible", "hidden", "after_due_date", "after_published"] = "visible"


class CorrectnessItem(Item):
    """Points for one output being right."""

    kind: Literal["correctness"]
    output: str
    credit: Literal["traits", "cases", "all_or_nothing"] = "all_or_nothing"


class ContractItem(Item):
    """Points for keeping promises that the values alone do not show."""

    kind: Literal["contract"]
    checks: Annotated[tuple[Literal["inputs_unchanged", "deterministic", "canonical_cache"], ...], Field(min_length=1)]


class Workload(Model):
    """The shapes that are timed."""

    x: tuple[PositiveInt, PositiveInt, PositiveInt, PositiveInt]
    w: tuple[PositiveInt, PositiveInt, PositiveInt, PositiveInt]
    stride: PositiveInt
    pad: Annotated[int, Field(ge=0)]

    @property
    def sizes(self) -> dict[str, int]:
        """The workload as sizes by name."""
        filters = zip(("F", "C", "HH", "WW"), self.w, strict=True)
        return {**dict(filters), **dict(zip("NCHW", self.x, strict=True)), "stride": self.stride, "pad": self.pad}


class SpeedItem(Item):
    """Points for speed, linear in the logarithm of the ratio between `zero_at` and `full_at`."""

    kind: Literal["speed"]
    function: Function
    workload: Workload
    full_at: Positive
    zero_at: Positive


AnyItem = Annotated[CorrectnessItem | ContractItem | SpeedItem, Field(discriminator="kind")]


class Leaderboard(Model):
    """How results are ranked."""

    rank_by: Literal["speed", "score"] = "speed"
    eligible: Literal["all_correct", "all"] = "all_correct"
    attempt: Literal["best", "latest"] = "best"
    names: Literal["real", "pseudonymous", "anonymous"] = "real"


class Late(Model):
    """What lateness costs, for submissions whose time is known."""

    per_day_percent: Annotated[float, Field(ge=0, le=100)] = 0
    grace_minutes: Annotated[float, Field(ge=0)] = 0
    max_days: Annotated[int, Field(ge=0)] = 0


class Rubric(Model):
    """A whole rubric. `sha256` is of the text of the file and of those that it extends."""

    schema_: Literal["convgrade/1"] = Field(alias="schema")
    name: Annotated[str, Field(min_length=1, max_length=200)]
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 231
    operator: str = "conv2d"
    functions: Functions = Functions()
    limits: Limits = Limits()
    policy: Policy = Policy()
    cases: Cases
    tolerance: Tolerance = Tolerance()
    items: Annotated[tuple[AnyItem, ...], Field(min_length=1)]
    leaderboard: Leaderboard = Leaderboard()
    late: Late | None = None
    sha256: str = Field(default="", exclude=True)

    @property
    def max_score(self) -> float:
        """The sum of the points that are not bonus."""
        return math.fsum(item.points for item in self.items if not item.bonus)


def load_rubric(file: Path) -> Rubric:
    """Read a rubric and the ones it extends.

    Args:
        file: the YAML file. `extends` is looked up beside it, then among the packaged rubrics.

    Raises:
        RubricError: with every problem of the file.
    """
    problems: list[str] = []
    tree, sha256 = load_tree(file, PACKAGED, problems)
    if tree is None:
        raise RubricError(problems)
    data = tree.plain()
    if "sha256" in data:
        problems.append(f"{tree.at(('sha256',))}: sha256: unknown key")
    rubric = None
    try:
        rubric = Rubric.model_validate({**data, "sha256": sha256})
    except pydantic.ValidationError as error:
        problems.extend(_pydantic_problems(error, tree))
    if rubric is not None:
        problems.extend(f"{tree.at(path)}: {key_path(path)}: {text}" for path, text in _meaning(rubric))
    if problems or rubric is None:
        raise RubricError(problems)
    return rubric


def _pydantic_problems(error: pydantic.ValidationError, tree: Located) -> Iterator[str]:
    """Pydantic's errors with the place in the file and in an instructor's words."""
    kinds = {"correctness", "contract", "speed"}
    for detail in error.errors(include_url=False):
        path: KeyPath = tuple(
            part for i, part in enumerate(detail["loc"])
            if not (part in kinds and i == 2 and detail["loc"][0] == "items")
        )  # fmt: skip
        text = {"extra_forbidden": "unknown key", "missing": "is missing"}.get(detail["type"], detail["msg"])
        if detail["type"] not in ("extra_forbidden", "missing"):
            text = f"{text} (got {str(detail['input'])[:60]!r})"
        yield f"{tree.at(path)}: {key_path(path)}: {text}"


def _meaning(rubric: Rubric) -> Iterator[tuple[KeyPath, str]]:
    """What is well-formed and yet cannot be meant."""
    operator = find_operator(rubric.operator)
    if operator is None:
        yield ("operator",), f"there is no operator {rubric.operator}"
        return
    yield from _range_problems(rubric, operator)
    seen: dict[str, int] = {}
    for i, item in enumerate(rubric.items):
        if item.id in seen:
            yield ("items", i, "id"), f"duplicate item id {item.id}; the first is items[{seen[item.id]}]"
        seen.setdefault(item.id, i)
        yield from ((("items", i, *path), text) for path, text in _item_problems(item, operator, rubric))
    if rubric.max_score <= 0:
        yield ("items",), "the points that are not bonus add up to zero"


def _range_problems(rubric: Rubric, operator: Operator) -> Iterator[tuple[KeyPath, str]]:
    """Ranges that are missing, upside down, out of bounds, or that no kernel fits into."""
    ranges = rubric.cases.ranges
    bad = False
    for name in operator.sizes:
        if name not in ranges:
            bad = True
            yield ("cases", "ranges"), f"{name} is missing"
            continue
        low, high = ranges[name]
        least = 0 if name == "pad" else 1
        if not least <= low <= high <= 256:
            bad = True
            yield ("cases", "ranges", name), f"[{low}, {high}] must be {least} <= low <= high <= 256"
    for name in ranges:
        if name not in operator.sizes:
            yield ("cases", "ranges", name), f"unknown size; {operator.name} has {', '.join(operator.sizes)}"
    if bad:
        return
    for size, kernel in (("H", "HH"), ("W", "WW")):
        largest = ranges[size][1] + 2 * ranges["pad"][1]
        if ranges[kernel][0] > largest:
            bad = True
            yield (
                ("cases", "ranges", kernel),
                f"a kernel of {ranges[kernel][0]} never fits into the largest padded image ({largest})",
            )
    if not bad and not feasible(ranges, rubric.cases.ragged):
        yield (
            ("cases", "ranges"),
            "no combination of these sizes is one that the stride divides (set ragged: true to allow others)",
        )


def _item_problems(item: AnyItem, operator: Operator, rubric: Rubric) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with one item."""
    if isinstance(item, CorrectnessItem):
        outputs = operator.forward_outputs + operator.backward_outputs
        if item.output not in outputs:
            yield ("output",), f"{item.output} is not an output; {operator.name} has {', '.join(outputs)}"
    elif isinstance(item, ContractItem):
        if len(set(item.checks)) < len(item.checks):
            yield ("checks",), "a check is named twice"
    else:
        if item.zero_at >= item.full_at:
            yield ("zero_at",), f"must be below full_at ({item.full_at})"
        yield from _workload_problems(item.workload, ragged=rubric.cases.ragged)


def _workload_problems(workload: Workload, *, ragged: bool) -> Iterator[tuple[KeyPath, str]]:
    if workload.x[1] != workload.w[1]:
        yield ("workload",), f"x has {workload.x[1]} channels and w has {workload.w[1]}"
    for axis, size, kernel in (("H", workload.x[2], workload.w[2]), ("W", workload.x[3], workload.w[3])):
        room = size + 2 * workload.pad - kernel
        if room < 0:
            yield ("workload",), f"the kernel never fits into the padded image along {axis}"
        elif room % workload.stride and not ragged:
            yield (
                ("workload",),
                f"the stride does not divide along {axis}: ({size} + 2*{workload.pad} - {kernel})",
            )
