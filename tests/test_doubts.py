"""Whether a ratio is trusted, and of how many images a time is taken."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from grader.records import Doubt
from grader.timing.doubts import doubts
from grader.timing.plan import plan


def scattered(middle: float, spread: float, count: int = 40) -> list[float]:
    """Numbers around the middle without a trend."""
    rng = np.random.default_rng(3)
    return [float(value) for value in middle * (1 + spread * rng.uniform(-1, 1, count))]


STEADY = scattered(0.5, 0.02)


@given(st.floats(1e-4, 10), st.floats(0, 0.05), st.floats(0, 1))
def test_steady_ratios_leave_no_doubt(middle: float, spread: float, lost_share: float) -> None:
    assert doubts(scattered(middle, spread), [1.0] * 40, lost_share) == ()


def test_each_doubt_has_its_reason() -> None:
    drifting = STEADY[:20] + [1.2 * ratio for ratio in STEADY[20:]]
    slower = [1.0] * 20 + [1.3] * 20
    assert doubts([0.5] * 5, [1.0] * 5, 0) == (Doubt.FEW,)
    assert Doubt.WIDE in doubts(scattered(0.5, 0.9), [1.0] * 40, 0)
    assert doubts(drifting, [1.0] * 40, 0)[-1] is Doubt.DRIFT
    assert doubts(drifting, [1.0] * 40, 0.2)[-1] is Doubt.PREEMPTED
    assert doubts(drifting, slower, 0)[-1] is Doubt.FREQUENCY
    assert doubts(STEADY, slower, 0.2) == ()  # both sides alike: the ratio has not suffered


@given(st.floats(1e-4, 0.1), st.floats(0, 0.2), st.integers(1, 200))
def test_plan_foretells_the_whole_time(each_s: float, fixed_s: float, images: int) -> None:
    """The scaled time is that of the whole workload, or a fixed cost is counted for every part of it; never less."""
    few = min(4, images)
    planned = plan(images, fixed_s + each_s, fixed_s + few * each_s, few)
    assert 1 <= planned.images <= images
    scaled = planned.scale * (fixed_s + planned.images * each_s)
    whole = fixed_s + images * each_s
    assert 0.84 * whole <= scaled <= 1.16 * whole + planned.scale * fixed_s
    assert planned.scale == images / planned.images


def test_time_that_grows_faster_than_the_images_is_not_scaled() -> None:
    assert plan(100, 1e-5, 16e-5, 4).scale == 1.0
    assert plan(100, 0.010, 0.160, 4).images > plan(100, 0.010, 0.040, 4).images
