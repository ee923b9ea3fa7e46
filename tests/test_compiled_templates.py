"""Templates of pages are compiled once for a machine."""

import sys
from pathlib import Path

import pytest
from jinja2 import Environment

from grader.reports import pages


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where compiled templates are kept."""
    monkeypatch.setattr(pages, "_COMPILED", tmp_path / "kept")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path / "kept"


def loaded() -> str:
    """What a new process would show."""
    return pages.PAGES.overlay(cache_size=10).get_template("table_script.html").render()


def test_a_template_that_has_been_compiled_is_not_compiled_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = loaded()
    monkeypatch.delattr(Environment, "_generate")
    assert loaded() == before
    for file in folder.iterdir():
        file.unlink()
    with pytest.raises(AttributeError):
        loaded()


def test_what_cannot_be_read_or_written_is_compiled_anew(folder: Path) -> None:
    before = loaded()
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert loaded() == before
    file.unlink()
    folder.rmdir()
    folder.write_text("no folder")
    assert loaded() == before


def test_nothing_is_kept_where_python_keeps_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loaded()
    assert not folder.exists()
