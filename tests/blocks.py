"""The blocks of code, commands and output of the README and of docs/, and which test holds each of them true."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.readme import DOCUMENTS

_FENCED = r"^(?:<!-- (?P<mark>.*?) -->\n)?```(?P<kind>\S*)\n(?P<text>(?:.*\n)*?)```$"
_INDENTED = r"(?:(?<=\n\n)|^<!-- (?P<above>.*?) -->\n)(?P<lines> {4}.*\n(?:\n*(?: {4}.*\n))*)"
_BLOCK = re.compile(f"{_FENCED}|{_INDENTED}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """One of them."""

    page: str
    line: int
    kind: str
    """What stands behind the fence; empty where it is indented, `commands` where these are a shell's."""
    mark: str
    """What a comment above says of it."""
    text: str

    @property
    def place(self) -> str:
        """For messages."""
        return f"{self.page}:{self.line}: {self.text[:60]!r}"


def blocks() -> Iterator[Block]:
    """All of them, but for the site's tables of contents."""
    for file in DOCUMENTS:
        text = file.read_text()
        for found in _BLOCK.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            kind, mark = found["kind"] or "", found["mark"] or found["above"] or ""
            body = found["text"] if found["lines"] is None else re.sub("^ {4}", "", found["lines"], flags=re.MULTILINE)
            if kind != "{toctree}":
                yield Block(file.name, line, kind, mark, body)


def commands(block: Block) -> list[str]:
    """The lines of a block of commands for a shell; none of another block."""
    begin = ("grade ", "python -m ", "pip install ", "pipx install ", "*/5 * * * *  grade ")
    lines = block.text.splitlines()
    return lines if not block.kind and not block.mark and all(line.startswith(begin) for line in lines) else []


@dataclass(frozen=True, slots=True)
class Held:
    """Blocks of one sort, and what holds them."""

    page: str
    kind: str
    begins: str
    """A regular expression for the beginning: of the comment above where there is one, otherwise of the text."""
    by: str
    """A file of tests, or why none runs it."""

    def fits(self, block: Block) -> bool:
        """Whether a block is of this sort."""
        where = Path(block.page).match(self.page) and self.kind in (block.kind, "*")
        return where and re.match(self.begins, block.mark or block.text) is not None


HERE = "tests/test_blocks.py"
_ONE_MACHINE = "figures of one machine: the command above it prints them, in minutes"
HELD = (
    Held("*.md", "text", "output of: grade ", "tests/test_readme.py"),
    Held("courses.md", "text", "with PyTorch, output of: ", "tests/test_tensors.py"),
    Held("README.md", "", r"sh \.ci/setup ", ".ci/run"),
    Held("faster.md", "python", "frame|step: ", "tests/test_guide.py"),
    Held("faster.md", "pycon", "", "tests/test_guide.py"),
    Held("faster.md", "text", "step  ", "tests/test_guide.py"),
    Held("library.md", "pycon", "", "tests/test_library.py"),
    Held("library.md", "text", "%%grade ", "tests/test_library.py"),
    Held("library.md", "text", "pytest ", "tests/test_pytest_plugin.py"),
    Held("first-course.md", "", "grade ", "tests/test_first_course.py"),
    Held("operators.md", "*", "", "tests/test_own_operator.py"),
    Held("command-line.md", "", "grade PATH", "tests/test_docs.py"),
    Held("cluster.md", "", "run by tests/test_dask.py", "tests/test_dask.py"),
    Held("cluster.md", "", "export DASK_DISTRIBUTED__ADMIN", "tests/test_dask.py"),
    Held("cluster.md", "", "export DASK_DISTRIBUTED__COMM", HERE),
    Held("cluster.md", "", "run by tests/test_slurm.py", "tests/test_slurm.py"),
    Held("cluster.md", "", "kubectl ", "needs Kubernetes; the page says that it is not run"),
    Held("classes.md", "", "path,id,", HERE),
    Held("classes.md", "", "Ann Doe_", "tests/test_told_classes.py"),
    Held("rubric.md", "yaml", "", HERE),
    Held("courses.md", "yaml", "", HERE),
    Held("grading.md", "python", "def ", HERE),
    Held("ci.md", "yaml", "", "tests/test_outside.py"),
    Held("ci.md", "", "docker ", "needs Docker; benchmarks/container.py does the same without"),
    Held("serve.md", "nginx", "", "tests/test_proxy.py"),
    Held("platforms.md", "", r'\{"scores"', HERE),
    Held("platforms.md", "", "::error ", HERE),
    Held("installing.md", "text", "Python ", _ONE_MACHINE),
    Held("performance.md", "text", "", _ONE_MACHINE),
)
