"""The leaderboard in every form but the page: for terminals, documents and programs."""

import csv as csv_module
import io
import json as json_module
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from rich.cells import cell_len
from tabulate import tabulate

from grader import SCHEMA
from grader.records import Board, Interval, Row
from grader.reports.base import finite, markdown_text, one_line, ratios, spreadsheet_cell, when_graded
from grader.reports.board_words import calibrated, in_words, marks_of, signs_of, ties, timed_of, timed_where, unstable
from grader.reports.prose import WIDTH, Paragraph, laid_out
from grader.said import escape

_NAME_WIDTH, _LEAST_NAME_WIDTH = 24, 4
_MOST_NAMES = 20
"""Of those who are not ranked, on a terminal."""
_NOBODY = "Nobody is ranked."
_SPEEDS = ("speed", "95 % interval", "forward", "backward")
_SHORT_SPEEDS = ("speed", "95 % interval", "fwd", "bwd")


def terminal(board: Board, width: int = WIDTH) -> str:
    """The table with its remarks, in so many columns."""
    return laid_out(_parts(board, width), width)


def _parts(board: Board, width: int) -> Iterator[str | Paragraph]:
    yield Paragraph(f"{escape(board.title)}: ranked by {board.rank_by}")
    yield f"Last graded {when_graded(board)}; rubric {board.rubric_sha256[:12]}"
    yield from (Paragraph(escape(line)) for line in timed_where(board))
    yield ""
    if board.rows:
        rooms = _rooms(board, width)
        tables = (_table(board, "simple", name_width=room) for room in rooms)
        fitting = (table for table in tables if max(map(cell_len, table.split("\n"))) <= width)
        yield next(fitting, _table(board, "simple", name_width=rooms[-1]))
        yield from map(Paragraph, _remarks(board))
    else:
        yield _NOBODY
    yield from (Paragraph(line, hanging="  ") for line in _left_out(board))


def _rooms(board: Board, width: int) -> range:
    """How wide names may be, the widest first; half a pseudonym is nobody's."""
    least = max(len(row.name) for row in board.rows) if board.names == "pseudonymous" else _LEAST_NAME_WIDTH
    return range(max(least, _NAME_WIDTH + max(0, width - WIDTH)), least - 1, -1)


def _remarks(board: Board) -> Iterator[str]:
    if any(row.speed for row in board.rows):
        what, is_mean = timed_of(board)
        yield f"speed = baseline time / its time{f' (geometric mean of {what})' if is_mean else f' of {what}'}."
    if board.rank_by == "speed":
        yield ties(board, " (=)")
    if board.loops is not None:
        yield f"Nested Python loops: {_in_words(board.loops)[0]}."
    if not all(row.stable for row in board.rows):
        yield f"? {unstable(board, '; see `grade report RESULTS ID`')}"
    yield from signs_of(board)
    if board.landmarks:
        yield f"Landmarks: {', '.join(f'{one.title} {_in_words(one.speed)[0]}' for one in board.landmarks)}."
        yield calibrated(board)
    for award in board.awards:
        yield f"{award.title}: {escape(one_line(award.name))} ({award.why})."
    for past in board.past:
        yield f"{escape(one_line(past.title))}, {in_words(past)}."


def _left_out(board: Board) -> Iterator[str]:
    """Who is not ranked and why, a line for each reason, with the first few names.

    On a terminal, which is the instructor's: what is shown to a class does not name those who are not right.
    """
    who = dict(board.not_ranked)
    for reason, count in board.left_out:
        names = [escape(one_line(name)) for name in who.get(reason, ())[:_MOST_NAMES]]
        more = f" and {count - len(names)} more" if len(names) < count else ""
        yield f"Not ranked: {count} {reason}" + (f" ({'; '.join(names)}{more})." if names else ".")


def markdown(board: Board) -> str:
    """The table for GitHub's Markdown."""
    return _table(board, "github", text=markdown_text)


def fragment(board: Board) -> str:
    """The table alone in HTML, to be put into a page; every cell is escaped."""
    return _table(board, "html") if board.rows else f"<p>{_NOBODY}</p>"


def latex(board: Board) -> str:
    """The table in LaTeX; every cell is escaped."""
    return _table(board, "latex")


def _table(
    board: Board, form: str, *, name_width: int | None = None, text: Callable[[str], str] = lambda text: text
) -> str:
    if not board.rows:
        return _NOBODY
    headers = dict(zip(_SPEEDS, _SPEEDS if name_width is None else _SHORT_SPEEDS, strict=True))
    columns: dict[str, list[str]] = {
        "rank": [f"={row.rank}" if row.tied else str(row.rank) for row in board.rows],
        "name": [text(one_line(row.name, name_width)) for row in board.rows],
        headers["speed"]: [_in_words(row.speed)[0] + marks_of(row) for row in board.rows],
        headers["95 % interval"]: [_in_words(row.speed)[1] for row in board.rows],
        headers["forward"]: [_in_words(row.forward)[0] for row in board.rows],
        headers["backward"]: [_in_words(row.backward)[0] for row in board.rows],
        **_scores(board),
    }
    shown = {header: cells for header, cells in columns.items() if any(cells)}
    return tabulate(
        shown, headers="keys", tablefmt=form, disable_numparse=True,
        colalign=["left" if header in ("name", "95 % interval") else "right" for header in shown],
    )  # fmt: skip


def _scores(board: Board) -> dict[str, list[str]]:
    """The column of marks; the maximum is in its heading, unless some lack points that a person has yet to give."""
    most = {row.max_score for row in board.rows}
    if len(most) == 1:
        return {f"of {most.pop():g}": [f"{row.score:g}" for row in board.rows]}
    return {"score": [f"{row.score:g}/{row.max_score:g}" for row in board.rows]}


def _in_words(interval: Interval | None) -> tuple[str, str]:
    return ("", "") if interval is None else ratios(interval)


def csv(board: Board) -> str:
    """One row for each submission, without the last newline."""
    rows = [_flat(row) for row in board.rows]
    text = io.StringIO()
    columns = ["rank", "tied", "name", "score", "max_score", *_interval_columns()]
    writer = csv_module.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({column: spreadsheet_cell(value) for column, value in row.items()} for row in rows)
    return text.getvalue().rstrip("\n")


def _interval_columns() -> Iterator[str]:
    for what in ("speed", "forward", "backward"):
        yield from (what, f"{what}_low", f"{what}_high")


def _flat(row: Row) -> dict[str, object]:
    intervals = (row.speed, row.forward, row.backward)
    values = [v for i in intervals for v in ((i.median, i.low, i.high) if i is not None else (None, None, None))]
    first = {"rank": row.rank, "tied": row.tied, "name": row.name, "score": row.score, "max_score": row.max_score}
    return {**first, **dict(zip(_interval_columns(), values, strict=True))}


def json(board: Board) -> str:
    """One line; intervals as the contract's `speed` has them."""
    plain = asdict(board)
    plain["left_out"] = dict(board.left_out)
    plain["not_ranked"] = dict(board.not_ranked)
    plain["loops"] = _bounds(plain["loops"])
    for row in plain["rows"]:
        row |= {what: _bounds(row[what]) for what in ("speed", "forward", "backward")}
    for landmark in plain["landmarks"]:
        landmark["speed"] = _bounds(landmark["speed"])
    return json_module.dumps(finite({"schema": SCHEMA, **plain}), allow_nan=False)


def _bounds(interval: Mapping[str, float] | None) -> dict[str, Any] | None:
    """As the contract's `speed` has it."""
    if interval is None:
        return None
    return {"ratio": interval["median"], "low": interval["low"], "high": interval["high"]}
