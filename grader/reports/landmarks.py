"""What would bring a submission up: the next landmark ahead of it."""

from collections.abc import Iterator, Mapping, Sequence

from grader.records import BoardLandmark, Function, Interval, Speed
from grader.reports.base import drawable
from grader.reports.form import Landmarks


def next_landmark(speed: Interval | None, landmarks: Sequence[BoardLandmark]) -> tuple[BoardLandmark, str] | None:
    """The next landmark that is surely faster, and how many times as fast it is; None behind the last.

    Args:
        speed: of the submission.
        landmarks: the slowest first.

    >>> def at(ratio): return Interval(ratio, ratio, ratio)
    >>> next_landmark(at(0.2), [BoardLandmark("einsum", "", at(0.1)), BoardLandmark("im2col", "", at(0.6))])[1]
    'im2col, 3\N{MULTIPLICATION SIGN} as fast'
    """
    ahead = next((each for each in landmarks if speed is not None and each.speed.low > speed.high), None)
    if speed is None or ahead is None or not drawable([speed.median]):
        return None
    factor = float(f"{ahead.speed.median / speed.median:.2g}")
    return ahead, f"{ahead.title}, {factor:g}\N{MULTIPLICATION SIGN} as fast"


def next_steps(key: str | None, speeds: Mapping[Function, Speed], landmarks: Landmarks) -> Iterator[str]:
    """For each function of an operator what would bring it up, where that is known."""
    for function, speed in speeds.items():
        found = next_landmark(speed.ratio, landmarks.get((key, function), ()))
        if found is not None:
            yield f"{function}: {found[1]}. {found[0].change}"
