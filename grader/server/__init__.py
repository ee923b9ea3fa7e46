"""The pages of a results folder over HTTP: the live board for a class, and each student's page by a secret link.

Nothing here writes to what it shows, and nothing here runs a submission.
"""
