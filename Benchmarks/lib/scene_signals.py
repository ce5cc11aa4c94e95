"""Recordings whose scene a person hears at once, put together from the fresh sources, and what is to be found there."""

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import places
import soundfile
from score_scene import FRAME, SPEECH, covered, spans

sys.path.insert(0, str(places.BENCHMARKS / "corpus"))
import programmes  # noqa: E402 - the corpus' scripts are no package
import sound  # noqa: E402

RATE = programmes.RATE
EDGE = 0.1  # seconds that an edge may be off
VARIANTS = 3  # other voices, music and noise
BED, BED_SPEECH, BED_RATIO = 60, 2, 15  # seconds, seconds, dB
QUIET_VOICE = -45  # dBFS


@dataclass
class Signal:
    name: str
    path: Path
    wanted: Callable[[list], bool]


def near(event: dict, start: float, end: float, edge: float = EDGE) -> bool:
    return abs(event["start"] - start) <= edge and abs(event["end"] - end) <= edge


def alone(events: list, kind: str, start: float, end: float) -> bool:
    """Whether one event of the kind lies there, and no other of its kind anywhere."""
    found = [event for event in events if event["type"] == kind]
    return len(found) == 1 and near(found[0], start, end)


def silent_ends(events: list, start: float, end: float, seconds: float, edge: float = EDGE) -> bool:
    """Whether the recording begins with one silence up to `start`, and ends with one from `end` on."""
    silences = [event for event in events if event["type"] == "silence"]
    return all(any(near(event, *place, edge) for event in silences) for place in ((0, start), (end, seconds)))


def one_bed(events: list, head: float) -> bool:
    """Music is one event as long as the bed, with silence before and after it where there is some."""
    return (alone(events, "music", head, head + BED)
            and (not head or silent_ends(events, head, head + BED, BED + 2 * head)))


def only_silence(events: list, seconds: float) -> bool:
    return len(events) == 1 and alone(events, "silence", 0, seconds)


def speech_between(events: list, stretches: list, seconds: float) -> bool:
    """Most of the speech is found, with silence before and after it. Voices fade out: those edges may be off by more."""
    spoken = covered(stretches, round(seconds / FRAME))
    heard = covered(spans(events, SPEECH), len(spoken))[spoken].mean()
    return heard >= 0.8 and silent_ends(events, stretches[0][0], stretches[-1][1], seconds, 3 * EDGE)


def room(rng: random.Random, seconds: float, decibels: float) -> np.ndarray:
    noise = np.convolve(programmes.noise(rng, round(seconds * RATE)), np.ones(6) / 6, "same")
    return noise / sound.rms(noise) * sound.amplitude(decibels)


def speech(rng: random.Random, sources: programmes.Sources, seconds: float, decibels: float) -> np.ndarray:
    samples, _ = programmes.speech(rng, sources, seconds)
    return samples / sound.rms(samples) * sound.amplitude(decibels)


def bed(rng: random.Random, sources: programmes.Sources) -> np.ndarray:
    """A minute of music without pauses, and over a part of it speech."""
    for _ in range(50):
        playing, _ = programmes.music(rng, sources, BED + 0.5)
        if len(playing) >= BED * RATE:
            break
    else:
        raise SystemExit("the fresh sources have no music of a minute without pauses")
    playing = programmes.fade(playing[: BED * RATE])
    samples = playing / sound.rms(playing) * sound.amplitude(-24 - BED_RATIO)
    first = int(rng.uniform(20, 40) * RATE)
    samples[first : first + BED_SPEECH * RATE] += speech(rng, sources, BED_SPEECH, -24)
    return samples


def between(middle: np.ndarray, seconds: int) -> np.ndarray:
    return np.pad(middle, seconds * RATE)


def make(rng: random.Random, sources: programmes.Sources):
    """Yields a name, samples, and what the events must be like."""
    yield "music bed of 60 s, 2 s of speech over it", bed(rng, sources), partial(one_bed, head=0)
    yield "the same between 2 s of digital silence", between(bed(rng, sources), 2), partial(one_bed, head=2)
    yield "digital silence, 10 s", np.zeros(10 * RATE), partial(only_silence, seconds=10)
    yield "quiet room noise, 10 s", room(rng, 10, rng.uniform(-70, -55)), partial(only_silence, seconds=10)
    for name, level, floor in (("speech", -24, -62), (f"voice at {QUIET_VOICE} dBFS", QUIET_VOICE, -75)):
        samples = between(speech(rng, sources, 6, level), 3)
        stretches = sound.active(samples)
        yield (f"{name} between pauses of 3 s, room noise", samples + room(rng, 12, floor),
               partial(speech_between, stretches=stretches, seconds=12))


def write(listed: dict, sources: Path, folder: Path) -> list:
    """All signals, as sound files in a folder."""
    known, result = programmes.Sources(sources, listed, None), []
    for variant in range(VARIANTS):
        for number, (name, samples, wanted) in enumerate(make(random.Random(variant), known)):
            path = folder / f"signal{number}_{variant}.flac"
            soundfile.write(path, np.clip(samples, -1, 1), RATE, subtype="PCM_16")
            result.append(Signal(name, path, wanted))
    return result
