"""`grade similar RESULTS`."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grader.command_line import parsing
from grader.command_line.command import Command
from grader.command_line.isolation import IsolationOptions, add_isolation, layers
from grader.errors import UsageError, named_paths
from grader.said import escape, say

if TYPE_CHECKING:
    from grader.records import Likeness

_GONE = "is no longer where it was graded"
FORMS = ("terminal", "json", "csv", "html")


@dataclass(frozen=True, kw_only=True)
class SimilarOptions(IsolationOptions):
    """Options of `grade similar`."""

    results: Path
    starter: Path | None
    against: list[Path]
    most: int
    format: str
    out: Path | None
    export: Path | None


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    add = parser.add_argument
    add("results", type=parsing.path, metavar="RESULTS", help="the results folder")
    add("--starter", type=parsing.path, metavar="FILE", help="the file that everybody was given: its code is no copy")
    add(
        "--against",
        type=parsing.path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="compare with this folder too: older terms, public solutions; may be repeated",
    )
    add("--most", type=parsing.whole_number(1, 10_000), default=50, metavar="N", help="pairs to show; default: 50")
    add("--format", choices=FORMS, default="terminal", help="default: terminal; html shows pairs side by side")
    add("--out", type=parsing.path, metavar="FILE", help="write to a file instead")
    add("--export", type=parsing.path, metavar="DIR", help="write all texts into a new folder, for Dolos and JPlag")
    add_isolation(parser)


def run(options: SimilarOptions) -> int:
    """Compare what was handed in, and print who wrote alike; the exit status."""
    from grader.classroom.files import write_asked_for
    from grader.classroom.folder import open_results
    from grader.command_line.texts import entries_at, entries_of, read_texts, starter_shape, write_texts
    from grader.reading.reader import OwnReader
    from grader.records import ReportVerdict
    from grader.rubric.homework import Homework
    from grader.similarity import likeness

    with open_results(options.results) as store:
        last, roots = store.last_run(), store.roots()
        latest = [one for one in store.latest(store.ids()) if one.verdict != ReportVerdict.MISSING]
    if last is None or not roots:
        raise UsageError(f"{options.results}: was graded by an older convgrade; grade the class again")
    for root in (root for root in roots if not Path(root).exists()):
        say(f"{escape(root)}: is no longer there; who was graded there is compared by what else there is of them")
    homework = Homework.of(last.rubric)
    with named_paths(), OwnReader(layers(options)) as reader:
        entries, gone = entries_of(latest, list(map(Path, roots)), homework.names, reader)
        texts, unread = read_texts(entries, homework, reader)
        unread += [(id, _GONE) for id in gone]
        against = entries_at(options.against, homework.names, reader)
        others, left_out = read_texts(against, homework, reader, of_class=False)
        starter = None if options.starter is None else starter_shape(options.starter, homework, reader)
    if left_out:
        say(f"{len(left_out)} of the files to compare with could not be looked at, such as {': '.join(left_out[0])}")
    if options.export is not None:
        write_texts(options.export, texts)
    found = likeness(last.rubric.name, [*texts, *others], starter, unread, options.most)
    text = _rendered(found, options)
    if options.out is None:
        print(text)
    else:
        write_asked_for(options.out, text + "\n")
        say(f"the pairs that are alike are in {options.out}")
    return 0


def _rendered(found: "Likeness", options: SimilarOptions) -> str:
    from grader.command_line.terminal import width
    from grader.reports import similar, similar_page

    if options.format == "html":
        return similar_page.render(found)
    if options.format == "terminal":
        return similar.terminal(found) if options.out else similar.terminal(found, width())
    return similar.json(found) if options.format == "json" else similar.csv(found)


COMMAND = Command(
    name="similar",
    help="show who wrote alike, as a hint for a person",
    usage="RESULTS [options]",
    add_options=add_options,
    options=SimilarOptions,
    run=run,
    description="Compare the graded functions of a class with each other. Names, comments,\n"
    "layout, kinds of loops and the order of independent statements do not matter.\n"
    "What is shown is a hint for a person; no mark depends on it.",
    stops="nothing was compared",
)
