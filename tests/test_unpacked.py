"""A cache that is taken apart in another order than it was made in: found in the text, and told with both lines."""

from pathlib import Path

import pytest

from reference.normalization.outline import outline
from reference.unpacked import moved, taken_for_padded
from tests.cli import grade_json, items

FORWARD = """\
def forward(x, gamma):
    y = x * gamma
    cache = {made}
    return y, cache
"""
BACKWARD = """\
def backward(dout, cache):
    {taken} = cache
    return dout
"""


@pytest.mark.parametrize(
    ("made", "taken", "found"),
    [
        ("(x, gamma, y)", "x, y, gamma", ("gamma", 3, 6)),
        ("x, gamma, y, x.shape", "(x, gamma, _, y)", ("y", 3, 6)),
        ("(x, gamma, y)", "x, gamma, y", None),
        ("(x, gamma, y)", "x, g, x_hat", None),
        ("(x, gamma, y)", "x, _, _", None),
        ("(x, gamma, y)", "y, x", None),
        ("(y, gamma, x)", "x, gamma, old", None),  # other names for the same
        ("{'x': x}", "x, y, gamma", None),
    ],
)
def test_names_in_other_places_are_found(made: str, taken: str, found: tuple[str, int, int] | None) -> None:
    forward, backward = outline(FORWARD.format(made=made), 1), outline(BACKWARD.format(taken=taken), 5)
    assert moved(forward["places"], backward["places"]) == found


@pytest.mark.parametrize(
    ("made", "taken", "more", "found"),
    [
        ("(x, gamma)", "x_pad, gamma", "", ("x", "x_pad", 3, 6)),
        ("(x, gamma)", "x_pad, gamma", "x_pad = np.pad(x_pad, 1)", None),  # it is padded there
        ("(x_padded, gamma)", "xp, gamma", "", None),
        ("(x, gamma)", "x, pad", "x_pad = np.pad(x, pad)", None),
    ],
)
def test_what_is_not_padded_and_taken_for_that_is_found(
    made: str, taken: str, more: str, found: tuple[str, str, int, int] | None
) -> None:
    text = BACKWARD.format(taken=taken).replace("    return", f"    {more or 'pass'}\n    return")
    forward, backward = outline(FORWARD.format(made=made), 1), outline(text, 5)
    assert taken_for_padded(forward["places"], backward["places"]) == found


def test_a_name_that_forward_sets_anew_is_no_part_in_another_place() -> None:
    """What it holds in the cache may well be what backward calls otherwise."""
    text = FORWARD.format(made="(kept, x, gamma)").replace("    y =", "    kept = x\n    x = np.pad(x, 1)\n    y =")
    forward, backward = outline(text, 1), outline(BACKWARD.format(taken="x, x_pad, gamma"), 5)
    assert moved(forward["places"], backward["places"]) is None


WRONG = """\
import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    rows = x.reshape(len(x), G, -1)
    std = np.sqrt(rows.var(axis=2, keepdims=True) + eps)
    x_hat = ((rows - rows.mean(axis=2, keepdims=True)) / std).reshape(x.shape)
    return gamma * x_hat + beta, (x_hat, std, gamma, beta, G)


def spatial_groupnorm_backward(dout, cache):
    x_hat, std, beta, gamma, G = cache
    dgamma = (dout * x_hat).sum(axis=(0, 2, 3), keepdims=True)
    g, h = (array.reshape(len(dout), G, -1) for array in (dout * gamma, x_hat))
    dx = (g - g.mean(axis=2, keepdims=True) - h * (g * h).mean(axis=2, keepdims=True)) / std
    return dx.reshape(dout.shape), dgamma, dout.sum(axis=(0, 2, 3), keepdims=True)
"""


def test_report_tells_the_lines_of_both(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text(WRONG)
    report = grade_json(tmp_path / "s.py", "--rubric", "cs231n-spatial-groupnorm", "--no-timing")
    told = "The cache is made and taken apart in different orders: `gamma` is not in the same place (lines 9, 13)."
    facts = {item: found["facts"] for item, found in items(report).items() if found["facts"]}
    assert facts == {"dx": [told]}
