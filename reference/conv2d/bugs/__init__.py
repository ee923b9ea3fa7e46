"""Mistakes that people really make in a convolution."""
