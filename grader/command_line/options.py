"""What the command line chooses, for the commands that run submissions."""

import gc
from pathlib import Path

from grader.command_line.isolation import IsolationOptions, layers
from grader.errors import UsageError, did_you_mean, named_paths
from grader.pipeline import Options
from grader.rubric.model import WholeRubric
from grader.rubric.reading import DEFAULT_RUBRIC, PACKAGED, load_rubric
from grader.said import escape, say
from grader.sandbox.inside.confine import LAYERS

_PYTHONS_OWN = 700, 10, 10
"""When Python looks for garbage by itself (`gc.set_threshold`)."""


def look_for_garbage() -> None:
    """As Python does by itself, where `start_quickly` put that off: a class would wait, too."""
    if gc.get_threshold() != _PYTHONS_OWN:
        gc.freeze()  # what was imported is none, and need not be looked through
        gc.set_threshold(*_PYTHONS_OWN)


def checked_options(options: IsolationOptions) -> Options:
    """What the command line chooses for a run.

    Raises:
        UsageError: under `--isolation strict`, where a layer is missing.
    """
    wanted = layers(options)
    if options.isolation == "strict":
        from grader.doctor import probe  # everybody else does without

        missing = [layer for layer in probe(wanted) if not layer.on]
        if missing:
            reasons = "; ".join(f"{layer.name}: {layer.why}" for layer in missing)
            raise UsageError(f"--isolation strict: layers of isolation are missing ({reasons}); see `grade doctor`")
    if wanted != LAYERS:
        lost = ", ".join(layer for layer in LAYERS if layer not in wanted)
        say(f"WARNING: without {lost}, a submission can do more than compute")
    timing, strict = not getattr(options, "no_timing", False), options.isolation == "strict"
    return Options(timing=timing, layers=wanted, remembers=True, strict=strict)


def named_rubric(named: Path | None) -> WholeRubric:
    """The rubric that the command line names, read.

    Raises:
        RubricError: where it is wrong.
        UsageError: where there is none.
    """
    with named_paths():
        return load_rubric(rubric_file(named))


def rubric_of_the_folder(results: Path, default: WholeRubric) -> WholeRubric:
    """What a results folder was last graded by, where no rubric is named: a class has one rubric.

    Raises:
        UsageError: where the folder cannot be read.
    """
    from grader.classroom.folder import rubric_in  # a few submissions do without

    return rubric_in(results) or default


def say_whose(results: Path, rubric: WholeRubric) -> None:
    """Say that a class goes on by its own rubric."""
    how = f"{results} was graded by {rubric.name!r} (seed {rubric.seed}), and so is this"
    say(escape(f"{how}; to choose another rubric, add --rubric FILE"))


def rubric_file(named: Path | None) -> Path:
    """The rubric that the command line names: a file, or else a packaged one, with or without its ending.

    Raises:
        UsageError: where a name without a folder is neither.
    """
    if named is None:
        return DEFAULT_RUBRIC
    if named.parent != Path() or (named.exists() and not named.is_dir()):
        return named
    called = (PACKAGED / named.name, PACKAGED / f"{named.name}.yaml")
    packaged = next((file for file in called if file.is_file()), None)
    if packaged is None and not named.exists():
        names = sorted(file.stem for file in PACKAGED.glob("*.yaml"))
        meant = did_you_mean(named.name.removesuffix(".yaml"), names)
        what = f"no such file, and no packaged rubric has this name{meant}"
        raise UsageError(f"{named}: {what}; there are {', '.join(names)}")
    return packaged or named
