"""Drum machines and metronomes made by arithmetic, with known beats: `drum_machines.py OUTPUT`.

Sixty excerpts of 30 s, random in tempo (72 to 178), steady or drifting, in gain and sound. They teach what rendered music
hardly has: off-beat hats louder than the beat, a bare metronome, half-time drums. The first beat may lie inside a bar.
"""

import argparse
import json
from pathlib import Path

import numpy as np

RATE = 22050
SECONDS = 30
SEED = 11
COUNTS = dict(house=14, rock=16, waltz=8, metro3=4, metro4=6, half=4, shuffle=8)


class DrumKit:
    """Sounds, gains and habits of one excerpt. The order of the draws is part of the recipe."""

    def __init__(self, rng: np.random.Generator):
        self.rng = rng
        self.kick = self.make_kick(rng.uniform(45, 70))
        self.snare = self.make_snare(rng.uniform(160, 240))
        self.hat = self.make_hat()
        self.kick_gain, self.snare_gain = rng.uniform(0.4, 0.9), rng.uniform(0.4, 0.9)
        self.hat_gain, self.offbeat_gain = rng.uniform(0.1, 0.5), rng.uniform(0.2, 1.0)
        self.subdivisions = int(rng.choice([1, 2, 4]))
        pitch = rng.uniform(1200, 2200)
        self.high, self.low = self.tone(pitch), self.tone(pitch * 0.75)

    def make_kick(self, pitch: float) -> np.ndarray:
        t = times(0.25)
        sweep = pitch * t + pitch * 1.2 * 0.03 * (1 - np.exp(-t / 0.03))
        return np.sin(2 * np.pi * sweep) * np.exp(-t / self.rng.uniform(0.05, 0.12))

    def make_snare(self, pitch: float) -> np.ndarray:
        t = times(0.2)
        body = self.rng.normal(size=len(t)) * 0.4 + 0.5 * np.sin(2 * np.pi * pitch * t)
        return body * np.exp(-t / self.rng.uniform(0.04, 0.09))

    def make_hat(self) -> np.ndarray:
        t = times(0.1)
        noise = np.diff(self.rng.normal(size=len(t)), prepend=0)
        return noise / np.abs(noise).max() * np.exp(-t / self.rng.uniform(0.01, 0.05))

    @staticmethod
    def tone(pitch: float) -> np.ndarray:
        t = times(0.06)
        return np.sin(2 * np.pi * pitch * t) * np.exp(-t / 0.012)

    def beat(self, style: str, position: int, opens_phrase: bool, jitter: float):
        """Yields what sounds at a beat: (offset in beats, offset in seconds, sound, gain)."""
        kick, snare, hat = self.kick, self.snare, self.hat
        if style == "house":
            yield 0, jitter, kick, self.kick_gain
            yield 1 / 2, 0, hat, self.offbeat_gain
            if position in (1, 3) and self.subdivisions > 1:
                yield 0, 0, snare, self.snare_gain * 0.7
        elif style in ("rock", "shuffle"):
            on_beat = (kick, self.kick_gain) if position in (0, 2) else (snare, self.snare_gain)
            yield 0, jitter, *on_beat
            if position == 2 and self.subdivisions > 1:
                yield 1 / 2, 0, kick, self.kick_gain * 0.8
            if style == "shuffle":
                yield 0, 0, hat, self.hat_gain
                yield 2 / 3, 0, hat, self.hat_gain * 0.9
            else:
                for part in range(self.subdivisions):
                    offbeat = self.offbeat_gain if part * 2 == self.subdivisions else self.hat_gain * 0.7
                    yield part / self.subdivisions, 0, hat, self.hat_gain if part == 0 else offbeat
            if opens_phrase:
                yield 0, 0, self.make_hat(), 0.6
        elif style == "half":
            if position == 0:
                yield 0, 0, kick, self.kick_gain
            if position == 2:
                yield 0, 0, snare, self.snare_gain
            yield 0, 0, hat, self.hat_gain
            yield 1 / 2, 0, hat, self.hat_gain
        elif style == "waltz":
            yield 0, 0, *((kick, self.kick_gain) if position == 0 else (snare, self.snare_gain * 0.7))
            yield 0, 0, hat, self.hat_gain
            if self.subdivisions > 1:
                yield 1 / 2, 0, hat, self.offbeat_gain * 0.5
        else:
            yield 0, 0, *((self.high, 0.9) if position == 0 else (self.low, 0.5))


def times(seconds: float) -> np.ndarray:
    return np.arange(int(seconds * RATE)) / RATE


def add(samples: np.ndarray, time: float, sound: np.ndarray, gain: float) -> None:
    start = int(round(time * RATE))
    count = min(len(sound), len(samples) - start)
    if count > 0:
        samples[start : start + count] += gain * sound[:count]


def excerpt(rng: np.random.Generator, style: str):
    """Returns samples and truth."""
    tempo = float(np.exp(rng.uniform(np.log(72), np.log(178))))
    drift = rng.choice([0, 0, 0.05, -0.05])
    samples = np.zeros(SECONDS * RATE)
    time = rng.uniform(0.1, 0.9)
    number = int(rng.choice([0, 0, 0, 1, 2]))
    kit = DrumKit(rng)
    beats_a_bar = 3 if style in ("waltz", "metro3") else 4
    beats, downbeats = [], []
    while time < SECONDS - 0.3:
        period = 60 / (tempo * (1 + drift * time / SECONDS))
        position = number % beats_a_bar
        beats.append(round(time, 4))
        if position == 0:
            downbeats.append(round(time, 4))
        jitter = rng.normal() * rng.choice([0, 0.003])
        opens_phrase = position == 0 and (number // beats_a_bar) % 4 == 0
        for part, late, sound, gain in kit.beat(style, position, opens_phrase, jitter):
            add(samples, time + period * part + late, sound, gain)
        time += period
        number += 1
    samples = samples / np.abs(samples).max() * 0.7
    samples += rng.normal(size=len(samples)) * 10 ** rng.uniform(-5, -3.3)
    # Nothing in the house pattern tells where a bar begins: it has no truth about bars.
    truth = dict(source="synth", style=style, meter=f"{beats_a_bar}/4", beats_per_bar=beats_a_bar, feel="steady",
                 tempo_bpm=tempo, beats=beats, downbeats=[] if style == "house" else downbeats)
    return samples, truth


def build(output: Path) -> None:
    """Writes headerless 32-bit floats: these samples need no decoding."""
    output.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    styles = [style for style, count in COUNTS.items() for _ in range(count)]
    for number, style in enumerate(styles):
        samples, truth = excerpt(rng, style)
        samples.astype("<f4").tofile(output / f"{style}_{number:02d}.f32")
        (output / f"{style}_{number:02d}.json").write_text(json.dumps(truth))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    build(parser.parse_args().output)
