"""Who wrote alike: copies stand above strangers, whatever was done to hide them."""

import csv
import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.copiers import WAYS, renamed
from benchmarks.similarity import FUNCTIONS, by_fingerprints, found_in, made_up
from benchmarks.writers import solution
from grader.records import Origin, Print, Shape, Who
from grader.reports import similar as forms
from grader.reports import similar_page
from grader.similarity import Text, likeness
from grader.source_code.shape import fingerprints
from tests.browser import INK, opened
from tests.cli import QUICKLY, grade
from tests.html_reports import AXE

NAME = "<b>eve</b>"


def test_copies_stand_above_all_strangers() -> None:
    made = made_up(4, 30)
    found, _ = found_in(by_fingerprints(made.texts), made)
    assert found == set(made.sources)


@pytest.mark.parametrize("seed", range(5))
def test_solutions_and_their_copies_compute_the_same(seed: int) -> None:
    random = np.random.default_rng(seed)
    code = solution(random)
    x, w, b = random.standard_normal((2, 3, 6, 5)), random.standard_normal((4, 3, 3, 2)), random.standard_normal(4)
    results = []
    for text in (code, *(copied(renamed(code, random), random) for copied in WAYS.values())):
        module: dict[str, Any] = {}
        exec(text, module)
        out, cache = module["conv_forward_naive"](x, w, b, {"stride": 1, "pad": 1})
        results.append([out, *module["conv_backward_naive"](np.cos(out), cache)])
    for other in results[1:]:
        for one, another in zip(results[0], other, strict=True):
            np.testing.assert_allclose(one, another)


def hashes(code: str) -> set[int]:
    return {one.hash for prints in fingerprints(code, FUNCTIONS).values() for one in prints}


def test_names_and_order_leave_fingerprints_as_they_are() -> None:
    for seed in range(10):
        random = np.random.default_rng(seed)
        code = solution(random)
        assert hashes(renamed(code, random)) == hashes(code) != set()
        kept = hashes(code) & hashes(WAYS["reordered"](code, random))
        assert len(kept) > 0.8 * len(hashes(code))  # two statements that look the same keep the order they have


def test_fingerprints_are_the_same_in_every_run_and_version() -> None:
    loop = "    for k in range(len(x)):\n        total += x[k] * w[k]\n"
    code = f"def conv_forward_naive(x, w):\n    total = 0\n{loop}    return total\n"
    assert sorted(hashes(code)) == [9458525116990, 73534152643550, 136821344779799, 241044517125971]


METHODS = """\
class Conv:
    def forward(self, x):
        self.x = self.padded(x * 2) + np.sum(x, axis=0) - self.w * x ** 2
        return self.x

    def padded(self, x):
        return np.pad(x, ((0, 0), (1, 1))) * np.sqrt(x + 1) - np.ones(x.shape) * 3
"""


def test_attributes_of_an_object_are_names_too_and_its_methods_are_followed() -> None:
    functions = ("Conv.forward", "Conv.backward")
    other = METHODS.replace("self", "this").replace(".x", ".kept").replace(".w", ".v").replace("padded", "wide")
    one, another = (fingerprints(code, functions)["Conv.forward"] for code in (METHODS, other))
    assert [each.hash for each in one] == [each.hash for each in another]
    assert {each.lines[-1] for each in one} == {3, 4, 7}


def test_methods_and_attributes_that_a_file_names_are_names_wherever_they_are_used() -> None:
    code = (
        METHODS
        + "\n\ndef f(x, w):\n    conv = Conv()\n    conv.w = w * 2 + w - 1\n    return conv.forward(x) + conv.w * 3\n"
    )
    other = code.replace(".forward", ".run").replace("def forward", "def run").replace(".w", ".kernel")
    one, another = (fingerprints(text, ["f"])["f"] for text in (code, other))
    assert sorted(each.hash for each in one) == sorted(each.hash for each in another)
    assert {3, 4, 7} < {each.lines[-1] for each in one}


def test_long_integer_is_compared_like_any_other() -> None:
    code = (
        "def conv_forward_naive(x, w):\n    for k in range(len(x)):\n        x[k] += 0x{} * w[k] - x[k]\n    return x\n"
    )
    one, same, other = (hashes(code.format(digit * 5000)) for digit in "ff7")
    assert one == same != other


def test_deep_nests_and_long_blocks_are_compared_too() -> None:
    """The work grows with the text, and not as a power of how deep it is."""
    nest = [f"{'    ' * k}y = x * {k}\n{'    ' * k}if y > {k}:\n" for k in range(1, 60)]
    long = "".join(f"    y{k} = x * {k}\n    x = y{k} + w\n" for k in range(400))
    code = f"def conv_forward_naive(x, w):\n{long}{''.join(nest)}{'    ' * 60}x = x * w\n"
    assert len(hashes(code)) > 400


def test_line_that_two_wrote_a_thousand_times_is_compared_at_once() -> None:
    """Two who agree on it cannot stop the comparison of their class; each two of these lines would take minutes."""
    code = "def conv_forward_naive(x, w, b):\n    return [\n" + "    x * w + b * x * w,\n" * 1000 + "    x]\n"
    prints = {name: tuple(found) for name, found in fingerprints(code, FUNCTIONS).items()}
    shape = Shape(Origin("layers.py", ()), code, prints)
    texts = [Text(Who(id, id, f"{id}.py"), shape) for id in ("one", "other")]
    before = time.process_time()
    found = likeness("A class", texts, None, (), 50)
    assert time.process_time() - before < 5
    lines = tuple(range(2, 1004))  # the whole body
    assert [(match.left, match.right) for match in found.pairs[0].matches] == [(lines, lines)]


def test_line_of_its_own_between_two_that_are_shared_is_not_shown_as_shared() -> None:
    """Statements that do not touch each other stand in one order, so a piece can be of the first and the last line."""
    first, last = "a = np.sum(x * 2, axis=0) + np.prod(x)", "b = np.max(x - 3, axis=1) ** np.min(x)"
    code = "import numpy as np\ndef conv_forward_naive(x):\n    {}\n    {}\n    {}\n    return a, b, c\n"
    own = ("c = {x.ndim for _ in x.shape if x.size > 7}", "c = {x[0].dtype, x[1].nbytes & 15 | 3}")
    texts = []
    for id, line in zip(("ann", "bob"), own, strict=True):
        text = code.format(first, line, last)
        prints = {name: tuple(found) for name, found in fingerprints(text, FUNCTIONS).items()}
        texts.append(Text(Who(id, id, f"{id}.py"), Shape(Origin("layers.py", ()), text, prints)))
    found = likeness("A class", [*texts, *others(20)], None, (), 50)
    lines = {line for match in found.pairs[0].matches for line in match.left}
    assert lines >= {3, 5}
    assert 4 not in lines
    assert "x.ndim" in similar_page.render(found)  # it is shown all the same


def test_pairs_whose_evidence_is_shown_as_0_are_not_listed() -> None:
    """Four share two lines of their many, and one other pair shares more."""
    shared, more = [Print(one, (one,)) for one in range(2)], [Print(9 + one, (9 + one,)) for one in range(50)]
    texts = []
    for number in range(4):
        own = [Print(1000 * (number + 1) + one, (20 + one,)) for one in range(200)]
        prints = {"f": (*shared, *own, *(more if number < 2 else ()))}
        texts.append(Text(Who(f"s{number}", f"s{number}", "f.py"), Shape(Origin("f.py", ()), "x\n" * 300, prints)))
    (found,) = likeness("A class", [*texts, *others(20)], None, (), 50).pairs
    assert {found.left.id, found.right.id} == {"s0", "s1"}
    assert found.evidence >= 0.5


def test_likely_pairs_make_up_groups_though_others_fill_the_list() -> None:
    """Whoever hands in the work of several people can put any number of pairs before a copy."""

    def text(id: str, of: int) -> Text:
        prints = {"f": tuple(Print(1000 * of + one, (one + 1,)) for one in range(200 if of else 100))}
        return Text(Who(id, id, "f.py"), Shape(Origin("f.py", ()), "x\n" * 300, prints))

    texts = [text("copy", 0), text("first", 0), *(text(f"s{of}-{k}", of) for of in range(1, 7) for k in range(2))]
    found = likeness("A class", [*texts, *others(20)], None, (), 5)
    assert len(found.pairs) == 5
    assert "copy" not in {who.id for pair in found.pairs for who in (pair.left, pair.right)}
    assert ["copy", "first"] in [[who.id for who in group] for group in found.groups]
    page = similar_page.render(found)  # draws groups of two only where no pair shows them
    assert ">copy<" in page
    named = [" and ".join(who.name for who in group) for group in found.groups]
    assert sum(f"<p>{names}</p>" in page for names in named) == 5


def test_functions_that_have_nothing_in_common_are_not_said_to_be_alike() -> None:
    """Both texts were said to be alike in everything, since all that is rare in the smaller one is in the other."""
    rare, common = [[Print(first + k, (k + 1,)) for k in range(90)] for first in (0, 500)]
    pieces = {"f": tuple(rare[:60]), "g": tuple(rare[60:])}
    texts = [
        Text(Who(str(k), str(k), "f.py"), Shape(Origin("f.py", ()), "x\n" * 99, prints))
        for k, prints in enumerate(
            [pieces | {"h": tuple(common)}, pieces | {"h": tuple(Print(900 + k, (1,)) for k in range(9))}]
            + [{"h": tuple(common)}] * 9
        )
    ]
    found = likeness("A class", texts, None, (), 50)
    assert [(pair.functions, pair.share) for pair in found.pairs if pair.evidence > 50] == [(("f", "g"), 1.0)]
    assert "  2 of 3 functions  " in forms.terminal(found)
    assert "100 % alike in 2 of 3 functions (f, g)</summary>" in similar_page.render(found)


def others(count: int) -> list[Text]:
    """Texts that share nothing with anybody."""
    prints = [{"f": (Print(-number, (1,)),)} for number in range(1, count + 1)]
    return [Text(Who(str(one), str(one), "f.py"), Shape(Origin("f.py", ()), "x\n", one)) for one in prints]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of ten, graded: one has copied, two cannot be read, and one's file has been deleted since."""
    folder: Path = tmp_path_factory.mktemp("similar")
    random = np.random.default_rng(8)
    (folder / "hw").mkdir()
    for k in range(6):
        (folder / "hw" / f"writer{k}.py").write_text(solution(random))
    (folder / "hw" / f"{NAME}.py".replace("/", "\u2215")).write_text(
        renamed((folder / "hw" / "writer2.py").read_text(), random) + "# <script>alert(1)</script>\n"
    )
    (folder / "hw" / "broken.py").write_text("def conv_forward_naive(\n")
    (folder / "hw" / "deep.py").write_text("def conv_forward_naive(x):\n    return " + "(" * 5000 + "\n")
    (folder / "hw" / "gone.py").write_text("def conv_forward_naive(x):\n    return x\n")
    done = grade(folder / "hw", "--no-timing", "-q", "--out", folder / "results")
    assert done.returncode == 0, done.stderr
    (folder / "hw" / "gone.py").unlink()
    return folder / "results"


def similar(results: Path, *options: object) -> dict[str, Any]:
    done = grade("similar", results, "--format", "json", *options)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def names(pair: dict[str, Any]) -> set[str]:
    return {one["name"] for one in pair["submissions"]}


def test_copy_comes_first_and_what_cannot_be_read_is_told(results: Path) -> None:
    found = similar(results)
    first, second = found["pairs"][:2]
    copier = NAME.replace("/", "\u2215")
    assert names(first) == {copier, "writer2"}
    assert (first["share"], first["function"], first["functions"]) == (1, None, list(FUNCTIONS))
    assert "both functions" in grade("similar", results).stdout
    assert second["share"] < 0.8
    assert found["groups"] == [sorted([copier, "writer2"])]
    assert (found["compared"], {one["name"] for one in found["unread"]}) == (7, {"broken", "deep", "gone"})
    assert first["matches"][0]["left"]


def test_people_of_two_downloads_are_compared_as_they_were_graded_last(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    ann, bob, later = (solution(random) for _ in range(3))
    for download, texts in (("one", {"ann": ann, "bob": bob}), ("two", {"ann": later, "cy": renamed(later, random)})):
        (tmp_path / download).mkdir()
        for name, text in texts.items():
            (tmp_path / download / f"{name}.py").write_text(text)
        done = grade(tmp_path / download, "--no-timing", "-q", "--add", "--out", tmp_path / "out")
        assert done.returncode == 0, done.stderr
    found = similar(tmp_path / "out")
    assert (found["compared"], found["unread"]) == (3, [])
    assert (names(found["pairs"][0]), found["pairs"][0]["share"]) == ({"ann", "cy"}, 1)
    (tmp_path / "two").rename(tmp_path / "away")
    done = grade("similar", tmp_path / "out")
    assert f"{tmp_path}/two: is no longer there; who was graded there is compared by what else there is" in done.stderr


def test_file_that_a_platform_named_is_compared_in_the_place_of_what_it_replaces(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    first, later = solution(random), solution(random)
    (tmp_path / "class").mkdir()
    for path, text in (
        ("class/doejane_1001_900_a2.py", first),
        ("class/leebo_1002_901_a2.py", first),
        ("doejane_1001_977_a2-1.py", later),
    ):
        (tmp_path / path).write_text(text)
    for path in ("class", "doejane_1001_977_a2-1.py"):
        assert grade(path, *QUICKLY, "--out", "out", "--add", cwd=tmp_path).returncode == 0
    assert grade("similar", "out", "--export", "texts", cwd=tmp_path).returncode == 0
    assert [(tmp_path / "texts" / f"{id}.py").read_text() for id in (1001, 1002)] == [later, first]


def test_starter_is_nobodys_own_and_other_folders_count(results: Path, tmp_path: Path) -> None:
    hw = results.parent / "hw"
    without = similar(results, "--starter", hw / "writer2.py")["pairs"]
    assert all(pair["evidence"] < 50 for pair in without)
    (tmp_path / "writer4.py").write_text(renamed((hw / "writer4.py").read_text(), np.random.default_rng(1)))
    (tmp_path / "bad.py").write_text("def conv_forward_naive(\n")
    done = grade("similar", results, "--against", tmp_path, "--format", "json")
    assert "1 of the files to compare with could not be looked at, such as bad: bad.py:1: SyntaxError" in done.stderr
    found = json.loads(done.stdout)
    pair = next(pair for pair in found["pairs"] if names(pair) == {"writer4"})
    assert [one["of_class"] for one in pair["submissions"]] == [True, False]
    assert sorted(found["groups"]) == sorted([[NAME.replace("/", "\u2215"), "writer2"], ["writer4", "writer4"]])
    assert found["others"] == 1
    assert "writer4 (--against)" in grade("similar", results, "--against", tmp_path / "writer4.py").stdout


def test_forms_say_the_same(results: Path, tmp_path: Path) -> None:
    found = similar(results)
    rows = list(csv.DictReader(io.StringIO(grade("similar", results, "--format", "csv").stdout)))
    assert [float(row["evidence"]) for row in rows] == [pair["evidence"] for pair in found["pairs"]]
    text = grade("similar", results, "--most", 1, "--export", tmp_path / "texts").stdout
    assert "A hint, and no proof" in text
    assert max(map(len, text.splitlines())) <= 80
    exported = list(csv.DictReader(io.StringIO((tmp_path / "texts" / "info.csv").read_text())))
    assert {row["full_name"] for row in exported} == {*(f"writer{k}" for k in range(6)), NAME.replace("/", "\u2215")}
    assert all((tmp_path / "texts" / row["filename"]).is_file() for row in exported)


def test_page_shows_pairs_side_by_side_and_runs_nothing_of_theirs(results: Path, tmp_path: Path) -> None:
    again = renamed((results.parent / "hw" / "writer2.py").read_text(), np.random.default_rng(9))
    (tmp_path / "older.py").write_text(again)
    options = ("--against", tmp_path / "older.py", "--format", "html", "--out", tmp_path / "alike.html")
    grade("similar", results, *options)
    with opened(tmp_path / "alike.html", width=390, scheme="dark") as seen:
        ink = seen.page.evaluate(INK)
        seen.page.emulate_media(media="print", color_scheme="dark")
        assert seen.page.evaluate(INK) != ink  # paper is light
        seen.page.emulate_media(media="null", color_scheme="light")
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert seen.page.locator("#pair1 pre").count() == 2
        assert seen.page.locator("#pair1 pre").first.evaluate("pre => pre.scrollWidth <= pre.clientWidth")
        assert (seen.page.locator("svg circle").count(), seen.page.locator("svg line").count()) == (3, 3)
        assert seen.page.locator("#pair1 pre .p0").count() > 4
        seen.page.evaluate(AXE.read_text("utf-8"))
        assert seen.page.evaluate("axe.run()")["violations"] == []
    assert (seen.console, len(seen.requests)) == ([], 1)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (["RESULTS", "--starter", "nowhere.py"], "nowhere.py: no such file"),
        (["RESULTS", "--starter", "HW/broken.py"], "--starter broken.py:1: SyntaxError"),
        (["RESULTS", "--against", "nowhere"], "nowhere: no such file or folder"),
        (["RESULTS", "--export", "HW"], "is there already; name a new folder"),
        (["HW"], "is not a results folder"),
    ],
)
def test_wrong_paths_are_told(results: Path, options: list[str], wanted: str) -> None:
    paths = {"RESULTS": str(results), "HW": str(results.parent / "hw")}
    done = grade(
        "similar", *(option.replace("HW", paths["HW"]).replace("RESULTS", paths["RESULTS"]) for option in options)
    )
    assert done.returncode == 2
    assert wanted in done.stderr
