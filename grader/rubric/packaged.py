"""Which of the packaged rubrics would take a file that this one does not: by the functions that they ask for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from grader.errors import GradeError
from grader.records import FUNCTIONS
from grader.rubric.assignment import Assignment
from grader.rubric.homework import Homework
from grader.rubric.reading import DEFAULT_RUBRIC, PACKAGED, load_rubric


@dataclass(frozen=True, slots=True)
class Asked:
    """What a packaged rubric asks for."""

    rubric: str
    """Its name, as `--rubric` takes it."""
    arguments: Mapping[str, int | None]
    """By the name of each function, with how many arguments it is called; None for a method of an object."""
    words: frozenset[str]
    """What it calls them."""

    def is_met_by(self, functions: Mapping[str, Sequence[str]]) -> bool:
        """Whether a file with these functions, each with its parameters, has all of them."""
        return all(name in functions and _takes(functions[name], count) for name, count in self.arguments.items())


def taker(functions: Mapping[str, Sequence[str]], homework: Homework) -> Asked | None:
    """The first packaged rubric that a file with these functions is for, where they are not for this homework.

    Two courses can call their functions the same. A file that has its parameters in this homework's words, rather than
    in the other's, only has other names for this one's functions.
    """
    own = _words(homework)
    asked = (one for one in _all_asked() if not set(homework.names) & set(one.arguments))
    return next((one for one in asked if one.is_met_by(functions) and not _speaks(functions, own, one)), None)


def _speaks(functions: Mapping[str, Sequence[str]], own: Collection[str], other: Asked) -> bool:
    """Whether more parameters of the functions that the other asks for have names of ours than of its own."""
    parameters = [parameter for name in other.arguments for parameter in functions[name]]
    return sum(each in own for each in parameters) > sum(each in other.words for each in parameters)


def _words(homework: Homework) -> frozenset[str]:
    signatures = [part.operator.signature for part in homework.parts.values()]
    return frozenset(name for each in signatures for function in FUNCTIONS for name in each.arguments(function))


def _takes(parameters: Sequence[str], count: int | None) -> bool:
    """Whether a function of these parameters (`x=...` has a default) can be called with so many arguments."""
    required = [name for name in parameters if not name.endswith("=...") and not name.startswith("*")]
    many = any(name.startswith("*") for name in parameters)
    return count is None or (len(required) <= count and (many or count <= len(parameters)))


@cache
def _all_asked() -> tuple[Asked, ...]:
    """What the packaged rubrics ask for: the default first, those about several operators last."""
    found = []
    for file in sorted(PACKAGED.glob("*.yaml"), key=lambda file: (file != DEFAULT_RUBRIC, file.name)):
        try:
            homework = Homework.of(load_rubric(file))
        except GradeError:  # it says itself what is wrong with it, where it is asked for
            continue
        arguments = {name: count for part in homework.parts.values() for name, count in _arguments(part).items()}
        found.append((len(homework.parts), Asked(file.stem, arguments, _words(homework))))
    return tuple(asked for _, asked in sorted(found, key=lambda one: one[0]))


def _arguments(part: Assignment) -> dict[str, int | None]:
    signature = part.operator.signature
    always = len(signature.constants)
    counts = {f: None if signature.layer is not None else len(signature.arguments(f)) + always for f in FUNCTIONS}
    return {part.names[function]: count for function, count in counts.items()}
