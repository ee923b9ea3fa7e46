"""Grade a class: keep stored results that still hold, mark again where only points changed, run the rest.

When the executor has room, it takes the next entry. A confined process reads the entry's file, and the store gives the
last attempt with the same id. Then one of four things happens (`How`):

- A later hand-in came from elsewhere (KEPT_NEWER), or the file that is listed is missing (KEPT_MISSING): that stays.
- The attempt is of the same file, and was run under the same conditions (`Run.key`): the attempt stays (KEPT).
- The same as either, but the rubric gives other points now: the attempt's findings are MARKED_AGAIN, nothing is run.
- Anything else: the executor runs it, unless it is held back (`grade watch`). Its findings come back in any order; they
  are marked, and it is GRADED.

Where the best of somebody's hand-ins counts (`several.py`), each of them is run that no attempt tells of. When all are
known, the best becomes the attempt.

The results folder has each submission before it is yielded, so a run that is killed loses only what was running then.
Nothing is kept in memory of a submission that is dealt with, so memory does not grow with the class. Each is run for
itself, those with the same functions too: nobody's mark depends on another's file.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from enum import StrEnum

from grader.classroom.attempts import Attempt, Evidence
from grader.classroom.conditions import Run
from grader.classroom.executor import Executor, Stop, Watch, Work
from grader.classroom.folder import ResultsFolder
from grader.classroom.landmarks import Landmarks
from grader.classroom.read import Read, read_one
from grader.classroom.roots import Origins, is_older
from grader.classroom.several import Several, number_of
from grader.errors import FilesMissing, GradeError
from grader.judging.lateness import lateness
from grader.judging.report import mark
from grader.pipeline import VERSIONS, Options, lost, marked, nothing
from grader.reading.reader import Reader
from grader.records import Entry, Findings, Reading, ReportVerdict, Task, Who
from grader.rubric.homework import Homework


class How(StrEnum):
    """How a submission of a class run was dealt with."""

    GRADED = "graded"
    """Now."""
    MARKED_AGAIN = "marked again"
    """From what was found before."""
    KEPT = "kept"
    KEPT_NEWER = "kept newer"
    """A later hand-in, which came from elsewhere."""
    KEPT_MISSING = "kept, files missing"
    """What was graded before: an export lists the hand-in, and its files are not there."""


@dataclass(frozen=True, slots=True)
class Done:
    """One submission of a class run that is dealt with."""

    id: str
    verdict: ReportVerdict
    how: How


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a class run is asked for."""

    entries: Sequence[Entry]
    """With ids that differ."""
    origins: Origins
    homework: Homework
    """Its rubric has the seed of this run."""
    options: Options
    jobs: int
    fresh: bool
    """Whether to run everything again."""
    executor: Callable[[Work], AbstractContextManager[Executor]]
    """Where it is run."""
    scheduler: str | None
    """As in `Work`."""
    held_back: Callable[[Entry, Reading | GradeError], bool] = lambda entry, found: False
    """Whether what would have to be run is left for later, given what was read of it."""


def grade_class(wanted: Wanted, folder: ResultsFolder, reader: Reader, stop: Stop, watch: Watch) -> Generator[Done]:
    """Deal with every entry, in any order; the folder has each before it is yielded.

    Close the generator where it is left before its end: that ends the processes.

    Args:
        wanted: at least one entry.
        folder: of the results.
        reader: reads what was handed in.
        stop: asked before each submission; what runs is finished, what does not is left for the next time.
        watch: told what runs.
    """
    watch(["nested loops, to compare with"])
    rubric, store = wanted.homework.rubric, folder.store
    options, jobs = replace(wanted.options, secret=store.secret()), min(wanted.jobs, len(wanted.entries))
    run = _ClassRun(wanted, folder, reader, stop)
    work = Work(rubric, options, Landmarks(rubric, options, store), jobs, wanted.scheduler, watch, reader.zygote)
    with wanted.executor(work) as executor:
        store.add_run(run.run)
        for task, findings in executor.run(run.tasks(), stop):
            yield from run.dealt_with()
            done = run.finish(task.entry, findings)
            if done is not None:
                yield done
        yield from run.dealt_with()


def _is_same_person(one: Who, other: Who) -> bool:
    """Whether a report would call both the same."""
    return replace(one, source="") == replace(other, source="")


def _steps_to(entry: Entry) -> int:
    """How deep it lies: sections come last, since anybody can hand in a large one."""
    return len(entry.place.steps)


@dataclass(slots=True)
class _ClassRun:
    """What is known in the course of a run."""

    wanted: Wanted
    folder: ResultsFolder
    reader: Reader
    stop: Stop
    run: Run = field(init=False)
    key: str = field(init=False)
    """What this run finds depends on it."""
    keys: tuple[str, ...] = field(init=False)
    """Attempts under these tell as much, or more: what was timed holds untimed."""
    ready: deque[Done] = field(default_factory=deque)
    """Dealt with without running anything."""
    running: dict[str, Read] = field(default_factory=dict)
    """By id, what the executor has."""
    several: dict[str, Several] = field(default_factory=dict)
    """By the same ids, where it is one of somebody's hand-ins."""

    def __post_init__(self) -> None:
        timing = self.wanted.options.timing
        self.run = Run(self.wanted.homework.rubric, VERSIONS)
        self.key, self.keys = self.run.key(timing=timing), self.run.keys(timing=timing)

    def tasks(self) -> Iterator[Task]:
        """What has to be run; what need not is put into `ready`."""
        for entry in sorted(self.wanted.entries, key=_steps_to):
            if self.stop():
                return
            attempt = self.folder.store.latest_of(entry.id)
            if entry.is_missing:
                self.ready.append(self._missing(entry, attempt))
                continue
            if entry.earlier:
                yield from self._tasks_of(Several(entry), attempt)
                continue
            text = attempt.sha256 if attempt is not None and self._may_hold(attempt) else None
            read = self._read(entry, text).as_told_before(attempt)
            known = None if attempt is None else self._known(read, attempt)
            if known is not None:
                self.ready.append(known)
            elif read.found is not None and not self.wanted.held_back(entry, read.found):
                self.running[entry.id] = read
                yield Task(entry, read.found)

    def dealt_with(self) -> Iterator[Done]:
        """What was dealt with without running it."""
        while self.ready:
            yield self.ready.popleft()

    def _tasks_of(self, several: Several, attempt: Attempt | None) -> Iterator[Task]:
        """What has to be run of somebody's hand-ins, the newest first."""
        entry, count = several.entry, len(several.entry.attempts)
        for one in reversed(entry.attempts):
            read = self._read(one, None)
            if number_of(one) == count and attempt is not None and self._gives_way_to(attempt, read):
                self.ready.append(self._newer(attempt))
                return
            evidence = None if self.wanted.fresh else self.folder.store.considered(entry.id, read.sha256, self.keys)
            if evidence is not None:
                several.found[number_of(one)] = evidence
                continue
            assert read.found is not None
            several.run.add(number_of(one))
            apart = several.named_apart(one)
            self.running[apart.id], self.several[apart.id] = read, several
            yield Task(apart, read.found)
        if several.is_ready:
            self.ready.append(self._best(several))

    def finish(self, entry: Entry, findings: Findings) -> Done | None:
        """Mark and keep what was found, or else a judge error; None while others of the same person's are run."""
        read, several = self.running.pop(entry.id), self.several.pop(entry.id, None)
        try:
            return self._finished(read, several, findings)
        except GradeError:  # of the store
            raise
        except Exception as error:  # a defect of ours: it costs this mark, and no other
            return self._finished(read, several, lost(findings, error))

    def _finished(self, read: Read, several: Several | None, findings: Findings) -> Done | None:
        if several is None:
            return self._kept(read, findings)
        several.found[number_of(read.entry)] = self._considered(read, findings)
        return self._best(several) if several.is_ready else None

    def _kept(self, read: Read, findings: Findings) -> Done:
        return self._stored(read.entry, self._evidence(read, findings), How.GRADED)

    def _stored(self, entry: Entry, evidence: Evidence, how: How) -> Done:
        report = mark(self.wanted.homework, entry.who, evidence.findings)
        self.folder.keep(evidence, report)
        return Done(entry.id, report.verdict, how)

    def _evidence(self, read: Read, findings: Findings) -> Evidence:
        id = read.entry.id
        findings, key = self._with_earlier_timings(id, read.sha256, findings)
        return Evidence(read.sha256, key, findings, read.functions_key, self.wanted.origins.roots[id])

    def _considered(self, read: Read, findings: Findings) -> Evidence:
        """What was found of one of several hand-ins; an error of ours is tried again the next time."""
        evidence = self._evidence(read, findings)
        if findings.verdict is not ReportVerdict.JUDGE_ERROR:
            self.folder.store.consider(read.entry.id, evidence)
        return evidence

    def _best(self, several: Several) -> Done:
        """Keep the best of somebody's hand-ins, unless it is kept already."""
        store, homework = self.folder.store, self.wanted.homework
        best, evidence = several.best(lambda one, found: store.decided(marked(homework, one, found.findings)))
        attempt = store.latest_of(best.id)
        same = attempt is not None and (attempt.sha256, attempt.run_key) == (evidence.sha256, evidence.run_key)
        if attempt is not None and same and number_of(best) not in several.run:
            done = self._marked_again(attempt, best) or Done(best.id, ReportVerdict(attempt.verdict), How.KEPT)
        else:
            done = self._stored(best, evidence, How.GRADED if several.run else How.MARKED_AGAIN)
        several.is_decided = True
        return done

    def _missing(self, entry: Entry, attempt: Attempt | None) -> Done:
        """Whoever handed in nothing; what came at another time stays."""
        if attempt is not None and attempt.verdict != ReportVerdict.MISSING:
            return self._marked_again(attempt) or Done(attempt.id, ReportVerdict(attempt.verdict), How.KEPT)
        known = None if attempt is None else self._known(Read(entry, "", None), attempt)
        return known or self._kept(Read(entry, "", None), nothing(self.wanted.homework, self.wanted.options))

    def _with_earlier_timings(self, id: str, sha256: str, findings: Findings) -> tuple[Findings, str]:
        """What was found without timing, with the timings of the same text that still hold; and its key then."""
        if self.wanted.options.timing or not findings.was_checked:
            return findings, self.key
        attempt = self.folder.store.attempt_at(id, sha256, self.run.keys_of_timings())
        timings = () if attempt is None else attempt.findings.timings
        if not timings:
            return findings, self.key
        return replace(findings, timings=timings, timed=True), self.keys[0]

    def _known(self, read: Read, attempt: Attempt) -> Done | None:
        """How the store's last attempt stands, where it still holds or is newer than this."""
        if isinstance(read.found, FilesMissing) and attempt.verdict not in ("judge_error", ReportVerdict.MISSING):
            return replace(self._newer(attempt), how=How.KEPT_MISSING)
        if self._gives_way_to(attempt, read):
            return self._newer(attempt)
        if self._may_hold(attempt) and attempt.sha256 == read.sha256:
            return self._marked_again(attempt, read.entry) or Done(attempt.id, ReportVerdict(attempt.verdict), How.KEPT)
        return None

    def _newer(self, attempt: Attempt) -> Done:
        """A later hand-in, which came from elsewhere, stays."""
        return self._marked_again(attempt) or Done(attempt.id, ReportVerdict(attempt.verdict), How.KEPT_NEWER)

    def _may_hold(self, attempt: Attempt) -> bool:
        """Whether a stored attempt says what running the same file again would find."""
        return not self.wanted.fresh and attempt.run_key in self.keys and attempt.verdict != "judge_error"

    def _gives_way_to(self, attempt: Attempt, read: Read) -> bool:
        """Whether what was read is older than what the store has of that person."""
        return is_older(self.folder.store, attempt, read.entry.who, read.sha256, self.wanted.origins)

    def _marked_again(self, attempt: Attempt, entry: Entry | None = None) -> Done | None:
        """Where only the points, the lateness or what is known of the person have changed; `entry` is what it is of."""
        rubric, computed = self.wanted.homework.rubric, attempt.computed  # an extension is no part of what is marked
        late, before = lateness(rubric.late, computed.who if entry is None else entry.who, None), computed.late
        same = attempt.rubric_sha256 == rubric.sha256 and late == (before and replace(before, points=None))
        same &= entry is None or _is_same_person(entry.who, computed.who)
        if same or attempt.run_key not in self.keys:
            return None
        if entry is None:
            evidence, who = attempt.evidence, computed.who
        else:
            evidence, who = replace(attempt.evidence, root=self.wanted.origins.roots[entry.id]), entry.who
        report = mark(self.wanted.homework, who, evidence.findings)
        self.folder.keep(evidence, report)
        return Done(attempt.id, report.verdict, How.MARKED_AGAIN)

    def _read(self, entry: Entry, known: str | None) -> Read:
        return read_one(self.reader, entry, self.wanted.homework, known)
