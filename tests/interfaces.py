"""Rubrics that describe another course's interface, and its samples."""

from pathlib import Path

from tests.cli import ROOT, SUBMISSIONS

SAMPLES = ROOT / "docs" / "samples"
ALICE = (SUBMISSIONS / "alice.py").read_text()
CMU = (SAMPLES / "cmu-11785-conv" / "right.py").read_text()
CASES = "{count: 16, ranges: {N: [1, 2], C: [1, 2], F: [1, 2], H: [3, 5], W: [3, 5], HH: [1, 3], WW: [1, 3], %s}}"
BOTH = CASES % "stride: [1, 2], pad: [0, 1]"
OBJECT = (
    "kind: object, functions: {forward: Conv2d_stride1.forward, backward: Conv2d_stride1.backward}, "
    "build: {in_channels: C, out_channels: F, kernel_size: HH}, weights: {w: W, b: b}, "
    "gradients: {dw: dLdW, db: dLdb}, arrays: {w: F C HH HH}"
)


def rubric(folder: Path, interface: str, cases: str = BOTH, more: str = "", outputs: str = "out dx dw db") -> Path:
    """A rubric of 100 points about conv2d in this interface."""
    lines = [f"  - {{id: {name}, kind: correctness, output: {name}, points: 25}}" for name in outputs.split()]
    path = folder / "rubric.yaml"
    head = f"schema: convgrade/1\nname: course\nlimits: {{call_s: 1, total_s: 2, timing_s: 0.1}}\ncases: {cases}\n"
    path.write_text(f"{head}interface: {{{interface}}}\nitems:\n" + "\n".join(lines) + f"\n{more}")
    return path
