"""The shapes that a speed item times: as a rubric has them, as a line of text, and as sizes by name.

A workload gives the shapes of as many inputs as are needed to know every size, and the parameters.
"""

import re
from collections.abc import Iterator, Mapping

from grader.errors import UsageError
from grader.rubric.model import Workload
from reference.spec import Operator

MOST_NUMBERS = 50_000_000


def sizes_of(workload: Workload, operator: Operator) -> dict[str, int]:
    """Sizes by name; where two arrays contradict each other, as the first has it."""
    sizes = {name: operator.space.plain[name] for name in operator.signature.choices}
    for name, given in reversed(_shapes(workload, operator).items()):
        sizes |= zip(operator.axes_of(name), given, strict=True)
    sizes.pop("1", None)
    sizes |= {name: given for name, given in workload.items() if isinstance(given, int)}
    return {**operator.space.completed(sizes)}


def as_text(workload: Workload, operator: Operator) -> str:
    """In one line, such as `x(20,3,32,32) w(16,3,3,3) s1 p1`."""
    arrays = (f"{name}({','.join(map(str, shape))})" for name, shape in _shapes(workload, operator).items())
    short = _short_names(operator)
    return " ".join([*arrays, *(f"{letters}{workload[name]}" for name, letters in short.items())])


def parse_workload(text: str, operator: Operator) -> Workload:
    """A workload as `as_text` writes it; shapes that leave a rest are allowed.

    Raises:
        UsageError: where it is none, or its shapes do not fit together.
    """
    long = {short: name for name, short in _short_names(operator).items()}
    if re.fullmatch(r"(\s*([A-Za-z_]\w*\(\s*\d+(\s*,\s*\d+)*\s*\)|[A-Za-z_]+\d+))+\s*", text, re.ASCII) is None:
        raise UsageError(f"{text!r} is not a workload; write it like '{_example(operator)}'")
    arrays = {name: tuple(map(int, sizes.split(","))) for name, sizes in re.findall(r"(\w+)\(([^)]*)\)", text)}
    numbers = re.findall(r"([A-Za-z_]+)(\d+)", re.sub(r"\w+\([^)]*\)", " ", text))
    workload: Workload = {**arrays, **{long.get(name, name): int(number) for name, number in numbers}}
    problems = list(workload_problems(workload, operator, ragged=True))
    if problems:
        raise UsageError(f"{text!r}: {'; '.join(problems)}")
    return workload


def workload_problems(workload: Workload, operator: Operator, *, ragged: bool) -> Iterator[str]:
    """What is wrong with the shapes that are timed."""
    wrong = list(_form_problems(workload, operator))
    yield from wrong
    if wrong:
        return
    sizes = sizes_of(workload, operator)
    numbers = operator.numbers(sizes) if operator.space.fits(sizes) else 0
    if numbers > MOST_NUMBERS:
        yield f"has {numbers} numbers; at most {MOST_NUMBERS} are allowed"
    first: dict[str, tuple[str, int]] = {}
    for name, shape in _shapes(workload, operator).items():
        for letter, size in zip(operator.axes_of(name), shape, strict=True):
            other, before = first.setdefault(letter, (name, size))
            if letter == "1" and size != 1:
                yield f"{name} must be of length 1 where its axes are 1: {operator.axes[name]}"
            elif letter != "1" and before != size:
                yield f"{other} has {before} {operator.words[letter]}s and {name} has {size}"
    yield from operator.space.misfits(sizes, ragged=ragged)


def _form_problems(workload: Workload, operator: Operator) -> Iterator[str]:
    """Names that are unknown or missing, shapes of too few or too many axes, sizes below the lowest."""
    signature, space = operator.signature, operator.space
    known = {**dict.fromkeys(signature.inputs, tuple), **dict.fromkeys(_counted(operator), int)}
    for name, given in workload.items():
        if name not in known:
            yield f"{name} is unknown; {operator.name} has {', '.join(known)}"
        elif not isinstance(given, known[name]):
            yield f"{name} must be {'a list of sizes' if known[name] is tuple else 'a number'}"
        elif isinstance(given, tuple) and len(given) != len(operator.axes_of(name)):
            yield f"{name} must have {len(operator.axes_of(name))} sizes: {operator.axes[name]}"
        else:
            each = zip(operator.axes_of(name), given, strict=True) if isinstance(given, tuple) else ((name, given),)
            lowest = {"1": 1, **space.lowest}
            yield from (f"{size} must be at least {lowest[size]}" for size, number in each if number < lowest[size])
    there = {letter for name in workload if name in signature.inputs for letter in operator.axes_of(name)}
    there |= set(space.completed(dict.fromkeys((*there, *workload), 1)))
    for size in space.names:
        if size not in there | set(signature.choices):
            of = next((f" (give {name})" for name in signature.inputs if size in operator.axes_of(name)), "")
            yield f"{size} is missing{of}"


def _shapes(workload: Workload, operator: Operator) -> dict[str, tuple[int, ...]]:
    """The inputs that it gives, in the operator's order."""
    given: Mapping[str, object] = workload
    shapes = ((name, given.get(name)) for name in operator.signature.inputs)
    return {name: shape for name, shape in shapes if isinstance(shape, tuple)}


def _counted(operator: Operator) -> tuple[str, ...]:
    """Scalars and parameters that are sizes; what is chosen is as in the plain case."""
    signature = (operator if operator.translation is None else operator.translation.operator).signature
    return tuple(name for name in (*signature.scalars, *signature.parameters) if name not in signature.choices)


def _short_names(operator: Operator) -> dict[str, str]:
    """As few letters of each parameter as tell it from the others."""
    names = _counted(operator)
    return {
        name: next(
            name[:count]
            for count in range(1, len(name) + 1)
            if count == len(name) or sum(other.startswith(name[:count]) for other in names) == 1
        )
        for name in names
    }


def _example(operator: Operator) -> str:
    """The plain case as a workload."""
    shapes, plain = operator.shapes(operator.space.plain), operator.space.plain
    known = {"1"}
    workload: dict[str, int | tuple[int, ...]] = {}
    for name in operator.signature.inputs:
        if not set(operator.axes_of(name)) <= known:
            known |= set(operator.axes_of(name))
            workload[name] = shapes[name]
    return as_text(workload | {name: plain[name] for name in _counted(operator)}, operator)
