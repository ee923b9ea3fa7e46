"""Read what lies at a place: the way that `people` found is gone once more, and nothing else is looked at."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from grader.errors import FilesMissing, JudgeError, SubmissionRejected
from grader.records import Content, Place
from grader.records.sources import first_names
from grader.sources.archives import is_archive, open_file, tree_of_archive
from grader.sources.choice import count_defined, is_certain_code, nested, read_tree
from grader.sources.tree import MAX_READ_BYTES, Reader, Tree, read_file, tree_of_folder


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
        tree = tree_of_folder(path, only=first_names(steps) if steps else None)
    elif is_archive(path.name):
        tree = tree_of_archive(str(path), path.name, partial(open_file, path))
    else:
        return Content(path.name, read_file(path, MAX_READ_BYTES))
    for number, (how, name) in enumerate(steps):
        if how == "top":
            return _read_top(tree, name, functions, f"{tree.label}/{name}")
        if how == "part":
            return _read_parts(tree, steps[number:], functions)
        tree = tree.below(name) if how == "folder" else nested(tree, name)
    return read_tree(tree, functions)


def _read_parts(tree: Tree, steps: Sequence[tuple[str, str]], functions: Sequence[str]) -> Content:
    """What a person of a platform's export handed in: folders and files at the top, these as they called them."""
    own = {top: after for (how, top), (what, after) in zip(steps, [*steps[1:], ("", "")], strict=True)
           if how == "part" and what == "as"}  # fmt: skip
    files: dict[str, Reader] = {}
    odd: dict[str, str] = {}
    denied: dict[str, str] = {}
    for top in (name for how, name in steps if how == "part"):
        below = tree.below(top) if top not in own else None
        for mine, theirs in ((files, "files"), (odd, "odd"), (denied, "denied")):
            if below is not None:
                mine.update(getattr(below, theirs))
            elif top in getattr(tree, theirs):
                mine[own[top]] = getattr(tree, theirs)[top]
    label = f"{tree.label}/{steps[0][1]}"
    found = Tree(label, files, odd, denied)
    only = found.tops()
    if not only:
        raise FilesMissing(f"{label}: is listed in the export, but its files are missing there: download it again")
    if len(only) > 1:
        return read_tree(found, functions)
    return _read_top(found, only[0], functions, label if own else f"{label}/{only[0]}")


def _read_top(tree: Tree, top: str, functions: Sequence[str], path: str) -> Content:
    """What is called `top` and lies at `path`, whatever it is."""
    if tree.is_folder(top):
        return read_tree(tree.below(top), functions)
    if top in tree.denied:
        raise JudgeError(f"{path}: cannot be read by the grader: {tree.denied[top]}")
    if top in tree.odd:
        raise SubmissionRejected(f"{path}: nothing gradable handed in: {top} {tree.odd[top]}")
    if is_archive(top):
        return read_tree(nested(tree, top), functions)
    data = tree.files[top](MAX_READ_BYTES)
    if is_certain_code(top) or count_defined(data, top, functions):
        return Content(top, data)
    raise SubmissionRejected(f"{path}: nothing gradable handed in: {top} (hand in a .py, .ipynb or .zip)")
