"""How Sphinx makes a site of the pages in this folder: `python -m sphinx -W docs build/site`."""

import re

from sphinx.application import Sphinx

project = "convgrade"
extensions = ["myst_parser"]
exclude_patterns = ["samples"]
myst_heading_anchors = 3  # links into a page name its headings, as on GitHub

html_theme = "furo"
html_title = "convgrade"
html_static_path = ["static"]
html_css_files = ["phone.css"]
html_extra_path = ["leaderboard.png", "leaderboard-dark.png"]  # named by HTML in a page: Sphinx does not look there
html_show_search_summary = False  # opened as a file, a page may not read others
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False


def setup(app: Sphinx) -> None:
    """Add what no setting does."""
    app.connect("source-read", name_links)


def name_links(app: Sphinx, name: str, source: list[str]) -> None:
    """A link that is called as its file, which suits a folder of files, gets the heading that it leads to."""
    source[0] = re.sub(r"\[([\w-]+\.md)\]\((\1[^)]*)\)", r"[](\2)", source[0])
