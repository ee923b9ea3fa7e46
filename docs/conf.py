"""How Sphinx makes a site of the pages in this folder: `python -m sphinx -W docs build/site`."""

project = "convgrade"
extensions = ["myst_parser"]
exclude_patterns = ["samples"]
myst_heading_anchors = 3  # links into a page name its headings, as on GitHub

html_theme = "furo"
html_title = "convgrade"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_extra_path = ["leaderboard.png", "leaderboard-dark.png"]  # named by HTML in a page: Sphinx does not look there
html_show_search_summary = False  # opened as a file, a page may not read others
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
