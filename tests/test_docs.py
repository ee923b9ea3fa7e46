"""What the documents say is true. `python -m tests.test_docs` writes their output, tables and pictures anew."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from grader.classroom.tables import AFTER_ITEMS, BEFORE_ITEMS
from grader.command_line.command import all_commands
from grader.command_line.parsing import parser_of
from grader.reports.forms.json import FIELDS
from grader.rubric.homework import Homework
from grader.rubric.model import Policy, Rubric, SeveralRubric
from grader.rubric.reading import PACKAGED, load_rubric
from tests.browser import opened
from tests.cli import ROOT, grade
from tests.readme import DOCUMENTS, README, run_commands


def take_pictures(results: Path) -> None:
    """The README's pictures of the leaderboard's page, and of a report's."""
    with opened(results / "reports" / "frank.html", height=1400) as seen:
        seen.page.screenshot(path=ROOT / "docs" / "report.png", clip={"x": 0, "y": 0, "width": 1100, "height": 1400})
    page = results / "board.html"
    grade("leaderboard", results, "--out", page, "--format", "html")
    sizes: tuple[tuple[str, Literal["light", "dark"], int], ...] = (
        ("leaderboard", "light", 1000), ("leaderboard-dark", "dark", 1000), ("leaderboard-phone", "light", 390),
    )  # fmt: skip
    for name, scheme, width in sizes:
        with opened(page, width=width, height=500, scheme=scheme) as seen:
            seen.page.screenshot(path=ROOT / "docs" / f"{name}.png", full_page=True)


def tables() -> dict[str, str]:
    """The generated tables of docs/, by name."""
    items = {"(one for each item of the rubric)": "points earned; empty if the item was not judged"}
    return {
        "columns": _table("column", {**BEFORE_ITEMS, **items, **AFTER_ITEMS}),
        "fields": _table("field", FIELDS),
        "rubrics": _rubrics(),
    }


def _table(what: str, meanings: Mapping[str, str]) -> str:
    rows = (f"| {f'`{name}`' if name[0] != '(' else name} | {meaning} |\n" for name, meaning in meanings.items())
    return f"| {what} | means |\n|---|---|\n{''.join(rows)}"


def _rubrics() -> str:
    rows = ""
    for path in sorted(PACKAGED.glob("*.yaml")):
        whole = Homework.of(load_rubric(path))
        functions = ", ".join(f"`{name}`" for name in whole.names)
        operators = ", ".join(part.operator.summary for part in whole.parts.values())
        points = sum(item.points for item in whole.rubric.items if not item.bonus)
        rows += f"| `{path.stem}` | {functions} | {operators} | {len(whole.rubric.items)} | {points:g} |\n"
    return f"| rubric | functions of the submission | operators | items | points |\n|---|---|---|---|---|\n{rows}"


def with_tables(text: str) -> str:
    """A document with its tables as they are now."""
    for name, table in tables().items():
        text = re.sub(
            rf"(<!-- table of: {name} -->\n\n).*?(\n?<!-- end -->)", rf"\g<1>{table}\n<!-- end -->", text, flags=re.S
        )
    return text


def test_columns_and_fields_in_the_documents_are_those_of_the_code() -> None:
    texts = [(ROOT / "docs" / name).read_text() for name in ("results.md", "courses.md")]
    assert list(map(with_tables, texts)) == texts
    assert all(table in "".join(texts) for table in tables().values())


def test_every_option_and_exit_status_is_documented() -> None:
    text = (ROOT / "docs" / "command-line.md").read_text()
    actions = [action for command in all_commands().values() for action in parser_of(command)._actions]
    options = [name for action in actions for name in action.option_strings if name != "-h"]
    assert [name for name in options if f"`{name}" not in text] == []
    assert [name for name in all_commands() if not re.search(rf"^    grade (PATH.*grade )?{name} ", text, re.M)] == []
    statuses = re.findall(r"^  (\d)  ", all_commands()["run"].epilog or "", re.MULTILINE)
    assert statuses == re.findall(r"^\| (\d) \|", text, re.MULTILINE)


def test_links_between_documents_lead_somewhere() -> None:
    for file in DOCUMENTS:
        links = re.findall(r"\]\(([^)#]+)[^)]*\)|src(?:set)?=\"([^\"]+)\"", file.read_text())
        paths = [path for link in links for path in link if path]
        assert [path for path in paths if "://" not in path and not (file.parent / path).is_file()] == [], file


def test_readme_has_the_two_commands_that_ci_runs() -> None:
    commands = re.findall(r"^    (sh \.ci/setup .*)$", README.read_text(), re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith("grade submissions/alice.py")


def test_every_rubric_key_is_documented() -> None:
    text = (ROOT / "docs" / "rubric.md").read_text()
    schemas = [Rubric.model_json_schema(), SeveralRubric.model_json_schema()]
    models = [model for schema in schemas for model in (schema, *schema["$defs"].values())]
    keys = {key for model in models for key in model["properties"]} - {"sha256"}
    assert {key for key in keys if not re.search(rf"[`.]{key}[`.:]|## {key}", text, re.IGNORECASE)} == set()


def test_every_module_that_may_be_imported_is_documented() -> None:
    text = (ROOT / "docs" / "rubric.md").read_text()
    assert f"| {', '.join(f'`{name}`' for name in Policy().imports)} |" in text


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = [re.split(r"[<>=[]", requirement)[0] for requirement in wanted]
    text = (ROOT / "docs" / "dependencies.md").read_text()
    assert [name for name in names if f"`{name}`" not in text] == []


if __name__ == "__main__":
    texts = {file: with_tables(file.read_text()) for file in DOCUMENTS}
    with TemporaryDirectory() as folder:
        for arguments, shown, printed in run_commands(Path(folder)):
            block = f"<!-- output of: grade {arguments} -->\n```text\n{{}}```\n"
            texts = {file: text.replace(block.format(shown), block.format(printed)) for file, text in texts.items()}
        take_pictures(Path(folder, "results"))
    for file, text in texts.items():
        file.write_text(text)
