"""Reading a rubric: YAML -> frozen `Rubric`, or everything that is wrong, each with file, line and key path."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pydantic
from pydantic import TypeAdapter

import rubrics
from grader.errors import RubricError, UsageError, did_you_mean
from grader.operators import find_operator, operator_names
from grader.records import FUNCTIONS
from grader.rubric.extends import load_tree
from grader.rubric.located_yaml import KeyPath, Located, key_path
from grader.rubric.model import DEFAULT_OPERATOR, AnyItem, Cases, ContractItem, CorrectnessItem, Functions, Rubric
from grader.rubric.wording import problems_of
from grader.rubric.workload import workload_problems
from reference.spec import Operator

PACKAGED = Path(rubrics.__file__).parent
DEFAULT_RUBRIC = PACKAGED / "cs231n-conv.yaml"
MOST_NUMBERS_IN_A_CASE = 1_000_000

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
    operator = _operator(data, tree, problems)
    if "sha256" in data:
        problems.append(f"{tree.at(('sha256',))}: sha256: unknown key")
    rubric = None
    try:
        rubric = Rubric.model_validate({**data, "sha256": sha256})
    except pydantic.ValidationError as error:
        problems.extend(problems_of(error, tree, whole=whole))
    if operator is not None:
        problems.extend(f"{tree.at(path)}: {key_path(path)}: {text}" for path, text in _meaning(data, operator))
    if problems or rubric is None:
        raise RubricError(problems)
    return rubric


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a rubric's file: what `extends` another one need not be whole."""
    schema = Rubric.model_json_schema(by_alias=True)
    del schema["properties"]["sha256"]
    schema["required"].remove("functions")  # the operator has names for them
    del schema["$defs"]["Functions"]["required"]
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


def _operator(data: dict[str, Any], tree: Located, problems: list[str]) -> Operator | None:
    """The operator that a rubric names: its path, beside the file that names it, and its defaults are put into `data`.

    Where there is none, None, and why is added to the problems.
    """
    name, place = data.setdefault("operator", DEFAULT_OPERATOR), tree.at(("operator",))
    operator = None
    try:
        for known in (name, str((Path(place.file).parent / name).resolve())) if isinstance(name, str) else ():
            operator = find_operator(known)
            if operator is not None:
                data["operator"] = known
                break
        else:
            problems.append(
                f"{place}: operator: there is no operator {name}{did_you_mean(str(name), operator_names())}"
            )
    except UsageError as error:
        problems.append(f"{place}: operator: {error}")
    own = FUNCTIONS if operator is None else operator.signature.functions
    if isinstance(given := data.get("functions", {}), dict):
        data["functions"] = {**dict(zip(FUNCTIONS, own, strict=True)), **given}
    return operator


def _meaning(data: Mapping[str, Any], operator: Operator) -> Iterator[Problem]:
    """Contradictions that the schema cannot see, in the parts of a rubric that are well-formed."""
    functions = _well_formed(TypeAdapter(Functions), data.get("functions"))
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
    largest = operator.shapes(operator.space.largest(ranges))
    return sum(math.prod(map(abs, shape)) for shape in largest.values())


def _range_problems(cases: Cases, operator: Operator) -> Iterator[Problem]:
    """Ranges that are missing, upside down, out of bounds, or of which nothing fits together."""
    ranges, names = cases.ranges, operator.space.names
    bad = False
    for name in names:
        if name not in ranges:
            bad = True
            yield ("cases", "ranges"), f"{name} is missing"
            continue
        low, high = ranges[name]
        least = operator.space.lowest[name]
        if not least <= low <= high <= 256:
            bad = True
            yield ("cases", "ranges", name), f"[{low}, {high}] must be {least} <= low <= high <= 256"
    for name in ranges:
        if name not in names:
            yield ("cases", "ranges", name), f"unknown size; {operator.name} has {', '.join(names)}"
    if bad:
        return
    numbers = largest_case(operator, ranges)
    if numbers > MOST_NUMBERS_IN_A_CASE:
        yield (
            ("cases", "ranges"),
            f"the largest case has {numbers} numbers; at most {MOST_NUMBERS_IN_A_CASE} are allowed",
        )
        return
    for size, text in operator.space.range_problems(ranges, ragged=cases.ragged):
        yield ("cases", "ranges", *(() if size is None else (size,))), text


def _item_problems(item: AnyItem, operator: Operator, *, ragged: bool) -> Iterator[Problem]:
    """What is wrong with one item."""
    if isinstance(item, CorrectnessItem):
        signature = operator.signature
        outputs = signature.forward_outputs + signature.backward_outputs
        if item.output not in outputs:
            yield ("output",), f"{item.output} is not an output; {operator.name} has {', '.join(outputs)}"
        if item.output in signature.forward_outputs and "cache" in item.model_fields_set:
            yield ("cache",), f"is for outputs of backward: {', '.join(signature.backward_outputs)}"
    elif isinstance(item, ContractItem):
        if len(set(item.checks)) < len(item.checks):
            yield ("checks",), "a check is named twice"
    else:
        if item.zero_at >= item.full_at:
            yield ("zero_at",), f"must be below full_at ({item.full_at})"
        if operator.timed is None:
            yield ("kind",), f"{operator.name} has no baseline, so its speed cannot be judged"
        for text in workload_problems(item.workload, operator, ragged=ragged):
            yield ("workload",), text
