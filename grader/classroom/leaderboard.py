"""Reports -> ranked rows. Pure: nothing is read, run or printed here."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from grader.classroom.pseudonyms import pseudonym
from grader.records import FUNCTIONS, Board, Function, GradeReport, Interval, ReportVerdict, Row, Speed, Verdict
from grader.rubric.model import Leaderboard, Rubric, SpeedItem

Names = Literal["real", "pseudonymous", "anonymous"]


@dataclass(frozen=True, slots=True)
class _Entrant:
    """One attempt that may be on the board."""

    report: GradeReport
    speed: Interval | None

    @property
    def id(self) -> str:
        return self.report.submission["id"] or ""

    @property
    def is_stable(self) -> bool:
        return all(speed.stable for speed in (self.report.speed or {}).values())


def rank(
    attempts: Iterable[GradeReport],
    rubric: Rubric,
    *,
    names: Names,
    secret: bytes = b"",
    landmark: Mapping[Function, Speed] | None = None,
    left_out: int = 0,
) -> Board:
    """The board of a class.

    Submissions whose intervals overlap are tied: they share a rank, and so does everyone whom a chain of overlaps
    connects with them; a rank ends only where no interval bridges the gap. The rank is one more than the number of
    those before the tie. A ratio that is not stable counts by its median alone: how much it scatters is also the
    submission's doing, and one wide interval would make a tie of everybody.

    Args:
        attempts: every attempt that counts, earlier ones first.
        rubric: its `leaderboard` says how to rank; its speed items which functions have to be timed.
        names: how submissions are called.
        secret: the key of pseudonyms, and of the order of equals where names are hidden; whoever has it can tell who
            is who.
        landmark: speed of the nested loops.
        left_out: attempts that were not handed over, since another rubric graded them.
    """
    settings = rubric.leaderboard
    latest: dict[str, GradeReport] = {}
    entered: dict[str, list[_Entrant]] = {}
    for report in attempts:
        id = report.submission["id"] or ""
        latest[id] = report
        if settings.attempt == "latest":
            entered.pop(id, None)
        entrant = _Entrant(report, _overall(report, _timed(rubric)))
        if _why_not(entrant, settings) is None:
            entered.setdefault(id, []).append(entrant)
    chosen = [max(mine, key=lambda e: _order(e, settings)) for mine in entered.values()]
    chosen.sort(key=lambda e: pseudonym(secret, e.id) if names != "real" else e.id)  # an order that tells nothing
    chosen.sort(key=lambda e: _order(e, settings), reverse=True)
    reasons = Counter(
        _why_not(_Entrant(report, _overall(report, _timed(rubric))), settings) or ""
        for id, report in latest.items()
        if id not in entered
    )
    if left_out:
        reasons["graded by another rubric"] = left_out
    marks = [report.score for report in latest.values() if report.score is not None]
    return Board(
        title=rubric.name,
        rank_by=settings.rank_by,
        timed=_timed(rubric),
        names=names,
        rows=_rows(chosen, settings, lambda report, position: _name(report, position, names, secret)),
        left_out=tuple(sorted(reasons.items())),
        marks=tuple(sorted(marks)),
        percents=tuple(sorted(report.percent for report in latest.values() if report.percent is not None)),
        max_score=rubric.max_score,
        loops=_geometric_mean([landmark[f].ratio for f in _timed(rubric) if f in landmark]) if landmark else None,
        graded_at=max((report.started_at for report in latest.values()), default=""),
        rubric_sha256=rubric.sha256,
        summary=next((report.terms.summary for report in latest.values()), rubric.operator),
    )


def _timed(rubric: Rubric) -> tuple[Function, ...]:
    """The functions that the rubric times."""
    timed = {item.function for item in rubric.items if isinstance(item, SpeedItem)}
    return tuple(f for f in FUNCTIONS if f in timed)


def _overall(report: GradeReport, timed: Sequence[Function]) -> Interval | None:
    """The geometric mean over the functions, None where one was not timed."""
    speeds = report.speed or {}
    return _geometric_mean([speeds[f].ratio for f in timed]) if timed and set(timed) <= set(speeds) else None


def _geometric_mean(ratios: Sequence[Interval]) -> Interval | None:
    """The mean of the medians and of the bounds: at least as wide as the interval of the mean itself."""
    if not ratios:
        return None
    columns = zip(*((ratio.median, ratio.low, ratio.high) for ratio in ratios), strict=True)
    return Interval(*(math.prod(column) ** (1 / len(ratios)) for column in columns))


def _why_not(entrant: _Entrant, settings: Leaderboard) -> str | None:
    """Why an attempt is not ranked, or None."""
    report = entrant.report
    if report.verdict is not ReportVerdict.GRADED:
        return "could not be graded"
    correctness = [item for item in report.items if item.kind == "correctness"]
    if settings.eligible == "all_correct" and any(item.verdict is not Verdict.PASSED for item in correctness):
        return "not right everywhere"
    if settings.rank_by == "speed" and entrant.speed is None:
        return "not timed"
    return None


def _order(entrant: _Entrant, settings: Leaderboard) -> tuple[float, float]:
    """Larger is better: what is ranked by, then the other."""
    speed = entrant.speed.median if entrant.speed is not None else 0.0
    score = entrant.report.score or 0.0
    return (speed, score) if settings.rank_by == "speed" else (score, speed)


def _rows(
    chosen: Sequence[_Entrant], settings: Leaderboard, name: Callable[[GradeReport, int], str]
) -> tuple[Row, ...]:
    """The rows of the board, from entrants in order."""
    ranks = [i + 1 for i in _starts_of_ties([_span(entrant, settings) for entrant in chosen])]
    counts = Counter(ranks)
    rows = []
    for position, (entrant, rank) in enumerate(zip(chosen, ranks, strict=True), 1):
        report = entrant.report
        speeds = report.speed or {}
        rows.append(
            Row(
                rank=rank,
                tied=counts[rank] > 1,
                name=name(report, position),
                score=report.score or 0.0,
                max_score=report.max_score,
                speed=entrant.speed,
                forward=speeds["forward"].ratio if "forward" in speeds else None,
                backward=speeds["backward"].ratio if "backward" in speeds else None,
                stable=entrant.is_stable,
            )
        )
    return tuple(rows)


def _span(entrant: _Entrant, settings: Leaderboard) -> tuple[float, float]:
    """The interval that ranks: two that overlap cannot be told apart. A single number bridges no gap."""
    if settings.rank_by == "speed":
        assert entrant.speed is not None  # otherwise it is not eligible
        speed = entrant.speed
        return (speed.low, speed.high) if entrant.is_stable else (speed.median, speed.median)
    score = entrant.report.score or 0.0
    return score, score


def _starts_of_ties(spans: Sequence[tuple[float, float]]) -> list[int]:
    """For each span how many lie wholly above the tie that it is in.

    >>> _starts_of_ties([(5, 6), (3, 4), (2, 3.5), (0, 1)])
    [0, 1, 1, 3]
    """
    highest_first = sorted(range(len(spans)), key=lambda i: spans[i][1], reverse=True)
    starts = [0] * len(spans)
    start, lowest = 0, math.inf
    for position, i in enumerate(highest_first):
        if spans[i][1] < lowest:
            start = position
        starts[i] = start
        lowest = min(lowest, spans[i][0])
    return starts


def _name(report: GradeReport, position: int, names: Names, secret: bytes) -> str:
    """How a submission is called on the board."""
    if names == "anonymous":
        return f"no. {position}"
    if names == "pseudonymous":
        return pseudonym(secret, report.submission["id"] or "")
    return report.submission["name"] or ""
