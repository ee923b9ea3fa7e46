"""Grade a class, one report after the other."""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, get_args

from grader.api.options import Isolation, LibraryOptions
from grader.api.report import GradeReport
from grader.api.rubrics import AnyRubric, chosen_rubric
from grader.classroom.executor import find_executor
from grader.classroom.folder import make_folder, results_in, rubric_in
from grader.classroom.roots import Origins, claim
from grader.classroom.run import How, Wanted
from grader.classroom.run import grade_class as run_class
from grader.classroom.settle import settle
from grader.command_line.hand_ins import found
from grader.command_line.options import checked_options
from grader.errors import UsageError
from grader.pipeline import Options
from grader.reading.reader import OwnReader
from grader.rubric.homework import Homework
from grader.scratch import folder_for_scratch

AnyPath = str | os.PathLike[str]
AttemptThatCounts = Literal["latest", "best"]


def grade_class(
    path: AnyPath,
    rubric: AnyRubric = None,
    *,
    out: AnyPath | None = None,
    timing: bool = True,
    seed: int | None = None,
    isolation: Isolation = "auto",
    jobs: int = 1,
    fresh: bool = False,
    roster: AnyPath | None = None,
    map: AnyPath | None = None,
    source: str | None = None,
    attempt: AttemptThatCounts = "latest",
) -> Iterator[GradeReport]:
    """Grade every submission at a path, as `grade PATH --out DIR` does; give each report when it is made.

    Stop early by leaving the loop: what has been graded is kept, and the next call with the same `out` goes on there.

    Args:
        path: of a folder or an archive of a class.
        rubric: as in `grade`; without one, what `out` was graded by before, if it was.
        out: the results folder; without one nothing is kept. Its tables are written at the end.
        timing: as in `grade`.
        seed: as in `grade`.
        isolation: as in `grade`.
        jobs: submissions at a time. With more than one, a script needs `if __name__ == "__main__":`, since new
            processes import it.
        fresh: whether to run again what the results folder has already.
        roster: who should hand in: a gradebook as it was downloaded, or a CSV file with ids. Whoever handed in nothing
            has a report with the verdict "missing".
        map: whose is what: a CSV file, path,id,name,email,submitted_at.
        source: the name of the platform whose export it is, such as "canvas", or "plain"; by default, recognised.
        attempt: which hand-in counts of a person's several, where the export has them all.

    Raises:
        RubricError: where the rubric is wrong; at once.
        UsageError: at once for the options and an `out` that cannot be read; with the first report, where the path
            holds no submissions, the results folder cannot be used, or the roster or the map does not fit.
    """
    kept = None if rubric is not None or out is None else rubric_in(Path(out))
    whole = chosen_rubric(rubric if kept is None else kept, seed)
    options = checked_options(LibraryOptions(isolation=isolation, no_timing=not timing))
    if jobs < 1:
        raise UsageError(f"jobs: {jobs} is below 1")
    if attempt not in get_args(AttemptThatCounts):
        raise UsageError(f"attempt: there is no {attempt!r}; choose from {', '.join(get_args(AttemptThatCounts))}")
    asked = _Asked([Path(path)], source, _path(map), _path(roster), _path(out), attempt)
    return _graded(asked, Homework.of(whole), options, jobs, fresh)


@dataclass(frozen=True, slots=True)
class _Asked:
    """As `Asked` of the command line."""

    paths: Sequence[Path]
    source: str | None
    map: Path | None
    roster: Path | None
    results: Path | None
    attempt: str
    verbosity: int = -1


def _path(named: AnyPath | None) -> Path | None:
    return None if named is None else Path(named)


def _graded(asked: _Asked, homework: Homework, options: Options, jobs: int, fresh: bool) -> Iterator[GradeReport]:
    out = asked.results
    with OwnReader(options.layers) as reader, _folder(out) as place:
        late = homework.rubric.late
        hand_ins = found(asked, homework.names, reader, None if late is None else late.due)
        entries = hand_ins.entries
        make_folder(place, asked.paths)
        origins = Origins.of(entries, asked.paths)
        wanted = Wanted(entries, origins, homework, options, jobs, fresh, find_executor("local"), None)
        with results_in(place, verbose=False) as folder:
            rest = claim(folder.store, homework.rubric, origins, add=False)
            folder.mark_again(rest, homework.rubric)
            any_new = bool(rest)
            with closing(run_class(wanted, folder, reader, lambda: False, lambda running: None)) as run:
                for done in run:
                    any_new |= done.how is not How.KEPT
                    yield GradeReport.of(next(iter(folder.store.latest([done.id]))).report)
            if out is not None:
                if hand_ins.roster is not None:
                    settle(folder, hand_ins.roster)
                folder.publish(homework.rubric, any_new=any_new)


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """The results folder: the one that is named, or one that does not last."""
    if out is not None:
        yield out
        return
    with TemporaryDirectory(prefix="convgrade-", dir=folder_for_scratch()) as scratch:
        yield Path(scratch)
