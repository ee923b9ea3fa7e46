"""What the text of a function says: the lines that show a known mistake, and what forward keeps for backward."""

import ast
from collections import Counter
from collections.abc import Callable
from random import Random
from textwrap import dedent
from typing import Any

import pytest

from grader.records.feedback import Outline
from reference.conv2d import outline as outlines
from reference.conv2d.bank import BANK
from reference.conv2d.bugs import BUGS
from reference.conv2d.outline import any_layout
from reference.conv2d.outline.kinds import KINDS
from reference.endless import endless
from reference.flows import unreached
from reference.outlines import CHANGED, NO_RETURN, UNSET, never_set
from reference.outside import from_outside
from reference.shadows import behind, lost
from reference.totals import added_again, kept
from reference.unfolded import unfolded
from tests.cli import ROOT
from tests.injected import RIGHT, programs
from tests.marking import changed, marked

BY_ID = {bug.id: bug for bug in BUGS}


def outline(text: str, first_line: int = 1) -> Outline:
    found = outlines.outline(text, first_line)
    return Outline(found["keeps_inputs"], {kind: tuple(lines) for kind, lines in found["places"].items()})


def outlined(code: str, function: str) -> Outline:
    """The outline of one function of a program, with the program's own line numbers."""
    lines = code.split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith(f"def {function}"))
    after = next((i for i, line in enumerate(lines) if i > first and line.startswith("def ")), len(lines))
    return outline("\n".join(lines[first:after]).rstrip(), first + 1)


@pytest.mark.slow
@pytest.mark.parametrize(("find", "exact"), [(outlines.outline, 0.9), (any_layout.outline, 0.6)])
def test_lines_are_those_in_which_the_mistake_was_put_or_none(
    find: Callable[[str, int], dict[str, Any]], exact: float
) -> None:
    """Measured: 92 % exact, 8 % silent, none wrong or partly so; where the order of axes is not known, 62 % exact."""
    ends: Counter[str] = Counter()
    wrong = []
    for program in programs():
        function = "forward" if program.bug.startswith("out-") else "backward"
        lines = marked(BANK, find, BY_ID[program.bug], program.code, f"def conv_{function}_naive")
        put = changed(RIGHT[program.structure], program.code)
        end = "silent" if not lines else "exact" if lines <= put else "partly" if lines & put else "wrong"
        ends[end] += 1
        wrong += [(program.bug, program.structure)] if end == "wrong" else []
    assert wrong == []
    assert ends["exact"] >= exact * ends.total(), ends
    assert ends["partly"] <= 0.02 * ends.total(), ends


def test_window_that_begins_at_another_name_for_a_loop_variable_does_not_step_by_the_stride() -> None:
    text = dedent("""\
        def conv_backward(dZ, cache):
            for h in range(n_H):
                for w in range(n_W):
                    top = h
                    left = w
                    left *= stride
                    dA[:, top:top + f, left:left + f] += dZ[:, h:h + 1, w:w + 1]
        """)
    for find in (outlines.outline, any_layout.outline):
        assert find(text, 1)["places"]["without stride"] == [4]


def test_loops_over_several_indices_at_once_say_what_nested_ones_say() -> None:
    def said(text: str) -> dict[str, set[str]]:
        lines, places = text.split("\n"), outline(text).places
        return {kind: {lines[at - 1].strip() for at in found} - heads(lines) for kind, found in places.items()}

    def heads(lines: list[str]) -> set[str]:
        return {line.strip() for line in lines if line.strip().startswith("for ")}

    codes = [program.code for program in programs() if program.structure == "loops"]
    texts = {ast.unparse(function) for code in codes for function in ast.parse(code).body}
    chosen = Random(0).sample(sorted(texts), 60)
    folded = {text: ast.unparse(_Folding().visit(ast.parse(text))) for text in chosen}
    assert sum("product(" in at_once for at_once in folded.values()) > 50
    for text, at_once in folded.items():
        assert said(at_once) == said(text)


class _Folding(ast.NodeTransformer):
    """Two loops, the second of which is all that the first does, as one over both indices."""

    def visit_For(self, node: ast.For) -> ast.For:
        self.generic_visit(node)
        inner = node.body[0]
        if len(node.body) > 1 or not isinstance(inner, ast.For) or not isinstance(inner.iter, ast.Call):
            return node
        targets = inner.target.elts if isinstance(inner.target, ast.Tuple) else [inner.target]
        over = inner.iter.args if isinstance(inner.target, ast.Tuple) else [inner.iter]
        both = ast.Call(ast.Name("product"), [node.iter, *over], [])
        return ast.fix_missing_locations(ast.For(ast.Tuple([node.target, *targets]), both, inner.body, []))


def test_every_place_of_the_bank_can_be_found() -> None:
    assert {bug.place for bug in BUGS if bug.place} <= set(KINDS)
    assert set(KINDS) > any_layout.BY_AXES


def test_of_a_loop_over_the_wrong_axis_neither_what_follows_nor_another_loop_is_marked() -> None:
    text = dedent("""\
        def conv_backward_naive(dout, cache):
            x, w, b, conv_param = cache
            _, _, H_out, W_out = dout.shape
            for i in range(H_out):
                for j in range(W_out):
                    db += dout[:, :, i, j]
            for i in range(H_out):
                for ws in range(0, (H_out - 1) * stride + 1, stride):
                    j = ws // stride
                    dw += dout[:, :, i, j] * x[:, :, i, ws]
            for at in range(H_out * W_out):
                i, j = at // W_out, at % W_out
                dx[:, :, i, j] += dout[:, :, i, j]
            return dx, dw, db
        """)
    places = outline(text).places
    assert (places["wrong axis"], places["height for width"], places["width for height"]) == ((8,), (8,), ())


@pytest.mark.parametrize(
    ("loop", "end", "marked"),
    [
        ("for at, k in enumerate(range(H_out)):", "left + WW", 6),
        ("for k in range(H_out):", "left + WW", 6),
        ("for k in range(W_out):", "left + HH", 8),
        ("for at, k in enumerate(range(W_out)):", "left + WW", None),
    ],
)
def test_window_of_the_wrong_axis_is_marked_where_it_becomes_that(loop: str, end: str, marked: int | None) -> None:
    """A loop, or the line that says where a window ends, and not the slice that follows from it."""
    text = dedent(f"""\
        def conv_forward_naive(x, w, b, conv_param):
            N, C, H, W = x.shape
            F, _, HH, WW = w.shape
            H_out, W_out = 1 + (H - HH) // s, 1 + (W - WW) // s
            for i in range(H_out):
                {loop}
                    left = k * s
                    right = {end}
                    out[:, f, i, k] = np.sum(x[:, :, i * s : i * s + HH, left:right] * w[f])
            return out, (x, w, b, conv_param)
        """)
    places = outline(text).places
    assert places["height for width"] == (() if marked is None else (marked,))
    assert places["width for height"] == ()


@pytest.mark.parametrize(
    ("made", "over"),
    [
        ("places = [(i, j) for i in range(H_out) for j in range({})]", "places"),
        ("places = list(product(range(H_out), range({})))", "places"),
        ("places = [(i, j)\n              for i in range(H_out)\n              for j in range({})]", "places"),
        ("pass", "[(i, j) for i in range(H_out) for j in range({})]"),
        ("pass", "list(np.ndindex(H_out, {}))"),
    ],
)
@pytest.mark.parametrize("name", ["h, k", "i, j"])
def test_places_that_are_listed_are_marked_where_the_list_says_how_far_they_go(made: str, over: str, name: str) -> None:
    row, column = name.split(", ")
    for end in ("H_out", "W_out"):
        text = "\n    ".join(
            [
                "def conv_backward_naive(dout, cache):",
                "x, w, b, conv_param = cache",
                "_, _, H_out, W_out = dout.shape",
                made.format(end),
                f"for {name} in {over.format(end)}:",
                f"    db += dout[:, :, {row}, {column}]",
                "return dx, dw, db",
            ]
        )
        listed = 5 if made == "pass" else 4 + made.count("\n")
        places = outline(text).places
        assert places["height for width"] == ((listed,) if end == "H_out" else ())
        assert places["width for height"] == ()
        assert places[unreached("conv_backward_naive", 2)] == (2,)


def test_list_of_places_that_is_read_elsewhere_too_stays_and_one_that_is_not_is_left_out() -> None:
    text = """\
def f(dout):
    for n, f in np.ndindex(N, F):
        places = [(i, j) for i in range(H) for j in range(W)]
        for i, j in places:
            out[i, j] = {}
    return out
"""
    for read, stays in (("len(places)", True), ("1", False)):
        assert ("places = " in ast.unparse(unfolded(ast.parse(text.format(read)).body[0]))) is stays  # type: ignore[arg-type]


@pytest.mark.parametrize(("rows", "columns", "marked"), [("W", "W", 4), ("H", "H", 5), ("H", "W", None)])
def test_size_whose_name_does_not_tell_its_axis_is_marked_where_it_is_computed(
    rows: str, columns: str, marked: int | None
) -> None:
    text = dedent(f"""\
        def conv_forward_naive(x, w, b, conv_param):
            N, C, H, W = x.shape
            F, _, HH, WW = w.shape
            first = 1 + ({rows} - {2 * rows}) // s
            second = 1 + ({columns} - {2 * columns}) // s
            out = np.zeros((N, F, first, second))
            for i in range(first):
                for j in range(second):
                    out[:, f, i, j] = np.sum(x[:, :, i * s : i * s + HH, j * s : j * s + WW] * w[f])
            return out, (x, w, b, conv_param)
        """)
    places = outline(text).places
    assert places["wrong axis"] == (() if marked is None else (marked,))
    assert places["width for height"] == ((marked,) if marked == 4 else ())
    assert places["height for width"] == ((marked,) if marked == 5 else ())


@pytest.mark.parametrize("end", ["i", "W if i else H"])
def test_list_whose_indices_depend_on_each_other_is_no_loops_in_each_other(end: str) -> None:
    text = f"def f(dout):\n    for a, b in [(i, j) for i in range(H) for j in range({end})]:\n        out[a, b] = 1"
    assert ast.unparse(unfolded(ast.parse(text).body[0])) == text  # type: ignore[arg-type]


def test_variable_of_a_list_of_places_is_not_the_argument_of_that_name() -> None:
    text = """\
def conv_forward_naive(x, w, b, conv_param):
    places = [(w, h) for w in range(W_out) for h in range(H_out)]
    for k, j in places:
        out[:, :, j, k] = {}
    return out, (x, w, b, conv_param)
"""
    assert outline(text.format("1")).keeps_inputs
    assert not outline(text.format("1; w = 2")).keeps_inputs


def test_what_is_flipped_for_one_gradient_is_not_marked_for_the_other() -> None:
    text = dedent("""\
        def conv_backward_naive(dout, cache):
            x, w, b, conv_param = cache
            turned = w[:, :, ::-1, ::-1]
            dxp += turned
            for n in range(N):
                dw[f, :, ::-1] += dout[n, f, i, j] * xp[n]
                dxp[n] += dout[n, f, i, j] * np.flip(
                    w[f], 1)
            dx = dxp[:, :, p : H + p, p : W + p]
            return dx, dw, db
        """)
    places = outline(text).places
    assert (places["backwards for dx"], places["backwards for dw"]) == ((3, 7), (6,))
    text = text.replace("::-1] +=", ":] /=").replace(
        "return dx, dw, db", "db = dout.sum(axis=(0, 2, 3)) / N\n    return dx, dw, db"
    )
    places = outline(text).places
    assert [places[f"divided for {name}"] for name in ("dx", "dw", "db")] == [(), (6,), (10,)]
    places = outline(text.replace("return dx, dw, db", "return dx / N, dw, db")).places
    assert [places[f"divided for {name}"] for name in ("dx", "dw", "db")] == [(11,), (6,), (10,)]


def test_slices_that_are_made_by_name_are_slices() -> None:
    code = (ROOT / "submissions" / "frank.py").read_text()
    lines = [code.split("\n")[line - 1] for line in outlined(code, "conv_backward_naive").places["without stride"]]
    assert len(lines) == 2
    assert all("slice(" in line for line in lines)


@pytest.mark.parametrize(
    ("kind", "line", "shows"),
    [
        ("cut to minus", "dx = dxp[:, :, P3:-P3, P3:-P3]", True),
        ("cut to minus", "dx = dxp[:, :, pad:(-pad), pad:(-pad)]", True),
        ("cut to minus", "dx = dxp[:, :, pads[0] : -pads[1], pads[0] : -pads[1]]", True),
        ("cut to minus", "dx = dxp[:, :, p : H - p, p : W - p]", False),
        ("cut to minus", "dx[n] = dxp[:, p : -1 - (p - 1), p : -1 - (p - 1)]", True),
        ("cut to minus", "dx[n] = dxp[:, p : -1 * p, p : p * -1]", True),
        ("cut to minus", "dx[n] = dxp[:, p : 0 - p, p : 0 - p]", True),
        ("cut to minus", "dx[n] = dxp[:, p : -p + H + 2 * p, p : -p + W + 2 * p]", False),
        ("cut to minus", "dx[n] = dxp[:, p : p - 1 * p, p : p - 1]", False),
        ("cut to minus", "dx[n] = dxp[:, p : 0 * p, p : -1]", False),
        ("without stride", "dw += xp[:, :, i : i + HH, j : j + WW]", True),
        ("without stride", "dw += xp[:, :, i * s : i * s + HH, j * s : j * s + WW]", False),
        ("without stride", "stride = 1", True),
        ("end without stride", "dw += xp[:, :, i : i + H_out : s, j : j + W_out : s]", True),
        ("end without stride", "dw += xp[(..., slice(i, dout.shape[2] + i, s))]", True),
        ("end without stride", "dw += xp[:, :, i : i + H + 2 * p - HH + 1 : s]", False),
        ("end without stride", "dw += xp[:, :, i : i + H_out * s : s]", False),
        ("without stride", "dw += xp[:, :, top : top + HH, left : left + WW]", False),
        ("wrong axis", "dw += xp[:, :, i * s : i * s + HH, j * s : j * s + HH]", True),
        ("wrong axis", "dw += xp[:, :, i * s : i * s + HH, j * s : j * s + WW]", False),
        ("of image", "dw += x[:, :, top : top + HH, left : left + WW]", True),
        ("of image", "dw += xp[:, :, top : top + HH, left : left + WW]", False),
        ("of image", "dw += x[:, :, 0, 0]", False),
        ("assigned into dx", "dxp[:, :, top:, left:] = w[0]", True),
        ("assigned into dx", "dxp[:, :, top:, left:] += w[0]", False),
    ],
)
def test_places_are_told_from_what_is_right(kind: str, line: str, shows: bool) -> None:
    text = dedent(f"""\
        def conv_backward_naive(dout, cache):
            x, w, b, conv_param = cache
            s, p = conv_param["stride"], conv_param["pad"]
            N, C, H, W = x.shape
            F, _, HH, WW = w.shape
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    top, left = i * s, j * s
                    {line}
            return dx, dw, db
        """)
    assert outline(text).places[kind] == ((9,) if shows else ())


def test_image_that_is_stored_whole_is_not_what_replaces_the_gradients_of_windows() -> None:
    text = dedent("""\
        def conv_backward(dZ, cache):
            (A_prev, W, b, hparameters) = cache
            for i in range(m):
                part = padded[i]
                for h in range(n_H):
                    part[h:h + f, :] = W[:, :, :, c] * dZ[i, h, 0, c]
                dA_prev[i, :, :, :] = part[pad:-pad, pad:-pad, :]
            return dA_prev, dW, db
        """)
    for find in (outlines.outline, any_layout.outline):
        assert find(text, 1)["places"]["assigned into dx"] == [6]
        assert find(text.replace("] = W", "] += W"), 1)["places"]["assigned into dx"] == []


@pytest.mark.parametrize(("column", "lines"), [("h * stride", [7]), ("w * stride", [])])
def test_column_of_a_window_that_the_counter_of_rows_gives_has_its_line(column: str, lines: list[int]) -> None:
    text = f"""def conv_forward(A_prev, W, b, hparameters):
    stride = hparameters["stride"]
    for i in range(m):
        for h in range(n_H):
            top = h * stride
            for w in range(n_W):
                left = {column}
                for c in range(n_C):
                    Z[i, h, w, c] = np.sum(padded[i, top:top + f, left:left + f, :] * W[:, :, :, c])
    return Z, (A_prev, W, b, hparameters)
"""
    for find in (outlines.outline, any_layout.outline):
        assert list(find(text, 1)["places"]["one counter"]) == lines


@pytest.mark.parametrize(
    ("kind", "line", "shows"),
    [
        ("first only", "HH, WW = w[0, 0].shape", False),
        ("first only", "assert x[0].ndim == 3 and len(w[0]) == len(x[0])", False),
        ("first only", "taps = np.zeros_like(w[0])", False),
        ("first only", "sizes = x.shape; N = sizes[0]", False),
        ("first only", "maps = [x]; one = maps[0]; two = one[0]; H, W = len(one), two.shape[0]", False),
        ("first only", "maps = [x]; one = maps[0]; out[:] = one", True),
        ("first only", "rows = np.where(mask)[0]", False),
        ("first only", "dout = cache[0]", False),
        ("first only", "out[n, f] = (x[0] * w[f]).sum()", True),
        ("first only", "out[n, f] = (x[n] * w[:1]).sum()", True),
        ("backwards", "W, H = x.shape[::-1][:2]", False),
        ("backwards", "WW, HH = w.shape[:1:-1]", False),
        ("backwards", "for n in range(N)[::-1]: out[n] = x[n]", False),
        ("backwards", "sizes = np.flip(x.shape)", False),
        ("backwards", "kernel = np.flip(w[f], 1)", False),  # and not read
        ("backwards", "kernel = np.flip(w[f], 1); out[n] = kernel", True),
        ("backwards", "out[n] = w[f][:, ::-1]", True),
        ("backwards", "out[n] = w[f][:, slice(None, None, -1)]", True),
        ("backwards", "out[n] = x[:, range(W)[::-1]]", True),
    ],
)
def test_what_only_asks_for_sizes_is_no_use_of_numbers(kind: str, line: str, shows: bool) -> None:
    text = f"def conv_forward_naive(x, w, b, conv_param):\n    {line}\n    return out, (x, w, b, conv_param)\n"
    assert outline(text).places[kind] == ((2,) if shows else ())


@pytest.mark.parametrize(
    ("kind", "clear", "shows"),
    [
        ("assigned into dx", "dx[n] = 0", False),
        ("assigned into dx", "dx[n, f] = 0.0", False),
        ("assigned into dx", "dx[f] = 0", True),
        ("assigned into dx", "dx[n, :, i:] = 0", True),
        ("assigned into dx", "dx[n] = x[n]", True),
        ("assigned into dw", "dw[f] = 0", True),
        ("assigned into dw", "dw[n, f] = np.zeros(3)", False),
        ("not over", "dx[n, f] = 0", False),
        ("not over", "dx[n] = 0", True),
        ("not over", "dwf = np.zeros(3); dw[n, f] = dwf", False),
        ("not over", "dwf = np.zeros(3); dw[f] = dwf", True),
    ],
)
def test_what_is_cleared_before_anything_is_added_to_it_is_not_overwritten(kind: str, clear: str, shows: bool) -> None:
    inner = "" if clear == "dx[n] = 0" and not shows else "for f in range(F): "
    text = dedent(f"""\
        def conv_backward_naive(dout, cache):
            x, w, b, conv_param = cache
            for n in range(N):
                {inner}{clear}
            return dx, dw, db
        """)
    assert outline(text).places[kind] == ((4,) if shows else ())


def test_array_made_anew_in_the_turn_that_stores_it_is_right_but_not_how_it_is_stored() -> None:
    """Not so where it is stored after the loop that makes it anew; places that a counter moves are no such store."""
    text = """\
        def conv_backward_naive(dout, cache):
            x, w, b, conv_param = cache
            for n in range(N):
                k = 0
                for f in range(F):
                    dwf = np.zeros(w[f].shape)
                    dwf += x[n] * dout[n, f]
                    cols[:, k] = x[n]
                    k += 1
                    {}dw[f] = dwf
            return dx, dw, db
        """
    assert outline(dedent(text.format(""))).places["not over in dw"] == (10,)
    assert outline(dedent(text.format("dw[f] += dwf; "))).places["not over in dw"] == (10,)
    assert outline(dedent(text.format("pass\n                "))).places["not over in dw"] == (6,)


@pytest.mark.parametrize(
    ("kind", "line", "shows"),
    [
        ("taps left out", "for i in range(HH - 1): pass", True),
        ("taps left out", "for j in range(1, WW): pass", True),
        ("taps left out", "FH, FW = windows.shape[2:4]; taps = range(FH - 1)", True),
        ("taps left out", "part = w[f, :, :-1]", True),
        ("taps left out", "for i in range(HH): part = w[f, :, i:]", False),
        ("taps left out", "for i in range(H - 1): pass", False),
        ("taps left out", "part = x[:, :, 1:]", False),
        ("tap replaced", "for i in range(HH): dx = part * w[:, :, i]", True),
        ("tap replaced", "for i in range(HH): dx = dx + part * w[:, :, i]", False),
        ("tap replaced", "for i in range(HH): dx[:, i] = part * w[:, :, i]", False),
        ("tap replaced", "for i in range(HH): tap = w[:, :, i]; dx += tap", False),
        ("windows reshaped", "a = np.zeros((N, C, HH, WW, Ho, Wo)); m = a.reshape(N * Ho * Wo, -1)", True),
        (
            "windows reshaped",
            "a = np.zeros((N, C, HH, WW, Ho, Wo)); m = a.transpose(o).reshape(N * Ho * Wo, -1)",
            False,
        ),
        ("windows reshaped", "a = np.zeros((N, out_h, out_w, C, HH, WW)); m = a.reshape(N * out_h * out_w, -1)", False),
        ("columns reshaped", "m = m.reshape(N, C, HH, WW, out_h, out_w)", True),
        ("columns reshaped", "m = m.reshape((N, C * HH * WW, -1))", True),
        ("columns reshaped", "m = m.reshape(N, out_h, out_w, C, HH, WW)", False),
        ("columns reshaped", "m = m.reshape(N, C, HH, WW, out_h, out_w).transpose(o)", False),
        ("columns reshaped", "m = m.reshape(C * HH * WW, -1, N)", False),
        ("weights reshaped", "m = w.reshape(-1, F)", True),
        ("weights reshaped", "m = np.reshape(w, (-1, w.shape[0])).T", True),
        ("weights reshaped", "m = w.reshape(C * HH * WW, F).T", True),
        ("weights reshaped", "m = w.reshape(-1, C * HH * WW)", False),
        ("weights reshaped", "m = w.transpose(o).reshape(-1, F)", False),
        ("dw reshaped", "dw = np.dot(m.T, d).reshape(w.shape)", True),
        ("dw reshaped", "dw = np.dot(m.T, d).T.reshape(w.shape)", True),
        ("dw reshaped", "dw = np.dot(m.T, d).reshape(w.shape).transpose(o)", False),
        ("stored", "dx = np.einsum('nf,fc->nc', dout, w)", True),
        ("stored", "dx = dout @ w", True),
        ("stored", "dx = dout + w", False),
        ("out reshaped", "out = (rows @ m + b).reshape(N, F, out_h, out_w)", True),
        ("out reshaped", "out = np.reshape(m, (x.shape[0], w.shape[0], out_h, -1))", True),
        ("out reshaped", "out = m.reshape(F, N, out_h, out_w).transpose(o)", False),
        ("out reshaped", "out = m.reshape(N, out_h, out_w, F)", False),
        ("dout reshaped", "d = dout.reshape(F, -1)", True),
        ("dout reshaped", "d = np.reshape(dout, (-1, F))", True),
        ("dout reshaped", "d = dout.reshape(N, -1)", False),
        ("dout reshaped", "d = dout[0].reshape(F, -1)", False),
        ("dout reshaped", "d = dout.transpose(o).reshape(F, -1)", False),
        ("dout reshaped", "dout = dout.transpose(o); d = dout.reshape(F, -1)", False),
    ],
)
def test_kernels_that_are_run_through_in_part_and_matrices_that_are_not_turned_are_found(
    kind: str, line: str, shows: bool
) -> None:
    text = dedent(f"""\
        def conv_backward_naive(dout, cache):
            x, w, b, conv_param = cache
            (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
            {line}
            return dx, dw, db
        """)
    assert outline(text).places[kind] == ((4,) if shows else ())


@pytest.mark.parametrize("loop", ["for n in range(N):", "for n, one in enumerate(x):"])
@pytest.mark.parametrize("end", ["dx[n] = part[1:]", "padded[n] += part"])
def test_array_that_is_stored_behind_the_loop_that_makes_it_anew_is_marked_where_it_is_stored(
    loop: str, end: str
) -> None:
    returned = "dx" if end.startswith("dx") else "cut(padded, p)"
    text = dedent(f"""\
        def conv_backward_naive(dout, cache):
            x, w, b, conv_param = cache
            {loop}
                part = np.zeros(3)
                part += w[0]
            {end}
            return {returned}, dw, db
        """)
    assert outline(text).places["behind the loop"] == (6,)
    inside = text.replace(f"    {end}", f"        {end}")
    assert outline(inside).places["behind the loop"] == ()


@pytest.mark.parametrize(
    ("sizes", "cut", "marked"),
    [
        ("N, C, W, H = x.shape", "p : p + H, p : p + W", 3),
        ("W, H = x[0, 0].shape", "p : p + H, p : p + W", 3),
        ("H, W = x.shape[3], x.shape[2]", "p : p + H, p : p + W", 3),
        ("N, C, H, W = x.shape", "p : p + W, p : p + H", 4),
        ("N, C, H, W = x.shape", "p : W + p, p : H + p", 4),
        ("N, C, H, W = x.shape", "p : p + H, p : p + W", None),
        ("F, C, WW, HH = w.shape", "p : p + H, p : p + W", None),
        ("H, W = conv_param['sizes']", "p : p + H, p : p + W", None),
    ],
)
def test_sizes_that_are_swapped_in_a_cut_are_marked_where_they_come_from(
    sizes: str, cut: str, marked: int | None
) -> None:
    text = dedent(f"""\
        def conv_backward_naive(dout, cache):
            x, w, b, conv_param = cache
            {sizes}
            dx = padded[:, :, {cut}]
            return dx, dw, db
        """)
    assert outline(text).places["cut swapped"] == (() if marked is None else (marked,))


_GRADIENTS = "def f(dout, cache):\n    x, w, b, p = cache\n"
_FORWARD = """\
def f(x, w, b, conv_param):
    s, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
"""


@pytest.mark.parametrize(
    ("kind", "text", "lines"),
    [
        ("of bias", "def columns(x, HH, WW, pad, stride):\n    at = places(HH, WW)\n    return at", ()),
        ("of bias", "def columns(x, HH, WW, s):\n    at = HH * WW\n    return at", ()),
        ("of bias", "def step(window, kernel, bias):\n    z = (window * kernel).sum() + bias\n    return z", (2,)),
        ("of bias", "def f(x, w, c, p):\n    s = p['stride']\n    out = x + c[0]\n    return out, p", (3,)),
        ("stored", "def columns(x, HH, WW, pad):\n    WW = 3\n    return WW", ()),
        ("sum for db", "def places(shape, HH, WW):\n    j = np.arange(WW).sum()\n    return k, i, j", ()),
        ("sum for db", "def step(dout, x, w):\n    db = dout.sum()\n    return dx, dw, db", (2,)),
        ("alias", "def back(image, kernel):\n    dimage = np.zeros(image.shape)\n    return dimage, dkernel", ()),
        ("alias", "def fold(columns, pad):\n    image = np.zeros(H + 2 * pad)\n    return image", (3,)),
        ("alias", "def fold(columns, p):\n    padded = np.zeros(H + 2 * p)\n    return padded", (3,)),
    ],
)
def test_another_function_has_a_place_only_where_its_own_names_say_so(
    kind: str, text: str, lines: tuple[int, ...]
) -> None:
    """What a graded function calls has the bias, the sum of dout or the padded gradient where it speaks of it."""
    assert outline(text).places[kind] == lines


@pytest.mark.parametrize("shape", ["N, C, H, W = x.shape", "N, C, H, W = np.shape(x)", "C, H, W = x.shape[1:]"])
def test_what_is_a_height_or_a_width_is_read_from_each_way_to_take_a_shape_apart(shape: str) -> None:
    head = ["def conv_backward_naive(dout, cache):", "x, w, b, conv_param = cache", shape]
    text = "\n    ".join([*head, "dx = dxp[:, :, 1 : H + 1, 1 : W + 1]", "return dx, dw, db"])
    assert outline(text).places["from one"] == (4,)
    assert outline(text.replace("1 : H", "p : H").replace("1 : W", "p : W")).places["from one"] == ()


@pytest.mark.parametrize(
    ("lines", "of_dx", "of_both"),
    [
        (["xp = np.pad(x, p)", "dxp = np.zeros_like(x)"], (5,), ()),
        (["xp = np.pad(x, p)", "dxp = np.zeros((N, C, H, W))"], (5,), ()),
        (["xp = np.pad(x, p)", "dxp = np.zeros_like(xp)"], (), ()),
        (["x = np.pad(x, p)", "dxp = np.zeros_like(x)"], (), ()),
        (["H += 2 * p", "dxp = np.zeros((N, C, H, W))"], (), ()),
        (["xp = x", "dxp = np.zeros_like(xp)"], (5,), (4,)),
        (["xp = x", "dxp = np.zeros(x.shape)"], (5,), (4, 5)),
        (["xp = x", "dxp = np.zeros_like(np.pad(x, p))"], (), ()),
        (["xp = x", "xp = np.pad(xp, p) if p else xp", "dxp = np.zeros_like(xp)"], (), ()),
    ],
)
def test_of_padding_that_is_left_out_the_line_is_marked_that_makes_the_array(
    lines: list[str], of_dx: tuple[int, ...], of_both: tuple[int, ...]
) -> None:
    head = ["def conv_backward_naive(dout, cache):", "x, w, b, conv_param = cache", "N, C, H, W = x.shape", *lines]
    adds = "dxp[:, :, i * s : i * s + HH, k * s : k * s + WW] += w[f] * dout[n, f, i, k]"
    sums = "dw += xp[:, :, i * s : i * s + HH, k * s : k * s + WW] * dout[n, f, i, k]"
    places = outline(
        "\n    ".join([*head, "for i, k in np.ndindex(H_out, W_out):", f"    {sums}", f"    {adds}"])
    ).places
    assert (places["dx like x"], places["pad left out"]) == (of_dx, of_both)


@pytest.mark.parametrize(
    ("body", "keeps"),
    [
        ("cache = (x, w, b, conv_param)\n    return out, cache", True),
        ("return out, (x, w, b, conv_param)", True),
        ("cache = (x, w, b, conv_param)\n    cache = (x, w, b, conv_param)\n    return out, cache", True),
        ("cache = (x, w, b, conv_param)\n    cache = (x, b, w, conv_param)\n    return out, cache", False),
        ("cache = None\n    cache = (x, w, b, conv_param)\n    return out, cache", True),
        ("def cut(x):\n        x = x[1:]\n        return x\n    return out, (x, w, b, conv_param)", True),
        ("x = np.pad(x, 1)\n    return out, (x, w, b, conv_param)", False),
        ("x[0] = 0\n    return out, (x, w, b, conv_param)", False),
        ("x *= 2\n    return out, (x, w, b, conv_param)", False),
        ("cache = (xp, w, b, conv_param)\n    return out, cache", False),
        ("cache = (x, w, b, conv_param, columns)\n    return out, cache", False),
        ("return out, {'x': x}", False),
        ("return out", False),
        ("pass", False),
    ],
)
def test_what_forward_keeps_is_read_from_its_text(body: str, keeps: bool) -> None:
    text = f"def conv_forward_naive(x, w, b, conv_param):\n    out = x.sum()\n    {body}\n"
    assert outline(text).keeps_inputs is keeps


@pytest.mark.parametrize(("end", "shows"), [("H + 2 * p - HH", True), ("H + 2 * p - HH + 1", False)])
def test_loop_that_steps_by_the_stride_shows_that_it_ends_early_and_an_index_is_no_formula(
    end: str, shows: bool
) -> None:
    text = dedent(f"""\
        def conv_backward_naive(dout, cache):
            x, w, b, conv_param = cache
            s, p = conv_param["stride"], conv_param["pad"]
            N, C, H, W = x.shape
            F, _, HH, WW = w.shape
            for i in range(0, {end}, s):
                g = dout[:, :, i // s, 0]
            return dx, dw, db
        """)
    assert outline(text).places["one less"] == ((6,) if shows else ())


def test_each_gradient_in_single_precision_shows_its_own_line_and_all_are_one_mistake() -> None:
    text = dedent("""\
        def conv_backward_naive(dout, cache):
            padded = np.zeros(shape, dtype=np.float32)
            dw = np.zeros(w.shape, dtype=np.float32)
            db = np.sum(dout, axis=(0, 2, 3))
            return padded[:, :, 1:-1, 1:-1], dw, db.astype(np.float32)
        """)
    places = outline(text).places
    assert [places[f"single in {output}"] for output in ("dx", "dw", "db")] == [(2,), (3,), (2, 3, 5)]
    assert len({(bug.title, bug.explanation) for bug in BUGS if bug.id.endswith("-float32")}) == 1


def test_what_is_not_python_has_no_outline() -> None:
    assert outline("def f(x):\n    print x\n") == Outline()
    assert outline("") == Outline()


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("dw = np.empty(w.shape)\ndw[0] += x[0]", {"dw": (2,)}),
        ("dx_pad = np.empty_like(x)\nfor i in range(dx_pad.shape[0]):\n    dx_pad[i] += 1", {"dx_pad": (2,)}),
        ("dx, dw = np.empty(3), np.zeros(3)\ndx += 1\ndw += 1", {"dx": (2,)}),
        ("dw = np.empty(3)\ndw[:] = 0\ndw[0] += 1", {}),
        ("dw = np.empty(3)\ndw.fill(0)\ndw[0] += 1", {}),
        ("dw = np.empty(3)\nnp.copyto(dw, x)\ndw[0] += 1", {}),
        ("dw = np.empty(3)\nnp.add(x, x, out=dw[1:])\ndw[0] += 1", {}),
        ("dw = np.empty(3)\ndw[0] = 1", {}),
        ("dw = np.zeros(3)\ndw[0] += 1", {}),
    ],
)
def test_arrays_that_are_added_to_and_never_set_are_found(lines: str, found: dict[str, tuple[int, ...]]) -> None:
    text = "def f(dout, cache):\n" + "".join(f"    {line}\n" for line in lines.split("\n"))
    places = outline(text).places
    names = [kind.removeprefix(UNSET) for kind in places if kind.startswith(UNSET)]
    assert {name: never_set(places, name) for name in names} == found


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("x, w, b, conv_param = cache\nx[0] = 1\nw += 1\nb = b + 1", (3, 4)),
        ("dout *= 2\ndout[:, 0] -= 1", (2, 3)),
        ("x, w, b, conv_param = cache\nx = x.copy()\nx[0] = 1", ()),
        ("x, w = cache\nfor n in range(3):\n    part = x[n, :, 1:2]\n    part[0] = 1\n    part *= 2", (5, 6)),
        ("x, at = cache\nfor n in range(3):\n    part = x[n, at, 1:2]\n    part[0] = 1", ()),
        ("x, w = cache\npart = x[0, 1:2]\npart = part.copy()\npart[0] = 1", ()),
        ("x, xp = cache\ndxp = xp\ninside = dxp[:, 1:2]\ninside[...] = 0\ndxp += 1", (5, 6)),
        ("x, w = cache\ndx = x\ndx = dx * 0\ndx += 1", ()),
        ("dx = dout.copy()\ndx += 1\ncache['pad'] = 1\nstride, pad = 1, 0\npad += 1", ()),
    ],
)
def test_lines_that_store_into_what_was_handed_in_are_found(lines: str, found: tuple[int, ...]) -> None:
    text = "def f(dout, cache):\n" + "".join(f"    {line}\n" for line in lines.split("\n"))
    assert outline(text).places.get(CHANGED, ()) == found


@pytest.mark.parametrize(
    ("body", "returns"),
    [
        ("y = x  # return y\n\n    z = y", False),
        ("y = x\n    def g():\n        return y", False),
        ("y = x\n    if y:\n        return y", True),
        ('y = x\n    """\n(old)\n"""\n    return y', True),
        ("return None", True),
        ("yield x", True),
    ],
)
def test_function_that_never_returns_is_found(body: str, returns: bool) -> None:
    assert outline(f"def f(x):\n    {body}\n", 5).places.get(NO_RETURN, ()) == (() if returns else (5,))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("while i < H:\n    j = 0\n    while j < W:\n        i += stride", [(6, ("j", "W"))]),
        ("while True:\n    for j in range(3):\n        break", [(4, ())]),
        ("while j < W:\n    out[j] = 1\nj += 1", [(4, ("j", "W"))]),
        ("while i + HH <= H and i >= 0:\n    out[:, i] = np.sum(x[i])", [(4, ("i", "HH", "H"))]),
        ("while i < H:\n    i += 1", []),
        ("while i < H:\n    i, j = j, i", []),
        ("while i < H:\n    x[0], i[0] = 1, 2", []),
        ("while i < H:\n    for i in range(3):\n        pass", []),
        ("while i < H:\n    if (i := i + 1):\n        pass", []),
        ("while i < H:\n    def g(a=(i := i + 1)):\n        pass", []),
        ("while i < H:\n    match x:\n        case i:\n            pass", []),
        ("def step():\n    nonlocal i\n    i += 1\nwhile i < H:\n    step()", []),
        ("try:\n    while True:\n        next(x)\nexcept StopIteration:\n    pass", []),
        ("with suppress(IndexError):\n    while i < H:\n        x[j]", []),
        ("while True:\n    for j in y:\n        pass\n    else:\n        break", []),
        ("while True:\n    if x:\n        return y", []),
        ("while i < H:\n    assert x", []),
        ("while False:\n    pass", []),
        ("i = [1]\nwhile i < H:\n    i.append(1)", []),
        ("i = at[:1]\nwhile i < H:\n    at[0] += 1", []),
        ("while i != H:\n    i.append(1)", []),
        ("while i and j < W:\n    i.pop()", []),
        ("while i:\n    i.pop()", []),
        ("while len(i) > 0:\n    i.pop()", []),
        ("while N < H:\n    change()", []),
        ("while x < H:\n    change(x)", []),
        ("while x.shape[0] < H:\n    x.grow()", []),
    ],
)
def test_loops_that_cannot_end_are_found(body: str, found: list[tuple[int, tuple[str, ...]]]) -> None:
    """N is a name of the module, x one of the arguments: both may be set where it cannot be seen."""
    lines = ["H, W, HH = x.shape", "i, j = 0, H // 2 - 1", *body.split("\n")]
    text = "def f(x):\n" + "".join(f"    {line}\n" for line in lines)
    assert list(endless(outline(text).places)) == found


def test_a_text_of_many_loops_is_told_a_few_of_them_and_a_huge_one_none() -> None:
    def text(count: int) -> str:
        return "def f(x):\n" + "    while True: pass\n" * count

    assert [line for line, _ in endless(outline(text(500)).places)] == [2, 3, 4]
    assert list(endless(outline(text(10_000)).places)) == []


@pytest.mark.parametrize(
    ("behind_it", "found"),
    [
        ("out[n] = 1", [("n", 2, (4,))]),
        ("np.add.at(out, n, x[n])", [("n", 2, (4,))]),
        ("print('last', out[n].sum())", []),
        ("assert out[n].sum() > 0", []),
    ],
)
def test_an_index_behind_its_loop_is_told_where_something_is_done_by_it(
    behind_it: str, found: list[tuple[str, int, tuple[int]]]
) -> None:
    text = f"def f(x, w, b):\n    for n in range(3):\n        y = x[n]\n    {behind_it}\n"
    assert list(behind(outline(text).places)) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("out = x * w + scale", []),  # of which nothing is asked
        ("out = np.pad(x, pad)", [("pad", 2)]),
        ("x = x + 1\n    w = f(b)", []),
        ("import b as w", []),
        ("for dout in range(3):\n        y = [x for x in w]", []),
        ("y = [w for c in x]\n    y = dout.sum()\n    z = dout(3)\n    dout[0] = 1", [("dout", 3)]),
    ],
)
def test_names_that_nothing_in_a_function_sets_are_found(body: str, found: list[tuple[str, int]]) -> None:
    text = f"def f(x, w, b):\n    {body}\n"
    assert list(from_outside(outline(text).places, ["x", "w", "b", "pad", "dout"])) == found


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ("out[n] = s", [("s", (2, 6))]),
        ("out[n] = s / 2 + b[0]", [("s", (2, 6))]),
        ("m = 2 * n\n        out[m] = s", [("s", (2, 7))]),
        ("out[0] = s", []),  # one place for all turns: it holds the whole sum
        ("out[n] = x[s]", []),  # a place, which goes on as it should
        ("out[n] = np.sum(x[:, s : s + HH] * w)", []),
        ("out[n] = product(x, w, s)", []),  # handed on, as where a window begins
    ],
)
def test_totals_that_go_on_growing_are_found(stored: str, found: list[tuple[str, tuple[int, int]]]) -> None:
    loops = f"    s = 0\n    for n in N:\n        for f in F:\n            s += x[f]\n        {stored}\n"
    assert list(kept(outline("def f(x, w, b):\n" + loops).places)) == found
    assert list(kept(outline("def f(x, w, b):\n" + loops.replace("s = 0", "s = b[k]")).places)) == found
    assert not list(kept(outline("def f(x, w, b):\n" + loops.replace("s = 0", "s = x[k]")).places))


@pytest.mark.parametrize(
    ("added", "found"),
    [("out[0] += s + b", [("s", 6)]), ("out[n] += s", [("s", 6)]), ("out[0] += f(s)", []), ("out[s] += 1", [])],
)
def test_totals_that_are_added_while_they_grow_are_found(added: str, found: list[tuple[str, int]]) -> None:
    loops = f"    s = 0\n    for n in N:\n        for f in F:\n            s += x[f]\n        {added}\n"
    assert list(added_again(outline("def f(x, w, b):\n" + loops).places)) == found
    anew = loops.replace("    s = 0\n    for n in N:\n", "    for n in N:\n        s = 0\n")
    assert list(added_again(outline("def f(x, w, b):\n" + anew).places)) == []


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("0 <= r < H and 0 <= t < H", (5,)),
        ("0 <= r < H and 0 <= t < W", ()),
        ("r >= 0 and W > r", (5,)),
        ("0 <= u < HH and 0 <= v < HH and w[0, 0, u, v]", (5,)),
        ("0 <= u < HH and 0 <= v < WW and w[0, 0, u, v]", ()),
        ("H == W", ()),  # sizes, of which it may be known
        ("n < W", ()),
    ],
)
def test_rows_that_are_compared_with_columns_are_found(condition: str, found: tuple[int, ...]) -> None:
    sizes = "N, C, H, W = x.shape; F, C, HH, WW = w.shape"
    lines = [sizes, "for r in range(H):", "    for t in range(W):", f"        if {condition}:"]
    text = "def f(x, w, b, p):\n" + "".join(f"    {line}\n" for line in lines) + "                y = x[n, c, r, t]\n"
    assert outline(text).places["compared across"] == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("for b in range(N):\n    out[b] = x[b] + b[0]", [("b", 3, (4,))]),
        ("for n in range(N):\n    for w in np.arange(W):\n        out[n] += w.sum()", [("w", 4, (5,))]),
        ("for i, kept in np.ndindex(N, C):\n    out[i] += kept[0]", [("kept", 3, (4,))]),
        ("for i, kept in enumerate(rows):\n    out[i] += kept[0]", []),  # tells nothing of numbers
        ("for b in range(N):\n    out[b] = x[b]", []),
        ("y = b[0]\nfor b in range(N):\n    out[b] = x[b] + y", []),
        ("for b in b:\n    out = b[0]", []),
        ("y = [b for b in range(N)]\nout = b[0]", []),
        ("for kept in range(N):\n    pass\nout = kept.shape", [("kept", 3, (5,))]),
    ],
)
def test_arguments_that_a_loop_takes_the_name_of_are_found(body: str, found: list[tuple[str, int, tuple[int]]]) -> None:
    text = "def f(x, w, b, cache):\n" + "".join(f"    {line}\n" for line in ["kept, C = cache", *body.split("\n")])
    assert list(lost(outline(text).places)) == found


def test_padding_on_one_side_is_found_where_widths_have_a_name_too() -> None:
    def lines(widths: str) -> tuple[int, ...]:
        text = f"def f(x, w, b, conv_param):\n    widths = {widths}\n    xp = np.pad(x, widths)\n    return xp"
        return outline(text).places["padded on one side"]

    assert lines("((0, 0), (0, 0), (0, 2 * p), (p, p))") == (2,)
    assert lines("((0, 0), (0, 0), (p, p), (p, p))") == ()


@pytest.mark.parametrize(
    ("ends", "shows"), [("H + p - HH", True), ("H + 2 * p - HH", False), ("H + p + p - HH", False)]
)
def test_a_size_that_counts_the_pad_once_is_found(ends: str, shows: bool) -> None:
    text = (
        "def f(x, w, b, conv_param):\n    s, p = conv_param['stride'], conv_param['pad']\n    N, C, H, W = x.shape\n"
        f"    F, C, HH, WW = w.shape\n    H_out = 1 + ({ends}) // s\n    return H_out, H_out"
    )
    assert outline(text).places["padded before only"] == ((5,) if shows else ())


@pytest.mark.parametrize(
    ("kind", "line", "shows"),
    [
        ("padded on one side", "xp[:, :, :H, :W] = x", True),
        ("padded on one side", "xp[:, :, p:, p:] = x", False),
        ("padded on one side", "xp[:, :, :H, :W] = np.zeros(3)", False),
        ("padded along one axis", "xp = np.pad(x, ((0,), (0,), (0,), (p,)))", True),
        ("padded along one axis", "xp = np.pad(x, pad_width=[(0, 0), (0, 0), (p, p), (0, 0)])", True),
        ("padded along one axis", "xp = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))", False),
        ("padded along one axis", "xp = np.zeros((N, C, H + 2 * p, W))", True),
        ("padded along one axis", "xp = np.zeros((N, C, H + 2 * p, W + 2 * p))", False),
        ("channels padded", "xp = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))", True),
        ("channels padded", "xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))", False),
        ("channels padded", "xp = np.pad(x, p)", False),
    ],
)
def test_which_axes_are_padded_is_seen(kind: str, line: str, shows: bool) -> None:
    begins = 'N, C, H, W = x.shape\n    p = conv_param["pad"]'
    text = f"def f(x, w, b, conv_param):\n    {begins}\n    {line}\n    return xp"
    assert outline(text).places[kind] == ((4,) if shows else ())


def _by_pixel(row: str, column: str, inside: str) -> str:
    return f"""\
def f(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    out = np.zeros((N, F, 1 + (H + 2 * p - HH) // s, 1 + (W + 2 * p - WW) // s))
    for n, f, h, k in np.ndindex(*out.shape):
        for c, i, j in np.ndindex(C, HH, WW):
            top = h * s - p
            row = {row}
            column = {column}
            if {inside}:
                out[n, f, h, k] += x[n, c, row, column] * w[f, c, i, j]
    return out, (x, w, b, conv_param)
"""


_ROW, _COLUMN, _INSIDE = "top + i", "k * s + j - p", "0 <= row < H and 0 <= column < W"


@pytest.mark.parametrize(
    ("row", "column", "inside", "kind", "lines"),
    [
        (_ROW, _COLUMN, _INSIDE, "pixel found", ()),
        ("h * s + i - 1", _COLUMN, _INSIDE, "pixel found", (9,)),
        (_ROW, "k * s + j", _INSIDE, "pixel found", (10,)),
        ("top + i", "k * s + p + j", _INSIDE, "pixel found", (10,)),
        (_ROW, _COLUMN, _INSIDE, "edge left out", ()),
        (_ROW, _COLUMN, "0 < row < H and 0 <= column < W", "edge left out", (11,)),
        (_ROW, _COLUMN, "row >= 1 and row < H and column >= 0 and column < W", "edge left out", (11,)),
        (_ROW, _COLUMN, "0 <= row < H - 1 and -1 < column < W", "edge left out", (11,)),
        (_ROW, _COLUMN, "not (row <= 0 or row >= H or column < 0 or column >= W)", "edge left out", (11,)),
        (_ROW, _COLUMN, "row > -1 and row <= H - 1 and column in range(W)", "edge left out", ()),
        (_ROW, _COLUMN, _INSIDE, "negative let in", ()),
        (_ROW, _COLUMN, "row < H and column < W", "negative let in", (11,)),
        (_ROW, _COLUMN, "n < N", "negative let in", (12,)),
    ],
)
def test_pixels_that_are_found_in_x_itself_show_how_they_are_counted_and_told_to_lie_inside(
    row: str, column: str, inside: str, kind: str, lines: tuple[int, ...]
) -> None:
    text = _by_pixel(row, column, inside)
    assert outline(text).places[kind] == lines
    padded = text.replace("    N, C, H, W", "    x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))\n    N, C, H, W")
    assert outline(padded).places[kind] == ()


@pytest.mark.parametrize(
    ("kind", "text", "lines"),
    [
        ("exchanged", "def f(x, w, b, p):\n    return np.einsum('nchwij,fcij->nfwh', v, w), 0", (2,)),
        ("exchanged", "def f(x, w, b, p):\n    return np.einsum('nchwij,fcij->nfhw', v, w), 0", ()),
        ("exchanged", "def f(x, w, b, p):\n    return np.swapaxes(out, 2, 3), 0", (2,)),
        ("exchanged", "def f(x, w, b, p):\n    return w[f].transpose(0, 2, 1), v.transpose(0, 2, 1)", (2,)),
        ("exchanged", "def f(x, w, b, p):\n    return v.transpose(0, 2, 1), 0", ()),
        ("formula one less", "def size(n, k, pad, stride):\n    return (n + 2 * pad - k) // stride", (2,)),
        ("formula one less", "def size(n, k, p, s):\n    return int((n + 2 * p - k) / s)", (2,)),
        ("formula one less", "def size(n, k, pad, stride):\n    return (n + 2 * pad - k) // stride + 1", ()),
        ("one inside", "def size(n, k, pad, stride):\n    return (n + 2 * pad - k + 1) // stride", (2,)),
        ("formula one less", "def f(x):\n    H, W = x.shape[2:]\n    H_out = (H - HH) // STRIDE", (3,)),
        ("cut by one size", "def cut(dxp, p, H, W):\n    return dxp[:, :, p : p + H, p : p + H]", (2,)),
        ("cut by one size", "def cut(dxp, p, H, W):\n    return dxp[:, :, p : p + H, p : p + W]", ()),
        (
            "returns",
            "def f(dout, cache):\n    x, w, b = cache\n    dw = one\n    db = other\n    return dx, dw, db",
            (3, 4),
        ),
        (
            "returns",
            "def f(dout, cache):\n    x, w, b = cache\n    dw = one\n    db = other\n    return dx, db, dw",
            (5,),
        ),
        ("returns input", "def f(dout, cache):\n    x, w, b = cache\n    db = b\n    return dx, dw, db", (3,)),
        ("of bias", "def f(x, w, b, p):\n    s = p['stride']\n    k = Conv(w, b)\n    out = out + b[0]", (4,)),
        ("padding counted twice", f"{_FORWARD}    H_out = 1 + (xp.shape[2] + 2 * pad - HH) // s", (5,)),
        ("padding counted twice", f"{_FORWARD}    N, C, H, W = xp.shape\n    n = 1 + (H + 2 * pad - HH) // s", (6,)),
        ("padding counted twice", f"{_FORWARD}    H_out = 1 + (H + 4 * pad - HH) // s", (5,)),
        ("padding counted twice", f"{_FORWARD}    H_out = 1 + (xp.shape[2] - HH) // s", ()),
        ("padding counted twice", f"{_FORWARD}    H_out = 1 + (H + 2 * pad - HH) // s", ()),
        ("ends by stride", f"{_FORWARD}    window = xp[n, :, i * s : (i + 1) * s]", (5,)),
        ("ends by stride", f"{_FORWARD}    top = i * s\n    window = xp[n, :, top : top + s]", (6,)),
        ("ends by stride", f"{_FORWARD}    window = xp[n, :, i * s : i * s + HH]", ()),
        ("all filters", f"{_FORWARD}    out[n, f] = np.sum(window * w)", (5,)),
        ("all filters", f"{_FORWARD}    out[n, f] = np.sum(window * w[f])", ()),
        ("pad left out of forward", f"{_FORWARD}    window = x[n, :, i * s : i * s + HH, j * s : j * s + WW]", (5,)),
        ("pad left out of forward", f"{_FORWARD}    window = xp[n, :, i * s : i * s + HH, j * s : j * s + WW]", ()),
        ("pad left out of forward", f"{_FORWARD}    padded[:, :, p:, p:] = x[:, :, :, :]", ()),
        (
            "exchanged",
            f"{_FORWARD}    for i in range(H):\n        for j in range(W):\n            v = xp[n, c, j * s, i * s]",
            (7,),
        ),
        (
            "exchanged",
            f"{_FORWARD}    for i in range(H):\n        for j in range(W):\n            v = xp[n, c, i * s, j * s]",
            (),
        ),
        ("stored", "def f(x, w, b, p):\n    out = 0 * x\n    t = v @ w\n    out[n, f] = t\n    return out, x", (4,)),
        ("stored", "def f(x, w, b, p):\n    out = 0 * x\n    out[n, f] = one(v, w, b[f])\n    return out, x", ()),
        ("one inside", f"{_FORWARD}    H_out = (1 + H + 2 * pad - HH) // s", (5,)),
        ("every axis padded", f"{_FORWARD}    y = np.pad(x, pad)", (5,)),
        ("every axis padded", f"{_FORWARD}    y = np.pad(x, pad_width=(pad, pad))", (5,)),
        ("shape turned", "def f(dout, cache):\n    x, w, b, p = cache\n    N, C, W, H = x.shape", (3,)),
        ("shape turned", "def f(dout, cache):\n    x, w, b, p = cache\n    N, F, W_out, H_out = dout.shape", ()),
        ("end without stride", f"{_FORWARD}    window = xp[n, :, i * s : i + HH]", (5,)),
        ("end without stride", f"{_FORWARD}    window = xp[n, :, i * s : i * s + HH]", ()),
        ("exchanged", f"{_FORWARD}    y = np.tensordot(v, w, axes=([1, 2, 3], [1, 3, 2]))", (5,)),
        ("exchanged", f"{_FORWARD}    y = np.tensordot(v, w, axes=[(1, 4, 5), (1, 2, 3)])", ()),
        ("exchanged", f"{_FORWARD}    y = v.transpose(0, 4, 5, 1, 3, 2)", (5,)),
        ("exchanged", f"{_FORWARD}    y = np.transpose(v, (0, 4, 5, 1, 2, 3))", ()),
        ("exchanged", f"{_FORWARD}    y = part * w[f, c].T", (5,)),
        (
            "exchanged",
            f"{_FORWARD}    for i in range(H):\n        for j in range(W):\n            v = at(xp, j, i)",
            (7,),
        ),
        (
            "exchanged",
            f"{_FORWARD}    for i in range(H):\n        for j in range(W):\n            v = at(xp, i, j)",
            (),
        ),
        (
            "without stride",
            f"{_GRADIENTS}    for i in range(3):\n        dw += x[i : i + dout.shape[2]]\n    return dx, dw, db",
            (4,),
        ),
        (
            "without stride",
            f"{_GRADIENTS}    for i in range(3):\n        dw += x[i : i + spread.shape[2]]\n    return dx, dw, db",
            (),
        ),
        ("without stride", f"{_FORWARD}    v = as_strided(xp, (N, C, H, W), strides=(n, c, h, k))", (5,)),
        ("without stride", f"{_FORWARD}    v = as_strided(xp, (N, C, H, W), (n, c, s * h, s * k))", ()),
        ("without stride", f"{_FORWARD}    v = sliding_window_view(xp, (HH, WW), axis=(2, 3))[:, :, :H, :W]", (5,)),
        ("without stride", f"{_FORWARD}    v = sliding_window_view(xp, (HH, WW), axis=(2, 3))[:, :, ::s, ::s]", ()),
        (
            "without stride",
            f"{_FORWARD}    H_out = (H + 2 * pad - HH) // s\n    i = np.repeat(np.arange(H_out), 2)",
            (6,),
        ),
        ("without stride", f"{_FORWARD}    H_out = (H + 2 * pad - HH) // s\n    i = s * np.arange(H_out)", ()),
        (
            "without stride",
            f"{_FORWARD}    for i in range(2):\n        for k in range(3):\n            r = i + k",
            (7,),
        ),
        ("forgets", f"{_FORWARD}    for c in range(C):\n        t = 0\n        t += f(c)\n    out[0] = t", (6,)),
        ("forgets", f"{_FORWARD}    for c in range(C):\n        t = 0\n        t += f(c)\n        out[c] = t", ()),
        ("stride added", f"{_FORWARD}    for i in range(H):\n        top = i + s", (6,)),
        ("stride added", f"{_FORWARD}    for i in range(0, H, s):\n        top = i + s", ()),
        (
            "one counter",
            f"{_FORWARD}    for i in range(H):\n        top = i * s\n"
            "        for j in range(W):\n            left = j * s\n"
            "            out[n, f, i, j] = f(xp[n, :, top : top + HH, top : top + WW])",
            (9,),
        ),
        ("end let in", f"{_FORWARD}    if r <= H and t < W:\n        y = x[0, 0, r, t]", (5,)),
        ("end let in", f"{_FORWARD}    if r > H or t >= W:\n        y = x[0, 0, r, t]", (5,)),
        ("end let in", f"{_FORWARD}    if r <= H - 1 and t < W:\n        y = x[0, 0, r, t]", ()),
        (
            "wrong axis",
            f"{_FORWARD}    F, _, HH, WW = w.shape\n    v = sliding_window_view(xp, (WW, HH), A)",
            (6,),
        ),
        ("wrong axis", f"{_FORWARD}    F, _, HH, WW = w.shape\n    v = sliding_window_view(xp, (HH, WW), A)", ()),
        ("all images", f"{_FORWARD}    for n in range(N):\n        v = xp[:, :, 0:HH, 0:WW]", (6,)),
        ("all images", f"{_FORWARD}    for n in range(N):\n        v = xp[n, :, 0:HH, 0:WW]", ()),
        ("all images", f"{_FORWARD}    for i in range(H):\n        v = xp[:, :, 0:HH, 0:WW]", ()),
        ("every axis padded", f"{_FORWARD}    y = np.pad(x[n, c], pad)", ()),
        (
            "padding cleared",
            f"{_FORWARD}    y = np.zeros(xp.shape)\n    if pad > 0:\n        y = np.pad(x, ((0, 0), (pad, pad)))",
            (7,),
        ),
        (
            "padding cleared",
            f"{_FORWARD}    y = x\n    if pad > 0:\n        y = np.pad(x, ((0, 0), (0, 0), (pad, pad)))",
            (),
        ),
        (
            "formula of a place",
            f"{_FORWARD}    for r in range(0, H, s):\n        out[1 + (r + 2 * pad - HH) // s] = 0\n        y = f(r)\n"
            "        i = 1 + (r + 2 * pad - HH) // s",
            (8,),
        ),
        ("formula of a place", f"{_FORWARD}    for r in range(0, H, s):\n        i = (r + pad) // s", ()),
        ("formula of a place", f"{_FORWARD}    H_out = 1 + (H + 2 * pad - HH) // s", ()),
        ("repeated in db", f"{_GRADIENTS}    for i in I:\n        db += dout[0]\n    return dx, dw, db", (4,)),
        (
            "repeated in db",
            f"{_GRADIENTS}    for i in I:\n        g = dout[i]\n        db += g\n    return dx, dw, db",
            (),
        ),
        ("begins with x", f"{_GRADIENTS}    dx = x.copy()\n    dx += w\n    return dx, dw, db", (3,)),
        ("begins with x", f"{_GRADIENTS}    dx = x.copy()\n    dx[...] = 0\n    dx += w\n    return dx, dw, db", ()),
        ("begins with x", f"{_GRADIENTS}    dx = x.copy()\n    dx.fill(0)\n    dx += w\n    return dx, dw, db", ()),
        ("begins with x", f"{_GRADIENTS}    dx = x.copy()\n    dx -= dx\n    dx += w\n    return dx, dw, db", ()),
        ("begins with x", f"{_GRADIENTS}    dx = x.copy()\n    dx = 0 * dx\n    dx += w\n    return dx, dw, db", ()),
        ("begins with x", f"{_GRADIENTS}    dx = np.pad(x * 0, 1)\n    dx += w\n    return dx, dw, db", ()),
        (
            "begins with b",
            "def f(dout, cache):\n    x, w, (b, p) = cache\n    db = np.zeros(3)\n    db += g\n    return dx, dw, db",
            (),
        ),
        ("begins with x", f"{_GRADIENTS}    dx = zero_pad(x[0], 1)\n    dx += w\n    return dx, dw, db", (3,)),
        ("within the image", f"{_FORWARD}    for i, r in zip(range(3), range(0, H, s)):\n        out += r", (5,)),
        ("within the image", f"{_FORWARD}    for r in range(0, H, s):\n        out += r", ()),
        (
            "stored anew",
            "def f(x):\n    for i in I:\n        if i:\n            out[0] = x[i]\n    return out, x",
            (4,),
        ),
        ("end without stride", f"{_GRADIENTS}    s = p['stride']\n    db += x[:, :, i : i + H_out : s]", (4,)),
        ("end without stride", f"{_GRADIENTS}    s = p['stride']\n    db += x[:, :, i : i + HH : s]", ()),
        (
            "end without stride",
            f"{_GRADIENTS}    s = p['stride']\n    top = i * s\n    end = i + HH\n    db += x[:, :, top:end]",
            (5,),
        ),
        (
            "end without stride",
            f"{_GRADIENTS}    s = p['stride']\n    top = i * s\n    end = top + HH\n    db += x[:, :, top:end]",
            (),
        ),
        (
            "stored anew",
            "def f(x):\n    for k in K:\n        i, j = divmod(k, 3)\n        out[i, j] = x[k]\n    return out",
            (),
        ),
        (
            "stored anew",
            "def f(x):\n    for k in K:\n        a = out[0]\n        out[0] = a + x[k]\n    return out",
            (),
        ),
        ("stored anew", "def f(x):\n    for k in K:\n        out[len(out)] = x[k]\n    return out", ()),
        (
            "made in turns",
            "def f(x):\n    for i in I:\n        d = np.zeros(3)\n        d += i\n        x.append(d)\n    return d",
            (),
        ),
        (
            "made in turns",
            "def f(x):\n    for i in I:\n        d = np.zeros(3)\n        d += i\n    return d.shape",
            (),
        ),
        ("width of height", f"{_FORWARD}    a = np.zeros((N, H + 2 * pad, W + 2 * pad, C))", ()),
        ("pad once", f"{_FORWARD}    pad *= 2\n    a = np.zeros((N, C, H + pad, W + pad))", ()),
        ("axes mixed", f"{_FORWARD}    win_h = HH\n    half_w = (WW + win_h) // s", ()),
        ("return in loop", "def f(x):\n    for i in I:\n        if i:\n            continue\n        return x", ()),
        ("stored anew", "def f(x):\n    for i in I:\n        db = x[i].sum()\n    return dx, dw, db", (3,)),
        (
            "stored anew",
            "def f(x):\n    for i in I:\n        db = x[i].sum()\n        a += db\n    return dx, dw, db",
            (),
        ),
        ("stored anew", "def f(x):\n    for i in I:\n        s = s + x[i]\n        out[0] = s\n    return out, x", ()),
        ("stored anew", "def f(x):\n    for i in I:\n        s += x[i]\n        out[0] = s\n    return out, x", ()),
        ("stored anew", "def f(x):\n    for i in I:\n        out[k] = x[i]\n        k += 1\n    return out, x", ()),
        ("axes mixed", f"{_FORWARD}    F, _, HH, WW = w.shape\n    W_out = (W + 2 * pad - HH) // s + 1", (6,)),
        ("axes mixed", f"{_FORWARD}    r = H * W - HH * WW\n    pads = (H - HH, W - WW)", ()),
        ("width of height", f"{_FORWARD}    a = np.zeros((N, C, H + 2 * pad, H + 2 * pad))", (5,)),
        ("width of height", f"{_FORWARD}    a = np.zeros((N, C, W + 2 * pad, H + 2 * pad))", (5,)),
        ("width of height", f"{_FORWARD}    a = np.zeros((N, C, H + 2 * pad, W + 2 * pad))", ()),
        ("pad once", f"{_FORWARD}    a = np.zeros((N, C, H + pad, W + pad))", (5,)),
        ("pad once", f"{_FORWARD}    pad = 2 * pad\n    a = np.zeros((N, C, H + pad, W + pad))", ()),
        ("made in turns", "def f(x):\n    for i in I:\n        d = np.zeros(3)\n        d[0] += i\n    return d", (3,)),
        (
            "made in turns",
            "def f(x):\n    for i in I:\n        d = np.zeros(3)\n        d += i\n        x[i] = d\n    return d",
            (),
        ),
        (
            "wrong axis",
            f"{_FORWARD}    F, C, HH, WW = w.shape\n    W_out = (H + 2 * pad - WW) // s\n    for r in range(W_out):\n"
            "        left, right = r * s, r * s + HH\n        a = xp[:, :, top:bottom, left:right]",
            (6, 8),
        ),
        ("wrong axis", f"{_FORWARD}    for k in range(H):\n        w_top = k * s\n        a = xp[:, :, w_top:, :]", ()),
        ("filters first", f"{_FORWARD}    out = np.stack([g(x, k) for k in w], axis=0)", (5,)),
        ("filters first", f"{_FORWARD}    out = np.stack([g(x, k) for k in w], axis=1)", ()),
        ("filters first", f"{_FORWARD}    out = np.zeros((w.shape[0], N, H, W))\n    a = np.zeros((N, F, H, W))", (5,)),
        ("filters first", "def f(x):\n    return np.transpose(x, (1, 0, 2, 3)), x.transpose(1, 0)", (2,)),
        (
            "cut",
            f"{_GRADIENTS}    pad = p['pad']\n    for i in I:\n        t = i * s\n        d[:, t + pad : u] += w\n"
            "    dx = d[:, p:q, r:s]\n    return dx, dw, db",
            (6,),
        ),
        (
            "cut",
            f"{_GRADIENTS}    for i in I:\n        d[:, i : u] += w\n    dx = d[:, p:q, r:s]\n    return dx, dw, db",
            (5,),
        ),
        ("into all images", f"{_GRADIENTS}    dx[:, :, i, j] += dout[()]\n    dx[()] = 0", ()),
        ("into all images", f"{_GRADIENTS}    for n in range(N):\n        dx[:, :, i, j] += w[f] * dout[n, f]", (4,)),
        ("into all images", f"{_GRADIENTS}    for n in range(N):\n        dx[n, :, i, j] += w[f] * dout[n, f]", ()),
        ("exchanged", f"{_FORWARD}    F, _, HH, WW = w.shape\n    k = places(C, HH, WW, H, W)", ()),
        ("exchanged", f"{_FORWARD}    F, _, HH, WW = w.shape\n    k = places(C, HH, WW, W, H)", (6,)),
        ("first only", "def f(x):\n    if len(x) == 1:\n        return g(x[0])\n    return g(x[:1]) + g(x[1:])", ()),
        ("first only", "def f(x):\n    a = x[0]\n    for n in range(1, N):\n        a += x[n]\n    return a", ()),
        ("first only", "def f(x):\n    for n in I:\n        a += x[0] * x[n]\n    return a", (3,)),
        ("first only", "def f(x):\n    for n in I:\n        if n == 0:\n            a += x[n]\n    return a", (3,)),
        (
            "filters last",
            "def f(x, w):\n    rows, Ho, Wo = im2col(x)\n    return (rows @ w.T).reshape(N, F, Ho, Wo)",
            (3,),
        ),
        ("first only", "def f(x):\n    for n in I:\n        a = x[0]\n        return a", (4,)),
        ("padded before only", "def f(n, k, s, p):\n    return (n + p - k) // s + 1", (2,)),
        ("padded before only", "def f(n, k, s, p):\n    return (n + 2 * p - k) // s + 1", ()),
        ("formula without pad", "def f(n, k, s, p):\n    return (n - k) // s + 1", (2,)),
        ("formula without pad", "def f(n, k, s):\n    return (n - k) // s + 1", ()),
        ("formula one less", "def f(self, n, k):\n    return (n + 2 * self.pad - k) // self.stride", (2,)),
        ("steps within", f"{_FORWARD}    F, _, HH, WW = w.shape\n    a = xp[:, :, i:i+HH:s, j:j+WW:s]", (6,)),
        ("steps within", f"{_FORWARD}    F, _, HH, WW = w.shape\n    a = xp[:, :, i:i+H:s, j:j+s*W:s]", ()),
        ("keys swapped", "def f(x, w, b, p):\n    pad = p['stride']\n    s = p['stride']\n    return H // s", (2,)),
        (
            "pixel for place",
            f"{_GRADIENTS}    s = p['stride']\n    for i in range(3):\n        r = i * s\n        db += dout[:, r, 0]",
            (6,),
        ),
        (
            "pixel for place",
            f"{_GRADIENTS}    s = p['stride']\n    for i in range(3):\n        db += dout[:, :, i * s, 0]",
            (5,),
        ),
        ("flat index", "def f(oh, ow, s):\n    i = s * np.repeat(np.arange(ow), oh)\n    return i", (2,)),
        ("flat index", "def f(oh, ow, s):\n    j = s * np.tile(np.arange(oh), ow)\n    return j", (2,)),
        (
            "flat index",
            "def f(oh, ow):\n    i = np.repeat(np.arange(oh), ow)\n    j = np.tile(np.arange(ow), oh)\n    return i, j",
            (),
        ),
        (
            "formula of a place",
            f"{_FORWARD}    for i in I:\n        at = (n, i * s - (HH - 1) // 2 + pad, i - (WW - 1) // 2 + pad)",
            (),
        ),
        ("around a centre", f"{_FORWARD}    a = xp[n, :, i * s - (w.shape[2] - 1) // 2 + pad]", (5,)),
        ("around a centre", f"{_FORWARD}    a = xp[n, :, i * s - pad : i - H // 2]", ()),
        ("image for filter", f"{_FORWARD}    for i, a in enumerate(xp):\n        c = a * w[i] + b[0]", (6,)),
        ("image for filter", f"{_FORWARD}    for i, k in enumerate(w):\n        c = xp * k + b[i]", ()),
        (
            "dx zeros",
            f"{_GRADIENTS}    a = np.zeros(3)\n    for i in I:\n        k = cut(a, i)\n        k = k + w[0]\n"
            "    dx = a[:, 1:]\n    return dx, dw, db",
            (6,),
        ),
        ("sum for db", "def f(d):\n    return np.array([np.sum(d[f]) for f in F])", (2,)),
        ("sum for db", "def f(a, k):\n    return np.sum(a * k)", ()),
        ("sum for db", f"{_GRADIENTS}    return dx, dw, dout.sum(axis=(0, 1))", (3,)),
        ("cut by one", f"{_GRADIENTS}    x = np.pad(x, 3)[1:-1]\n    return dx, dw, db", ()),
        ("formula one less", "def f(n, k, pad, s):\n    return range(0, n + 2 * pad - k, s)", (2,)),
        ("cut by one", f"{_GRADIENTS}    x = np.pad(x, 3)[1:-1]\n    return dx, dw, db", ()),
        ("formula one less", "def f(n, k, pad, s):\n    return range(0, n + 2 * pad - k + 1, s)", ()),
        ("padded before only", "def f(x, pad):\n    a = np.zeros(3)\n    a[:, :, 0:H, 0:W] = x\n    return a", (3,)),
        (
            "dx without upstream",
            f"{_GRADIENTS}    for f in F:\n        k = w[f]\n        dx[:, 0:3] += k\n    return dx, dw, db",
            (5,),
        ),
        (
            "without stride",
            f"{_FORWARD}    for j in range(W + 2 * p - WW + 1):\n        a = xp[:, j:j+WW]",
            (5,),
        ),
        ("without stride", f"{_FORWARD}    for j in range(0, W_out, 1):\n        a = xp[:, j:j+WW]", (6,)),
        ("of bias", "def forward(self, x):\n    self.b = b\n    return out\n\n    out = out + self.b[0]", (5,)),
    ],
)
def test_what_is_written_in_less_common_ways_is_found(kind: str, text: str, lines: tuple[int, ...]) -> None:
    assert outline(text).places[kind] == lines


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "    for f in range(F):\n        for n in range(N):\n            dw += dout[f, n]",
            {"f, filters, images, dout": (7,), "n, images, filters, dout": (7,)},
        ),
        ("    for n in range(F):\n        for f in range(N):\n            dw += dout[f, n]", {}),
        ("    for n in range(N):\n        dw += w[n]", {"n, images, filters, w": (6,)}),
        ("    for i in range(N):\n        for i in range(F):\n            dw += w[i]", {}),
        ("    for i in range(dout.shape[2]):\n        dw += dout[:, :, :, i]", {"i, rows, columns, dout": (6,)}),
        ("    for i in range(H):\n        dw += x[0][0][j][i]", {}),
        ("    for i in range(H):\n        dw += x[n][c][i][0] + x[n, c][j, i]", {"i, rows, columns, x": (6,)}),
        ("    w = w.transpose(1, 0, 2, 3)\n    for c in range(C):\n        dw += w[c]", {}),
        ("    for f in range(len(w)):\n        dw += dout[f, ...] + dout[..., f]", {}),
        ("    a = np.zeros((F, N, 3, 3))\n    for f in range(F):\n        a[f] = dout[:, f]", {}),
        ("    a = np.zeros_like(w)\n    for n in range(N):\n        a[n] = 1", {"n, images, filters, a": (7,)}),
        ("    xp = np.pad(x[0], 1)\n    for c in range(C):\n        dw += xp[c]", {}),
        ("    for n, image in enumerate(x):\n        dw += dout[:, n]", {"n, images, filters, dout": (6,)}),
        ("    for n in range(N):\n        db += b[n]", {}),  # of whose numbers no gradient comes
        ("    db = np.zeros_like(b)\n    for n in range(N):\n        db[n] += 1", {"n, images, filters, db": (7,)}),
        ("    for n in range(N):\n        a = x[n, :, 0:3]\n        dw += a[n]", {"n, images, channels, a": (7,)}),
    ],
)
def test_index_of_another_axis_is_found_by_what_its_loop_ends_at(text: str, found: dict[str, tuple[int, ...]]) -> None:
    sizes = "    x, w, b, conv_param = cache\n    N, C, H, W = x.shape\n    F, _, HH, WW = w.shape\n"
    places = outline(f"def f(dout, cache):\n{sizes}{text}\n    return dx, dw, db").places
    of_another = "index of another axis: "
    assert {k.removeprefix(of_another): v for k, v in places.items() if k.startswith(of_another)} == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("    for n in range(N):\n        dw += dout[0, f]", {"n, 0, images, dout": (7,)}),
        ("    for f in range(F):\n        dw[0] += x", {"f, 0, filters, dw": (7,)}),
        ("    for n in range(N):\n        dw += dout[0, f].shape", {}),
        ("    for i in range(H):\n        dw += x[n, c, 0]", {}),  # the row of a window may be counted from there
        ("    for i in range(dout.shape[2]):\n        dw += dout[n, f, 1]", {"i, 1, rows, dout": (7,)}),
        ("    a = x[n, :, 0:3]\n    dw += a[0]", {", 0, channels, a": (7,)}),
        ("    a = x[n, :, 0:3]\n    dw += a[0] * a[c]", {}),
        ("    for n in range(N):\n        if n == 0:\n            dw += dout[0, f]", {}),
        ("    for n in range(N):\n        dw += dout[0, f] - dout[n, f]", {}),
        ("    for n in range(N):\n        a = x[n : n + 1]\n        dw += a[0]", {}),
        ("    for n in range(N):\n        a = np.zeros((N, C, 3))\n        dw += a[0]", {}),
        ("    for image, (kernel, bias) in zip(x, w):\n        dw += image[0]", {", 0, channels, image": (7,)}),
    ],
)
def test_number_that_stands_for_the_index_of_an_axis_is_found(text: str, found: dict[str, tuple[int, ...]]) -> None:
    sizes = "    x, w, b, p = cache\n    N, C, H, W = x.shape\n    F, _, HH, WW = w.shape\n    dw = np.zeros_like(w)\n"
    places = outline(f"def f(dout, cache):\n{sizes}{text}\n    return dx, dw, db").places
    of_numbers = "number for index: "
    assert {k.removeprefix(of_numbers): v for k, v in places.items() if k.startswith(of_numbers)} == found


def test_parameters_of_helpers_are_not_taken_for_x_and_w_by_their_places() -> None:
    sizes = "    N, F, H, W = x.shape\n    F, C, HH, WW = w.shape\n    for f in range(F):\n        y += w[f] + x[f]\n"
    for parameters in ("w, x, s", "w, x, s, p", "self, dout", "dout, w"):
        places = outline(f"def f({parameters}):\n{sizes}    return y").places
        assert not [kind for kind in places if "of another axis" in kind]


_TURNS = """\
def f(dout, cache):
    j = 0
    for h in H:
        for w in W:
            {use}
            j += 1
{more}"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (_TURNS.format(use="dout[n, f, h, j]", more=""), {"j": (3, 6)}),
        (_TURNS.format(use="dout[n, f, h, j : j + 3]", more=""), {"j": (3, 6)}),
        (_TURNS.format(use="x[n, h : h + 3, j : j + 3]", more=""), {"j": (3, 6)}),
        (_TURNS.format(use="flat[n, f, j]", more=""), {}),
        (_TURNS.format(use="dout[n, f, h, j]", more="        j -= 3"), {}),
        (_TURNS.format(use="dout[n, f, h, j]", more="        j = 0"), {}),
        (_TURNS.format(use="dout[n, f, j // 3, j % 3]", more=""), {}),
        (_TURNS.format(use="cols[:, j]", more=""), {}),
        (_TURNS.format(use="cols[n, :, j]", more=""), {}),
    ],
)
def test_counter_of_columns_that_is_not_set_back_is_found(text: str, found: dict[str, tuple[int, ...]]) -> None:
    places = outline(text).places
    assert {k.removeprefix("counts on: "): v for k, v in places.items() if k.startswith("counts on: ")} == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("N, C, H, W = x.shape\n    C, F, HH, WW = w.shape", {"C, filters, w": (4,), "F, channels, w": (4,)}),
        ("N, C, W, H = x.shape\n    F, _, HH, WW = w.shape", {"W, rows, x": (3,), "H, columns, x": (3,)}),
        ("N, C, W, H = x.shape\n    F, _, WW, HH = w.shape", {}),  # exchanged throughout
        ("N, C, H, W = x.shape\n    F = w.shape[2]", {}),  # the size of a field
        ("F, C, H, W = x.shape\n    F, _, HH, WW = w.shape", {}),  # set anew
        ("H_out = dout.shape[1]\n    W_out = dout.shape[3]\n    n = H_out + W_out", {"H_out, filters, dout": (3,)}),
        ("H_out = dout.shape[1]\n    W_out = dout.shape[3]", {}),  # never read
    ],
)
def test_size_of_another_axis_is_found_by_its_name(text: str, found: dict[str, tuple[int, ...]]) -> None:
    after = "for name in (C, F, W, H, HH, WW):\n        dw += name\n    return dx, dw, db"
    places = outline(f"def f(dout, cache):\n    x, w, b, conv_param = cache\n    {text}\n    {after}").places
    of_another = "size of another axis: "
    assert {k.removeprefix(of_another): v for k, v in places.items() if k.startswith(of_another)} == found


def test_what_a_function_within_returns_is_not_what_backward_returns() -> None:
    text = dedent("""\
        def conv_backward(dout, cache):
            x, w, b, conv_param = cache
            N, C, H, W = x.shape
            def window(i, j):
                return slice(None), slice(i, i + HH), slice(j, j + WW)
            dx = dxp[:, :, p : p + H, p : p + H]
            return dx, dw, db
        """)
    assert outline(text).places["cut by one size"] == (6,)


@pytest.mark.parametrize(
    ("sizes", "loop", "lines"),
    [
        ("N, C, H, W = x.shape\n    F, _, HH, WW = w.shape", "for f in range(F)", ()),
        ("N, C, H, W = x.shape\n    F, _, HH, WW = w.shape", "for f in range(C)", (5,)),
        ("N, C, H, W = x.shape\n    F, _, HH, WW = w.shape", "for f in range(0, N)", (5,)),
        ("N, C, H, W = x.shape\n    C, F, HH, WW = w.shape", "for f in range(F)", (3,)),
        ("N, C = x.shape[0], x.shape[1]\n    F = len(w)", "for f in range(F)", ()),
        ("N, C = x.shape[0], x.shape[1]\n    F = w.shape[1]", "for f in range(F)", (3,)),
        ("N, C = x.shape[0], x.shape[1]\n    F = len(x)", "for f in range(F)", (3,)),
        ("N, C, H, W = x.shape\n    F = 3", "for f in range(w.shape[0])", ()),
        ("N, C, H, W = x.shape\n    F = 3", "for f in range(x.shape[1])", (5,)),
        ("N, C, H, W = x.shape\n    C = len(w)", "for f in range(C)", ()),
    ],
)
def test_a_loop_that_ends_at_the_size_of_another_axis_is_found(sizes: str, loop: str, lines: tuple[int, ...]) -> None:
    text = f"""\
def conv_forward_naive(x, w, b, conv_param):
    {sizes}
    out = np.zeros((N, F, H_out, W_out))
    {loop}:
        out[:, f] = np.einsum("nchwij,cij->nhw", windows, w[f]) + b[f]
    return out, (x, w, b, conv_param)
"""
    assert outline(text).places["ends at another"] == lines


@pytest.mark.parametrize(
    ("crop", "shows"),
    [
        ("if pad > 0: dx = dxp[:, :, pad:-pad, pad:-pad]", False),
        ("if pad == 2: dx = dxp[:, :, pad:-pad, pad:-pad]", True),
        ("if pad >= 0: dx = dxp[:, :, pad:-pad, pad:-pad]", True),
        ("if pad > H: dx = dxp[:, :, pad:-pad, pad:-pad]", True),
        ("dx = dxp[:, :, pad:-pad, pad:-pad] if pad else dxp", False),
        ("dx = dxp if not pad else dxp[:, :, pad:-pad, pad:-pad]", False),
        ("dx = dxp[:, :, pad:-pad, pad:-pad] if 0 == conv_param['pad'] else dxp", True),
    ],
)
def test_a_slice_that_is_cut_only_where_there_is_padding_is_none_that_is_empty_at_pad_0(crop: str, shows: bool) -> None:
    before = "x, w, b, conv_param = cache; pad = conv_param['pad']; xp[:, :, pad:-pad, pad:-pad] = x"
    places = outline(f"def f(dout, cache):\n    {before}\n    {crop}\n    return dx, dw, db").places
    assert places["cut to minus"] == ((3,) if shows else ())
    assert places["x and more cut to minus"] == ((2, 3) if shows else ())
    assert places["x cut to minus"] == (() if shows else (2,))


def test_cut_by_one_is_told_of_dx_where_dx_is_cut_so() -> None:
    lines = ["used = xp[:, :, 1:-1, 1:-1]", "dxp = np.zeros((N, C, H + 2, W + 2))", "dx = dxp[:, :, 1:-1, 1:-1]"]
    text = "def f(dout, cache):\n    {}\n    {}\n    {}\n    return dx, dw, db"
    places = outline(text.format(*lines)).places
    assert (places["cut by one"], places["one around, and cut"]) == ((4,), (3, 4))
    places = outline(text.format(*lines[:2], "dx = dxp[:, :, 1 : H + 1, 1 : W + 1]")).places
    assert places["one around, and cut"] == (3, 4)
    places = outline("def f(dout, cache):\n    () = w.shape\n    return dxp[0], dw, db").places
    assert (places["one around, and cut"], places["weights swapped"]) == ((), ())


@pytest.mark.parametrize(
    ("end", "lines"),
    [
        ("return dxp, dw, db", (3,)),
        ("dx = dxp\n    return dx, dw, db", (3,)),
        ("dx = dxp[:, :, p:-p, p:-p]\n    return dx, dw, db", ()),
        ("dxp = crop(dxp)\n    return dxp, dw, db", ()),
        ("return crop(dxp), dw, db", ()),
    ],
)
def test_a_padded_gradient_that_is_returned_as_it_is_is_found(end: str, lines: tuple[int, ...]) -> None:
    text = f"def f(dout, cache):\n    dxp = np.zeros(xp.shape)\n    {end}"
    assert outline(text).places["alias"] == lines


def test_a_function_without_arguments_has_an_outline() -> None:
    """Such as a helper that one of the graded functions calls, whose lines are looked at with its own."""
    places = outline("def sizes():\n    N, C, H, W = x.shape\n    out[N] = w[N]\n    return out[:, :, p:-p]\n").places
    assert places["cut to minus"] == (4,)


@pytest.mark.parametrize(
    ("kind", "lines", "found"),
    [
        ("assigned into db", ["for j in range(W):", "    pass", "db[f] += dout[0, f, 0, j]"], [4]),
        ("forgets", ["for c in range(C):", "    pass", "out[0, 0, 0, 0] += (xp[:, c] * w[0, c]).sum()"], [4]),
        ("forgets", ["for c in range(C):", "    out[0, 0, 0, 0] += (xp[:, c] * w[0, c]).sum()"], []),
        ("behind the loop", ["for n in range(N):", "    dxp = np.zeros(s)", "    dxp[n] += w", "dx = dxp[:, 1:]"], [3]),
        ("behind the loop", ["for n in range(N):", "    dxp = np.zeros(s)", "    dx[n] = dxp[:, 1:]"], []),
        ("padded by constant", ["p = conv_param.get('padding', 1)", "xp = np.pad(x, p)"], [2]),
        ("padded by constant", ["p = conv_param.get('pad', 1)", "xp = np.pad(x, p)"], []),
        ("one less", ["for i in range(H_out):", "    if i * s + HH >= H:", "        break"], [3]),
        ("one less", ["for i in range(H_out):", "    if i * s + HH > H:", "        break"], []),
        ("one less", ["i = 0", "while i + HH < H:", "    i += s"], [3]),
        ("one less", ["for i, top in enumerate(range(0, (H_out - 1) * s, s)):", "    pass"], [2]),
        ("one less", ["for top in range(0, (H_out - 1) * s + 1, s):", "    pass"], []),
        ("formula one less", ["H, W = x.shape[2:]", "H_out = (H + 2 * p - 3) // stride"], [3]),
        ("formula one less", ["H, W = x.shape[2:]", "H_out = (H + 2 * p - 3) // stride", "size = H_out + 1"], []),
        ("height for width", ["H, W = x.shape[2:]", "W_out, rest = divmod(W + 2 * p - 3, s)"], []),
        ("height for width", ["H, W = x.shape[2:]", "W_out, rest = divmod(H + 2 * p - 3, s)"], [3]),
    ],
)  # fmt: skip
def test_what_runs_once_too_few_is_found_at_its_line(kind: str, lines: list[str], found: list[int]) -> None:
    text = "def conv_backward_naive(dout, cache):\n" + "".join(
        f"    {line}\n" for line in [*lines, "return dx, dw, db"]
    )
    assert outlines.outline(text, 1)["places"].get(kind, []) == found


def test_bias_that_is_set_anew_is_where_it_gets_lost() -> None:
    lines = [
        "b = np.zeros(F)",
        "for f in range(F):",
        "    out[:, f] = (x * w[f]).sum() + b[f]",
        "return out, (x, w, b, p)",
    ]
    text = "def conv_forward_naive(x, w, b, p):\n" + "".join(f"    {line}\n" for line in lines)
    assert outlines.outline(text, 1)["places"]["stored"] == [2]
    assert outlines.outline(text.replace("np.zeros(F)", "b.ravel()"), 1)["places"]["stored"] == [4]


@pytest.mark.parametrize(
    ("line", "shows"),
    [
        ("pad, stride = p['stride'], p['pad']", True),
        ("pad = p.get('stride', 1)", True),
        ("P, S = p['stride'], p['pad']", True),
        ("P, S = p['pad'], p['stride']", False),
        ("P, S = p['stride'], p['pad']\n    n = (4 + 2 * S) // P", False),  # names exchanged throughout
        ("P, S = p['stride'], p['pad']\n    n = (4 + 2 * P) // S", True),
        ("P, S = p['stride'], p['pad']\n    for i in range(4):\n        top = i * P", False),
        ("p = p['stride']", False),
        ("stride, pad = p['stride'], p['pad']", False),
        ("step = p['pad']", False),
    ],
)
def test_stride_and_pad_that_change_places_are_found(line: str, shows: bool) -> None:
    text = f"def conv_forward_naive(x, w, b, p):\n    {line}\n    return x, None\n"
    assert ("keys swapped" in {kind for kind, lines in outline(text).places.items() if lines}) == shows


@pytest.mark.parametrize(
    ("kind", "head", "lines", "found"),
    [
        ("dout reshaped", "backward(dout, cache)", ["x, w, b, p = cache", "F, C, HH, WW = w.shape",
                                                    "d = dout.reshape(N, -1, F)"], [4]),
        ("dout reshaped", "backward(dout, cache)", ["x, w, b, p = cache", "F, C, HH, WW = w.shape",
                                                    "d = dout.reshape(N, F, -1)"], []),
        ("exchanged", "f(x, w)", ["HH, WW = w.shape[2:]", "for p in range(HH):", " for q in range(WW):",
                                  "  s += x[n, c, q, p] * w[f, c, p, q]"], [5]),
        ("weights moved", "im2col(x)", ["part = x[:, :, i : i + 3, j : j + 3]", "a.append(part.T.flatten())"], [3]),
        ("weights moved", "im2col(x)", ["a.append(x[n, :, i : i + 3, j : j + 3].transpose(1, 2, 0).ravel())"], [2]),
        ("weights moved", "im2col(x)", ["out = product.transpose(1, 2, 0).reshape(N, F, Ho, Wo)"], []),
        ("wrong axis", "f(x, w)", ["OH, OW = sizes(x, w)", "for h in range(OH):", " for v in range(OW):",
                                   "  top, left = h * s, v * s", "  end = top + w.shape[3]"], [6]),
        ("wrong axis", "f(x, w)", ["w_out = w.dot(x)", "for h in range(9):", "  a = w_out[0, 0, h, 0]"], []),
        ("sum for db", "backward(dout)", ["db = dout.sum(axis=0)", "return dx"], [2]),
        ("without stride", "window(i, j)", ["top = i * stride", "left = j",
                                            "return slice(top, top + 3), slice(left, left + 3)"], [3]),
        ("place that a pixel meets: k, i, stride, pad", "f(x, stride, pad)",
         ["for i in range(H):", " for k in range(Ho):", "  u = i - pad - k * stride"], [4]),
        ("place that a pixel meets: k, i, stride, pad", "f(x, stride, pad)",
         ["for i in range(H):", " for k in range(Ho):", "  u = i + pad - k * stride"], []),
        ("rows for columns", "f(x)", ["HH, WW = w.shape[2:]", "wide = np.pad(x, ((0, 0), (HH, HH), (WW, WW)))"], []),
        ("rows for columns", "backward(dout)", ["OH = dout.shape[2]", "for i in range(OH):", " a = dout[:, 0, i]"], []),
        ("rows for columns", "one(d, HH, WW)", ["for i in range(d.shape[1]):", " for j in range(d.shape[2]):",
                                                "  dx[:, i : i + HH, j : j + WW] += d[f, i, j]"], []),
        ("of bias", "forward(self, x)", ["out += b[0]", "db = np.zeros_like(b)"], [2]),
        ("forgets", "forward(x, w, b, p)", ["for c in range(C):", "    total = b[f]", "    for i in range(3):",
                                            "        total = total + x[c, i]", "return total"], [3]),
        ("forgets", "forward(x, w, b, p)", ["total = 0", "for i in range(3):", "    total = total + x[i]",
                                            "return total"], []),
        ("exchanged", "f(x, w)", ["HH = len(w[0][0])", "WW = len(w[0][0][0])", "for p in range(HH):",
                                  "    for q in range(WW):", "        s += x[n, c, p, q] * w[p][q][q][p]"], [6]),
        ("exchanged", "f(x, w)", ["H, W = x.shape[2:]", "out = out.reshape(F, H, W, N)",
                                  "out = out.transpose(3, 0, 2, 1)"], [4]),
        ("exchanged", "f(x, w)", ["H, W = x.shape[2:]", "out = out.reshape(F, H, W, N)",
                                  "out = out.transpose(3, 0, 1, 2)"], []),
        ("exchanged", "f(x, w)", ["H, W = x.shape[2:]", "for r in range(H):", "    for c in range(W):",
                                  "        a += dcol[:, c * H + r]", "        a += dcol[:, r * W + c]"], [5]),
        ("exchanged", "backward(dout)", ["dx += w[f].transpose(0, 2, 1)"], [2]),
        ("rows for columns", "f(x, w)", ["H, W = x.shape[2:]", "outs.append(y.reshape(F, W, H))"], [3]),
        ("rows for columns", "f(x, w)", ["H, W = x.shape[2:]", "outs.append(y.reshape(F, W, H).T)",
                                         "y = y.reshape(N, H, W, C, H, W)"], []),
        ("rows for columns", "f(x, w)", ["N, C, H, W = x.shape", "x = x.transpose(0, 2, 3, 1)", "a = x[0, 1:, 1:]",
                                         "out = out.reshape(N, H, W, C)"], []),
        ("dout reshaped", "backward(dout, cache)", ["x, w, b, p = cache", "F, C, HH, WW = w.shape",
                                                    "d = dout[n].reshape(-1, F).T"], [4]),
        ("first only", "backward(dout, cache)", ["H, W = dout.shape[-2:]", "db = dout[:1].sum(axis=(0, 2, 3))"], [3]),
        ("windows reshaped", "f(x, w)", ["H, W = x.shape[2:]", "col = np.array(cols).reshape(-1, H * W)"], [3]),
        ("dx zeros", "backward(dout, cache)", ["x, w, b, p = cache", "part = dxp[:, 1:].copy()", "part += dout",
                                               "dx = dxp[:, 1:]", "return dx, dw, db"], [3]),
        ("counted alike", "t(C, HH, WW)", ["i = np.tile(np.arange(HH), WW)", "j = np.tile(np.arange(WW), HH)"], [2]),
        ("counted alike", "t(C, HH, WW)", ["i = np.repeat(np.arange(HH), WW)",
                                                "j = np.repeat(np.arange(WW), HH)"], [3]),
        ("counted alike", "t(C, HH, WW)", ["i = np.repeat(np.arange(HH), WW)", "i = np.repeat(i, C)",
                                                "j = np.tile(np.arange(WW), HH * C)"], [3]),
        ("counted alike", "t(C, HH, WW)", ["i = np.repeat(np.arange(HH), WW)", "i = np.tile(i, C)",
                                                "j = np.tile(np.arange(WW), HH * C)",
                                                "k = np.repeat(np.arange(C), HH * WW)"], []),
        ("steps by kernel", "forward(x, w, b, p)", ["F, C, HH, WW = w.shape", "while top < 9:",
                                                    "    a = x[:, :, top : top + HH]", "    top += HH"], [5]),
        ("steps by kernel", "forward(x, w, b, p)", ["F, C, HH, WW = w.shape", "for top in range(0, 9, HH):",
                                                    "    a = x[:, :, top : top + HH]"], [3]),
        ("steps by kernel", "forward(x, w, b, p)", ["F, C, HH, WW = w.shape", "for top in range(0, 9, s):",
                                                    "    a = x[:, :, top : top + HH]", "    size += HH"], []),
        ("cut elsewhere", "forward(x, w, b, p)", ["N, C, H, W = x.shape", "image = x[n]", "for i in range(H):",
                                                  "    a = image[i : i + 3, j : j + 3, :]"], [5]),
        ("cut elsewhere", "forward(x, w, b, p)", ["N, C, H, W = x.shape", "image = x[n]", "for i in range(H):",
                                                  "    a = image[:, i : i + 3, j : j + 3] + x[n:, :, i : i + 3]"], []),
        ("both axes", "backward(dout, cache)", ["x, w, b, (s, p) = cache", "N, C, H, W = x.shape", "other = x + 0",
                                                "a, c, d, e = other.shape", "dx = np.zeros((N, C, W, H))"], [6]),
        ("turned", "forward(x, w, b, p)", ["a = out.transpose(0, 1, 3, 2)", "a = out.transpose(0, 2, 3, 1)"], [2]),
        ("ended before it", "f(x, p)", ["for i in range(3):", "    r = top + i - p", "    if r < 0:", "        break",
                                        "    a += x[:, :, r, 0]"], [5]),
        ("ended before it", "f(x, p)", ["for i in range(3):", "    r = top - i + p", "    if r < 0:", "        break",
                                        "    a += x[:, :, r, 0]"], []),
        ("stored", "forward(x, w, b, p)", ["p['stride']", "out = np.zeros(4)", "for k in range(3):",
                                           "    out[:, :, i] += x[:, :, k] @ w[:, :, k].T", "return out, (x, w)"], []),
        ("around a centre", "forward(x, w, b, p)", ["N, C, HH, WW = w.shape", "row = i * s + HH // 2",
                                                    "top = row - HH // 2"], []),
        ("wrong axis", "n(h, w, KH, KW)", ["return (h + 2 * p - KH) // s + 1, (w + 2 * p - KH) // s + 1"], [2]),
        ("wrong axis", "n(h, w, KH, KW)", ["return (h + 2 * p - KH) // s + 1, (w + 2 * p - KW) // s + 1"], []),
        ("bias twice", "forward(x, w, b, p)", ["s = p['stride']", "total = b[f]", "out[n] = total + b[f]"], [3, 4]),
        ("of image", "backward(dout)", ["a = x[:, :, i : i + 3, j : j + 3]"], [2]),
        ("of image", "backward(dout)", ["x = np.pad(x, 1)", "a = x[:, :, i : i + 3, j : j + 3]"], []),
        ("of image", "backward(dout, cache)", ["x, w, b, p = cache", "dw += cut(x[n], i, j)", "a = cut(xp[n], i, j)",
                                               "return dx, dw, db"], [3]),
        ("of image", "backward(dout, cache)", ["x, w, b, p = cache", "dw += cut(x[n], i, j)", "return dx, dw, db"], []),
        ("summed alone", "f(x, w)", ["a = np.einsum('nchwij,fkij->nfhw', x, w)"], [2]),
        ("summed alone", "f(x, w)", ["a = np.einsum('nchwij, fcij -> nfhw', x, w)", "db = np.einsum('nfhw->f', a)"],
         []),
        ("steps by pad", "forward(x, w, b, p)", ["stride, pad = p['stride'], p['pad']", "for i in range(3):",
                                                 "    top = i * pad"], [4]),
        ("rows for columns", "im2col(x)", ["H, W = x.shape[2:]", "for i in range(H):", "    for j in range(W):",
                                           "        cols[:, :, i * W + j] = x[:, :, i, j].T"], []),
        ("rows for columns", "f(x, w)", ["H, W = x.shape[2:]", "out = np.zeros((N, F, H, W))", "for i in range(H):",
                                         "    out[0, 0, i] = 1"], []),
        ("steps by kernel", "forward(x, w, b, p)", ["F, C, HH, WW = w.shape", "for top in range(0, 9, HH):",
                                                    "    mosaic[top : top + HH] = 1"], []),
        ("axes mixed", "forward(x, w, b, p)", ["N, C, H, W = x.shape", "stride = p['stride']",
                                               "n = (H // stride + 1) * (W // stride + 1)"], []),
        ("formula of a place", "n(x, w, stride, pad)", ["for a in (2, 3):",
                                                        "    n = (x.shape[a] + 2 * pad - w.shape[a]) // stride"], []),
        ("place of a pixel: i, k, stride, pad", "f(x, stride, pad)",
         ["for i in range(1, 9):", "    for k in range(3):", "        row = i * stride - pad - k"], []),
        ("without stride", "f(x, stride)", ["for i in np.arange(start=0, stop=H):", "    a += x[:, i : i + 3]"], [3]),
        ("steps by pad", "forward(x, w, b, p)", ["stride, pad = p['stride'], p['pad']", "for i in range(3):",
                                                 "    top = i * stride - pad", "    size = 2 * pad + i"], []),
        ("exchanged", "im2col(x)", ["H, W = x.shape[2:]", "for j in range(W):", "    for i in range(H):",
                                    "        a.append(x[:, :, i, j])"], [3]),
        ("formula one less", "size(h, k, step, margin)", ["return (h + 2 * margin - k) // step"], [2]),
        ("of bias", "forward(x, w, b, p)", ["stride = p['stride']", "for i in range(HH):", "    out += b"], [4]),
        ("without stride", "im2col(x, stride)", ["for i in range(Ho):", "    for j in range(0, Wo * stride, stride):",
                                                 "        a.append(x[:, :, i : i + 3, j : j + 3])"], [2]),
        ("without stride", "im2col(x, stride)", ["for i in range(0, H, stride):", "    a.append(x[:, i : i + 3])",
                                                 "for i in range(Ho):", "    a += x[:, i * stride : i * stride + 3]"],
         []),
        ("padded again", "forward(x, w, b, p)", ["pad = p['pad']", "xp = np.pad(x, [n, n, (pad, pad), n])",
                                                 "a = xp[n, c, i * s + u - pad, j]"], [4]),
        ("padded again", "forward(x, w, b, p)", ["pad = p['pad']", "xp = np.pad(x, [n, n, (pad, pad), n])",
                                                 "a = xp[n, c, i * s + u, j]"], [3]),
        ("assigned into db", "backward(dout, cache)", ["x, w, b, p = cache", "for i in range(3):",
                                                       "    target = cut(dx, i)", "    target += dout[i]",
                                                       "return dx, dw, db"], []),
        ("exchanged", "f(x, w)", ["HH, WW = w.shape[2:]", "Ho, Wo = d.shape[2:]", "for i in range(Ho):",
                                  "    for j in range(Wo):", "        top, left = j * 2, i * 2",
                                  "        a += d[0, 0, i, j] * x[:, :, top : top + HH, left : left + WW]"], [6]),
        ("of image", "backward(dout, cache)", ["x, w, b, p = cache", "for n in range(N):",
                                               "    dw += x[n][:, i : i + 3, j : j + 3]", "return dx, dw, db"], [4]),
    ],
)  # fmt: skip
def test_less_common_forms_have_their_lines(kind: str, head: str, lines: list[str], found: list[int]) -> None:
    text = "\n".join([f"def {head}:", *(f"    {line}" for line in lines)])
    assert outlines.outline(text, 1)["places"].get(kind, []) == found
