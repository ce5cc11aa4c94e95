"""Pieces made up by rule: what the grooves and scores have little of.

Odd metres, swing, half- and double-time drums, off-beat hats, four on the floor, broken beats, phrases with fills and breaks,
drums that come in late or are missing, metronomes. Harmony changes with the bars, as in most music.
"""

import random
from pathlib import Path

import mido
import stems

METERS = {4: 56, 3: 14, 2: 5, 6: 5, 5: 7, 7: 7}  # beats a bar, weight
TEMPI = {"slow": (48, 80), "medium": (76, 126), "quick": (116, 160), "fast": (150, 215)}
FEELS = ["steady"] * 5 + ["drift", "walk", "walk", "step"]
SCALES = {"major": [0, 2, 4, 5, 7, 9, 11], "minor": [0, 2, 3, 5, 7, 8, 10], "dorian": [0, 2, 3, 5, 7, 9, 10],
          "mixolydian": [0, 2, 4, 5, 7, 9, 10]}
PROGRESSIONS = [[0, 5, 3, 4], [0, 3, 4, 4], [0, 4, 5, 3], [5, 3, 0, 4], [0, 0, 3, 0, 4, 3, 0, 4], [1, 4, 0, 0], [0, 6, 5, 4],
                [0, 2, 3, 4], [0, 3], [0, 4], [0, 0, 5, 5, 3, 3, 4, 4], [0]]
BASSES = [32, 33, 34, 35, 36, 38, 39, 0, 43, 58]
CHORDS = [0, 1, 4, 5, 6, 7, 16, 18, 19, 21, 24, 25, 26, 27, 29, 30, 48, 50, 52, 61, 62, 80, 81, 88, 89, 90, 91, 95, 46, 11]
LEADS = [0, 11, 22, 24, 27, 30, 40, 52, 53, 54, 56, 57, 60, 64, 65, 66, 68, 71, 73, 75, 79, 80, 81, 82, 85]
KICK, SNARE, RIM, CLAP, HAT, OPEN, RIDE, CRASH = 36, 38, 37, 39, 42, 46, 51, 49


def weighted(rng: random.Random, weights: dict):
    return rng.choices(list(weights), list(weights.values()))[0]


class Song:
    """The choices of one song, and its parts as notes in quarters; a beat is a quarter."""

    def __init__(self, rng: random.Random, metal: bool = False):
        self.rng = rng
        self.meter = 4 if metal else weighted(rng, METERS)
        speed = rng.choice(["medium", "quick", "fast", "fast"]) if metal else rng.choices(list(TEMPI), [2, 5, 3, 2])[0]
        self.tempo = rng.uniform(*TEMPI[speed])
        # Where the second half of a beat lies; a third of all music swings.
        self.swing = rng.choice([0.5, 0.5, 0.5, 0.5, rng.uniform(0.54, 0.68), 2 / 3])
        self.steps = 2 if speed == "fast" or self.swing > 0.5 else rng.choice([2, 4, 4])
        self.groups = self.accents()
        self.scale, self.root = rng.choice(list(SCALES.values())), rng.randrange(36, 48)
        self.progression = rng.choice(PROGRESSIONS)
        self.chord_bars = rng.choice([1, 1, 1, 2, 0.5]) if self.meter in (2, 4) else 1
        self.phrase = rng.choice([4, 4, 8])
        self.drums = "metal" if metal else self.drum_style(speed)
        self.notes = []

    def accents(self) -> list:
        """Beats of a bar that are accented beside the first: how odd metres are felt."""
        return {5: self.rng.choice([[0, 3], [0, 2]]), 7: self.rng.choice([[0, 4], [0, 3], [0, 2, 4]]), 6: [0, 3],
                4: [0, 2]}.get(self.meter, [0])

    def drum_style(self, speed: str) -> str:
        styles = {"rock": 6, "four": 3, "random": 3, "none": 3, "hats": 1, "percussion": 2, "backbeat": 2}
        if self.meter == 4:
            styles |= {"half": 3 if speed in ("quick", "fast") else 1, "double": 2 if speed == "slow" else 0, "house": 4,
                       "one drop": 1, "break": 3 if speed in ("quick", "fast") else 1}
        return weighted(self.rng, styles)

    def place(self, bar: int, step: float) -> float:
        """Time in quarters of a step, counted in steps of the bar; off-beats swing."""
        beat, part = divmod(step, self.steps)
        part /= self.steps
        swung = part / 0.5 * self.swing if part <= 0.5 else self.swing + (part - 0.5) / 0.5 * (1 - self.swing)
        return bar * self.meter + beat + swung

    def add(self, bar: int, step: float, length: float, channel: int, pitch: int, velocity: float) -> None:
        on = self.place(bar, step)
        self.notes.append((on, on + length, channel, max(0, min(127, int(pitch))), max(1, min(127, int(velocity)))))

    def hit(self, bar: int, step: float, pitch: int, velocity: float) -> None:
        self.add(bar, step, 0.2, stems.DRUMS, pitch, velocity + self.rng.uniform(-8, 8))

    # Drums

    def drum_bar(self) -> list:
        """A pattern of (step, pitch, velocity) for one bar."""
        rng, steps, meter, style = self.rng, self.steps, self.meter, self.drums
        beats, hits = range(meter), []
        backbeats = [b for b in beats if b % 2 == 1] if meter in (2, 4) else \
            [b for b in beats if b not in self.groups and rng.random() < 0.7] or [meter - 1]
        backbeat = rng.choice([SNARE, SNARE, SNARE, CLAP, RIM])
        if style == "half":
            backbeats = [2]
        if style == "double":
            hits += [((b + 0.5) * steps, backbeat, 105) for b in beats]
            hits += [(b * steps, KICK, 110) for b in beats]
        elif style in ("four", "house"):
            hits += [(b * steps, KICK, 115) for b in beats]
            hits += [(b * steps, backbeat, 100) for b in backbeats if rng.random() < 0.8 or style == "four"]
        elif style == "metal":  # a running bass drum under the backbeat, or both in turn
            runs = rng.choice([1, 2, 2, 4])
            hits += [(k / runs * steps, KICK, 110 if k % runs == 0 else 98) for k in range(meter * runs)
                     if rng.random() < 0.97 and (runs > 1 or k % 2 == 0)]
            hits += [(b * steps, SNARE, 118) for b in backbeats]
            hits += [(k, SNARE, 80) for k in range(meter * steps) if k % steps and rng.random() < 0.06]
        elif style == "one drop":
            hits += [(2 * steps, KICK, 110), (2 * steps, RIM, 100)]
        elif style == "break":
            hits += [(0, KICK, 115), (rng.choice([2.5, 2.75, 1.5]) * steps, KICK, 110)]
            hits += [(b * steps, SNARE, 110) for b in (1, 3)]
            hits += [(k, SNARE, 60) for k in range(meter * steps) if k % steps and rng.random() < 0.15]
        elif style in ("rock", "backbeat", "half"):
            if style != "backbeat":
                hits += [(b * steps, KICK, 112) for b in self.groups if style != "half" or b == 0]
                hits += [(k, KICK, 95) for k in range(meter * steps)
                         if k % steps and k // steps not in backbeats and rng.random() < 0.18]
            hits += [(b * steps, backbeat, 110) for b in backbeats]
            hits += [(k, SNARE, 45) for k in range(meter * steps) if k % steps and rng.random() < 0.05]
        elif style == "percussion":
            sounds = [rng.choice([60, 61, 62, 63, 64, 54, 56, 70, 75, 76, 41, 45, 48]) for _ in range(3)]
            for sound in sounds:
                density = rng.uniform(0.15, 0.6)
                hits += [(k, sound, 110 if k == 0 else 95 if k % steps == 0 else 75) for k in range(meter * steps)
                         if rng.random() < density or (k == 0 and rng.random() < 0.8)]
        elif style == "random":
            for pitch, on, off in ((KICK, 0.6, 0.2), (SNARE, 0.35, 0.15)):
                hits += [(k, pitch, 105 if k % steps == 0 else 85) for k in range(meter * steps)
                         if rng.random() < (on if k % steps == 0 else off)]
            hits += [(0, KICK, 115)] if rng.random() < 0.8 else []
        return hits + self.cymbals()

    def cymbals(self) -> list:
        rng, steps, meter = self.rng, self.steps, self.meter
        if self.drums in ("percussion", "backbeat") and rng.random() < 0.6:
            return []
        if self.drums == "house" or rng.random() < 0.08:  # off the beat, often louder than it
            sound = rng.choice([OPEN, HAT])
            return [((b + 0.5) * steps, sound, rng.uniform(70, 127)) for b in range(meter)]
        sound, per_beat = rng.choice([HAT, HAT, HAT, RIDE, 70]), rng.choice([1, 2, 2, 2, steps, 0.5])
        accent = rng.choice([1.0, 0.8, 0.6, 1.2])  # of the strokes between the beats
        level = rng.uniform(50, 100)
        count = int(meter * per_beat)
        strokes = [(k / per_beat * steps, sound, level if (k / per_beat) % 1 == 0 else level * accent)
                   for k in range(count)]
        return [(s, OPEN if sound == HAT and rng.random() < 0.04 else p, v) for s, p, v in strokes]

    def write_drums(self, bars: int) -> None:
        rng = self.rng
        if self.drums == "none":
            return
        patterns = [self.drum_bar()]
        patterns.append(patterns[0] if rng.random() < 0.5 else self.drum_bar())
        enters = rng.choice([0, 0, 0, 0, self.phrase // 2, self.phrase])
        rest = rng.choice([None, None, None, rng.randrange(1, 5)])  # a phrase without drums
        for bar in range(enters, bars):
            inside = bar % self.phrase
            if rest is not None and bar // self.phrase == rest:
                continue
            if inside == 0 and self.drums not in ("percussion", "hats") and rng.random() < 0.6:
                self.hit(bar, 0, CRASH, 110)
            fill = inside == self.phrase - 1 and rng.random() < 0.5
            start = self.meter * self.steps - rng.choice([1, 2, 1]) * self.steps if fill else 1e9
            pattern = patterns[bar % 2]
            if self.drums == "hats":
                pattern = [hit for hit in pattern if hit[1] in (HAT, OPEN, RIDE, 70)]
            for step, pitch, velocity in pattern:
                if step < start and rng.random() < 0.98:
                    self.hit(bar, step, pitch, velocity)
            for step in range(max(0, int(start)), self.meter * self.steps if fill else 0):
                if rng.random() < 0.8:
                    self.hit(bar, step, rng.choice([SNARE, SNARE, 50, 47, 43]), 95)

    # Harmony

    def degree(self, degree: int, octave: int = 0) -> int:
        return self.root + 12 * (octave + degree // 7) + self.scale[degree % 7]

    def chord(self, bar: int, beat: int = 0) -> int:
        position = bar + (beat / self.meter if self.chord_bars < 1 else 0)
        return self.progression[int(position / self.chord_bars) % len(self.progression)]

    def write_bass(self, bars: int) -> None:
        rng, steps = self.rng, self.steps
        style = "eighths" if self.drums == "metal" else rng.choice(["root", "root", "beats", "eighths", "walking", "syncopated", "alternate", "pedal"])
        rhythm = [0] + [k for k in range(1, self.meter * steps) if rng.random() < 0.25]
        for bar in range(bars):
            if style == "root":
                for beat in (self.groups if self.chord_bars < 1 or rng.random() < 0.3 else [0]):
                    self.add(bar, beat * steps, 0.9 * (self.meter - beat), 1, self.degree(self.chord(bar, beat), -1), 100)
            elif style in ("beats", "walking", "alternate"):
                for beat in range(self.meter):
                    step = self.chord(bar, beat)
                    step += 0 if beat == 0 else (rng.choice([0, 2, 4, 5]) if style == "walking"
                                                 else 4 * (beat % 2) if style == "alternate" else 0)
                    self.add(bar, beat * steps, 0.8, 1, self.degree(step, -1), 105 if beat == 0 else 92)
            elif style == "eighths":
                for k in range(self.meter * 2):
                    self.add(bar, k * steps / 2, 0.4, 1, self.degree(self.chord(bar, k // 2), -1), 100 if k % 2 == 0 else 88)
            elif style == "syncopated":
                for k in rhythm:
                    self.add(bar, k, 0.5, 1, self.degree(self.chord(bar, k // steps) + rng.choice([0, 0, 0, 4, 7]), -1),
                             105 if k == 0 else 92)
            elif bar % 2 == 0:
                self.add(bar, 0, 1.9 * self.meter, 1, self.degree(self.chord(bar), -1), 95)

    def write_chords(self, bars: int) -> None:
        rng, steps = self.rng, self.steps
        style = rng.choice(["pad", "pad", "beats", "eighths", "skank", "arpeggio", "pattern", "stabs"])
        if self.drums == "metal":
            style = rng.choice(["chug", "chug", "chug", "pad", "pattern"])
        pattern = [k for k in range(self.meter * steps) if rng.random() < 0.35] or [0]
        loudness = rng.uniform(60, 95)
        cell = rng.choice([[0, 0.5], [0, 0.5, 0.75], [0, 0.25, 0.5], [0, 0.25, 0.5, 0.75], [0, 1 / 3, 2 / 3], [0]])
        riff = [(b + part) * steps for b in range(self.meter) for part in cell if rng.random() < 0.95 or b == 0]
        for bar in range(bars):
            def strike(step: float, length: float, velocity: float) -> None:
                chord = self.chord(bar, int(step // steps))
                for tone in (0, 2, 4):
                    self.add(bar, step, length, 2, self.degree(chord + tone, 1), velocity)
            if style == "pad":
                for beat in ([0, self.meter / 2] if self.chord_bars < 1 else [0]):
                    strike(beat * steps, 0.95 * (self.meter / 2 if self.chord_bars < 1 else self.meter), loudness)
            elif style == "beats":
                for beat in range(self.meter):
                    strike(beat * steps, 0.8, loudness + (10 if beat == 0 else 0))
            elif style == "eighths":
                for k in range(self.meter * 2):
                    strike(k * steps / 2, 0.4, loudness + (12 if k == 0 else 0 if k % 2 == 0 else -8))
            elif style == "chug":  # muted fifths on the root, open where the harmony moves
                for k, step in enumerate(riff):
                    chord = self.chord(bar, int(step // steps))
                    for tone in (0, 4, 7):
                        self.add(bar, step, 0.9 if k == 0 else 0.2, 2, self.degree(chord + tone), loudness + (20 if k == 0 else 5))
            elif style == "skank":
                for beat in range(self.meter):
                    strike((beat + 0.5) * steps, 0.25, loudness)
            elif style == "arpeggio":
                for k in range(self.meter * steps):
                    tone = [0, 2, 4, 7, 4, 2][k % 6] if self.meter % 3 == 0 else [0, 2, 4, 7][k % 4]
                    self.add(bar, k, 0.5, 2, self.degree(self.chord(bar, k // steps) + tone, 1), loudness + (8 if k == 0 else 0))
            else:
                for k in pattern:
                    strike(k, 0.4 if style == "stabs" else 0.9, loudness + (6 if k == 0 else 0))

    def write_lead(self, bars: int) -> None:
        rng, steps, degree = self.rng, self.steps, 4
        density = rng.uniform(0.2, 0.6)
        motif = [[k for k in range(self.meter * steps)
                  if rng.random() < density * (1.6 if k % steps == 0 else 0.8)] for _ in range(2)]
        for bar in range(bars):
            if bar % self.phrase == self.phrase - 1 and rng.random() < 0.5:
                continue
            for k in motif[bar % 2]:
                degree = max(-2, min(11, degree + rng.choice([-2, -1, -1, 0, 1, 1, 2])))
                if k % steps == 0 and rng.random() < 0.5:
                    degree = self.chord(bar, k // steps) + rng.choice([0, 2, 4])
                self.add(bar, k, rng.choice([0.4, 0.8, 1.4]), 3, self.degree(degree, 2), rng.uniform(75, 105))

    def write(self, bars: int) -> list:
        """Returns the controls; the notes are in `notes`."""
        rng = self.rng
        self.write_drums(bars)
        bare = self.drums != "none" and rng.random() < 0.15
        if not bare:
            if rng.random() < 0.85:
                self.write_bass(bars)
            if rng.random() < 0.85 or self.drums == "none":
                self.write_chords(bars)
            if rng.random() < 0.6:
                self.write_lead(bars)
        programs = [rng.choice(BASSES), rng.choice(CHORDS), rng.choice(LEADS)]
        if self.drums == "metal":
            programs = [rng.choice([33, 34, 36]), rng.choice([29, 30]), rng.choice([29, 30, 84])]
        volumes = [rng.randrange(80, 127), rng.randrange(50, 115), rng.randrange(50, 120)]
        return [message for channel, (program, volume) in enumerate(zip(programs, volumes), 1) for message in (
            (0, channel, mido.Message("program_change", program=program)),
            (0, channel, mido.Message("control_change", control=7, value=volume)))]


def song_excerpt(number: int, seed: int, sources: Path, folder: Path, kind: str = "song") -> None:
    """`kind` is "song" or "metal": fast, loud guitars, of which the others have next to none."""
    rng = random.Random(seed * 30011 + number + (500_000 if kind == "metal" else 0))
    song = Song(rng, metal=kind == "metal")
    bars = int(32 * song.tempo / 60 * 1.3 / song.meter) + 4
    controls = song.write(bars)
    if len(song.notes) < 40:
        song.write_chords(bars)
    quarters = bars * song.meter
    skip = rng.choice([0, 0, 0, 0, rng.randrange(0, song.meter)])  # one in five starts inside a bar
    notes = [(on - skip, off - skip, *rest) for on, off, *rest in song.notes if on >= skip - 0.05]
    beats = [b - skip for b in range(quarters) if b >= skip]
    downbeats = [b - skip for b in range(0, quarters, song.meter) if b >= skip]
    style = f"{song.drums}, {song.steps} a beat, swing {song.swing:.2f}"
    truth = dict(source=kind, style=style, meter=f"{song.meter}/4", beats_per_bar=song.meter, feel=rng.choice(FEELS),
                 jitter_ms=rng.choice([0, 0, 3, 6, 10]))
    piece = dict(notes=notes, controls=controls, beats=beats, downbeats=downbeats, quarters_a_minute=song.tempo,
                 quarters=quarters)
    stems.finish(folder / f"{kind}_{number:04d}", rng, sources, piece, truth)


def metronome_excerpt(number: int, seed: int, sources: Path, folder: Path) -> None:
    """Clicks of a pitch and length drawn at random, the downbeat higher, louder, or no different (then not true)."""
    rng = random.Random(seed * 40009 + number)
    meter = weighted(rng, METERS)
    accent = rng.choice(["pitch", "both", "loud", "none"])
    tempo = rng.uniform(50, 215)
    pitches = rng.choice([(76, 77), (75, 75), (37, 37), (56, 56), (42, 46), (33, 34), (38, 40)])
    notes = []
    quarters = int(32 * tempo / 60) + 8
    for beat in range(quarters):
        first = beat % meter == 0
        pitch = pitches[0] if first and accent in ("pitch", "both") else pitches[1]
        notes.append((beat, beat + 0.2, stems.DRUMS, pitch, 120 if first and accent in ("loud", "both") else 85))
    truth = dict(source="click", style=accent, meter=f"{meter}/4", beats_per_bar=meter, jitter_ms=0,
                 feel=rng.choice(["steady", "steady", "drift", "walk", "step"]))
    bars = [] if accent == "none" else list(range(0, quarters, meter))
    piece = dict(notes=notes, controls=[], beats=list(range(quarters)), downbeats=bars, quarters_a_minute=tempo,
                 quarters=quarters)
    stems.finish(folder / f"click_{number:04d}", rng, sources, piece, truth)
