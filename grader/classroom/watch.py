"""Grade what arrives, in rounds: each is a class run over the hand-ins whose turn it is (`arrivals.py`).

The class run alone decides what is new (`run.py`) and stores each result before it is told. So a watch that is killed
at any moment loses only what was running then, and runs nothing twice when it is started again.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from grader.classroom.arrivals import Arrivals, tops_of
from grader.classroom.board import PAGE, Seen, write_board
from grader.classroom.calibration import calibrate, has_landmarks, is_due
from grader.classroom.executor import Stop
from grader.classroom.folder import ResultsFolder
from grader.classroom.limits import no_time_is_known, spent
from grader.classroom.reports import Unwritten
from grader.classroom.roots import Origins, claim
from grader.classroom.run import Done, How, Wanted, grade_class
from grader.errors import ClusterLost, GradeError, JudgeError, SubmissionRejected, UsageError
from grader.reading.reader import Reader
from grader.records import Entry, Reading, ReportVerdict
from grader.said import escape, say
from grader.sources import find_entries
from grader.sources.archives import is_archive

_AT_A_TIME = 8
"""Hand-ins of a round for each job, so that the board moves and newcomers get their turn. Where many wait, an eighth
of them: the tables and pages are written after each round."""
_NOTHING_NEW = (How.KEPT, How.KEPT_NEWER, How.KEPT_MISSING)
_UNOPENED_S = 60.0
"""An archive that cannot be opened may still be arriving for so long after it last changed."""


@dataclass(slots=True)
class Watched:
    """A folder that is watched, and what becomes of it."""

    path: Path
    wanted: Wanted
    """Without entries."""
    folder: ResultsFolder
    reader: Reader
    stop: Stop
    say: Callable[[str], None]
    """Told what goes as it should; what went wrong is said in any case."""
    calibrates: bool = False
    """Whether the landmarks race at the start of each day: where submissions are timed by this machine."""
    arrivals: Arrivals = field(default_factory=Arrivals)
    held: dict[str, str] = field(default_factory=dict)
    """By id, why a hand-in waits."""
    seen: Seen = field(default_factory=Seen)
    """What the boards before have read."""
    has_failed: bool = False
    """Whether there was an internal error."""
    is_cut_off: bool = False
    """Whether the cluster is lost, and not there again."""
    nothing: str | None = None
    """Why there is no hand-in, if there is none."""
    has_told_of_times: bool = False
    """Whether it was said that lateness costs nothing where no time of handing in is known."""
    is_published: bool = False
    """By this watch: the one before may have been killed."""

    @property
    def board(self) -> Path:
        """The board's page."""
        return self.folder.path / PAGE

    def is_waiting(self) -> bool:
        """Whether there is something to grade, now or soon."""
        return bool(self.arrivals.waiting)

    def look_and_grade(self) -> None:
        """See what has arrived, and go on in rounds while it is somebody's turn, with those who arrive meanwhile."""
        self._calibrate()
        self._look()
        while not self.stop() and (done := self._round()):
            self.has_failed |= any(each.verdict is ReportVerdict.JUDGE_ERROR for each in done)
            self._publish(any_new=any(each.how not in _NOTHING_NEW for each in done))
            self._look()

    def _calibrate(self) -> None:
        """The landmarks' race of the day, and the board that shows it, where somebody is on one."""
        store, homework, options = self.folder.store, self.wanted.homework, self.wanted.options
        is_timed = self.calibrates and options.timing and has_landmarks(homework)
        if not is_timed or not is_due(store, homework, datetime.now(UTC)):
            return
        try:
            raced = calibrate(store, homework, options, self.stop, self.say)
        except JudgeError as error:  # it costs this race, and no mark
            say(escape(f"the landmarks could not be timed, and are not tried again: {error}"))
            self.calibrates, self.has_failed = False, True
        else:
            if raced is not None and store.last_run() is not None:
                self._publish(any_new=True)

    def _look(self) -> None:
        self.arrivals.look(self._hand_ins(), time.monotonic())

    def _hand_ins(self) -> list[Entry]:
        """Everybody's; none where there is nothing that could be graded, which is said once."""
        try:
            found = find_entries([self.path], self.wanted.homework.names, None, self.reader.people_at)
        except UsageError as error:  # an empty folder; one that is gone for now
            if str(error) != self.nothing:
                self.say(f"{error}; waiting")
            self.nothing = str(error)
            return []
        self.nothing = None
        return found

    def _publish(self, *, any_new: bool) -> None:
        """Write the tables, the pages and the board, each beside its place and then into it."""
        if not any_new and self.is_published:
            return
        self.folder.publish(self.wanted.homework.rubric, any_new=any_new)
        try:
            write_board(self.folder.store, self.seen)
        except OSError as error:  # a full disk: it costs this page
            self.folder.failures.tell(Unwritten(self.board, error))
        self.is_published = True

    def _round(self) -> list[Done]:
        """Deal with those whose turn it is, and store each."""
        wanted = self.wanted
        most = max(_AT_A_TIME * wanted.jobs, len(self.arrivals.waiting) // 8)
        turn = self.arrivals.turn(time.monotonic(), most)
        if not turn:
            return []
        entries = list(turn.values())
        self._tell_of_times(entries)
        origins = Origins.of(entries, [self.path])
        claim(self.folder.store, wanted.homework.rubric, origins, add=False, in_rounds=True)
        asked = replace(wanted, entries=entries, origins=origins, held_back=self._is_held_back)
        done = []
        run = grade_class(asked, self.folder, self.reader, self.stop, lambda names: None)
        with self._patience(), closing(run):
            for each in run:
                self.arrivals.deal(each.id, time.monotonic())
                self.held.pop(each.id, None)
                self._tell_of(each)
                done.append(each)
        return done

    @contextmanager
    def _patience(self) -> Iterator[None]:
        """Where the cluster is lost, say it, and let hand-ins wait until it is there again."""
        try:
            yield
        except (ClusterLost, UsageError) as error:
            if self.is_cut_off:
                return
            if not isinstance(error, ClusterLost):  # there was no cluster from the beginning
                raise
            self.is_cut_off = True
            say("the cluster is lost; hand-ins wait until it is there again, and what was graded is kept")

    def _tell_of_times(self, entries: list[Entry]) -> None:
        late = self.wanted.homework.rubric.late
        if not self.has_told_of_times and (unknown := no_time_is_known(late, entries)) is not None:
            self.say(unknown)
            self.has_told_of_times = True

    def _tell_of(self, done: Done) -> None:
        """Say how a hand-in was dealt with; an internal error in any case, and that the cluster is back."""
        if self.is_cut_off and done.how is How.GRADED:
            self.is_cut_off = False
            say("the cluster is there again")
        if done.verdict is ReportVerdict.JUDGE_ERROR:
            say(escape(f"{done.id}: internal error, so there is no mark; its report says why"))
        elif done.how not in _NOTHING_NEW:
            self.say(f"{done.id}: {done.verdict.value}")

    def _is_held_back(self, entry: Entry, found: Reading | GradeError) -> bool:
        why = self._why_not_yet(entry, found)
        if why is None:
            return False
        self.arrivals.hold(entry.id, time.monotonic())
        if self.held.get(entry.id) != why:
            self.say(f"{entry.id}: waits; {why}")
        self.held[entry.id] = why
        return True

    def _why_not_yet(self, entry: Entry, found: Reading | GradeError) -> str | None:
        """Why a hand-in that has been read is not run now, if it is not."""
        if self.arrivals.has_changed(entry.id):
            return "it is still changing"
        if isinstance(found, SubmissionRejected) and any(map(_may_be_arriving, tops_of(entry.place))):
            return "it cannot be opened yet"
        limit = spent(self.folder.store, self.wanted.homework.rubric.attempts, entry.id, datetime.now(UTC))
        return None if limit is None else f"the rubric allows {limit} (attempts)"


def _may_be_arriving(path: Path) -> bool:
    """Whether it is an archive that changed a short time ago."""
    try:
        return is_archive(path.name) and time.time() - path.stat().st_ctime < _UNOPENED_S
    except OSError:  # gone
        return True
