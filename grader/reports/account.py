"""How a mark came about, and whose marks differ: for a terminal, a program, a table."""

import csv as csv_module
import io
import json as json_module
from collections.abc import Iterator
from dataclasses import asdict

from grader import SCHEMA
from grader.records import Account, Change, Difference, ItemChange
from grader.reports.base import as_table, finite, one_line, spreadsheet_cell
from grader.reports.prose import WIDTH, Paragraph, laid_out

_NAME_WIDTH = 24


def terminal(account: Account, width: int = WIDTH) -> str:
    """An account: each item with its arithmetic, the sum, and what it was graded by."""
    return laid_out(_lines(account), width)


def _lines(account: Account) -> Iterator[str | Paragraph]:
    yield f"{one_line(account.who.name)}: {_mark(account.score)} / {account.max_score:g}"
    for line in account.lines:
        bonus = " (bonus)" if line.bonus else ""
        yield ""
        points = "not judged" if line.points is None else f"{line.points:g} of {line.max_points:g}"
        yield f"{one_line(line.title)}{bonus}: {points}"
        yield from (Paragraph(one_line(how), "  ", "  ") for how in line.how)
    yield ""
    yield Paragraph(f"Sum: {account.sum}", hanging="  ")
    yield ""
    yield from (Paragraph(one_line(fact), hanging="  ") for fact in account.facts)


def json(account: Account) -> str:
    """An account in one line."""
    return json_module.dumps(finite({"schema": SCHEMA, **asdict(account)}), allow_nan=False)


def _mark(points: float | None) -> str:
    return "no mark" if points is None else f"{points:g}"


def terminal_difference(difference: Difference, width: int = WIDTH) -> str:
    """Whose mark changes: those whose mark goes down first."""
    return laid_out(_changes(difference), width)


def _changes(difference: Difference) -> Iterator[str | Paragraph]:
    if not (difference.same or difference.changes):
        yield "Nobody has an earlier attempt to compare with."
        return
    down = sum(change.went_down for change in difference.changes)
    alone = sum((change.old_verdict is None) != (change.new_verdict is None) for change in difference.changes)
    changed = sum(change.is_of_the_mark for change in difference.changes) - alone
    rest = len(difference.changes) - changed - alone
    others = f" {rest} more {'has' if rest == 1 else 'have'} the same mark from other items." if rest else ""
    others += (
        f" {difference.once} more {'was' if difference.once == 1 else 'were'} graded once." if difference.once else ""
    )
    others += f" {alone} more {'is' if alone == 1 else 'are'} in one of the two only." if alone else ""
    yield Paragraph(f"{difference.old} -> {difference.new}")
    yield Paragraph(f"{difference.same} the same, {changed} changed, {down} of them down.{others}")
    untimed = sum(_is_timed_once(change) for change in difference.changes)
    if untimed:
        have, their = ("has", "its") if untimed == 1 else ("have", "their")
        yield Paragraph(
            f"{untimed} of them {have} an item, such as speed, that is marked in one of the two only: {their} marks "
            "cannot be compared."
        )
    if not difference.changes:
        return
    yield ""
    rows = [[one_line(c.name, _NAME_WIDTH), _cell(c.old), _cell(c.new), _by(c), _of(c)] for c in difference.changes]
    headers = ["who", "old", "new", "by", "of"]
    yield as_table(rows, headers=headers, disable_numparse=True, colalign=("left", *["right"] * 4))
    for change in difference.changes:
        yield ""
        yield Paragraph(f"{one_line(change.name)}: {'; '.join(map(one_line, change.reasons))}", hanging="  ")
        yield from (f"  {one_line(_item(item))}" for item in change.items)


def _is_timed_once(change: Change) -> bool:
    """Whether an item has points in one of the two only, though both rubrics have it: one was not timed."""
    both = [item for item in change.items if None not in (item.old_max, item.new_max)]
    return None not in (change.old, change.new) and any((item.old is None) != (item.new is None) for item in both)


def _item(change: ItemChange) -> str:
    """Its points before and after, with the most there were where that is another."""
    if None in (change.old, change.new) or change.old_max == change.new_max:
        return f"{change.item}: {_cell(change.old)} -> {_cell(change.new)}"
    old, new = f"{_cell(change.old)} of {_cell(change.old_max)}", f"{_cell(change.new)} of {_cell(change.new_max)}"
    return f"{change.item}: {old} -> {new}"


def _cell(points: float | None) -> str:
    return "-" if points is None else f"{points:g}"


def _of(change: Change) -> str:
    """The most points there are, after those there were where that is another number."""
    most = dict.fromkeys(f"{each:g}" for each in (change.old_max, change.new_max) if each is not None)
    return " -> ".join(most)


def _by(change: Change) -> str:
    return "" if change.old is None or change.new is None else f"{round(change.new - change.old, 2):+g}"


def csv_difference(difference: Difference) -> str:
    """One row for each submission that changes, without the last newline."""
    text = io.StringIO()
    writer = csv_module.writer(text, lineterminator="\n")
    first = ("id", "name", "old", "new", "old_verdict", "new_verdict", "reasons", "items")
    writer.writerow([*first, "old_max", "new_max"])
    for c in difference.changes:
        items = "; ".join(map(_item, c.items))
        row = (c.id, c.name, c.old, c.new, c.old_verdict, c.new_verdict, "; ".join(c.reasons), items)
        writer.writerow(map(spreadsheet_cell, (*row, c.old_max, c.new_max)))
    return text.getvalue().rstrip("\n")


def json_difference(difference: Difference) -> str:
    """In one line."""
    changes = [{**asdict(c), "went_down": c.went_down} for c in difference.changes]
    return json_module.dumps(finite({"schema": SCHEMA, **asdict(difference), "changes": changes}), allow_nan=False)
