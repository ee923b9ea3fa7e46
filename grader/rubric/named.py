"""The operators that a rubric names, in the interface that it describes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.errors import RubricError, UsageError, did_you_mean
from grader.operators import find_operator, operator_names
from grader.records import FUNCTIONS
from grader.rubric.interface import in_interface, interface_problems
from grader.rubric.located_yaml import KeyPath, Located, key_path
from grader.rubric.model import DEFAULT_OPERATOR, Cases, Functions, Interface, OneOperator, well_formed
from grader.rubric.ranges import range_problems
from reference.spec import Operator

Operators = Mapping[str | None, Operator | None]
"""By their keys, None where a rubric has only one; an operator that cannot be found is None."""


def operators_of(data: dict[str, Any], tree: Located, problems: list[str]) -> Operators:
    """The operators that a rubric names; where several, what is for each of them is taken out of the top of `data`."""
    if "operators" not in data:
        data.setdefault("operator", DEFAULT_OPERATOR)
        return {None: _operator(data, (), tree, problems)}
    own = tree.at(("operators",))
    of_one = [tree.at((key,)).file for key in OneOperator.model_fields if key in data]
    if any(file != own.file for file in of_one):
        base = Path(next(file for file in of_one if file != own.file)).stem
        raise RubricError([
            f"{own}: operators: {base}, which this extends, is about one operator, and what it says of it would be said"
            " of none of these: extend a rubric of several, as cs231n-convnets is one, and `drop` what is not wanted"
        ])  # fmt: skip
    for key in OneOperator.model_fields:
        if key in data:
            place = tree.at((key,))
            problems.append(f"{place}: {key}: each of the operators has its own; write it below its key in `operators`")
            del data[key]
    parts = data["operators"] if isinstance(data["operators"], dict) else {}
    found: dict[str | None, Operator | None] = {}
    for key, part in parts.items():
        if isinstance(part, dict) and "operator" in part:
            found[key] = _operator(part, ("operators", key), tree, problems)
        elif isinstance(part, dict):
            found[key] = None
            place = tree.at(("operators", key))
            problems.append(f"{place}: operators.{key}.operator: is missing; there are {', '.join(operator_names())}")
    return found


def _operator(data: dict[str, Any], at: KeyPath, tree: Located, problems: list[str]) -> Operator | None:
    """The operator that `data` names: its path, beside the file that names it, and its defaults are put into `data`.

    Where there is none, None, and why is added to the problems. `at` is where the data lie in the rubric.
    """
    name, place, key = data["operator"], tree.at((*at, "operator")), key_path((*at, "operator"))
    operator = None
    try:
        for known in (name, str((Path(place.file).parent / name).resolve())) if isinstance(name, str) else ():
            operator = find_operator(known)
            if operator is not None:
                data["operator"] = known
                break
        else:
            problems.append(f"{place}: {key}: there is no operator {name}{did_you_mean(str(name), operator_names())}")
    except UsageError as error:
        problems.append(f"{place}: {key}: {error}")
    own = FUNCTIONS if operator is None else operator.signature.functions
    interface = data.get("interface")
    if isinstance(interface, dict) and "functions" in interface:
        if "functions" in data:
            problems.append(f"{tree.at((*at, 'interface', 'functions'))}: {key_path((*at, 'interface', 'functions'))}: "
                            "there are functions beside interface, too; name them once")  # fmt: skip
        data["functions"] = interface["functions"]
    if isinstance(given := data.get("functions", {}), dict):
        data["functions"] = {**dict(zip(FUNCTIONS, own, strict=True)), **given}
    cases = data.get("cases")
    if operator is not None and isinstance(cases, dict) and isinstance(cases.get("ranges"), dict):
        chosen = {name: operator.space.enough[name] for name in operator.signature.choices}
        data["cases"] = {**cases, "ranges": {**chosen, **cases["ranges"]}}
    return operator if operator is None else _as_asked(operator, data, at, tree, problems)


def _as_asked(
    operator: Operator, data: dict[str, Any], at: KeyPath, tree: Located, problems: list[str]
) -> Operator | None:
    """The operator in the interface of `data`, if it has one; None where that cannot be, and why is a problem."""
    functions = well_formed(Functions.model_validate, data.get("functions"))
    given = data.get("interface")
    if given is None:
        return _plainly_named(operator, functions, at, tree, problems)
    sound = _sound_parts(given) if isinstance(given, dict) else {}
    interface = well_formed(Interface.model_validate, sound)
    if interface is None or not isinstance(given, dict):
        return None
    cases = well_formed(Cases.model_validate, data.get("cases"))
    ranges = {} if cases is None else cases.ranges
    found = [(("interface", *path), text) for path, text in interface_problems(operator, interface, functions, ranges)
             if "kind" not in given or "kind" in sound or path[:1] in _WHATEVER_KIND]  # fmt: skip
    if found and cases is not None:
        found += range_problems(cases, operator)
    problems.extend(f"{tree.at((*at, *path))}: {key_path((*at, *path))}: {text}" for path, text in found)
    if found or len(sound) < len(given) or functions is None or not set(operator.space.names) <= set(ranges):
        return None
    return in_interface(operator, interface, (functions.forward, functions.backward), ranges)


_WHATEVER_KIND = (("arrays",), ("names",), ("not_asked",))
"""Where problems of an interface do not depend on its kind."""


def _sound_parts(interface: dict[str, Any]) -> dict[str, Any]:
    """An interface without what is told elsewhere, so that it hides nothing else: unknown keys, malformed values."""
    return {
        key: value
        for key, value in interface.items()
        if well_formed(Interface.model_validate, {key: value}) is not None
    }


def _plainly_named(
    operator: Operator, functions: Functions | None, at: KeyPath, tree: Located, problems: list[str]
) -> Operator:
    for function in FUNCTIONS if functions is not None else ():
        name, path = "" if functions is None else functions.name(function), (*at, "functions", function)
        if "." in name:
            text = f"{name} is a method, which needs an interface with kind: static methods or object"
            problems.append(f"{tree.at(path)}: {key_path(path)}: {text}")
    return operator
