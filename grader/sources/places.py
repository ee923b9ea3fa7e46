"""Read what lies at a place: the way that `people` found is gone once more, and nothing else is looked at."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from grader.errors import JudgeError, SubmissionRejected
from grader.records import Content, Place
from grader.sources.archives import is_archive, open_file, tree_of_archive
from grader.sources.choice import count_defined, is_certain_code, nested, read_tree
from grader.sources.tree import MAX_READ_BYTES, Tree, read_file, tree_of_folder


def on_disk(place: Place) -> tuple[Path, tuple[tuple[str, str], ...]]:
    """The folder or file that the way leads to by names on disk alone, and the steps that are left."""
    path, steps = Path(place.path), place.steps
    while steps and steps[0][0] == "folder" and path.is_dir():
        path, steps = path / steps[0][1], steps[1:]
    return path, steps


def read(place: Place, functions: Sequence[str]) -> Content:
    """The file that is graded of what lies at a place.

    Args:
        place: from `people_in`, or a path.
        functions: names of the graded functions.

    Raises:
        SubmissionRejected: where there is nothing that could be graded.
        JudgeError: where we may not read it, or it is no longer there.
    """
    path, steps = on_disk(place)
    if path.is_dir():
        tree = tree_of_folder(path, only=steps[0][1] if steps else None)
    elif is_archive(path.name):
        tree = tree_of_archive(str(path), path.name, partial(open_file, path))
    else:
        return Content(path.name, read_file(path, MAX_READ_BYTES))
    for how, name in steps:
        if how == "top":
            return _read_top(tree, name, functions)
        tree = tree.below(name) if how == "folder" else nested(tree, name)
    return read_tree(tree, functions)


def _read_top(tree: Tree, top: str, functions: Sequence[str]) -> Content:
    """What is called `top`, whatever it is."""
    if tree.is_folder(top):
        return read_tree(tree.below(top), functions)
    if top in tree.denied:
        raise JudgeError(f"{tree.label}/{top}: cannot be read by the grader: {tree.denied[top]}")
    if top in tree.odd:
        raise SubmissionRejected(f"{tree.label}/{top}: nothing gradable handed in: {top} {tree.odd[top]}")
    if is_archive(top):
        return read_tree(nested(tree, top), functions)
    data = tree.files[top](MAX_READ_BYTES)
    if is_certain_code(top) or count_defined(data, top, functions):
        return Content(top, data)
    raise SubmissionRejected(f"{tree.label}/{top}: nothing gradable handed in: {top} (hand in a .py, .ipynb or .zip)")
