"""The sizes that a rubric's cases may have: ranges that cannot be, or of which nothing fits together."""

import math
from collections.abc import Iterator, Mapping

from grader.rubric.located_yaml import KeyPath
from grader.rubric.model import Cases
from reference.spec import Operator

MOST_NUMBERS_IN_A_CASE = 1_000_000


def largest_case(operator: Operator, ranges: Mapping[str, tuple[int, int]]) -> int:
    """How many numbers the arrays of the largest case have, at the most."""
    largest = operator.shapes(operator.space.largest(ranges))
    return sum(math.prod(map(abs, shape)) for shape in largest.values())


def range_problems(cases: Cases, operator: Operator) -> Iterator[tuple[KeyPath, str]]:
    """Ranges that are missing, upside down, out of bounds, or of which nothing fits together."""
    ranges, names = cases.ranges, operator.space.names
    bad = False
    for name in names:
        if name not in ranges:
            bad = True
            yield ("cases", "ranges"), f"{name} is missing"
            continue
        low, high = ranges[name]
        least, most = operator.space.lowest[name], len(operator.signature.choices.get(name, range(257))) - 1
        if not least <= low <= high <= most:
            bad = True
            yield ("cases", "ranges", name), f"[{low}, {high}] must be {least} <= low <= high <= {most}"
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
