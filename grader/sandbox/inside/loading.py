"""Runs inside: the top level of a submission. What fails is passed over, since the two functions may do without it.

All of it runs at once for as long as nothing fails: statement by statement takes two to three times as long.
"""

import __future__

import ast
import itertools
import re
import sys
import types
import warnings
from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from grader.sandbox.inside import wire
from grader.sandbox.inside.old_numpy import as_of_old

Describe = Callable[[BaseException], wire.Frame]
"""Makes of an exception what is told of it."""
FILENAME = "submission.py"
"""What the code is told that it is called: a name could hold a table of answers, which no secret is drawn from."""
_TRACING = re.compile(r"breakpoint|set_?trace")
"""A tracer raises its error, such as that there is no debugger, when the next statement begins."""
_OF_ANNOTATIONS = (NameError, AttributeError, TypeError)
"""What an annotation raises that names something which is not there."""
_DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SETS_NAMES = (*_DEFINITION, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)


def run(frame: wire.Frame, namespace: dict[str, Any], describe: Describe) -> list[wire.Frame]:
    """Run the top level.

    Args:
        frame: `code`, `names` (of the functions), `calling` and `carefully`: 0 runs everything, 1 what stands before
            the functions and, of what follows, what sets names; 2 only what sets names.
        namespace: of the module.
        describe: tells of what was raised.

    Returns:
        The statements that failed, and why.
    """
    text, carefully = frame["code"], frame["carefully"]
    is_old = "old_float" in frame.get("calling", {})
    source = (as_of_old(_parsed(text), namespace) if is_old else None) or text
    failed = None if carefully or _TRACING.search(text) else _run_whole(source, namespace, describe)
    if failed == ():
        return []
    body = (_parsed(source) if isinstance(source, str) else source).body
    future = [s for s in body if isinstance(s, ast.ImportFrom) and s.module == "__future__"]
    skipped = []
    if failed:
        place, error, may_define = failed
        at = _statement_at(place, body)
        if not (may_define and _defines_without_annotations(body[at], future, namespace)):
            skipped.append(_skipped(body[at], error))
        body = body[at + 1 :]
    elif carefully:
        body = _without_what_follows(body, frame["names"]) if carefully == 1 else _only_definitions(body)
    for statement in body:
        if statement not in future:
            skipped += _run_one(statement, future, namespace, describe)
    return skipped


def _run_whole(text: str | ast.Module, namespace: dict[str, Any], describe: Describe) -> tuple[Any, ...] | None:
    """Run it all at once: nothing where that went well, else where it stopped and why; None where it cannot be."""
    code = _compiled_whole(text)
    if code is None:
        return None
    try:
        exec(code, namespace)
    except MemoryError:
        raise
    except BaseException as error:  # what the two functions do not need may fail, or want to end everything
        place = _place_in(code, sys.exc_info()[2])
        if place is None:  # its traceback was changed, so nobody knows what has run
            raise
        return place, describe(error), isinstance(error, _OF_ANNOTATIONS)
    return ()


def _run_one(
    statement: ast.stmt, future: Sequence[ast.stmt], namespace: dict[str, Any], describe: Describe
) -> list[wire.Frame]:
    try:
        exec(_compiled(ast.Module([*future, statement], [])), namespace)
    except MemoryError:
        raise
    except BaseException as error:  # as above
        told, may_define = describe(error), isinstance(error, _OF_ANNOTATIONS)
    else:
        return []
    if may_define and _defines_without_annotations(statement, future, namespace):
        return []
    return [_skipped(statement, told)]


def _defines_without_annotations(statement: ast.stmt, future: Sequence[ast.stmt], namespace: dict[str, Any]) -> bool:
    """Try a definition that failed once more: what is named in annotations alone need not be there."""
    if not isinstance(statement, _DEFINITION):
        return False
    flag = __future__.annotations.compiler_flag
    try:
        exec(_compiled(ast.Module([*future, statement], []), flag), namespace)
    except MemoryError:
        raise
    except BaseException:  # then the reason is that of the first time
        return False
    return True


def _without_what_follows(body: list[ast.stmt], functions: Iterable[str]) -> list[ast.stmt]:
    """All up to the definitions of the functions, and of what follows only definitions."""
    names = {name.partition(".")[0] for name in functions}  # of a method, that of its class
    lines = [s.lineno for s in body if isinstance(s, ast.FunctionDef | ast.ClassDef) and s.name in names]
    last = max(lines, default=sys.maxsize)
    return [s for s in body if s.lineno <= last or isinstance(s, _SETS_NAMES)]


def _only_definitions(body: list[ast.stmt]) -> list[ast.stmt]:
    """Definitions alone, in `try` and `if` too, but no value that a function of the file would have to compute."""
    own = {s.name for s in body if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}

    def defines(statement: ast.stmt) -> bool:
        if isinstance(statement, ast.Try | ast.If):
            handlers = [s for handler in getattr(statement, "handlers", ()) for s in handler.body]
            inside = [*statement.body, *statement.orelse, *handlers, *getattr(statement, "finalbody", ())]
            return all(map(defines, inside))
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            called = (node.func for node in ast.walk(statement) if isinstance(node, ast.Call))
            return not any(isinstance(function, ast.Name) and function.id in own for function in called)
        return isinstance(statement, (*_SETS_NAMES, ast.Pass))

    return [statement for statement in body if defines(statement)]


def _parsed(text: str) -> ast.Module:
    tree: ast.Module = _compiled(text, ast.PyCF_ONLY_AST)
    return tree


def _compiled(source: str | ast.Module, flags: int = 0) -> Any:
    """Code, without the warnings that compiling gives: a submission may have made errors of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(source, FILENAME, "exec", flags, dont_inherit=True)


def _compiled_whole(text: str | ast.Module) -> types.CodeType | None:
    """The code of a file, None where a statement of it parses but does not compile."""
    try:
        code: types.CodeType = _compiled(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    return code


def _place_in(code: types.CodeType, traceback: types.TracebackType | None) -> tuple[int, int] | None:
    """Line and column where an error came out of this code; None where the traceback does not tell."""
    while traceback is not None and traceback.tb_frame.f_code is not code:
        traceback = traceback.tb_next
    if traceback is None:
        return None
    line, _, column, _ = next(itertools.islice(code.co_positions(), traceback.tb_lasti // 2, None))
    return line or traceback.tb_lineno, column or 0


def _statement_at(place: tuple[int, int], body: list[ast.stmt]) -> int:
    """Which of these statements, with its decorators, a line and column are in."""
    starts = [min((node.lineno, node.col_offset) for node in (s, *getattr(s, "decorator_list", ()))) for s in body]
    return max(0, bisect(starts, place) - 1)


def _skipped(statement: ast.stmt, error: wire.Frame) -> wire.Frame:
    return {"line": statement.lineno, "names": _names_bound_by(statement), "error": error}


def _names_bound_by(statement: ast.stmt) -> list[str]:
    """Names that a top-level statement would have given the module; `*` for a star import."""
    if isinstance(statement, ast.Import):
        return [alias.asname or alias.name.partition(".")[0] for alias in statement.names]
    if isinstance(statement, ast.ImportFrom):
        return [alias.asname or alias.name for alias in statement.names]
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    return [n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)][:100]
