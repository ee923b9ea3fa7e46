"""Grade one submission after the other, or a class into a results folder."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from grader.command_line.commands.run import RunOptions
from grader.command_line.hand_ins import HandIns, found, say_named_after_folders, with_known_names
from grader.command_line.isolation import layers
from grader.command_line.options import checked_options, named_rubric, rubric_of_the_folder, say_whose
from grader.command_line.printing import Status, show
from grader.errors import UsageError
from grader.pipeline import Grader
from grader.reading.reader import OwnReader, Reader
from grader.records import Entry
from grader.rubric.homework import Homework
from grader.rubric.model import WholeRubric

if TYPE_CHECKING:
    from grader.sandbox.spawn import Zygote


def grade(options: RunOptions, zygote: "Zygote | None") -> int:
    """The exit status; `zygote` may have been started already, for submissions that are graded one by one."""
    with OwnReader(layers(options), zygote) as reader:
        rubric, hand_ins = _asked(options, reader)
        if options.seed is not None:
            rubric = rubric.model_copy(update={"seed": options.seed})
        if options.due is not None:
            rubric = _due(rubric, options.due)
        if options.is_for_one and len(hand_ins.entries) != 1:
            what = f"--format {options.format} is for one submission; grade a class with --out DIR alone"
            raise UsageError(f"{what}: {options.all_of('DIR')}")
        if options.scheduler is not None and options.executor == "local":
            raise UsageError("--scheduler is for a cluster; say --executor dask with it")
        if not hand_ins.is_class and options.out is None and options.executor != "local":
            raise UsageError(
                f"--executor {options.executor} is for a class; name its folder, or a results folder (--out)"
            )
        if hand_ins.is_class or options.out is not None:
            from grader.command_line.whole_class import grade_into  # a few submissions do without

            return grade_into(options, rubric, hand_ins, reader)
        return _grade_few(options, rubric, hand_ins.entries, reader)


def _asked(options: RunOptions, reader: Reader) -> tuple[WholeRubric, HandIns]:
    """By what whose hand-ins are graded."""
    rubric = named = named_rubric(options.rubric)
    if options.rubric is None and not options.is_few:
        rubric = rubric_of_the_folder(options.results, named)
    hand_ins = _found(options, rubric, reader)
    if not hand_ins.is_class and options.out is not None:
        hand_ins = replace(hand_ins, entries=with_known_names(hand_ins.entries, options.out))
        if options.verbosity >= 0:
            say_named_after_folders(hand_ins.entries)
    if rubric == named:
        return rubric, hand_ins
    if not hand_ins.is_class and options.out is None:  # nothing is written into that folder
        return named, _found(options, named, reader)
    if options.verbosity >= 0:
        say_whose(options.results, rubric)
    return rubric, hand_ins


def _found(options: RunOptions, rubric: WholeRubric, reader: Reader) -> HandIns:
    due = None if rubric.late is None else options.due or rubric.late.due
    return found(options, Homework.of(rubric).names, reader, due)


def _due(rubric: WholeRubric, due: str) -> WholeRubric:
    if rubric.late is None:
        raise UsageError(
            "--due: the rubric has no `late`, which says what lateness costs. Grade by a rubric file of your own with "
            f"`late: {{due: {due}, per_day_percent: 10}}` beside `extends`; see docs/rubric.md"
        )
    return rubric.model_copy(update={"late": rubric.late.model_copy(update={"due": due})})


def _grade_few(options: RunOptions, rubric: WholeRubric, entries: Sequence[Entry], reader: Reader) -> int:
    status = Status(options.fail_under)
    with Grader(rubric, checked_options(options), zygote=reader.zygote) as grader:
        for number, entry in enumerate(entries):
            report = grader.grade(entry)
            status.has_failed |= not show(report, options, first=number == 0)
            status.add(report)
    return status.value
