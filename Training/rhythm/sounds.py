"""Turns stems into what recordings sound like, and that into features: `sounds.py STEMS SOURCES OUTPUT --copies N`.

Each copy of an excerpt has its own balance of drums, tempo and pitch, room, voices on top, tone, compression, noise, band
and codec. Features (float16) and targets go into one `.npz` a copy; what is there is not made again.
"""

import argparse
import concurrent.futures
import json
import os
import subprocess
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from features import HOP, RATE, features
from scipy.signal import fftconvolve, lfilter, resample_poly, butter, sosfilt

RATIOS = [(1, 1)] * 5 + [(15, 16), (16, 15), (9, 10), (10, 9), (8, 9), (9, 8), (5, 6), (6, 5), (4, 5), (5, 4)]
CODECS = [("mp3", ["-b:a", "48k"]), ("mp3", ["-b:a", "96k"]), ("ogg", ["-c:a", "libopus", "-b:a", "20k"]),
          ("ogg", ["-c:a", "libopus", "-b:a", "48k"])]
SPEECH = ["usr/share/asterisk/sounds/en_US*/**/*.wav", "usr/share/asterisk/sounds/es_MX*/**/*.wav",
          "usr/share/asterisk/sounds/fr_CA*/**/*.wav"]


@cache
def speech_files(sources: Path) -> list:
    return sorted(file for pattern in SPEECH for file in sources.glob(pattern) if file.stat().st_size > 16_000)


def speech(rng, sources: Path, seconds: float, pause: float) -> np.ndarray:
    files, parts, length = speech_files(sources), [], 0
    voice = rng.integers(3)
    third = len(files) // 3
    while length < seconds * RATE:
        file = files[int(voice * third + rng.integers(third))]
        samples, rate = soundfile.read(file, dtype="float32")
        part = resample_poly(samples, RATE, rate) / (np.abs(samples).max() + 1e-6)
        gap = np.zeros(int(rng.exponential(pause) * RATE))
        parts += [part, gap]
        length += len(part) + len(gap)
    return np.concatenate(parts)[: int(seconds * RATE)].astype(np.float32)


def noise(rng, count: int) -> np.ndarray:
    """White to brown."""
    tilt = rng.uniform(0, 0.98)
    samples = lfilter([1 - tilt], [1, -tilt], rng.normal(size=count))
    return (samples / (samples.std() + 1e-9)).astype(np.float32)


def room(rng, samples: np.ndarray) -> np.ndarray:
    """Early reflections and an exponential tail of noise, darker with time; the direct sound stays first."""
    decay = rng.uniform(0.1, 0.9)
    t = np.arange(int(decay * 1.2 * RATE)) / RATE
    tail = noise(rng, len(t)) * np.exp(-6.9 * t / decay)
    tail[: int(0.004 * RATE)] = 0
    wet = fftconvolve(samples, tail)[: len(samples)]
    wet *= samples.std() / (wet.std() + 1e-9)
    return samples + wet * rng.uniform(0.05, 0.7)


def tone(rng, samples: np.ndarray) -> np.ndarray:
    """One or two shelves and bells, up to 9 dB each, as FFT gains."""
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    gains = rng.uniform(-5, 5) * np.tanh(np.log2((hertz + 20) / rng.uniform(200, 3000)))
    for _ in range(rng.integers(0, 3)):
        gains += rng.uniform(-9, 9) * np.exp(-0.5 * (np.log2((hertz + 20) / rng.uniform(60, 8000)) / rng.uniform(0.3, 1)) ** 2)
    return np.fft.irfft(spectrum * 10 ** (gains / 20), len(samples))


def compress(rng, samples: np.ndarray) -> np.ndarray:
    """A feed-forward compressor, then a soft clip."""
    peak = np.abs(samples).max() + 1e-9
    release = np.exp(-1 / (rng.uniform(0.05, 0.4) * RATE / 64))
    blocks = np.abs(np.pad(samples, (0, -len(samples) % 64)).reshape(-1, 64)).max(1) / peak
    envelope, level = np.empty_like(blocks), 0.0
    for index, value in enumerate(blocks):
        level = max(value, level * release)
        envelope[index] = level
    ratio = rng.uniform(0.3, 0.8)
    gain = np.interp(np.arange(len(samples)), np.arange(len(envelope)) * 64, np.maximum(envelope, 0.05) ** -ratio)
    samples = samples * gain
    drive = rng.uniform(0.5, 3)
    return np.tanh(samples / (np.abs(samples).max() + 1e-9) * drive)


def band(rng, samples: np.ndarray) -> np.ndarray:
    low, high = rng.uniform(40, 350), rng.uniform(3000, 9000)
    return sosfilt(butter(2, [low, high], "bandpass", fs=RATE, output="sos"), samples)


def codec(rng, samples: np.ndarray) -> np.ndarray:
    """Through a lossy codec and back, aligned by ffmpeg's own edit lists; unchanged when that fails."""
    name, options = CODECS[rng.integers(len(CODECS))]
    raw = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    quiet = ["ffmpeg", "-nostdin", "-v", "error"]
    pcm = ["-f", "s16le", "-ar", str(RATE), "-ac", "1"]
    run = subprocess.run(quiet[:1] + quiet[2:] + [*pcm, "-i", "-", *options, "-f", name, "-"], input=raw, capture_output=True)
    back = subprocess.run(quiet[:1] + quiet[2:] + ["-f", name, "-i", "-", *pcm, "-"], input=run.stdout, capture_output=True)
    found = np.frombuffer(back.stdout, "<i2").astype(np.float32) / 32768
    if len(found) < len(samples) * 0.9:
        return samples
    # A codec's priming that the container does not state would move every beat: it is measured and taken away.
    count = min(len(found), len(samples), 8 * RATE)
    size = 2 * count
    correlation = np.fft.irfft(np.fft.rfft(found[:count], size) * np.conj(np.fft.rfft(samples[:count], size)), size)
    lag = int(np.argmax(np.concatenate([correlation[-2400:], correlation[:2400]]))) - 2400
    moved = found[lag:] if lag >= 0 else np.pad(found, (-lag, 0))
    return np.pad(moved, (0, max(0, len(samples) - len(moved))))[: len(samples)]


def db(value: float) -> float:
    return 10 ** (value / 20)


def recorded(rng, stems: np.ndarray, sources: Path, plain: bool):
    """Mixes and treats stems `[samples][1 or 2]`; returns samples and how much slower they became."""
    up, down = (1, 1) if plain else RATIOS[rng.integers(len(RATIOS))]
    if stems.shape[1] == 2:
        both = np.abs(stems).max(0).min() > 0
        gains = [1, 1] if not both else [(db(rng.uniform(-10, 0)), 1), (1, db(rng.uniform(-14, 0))), (1, 1)][rng.integers(3)]
        if both and not plain and rng.random() < 0.06:
            gains = [1, 0]
        mix = stems @ np.array(gains)
    else:
        mix = stems[:, 0]
    if up != down:
        mix = resample_poly(mix, up, down)
    mix = mix / (np.abs(mix).max() + 1e-9)
    if not plain:
        chance = rng.random(10)
        if chance[0] < 0.35:
            mix = room(rng, mix)
        if chance[1] < 0.3:
            voice = speech(rng, sources, len(mix) / RATE, rng.choice([0.1, 0.5, 2]))
            mix = mix + voice * (mix.std() / (voice.std() + 1e-9)) * db(rng.uniform(-12, 4))
        if chance[2] < 0.6:
            mix = tone(rng, mix)
        if chance[3] < 0.4:
            mix = compress(rng, mix)
        if chance[4] < 0.4:
            mix = mix + noise(rng, len(mix)) * mix.std() * db(rng.uniform(-50, -8))
        if chance[5] < 0.12:
            mix = band(rng, mix)
        mix = mix / (np.abs(mix).max() + 1e-9)
        if chance[6] < 0.2:
            mix = codec(rng, mix * 0.9)
        if chance[7] < 0.08:  # fades in
            length = int(rng.uniform(2, 12) * RATE)
            mix[:length] *= np.linspace(0, 1, length) ** 2
        if chance[8] < 0.05:  # a break
            start = int(rng.uniform(0, 25) * RATE)
            mix[start : start + int(rng.uniform(0.3, 3) * RATE)] *= db(-60)
    level = db(rng.uniform(-3, 0) if plain else rng.uniform(-26, 0))
    return mix / (np.abs(mix).max() + 1e-9) * level, up / down


def targets(times: list, slower: float, frames: int) -> np.ndarray:
    """A triangle around each time, 1.5 frames to either side, so that its peak tells the time between frames."""
    target = np.zeros(frames, np.float32)
    for time in times:
        place = time * slower * RATE / HOP
        for frame in range(max(0, int(place) - 1), min(frames, int(place) + 3)):
            target[frame] = max(target[frame], 1 - abs(frame - place) / 1.5)
    return target


def save(output: Path, samples: np.ndarray, truth: dict, slower: float, knows_bars: bool = False) -> None:
    values = features(samples)
    frames = len(values)
    beats = targets(truth["beats"], slower, frames)
    bars = targets(truth["downbeats"], slower, frames)
    # What is before the first and after the last beat is not known to be without.
    known = np.ones(frames, bool)
    if truth["beats"]:
        first, last = (int(t * slower * RATE / HOP) for t in (truth["beats"][0], truth["beats"][-1]))
        known[: max(0, first - 2)] = False
        known[last + 3 :] = False
    partial = output.with_suffix(".part")
    with open(partial, "wb") as file:
        np.savez(file, features=values.astype(np.float16), beats=beats.astype(np.float16), known=known,
                 bars=bars.astype(np.float16), has_bars=knows_bars or bool(truth["downbeats"]) or not truth["beats"])
    partial.rename(output)


def make(stem: Path, copy: int, sources: Path, output: Path) -> None:
    rng = np.random.default_rng([zlib.crc32(stem.stem.encode()), copy])
    truth = json.loads(stem.with_suffix(".json").read_text())
    stems, _ = soundfile.read(stem, dtype="float32", always_2d=True)
    samples, slower = recorded(rng, stems, sources, plain=copy == 0)
    if copy > 0 and len(samples) > 33 * RATE:
        samples = samples[: 33 * RATE]
    limit = len(samples) / RATE
    truth = {key: [t for t in truth[key] if t * slower < limit] for key in ("beats", "downbeats")}
    save(output / f"{stem.stem}.{copy}.npz", samples, truth, slower)


def make_negative(number: int, sources: Path, output: Path) -> None:
    """Speech, noise, hum, silence, and blows at random times: nothing that keeps time."""
    rng = np.random.default_rng([77, number])
    count = 24 * RATE
    samples = np.zeros(count, np.float32)
    kind = number % 6
    if kind == 4:  # silence, and nearly so
        samples = noise(rng, count) * db(rng.uniform(-100, -60)) if rng.random() < 0.6 else samples
        save(output / f"negative_{number:03d}.0.npz", samples, {"beats": [], "downbeats": []}, 1)
        return
    if kind == 5:  # bursts at the uneven pace of syllables
        time = 0.0
        while (time := time + rng.uniform(0.12, 0.42) + (rng.random() < 0.12) * rng.uniform(0.1, 0.8)) < 23:
            length = int(rng.uniform(0.1, 0.4) * RATE)
            burst = noise(rng, length) * np.exp(-np.arange(length) / RATE / rng.uniform(0.02, 0.08))
            samples[int(time * RATE) : int(time * RATE) + length] += burst * rng.uniform(0.05, 0.3)
    if kind in (0, 1):
        voice = speech(rng, sources, 24, rng.choice([0.1, 0.4, 1.5]))
        samples += room(rng, voice) if rng.random() < 0.5 else voice
    elif kind == 2:
        from kits import library, sample
        kits = library(sources)
        kit = kits[sorted(kits)[rng.integers(len(kits))]]
        sounds = [sample(i[0]) for instruments in kit.values() for i in instruments]
        time = 0.0
        while (time := time + rng.exponential(rng.choice([0.2, 0.6, 2])) + 0.02) < 23:
            sound = sounds[rng.integers(len(sounds))]
            start = int(time * RATE)
            end = min(count, start + len(sound))
            samples[start:end] += sound[: end - start] * rng.uniform(0.1, 1)
    if kind == 3 or rng.random() < 0.5:
        samples = samples + noise(rng, count) * db(rng.uniform(-60, -15))
    if rng.random() < 0.3:
        t = np.arange(count) / RATE
        samples = samples + sum(np.sin(2 * np.pi * 50 * k * t) / k for k in (1, 2, 3, 5)) * db(rng.uniform(-50, -12))
    if rng.random() < 0.3:
        samples = band(rng, samples)
    samples = samples / (np.abs(samples).max() + 1e-9) * db(rng.uniform(-30, 0))
    save(output / f"negative_{number:03d}.0.npz", samples, {"beats": [], "downbeats": []}, 1)


def tone_burst(hertz: float, decay: float) -> np.ndarray:
    t = np.arange(int(min(0.2, 8 * decay) * RATE)) / RATE
    return np.sin(2 * np.pi * hertz * t + np.pi / 2) * np.exp(-t / decay)


def kick(rng) -> np.ndarray:
    t = np.arange(int(0.25 * RATE)) / RATE
    pitch = rng.uniform(40, 70)
    sweep = pitch * t + pitch * rng.uniform(0.02, 0.06) * (1 - np.exp(-t / 0.03))
    return np.sin(2 * np.pi * sweep) * np.exp(-t / rng.uniform(0.05, 0.12))


def hat(rng) -> np.ndarray:
    t = np.arange(int(0.1 * RATE)) / RATE
    burst = np.diff(rng.normal(size=len(t)), prepend=0)
    return burst / np.abs(burst).max() * np.exp(-t / rng.uniform(0.008, 0.04))


def make_machine(number: int, output: Path) -> None:
    """By arithmetic, sharp to the sample: metronomes with and without accents; bass drums with hats off the beat, often louder."""
    rng = np.random.default_rng([78, number])
    count = 26 * RATE
    samples = np.zeros(count + RATE)
    tempo, meter = np.exp(rng.uniform(np.log(55), np.log(210))), int(rng.choice([2, 3, 3, 4, 4, 4, 5, 6, 7]))
    drift, time, beat = rng.choice([0, 0, 0, 0.15, -0.15, 0.35]), rng.uniform(0.05, 0.8), int(rng.choice([0, 0, 0, 1, 2]))
    metronome = number % 3 != 0
    accent = rng.choice(["pitch", "level", "both", "both", "none"]) if metronome else "none"
    pitch, decay = rng.uniform(600, 2500), rng.uniform(0.004, 0.03)
    ratio = rng.choice([rng.uniform(1.2, 2.1), rng.uniform(1.2, 2.1), rng.uniform(0.5, 0.8)]) if accent in ("pitch", "both") else 1
    soft = rng.uniform(0.3, 0.7) if accent in ("level", "both") else 1
    high, low, drum, cymbal = tone_burst(pitch * ratio, decay), tone_burst(pitch, decay), kick(rng), hat(rng)
    loudness, every = rng.uniform(0.3, 1.5), rng.choice([1, 1, 1, 2])
    beats, bars = [], []
    while time < 25.8:
        first = beat % meter == 0
        placed = [(0, high if first else low, 1 if first else soft)] if metronome else \
            [(0, drum, 1), (0.5, cymbal, loudness)] + ([(0, cymbal, loudness * 0.5)] if every == 2 else [])
        period = 60 / (tempo * (1 + drift * time / 26))
        for part, sound, gain in placed:
            start = int(round((time + part * period) * RATE))
            samples[start : start + len(sound)] += gain * sound[: len(samples) - start]
        beats.append(time)
        bars += [time] if first else []
        time += period
        beat += 1
    samples = samples[:count]
    if rng.random() < 0.4:
        samples = samples + noise(rng, count) * db(rng.uniform(-70, -25))
    if rng.random() < 0.2:
        samples = room(rng, samples)
    samples = samples / np.abs(samples).max() * db(rng.uniform(-20, 0))
    truth = {"beats": beats, "downbeats": bars if accent != "none" else []}
    # Where nothing tells the beats apart, none is a downbeat.
    save(output / f"machine_{number:03d}.0.npz", samples, truth, 1, knows_bars=True)


def build(stems: list, sources: Path, output: Path, copies: range, machines: int, negatives: int) -> None:
    output.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        work = [pool.submit(make, stem, copy, sources, output) for copy in copies for stem in stems
                if not (output / f"{stem.stem}.{copy}.npz").exists()]
        work += [pool.submit(make_machine, n, output) for n in range(machines)
                 if not (output / f"machine_{n:03d}.0.npz").exists()]
        work += [pool.submit(make_negative, n, sources, output) for n in range(negatives)
                 if not (output / f"negative_{n:03d}.0.npz").exists()]
        for done in work:
            done.result()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stems", type=Path)
    parser.add_argument("sources", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--copies", type=int, default=4)
    parser.add_argument("--machines", type=int, default=360)
    parser.add_argument("--negatives", type=int, default=240)
    a = parser.parse_args()
    files = sorted(f for f in a.stems.glob("*.flac") if f.with_suffix(".json").exists())
    build(files, a.sources, a.output, range(a.copies), a.machines, a.negatives)
