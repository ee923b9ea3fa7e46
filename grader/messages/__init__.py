"""Every sentence that a student reads: a short text that says what happened, and a longer one that helps.

A file for each theme. Others say `from grader import messages`, and need not know which file a sentence is in. Each is
imported when one of its sentences is asked for: a right submission needs few.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.messages.caches import after_a_wrong_forward as after_a_wrong_forward
    from grader.messages.caches import calls_a_wrong_forward as calls_a_wrong_forward
    from grader.messages.caches import forward_crashed as forward_crashed
    from grader.messages.caches import in_another_order as in_another_order
    from grader.messages.caches import lost_on_our_cache as lost_on_our_cache
    from grader.messages.caches import on_both_caches as on_both_caches
    from grader.messages.caches import on_our_cache as on_our_cache
    from grader.messages.caches import right_on_canonical_only as right_on_canonical_only
    from grader.messages.caches import sends_to_forward as sends_to_forward
    from grader.messages.caches import taken_for_padded as taken_for_padded
    from grader.messages.caches import with_our_cache as with_our_cache
    from grader.messages.calls import call_ended as call_ended
    from grader.messages.calls import unparsed as unparsed
    from grader.messages.contract import changes_inputs as changes_inputs
    from grader.messages.contract import gradients_pile_up as gradients_pile_up
    from grader.messages.contract import may_be_why as may_be_why
    from grader.messages.contract import needs_own_cache as needs_own_cache
    from grader.messages.contract import not_after_another as not_after_another
    from grader.messages.contract import not_always as not_always
    from grader.messages.contract import not_deterministic as not_deterministic
    from grader.messages.contract import not_shown as not_shown
    from grader.messages.contract import not_when_used as not_when_used
    from grader.messages.contract import overwritten as overwritten
    from grader.messages.decisions import decided_below as decided_below
    from grader.messages.decisions import decided_out_of as decided_out_of
    from grader.messages.decisions import extended as extended
    from grader.messages.decisions import marked as marked
    from grader.messages.decisions import overridden as overridden
    from grader.messages.decisions import override_without_item as override_without_item
    from grader.messages.hanging import OUR_FAULT as OUR_FAULT
    from grader.messages.hanging import hurried as hurried
    from grader.messages.hanging import never_ends as never_ends
    from grader.messages.hanging import not_explained as not_explained
    from grader.messages.hanging import search_was_ended as search_was_ended
    from grader.messages.hanging import untried as untried
    from grader.messages.indices import around_a_centre as around_a_centre
    from grader.messages.indices import counted_alike as counted_alike
    from grader.messages.indices import cut_elsewhere as cut_elsewhere
    from grader.messages.indices import ended_before_it as ended_before_it
    from grader.messages.indices import ends_by_stride as ends_by_stride
    from grader.messages.indices import exchanged_in_a_call as exchanged_in_a_call
    from grader.messages.indices import index_of_another as index_of_another
    from grader.messages.indices import loops_by_stride as loops_by_stride
    from grader.messages.indices import number_for_index as number_for_index
    from grader.messages.indices import place_of_a_pixel as place_of_a_pixel
    from grader.messages.indices import rows_for_columns as rows_for_columns
    from grader.messages.indices import size_of_another as size_of_another
    from grader.messages.indices import steps_by_kernel as steps_by_kernel
    from grader.messages.indices import steps_by_pad as steps_by_pad
    from grader.messages.indices import summed_alone as summed_alone
    from grader.messages.indices import taken_for as taken_for
    from grader.messages.lateness import best_of as best_of
    from grader.messages.lateness import late_by_unknown as late_by_unknown
    from grader.messages.lateness import no_time as no_time
    from grader.messages.lateness import no_time_any_more as no_time_any_more
    from grader.messages.lateness import no_time_of as no_time_of
    from grader.messages.lateness import no_zone as no_zone
    from grader.messages.lateness import of_lateness as of_lateness
    from grader.messages.lateness import old_time as old_time
    from grader.messages.loading import NOTHING_HANDED_IN as NOTHING_HANDED_IN
    from grader.messages.loading import for_another_rubric as for_another_rubric
    from grader.messages.loading import load_ended as load_ended
    from grader.messages.loading import loaded_carefully as loaded_carefully
    from grader.messages.loading import no_functions as no_functions
    from grader.messages.loading import told_students as told_students
    from grader.messages.missing import alike as alike
    from grader.messages.missing import unread_name as unread_name
    from grader.messages.policy import forbidden_import as forbidden_import
    from grader.messages.policy import forbidden_use as forbidden_use
    from grader.messages.policy import hidden_use as hidden_use
    from grader.messages.results import in_cases as in_cases
    from grader.messages.results import in_some as in_some
    from grader.messages.results import misspelt_attribute as misspelt_attribute
    from grader.messages.results import narrower as narrower
    from grader.messages.results import not_finite as not_finite
    from grader.messages.results import returns_none as returns_none
    from grader.messages.results import single_precision as single_precision
    from grader.messages.results import skipped_cases as skipped_cases
    from grader.messages.results import unset_value as unset_value
    from grader.messages.results import wrong_in_secret as wrong_in_secret
    from grader.messages.results import wrong_kind as wrong_kind
    from grader.messages.results import wrong_shape as wrong_shape
    from grader.messages.results import wrong_value as wrong_value
    from grader.messages.symptoms import all_zero as all_zero
    from grader.messages.symptoms import beyond_its_array as beyond_its_array
    from grader.messages.symptoms import constant_factor as constant_factor
    from grader.messages.symptoms import crash_elsewhere as crash_elsewhere
    from grader.messages.symptoms import crash_of_another as crash_of_another
    from grader.messages.symptoms import cut_by_another_pad as cut_by_another_pad
    from grader.messages.symptoms import first_in_forward as first_in_forward
    from grader.messages.symptoms import in_its_place as in_its_place
    from grader.messages.symptoms import lost_with as lost_with
    from grader.messages.symptoms import never_set as never_set
    from grader.messages.symptoms import of_memory as of_memory
    from grader.messages.symptoms import off_by as off_by
    from grader.messages.symptoms import off_by_number as off_by_number
    from grader.messages.symptoms import only_with_a_pad_of_one as only_with_a_pad_of_one
    from grader.messages.symptoms import only_without_padding as only_without_padding
    from grader.messages.symptoms import order_in_memory as order_in_memory
    from grader.messages.symptoms import right_alone as right_alone
    from grader.messages.symptoms import right_except as right_except
    from grader.messages.symptoms import right_only as right_only
    from grader.messages.symptoms import same_in_forward as same_in_forward
    from grader.messages.symptoms import shifted as shifted
    from grader.messages.symptoms import some_crash as some_crash
    from grader.messages.symptoms import transposed as transposed
    from grader.messages.symptoms import whole_numbers as whole_numbers
    from grader.messages.timing import IN_BETWEEN as IN_BETWEEN
    from grader.messages.timing import IN_LOOPS as IN_LOOPS
    from grader.messages.timing import WRONG_ELSEWHERE as WRONG_ELSEWHERE
    from grader.messages.timing import never_right as never_right
    from grader.messages.timing import slow as slow
    from grader.messages.timing import timing_stopped as timing_stopped
    from grader.messages.words import DIGITS as DIGITS
    from grader.messages.words import Explained as Explained
    from grader.messages.words import error_text as error_text
    from grader.messages.words import first_line as first_line
    from grader.messages.words import joined as joined
    from grader.messages.words import limit_text as limit_text
    from grader.messages.written import axes_mixed as axes_mixed
    from grader.messages.written import begins_as as begins_as
    from grader.messages.written import compared_across as compared_across
    from grader.messages.written import counted_twice as counted_twice
    from grader.messages.written import counts_on as counts_on
    from grader.messages.written import end_let_in as end_let_in
    from grader.messages.written import fixed_size as fixed_size
    from grader.messages.written import formula_of_a_place as formula_of_a_place
    from grader.messages.written import from_outside as from_outside
    from grader.messages.written import kept_total as kept_total
    from grader.messages.written import keys_swapped as keys_swapped
    from grader.messages.written import lost_argument as lost_argument
    from grader.messages.written import made_in_turns as made_in_turns
    from grader.messages.written import not_spread as not_spread
    from grader.messages.written import pad_once as pad_once
    from grader.messages.written import returns_in_loop as returns_in_loop
    from grader.messages.written import run_by_both as run_by_both
    from grader.messages.written import steps_within as steps_within
    from grader.messages.written import stored_anew as stored_anew
    from grader.messages.written import stride_added as stride_added
    from grader.messages.written import total_added_again as total_added_again
    from grader.messages.written import used_behind as used_behind
    from grader.messages.written import width_of_height as width_of_height

_MODULES = {
    "caches": (
        "after_a_wrong_forward calls_a_wrong_forward forward_crashed in_another_order lost_on_our_cache "
        "on_both_caches on_our_cache right_on_canonical_only sends_to_forward taken_for_padded with_our_cache"
    ),
    "calls": "call_ended unparsed",
    "contract": (
        "changes_inputs gradients_pile_up may_be_why needs_own_cache not_after_another not_always "
        "not_deterministic not_shown not_when_used overwritten"
    ),
    "decisions": "decided_below decided_out_of extended marked overridden override_without_item",
    "hanging": "OUR_FAULT hurried never_ends not_explained search_was_ended untried",
    "indices": (
        "around_a_centre counted_alike cut_elsewhere ended_before_it exchanged_in_a_call index_of_another "
        "number_for_index place_of_a_pixel rows_for_columns size_of_another steps_by_kernel steps_by_pad "
        "ends_by_stride loops_by_stride summed_alone taken_for"
    ),
    "lateness": "best_of late_by_unknown no_time no_time_any_more no_time_of no_zone of_lateness old_time",
    "loading": "NOTHING_HANDED_IN for_another_rubric load_ended loaded_carefully no_functions told_students",
    "missing": "alike unread_name",
    "policy": "forbidden_import forbidden_use hidden_use",
    "results": (
        "in_cases in_some misspelt_attribute narrower not_finite returns_none single_precision skipped_cases "
        "unset_value wrong_in_secret wrong_kind wrong_shape wrong_value"
    ),
    "symptoms": (
        "all_zero beyond_its_array constant_factor crash_elsewhere crash_of_another cut_by_another_pad "
        "first_in_forward in_its_place lost_with never_set of_memory off_by off_by_number only_with_a_pad_of_one "
        "only_without_padding order_in_memory right_alone right_except right_only same_in_forward shifted "
        "some_crash transposed whole_numbers"
    ),
    "timing": "IN_BETWEEN IN_LOOPS WRONG_ELSEWHERE never_right slow timing_stopped",
    "words": "DIGITS Explained error_text first_line joined limit_text",
    "written": (
        "axes_mixed begins_as compared_across counted_twice counts_on end_let_in fixed_size formula_of_a_place "
        "from_outside kept_total keys_swapped lost_argument made_in_turns not_spread pad_once returns_in_loop "
        "run_by_both steps_within stored_anew stride_added total_added_again used_behind width_of_height"
    ),
}
"""Names by the module that has them."""
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}

if not TYPE_CHECKING:  # a type checker would believe that it has every name

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        return found
