"""Programmes out of speech as people record it, in rooms that are not silent, some of it with music laid over:
natural.py --recordings DIR --pool POOL.npz [POOL.npz ...] --out DIR --n N --seed S [--hold GROUP,...]

All files of DIR count as speech without music. Writes what programmes.py writes; of the labels only music is known, and
UNKNOWN stands for the others. All choices come from the seed.
"""
import argparse, glob, os, subprocess
import numpy as np
from programmes import HOP, RATE, Mixer, Pool, gain, levels, rms

UNKNOWN = 255
SECONDS = 60
PIECE = (8, 25)  # seconds of one folder's files, one after the other


def decoded(path):
    command = ["ffmpeg", "-v", "quiet", "-i", path, "-ac", "1", "-ar", str(RATE), "-f", "f32le", "-"]
    return np.frombuffer(subprocess.run(command, capture_output=True).stdout, "float32")


def folders(root):
    """The recordings, by folder; those of a second and less are left out."""
    found = {}
    for path in sorted(glob.glob(root + "/**/*.*", recursive=True)):
        if os.path.isfile(path) and len(samples := decoded(path)) > RATE:
            found.setdefault(os.path.dirname(path), []).append(samples)
    return list(found.values())


def spoken(recordings, seconds, rng):
    """So much of some recordings, one after the other, brought to about the same level."""
    parts, length = [], 0
    while length < seconds * RATE:
        samples = recordings[rng.randrange(len(recordings))]
        if len(samples) > seconds * RATE:
            start = rng.randrange(len(samples) - int(seconds * RATE))
            samples = samples[start:start + int(seconds * RATE)]
        parts.append(samples)
        length += len(samples)
    signal = np.concatenate(parts)[:int(seconds * RATE)]
    return signal / max(1e-5, gain(np.percentile(levels(signal), 90))) * gain(-20 + rng.uniform(-8, 6))


def programme(recordings, mixer):
    rng, parts = mixer.rng, []
    while sum(map(len, parts)) < SECONDS * RATE:
        parts.append(mixer.colour(spoken(recordings[rng.randrange(len(recordings))], rng.uniform(*PIECE), rng)))
    out = np.concatenate(parts)[:SECONDS * RATE]
    labels = np.full((SECONDS * RATE // HOP, 4), UNKNOWN, "uint8")
    labels[:, 1] = 0
    if rng.random() < 0.5:
        seconds = rng.uniform(6, 25)
        bed = mixer.fade(mixer.music(seconds), rng.choice([0.02, 1.0]))
        start = rng.randrange(len(out) - len(bed))
        ratio = rng.choice([-6, 0, 3, 6, 9, 12, 15, 18])
        out[start:start + len(bed)] += bed / max(rms(bed), 1e-6) * gain(np.percentile(levels(out), 80) - ratio)
        labels[start // HOP:(start + len(bed)) // HOP, 1] = 1
    out = np.clip(out * gain(rng.uniform(-14, 4)), -1, 1)
    return (out * 32767).astype("int16"), labels


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", required=True)
    parser.add_argument("--pool", nargs="+", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--n", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--hold", default="")
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    pool = Pool(arguments.pool, [name for name in arguments.hold.split(",") if name], [])
    recordings = folders(arguments.recordings)
    for index in range(arguments.n):
        samples, labels = programme(recordings, Mixer(pool, arguments.seed * 100003 + index))
        samples.tofile(os.path.join(arguments.out, f"p{index:04d}.s16"))
        np.savez_compressed(os.path.join(arguments.out, f"p{index:04d}.npz"), labels=labels)
    print(arguments.n, "programmes of", sum(map(len, recordings)), "recordings in", len(recordings), "folders")


if __name__ == "__main__":
    main()
