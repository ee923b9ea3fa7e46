"""Loops run over the image in place of the output."""

from reference.conv2d.bugs.parts import Array, as_far_as, bug, loops_over, zeros_beyond
from reference.conv2d.steps import Change, Geometry, both, exchange, on_every_edge, then
from reference.conv2d.windows import Place, scatter


def _upstream_of_same(dout: Array, g: Geometry) -> Array:
    """Loops run over the image with steps of the stride."""
    return as_far_as(dout, *_image(g, whole=False))


def _upstream_of_whole(dout: Array, g: Geometry) -> Array:
    """Loops run over the whole image."""
    return as_far_as(dout, *_image(g, whole=True))


def _of_dx_alone(whole: bool) -> Change:
    """Loops for dx over the image, beside others for dw and db that are right."""

    def as_far_as_the_image(starts: Place, g: Geometry, H_out: int, W_out: int) -> Place:
        rows, columns = _image(g, whole=whole)
        if rows > H_out or columns > W_out:
            raise IndexError("index is out of bounds")
        return starts[0][:rows], starts[1][:columns]

    def strew(padded: Array, parts: Array, starts: Place, g: Geometry) -> None:
        scatter(padded, parts[:, :, : len(starts[0]), : len(starts[1])], starts, "in place")

    return both(then("dx_starts", as_far_as_the_image), exchange(strew=strew))


def _out_of_same(whole: bool) -> Change:
    return then("bias", lambda out, _, b, g: zeros_beyond(out, *_image(g, whole=whole)))


def _sums_of_same(whole: bool) -> Change:
    """The bias is added to all of out at the end."""
    return exchange(bias=lambda sums, b, g: zeros_beyond(sums, *_image(g, whole=whole)) + b[:, None, None])


def _image(g: Geometry, *, whole: bool) -> tuple[int, int]:
    return (g.H, g.W) if whole else (-(-g.H // g.stride), -(-g.W // g.stride))


BUGS = (
    bug(
        "bwd-same-size", "The output is taken to be as large as the image in backward",
        "The loops over dout come from H and W, the size of x. That is right only where the padding makes up for the "
        "kernel.",
        "The bounds of the loops over rows and columns.",
        "dout has shape (N, F, H_out, W_out). Which sizes bound your loops?",
        *loops_over(_upstream_of_whole, _upstream_of_same), _of_dx_alone(whole=True), _of_dx_alone(whole=False),
        spoils=("dx", "dw", "db"), place="image size",
    ),
    bug(
        "out-same-size", "The output is taken to be as large as the image",
        "The loops over the output (or its size) come from H and W, the size of x. That is right only where the "
        "padding makes up for the kernel.",
        "The lines that compute the output size, and the bounds of the loops over rows and columns.",
        "How many windows of width WW fit into a row of W pixels without padding?",
        _out_of_same(whole=True), _out_of_same(whole=False), _sums_of_same(whole=True), _sums_of_same(whole=False),
            *on_every_edge(exchange(sizes=lambda padded, g: (g.H, g.W))), place="image size",
    ),
)  # fmt: skip
