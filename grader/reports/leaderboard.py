"""The leaderboard in every form but the page: for terminals, documents and programs."""

import csv as csv_module
import io
import json as json_module
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from rich.cells import cell_len
from tabulate import tabulate

from grader import SCHEMA
from grader.records import Board, Interval, Row
from grader.reports.base import WIDTH, escape, finite, markdown_text, one_line, ratio, spreadsheet_cell

_NAME_WIDTH = 24
_NOBODY = "Nobody is ranked."
_HEADERS = ("rank", "name", "speed", "95 % interval", "forward", "backward")
_SHORT_HEADERS = ("rank", "name", "speed", "95 % interval", "fwd", "bwd")


def terminal(board: Board) -> str:
    """The table with its remarks, in 80 columns."""
    lines = [*textwrap.wrap(f"{escape(board.title)}: ranked by {board.rank_by}", WIDTH), ""]
    if board.rows:
        tables = (_table(board, "simple", name_width=width) for width in range(_NAME_WIDTH, 3, -1))
        fitting = (table for table in tables if max(map(cell_len, table.split("\n"))) <= WIDTH)
        lines += [next(fitting, _table(board, "simple", name_width=4)), *_remarks(board)]
    else:
        lines.append(_NOBODY)
    return "\n".join([*lines, *_left_out(board)])


def _remarks(board: Board) -> Iterator[str]:
    if any(row.speed for row in board.rows):
        mean = ", geometric mean of forward and backward" if len(board.timed) > 1 else f" of {board.timed[0]}"
        yield f"speed = baseline time / its time{mean}."
    if board.rank_by == "speed":
        yield "Whose intervals overlap share a rank (=)."
    if board.loops is not None:
        yield f"Nested Python loops: {_ratio(board.loops)}."
    if not all(row.stable for row in board.rows):
        alone = " It ranks by its median alone." if board.rank_by == "speed" else ""
        yield f"? not stable when it was measured: the report says why.{alone}"


def _left_out(board: Board) -> Iterator[str]:
    if board.left_out:
        yield "Not ranked: " + ", ".join(f"{count} {reason}" for reason, count in board.left_out) + "."


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
    rows = []
    for row in board.rows:
        name = text(one_line(row.name, name_width))
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
        colalign=("right", "left", "right", "left", "right", "right", "right"),
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
    return json_module.dumps(finite({"schema": SCHEMA, **plain}), allow_nan=False)


def _bounds(interval: Mapping[str, float] | None) -> dict[str, Any] | None:
    """As the contract's `speed` has it."""
    if interval is None:
        return None
    return {"ratio": interval["median"], "low": interval["low"], "high": interval["high"]}
