"""A submission that is one file: Python or a Jupyter notebook."""

from collections.abc import Sequence
from pathlib import Path

from grader.errors import PathRejected
from grader.records import Submission
from grader.sources.base import MAX_BYTES, submission_from_bytes
from grader.sources.notebook import MAX_NOTEBOOK_BYTES


def read_file(path: Path, functions: Sequence[str]) -> Submission:
    """Read `path` as a submission; its id and name are the file's name without the ending.

    Raises:
        PathRejected: where the path leads to no file that can be read.
        SubmissionRejected: where the file holds nothing gradable.
    """
    try:
        if path.is_dir():
            raise PathRejected(f"{path}: is a directory; name the file itself")
        if not path.is_file():
            raise PathRejected(f"{path}: {'is not a regular file' if path.exists() else 'no such file'}")
        with path.open("rb") as file:
            data = file.read(max(MAX_BYTES, MAX_NOTEBOOK_BYTES) + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PathRejected(f"{path}: cannot be read: {reason}") from error
    return submission_from_bytes(
        data, id=path.stem, name=path.stem, source=str(path), filename=path.name, functions=functions
    )
