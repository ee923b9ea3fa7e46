"""What is behind a promise that is broken, whatever the operator."""

from collections.abc import Mapping

from reference.spec import Bug

PROMISES: Mapping[str, Bug] = {
    "inputs_unchanged": Bug(
        "both-changes-inputs", "forward", (), "The function changes its own inputs",
        "An array that was handed in is changed in place, so whoever calls the function finds other numbers in it "
        "afterwards, or another shape, and the next layer computes with that.",
        "Every +=, -=, *= and every assignment to a part of an array or to its shape: is that array yours, or was it "
        "handed in?",
        "A slice, a reshape or a transpose of an array shares its memory. Which of yours begin with a copy?",
        (),
    ),
    "deterministic": Bug(
        "both-keeps-state", "forward", (), "The result depends on more than the inputs",
        "Called twice with the same inputs, the function gives two results: it remembers something, draws random "
        "numbers, or begins with what it did not set itself.",
        "Variables outside the function, default arguments that change, arrays made with np.empty, random numbers.",
        "Which of your arrays is not set to zero at the start of each call?",
        (),
    ),
}  # fmt: skip
"""What is behind a promise that is broken."""
AFTER_ANOTHER = Bug(
    "backward-reads-the-last-forward", "backward", (), "Backward depends on the forward pass that ran last",
    "Forward was called on one input, then on another, and backward was given the cache of the first: its result is "
    "not the one that it gives without the second call. In a network every layer runs forward before the first one "
    "runs backward, so what backward gets that way belongs to another layer.",
    "Every name that backward reads and that is neither its argument nor set in it, and every array that forward "
    "keeps from call to call and puts into its cache.",
    "Everything that backward needs of a forward pass has to be in the cache that this pass returned, in arrays that "
    "no later call writes to. What of yours is not?",
    (),
)  # fmt: skip
"""What is behind `deterministic` where another forward pass in between makes the difference."""
OVERWRITTEN = Bug(
    "both-overwrites-results", "forward", (), "What a call returned is overwritten by the next one",
    "The numbers were right, but the function returns the same array each time, and its next call writes other numbers "
    "into it. In a network, what a layer returned is still needed when another layer calls the same function.",
    "Arrays that live outside the function (globals, default arguments, attributes, dicts of buffers by shape) and are "
    "returned, or of which a part is.",
    "What you return belongs to whoever called. Is it an array that was made in this call?",
    (),
)  # fmt: skip
"""What is behind `deterministic` where results change after they were returned."""
PARAMETERS_UNCHANGED = Bug(
    "both-changes-parameters", "forward", (), "The function changes the parameters that it is given",
    "The dict of parameters belongs to whoever calls the function: what is set in it or taken out of it is so at the "
    "next call, too, and in every other layer that shares the dict. Only what the assignment asks for may be changed.",
    "Every assignment to a key of that dict, `del` of one, and calls of its pop, setdefault, update and the like.",
    "Keep values of your own in variables. `params['key']` and `params.get('key', 0)` read without changing anything.",
    (),
)  # fmt: skip
"""What is behind `inputs_unchanged` where no array was changed, but the parameters."""
