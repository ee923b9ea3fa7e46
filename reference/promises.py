"""What is behind a promise that is broken, whatever the operator."""

from collections.abc import Mapping

from reference.spec import Bug

PROMISES: Mapping[str, Bug] = {
    "inputs_unchanged": Bug(
        "both-changes-inputs", "forward", (), "The function changes its own inputs",
        "An array that was handed in is changed in place, so whoever calls the function finds other numbers in it "
        "afterwards, and the next layer computes with those.",
        "Every +=, -=, *= and every assignment to a part of an array: is that array yours, or was it handed in?",
        "A slice, a reshape or a transpose of an array shares its memory. Which of yours begin with a copy?",
        (),
    ),
    "deterministic": Bug(
        "both-keeps-state", "forward", (), "Something is left over from the call before",
        "Called twice with the same inputs, the function gives two results: it remembers something, or begins with "
        "what it did not set itself.",
        "Variables outside the function, default arguments that change, arrays made with np.empty, random numbers.",
        "Which of your arrays is not set to zero at the start of each call?",
        (),
    ),
}  # fmt: skip
"""What is behind a promise that is broken."""
PARAMETERS_UNCHANGED = Bug(
    "both-changes-parameters", "forward", (), "The function changes the parameters that it is given",
    "The dict of parameters belongs to whoever calls the function: what is set in it is still there at the next call, "
    "and in every other layer that shares the dict.",
    "Every assignment to a key of that dict, and calls of its methods such as update, setdefault and pop.",
    "Keep values of your own in variables. If you need another dict, copy the one you were given first.",
    (),
)  # fmt: skip
"""What is behind `inputs_unchanged` where no array was changed, but the parameters."""
