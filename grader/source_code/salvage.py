"""From text that does not parse to the code in it that does.

Notebook leftovers (`%magic`, `!shell`) and the top-level blocks that do not parse are blanked out; line numbers stay.
"""

import ast
import re
import sys
from collections.abc import Collection
from dataclasses import dataclass

from grader.records import Origin
from grader.source_code.f_strings import for_older
from grader.source_code.notebook import CONFLICT
from grader.source_code.syntax import tree_of

_MOST_PARSED, _EACH_TIME = 4 * 1024 * 1024, 300
"""Characters that are parsed in search of what is broken, and what each attempt costs besides: a count and not a clock,
so that a file is read the same on every machine."""
_CONFLICT_MARKER = re.compile(r"(<<<<<<<|=======|>>>>>>>)( |$)")
_MAX_BLOCKS_TOGETHER = 20
BLOCK_START = re.compile(r"(?!(?:else|elif|except|finally)\b)[^\s#)\]}]")
_INCOMPLETE = re.compile(r"was never closed|unterminated triple-quoted|unexpected EOF")
"""How the parser says that a text might go on."""
_OF_A_PART = re.compile(r" (?:on line \d+|\(detected at line \d+\))$")
"""A line that the parser names, counted from the beginning of what it was given."""
_DECORATOR = re.compile(r"@\s*(?:\(|[\w.]+\s*(?:[(\[#]|$))")
"""What belongs to the definition below it, unlike `@author: Jane`."""
DEFINITION = re.compile(r"(?:async\s+)?def\s+(\w+)")
CLASS = re.compile(r"class\s+(\w+)")


@dataclass(frozen=True, slots=True)
class Block:
    """A block that was blanked out."""

    reason: str
    """The syntax error, with its line."""
    names: tuple[str, ...]
    """What it defines."""
    first: int
    """The lines before it."""
    lines: tuple[str, ...]
    error: SyntaxError
    """With the line in the file."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """Code that parses."""

    code: str
    notes: tuple[str, ...]
    """What the student should know of what else was blanked out."""
    blocks: tuple[Block, ...]

    @property
    def unparsed(self) -> dict[str, str]:
        """Why what is defined in a block is not there, by its name."""
        return {name: block.reason for block in self.blocks for name in block.names}

    def note(self, told: Collection[str]) -> list[str]:
        """That blocks were left out, but for those of which this is told as the reason for missing functions."""
        reasons = [block.reason for block in self.blocks if block.reason not in told]
        more = f" (and {len(reasons) - 1} more like it)" if len(reasons) > 1 else ""
        return [f"{reasons[0]}{more}; the blocks around such lines were left out"] if reasons else []


def syntax_error(text: str) -> SyntaxError | None:
    """Why the text does not parse, or None."""
    if "\0" in text:
        return SyntaxError(
            "has NUL bytes, which are no text; save it as UTF-8",
            (None, text[: text.index("\0")].count("\n") + 1, None, None),
        )
    try:
        tree_of(text)
    except SyntaxError as error:
        more = "; make all of it spaces" if isinstance(error, TabError) else ""
        error.msg = _OF_A_PART.sub("", error.msg) + more
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(str(error) or "nested too deeply")
    return None


def _at_line(line: int) -> SyntaxError:
    return SyntaxError("too much of the file is not Python", (None, line, None, None))


def at(error: SyntaxError, origin: Origin) -> str:
    """The error with its place, and with the version of Python where a later one may read the text.

    >>> at(SyntaxError("f-string: unmatched '('"), Origin("a.py")).partition(" (")[0]
    "a.py:1: SyntaxError: f-string: unmatched '('"
    """
    text = f"{origin.at(error.lineno or 1)}: {type(error).__name__}: {error.msg}"
    if sys.version_info >= (3, 12) or not (error.msg or "").startswith("f-string"):
        return text
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"{text} (read by Python {version}: before 3.12, what is in the braces needs other quotes than the f-string)"


def salvage(text: str, origin: Origin) -> Salvaged:
    """Blank out what does not parse."""
    lines = text.split("\n")
    notes = []
    magics = [i for i, line in enumerate(lines) if line[:1] in ("%", "!")]
    for i in magics:
        lines[i] = ""
    if magics:
        notes.append(f"{origin.at(magics[0] + 1)}: notebook commands (% and !) were left out")
    blocks = []
    end = 0
    for first, last, error in _broken_blocks(lines, origin):
        start = first if first == end else _start_of_conflict(lines, first, last)
        end = last
        stripped = [line.lstrip() for line in lines[start:end]]
        names = [match[1] for line in stripped if (match := DEFINITION.match(line) or CLASS.match(line))]
        blocks.append(Block(at(error, origin), tuple(names), start, tuple(lines[start:end]), error))
        lines[start:end] = [""] * (end - start)
    return Salvaged("\n".join(lines), tuple(notes), tuple(blocks))


def _start_of_conflict(lines: list[str], start: int, end: int) -> int:
    """Where a broken block really begins: a merge conflict inside a function spoils the lines before it too."""
    inside = any(line[:1] in (" ", "\t") and line.strip() for line in lines[start + 1 : end])
    if not (inside and _CONFLICT_MARKER.match(lines[start])):
        return start
    before = next((i for i in range(start - 1, -1, -1) if BLOCK_START.match(lines[i])), start)
    return before if DEFINITION.match(lines[before]) else start


def _broken_blocks(lines: list[str], origin: Origin) -> list[tuple[int, int, SyntaxError]]:
    """What does not parse at the top level, each (first line, line after the last, error), counted from 0.

    F-strings that a later Python reads are changed in the lines.

    A block runs from one unindented line to the next, and no further than its cell; a decorator belongs to what it
    decorates. One that is not complete, such as a long string with unindented lines in it, is tried with those after
    it. Where one is complete up to a stray line, only what follows is broken.
    """
    if syntax_error("\n".join(lines)) is None:
        return []
    starts = [i for i, line in enumerate(lines) if BLOCK_START.match(line)]
    starts = [
        i for i, before in zip(starts, [-1, *starts], strict=False) if before < 0 or not _DECORATOR.match(lines[before])
    ]
    cells = {start - 1 for start in origin.cells if start}
    starts = sorted({0, *starts, *cells, len(lines)})
    broken: list[tuple[int, int, SyntaxError]] = []
    first, left = 0, _MOST_PARSED
    while first < len(starts) - 1:
        error = None
        for last in range(first + 1, min(first + 1 + _MAX_BLOCKS_TOGETHER, len(starts))):
            text = "\n".join(lines[starts[first] : starts[last]])
            left -= len(text) + _EACH_TIME
            now = syntax_error(text)
            older = for_older(text) if now is not None and now.msg.startswith("f-string") else None
            if older is not None:
                now, lines[starts[first] : starts[last]] = None, older.split("\n")
            error = error or now
            if now is None or not _INCOMPLETE.search(now.msg) or starts[last] in cells or left < 0:
                break
        if now is not None and error is not None:
            last = first + 1
            inside = lines[starts[first] : starts[last]]
            stray = _stray_line(inside, error)
            error.lineno = (error.lineno or 1) + starts[first]
            if any(line.startswith(("<<<<<<<", ">>>>>>>")) for line in lines[starts[first] : starts[last] + 1]):
                error.msg = f"{error.msg}; {CONFLICT}"
            broken.append((starts[first] + stray, starts[last], error))
        if left < 0:
            broken.append((starts[last], len(lines), _at_line(starts[last] + 1)))
            break
        first = last
    return broken


def _stray_line(block: list[str], error: SyntaxError) -> int:
    """The line of a block from which on it is broken, counted from 0, where that takes nothing from what is before it.

    So it is behind a statement of one line, and behind a function that has returned: what follows there never runs.
    """
    stray = (error.lineno or 1) - 1
    try:
        body = ast.parse("\n".join(block[:stray])).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0
    if not body:
        return 0
    if isinstance(body[-1], ast.FunctionDef):
        return stray if isinstance(body[-1].body[-1], ast.Return | ast.Raise) else 0
    return 0 if hasattr(body[-1], "body") else stray
