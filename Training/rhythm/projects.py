"""Excerpts of LMMS' demonstration projects: finished productions with synthesizers and effects, on an exact grid.

`projects.py SOURCES OUTPUT`. Needs `lmms`. The grid is the project's tempo from its first sample on; where the project counts
twice as fast as one would tap (`TAPPED`), beats are every second tick of it.
"""

import argparse
import json
import os
import re
import subprocess
import tempfile
import zlib
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

RATE, SECONDS = 22050, 30
TAPPED = {"CapDan-ReggaeTry": 0.5, "CapDan-ReggaetonTry": 0.5}
LEFT_OUT = {"editing_note_volumes", "Socceroos-Progress"}  # the first is an exercise, the second counts oddly


def head(project: Path) -> tuple:
    """Tempo and beats a bar."""
    content = project.read_bytes()
    text = (zlib.decompress(content[4:]) if project.suffix == ".mmpz" else content).decode(errors="ignore")
    tag = re.search(r"<head[^>]*>", text).group(0)
    return float(re.search(r'bpm="([\d.]+)"', tag).group(1)), int(re.search(r'timesig_numerator="(\d+)"', tag).group(1))


def excerpts(project: Path, output: Path) -> None:
    name = re.sub(r"\W+", "_", project.stem)
    if list(output.glob(f"lmms_{name}_*.json")) or project.stem in LEFT_OUT:
        return
    tempo, _ = head(project)
    with tempfile.TemporaryDirectory() as folder:
        wave = os.path.join(folder, "song.wav")
        try:
            subprocess.run(["lmms", "--allowroot", "render", str(project), "-f", "wav", "-s", "44100", "-o", wave], check=True,
                           capture_output=True, timeout=300, env=dict(os.environ, QT_QPA_PLATFORM="offscreen"))
        except (subprocess.SubprocessError, OSError) as error:
            print(f"{name}: {error}")
            return
        samples, rate = soundfile.read(wave, dtype="float32", always_2d=True)
    samples = resample_poly(samples.mean(1), RATE, rate)
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    if len(loud) < 8 * RATE:
        return
    samples = samples[: loud[-1]]
    factor = TAPPED.get(project.stem, 1)
    period = 60 / tempo / factor
    beats = np.arange(0, len(samples) / RATE, period)
    ending = len(samples) / RATE
    starts = [0.0] if ending < 40 else list(np.arange(0, ending - 20, max(27.3, (ending - 20) / 7)))
    for number, start in enumerate(starts):
        part = samples[int(start * RATE) : int((start + SECONDS) * RATE)]
        if np.abs(part).max(initial=0) < 0.02 or len(part) < 8 * RATE:
            continue
        inside = [i for i, b in enumerate(beats) if start <= b < start + len(part) / RATE]
        times = [round(float(beats[i] - start), 4) for i in inside]
        truth = dict(source="lmms", style=project.stem, meter="4/4", beats_per_bar=4, feel="steady", jitter_ms=0, beats=times,
                     downbeats=[t for i, t in zip(inside, times) if i % 4 == 0], tempo_bpm=tempo * factor)
        path = output / f"lmms_{name}_{number}.flac"
        soundfile.write(path, part / np.abs(part).max() * 0.9, RATE)
        path.with_suffix(".json").write_text(json.dumps(truth))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    for file in sorted((arguments.sources / "usr/share/lmms/projects").glob("**/*.mmp*")):
        excerpts(file, arguments.output)
