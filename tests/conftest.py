"""Settings of all tests."""

import os
import signal

from hypothesis import settings

settings.register_profile("convgrade", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("convgrade")

for number in (
    signal.SIGINT,
    signal.SIGHUP,
):  # a shell's background jobs and nohup ignore them, and so would the grader
    signal.signal(number, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
