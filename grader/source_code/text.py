"""From the bytes of a file to code that parses.

A file of twenty functions need not be discarded because of one line that is not Python 3, if the two functions that
are graded are fine. So where the whole does not parse, notebook leftovers (`%magic`, `!shell`) and the top-level
blocks that do not parse are blanked out, line numbers stay, and the student is told.
"""

import ast
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, islice

from grader.errors import SubmissionRejected
from grader.records import Content, Origin, Submission
from grader.records.feedback import Listing
from grader.source_code.decoding import decoded
from grader.source_code.joined import joined
from grader.source_code.names import bound_names
from grader.source_code.notebook import MAX_BYTES, code_of_notebook, is_notebook
from grader.source_code.salvage import BLOCK_START, CLASS, DEFINITION, Salvaged, at, salvage, syntax_error
from grader.source_code.stubs import told_apart
from grader.source_code.syntax import tree_of

_MOST_LISTED_LINES, _MOST_LISTED_COLUMNS = 400, 300
_LONG_QUOTES = re.compile("\"{3}|'{3}")


def parse(content: Content, functions: Sequence[str]) -> Submission:
    """The code of a Python file, or of a notebook, whatever it is called.

    Args:
        content: the file.
        functions: names of the graded functions; one of them has to be in what parses.

    Raises:
        SubmissionRejected: with file and line, where nothing gradable is left.
    """
    submission = _parsed(content, functions)
    if not content.beside:
        return submission
    found = joined(submission.code, submission.origin, content.beside)
    own = [note for note in submission.notes if note not in content.notes or not _has_all(found.code, functions)]
    read = [f"read with what it imports from {', '.join(found.taken)} of the same hand-in"] if found.taken else []
    return replace(
        submission,
        sha256=hashlib.sha256(submission.sha256.encode() + content.of_beside).hexdigest(),
        code=found.code,
        origin=found.origin,
        notes=(*own, *read, *found.left),
    )


def _has_all(code: str, functions: Sequence[str]) -> bool:
    """Whether each of these functions, or classes, is defined and no stub: then none need be looked for elsewhere."""
    defined = {match[1] for line in code.split("\n") if (match := DEFINITION.match(line) or CLASS.match(line))}
    return defined >= set(functions) and not told_apart(code, functions).stubs


def _parsed(content: Content, functions: Sequence[str]) -> Submission:
    """As `parse`, without the files beside it."""
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
    error = syntax_error(text)
    if error is None:
        return Submission(sha256, origin, text, {}, (*content.notes, *_defined_again(text, origin, functions)))
    found = salvage(text, origin)
    code, unparsed = found.code, found.unparsed
    defined = {match[1] for line in code.split("\n") if (match := DEFINITION.match(line.lstrip()))}
    defined |= {match[1] for line in code.split("\n") if (match := CLASS.match(line)) and match[1] in functions}
    if not defined or (set(unparsed) & set(functions) and not defined & set(functions)):
        raise SubmissionRejected(at(error, origin))
    told = {reason for name, reason in unparsed.items() if name in functions and name not in defined}
    notes = (*content.notes, *found.notes, *found.note(told), *_defined_again(code, origin, functions))
    missing = [name for name in functions if name in unparsed and name not in defined]
    return Submission(sha256, origin, code, unparsed, notes, tuple(_broken(found, missing)))


def _broken(found: Salvaged, functions: Sequence[str]) -> Iterator[Listing]:
    """These functions, or methods of these classes, each as it stands in the block that does not parse."""
    for block in found.blocks:
        for one in _listed(block.lines, [name for name in functions if name in block.names]):
            reason = f"{type(block.error).__name__}: {block.error.msg}"
            first = one.first_line + block.first
            yield replace(one, first_line=first, broken_at=block.error.lineno or first, error=reason)


def _defined_again(code: str, origin: Origin, functions: Sequence[str]) -> list[str]:
    """What a person may have overlooked: a stub further down, or another meaning, replaces what they wrote."""
    places: dict[str, list[int]] = {name: [] for name in functions}
    lines = code.split("\n")
    for i, line in enumerate(lines, 1):
        if (match := DEFINITION.match(line)) and match[1] in places:
            places[match[1]].append(i)
    notes = []
    for name, found in places.items():
        anew = _set_anew(code, lines, name, found[-1]) if found else None
        if anew is not None:
            notes.append(
                f"{name} is defined in {origin.at(found[-1])} and given another meaning in {origin.at(anew)}: "
                "the last one counts"
            )
        elif len(found) > 1:
            notes.append(f"{name} is defined in {' and in '.join(map(origin.at, found[-2:]))}: the last one counts")
    return notes


def _set_anew(code: str, lines: Sequence[str], name: str, after: int) -> int | None:
    """The last line of the top level below `after` that gives a name another meaning; None where there is none."""
    may_be = re.compile(rf"(?:from|import)\b.*\b{name}\b|[^\s#](?:.*\W)?{name}\s*[,:=)]|{name}\s*[,:=]")
    if not any(name in line and may_be.match(line) for line in lines[after:]):
        return None
    setting = (ast.Assign, ast.AnnAssign, ast.Import, ast.ImportFrom)
    found = (
        s.lineno for s in tree_of(code).body if isinstance(s, setting) and s.lineno > after and name in bound_names(s)
    )
    return max(found, default=None)


def list_functions(submission: Submission, functions: Sequence[str]) -> tuple[Listing, ...]:
    """The text of these functions, each as it was last defined, as far as a person would read.

    It is cut out by its indentation: parsing a long file once more would take longer than all else that is done for it.
    """
    return tuple(_listed(submission.code.split("\n"), functions))


def _listed(lines: Sequence[str], functions: Sequence[str]) -> Iterator[Listing]:
    starts = _starts(lines, methods=any("." in name for name in functions))
    for name in functions:
        if name in starts:
            first = lines[starts[name]]
            depth = len(first) - len(first.lstrip())
            text = [first, *islice(_body(lines[starts[name] :], depth), _MOST_LISTED_LINES)]
            while text[-1][:1] in ("", "#"):  # what stands between it and the next
                text.pop()
            shown = "\n".join(line[:_MOST_LISTED_COLUMNS] for line in text)
            yield Listing(name, starts[name] + 1, shown)


def _starts(lines: Sequence[str], *, methods: bool) -> dict[str, int]:
    """The line in which each function begins, and with `methods` each function of a class, as `Conv.forward`."""
    starts, owner = {}, ""
    for i, line in enumerate(lines):
        if match := DEFINITION.match(line):
            starts[match[1]] = i
        elif match := CLASS.match(line):
            owner = match[1]
        elif methods and owner and line[:1] in " \t" and (match := DEFINITION.match(line.lstrip())):
            starts.setdefault(f"{owner}.{match[1]}", i)
    return starts


def _body(lines: Sequence[str], depth: int) -> Iterator[str]:
    """What follows the first line of a function that stands `depth` columns in, up to where it ends.

    Lines within a long string may begin where they like, unless it never ends.
    """
    quotes = list(accumulate(lines, _quote_after, initial=""))[1:]
    may_be_within = not quotes[-1]
    for line, quote in zip(lines[1:], quotes, strict=False):
        if not (may_be_within and quote) and not _goes_on(depth, line):
            return
        yield line


def _quote_after(quote: str, line: str) -> str:
    """What ends the long string that goes on after a line, given what ends the one in which it begins; else nothing."""
    for match in _LONG_QUOTES.finditer(line):
        if quote in ("", match[0]) and (quote or "#" not in line[: match.start()]):
            quote = "" if quote else match[0]
    return quote


def _goes_on(depth: int, line: str) -> bool:
    """Whether a function whose first line stands `depth` columns in has not ended before this line."""
    inner = line.lstrip()
    return len(line) - len(inner) > depth or not BLOCK_START.match(inner)


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
