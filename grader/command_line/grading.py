"""Grade one submission after the other, or a class into a results folder."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from grader.command_line.commands.run import RunOptions
from grader.command_line.hand_ins import found
from grader.command_line.isolation import layers
from grader.command_line.options import checked_options, rubric_file
from grader.command_line.printing import Status, show
from grader.errors import UsageError, named_paths
from grader.pipeline import Grader
from grader.reading.reader import OwnReader, Reader
from grader.records import Entry
from grader.rubric.homework import Homework
from grader.rubric.model import WholeRubric
from grader.rubric.reading import load_rubric

if TYPE_CHECKING:
    from grader.sandbox.spawn import Zygote


def grade(options: RunOptions, zygote: "Zygote | None") -> int:
    """The exit status; `zygote` may have been started already, for submissions that are graded one by one."""
    with named_paths():
        rubric = load_rubric(rubric_file(options.rubric))
    with OwnReader(layers(options), zygote) as reader:
        entries, is_class = found(options, Homework.of(rubric).names, reader)
        if options.seed is not None:
            rubric = rubric.model_copy(update={"seed": options.seed})
        if options.due is not None:
            rubric = _due(rubric, options.due)
        if options.is_for_one and len(entries) != 1:
            raise UsageError(
                f"--format {options.format} is for one submission; --out DIR writes a page for each into DIR/reports/"
            )
        if options.scheduler is not None and options.executor == "local":
            raise UsageError("--scheduler is for a cluster; say --executor dask with it")
        if not is_class and options.out is None and options.executor != "local":
            raise UsageError(
                f"--executor {options.executor} is for a class; name its folder, or a results folder (--out)"
            )
        if is_class or options.out is not None:
            from grader.command_line.whole_class import grade_into  # a few submissions do without

            return grade_into(options, rubric, entries, reader, one_by_one=not is_class)
        return _grade_few(options, rubric, entries, reader)


def _due(rubric: WholeRubric, due: str) -> WholeRubric:
    if rubric.late is None:
        raise UsageError("--due: the rubric has no `late`, which says what lateness costs; see docs/rubric.md")
    return rubric.model_copy(update={"late": rubric.late.model_copy(update={"due": due})})


def _grade_few(options: RunOptions, rubric: WholeRubric, entries: Sequence[Entry], reader: Reader) -> int:
    status = Status(options.fail_under)
    with Grader(rubric, checked_options(options), zygote=reader.zygote) as grader:
        for number, entry in enumerate(entries):
            report = grader.grade(entry)
            status.has_failed |= not show(report, options, first=number == 0)
            status.add(report)
    return status.value
