"""The board of what a results folder holds, and its page in that folder."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from grader.classroom.attempts import Attempt
from grader.classroom.conditions import Run
from grader.classroom.files import write_whole
from grader.classroom.folder import open_results
from grader.classroom.leaderboard import Names, calibration_of, rank
from grader.classroom.loops import landmark_of
from grader.classroom.pseudonyms import default_key, load_key
from grader.classroom.roll import Roll
from grader.classroom.store import Store
from grader.classroom.ways import changes
from grader.errors import UsageError
from grader.records import FUNCTIONS, Board, Function, PastBoard, Timing
from grader.reports import leaderboard_page
from grader.rubric.model import SpeedItem, WholeRubric

PAGE = "leaderboard.html"


@dataclass(slots=True)
class Seen:
    """What has been read of a store for its boards. No stored attempt ever changes, so none is read twice.

    Where one that was read is not there any more, it is another database or somebody was taken out, and all of it is
    read.
    """

    _roll: Roll | None = None
    _of: object = None
    """Under which conditions, and with which decisions, they were read."""
    _last: Attempt | None = None
    _until: int = 0
    """How many attempts there were up to the last one, of whatever conditions."""

    def roll(self, store: Store, run: Run, functions: Sequence[Function]) -> Roll:
        """Every attempt that was run as `run` wants it."""
        of = run, functions, store.decisions()
        if self._roll is None or self._of != of or not self._is_there(store):
            self._roll, self._of, self._last = Roll(run.rubric, functions), of, None
        upto = 0 if self._last is None else self._last.number
        for attempt in store.attempts_at([run.key(timing=timed) for timed in (True, False)], after=upto):
            self._roll.note(attempt.report_by(run.rubric))
            self._last = attempt
        self._until = 0 if self._last is None else store.attempts_until(self._last.number)
        return self._roll

    def _is_there(self, store: Store) -> bool:
        """Whether what was read is there still."""
        last = self._last
        return last is None or (
            last.is_same_row(store.attempt(last.number)) and store.attempts_until(last.number) == self._until
        )


def board_of(
    store: Store,
    run: Run,
    names: Names,
    secret: bytes = b"",
    functions: Sequence[Function] = FUNCTIONS,
    past: Sequence[PastBoard] = (),
    seen: Seen | None = None,
) -> Board:
    """The board of every attempt that was run as `run` wants it.

    Args:
        store: of the results folder.
        run: its last one; its rubric's `leaderboard` says how to rank.
        names: how submissions are called.
        secret: the key of pseudonyms, where names are not real.
        functions: whose speed counts.
        past: of other terms.
        seen: what boards of this store before this one have read of it.
    """
    roll, key = (seen or Seen()).roll(store, run, functions), run.key(timing=True)
    return rank(
        roll,
        names=names,
        secret=secret,
        landmark=_loops(store, run, roll),
        left_out=len(set(store.ids()) - roll.ids),
        retime=store.last_retime(key),
        changes=changes(run.rubric),
        past=past,
        calibration=calibration_of(store.retimes(key)),
    )


def _loops(store: Store, run: Run, roll: Roll) -> tuple[Timing, ...]:
    """How nested loops do on the machine that timed most, as far as that is known."""
    found = (landmark_of(store, run, dict(machine)) for machine, _ in roll.machines.most_common())
    return next((timings for timings in found if timings), ())


def past_board(folder: Path, run: Run, machine: str, functions: Sequence[Function]) -> PastBoard:
    """What another results folder's board says of those who are ranked there.

    Args:
        folder: of those results.
        run: of this term: it has to time the same for its ratios to be comparable.
        machine: what this term's board was timed on.
        functions: whose speed counts.

    Raises:
        UsageError: where there is nobody, or no results folder.
    """
    with open_results(folder) as store:
        old = store.last_run()
        board = None if old is None else board_of(store, old, "anonymous", functions=functions)
    speeds = [row.speed.median for row in board.rows if row.speed is not None] if board is not None else []
    if old is None or board is None or not speeds:
        raise UsageError(f"--against {folder}: nobody is ranked by speed there")
    is_comparable = bool(machine) and machine == board.machine and _workloads(old.rubric) == _workloads(run.rubric)
    return PastBoard(board.title, board.graded_at, len(speeds), max(speeds), median(speeds), is_comparable)


def _workloads(rubric: WholeRubric) -> list[dict[str, object]]:
    """What is timed."""
    items = [item for item in rubric.items if isinstance(item, SpeedItem)]
    return [item.model_dump(include={"operator", "function", "workload"}) for item in items]


def public_board(store: Store, seen: Seen | None = None) -> Board | None:
    """The board with the names that the rubric wants, None where nothing has been graded.

    It does not name who is not ranked, which tells whose marks are lacking. `seen` is as in `board_of`.
    """
    run = store.last_run()
    if run is None:
        return None
    names = run.rubric.leaderboard.names
    secret = b"" if names == "real" else load_key(default_key())[0]
    return replace(board_of(store, run, names, secret, seen=seen), not_ranked=())


def write_board(store: Store, seen: Seen | None = None) -> None:
    """Write the public board as a page into the results folder; `seen` is as in `board_of`.

    Raises:
        OSError: where it cannot be written.
    """
    board = public_board(store, seen)
    if board is not None:
        write_whole(store.path.with_name(PAGE), leaderboard_page.render(board))
