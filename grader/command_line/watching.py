"""Watch a folder: check what the command line says, and go on until interrupted."""

from dataclasses import replace

from grader.classroom.executor import Lasting, find_executor
from grader.classroom.folder import make_folder, results_in
from grader.classroom.roots import Origins
from grader.classroom.run import Wanted
from grader.classroom.watch import Watched
from grader.command_line.commands.watch import WatchOptions
from grader.command_line.interrupt import stop_on_interrupt
from grader.command_line.isolation import layers
from grader.command_line.options import (
    checked_options,
    look_for_garbage,
    named_rubric,
    rubric_of_the_folder,
    say_whose,
)
from grader.command_line.wakes import twice, whenever
from grader.errors import UsageError
from grader.reading.reader import OwnReader
from grader.rubric.homework import Homework
from grader.rubric.model import WholeRubric
from grader.said import escape, say


def watch(options: WatchOptions) -> int:
    """Grade what arrives; the exit status.

    Raises:
        UsageError: where the folder, the rubric or the results folder cannot be used.
    """
    look_for_garbage()
    wanted = _wanted(options)
    make_folder(options.out, [options.folder])
    lasting = Lasting(wanted.executor, options.jobs)
    if options.executor != "local":  # processes here are started quickly, and would only lie in memory
        wanted = replace(wanted, executor=lasting)
    with (
        lasting,
        OwnReader(layers(options)) as reader,
        results_in(options.out, verbose=options.verbosity > 0) as folder,
        stop_on_interrupt() as stop,
    ):
        tell = _quiet if options.verbosity < 0 else _tell
        if folder.store.missing():
            with_names = f"`grade {options.folder} --roster FILE --out {options.out}` puts the roster's back"
            tell(f"{options.out} was graded with a roster; here, names are those of the files: {with_names}")
        watched = Watched(options.folder, wanted, folder, reader, stop, tell, options.executor == "local")
        for _ in twice() if options.once else whenever(options.folder, stop, watched.is_waiting):
            watched.look_and_grade()
        tell(f"marks in {options.out}/grades.csv, the board in {watched.board}")
        return 3 if watched.has_failed or watched.is_cut_off or folder.failures.kinds else 0


def _wanted(options: WatchOptions) -> Wanted:
    """What every round is asked for, without entries."""
    if not options.folder.is_dir():
        raise UsageError(f"{options.folder}: there is no such folder; make it first, and hand-ins can arrive there")
    if options.scheduler is not None and options.executor == "local":
        raise UsageError("--scheduler is for a cluster; say --executor dask with it")
    executor = find_executor(options.executor)
    homework = Homework.of(_rubric(options))
    nobody, how = Origins({}, named=False), checked_options(options)
    return Wanted((), nobody, homework, how, options.jobs, False, executor, options.scheduler)


def _rubric(options: WatchOptions) -> WholeRubric:
    named = named_rubric(options.rubric)
    if options.rubric is not None:
        return named
    rubric = rubric_of_the_folder(options.out, named)
    if rubric != named and options.verbosity >= 0:
        say_whose(options.out, rubric)
    return rubric


def _tell(text: str) -> None:
    say(escape(text))


def _quiet(text: str) -> None:
    """Say nothing."""
