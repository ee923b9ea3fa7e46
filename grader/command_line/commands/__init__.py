"""The commands: a file for each, which exports `COMMAND` and is imported when it is called."""
