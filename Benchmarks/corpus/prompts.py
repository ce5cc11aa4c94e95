"""Speech with known text: telephone prompts, each language read by one speaker, at 8 kHz in the source and 16 kHz here.

* `en120`: two minutes, the prompts at the positions that the source list gives.
* `prompts-en`: more than five minutes, other prompts, short pauses between them.
* `prompts-es`, `prompts-fr`: the same in other languages.
* `two_cities`: a reading of the opening of a novel, with music under it; its truth has no times.
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
TWO_CITIES = (  # Charles Dickens, A Tale of Two Cities, 1859: public domain
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, it "
    "was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season of "
    "Darkness, it was the spring of hope, it was the winter of despair, we had everything before us, we had nothing "
    "before us, we were all going direct to Heaven, we were all going direct the other way - in short, the period was "
    "so far like the present period, that some of its noisiest authorities insisted on its being received, for good "
    "or for evil, in the superlative degree of comparison only.")


def read_transcripts(path: Path) -> dict:
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
        lines = [line.partition(":") for line in file if not line.startswith(";")]
    return {name: text.strip() for name, colon, text in lines if colon}


def read_prompt(path: Path) -> np.ndarray:
    samples, rate = soundfile.read(path, dtype="float32")
    if rate * 2 != RATE:
        raise SystemExit(f"{path.name}: {rate} Hz, expected {RATE // 2}")
    return resample_poly(samples, 2, 1).astype("float32")


def saver(output: Path, transcripts: dict):
    def save(name: str, samples: np.ndarray, truth: list) -> None:
        sound.write(output / f"{name}.flac", np.clip(samples, -1, 1), RATE)
        lines = [dict(id=f"{name}-{i:03d}", start=a, end=b, text=transcripts[p]) for i, (p, a, b) in enumerate(truth)]
        (output / f"{name}.json").write_text(json.dumps(lines, indent=0))

    return save


def build(sources: Path, listed: dict, output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    transcripts = read_transcripts(sources / listed["transcripts"])
    voice = sources / listed["voice"]
    save = saver(output, transcripts)

    placed = listed["en120"]["placed"]
    samples = np.zeros(int(listed["en120"]["seconds"] * RATE), "float32")
    for prompt, first, _, _ in placed:
        spoken = read_prompt(voice / f"{prompt}.wav")[: len(samples) - first]
        samples[first : first + len(spoken)] += spoken
    save("en120", samples, [(prompt, start, end) for prompt, _, start, end in placed])
    build_prompts(voice, listed["prompts-en"], save)


def build_language(sources: Path, listed: dict, name: str, output: Path) -> None:
    """A set in another language, of the same shape as `prompts-en`."""
    output.mkdir(parents=True, exist_ok=True)
    transcripts = read_transcripts(sources / listed[name]["transcripts"])
    save_as = saver(output, transcripts)
    build_prompts(sources / listed[name]["voice"], listed[name]["prompts"], lambda _, *what: save_as(name, *what))


def build_reading(sources: Path, listed: dict, output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    samples = sound.read(sources / listed["two_cities"], RATE)
    sound.write(output / "two_cities.flac", samples, RATE)
    line = dict(id="two_cities-000", start=0, end=len(samples) / RATE, text=TWO_CITIES)
    (output / "two_cities.json").write_text(json.dumps([line], indent=0))


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
