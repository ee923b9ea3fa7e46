"""From the bytes of a file to code that parses.

A file of twenty functions need not be discarded because of one line that is not Python 3, if the two functions that
are graded are fine. So where the whole does not parse, notebook leftovers (`%magic`, `!shell`) and the top-level
blocks that do not parse are blanked out, line numbers stay, and the student is told.
"""

import ast
import hashlib
import re
from collections.abc import Sequence
from functools import partial
from itertools import islice, takewhile

from grader.errors import SubmissionRejected
from grader.records import Content, Origin, Submission
from grader.records.feedback import Listing
from grader.source_code.decoding import decoded
from grader.source_code.notebook import MAX_BYTES, code_of_notebook, is_notebook
from grader.source_code.syntax import tree_of

_MOST_PARSED, _EACH_TIME = 4 * 1024 * 1024, 300
"""Characters that are parsed in search of what is broken, and what each attempt costs besides: a count and not a clock,
so that a file is read the same on every machine."""
_CONFLICT_MARKER = re.compile(r"(<<<<<<<|=======|>>>>>>>)( |$)")
_MAX_BLOCKS_TOGETHER = 20
_MOST_LISTED_LINES, _MOST_LISTED_COLUMNS = 400, 300
_BLOCK_START = re.compile(r"(?!(?:else|elif|except|finally)\b)[^\s#)\]}]")
_INCOMPLETE = re.compile(r"was never closed|unterminated triple-quoted|unexpected EOF")
"""How the parser says that a text might go on."""
_DEFINITION = re.compile(r"(?:async\s+)?def\s+(\w+)")
_CLASS = re.compile(r"class\s+(\w+)")


def parse(content: Content, functions: Sequence[str]) -> Submission:
    """The code of a Python file, or of a notebook, whatever it is called.

    Args:
        content: the file.
        functions: names of the graded functions; one of them has to be in what parses.

    Raises:
        SubmissionRejected: with file and line, where nothing gradable is left.
    """
    data, filename = content.data, content.filename
    sha256 = content.sha256
    if is_notebook(data, filename):
        text, origin = code_of_notebook(data, filename)
        sha256 = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    else:
        if len(data) > MAX_BYTES:
            raise SubmissionRejected(f"{filename}: is too large for a submission (at most {MAX_BYTES} bytes of code)")
        text, origin = decoded(data, filename), Origin(filename)
    if not text.strip():
        raise SubmissionRejected(f"{filename}: the file is empty")
    error = _syntax_error(text)
    if error is None:
        return Submission(sha256, origin, text, {}, (*content.notes, *_defined_again(text, origin, functions)))
    code, unparsed, notes = _salvage(text, origin)
    defined = {match[1] for line in code.split("\n") if (match := _DEFINITION.match(line.lstrip()))}
    defined |= {match[1] for line in code.split("\n") if (match := _CLASS.match(line)) and match[1] in functions}
    if not defined or (set(unparsed) & set(functions) and not defined & set(functions)):
        raise SubmissionRejected(_at(error, origin))
    notes += _defined_again(code, origin, functions)
    return Submission(sha256, origin, code, unparsed, (*content.notes, *notes))


def _defined_again(code: str, origin: Origin, functions: Sequence[str]) -> list[str]:
    """What a person may have overlooked: a starter's stub further down replaces what they wrote."""
    places: dict[str, list[str]] = {name: [] for name in functions}
    for i, line in enumerate(code.split("\n"), 1):
        if (match := _DEFINITION.match(line)) and match[1] in places:
            places[match[1]].append(origin.at(i))
    return [
        f"{name} is defined in {' and in '.join(found[-2:])}: the last one counts"
        for name, found in places.items()
        if len(found) > 1
    ]


def list_functions(submission: Submission, functions: Sequence[str]) -> tuple[Listing, ...]:
    """The text of these functions, each as it was last defined, as far as a person would read.

    It is cut out by its indentation: parsing a long file once more would take longer than all else that is done for it.
    """
    lines = submission.code.split("\n")
    starts = _starts(lines, methods=any("." in name for name in functions))
    found = []
    for name in functions:
        if name in starts:
            first = lines[starts[name]]
            depth = len(first) - len(first.lstrip())
            body = takewhile(partial(_goes_on, depth), lines[starts[name] + 1 :])
            text = [first, *islice(body, _MOST_LISTED_LINES)]
            while text[-1][:1] in ("", "#"):  # what stands between it and the next
                text.pop()
            shown = "\n".join(line[:_MOST_LISTED_COLUMNS] for line in text)
            found.append(Listing(name, starts[name] + 1, shown))
    return tuple(found)


def _starts(lines: Sequence[str], *, methods: bool) -> dict[str, int]:
    """The line in which each function begins, and with `methods` each function of a class, as `Conv.forward`."""
    starts, owner = {}, ""
    for i, line in enumerate(lines):
        if match := _DEFINITION.match(line):
            starts[match[1]] = i
        elif match := _CLASS.match(line):
            owner = match[1]
        elif methods and owner and line[:1] in " \t" and (match := _DEFINITION.match(line.lstrip())):
            starts.setdefault(f"{owner}.{match[1]}", i)
    return starts


def _goes_on(depth: int, line: str) -> bool:
    """Whether a function whose first line stands `depth` columns in has not ended before this line."""
    inner = line.lstrip()
    return len(line) - len(inner) > depth or not _BLOCK_START.match(inner)


def defined_in(submission: Submission) -> tuple[list[str], dict[str, list[str]]]:
    """The functions at the top level of a file, and by class those in it, for a person who looks for others."""
    body = tree_of(submission.code).body
    functions = [s.name for s in body if isinstance(s, ast.FunctionDef)]
    classes = {
        s.name: [f.name for f in s.body if isinstance(f, ast.FunctionDef)] for s in body if isinstance(s, ast.ClassDef)
    }
    return functions, classes


def parameters_in(submission: Submission) -> dict[str, list[str]]:
    """The parameters of each function at the top level, and of each method as `Conv.forward`; `x=...` has a default."""
    body = tree_of(submission.code).body
    methods = ((f"{s.name}.", f) for s in body if isinstance(s, ast.ClassDef) for f in s.body)
    found = [("", s) for s in body] + list(methods)
    return {f"{owner}{f.name}": _parameters(f.args) for owner, f in found if isinstance(f, ast.FunctionDef)}


def _parameters(given: ast.arguments) -> list[str]:
    names = [argument.arg for argument in (*given.posonlyargs, *given.args)]
    first = len(names) - len(given.defaults)
    plain = [name if place < first else f"{name}=..." for place, name in enumerate(names)]
    return [*plain, *([f"*{given.vararg.arg}"] if given.vararg else [])]


def _syntax_error(text: str) -> SyntaxError | None:
    """Why the text does not parse, or None."""
    if "\0" in text:
        return SyntaxError(
            "has NUL bytes, which are no text; save it as UTF-8",
            (None, text[: text.index("\0")].count("\n") + 1, None, None),
        )
    try:
        tree_of(text)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(str(error) or "nested too deeply")
    return None


def _at_line(line: int) -> SyntaxError:
    return SyntaxError("too much of the file is not Python", (None, line, None, None))


def _at(error: SyntaxError, origin: Origin) -> str:
    return f"{origin.at(error.lineno or 1)}: {type(error).__name__}: {error.msg}"


def _salvage(text: str, origin: Origin) -> tuple[str, dict[str, str], list[str]]:
    """Blank out what does not parse: (code, {function: error}, notes)."""
    lines = text.split("\n")
    notes = []
    magics = [i for i, line in enumerate(lines) if line[:1] in ("%", "!")]
    for i in magics:
        lines[i] = ""
    if magics:
        notes.append(f"{origin.at(magics[0] + 1)}: notebook commands (% and !) were left out")
    unparsed: dict[str, str] = {}
    left_out = []
    end = 0
    for first, last, error in _broken_blocks(lines, origin):
        start = first if first == end else _start_of_conflict(lines, first, last)
        end = last
        stripped = [line.lstrip() for line in lines[start:end]]
        names = [match[1] for line in stripped if (match := _DEFINITION.match(line) or _CLASS.match(line))]
        reason = _at(error, origin)
        unparsed.update(dict.fromkeys(names, reason))
        left_out.append(reason)
        lines[start:end] = [""] * (end - start)
    if left_out:
        more = f" (and {len(left_out) - 1} more like it)" if len(left_out) > 1 else ""
        notes.append(f"{left_out[0]}{more}; the blocks around such lines were left out")
    return "\n".join(lines), unparsed, notes


def _start_of_conflict(lines: list[str], start: int, end: int) -> int:
    """Where a broken block really begins: a merge conflict inside a function spoils the lines before it too."""
    inside = any(line[:1] in (" ", "\t") and line.strip() for line in lines[start + 1 : end])
    if not (inside and _CONFLICT_MARKER.match(lines[start])):
        return start
    before = next((i for i in range(start - 1, -1, -1) if _BLOCK_START.match(lines[i])), start)
    return before if _DEFINITION.match(lines[before]) else start


def _broken_blocks(lines: list[str], origin: Origin) -> list[tuple[int, int, SyntaxError]]:
    """What does not parse at the top level, each (first line, line after the last, error), counted from 0.

    A block runs from one unindented line to the next, and no further than its cell; a decorator belongs to what it
    decorates. One that is not complete, such as a long string with unindented lines in it, is tried with those after
    it. Where one is complete up to a stray line, only what follows is broken.
    """
    if _syntax_error("\n".join(lines)) is None:
        return []
    starts = [i for i, line in enumerate(lines) if _BLOCK_START.match(line)]
    starts = [i for i, before in zip(starts, [-1, *starts], strict=False) if before < 0 or lines[before][0] != "@"]
    cells = {start - 1 for start in origin.cells if start}
    starts = sorted({0, *starts, *cells, len(lines)})
    broken: list[tuple[int, int, SyntaxError]] = []
    first, left = 0, _MOST_PARSED
    while first < len(starts) - 1:
        error = None
        for last in range(first + 1, min(first + 1 + _MAX_BLOCKS_TOGETHER, len(starts))):
            text = "\n".join(lines[starts[first] : starts[last]])
            left -= len(text) + _EACH_TIME
            now = _syntax_error(text)
            error = error or now
            if now is None or not _INCOMPLETE.search(now.msg) or starts[last] in cells or left < 0:
                break
        if now is not None and error is not None:
            last = first + 1
            inside = lines[starts[first] : starts[last]]
            stray = _stray_line(inside, error)
            error.lineno = (error.lineno or 1) + starts[first]
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
