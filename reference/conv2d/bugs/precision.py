"""The right numbers, in single precision."""

from reference.conv2d.bugs.parts import bug
from reference.conv2d.steps import exchange
from reference.spec import Bug


def _single(output: str, place: str) -> Bug:
    """Told in the same words of every output, since it is one mistake."""
    return bug(
        f"{output}-float32", "Computed in float32",
        "The inputs are float64, but the results have only the precision of float32.",
        "Where an array is made with a dtype of its own.",
        "Let the dtype of the result follow from that of the inputs.",
        exchange(), place=place, precision=1e-5,
    )  # fmt: skip


BUGS = (
    *(_single(output, f"single in {output}") for output in ("dx", "dw", "db")),
    _single("out", "single"),
)
