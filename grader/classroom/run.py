"""Many submissions: what is stored and still true is kept, what is not is run, and each is stored as it comes.

Everything is read and handed on one by one, so that memory does not grow with the class.
"""

import hashlib
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from grader.classroom.executors.base import Executor, Stop
from grader.classroom.roots import Origins, same_place
from grader.classroom.store import Attempt, Run, Store
from grader.errors import GradeError, JudgeError, SubmissionRejected, reason
from grader.judging.report import mark
from grader.pipeline import VERSIONS, Grader, Options, lost
from grader.records import Content, Entry, Findings, GradeReport, Task, Timing
from grader.rubric.assignment import Assignment
from grader.rubric.model import Rubric, SpeedItem
from grader.source_code.syntax import quietly
from grader.source_code.text import parse
from grader.source_code.twins import Identity, as_found_of, identify
from grader.sources import refuse


@dataclass(frozen=True, slots=True)
class Done:
    """One submission of a class run that is dealt with."""

    id: str
    report: GradeReport
    how: str
    """`graded` now, `as a twin` of one with the same functions, `marked again` from what was found before, `kept`, or
    `kept newer` where a later hand-in came from elsewhere."""


def grade_class(
    entries: Sequence[Entry],
    rubric: Rubric,
    options: Options,
    store: Store,
    executor: Executor,
    origins: Origins,
    *,
    fresh: bool,
    stop: Stop,
) -> Iterator[Done]:
    """Deal with every entry, in any order; the store has each before it is yielded.

    Submissions with the same functions are checked once; each is timed for itself.

    Args:
        entries: with ids that differ.
        rubric: with the seed of this run.
        options: of the command line.
        store: of the results folder.
        executor: runs what has to be run.
        origins: where the submissions lie.
        fresh: whether to run everything again.
        stop: asked before each submission; what runs is finished, what does not is left for the next time.
    """
    run = _ClassRun(entries, rubric, options, store, origins, fresh=fresh, stop=stop)
    store.add_run(Run(rubric, VERSIONS))
    for tasks in (run.first_tasks(), run.twin_tasks()):
        for task, findings in executor.run(tasks, stop):
            yield from run.dealt_with()
            yield run.finish(task.entry, findings, "as a twin" if task.verified else "graded")
        yield from run.dealt_with()


@dataclass(slots=True)
class _Read:
    """What reading an entry gave: its hash, and an entry that gives the same again in another process."""

    sha256: str
    entry: Entry
    content: Content | None = None


@dataclass(slots=True)
class _ClassRun:
    """What is known in the course of a run."""

    entries: Sequence[Entry]
    rubric: Rubric
    options: Options
    store: Store
    origins: Origins
    fresh: bool
    stop: Stop
    key: str = field(init=False)
    """What this run finds depends on it."""
    keys: tuple[str, ...] = field(init=False)
    """Attempts under these tell as much, or more: what was timed holds untimed."""
    assignment: Assignment = field(init=False)
    functions: list[str] = field(init=False)
    leaders: dict[str, str] = field(init=False)
    """Key of the functions -> id of the submission that is checked for all that have them."""
    twins: list[Entry] = field(default_factory=list)
    ready: deque[Done] = field(default_factory=deque)
    """Dealt with without running anything."""
    running: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """By id, hash and functions' key of what the executor has."""

    def __post_init__(self) -> None:
        run = Run(self.rubric, VERSIONS)
        self.key, self.keys = run.key(timing=self.options.timing), run.keys(timing=self.options.timing)
        self.assignment = Assignment.of(self.rubric)
        self.functions = [*self.assignment.names.values()]
        stored = {} if self.fresh else self.store.functions_keys()
        here = {entry.id for entry in self.entries}
        self.leaders = {k: id for id, (key, k) in stored.items() if key in self.keys and id in here}

    def first_tasks(self) -> Iterator[Task]:
        """What has to be run whole; what need not is put into `ready`, and twins are put off."""
        for entry in self.entries:
            if self.stop():
                return
            read = self._read(entry)
            if self._is_known(read):
                continue
            identity = self._identify(read)
            if identity is not None and self.leaders.setdefault(identity.key, entry.id) != entry.id:
                self.twins.append(entry)
                continue
            yield self._task(read, identity)

    def twin_tasks(self) -> Iterator[Task]:
        """What is left of the twins: their timing, or everything where nothing can be concluded."""
        by_id = {entry.id: entry for entry in self.entries}
        for entry in self.twins:
            if self.stop():
                return
            read = self._read(entry)
            identity = self._identify(read)
            found = None if identity is None else self._concluded(identity, by_id)
            task = replace(self._task(read, identity), verified=found)
            if found is None or (self.options.timing and _has_speed_items(self.rubric)):
                yield task
            else:
                self.ready.append(self.finish(task.entry, found, "as a twin"))

    def dealt_with(self) -> Iterator[Done]:
        """What was dealt with without running it."""
        while self.ready:
            yield self.ready.popleft()

    def finish(self, entry: Entry, findings: Findings, how: str) -> Done:
        """Mark and keep what was found. Where that fails, it is a judge error of this submission alone."""
        running = self.running.pop(entry.id)
        try:
            return Done(entry.id, self._kept(entry, findings, *running), how)
        except GradeError:  # of the store
            raise
        except Exception as error:  # a defect of ours: it costs this mark, and no other
            return Done(entry.id, self._kept(entry, lost(findings, error), *running), how)

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

    def _task(self, read: _Read, identity: Identity | None) -> Task:
        self.running[read.entry.id] = read.sha256, None if identity is None else identity.key
        return Task(read.entry)

    def _is_known(self, read: _Read) -> bool:
        """Whether the store's last attempt still holds, or is newer than this; then it is dealt with."""
        attempt = self.store.latest_of(read.entry.id)
        if attempt is None:
            return False
        if self._gives_way_to(attempt, read):
            self._keep(attempt, "kept newer")
        elif not self.fresh and self._holds(attempt, read):
            self._keep(attempt, "kept", read.entry)
        else:
            return False
        return True

    def _holds(self, attempt: Attempt, read: _Read) -> bool:
        """Whether a stored attempt says what running the submission again would find."""
        same = attempt.sha256 == read.sha256 and attempt.run_key in self.keys
        return same and attempt.verdict != "judge_error"

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

    def _concluded(self, identity: Identity, by_id: dict[str, Entry]) -> Findings | None:
        """As `_found_of_leader`; nothing where that fails."""
        try:
            return self._found_of_leader(identity, by_id)
        except GradeError:  # of the store
            raise
        except Exception:  # a defect of ours: the twin is run for itself
            return None

    def _found_of_leader(self, identity: Identity, by_id: dict[str, Entry]) -> Findings | None:
        """What holds for this twin, if its leader was graded and has not changed since."""
        leader = by_id.get(self.leaders.get(identity.key, ""))
        if leader is None:  # the file has changed in the meantime
            return None
        attempt, read = self.store.latest_of(leader.id), self._read(leader)
        if attempt is None or not self._holds(attempt, read):
            return None
        of = self._identify(read)
        return None if of is None else as_found_of(identity, attempt.findings, of)

    def _read(self, entry: Entry) -> _Read:
        try:
            content = entry.read(self.functions)
        except SubmissionRejected as error:
            return _unread(entry, error)
        except Exception as error:  # ours: this file cannot be read here, and the others can
            said = reason(error) if isinstance(error, OSError) else str(error)
            ours = error if isinstance(error, JudgeError) else JudgeError(said or type(error).__name__)
            ours.add_note(traceback.format_exc())  # a traceback does not come along to another process
            return _unread(entry, ours)
        return _Read(content.sha256, replace(entry, read=partial(give, content)), content)

    def _identify(self, read: _Read) -> Identity | None:
        try:
            with quietly():
                return None if read.content is None else identify(parse(read.content, self.functions), self.functions)
        except Exception:  # it is run all the same, and its report says why
            return None


def _unread(entry: Entry, error: SubmissionRejected | JudgeError) -> _Read:
    """An entry that cannot be read, with the reason: the same again in another process."""
    sha256 = hashlib.sha256(str(error).encode("utf-8", "replace")).hexdigest()
    return _Read(sha256, replace(entry, read=partial(refuse, error)))


def give(content: Content, functions: Sequence[str]) -> Content:
    """As `Entry.read` of an entry whose content is known."""
    return content


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
