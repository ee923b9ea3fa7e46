"""What the grader did not manage, which is never the submission's fault."""

OUR_FAULT = "the grader failed, which is not the submission's fault; nothing was marked"
"""What a student is told of a judge error."""


def search_was_ended(after_s: float) -> str:
    """The submission takes so long on small cases that the search for the smallest was not finished."""
    return f"The search for the smallest failing case was stopped after {after_s:g} s; there may be a smaller one."


def not_explained(error: str) -> str:
    """Explaining the results failed, which is ours."""
    return f"The grader could not explain these results, because of a defect of its own ({error}). The mark stands."
