"""Excerpts of accompaniments that MMA, the Musical MIDI Accompaniment, plays from its library of grooves."""

import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import mido
from performance import finish

FEELS = ["steady"] * 4 + ["drift", "walk", "walk", "step"]
PROGRESSIONS = [
    "C Am F G7", "Cm7 F7 Bbmaj7 Ebmaj7", "G D Em C", "Am G F E7", "F F Bb F C7 Bb F C7", "Dm7 G7 Cmaj7 Cmaj7",
    "Em C G D", "Bb Gm Cm7 F7", "D A Bm F#m G D G A7",
]


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
        tempo = int(rng.choice([rng.uniform(*span) for span in ((62, 95), (90, 130), (110, 150), (140, 188))]))
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
            feel=rng.choice(FEELS), jitter_ms=round(rng.choice([0, 3, 6, 10]), 1))
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
