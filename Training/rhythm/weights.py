"""Writes the product's weights: `weights.py CHECKPOINT OUTPUT [--golden FOLDER]`.

OUTPUT is a Swift file with the network in half precision as base64 text. With `--golden`, features and logits of a made-up sound,
computed here, are written for the test that holds the product to them.
"""

import argparse
import base64
import textwrap
from pathlib import Path

import numpy as np
import torch
from evaluate import load, logits
from features import RATE, features
from network import layers


def half(values) -> np.ndarray:
    return np.asarray(values, np.float32).astype("<f2")


def numbers_in(swift: Path) -> np.ndarray:
    """The numbers of a Swift file that was written here."""
    text = swift.read_text().split('"""')[1].replace("\\", "").replace("\n", "").replace(" ", "")
    return np.frombuffer(base64.b64decode(text), "<f2").astype(np.float32)


def golden_sound() -> np.ndarray:
    """Four seconds of decaying tones and noise bursts, by arithmetic that any language repeats."""
    t = np.arange(4 * RATE) / RATE
    state, noise = 1, np.empty(len(t))
    for index in range(len(t)):
        state = (state * 1103515245 + 12345) % 2**31
        noise[index] = state / 2**30 - 1
    sound = np.zeros(len(t))
    for beat in range(8):
        since = t - (0.2 + 0.5 * beat)
        on = since >= 0
        sound[on] += 0.5 * np.sin(2 * np.pi * (110 * (1 + beat % 4)) * since[on]) * np.exp(-since[on] / 0.1)
        sound[on] += 0.2 * noise[on] * np.exp(-since[on] / 0.03)
    return sound.astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--golden", type=Path)
    a = parser.parse_args()
    net = load(a.checkpoint)
    parts = [half(net.mean), half(1 / net.deviation)]
    for weights, biases in layers(net):
        parts += [half(weights.reshape(-1)), half(biases)]
    numbers = np.concatenate(parts)
    assert np.isfinite(numbers.astype(np.float32)).all()
    lines = textwrap.wrap(base64.b64encode(numbers.tobytes()).decode(), 120)
    a.output.write_text(
        "// Written by Training/rhythm/weights.py; the card is Training/rhythm/README.md.\n\n"
        f"/// {len(numbers)} numbers in half precision, little-endian, as base64: see `RhythmNetwork.init(serialized:)`.\n"
        'let rhythmNetworkWeights = """\n' + "".join(f"    {line}\\\n" for line in lines[:-1]) + f'    {lines[-1]}\n    """\n')
    print(f"{len(numbers)} parameters, {2 * len(numbers)} bytes")
    if a.golden:
        # The reference is the training framework's network with the rounded weights.
        with torch.no_grad():
            rounded(net, numbers.astype(np.float32))
        values = features(golden_sound())
        a.golden.mkdir(parents=True, exist_ok=True)
        values.astype("<f4").tofile(a.golden / "rhythm-features.f32")
        logits(net, values).astype("<f4").tofile(a.golden / "rhythm-logits.f32")


def rounded(net, numbers: np.ndarray) -> None:
    """Puts written weights back into the network, norms as identities."""
    position = 0

    def take(*shape):
        nonlocal position
        count = int(np.prod(shape))
        position += count
        return torch.from_numpy(numbers[position - count : position].reshape(shape).copy())

    def put(conv, norm=None):
        outputs, inputs, taps = conv.weight.shape
        conv.weight.copy_(take(taps, inputs, outputs).permute(2, 1, 0))
        conv.bias.copy_(take(outputs))
        if norm is not None:
            norm.running_mean.zero_(), norm.running_var.fill_(1), norm.weight.fill_((1 + norm.eps) ** 0.5), norm.bias.zero_()

    net.mean.copy_(take(len(net.mean)))
    net.deviation.copy_(1 / take(len(net.deviation)))
    put(net.entry, net.entry_norm)
    for block in net.blocks:
        put(block.conv, block.norm)
        put(block.point)
    put(net.exit)


if __name__ == "__main__":
    main()
