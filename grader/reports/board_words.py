"""What every form of a leaderboard says beside its rows."""

from collections.abc import Iterator

from grader.records import Board, PastBoard, Row
from grader.reports.base import ratio

_APART, _WHAT_APART = "*", "Timed when it was graded, not together with the others."
_ELSEWHERE = "+"
_WHAT_ELSEWHERE = "Timed by another processor, BLAS or NumPy than most: not quite comparable."


def timed_of(board: Board) -> tuple[str, bool]:
    """What `speed` is that of, and whether that is a mean; empty where nothing is timed."""
    functions = " and ".join(board.timed)
    several = f" of {board.operators} operators" if board.operators > 1 else ""
    return f"{functions}{several}", len(board.timed) > 1 or board.operators > 1


def ties(board: Board, sign: str = "") -> str:
    """Who shares a rank on a board by speed."""
    shared = f"Submissions whose intervals overlap share a rank{sign}"
    if not board.widened:
        return f"{shared}."
    whose = "" if board.together is None else f"for those marked {_APART} "
    percent = f"{100 * board.widened:.0f} %"
    return f"{shared}, counting {whose}the {percent} by which a program's speed differs from run to run."


def unstable(board: Board, where: str = "") -> str:
    """What a question mark says, and how such a timing ranks; `where` the reason can be read."""
    together = board.together is not None
    why = ": its laps, or its calls, differ by more than 10 %" if together else where
    ranks = " In the ranking its interval reaches no farther than 5 % to each side." if board.rank_by == "speed" else ""
    return f"This timing is less certain than usual{why}.{ranks}"


def calibrated(board: Board) -> str:
    """When the landmarks raced last, and how far they have moved since the race before; empty where they never did."""
    found = board.calibration
    if found is None:
        return ""
    raced = f"The landmarks raced on {_moment(found.at)}"
    if found.before is None:
        return f"{raced}."
    since = f"since {_moment(found.before)}"
    if not found.moved:
        return f"{raced}; {since} none has moved by more than its laps differ."
    return f"{raced}; {since} {found.title} has moved by {found.moved:.0%}, and so may the speeds of both days differ."


def _moment(at: str) -> str:
    return f"{at[:16].replace('T', ' ')} UTC"


def timed_where(board: Board) -> Iterator[str]:
    """In which race, and on what machine, as far as that is known."""
    on = f": {board.machine}" if board.machine else ""
    if board.together is not None:
        together = board.together
        yield f"Timed together on {_moment(together.at)}, {together.count} in {together.laps} laps{on}"
    elif on:
        yield f"Timed when graded{on}"


def in_words(past: PastBoard) -> str:
    """How fast another class was."""
    doubt = "" if past.is_comparable else " (other machine, NumPy or workload: not quite comparable)"
    return f"{past.graded_at[:10]}: {past.count} ranked, fastest {ratio(past.best)}, median {ratio(past.median)}{doubt}"


def marks_of(row: Row) -> str:
    """What has to be known of its timing, a sign for each thing."""
    signs = ((not row.stable, "?"), (row.is_apart, _APART), (row.is_elsewhere, _ELSEWHERE))
    return "".join(sign for holds, sign in signs if holds)


def signs_of(board: Board) -> Iterator[str]:
    """What the signs behind a speed mean, as far as there are any; a question mark apart."""
    if any(row.is_apart for row in board.rows):
        yield f"{_APART} {_WHAT_APART}"
    if any(row.is_elsewhere for row in board.rows):
        yield f"{_ELSEWHERE} {_WHAT_ELSEWHERE}"
