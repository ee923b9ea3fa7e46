"""What the wrong results of many cases have in common."""


def all_zero(output: str) -> str:
    """Nothing was computed."""
    return f"{output} is zero everywhere."


def constant_factor(output: str, factor: str) -> str:
    """The same factor in every number of every case."""
    if factor == "-1":
        return f"{output} is right except for its sign."
    return f"{output} is right up to a constant factor: it is {factor} times what it should be."


def off_by(output: str, what: str, each: str) -> str:
    """The same difference everywhere."""
    return f"{output} is off by exactly {what}, for each {each} its own."


def transposed(output: str) -> str:
    """Rows and columns are swapped."""
    return f"{output} holds the right numbers with rows and columns swapped."


def shifted(output: str, by: tuple[int, int]) -> str:
    """The right numbers at other places."""
    return f"{output} holds the right numbers, shifted by {by} rows and columns."


def right_except(output: str, where: str, name: str) -> str:
    """Wrong in one place of an axis only."""
    return f"{output} is right except in the {where} {name}."


def right_only(output: str, where: str, name: str) -> str:
    """Right in one place of an axis only."""
    return f"{output} is right only in the {where} {name}."


def right_alone() -> str:
    """A case that failed among others, and not in a new process."""
    return (
        "The simplest failing case is right where it is called alone, in a new process: what comes out depends on the "
        "calls before it. Is something kept from call to call, in a global variable or a default argument for instance?"
    )


def whole_numbers(output: str, dtype: str) -> str:
    """The array that came back cannot hold fractions."""
    return f"{output} is an array of {dtype}: whatever is put into an array of integers loses its fraction."
