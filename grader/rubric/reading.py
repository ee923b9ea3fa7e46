"""Reading a rubric: YAML -> frozen `Rubric`, or everything that is wrong, each with file, line and key path."""

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pydantic
from pydantic import TypeAdapter

import rubrics
from grader.cases.draw import feasible
from grader.errors import RubricError, UsageError, did_you_mean
from grader.operators import find_operator, operator_names
from grader.rubric.extends import load_tree
from grader.rubric.located_yaml import KeyPath, key_path
from grader.rubric.model import AnyItem, Cases, ContractItem, CorrectnessItem, Functions, Rubric, Workload
from grader.rubric.wording import problems_of
from reference.spec import Operator

PACKAGED = Path(rubrics.__file__).parent
DEFAULT_RUBRIC = PACKAGED / "cs231n-conv.yaml"
MOST_NUMBERS_IN_A_CASE, MOST_NUMBERS_IN_A_WORKLOAD = 1_000_000, 50_000_000

Problem = tuple[KeyPath, str]
T = TypeVar("T")
_ITEM: TypeAdapter[AnyItem] = TypeAdapter(AnyItem)


def load_rubric(file: Path) -> Rubric:
    """Read a rubric and the ones it extends.

    Args:
        file: the YAML file. `extends` is looked up beside it, then among the packaged rubrics.

    Raises:
        RubricError: with every problem of the file.
    """
    problems: list[str] = []
    tree, sha256, whole = load_tree(file, PACKAGED, problems)
    if tree is None:
        raise RubricError(problems)
    data = tree.plain()
    if "sha256" in data:
        problems.append(f"{tree.at(('sha256',))}: sha256: unknown key")
    rubric = None
    try:
        rubric = Rubric.model_validate({**data, "sha256": sha256})
    except pydantic.ValidationError as error:
        problems.extend(problems_of(error, tree, whole=whole))
    problems.extend(f"{tree.at(path)}: {key_path(path)}: {text}" for path, text in _meaning(data))
    if problems or rubric is None:
        raise RubricError(problems)
    return rubric


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a rubric's file: what `extends` another one need not be whole."""
    schema = Rubric.model_json_schema(by_alias=True)
    del schema["properties"]["sha256"]
    schema["properties"]["extends"] = {"type": "string", "description": "Another rubric to start from."}
    schema["properties"]["drop"] = {
        "type": "array",
        "items": {"type": "string"},
        "description": "Items left out of it.",
    }
    schema["properties"]["items"]["items"] = {"anyOf": [schema["properties"]["items"]["items"], _CHANGED_ITEM]}
    schema["if"], schema["else"] = {"required": ["extends"]}, {"required": schema.pop("required")}
    return schema


_CHANGED_ITEM = {
    "type": "object",
    "required": ["id"],
    "not": {"required": ["kind"]},
    "description": "Changes only these keys of the extended rubric's item.",
}


def parse_workload(text: str, operator: Operator) -> Workload:
    """A workload as `Workload.name` writes it; shapes that the stride does not divide are allowed.

    Raises:
        UsageError: where it is none, or its shapes do not fit together.
    """
    four = r"\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\)"
    found = re.fullmatch(rf"\s*x{four}\s*w{four}\s*s(\d+)\s*p(\d+)\s*", text, re.ASCII)
    if found is None:
        raise UsageError(f"{text!r} is not a workload; write it like 'x(20,3,32,32) w(16,3,3,3) s1 p1'")
    numbers = [int(number) for number in found.groups()]
    data = {"x": tuple(numbers[:4]), "w": tuple(numbers[4:8]), "stride": numbers[8], "pad": numbers[9]}
    workload = _well_formed(TypeAdapter(Workload), data)
    problems = ["sizes and the stride are at least 1"]
    if workload is not None:
        problems = [problem for _, problem in _workload_problems(workload, operator, ragged=True)]
    if workload is None or problems:
        raise UsageError(f"{text!r}: {'; '.join(problems)}")
    return workload


def _meaning(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Contradictions that the schema cannot see, in the parts of a rubric that are well-formed."""
    name = data.get("operator", "conv2d")
    operator = find_operator(name) if isinstance(name, str) else None
    if operator is None:
        if isinstance(name, str):
            yield ("operator",), f"there is no operator {name}{did_you_mean(name, operator_names())}"
        return
    functions = _well_formed(TypeAdapter(Functions), data.get("functions", {}))
    if functions is not None and functions.forward == functions.backward:
        yield ("functions", "backward"), "is the same as forward"
    cases = _well_formed(TypeAdapter(Cases), data.get("cases"))
    if cases is not None:
        if len(set(cases.dtypes)) < len(cases.dtypes):
            yield ("cases", "dtypes"), "a dtype is named twice"
        yield from _range_problems(cases, operator)
    listed = data.get("items")
    items = [(i, _well_formed(_ITEM, item)) for i, item in enumerate(listed if isinstance(listed, tuple) else ())]
    yield from _duplicate_ids(listed)
    for i, item in items:
        if item is not None:
            found = _item_problems(item, operator, ragged=cases is not None and cases.ragged)
            yield from ((("items", i, *path), text) for path, text in found)
    if items and not any(item is None or (item.points and not item.bonus) for _, item in items):
        yield ("items",), "the points that are not bonus add up to zero"


def _well_formed(adapter: "TypeAdapter[T]", value: Any) -> T | None:
    """The value as a model, None where it is none (which has been told elsewhere)."""
    try:
        return adapter.validate_python(value)
    except pydantic.ValidationError:
        return None


def _duplicate_ids(items: Any) -> Iterator[Problem]:
    seen: dict[Any, int] = {}
    for i, item in enumerate(items if isinstance(items, tuple) else ()):
        name = item.get("id") if isinstance(item, dict) else None
        if isinstance(name, str) and name in seen:
            yield ("items", i, "id"), f"duplicate item id {name}; the first is items[{seen[name]}]"
        elif isinstance(name, str):
            seen[name] = i


def largest_case(operator: Operator, ranges: Mapping[str, tuple[int, int]]) -> int:
    """How many numbers the arrays of the largest case have, at the most."""
    largest = {name: high for name, (_, high) in ranges.items()}
    largest |= {"stride": 1}
    return sum(math.prod(map(abs, shape)) for shape in operator.shapes(largest).values())


def _range_problems(cases: Cases, operator: Operator) -> Iterator[Problem]:
    """Ranges that are missing, upside down, out of bounds, or that no kernel fits into."""
    ranges = cases.ranges
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
    numbers = largest_case(operator, ranges)
    if numbers > MOST_NUMBERS_IN_A_CASE:
        yield (
            ("cases", "ranges"),
            f"the largest case has {numbers} numbers; at most {MOST_NUMBERS_IN_A_CASE} are allowed",
        )
        return
    for size, kernel in (("H", "HH"), ("W", "WW")):
        largest = ranges[size][1] + 2 * ranges["pad"][1]
        if ranges[kernel][0] > largest:
            bad = True
            yield (
                ("cases", "ranges", kernel),
                f"a kernel of {ranges[kernel][0]} never fits into the largest padded image ({largest})",
            )
    if not bad and not feasible(ranges, cases.ragged):
        yield (
            ("cases", "ranges"),
            "no combination of these sizes is one that the stride divides (set ragged: true to allow others)",
        )


def _item_problems(item: AnyItem, operator: Operator, *, ragged: bool) -> Iterator[Problem]:
    """What is wrong with one item."""
    if isinstance(item, CorrectnessItem):
        outputs = operator.forward_outputs + operator.backward_outputs
        if item.output not in outputs:
            yield ("output",), f"{item.output} is not an output; {operator.name} has {', '.join(outputs)}"
        if item.output in operator.forward_outputs and "cache" in item.model_fields_set:
            yield ("cache",), f"is for outputs of backward: {', '.join(operator.backward_outputs)}"
    elif isinstance(item, ContractItem):
        if len(set(item.checks)) < len(item.checks):
            yield ("checks",), "a check is named twice"
    else:
        if item.zero_at >= item.full_at:
            yield ("zero_at",), f"must be below full_at ({item.full_at})"
        yield from _workload_problems(item.workload, operator, ragged=ragged)


def _workload_problems(workload: Workload, operator: Operator, *, ragged: bool) -> Iterator[Problem]:
    """What is wrong with the shapes that are timed."""
    numbers = sum(math.prod(shape) for shape in operator.shapes(workload.sizes).values())
    if numbers > MOST_NUMBERS_IN_A_WORKLOAD:
        yield ("workload",), f"has {numbers} numbers; at most {MOST_NUMBERS_IN_A_WORKLOAD} are allowed"
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
