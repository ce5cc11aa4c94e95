"""Click tracks at several tempi, made on the spot."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

RATE = 44100
SECONDS = 24
TEMPI = (60, 75, 90, 100, 120, 140, 160, 180, 200)


@dataclass
class ClickTrack:
    name: str
    path: Path
    times: list


def click() -> np.ndarray:
    """A decaying tone of 30 ms whose attack is its first sample."""
    time = np.arange(int(0.03 * RATE)) / RATE
    return (0.6 * np.cos(2 * np.pi * 1500 * time) * np.exp(-time / 0.005)).astype("float32")


def write(folder: Path) -> list:
    sound = click()
    tracks = []
    for index, tempo in enumerate(TEMPI):
        first = 0.3 + 0.0137 * index  # off the frames of every hop size
        times = np.arange(first, SECONDS - 0.1, 60 / tempo)
        samples = np.zeros(SECONDS * RATE, "float32")
        starts = np.round(times * RATE).astype(int)
        for start in starts:
            samples[start : start + len(sound)] += sound
        path = folder / f"clicks_{tempo}.wav"
        soundfile.write(path, samples, RATE, subtype="PCM_16")
        tracks.append(ClickTrack(f"{tempo} BPM", path, (starts / RATE).tolist()))
    return tracks


def offsets_ms(track: ClickTrack, found: list) -> list:
    """Found minus true time of each found beat that lies within 100 ms of a click."""
    times = np.array(track.times)
    errors = [1000 * (time - times[np.argmin(np.abs(times - time))]) for time in found]
    return [float(error) for error in errors if abs(error) <= 100]
