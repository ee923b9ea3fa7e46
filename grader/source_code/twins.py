"""When two submissions have the same functions: a remark for the instructor, never a reason not to run one of them.

Compared is what can run: the top level, and every definition that it, the two functions or Python itself can reach,
compiled, so that neither comments nor layout nor the other functions of a `layers.py` matter.
"""

import ast
import hashlib
import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from types import CodeType

from grader.source_code.names import bound_names
from grader.source_code.policy import is_main_guard
from grader.source_code.syntax import tree_of

_REFLECTIVE = frozenset((
    "compile", "ctypes", "currentframe", "delattr", "dir", "eval", "exec", "gc", "getattr", "globals", "importlib",
    "inspect", "linecache", "locals", "open", "os", "setattr", "sys", "traceback", "vars", "warnings",
))  # fmt: skip
"""Names by which code can look at itself: then every definition is one that it can reach."""
_REFLECTIVE_PREFIXES = ("__", "co_", "f_", "tb_", "gi_", "_getframe")
_HARMLESS = frozenset({"__future__", "__init__", "__call__"})
_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def fingerprint(code: str, functions: Sequence[str], *, as_main: bool = False) -> str | None:
    r"""A hash of all that `functions` run; None where it cannot be told, or nothing of these names is bound.

    Args:
        code: the text of a submission.
        functions: names of the graded functions.
        as_main: the code runs as `__main__`, as a notebook does.

    >>> one = fingerprint("import numpy as np\ndef f(x): return x  # mine", ["f"])
    >>> one == fingerprint("import numpy as np\ndef g(): pass\ndef f(x): return x", ["f"])
    True
    >>> one == fingerprint("import numpy as np\ndef f(x): return x\ndef __builtins__(): pass", ["f"])
    False
    """
    try:
        every = [s for s in tree_of(code).body if not _is_string(s)]
        tree_of.cache_clear()  # it is changed here, so nobody else may get it
        if not any(bound_names(statement).intersection(functions) for statement in every):
            return None
        for definition in _definitions(s for s in every if isinstance(s, _Definition)):
            _drop_docstring(definition)
        text = repr([_plain(code) for code in _kept(every, functions, as_main=as_main)])
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # it parses but cannot be compiled
        return None
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _kept(every: Sequence[ast.stmt], functions: Sequence[str], *, as_main: bool) -> list[CodeType]:
    """The top-level statements that run or are reached, compiled; all of them where the code can look at itself."""
    body = [s for s in every if as_main or not is_main_guard(s)]
    definitions: dict[str, list[ast.stmt]] = {}
    waiting: list[ast.stmt] = []
    for statement in body:
        name = getattr(statement, "name", "")
        if not _only_defines(statement) or name in functions or name.startswith("__"):
            waiting.append(statement)  # Python itself looks for names such as `__builtins__`
        else:
            definitions.setdefault(name, []).append(statement)
    kept: dict[ast.stmt, CodeType] = {}
    while waiting:
        statement = waiting.pop()
        kept[statement] = _compiled(statement)
        for word in chain.from_iterable(map(_words, _all_codes(kept[statement]))):
            if _is_reflective(word):
                return [kept.get(s) or _compiled(s) for s in every]
            waiting += definitions.pop(word, ())
    return [kept[s] for s in body if s in kept]


def _only_defines(statement: ast.stmt) -> bool:
    """Whether nothing runs where it stands: no decorators, defaults or annotations, and no body of a class."""
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) or statement.decorator_list:
        return False
    names = [node for node in ast.walk(statement.args) if isinstance(node, ast.expr)]
    return not names and statement.returns is None


def _compiled(statement: ast.stmt) -> CodeType:
    with warnings.catch_warnings():  # such as of `is` with a literal: they are the student's business
        warnings.simplefilter("ignore")
        code: CodeType = compile(ast.Module([statement], []), "submission", "exec", dont_inherit=True)
    return code


def _all_codes(code: CodeType) -> Iterator[CodeType]:
    """A code object and all those in it."""
    waiting = [code]
    while waiting:
        code = waiting.pop()
        yield code
        waiting += (constant for constant in code.co_consts if isinstance(constant, CodeType))


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
    if type(constant) is int:  # of which `repr` refuses very long ones
        return int, hex(constant)
    return constant


def _definitions(statements: Iterable[ast.stmt]) -> Iterator[_Definition]:
    """All of them, and those in them. Only blocks are gone through: most of a tree are expressions."""
    waiting: list[ast.AST] = list(statements)
    while waiting:
        node = waiting.pop()
        for block in _BLOCKS:
            waiting += getattr(node, block, ())
        if isinstance(node, _Definition):
            yield node


def _drop_docstring(node: _Definition) -> None:
    if _is_string(node.body[0]):
        node.body = node.body[1:] or [ast.Pass(lineno=node.lineno, col_offset=0)]


def _is_string(node: ast.AST) -> bool:
    """Whether a statement is a bare string, such as a docstring."""
    value = node.value if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)
