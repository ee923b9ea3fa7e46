"""Mistakes that are made in any normalization; those of one alone are in its own folder."""
