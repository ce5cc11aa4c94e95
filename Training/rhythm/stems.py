"""Plays a piece like the benchmark's corpus does, but into two stems, drums apart, with many sounds.

A stem pair is a FLAC file of two channels at 22.05 kHz: melody left, drums right. Mixing, rooms and codecs come
at training time (`sounds.py`), anew for each pass.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Benchmarks/corpus"))
import performance  # noqa: E402
from kits import RATE, Kit  # noqa: E402

SHARE = "usr/share/"
FONTS = [SHARE + "sounds/sf2/FluidR3_GM.sf2", SHARE + "sounds/sf3/FluidR3Mono_GM.sf3",
         SHARE + "sounds/sf3/MuseScore_General_Full.sf3", SHARE + "sounds/sf2/OPL-3_FM_128M.sf2"]
DRUM_FONTS = [SHARE + "sounds/sf2/Black_Pearl_4_LV2.sf2", SHARE + "sounds/sf2/Red_Zeppelin_4_LV2.sf2"]
DRUMS = 9  # the channel


def synthesize(midi: str, font: Path, seconds: float, reverb: int) -> np.ndarray:
    """Mono samples at RATE."""
    with tempfile.TemporaryDirectory() as folder:
        raw = os.path.join(folder, "raw.wav")
        subprocess.run(["fluidsynth", "-ni", "-q", "-R", str(reverb), "-C", "0", "-g", "0.4", "-r", str(RATE),
                        "-o", "synth.dynamic-sample-loading=1", "-F", raw, str(font), midi],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        samples, _ = soundfile.read(raw, dtype="float32", always_2d=True)
    samples = samples.mean(1)[: int(seconds * RATE)]
    return np.pad(samples, (0, int(seconds * RATE) - len(samples)))


def stem(notes: list, controls: list, font: Path, seconds: float, reverb: int) -> np.ndarray:
    if not notes:
        return np.zeros(int(seconds * RATE), np.float32)
    with tempfile.TemporaryDirectory() as folder:
        midi = os.path.join(folder, "stem.mid")
        performance.write_midi(midi, notes, controls)
        return synthesize(midi, font, seconds, reverb)


def leveled(samples: np.ndarray) -> np.ndarray:
    peak = float(np.abs(samples).max(initial=0))
    return samples / peak * 0.9 if peak > 1e-4 else samples * 0


def finish(output: Path, rng: random.Random, sources: Path, piece: dict, truth: dict) -> None:
    """Times the piece, renders its stems and writes the truth; takes the place of `performance.finish`."""
    seconds = piece.get("seconds", performance.SECONDS)
    notes, controls = performance.timed(rng, piece, truth, least_lead=0.02)
    drums = [note for note in notes if note[2] == DRUMS]
    melody = [note for note in notes if note[2] != DRUMS]
    font = rng.choice(FONTS)
    melodic = stem(melody, controls, sources / font, seconds, rng.choice([0, 1]))
    source = rng.choice(["kit", "kit", "font", "drum font"]) if drums else "none"
    if source == "kit":
        rhythm = Kit(rng, sources).play(drums, seconds)
    else:
        drum_font = font if source == "font" else rng.choice(DRUM_FONTS)
        rhythm = stem(drums, [c for c in controls if c[1] == DRUMS and c[2].type != "program_change"],
                      sources / drum_font, seconds, rng.choice([0, 1]))
    pair = np.stack([leveled(melodic), leveled(rhythm)], 1)
    truth.update(soundfont=os.path.basename(font), drums=source)
    soundfile.write(output.with_suffix(".flac"), pair, RATE)
    output.with_suffix(".json").write_text(json.dumps(truth))
