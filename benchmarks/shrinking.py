"""The smallest failing case, by `grader.feedback.shrink` and by Hypothesis: calls, seconds, numbers left.

    python -m benchmarks.shrinking [--json]

Both start from the simplest case that the rubric found for a wrong sample, and both ask the same question of the
submission in its sandbox: does it still fail in the same way? Hypothesis gets sizes and small whole numbers to draw
from, no database, and a fixed random generator.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from random import Random
from typing import Any
from unittest.mock import patch

import numpy as np
from hypothesis import HealthCheck, Phase, assume, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from tabulate import tabulate

from benchmarks.generated import SUBMISSIONS
from grader.feedback.shrink import Found, Shrinker
from grader.judging.judged import Wrong
from grader.pipeline import Grader, Options
from grader.records import Array
from grader.rubric.reading import DEFAULT_RUBRIC, load_rubric
from grader.sandbox.requests import Exchange
from grader.sandbox.session import Session
from grader.sources import find_entries

SAMPLES = ("carol", "dave", "erin", "frank", "heidi", "ivan", "judy", "mia")
_MOST_EXAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Effort:
    """What one way of shrinking one output of one sample took."""

    sample: str
    output: str
    way: str
    calls: int
    seconds: float
    numbers: int | None
    """Numbers in all inputs together; None where nothing was found."""


def measure() -> list[Effort]:
    """Both ways for every wrong output of the samples."""
    efforts: list[Effort] = []
    original = Shrinker.smallest

    def both(self: Shrinker, wrong: Wrong) -> Found | None:
        sample = names[-1]
        with _counted() as calls:
            start = time.perf_counter()
            found = original(self, wrong)
            seconds = time.perf_counter() - start
        efforts.append(Effort(sample, wrong.check.output, "grader.shrink", len(calls), seconds, _numbers(found)))
        with _counted() as calls:
            start = time.perf_counter()
            theirs = _by_hypothesis(self, wrong)
            seconds = time.perf_counter() - start
        efforts.append(Effort(sample, wrong.check.output, "Hypothesis", len(calls), seconds, _numbers(theirs)))
        return found

    names: list[str] = []
    with (
        patch.object(Shrinker, "smallest", both),
        Grader(load_rubric(DEFAULT_RUBRIC), Options(timing=False)) as grader,
    ):
        for entry in find_entries([SUBMISSIONS / f"{name}.py" for name in SAMPLES]):
            names.append(entry.id)
            grader.grade(entry)
    return efforts


def _by_hypothesis(shrinker: Shrinker, wrong: Wrong) -> Found | None:
    """What `hypothesis.find` ends at."""

    def fails(drawn: tuple[dict[str, int], list[int]]) -> bool:
        sizes, numbers = drawn
        fits = sizes["H"] + 2 * sizes["pad"] >= sizes["HH"] and sizes["W"] + 2 * sizes["pad"] >= sizes["WW"]
        divides = fits and not any(
            (sizes[size] + 2 * sizes["pad"] - sizes[kernel]) % sizes["stride"]
            for size, kernel in (("H", "HH"), ("W", "WW"))
        )
        assume(divides)
        return judged(sizes, numbers) is not None

    def judged(sizes: dict[str, int], numbers: list[int]) -> Found | None:
        def drawn(shape: Sequence[int], which: int) -> Array:
            return np.resize(np.roll(np.array(numbers, np.float64), which), tuple(shape))

        problem = shrinker._pose(wrong, sizes, drawn)
        return shrinker._judge(wrong, problem, shrinker._call(wrong, problem))

    small = {"N": (1, 2), "C": (1, 2), "F": (1, 2), "H": (1, 5), "W": (1, 5), "HH": (1, 3), "WW": (1, 3)}
    strategy = st.tuples(
        st.fixed_dictionaries(
            {name: st.integers(*bounds) for name, bounds in (small | {"stride": (1, 3), "pad": (0, 2)}).items()}
        ),
        st.lists(st.integers(-9, 9), min_size=1, max_size=20),
    )
    chosen = settings(
        max_examples=_MOST_EXAMPLES, database=None, deadline=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    with suppress(NoSuchExample):
        return judged(*find(strategy, fails, settings=chosen, random=Random(0)))
    return None


@contextmanager
def _counted() -> Iterator[list[str]]:
    """The calls of the submission, a whole exchange counted as as many as it holds."""
    seen: list[str] = []
    call, calls = Session._call, Session.calls

    def counted_call(self: Session, *arguments: Any) -> Any:
        seen.append("call")
        return call(self, *arguments)

    def counted_calls(self: Session, exchange: Exchange, limit_s: float) -> Any:
        seen.extend("call" for _ in exchange.calls)
        return calls(self, exchange, limit_s)

    for name, counting in (("_call", counted_call), ("calls", counted_calls)):
        setattr(Session, name, counting)
    try:
        yield seen
    finally:
        for name, original in (("_call", call), ("calls", calls)):
            setattr(Session, name, original)


def _numbers(found: Found | None) -> int | None:
    if found is None:
        return None
    return sum(array.size for array in (*found.problem.arrays.values(), found.problem.upstream))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    efforts = measure()
    if parser.parse_args().json:
        print(json.dumps([asdict(effort) for effort in efforts]))
        return
    rows = [[e.sample, e.output, e.way, e.calls, f"{1000 * e.seconds:.0f} ms", e.numbers] for e in efforts]
    print(tabulate(rows, headers=["sample", "output", "way", "calls", "time", "numbers"]))


if __name__ == "__main__":
    main()
