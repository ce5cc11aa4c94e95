"""Music whose beats are known exactly: accompaniments by MMA and scores of the music21 corpus, played by fluidsynth.

Each excerpt lasts 30 s and has a tempo curve of its own (steady, drifting, wandering, stepping, rubato), timing jitter
and a start that may lie inside a bar. The truth is computed from the same curve that places the notes. An excerpt depends
on the seed and its number only, so that a rebuild gives the same truth.
"""

import concurrent.futures
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import mido
import numpy as np

SECONDS = 30.0
TICKS_PER_SECOND = 10_000
FEELS_OF_GROOVES = ["steady"] * 4 + ["drift", "walk", "walk", "step"]
FEELS_OF_SCORES = ["steady", "walk", "rubato", "rubato", "drift"]
PROGRESSIONS = [
    "C Am F G7", "Cm7 F7 Bbmaj7 Ebmaj7", "G D Em C", "Am G F E7", "F F Bb F C7 Bb F C7", "Dm7 G7 Cmaj7 Cmaj7",
    "Em C G D", "Bb Gm Cm7 F7", "D A Bm F#m G D G A7",
]
PROGRAMS = {
    "keys": [0, 0, 1, 4, 6], "gtr": [24, 25, 26], "str": [40, 48, 48], "wind": [60, 71, 73, 68, 56], "org": [19, 21],
}


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


def finish(output: Path, rng: random.Random, soundfont: Path, piece: dict, truth: dict) -> None:
    """Times the piece (notes, controls, beats and downbeats in quarters), renders it and writes the truth."""
    positions, times = tempo_curve(rng, truth["feel"], piece["quarters_a_minute"], piece["quarters"] + 8)
    lead = rng.uniform(0.05, 0.8)

    def at(quarter: float) -> float:
        return float(np.interp(quarter, positions, times)) + lead

    jitter = truth["jitter_ms"] / 1000
    notes = []
    for on, off, channel, pitch, velocity in piece["notes"]:
        if at(on) > SECONDS:
            continue
        shift = rng.gauss(0, jitter) if jitter else 0
        velocity = max(1, min(127, int(velocity * rng.uniform(0.92, 1.08))))
        notes.append((at(on) + shift, at(off) + shift, channel, pitch, velocity))
    rng.choice([soundfont])  # the choice among sound fonts, of which the development set has one
    with tempfile.TemporaryDirectory() as folder:
        midi = os.path.join(folder, "piece.mid")
        write_midi(midi, notes, [(at(q) if q > 0 else 0, channel, message) for q, channel, message in piece["controls"]])
        render(midi, output.with_suffix(".flac"), soundfont, rng.choice([0, 1]))
    first = min(note[0] for note in notes) - 0.02
    last = min(SECONDS, max(note[0] for note in notes) + 0.2)
    beats, downbeats = ([round(at(q), 4) for q in piece[key] if first <= at(q) <= last] for key in ("beats", "downbeats"))
    tempo = round(float(60 / np.median(np.diff(beats))), 2)
    truth.update(beats=beats, downbeats=downbeats, tempo_bpm=tempo, soundfont=soundfont.name)
    output.with_suffix(".json").write_text(json.dumps(truth))


# Grooves

def read_grooves(sources: Path, listed: list) -> list:
    """Reads name, length and time signature of the listed library files."""
    library = sources / "usr/share/mma/lib"
    grooves = []
    for relative in listed:
        text = (library / relative).read_text(errors="ignore")

        def find(pattern: str):
            return re.search(pattern, text, re.M | re.I)

        names = re.findall(r"^\s*DefGroove\s+(\S+)", text, re.M | re.I)
        names = [name for name in names if not re.search(r"intro|end|fill|walk|sus", name, re.I)]
        if not names:
            continue
        time, signature = find(r"^\s*Time\s+(\d+)"), find(r"^\s*TimeSig\s+(\d+)\s*[ /]\s*(\d+)")
        fraction = find(r"^\s*Time\s+(\d+)/(\d+)")
        quarters = int(time.group(1)) if time else 4
        meter = tuple(int(x) for x in (signature or fraction).groups()) if signature or fraction else (quarters, 4)
        grooves.append(dict(file=relative, names=names, quarters=quarters, meter=meter))
    return grooves


def run_mma(sources: Path, program: str):
    """Compiles an MMA program; None when MMA rejects it."""
    home = sources / "usr/share/mma"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a.mma").write_text(program)
        run = subprocess.run(
            [sys.executable, str(sources / "usr/bin/mma"), "-f", f"{folder}/a.mid", f"{folder}/a.mma"],
            capture_output=True, text=True, env=dict(os.environ, MMA_HOME=str(home)))
        midi = Path(folder, "a.mid")
        return mido.MidiFile(str(midi)) if run.returncode == 0 and midi.exists() else None


def read_midi(file, shift: int):
    """Returns the notes (pitches moved by `shift`, drums apart), controls and first time signature, in quarters."""
    notes, controls, signature = [], [], None
    for track in file.tracks:
        time, sounding = 0, {}
        for message in track:
            time += message.time
            quarter = time / file.ticks_per_beat
            if message.type == "time_signature":
                signature = signature or (message.numerator, message.denominator)
            if message.type in ("program_change", "control_change", "pitchwheel"):
                controls.append((quarter, message.channel, message))
            if message.type == "note_on" and message.velocity > 0:
                sounding.setdefault((message.channel, message.note), []).append((quarter, message.velocity))
            elif message.type in ("note_off", "note_on") and sounding.get((message.channel, message.note)):
                on, velocity = sounding[message.channel, message.note].pop(0)
                drums = message.channel == 9
                pitch = message.note if drums else max(0, min(127, message.note + shift))
                notes.append((on, quarter, message.channel, pitch, velocity))
    return notes, controls, signature


def groove_excerpt(number: int, seed: int, sources: Path, soundfont: Path, grooves: list, folder: Path) -> None:
    rng = random.Random(seed * 10007 + number)
    uneven = [groove for groove in grooves if groove["meter"][0] != 4]
    bars = 48
    for _ in range(30):
        groove = rng.choice(grooves)
        if rng.random() < 0.35 and uneven:
            groove = rng.choice(uneven)
        name = rng.choice(groove["names"][:3])
        tempo = int(rng.choice([rng.uniform(62, 95), rng.uniform(90, 130), rng.uniform(110, 150), rng.uniform(140, 188)]))
        style = os.path.basename(groove["file"]).lower()
        if re.search("ballad|slow|bolero", style):
            tempo = int(rng.uniform(58, 92))
        if re.search("fast|quick|vienese|polka|bebop|punk|dnb|metal|bluegrass", style):
            tempo = int(rng.uniform(130, 190))
        chords = rng.choice(PROGRESSIONS).split()
        library_file = sources / "usr/share/mma/lib" / groove["file"]
        program = [f"RndSeed {rng.randrange(9999)}", f"Use {library_file}", f"Tempo {tempo}", f"Groove {name}"]
        program += [f"{bar + 1} {chords[bar % len(chords)]}" for bar in range(bars)]
        midi = run_mma(sources, "\n".join(program) + "\n")
        if midi is None:
            continue
        notes, controls, signature = read_midi(midi, rng.randrange(-4, 5))
        if len(notes) < 100:
            continue
        bar = groove["quarters"]
        upper, lower = signature or groove["meter"]
        if lower == 8 and upper in (6, 9, 12):
            beats_a_bar = upper // 3
        elif lower == 4:
            beats_a_bar = upper
        else:
            continue
        if abs(max(note[0] for note in notes) - bars * bar) > bar * 1.01:
            continue  # the bar is not as long as the file says
        beat = bar / beats_a_bar
        played = tempo
        beats_a_minute = tempo / beat
        while beats_a_minute < 55:
            played *= 1.5
            beats_a_minute = played / beat
        if beats_a_minute > 200:
            played *= 0.6
        notes = [note for note in notes if note[0] < bars * bar - 1e-6]
        beats = [k * beat for k in range(bars * beats_a_bar)]
        downbeats = [k * bar for k in range(bars)]
        truth = dict(
            source="mma", style=f"{groove['file']}:{name}", meter=f"{upper}/{lower}", beats_per_bar=beats_a_bar,
            feel=rng.choice(FEELS_OF_GROOVES), jitter_ms=round(rng.choice([0, 3, 6, 10]), 1))
        # One in five starts inside a bar.
        skip = rng.choice([0, 0, 0, 0, rng.randrange(1, beats_a_bar) if beats_a_bar > 1 else 0]) * beat
        if skip:
            notes = [(on - skip, off - skip, *rest) for on, off, *rest in notes if on >= skip - 0.05]
            beats, downbeats = ([b - skip for b in grid if b >= skip - 1e-6] for grid in (beats, downbeats))
            controls = [(max(0, q - skip), channel, message) for q, channel, message in controls]
        piece = dict(notes=notes, controls=controls, beats=beats, downbeats=downbeats, quarters_a_minute=played,
                     quarters=bars * bar)
        finish(folder / f"mma_{number:03d}", rng, soundfont, piece, truth)
        return


# Scores

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
            beats_per_bar=beats_a_bar, feel=rng.choice(FEELS_OF_SCORES), jitter_ms=rng.choice([0, 4, 8, 12]))
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


def build(sources: Path, listed: dict, folder: Path, workers: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    soundfont = sources / listed["soundfont"]
    grooves = read_grooves(sources, listed["grooves"])
    seed = listed["seed"]
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        work = [pool.submit(score_excerpt, i, seed, soundfont, listed["scores"], folder)
                for i in range(listed["score_excerpts"])]
        work += [pool.submit(groove_excerpt, i, seed, sources, soundfont, grooves, folder)
                 for i in range(listed["groove_excerpts"])]
        for done in work:
            done.result()
