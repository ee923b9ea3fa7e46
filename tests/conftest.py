"""Settings of all tests."""

import os

from hypothesis import settings

settings.register_profile("convgrade", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("convgrade")
