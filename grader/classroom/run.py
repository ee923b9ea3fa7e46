"""Grade a class: keep stored results that still hold, run the rest, store each as it finishes.

Everything is read and handed on one by one, so that memory does not grow with the class.
"""

import hashlib
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from grader.classroom.executors.base import Executor, Stop
from grader.classroom.roots import Origins, same_place
from grader.classroom.store import Attempt, Run, Store
from grader.errors import GradeError, JudgeError, SubmissionRejected, reason
from grader.judging.report import mark
from grader.pipeline import VERSIONS, Grader, Options, lost, read_entry
from grader.reading.reader import Reader
from grader.records import Entry, Findings, GradeReport, Reading, Task, Timing
from grader.rubric.assignment import Assignment
from grader.rubric.model import Rubric, SpeedItem


@dataclass(frozen=True, slots=True)
class Done:
    """One submission of a class run that is dealt with."""

    id: str
    report: GradeReport
    how: str
    """`graded` now, `marked again` from what was found before, `kept`, or `kept newer` where a later hand-in came from
    elsewhere."""


def grade_class(
    entries: Sequence[Entry],
    rubric: Rubric,
    options: Options,
    store: Store,
    reader: Reader,
    executor: Executor,
    origins: Origins,
    *,
    fresh: bool,
    stop: Stop,
) -> Iterator[Done]:
    """Deal with every entry, in any order; the store has each before it is yielded.

    Each is run for itself, those with the same functions too: nobody's mark depends on another's file.

    Args:
        entries: with ids that differ.
        rubric: with the seed of this run.
        options: of the command line.
        store: of the results folder.
        reader: reads what was handed in.
        executor: runs what has to be run.
        origins: where the submissions lie.
        fresh: whether to run everything again.
        stop: asked before each submission; what runs is finished, what does not is left for the next time.
    """
    run = _ClassRun(entries, rubric, options, store, reader, origins, fresh=fresh, stop=stop)
    store.add_run(Run(rubric, VERSIONS))
    for task, findings in executor.run(run.tasks(), stop):
        yield from run.dealt_with()
        yield run.finish(task.entry, findings)
    yield from run.dealt_with()


@dataclass(frozen=True, slots=True)
class _Read:
    """What reading an entry gave."""

    entry: Entry
    sha256: str
    """The digest of the file; where it could not be read, of the reason."""
    found: Reading | GradeError | None
    """None where it is the file that is stored."""

    @property
    def functions_key(self) -> str | None:
        """As in `Reading`."""
        return self.found.functions_key if isinstance(self.found, Reading) else None


@dataclass(slots=True)
class _ClassRun:
    """What is known in the course of a run."""

    entries: Sequence[Entry]
    rubric: Rubric
    options: Options
    store: Store
    reader: Reader
    origins: Origins
    fresh: bool
    stop: Stop
    key: str = field(init=False)
    """What this run finds depends on it."""
    keys: tuple[str, ...] = field(init=False)
    """Attempts under these tell as much, or more: what was timed holds untimed."""
    assignment: Assignment = field(init=False)
    ready: deque[Done] = field(default_factory=deque)
    """Dealt with without running anything."""
    running: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """By id, hash and functions' key of what the executor has."""

    def __post_init__(self) -> None:
        run = Run(self.rubric, VERSIONS)
        self.key, self.keys = run.key(timing=self.options.timing), run.keys(timing=self.options.timing)
        self.assignment = Assignment.of(self.rubric)

    def tasks(self) -> Iterator[Task]:
        """What has to be run; what need not is put into `ready`."""
        for entry in self.entries:
            if self.stop():
                return
            attempt = self.store.latest_of(entry.id)
            read = self._read(entry, attempt)
            if self._is_known(read, attempt) or read.found is None:
                continue
            self.running[entry.id] = read.sha256, read.functions_key
            yield Task(entry, read.found)

    def dealt_with(self) -> Iterator[Done]:
        """What was dealt with without running it."""
        while self.ready:
            yield self.ready.popleft()

    def finish(self, entry: Entry, findings: Findings) -> Done:
        """Mark and keep what was found. Where that fails, it is a judge error of this submission alone."""
        running = self.running.pop(entry.id)
        try:
            return Done(entry.id, self._kept(entry, findings, *running), "graded")
        except GradeError:  # of the store
            raise
        except Exception as error:  # a defect of ours: it costs this mark, and no other
            return Done(entry.id, self._kept(entry, lost(findings, error), *running), "graded")

    def _kept(self, entry: Entry, findings: Findings, sha256: str, functions_key: str | None) -> GradeReport:
        findings, key = self._with_earlier_timings(entry.id, sha256, findings)
        report = mark(self.assignment, entry.id, entry.name, entry.source, findings)
        self.store.add(sha256, key, findings, report, functions_key, self.origins.roots[entry.id])
        return report

    def _with_earlier_timings(self, id: str, sha256: str, findings: Findings) -> tuple[Findings, str]:
        """What was found without timing, with the timings of the same text that still hold; and its key then."""
        if self.options.timing or findings.verification is None:
            return findings, self.key
        attempt = self.store.attempt_at(id, sha256, Run(self.rubric, VERSIONS).keys_of_timings())
        if attempt is None or not attempt.findings.timings:
            return findings, self.key
        return replace(findings, timings=attempt.findings.timings, timed=True), self.keys[0]

    def _is_known(self, read: _Read, attempt: Attempt | None) -> bool:
        """Whether the store's last attempt still holds, or is newer than this; then it is dealt with."""
        if attempt is None:
            return False
        if self._gives_way_to(attempt, read):
            self._keep(attempt, "kept newer")
        elif self._may_hold(attempt) and attempt.sha256 == read.sha256:
            self._keep(attempt, "kept", read.entry)
        else:
            return False
        return True

    def _may_hold(self, attempt: Attempt) -> bool:
        """Whether a stored attempt says what running the same file again would find."""
        return not self.fresh and attempt.run_key in self.keys and attempt.verdict != "judge_error"

    def _gives_way_to(self, attempt: Attempt, read: _Read) -> bool:
        """Whether what was read has been replaced by a hand-in from elsewhere since, and has not changed after that."""
        there, here = attempt.root, self.origins.roots[read.entry.id]
        if self.origins.named or there is None or attempt.sha256 == read.sha256 or same_place(there, here):
            return False
        return any(not same_place(there, root) for root in self.store.roots_of(attempt.id, read.sha256))

    def _keep(self, attempt: Attempt, how: str, entry: Entry | None = None) -> None:
        """Let a stored attempt stand, marked again if only the points have changed; `entry` is what it is of."""
        report = attempt.report
        if attempt.rubric_sha256 != self.rubric.sha256 and attempt.run_key in self.keys:
            name, source = (report.submission[key] or "" for key in ("name", "source"))
            root = attempt.root
            if entry is not None:
                name, source, root = entry.name, entry.source, self.origins.roots[entry.id]
            report, how = mark(self.assignment, attempt.id, name, source, attempt.findings), "marked again"
            functions_key = attempt.functions_key
            self.store.add(attempt.sha256, attempt.run_key, attempt.findings, report, functions_key, root)
        self.ready.append(Done(attempt.id, report, how))

    def _read(self, entry: Entry, attempt: Attempt | None) -> _Read:
        """What was handed in."""
        known = attempt.sha256 if attempt is not None and self._may_hold(attempt) else None
        found: Reading | GradeError | None
        try:
            found = read_entry(self.reader, entry, self.assignment, known)
        except (SubmissionRejected, JudgeError) as error:
            found = error
        except Exception as error:  # ours: this file cannot be read here, and the others can
            said = reason(error) if isinstance(error, OSError) else str(error)
            found = JudgeError(said or type(error).__name__)
            found.add_note(traceback.format_exc())  # a traceback does not come along to another process
        return _Read(entry, _hash_of(found, known), found)


def _hash_of(found: Reading | GradeError | None, known: str | None) -> str:
    if isinstance(found, Reading):
        return found.sha256
    if isinstance(found, SubmissionRejected) and found.sha256 is not None:
        return found.sha256
    return known or "" if found is None else hashlib.sha256(str(found).encode("utf-8", "replace")).hexdigest()


def _has_speed_items(rubric: Rubric) -> bool:
    return any(isinstance(item, SpeedItem) for item in rubric.items)


def landmark(rubric: Rubric, options: Options, store: Store) -> tuple[Timing, ...]:
    """How the nested loops do under the conditions of this run, once for all submissions and runs; nothing if untimed.

    Every submission with loops of its own is seen against this, so that it is the same for all, however many
    processes grade, in whatever order, and how often.
    """
    key = Run(rubric, VERSIONS).key(timing=options.timing)
    if not options.timing or not _has_speed_items(rubric):
        return ()
    known = store.landmark(key)
    if known is None:
        with Grader(rubric, options) as grader:
            known = grader.landmark()
        if all(timing.speed for timing in known):
            store.add_landmark(key, known)
    return known
