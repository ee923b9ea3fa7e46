"""The board of what a results folder holds, and its page in that folder."""

from dataclasses import replace

from grader.classroom.conditions import Run
from grader.classroom.files import write_whole
from grader.classroom.leaderboard import Names, rank
from grader.classroom.pseudonyms import default_key, load_key
from grader.classroom.store import Store
from grader.records import Board
from grader.reports import leaderboard_page

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
    loops = store.landmark(run.key(timing=True)) or ()
    return rank(reports, run.rubric, names=names, secret=secret, landmark=loops, left_out=others)


def public_board(store: Store) -> Board | None:
    """The board with the names that the rubric wants, None where nothing has been graded.

    It does not name who is not ranked, which tells whose marks are lacking.
    """
    run = store.last_run()
    if run is None:
        return None
    names = run.rubric.leaderboard.names
    secret = b"" if names == "real" else load_key(default_key())[0]
    return replace(board_of(store, run, names, secret), not_ranked=())


def write_board(store: Store) -> None:
    """Write the public board as a page into the results folder.

    Raises:
        OSError: where it cannot be written.
    """
    board = public_board(store)
    if board is not None:
        write_whole(store.path.with_name(PAGE), leaderboard_page.render(board))
