"""What crosses the wire, as JSON: text and plain data, so that no end makes an object of what a student wrote.

Ids, names and paths stay at home: a worker is told what the text says, and not whose it is. The file's own name goes
with the text, since messages cite it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from pydantic import TypeAdapter

from grader.pipeline import Options
from grader.records import Findings, Reading, Timing
from grader.rubric.as_json import from_json, to_json
from grader.rubric.model import WholeRubric


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for all submissions that a worker gets of a run."""

    rubric_json: str
    rubric_sha256: str
    options: Options
    """With the landmark of the worker's machine, once that is known."""
    number: int = 0
    """Of the worker, among those of its machine."""

    @classmethod
    def of(cls, rubric: WholeRubric, options: Options) -> Self:
        """For a worker of which nothing is known."""
        return cls(to_json(rubric), rubric.sha256, options)

    @property
    def rubric(self) -> WholeRubric:
        """The rubric, read strictly again."""
        return from_json(self.rubric_json, self.rubric_sha256)

    def on(self, number: int, landmark: tuple[Timing, ...]) -> "Job":
        """The same for a worker with this number, and with the landmark of its machine."""
        return replace(self, number=number, options=replace(self.options, landmark=landmark))


@dataclass(frozen=True, slots=True)
class Order:
    """One submission to examine."""

    job: Job
    reading: Reading


@dataclass(frozen=True, slots=True)
class Proof:
    """What a worker is, in so far as marks depend on it."""

    versions: Mapping[str, str]
    code: str
    """A digest of the grader's own files."""
    operators: Mapping[str, str]
    """By the name that the rubric has for each, its identity (`grader.operators.identity`)."""
    numbers: Mapping[str, float]
    """By output, a sum over what the reference expects of it in all public cases."""
    host: str
    cpu: str
    hardware: str
    """The same for workers that share a machine, those of its containers too."""
    lock: str
    """The same for those of them that time one at a time."""
    threads: int
    """Tasks that Dask gives it at a time."""
    missing: Mapping[str, str]
    """By layer of isolation that is not in force, why."""


@dataclass(frozen=True, slots=True)
class Failed:
    """What a worker answers that cannot do what it is asked for."""

    failed: str


JOB = TypeAdapter(Job)
ORDER = TypeAdapter(Order)
PROOF: TypeAdapter[Proof | Failed] = TypeAdapter(Proof | Failed)
LANDMARK: TypeAdapter[tuple[Timing, ...] | Failed] = TypeAdapter(tuple[Timing, ...] | Failed)
FINDINGS: TypeAdapter[Findings | Failed] = TypeAdapter(Findings | Failed)
