"""Settings of all tests."""

import os
import signal

from hypothesis import settings

settings.register_profile("convgrade", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("convgrade")

# A shell's background jobs and nohup ignore these, and what the tests start would ignore them too.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
