"""Grade many submissions into a results folder, and print them."""

from collections.abc import Mapping, Sequence
from contextlib import closing

from grader.classroom.executor import find_executor
from grader.classroom.folder import ResultsFolder, make_folder, results_in
from grader.classroom.progress import ClassProgress
from grader.classroom.roots import Origins, claim, some
from grader.classroom.run import How, Wanted, grade_class
from grader.classroom.settle import settle
from grader.command_line.class_printing import printed, say_doubts
from grader.command_line.commands.run import RunOptions
from grader.command_line.hand_ins import HandIns, telling_times
from grader.command_line.interrupt import stop_on_interrupt
from grader.command_line.options import checked_options, look_for_garbage
from grader.reading.reader import Reader
from grader.rubric.homework import Homework
from grader.rubric.model import WholeRubric
from grader.said import escape, say


def grade_into(options: RunOptions, rubric: WholeRubric, hand_ins: HandIns, reader: Reader) -> int:
    """Grade into a results folder, with what `reader` says of the submissions.

    What is no class has each report printed, a class a summary.

    Everything is in the folder before anything is printed: whoever reads may have gone.

    Returns:
        The exit status.
    """
    look_for_garbage()
    entries, one_by_one = hand_ins.entries, not hand_ins.is_class
    executor, scheduler = find_executor(options.executor), options.scheduler
    path = options.results
    make_folder(path, options.paths)
    origins = Origins.of(entries, options.paths)
    homework, how = Homework.of(rubric), checked_options(options)
    wanted = Wanted(entries, origins, homework, how, options.jobs, options.fresh, executor, scheduler)
    with results_in(path, verbose=options.verbosity > 0) as folder:
        rest = claim(folder.store, rubric, origins, add=options.add)
        if options.verbosity >= 0:
            _say_what_was_said_before(options, folder, one_by_one=one_by_one)
        folder.mark_again(rest, rubric)  # first: once the run is noted, nobody asks for it any more
        if rest:
            say(escape(f"marked again, too, by what was found before: {some(rest)}"))
        with telling_times(folder, entries, rubric.late):
            done = _graded(wanted, folder, reader, quiet=one_by_one or options.verbosity < 0)
        rows = [] if hand_ins.roster is None else settle(folder, hand_ins.roster)
        folder.publish(rubric, any_new=bool(rest) or any(how is not How.KEPT for how in done.values()))
        say_doubts(folder.store, [*(id for id, how in done.items() if how is not How.KEPT), *rest])
        if not (one_by_one or options.add or rest):
            more = sorted(set(folder.store.ids()) - {entry.id for entry in entries})
            taken_out = f"`grade forget {path} ID` takes one out"
            rows += [f"{path} has others, too, who are not in this class: {some(more)}; {taken_out}"] if more else []
        for what in rows if options.verbosity >= 0 and not one_by_one else ():
            say(escape(what))
        ids = [entry.id for entry in entries if entry.id in done]
        status = printed(options, folder.store, ids, one_by_one=one_by_one)
        status.has_failed |= bool(folder.failures.kinds)
        others = folder.store.ids_by_others(rubric.sha256)
    _say_what_is_left(wanted, done, others)
    if len(done) < len(entries):
        return 130
    if not one_by_one and not {path / "grades.csv", path / "index.html"} & folder.failures.kinds.keys():
        say(f"marks in {path}/grades.csv, an overview in {path}/index.html, reports in {path}/reports/")
    return status.value


def _say_what_was_said_before(options: RunOptions, folder: ResultsFolder, *, one_by_one: bool) -> None:
    """What an earlier run was told of this class, and this one is not."""
    if options.roster is None and folder.store.missing():
        names_nobody = one_by_one or options.map is not None
        what = "nobody is looked for in it" if names_nobody else "names are those of the files"
        say(escape(f"{folder.path} was graded with a roster; without --roster, {what}"))
    if options.attempt == "latest" and not one_by_one and folder.store.has_several():
        say(escape(f"{folder.path} was graded with --attempt best; now the latest hand-in of each counts"))


def _graded(wanted: Wanted, folder: ResultsFolder, reader: Reader, *, quiet: bool) -> dict[str, How]:
    """By id, how each submission was dealt with."""
    done: dict[str, How] = {}
    with (
        ClassProgress(len(wanted.entries), quiet=quiet) as progress,
        stop_on_interrupt() as stop,
        closing(grade_class(wanted, folder, reader, stop, progress.watch)) as run,
    ):
        for each in run:
            done[each.id] = each.how
            progress.advance(each)
    return done


def _say_what_is_left(wanted: Wanted, done: Mapping[str, How], others: Sequence[str]) -> None:
    """What a person has to know after the run, on stderr; `others` were marked by another rubric."""
    for entry in wanted.entries:
        if done.get(entry.id) is How.KEPT_NEWER:
            say(f"{escape(entry.id)}: kept the later hand-in; {escape(entry.source)} is older")
    lost = [entry.id for entry in wanted.entries if done.get(entry.id) is How.KEPT_MISSING]
    if lost:
        say(
            escape(
                f"{some(lost)}: listed in the export without files; the marks stay as they are. Is the export whole?"
            )
        )
    left = len(wanted.entries) - len(done)
    if left:
        say(f"interrupted; {left} left. Run the same command again to go on.")
    elif others:
        say(escape(f"marked by another rubric than this: {some(others)}. Grade them again, too"))
