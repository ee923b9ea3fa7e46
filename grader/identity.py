"""When two submissions have the same functions, and how what was found of one reads for the other.

Compared is what can run: the top level and every definition that it or the two functions reach, as a syntax tree, so
that neither comments nor layout nor the other functions of a `layers.py` matter.
"""

import ast
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from grader.policy import is_main_guard, reads
from grader.records import Check, Findings, Origin, ReportVerdict, Submission, Verification

_REFLECTIVE = frozenset((
    "__builtins__", "__file__", "__import__", "__loader__", "__name__", "__spec__", "_getframe", "compile",
    "currentframe", "eval", "exec", "getsource", "globals", "importlib", "inspect", "linecache", "locals", "open",
    "sys", "traceback", "vars",
))  # fmt: skip
"""Names by which code can look at itself: of such code nothing is concluded from a copy's behaviour."""
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
    lines: tuple[int, ...]
    """The line of each node of the tree: line by line the place of the same code in another submission."""
    shareable: bool
    """Whether what is found of one holds for the other."""


def identify(submission: Submission, functions: Sequence[str]) -> Identity | None:
    r"""The identity of what `functions` run; None where it cannot be told.

    >>> text = "import numpy as np\ndef f(x): return x  # mine"
    >>> one = Submission("", Origin("a.py"), text)
    >>> two = Submission("", Origin("b.py"), "def g(): pass\n" + text.replace("mine", ""))
    >>> identify(one, ["f"]).key == identify(two, ["f"]).key
    True
    """
    try:
        kept = _kept(ast.parse(submission.code).body, functions)
        nodes = [node for statement in kept for node in ast.walk(statement)]
        for node in nodes:
            _drop_docstring(node)
        text = "\n".join(ast.dump(statement) for statement in kept)
    except RecursionError:
        return None
    words = {getattr(node, field, None) for node in nodes for field in ("id", "attr", "name", "module")}
    return Identity(
        key=hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
        sha256=submission.sha256,
        origin=submission.origin,
        notes=submission.notes,
        lines=tuple(node.lineno for node in nodes if isinstance(node, ast.stmt | ast.expr)),
        shareable=not words & _REFLECTIVE and not submission.unparsed,
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
    if twin.key != of.key or not (twin.shareable and of.shareable):
        return None
    move = _moving(of, twin)

    def moved(check: Check) -> Check:
        return replace(check, message=check.message and move(check.message), hint=check.hint and move(check.hint))

    return replace(
        findings,
        sha256=twin.sha256,
        verification=Verification(
            tuple(moved(check) for check in found.checks),
            tuple(replace(o, message=o.message and move(o.message)) for o in found.contract),
            tuple(move(note) for note in found.notes),
        ),
        timings=(),
        notes=(*twin.notes, *(move(note) for note in findings.notes[len(of.notes) :])),
    )


def _moving(of: Identity, to: Identity) -> Callable[[str], str]:
    """Replaces every place in the one file by the same place in the other."""
    places = {of.origin.at(a): to.origin.at(b) for a, b in zip(of.lines, to.lines, strict=True)}
    places[of.origin.filename] = to.origin.filename
    longest_first = sorted(map(re.escape, places), key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w./-])(?:{'|'.join(longest_first)})(?!\w)")
    return lambda text: pattern.sub(lambda match: places[match[0]], text)


def _kept(body: Sequence[ast.stmt], functions: Sequence[str]) -> list[ast.stmt]:
    """The top-level statements that run or are reached, but for bare strings."""
    running = [s for s in body if not is_main_guard(s) and not (isinstance(s, ast.Expr) and _is_string(s))]
    wanted = set(functions).union(*(reads(s) for s in running if not isinstance(s, _Definition)))
    kept: set[ast.stmt] = set()
    while True:
        reached = {s for s in running if not isinstance(s, _Definition) or s.name in wanted or s.decorator_list}
        if reached == kept:
            return [s for s in running if s in kept]
        wanted = wanted.union(*(reads(s) for s in reached - kept))
        kept = reached


def _drop_docstring(node: ast.AST) -> None:
    if isinstance(node, _Definition) and isinstance(node.body[0], ast.Expr) and _is_string(node.body[0]):
        node.body = node.body[1:] or [ast.Pass(lineno=node.lineno)]


def _is_string(statement: ast.Expr) -> bool:
    return isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)
