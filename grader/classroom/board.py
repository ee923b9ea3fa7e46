"""The board of what a results folder holds, and its page in that folder."""

from grader.classroom.conditions import Run
from grader.classroom.files import write_whole
from grader.classroom.leaderboard import Names, rank
from grader.classroom.pseudonyms import default_key, load_key
from grader.classroom.store import Store
from grader.records import Board
from grader.reports import leaderboard_page
from grader.rubric.homework import Homework
from grader.rubric.model import WholeRubric

PAGE = "leaderboard.html"


def board_of(store: Store, run: Run, names: Names, secret: bytes = b"") -> Board:
    """The board of every attempt that was run as `run` wants it.

    Args:
        store: of the results folder.
        run: its last one.
        names: how submissions are called.
        secret: the key of pseudonyms, where names are not real.
    """
    attempts = store.attempts_at(run.key(timing=timed) for timed in (True, False))
    reports = [attempt.report_by(run.rubric) for attempt in attempts]
    others = len(set(store.ids()) - {report.who.id for report in reports})
    key = run.key(timing=True)
    return rank(
        reports,
        run.rubric,
        names=names,
        secret=secret,
        landmark=store.landmark(key) or (),
        left_out=others,
        retime=store.last_retime(key),
        changes=_changes(run.rubric),
    )


def _changes(rubric: WholeRubric) -> dict[str, str]:
    """By the title of each landmark of its operators, what kind of change leads there."""
    timed = (part.operator.timed for part in Homework.of(rubric).parts.values())
    return {each.title: each.change for one in timed if one is not None for each in one.landmarks}


def write_board(store: Store) -> None:
    """Write the board as a page into the results folder, with the names that the rubric wants.

    Raises:
        OSError: where it cannot be written.
    """
    run = store.last_run()
    if run is not None:
        names = run.rubric.leaderboard.names
        secret = b"" if names == "real" else load_key(default_key())[0]
        write_whole(store.path.with_name(PAGE), leaderboard_page.render(board_of(store, run, names, secret)))
