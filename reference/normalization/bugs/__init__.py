"""Mistakes that are made in any normalization; those of one alone are in its own folder."""

_OF_EPS = ("dx-eps-outside", "dx-no-eps", "bwd-no-eps", "dgamma-other-eps")
_TWICE = {
    "out-unbiased": ("dx-unbiased",),
    "out-not-centred": ("dx-not-centred",),
    "out-eps-outside": _OF_EPS,
    "out-no-eps": _OF_EPS,
    "out-eps-fixed": ("dx-eps-fixed",),
    "out-eps-other": ("dx-eps-other",),
    "out-eps-twice": ("dx-eps-twice",),
    "out-eps-default": ("dx-eps-default",),
}
"""Mistakes of forward, each with those of backward that are the same: made again, or come with the cache."""


def twice(*views: str) -> dict[str, tuple[str, ...]]:
    """The same with mistakes in what is normalized together, of these names."""
    return {**_TWICE, **{f"out-{view}": (f"dx-{view}",) for view in views}}
