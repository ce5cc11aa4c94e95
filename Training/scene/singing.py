"""Speech made to sing: singing.py --pool POOL.npz --out DIR [--voices N] [--songs N]

Singing is rare in what can be had, and it is what is easiest taken for speech. WORLD (Morise, Yokomori & Ozawa 2016) takes a
voice apart; its pitch becomes a melody with glides and vibrato, its vowels are held, and it is put together again.
Writes DIR/GROUP/NN.wav, 16 kHz mono. All choices come from the names.
"""
import argparse, os, random, zlib
import numpy as np
import pyworld
import soundfile as sf

RATE, FRAME = 16000, 0.005
SCALES = [[0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 10], [0, 2, 4, 7, 9], [0, 3, 5, 7, 10]]


def melody(rng, voiced, middle):
    """Hz for each frame of FRAME seconds: steps of a scale around the voice's own pitch."""
    scale, degree, hertz = rng.choice(SCALES), 0, np.zeros(len(voiced))
    beat, place, last = rng.uniform(0.25, 0.6), 0, None
    while place < len(voiced):
        count = int(beat * rng.choice([0.5, 1, 1, 1, 2, 2, 3]) / FRAME)
        degree = max(-5, min(9, degree + rng.choice([-2, -1, -1, 0, 1, 1, 2, 4])))
        note = middle * 2 ** ((scale[degree % len(scale)] + 12 * (degree // len(scale))) / 12)
        last = last or note
        time = np.arange(count) * FRAME
        glide = np.exp(-time / rng.uniform(0.01, 0.05))
        swing = rng.uniform(0, 0.025) * np.minimum(1, time / 0.3) * np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * time)
        part = (note + (last - note) * glide) * (1 + swing)
        hertz[place:place + count] = part[:len(hertz) - place]
        last, place = note, place + count
    return hertz


def sing(rng, speech, seconds=14):
    pitch, times = pyworld.harvest(speech, RATE, frame_period=1000 * FRAME)
    if (pitch > 0).mean() < 0.3:
        return None
    spectrum = pyworld.cheaptrick(speech, pitch, times, RATE)
    noise = pyworld.d4c(speech, pitch, times, RATE)
    # Voiced frames are held, the others keep their length.
    hold = np.where(pitch > 0, rng.uniform(1.3, 3.5), 1.0)
    clock = np.cumsum(hold)
    index = np.searchsorted(clock, np.arange(0, min(clock[-1], seconds / FRAME)))
    index = np.minimum(index, len(pitch) - 1)
    voiced = pitch[index] > 0
    middle = float(np.median(pitch[pitch > 0])) * 2 ** rng.choice([0, 0, 0.25, 0.5, 0.75])
    hertz = np.where(voiced, melody(rng, voiced, middle), 0)
    return pyworld.synthesize(hertz, np.ascontiguousarray(spectrum[index]), np.ascontiguousarray(noise[index]), RATE, 1000 * FRAME)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pool", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--voices", type=int, default=40)
    parser.add_argument("--songs", type=int, default=8)
    arguments = parser.parse_args()
    pool = np.load(arguments.pool)
    samples, lengths, kinds, groups = (pool[key] for key in ("samples", "lengths", "kinds", "groups"))
    offsets = np.r_[0, np.cumsum(lengths)]
    voices = {}
    for clip, (kind, group) in enumerate(zip(kinds, groups)):
        if kind == "speech" and lengths[clip] > RATE:
            voices.setdefault(str(group), []).append(clip)
    names = sorted(voices, key=lambda name: -sum(int(lengths[clip]) for clip in voices[name]))[:arguments.voices]
    for name in names:
        os.makedirs(os.path.join(arguments.out, name), exist_ok=True)
        for song in range(arguments.songs):
            rng = random.Random(zlib.crc32(f"{name} {song}".encode()))
            parts, total = [], 0
            while total < 6 * RATE and len(parts) < 12:
                clip = rng.choice(voices[name])
                start = rng.randrange(0, max(1, int(lengths[clip]) - 6 * RATE))
                part = samples[offsets[clip] + start:offsets[clip + 1]][:6 * RATE] / 32768
                parts.append(part)
                total += len(part)
            sung = sing(rng, np.ascontiguousarray(np.concatenate(parts), float))
            if sung is not None and np.abs(sung).max() > 0.01:
                sf.write(os.path.join(arguments.out, name, f"{song:02d}.wav"), sung / np.abs(sung).max() * 0.7, RATE)


if __name__ == "__main__":
    main()
