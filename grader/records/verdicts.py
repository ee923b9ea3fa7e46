"""How things can end."""

from enum import StrEnum


class Verdict(StrEnum):
    """How an item, a check or a call can end. The words are the contract's."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT_LIMIT = "output_limit"
    POLICY = "policy"
    MISSING = "missing"
    SKIPPED = "skipped"
    JUDGE_ERROR = "judge_error"


class ReportVerdict(StrEnum):
    """How grading one submission can end."""

    GRADED = "graded"
    REJECTED = "rejected"
    MISSING = "missing"
    """Whoever is in the roster and handed in nothing."""
    JUDGE_ERROR = "judge_error"
