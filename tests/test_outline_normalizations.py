"""What the text of a normalization says: the lines that show a known mistake, in its own text or in what it calls."""

from collections import Counter

import pytest

from grader.operators import find_operator
from grader.reading.callees import Callees
from grader.reading.inside import _outlines
from grader.records import Content
from grader.source_code.text import list_functions, parse
from reference.normalization.outline import KINDS, outline
from reference.spec import Bank
from tests.injected_normalizations import RIGHT, programs
from tests.marking import changed, marked

SHOWN_WHERE_AVERAGES_ARE_UPDATED = {
    "avg-shape", "avg-shape-mean", "avg-shape-variance", "avg-axes-kept",
    "avg-unchanged-mean", "avg-unchanged-variance",
}  # fmt: skip
"""There the shape matters, which the injected programs make some lines earlier, or the new average is not written."""


def bank(norm: str) -> Bank:
    operator = find_operator(f"spatial_{norm}")
    assert operator is not None
    return operator.bank()


@pytest.mark.parametrize("norm", RIGHT)
def test_lines_are_those_in_which_the_mistake_was_put_or_none(norm: str) -> None:
    """Measured of the mistakes that have a place: 92 % and 88 % exact, all others silent."""
    bugs = {bug.id: bug for bug in bank(norm).bugs if bug.place and bug.id not in SHOWN_WHERE_AVERAGES_ARE_UPDATED}
    ends: Counter[str] = Counter()
    for program in programs(norm):
        if program.bug in bugs:
            bug = bugs[program.bug]
            lines = marked(bank(norm), outline, bug, program.code, f"def spatial_{norm}_{bug.function}")
            assert lines <= changed(RIGHT[norm][program.structure], program.code), (program.bug, program.structure)
            ends["exact" if lines else "silent"] += 1
    assert ends["exact"] >= 0.85 * ends.total(), ends


@pytest.mark.parametrize("norm", RIGHT)
def test_every_place_of_the_bank_can_be_found(norm: str) -> None:
    assert {bug.place for bug in bank(norm).bugs} - {""} <= set(KINDS)


@pytest.mark.parametrize(
    ("kind", "line", "shows"),
    [
        ("eps beside a root", "y = x / (np.std(x, axis=0) + eps)", True),
        ("eps beside a root", "s = np.sqrt(v); y = x / (s + eps)", True),
        ("eps beside a root", "y = x / np.sqrt(v + eps)", False),
        ("root without eps", "y = x / v**0.5", True),
        ("root without eps", "v = v + eps; y = x / np.sqrt(v)", False),
        ("root without eps", "x, v, epsilon = cache; y = x / np.sqrt(v + epsilon)", False),
        ("eps beside a root", "y = x / (np.std(x, axis=0) + epsilon)", True),
        ("averages divide", "y = x / np.sqrt(running_var**2 + eps)", True),
        ("sum keeps axes", "dbeta = np.sum(dout, axis=0, keepdims=True)", True),
        ("sum keeps axes", "dbeta = np.sum(dout, axis=0); mean = x.mean(axis=0, keepdims=True)", False),
        ("sum keeps no axes", "dgamma = (dout * y).sum(axis=(0, 2, 3))", True),
        ("sum keeps no axes", "dgamma = (dout * y).sum(axis=(0, 2, 3), keepdims=True)", False),
        ("root of averages without eps", "y = x / np.sqrt(bn_param['running_var'])", True),
        (
            "root of averages without eps",
            "running_var = m * running_var + (1 - m) * np.var(x); x = x / (np.sqrt(running_var) + eps)",
            True,
        ),
        ("root of averages without eps", "y = x / np.sqrt(running_var + eps)", False),
        ("averages divide", "y = x / (running_var + eps)", True),
        ("averages divide", "y = x / np.sqrt(running_var + eps)", False),
        ("other default of eps", "eps = bn_param.get('eps', 1e-8)", True),
        ("other default of eps", "eps = bn_param.get('eps', 1e-5)", False),
        ("statistics in test mode", "if mode == 'test':\n        out = x - x.mean(axis=0)", True),
        ("statistics in test mode", "if mode != 'test':\n        out = x - x.mean(axis=0)", False),
        ("statistics in test mode", "if mode == 'train':\n        out = x - x.mean(axis=0)", False),
        ("gradients exchanged", "return dx, dbeta, dgamma", True),
        ("gradients exchanged", "return dx, dgamma, dbeta", False),
        ("other default of momentum", "m = bn_param.get('momentum', 0.1)", True),
        ("other default of momentum", "m = bn_param.get('momentum', 0.9); eps = bn_param.get('eps', 0.1)", False),
        ("fixed eps", "y = x / np.sqrt(v + 1e-3)", True),
        ("eps averaged", "v = x.var(axis=0) + eps; running_var = m * running_var + (1 - m) * v", True),
        ("eps averaged", "bn_param['running_var'] = m * running_var + (1 - m) * (v + eps)", True),
        ("eps averaged", "v = var + eps; s = np.sqrt(v); running_var = m * running_var + (1 - m) * s**2", True),
        ("eps averaged", "v = var; s = np.sqrt(v); running_var = m * running_var + (1 - m) * s**2", False),
        ("eps averaged", "s = np.sqrt(v + eps); running_var = m * running_var + (1 - m) * v", False),
        ("running_mean not written", "rm = d.get('running_mean', 0); rm = m * rm + (1 - m) * mu", True),
        ("running_mean not written", "running_mean = m * d['running_mean'] + (1 - m) * mu", True),
        ("running_mean not written", "rm = d.get('running_mean', 0); d['running_mean'] = m * rm + (1 - m) * mu", False),
        (
            "running_mean not written",
            "running_mean = m * running_mean + mu; d.update(running_mean=running_mean)",
            False,
        ),
        ("running_mean not written", "running_mean = m * running_mean + mu; d.update({'running_mean': 1})", False),
        ("reshape of an argument", "y = np.reshape(x, (-1, C))", True),
        ("reshape of an argument", "y = x.transpose(0, 2, 3, 1).reshape(-1, C)", False),
        ("reshape of an argument", "x = x.swapaxes(0, 1)\ny = x.reshape(C, -1)", False),
        ("reshape of an argument", "y = x.reshape(-1, C)\nx = y.T", True),
        ("reshape into groups", "y = x.reshape(N, G, C // G, H, W)", True),
        ("reshape into groups", "y = x[:, g * G : (g + 1) * G]", True),
        ("reshape into groups", "y = x[:, g : g + G]", False),
        ("reshape into groups", "N, Q, G, H, W = x.shape; y = y.reshape(N, Q * G, H, W)", False),
        ("reshape into groups", "y = x.reshape(N * G, C // G, H, W)", True),
        ("reshape into groups", "y = x.reshape(N * G, -1)", True),
        ("axes added to gamma", "out = gamma[np.newaxis, :, np.newaxis, np.newaxis] * y", True),
        ("axes added to gamma", "out = y + beta[None, :, None, None]", True),
        ("axes added to gamma", "out = gamma[0] * (y - mean[:, None])", False),
        ("update of running_mean", "running_mean = m * running_mean + (1 - m) * mean", True),
        ("update of running_mean", "running_var = m * running_var + (1 - m) * var", False),
        ("update of running_var", "rv = bn_param.get('running_var', z); rv = m * rv + (1 - m) * np.sqrt(v)", True),
        ("update of running_var", "rv = bn_param['running_mean']; rv = m * rv + (1 - m) * v", False),
        ("update of running_var", "std = np.sqrt(bn_param['running_var'] + eps); std = std * 2", False),
        ("each place", "N, C, H, W = x.shape; mean = x.mean(axis=0); var = np.var(x, axis=(0,))", True),
        ("each place", "N, D = x.shape; mean = x.mean(axis=0)", False),
        ("each place", "N, C, H, W = x.shape; mean = x.mean(axis=(0, 2, 3)); y = rows.mean(axis=0)", False),
        ("each image", "mean = x.mean(axis=(1, 2, 3), keepdims=True)", True),
        ("each image", "mean = x.mean(axis=(0, 2, 3))", False),
        ("all channels", "N, C, H, W = x.shape; mean = np.mean(x)", True),
        ("all channels", "mean = np.mean(x)", False),
        ("all channels", "N, C, H, W = x.shape; mean = x.mean(axis=(0, 1, 2, 3), keepdims=True)", True),
        ("all channels", "N, C, H, W = x.shape; mean = np.mean(x, (0, 2, 3)); var = ((x - mean) ** 2).mean()", False),
        ("mean for a gradient", "dbeta = x.sum(axis=0).mean(axis=(1, 2))", True),
        ("mean for a gradient", "dbeta = x.sum(axis=(0, 2, 3)); dx = x - x.mean()", False),
        ("dgamma", "up = x.reshape(-1); dgamma = (up * y).sum()", True),
        ("dgamma", "dgamma = np.zeros(C)", False),
        ("each place", "for c in range(C): batchnorm_forward(x[:, c], gamma[c], beta[c], bn_param)", True),
        (
            "test mode without gamma",
            "if mode == 'test':\n        out = x / s\n    else:\n        gamma * x",
            True,
        ),
        ("test mode without gamma", "if mode == 'test':\n        out = gamma * x / s", False),
        ("test mode without beta", "if mode == 'test':\n        out = gamma * x / s", True),
        ("test mode without beta", "if mode == 'test':\n        out = gamma * x / s + beta", False),
        ("eps added", "v += eps; y = x / s", True),
        ("eps added", "v = np.var(x) + eps", True),
        ("eps added", "y = x / np.sqrt(running_var + eps)", False),
        ("key set", "bn_param['eps'] = 1e-5", True),
        ("key set", "bn_param['running_mean'] = bn_param['running_var'] = m", False),
        ("key set", "bn_param.pop('running_mean', None)", True),
        ("key set", "del bn_param['running_mean']", True),
    ],
)
def test_places_are_told_from_what_is_right(kind: str, line: str, shows: bool) -> None:
    assert bool(outline(f"def f(x, gamma, beta, bn_param):\n    {line}\n", 1)["places"][kind]) is shows


def test_slices_that_make_the_groups_are_told_and_no_reshape_of_one_of_them() -> None:
    text = "def f(x, G):\n    part = x[:, i * G : (i + 1) * G]\n    return part.reshape(len(part), -1)\n"
    assert outline(text, 1)["places"]["reshape into groups"] == [2]


def test_names_that_are_computed_from_each_other_again_and_again_are_followed_once() -> None:
    again = "    x = x * y + z\n    y = y + x * z\n    z = x - y\n" * 300
    found = outline(f"def f(x, y, z):\n{again}    return np.sqrt(x), None\n", 1)["places"]
    assert found["root without eps"] == [902]


CALLS = """\
def rows(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-8)
    return gamma * x / (x.var(axis=0) + eps) ** 0.5 + beta, None


def others(bn_param):
    return bn_param.get("eps", 1e-3)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    '''Not as others(bn_param) does.'''
    # not others(bn_param)
    return rows(x, gamma, beta, bn_param)
"""


def test_places_in_functions_that_are_called_are_found_too_and_no_others() -> None:
    """The course's spatial normalization calls that of rows."""
    operator, name = find_operator("spatial_batchnorm"), "spatial_batchnorm_forward"
    assert operator is not None
    submission = parse(Content("a.py", CALLS.encode()), [name])
    listings = list_functions(submission, [name])
    found = _outlines({name: str(operator.outline)}, listings, Callees.of(submission, listings))
    assert found[name]["places"]["other default of eps"] == [2]


@pytest.mark.parametrize(
    ("line", "shows"),
    [
        ('eps = bn_param.get("esp", 1e-5)', True),
        ("eps = 1e-5", True),
        ("dvar = dvar * (var + 1e-5) ** -1.5", True),
        ('eps = bn_param.get("eps", 1e-5)', False),
        ('x_hat, eps = cache.get("x_hat"), cache.get("eps")', False),
        ("eps = find(bn_param)", False),
    ],
)
def test_eps_that_no_key_of_that_name_gives_is_a_place(line: str, shows: bool) -> None:
    places = outline(f"def f(x, gamma, beta, bn_param):\n    {line}\n    return x, None\n", 1)["places"]
    assert places.get("fixed eps", []) == ([2] if shows else [])
