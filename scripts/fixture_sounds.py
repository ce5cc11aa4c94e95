"""The sounds of the fixture recording that are not a voice, and the signal helpers of scripts/fixture.

Needs numpy and scipy. Signals are arrays of samples at RATE: mono `[samples]`, stereo `[samples][2]`, full scale 1.
"""
import numpy as np
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

RATE = 44_100
BEAT = RATE * 60 // 112  # 112 BPM is 23 625 samples a beat, a whole number
BAR = 4 * BEAT


def decibels(value):
    return 10 ** (value / 20)


def times(seconds):
    return np.arange(round(seconds * RATE)) / RATE


def noise(seed, count):
    return np.random.default_rng(seed).standard_normal(count)


def band(signal, low, high, order=2):
    return sosfilt(butter(order, [low, high], "bandpass", fs=RATE, output="sos"), signal, axis=0)


def stereo(mono, pan):
    """Constant-power pan."""
    angle = (pan + 1) * np.pi / 4
    return mono[:, None] * np.array([np.cos(angle), np.sin(angle)]) * np.sqrt(2)


def add(target, start, signal):
    count = min(len(signal), len(target) - start)
    target[start:start + count] += signal[:count]


def loudness(signal):
    """Integrated loudness in LUFS of a stereo signal: ITU-R BS.1770-4, its filters redesigned for 44.1 kHz."""
    shelf, high_pass = (1681.974450955533, 0.7071752369554196), (38.13547087602444, 0.5003270373238773)
    k = np.tan(np.pi * shelf[0] / RATE)
    peak = 10 ** (3.999843853973347 / 20)
    middle, a0 = peak ** 0.4996667741545416, 1 + k / shelf[1] + k * k
    tilt = middle * k / shelf[1]
    b = [(peak + tilt + k * k) / a0, 2 * (k * k - peak) / a0, (peak - tilt + k * k) / a0]
    weighted = lfilter(b, [1, 2 * (k * k - 1) / a0, (1 - k / shelf[1] + k * k) / a0], signal, axis=0)
    k = np.tan(np.pi * high_pass[0] / RATE)
    a0 = 1 + k / high_pass[1] + k * k
    weighted = lfilter([1, -2, 1], [1, 2 * (k * k - 1) / a0, (1 - k / high_pass[1] + k * k) / a0], weighted, axis=0)
    hop = RATE // 10
    tenths = (weighted[:len(weighted) // hop * hop] ** 2).sum(axis=1).reshape(-1, hop).mean(axis=1)
    power = np.convolve(tenths, np.ones(4) / 4, "valid")
    power = power[power > 10 ** ((-70 + 0.691) / 10)]
    power = power[power > power.mean() / 10]
    return -0.691 + 10 * np.log10(power.mean())


def to_loudness(signal, lufs):
    return signal * decibels(lufs - loudness(signal))


def fade(count, attack, release):
    """Raised-cosine ends of so many seconds."""
    gain = np.ones(count)
    for seconds, part in ((attack, slice(None, None, 1)), (release, slice(None, None, -1))):
        ramp = min(round(seconds * RATE), count)
        gain[part][:ramp] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(ramp) / max(ramp, 1))
    return gain


# Music ---------------------------------------------------------------------------------------------------------------

def pitch(note):
    return 440 * 2 ** ((note - 69) / 12)


def kick():
    t = times(0.3)
    phase = 2 * np.pi * (46 * t + 90 / 32 * (1 - np.exp(-32 * t)))
    return np.sin(phase) * np.exp(-11 * t) + 0.35 * np.sin(2 * np.pi * 1900 * t) * np.exp(-500 * t)


def snare():
    t = times(0.22)
    body = (np.sin(2 * np.pi * 188 * t) + 0.5 * np.sin(2 * np.pi * 331 * t)) * np.exp(-26 * t)
    return 0.55 * body + 0.7 * band(noise(1, len(t)), 900, 7000) * np.exp(-21 * t)


def hat():
    t = times(0.07)
    return band(noise(2, len(t)), 6500, 13000) * np.exp(-75 * t)


def crash():
    t = times(1.2)
    return band(noise(3, len(t)), 3500, 11000) * np.exp(-4.5 * t) * fade(len(t), 0.001, 0.2)


def bass(note, seconds):
    t = times(seconds)
    tone = sum(np.sin(2 * np.pi * pitch(note) * h * t) * np.exp(-h * 1.6 * t) / h ** 1.4 for h in range(1, 6))
    return tone * fade(len(t), 0.004, 0.04)


def keys(note, seconds):
    """An electric piano: two-operator frequency modulation whose brightness dies away."""
    t = times(seconds)
    f = pitch(note)
    bell = 0.25 * np.exp(-18 * t) * np.sin(2 * np.pi * 7 * f * t)
    modulator = 1.1 * np.exp(-5 * t) * np.sin(2 * np.pi * f * t) + bell
    return np.sin(2 * np.pi * f * t + modulator) * np.exp(-1.5 * t) * fade(len(t), 0.003, 0.05)


def pluck(note, seconds):
    t = times(seconds)
    tone = sum(np.sin(2 * np.pi * pitch(note) * h * t) * np.exp(-(3 + 2 * h) * t) / h ** 2 for h in range(1, 6))
    return tone * fade(len(t), 0.002, 0.03)


def section(chords, closing):
    """A section that begins and ends on a downbeat: the last chord is struck once and held."""
    out = np.zeros(((len(chords) - 1) * BAR + round(closing * RATE), 2))
    beat = BEAT / RATE
    hits = {"kick": kick() * 0.95, "snare": snare() * 0.5, "hat": hat() * 0.42, "crash": crash() * 0.2}
    for index, (root, *chord) in enumerate(chords):
        bar, last = index * BAR, index == len(chords) - 1
        def play(at, sound, pan=0.0, gain=1.0):
            add(out, bar + round(at * BEAT), stereo(sound, pan) * gain)
        length = closing if last else 4 * beat
        for note, pan in zip(chord, (-0.35, -0.1, 0.25)):
            play(0, keys(note, length), pan, 0.2)
            if not last:
                play(2, keys(note, 2 * beat), pan, 0.09)
        play(0, bass(root, length if last else 1.9 * beat), 0, 0.62)
        play(0, hits["kick"])
        if index % 4 == 0 or last:
            play(0, hits["crash"], 0.15)
        if last:
            continue
        play(2, bass(root, 0.95 * beat), 0, 0.42)
        play(3, bass(root + 7, 0.95 * beat), 0, 0.36)
        play(2, hits["kick"], 0, 0.8)
        for at in (1, 3):
            play(at, hits["snare"])
        for eighth in range(8):
            play(eighth / 2, hits["hat"], -0.25, 1.0 if eighth % 2 == 0 else 0.5)
        if index >= 2:
            for eighth, step in enumerate((0, 1, 2, 1, 0, 2, 1, 2)):
                play(eighth / 2, pluck(chord[step] + 12, 0.45), 0.35, 0.11 if eighth % 2 else 0.15)
    room = np.stack([noise(seed, round(0.5 * RATE)) for seed in (4, 5)], axis=1) * np.exp(-11 * times(0.5))[:, None]
    dry = band(out, 250, 4000, 1)
    for channel in range(2):
        out[:, channel] += 0.006 * fftconvolve(dry[:, channel], band(room[:, channel], 300, 3500, 1))[:len(out)]
    return out * fade(len(out), 0.0, 0.35)[:, None]


# Rain ----------------------------------------------------------------------------------------------------------------

def rain(seconds):
    """Steady rain with drops on a tin roof, and a gust of wind."""
    t = times(seconds)
    sheet = np.stack([band(noise(seed, len(t)), 500, 6000, 1) for seed in (6, 7)], axis=1)
    sheet = 0.25 * sheet + 0.75 * sheet.mean(axis=1, keepdims=True)
    gust = band(noise(8, len(t)), 120, 500) * (0.4 + 0.6 * np.sin(np.pi * t / seconds) ** 2)
    out = 0.3 * sheet + 0.5 * gust[:, None]
    drops = np.random.default_rng(9)
    for _ in range(round(45 * seconds)):
        d = times(0.03)
        drop = np.sin(2 * np.pi * drops.uniform(1500, 4200) * d) * np.exp(-drops.uniform(150, 300) * d)
        add(out, int(drops.integers(len(t))), stereo(drop * drops.uniform(0.1, 0.6), drops.uniform(-0.6, 0.6)))
    return out * fade(len(out), 0.03, 0.03)[:, None]
