"""Who wrote alike, as text, CSV and JSON."""

import csv as csv_module
import io
import json as json_module
from collections.abc import Iterator

from grader import SCHEMA
from grader.records import Likeness, Pair
from grader.records.similarity import LIKELY
from grader.reports.base import as_table, one_line, spreadsheet_cell
from grader.reports.prose import WIDTH, Paragraph, laid_out

WARNING = (
    "A hint, and no proof: small programs for one task are alike by nature. Look at each pair side by side "
    "(--format html) and talk to people before you decide anything. No mark depends on it."
)
MEANING = (
    "Share: how much of the smaller one's rare pieces the other has. Evidence: what the shared pieces count, the rarer "
    f"the more, times the share; from {LIKELY} on a pair is likely no accident, and strangers mostly stay below that."
)
NO_PAIRS = (
    "No two share anything that is not common to many. Those whose functions are exactly the same are in index.html, "
    'under "Needs a look".'
)
_NAME_WIDTH = 20
_ELSEWHERE = " (--against)"


def where(pair: Pair) -> str:
    """In which function two are most alike, or in how many of all."""
    if pair.function is not None or pair.of_functions == 1:
        return pair.function or pair.functions[0]
    if len(pair.functions) == pair.of_functions:
        return "both functions" if pair.of_functions == 2 else f"all {pair.of_functions} functions"
    return f"{len(pair.functions)} of {pair.of_functions} functions" if pair.functions else "parts of functions"


def terminal(likeness: Likeness, width: int = WIDTH) -> str:
    """A table of the pairs, and the groups."""
    return laid_out(_parts(likeness), width)


def compared(likeness: Likeness) -> str:
    """What was compared, in a sentence.

    >>> compared(Likeness("hw", 40, 12, (("ann", "no code"),), (), ()))
    '40 submissions compared with each other and with 12 other files; 1 could not be looked at.'
    """
    others = f" and with {likeness.others} other files" if likeness.others else ""
    unread = f"; {len(likeness.unread)} could not be looked at" if likeness.unread else ""
    return f"{likeness.compared} submissions compared with each other{others}{unread}."


def _parts(likeness: Likeness) -> Iterator[str | Paragraph]:
    yield Paragraph(f"{one_line(likeness.title)}: who wrote alike")
    yield Paragraph(compared(likeness))
    yield from (Paragraph(f"{one_line(name)}: {one_line(why)}", "  ", "  ") for name, why in likeness.unread)
    yield ""
    if not likeness.pairs:
        yield Paragraph(NO_PAIRS)
        return
    rows = [
        [f"{pair.evidence:.0f}", f"{100 * pair.share:.0f} %", where(pair), *_names(pair)] for pair in likeness.pairs
    ]
    headers = ["evidence", "share", "alike in", "one", "other"]
    yield as_table(rows, headers=headers, disable_numparse=True, colalign=("right", "right", "left", "left", "left"))
    yield ""
    for group in likeness.groups:
        yield Paragraph(f"Likely together: {'; '.join(one_line(who.name) for who in group)}.", hanging="  ")
    yield Paragraph(MEANING)
    yield Paragraph(WARNING)


def _names(pair: Pair) -> Iterator[str]:
    for who, is_of_class in zip((pair.left, pair.right), pair.are_of_class, strict=True):
        mark = "" if is_of_class else _ELSEWHERE
        yield one_line(who.name, _NAME_WIDTH - len(mark)) + mark


def csv(likeness: Likeness) -> str:
    """One row for each pair, without the last newline."""
    text = io.StringIO()
    writer = csv_module.writer(text, lineterminator="\n")
    writer.writerow(["evidence", "share", "alike_in", "one_id", "one_name", "other_id", "other_name"])
    for pair in likeness.pairs:
        people = (part for who in (pair.left, pair.right) for part in (who.id, who.name))
        writer.writerow(map(spreadsheet_cell, (pair.evidence, pair.share, where(pair), *people)))
    return text.getvalue().rstrip("\n")


def json(likeness: Likeness) -> str:
    """One line, without the texts."""
    plain = {
        "schema": SCHEMA,
        "title": likeness.title,
        "compared": likeness.compared,
        "others": likeness.others,
        "unread": [{"name": name, "reason": reason} for name, reason in likeness.unread],
        "pairs": [_plain(pair) for pair in likeness.pairs],
        "groups": [[who.name for who in group] for group in likeness.groups],
    }
    return json_module.dumps(plain)


def _plain(pair: Pair) -> dict[str, object]:
    sides = zip((pair.left, pair.right), (pair.left_shape, pair.right_shape), pair.are_of_class, strict=True)
    return {
        "submissions": [
            {
                "id": who.id,
                "name": who.name,
                "source": who.source,
                "file": shape.origin.filename,
                "of_class": of_class,
            }
            for who, shape, of_class in sides
        ],
        "function": pair.function,
        "functions": pair.functions,
        "share": pair.share,
        "evidence": pair.evidence,
        "matches": [{"left": match.left, "right": match.right} for match in pair.matches],
    }
