"""inaSpeechSegmenter 0.6.8 (speech, music, noise) with the weights that the package carries, without TensorFlow.

Mel bands each 10 ms, parts without energy set aside, a convolutional network on windows of 680 ms each 20 ms, Viterbi
smoothing: as in the package. Only the arithmetic is ours (numpy), so figures of speed are those of this rendering.
Recordings must be longer than a window.
"""

import json
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from score_scene import MUSIC, OTHER, SILENCE, SPEECH

RATE, FRAME, HOP, BINS = 16000, 400, 160, 257
BANDS, USED_BANDS, LOWEST, HIGHEST = 24, 21, 100, 8000
WINDOW, STEP = 68, 2  # mel frames
BATCH = 64
ENERGY_RATIO = 0.03
ENERGY_CHANGE, LABEL_CHANGE = 150, 80  # a change of state costs this power of ten
QUIET_STAY = -5.0  # ln; the package's bias against long parts without energy
OUTPUTS = np.array([SPEECH, MUSIC, OTHER])


def mel_filters() -> np.ndarray:
    """Triangles of equal area on the HTK scale; each lacks its last bin, as the weights were trained."""
    edges = np.linspace(*(2595 * np.log10(1 + np.array([LOWEST, HIGHEST]) / 700)), BANDS + 2)
    edges = 700 * (10 ** (edges / 2595) - 1)
    bins = np.arange(BINS)
    hertz, places = bins * RATE / 512, np.floor(edges * 512 / RATE)
    filters = np.zeros((BANDS, BINS))
    for band, (low, centre, high) in enumerate(zip(edges, edges[1:], edges[2:])):
        rising = (bins > places[band]) & (bins <= places[band + 1])
        falling = (bins > places[band + 1]) & (bins < places[band + 2])
        filters[band, rising] = (hertz[rising] - low) / (centre - low)
        filters[band, falling] = (high - hertz[falling]) / (high - centre)
        filters[band] *= 2 / (high - low)
    return filters.T.astype("float32")


def features(samples: np.ndarray) -> tuple:
    """Log mel bands and log energy of each 10 ms; -inf where there is digital silence."""
    frames = sliding_window_view(samples.astype("float32"), FRAME)[::HOP]
    before = np.concatenate([frames[:, :1], frames[:, :-1]], 1)
    frames = frames - np.float32(0.97) * before
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME), 512)) ** 2
    with np.errstate(divide="ignore"):
        return np.log(power.astype("float32") @ mel_filters()), np.log((frames**2).sum(1))


def viterbi(scores: np.ndarray, change: float, stay_in_first: float = 0.0) -> np.ndarray:
    """The likeliest sequence of states for their log-likelihoods by frame."""
    states = scores.shape[1]
    moves = np.full((states, states), -change * np.log(10.0))
    np.fill_diagonal(moves, 0.0)
    moves[0, 0] = stay_in_first
    best, origins = scores[0].astype(float), np.zeros(scores.shape, int)
    for index in range(1, len(scores)):
        candidates = best[:, None] + moves
        origins[index] = candidates.argmax(0)
        best = candidates.max(0) + scores[index]
    path = np.zeros(len(scores), int)
    path[-1] = best.argmax()
    for index in range(len(scores) - 1, 0, -1):
        path[index - 1] = origins[index, path[index]]
    return path


def has_energy(energy: np.ndarray) -> np.ndarray:
    finite = energy[np.isfinite(energy)]
    loud = energy > finite.mean() + np.log(ENERGY_RATIO) if len(finite) else np.zeros(len(energy), bool)
    sure, unsure = np.log(1 - 1e-10), np.log(1e-10)
    scores = np.where(loud[:, None] == np.array([False, True]), sure, unsure)
    return viterbi(scores, ENERGY_CHANGE, QUIET_STAY) == 1


def windows(bands: np.ndarray) -> tuple:
    """One normalised window for each 20 ms, the first and last ones repeated, and which of them are finite."""
    cut = sliding_window_view(bands[:, :USED_BANDS], WINDOW, 0)[::STEP].transpose(0, 2, 1)
    with np.errstate(invalid="ignore"):
        cut = (cut - cut.mean((1, 2), keepdims=True)) / cut.std((1, 2), keepdims=True)
    margin = WINDOW // (2 * STEP)
    cut = np.concatenate([cut[:1].repeat(margin, 0), cut, cut[-1:].repeat(margin - 1 + len(bands) % 2, 0)])
    return np.nan_to_num(cut, posinf=0, neginf=0), np.isfinite(cut).all((1, 2))


def read_network(path: Path) -> list:
    """The layers in order, batch normalisation folded into the layer before it."""
    import h5py

    layers = []
    with h5py.File(path) as file:
        described = json.loads(file.attrs["model_config"])["config"]
        for layer in described["layers"] if isinstance(described, dict) else described:
            name, kind = layer["config"]["name"], layer["class_name"]
            stored = file["model_weights"][name]
            values = {key.split(":")[0]: value[()] for key, value in stored[name].items()} if name in stored else {}
            if kind in ("Conv2D", "Dense"):
                layers.append([kind, values["kernel"], values["bias"]])
            elif kind == "MaxPooling2D":
                layers.append([kind, *layer["config"]["pool_size"]])
            elif kind == "BatchNormalization":
                _, kernel, bias = layers[-1]
                scale = values["gamma"] / np.sqrt(values["moving_variance"] + layer["config"]["epsilon"])
                layers[-1][1:] = kernel * scale, (bias - values["moving_mean"]) * scale + values["beta"]
    return layers


def convolve(maps: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    patches = sliding_window_view(maps, kernel.shape[:2], (1, 2)).transpose(0, 1, 2, 4, 5, 3)
    rows = patches.reshape(-1, kernel[..., 0].size) @ kernel.reshape(-1, kernel.shape[-1])
    return (rows + bias).reshape(*patches.shape[:3], -1)


def pool(maps: np.ndarray, height: int, width: int) -> np.ndarray:
    """Maxima over tiles; the maps are padded evenly to whole tiles, the odd row at the end."""
    rows, columns = -maps.shape[1] % height, -maps.shape[2] % width
    padding = ((0, 0), (rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2), (0, 0))
    maps = np.pad(maps, padding, constant_values=-np.inf)
    count, tall, wide, channels = maps.shape
    return maps.reshape(count, tall // height, height, wide // width, width, channels).max((2, 4))


class InaSpeechSegmenter:
    def __init__(self, weights: Path):
        self.layers = read_network(weights)

    def probabilities(self, inputs: np.ndarray) -> np.ndarray:
        """Of speech, music and noise, for windows [n, 68, 21]."""
        maps = inputs[..., None].astype("float32")
        for number, (kind, *values) in enumerate(self.layers, 1):
            if kind == "MaxPooling2D":
                maps = pool(maps, *values)
                continue
            maps = convolve(maps, *values) if kind == "Conv2D" else maps.reshape(len(maps), -1) @ values[0] + values[1]
            if number < len(self.layers):
                maps = np.maximum(maps, 0)
        maps = np.exp(maps - maps.max(1, keepdims=True))
        return maps / maps.sum(1, keepdims=True)

    def labels(self, samples: np.ndarray) -> np.ndarray:
        """One label for each 10 ms of mono samples at 16 kHz."""
        bands, energy = features(samples)
        inputs, finite = windows(bands)
        active = has_energy(energy)[::2]
        found = np.full(len(active), SILENCE)
        edges = [0, *(np.where(np.diff(active))[0] + 1), len(active)]
        for start, end in zip(edges, edges[1:]):
            if not active[start]:
                continue
            parts = [self.probabilities(inputs[first : min(first + BATCH, end)]) for first in range(start, end, BATCH)]
            likely = np.concatenate(parts)
            likely[~finite[start:end]] = 0.5
            found[start:end] = OUTPUTS[viterbi(np.log(likely + 1e-12), LABEL_CHANGE)]
        return found.repeat(2)
