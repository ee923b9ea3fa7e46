"""On how many images a submission is timed: all of them where that is affordable."""

from dataclasses import dataclass

_WHOLE_CALL_S, _PART_CALL_S = 0.3, 0.04
"""A student's call that takes longer than the first for the whole workload is timed on images for about the second."""
_WHOLE_UNEVEN_CALL_S = 1.0
"""The same limit where a call's time is not in proportion to the number of images."""
_UNEVEN = 0.15
"""A time for several images that is farther than this share from as many times that of one is not in proportion."""


@dataclass(frozen=True, slots=True)
class Plan:
    """On how many images the student's side is timed, and what its time is multiplied with."""

    images: int
    scale: float
    call_s: float
    """How long a call is expected to take."""


def plan(images: int, one_s: float, few_s: float, few: int, *, shortly: bool = False) -> Plan:
    """Choose how many of the images are affordable.

    Times for two sizes tell whether a part may stand for the whole. Loops over images take the same time for each
    (measured: 18.0 to 19.0 ms for 1 to 100 images), and their time is scaled by the number of images. Loops that handle
    all images at once take nearly as long for one as for all, and whatever grows faster than the number of images
    would gain by being scaled: those are timed on all images, or on as many as a second allows.

    What is timed here is never part of the result, and the scale is always that of the images: a submission that is
    slow on purpose while this is planned gains nothing.

    Args:
        images: of the workload.
        one_s: seconds for one image.
        few_s: seconds for `few` images.
        few: how many those are.
        shortly: whether calls should be short even where all images are affordable.

    >>> plan(100, 0.018, 0.072, 4)
    Plan(images=2, scale=50.0, call_s=0.036)
    >>> plan(100, 0.030, 0.033, 4).images
    100
    >>> plan(100, 0.010, 0.160, 4).images
    25
    """
    each_s, fixed_s = few_s / few, 0.0
    uneven = not in_proportion(one_s, few_s, few)
    if each_s < one_s and uneven:
        each_s = max((few_s - one_s) / max(1, few - 1), one_s / 1000)
        fixed_s = one_s - each_s
    whole_s, part_s = (_WHOLE_UNEVEN_CALL_S,) * 2 if uneven else (_WHOLE_CALL_S, _PART_CALL_S)
    if fixed_s + each_s * images <= (part_s if shortly else whole_s):
        return Plan(images, 1.0, fixed_s + each_s * images)
    part = max(1, min(images, int((part_s - fixed_s) / each_s)))
    return Plan(part, images / part, fixed_s + each_s * part)


def in_proportion(one_s: float, few_s: float, few: int) -> bool:
    """Whether so many images take so many times what one takes.

    >>> in_proportion(0.018, 0.072, 4), in_proportion(0.018, 0.090, 4)
    (True, False)
    """
    return abs(few_s / few / one_s - 1) <= _UNEVEN
