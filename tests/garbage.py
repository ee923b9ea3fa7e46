"""How often a worker of the suite looks for garbage."""

LOOKS_SELDOM = 50_000, 20, 50
"""For `gc.set_threshold`: what it made stays, and looking through that took a tenth of its time."""
