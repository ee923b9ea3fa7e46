"""convgrade: an autograder for CS231n-style convolution assignments."""

__version__ = "0.1.0"
SCHEMA = "convgrade/1"
