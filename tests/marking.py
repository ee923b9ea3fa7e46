"""Which lines of a program with a known mistake were changed for it, and which an outline marks."""

import difflib
from collections.abc import Callable
from typing import Any

from grader.feedback.found import Found
from grader.feedback.told import mistake_of
from grader.records.feedback import Outline
from grader.records.sources import Origin
from reference.spec import Bank, Bug

Outliner = Callable[[str, int], dict[str, Any]]


def changed(right: str, code: str) -> set[int]:
    """The lines in which a program differs from the right one: there the mistake was put."""
    before, after = right.split("\n"), code.split("\n")
    steps = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return {line for tag, _, _, start, end in steps if tag != "equal" for line in range(start + 1, end + 1)}


def marked(bank: Bank, outline: Outliner, bug: Bug, code: str, begins: str) -> set[int]:
    """The lines that show a mistake in the function whose line begins so."""
    lines = code.split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith(begins))
    after = next((i for i, line in enumerate(lines) if i > first and line.startswith("def ")), len(lines))
    places = outline("\n".join(lines[first:after]).rstrip(), first + 1)["places"]
    text = Outline(places={kind: tuple(found) for kind, found in places.items()})
    return set(mistake_of(Found(bank, (bug,), (), 1.0), text, Origin("s.py")).lines)
