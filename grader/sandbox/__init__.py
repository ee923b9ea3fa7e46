"""Runs code that nobody has read. `child`, `confine`, `wire` and `zygote` run inside; `session` is the trusted side."""
