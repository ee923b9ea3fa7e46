"""An archive: one submission, or a class."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from grader.records import Place
from grader.sources.archives import is_archive, open_file, tree_of_archive
from grader.sources.base import Source
from grader.sources.found import People
from grader.sources.names import personal_name
from grader.sources.people import Watch, people_in
from grader.sources.tree import Tree


def _tree(path: Path) -> Tree:
    return tree_of_archive(str(path), path.name, partial(open_file, path))


def _people(path: Path, functions: Sequence[str], watch: Watch) -> People:
    return people_in(_tree(path), Place(str(path)), personal_name(path), functions, watch, is_named=True)


SOURCE = Source(rank=50, accepts=lambda path: is_archive(path.name) and path.is_file(), people=_people, tree=_tree)
