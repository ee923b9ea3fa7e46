"""What `grade export` writes: each file whole, or not at all."""

import sys
import zipfile
from functools import partial
from pathlib import Path

from grader.classroom.files import replacing, safe_name, write_asked_for, write_new_folder
from grader.errors import UsageError, system_says
from grader.exports.base import Export, Filled, Handed
from grader.exports.pages import page_as
from grader.said import say

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The same pages are the same archive, whenever it is written."""


def write_filled(filled: Filled, path: Path | None, export: Export, *, one: str | None) -> None:
    """Write the marks into a file, a new folder or standard output.

    Args:
        filled: the marks.
        path: of the file or folder; None for standard output.
        export: what they were made by.
        one: the only submission, whose file is written without a folder; None for the whole class.
    """
    data = filled.data
    if export.out == "files" and one is None:
        assert path is not None
        write_new_folder(path, {f"{safe_name(id)}{export.ending}": file for id, file in filled.files.items()})
        return say(f"{len(filled.files)} files are in {path}")
    if one is not None and export.out == "files":
        if one not in filled.files:
            return None
        data = filled.files[one]
    if path is None:
        print(data.decode(), end="")
    else:
        write_asked_for(path, data)
        say(f"{filled.written} marks are in {path}")
    print(filled.printed, end="")
    sys.stdout.flush()
    return None


def write_feedback(path: Path, results: Path, handed: Handed) -> None:
    """Write each student's page into an archive.

    Raises:
        UsageError: where a page is missing, or the archive cannot be written.
    """
    try:
        with replacing(path) as file, zipfile.ZipFile(file.name, "w", zipfile.ZIP_DEFLATED) as archive:
            pages = ((name, page_as(name, partial(_report, results, id))) for name, id in handed.names.items())
            for name, data in (*handed.files.items(), *pages):
                info = zipfile.ZipInfo(name, _EPOCH)
                info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                archive.writestr(info, data)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {system_says(error)}") from error
    say(f"{len(handed.names)} pages are in {path}")


def _report(results: Path, id: str, ending: str) -> bytes:
    path = results / "reports" / f"{safe_name(id)}{ending}"
    try:
        return path.read_bytes()
    except OSError as error:
        why = f"{path}: cannot be read: {system_says(error)}; grading into {results} again writes missing pages"
        raise UsageError(why) from error
