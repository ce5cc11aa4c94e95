"""Mixes training programmes: programmes.py --pool POOL.npz --out DIR --n N --seed S [--hold GROUP,... | --only GROUP,...]
    [--favour GROUP,...] [--loud SHARE] [--radio SHARE] [--talk]

Writes DIR/pNNNN.s16 (16 kHz mono) and DIR/pNNNN.npz with one row of labels for each 10 ms: speech, music, other, and
`quiet` (nothing but the recording's floor). Layers overlap where sounds do. All choices come from the seed.
"""
import argparse, os, random
import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

RATE, HOP = 16000, 160
KINDS = ["speech", "music", "bed", "other", "silence", "noisy", "busy"]
SHARES = [0.22, 0.22, 0.15, 0.18, 0.1, 0.09, 0.04]
TALK = [0.17, 0.12, 0.34, 0.08, 0.06, 0.19, 0.04]  # with --talk: speech over something, for its pauses and edges
PAUSES = [0.1, 0.2, 0.3, 0.45, 0.9, 1.5]  # seconds between one prompt and the next
DRUMS = ("drums", "beats", "kept_drums", "kept_beats")  # groups of music with silence between its beats


def gain(decibels):
    return 10 ** (decibels / 20)


def rms(signal):
    return float(np.sqrt(np.mean(signal ** 2) + 1e-12))


def levels(signal):
    n = len(signal) // HOP
    return 10 * np.log10(np.mean(signal[:n * HOP].reshape(n, HOP) ** 2, 1) + 1e-12)


def active(signal, pause=0.5, relative=38):
    """Spans in which the clean signal sounds; pauses up to `pause` seconds belong to them."""
    level = levels(signal)
    if len(level) < 5:
        return []
    level = np.convolve(level, np.ones(3) / 3, "same")
    frames = np.where(level > max(np.percentile(level, 95) - relative, -58))[0]
    if not len(frames):
        return []
    cuts = np.where(np.diff(frames) * 0.01 > pause)[0]
    starts, ends = np.r_[frames[0], frames[cuts + 1]], np.r_[frames[cuts], frames[-1]] + 1
    return [(s * 0.01, e * 0.01) for s, e in zip(starts, ends) if e - s > 8]


def longest(marks):
    """The most marks in a row."""
    edges = np.flatnonzero(np.diff(np.r_[0, marks.astype(int), 0]))
    return int((edges[1::2] - edges[::2]).max(initial=0))


class Pool:
    def __init__(self, paths, hold, only, favour=()):
        parts = [np.load(path) for path in paths]
        join = lambda key: np.concatenate([part[key] for part in parts])
        self.samples, lengths = join("samples"), join("lengths")
        self.offsets = np.r_[0, np.cumsum(lengths)]
        self.clips = {"speech": {}, "singing": {}, "music": {}, "other": {}}
        for index, (kind, group) in enumerate(zip(join("kinds"), join("groups"))):
            name = kind + ":" + group
            if any(name.startswith(h) for h in hold) or (only and not any(name.startswith(o) for o in only)):
                continue
            self.clips[str(kind)].setdefault(str(group), []).append(index)
        self.weights = {(kind, group): float(sum(lengths[i] for i in clips)) ** 0.4
                        for kind, groups in self.clips.items() for group, clips in groups.items()}
        for kind, group in self.weights:
            if any(f"{kind}:{group}".startswith(f) for f in favour):
                self.weights[kind, group] *= 3

    def clip(self, index):
        return self.samples[self.offsets[index]:self.offsets[index + 1]].astype("float32") / 32768

    def group(self, rng, kind):
        """Long groups more often, but far from in proportion."""
        names = sorted(self.clips[kind])
        return rng.choices(names, [self.weights[kind, n] for n in names])[0]


class Mixer:
    def __init__(self, pool, seed, synthetic_share=0.0, loud_share=0.0, radio_share=0.0, talk=False):
        self.synthetic_share, self.loud_share, self.radio_share = synthetic_share, loud_share, radio_share
        self.shares, self.pauses = (TALK, PAUSES + [0.6, 0.75, 0.9, 1.2]) if talk else (SHARES, PAUSES)
        self.pool, self.rng = pool, random.Random(seed)
        self.noise = np.random.RandomState(seed & 0x7FFFFFFF)

    def colour(self, signal):
        """A random tilt, room or band limit: other microphones, rooms and codecs."""
        rng = self.rng
        if rng.random() < 0.35:
            f = np.fft.rfftfreq(len(signal), 1 / RATE)
            points = np.array([0, 150, 500, 1500, 4000, 8000])
            curve = np.interp(np.log(f + 30), np.log(points + 30), [rng.uniform(-9, 9) for _ in points])
            signal = np.fft.irfft(np.fft.rfft(signal) * gain(curve), len(signal))
        if rng.random() < 0.25:
            length = rng.uniform(0.1, 0.7)
            tail = self.noise.randn(int(length * RATE)) * np.exp(-6.9 * np.arange(int(length * RATE)) / RATE / length)
            tail *= rng.uniform(0.03, 0.25)
            tail[0] = 1
            signal = fftconvolve(signal, tail)[:len(signal)]
        if rng.random() < 0.15:
            signal = sosfilt(butter(4, rng.uniform(2800, 7000), fs=RATE, output="sos"), signal)
        return signal.astype("float32")

    def speech(self, seconds, group=None):
        rng = self.rng
        group = group or self.pool.group(rng, "speech")
        clips, wanted = self.pool.clips["speech"][group], int(seconds * RATE)
        first = self.pool.clip(rng.choice(clips))
        if len(first) > 60 * RATE:
            start = rng.randrange(0, max(1, len(first) - wanted))
            signal = first[start:start + wanted]
        else:
            parts, total, tries = [], 0, 0
            while total < wanted and tries < 60:
                tries += 1
                clip = self.pool.clip(rng.choice(clips))
                spans = active(clip)
                if not spans:
                    continue
                clip = clip[int(spans[0][0] * RATE):int(spans[-1][1] * RATE)]
                clip = clip / max(rms(clip), 1e-4) * 0.06 * gain(rng.uniform(-3, 3))
                pause = np.zeros(int(rng.choice(self.pauses) * RATE), "float32")
                parts += [clip, pause]
                total += len(clip) + len(pause)
            signal = np.concatenate(parts)[:wanted] if parts else np.zeros(wanted, "float32")
        spans = active(signal)
        signal = self.colour(signal)
        if self.radio_share and rng.random() < self.radio_share:
            band = butter(4, [rng.uniform(250, 500), rng.uniform(2400, 3800)], "band", fs=RATE, output="sos")
            signal = sosfilt(band, signal)
            signal = np.tanh(signal / max(rms(signal), 1e-4) * 2 ** rng.uniform(-1, 2.5)).astype("float32")
        return np.clip(signal / max(rms(signal), 1e-4) * gain(-24 + rng.uniform(-8, 6)), -0.95, 0.95), spans

    def synthetic(self, n):
        """Music made of nothing but arithmetic: plucked (Karplus & Strong 1983) or additive notes, noise drums."""
        rng = self.rng
        out, beat = np.zeros(n + RATE), 60 / rng.uniform(60, 170)
        drums = rng.random() < 0.5
        scale, tonic = rng.choice([[0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 10], [0, 2, 4, 7, 9]]), rng.randrange(40, 58)
        pitch = lambda d: 440 * 2 ** ((tonic + 12 * (d // len(scale)) + scale[d % len(scale)] - 69) / 12)
        plucked, decay, partials = rng.random() < 0.6, rng.uniform(0.5, 6), rng.randrange(2, 9)
        roll, step, chords, chord = rng.uniform(0.7, 2), 0, [rng.randrange(7) for _ in range(4)], rng.random() < 0.6
        while step * beat / 2 * RATE < n:
            start = int(step * beat / 2 * RATE)
            root = chords[step // 8 % 4]
            notes = [root, root + 2, root + 4] if chord and step % 4 == 0 else [root + rng.choice([0, 2, 4, 7]) + 7]
            if step % 4 == 0:
                notes.append(root - len(scale))
            for degree in notes if rng.random() < 0.9 else []:
                length = int(beat * rng.uniform(0.5, 2.5) * RATE)
                hertz = pitch(degree)
                if plucked:
                    period = max(2, round(RATE / hertz))
                    note, damp = np.zeros(length + period), rng.uniform(0.99, 1) * 0.5
                    note[:period] = self.noise.uniform(-1, 1, period)
                    for i in range(period, len(note), period):
                        previous = note[i - period:i]
                        note[i:i + period] = (damp * (previous + np.roll(previous, -1)))[:len(note) - i]
                    note = note[:length]
                else:
                    time = np.arange(length) / RATE
                    note = sum(np.sin(2 * np.pi * hertz * h * time) / h ** roll for h in range(1, partials) if hertz * h < 7500)
                    note = note * np.exp(-time * decay) * np.minimum(1, np.minimum(time, time[::-1]) * 100)
                note = note[:len(out) - start]
                out[start:start + len(note)] += note * rng.uniform(0.4, 1)
            if drums:
                hit = self.noise.randn(3200)
                time = np.arange(3200) / RATE
                sound = hit * np.exp(-time * 90) * 0.3
                if step % 4 == 0:
                    sound = sound + np.sin(2 * np.pi * rng.uniform(50, 70) * time) * np.exp(-time * 18)
                if step % 4 == 2:
                    sound = sound + hit * np.exp(-time * 22) * 0.7
                sound = sound[:len(out) - start]
                out[start:start + len(sound)] += sound
            step += 1
        return out[:n].astype("float32")

    def singing(self, seconds):
        """A sung voice, one that starts again where it is too short."""
        rng = self.rng
        clip = self.pool.clip(rng.choice(self.pool.clips["singing"][self.pool.group(rng, "singing")]))
        voice = np.tile(clip, 1 + int(seconds * RATE) // len(clip))[:int(seconds * RATE)]
        voice = self.colour(voice)
        return voice / max(rms(voice), 1e-6)

    def music(self, seconds):
        """Music, at times with a voice that sings, or that alone."""
        kind = self.rng.random() if self.pool.clips["singing"] else 1
        if kind < 0.06:
            return self.singing(seconds) * gain(-22 + self.rng.uniform(-12, 6))
        signal = self.instruments(seconds)
        if kind < 0.25:
            level = rms(signal)
            signal = signal + self.singing(seconds)[:len(signal)] * level * gain(self.rng.uniform(-8, 8))
            signal = (signal / max(rms(signal), 1e-6) * level).astype("float32")
        return signal

    def instruments(self, seconds):
        rng, wanted = self.rng, int(seconds * RATE)
        if rng.random() < self.synthetic_share:
            signal = self.colour(self.synthetic(wanted))
            return signal / max(rms(signal), 1e-6) * gain(-22 + rng.uniform(-12, 6))
        for _ in range(30):
            group = self.pool.group(rng, "music")
            clip = self.pool.clip(rng.choice(self.pool.clips["music"][group]))
            if len(clip) < wanted:
                clip = np.tile(clip, 2)
            if len(clip) < wanted:
                continue
            start = rng.randrange(0, len(clip) - wanted + 1)
            signal = clip[start:start + wanted]
            level = rms(signal)
            quiet = levels(signal) < 20 * np.log10(level) - 32
            if level < 0.003 or (longest(quiet) > 100 if group.startswith(DRUMS) else quiet.mean() > 0.08):
                continue
            if self.loud_share and rng.random() < self.loud_share:  # limited and driven as records are
                signal = np.tanh(signal / rms(signal) * rng.uniform(0.5, 2.5)).astype("float32")
            signal = self.colour(signal)
            return signal / rms(signal) * gain(-22 + rng.uniform(-12, 6))
        return self.noise.randn(wanted).astype("float32") * 0

    def fade(self, signal, seconds=0.02):
        ramp = np.minimum(np.arange(len(signal)), np.arange(len(signal))[::-1]) / (RATE * seconds)
        return signal * np.minimum(1, ramp).astype("float32")

    def other(self, seconds):
        """Effects, coloured or moving noise, hum, tones of machines, a crowd. -> signal, spans"""
        rng, n = self.rng, int(seconds * RATE)
        kind = rng.choice(["effects"] * 6 + ["loop", "noise", "noise", "moving", "hum", "crowd", "sweep"])
        time = np.arange(n) / RATE
        if kind in ("effects", "loop"):
            signal, spans, position = np.zeros(n, "float32"), [], 0
            one = self.pool.group(rng, "other") if rng.random() < 0.7 else None
            fixed = rng.choice(self.pool.clips["other"][one]) if kind == "loop" and one else None
            for _ in range(200):
                if position >= n - RATE // 4:
                    break
                clip = self.pool.clip(
                    fixed if fixed is not None
                    else rng.choice(self.pool.clips["other"][one or self.pool.group(rng, "other")]))
                area = active(clip, pause=0.3)
                if not area or len(clip) < 0.05 * RATE:
                    position += 800
                    continue
                clip = self.colour(clip[int(area[0][0] * RATE):int(area[-1][1] * RATE)])[:n - position]
                clip = clip / max(np.abs(clip).max(), 1e-4) * gain(-6 + rng.uniform(-16, 0))
                signal[position:position + len(clip)] += clip
                spans.append((position / RATE, (position + len(clip)) / RATE))
                position += len(clip) + int(rng.choice([0, 0.05, 0.1, 0.2, 0.6]) * RATE)
            return signal, spans
        if kind == "crowd":
            signal = np.zeros(n, "float32")
            for _ in range(rng.randrange(9, 16)):
                voice, _ = self.speech(seconds)
                voice = voice / rms(voice) * gain(rng.uniform(-4, 4))
                signal[:len(voice)] += np.roll(voice, rng.randrange(n))
            return self.fade(signal / rms(signal) * gain(-27 + rng.uniform(-8, 5))), [(0, seconds)]
        if kind == "hum":
            base = rng.choice([50, 60, 100, 120, rng.uniform(30, 400), rng.uniform(400, 3000)])
            signal = sum(rng.uniform(0, 1) / h * np.sin(2 * np.pi * base * h * time + rng.uniform(0, 6))
                         for h in range(1, rng.choice([2, 4, 9])))
            signal = signal + self.noise.randn(n) * rms(signal) * gain(rng.uniform(-50, -10))
            if rng.random() < 0.3:
                signal = signal * (np.sin(2 * np.pi * rng.uniform(0.5, 4) * time) > 0)
            return self.fade(signal / rms(signal) * gain(-28 + rng.uniform(-8, 6))).astype("float32"), [(0, seconds)]
        if kind == "sweep":
            f = rng.uniform(200, 1200) * 2 ** (rng.uniform(0.2, 1.5) * np.sin(2 * np.pi * rng.uniform(0.1, 3) * time))
            signal = np.sin(2 * np.pi * np.cumsum(f) / RATE)
            signal = signal + (rng.uniform(0, 0.5) * np.sign(signal)) + self.noise.randn(n) * rng.uniform(0, 0.4)
            return self.fade(signal / rms(signal) * gain(-27 + rng.uniform(-8, 6))).astype("float32"), [(0, seconds)]
        spectrum = np.fft.rfft(self.noise.randn(n))
        f = np.fft.rfftfreq(n, 1 / RATE) + 20
        shape = rng.choice(["white", "pink", "brown", "band", "tilt"])
        if shape == "pink":
            spectrum /= f ** 0.5
        elif shape == "brown":
            spectrum /= f
        elif shape == "band":
            spectrum /= 1 + ((f - rng.uniform(300, 4000)) / rng.uniform(100, 900)) ** 2
        elif shape == "tilt":
            spectrum *= f ** rng.uniform(-1.2, 0.6)
        signal = np.fft.irfft(spectrum, n)
        if kind == "moving":
            knots = np.arange(0, seconds + 1, rng.choice([0.05, 0.2, 0.4, 1]))
            signal = signal * np.interp(time, knots, [rng.uniform(0.15, 1) for _ in knots])
        return self.fade(signal / signal.std() * gain(-26 + rng.uniform(-10, 6))).astype("float32"), [(0, seconds)]

    def programme(self, total=60):
        rng = self.rng
        out = np.zeros(int((total + 20) * RATE), "float32")
        spans = {"speech": [], "music": [], "other": []}
        clock = 0.0
        while clock < total:
            kind = rng.choices(KINDS, self.shares)[0]
            seconds = rng.uniform(1.2, 5) if kind == "silence" else rng.uniform(3, 12)
            start, n = int(clock * RATE), int(seconds * RATE)
            place = lambda name, items: spans[name].extend((clock + a, clock + b) for a, b in items)
            if kind in ("speech", "bed", "noisy"):
                signal, area = self.speech(seconds)
                out[start:start + len(signal)] += signal
                place("speech", area)
                level = 20 * np.log10(rms(signal))
                if kind == "bed":
                    before = rng.uniform(0, 2.5)
                    bed = self.fade(self.music(seconds + before), rng.choice([0.02, 0.02, 1.0]))
                    ratio = rng.choice([-6, 0, 3, 6, 9, 12, 12, 15, 15, 18, 20, 24])
                    bed = bed / max(rms(bed), 1e-6) * gain(level - ratio)
                    out[start:start + len(bed)] += bed
                    place("music", [(0, len(bed) / RATE)])
                    seconds += before
                elif kind == "noisy":
                    noise, _ = (self.other(seconds) if rng.random() < 0.5
                                else (np.convolve(self.noise.randn(n), [0.6, 0.3, 0.1], "same"), None))
                    out[start:start + len(noise)] += (noise / max(rms(noise), 1e-6)
                                                      * gain(level - rng.uniform(0, 28))).astype("float32")
                    place("other", [(0, seconds)])
            elif kind in ("music", "busy"):
                signal = self.fade(self.music(seconds), rng.choice([0.02, 0.02, 1.5]))
                out[start:start + len(signal)] += signal
                place("music", [(0, len(signal) / RATE)])
                if kind == "busy":
                    noise, _ = self.other(seconds)
                    out[start:start + len(noise)] += noise / max(rms(noise), 1e-6) * gain(
                        20 * np.log10(rms(signal)) - rng.uniform(3, 20))
            elif kind == "other":
                signal, area = self.other(seconds)
                out[start:start + len(signal)] += signal
                place("other", area)
            clock += seconds + rng.choice([0, 0, 0.15, 0.5])
        out = out[:int(clock * RATE)]
        floor = rng.choice(["digital", "room", "room", "hum"])
        noise = np.zeros(len(out))
        if floor != "digital":
            noise = np.convolve(self.noise.randn(len(out)), np.ones(6) / 6 if rng.random() < 0.7 else [1.0], "same")
            noise = noise / noise.std() * gain(rng.uniform(-78, -52))
        if floor == "hum":
            base = rng.choice([50, 60])
            time = np.arange(len(out)) / RATE
            noise = noise + gain(rng.uniform(-66, -54)) * (
                np.sin(2 * np.pi * base * time) + rng.uniform(0, 0.6) * np.sin(6 * np.pi * base * time))
        out = out + noise
        if rng.random() < 0.25:
            out = sosfilt(butter(6, [rng.uniform(150, 300), rng.uniform(3200, 3600)], "band", fs=RATE, output="sos"), out)
        out = np.clip(out * gain(rng.uniform(-14, 4)), -1, 1)
        frames = len(out) // HOP
        centre = (np.arange(frames) + 0.5) * 0.01
        labels = np.zeros((frames, 4), "uint8")
        for row, name in enumerate(("speech", "music", "other")):
            for a, b in spans[name]:
                labels[(centre >= a) & (centre < b), row] = 1
        labels[:, 3] = labels[:, :3].sum(1) == 0
        return (out * 32767).astype("int16"), labels


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pool", nargs="+", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--n", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--synthetic", type=float, default=0.0, help="share of music made by arithmetic")
    parser.add_argument("--loud", type=float, default=0.0, help="share of other music that is driven as records are")
    parser.add_argument("--radio", type=float, default=0.0, help="share of voices that are overdriven, in a narrow band")
    parser.add_argument("--talk", action="store_true", help="mostly speech over something, with more pauses")
    parser.add_argument("--favour", default="", help="groups that come three times as often")
    parser.add_argument("--hold", default="")
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    split = lambda text: [t for t in text.split(",") if t]
    pool = Pool(arguments.pool, split(arguments.hold), split(arguments.only), split(arguments.favour))
    totals = np.zeros(4)
    for index in range(arguments.n):
        samples, labels = Mixer(pool, arguments.seed * 100003 + index, arguments.synthetic, arguments.loud,
                                arguments.radio, arguments.talk).programme()
        samples.tofile(os.path.join(arguments.out, f"p{index:04d}.s16"))
        np.savez_compressed(os.path.join(arguments.out, f"p{index:04d}.npz"), labels=labels)
        totals += labels.sum(0) / 6000
    print(arguments.n, "programmes; minutes of speech, music, other, quiet:", totals.round(1))


if __name__ == "__main__":
    main()
