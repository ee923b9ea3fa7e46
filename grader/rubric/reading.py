"""Reading a rubric: YAML -> frozen `Rubric`, or everything that is wrong, each with file, line and key path."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pydantic
from pydantic import TypeAdapter

import rubrics
from grader.errors import RubricError, did_you_mean
from grader.records import FUNCTIONS
from grader.rubric.extends import load_tree
from grader.rubric.located_yaml import KeyPath, Located, in_order
from grader.rubric.model import (
    AnyItem,
    Cases,
    ContractItem,
    CorrectnessItem,
    Functions,
    Interface,
    Leaderboard,
    Policy,
    Rubric,
    SeveralRubric,
    SpeedItem,
    WholeRubric,
    well_formed,
)
from grader.rubric.named import Operators, operators_of
from grader.rubric.ranges import range_problems
from grader.rubric.wording import problems_of
from grader.rubric.workload import workload_problems
from reference.spec import Operator

PACKAGED = Path(rubrics.__file__).parent
DEFAULT_RUBRIC = PACKAGED / "cs231n-conv.yaml"

Problem = tuple[KeyPath, str]
_ITEM: TypeAdapter[AnyItem] = TypeAdapter(AnyItem)


def load_rubric(file: Path) -> WholeRubric:
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
    model: type[WholeRubric] = SeveralRubric if "operators" in data else Rubric
    operators = operators_of(data, tree, problems)
    if "sha256" in data:
        problems.append(f"{tree.at(('sha256',))}: sha256: unknown key")
    rubric = None
    try:
        rubric = model.model_validate({**data, "sha256": sha256})
    except pydantic.ValidationError as error:
        unread = {tuple(problem.split(": ")[:2]) for problem in problems}  # what cannot be read is null from then on
        found = problems_of(error, tree, model, whole=whole)
        problems.extend(problem for problem in found if tuple(problem.split(": ")[:2]) not in unread)
    problems.extend(tree.says(path, text) for path, text in _meaning(data, operators, tree))
    if problems or rubric is None:
        raise RubricError(in_order(problems))
    return rubric


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a rubric's file: what `extends` another one need not be whole."""
    schema, several = Rubric.model_json_schema(by_alias=True), SeveralRubric.model_json_schema(by_alias=True)
    del schema["properties"]["sha256"]
    schema["properties"]["operators"] = several["properties"]["operators"]
    schema["$defs"]["OneOperator"] = {**several["$defs"]["OneOperator"], "required": ["operator", "cases"]}
    schema["required"].remove("functions")  # the operator has names for them
    schema["required"].remove("cases")
    del schema["$defs"]["Functions"]["required"]
    schema["properties"]["extends"] = {"type": "string", "description": "Another rubric to start from."}
    schema["properties"]["drop"] = {
        "type": "array",
        "items": {"type": "string"},
        "description": "Items left out of it.",
    }
    schema["properties"]["items"]["items"] = {"anyOf": [schema["properties"]["items"]["items"], _CHANGED_ITEM]}
    either = [{"required": ["cases"]}, {"required": ["operators"]}]
    schema["if"] = {"required": ["extends"]}
    schema["else"] = {"required": schema.pop("required"), "oneOf": either}
    return schema


_CHANGED_ITEM = {
    "type": "object",
    "required": ["id"],
    "not": {"required": ["kind"]},
    "description": "Changes only these keys of the extended rubric's item.",
}


def _meaning(data: Mapping[str, Any], operators: Operators, tree: Located) -> Iterator[Problem]:
    """Contradictions that the schema cannot see, in the parts of a rubric that are well-formed."""
    if operators == {None: None} and data.get("interface") is None:
        return
    ragged: dict[str | None, bool] = {}
    for key, operator in operators.items():
        at: KeyPath = () if key is None else ("operators", key)
        part = data if key is None else data["operators"][key]
        cases = well_formed(Cases.model_validate, part.get("cases"))
        ragged[key] = cases is not None and cases.ragged
        of_tensors = _tensor_problems(part.get("interface"), data.get("policy", {}))
        problems = (*_part_problems(part, cases, operator), *of_tensors)
        yield from (((*at, *path), text) for path, text in problems)
    yield from _shared_names(data, operators)
    listed = data.get("items")
    items = [
        (i, well_formed(_ITEM.validate_python, item))
        for i, item in enumerate(listed if isinstance(listed, tuple) else ())
    ]
    yield from _duplicate_ids(listed, tree)
    for i, item in items:
        if item is not None:
            yield from ((("items", i, *path), text) for path, text in _item_problems(item, operators, ragged))
            yield from _crossed(("items", i), item, tree)
    if items and not any(item is None or (item.points and not item.bonus) for _, item in items):
        yield ("items",), "the points that are not bonus add up to zero"
    for key in operators:
        if key is not None and not any(item is None or item.operator == key for _, item in items):
            yield ("operators", key), f"no item is about it; leave it out (where it is extended: `drop: [{key}]`)"
    leaderboard = well_formed(Leaderboard.model_validate, data.get("leaderboard", {}))
    if leaderboard is not None and leaderboard.operator is not None:
        path: KeyPath = ("leaderboard", "operator")
        yield from ((path, text) for text in _key_problems(leaderboard.operator, operators))


def _part_problems(part: Mapping[str, Any], cases: Cases | None, operator: Operator | None) -> Iterator[Problem]:
    """What is wrong with the functions and the cases of one operator."""
    functions = well_formed(Functions.model_validate, part.get("functions"))
    if functions is not None and functions.forward == functions.backward:
        yield ("functions", "backward"), "is the same as forward"
    if cases is not None:
        if len(set(cases.dtypes)) < len(cases.dtypes):
            yield ("cases", "dtypes"), "a dtype is named twice"
        if operator is not None:
            yield from range_problems(cases, operator)


def _tensor_problems(interface: Any, policy: Any) -> Iterator[Problem]:
    """Tensors that code is handed which may not import their package."""
    tensors = interface.get("tensors") if isinstance(interface, dict) else None
    known = well_formed(Policy.model_validate, policy)
    if tensors == "torch" and known is not None and tensors not in known.imports:
        yield ("interface", "tensors"), f"{tensors} is missing in policy.imports, so no submission could use it"


def _shared_names(data: Mapping[str, Any], operators: Operators) -> Iterator[Problem]:
    """Functions that two operators want under one name, and would call in the same way."""
    first: dict[object, str] = {}
    for key in filter(None, operators):
        part = data["operators"][key]
        functions = well_formed(Functions.model_validate, part.get("functions"))
        interface = well_formed(Interface.model_validate, part.get("interface"))
        constants = frozenset() if interface is None else frozenset(interface.arguments.items())
        if functions is None:
            continue
        for function in FUNCTIONS:
            name = functions.name(function)
            place = first.setdefault((name, constants), f"operators.{key}.functions.{function}")
            if not place.startswith(f"operators.{key}."):
                yield ("operators", key, "functions", function), f"{name} is the same as {place}"


def _key_problems(key: str | None, operators: Operators) -> Iterator[str]:
    """What is wrong with the name of an operator in an item, or in the leaderboard."""
    known = [name for name in operators if name is not None]
    if None in operators and key is not None:
        yield "is for rubrics with several `operators`"
    elif None not in operators and key is None:
        yield f"is missing; the rubric has {', '.join(known)}"
    elif key not in operators:
        yield f"{key} is not in `operators`, which has {', '.join(known)}{did_you_mean(str(key), known)}"


def _duplicate_ids(items: Any, tree: Located) -> Iterator[Problem]:
    seen: dict[Any, int] = {}
    for i, item in enumerate(items if isinstance(items, tuple) else ()):
        name = item.get("id") if isinstance(item, dict) else None
        if isinstance(name, str) and name in seen:
            yield (
                ("items", i, "id"),
                f"duplicate item id {name}; the first is on line {tree.at(('items', seen[name])).line}",
            )
        elif isinstance(name, str):
            seen[name] = i


def _item_problems(item: AnyItem, operators: Operators, ragged: Mapping[str | None, bool]) -> Iterator[Problem]:
    """What is wrong with one item."""
    yield from ((("operator",), text) for text in _key_problems(item.operator, operators))
    operator = operators.get(item.operator)
    if operator is not None:
        yield from _contradictions(item, operator, ragged=ragged[item.operator])


def _crossed(path: KeyPath, item: AnyItem, tree: Located) -> Iterator[Problem]:
    """Ratios that earn all and nothing, the wrong way round: told where the rubric itself says one, if it says one."""
    if isinstance(item, SpeedItem) and item.zero_at >= item.full_at:
        zero, full = (*path, "zero_at"), (*path, "full_at")
        if tree.at(full).file == tree.place.file != tree.at(zero).file:
            yield full, f"must be above zero_at ({item.zero_at})"
        else:
            yield zero, f"must be below full_at ({item.full_at})"


def _contradictions(item: AnyItem, operator: Operator, *, ragged: bool) -> Iterator[Problem]:
    """What in an item does not fit its operator, or itself."""
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
        if "canonical_cache" in item.checks and operator.signature.layer is not None:
            yield ("checks",), "canonical_cache is for functions: an object keeps what backward needs"
    elif isinstance(item, SpeedItem):
        if operator.timed is None:
            yield ("kind",), f"{operator.name} has no baseline, so its speed cannot be judged"
        for text in workload_problems(item.workload, operator, ragged=ragged):
            yield ("workload",), text
