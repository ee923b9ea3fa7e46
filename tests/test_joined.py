"""Code of several files of one hand-in: what the rubric lets the graded file import from the others is read with it."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from grader.records import Content, Origin
from grader.source_code.joined import joined
from grader.source_code.text import parse
from tests.cli import SUBMISSIONS, grade_all_json, grade_json
from tests.interfaces import SAMPLES
from tests.test_notebook import notebook
from tests.test_sources import write, zipped

STRIDED = (SAMPLES / "cmu-11785-conv-strided" / "right.py").read_text()
DOWNSAMPLE = STRIDED[STRIDED.index("class Downsample2d") : STRIDED.index("class Conv2d:")]
CONV2D = "from mytorch.nn.resampling import *\n" + STRIDED.replace(DOWNSAMPLE, "")
RESAMPLING = f"import numpy as np\n\n\n{DOWNSAMPLE}"
RUTH = (SUBMISSIONS / "ruth.py").read_text()
ROWS, SPATIAL, GROUPS = (RUTH.index(f"def {name}(") for name in ("batchnorm_forward", "spatial_batchnorm_forward",
                                                                "spatial_groupnorm_forward"))  # fmt: skip
LAYERS = f"import numpy as np\n\n\n{RUTH[ROWS:SPATIAL]}print('read with the other')\n"
CONV_LAYERS = f"import numpy as np\nfrom nndl.layers import *\n\n\n{RUTH[SPATIAL:GROUPS]}"
NNDL: dict[str, str | bytes] = {"nndl/conv_layers.py": CONV_LAYERS, "nndl/layers.py": LAYERS}

LIKE_THE_COURSES = "from builtins import range\n"


@pytest.mark.parametrize("form", ["folder", "archive"])
def test_right_hand_ins_of_courses_with_several_files_get_full_marks(tmp_path: Path, form: str) -> None:
    cmu: dict[str, str | bytes] = {"mytorch/nn/Conv2d.py": CONV2D, "mytorch/nn/resampling.py": RESAMPLING}
    for rubric, files in (("cmu-11785-conv-strided", cmu), ("cs231n-spatial-batchnorm", NNDL)):
        place = tmp_path / rubric
        path = write(place, files) if form == "folder" else zipped(place.with_suffix(".zip"), files)
        report = grade_json(path, "--rubric", rubric, "--no-timing")
        assert report["score"] == 100, report["items"]
        assert any(note.startswith("read with what it imports from ") for note in report["notes"])
        assert report["stdout"] == ""


@pytest.mark.parametrize(
    ("graded", "imported"),
    [("Conv2d-1.py", "resampling-2.py"), ("Conv2d (1).py", "resampling (1).py"), ("Conv2d.py", "resampling-1.py")],
)
def test_files_that_a_platform_or_a_browser_has_numbered_are_read_too(
    tmp_path: Path, graded: str, imported: str
) -> None:
    files: dict[str, str | bytes] = {graded: CONV2D.replace("mytorch.nn.", ""), imported: RESAMPLING}
    write(tmp_path / "hw" / "ann", files)
    write(tmp_path / "hw" / "bob", {"Conv2d.py": CONV2D})
    common = ("--rubric", "cmu-11785-conv-strided", "--no-timing", "--jobs", 1)
    reports = grade_all_json(tmp_path / "hw", *common, "--out", tmp_path / "out")
    assert [report["score"] for report in reports] == [100, 0]


def test_work_that_is_partly_in_a_notebook_is_told(tmp_path: Path) -> None:
    """The file has the starter's stubs of what is written in the notebook."""
    cut = RUTH.index("def max_pool_forward_naive(")
    stubs = "".join(
        f"\n\n{line}\n    raise NotImplementedError\n" for line in re.findall(r"^def \w+\(.*\):$", RUTH[cut:], re.M)
    )
    files: dict[str, str | bytes] = {
        "cs231n/layers.py": RUTH[:cut] + stubs,
        "a.ipynb": notebook("import numpy as np\nfrom cs231n.layers import *", RUTH[cut:]),
    }
    report = grade_json(write(tmp_path, files), "--rubric", "cs231n-convnets", "--no-timing")
    told = "graded cs231n/layers.py, in which not all is written; more is in a.ipynb: put all in one file"
    assert report["notes"] == [told]


def test_names_may_be_imported_as_others() -> None:
    files = [("b.py", b"def g(): return 1\nk = 2\n")]
    found = joined("from b import (g as h,  # (\n  k as g)\n", Origin("a.py"), files)
    names: dict[str, Any] = {}
    exec(found.code, names)
    assert (found.taken, names["h"](), names["g"]) == (("b.py",), 1, 2)


def test_mistake_in_another_file_is_told_at_its_line_there(tmp_path: Path) -> None:
    lines = LAYERS.replace("np.sqrt", "np.sqr").split("\n")
    write(tmp_path, {**NNDL, "nndl/layers.py": "\n".join(lines)})
    report = grade_json(tmp_path, "--rubric", "cs231n-spatial-batchnorm", "--no-timing")
    line = 1 + next(i for i, text in enumerate(lines) if "np.sqr" in text)
    assert (
        f"nndl/layers.py:{line}: AttributeError: module 'numpy' has no attribute 'sqr'" in report["items"][0]["message"]
    )


def test_another_file_that_changes_is_another_submission(tmp_path: Path) -> None:
    write(tmp_path, NNDL)
    first = grade_json(tmp_path, "--rubric", "cs231n-spatial-batchnorm", "--no-timing")
    write(tmp_path, {"nndl/layers.py": LAYERS + "\n"})
    second = grade_json(tmp_path, "--rubric", "cs231n-spatial-batchnorm", "--no-timing")
    assert first["submission"]["sha256"] != second["submission"]["sha256"]


def test_what_the_rubric_does_not_name_is_not_read(tmp_path: Path) -> None:
    """The course's fast layers lie in every hand-in."""
    code = CONV_LAYERS.replace("nndl.layers", "nndl.fast_layers")
    write(tmp_path, {"nndl/conv_layers.py": code, "nndl/fast_layers.py": LAYERS})
    report = grade_json(tmp_path, "--rubric", "cs231n-spatial-batchnorm", "--no-timing")
    assert report["score"] == 0
    assert "batchnorm_forward" in report["items"][0]["message"]


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ("def g(x):\n    return sum(x)\n", "it uses Python's `sum`, which is another thing here"),
        ("def helper():\n    return 2\n\n\ndef g(x):\n    return helper()\n", "`helper` is set in a way there"),
        ("from numpy import sqrt\ndef g(x):\n    return sqrt(x)\n", "`sqrt` is set in a way there"),
        ("K = 1\nK += 1\ndef g(x):\n    return K\n", "`K` is set in a way there"),
        ("def g(x:\n", "line 1: "),
        ("\xff", "1: is not utf-8 text"),
        (f"K = '{'x' * 300_000}'\n", "it is too large"),
    ],
)
def test_file_that_would_mean_something_else_is_left_out_and_why_is_told(other: str, why: str) -> None:
    code = (
        "from math import sqrt\nfrom b import g\ndef sum(x):\n    return 0\ndef helper():\n    return 1\n"
        "def f():\n    return g([1])\n"
    )
    found = joined(code, Origin("a.py"), [("b.py", other.encode("latin-1"))])
    assert (found.code, found.origin, found.taken) == (code, Origin("a.py"), ())
    assert found.left[0].startswith(f"graded a.py without b.py, from which it imports ({why}")


def test_definitions_stand_behind_and_statements_are_not_taken_over() -> None:
    other = (
        "from __future__ import annotations\nprint(1)\nimport numpy as np, math\n@wrap\ndef g():\n    return np\n\n"
        "if True:\n    x = 1\nK = 2; f = 3\nL = 4\ndef len(x): return 0\n"
    )
    code = 'import numpy as np\nfrom b import (g,\n  L)\ns = """\nfrom b import x"""'
    found = joined(code, Origin("a.py"), [("b.py", other.encode())])
    assert found.taken == ("b.py",)
    lines = found.code.split("\n")
    assert lines[:5] == ["import numpy as np", "", "", 's = """', 'from b import x"""']
    behind = [line for line in lines[5:] if line]
    assert behind == ["import numpy as np, math", "@wrap", "def g():", "    return np", "L = 4"]
    assert found.origin.at(1 + lines.index("L = 4")) == "b.py:11"
    assert found.origin.among([4, 9]) == "a.py:4; b.py:4"


def test_numpy_may_be_imported_within_a_try() -> None:
    files = [("b.py", b"try:\n    import numpy as np\nexcept ImportError:\n    pass\ndef g(): return np\n")]
    assert joined("import numpy as np\nfrom b import g\n", Origin("a.py"), files).taken == ("b.py",)


@pytest.mark.parametrize("own", ["", LIKE_THE_COURSES])
@pytest.mark.parametrize("others", ["", LIKE_THE_COURSES])
def test_what_is_imported_from_python_itself_is_what_it_was(own: str, others: str) -> None:
    """The course's files begin so, for Python 2."""
    other = f"{others}def g(n): return [*range(n)]\n"
    found = joined(f"{own}from b import g\n", Origin("a.py"), [("b.py", other.encode())])
    assert found.taken == ("b.py",)
    names: dict[str, Any] = {}
    exec(found.code, names)
    assert names["g"](2) == [0, 1]


def test_names_of_folders_need_be_no_unicode() -> None:
    hashes = {Content("a.py", b"", beside=((os.fsdecode(name), b""),)).sha256 for name in (b"\xff/b.py", b"\xfe/b.py")}
    assert len(hashes) == 2


@pytest.mark.parametrize(
    "imported",
    [
        "from b import *; ONE = 1\n",
        "ONE = 1; from b import *\n",
        "ONE = 1\ntry:\n    from .b import g  # \u00e9\nexcept ImportError:\n    from b import g\n",
        "import sys\nif sys.version_info > (3,): from b import *; ONE = 1\n",
        "ONE = 1\ndef h():\n    from b import (g,\n        K as two)\n    return g()\n",
    ],
)
def test_names_may_be_imported_wherever_that_is(imported: str) -> None:
    files = [("b.py", b"K = 1\ndef g(): return 7 + K\n")]
    found = joined(f"{imported}def f(): return g() + ONE\n", Origin("a.py"), files)
    assert found.taken == ("b.py",)
    names: dict[str, Any] = {}
    exec(found.code, names)
    assert names["f"]() == 9
    assert "h" not in names or names["h"]() == 8


@pytest.mark.parametrize(
    ("code", "is_own"),
    [
        ("try:\n    from b import g\nexcept ImportError:\n    def g(): return 'own'\ndef f(): return g()\n", True),
        ("try:\n    from b import g\nexcept ImportError:\n    g = lambda: 'own'\ndef f(): return g()\n", True),
        ("def g(): return 'own'\ndef f():\n    from b import g\n    return g()\n", False),
        ("def f(g=None):\n    if g is None:\n        from b import g\n    return g()\n", False),
        ("def f():\n    from b import g as k\n    from b import h as k\n    return k()\n", False),
    ],
)
def test_import_within_a_statement_stays_where_its_names_may_mean_something_else(code: str, is_own: bool) -> None:
    found = joined(code, Origin("a.py"), [("b.py", b"def g(): return 1\ndef h(): return 2\n")])
    names: dict[str, Any] = {}
    exec(found.code, names)
    if is_own:
        assert names["f"]() == "own"
    else:
        with pytest.raises(ImportError):
            names["f"]()


def test_every_byte_of_every_file_is_in_the_hash() -> None:
    """The secret cases are drawn from it."""
    layers = LAYERS.encode()
    hashes = {
        parse(Content("a.ipynb", notebook(CONV_LAYERS), beside=(beside,)), ["spatial_batchnorm_forward"]).sha256
        for beside in (("nndl/layers.py", layers), ("nndl/layers.py", layers + b"\n"), ("layers.py", layers))
    }
    assert len(hashes) == 3
    moved = [
        Content("a.py", ours, beside=(("b.py", theirs),)).sha256 for ours, theirs in ((b"x", b"yz"), (b"xy", b"z"))
    ]
    assert moved[0] != moved[1]
