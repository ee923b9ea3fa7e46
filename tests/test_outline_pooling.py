"""The lines of a max pooling that show a known mistake are those in which it was put, or none."""

import difflib
from collections import Counter

import pytest

from grader.feedback.mistakes import Found, mistake_of
from grader.records.feedback import Outline
from grader.records.sources import Origin
from reference.max_pool2d.bank import BANK
from reference.max_pool2d.outline import outline
from reference.spec import Bug
from tests.injected import Injected
from tests.injected_pooling import RIGHT, programs

BUGS = {bug.id: bug for bug in BANK.bugs if bug.place}


def marked(bug: Bug, program: Injected) -> set[int]:
    """The lines that show the mistake of a program."""
    lines = program.code.split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith(f"def max_pool_{bug.function}"))
    after = next((i for i, line in enumerate(lines) if i > first and line.startswith("def ")), len(lines))
    places = outline("\n".join(lines[first:after]).rstrip(), first + 1)["places"]
    text = Outline(places={kind: tuple(lines) for kind, lines in places.items()})
    return set(mistake_of(Found(BANK, (bug,), (), 1.0), text, Origin("s.py")).lines)


def changed(program: Injected) -> set[int]:
    """The lines in which a program differs from the right one; where lines are missing, the one before them."""
    before, after = RIGHT[program.structure].split("\n"), program.code.split("\n")
    steps = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return {
        line for tag, _, _, start, end in steps if tag != "equal" for line in range(start + (tag != "delete"), end + 1)
    }


def test_lines_are_those_in_which_the_mistake_was_put_or_none() -> None:
    ends: Counter[str] = Counter()
    for program in programs():
        if program.bug in BUGS:
            lines = marked(BUGS[program.bug], program)
            assert lines <= changed(program), (program.bug, program.structure)
            ends["exact" if lines else "silent"] += 1
    assert ends["exact"] >= 0.7 * ends.total(), ends


@pytest.mark.parametrize("structure", RIGHT)
@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_right_code_shows_no_mistake(bug: Bug, structure: str) -> None:
    if bug.place != "compared":  # a mask that is then shared compares rightly
        assert marked(bug, Injected(bug.id, structure, RIGHT[structure])) == set()


@pytest.mark.parametrize(
    ("kind", "line", "shows"),
    [
        ("from zero", "best = 0\n    for v in x:\n        if v > best:\n            best = v", True),
        ("from zero", "out = np.zeros(3)\n    for i in x:\n        if x[i] > out[i]:\n            out[i] = x[i]", True),
        ("from zero", "best = 0.0\n    for v in x:\n        best = max(v, best)", True),
        ("from zero", "out = np.zeros(3)\n    for i in x:\n        out[i] = max(x[i], y)", False),
        ("from zero", "i = 0\n    while i < 3:\n        i = i + 1", False),
        ("from zero", "best = -np.inf\n    for v in x:\n        if v > best:\n            best = v", False),
        (
            "begins by window",
            "h = p['pool_height']\n    for i in range(3):\n        y = x[:, i * h : i * h + h, :]",
            True,
        ),
        ("begins by window", "h = p['stride']\n    for i in range(3):\n        y = x[:, i * h : i * h + h, :]", False),
        ("stored by one", "for i in range(3):\n        dx[n, c, i + r, i * s + q] += 1", True),
        ("stored by one", "for i in range(3):\n        dx[n, c, i * s + r, i * s + q] += 1", False),
        (
            "stored by one",
            "for i in range(3):\n        top = k * s\n        dx[n, c, top + i, left * s + i] += 1",
            False,
        ),
        ("stored by one", "for i in range(3):\n        out[n, c, i, i] = 1", False),
        ("maximum and mean", "y = x.max(axis=2).mean(axis=2)", True),
        ("maximum and mean", "y = x.max(axis=2).max(axis=2)", False),
        ("size of other side", "h, w = p['pool_height'], p['pool_width']; y = (H - w) // s + 1", True),
        ("size of other side", "h, w = p['pool_height'], p['pool_width']; y = (H - h) // s + 1", False),
        ("winner by height", "k = np.argmax(win); r = k % win.shape[0]", True),
        ("winner by height", "k = np.argmax(win); r = k // win.shape[1]", False),
        ("one inside", "y = (H - h + 1) // s", True),
        ("one inside", "y = (H - h) // s + 1", False),
    ],
)
def test_places_are_told_from_what_is_right(kind: str, line: str, shows: bool) -> None:
    assert bool(outline(f"def f(x, p):\n    {line}\n    return out, dx\n", 1)["places"][kind]) is shows
