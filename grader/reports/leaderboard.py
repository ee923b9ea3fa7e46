"""The leaderboard in every form but the page: for terminals, documents and programs."""

import csv as csv_module
import io
import json as json_module
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from tabulate import tabulate

from grader import SCHEMA
from grader.records import Board, Interval, Row
from grader.reports.base import WIDTH, escape, ratio, spreadsheet_cell

_NAME_WIDTH = 24
_HEADERS = ("rank", "name", "speed", "95 % interval", "forward", "backward")
_SHORT_HEADERS = ("rank", "name", "speed", "95 % interval", "fwd", "bwd")


def terminal(board: Board) -> str:
    """The table with its remarks, in 80 columns."""
    lines = [*textwrap.wrap(f"{escape(board.title)}: ranked by {board.rank_by}", WIDTH), ""]
    if board.rows:
        too_wide = max(map(len, _table(board, "simple", name_width=_NAME_WIDTH).split("\n"))) - WIDTH
        lines += [_table(board, "simple", name_width=_NAME_WIDTH - max(0, too_wide)), *_remarks(board)]
    else:
        lines.append("Nobody is ranked.")
    return "\n".join([*lines, *_left_out(board)])


def _remarks(board: Board) -> Iterator[str]:
    if any(row.speed for row in board.rows):
        yield "speed = baseline time / its time, geometric mean of forward and backward;"
        yield "whose intervals overlap share a rank (=)."
    if board.loops is not None:
        yield f"Nested Python loops: {_ratio(board.loops)}."
    if not all(row.stable for row in board.rows):
        yield "? measured on a busy machine: the interval is wide."


def _left_out(board: Board) -> Iterator[str]:
    if board.left_out:
        yield "Not ranked: " + ", ".join(f"{count} {reason}" for reason, count in board.left_out) + "."


def markdown(board: Board) -> str:
    """The table for GitHub's Markdown."""
    return _table(board, "github", text=lambda text: text.replace("|", "\\|").replace("<", "&lt;"))


def fragment(board: Board) -> str:
    """The table alone in HTML, to be put into a page; every cell is escaped."""
    return _table(board, "html")


def latex(board: Board) -> str:
    """The table in LaTeX; every cell is escaped."""
    return _table(board, "latex")


def _table(
    board: Board, form: str, *, name_width: int | None = None, text: Callable[[str], str] = lambda text: text
) -> str:
    rows = []
    for row in board.rows:
        name = text(escape(row.name).replace("\n", " "))
        if name_width is not None and len(name) > name_width:
            name = f"{name[: name_width - 1]}…"
        interval = f"{ratio(row.speed.low)} to {ratio(row.speed.high)}" if row.speed else ""
        rank = f"={row.rank}" if row.tied else str(row.rank)
        marks = "" if row.stable else "?"
        rows.append(
            [
                rank,
                name,
                _ratio(row.speed) + marks,
                interval,
                _ratio(row.forward),
                _ratio(row.backward),
                f"{row.score:g}",
            ]
        )
    return tabulate(
        rows,
        headers=[*(_HEADERS if name_width is None else _SHORT_HEADERS), f"of {board.max_score:g}"],
        tablefmt=form,
        disable_numparse=True,
        colalign=("right", "left", "right", "left", "right", "right", "right") if rows else None,
    )


def _ratio(interval: Interval | None) -> str:
    return "" if interval is None else ratio(interval.median)


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
    plain["loops"] = _bounds(plain["loops"])
    for row in plain["rows"]:
        row |= {what: _bounds(row[what]) for what in ("speed", "forward", "backward")}
    return json_module.dumps({"schema": SCHEMA, **plain}, allow_nan=False)


def _bounds(interval: Mapping[str, float] | None) -> dict[str, Any] | None:
    """As the contract's `speed` has it."""
    if interval is None:
        return None
    return {"ratio": interval["median"], "low": interval["low"], "high": interval["high"]}
