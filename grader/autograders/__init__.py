"""Autograders for platforms: what is packed into one (`packing`), and what runs in it (`inside`)."""
