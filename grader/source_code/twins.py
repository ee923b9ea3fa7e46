"""When two submissions have the same functions, and how what was found of one reads for the other.

Compared is what can run: the top level and every definition that it or the two functions reach, compiled, so that
neither comments nor layout nor the other functions of a `layers.py` matter.
"""

import ast
import hashlib
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from types import CodeType

from grader.records import Check, Findings, Origin, ReportVerdict, Submission
from grader.records.feedback import Explanation, Listing
from grader.source_code.policy import is_main_guard
from grader.source_code.text import list_functions

_REFLECTIVE = frozenset((
    "compile", "ctypes", "currentframe", "delattr", "dir", "eval", "exec", "gc", "getattr", "globals", "importlib",
    "inspect", "linecache", "locals", "open", "os", "setattr", "sys", "traceback", "vars", "warnings",
))  # fmt: skip
_REFLECTIVE_PREFIXES = ("__", "co_", "f_", "tb_", "gi_", "_getframe")
_HARMLESS = frozenset({"__future__", "__init__", "__call__"})
"""Names by which code can look at itself, or at where it stands: of such code nothing is concluded from a copy."""
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Identity:
    """What runs in one submission, apart from where it stands."""

    key: str
    """Equal for the same functions."""
    sha256: str
    """Of the whole text, which may differ."""
    origin: Origin
    notes: tuple[str, ...]
    listings: tuple[Listing, ...]
    """The text of its functions, which is its own."""
    code: CodeType
    """Everything that runs, compiled."""
    starts: tuple[int, ...]
    """The line of each top-level statement in it."""
    shareable: bool
    """Whether what is found of one holds for the other."""

    def lines(self) -> list[int]:
        """The lines of everything in it, in an order that is the same for the same functions."""
        codes = _all_codes(self.code)
        return [*self.starts, *(place[0] or 0 for code in codes for place in code.co_positions())]


def identify(submission: Submission, functions: Sequence[str]) -> Identity | None:
    r"""The identity of what `functions` run; None where it cannot be told.

    >>> text = "import numpy as np\ndef f(x): return x  # mine"
    >>> one = Submission("", Origin("a.py"), text)
    >>> two = Submission("", Origin("b.py"), "def g(): pass\n" + text.replace("mine", ""))
    >>> identify(one, ["f"]).key == identify(two, ["f"]).key
    True
    """
    try:
        every = [s for s in ast.parse(submission.code).body if not _is_string(s)]
        body = [s for s in every if submission.origin.is_notebook or not is_main_guard(s)]
        kept = _kept(body, functions)
        for node in chain.from_iterable(map(ast.walk, (s for s in kept if isinstance(s, _Definition)))):
            _drop_docstring(node)
        code = _compiled(kept)
    except (SyntaxError, ValueError, RecursionError):  # it parses but cannot be compiled
        return None
    words = frozenset(chain.from_iterable(_words(each) for each in _all_codes(code)))
    return Identity(
        key=hashlib.sha256(repr(_plain(code)).encode("utf-8", "replace")).hexdigest(),
        sha256=submission.sha256,
        origin=submission.origin,
        notes=submission.notes,
        listings=list_functions(submission, functions),
        code=code,
        starts=tuple(statement.lineno for statement in kept),
        shareable=not submission.unparsed and not any(map(_is_reflective, words)),
    )


def as_found_of(twin: Identity, findings: Findings, of: Identity) -> Findings | None:
    """What was found of one submission as it reads for another with the same functions, without its timings.

    None where it has to be found anew: the one was not graded, or the code could tell the two apart.

    Args:
        twin: whose findings are wanted.
        findings: of the other.
        of: the other.
    """
    found = findings.verification
    if findings.verdict is not ReportVerdict.GRADED or found is None:
        return None
    if twin.key != of.key or len(twin.starts) != len(of.starts) or not (twin.shareable and of.shareable):
        return None
    places = _places(of, twin)
    if places is None or findings.stdout:  # what is printed may name places too, and nobody can tell
        return None
    move = _moving(places)
    lines = dict(zip(of.lines(), twin.lines(), strict=True))

    def moved(check: Check) -> Check:
        on_own = check.on_own and moved(check.on_own)
        message, hint = check.message and move(check.message), check.hint and move(check.hint)
        return replace(check, message=message, hint=hint, on_own=on_own)

    return replace(
        findings,
        sha256=twin.sha256,
        verification=replace(
            found,
            checks=tuple(moved(check) for check in found.checks),
            contract=tuple(replace(o, message=o.message and move(o.message)) for o in found.contract),
        ),
        explanations=tuple(_explained_at(explanation, lines, move) for explanation in findings.explanations),
        listings=twin.listings,
        timings=(),
        notes=(*twin.notes, *(_of_file(move(note), of, twin) for note in findings.notes[len(of.notes) :])),
    )


def _places(of: Identity, to: Identity) -> dict[str, str] | None:
    """Every place in the one file with the same place in the other; None if the lines are divided in other ways."""
    pairs = {(of.origin.at(a), to.origin.at(b)) for a, b in zip(of.lines(), to.lines(), strict=True)}
    places = dict(pairs)
    return places if len(places) == len(pairs) else None


def _explained_at(explanation: Explanation, lines: Mapping[int, int], move: Callable[[str], str]) -> Explanation:
    """An explanation with the lines to look at, and the places in its words, of the other file."""
    mistake, example = explanation.mistake, explanation.example
    if mistake is not None:
        mistake = replace(mistake, lines=tuple(lines[line] for line in mistake.lines if line in lines))
    if example is not None:
        example = replace(example, problem=move(example.problem))
    crashes = tuple((lines[line], error) for line, error in explanation.crashes if line in lines)
    return replace(explanation, mistake=mistake, example=example, crashes=crashes)


def _moving(places: Mapping[str, str]) -> Callable[[str], str]:
    """Replaces every place in the one file by the same place in the other."""
    longest_first = sorted(map(re.escape, places), key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w./-])(?:{'|'.join(longest_first)})(?!\w)")
    return lambda text: pattern.sub(lambda match: places[match[0]], text)


def _of_file(note: str, of: Identity, to: Identity) -> str:
    """A note about a whole file, about the other."""
    about = f"{of.origin.filename}: "
    return f"{to.origin.filename}: {note.removeprefix(about)}" if note.startswith(about) else note


def _kept(body: Sequence[ast.stmt], functions: Sequence[str]) -> list[ast.stmt]:
    """The top-level statements that run or are reached."""
    code_at = {code.co_firstlineno: code for code in _compiled(body).co_consts if isinstance(code, CodeType)}
    wanted = set(functions)
    kept: set[ast.stmt] = set()
    while True:
        reached = {s for s in body if getattr(s, "name", None) in wanted or not _only_defines(s)}
        if reached == kept:
            return [s for s in body if s in kept]
        wanted = wanted.union(*(_reads(s, code_at.get(s.lineno)) for s in reached - kept))
        kept = reached


def _only_defines(statement: ast.stmt) -> bool:
    """Whether nothing runs where it stands: no decorators, defaults or annotations, and no body of a class."""
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) or statement.decorator_list:
        return False
    names = [node for node in ast.walk(statement.args) if isinstance(node, ast.expr)]
    return not names and statement.returns is None


def _reads(statement: ast.stmt, code: CodeType | None) -> set[str]:
    """Names that a statement may read from the module, and some that it does not."""
    nodes: list[ast.AST] = [statement]
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and code is not None:
        nodes = [statement.args, *statement.decorator_list, *([statement.returns] if statement.returns else [])]
    names = {node.id for node in chain.from_iterable(map(ast.walk, nodes)) if isinstance(node, ast.Name)}
    return names if code is None else names.union(*map(_words, _all_codes(code)))


def _compiled(body: Sequence[ast.stmt]) -> CodeType:
    with warnings.catch_warnings():  # such as of `is` with a literal: they are the student's business
        warnings.simplefilter("ignore")
        code: CodeType = compile(ast.Module(list(body), []), "submission", "exec", dont_inherit=True)
    return code


def _all_codes(code: CodeType) -> Iterator[CodeType]:
    """A code object and all those in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _all_codes(constant)


def _is_reflective(word: str) -> bool:
    return word in _REFLECTIVE or (word.startswith(_REFLECTIVE_PREFIXES) and word not in _HARMLESS)


def _words(code: CodeType) -> Iterator[str]:
    """Every name in a code object, and every string that could be one."""
    yield from chain(code.co_names, code.co_varnames)
    yield from (constant for constant in code.co_consts if isinstance(constant, str))


def _plain(constant: object) -> object:
    """A code object, or a constant in one, without places and with one order: for `repr`."""
    if isinstance(constant, CodeType):
        code = constant
        constants = [_plain(each) for each in code.co_consts]
        arguments = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags
        names = code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
        return code.co_code, code.co_exceptiontable, arguments, names, constants
    if isinstance(constant, frozenset):
        return sorted(map(repr, constant))
    return constant


def _drop_docstring(node: ast.AST) -> None:
    if isinstance(node, _Definition) and _is_string(node.body[0]):
        node.body = node.body[1:] or [ast.Pass(lineno=node.lineno, col_offset=0)]


def _is_string(node: ast.AST) -> bool:
    """Whether a statement is a bare string, such as a docstring."""
    value = node.value if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)
