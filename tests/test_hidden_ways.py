"""Ways round `policy.forbidden`: each is found, with its line, and costs the function that takes it and no other."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.rubric.paths import all_paths
from grader.source_code.policy import violations
from tests.cli import SUBMISSIONS, grade, items
from tests.exports import Files
from tests.test_sources import write

RUBRIC = """schema: convgrade/1
extends: correctness-only.yaml
name: r
cases: {count: 16}
policy:
  imports: [numpy, builtins, contextlib, functools, importlib, operator, sys, warnings]
  forbidden: [numpy.einsum]
"""


@dataclass(frozen=True)
class Way:
    """A way to `np.einsum`."""

    before: str
    """What stands above the functions."""
    use: str
    """What stands in backward in place of `np.einsum`."""
    told: str = "numpy.einsum"
    at: str = ""
    """What the first line has that is told; `use` if it is that of the use."""
    changes_anything: bool = False
    """Whether it may change what any function uses, so that forward has no marks either."""


WHOLE = "numpy"
EINSUM = "(lambda *a, **k: np.einsum(*a, **k))"
WAYS = {
    # names that are bound somewhere else than where they are read
    "class_global": Way("class A:\n    global f\n    from numpy import einsum as f", "f", at="= f("),
    "function_global": Way("f = 0\ndef up():\n    global f\n    f = np.einsum\nup()", "f", at="f = np.einsum"),
    "for": Way("for f in (np.einsum,): pass", "f", at="for f"),
    "for_module": Way("for m in (np,): pass", "m.einsum", WHOLE, "for m"),
    "with": Way(
        "import contextlib\nwith contextlib.nullcontext(np) as m: pass",
        "m.einsum",
        WHOLE,
        "with ",
        changes_anything=True,
    ),
    "match": Way("match np:\n    case m: pass", "m.einsum", WHOLE, "match np"),
    "starred": Way("*a, m = 1, 2, np", "m.einsum", WHOLE, "*a"),
    "either": Way("m = np if np.pi else 0", "m.einsum"),
    "walrus": Way("", "(m := np).einsum"),
    "imported_again": Way("del np\nimport numpy as np", "np.einsum"),
    "decorator": Way("@(lambda f: np.einsum)\ndef f(): pass", "f", at="@(lambda"),
    "lambda": Way(f"f = {EINSUM}", "f", at="f = "),
    # attributes
    "module": Way("np.rows = np.einsum", "np.rows", at="np.rows = "),
    "module_lambda": Way(f"np.rows = {EINSUM}", "np.rows", at="np.rows = "),
    "module_setattr": Way("setattr(np, 'rows', np.einsum)", "np.rows", at="setattr"),
    "module_computed": Way("setattr(np, 'ro' + 'ws', np.einsum)", "np.rows", at="setattr", changes_anything=True),
    "module_vars": Way("vars(np)['rows'] = np.einsum", "np.rows", at="vars(np)"),
    "module_update": Way("np.__dict__.update(rows=np.einsum)", "np.rows", at="np.__dict__", changes_anything=True),
    "module_later": Way("def up(): np.rows = np.einsum\nup()", "np.rows", at="def up"),
    "module_under_another_name": Way(f"m = np\nm.rows = {EINSUM}", "np.rows", at="m.rows = "),
    "module_setattr_alias": Way("s = setattr\ns(np, 'rows', np.einsum)", "np.rows", at="s(np", changes_anything=True),
    "module_own_setattr": Way("np.__setattr__('rows', np.einsum)", "np.rows", at="np.__set", changes_anything=True),
    "module_handed_on": Way(
        "def up(m): m.rows = m.einsum\nup(np)",
        "np.rows",
        WHOLE,
        "up(np)",
        changes_anything=True,
    ),
    "module_handed_on_in_list": Way(
        "def up(m): m[0].rows = m[0].einsum\nup([np])", "np.rows", WHOLE, "up([np", changes_anything=True
    ),
    "own_module": Way(f"import sys\nf = 0\nsys.modules[__name__].f = {EINSUM}", "f", at="sys.modules["),
    "dict_imported": Way("from numpy import __dict__ as d", "d['einsum']", "numpy.__dict__"),
    "builtins": Way("import builtins\nbuiltins.rows = np.einsum", "rows", at="builtins.rows"),
    "class": Way("class A: pass\nA.f = np.einsum", "A.f", at="A.f = "),
    "class_setattr": Way("class A: pass\nsetattr(A, 'f', np.einsum)", "A.f", at="setattr"),
    "class_module": Way("class A: m = np", "A.m.einsum"),
    "class_import": Way("class A:\n    import numpy as m", "A.m.einsum"),
    "class_in_class": Way("class A:\n    class B:\n        m = np", "A.B.m.einsum"),
    "object": Way("class A:\n    def __init__(self): self.m = np", "A().m.einsum"),
    "function": Way("def h(): pass\nh.f = np.einsum", "h.f", at="h.f = "),
    # what is inside of something
    "list": Way("F = []\nF.append(np.einsum)", "F[0]", at="F.append"),
    "dict": Way("F = {}\nF['f'] = np.einsum", "F['f']", at="F['f'] ="),
    "list_by_function": Way("F = []\ndef put(f): F.append(f)\nput(np.einsum)", "F[0]", at="put(np"),
    "list_under_another_name": Way("F = []\nG = F\nG.append(np.einsum)", "F[0]", at="G.append"),
    "append_under_another_name": Way("F = []\na = F.append\na(np.einsum)", "F[0]", at="a(np"),
    "mapped": Way("F = []\nlist(map(F.append, [np.einsum]))", "F[0]", at="list(map"),
    "given_to_function": Way("F = []\ndef put(d, f): d.append(f)\nput(F, np.einsum)", "F[0]", at="put(F"),
    "comprehension": Way("", "[m.einsum for m in [np]][0]", WHOLE),
    "subscript": Way("", "[np][0].einsum", WHOLE),
    "star_arguments": Way("def g(f, *a, **k): return f(*a, **k)", "g(*[np.einsum], *", at="g(*["),
    "returned": Way("def get(): return np", "get().einsum", WHOLE, "def get"),
    # names that are computed
    "vars": Way("", "vars(np)['einsum']"),
    "vars_computed": Way("", "vars(np)['ein' + 'sum']", WHOLE),
    "dict_of_module": Way("", "np.__dict__['einsum']"),
    "dict_of_module_get": Way("", "np.__dict__.get('einsum')", WHOLE),
    "getattribute": Way("", "np.__getattribute__('einsum')"),
    "getattr_computed": Way("", "getattr(np, 'ein' + 'sum')", WHOLE),
    "getattr_alias": Way("g = getattr", "g(np, 'einsum')", WHOLE),
    "attrgetter": Way("import operator", "operator.attrgetter('einsum')(np)", WHOLE),
    "partial": Way(
        "from functools import partial\nf = partial(getattr, np)",
        "f('einsum')",
        WHOLE,
        "f = partial",
        changes_anything=True,
    ),
    # detours
    "import_by_call": Way("", "__import__('numpy').einsum"),
    "import_module": Way("import importlib", "importlib.import_module('numpy').einsum"),
    "sys_modules": Way("import sys", "sys.modules['numpy'].einsum", "sys.modules"),
    "other_name_of_numpy": Way("", "np.lib._iotools.np.einsum"),
    "sys_of_another": Way("import warnings", "warnings.sys.modules['numpy'].einsum", "warnings.sys.modules"),
    "globals": Way("", "globals()['np'].einsum", "globals"),
    "globals_of_function": Way("def h(): pass", "h.__globals__['np'].einsum", "__globals__"),
    "globals_changed": Way("globals()['f'] = np.einsum", "f", at="globals()"),
    "globals_updated": Way("f = 0\nglobals().update(f=np.einsum)", "f", at="globals()", changes_anything=True),
    "eval": Way("", "eval('np.einsum')", "eval"),
    "eval_in_f_string": Way("F = []", "f\"{F.append(eval('np.einsum'))}\" and F[0]", "eval"),
    "exec": Way("f = 0\nexec('f = np.einsum')", "f", "exec", "exec(", changes_anything=True),
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[str, dict[str, Any]]]]:
    """By way, the text of the submission that takes it, and what it got."""
    folder = tmp_path_factory.mktemp("ways")
    alice = (SUBMISSIONS / "alice.py").read_text()
    start, backward = alice.index("def conv_forward_naive"), alice.index("def conv_backward_naive")
    assert "np.einsum(" in alice[backward:]
    assert "np.einsum(" not in alice[:backward]
    files = {}
    for name, way in WAYS.items():
        use = way.use if way.use.endswith("*") else f"{way.use}("
        files[name] = f"{alice[:start]}{way.before}\n\n\n{alice[start:].replace('np.einsum(', use)}"
    write(folder / "class", {f"{name}.py": text for name, text in files.items()})
    (folder / "r.yaml").write_text(RUBRIC)
    done = grade(
        folder / "class", "--rubric", folder / "r.yaml", "--out", folder / "out", "--jobs", 1, "--format", "json"
    )
    got = {each["submission"]["id"]: items(each) for each in map(json.loads, done.stdout.splitlines())}
    yield {name: (files[name], got[name]) for name in WAYS}


@pytest.mark.parametrize("name", WAYS)
def test_way_to_what_is_forbidden_is_told_with_its_line(
    name: str, reports: dict[str, tuple[str, dict[str, Any]]]
) -> None:
    text, got = reports[name]
    way = WAYS[name]
    line = 1 + next(i for i, each in enumerate(text.split("\n")) if (way.at or way.use) in each)
    told = (
        "uses numpy.einsum, which this assignment forbids"
        if way.told == "numpy.einsum"
        else f"uses something through {way.told} that its text does not name; this assignment forbids numpy.einsum"
    )
    for item in ("dx", "dw", "db"):
        assert (got[item]["verdict"], got[item]["points"]) == ("policy", 0)
        assert f"{name}.py:{line}: conv_backward_naive {told}" in got[item]["message"]
    assert got["forward"]["points"] == (0 if way.changes_anything else 45)


DECLARED = {  # statements after the graded function that seem to bind its name, and leave it as it is
    "import": "from numpy import nothing as f",
    "walrus": "[(f := g) for _ in ()]",
    "never": "0 and (f := g)",
    "declared": "f: int",
    "compiled": "def f(x):\n    nonlocal y\n    return x",
}


@pytest.mark.parametrize("after", DECLARED.values(), ids=DECLARED)
def test_what_binds_nothing_does_not_hide_the_function_above_it(after: str) -> None:
    code = f"import numpy as np\ndef f(x): return np.einsum('i->', x)\ndef g(x): return x\n{after}\n"
    found = violations(code, ["f"], ["numpy"], all_paths(["numpy.einsum"]))
    assert [(v.line, v.module) for v in found] == [(2, "numpy.einsum")]


def test_definition_that_takes_the_place_of_another_hides_it() -> None:
    before = "import numpy as np\ndef f(x): return np.einsum('i->', x)\n"
    for after in ("def f(x: np.ndarray, n=-1): return x", "f = lambda x: x", "def g(x): return x\nf = g"):
        assert violations(before + after, ["f"], ["numpy"], all_paths(["numpy.einsum"])) == (), after


def test_guard_runs_where_its_name_is_set() -> None:
    code = "import numpy as np\n{}\nif __name__ == '__main__':\n    E = np.einsum\ndef f(x): return E('i->', x)"
    for name, lines in (("__name__ = '__main__'", [4, 5]), ("print(__name__)", [])):
        told = violations(code.format(name), ["f"], ["numpy"], all_paths(["numpy.einsum"]))
        assert [v.line for v in told] == lines


BEYOND = {  # ways that no text shows: what stands above the functions, and in place of `np.einsum` in backward
    "namespace of arrays": ("", "getattr(x.__array_namespace__(), E)"),
    "attribute of an error": (
        "def error():\n    try: np.nothing\n    except AttributeError as e: return e.obj", "getattr(error(), E)"
    ),
    "list of functions": ("", "[f for f in np._core.overrides.ARRAY_FUNCTIONS if f.__name__ == E][0]"),
    "text that is measured": ("Q = []\ndef run(): np.testing.measure('Q.append(np.' + E + ')'); return Q[0]", "run()"),
    "code": ("def h(): return np.sum\nh.__code__ = h.__code__.replace(co_names=('np', E))", "h()"),
    "built-in function": ("", "len.__self__.eval('np.' + E)"),
    "modules of a call": ("import warnings", "getattr(warnings.catch_warnings()._module.sys.modules['numpy'], E)"),
    "computed attribute": ("def h(): pass", "getattr(getattr(h, '__glo' + 'bals__')['np'], E)"),
    "getter": ("import operator as o\ndef h(): pass", "getattr(o.attrgetter('__glo' + 'bals__')(h)['np'], E)"),
    "equal": ("K = []\nclass Q:\n    def __eq__(q, o): K.append(o); return True", "(Q() == np) and getattr(K[0], E)"),
    "another hasattr": ("hasattr = getattr", "hasattr(np, E)"),
    "another getattr": ("_get = getattr\ndef getattr(m, n): return _get(m, E)", "getattr(np, 'sum')"),
    "mangled": ("_C__m = np\nclass C:\n    def f(): return __m.einsum", "C.f()"),
    "defaults": ("def h(m=np): pass", "getattr(h.__defaults__[0], E)"),
    "class with a keyword": (
        "K = []\nclass B:\n    def __init_subclass__(c, m=0): K.append(m)\nclass X(B, m=np): pass", "getattr(K[0], E)"
    ),
    "applied by numpy": (
        "_get = hasattr\nhasattr = getattr\ndef call(*a, **k): return np.fromfunction(hasattr(np, E), (), a=a)", "call"
    ),
}  # fmt: skip


def test_no_way_beyond_the_text_leads_to_what_is_forbidden(tmp_path: Path) -> None:
    alice = (SUBMISSIONS / "alice.py").read_text()
    start, backward = alice.index("def conv_forward_naive"), alice.index("def conv_backward_naive")
    files: Files = {}
    for number, (before, use) in enumerate(BEYOND.values()):
        text = alice[backward:].replace("np.einsum(", f"({use})(")
        files[f"s{number}.py"] = f"{alice[:start]}E = 'ein' + 'sum'\n{before}\n\n\n{alice[start:backward]}{text}"
    write(tmp_path / "class", files)
    (tmp_path / "r.yaml").write_text(RUBRIC)
    done = grade(tmp_path / "class", "--rubric", tmp_path / "r.yaml", "--out", tmp_path / "out", "-q")
    assert done.returncode == 0, done.stderr
    reports = {one["person"]["id"]: items(one) for one in json.loads((tmp_path / "out" / "grades.json").read_text())}
    ends = {name: reports[f"s{number}"] for number, name in enumerate(BEYOND)}
    assert [name for name, got in ends.items() if got["dx"]["points"] or got["dw"]["points"]] == []
    others = {
        name: got["dx"]["message"]
        for name, got in ends.items()
        if "this assignment forbids numpy.einsum" not in str(got["dx"]["message"])
    }
    assert {*others} <= {"list of functions"}, others  # in which it is no more


HONEST = """import collections
import dataclasses
import numpy as np
Pair = collections.namedtuple("Pair", "a b")
@dataclasses.dataclass
class Sizes:
    H: int
def conv_forward_naive(x, w, b, conv_param):
    assert Pair(1, 2).b == 2 and Sizes(3).H == 3
    assert np.linalg.multi_dot([np.eye(2), np.eye(2), np.eye(2)]).sum() == 2
    assert np.cov(np.arange(6.0).reshape(2, 3)).shape == (2, 2)
    return forward(x, w, b, conv_param)
"""


def test_numpy_python_and_the_grader_go_on_with_what_a_submission_may_not_use(tmp_path: Path) -> None:
    alice = (SUBMISSIONS / "alice.py").read_text().replace("def conv_forward_naive", "def forward")
    (tmp_path / "s.py").write_text(f"{alice}\n\n{HONEST}")
    forbidden = "numpy.dot, eval, exec, open, numpy.asarray, numpy.ascontiguousarray, numpy.frombuffer, numpy.average"
    (tmp_path / "r.yaml").write_text(
        f"schema: convgrade/1\nextends: cs231n-conv\nname: r\npolicy: {{forbidden: [{forbidden}]}}\n"
    )
    done = grade(tmp_path / "s.py", "--rubric", tmp_path / "r.yaml", "--no-timing", "-q")
    assert done.stdout.startswith("s: 100 / 100"), done.stdout


@pytest.mark.parametrize("violation", ["flag", "zero"])
def test_what_is_only_flagged_is_run(tmp_path: Path, violation: str) -> None:
    (tmp_path / "r.yaml").write_text(f"{RUBRIC}  on_violation: {violation}\n")
    done = grade(SUBMISSIONS / "alice.py", "--rubric", tmp_path / "r.yaml", "--no-timing", "-q")
    assert ("100 / 100" in done.stdout) is (violation == "flag"), done.stdout


@pytest.mark.parametrize(
    "code", ["import random\ndef f(x): return random._os", "import logging as l\ndef f(x): return l.os"]
)
def test_module_that_another_one_imports_counts_as_imported(code: str) -> None:
    assert [v.line for v in violations(code, ["f"], ["numpy", "random", "logging"])] == [2]


@pytest.mark.parametrize(
    "code",
    [
        "np.rows = np.einsum\ndef conv_forward_naive(x): return np.sum(x)",
        "class A:\n    def __init__(self): self.T = np.einsum('i->', x)\ndef conv_forward_naive(x): return x.T",
        "def other(x): x = np.add(x, np.einsum('i', x))\ndef conv_forward_naive(x): return np.add(x, x)",
        "def other(x): log.append(np.einsum('i', x))\nlog = []\ndef conv_forward_naive(x): return x",
        "def conv_forward_naive(x, xp=np): return xp.sum(x), np.__version__, hasattr(np, 'einsum'), np is xp",
        "def conv_forward_naive(x): print(np, dir(np)); xp = np if len(x) else None; return xp.sum(x)",
        "def conv_forward_naive(x):\n    vars = np.var(x)\n    return x / (vars + 1)",
        "def eval(x): return x\ndef conv_forward_naive(x): return eval(x)\nprint(eval(np.einsum('i', 1)))",
        "def conv_forward_naive(x: np): return x.astype(np.float64)",
        "def conv_forward_naive(x): return x.einsum, np.linalg.norm(x), x.__dict__",
        "def conv_forward_naive(x): return np.sum(x)\nprint(conv_forward_naive(np.einsum('i', 1)))",
        "np.random.seed(0)\nnp.set_printoptions(2)\ndef conv_forward_naive(x): return np.random.rand(3)",
        "backends = {'np': np}\nprint(np, hasattr(np, 'x'))\ndef conv_forward_naive(x): return np.sum(x)",
    ],
)
def test_honest_code_is_not_taken_for_a_way_to_what_is_forbidden(code: str) -> None:
    names = ["conv_forward_naive"]
    assert violations(f"import numpy as np\n{code}", names, ["numpy"], all_paths(["numpy.einsum"])) == ()


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (
            "class A:\n    global f\n    from scipy import fft as f\ndef conv_forward_naive(x): return f(x)",
            3,
        ),
        ("def up():\n    global f\n    import scipy as f\nup()\ndef conv_forward_naive(x): return f.x", 3),
        ("f = 0\ndef up():\n    global f\n    import scipy as f\nup()\ndef conv_forward_naive(x): return f.x", 4),
    ],
)
def test_import_that_binds_a_global_name_counts(code: str, line: int) -> None:
    assert [v.line for v in violations(code, ["conv_forward_naive"], ["numpy"])] == [line]


def test_name_that_modules_of_numpy_have_for_each_other_is_no_way_round() -> None:
    code = "import numpy as np\ndef conv_forward_naive(x): return np._core.fromnumeric.um.add(x, x)"
    found = violations(code, ["conv_forward_naive"], ["numpy"], all_paths(["numpy.add"]))
    assert [(v.line, v.module) for v in found] == [(2, "numpy._core.fromnumeric.um.add")]
