"""The windows of a pooling: how many there are, and which fit."""

from collections.abc import Mapping
from typing import Any

from reference.sizes import Array

AXES: Mapping[str, str] = {"x": "N C H W", "dout": "N C H_out W_out"}
WORDS: Mapping[str, str] = {
    "N": "image", "C": "channel", "H": "row", "W": "column", "H_out": "row", "W_out": "column",
}  # fmt: skip


def out_size(size: int, window: int, stride: int) -> int:
    """Number of windows along one axis, `1 + floor((size - window) / stride)`.

    >>> out_size(7, 2, stride=2)
    3
    """
    return 1 + (size - window) // stride


def lengths(sizes: Any) -> dict[str, Any]:
    """H_out and W_out of sizes, or of columns of them."""
    axes = (("H_out", "H", "pool_height"), ("W_out", "W", "pool_width"))
    return {out: out_size(sizes[size], sizes[window], sizes["stride"]) for out, size, window in axes}


def check_fit(x: Array, pool_param: Mapping[str, int]) -> None:
    """Do nothing where x (N, C, H, W) can be pooled with the pool_height, pool_width and stride of pool_param.

    Raises:
        ValueError: where the window or the stride does not fit.
    """
    size, stride = (pool_param["pool_height"], pool_param["pool_width"]), pool_param["stride"]
    given = f"x {x.shape}, {dict(pool_param)}"
    if x.ndim != 4:
        raise ValueError(f"expected x (N, C, H, W); got {given}")
    if stride < 1 or min(size) < 1:
        raise ValueError(f"stride, pool_height and pool_width must be at least 1: {given}")
    if x.shape[2] < size[0] or x.shape[3] < size[1]:
        raise ValueError(f"the window is larger than the image: {given}")
