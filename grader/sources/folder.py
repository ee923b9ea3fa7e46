"""A folder: one submission, or a class of files, archives and sub-folders."""

from collections.abc import Sequence
from pathlib import Path

from grader.errors import UsageError
from grader.records import Place
from grader.sources.base import Source
from grader.sources.people import People, Watch, people_in
from grader.sources.tree import is_results, tree_of_folder


def _people(path: Path, functions: Sequence[str], watch: Watch) -> People:
    if is_results(path):
        raise UsageError(f"{path}: is a results folder, not a class (did you mean `grade report {path}`?)")
    return people_in(tree_of_folder(path), Place(str(path)), path.resolve().name, functions, watch, is_named=False)


SOURCE = Source(rank=50, accepts=Path.is_dir, people=_people)
