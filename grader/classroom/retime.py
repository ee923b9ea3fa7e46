"""Time all leaders in one race. What was timed when each was graded stays stored, and the board says which counts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from grader.classroom.conditions import Run
from grader.classroom.roll import Roll
from grader.classroom.store import Store
from grader.classroom.whereabouts import graded_at
from grader.errors import GradeError
from grader.pipeline import VERSIONS, read_entry
from grader.reading.reader import Reader
from grader.records import GradeReport, Reading, Retime, Retimed, Timing
from grader.rubric.homework import Homework
from grader.running import limits_of, prepared
from grader.sandbox.affinity import on_one_cpu
from grader.sandbox.spawn import Zygote
from grader.sources import find_entries
from grader.timing.everybody import Everybody, Runner

_GONE = "what was graded is no longer there: name a folder that holds it with --from"
_CHANGED = "handed in again since: name a folder that holds what was graded with --from"


def leaders_of(store: Store, run: Run, top: int) -> dict[str, GradeReport]:
    """By id, the first so many of the board, as they rank now."""
    attempts = store.attempts_at(run.key(timing=timed) for timed in (True, False))
    reports = (attempt.report_by(run.rubric) for attempt in attempts)
    field = Roll.of(reports, run.rubric).field(store.last_retime(run.key(timing=True)))
    timed = [entrant for entrant in field.chosen if entrant.speed is not None]
    return {entrant.id: entrant.report for entrant in timed[:top]}


def found_again(
    leaders: Mapping[str, GradeReport],
    roots: Mapping[str, str | None],
    paths: Sequence[Path],
    homework: Homework,
    reader: Reader,
) -> tuple[dict[str, Reading], list[tuple[str, str]]]:
    """The texts that were graded, by whose they are, and of whom there is none, with the reason.

    Args:
        leaders: by id, the reports of what is looked for.
        roots: by id, what was named when it was graded last.
        paths: where hand-ins may lie, what is named first before the rest.
        homework: whose functions are looked for.
        reader: reads them.
    """
    found: dict[str, Reading] = {}
    why = dict.fromkeys(leaders, _GONE)
    known = {id: report.who for id, report in leaders.items()}
    find = partial(find_entries, functions=homework.names, find_people=reader.people_at)
    for entry in graded_at(paths, known, roots, find):
        if entry.id in found or entry.is_missing:
            continue
        try:
            reading = read_entry(reader, entry, homework)
        except GradeError as error:
            why[entry.id] = str(error)
            continue
        if reading is not None and reading.submission.sha256 == leaders[entry.id].sha256:
            found[entry.id] = reading
        else:
            why[entry.id] = _CHANGED
    return found, [(id, why[id]) for id in leaders if id not in found]


def time_leaders(
    homework: Homework,
    layers: Sequence[str],
    readings: Mapping[str, Reading],
    failed: Iterable[tuple[str, str]],
    laps: int,
    tell: Callable[[str], None],
) -> Retime:
    """Let them race, after the nested loops; whoever cannot be timed does not stop the others.

    Args:
        homework: by whose rubric they were graded.
        layers: of isolation.
        readings: by id, what is timed.
        failed: who is not, with the reason.
        laps: of each speed item.
        tell: is told what runs.

    Raises:
        JudgeError: where the sandbox or the baseline fails.
    """
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    everybody, runners = Everybody(homework, limits_of(homework)), _runners(homework, readings)
    with Zygote(layers) as zygote, on_one_cpu() as cpu:
        tell("nested loops")
        loops = everybody.landmark(zygote, cpu)
        raced = everybody.time_together(zygote, runners, laps, cpu, tell)
    lost = [(id, why) for id, timings in raced.runners.items() if (why := _why_not(timings)) is not None]
    return Retime(
        at=at,
        machine=everybody.machine,
        versions=VERSIONS,
        laps=laps,
        loops=loops,
        landmarks=tuple(raced.landmarks.items()),
        retimed=tuple(Retimed(id, readings[id].submission.sha256, timings) for id, timings in raced.runners.items()),
        failed=(*failed, *lost),
    )


def _runners(homework: Homework, readings: Mapping[str, Reading]) -> dict[str, Runner]:
    """What is called of each submission."""
    asked = prepared(homework, ())
    return {
        id: ([(key, one.program(reading.submission), None) for key, one in asked.items()], reading.submission.origin)
        for id, reading in readings.items()
    }


def _why_not(timings: Sequence[Timing]) -> str | None:
    """Why one was not timed, if it was not."""
    return next((timing.message or timing.verdict for timing in timings if timing.speed is None), None)
