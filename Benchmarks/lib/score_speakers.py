"""Speaker scores: diarization error, and what the confidence of a speaker is worth.

The diarization error rate is NIST's: seconds of speech that were missed, of what is no speech, and of speech of another
speaker, over the seconds of true speech, with the best assignment of found to true speakers.
"""

from dataclasses import astuple, dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from score_scene import calibration

COLLAR = 0.25  # around each edge of a true turn: not scored
STEP = 0.001
NOBODY = -1


@dataclass
class Errors:
    """Seconds of true speech, and of each kind of error."""

    speech: float = 0
    missed: float = 0
    false_alarm: float = 0
    confusion: float = 0

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(*(a + b for a, b in zip(astuple(self), astuple(other))))

    @property
    def rates(self) -> list:
        """DER and its parts: missed, false alarm, confusion."""
        parts = [part / max(self.speech, 1e-9) for part in (self.missed, self.false_alarm, self.confusion)]
        return [sum(parts), *parts]


def turns(summary: dict) -> list:
    """Speech in a summary, in seconds; a voice without a name is one more."""
    return [dict(speaker=event.get("speaker_id"), start=event["start_ms"] / 1000, end=event["end_ms"] / 1000,
                 confidence=(event.get("meta") or {}).get("speaker_confidence"))
            for event in summary["events"] if event["kind"] == "speech"]


def one_speaker(given: list) -> list:
    return [{**turn, "speaker": "one"} for turn in given]


def steps(time: float) -> int:
    return int(round(time / STEP))


def labels(given: list, truth: dict) -> np.ndarray:
    """The number of the speaker at each step, in order of first turns."""
    result = np.full(steps(truth["duration"]), NOBODY)
    numbers = {}
    for turn in given:
        result[steps(turn["start"]) : steps(turn["end"])] = numbers.setdefault(turn["speaker"], len(numbers))
    return result


def scored(truth: dict, collar: float) -> np.ndarray:
    """The steps that count."""
    mask = np.ones(steps(truth["duration"]), bool)
    for turn in truth["turns"]:
        for edge in (turn["start"], turn["end"]):
            mask[max(0, steps(edge - collar)) : steps(edge + collar)] = False
    return mask


def matches(true: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Where the found speaker is the true one, by the assignment with most such steps."""
    both = (true != NOBODY) & (found != NOBODY)
    shared = np.zeros((true.max() + 1, found.max() + 1))
    np.add.at(shared, (true[both], found[both]), 1)
    assigned = np.full(found.max() + 1, NOBODY)
    for speaker, name in zip(*linear_sum_assignment(shared, maximize=True)):
        assigned[name] = speaker
    result = np.zeros(len(true), bool)
    result[both] = assigned[found[both]] == true[both]
    return result


def errors(given: list, truth: dict, collar: float = 0) -> Errors:
    mask = scored(truth, collar)
    true, found = labels(truth["turns"], truth)[mask], labels(given, truth)[mask]
    spoken, heard = true != NOBODY, found != NOBODY
    counts = (spoken, spoken & ~heard, ~spoken & heard, spoken & heard & ~matches(true, found))
    return Errors(*(float(count.sum() * STEP) for count in counts))


def total(results: dict, truth: dict, collar: float = 0) -> Errors:
    """Of several recordings: turns and truth by name."""
    return sum((errors(results[name], true, collar) for name, true in truth.items()), Errors())


def reliability(results: dict, truth: dict) -> dict:
    """Of found speech that is speech: how much of it has the right speaker, as in `score_scene.calibration`."""
    columns = []
    for name, true in truth.items():
        wanted, found = labels(true["turns"], true), labels(results[name], true)
        confidence = np.zeros(len(wanted))
        for turn in results[name]:
            confidence[steps(turn["start"]) : steps(turn["end"])] = turn["confidence"] or 0
        both = (wanted != NOBODY) & (found != NOBODY)
        columns.append((confidence[both], matches(wanted, found)[both]))
    return calibration(*map(np.concatenate, zip(*columns)), STEP)
