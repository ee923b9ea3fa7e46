"""The right numbers, in single precision."""

from reference.conv2d.bugs.parts import bug
from reference.conv2d.steps import exchange

BUGS = (
    bug(
        "dx-float32", "dx is computed in float32",
        "The inputs are float64, but dx has only the precision of float32.",
        "Where an array is made with a dtype of its own.",
        "Let the dtype of the result follow from that of the inputs.",
        exchange(), place="single", precision=1e-5,
    ),
    bug(
        "dw-float32", "dw is computed in float32",
        "The inputs are float64, but dw has only the precision of float32.",
        "Where an array is made with a dtype of its own.",
        "Let the dtype of the result follow from that of the inputs.",
        exchange(), place="single", precision=1e-5,
    ),
    bug(
        "db-float32", "db is computed in float32",
        "The inputs are float64, but db has only the precision of float32.",
        "Where an array is made with a dtype of its own.",
        "Let the dtype of the result follow from that of the inputs.",
        exchange(), place="single", precision=1e-5,
    ),
    bug(
        "out-float32", "Computed in float32",
        "The inputs are float64, but the results have only the precision of float32.",
        "Where an array is made with a dtype of its own.",
        "Let the dtype of the result follow from that of the inputs.",
        exchange(), place="single", precision=1e-5,
    ),
)  # fmt: skip
