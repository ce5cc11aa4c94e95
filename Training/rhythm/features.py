"""What the rhythm network hears; the same values as `RhythmFrontEnd` of the product, which a test holds to this file's golden ones.

Two log-frequency spectrograms of mono samples at 22.05 kHz, 50 frames a second, frame k centred on sample 441·k, with what
lies outside counting as 0: short frames for when something sounds, long ones for which tones do.
"""

import numpy as np

RATE = 22050
HOP = 441
SHORT, LONG = 1024, 4096
SHORT_BANDS, LONG_BANDS = 64, 60
BANDS = SHORT_BANDS + LONG_BANDS
LOWEST_SHORT, HIGHEST_SHORT = 30.0, 10_000.0
LOWEST_LONG = 55.0  # the tone A1; a band is a semitone
GAIN = 1000.0  # ln(1 + GAIN · magnitude); a full-scale sine has magnitude 1


def window(size: int) -> np.ndarray:
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)


def triangles(centres: np.ndarray, size: int) -> np.ndarray:
    """Triangular filters `[bands][bins]` between neighbours of `centres` (two more than bands, in Hz), each of unit sum.

    A band narrower than a bin takes the two bins that its centre lies between.
    """
    bins = centres * size / RATE
    filters = np.zeros((len(centres) - 2, size // 2 + 1))
    position = np.arange(size // 2 + 1)
    for band, (low, centre, high) in enumerate(zip(bins, bins[1:], bins[2:])):
        low, high = min(low, centre - 1), max(high, centre + 1)
        weights = np.maximum(0, np.minimum((position - low) / (centre - low), (high - position) / (high - centre)))
        filters[band] = weights / weights.sum()
    return filters


def short_filters() -> np.ndarray:
    """Evenly spaced on a scale that is linear below 400 Hz and logarithmic above."""
    def warp(hertz):
        return np.arcsinh(np.asarray(hertz) / 400)
    edges = np.linspace(warp(LOWEST_SHORT), warp(HIGHEST_SHORT), SHORT_BANDS + 2)
    return triangles(np.sinh(edges) * 400, SHORT)


def long_filters() -> np.ndarray:
    return triangles(LOWEST_LONG * 2 ** (np.arange(-1, LONG_BANDS + 1) / 12), LONG)


FILTERS = {SHORT: short_filters().T.astype(np.float32), LONG: long_filters().T.astype(np.float32)}
WINDOWS = {size: window(size).astype(np.float32) for size in (SHORT, LONG)}


def spectrogram(samples: np.ndarray, size: int, hop: int) -> np.ndarray:
    padded = np.pad(samples, (size // 2, size // 2))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    out = []
    for start in range(0, len(frames), 512):
        spectra = np.abs(np.fft.rfft(frames[start : start + 512] * WINDOWS[size])) * np.float32(4 / size)
        out.append(np.log1p(GAIN * (spectra.astype(np.float32) @ FILTERS[size])))
    return np.concatenate(out)


def features(samples: np.ndarray) -> np.ndarray:
    """`[frames][BANDS]`, 1 + samples/441 frames. The long frames come 25 times a second and count for two."""
    samples = samples.astype(np.float32)
    short, long = spectrogram(samples, SHORT, HOP), spectrogram(samples, LONG, 2 * HOP)
    return np.concatenate([short, np.repeat(long, 2, 0)[: len(short)]], 1).astype(np.float32)
