"""Preloaded by a Dask worker (`--preload`): it has another NumPy then."""

import numpy as np

vars(np)["__version__"] = "1.0.0"
