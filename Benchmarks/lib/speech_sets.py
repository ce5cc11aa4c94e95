"""Recordings that the topic speech makes out of others: speech in noise, an hour of it, half an hour without speech."""

import json
import sys
from pathlib import Path

import corpus
import numpy as np
import places
import soundfile
from topic_scene import fetch_sources, in_own_process, listed

RATE = 16000
SNR_DB = 5
HOUR = 3600
SEED = 7
NOTHING = {"music": 13, "effects": 8, "noise": 5, "silence": 4}  # minutes
PIECE = 60  # seconds of one kind, one after the other
CLIPS = 12  # of a set, each from another place
CLIP_SECONDS, CLIP_SNR_DB = 20, -3
QUIET_SECONDS = 660  # more than the first stretch that we transcribe


def made(name: str, make) -> tuple:
    """A recording and its truth from the cache, made when they are not there."""
    folder = places.CACHE / "made-speech"
    recording, truth = folder / f"{name}.flac", folder / f"{name}.json"
    if not truth.exists():
        folder.mkdir(parents=True, exist_ok=True)
        in_own_process(make, recording, truth)
    return recording, json.loads(truth.read_text())


def in_noise(name: str) -> tuple:
    corpus.speech_set(name)
    return made(f"{name}-noise", Mixed(name, pink))


def over_music(name: str) -> tuple:
    corpus.speech_set(name)
    fetch_sources()
    return made(f"{name}-music", Mixed(name, music))


def clips(name: str) -> list:
    """Short recordings in noise that is louder than the voice."""
    corpus.speech_set(name)
    return [made(f"{name}-clip-{number}", Clip(name, number))[0] for number in range(CLIPS)]


def late(name: str, before: str) -> Path:
    """Two seconds of another set, a long silence, and then a set."""
    corpus.speech_set(name)
    corpus.speech_set(before)
    return made(f"{name}-late", Late(name, before))[0]


def hour(name: str) -> tuple:
    corpus.speech_set(name)
    return made(f"{name}-hour", Long(name))


def nothing() -> tuple:
    fetch_sources()
    return made("nothing", make_nothing)


def pink(rng: np.random.Generator, count: int) -> np.ndarray:
    """Noise whose power falls by 3 dB an octave, of level 1."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[: int(count * 40 / RATE)] = 0
    samples = np.fft.irfft(spectrum, count)
    return samples / np.sqrt(np.mean(samples**2))


def music(rng: np.random.Generator, count: int) -> np.ndarray:
    """One piece after the other, a minute of each, of level 1."""
    sys.path.insert(0, str(places.BENCHMARKS / "corpus"))
    pieces = Music(rng)
    parts = [pieces(rng)[0] for _ in range(-(-count // (PIECE * RATE)))]
    return np.concatenate([part / (np.sqrt(np.mean(part**2)) + 1e-9) for part in parts])[:count]


def write(recording: Path, samples: np.ndarray, truth: Path, what: list) -> None:
    soundfile.write(recording, np.clip(samples, -1, 1), RATE, subtype="PCM_16")
    truth.write_text(json.dumps(what))


class Mixed:
    """Speech and something else at `SNR_DB`: levels of what is spoken, without the pauses, and of the rest."""

    def __init__(self, name: str, bed):
        self.name, self.bed = name, bed

    def __call__(self, recording: Path, truth: Path) -> None:
        path, lines = corpus.speech_set(self.name)
        samples, _ = soundfile.read(path)
        spoken = np.concatenate([samples[int(line["start"] * RATE) : int(line["end"] * RATE)] for line in lines])
        level = np.sqrt(np.mean(spoken**2)) * 10 ** (-SNR_DB / 20)
        mixed = samples + level * self.bed(np.random.default_rng(SEED), len(samples))
        write(recording, mixed * min(1, 0.9 / np.abs(mixed).max()), truth, lines)


class Clip:
    """A stretch of a set in pink noise, at `CLIP_SNR_DB` over all that is loud in it."""

    def __init__(self, name: str, number: int):
        self.name, self.number = name, number

    def __call__(self, recording: Path, truth: Path) -> None:
        path, _ = corpus.speech_set(self.name)
        samples, _ = soundfile.read(path)
        start = (len(samples) - CLIP_SECONDS * RATE) * self.number // CLIPS
        samples = samples[start : start + CLIP_SECONDS * RATE]
        level = np.sqrt(np.mean(samples[np.abs(samples) > 0.01] ** 2)) * 10 ** (-CLIP_SNR_DB / 20)
        mixed = samples + level * pink(np.random.default_rng([SEED, self.number]), len(samples))
        write(recording, mixed * 0.3 / np.abs(mixed).max(), truth, [])


class Late:
    """See `late`."""

    def __init__(self, name: str, before: str):
        self.name, self.before = name, before

    def __call__(self, recording: Path, truth: Path) -> None:
        path, lines = corpus.speech_set(self.name)
        samples, _ = soundfile.read(path)
        other, others = corpus.speech_set(self.before)
        first, _ = soundfile.read(other)
        first = first[: int(others[0]["end"] * RATE)][: 2 * RATE]
        write(recording, np.concatenate([first, np.zeros(QUIET_SECONDS * RATE), samples[: 60 * RATE]]), truth, lines)


class Long:
    """The same prompts again and again, for an hour."""

    def __init__(self, name: str):
        self.name = name

    def __call__(self, recording: Path, truth: Path) -> None:
        path, lines = corpus.speech_set(self.name)
        samples, _ = soundfile.read(path, dtype="float32")
        length = len(samples) / RATE
        times = int(np.ceil(HOUR / length))
        moved = [{**line, "start": line["start"] + number * length, "end": line["end"] + number * length}
                 for number in range(times) for line in lines]
        write(recording, np.tile(samples, times), truth, moved)


def make_nothing(recording: Path, truth: Path) -> None:
    """Pieces of a minute: music and effects of `scene_fresh`, made noise, and zeros, in an order of chance."""
    sys.path.insert(0, str(places.BENCHMARKS / "corpus"))
    rng = np.random.default_rng(SEED)
    kinds = [kind for kind, minutes in NOTHING.items() for _ in range(minutes)]
    makers = {"music": Music(rng), "effects": Effects(rng), "noise": noise_piece, "silence": silence_piece}
    pieces, parts = [], []
    for number, kind in enumerate(rng.permutation(kinds)):
        piece, source = makers[str(kind)](rng)
        pieces.append(piece.astype("float32"))
        parts.append(dict(kind=str(kind), source=source, start=number * PIECE, end=(number + 1) * PIECE))
    write(recording, np.concatenate(pieces), truth, parts)


def files(part: str) -> list:
    return sorted(path for pattern in listed()[part] for path in places.SOURCES.glob(pattern))


def levelled(samples: np.ndarray, decibels: float) -> np.ndarray:
    level = np.sqrt(np.mean(samples**2)) + 1e-9
    samples = samples * 10 ** (decibels / 20) / level
    return samples / max(1, np.abs(samples).max() / 0.95)


class Music:
    """A minute of the next piece of music, all pieces before any comes again."""

    def __init__(self, rng: np.random.Generator):
        self.paths = list(rng.permutation(files("music")))

    def __call__(self, rng: np.random.Generator) -> tuple:
        import sound

        path = self.paths.pop(0)
        self.paths.append(path)
        start = rng.uniform(0, max(0, sound.duration(path) - PIECE))
        samples = sound.read(path, RATE, start, PIECE)
        return levelled(np.resize(samples, PIECE * RATE), rng.uniform(-26, -16)), Path(path).name


class Effects:
    """A minute of effects, each at a level of its own, with short pauses."""

    def __init__(self, rng: np.random.Generator):
        self.paths = list(rng.permutation(files("other")))

    def __call__(self, rng: np.random.Generator) -> tuple:
        import sound

        result, position = np.zeros(PIECE * RATE), 0
        while position < len(result):
            path = self.paths.pop(0)
            self.paths.append(path)
            samples = sound.read(path, RATE, 0, 10)[: len(result) - position]
            if len(samples) > 100:
                result[position : position + len(samples)] = levelled(samples, rng.uniform(-32, -14))
            position += len(samples) + int(rng.uniform(0.1, 1.5) * RATE)
        return result, "effects"


def noise_piece(rng: np.random.Generator) -> tuple:
    count = PIECE * RATE
    if rng.random() < 0.5:
        samples, source = pink(rng, count), "pink"
    else:
        samples, source = rng.standard_normal(count), "white"
    return samples * 10 ** (rng.uniform(-60, -20) / 20), source


def silence_piece(rng: np.random.Generator) -> tuple:
    return np.zeros(PIECE * RATE), "zeros"
