"""The sizes of a normalization: choices, and small problems that keep to what there is to choose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from reference.sizes import Sizes, Space, as_table

EPS = (None, 0.01)
"""What `eps` can be: the dict says nothing, or a value with which it matters where it is added."""
_SMALL = 3


@dataclass(frozen=True, slots=True)
class NormalizationSpace(Space):
    """As `Space`; no size of a small problem, and no choice, is beyond `enough`."""

    def small_sizes(self, numbers: Callable[[Any], Any]) -> Sequence[Sizes]:
        """As `Space.small_sizes`."""
        values = [range(low, min(low + _SMALL, self.enough[name][1] + 1)) for name, low in self.lowest.items()]
        return self.fewest_first(as_table(tuple(self.lowest), list(product(*values))), numbers)
