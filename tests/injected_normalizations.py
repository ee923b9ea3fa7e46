"""Normalizations with one known mistake each, as students would write them, in three ways of writing one.

A mistake is a text replacement in one function of a right program: "rows" makes rows of what is normalized together and
calls a normalization of rows, "axes" names axes, and "loops" goes through channels or groups. Backward is given what
forward was given, and computes the rest anew.
"""

from collections.abc import Iterator, Mapping

from tests.injected import Changes, Injected

_PARAMETERS = """\
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(C))
    running_var = bn_param.get("running_var", np.zeros(C))
"""
_UPDATE = """\
running_mean = momentum * running_mean + (1 - momentum) * mean
"""
_KEEP = """\
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
"""
BATCHNORM = {
    "rows": f"""\
import numpy as np


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
{_PARAMETERS}\
    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)
    if bn_param["mode"] == "train":
        mean = rows.mean(axis=0)
        var = rows.var(axis=0)
        {_UPDATE}\
        running_var = momentum * running_var + (1 - momentum) * var
        x_hat = (rows - mean) / np.sqrt(var + eps)
    else:
        x_hat = (rows - running_mean) / np.sqrt(running_var + eps)
    out = gamma * x_hat + beta
{_KEEP}\
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), (x, gamma, beta, bn_param)


def spatial_batchnorm_backward(dout, cache):
    x, gamma, beta, bn_param = cache
    N, C, H, W = dout.shape
    eps, count = bn_param.get("eps", 1e-5), N * H * W
    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)
    up = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    mean, var = rows.mean(axis=0), rows.var(axis=0)
    std = np.sqrt(var + eps)
    x_hat = (rows - mean) / std
    dbeta = up.sum(axis=0)
    dgamma = (up * x_hat).sum(axis=0)
    g = up * gamma
    through_mean = g.sum(axis=0) / count
    through_var = x_hat * (g * x_hat).sum(axis=0) / count
    dx = (g - through_mean - through_var) / std
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta
""",
    "axes": f"""\
import numpy as np


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
{_PARAMETERS}\
    over, wide = (0, 2, 3), (1, C, 1, 1)
    if bn_param["mode"] == "train":
        mean = np.mean(x, axis=over)
        var = np.var(x, axis=over)
        {_UPDATE}\
        running_var = momentum * running_var + (1 - momentum) * var
        x_hat = (x - mean.reshape(wide)) / np.sqrt(var.reshape(wide) + eps)
    else:
        x_hat = (x - running_mean.reshape(wide)) / np.sqrt(running_var.reshape(wide) + eps)
    out = gamma.reshape(wide) * x_hat + beta.reshape(wide)
{_KEEP}\
    return out, (x, gamma, beta, bn_param)


def spatial_batchnorm_backward(dout, cache):
    x, gamma, beta, bn_param = cache
    N, C, H, W = dout.shape
    over, eps, count = (0, 2, 3), bn_param.get("eps", 1e-5), N * H * W
    mean, var = x.mean(axis=over, keepdims=True), x.var(axis=over, keepdims=True)
    std = (var + eps) ** 0.5
    x_hat = (x - mean) / std
    dbeta = dout.sum(axis=over)
    dgamma = (dout * x_hat).sum(axis=over)
    g = dout * gamma[None, :, None, None]
    through_mean = g.sum(axis=over, keepdims=True) / count
    through_var = x_hat * (g * x_hat).sum(axis=over, keepdims=True) / count
    dx = (g - through_mean - through_var) / std
    return dx, dgamma, dbeta
""",
    "loops": f"""\
import numpy as np


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
{_PARAMETERS}\
    running_mean, running_var = running_mean.copy(), running_var.copy()
    out = np.zeros(x.shape)
    for c in range(C):
        channel = x[:, c]
        if bn_param["mode"] == "train":
            mean = channel.mean()
            var = ((channel - mean) ** 2).mean()
            running_mean[c] = momentum * running_mean[c] + (1 - momentum) * mean
            running_var[c] = momentum * running_var[c] + (1 - momentum) * var
            x_hat = (channel - mean) / np.sqrt(var + eps)
        else:
            x_hat = (channel - running_mean[c]) / np.sqrt(running_var[c] + eps)
        out[:, c] = gamma[c] * x_hat + beta[c]
{_KEEP}\
    return out, (x, gamma, beta, bn_param)


def spatial_batchnorm_backward(dout, cache):
    x, gamma, beta, bn_param = cache
    N, C, H, W = dout.shape
    eps, count = bn_param.get("eps", 1e-5), N * H * W
    dx, dgamma, dbeta = np.zeros(x.shape), np.zeros(C), np.zeros(C)
    for c in range(C):
        channel, up = x[:, c], dout[:, c]
        mean, var = channel.mean(), channel.var()
        std = np.sqrt(var + eps)
        x_hat = (channel - mean) / std
        dbeta[c] = up.sum()
        dgamma[c] = (up * x_hat).sum()
        g = up * gamma[c]
        through_mean = g.sum() / count
        through_var = x_hat * (g * x_hat).sum() / count
        dx[:, c] = (g - through_mean - through_var) / std
    return dx, dgamma, dbeta
""",
}
GROUPNORM = {
    "rows": """\
import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    eps = gn_param.get("eps", 1e-5)
    rows = x.reshape(N * G, -1).T
    mean = rows.mean(axis=0)
    var = rows.var(axis=0)
    x_hat = (rows - mean) / np.sqrt(var + eps)
    x_hat = x_hat.T.reshape(N, C, H, W)
    return gamma * x_hat + beta, (x, gamma, beta, G, gn_param)


def spatial_groupnorm_backward(dout, cache):
    x, gamma, beta, G, gn_param = cache
    N, C, H, W = dout.shape
    eps, count = gn_param.get("eps", 1e-5), (C // G) * H * W
    rows = x.reshape(N * G, -1).T
    mean, var = rows.mean(axis=0), rows.var(axis=0)
    std = np.sqrt(var + eps)
    x_hat = (rows - mean) / std
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    dgamma = (dout * x_hat.T.reshape(x.shape)).sum(axis=(0, 2, 3), keepdims=True)
    g = (dout * gamma).reshape(N * G, -1).T
    through_mean = g.sum(axis=0) / count
    through_var = x_hat * (g * x_hat).sum(axis=0) / count
    dx = (g - through_mean - through_var) / std
    return dx.T.reshape(N, C, H, W), dgamma, dbeta
""",
    "axes": """\
import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    eps = gn_param.get("eps", 1e-5)
    groups = x.reshape(N, G, C // G, H, W)
    over = (2, 3, 4)
    mean = np.mean(groups, axis=over, keepdims=True)
    var = np.var(groups, axis=over, keepdims=True)
    x_hat = (groups - mean) / np.sqrt(var + eps)
    x_hat = x_hat.reshape(x.shape)
    return gamma * x_hat + beta, (x, gamma, beta, G, gn_param)


def spatial_groupnorm_backward(dout, cache):
    x, gamma, beta, G, gn_param = cache
    N, C, H, W = dout.shape
    eps, count = gn_param.get("eps", 1e-5), (C // G) * H * W
    groups = x.reshape(N, G, C // G, H, W)
    over = (2, 3, 4)
    mean, var = groups.mean(axis=over, keepdims=True), groups.var(axis=over, keepdims=True)
    std = (var + eps) ** 0.5
    x_hat = (groups - mean) / std
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    dgamma = (dout * x_hat.reshape(x.shape)).sum(axis=(0, 2, 3), keepdims=True)
    g = (dout * gamma).reshape(groups.shape)
    through_mean = g.sum(axis=over, keepdims=True) / count
    through_var = x_hat * (g * x_hat).sum(axis=over, keepdims=True) / count
    dx = (g - through_mean - through_var) / std
    return dx.reshape(x.shape), dgamma, dbeta
""",
    "loops": """\
import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    eps = gn_param.get("eps", 1e-5)
    x_hat = np.zeros(x.shape)
    size = C // G
    for n in range(N):
        for k in range(G):
            group = x[n, k * size : (k + 1) * size]
            mean = group.mean()
            var = ((group - mean) ** 2).mean()
            x_hat[n, k * size : (k + 1) * size] = (group - mean) / np.sqrt(var + eps)
    return gamma * x_hat + beta, (x, gamma, beta, G, gn_param)


def spatial_groupnorm_backward(dout, cache):
    x, gamma, beta, G, gn_param = cache
    N, C, H, W = dout.shape
    size = C // G
    eps, count = gn_param.get("eps", 1e-5), size * H * W
    dx, dgamma, dbeta = np.zeros(x.shape), np.zeros(gamma.shape), np.zeros(beta.shape)
    for n in range(N):
        for k in range(G):
            mine = slice(k * size, (k + 1) * size)
            group, up = x[n, mine], dout[n, mine]
            mean, var = group.mean(), group.var()
            std = np.sqrt(var + eps)
            x_hat = (group - mean) / std
            dbeta[0, mine, 0, 0] += up.sum(axis=(1, 2))
            dgamma[0, mine, 0, 0] += (up * x_hat).sum(axis=(1, 2))
            g = up * gamma[0, mine]
            through_mean = g.sum() / count
            through_var = x_hat * (g * x_hat).sum() / count
            dx[n, mine] = (g - through_mean - through_var) / std
    return dx, dgamma, dbeta
""",
}
RIGHT = {"batchnorm": BATCHNORM, "groupnorm": GROUPNORM}
STRUCTURES = ("rows", "axes", "loops")


def _everywhere(*changes: tuple[str, str]) -> dict[str, Changes]:
    return dict.fromkeys(STRUCTURES, changes)


def _each(rows: Changes, axes: Changes, loops: Changes) -> dict[str, Changes]:
    return {"rows": rows, "axes": axes, "loops": loops}


_DX = "= (g - through_mean - through_var) / std"
BACKWARD: Mapping[str, Mapping[str, Changes]] = {
    "dx-direct-only": _everywhere((_DX, "= g / std")),
    "dx-no-mean": _everywhere((_DX, "= (g - through_var) / std")),
    "dx-no-variance": _everywhere((_DX, "= (g - through_mean) / std")),
    "dx-wrong-count": _everywhere(("/ count\n", "/ (H * W)\n")),
    "dx-no-count": _everywhere(("/ count\n", "\n")),
    "dx-no-count-mean": _each(
        (("g.sum(axis=0) / count", "g.sum(axis=0)"),),
        (("g.sum(axis=over, keepdims=True) / count", "g.sum(axis=over, keepdims=True)"),),
        (("g.sum() / count", "g.sum()"),),
    ),
    "dx-no-count-variance": _each(
        ((".sum(axis=0) / count\n    dx", ".sum(axis=0)\n    dx"),),
        (("keepdims=True) / count\n    dx", "keepdims=True)\n    dx"),),
        (("(g * x_hat).sum() / count", "(g * x_hat).sum()"),),
    ),
    "dx-no-deviation": _everywhere((_DX, "= g - through_mean - through_var")),
    "dx-by-variance": _everywhere((_DX, "= (g - through_mean - through_var) / (var + eps)")),
    "dx-mean-sign": _everywhere((_DX, "= (g + through_mean - through_var) / std")),
    "dx-variance-sign": _everywhere((_DX, "= (g - through_mean + through_var) / std")),
    "dx-variance-twice": _everywhere((_DX, "= (g - through_mean - 2 * through_var) / std")),
    "dx-variance-power": _each(
        ((_DX, "= (g - through_mean) / std - through_var * std"),),
        ((_DX, "= (g - through_mean) / std - through_var"),),
        ((_DX, "= (g - through_mean - through_var * (var + eps)) / std"),),
    ),
    "dx-variance-no-eps": _everywhere((_DX, "= (g - through_mean - through_var * (std / np.sqrt(var)) ** 3) / std")),
    "dx-eps-default": _everywhere(('_param.get("eps", 1e-5)', '_param.get("eps", 1e-8)')),
    "dx-no-eps": _everywhere((_DX, "= (g - through_mean - through_var) / np.sqrt(var)")),
    "dgamma-dbeta-swapped": _everywhere((", dgamma, dbeta\n", ", dbeta, dgamma\n")),
}
_BY_FIXED = "= (g - through_mean - through_var * (var + eps) / (var + 1e-5)) / np.sqrt(var + 1e-5)"
_FIXED_ALONE = _each(
    ((_DX, _BY_FIXED),),
    ((_DX, _BY_FIXED),),
    ((_DX, "= (g - through_mean - through_var * (std / np.sqrt(var + 1e-5)) ** 3) / std"),),
)
_EPS_OUTSIDE = _each(
    (("np.sqrt(var + eps)", "np.sqrt(var) + eps"),),
    (("(var + eps) ** 0.5", "var**0.5 + eps"),),
    (("np.sqrt(var + eps)", "np.sqrt(var) + eps"),),
)
_NO_EPS = _each(
    (("np.sqrt(var + eps)", "np.sqrt(var)"),),
    (("(var + eps) ** 0.5", "var**0.5"),),
    (("np.sqrt(var + eps)", "np.sqrt(var)"),),
)
_EPS_TWICE = _each(
    (("np.sqrt(var + eps)", "np.sqrt(var + eps + eps)"),),
    (("(var + eps) ** 0.5", "(var + 2 * eps) ** 0.5"),),
    (("np.sqrt(var + eps)", "np.sqrt(eps + var + eps)"),),
)
_OF_CHANNELS = "[None, :, None, None]"
_SHORT = {
    "rows": (
        ("= g.sum(axis=0) / count", "= gamma * dbeta / count"),
        ("(g * x_hat).sum(axis=0) / count", "gamma * dgamma / count"),
    ),
    "axes": (
        ("= g.sum(axis=over, keepdims=True) / count", f"= (gamma * dbeta){_OF_CHANNELS} / count"),
        ("(g * x_hat).sum(axis=over, keepdims=True) / count", f"(gamma * dgamma){_OF_CHANNELS} / count"),
    ),
    "loops": (
        ("= g.sum() / count", "= gamma[c] * dbeta[c] / count"),
        ("(g * x_hat).sum() / count", "gamma[c] * dgamma[c] / count"),
    ),
}
"""dx of dgamma and dbeta."""
BATCHNORM_BACKWARD: Mapping[str, Mapping[str, Changes]] = {
    **BACKWARD,
    "dx-eps-twice": _EPS_TWICE,
    "bwd-no-eps": _NO_EPS,
    "dx-eps-outside": _EPS_OUTSIDE,
    "dx-wrong-count": _everywhere(("/ count\n", "/ N\n")),
    "dx-eps-fixed-alone": _FIXED_ALONE,
    "dx-eps-fixed": _everywhere(('bn_param.get("eps", 1e-5)', "1e-5")),
    "dx-eps-other": _everywhere(('bn_param.get("eps", 1e-5)', "1e-8")),
    "dx-gamma-twice": _each(
        (("    return dx.reshape", "    dx = dx * gamma\n    return dx.reshape"),),
        (("    return dx,", "    dx = dx * gamma[None, :, None, None]\n    return dx,"),),
        (("g = up * gamma[c]", "g = up * gamma[c] * gamma[c]"),),
    ),
    "dx-no-gamma": _each(
        (("g = up * gamma", "g = up"),),
        (("g = dout * gamma[None, :, None, None]", "g = dout"),),
        (("g = up * gamma[c]", "g = up"),),
    ),
    "dx-not-centred": _each(
        (("rows.var(axis=0)", "(rows**2).mean(axis=0)"),),
        (("x.var(axis=over", "(x**2).mean(axis=over"),),
        (("channel.var()", "(channel**2).mean()"),),
    ),
    "dx-unbiased": _each(
        (
            ("rows.var(axis=0)", "rows.var(axis=0, ddof=1)"),
            ("(g * x_hat).sum(axis=0) / count", "(g * x_hat).sum(axis=0) / (count - 1)"),
        ),
        (("x.var(axis=over,", "x.var(axis=over, ddof=1,"),),
        (("channel.var()", "channel.var(ddof=1)"),),
    ),
    "dgamma-of-x": _each(
        (("(up * x_hat).sum(axis=0)\n    g", "(up * rows).sum(axis=0)\n    g"),),
        (("(dout * x_hat)", "(dout * x)"),),
        (("(up * x_hat)", "(up * channel)"),),
    ),
    "dgamma-other-eps": _each(
        (("(up * x_hat)", "(up * x_hat * std / np.sqrt(var))"),),
        (("(dout * x_hat)", "(dout * x_hat * std / np.sqrt(var))"),),
        (("(up * x_hat)", "(up * x_hat * std / np.sqrt(var))"),),
    ),
    "dgamma-no-x": _each(
        (("(up * x_hat)", "up"),),
        (("(dout * x_hat)", "dout"),),
        (("(up * x_hat)", "up"),),
    ),
    "dgamma-dbeta-mean": _each(
        (("up.sum(axis=0)", "up.mean(axis=0)"), ("(up * x_hat).sum", "(up * x_hat).mean")),
        (("dout.sum(axis=over)", "dout.mean(axis=over)"), ("(dout * x_hat).sum", "(dout * x_hat).mean")),
        (("up.sum()", "up.mean()"), ("(up * x_hat).sum", "(up * x_hat).mean")),
    ),
    "dgamma-dbeta-axes-left": {
        "axes": (
            ("dout.sum(axis=over)", "dout.sum(axis=0)"),
            ("(dout * x_hat).sum(axis=over)", "(dout * x_hat).sum(axis=0)"),
        ),
    },
    "dgamma-dbeta-shape": {
        "rows": (
            ("up.sum(axis=0)", "up.sum(axis=0, keepdims=True)"),
            ("(up * x_hat).sum(axis=0)", "(up * x_hat).sum(axis=0, keepdims=True)"),
        ),
        "axes": (
            ("dout.sum(axis=over)", "dout.sum(axis=over, keepdims=True)"),
            ("(dout * x_hat).sum(axis=over)", "(dout * x_hat).sum(axis=over, keepdims=True)"),
        ),
    },
    "dx-channels-mixed": {
        "rows": (
            (".transpose(0, 2, 3, 1).reshape(-1, C)", ".reshape(-1, C)"),
            ("dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "dx.reshape(N, C, H, W)"),
        ),
    },
    "dx-each-image": {
        "axes": (
            ("over, eps, count = (0, 2, 3)", "over, eps, count = (2, 3)"),
            ("N * H * W", "H * W"),
            ("dbeta = dout.sum(axis=over)", "dbeta = dout.sum(axis=(0, 2, 3))"),
            ("(dout * x_hat).sum(axis=over)", "(dout * x_hat).sum(axis=(0, 2, 3))"),
        ),
        "loops": (
            (
                "channel.mean(), channel.var()",
                "channel.mean(axis=(1, 2), keepdims=True), channel.var(axis=(1, 2), keepdims=True)",
            ),
            ("N * H * W", "H * W"),
            ("g.sum() / count", "g.sum(axis=(1, 2), keepdims=True) / count"),
            ("(g * x_hat).sum() / count", "(g * x_hat).sum(axis=(1, 2), keepdims=True) / count"),
        ),
    },
    "dx-each-place": {
        "rows": (
            (".transpose(0, 2, 3, 1).reshape(-1, C)", ".reshape(N, -1)"),
            ("dbeta = up.sum(axis=0)", "dbeta = up.sum(axis=0).reshape(C, -1).sum(axis=1)"),
            ("(up * x_hat).sum(axis=0)", "(up * x_hat).sum(axis=0).reshape(C, -1).sum(axis=1)"),
            ("g = up * gamma", "g = up * np.repeat(gamma, H * W)"),
            ("/ count", "/ N"),
            ("dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "dx.reshape(x.shape)"),
        ),
        "loops": (
            ("channel.mean(), channel.var()", "channel.mean(axis=0), channel.var(axis=0)"),
            ("= g.sum() / count", "= g.sum(axis=0) / N"),
            ("(g * x_hat).sum() / count", "(g * x_hat).sum(axis=0) / N"),
        ),
    },
    "dx-all-channels": {
        "rows": (
            ("rows.mean(axis=0), rows.var(axis=0)", "rows.mean(), rows.var()"),
            ("N * H * W", "N * C * H * W"),
            ("g.sum(axis=0) / count", "g.sum() / count"),
            ("(g * x_hat).sum(axis=0) / count", "(g * x_hat).sum() / count"),
        ),
        "axes": (
            ("over, eps, count = (0, 2, 3)", "over, eps, count = (0, 1, 2, 3)"),
            ("N * H * W", "N * C * H * W"),
            ("dbeta = dout.sum(axis=over)", "dbeta = dout.sum(axis=(0, 2, 3))"),
            ("(dout * x_hat).sum(axis=over)", "(dout * x_hat).sum(axis=(0, 2, 3))"),
        ),
    },
    "dx-dgamma-of-x": _each(
        (("(up * x_hat).sum(axis=0)\n    g", "(up * rows).sum(axis=0)\n    g"), *_SHORT["rows"]),
        (("(dout * x_hat)", "(dout * x)"), *_SHORT["axes"]),
        (("(up * x_hat)", "(up * channel)"), *_SHORT["loops"]),
    ),
    "dx-dgamma-no-x": _each(
        (("(up * x_hat)", "up"), *_SHORT["rows"]),
        (("(dout * x_hat)", "dout"), *_SHORT["axes"]),
        (("(up * x_hat)", "up"), *_SHORT["loops"]),
    ),
    "dx-dgamma-dbeta-mean": _each(
        (("up.sum(axis=0)", "up.mean(axis=0)"), ("(up * x_hat).sum", "(up * x_hat).mean"), *_SHORT["rows"]),
        (
            ("dout.sum(axis=over)", "dout.mean(axis=over)"),
            ("(dout * x_hat).sum", "(dout * x_hat).mean"),
            *_SHORT["axes"],
        ),
        (("up.sum()", "up.mean()"), ("(up * x_hat).sum", "(up * x_hat).mean"), *_SHORT["loops"]),
    ),
    "dx-dbeta-mean": _each(
        (("up.sum(axis=0)", "up.mean(axis=0)"), *_SHORT["rows"]),
        (("dout.sum(axis=over)", "dout.sum(axis=0).mean(axis=(1, 2))"), *_SHORT["axes"]),
        (("up.sum()", "up.mean(axis=0).sum()"), *_SHORT["loops"]),
    ),
    "dx-dgamma-mean": _each(
        (("(up * x_hat).sum", "(up * x_hat).mean"), *_SHORT["rows"]),
        (("(dout * x_hat).sum(axis=over)", "(dout * x_hat).sum(axis=0).mean(axis=(1, 2))"), *_SHORT["axes"]),
        (("(up * x_hat).sum()", "(up * x_hat).mean(axis=0).sum()"), *_SHORT["loops"]),
    ),
    "dx-turned": {
        "rows": (("dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "dx.reshape(N, H, W, C).transpose(0, 3, 2, 1)"),),
        "axes": (("return dx,", "return dx.transpose(0, 1, 3, 2),"),),
        "loops": (("return dx,", "return np.swapaxes(dx, 2, 3),"),),
    },
    "dx-not-moved-back": {
        "rows": (("dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "dx.reshape(N, C, H, W)"),),
        "axes": (("return dx,", "return dx.transpose(0, 2, 3, 1).reshape(x.shape),"),),
    },
}
_SIZE = "(C // G)"
GROUPNORM_BACKWARD: Mapping[str, Mapping[str, Changes]] = {
    **BACKWARD,
    "dx-eps-twice": _EPS_TWICE,
    "bwd-no-eps": _NO_EPS,
    "dx-eps-outside": _EPS_OUTSIDE,
    "dx-eps-fixed-alone": _FIXED_ALONE,
    "dx-eps-fixed": _everywhere(('gn_param.get("eps", 1e-5)', "1e-5")),
    "dx-eps-other": _everywhere(('gn_param.get("eps", 1e-5)', "1e-3")),
    "dx-gamma-twice": _each(
        (("(dout * gamma).reshape", "(gamma * dout * gamma).reshape"),),
        (("return dx.reshape(x.shape)", "return gamma * dx.reshape(x.shape)"),),
        (("g = up * gamma[0, mine]", "g = up * gamma[0, mine] ** 2"),),
    ),
    "dx-no-gamma": _each(
        (("(dout * gamma).reshape", "dout.reshape"),),
        (("(dout * gamma).reshape", "dout.reshape"),),
        (("g = up * gamma[0, mine]", "g = up"),),
    ),
    "dx-not-centred": _each(
        (("rows.var(axis=0)", "(rows**2).mean(axis=0)"),),
        (("groups.var(axis=over", "(groups**2).mean(axis=over"),),
        (("group.var()", "(group**2).mean()"),),
    ),
    "dx-unbiased": _each(
        (("rows.var(axis=0)", "rows.var(axis=0, ddof=1)"),),
        (("groups.var(axis=over,", "groups.var(axis=over, ddof=1,"),),
        (("group.var()", "group.var(ddof=1)"),),
    ),
    "dgamma-of-x": _each(
        (("(dout * x_hat.T.reshape(x.shape))", "(dout * x)"),),
        (("(dout * x_hat.reshape(x.shape))", "(dout * x)"),),
        (("(up * x_hat)", "(up * group)"),),
    ),
    "dgamma-other-eps": _each(
        (("dout * x_hat.T", "dout * (x_hat * std / np.sqrt(var)).T"),),
        (("dout * x_hat.reshape", "dout * (x_hat * std / np.sqrt(var)).reshape"),),
        (("(up * x_hat)", "(up * x_hat * std / np.sqrt(var))"),),
    ),
    "dgamma-no-x": _each(
        (("(dout * x_hat.T.reshape(x.shape))", "dout"),),
        (("(dout * x_hat.reshape(x.shape))", "dout"),),
        (("(up * x_hat)", "up"),),
    ),
    "dgamma-dbeta-mean": dict.fromkeys(
        ("rows", "axes"),
        (("dout.sum(axis=(0, 2, 3)", "dout.mean(axis=(0, 2, 3)"), (".sum(axis=(0, 2, 3)", ".mean(axis=(0, 2, 3)")),
    ),
    "dgamma-dbeta-axes-left": {
        "rows": (("dout.sum(axis=(0, 2, 3)", "dout.sum(axis=(2, 3)"),),
        "axes": ((".sum(axis=(0, 2, 3)", ".sum(axis=0"),),
    },
    "dgamma-dbeta-shape": dict.fromkeys(
        ("rows", "axes"), ((".sum(axis=(0, 2, 3), keepdims=True)", ".sum(axis=(0, 2, 3))"),)
    ),
    "dx-groups-interleaved": {
        "axes": (
            ("x.reshape(N, G, C // G, H, W)", "x.reshape(N, C // G, G, H, W)"),
            ("over = (2, 3, 4)", "over = (1, 3, 4)"),
        ),
        "loops": (("slice(k * size, (k + 1) * size)", "slice(k, None, G)"),),
    },
    "dx-groups-mixed": {
        "rows": (
            ("x.reshape(N * G, -1).T", "x.reshape(-1, N * G)"),
            ("x_hat.T.reshape", "x_hat.reshape"),
            ("(dout * gamma).reshape(N * G, -1).T", "(dout * gamma).reshape(-1, N * G)"),
            ("dx.T.reshape", "dx.reshape"),
        ),
        "axes": (
            ("x.reshape(N, G, C // G, H, W)", "x.reshape(C // G, H, W, N, G)"),
            ("over = (2, 3, 4)", "over = (0, 1, 2)"),
        ),
    },
    "dx-not-moved-back": {"rows": (("dx.T.reshape", "dx.reshape"),)},
    "dx-groups-of-g": _each(
        ((_SIZE, "G"), (".reshape(N * G, -1)", ".reshape(N * (C // G), -1)")),
        (("x.reshape(N, G, C // G, H, W)", "x.reshape(N, C // G, G, H, W)"), (_SIZE, "G")),
        (("size = C // G", "size = G\n    G = C // size"),),
    ),
    "dx-one-group": _each(
        ((".reshape(N * G, -1)", ".reshape(N, -1)"), (_SIZE, "C")),
        (("x.reshape(N, G, C // G, H, W)", "x.reshape(N, 1, C, H, W)"), (_SIZE, "C")),
        (("size = C // G", "G, size = 1, C"),),
    ),
    "dx-each-channel": _each(
        ((".reshape(N * G, -1)", ".reshape(N * C, -1)"), (_SIZE, "1")),
        (("over = (2, 3, 4)", "over = (3, 4)"), (_SIZE, "1")),
        (("size = C // G", "G, size = C, 1"),),
    ),
    "dx-images-together": {
        "axes": (("over = (2, 3, 4)", "over = (0, 2, 3, 4)"), (_SIZE, "N * (C // G)")),
    },
    "dx-batch-statistics": {
        "axes": (("over = (2, 3, 4)", "over = (0, 3, 4)"), (_SIZE, "N")),
    },
    "dx-each-place": {
        "axes": (("over = (2, 3, 4)", "over = (2,)"), ("(C // G) * H * W", "C // G")),
    },
}
_SQRT = "np.sqrt(var + eps)"
_DEEP = "\n" + 12 * " "
_OF_TRAINING = """\
mean = channel.mean()
var = ((channel - mean) ** 2).mean()
running_mean[c] = momentum * running_mean[c] + (1 - momentum) * mean
running_var[c] = momentum * running_var[c] + (1 - momentum) * var
x_hat = (channel - mean) / np.sqrt(var + eps)""".replace("\n", _DEEP)
_AVERAGES = "momentum * running_mean + (1 - momentum) * mean", "momentum * running_var + (1 - momentum) * var"
_REPLACED: Changes = ((_AVERAGES[0], "mean"), (_AVERAGES[1], "var"))
_UNCHANGED: Changes = ((_AVERAGES[0], "running_mean"), (_AVERAGES[1], "running_var"))


def _of_a_channel(changes: Changes) -> Changes:
    """The same changes where the averages are updated channel by channel."""
    return tuple((_indexed(old), _indexed(new)) for old, new in changes)


def _indexed(text: str) -> str:
    return text.replace("running_mean", "running_mean[c]").replace("running_var", "running_var[c]")


BATCHNORM_FORWARD: Mapping[str, Mapping[str, Changes]] = {
    "out-not-centred": _each(
        (("rows.var(axis=0)", "(rows**2).mean(axis=0)"),),
        (("np.var(x, axis=over", "np.mean(x * x, axis=over"),),
        (("((channel - mean) ** 2).mean()", "np.mean(np.square(channel))"),),
    ),
    "out-unbiased": _each(
        (("rows.var(axis=0)", "rows.var(axis=0, ddof=1)"),),
        (("np.var(x, axis=over)", "np.var(x, axis=over, ddof=1)"),),
        (("((channel - mean) ** 2).mean()", "((channel - mean) ** 2).sum() / (N * H * W - 1)"),),
    ),
    "out-eps-outside": _each(
        ((_SQRT, "(np.sqrt(var) + eps)"), ("np.sqrt(running_var + eps)", "(np.sqrt(running_var) + eps)")),
        (
            ("np.sqrt(var.reshape(wide) + eps)", "(np.sqrt(var.reshape(wide)) + eps)"),
            ("np.sqrt(running_var.reshape(wide) + eps)", "(np.sqrt(running_var.reshape(wide)) + eps)"),
        ),
        ((_SQRT, "(np.sqrt(var) + eps)"), ("np.sqrt(running_var[c] + eps)", "(np.sqrt(running_var[c]) + eps)")),
    ),
    "out-eps-fixed": _everywhere(('bn_param.get("eps", 1e-5)', "1e-5")),
    "out-eps-other": _everywhere(('bn_param.get("eps", 1e-5)', "1e-8")),
    "out-no-eps": _everywhere((" + eps)", ")")),
    "out-eps-default": _everywhere(('bn_param.get("eps", 1e-5)', 'bn_param.get("eps", 1e-8)')),
    "out-train-no-eps": _each(
        ((f" / {_SQRT}", " / np.sqrt(var)"),),
        (("np.sqrt(var.reshape(wide) + eps)", "np.sqrt(var).reshape(wide)"),),
        ((f" / {_SQRT}", " / np.sqrt(var)"),),
    ),
    "out-test-no-gamma": {
        "rows": (
            (
                "    out = gamma * x_hat + beta",
                "    out = x_hat if bn_param['mode'] == 'test' else gamma * x_hat + beta",
            ),
        ),
        "loops": (
            ("gamma[c] * x_hat + beta[c]", "x_hat if bn_param['mode'] == 'test' else gamma[c] * x_hat + beta[c]"),
        ),
    },
    "out-test-not-scaled": {
        "rows": (
            (
                "    out = gamma * x_hat + beta",
                "    out = x_hat + beta if bn_param['mode'] == 'test' else gamma * x_hat + beta",
            ),
        ),
        "loops": (("= gamma[c] * x_hat", "= (1 if bn_param['mode'] == 'test' else gamma[c]) * x_hat"),),
    },
    "out-test-no-beta": {
        "rows": (
            (
                "    out = gamma * x_hat + beta",
                "    out = gamma * x_hat\n    if bn_param['mode'] == 'train':\n        out = out + beta",
            ),
        ),
        "loops": (("x_hat + beta[c]", "x_hat + (0 if bn_param['mode'] == 'test' else beta[c])"),),
    },
    "out-test-updates": {
        "rows": (
            (
                "    else:\n",
                "    else:\n        running_mean = momentum * running_mean + (1 - momentum) * rows.mean(axis=0)\n"
                "        running_var = momentum * running_var + (1 - momentum) * rows.var(axis=0)\n",
            ),
        ),
        "axes": (
            (
                "    else:\n",
                "    else:\n        running_mean = momentum * running_mean + (1 - momentum) * x.mean(axis=over)\n"
                "        running_var = momentum * running_var + (1 - momentum) * x.var(axis=over)\n",
            ),
        ),
    },
    "out-no-root": _each(
        ((_SQRT, "(var + eps)"), ("np.sqrt(running_var + eps)", "(running_var + eps)")),
        (
            ("np.sqrt(var.reshape(wide) + eps)", "(var.reshape(wide) + eps)"),
            ("np.sqrt(running_var.reshape(wide) + eps)", "(running_var.reshape(wide) + eps)"),
        ),
        ((_SQRT, "(var + eps)"), ("np.sqrt(running_var[c] + eps)", "(running_var[c] + eps)")),
    ),
    "out-not-divided": _each(
        ((f" / {_SQRT}", ""), (" / np.sqrt(running_var + eps)", "")),
        ((" / np.sqrt(var.reshape(wide) + eps)", ""), (" / np.sqrt(running_var.reshape(wide) + eps)", "")),
        ((f" / {_SQRT}", ""), (" / np.sqrt(running_var[c] + eps)", "")),
    ),
    "out-eps-twice": _each(
        ((_SQRT, "np.sqrt(var + eps + eps)"),),
        (("np.sqrt(var.reshape(wide) + eps)", "np.sqrt(var.reshape(wide) + 2 * eps)"),),
        ((_SQRT, "np.sqrt((var + eps) + eps)"), ("running_var[c] + eps)", "running_var[c] + eps + eps)")),
    ),
    "out-not-scaled": _each(
        (("gamma * x_hat + beta", "x_hat"),),
        (("gamma.reshape(wide) * x_hat + beta.reshape(wide)", "x_hat"),),
        (("gamma[c] * x_hat + beta[c]", "x_hat"),),
    ),
    "out-not-normalized": _each(
        (("    out = gamma * x_hat", "    out = gamma * rows"),),
        (("gamma.reshape(wide) * x_hat", "gamma.reshape(wide) * x"),),
        (("gamma[c] * x_hat", "gamma[c] * channel"),),
    ),
    "out-mean-divided": _each(
        (("(rows - mean) /", "rows - mean /"), ("(rows - running_mean) /", "rows - running_mean /")),
        (
            ("(x - mean.reshape(wide)) /", "x - mean.reshape(wide) /"),
            ("(x - running_mean.reshape(wide)) /", "x - running_mean.reshape(wide) /"),
        ),
        (("(channel - mean) /", "channel - mean /"), ("(channel - running_mean[c]) /", "channel - running_mean[c] /")),
    ),
    "out-no-gamma": _each(
        (("gamma * x_hat", "x_hat"),),
        (("gamma.reshape(wide) * x_hat", "x_hat"),),
        (("gamma[c] * x_hat", "x_hat"),),
    ),
    "out-no-beta": _each(
        (("x_hat + beta", "x_hat"),),
        (("x_hat + beta.reshape(wide)", "x_hat"),),
        (("x_hat + beta[c]", "x_hat"),),
    ),
    "out-beta-scaled": _each(
        (("gamma * x_hat + beta", "gamma * (x_hat + beta)"),),
        (("* x_hat + beta.reshape(wide)", "* (x_hat + beta.reshape(wide))"),),
        (("* x_hat + beta[c]", "* (x_hat + beta[c])"),),
    ),
    "avg-shape": {
        "rows": (
            ("rows.mean(axis=0)", "rows.mean(axis=0, keepdims=True)"),
            ("rows.var(axis=0)", "rows.var(axis=0, keepdims=True)"),
        ),
    },
    "avg-shape-mean": _each(
        (("rows.mean(axis=0)", "rows.mean(axis=0, keepdims=True)"),),
        (("* mean\n", "* mean[None]\n"),),
        ((_KEEP.splitlines()[0], f"{_KEEP.splitlines()[0]}[None] if bn_param['mode'] == 'train' else running_mean"),),
    ),
    "avg-shape-variance": _each(
        (("rows.var(axis=0)", "rows.var(axis=0, keepdims=True)"),),
        (("* var\n", "* var[None]\n"),),
        ((_KEEP.splitlines()[1], f"{_KEEP.splitlines()[1]}[None] if bn_param['mode'] == 'train' else running_var"),),
    ),
    "avg-axes-kept": {
        "axes": (
            ("np.mean(x, axis=over)", "np.mean(x, axis=over, keepdims=True)"),
            ("np.var(x, axis=over)", "np.var(x, axis=over, keepdims=True)"),
            ("running_mean.reshape(wide)", "running_mean"),
            ("running_var.reshape(wide)", "running_var"),
        ),
    },
    "avg-swapped": _everywhere(
        ("momentum * running_mean", "(1 - momentum) * running_mean"),
        ("+ (1 - momentum) * mean", "+ momentum * mean"),
        ("momentum * running_var", "(1 - momentum) * running_var"),
        ("+ (1 - momentum) * var", "+ momentum * var"),
    ),
    "avg-swapped-mean": _everywhere(
        ("momentum * running_mean", "(1 - momentum) * running_mean"), ("+ (1 - momentum) * mean", "+ momentum * mean")
    ),
    "avg-swapped-variance": _everywhere(
        ("momentum * running_var", "(1 - momentum) * running_var"), ("+ (1 - momentum) * var", "+ momentum * var")
    ),
    "avg-momentum-twice": _everywhere(("(1 - momentum)", "momentum")),
    "avg-replaced": _each(_REPLACED, _REPLACED, _of_a_channel(_REPLACED)),
    "avg-unchanged": _each(_UNCHANGED, _UNCHANGED, _of_a_channel(_UNCHANGED)),
    "avg-unchanged-mean": _each(((_KEEP.splitlines()[0], ""),), (_UNCHANGED[0],), _of_a_channel(_UNCHANGED[:1])),
    "avg-unchanged-variance": _each((_UNCHANGED[1],), ((_KEEP.splitlines()[1], ""),), _of_a_channel(_UNCHANGED[1:])),
    "avg-momentum-fixed": _everywhere(('bn_param.get("momentum", 0.9)', "0.9")),
    "avg-momentum-default": _everywhere(('bn_param.get("momentum", 0.9)', 'bn_param.get("momentum", 0.1)')),
    "avg-begins-with-batch": {
        "rows": (
            ('"running_mean", np.zeros(C)', '"running_mean", x.mean(axis=(0, 2, 3))'),
            ('"running_var", np.zeros(C)', '"running_var", x.var(axis=(0, 2, 3))'),
        ),
        "axes": (
            ('"running_mean", np.zeros(C)', '"running_mean", x.mean(axis=(0, 2, 3))'),
            ('"running_var", np.zeros(C)', '"running_var", x.var(axis=(0, 2, 3))'),
        ),
    },
    "avg-variance-begins-with-one": _everywhere(('"running_var", np.zeros(C)', '"running_var", np.ones(C)')),
    "avg-deviation": _each(
        rows=(("(1 - momentum) * var", "(1 - momentum) * np.sqrt(var)"),),
        axes=(("(1 - momentum) * var", "(1 - momentum) * np.sqrt(var)"),),
        loops=(("(1 - momentum) * var", "(1 - momentum) * np.sqrt(var + eps)"),),
    ),
    "avg-unbiased": _everywhere(("(1 - momentum) * var", "(1 - momentum) * var * (N * H * W) / (N * H * W - 1)")),
    "avg-eps": _each(
        rows=(("var = rows.var(axis=0)\n        running_mean", "var = rows.var(axis=0) + eps\n        running_mean"),),
        axes=(("(1 - momentum) * var", "(1 - momentum) * (var + eps)"),),
        loops=(("(1 - momentum) * var", "(1 - momentum) * (var + eps)"),),
    ),
    "avg-in-test": {
        "rows": (
            (
                "    else:\n",
                "    else:\n        running_mean = momentum * running_mean + (1 - momentum) * rows.mean(axis=0)\n"
                "        running_var = momentum * running_var + (1 - momentum) * rows.var(axis=0)\n",
            ),
            (
                "(rows - running_mean) / np.sqrt(running_var + eps)",
                "(rows - bn_param['running_mean']) / np.sqrt(bn_param['running_var'] + eps)",
            ),
        ),
    },
    "out-test-of-batch": _each(
        (
            (
                "(rows - running_mean) / np.sqrt(running_var + eps)",
                "(rows - rows.mean(axis=0)) / np.sqrt(rows.var(axis=0) + eps)",
            ),
        ),
        (
            (
                "(x - running_mean.reshape(wide)) / np.sqrt(running_var.reshape(wide) + eps)",
                "(x - x.mean(over, keepdims=True)) / np.sqrt(x.var(over, keepdims=True) + eps)",
            ),
        ),
        (
            (
                "(channel - running_mean[c]) / np.sqrt(running_var[c] + eps)",
                "(channel - channel.mean()) / np.sqrt(channel.var() + eps)",
            ),
        ),
    ),
    "out-test-no-eps": _each(
        (("running_var + eps", "running_var"),),
        (("running_var.reshape(wide) + eps", "running_var.reshape(wide)"),),
        (("np.sqrt(running_var[c] + eps)", "(np.sqrt(running_var[c]) + eps)"),),
    ),
    "out-test-no-root": _each(
        (("np.sqrt(running_var + eps)", "(running_var + eps)"),),
        (("np.sqrt(running_var.reshape(wide) + eps)", "running_var.reshape(wide)"),),
        (("np.sqrt(running_var[c] + eps)", "(running_var[c] + eps)"),),
    ),
    "out-channels-mixed": {
        "rows": (
            (".transpose(0, 2, 3, 1).reshape(-1, C)", ".reshape(-1, C)"),
            ("out.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "out.reshape(N, C, H, W)"),
        ),
    },
    "out-each-place": {
        "rows": (
            (".transpose(0, 2, 3, 1).reshape(-1, C)", ".reshape(N, -1)"),
            ("np.zeros(C)", "np.zeros(C * H * W)"),
            ("gamma * x_hat + beta", "np.repeat(gamma, H * W) * x_hat + np.repeat(beta, H * W)"),
            ("out.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "out.reshape(x.shape)"),
        ),
        "loops": (
            ("channel = x[:, c]", "channel = x[:, c].reshape(N, -1)"),
            (".mean()", ".mean(axis=0)"),
            ("running_mean[c]", "running_mean"),
            ("running_var[c]", "running_var"),
            ("np.zeros(C)", "np.zeros(H * W)"),
            ("gamma[c] * x_hat + beta[c]", "(gamma[c] * x_hat + beta[c]).reshape(N, H, W)"),
        ),
    },
    "out-each-image": {
        "axes": (
            ("mean = np.mean(x, axis=over)", "mean = np.mean(x, axis=(2, 3), keepdims=True)"),
            ("var = np.var(x, axis=over)", "var = np.var(x, axis=(2, 3), keepdims=True)"),
            ("momentum) * mean", "momentum) * x.mean(axis=over)"),
            ("momentum) * var", "momentum) * x.var(axis=over)"),
            ("mean.reshape(wide)) / np.sqrt(var.reshape(wide)", "mean) / np.sqrt(var"),
        ),
        "loops": (
            (
                _OF_TRAINING,
                (
                    "x_hat = np.zeros(channel.shape)\n"
                    "for n in range(N):\n"
                    "    mean, var = channel[n].mean(), channel[n].var()\n"
                    "    running_mean[c] = momentum * running_mean[c] + (1 - momentum) * mean\n"
                    "    running_var[c] = momentum * running_var[c] + (1 - momentum) * var\n"
                    "    x_hat[n] = (channel[n] - mean) / np.sqrt(var + eps)"
                ).replace("\n", _DEEP),
            ),
        ),
    },
    "out-all-channels": _each(
        (("rows.mean(axis=0)", "np.full(C, rows.mean())"), ("rows.var(axis=0)", "np.full(C, rows.var())")),
        (("np.mean(x, axis=over)", "np.mean(x) * np.ones(C)"), ("np.var(x, axis=over)", "np.var(x) * np.ones(C)")),
        (("channel.mean()", "x.mean()"), ("((channel - mean) ** 2).mean()", "((x - mean) ** 2).mean()")),
    ),
    "out-turned": {
        "rows": (("out.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "out.reshape(N, H, W, C).transpose(0, 3, 2, 1)"),),
        "axes": (("return out,", "return out.transpose(0, 1, 3, 2),"),),
        "loops": (("return out,", "return np.swapaxes(out, 2, 3),"),),
    },
    "out-not-moved-back": {
        "rows": (("out.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "out.reshape(N, C, H, W)"),),
        "axes": (("return out,", "return out.transpose(0, 2, 3, 1).reshape(x.shape),"),),
    },
}
GROUPNORM_FORWARD: Mapping[str, Mapping[str, Changes]] = {
    "out-not-centred": _each(
        (("rows.var(axis=0)", "(rows**2).mean(axis=0)"),),
        (("np.var(groups, axis=over", "np.mean(groups * groups, axis=over"),),
        (("((group - mean) ** 2).mean()", "np.mean(np.square(group))"),),
    ),
    "out-unbiased": _each(
        (("rows.var(axis=0)", "rows.var(axis=0, ddof=1)"),),
        (("axis=over, keepdims=True)\n    x_hat", "axis=over, keepdims=True, ddof=1)\n    x_hat"),),
        (("((group - mean) ** 2).mean()", "((group - mean) ** 2).sum() / (group.size - 1)"),),
    ),
    "out-eps-outside": _everywhere((_SQRT, "(np.sqrt(var) + eps)")),
    "out-eps-fixed": _everywhere(('gn_param.get("eps", 1e-5)', "1e-5")),
    "out-eps-other": _everywhere(('gn_param.get("eps", 1e-5)', "1e-3")),
    "out-no-eps": _everywhere((" + eps)", ")")),
    "out-eps-default": _everywhere(('gn_param.get("eps", 1e-5)', 'gn_param.get("eps", 1e-6)')),
    "out-no-root": _everywhere((_SQRT, "(var + eps)")),
    "out-not-divided": _everywhere((f" / {_SQRT}", "")),
    "out-eps-twice": _everywhere((_SQRT, "np.sqrt(var + eps + eps)")),
    "out-not-scaled": _everywhere(("gamma * x_hat + beta,", "x_hat,")),
    "out-not-normalized": _everywhere(("gamma * x_hat", "gamma * x")),
    "out-mean-divided": _each(
        (("(rows - mean) /", "rows - mean /"),),
        (("(groups - mean) /", "groups - mean /"),),
        (("(group - mean) /", "group - mean /"),),
    ),
    "out-no-gamma": _everywhere(("gamma * x_hat", "x_hat")),
    "out-no-beta": _everywhere(("x_hat + beta,", "x_hat,")),
    "out-beta-scaled": _everywhere(("gamma * x_hat + beta,", "gamma * (x_hat + beta),")),
    "out-axes-of-gamma": _each(
        (("gamma * x_hat + beta,", "gamma[None, :, None, None] * x_hat + beta[None, :, None, None],"),),
        (
            ("gamma *", "gamma[np.newaxis, :, np.newaxis, np.newaxis] *"),
            ("+ beta,", "+ beta[np.newaxis, :, np.newaxis, np.newaxis],"),
        ),
        (("gamma * x_hat + beta,", "gamma[:, None, None] * x_hat + beta[:, None, None],"),),
    ),
    "out-groups-interleaved": {
        "axes": (
            ("x.reshape(N, G, C // G, H, W)", "x.reshape(N, C // G, G, H, W)"),
            ("over = (2, 3, 4)", "over = (1, 3, 4)"),
        ),
        "loops": (("k * size : (k + 1) * size", "k::G"),),
    },
    "out-groups-mixed": {
        "rows": (("x.reshape(N * G, -1).T", "x.reshape(-1, N * G)"),),
        "axes": (
            ("x.reshape(N, G, C // G, H, W)", "x.reshape(C // G, H, W, N, G)"),
            ("over = (2, 3, 4)", "over = (0, 1, 2)"),
        ),
    },
    "out-not-moved-back": {"rows": (("x_hat.T.reshape", "x_hat.reshape"),)},
    "out-groups-of-g": _each(
        (("x.reshape(N * G, -1)", "x.reshape(N * (C // G), -1)"),),
        (("x.reshape(N, G, C // G, H, W)", "x.reshape(N, C // G, G, H, W)"),),
        (("size = C // G", "size = G\n    G = C // size"),),
    ),
    "out-one-group": _each(
        (("x.reshape(N * G, -1)", "x.reshape(N, -1)"),),
        (("x.reshape(N, G, C // G, H, W)", "x.reshape(N, 1, C, H, W)"),),
        (("size = C // G", "G, size = 1, C"),),
    ),
    "out-each-channel": _each(
        (("x.reshape(N * G, -1)", "x.reshape(N * C, -1)"),),
        (("over = (2, 3, 4)", "over = (3, 4)"),),
        (("size = C // G", "G, size = C, 1"),),
    ),
    "out-images-together": {"axes": (("over = (2, 3, 4)", "over = (0, 2, 3, 4)"),)},
    "out-batch-statistics": {"axes": (("over = (2, 3, 4)", "over = (0, 3, 4)"),)},
    "out-each-place": {"axes": (("over = (2, 3, 4)", "over = (2,)"),)},
}
ALL = {
    "batchnorm": (BATCHNORM_FORWARD, BATCHNORM_BACKWARD),
    "groupnorm": (GROUPNORM_FORWARD, GROUPNORM_BACKWARD),
}


def programs(norm: str) -> Iterator[Injected]:
    """Every mistake of "batchnorm" or "groupnorm", in every structure in which it can be made."""
    for bugs, is_forward in zip(ALL[norm], (True, False), strict=True):
        for bug, structures in bugs.items():
            for structure, changes in structures.items():
                yield Injected(bug, structure, _changed(norm, structure, changes, is_forward=is_forward))


def _changed(norm: str, structure: str, changes: Changes, *, is_forward: bool) -> str:
    """The program with the changes in one of its functions, each of which has to be possible."""
    before, mark, after = RIGHT[norm][structure].partition(f"def spatial_{norm}_backward")
    part = before if is_forward else after
    for old, new in changes:
        assert old in part, (norm, structure, old)
        part = part.replace(old, new)
    return part + mark + after if is_forward else before + mark + part
