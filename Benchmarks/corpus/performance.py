"""Plays a piece: gives its notes times by a tempo curve, renders them, and writes the truth by the same curve."""

import json
import os
import random
import subprocess
import tempfile
from pathlib import Path

import mido
import numpy as np

SECONDS = 30.0
TICKS_PER_SECOND = 10_000


def tempo_curve(rng: random.Random, feel: str, quarters_a_minute: float, quarters: float):
    """Returns positions in quarters and their times in seconds: a line between points an eighth of a quarter apart."""
    positions = np.arange(0, quarters + 0.125, 0.125)
    count = len(positions)
    if feel == "steady":
        factor = np.ones(count)
    elif feel == "drift":
        factor = 1 + rng.choice([-1, 1]) * rng.uniform(0.04, 0.12) * np.linspace(-1, 1, count)
    elif feel == "walk":
        walk = np.cumsum(np.array([rng.gauss(0, 1) for _ in range(count)]))
        walk = np.convolve(walk, np.ones(16) / 16, "same")
        walk -= walk.mean()
        factor = 1 + walk / (np.abs(walk).max() + 1e-9) * rng.uniform(0.02, 0.06)
    elif feel == "step":
        factor = np.where(
            np.arange(count) < count * rng.uniform(0.35, 0.65), 1.0, rng.choice([0.8, 0.88, 1.12, 1.25]))
    elif feel == "rubato":
        period = rng.choice([4, 8, 6])
        factor = 1 + rng.uniform(0.06, 0.14) * np.sin(2 * np.pi * positions / period + rng.uniform(0, 6)) \
            + rng.uniform(0.02, 0.06) * np.sin(2 * np.pi * positions / (period * 2.7))
    else:
        raise ValueError(feel)
    steps = 0.125 * 60 / (quarters_a_minute * factor)
    return positions, np.concatenate([[0], np.cumsum(steps[:-1])])


def write_midi(path: str, notes: list, controls: list) -> None:
    """`notes` are (on, off, channel, pitch, velocity), `controls` (time, channel, message); times in seconds."""
    events = [(max(0, int(t * TICKS_PER_SECOND)), 0, message.copy(channel=channel)) for t, channel, message in controls]
    for on, off, channel, pitch, velocity in notes:
        on = max(0, int(on * TICKS_PER_SECOND))
        off = max(on + 200, int(off * TICKS_PER_SECOND))
        events.append((on, 2, mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)))
        events.append((off, 1, mido.Message("note_off", channel=channel, note=pitch, velocity=0)))
    events.sort(key=lambda event: event[:2])
    file = mido.MidiFile(ticks_per_beat=TICKS_PER_SECOND // 2)  # at the default tempo of 120
    track = mido.MidiTrack()
    file.tracks.append(track)
    last = 0
    for time, _, message in events:
        track.append(message.copy(time=time - last))
        last = time
    file.save(path)


def render(midi: str, output: Path, soundfont: Path, reverb: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        raw = os.path.join(folder, "raw.wav")
        quiet = dict(check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run(["fluidsynth", "-ni", "-q", "-R", str(reverb), "-C", "0", "-g", "0.5", "-r", "44100", "-F", raw,
                        str(soundfont), midi], **quiet)
        subprocess.run(["sox", "-R", raw, "-b", "16", "-c", "1", "-r", "22050", str(output), "trim", "0", str(SECONDS),
                        "gain", "-n", "-3"], **quiet)


def timed(rng: random.Random, piece: dict, truth: dict, least_lead: float = 0.05):
    """Times the piece (notes, controls, beats and downbeats in quarters), the last two into the truth.

    Returns notes and controls in seconds.
    """
    seconds = piece.get("seconds", SECONDS)
    positions, times = tempo_curve(rng, truth["feel"], piece["quarters_a_minute"], piece["quarters"] + 8)
    lead = rng.uniform(least_lead, 0.8)

    def at(quarter: float) -> float:
        return float(np.interp(quarter, positions, times)) + lead

    jitter = truth["jitter_ms"] / 1000
    notes = []
    for on, off, channel, pitch, velocity in piece["notes"]:
        if at(on) > seconds:
            continue
        shift = rng.gauss(0, jitter) if jitter else 0
        velocity = max(1, min(127, int(velocity * rng.uniform(0.92, 1.08))))
        notes.append((max(0.0, at(on) + shift), at(off) + shift, channel, pitch, velocity))
    controls = [(at(q) if q > 0 else 0, channel, message) for q, channel, message in piece["controls"]]
    first = min(note[0] for note in notes) - 0.02
    last = min(seconds, max(note[0] for note in notes) + 0.2)
    beats, downbeats = ([round(at(q), 4) for q in piece[key] if first <= at(q) <= last]
                        for key in ("beats", "downbeats"))
    truth.update(beats=beats, downbeats=downbeats, tempo_bpm=round(float(60 / np.median(np.diff(beats))), 2))
    return notes, controls


def finish(output: Path, rng: random.Random, soundfont: Path, piece: dict, truth: dict) -> None:
    """Times the piece, renders it and writes the truth."""
    notes, controls = timed(rng, piece, truth)
    rng.choice([soundfont])  # the choice among sound fonts, of which the development set has one
    with tempfile.TemporaryDirectory() as folder:
        midi = os.path.join(folder, "piece.mid")
        write_midi(midi, notes, controls)
        render(midi, output.with_suffix(".flac"), soundfont, rng.choice([0, 1]))
    truth.update(soundfont=soundfont.name)
    output.with_suffix(".json").write_text(json.dumps(truth))
