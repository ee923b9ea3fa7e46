"""The 2-D convolution: everything that is true of this operator. Knows nothing of the grader."""

from reference.conv2d.oracle import OPERATOR

__all__ = ["OPERATOR"]
