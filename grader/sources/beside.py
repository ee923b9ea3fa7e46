"""Which files of a hand-in the graded one imports names from, or one of these does."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from grader.errors import SubmissionRejected
from grader.source_code.joined import modules_imported
from grader.source_code.notebook import MAX_BYTES, code_of_notebook, is_notebook
from grader.sources.tree import Tree

_MOST = 32
_NUMBERED = re.compile(r"(.{1,200}?)(?:-(\d{1,3})| ?\((\d{1,3})\))\.py$")
_OF_PYTHON = sys.stdlib_module_names | {"numpy"}


def imported_files(tree: Tree, name: str, data: bytes) -> tuple[tuple[str, bytes], ...]:
    """Name and bytes of each, in the order in which they are imported; those that are not there are left out.

    Args:
        tree: of one student's files.
        name: of the graded file in it.
        data: the bytes of that.
    """
    found: dict[str, bytes] = {}
    places = _by_module(tree.files)
    waiting = [(name, _text(data, name))]
    while waiting:
        at, text = waiting.pop(0)
        for module in modules_imported(text):
            file = next((each for each in _files_of(module, at) if each in places), name)
            if file not in (name, *found) and places[file] != name and len(found) < _MOST:
                found[file] = tree.files[places[file]](MAX_BYTES + 1)
                waiting.append((file, _text(found[file], file)))
    return tuple((file, each) for file, each in found.items() if len(each) <= MAX_BYTES)


def _by_module(names: Iterable[str]) -> Mapping[str, str]:
    """By the names under which modules are imported, the files: platforms and browsers number those of one name.

    >>> _by_module(["a/b-1.py", "a/b-12.py", "c (2).py", "c.py"])
    {'a/b.py': 'a/b-12.py', 'c.py': 'c.py', 'a/b-1.py': 'a/b-1.py', 'a/b-12.py': 'a/b-12.py', 'c (2).py': 'c (2).py'}
    """
    numbered = sorted((int(match[2] or match[3]), name, match[1]) for name in names if (match := _NUMBERED.match(name)))
    return {f"{stem}.py": name for _, name, stem in numbered} | {name: name for name in names}


def _text(data: bytes, name: str) -> str:
    """The text, as far as imports are told by it."""
    if not is_notebook(data, name):
        return data[:MAX_BYTES].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    try:
        return code_of_notebook(data, name)[0]
    except SubmissionRejected:
        return ""


def _files_of(module: str, at: str) -> Iterator[str]:
    """Where a module may lie that a file imports: from any folder around it on, and beside it whatever is around.

    >>> list(_files_of("nndl.layers", "hw/nndl/conv.py"))
    ['hw/nndl/nndl/layers.py', 'hw/nndl/layers.py', 'nndl/layers.py', 'hw/nndl/layers.py']
    >>> list(_files_of("..a", "hw/nndl/conv.py")), list(_files_of("random", "a.py"))
    (['hw/a.py'], [])
    """
    steps = module.lstrip(".").split(".")
    folders = [PurePosixPath(at).parent, *PurePosixPath(at).parent.parents]
    up = len(module) - len(module.lstrip("."))
    if up:
        yield from (str(folder.joinpath(*steps)) + ".py" for folder in folders[up - 1 : up])
    elif steps[0] not in _OF_PYTHON:
        yield from (str(folder.joinpath(*steps)) + ".py" for folder in folders)
        yield str(folders[0] / steps[-1]) + ".py"
