"""What pydantic finds wrong with a rubric, in an instructor's words, with what may have been meant."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

import pydantic
import yaml

from grader.errors import did_you_mean
from grader.rubric.located_yaml import KeyPath, Located
from grader.rubric.model import (
    ContractItem,
    CorrectnessItem,
    Item,
    ManualItem,
    Model,
    OneOperator,
    SpeedItem,
    WholeRubric,
)

_ITEMS: Mapping[str, type[Item]] = {
    get_args(item.model_fields["kind"].annotation)[0]: item
    for item in (CorrectnessItem, ContractItem, SpeedItem, ManualItem)
}
"""The models of items by their kind, which pydantic puts into the path of an error."""
_ABOVE_MODEL = ("extends", "drop")
"""Keys that are read before the model is."""
_LONGEST = 60


def problems_of(
    error: pydantic.ValidationError, tree: Located, model: type[WholeRubric], *, whole: bool
) -> Iterator[str]:
    """Everything that is wrong, each with file, line and key path.

    Args:
        error: pydantic's.
        tree: the rubric.
        model: what it should have been.
        whole: whether what it extends could be read; if not, keys may be missing that are not really missing.
    """
    for detail in error.errors(include_url=False):
        if detail["type"] in ("missing", "union_tag_not_found") and not whole:
            continue
        if detail["type"] == "too_short" and detail["input"]:  # entries that are wrong do not count: they are told
            continue
        path = _path(detail["loc"])
        yield tree.says(path, _in_words(detail, model) + _meant(detail, tree))


def _path(loc: KeyPath) -> KeyPath:
    """As the file has it, without the kind of an item."""
    is_tagged = len(loc) > 2 and loc[0] == "items" and loc[2] in _ITEMS
    return (*loc[:2], *loc[3:]) if is_tagged else loc


def _meant(detail: Any, tree: Located) -> str:
    """The item of the extended rubric that an item without a kind may be about."""
    id = detail["input"].get("id") if detail["type"] == "union_tag_not_found" else None
    items = [item for item in tree.plain()["items"] if isinstance(item, dict) and "kind" in item] if id else []
    return did_you_mean(str(id), [str(item["id"]) for item in items if "id" in item]) if id else ""


def _in_words(detail: Any, model: type[WholeRubric]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        key, loc = str(detail["loc"][-1]), detail["loc"]
        return f"unknown key{_section_of(key, loc, model) or did_you_mean(key, _keys_beside(loc, model))}"
    text = _WORDS[kind](context) if kind in _WORDS else detail["msg"]
    suggestion = did_you_mean(str(detail["input"]), _choices(context)) if kind == "literal_error" else ""
    return f"{text} (got {as_yaml(detail['input'])}){suggestion}"


def _keys_beside(loc: KeyPath, whole: type[WholeRubric]) -> list[str]:
    """The keys that could stand where one is unknown."""
    model: type[Model] = whole
    if loc[0] == "operators" and len(loc) > 2:  # below a key of the rubric's choosing
        model, loc = OneOperator, loc[2:]
    for part in loc[:-1]:
        if part in _ITEMS:
            model = _ITEMS[str(part)]
        elif isinstance(part, str) and part in model.model_fields:
            model = next(_models_of(model, part), model)
    fields = [field.alias or name for name, field in model.model_fields.items() if not field.exclude]
    return [*fields, *_ABOVE_MODEL] if model is whole else fields


def _models_of(model: type[Model], field: str) -> Iterator[type[Model]]:
    """The models that a value of a field may have."""
    inner = model.model_fields[field].annotation
    return (each for each in (inner, *get_args(inner)) if isinstance(each, type) and issubclass(each, Model))


def _section_of(key: str, loc: KeyPath, whole: type[WholeRubric]) -> str:
    """Below which key of the top one belongs that stands at the top, where that is only one; else nothing."""
    sections = [
        name for name in (whole.model_fields if len(loc) == 1 else ())
        for model in _models_of(whole, name) if key in model.model_fields
    ]  # fmt: skip
    return f" (it belongs under {sections[0]})" if len(sections) == 1 else ""


def as_yaml(value: Any) -> str:
    """A value in one line as a rubric would have it, cut where it is long.

    >>> as_yaml(True), as_yaml("7"), as_yaml({"x": (1, 2)})
    ('true', "'7'", '{x: [1, 2]}')
    """
    text = yaml.safe_dump(_plain(value), default_flow_style=True, width=10_000, sort_keys=False, allow_unicode=True)
    line = text.removesuffix("\n").removesuffix("\n...")
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."


def _plain(value: Any) -> Any:
    """With lists in place of tuples."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _choices(context: Mapping[str, Any]) -> list[str]:
    """What pydantic writes as `'a', 'b' or 'c'`."""
    return [each.strip("' ") for each in context["expected"].replace(" or ", ", ").split(",")]


def _one_of(context: Mapping[str, Any]) -> str:
    *first, last = _choices(context)
    return f"must be {', '.join(first)} or {last}" if first else f"must be {last}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


_KINDS = f"{', '.join(list(_ITEMS)[:-1])} or {list(_ITEMS)[-1]}"
_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "union_tag_not_found": lambda _: f"an item needs a kind ({_KINDS}), or the id of an item of the extended rubric",
    "union_tag_invalid": lambda _: f"the kind of an item must be {_KINDS}",
    "tuple_type": lambda _: "must be a list",
    "dict_type": lambda _: "must be a mapping",
    "model_type": lambda _: "must be a mapping",
    "model_attributes_type": lambda _: "must be a mapping",
    "string_type": lambda _: "must be text",
    "string_pattern_mismatch": lambda _: "must be made of letters, digits, dots, dashes and underscores",
    "string_too_short": lambda _: "must not be empty",
    "string_too_long": lambda context: f"must have at most {context['max_length']} characters",
    "too_short": lambda _: "must not be empty",
    "too_long": lambda context: f"must have at most {context['max_length']} entries",
    "int_type": lambda _: "must be a whole number",
    "float_type": lambda _: "must be a number",
    "bool_type": lambda _: "must be true or false",
    "finite_number": lambda _: "must be a finite number",
    "greater_than": lambda context: f"must be above {_number(context['gt'])}",
    "greater_than_equal": lambda context: f"must be at least {_number(context['ge'])}",
    "less_than": lambda context: f"must be below {_number(context['lt'])}",
    "less_than_equal": lambda context: f"must be at most {_number(context['le'])}",
    "literal_error": _one_of,
    "value_error": lambda context: str(context["error"]),
}
"""By pydantic's type of error, from its context: the types that a rubric can meet."""
