"""Every sentence that a student reads: a short text that says what happened, and a longer one that helps.

A file for each theme. Others say `from grader import messages`, and need not know which file a sentence is in.
"""

from grader.messages.caches import (
    after_a_wrong_forward,
    on_both_caches,
    on_our_cache,
    right_on_canonical_only,
    with_our_cache,
)
from grader.messages.calls import call_ended, unparsed
from grader.messages.contract import (
    changes_inputs,
    needs_own_cache,
    not_after_another,
    not_deterministic,
    not_shown,
    overwritten,
)
from grader.messages.decisions import (
    decided_below,
    decided_out_of,
    extended,
    marked,
    overridden,
    override_without_item,
)
from grader.messages.errors import lost_argument
from grader.messages.hanging import hurried, never_ends, untried
from grader.messages.lateness import best_of, late_by_unknown, no_time, no_time_of, no_zone, of_lateness
from grader.messages.loading import (
    NOTHING_HANDED_IN,
    for_another_rubric,
    load_ended,
    loaded_carefully,
    no_functions,
    told_students,
)
from grader.messages.ours import OUR_FAULT, not_explained, search_was_ended
from grader.messages.policy import forbidden_import, forbidden_use
from grader.messages.results import (
    in_cases,
    not_finite,
    returns_none,
    single_precision,
    skipped_cases,
    wrong_in_secret,
    wrong_kind,
    wrong_shape,
    wrong_value,
)
from grader.messages.symptoms import (
    all_zero,
    constant_factor,
    never_set,
    off_by,
    order_in_memory,
    right_alone,
    right_except,
    right_only,
    same_in_forward,
    shifted,
    transposed,
    whole_numbers,
)
from grader.messages.timing import IN_LOOPS, never_right, slow, timing_stopped
from grader.messages.words import DIGITS, Explained, error_text, first_line, joined, limit_text

__all__ = [
    "DIGITS",
    "IN_LOOPS",
    "NOTHING_HANDED_IN",
    "OUR_FAULT",
    "Explained",
    "after_a_wrong_forward",
    "all_zero",
    "best_of",
    "call_ended",
    "changes_inputs",
    "constant_factor",
    "decided_below",
    "decided_out_of",
    "error_text",
    "extended",
    "first_line",
    "for_another_rubric",
    "forbidden_import",
    "forbidden_use",
    "hurried",
    "in_cases",
    "joined",
    "late_by_unknown",
    "limit_text",
    "load_ended",
    "loaded_carefully",
    "lost_argument",
    "marked",
    "needs_own_cache",
    "never_ends",
    "never_right",
    "never_set",
    "no_functions",
    "no_time",
    "no_time_of",
    "no_zone",
    "not_after_another",
    "not_deterministic",
    "not_explained",
    "not_finite",
    "not_shown",
    "of_lateness",
    "off_by",
    "on_both_caches",
    "on_our_cache",
    "order_in_memory",
    "overridden",
    "override_without_item",
    "overwritten",
    "returns_none",
    "right_alone",
    "right_except",
    "right_on_canonical_only",
    "right_only",
    "same_in_forward",
    "search_was_ended",
    "shifted",
    "single_precision",
    "skipped_cases",
    "slow",
    "timing_stopped",
    "told_students",
    "transposed",
    "unparsed",
    "untried",
    "whole_numbers",
    "with_our_cache",
    "wrong_in_secret",
    "wrong_kind",
    "wrong_shape",
    "wrong_value",
]
