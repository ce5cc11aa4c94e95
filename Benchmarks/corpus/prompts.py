"""Speech with known text: English telephone prompts read by one speaker, at 8 kHz in the source and 16 kHz here.

* `en120`: two minutes, the prompts at the positions that the source list gives.
* `prompts-en`: more than five minutes, other prompts, short pauses between them.
"""

import gzip
import json
from pathlib import Path

import numpy as np
import sound
import soundfile
from scipy.signal import resample_poly

RATE = 16000
PAUSES = (0.4, 0.7, 1.0, 0.55, 0.85)


def read_transcripts(path: Path) -> dict:
    with gzip.open(path, "rt", errors="replace") as file:
        lines = [line.partition(":") for line in file if not line.startswith(";")]
    return {name: text.strip() for name, colon, text in lines if colon}


def read_prompt(path: Path) -> np.ndarray:
    samples, rate = soundfile.read(path, dtype="float32")
    if rate * 2 != RATE:
        raise SystemExit(f"{path.name}: {rate} Hz, expected {RATE // 2}")
    return resample_poly(samples, 2, 1).astype("float32")


def build(sources: Path, listed: dict, output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    transcripts = read_transcripts(sources / listed["transcripts"])
    voice = sources / listed["voice"]

    def save(name: str, samples: np.ndarray, truth: list) -> None:
        sound.write(output / f"{name}.flac", np.clip(samples, -1, 1), RATE)
        lines = [dict(id=f"{name}-{i:03d}", start=a, end=b, text=transcripts[p]) for i, (p, a, b) in enumerate(truth)]
        (output / f"{name}.json").write_text(json.dumps(lines, indent=0))

    placed = listed["en120"]["placed"]
    samples = np.zeros(int(listed["en120"]["seconds"] * RATE), "float32")
    for prompt, first, _, _ in placed:
        spoken = read_prompt(voice / f"{prompt}.wav")[: len(samples) - first]
        samples[first : first + len(spoken)] += spoken
    save("en120", samples, [(prompt, start, end) for prompt, _, start, end in placed])
    build_prompts(voice, listed["prompts-en"], save)


def build_prompts(voice: Path, names: list, save) -> None:
    pieces, truth, position = [], [], 0
    for index, prompt in enumerate(names):
        spoken = read_prompt(voice / f"{prompt}.wav")
        active = sound.active(spoken) or [[0, len(spoken) / RATE]]
        start = position / RATE
        truth.append((prompt, round(start + active[0][0], 3), round(start + active[-1][1], 3)))
        pause = np.zeros(int(PAUSES[index % len(PAUSES)] * RATE), "float32")
        pieces += [spoken, pause]
        position += len(spoken) + len(pause)
    save("prompts-en", np.concatenate(pieces), truth)
