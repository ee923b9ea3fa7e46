"""A file that could not be loaded, or has neither function."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from grader.messages.calls import crash
from grader.messages.words import joined_names
from grader.records import Origin, StudentError, Verdict

if TYPE_CHECKING:
    from grader.sandbox.answers import SkippedStatement


_TAKES = "(a rubric takes them by functions: {{forward: {0}, backward: {1}}})"
_GRADE_WITH = ": grade it with `--rubric {}`"
"""Advice for the instructor."""
_LAYERS = (
    "affine", "linear", "relu", "dropout", "conv", "max", "avg", "average", "pool", "batchnorm", "layernorm",
    "groupnorm", "softmax", "svm", "rnn", "lstm",
)  # fmt: skip
"""Words of the names of layers that courses have."""
NOTHING_HANDED_IN = "nothing was handed in"


def load_ended(origin: Origin, verdict: Verdict, error: StudentError | None, limit: str) -> str:
    """Running the file's top level did not end well."""
    match verdict:
        case Verdict.TIMEOUT:
            return f"{origin.filename}: loading the file did not finish within {limit}"
        case Verdict.MEMORY:
            return f"{origin.filename}: loading the file needed more than {limit} of memory"
        case Verdict.OUTPUT_LIMIT:
            return f"{origin.filename}: loading the file printed more than {limit}"
    assert error is not None
    return f"loading failed: {crash(origin.filename, error, origin)[0]}"


def loaded_carefully(origin: Origin, carefully: int, count: int) -> str:
    """The top level could not be run to its end, but the functions, so many, could be defined."""
    what = "everything" if carefully > 1 else f"what follows the {'two ' if count == 2 else ''}functions"
    reason = "running the whole file failed (does it exit, or loop forever?)"
    return f"{origin.filename}: {reason}, so {what} was left out, except definitions."


def for_another_rubric(origin: Origin, names: Sequence[str], there: Mapping[str, Sequence[str]], rubric: str) -> str:
    """Neither function is there, but those are that another packaged rubric asks for, with their parameters."""
    has = " and ".join(f"{name}({', '.join(parameters)})" for name, parameters in list(there.items())[:2])
    text = f"{origin.filename}: defines neither {' nor '.join(names)}"
    return f"{text}; this file has {has}{_GRADE_WITH.format(rubric)}"


def told_students(text: str) -> str:
    """A message about functions that are not there, with what a student can do in place of the instructor's advice.

    >>> told_students(f"it has f and g {_TAKES.format('f', 'g')}")
    'it has f and g: rename them'
    >>> told_students(f"this file has f(x){_GRADE_WITH.format('pool')}")
    'this file has f(x): is it the file of another assignment?'
    """
    text = re.sub(_as_pattern(" " + _TAKES), ": rename them", text)
    return re.sub(_as_pattern(_GRADE_WITH), ": is it the file of another assignment?", text)


def _as_pattern(template: str) -> str:
    """Of what `template.format` makes of names."""
    return r"[\w.-]+".join(map(re.escape, re.split(r"\{\d?\}", template.replace("{{", "{").replace("}}", "}"))))


def no_functions(
    origin: Origin,
    names: Sequence[str],
    found: Mapping[str, str],
    skipped: "Sequence[SkippedStatement]",
    there: Sequence[str] = (),
    of_classes: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """None of the functions is there.

    Args:
        origin: the file.
        names: of the functions.
        found: by name, what stands in the place of a function.
        skipped: top-level statements that failed.
        there: names of functions at its top level, those that could not be made too.
        of_classes: methods by class.
    """
    kinds = [f"{name} is {kind}" for name in names if (kind := found[name]) != "None"]
    unmade = [name for name in names if name in there]
    there = [name for name in there if name not in unmade]
    none = f"neither {' nor '.join(names)}" if len(names) == 2 else f"none of {', '.join(names)}"
    what = "; ".join(kinds) if kinds else f"defines {none}"
    text = f"{origin.filename}: {what}"
    pair = _alike(names, there) if "." not in names[0] else None
    if pair:
        text += f"; it has {pair[0]} and {pair[1]} {_TAKES.format(*pair)}"
    elif there:
        text += f"; it has {joined_names(there)}"
    for name, methods in (of_classes or {}).items():
        if _alike(names, methods) or set(methods) & {*names, "forward", "backward"}:
            text += f"; class {name} has {joined_names(methods)}"
            text += "" if "." in names[0] else ", but functions are looked for at the file's top level"
    owner = names[0].rpartition(".")[0]
    alike = next((name for name in of_classes or () if name != owner and name.lower() == owner.lower()), None)
    text += f" (capitals count: {alike} is not {owner})" if alike else ""
    from_there = next((one for one in skipped if _brings(one, names)), None)
    of_unmade = next((one for one in skipped if not {*unmade}.isdisjoint(one.names)), None)
    chosen = from_there or of_unmade
    for first in [chosen] if chosen else skipped[:1]:
        failed = next((name for name in unmade if name in first.names), None)
        text += f"; {failed} could not be defined: " if failed else "; "
        text += f"{crash(origin.filename, replace(first.error, line=first.error.line or first.line), origin)[0]}"
    return f"{text} (are the functions in the file that it imports from? Hand in that one)" if from_there else text


def _brings(statement: "SkippedStatement", names: Sequence[str]) -> bool:
    """Whether it imports one of these names, or all that there are, from a file that is not there."""
    return statement.error.type == "ModuleNotFoundError" and not {*names, "*"}.isdisjoint(statement.names)


def _alike(names: Sequence[str], there: Sequence[str]) -> tuple[str, str] | None:
    """The pair of functions that may stand for the two under other names: its name is near, and no other layer's.

    Among several pairs it is one whose names begin like what is asked for.

    >>> _alike(["conv_forward_naive", "conv_backward_naive"], ["pad", "conv_forward", "conv_backward"])
    ('conv_forward', 'conv_backward')
    >>> _alike(["conv_forward_naive", "conv_backward_naive"], ["affine_forward", "affine_backward"])
    >>> _alike(["max_pool_forward_naive", "max_pool_backward_naive"], ["pool_forward", "pool_backward"])
    ('pool_forward', 'pool_backward')
    """
    wanted = _layer(names[0])
    pairs = [(one, one.replace("forward", "backward")) for one in there if "forward" in one]
    near = [pair for pair in pairs if pair[1] in there and pair != tuple(names) and _is_near(_layer(pair[0]), wanted)]
    likely = [pair for pair in near if wanted.partition("_")[0] in _layer(pair[0])]
    return next(iter(likely or (near if len(near) == 1 else [])), None)


def _layer(name: str) -> str:
    """What stands before the direction.

    >>> _layer("Max_Pool_forward_naive"), _layer("forward")
    ('max_pool', '')
    """
    return name.lower().partition("forward")[0].strip("_")


def _is_near(layer: str, wanted: str) -> bool:
    """Whether a layer may be the one that is asked for: it has a word of it or none at all, and no other layer's.

    What the spatial normalizations may use, which has their name without "spatial", is another function.

    >>> [_is_near(layer, "max_pool") for layer in ("pool", "maxpooling", "", "avg_pool", "conv_relu_pool", "softmax")]
    [True, True, True, False, False, False]
    >>> [_is_near(layer, "spatial_batchnorm") for layer in ("spatial_bn", "batchnorm", "spatial_groupnorm")]
    [True, False, False]
    """
    words = [word for word in wanted.split("_") if len(word) > 2]
    is_of_another = any(word in layer and word not in wanted for word in _LAYERS)
    is_used_by_it = layer == wanted.removeprefix("spatial_") != wanted
    return not layer or (any(word in layer for word in words) and not is_of_another and not is_used_by_it)
