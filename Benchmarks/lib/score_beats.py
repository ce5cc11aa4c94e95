"""Beat scores by mir_eval: F (70 ms), CMLt, AMLt, downbeat F, and two tempo accuracies.

tA1: median tempo within 8 %; tA2: the same, but for a factor of 2, 3 or 3/2. The first 2 s and what follows 29.5 s
are left out of the first four.
"""

import mir_eval
import numpy as np

COLUMNS = ["F", "CMLt", "AMLt", "downbeat F", "tA1", "tA2"]
FACTORS = (1, 2, 1 / 2, 3, 1 / 3, 3 / 2, 2 / 3)


def trimmed(times: list) -> np.ndarray:
    times = np.array(sorted(times), float)
    return times[(times >= 2) & (times <= 29.5)]


def f_measure(truth: np.ndarray, found: np.ndarray) -> float:
    return mir_eval.beat.f_measure(truth, found) if len(truth) > 1 and len(found) > 1 else 0.0


def tempo(times: list) -> float:
    return 60 / float(np.median(np.diff(sorted(times)))) if len(times) > 2 else 0.0


def score_one(truth: dict, found: dict) -> list:
    true, beats = trimmed(truth["beats"]), trimmed(found["beats"])
    continuity = mir_eval.beat.continuity(true, beats) if len(beats) > 2 else (0, 0, 0, 0)
    ratio = tempo(found["beats"]) / tempo(truth["beats"])
    return [f_measure(true, beats), continuity[1], continuity[3],
            f_measure(trimmed(truth["downbeats"]), trimmed(found["downbeats"])),
            float(abs(ratio - 1) < 0.08), float(any(abs(ratio / factor - 1) < 0.08 for factor in FACTORS))]


def score(results: dict, truth: dict) -> dict:
    """Means over the files, by the names in COLUMNS."""
    values = np.array([score_one(true, results[name]) for name, true in sorted(truth.items())], float)
    return dict(zip(COLUMNS, values.mean(0).tolist()))


def bias_ms(results: dict, truth: dict):
    """Median of found minus true time over all true beats that have one within 70 ms; None without any."""
    errors = []
    for name, true in truth.items():
        found = trimmed(results[name]["beats"])
        if len(found):
            nearest = [found[np.argmin(np.abs(found - time))] - time for time in trimmed(true["beats"])]
            errors += [error for error in nearest if abs(error) <= 0.07]
    return 1000 * float(np.median(errors)) if errors else None
