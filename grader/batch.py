"""Many submissions: what is stored and still true is kept, what is not is run, and each is stored as it comes."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from grader.errors import SubmissionRejected
from grader.executors.base import Executor, Stop
from grader.marking import mark
from grader.pipeline import VERSIONS, Options
from grader.records import FUNCTIONS, Content, Entry, GradeReport
from grader.rubric import Rubric
from grader.sources import refuse
from grader.store import Store, is_current, run_key


@dataclass(frozen=True, slots=True)
class Done:
    """One submission of a class run that is dealt with."""

    id: str
    report: GradeReport
    how: str
    """`graded` now, `marked again` from what was found before, or `kept`."""


def grade_class(
    entries: Sequence[Entry],
    rubric: Rubric,
    options: Options,
    store: Store,
    executor: Executor,
    *,
    fresh: bool,
    stop: Stop,
) -> Iterator[Done]:
    """Deal with every entry, in any order; the store has each before it is yielded.

    Args:
        entries: with ids that differ.
        rubric: with the seed of this run.
        options: of the command line.
        store: of the results folder.
        executor: runs what has to be run.
        fresh: whether to run everything again.
        stop: asked before each submission; what runs is finished, what does not is left for the next time.
    """
    functions = [rubric.functions.name(f) for f in FUNCTIONS]
    key = run_key(rubric, VERSIONS, timing=options.timing)
    known = {} if fresh else store.latest()
    to_run: list[Entry] = []
    sha256_of: dict[str, str] = {}
    for entry in entries:
        if stop():
            return
        read = _read(entry, functions)
        sha256_of[entry.id] = read.sha256
        attempt = known.get(entry.id)
        if attempt is None or not is_current(attempt, read.sha256, key):
            to_run.append(replace(entry, read=read.again))
        elif attempt.rubric_sha256 == rubric.sha256:
            yield Done(entry.id, attempt.report, "kept")
        else:
            findings = attempt.findings
            report = mark(rubric, entry.id, entry.name, entry.source, findings)
            store.add(read.sha256, key, findings, report)
            yield Done(entry.id, report, "marked again")
    for entry, findings in executor.run(rubric, options, to_run, stop):
        report = mark(rubric, entry.id, entry.name, entry.source, findings)
        store.add(sha256_of[entry.id], key, findings, report)
        yield Done(entry.id, report, "graded")


@dataclass(frozen=True, slots=True)
class _Read:
    """What reading an entry gave, in a form that can go to another process."""

    sha256: str
    again: Callable[[Sequence[str]], Content]


def _read(entry: Entry, functions: Sequence[str]) -> _Read:
    try:
        content = entry.read(functions)
    except SubmissionRejected as error:
        return _Read(hashlib.sha256(str(error).encode()).hexdigest(), partial(refuse, error))
    return _Read(content.sha256, partial(_give, content))


def _give(content: Content, functions: Sequence[str]) -> Content:
    return content
