"""Code of several files as one text: what a file imports by name from others of the same hand-in follows it.

Some courses spread one assignment over files: `from nndl.layers import *` for the normalization of rows that the
spatial one calls, `from resampling import *` for a part of a strided convolution. Only definitions are taken over. They
stand behind the file itself, so its lines keep their numbers, and functions find them when they are called.
"""

import ast
import builtins
import re
import sys
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from grader.errors import SubmissionRejected
from grader.records import Origin
from grader.source_code.cells import without_imports
from grader.source_code.decoding import decoded
from grader.source_code.names import bound_names, local_name, read_names
from grader.source_code.notebook import MAX_BYTES
from grader.source_code.syntax import tree_of

_FROM = re.compile(r"^from[ \t]+(\.*[\w.]+)[ \t]+import\b", re.MULTILINE)
_IMPORTS = (ast.Import, ast.ImportFrom)
_IMPORTED = "import "
_TAKEN = (*_IMPORTS, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)


def modules_imported(text: str) -> list[str]:
    r"""The modules of which code imports names at its top level.

    >>> modules_imported("import numpy as np\nfrom nndl.layers import *\nfrom .a import (b,\n  c)\n")
    ['nndl.layers', '.a']
    """
    return list(dict.fromkeys(_FROM.findall(text)))


def joined(code: str, origin: Origin, files: Sequence[tuple[str, bytes]]) -> tuple[str, Origin, list[str]]:
    """The text with the definitions of other files behind it, how its lines are called, and the files taken over.

    One that does not parse is left out, and one in which something would get another meaning here: it reads a name
    that the text before it gives to something else.

    Args:
        code: of the graded file; it parses.
        origin: of its lines.
        files: name and bytes of each file that it imports from, or one of them does.
    """
    taken: list[str] = []
    parts: list[tuple[int, str]] = []
    modules = {_module(name) for name, _ in files}
    own = without_imports(code, modules)
    bound = _meanings(tree_of(own).body, own)
    renamed = dict(_renamed(tree_of(code).body, modules, bound))
    for name, data in files:
        try:
            text = without_imports(decoded(data, name), modules)
            body = [one for one in _alone(tree_of(text).body) if isinstance(one, _TAKEN) and not _is_future(one)]
        except (SubmissionRejected, SyntaxError, ValueError, RecursionError):
            continue
        meanings = _meanings(body, text)
        kept = [one for one in body if not {name for name, _ in _meaning(one, ())} & bound.keys()]
        if _read_otherwise(kept, meanings, bound) or len(code) + len(text) > MAX_BYTES:
            continue
        code = code if code.endswith("\n") else code + "\n"
        parts.append((code.count("\n") + 1, name))
        code += _at_their_lines(text, kept)
        bound |= meanings
        taken.append(name)
    if taken:
        code += "".join(f"\n{new} = {name}" for new, name in renamed.items() if name in bound) + "\n"
        code, origin = without_imports(code, set(map(_module, taken))), replace(origin, parts=tuple(parts))
    return code, origin, taken


def _module(name: str) -> str:
    """The last part of a module's name, by that of its file."""
    return name.rpartition("/")[2].removesuffix(".py")


def _renamed(body: Iterable[ast.stmt], modules: Container[str], bound: Container[str]) -> Iterator[tuple[str, str]]:
    """What is imported from these modules by another name: that, and its own, if nothing is called so before."""
    for statement in body:
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").rpartition(".")[2] in modules:
            for alias in statement.names:
                if alias.asname and alias.name not in bound:
                    yield alias.asname, alias.name


def _meanings(body: Iterable[ast.stmt], text: str) -> dict[str, str]:
    """The names that statements of a text give a meaning to, and which: what is written the same means the same."""
    lines = text.split("\n")
    return {name: meaning for statement in body for name, meaning in _meaning(statement, lines)}


def _meaning(statement: ast.stmt, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    if not isinstance(statement, _IMPORTS):
        yield from dict.fromkeys(bound_names(statement), "\n".join(lines[_lines_of(statement)])).items()
        return
    module = "." * statement.level + (statement.module or "") if isinstance(statement, ast.ImportFrom) else ""
    for alias in statement.names:
        name = local_name(alias)
        yield f"{module} {name}" if name == "*" else name, f"{_IMPORTED}{module} {alias.name}"


def _read_otherwise(kept: Sequence[ast.stmt], meanings: Mapping[str, str], bound: Mapping[str, str]) -> set[str]:
    """The names that statements read, and that the text before them gives another meaning than their own file does."""
    read = read_names(kept) & bound.keys()
    of_python = {name for name in read - meanings.keys() if hasattr(builtins, name)}
    return {name for name in of_python if not bound[name].startswith(_IMPORTED)} | {
        name for name in read & meanings.keys() if bound[name] != meanings[name]
    }


def _alone(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Without what shares a line with another statement."""
    ends = [0, *(one.end_lineno or one.lineno for one in body)]
    starts = [*(_lines_of(one).start + 1 for one in body), sys.maxsize]
    return (one for i, one in enumerate(body) if ends[i] < starts[i] and ends[i + 1] < starts[i + 1])


def _is_future(statement: ast.stmt) -> bool:
    """Whether it may stand only at the beginning of a file."""
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _lines_of(statement: ast.stmt) -> slice:
    """The lines of a statement, with its decorators."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return slice(min([statement.lineno, *(one.lineno for one in decorators)]) - 1, statement.end_lineno)


def _at_their_lines(text: str, kept: Iterable[ast.stmt]) -> str:
    """The lines of these statements where they stood, all others blank."""
    lines = text.split("\n")
    left = [""] * len(lines)
    for one in kept:
        left[_lines_of(one)] = lines[_lines_of(one)]
    return "\n".join(left)
