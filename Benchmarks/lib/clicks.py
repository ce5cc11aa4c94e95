"""Signals with beats that are known to the sample, made on the spot; and speech, which has none."""

from dataclasses import dataclass, field
from pathlib import Path

import corpus
import numpy as np
import soundfile

RATE = 44100
SECONDS = 28
TEMPI = (60, 75, 90, 100, 120, 140, 160, 180, 200)
HAT_TEMPI = (80, 100, 120, 128, 140)
BAR_TEMPI = (72, 96, 120, 150)
REQUIRED = {
    "clicks": {"F": 0.98, "CMLt": 0.95}, "loud off-beat hats": {"CMLt": 0.9}, "ramp 100 to 140": {"F": 0.97},
    "accented 3/4": {"downbeat F": 0.95}, "accented 4/4": {"downbeat F": 0.95},
}


@dataclass
class Track:
    path: Path
    times: list
    downbeats: list = field(default_factory=list)


def tone(hertz: float, gain: float) -> np.ndarray:
    """A decaying tone of 30 ms whose attack is its first sample."""
    time = np.arange(int(0.03 * RATE)) / RATE
    return gain * np.cos(2 * np.pi * hertz * time) * np.exp(-time / 0.005)


def kick() -> np.ndarray:
    time = np.arange(int(0.25 * RATE)) / RATE
    return 0.6 * np.sin(2 * np.pi * (50 * time + 2 * (1 - np.exp(-time / 0.03)))) * np.exp(-time / 0.08)


def hat(rng) -> np.ndarray:
    time = np.arange(int(0.08 * RATE)) / RATE
    noise = np.diff(rng.normal(size=len(time)), prepend=0)
    return 0.6 * noise / np.abs(noise).max() * np.exp(-time / 0.02)


def grid(tempo: float, number: int) -> np.ndarray:
    return np.arange(0.3 + 0.0137 * number, SECONDS - 0.3, 60 / tempo)  # off the frames of every hop size


def write(path: Path, placed: list) -> None:
    samples = np.zeros(SECONDS * RATE)
    for times, sound in placed:
        for start in np.round(np.asarray(times) * RATE).astype(int):
            count = min(len(sound), len(samples) - start)
            samples[start : start + count] += sound[:count]
    soundfile.write(path, samples / max(1, np.abs(samples).max()) * 0.9, RATE, subtype="PCM_16")


def write_signals(folder: Path) -> dict:
    """All signals, by group."""
    rng = np.random.default_rng(1)
    groups = {name: [] for name in (*REQUIRED, "speech only")}
    for number, tempo in enumerate(TEMPI):
        times = grid(tempo, number)
        path = folder / f"clicks_{tempo}.wav"
        write(path, [(times, tone(1500, 0.6))])
        groups["clicks"].append(Track(path, times.tolist()))
    for number, tempo in enumerate(HAT_TEMPI):
        times = grid(tempo, number)
        path = folder / f"hats_{tempo}.wav"
        write(path, [(times, kick()), (times + 30 / tempo, hat(rng))])
        groups["loud off-beat hats"].append(Track(path, times.tolist()))
    times, time = [], 0.3
    while time < SECONDS - 0.3:
        times.append(time)
        time += 60 / (100 + 40 * time / SECONDS)
    write(folder / "ramp.wav", [(times, tone(1500, 0.6))])
    groups["ramp 100 to 140"].append(Track(folder / "ramp.wav", times))
    for meter in (3, 4):
        for number, tempo in enumerate(BAR_TEMPI):
            times = grid(tempo, number)
            path = folder / f"bars_{meter}_{tempo}.wav"
            write(path, [(times[::meter], tone(1500, 0.8)), (np.delete(times, np.s_[::meter]), tone(1000, 0.4))])
            groups[f"accented {meter}/4"].append(Track(path, times.tolist(), times[::meter].tolist()))
    for name in ("en120", "prompts-en"):
        samples, rate = soundfile.read(corpus.speech_set(name)[0])
        soundfile.write(folder / f"{name}.wav", samples, rate)
        groups["speech only"].append(Track(folder / f"{name}.wav", []))
    return groups
