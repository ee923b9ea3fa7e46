"""What the text of a pooling says: the lines that show a known mistake are those in which it was put, or none."""

from collections import Counter
from textwrap import dedent
from types import ModuleType

import pytest

from reference.avg_pool2d.bank import BANK as OF_AVERAGE
from reference.avg_pool2d.outline import outline as outline_of_average
from reference.max_pool2d.bank import BANK as OF_MAX
from reference.max_pool2d.outline import outline
from reference.pooling.any_layout import outline as outline_of_any_layout
from reference.spec import Bank, Bug
from tests import injected_average_pooling, injected_pooling
from tests.marking import Outliner, changed, marked

SIZES = "N, C, H, W = x.shape; h, w, s = p['pool_height'], p['pool_width'], p['stride']"
BUGS = {bug.id: bug for bug in OF_MAX.bugs if bug.place and bug.place != "compared"}
"""A mask that is then shared compares rightly."""


@pytest.mark.parametrize(
    ("bank", "outline", "injected", "exact"),
    [
        (OF_MAX, outline, injected_pooling, 0.7),
        (OF_AVERAGE, outline_of_average, injected_average_pooling, 0.5),
        (OF_MAX, outline_of_any_layout, injected_pooling, 0.4),
        (OF_AVERAGE, outline_of_any_layout, injected_average_pooling, 0.4),
    ],
    ids=["max", "average", "max in any layout", "average in any layout"],
)
def test_lines_are_those_in_which_the_mistake_was_put_or_none(
    bank: Bank, outline: Outliner, injected: ModuleType, exact: float
) -> None:
    """None is wrong, and all that are not exact are silent."""
    bugs, ends = {bug.id: bug for bug in bank.bugs}, Counter[str]()
    for program in injected.programs():
        bug = bugs[program.bug]
        begins = next(line for line in program.code.split("\n") if line.startswith("def ") and bug.function in line)
        put = changed(injected.RIGHT[program.structure], program.code)
        lines = marked(bank, outline, bug, program.code, begins)
        if program.bug == "dx-ties-to-all" and program.structure == "masks":  # the line after it, a division, is gone
            put.add(1 + program.code.split("\n").index("            mask = (window == best).astype(float)"))
        assert lines <= put, (program.bug, program.structure)
        ends["exact" if lines else "silent"] += bool(bug.place)
    assert ends["exact"] >= exact * ends.total(), ends


def test_window_that_begins_at_another_name_for_a_loop_variable_does_not_step_by_the_stride() -> None:
    text = dedent("""\
        def pool_backward(dA, cache, mode="max"):
            for h in range(n_H):
                for w in range(n_W):
                    top = h
                    bottom = top + f
                    left, right = w, w + 1
                    dA_prev[i, top:bottom, left:right] += spread(dA[i, h, w])
        """)
    for find in (outline, outline_of_average, outline_of_any_layout):
        assert find(text, 1)["places"]["without stride"] == [4]


@pytest.mark.parametrize("structure", injected_pooling.RIGHT)
@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_right_code_shows_no_mistake(bug: Bug, structure: str) -> None:
    code = injected_pooling.RIGHT[structure]
    assert marked(OF_MAX, outline, bug, code, f"def max_pool_{bug.function}") == set()


@pytest.mark.parametrize(
    ("kind", "line", "shows"),
    [
        ("compared", "mask = window == window.max()", True),
        ("compared", "if x[n, c, i, j] == best: pass", True),
        ("compared", "mask = window >= window.max() * np.ones(window.shape)", True),
        ("compared", "mask = np.abs(window - window.max()) < 1e-9", True),
        ("compared", "mask = np.isclose(window, window.max())", True),
        ("compared", "mask = np.abs(window) < 2", False),
        ("one for both", "a = pool_param['pool_height']; w = x[:, :, i * s : i * s + a, j * s : j * s + a]", True),
        ("one for both", "w = x[:, :, i * s : i * s + pool_height, j * s : j * s + pool_width]", False),
        ("one for both", "h, w = pool_param['pool_height'], pool_param['pool_height']", True),
        (
            "one for both",
            "h, a = pool_param['pool_height'], pool_param['pool_height']; w = pool_param['pool_width']",
            False,
        ),
        ("without stride", "for i in range(n): rows = slice(i, i + h)", True),
        ("without stride", "for i in range(n): rows = slice(i * s, i * s + h)", False),
        ("size by stride", "H_out = H // pool_param['stride']", True),
        ("size by stride", "H_out = 1 + (H - hh) // pool_param['stride']", False),
        ("compared", "while top + h >= H: top -= 1", False),
        ("compared", "if (H - h) % stride == 0: pass", False),
        ("compared", "assert dx.shape == x.shape", False),
        ("compared", 'if mode == "max": pass', False),
        ("compared", "if cache == 1: pass", False),
        ("compared", "gap = best - x[n, c, i, j]\n    if gap == 0: pass", True),
        ("compared", "assert int(rows) == rows and int(columns) == columns", False),
        ("compared", "assert (window == best).sum() == 1 and np.isclose(best, window.max())", False),
        ("compared", "if rows == int(rows) and not top + h >= H: pass", False),
        ("compared", "if not done and x[n, c, i, j] == best: pass", True),
        ("compared", "if np.any(window >= best): pass", True),
        ("compared", "mask[window < window.max()] = 0", True),
        ("compared", "mask[window < window.max()] = 1", False),
        ("compared", "mask[window <= 0] = 0", False),
        ("assigned into dx", "dX[i] = y\n    dx = dX\n    return dx", True),
        ("assigned into dx", "mask[i] = y\n    dx = dX\n    return dx", False),
        ("assigned into dx", "for n in range(3):\n        dx[n] = 0\n    return dx", False),
        ("assigned into dx", "dx[:] = 0.0\n    return dx", False),
        ("assigned into dx", "part = dX[n, :, 0:2]\n    part[0] = y\n    dx = dX\n    return dx", True),
        ("assigned into dx", "part = x[n, :, 0:2]\n    part[0] = y\n    return dx", False),
        ("same end", "for i in range(H_out):\n        for j in range(H_out): pass", True),
        ("same end", "for i in range(H_out):\n        for j in range(W_out): pass", False),
        ("same end", "for i in range(H_out): pass\n    for j in range(H_out): pass", False),
        ("size by window", 'H_out = H // pool_param["pool_height"]', True),
        ("size by window", 'h, s = pool_param["pool_height"], pool_param["stride"]; H_out = int(H / h)', True),
        ("size by window", 'h, s = pool_param["pool_height"], pool_param["stride"]; H_out = (H - h) / s', False),
        ("size by window", 'h_out = (H - pool_param["pool_height"]) // s + 1; i = k // h_out', False),
        ("size by window", 'h = pool_param["pool_height"]; i = np.argmax(window) // h', False),
        ("winner by height", 'h = pool_param["pool_height"]; k = np.argmax(window); i = k // h', True),
        ("winner by height", 'h = pool_param.get("pool_height"); i, j = divmod(window.argmax(), h)', True),
        ("winner by height", 'w = pool_param["pool_width"]; i, j = divmod(window.argmax(), w)', False),
        ("without stride", "for i in range(H_out): x[:, :, i : i + h]", True),
        ("without stride", "for i in range(H_out): top = i; bottom = i + h; y = x[:, :, top:bottom]", True),
        ("without stride", "for i in range(H_out): top = i * s; bottom = i * s + h; y = x[:, :, top:bottom]", False),
        ("mean of all", "window = x[n, a:b, d:e, :]; y = np.mean(window)", True),
        ("mean of all", "y = np.mean(x[:, :, a:b, d:e], axis=(2, 3))", False),
        ("mean of all", "y = np.mean(x[n, c, a:b, d:e])", False),
        ("winner by height", "x, place, p = cache; h = p['pool_height']; r = place[n, c, i, j] / h", True),
        ("winner by height", "x, place, p = cache; h = p['pool_height']; r = H // h", False),
        ("whole image", "window = dout[n, :, :, c]; y = np.mean(window)", True),
        ("whole image", "y = np.max(dout[n, c])", True),
        ("whole image", "plane = dout[n, c]; y = np.max(plane[a:b])", False),
        ("whole image", "window = dout[n, a:b, d:e, c]; y = np.max(window)", False),
        ("output size", f"{SIZES}; a = 1 + (H - h) // s; b = 1 + (H - w) // s; y = np.zeros((N, C, a, b))", True),
        ("output size", f"{SIZES}; a, b = 1 + (H - h) // s, 1 + (W - h) // s; y = np.zeros((N, C, a, b))", True),
        ("output size", f"{SIZES}; a = b = 1 + (H - h) // s; y = np.zeros((N, C, a, b))", True),
        ("output size", f"{SIZES}; a = 1 + (H - h) // s; y = np.zeros((N, C, a, a))", True),
        (
            "output size",
            f"{SIZES}; a = int((W - w) / s) + 1; b = int((H - h) / s) + 1; y = np.zeros((N, C, a, b))",
            True,
        ),
        ("output size", f"{SIZES}; a = 1 + (H - h) // s; b = 1 + (W - w) // s; y = np.zeros((N, C, a, b))", False),
        ("output size", f"{SIZES}; y = np.zeros((N, C, 1 + (H - h) // s, 1 + (W - w) // s))", False),
        ("one for both", f"{SIZES}; a = 1 + (H - h) // s; b = 1 + (W - h) // s; y = np.zeros((N, C, a, b))", True),
        ("one for both", f"{SIZES}; a = 1 + (H - h) // s; b = 1 + (W - w) // s; y = np.zeros((N, C, a, b))", False),
        ("without stride", "for i in range(0, H, s): x[:, :, i : i + h]", False),
        ("without stride", "for i in range(H_out): dout[:, :, i : i + 1]", False),
        ("window by stride", 's = p["stride"]; x[:, :, i * s : (i + 1) * s]', True),
        ("window by stride", 'h, s = p["pool_height"], p["stride"]; x[:, :, i * s : i * s + h]', False),
        ("one less", "for i in range(H_out - 1): pass", True),
        ("one less", "for i, j in np.ndindex(H_out - 1, 2): pass", True),
        ("one less", "for i, j in enumerate(H_out - 1, 2): pass", False),
        ("formula without one", 's = p["stride"]; H_out = (H - h) // s', True),
        ("formula without one", 's = p["stride"]; H_out = (H - h) // s + 1', False),
        ("returns upstream", "return dout", True),
        ("maximum of all", "win = x[n, :, 0:2, 0:2]; best = win.max()", True),
        ("maximum of all", "win = x[:, :, 0:2, 0:2]; best = np.max(win, axis=(2, 3))", False),
        ("maximum of all", "win = x[n, c, 0:2, 0:2]; best = win.max()", False),
        ("window swapped", 'h, w = p["pool_height"], p["pool_width"]; x[:, :, i : i + w, j : j + h]', True),
        ("window swapped", 'h, w = p["pool_height"], p["pool_width"]; x[:, :, i : i + h, j : j + w]', False),
        ("window swapped", 'h, w = p["pool_height"], p["pool_width"]; a = i + w; b = j + h; x[:, :, i:a, j:b]', True),
        ("window swapped", 'h, w = p["pool_height"], p["pool_width"]; a = i + h; b = j + w; x[:, :, i:a, j:b]', False),
        ("one for both", 'h, w = p["pool_height"], p["pool_width"]; a = i + h; b = j + h; x[:, :, i:a, j:b]', True),
        (
            "stored by one",
            "for at, i in enumerate(range(3)):\n        k = i * s\n        dx[n, c, at + r, k + q] += 1",
            True,
        ),
        ("window swapped", 'h, w = p["pool_height"], p["pool_width"]; x[:, :, i : i + h, j : j + h]', False),
        ("window swapped", 'w, h = p["pool_height"], p["pool_width"]; x[:, :, i : i + h, j : j + w]', False),
        ("from zero", "best = 0\n    for v in x:\n        if v > best:\n            best = v", True),
        ("from zero", "out = np.zeros(3)\n    for i in x:\n        if x[i] > out[i]:\n            out[i] = x[i]", True),
        ("from zero", "best = 0.0\n    for v in x:\n        best = max(v, best)", True),
        ("from zero", "out = np.zeros(3)\n    for i in x:\n        out[i] = max(x[i], y)", False),
        ("from zero", "i = 0\n    while i < 3:\n        i = i + 1", False),
        ("from zero", "best = -np.inf\n    for v in x:\n        if v > best:\n            best = v", False),
        (
            "begins by window",
            "h = p['pool_height']\n    for i in range(3):\n        y = x[:, i * h : i * h + h, :]",
            True,
        ),
        ("begins by window", "h, w = p['pool_height'], p['pool_width']; S = h", True),
        ("begins by window", "h, w = p['pool_height'], p['pool_width']; S = p['stride']", False),
        ("begins by window", "h = p['stride']\n    for i in range(3):\n        y = x[:, i * h : i * h + h, :]", False),
        ("stored by one", "for i in range(3):\n        dx[n, c, i + r, i * s + q] += 1", True),
        ("stored by one", "for i in range(3):\n        dx[n, c, i * s + r, i * s + q] += 1", False),
        (
            "stored by one",
            "for i in range(3):\n        top = k * s\n        dx[n, c, top + i, left * s + i] += 1",
            False,
        ),
        ("stored by one", "for i in range(3):\n        out[n, c, i, i] = 1", False),
        ("maximum and mean", "y = x.max(axis=2).mean(axis=2)", True),
        ("maximum and mean", "y = x.max(axis=2).max(axis=2)", False),
        ("size of other side", "h, w = p['pool_height'], p['pool_width']; y = (H - w) // s + 1", True),
        ("size of other side", "h, w = p['pool_height'], p['pool_width']; y = (H - h) // s + 1", False),
        ("winner turned", "at = np.unravel_index(k, (2, 3)); dx[n, c, at[1] + i, at[0] + j] += 1", True),
        ("winner turned", "at = np.unravel_index(k, (2, 3)); dx[n, c, at[0] + i, at[1] + j] += 1", False),
        ("winner turned", "a, b = np.unravel_index(k, (2, 3)); dx[n, c, i + b, j + a] += 1", True),
        ("winner turned", "a, b = np.unravel_index(k, (2, 3)); dx[n, c, i + a, j + b] += 1", False),
        ("winner by height", "k = np.argmax(win); r = k % win.shape[0]", True),
        ("winner by height", "k = np.argmax(win); r = k // win.shape[1]", False),
        ("one inside", "y = (H - h + 1) // s", True),
        ("one inside", "y = (H - h) // s + 1", False),
    ],
)
def test_places_are_told_from_what_is_right(kind: str, line: str, shows: bool) -> None:
    lines = outline(f"def max_pool_backward_naive(dout, cache):\n    {line}\n    return out, dx\n", 1)["places"][kind]
    assert bool(lines) is shows
    if "\n" not in line:
        assert set(lines) <= {2}


@pytest.mark.parametrize(
    ("row", "column", "stored", "lines"),
    [
        ("h * s", "h * s", "out[n, h, k, c]", (7,)),
        ("k * s", "k * s", "out[n, h, k, c]", (5,)),
        ("h * s", "k * s", "out[n, h, k, c]", ()),
        ("h * s", "h * s", "out[n, h]", ()),
        ("h * s", "h * s", "out[:, h, k]", ()),
    ],
)
def test_one_counter_for_rows_and_columns_has_the_line_of_that_which_has_the_wrong_one(
    row: str, column: str, stored: str, lines: tuple[int, ...]
) -> None:
    text = f"""def max_pool_forward_naive(x, pool_param):
    for n in range(N):
        for h in range(H_out):
            for k in range(W_out):
                top = {row}
                bottom = top + height
                left = {column}
                for c in range(C):
                    {stored} = np.max(x[n, top:bottom, left:left + width, c])
    return out, (x, pool_param)
"""
    assert set(outline(text, 1)["places"]["one counter"]) == set(lines)
    backward = text.replace("forward(x, pool_param)", "backward(dout, cache)").replace(
        "return out, (x, pool_param)", "return dx"
    )
    backward = backward.replace(
        f"{stored} = np.max(x[n, top:bottom, left:left + width, c])",
        "dx[n, top:bottom, left:left + width, c] += " + stored.replace("out", "dout"),
    )
    assert set(outline(backward, 1)["places"]["one counter"]) == set(lines)
    inline = text.replace("top:", f"{row}:").replace("left:", f"{column}:")
    assert set(outline(inline, 1)["places"]["one counter"]) == ({9} if lines else set())


@pytest.mark.parametrize(("store", "line"), [("=", (8,)), ("+=", ())])
def test_of_pictures_that_are_collected_the_line_is_marked_that_stores_into_one(store: str, line: tuple[int]) -> None:
    text = f"""def max_pool_backward_naive(dout, cache):
    dx = np.zeros(cache[0].shape)
    for n in range(dx.shape[0]):
        image = np.zeros(dx.shape[1:])
        for c in range(dx.shape[1]):
            plane = np.zeros(dx.shape[2:])
            for i, j in np.ndindex(dout.shape[2:]):
                plane[i : i + 2, j : j + 2][best[i, j]] {store} dout[n, c, i, j]
            image[c] = plane
        dx[n, :, :, :] = image
    return dx
"""
    assert tuple(outline(text, 1)["places"]["assigned into dx"]) == line


def test_a_window_that_is_stored_into_dx_is_marked_there() -> None:
    text = """def max_pool_backward_naive(dout, cache):
    dx = np.zeros(cache[0].shape)
    for n, c, i, j in np.ndindex(dout.shape):
        part = np.zeros((2, 2))
        part[best] = dout[n, c, i, j]
        dx[n, c, i : i + 2, j : j + 2] = part
    return dx
"""
    assert tuple(outline(text, 1)["places"]["assigned into dx"]) == (6,)
