"""A folder: one submission, or a class of files, archives and sub-folders."""

from collections.abc import Sequence
from pathlib import Path

from grader.errors import UsageError
from grader.records import Place
from grader.sources.base import Source
from grader.sources.found import People
from grader.sources.people import Watch, people_in
from grader.sources.tree import Tree, is_results, tree_of_folder


def _tree(path: Path) -> Tree:
    if is_results(path):
        raise UsageError(f"{path}: is a results folder, not a class (did you mean `grade report {path}`?)")
    return tree_of_folder(path)


def _people(path: Path, functions: Sequence[str], watch: Watch) -> People:
    return people_in(_tree(path), Place(str(path)), path.resolve().name, functions, watch, is_named=False)


SOURCE = Source(rank=50, accepts=Path.is_dir, people=_people, tree=_tree)
