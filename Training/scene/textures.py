"""Music that is thin or dense in a way that collections of songs are not: textures.py --fonts A.sf2 [...] --out DIR [--count N]

Writes 40 s pieces, 16 kHz mono, `count` a kind: DIR/beats (drum machines by arithmetic), DIR/drones (low held notes, breathing
bands of noise at pitches, long halls), DIR/pads (held chords through FluidSynth: organs, strings, choirs, synthesizers).
All choices come from the numbers.
"""
import argparse, os, random, subprocess
import mido
import numpy as np
import soundfile as sf
from scipy.signal import butter, fftconvolve, sosfilt

RATE, SECONDS = 16000, 40
COUNT = RATE * SECONDS
SCALES = [[0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 10], [0, 2, 4, 7, 9], [0, 3, 5, 7, 10]]
HELD = [*range(16, 24), *range(40, 56), *range(60, 64), 68, 71, 73, *range(80, 104), 109]  # General MIDI programs that sustain


def hall(noise, signal, seconds, wet):
    time = np.arange(int(seconds * RATE)) / RATE
    tail = noise.randn(len(time)) * np.exp(-6.9 * time / seconds)
    tail = sosfilt(butter(1, 2500, fs=RATE, output="sos"), tail)
    echo = fftconvolve(signal, tail)[:len(signal)]
    return signal + echo * wet * signal.std() / max(echo.std(), 1e-9)


def hit(rng, noise, kind):
    """One sound of a drum machine, which sounds the same each time."""
    time = np.arange(int(RATE * rng.uniform(0.2, 0.6))) / RATE
    hiss = noise.randn(len(time))
    high = sosfilt(butter(2, rng.uniform(4000, 7000), "high", fs=RATE, output="sos"), hiss)
    if kind == "kick":
        pitch = rng.uniform(42, 65) + rng.uniform(60, 200) * np.exp(-time * rng.uniform(20, 60))
        sound = np.sin(2 * np.pi * np.cumsum(pitch) / RATE) * np.exp(-time * rng.uniform(6, 20))
        sound += hiss * np.exp(-time * 300) * rng.uniform(0, 0.4)
    elif kind == "snare":
        sound = hiss * np.exp(-time * rng.uniform(12, 35)) * 0.6
        sound += np.sin(2 * np.pi * rng.uniform(150, 260) * time) * np.exp(-time * 25) * rng.uniform(0, 0.7)
    elif kind == "clap":
        sound = sosfilt(butter(2, [900, 3500], "band", fs=RATE, output="sos"), hiss)
        sound *= sum(np.exp(-np.maximum(time - d, 0) * 60) * (time >= d) for d in (0, 0.011, 0.023)) * 0.7
    elif kind in ("hat", "open"):
        sound = high * np.exp(-time * (rng.uniform(40, 120) if kind == "hat" else rng.uniform(8, 20))) * 0.4
    elif kind == "tom":
        pitch = rng.uniform(80, 300) * (1 + 0.4 * np.exp(-time * 20))
        sound = np.sin(2 * np.pi * np.cumsum(pitch) / RATE) * np.exp(-time * rng.uniform(8, 25)) * 0.8
    elif kind == "wood":
        hertz = rng.uniform(400, 2200)
        sound = sum(np.sin(2 * np.pi * hertz * r * time) * np.exp(-time * rng.uniform(30, 90)) for r in (1, rng.uniform(1.3, 2.8))) * 0.4
    else:
        sound = high * np.exp(-((time - 0.04) / 0.03) ** 2) * 0.4  # a shaker
    return sound


def beats(rng, noise):
    """A bar of 16 steps that comes again, with small changes; at times one drum alone."""
    names = rng.choice([["kick"], ["hat", "kick"], ["kick", "snare"], ["kick", "snare", "hat"], ["kick", "clap", "open", "hat"],
                        ["kick", "snare", "hat", "tom"], ["tom", "wood"], ["wood", "shaker", "tom"], ["shaker", "kick", "wood"],
                        ["hat", "snare"], ["kick", "snare", "hat", "open", "tom", "wood"]])
    steps = rng.choice([16, 16, 16, 12])
    step, swing = 60 / rng.uniform(70, 178) / 4, rng.choice([0, 0, 0, 0.1, 0.25])
    out = np.zeros(COUNT + RATE)
    bars = int(SECONDS / step / steps) + 1
    for name in names:
        sound, level = hit(rng, noise, name), 10 ** (rng.uniform(-9, 0) / 20)
        if name == "kick":
            bar = [i % 4 == 0 for i in range(steps)] if rng.random() < 0.5 else [i == 0 or rng.random() < 0.25 for i in range(steps)]
        elif name in ("snare", "clap"):
            bar = [i % 8 == 4 or rng.random() < rng.choice([0, 0.12]) for i in range(steps)]
        elif name in ("hat", "shaker"):
            every = rng.choice([1, 2, 2, 4])
            bar = [i % every == (every // 2 if every > 1 and rng.random() < 0.3 else 0) for i in range(steps)]
        else:
            bar = [rng.random() < 0.28 for _ in range(steps)]
            bar[rng.randrange(steps)] = True
        accents = [rng.uniform(0.5, 1) for _ in range(steps)]
        for number in range(bars):
            for i in range(steps):
                if bar[i] == (rng.random() < 0.03):
                    continue
                start = int((number * steps + i + swing * (i % 2)) * step * RATE + rng.gauss(0, 30))
                part = sound[:max(0, len(out) - start)] * level * accents[i] * rng.uniform(0.85, 1.1)
                if start >= 0 and len(part):
                    out[start:start + len(part)] += part
    out = out[:COUNT]
    if rng.random() < 0.5:
        out = hall(noise, out, rng.uniform(0.2, 1.2), rng.uniform(0.05, 0.5))
    if rng.random() < 0.4:  # as loud as records are
        out = np.tanh(out / out.std() * rng.uniform(0.5, 2.5))
    return out


def slow(rng, hertz):
    """A curve that wanders between 0 and 1, `hertz` times a second."""
    knots = np.arange(0, SECONDS + 2 / hertz, 1 / hertz)
    return np.interp(np.arange(COUNT) / RATE, knots, [rng.random() for _ in knots])


def drone(rng, noise):
    time, out = np.arange(COUNT) / RATE, np.zeros(COUNT)
    root = 55 * 2 ** (rng.randrange(-9, 12) / 12)
    chord = [0, rng.choice([7, 12, 19]), *rng.sample([3, 5, 7, 10, 12, 14, 15, 19, 24, 26], rng.randrange(0, 3))]
    roll, breath = rng.uniform(0.6, 2), rng.random()
    for tone in chord:
        level = 10 ** (rng.uniform(-8, 0) / 20)
        for partial in range(1, rng.randrange(3, 10)):
            hertz = root * 2 ** (tone / 12) * partial
            if hertz > 6000:
                break
            # The same pitch twice beats; a band of noise around a pitch breathes.
            wave = np.sin(2 * np.pi * hertz * time) + np.sin(2 * np.pi * hertz * (1 + rng.uniform(0.0005, 0.006)) * time)
            if rng.random() < breath:
                width = rng.uniform(1, 12)
                slowly = sosfilt(butter(1, width, fs=RATE, output="sos"), noise.randn(2, COUNT))
                slowly /= slowly.std()
                wave = slowly[0] * np.sin(2 * np.pi * hertz * time) + slowly[1] * np.cos(2 * np.pi * hertz * time)
            out += wave * level * partial ** -roll * slow(rng, rng.uniform(0.05, 0.6))
    out /= out.std()
    if rng.random() < 0.6:
        band = butter(1, [rng.uniform(80, 400), rng.uniform(600, 5000)], "band", fs=RATE, output="sos")
        wind = sosfilt(band, noise.randn(COUNT)) * (0.3 + slow(rng, rng.uniform(0.1, 0.5)))
        out += wind / wind.std() * 10 ** (rng.uniform(-26, -6) / 20)
    if rng.random() < 0.5:  # blows and bells far away
        place = rng.uniform(0, 3)
        while place < SECONDS - 1:
            sound = hit(rng, noise, rng.choice(["kick", "tom", "wood", "snare"]))
            start = int(place * RATE)
            sound = sound[:COUNT - start]
            out[start:start + len(sound)] += sound * rng.uniform(0.5, 3)
            place += rng.choice([0.5, 1, 2, 4]) * rng.uniform(0.9, 1.1)
    if rng.random() < 0.7:
        out = hall(noise, out, rng.uniform(1, 5), rng.uniform(0.2, 1))
    return out


def pads(rng, path):
    midi = mido.MidiFile(ticks_per_beat=480)
    scale, tonic = rng.choice(SCALES), rng.randrange(36, 60)
    pitch = lambda degree: tonic + 12 * (degree // len(scale)) + scale[degree % len(scale)]
    for channel in range(rng.choice([1, 1, 2, 3])):
        track = mido.MidiTrack()
        midi.tracks.append(track)
        track.append(mido.MetaMessage("set_tempo", tempo=500000))
        track.append(mido.Message("program_change", channel=channel, program=rng.choice(HELD)))
        track.append(mido.Message("control_change", channel=channel, control=91, value=rng.randrange(0, 128)))
        clock, messages, octave = 0, [], rng.choice([-1, 0, 0, 1]) * len(scale)
        while clock < SECONDS * 960:
            length = int(rng.uniform(2, 20) * 960)
            degree = rng.randrange(len(scale))
            for offset in rng.choice([[0], [0, 4], [0, 2, 4], [0, 4, 7], [0, 2, 4, 6]]):
                messages += [(clock, 1, pitch(degree + offset + octave), rng.randrange(50, 100)),
                             (clock + length - 20, 0, pitch(degree + offset + octave), 0)]
            if rng.random() < 0.5:  # it swells
                messages += [(clock + length * i // 20, 2, 11, int(127 - 70 * abs(i - 10) / 10)) for i in range(20)]
            clock += length
        now = 0
        for when, kind, a, b in sorted(messages):
            track.append(mido.Message("control_change", channel=channel, control=a, value=b, time=when - now) if kind == 2 else
                         mido.Message("note_on", channel=channel, note=a, velocity=b, time=when - now))
            now = when
    midi.save(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", nargs="+", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--count", type=int, default=120)
    arguments = parser.parse_args()
    for folder in ("beats", "drones", "pads"):
        os.makedirs(os.path.join(arguments.out, folder), exist_ok=True)
    for number in range(arguments.count):
        for kind, make in (("beats", beats), ("drones", drone)):
            sound = make(random.Random(f"{kind} {number}"), np.random.RandomState(7919 + number))
            sf.write(os.path.join(arguments.out, kind, f"{number:03d}.wav"), sound / np.abs(sound).max() * 0.7, RATE)
        path = os.path.join(arguments.out, "pads", f"{number:03d}")
        pads(random.Random(f"pads {number}"), path + ".mid")
        subprocess.run(["fluidsynth", "-ni", "-q", "-r", str(RATE), "-g", "0.6", "-R", str(number % 2), "-C", "0", "-o", "synth.dynamic-sample-loading=1", "-F", path + ".raw.wav",
                        arguments.fonts[number % len(arguments.fonts)], path + ".mid"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        sound, _ = sf.read(path + ".raw.wav", frames=COUNT, always_2d=True)
        sf.write(path + ".wav", sound.mean(1), RATE)
        os.remove(path + ".raw.wav")


if __name__ == "__main__":
    main()
