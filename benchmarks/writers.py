"""A class of independent writers of right convolutions, for measuring how copies are found among them.

Each writer chooses for himself: names, how sizes are read, how the image is padded, which loops there are and in which
order, how a window is cut and summed, where the bias is added. Two who choose alike are as alike as two honest students
can be. The tables are templates: `$N` is what the writer calls N.
"""

from collections.abc import Sequence
from string import Template
from textwrap import indent
from typing import TypeVar

import numpy as np

Random = np.random.Generator
T = TypeVar("T")
_OWN_NAMES = (
    ("N C H W", "N C H W|num n_ch h_in w_in|batch channels height width|num_images depth n_rows n_cols"),
    ("F HH WW", "F HH WW|n_flt hh ww|filters kh kw|num_filters k_rows k_cols"),
    ("s p", "stride pad|s p|step border|S P"),
    ("xp", "x_pad|xp|padded|x_padded|X"),
    ("Ho Wo", "H_out W_out|Ho Wo|out_h out_w|H_prime W_prime|new_h new_w"),
    ("n f i j", "n f i j|img flt row col|a e u o|idx k r q|image kernel u v"),
)
_SIZES = (
    "$N, $C, $H, $W = x.shape\n$F, _, $HH, $WW = w.shape",
    "$N, $C = x.shape[:2]\n$H, $W = x.shape[2:]\n$F = w.shape[0]\n$HH, $WW = w.shape[2:]",
    "$N = x.shape[0]\n$C = x.shape[1]\n$H = x.shape[2]\n$W = x.shape[3]\n"
    "$F = len(w)\n$HH = w.shape[2]\n$WW = w.shape[3]",
)
_GIVEN = (
    '$s = conv_param["stride"]\n$p = conv_param["pad"]',
    '$s, $p = conv_param["stride"], conv_param["pad"]',
    "$p = conv_param.get('pad', 0)\n$s = conv_param.get('stride', 1)",
)
_PADDED = (
    "$xp = np.pad(x, ((0, 0), (0, 0), ($p, $p), ($p, $p)), 'constant')",
    "$xp = np.pad(x, [(0, 0), (0, 0), ($p, $p), ($p, $p)], mode='constant', constant_values=0)",
    "$xp = np.pad(x, [(0, 0)] * 2 + [($p, $p)] * 2)",
    "$xp = np.zeros(($N, $C, $H + 2 * $p, $W + 2 * $p))\n$xp[:, :, $p:$p + $H, $p:$p + $W] = x",
)
_OUT_SIZES = (
    "$Ho = 1 + ($H + 2 * $p - $HH) // $s\n$Wo = 1 + ($W + 2 * $p - $WW) // $s",
    "$Ho = int(($H - $HH + 2 * $p) / $s) + 1\n$Wo = int(($W - $WW + 2 * $p) / $s) + 1",
    "$Ho = ($xp.shape[2] - $HH) // $s + 1\n$Wo = ($xp.shape[3] - $WW) // $s + 1",
    "$Ho = int(1 + ($H + $p * 2 - $HH) / $s)\n$Wo = int(1 + ($W + $p * 2 - $WW) / $s)",
    "$Ho = len(range(0, $xp.shape[2] - $HH + 1, $s))\n$Wo = len(range(0, $xp.shape[3] - $WW + 1, $s))",
)
_OUT = (
    "out = np.zeros(($N, $F, $Ho, $Wo))",
    "out = np.empty([$N, $F, $Ho, $Wo])",
    "out = np.zeros(shape=($N, $F, $Ho, $Wo))",
)
_BIAS = (
    "out += b[None, :, None, None]",
    "out = out + b.reshape(1, -1, 1, 1)",
    "for k in range($F):\n    out[:, k] += b[k]",
)
_WINDOWS = (
    ("", "$i * $s:$i * $s + $HH, $j * $s:$j * $s + $WW"),
    ("top = $i * $s\nleft = $j * $s\n", "top:top + $HH, left:left + $WW"),
    ("r0, c0 = $i * $s, $j * $s\nr1, c1 = r0 + $HH, c0 + $WW\n", "r0:r1, c0:c1"),
)
"""What comes before a window is cut, and where it lies."""
_SUMS = {
    "n f i j": (
        "out[$n, $f, $i, $j] = np.sum($xp[$n, :, %] * w[$f])",
        "out[$n, $f, $i, $j] = (w[$f, :, :, :] * $xp[$n, :, %]).sum()",
        "out[$n, $f, $i, $j] = np.dot($xp[$n, :, %].ravel(), w[$f].ravel())",
        "out[$n, $f, $i, $j] = np.vdot($xp[$n, :, %], w[$f])",
        "patch = $xp[$n, :, %]\nout[$n, $f, $i, $j] = np.sum(patch * w[$f])",
    ),
    "n i j": (
        "out[$n, :, $i, $j] = w.reshape($F, -1) @ $xp[$n, :, %].ravel()",
        "out[$n, :, $i, $j] = np.sum(w * $xp[$n, :, %], axis=(1, 2, 3))",
        "patch = $xp[$n, :, %]\nout[$n, :, $i, $j] = np.tensordot(w, patch, axes=3)",
    ),
    "i j": (
        "out[:, :, $i, $j] = np.tensordot($xp[:, :, %], w, axes=([1, 2, 3], [1, 2, 3]))",
        "out[:, :, $i, $j] = np.einsum('nchw,fchw->nf', $xp[:, :, %], w)",
        "patch = $xp[:, :, %]\nout[:, :, $i, $j] = patch.reshape($N, -1).dot(w.reshape($F, -1).T)",
    ),
}
"""By the loops around it, how a window (`%`) is summed."""
_TAP = "$i:$i + $s * $Ho:$s, $j:$j + $s * $Wo:$s"
_OTHERWISE = (
    "out = np.zeros(($N, $F, $Ho, $Wo))\nfor $i in range($HH):\n    for $j in range($WW):\n"
    f"        out += np.einsum('nchw,fc->nfhw', $xp[:, :, {_TAP}], w[:, :, $i, $j])",
    "out = np.zeros(($N, $F, $Ho, $Wo))\nfor $i in range($HH):\n    for $j in range($WW):\n"
    f"        taps = $xp[:, :, {_TAP}]\n"
    "        out += np.tensordot(w[:, :, $i, $j], taps, axes=(1, 1)).swapaxes(0, 1)",
    "view = np.lib.stride_tricks.sliding_window_view($xp, ($HH, $WW), axis=(2, 3))[:, :, ::$s, ::$s]\n"
    "out = np.einsum('nchwij,fcij->nfhw', view, w)",
    "steps = $xp.strides\nshape = ($N, $C, $Ho, $Wo, $HH, $WW)\n"
    "all_steps = (steps[0], steps[1], $s * steps[2], $s * steps[3], steps[2], steps[3])\n"
    "view = np.lib.stride_tricks.as_strided($xp, shape, all_steps)\n"
    "out = np.tensordot(view, w, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2)",
    "flat = w.reshape($F, -1)\nout = np.zeros(($N, $F, $Ho, $Wo))\nfor $n in range($N):\n"
    "    cols = np.zeros((flat.shape[1], $Ho * $Wo))\n    for $i in range($Ho):\n        for $j in range($Wo):\n"
    "            patch = $xp[$n, :, $i * $s:$i * $s + $HH, $j * $s:$j * $s + $WW]\n"
    "            cols[:, $i * $Wo + $j] = patch.reshape(-1)\n"
    "    out[$n] = (flat @ cols).reshape($F, $Ho, $Wo)",
    "out = np.zeros(($N, $F, $Ho, $Wo))\nfor $n in range($N):\n    for $f in range($F):\n"
    "        for $i in range($Ho):\n            for $j in range($Wo):\n                for c in range($C):\n"
    "                    for y in range($HH):\n                        for z in range($WW):\n"
    "                            pixel = $xp[$n, c, $i * $s + y, $j * $s + z]\n"
    "                            out[$n, $f, $i, $j] += pixel * w[$f, c, y, z]",
)
_GRADIENTS = (
    "dxp = np.zeros_like($xp)\ndw = np.zeros_like(w)",
    "dw = np.zeros(w.shape)\ndxp = np.zeros($xp.shape)",
    "dw, dxp = np.zeros(w.shape), np.zeros($xp.shape)",
)
_BACK = {
    "n f i j": (
        ("dw[$f] += dout[$n, $f, $i, $j] * $xp[$n, :, %]", "dxp[$n, :, %] += dout[$n, $f, $i, $j] * w[$f]"),
        (
            "dw[$f, :, :, :] += $xp[$n, :, %] * dout[$n, $f, $i, $j]",
            "dxp[$n, :, %] += w[$f, :, :, :] * dout[$n, $f, $i, $j]",
        ),
    ),
    "i j": (
        (
            "dw += np.einsum('nf,nchw->fchw', dout[:, :, $i, $j], $xp[:, :, %])",
            "dxp[:, :, %] += np.einsum('nf,fchw->nchw', dout[:, :, $i, $j], w)",
        ),
        (
            "dw += np.tensordot(dout[:, :, $i, $j], $xp[:, :, %], axes=(0, 0))",
            "dxp[:, :, %] += np.tensordot(dout[:, :, $i, $j], w, axes=(1, 0))",
        ),
        (
            "dw += (dout[:, :, $i, $j].T @ $xp[:, :, %].reshape($N, -1)).reshape(w.shape)",
            "dxp[:, :, %] += (dout[:, :, $i, $j] @ w.reshape($F, -1)).reshape(-1, $C, $HH, $WW)",
        ),
    ),
}
"""By the loops around them, what is added to dw and to dx for a window (`%`)."""
_BACK_TAPS = (
    "for $i in range($HH):\n    for $j in range($WW):\n"
    f"        dw[:, :, $i, $j] = np.einsum('nfhw,nchw->fc', dout, $xp[:, :, {_TAP}])\n"
    f"        dxp[:, :, {_TAP}] += np.einsum('nfhw,fc->nchw', dout, w[:, :, $i, $j])",
    "for $i in range($HH):\n    for $j in range($WW):\n"
    f"        taps = $xp[:, :, {_TAP}]\n"
    "        dw[:, :, $i, $j] = np.tensordot(dout, taps, axes=([0, 2, 3], [0, 2, 3]))\n"
    f"        dxp[:, :, {_TAP}] += np.einsum('nfhw,fc->nchw', dout, w[:, :, $i, $j])",
)
_BACK_SIZES = (
    "_, _, $Ho, $Wo = dout.shape",
    "$Ho, $Wo = dout.shape[2:]",
    "$Ho = dout.shape[2]\n$Wo = dout.shape[3]",
)
_DB = (
    "db = np.sum(dout, axis=(0, 2, 3))",
    "db = dout.sum(axis=(0, 2, 3))",
    "db = dout.sum(3).sum(2).sum(0)",
    "db = np.zeros($F)\nfor k in range($F):\n    db[k] = np.sum(dout[:, k])",
    "db = np.einsum('nfhw->f', dout)",
)
_CROPS = (
    "dx = dxp[:, :, $p:$p + $H, $p:$p + $W]",
    "dx = dxp[:, :, $p:-$p, $p:-$p] if $p > 0 else dxp",
    "dx = dxp[:, :, $p:dxp.shape[2] - $p, $p:dxp.shape[3] - $p]",
)
_BOUNDS = {"n": "N", "f": "F", "i": "Ho", "j": "Wo"}


def solution(random: Random) -> str:
    """A right convolution by one writer, who has other habits in each of its functions."""
    return f"import numpy as np\n\n\n{_Writer(random).forward()}\n\n{_Writer(random).backward()}"


class _Writer:
    """The habits of somebody who writes one function."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._names = {
            name: own
            for names, choices in _OWN_NAMES
            for name, own in zip(names.split(), self._one(choices.split("|")).split(), strict=True)
        }

    def forward(self) -> str:
        """The forward pass."""
        parts = [*self._beginning(), self._one(_PADDED), self._one(_OUT_SIZES)]
        loops = self._one(("n f i j", "n f i j", "n i j", "i j", ""))
        parts += [self._one(_OUT), self._around(loops, self._one(_SUMS[loops]))] if loops else [self._one(_OTHERWISE)]
        parts += [
            self._one(_BIAS),
            self._one(("cache = (x, w, b, conv_param)\nreturn out, cache", "return out, (x, w, b, conv_param)")),
        ]
        return self._function("conv_forward_naive(x, w, b, conv_param)", parts)

    def backward(self) -> str:
        """The backward pass."""
        parts = ["x, w, b, conv_param = cache", *self._beginning(), self._one(_BACK_SIZES), self._one(_PADDED)]
        parts.append(self._one(_GRADIENTS))
        loops = self._one(("n f i j", "n f i j", "i j", ""))
        if loops:
            both = [str(one) for one in self._random.permutation(self._one(_BACK[loops]))]
            apart = self._random.random() < 0.3
            parts += [self._around(loops, one) for one in both] if apart else [self._around(loops, "\n".join(both))]
        else:
            parts.append(self._one(_BACK_TAPS))
        parts += [str(one) for one in self._random.permutation([self._one(_DB), self._one(_CROPS)])]
        return self._function("conv_backward_naive(dout, cache)", [*parts, "return dx, dw, db"])

    def _one(self, choices: Sequence[T]) -> T:
        return choices[int(self._random.integers(len(choices)))]

    def _beginning(self) -> list[str]:
        both = [self._one(_GIVEN), self._one(_SIZES)]
        return both if self._random.random() < 0.5 else both[::-1]

    def _around(self, loops: str, body: str) -> str:
        """What is done for each window, in loops in an order of his own."""
        before, window = self._one(_WINDOWS)
        body = before + body.replace("%", window)
        for name in self._random.permutation(loops.split()):
            body = f"for ${name} in range(${_BOUNDS[str(name)]}):\n{indent(body, '    ')}"
        return body

    def _function(self, head: str, parts: Sequence[str]) -> str:
        body = Template("\n".join(parts)).substitute(self._names)
        return f"def {head}:\n{indent(body, '    ')}\n"
