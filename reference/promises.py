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
