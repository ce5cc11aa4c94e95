"""Reading, measuring and writing sound: small helpers that the corpus builders share."""

import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile


def read(path: Path | str, rate: int, start: float = 0, seconds: float | None = None) -> np.ndarray:
    """Decodes any file to mono samples at `rate`; empty when ffmpeg cannot read it."""
    with tempfile.TemporaryDirectory() as folder:
        wav = os.path.join(folder, "a.wav")
        seek = ["-ss", str(start)] if start else []
        limit = ["-t", str(seconds)] if seconds else []
        command = ["ffmpeg", "-v", "quiet", "-y", *seek, *limit, "-i", str(path), "-ac", "1", "-ar", str(rate), wav]
        if subprocess.run(command, stdin=subprocess.DEVNULL).returncode:
            return np.zeros(0, "float32")
        return soundfile.read(wav, dtype="float32")[0]


def duration(path: Path | str) -> float:
    command = ["ffprobe", "-v", "quiet", "-show_entries", "format=duration", "-of", "csv=p=0", str(path)]
    return float(subprocess.run(command, capture_output=True, text=True).stdout.strip() or 0)


def write(path: Path, samples: np.ndarray, rate: int) -> None:
    soundfile.write(path, samples, rate, subtype="PCM_16")


def amplitude(decibels: float) -> float:
    return 10 ** (decibels / 20)


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples**2) + 1e-12))


def level_frames(samples: np.ndarray, hop: int = 160) -> np.ndarray:
    """Levels in dB of frames of `hop` samples: 10 ms at 16 kHz."""
    count = len(samples) // hop
    return 10 * np.log10(np.mean(samples[: count * hop].reshape(count, hop) ** 2, 1) + 1e-12)


def active(samples: np.ndarray, pause: float = 0.5, range_db: float = 38) -> list:
    """Intervals [start, end] in seconds of 16 kHz sound that is within `range_db` of its loud parts (95th percentile).

    Gaps up to `pause` are bridged, intervals up to 80 ms dropped.
    """
    levels = level_frames(samples)
    if len(levels) < 5:
        return []
    levels = np.convolve(levels, np.ones(3) / 3, "same")
    loud = np.where(levels > max(np.percentile(levels, 95) - range_db, -58))[0]
    if not len(loud):
        return []
    groups = np.split(loud, np.where(np.diff(loud) * 0.01 > pause)[0] + 1)
    intervals = [[group[0] * 0.01, (group[-1] + 1) * 0.01] for group in groups]
    return [interval for interval in intervals if interval[1] - interval[0] > 0.08]
