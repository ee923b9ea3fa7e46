"""The site that Sphinx makes of docs/: built strictly, spelled right, and usable without any network."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest

from grader.records import Verdict
from tests.browser import opened
from tests.cli import ROOT
from tests.readme import DOCUMENTS

PAGES = sorted((ROOT / "docs").glob("*.md"))
WIDE = ("architecture", "command-line", "faster", "performance", "security")
"""Pages with pictures, long lines of code and wide tables."""


class Page(NamedTuple):
    """What a page has and what it names."""

    ids: set[str]
    links: set[str]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = Page(set(), set())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.found.ids.add(value)
            if name in ("href", "src", "srcset") and value:
                self.found.links.add(value.split(" ")[0])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "docs", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    found = {}
    for path in site.glob("*.html"):
        reader = _Reader()
        reader.feed(path.read_text())
        found[path] = reader.found
    return found


def test_every_document_is_a_page_that_the_navigation_leads_to(site: Path, pages: dict[Path, Page]) -> None:
    names = {f"{path.stem}.html" for path in PAGES}
    assert names <= {path.name for path in pages}
    assert names - {"index.html"} <= {link.partition("#")[0] for link in pages[site / "index.html"].links}


def test_links_are_called_by_the_headings_that_they_lead_to(site: Path) -> None:
    assert (
        'href="classes.html#who-should-hand-in"><span class="std std-ref">Who should hand in</span>'
        in (site / "gradebooks.html").read_text()
    )
    assert (
        re.findall(r"<a [^>]*>(?:<span[^>]*>)?[\w-]+\.md<", "".join(path.read_text() for path in site.glob("*.html")))
        == []
    )


def test_no_line_of_a_page_is_a_comment_to_the_site() -> None:
    """A line that begins with a percent sign is left out there, such as the second of two that break `2 %`."""
    for file in PAGES:
        text = re.sub(r"^```.*?^```$", "", file.read_text(), flags=re.MULTILINE | re.DOTALL)
        assert re.findall(r"^ *%.*", text, re.MULTILINE) == [], file.name


def test_rows_of_a_table_have_the_cells_of_its_head() -> None:
    """What is beyond them is left out, as after a bar that is not escaped."""
    for file in DOCUMENTS:
        for table in re.findall(r"(?:^\|.*\n)+", file.read_text(), re.MULTILINE):
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1, (file.name, table)


def test_links_of_the_site_lead_somewhere(pages: dict[Path, Page]) -> None:
    """Also those in HTML, at which Sphinx does not look."""
    for path, page in pages.items():
        for link in page.links:
            file, _, place = link.partition("?")[0].partition("#")
            if re.match(r"[a-z]+:", link):
                continue
            target = (path.parent / file).resolve() if file else path
            assert target.is_file(), (path.name, link)
            if "#" in link and place and target in pages:
                assert place in pages[target].ids, (path.name, link)


def test_site_is_searched_and_read_without_a_network(site: Path) -> None:
    with opened(site / "index.html", width=390, scheme="dark") as seen:
        for name in WIDE:
            seen.page.goto((site / f"{name}.html").as_uri())
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390, name
        seen.page.goto((site / "reading-your-report.html").as_uri())
        verdict = seen.page.locator("td code", has_text="output_limit")
        assert verdict.evaluate("code => code.getClientRects().length") == 1  # its name is not broken in two
        seen.page.goto(f"{(site / 'search.html').as_uri()}?q=seccomp")
        seen.page.wait_for_selector("ul.search li a[href*='security.html']")  # they appear one after the other
    assert [url for url in seen.requests if not url.startswith("file:")] == []
    assert seen.console == []


def test_every_verdict_is_explained_to_students() -> None:
    text = (ROOT / "docs" / "reading-your-report.md").read_text()
    assert [verdict for verdict in Verdict if f"| `{verdict}` |" not in text] == []


def test_words_are_spelled_right(tmp_path: Path) -> None:
    """Those of the documents, and of all that the grader says."""
    wrong = tmp_path / "wrong.md"
    wrong.write_text("An explaination.\n")
    texts = [*DOCUMENTS, "CHANGELOG.md", "CONTRIBUTING.md", "grader", "reference", "rubrics", "submissions"]
    command = [sys.executable, "-m", "codespell_lib", "--toml", "pyproject.toml", *map(str, texts), str(wrong)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == f"{wrong}:1: explaination ==> explanation\n"
