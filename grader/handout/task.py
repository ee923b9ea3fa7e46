"""What a new assignment is about."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.errors import UsageError
from grader.rubric.assignment import Assignment
from grader.rubric.homework import Homework
from grader.rubric.model import WholeRubric
from grader.rubric.reading import load_rubric
from grader.scratch import folder_for_scratch

RUBRIC, STARTER, TESTS, README = "rubric.yaml", "starter.py", "test_public.py", "README.md"


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the instructor chooses."""

    base: str
    """The packaged rubric that the new one extends."""
    title: str
    seed: int
    forward: str | None = None
    """The name of the function; None for the base's."""
    backward: str | None = None
    due: str | None = None


@dataclass(frozen=True)
class Task:
    """An assignment with one operator, of which students write two functions."""

    rubric_text: str
    rubric: WholeRubric
    part: Assignment

    @property
    def names(self) -> tuple[str, str]:
        """The two functions."""
        return self.part.names["forward"], self.part.names["backward"]

    def shape(self, array: str) -> str:
        """The shape of an input, an output or a gradient in letters, such as `(N, C, H, W)`."""
        letters = self.part.operator.axes_of(array)
        return f"({', '.join(letters)}{',' if len(letters) == 1 else ''})"

    def parameters(self, function: str) -> str:
        """What stands between the brackets of its `def`."""
        signature = self.part.operator.signature
        constants = (f"{name}={value!r}" for name, value in signature.constants.items())
        return ", ".join((*signature.arguments(function), *constants))

    @property
    def axes(self) -> str:
        """What the letters of the shapes count, in a sentence."""
        operator = self.part.operator
        arrays = (*operator.signature.inputs, *operator.signature.returned)
        shown = {letter for array in arrays for letter in operator.axes_of(array)}
        words = operator.words.items()
        counted = (f"{letter} {_things(letter, word)}" for letter, word in words if letter in shown)
        return f"In the shapes there are {', '.join(counted)}."


def _things(letter: str, word: str) -> str:
    """What a letter counts; the lengths of the output are called so.

    >>> _things("C", "channel"), _things("H_out", "row")
    ('channels', 'output rows')
    """
    return f"output {word}s" if letter.endswith("_out") else f"{word}s"


def task_of(wishes: Wishes) -> Task:
    """The assignment that is wished for.

    Raises:
        UsageError: where its base is no task of two functions.
        RubricError: where the new rubric is wrong.
    """
    text = "\n".join(_rubric_lines(wishes)) + "\n"
    with TemporaryDirectory(prefix="convgrade-", dir=folder_for_scratch()) as scratch:
        file = Path(scratch) / RUBRIC
        file.write_text(text, "utf-8")
        rubric = load_rubric(file)
    part = Homework.of(rubric).parts.get(None)
    if part is None:
        raise UsageError(
            f"{wishes.base}: has several operators; `grade new` makes an assignment of one. Make a folder for each of "
            f"them, and grade by one rubric that begins with `extends: {wishes.base}` (docs/rubric.md)"
        )
    if part.operator.signature.layer is not None or "." in part.names["forward"]:
        raise UsageError(f"{wishes.base}: asks for a class; `grade new` makes an assignment of two functions")
    return Task(text, rubric, part)


def _rubric_lines(wishes: Wishes) -> Iterator[str]:
    """The rubric's text; JSON's strings are YAML's too."""
    yield "# `grade CLASS --rubric rubric.yaml` grades by this. Add what is to differ from the rubric that it extends:"
    yield f"# docs/rubric.md explains every key, and `grade rubric check {RUBRIC}` finds mistakes."
    yield "schema: convgrade/1"
    yield f"extends: {wishes.base}"
    yield f"name: {json.dumps(wishes.title, ensure_ascii=False)}"
    yield f"seed: {wishes.seed}  # draws the randomized shapes; keep it from students"
    named = {"forward": wishes.forward, "backward": wishes.backward}
    given = [f"{function}: {name}" for function, name in named.items() if name is not None]
    if given:
        yield f"functions: {{{', '.join(given)}}}"
    if wishes.due is not None:
        yield f'late: {{due: "{wishes.due}", per_day_percent: 10}}'
