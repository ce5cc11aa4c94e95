"""Excerpts of scores of the music21 corpus."""

import contextlib
import io
import os
import random
from pathlib import Path

import mido
import numpy as np
from performance import SECONDS, finish

FEELS = ["steady", "walk", "rubato", "rubato", "drift"]
PROGRAMS = {
    "keys": [0, 0, 1, 4, 6], "gtr": [24, 25, 26], "str": [40, 48, 48], "wind": [60, 71, 73, 68, 56], "org": [19, 21],
}


def beat_of(meter: tuple):
    """Returns beats a bar and quarters a beat of a time signature, or None for those left out."""
    upper, lower = meter
    if meter == (3, 8):
        return 3, 0.5
    if meter in ((6, 8), (9, 8), (12, 8)):
        return upper // 3, 1.5
    if meter in ((2, 2), (3, 2), (4, 2)):
        return upper, 2.0
    if meter in ((2, 4), (3, 4), (4, 4)):
        return upper, 1.0
    return None


def score_excerpt(number: int, seed: int, soundfont: Path, listed: list, folder: Path) -> None:
    with contextlib.redirect_stderr(io.StringIO()):  # it asks for its plotting parts, which nothing here needs
        import music21
        from music21 import converter, stream

    corpus = Path(music21.__file__).parent / "corpus"
    rng = random.Random(seed * 20011 + number)
    for _ in range(40):
        path = rng.choice(listed)
        try:
            score = converter.parse(str(corpus / path))
        except Exception:  # noqa: BLE001 - music21 raises many kinds; another score is drawn
            continue
        if isinstance(score, stream.Opus):
            score = rng.choice(list(score.scores))
        parts = list(score.parts) or [score]
        measures = list(parts[0].getElementsByClass("Measure"))
        if len(measures) < 8:
            continue
        meters = {(t.numerator, t.denominator) for t in score.recurse().getElementsByClass("TimeSignature")}
        if len(meters) != 1:
            continue
        meter = meters.pop()
        if beat_of(meter) is None:
            continue
        beats_a_bar, beat = beat_of(meter)
        start = rng.randrange(0, max(1, len(measures) - 24)) if rng.random() < 0.6 else 0
        bars = [(float(m.offset), float(m.duration.quarterLength), float(m.paddingLeft or 0)) for m in measures]
        bar = meter[0] * 4.0 / meter[1]
        tempo = (rng.uniform(66, 150) if beat < 2 else rng.uniform(60, 100)) * beat
        begin = bars[start][0]
        needed = SECONDS * tempo * 1.15 / 60 + 8
        notes, controls = play(rng, parts, begin, begin + needed)
        if len(notes) < 40 or max(note[0] for note in notes) * 60 / tempo < 14:
            continue
        beats, downbeats = [], []
        for offset, length, padding in bars:
            if offset < begin - 1e-6 or offset > begin + needed:
                continue
            short_first = offset == bars[0][0] and length < bar - 1e-6
            first_beat = offset - begin - (padding if padding else (bar - length if short_first else 0))
            if first_beat >= -1e-6:
                downbeats.append(first_beat)
            candidates = [first_beat + j * beat for j in range(beats_a_bar)]
            beats += [b for b in candidates if -1e-6 <= b < offset - begin + length - 1e-6]
        beats = sorted({round(b, 5) for b in beats})
        if len(beats) < 16 or (np.abs(np.diff(beats) - beat) > 1e-3).any():
            continue
        truth = dict(
            source="music21", style=path.split("/")[0], file=os.path.basename(path), meter=f"{meter[0]}/{meter[1]}",
            beats_per_bar=beats_a_bar, feel=rng.choice(FEELS), jitter_ms=rng.choice([0, 4, 8, 12]))
        piece = dict(notes=notes, controls=controls, beats=beats, downbeats=downbeats, quarters_a_minute=tempo,
                     quarters=needed)
        finish(folder / f"m21_{number:03d}", rng, soundfont, piece, truth)
        return


def play(rng: random.Random, parts: list, begin: float, end: float):
    """The notes between two offsets, accented by their place in the bar, and an instrument for each part."""
    family = rng.choice(["keys", "keys", "gtr", "str", "wind", "org", "mix"])
    variety = rng.random()
    notes, controls = [], []
    for index, part in enumerate(parts[:6]):
        if index == 0 or variety < 0.3 or family == "mix":
            chosen = family if family != "mix" else rng.choice(["keys", "gtr", "str", "wind"])
            program = rng.choice(PROGRAMS[chosen])
        else:
            program = controls[0][2].program
        controls.append((0, index, mido.Message("program_change", program=program)))
        for element in part.flatten().notes:
            if getattr(element, "isChord", False) and "ChordSymbol" in element.classes:
                continue
            offset = float(element.offset)
            if offset < begin - 1e-6 or offset > end or element.duration.isGrace:
                continue
            length = float(element.duration.quarterLength)
            if element.tie is not None and element.tie.type in ("stop", "continue"):
                continue
            try:
                strength = element.beatStrength
            except Exception:  # noqa: BLE001 - no meter in reach
                strength = 0.25
            velocity = int(58 + 26 * (strength or 0.2) + rng.uniform(-6, 6))
            for pitch in element.pitches:
                notes.append((offset - begin, offset - begin + length * 0.92, index, int(pitch.midi), velocity))
    return notes, controls
