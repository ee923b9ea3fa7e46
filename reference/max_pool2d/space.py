"""The sizes of a max pooling are those of any pooling; its numbers can have ties. The notebook's cases."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from reference.pooling.space import SPACE as ANY_POOLING
from reference.sizes import Array, Published

TIES = "ties"


def with_ties(values: Array) -> Array:
    """Few small whole numbers, most of them zero, as a ReLU leaves them: most windows have several largest cells."""
    return np.maximum(np.round(values), 0)


KINDS: Mapping[str, Mapping[str, Any]] = {TIES: {"x": with_ties}}

SPACE = replace(
    ANY_POOLING,
    # of CS231n's ConvolutionalNetworks.ipynb
    published=(
        Published(
            {"N": 2, "C": 3, "H": 4, "W": 4, "pool_height": 2, "pool_width": 2, "stride": 2},
            spaced={"x": (-0.3, 0.4), "dout": (-0.1, 0.5)},
        ),
        Published({"N": 3, "C": 2, "H": 8, "W": 8, "pool_height": 2, "pool_width": 2, "stride": 2}),
    ),
)
