"""Time the leaders of a results folder together."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.classroom.board import PAGE, board_of, write_board
from grader.classroom.conditions import Run
from grader.classroom.folder import open_results, results_in
from grader.classroom.retime import found_again, leaders_of, time_leaders
from grader.classroom.store import Store
from grader.command_line.commands.retime import RetimeOptions
from grader.command_line.options import checked_options
from grader.command_line.terminal import width
from grader.errors import UsageError, named_paths
from grader.reading.reader import OwnReader
from grader.records import GradeReport, Reading, Retime
from grader.reports import leaderboard
from grader.rubric.homework import Homework
from grader.rubric.model import SpeedItem
from grader.said import escape, say


def retime(options: RetimeOptions) -> int:
    """Time them, store that and print the board; the exit status.

    Raises:
        UsageError: where there is nobody, or nothing, to time.
    """
    open_results(options.results).close()  # there has to be one
    with results_in(options.results, verbose=False) as folder:
        run = folder.store.last_run()
        if run is None:
            raise UsageError(f"{options.results}: was graded by an older convgrade; grade the class again")
        raced = _raced(options, folder.store, run)
        folder.store.add_retime(run.key(timing=True), raced)
        folder.publish(run.rubric, any_new=True)
        if (options.results / PAGE).exists():
            write_board(folder.store)
        print(leaderboard.terminal(board_of(folder.store, run, "real"), width()))
        for id, why in raced.failed:
            say(escape(f"{id}: not timed with the others: {why}"))
        return 3 if folder.failures.kinds else 0


def _raced(options: RetimeOptions, store: Store, run: Run) -> Retime:
    homework, used = Homework.of(run.rubric), checked_options(options).layers
    if not any(isinstance(item, SpeedItem) for item in run.rubric.items):
        raise UsageError(f"{options.results}: its rubric has no speed items, so there is nothing to time")
    leaders = leaders_of(store, run, options.top)
    if options.top and not leaders:
        raise UsageError(f"{options.results}: nobody there is ranked with a time; grade them without --no-timing first")
    readings, failed = _found(options, store, leaders, homework, used)
    tell = _quiet if options.verbosity < 0 else _tell
    return time_leaders(homework, used, readings, failed, options.laps, tell)


def _found(
    options: RetimeOptions, store: Store, leaders: Mapping[str, GradeReport], homework: Homework, used: Sequence[str]
) -> tuple[Mapping[str, Reading], list[tuple[str, str]]]:
    """What is timed, and who is not, with the reason."""
    for path in options.where:
        if not path.exists():
            raise UsageError(f"--from {path}: no such file or folder")
    paths = [*options.where, *map(Path, store.roots())]
    lain = store.roots_by_id()
    roots = {id: lain[id][0] for id in leaders}
    with named_paths(), OwnReader(used) as reader:
        readings, failed = found_again(leaders, roots, paths, homework, reader)
    if leaders and not readings:
        id, why = failed[0]
        raise UsageError(f"none of {len(leaders)} can be timed; {id}: {why}")
    return readings, failed


def _tell(text: str) -> None:
    say(escape(text))


def _quiet(text: str) -> None:
    """Say nothing."""
