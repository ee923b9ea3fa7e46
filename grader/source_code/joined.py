"""Code of several files as one text: what a file imports by name from others of the same hand-in follows it.

Some courses spread one assignment over files: `from nndl.layers import *` for the normalization of rows that the
spatial one calls, `from resampling import *` for a part of a strided convolution. Only definitions are taken over. They
stand behind the file itself, so its lines keep their numbers, and functions find them when they are called. A file in
which something would mean something else here is left out, and why is told.
"""

import ast
import builtins
import re
import sys
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.errors import SubmissionRejected
from grader.records import Origin
from grader.records.sources import CHOICE
from grader.source_code.decoding import decoded
from grader.source_code.names import bound_names, local_name, read_names
from grader.source_code.notebook import MAX_BYTES
from grader.source_code.policy import is_main_guard
from grader.source_code.syntax import tree_of

_FROM = re.compile(r"(?:^|[;:])[ \t]*from[ \t]+(\.*[\w.]+)[ \t]+import\b", re.MULTILINE)
_IMPORTS = (ast.Import, ast.ImportFrom)
_IMPORTED = "import "
_OF_PYTHON = "of Python"
_TAKEN = (*_IMPORTS, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)


def modules_imported(text: str) -> list[str]:
    r"""The modules of which code imports names, wherever in it.

    >>> modules_imported("import numpy as np\nfrom nndl.layers import *\ntry:\n    from .a import (b,\n  c)\n")
    ['nndl.layers', '.a']
    """
    return list(dict.fromkeys(_FROM.findall(text)))


@dataclass(frozen=True, slots=True)
class Joined:
    """A text with the definitions of other files behind it."""

    code: str
    origin: Origin
    """How its lines are called."""
    taken: tuple[str, ...] = ()
    """The files whose definitions are there."""
    left: tuple[str, ...] = ()
    """The others, each with the reason."""


def joined(code: str, origin: Origin, files: Sequence[tuple[str, bytes]]) -> Joined:
    """The text of a file with the definitions of those that it, or one of them, imports from.

    Args:
        code: of the graded file; it parses.
        origin: of its lines.
        files: name and bytes of each of the others.
    """
    taken: list[str] = []
    left: list[str] = []
    parts: list[tuple[int, str]] = []
    modules = {_module(name) for name, _ in files}
    imports = _imports_from(code, modules)
    alone = _without(code, imports)
    bound = _meanings(tree_of(alone).body, alone)
    renamed = {new: name for new, name in _renamed(imports) if name not in bound}
    text = code
    for name, data in files:
        try:
            other = _read(decoded(data, name), modules, bound)
            if len(text) + len(other.text) > MAX_BYTES:
                raise _LeftOut("it is too large")
        except (SubmissionRejected, SyntaxError, ValueError, RecursionError, _LeftOut) as error:
            what = f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else str(error)
            why = what.removeprefix(f"{name}:").strip()
            what_to_do = "put all that it uses into one file"
            left.append(f"{CHOICE}{origin.filename} without {name}, from which it imports ({why}): {what_to_do}")
            continue
        text = text if text.endswith("\n") else text + "\n"
        parts.append((text.count("\n") + 1, name))
        text += other.text
        bound |= other.meanings
        taken.append(name)
    if not taken:
        return Joined(code, origin, (), tuple(left))
    text = _without(text, [one for one in imports if _is_from(one, set(map(_module, taken)))])
    text += "".join(f"\n{new} = {name}" for new, name in renamed.items() if name in bound) + "\n"
    return Joined(text, replace(origin, parts=tuple(parts)), tuple(taken), tuple(left))


class _LeftOut(Exception):
    """Why a file is not taken over."""


@dataclass(frozen=True, slots=True)
class _Other:
    """What is taken over of a file: the lines of its definitions, and what they give a meaning to."""

    text: str
    meanings: Mapping[str, str]


def _read(text: str, modules: Container[str], bound: Mapping[str, str]) -> _Other:
    """The definitions of a file, for a text in which names are bound already.

    Raises:
        _LeftOut: where something of it would mean something else there.
        SyntaxError, ValueError, RecursionError: where it does not parse.
    """
    text = _without(text, _imports_from(text, modules))
    body = [one for one in tree_of(text).body if not is_main_guard(one)]
    before = {**dict.fromkeys(dir(builtins), _OF_PYTHON), **bound}
    alone = set(_alone(body))
    kept = [
        one for one in body
        if one in alone and isinstance(one, _TAKEN) and not _is_future(one)
        and all(before.get(name, meaning) == meaning for name, meaning in _meanings([one], text).items())
    ]  # fmt: skip
    meanings, there = _meanings(body, text), _meanings(kept, text)
    tried = _meanings((one for one in body if isinstance(one, ast.Try)), text).keys()
    here = {name for name in tried if bound.get(name, "").startswith(_IMPORTED)}
    for name in sorted(read_names(kept) - here):
        if name in meanings and there.get(name) != meanings[name]:
            raise _LeftOut(f"`{name}` is set in a way there that cannot be taken over, or is another thing here")
        is_same = bound.get(name, _OF_PYTHON).startswith((_IMPORTED, _OF_PYTHON))
        if name not in meanings and not is_same and hasattr(builtins, name):
            raise _LeftOut(f"it uses Python's `{name}`, which is another thing here")
    lines = text.split("\n")
    left = [""] * len(lines)
    for one in kept:
        left[_lines_of(one)] = lines[_lines_of(one)]
    return _Other("\n".join(left), there)


def _module(name: str) -> str:
    """The last part of a module's name, by that of its file."""
    return name.rpartition("/")[2].removesuffix(".py")


def _imports_from(text: str, modules: Container[str]) -> list[ast.ImportFrom]:
    """The statements by which names of these modules are imported.

    One within another statement is among them only where its names are set to nothing else in all of the text, such as
    a parameter, or what takes their place if the import fails.
    """
    nodes = list(ast.walk(tree_of(text)))
    found = [one for one in nodes if isinstance(one, ast.ImportFrom) and _is_from(one, modules)]
    meant = {(local_name(alias), alias.name) for one in found for alias in one.names if alias.name != "*"}
    twice = {name for name, times in Counter(name for name, _ in meant).items() if times > 1}
    others = twice.union(*map(_set_by, set(nodes).difference(found)))
    return [one for one in found if not one.col_offset or others.isdisjoint(map(local_name, one.names))]


def _set_by(node: ast.AST) -> list[str]:
    """The names that a part of the text sets, without those of the parts in it."""
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    if isinstance(node, _IMPORTS):
        return [local_name(alias) for alias in node.names]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    return [node.arg] if isinstance(node, ast.arg) else []


def _is_from(statement: ast.ImportFrom, modules: Container[str]) -> bool:
    return (statement.module or "").rpartition(".")[2] in modules


def _renamed(imports: Iterable[ast.ImportFrom]) -> Iterator[tuple[str, str]]:
    """What is imported by another name: that, and its own."""
    for statement in imports:
        yield from ((one.asname, one.name) for one in statement.names if one.asname)


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
        if module == "builtins" and alias.name == name != "*":  # as the course's files begin: it is what it was
            yield name, _OF_PYTHON
            continue
        yield f"{module} {name}" if name == "*" else name, f"{_IMPORTED}{module} {alias.name}"


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


def _without(text: str, statements: Iterable[ast.stmt]) -> str:
    r"""With `pass` in the place of these statements, or nothing where one is alone in its lines.

    >>> code = "from b import (f,\n  g)\nif 1: from b import h; k = 2\n"
    >>> _without(code, _imports_from(code, ["b"]))
    '\n\nif 1: pass; k = 2\n'
    """
    lines = text.split("\n")
    for one in sorted(statements, key=lambda one: (one.lineno, one.col_offset), reverse=True):
        assert one.end_lineno is not None
        before = lines[one.lineno - 1].encode()[: one.col_offset].decode()  # Python counts bytes
        after = lines[one.end_lineno - 1].encode()[one.end_col_offset :].decode()
        is_alone = not before and not after.partition("#")[0].strip()
        lines[one.lineno - 1 : one.end_lineno] = [""] * (one.end_lineno - one.lineno + 1)
        lines[one.lineno - 1] = "" if is_alone else f"{before}pass{after}"
    return "\n".join(lines)
