"""Programmes of about a minute: speech, music, speech over music, effects, noise and silence, mixed at known times.

The truth: `events` holds one primary label at a time (speech before music before other before silence), `layers`
what overlaps. Noise under speech stays speech. Speech is where the clean source is within 38 dB of its loud parts;
pauses over half a second are not speech.
"""

import functools
import json
import os
import random
from pathlib import Path

import numpy as np
import sound
from scipy.signal import butter, sosfilt

RATE = 16000
SECONDS = 60
LABELS = ["speech", "music", "silence", "other"]
KINDS = ["speech", "music", "bed", "other", "silence", "noisy"]
SHARES = [0.28, 0.22, 0.14, 0.14, 0.12, 0.10]


class Sources:
    """The listed files, and what of them has been read."""

    def __init__(self, root: Path, listed: dict, rendered: Path | None):
        def found(patterns: list) -> list:
            return [str(path) for pattern in patterns for path in sorted(root.glob(pattern))]

        self.speech = {group: found(patterns) for group, patterns in listed["speech"].items()}
        self.readings = set(listed["long_speech"])
        self.effects = found(listed["other"])
        music = found(listed["music"])
        if rendered:
            music += sorted(map(str, rendered.glob("*.flac")))[::3]
        self.seconds = {path: sound.duration(path) for path in music}
        self.music = [path for path in music if self.seconds[path] > 12]
        if not all(self.speech.values()) or not self.effects or not self.music:
            raise SystemExit("the corpus sources are incomplete")

    @staticmethod
    @functools.lru_cache(1500)
    def read(path: str, start: float = 0, seconds: float | None = None) -> np.ndarray:
        return sound.read(path, RATE, start, seconds)


def speech(rng: random.Random, sources: Sources, seconds: float):
    group = rng.choice(list(sources.speech))
    files = sources.speech[group]
    samples = np.zeros(0, "float32")
    if group in sources.readings:
        reading = sources.read(rng.choice(files))
        room = len(reading) / RATE - seconds
        start = rng.randrange(0, max(1, int(room * RATE))) if room > 0 else 0
        samples = reading[start : start + int(seconds * RATE)]
    else:
        while len(samples) < seconds * RATE:
            prompt = sources.read(rng.choice(files))
            spoken = sound.active(prompt) if len(prompt) >= 0.4 * RATE else []
            if not spoken:
                continue
            prompt = prompt[int(spoken[0][0] * RATE) : int(spoken[-1][1] * RATE)]
            prompt = prompt / max(sound.rms(prompt), 1e-4) * 0.06
            pause = np.zeros(int(rng.choice([0.12, 0.2, 0.3, 0.45, 0.9]) * RATE), "float32")
            samples = np.concatenate([samples, prompt, pause])
    samples = samples[: int(seconds * RATE)]
    samples = samples / max(sound.rms(samples), 1e-4) * sound.amplitude(-24 + rng.uniform(-5, 5))
    return np.clip(samples, -0.95, 0.95), group


def music(rng: random.Random, sources: Sources, seconds: float):
    for _ in range(20):
        path = rng.choice(sources.music)
        start = rng.uniform(1, max(1.1, sources.seconds[path] - seconds - 1))
        samples = sources.read(path, round(start, 2), round(seconds, 2))
        if len(samples) < seconds * RATE * 0.9 or sound.rms(samples) < 0.003:
            continue
        quiet = sound.level_frames(samples) < 20 * np.log10(sound.rms(samples)) - 28
        if quiet.mean() <= 0.05:
            return samples / sound.rms(samples) * sound.amplitude(-22 + rng.uniform(-6, 5)), path
    raise SystemExit("no music without pauses was found")


def noise(rng: random.Random, count: int) -> np.ndarray:
    return np.random.RandomState(rng.randrange(1 << 30)).randn(count)


def other(rng: random.Random, sources: Sources, seconds: float):
    """Effects in a row, or coloured noise (steady or fluctuating); with the intervals in which they sound."""
    kind = rng.choice(["sfx", "sfx", "sfx", "noise", "mod"])
    count = int(seconds * RATE)
    if kind == "sfx":
        samples = np.zeros(count, "float32")
        intervals, position = [], 0
        rng.randrange(1 << 30)
        while position < count - RATE // 4:
            effect = sources.read(rng.choice(sources.effects))
            if len(effect) < 0.05 * RATE or len(effect) > 8 * RATE or sound.rms(effect) < 1e-4:
                continue
            sounding = sound.active(effect, pause=0.3)
            if not sounding:
                continue
            effect = effect[int(sounding[0][0] * RATE) : int(sounding[-1][1] * RATE)]
            effect = effect / max(np.abs(effect).max(), 1e-4) * sound.amplitude(-6 + rng.uniform(-12, 0))
            effect = effect[: count - position]
            samples[position : position + len(effect)] += effect
            intervals.append([position / RATE, (position + len(effect)) / RATE])
            position += len(effect) + int(rng.choice([0, 0.05, 0.1, 0.2, 0.6]) * RATE)
        return samples, intervals
    samples = noise(rng, count)
    colour = rng.choice(["white", "pink", "brown", "band"])
    if colour != "white":
        frequencies = np.fft.rfftfreq(count, 1 / RATE) + 20
        if colour == "pink":
            shape = frequencies**0.5
        elif colour == "brown":
            shape = frequencies
        else:
            shape = 1 + ((frequencies - rng.uniform(300, 2500)) / 400) ** 2
        samples = np.fft.irfft(np.fft.rfft(samples) / shape, count)
    if kind == "mod":
        knots = np.arange(0, seconds + 1, 0.4)
        samples = samples * np.interp(np.arange(count) / RATE, knots, [rng.uniform(0.25, 1) for _ in knots])
    samples = samples / samples.std() * sound.amplitude(-26 + rng.uniform(-6, 5))
    return samples.astype("float32"), [[0, seconds]]


def fade(samples: np.ndarray) -> np.ndarray:
    index = np.arange(len(samples))
    return samples * np.minimum(1, np.minimum(index, index[::-1]) / (RATE * 0.02)).astype("float32")


def mix(rng: random.Random, sources: Sources):
    """Returns the samples, the layers (intervals in seconds by name) and a list of what was mixed in."""
    time = 0.0
    samples = np.zeros(int(75 * RATE), "float32")
    layers = {"speech": [], "music": [], "other": [], "noise": []}
    info = []

    def add(sounding: np.ndarray) -> None:
        samples[first : first + len(sounding)] += sounding

    def add_layer(name: str, intervals: list) -> None:
        layers[name] += [[time + a, time + b] for a, b in intervals]

    while time < SECONDS:
        kind = rng.choices(KINDS, SHARES)[0]
        seconds = round(rng.uniform(3, 12) if kind != "silence" else rng.uniform(1.2, 5), 2)
        first, count = int(time * RATE), int(seconds * RATE)
        label = kind
        if kind in ("speech", "bed", "noisy"):
            spoken, label = speech(rng, sources, seconds)
            add(spoken)
            add_layer("speech", sound.active(spoken))
            level = 20 * np.log10(sound.rms(spoken))
            if kind == "bed":
                extra = rng.uniform(0, 2.5)
                bed, _ = music(rng, sources, seconds + extra)
                bed = fade(bed[: count + int(extra * RATE)])
                ratio = rng.choice([12, 15, 18, 20] if rng.random() < 0.8 else [6, 9])
                add(bed / sound.rms(bed) * sound.amplitude(level - ratio))
                add_layer("music", [[0, len(bed) / RATE]])
                seconds += extra
                label += f"+bed{ratio}"
            if kind == "noisy":
                hiss = np.convolve(noise(rng, count), [0.6, 0.3, 0.1], "same")
                add((hiss / hiss.std() * sound.amplitude(level - rng.uniform(15, 28))).astype("float32"))
                add_layer("noise", [[0, seconds]])
        elif kind == "music":
            playing, path = music(rng, sources, seconds)
            label = os.path.basename(path)
            add(fade(playing))
            add_layer("music", [[0, len(playing) / RATE]])
        elif kind == "other":
            sounding, intervals = other(rng, sources, seconds)
            add(sounding)
            add_layer("other", intervals)
        info.append([round(time, 2), round(time + seconds, 2), kind, label])
        time = round(time + seconds + rng.choice([0, 0, 0.15, 0.5]), 2)
    return samples[: int(time * RATE)], layers, info


def add_floor(rng: random.Random, samples: np.ndarray):
    """Digital silence, room noise between -72 and -55 dBFS, or room noise with mains hum."""
    floor = rng.choice(["digital", "room", "room", "hum"])
    generator = np.random.RandomState(rng.randrange(1 << 30))
    if floor == "digital":
        return samples, floor
    room = np.convolve(generator.randn(len(samples)), np.ones(6) / 6, "same")
    room = room / room.std() * sound.amplitude(rng.uniform(-72, -55))
    if floor == "hum":
        turns = 2 * np.pi * np.arange(len(samples)) / RATE
        room += sound.amplitude(-58) * np.sin(50 * turns) + sound.amplitude(-64) * np.sin(150 * turns)
    return samples + room.astype("float32"), floor


def primary_labels(layers: dict, frames: int) -> list:
    """One label at a time, in 10 ms frames."""
    centres = (np.arange(frames) + 0.5) * 0.01

    def covered(name: str) -> np.ndarray:
        mask = np.zeros(frames, bool)
        for start, end in layers[name]:
            mask |= (centres >= start) & (centres < end)
        return mask

    labels = np.full(frames, LABELS.index("silence"))
    for name, mask in (("other", covered("other") | covered("noise")), ("music", covered("music")),
                       ("speech", covered("speech"))):
        labels[mask] = LABELS.index(name)
    edges = [0, *(np.where(np.diff(labels))[0] + 1), frames]
    return [dict(type=LABELS[labels[a]], start=round(a * 0.01, 2), end=round(b * 0.01, 2))
            for a, b in zip(edges, edges[1:])]


def build(root: Path, listed: dict, rendered: Path | None, output: Path) -> None:
    """Mixes `count` programmes into a folder. `rendered` is a folder with more music: the corpus' beats."""
    output.mkdir(parents=True, exist_ok=True)
    sources = Sources(root, listed, rendered)
    for number in range(listed["count"]):
        rng = random.Random(listed["seed"] * 7919 + number)
        telephone = rng.random() < 0.25
        samples, layers, info = mix(rng, sources)
        samples, floor = add_floor(rng, samples)
        if telephone:
            samples = sosfilt(butter(6, [200, 3400], "band", fs=RATE, output="sos"), samples).astype("float32")
        truth = dict(
            events=primary_labels(layers, len(samples) // 160),
            layers={name: [[round(a, 3), round(b, 3)] for a, b in value] for name, value in layers.items()},
            info=info, floor=floor, telephone=telephone, duration=len(samples) / RATE)
        sound.write(output / f"prog{number:03d}.flac", np.clip(samples, -1, 1), RATE)
        (output / f"prog{number:03d}.json").write_text(json.dumps(truth))
