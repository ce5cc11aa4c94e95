"""`RhythmWeights.swift`: writing it, and comparing weights to one that exists."""

import re
from pathlib import Path

import numpy as np

TEMPLATE = """\
/// Weights of the two log-linear models, fitted as conditional logits with an L2 penalty on the corpus of rendered and
/// real music (its truth says which reading of the pulse is the beat, and where bars begin).
enum RhythmWeights {
    /// Of `MetricalLevel.features`: five bands at six phases of the beat; harmonic change; how every other beat differs;
    /// tempo; energy; bars.
    static let level: [Double] = [
%s
    ]

    /// Of `BarModel`: 19 quantities each for downbeat, middle, last and second beat of a bar; metres 2…7; similarity one and two
    /// bars apart.
    static let bar: [Double] = [
%s
    ]
}
"""


def listing(weights: np.ndarray) -> str:
    lines, line = [], " " * 7
    for weight in weights:
        item = f" {weight:.3f},"
        if len(line) + len(item) > 118:
            lines.append(line)
            line = " " * 7
        line += item
    return "\n".join([*lines, line])


def write(path: Path, level: np.ndarray, bar: np.ndarray) -> None:
    path.write_text(TEMPLATE % (listing(level), listing(bar)), encoding="utf-8")


def read(path: Path) -> list:
    arrays = re.findall(r"\[Double\] = \[(.*?)\]", path.read_text(encoding="utf-8"), re.S)
    return [np.array([float(item) for item in array.split(",") if item.strip()]) for array in arrays]


def compare(path: Path, level: np.ndarray, bar: np.ndarray) -> None:
    """Prints the largest differences; weights are stored with three decimals, so up to 0.0005 are rounding."""
    for name, stored, fitted in zip(("level", "bar"), read(path), (level, bar)):
        differences = np.abs(stored - fitted)
        worst = int(differences.argmax())
        print(f"{name}: largest difference {differences[worst]:.5f} (weight {worst}, {stored[worst]:.3f} stored), "
              f"{(np.round(fitted, 3) != stored).sum()} of {len(stored)} differ in three decimals")
