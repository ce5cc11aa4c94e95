"""Dialogues of known turns: voices out of prompts, one after the other, clean, in a room, by telephone or in noise.

Voices take turns of 1 to 8 s with pauses of 0.1 to 1 s, never at the same time; the next one is mostly another. Each
has a level of its own and a share of the turns. The truth: `turns`, with the voice's name, its short pauses included.
"""

import functools
import json
from pathlib import Path

import numpy as np
import sound
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

RATE = 16000
CONDITIONS = ["clean", "room", "telephone", "noise"]
MOST_VOICES = 5
SHORTEST_PIECE = 0.25
SAME_AGAIN = 0.35  # how much less likely the voice that has just spoken is


class Voice:
    """One person's prompts, all of them once before any comes again."""

    def __init__(self, rng: np.random.Generator, files: list):
        self.rng, self.files = rng, files
        self.order, self.waiting = [], []

    def piece(self) -> np.ndarray:
        while not self.waiting:
            self.order = self.order or list(self.rng.permutation(len(self.files)))
            self.waiting = list(pieces(self.files[self.order.pop(0)]))
        return self.waiting.pop(0)

    def turn(self, seconds: float) -> np.ndarray:
        """Pieces with short pauses, about so long; out of a long piece a part, faded in and out."""
        parts, count = [], 0
        while True:
            piece = self.piece()
            if len(piece) > seconds * 1.3 * RATE:
                first = self.rng.integers(len(piece) - int(seconds * RATE) + 1)
                piece = faded(piece[first : first + int(seconds * RATE)])
            parts.append(piece)
            count += len(piece)
            if count >= seconds * 0.8 * RATE:
                return np.concatenate(parts)
            parts.append(np.zeros(int(self.rng.uniform(0.03, 0.25) * RATE), "float32"))
            count += len(parts[-1])


@functools.cache
def pieces(path: str) -> list:
    """What is spoken in a prompt, all at one level."""
    samples = sound.read(path, RATE)
    found = [samples[int(start * RATE) : int(end * RATE)] for start, end in sound.active(samples, 0.3, 27)
             if end - start >= SHORTEST_PIECE]
    found = [piece for piece in found if np.abs(piece).max() >= 1e-3]
    return [piece * min(0.07 / sound.rms(piece), 0.95 / np.abs(piece).max()) for piece in found]


def faded(samples: np.ndarray) -> np.ndarray:
    index = np.arange(len(samples))
    return samples * np.minimum(1, np.minimum(index, index[::-1]) / 240).astype("float32")


def silence(rng: np.random.Generator, least: float, most: float) -> np.ndarray:
    return np.zeros(int(rng.uniform(least, most) * RATE), "float32")


def dialogue(rng: np.random.Generator, voices: list, seconds: float):
    """The samples and the turns: (start, end, number of the voice), in seconds. Every voice speaks."""
    shares = rng.dirichlet(np.full(len(voices), 3.0))
    levels = rng.uniform(-3, 3, len(voices))
    first = list(rng.permutation(len(voices)))
    parts, turns, last = [silence(rng, 0.2, 0.8)], [], None
    count = len(parts[0])
    while count < seconds * RATE or first:
        chances = shares.copy()
        if last is not None and len(voices) > 1:
            chances[last] *= SAME_AGAIN
        last = int(first.pop(0)) if first else int(rng.choice(len(voices), p=chances / chances.sum()))
        turn = voices[last].turn(float(np.exp(rng.uniform(0, np.log(8)))))
        turns.append((count / RATE, (count + len(turn)) / RATE, last))
        parts += [turn * sound.amplitude(levels[last] + rng.uniform(-1.5, 1.5)), silence(rng, 0.1, 1)]
        count += len(turn) + len(parts[-1])
    return np.concatenate(parts).astype("float32"), turns


def in_room(rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
    """With a tail of noise that falls by 60 dB in 0.2 to 0.7 s, and the direct sound before it."""
    decay = rng.uniform(0.2, 0.7)
    count = int(decay * 1.2 * RATE)
    response = rng.standard_normal(count) * np.exp(-6.9 * np.arange(count) / (decay * RATE))
    response[: int(0.002 * RATE)] = 0
    response *= rng.uniform(0.3, 0.8) / np.sqrt(np.sum(response**2))
    response[0] = 1
    return fftconvolve(samples, response)[: len(samples)]


def by_telephone(samples: np.ndarray) -> np.ndarray:
    """300 to 3400 Hz, 8 bits by the mu-law."""
    samples = sosfilt(butter(4, [300, 3400], "band", fs=RATE, output="sos"), samples)
    peak = np.abs(samples).max()
    steps = np.round(np.sign(samples) * np.log1p(255 * np.abs(samples) / peak) / np.log(256) * 127) / 127
    return np.sign(steps) * (256 ** np.abs(steps) - 1) / 255 * peak


def worsened(rng: np.random.Generator, clean: np.ndarray, condition: str) -> np.ndarray:
    samples = clean
    if condition == "room":
        samples = in_room(rng, clean)
    if condition == "telephone":
        samples = by_telephone(clean)
    below = rng.uniform(10, 20) if condition == "noise" else rng.uniform(35, 50)
    noise = rng.standard_normal(len(samples))
    if rng.random() < 0.6:
        noise = lfilter([1], [1, -0.9], noise)
    noise *= sound.rms(samples[np.abs(clean) > 1e-4]) / sound.rms(noise) * sound.amplitude(-below)
    samples = samples + noise
    return samples / np.abs(samples).max() * rng.uniform(0.3, 0.95)


def chosen(rng: np.random.Generator, listed: dict, count: int) -> list:
    """Names of voices, none twice, and no two that may be one person."""
    names = []
    for name in rng.permutation(sorted(listed["voices"])):
        if not any({name, other} <= set(group) for group in listed["perhaps_one"] for other in names):
            names.append(str(name))
    return names[:count]


def build(root: Path, listed: dict, output: Path) -> None:
    """Makes `each` dialogues for every number of voices, the conditions in turn."""
    output.mkdir(parents=True, exist_ok=True)
    files = {name: [str(path) for pattern in patterns for path in sorted(root.glob(pattern))]
             for name, patterns in listed["voices"].items()}
    if not all(files.values()):
        raise SystemExit(f"no prompts of {', '.join(name for name in files if not files[name])}")
    for number in range(MOST_VOICES * listed["each"]):
        rng = np.random.default_rng([listed["seed"], number])
        names = chosen(rng, listed, number // listed["each"] + 1)
        condition = CONDITIONS[number % len(CONDITIONS)]
        clean, turns = dialogue(rng, [Voice(rng, files[name]) for name in names], rng.uniform(60, 95))
        sound.write(output / f"dialogue{number:02d}.flac", worsened(rng, clean, condition), RATE)
        truth = dict(voices=names, condition=condition, duration=len(clean) / RATE,
                     turns=[dict(speaker=names[voice], start=round(start, 3), end=round(end, 3))
                            for start, end, voice in turns])
        (output / f"dialogue{number:02d}.json").write_text(json.dumps(truth))
