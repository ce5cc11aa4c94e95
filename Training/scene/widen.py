"""A wider network that computes what a narrower one does: widen.py SceneNetworkWeights.swift --channels N --programmes DIR [DIR ...] --checkpoint WIDE.pt

Channels are doubled, and what reads them reads each of a pair with half the weight (Chen, Goodfellow & Shlens 2016, "Net2Net"); a little noise parts the
two, so that training can make different things of them. The narrow network is read from the product's file: its batch normalisation is folded
away there, so the wide one gets a new one that takes back what it measures on 20 programmes of each folder. Single thread, fixed seed.
"""
import argparse, base64, glob, re
import numpy as np
import torch
from train import BANDS, DILATIONS, OUTPUTS, Network, augment, stack

NOISE = 0.05


def read(path):
    """-> list of (weights [outputs][inputs][taps], biases [outputs]), as `export` of train.py wrote them"""
    data = base64.b64decode(re.sub(r"[\\\s]", "", open(path).read().split('"""')[1]))
    position, layers = 0, []
    # (256 + 30 c) c weights, factors and biases of eleven layers, and the last layer, make the file's length.
    channels = next(c for c in range(16, 512) if c * (4 * BANDS + 8 * 11 + 3 * c * len(DILATIONS) + OUTPUTS) + 8 * OUTPUTS == len(data))

    def floats(count):
        nonlocal position
        position += 4 * count
        return np.frombuffer(data, "<f4", count, position - 4 * count)

    shapes = [(channels, 4 * BANDS, 1)] + [(channels, channels, 3)] * len(DILATIONS) + [(OUTPUTS, channels, 1)]
    for outputs, inputs, taps in shapes:
        factors, biases = floats(outputs), floats(outputs)
        levels = np.frombuffer(data, "i1", outputs * inputs * taps, position).reshape(taps, inputs, outputs)
        position += levels.size
        layers.append((levels.transpose(2, 1, 0) * factors[:, None, None], biases))
    return [(torch.from_numpy(np.ascontiguousarray(w, "float32")), torch.from_numpy(b.copy())) for w, b in layers]


def widened(layers, channels):
    """The same list for more channels. One choice of pairs serves the whole chain of residual blocks."""
    narrow = len(layers[0][1])
    origin = torch.cat([torch.arange(narrow) for _ in range(channels // narrow)] + [torch.randperm(narrow)[:channels % narrow]])
    share = 1 / torch.bincount(origin, minlength=narrow).float()[origin]
    noisy = lambda weights: weights * (1 + NOISE * torch.randn_like(weights))
    (entry, entry_bias), *blocks, (last, last_bias) = layers
    wide = [(noisy(entry[origin]), entry_bias[origin])]
    wide += [(noisy(w[origin][:, origin] * share[None, :, None]), b[origin]) for w, b in blocks]
    return wide + [(last[:, origin] * share[None, :, None], last_bias)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights")
    parser.add_argument("--channels", type=int, default=96)
    parser.add_argument("--programmes", nargs="+", required=True)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    layers = widened(read(arguments.weights), arguments.channels)
    paths = [path for folder in arguments.programmes for path in sorted(glob.glob(folder + "/*.mel"))[:20]]
    rng = np.random.default_rng(arguments.seed)
    inputs = [torch.from_numpy(stack(augment(np.fromfile(path, "float32").reshape(-1, BANDS), rng)).astype("float32"))[None] for path in paths]
    network = Network(arguments.channels)
    convolutions = [network.entry, *network.blocks]
    norms = [network.entry_norm, *network.norms]
    with torch.no_grad():
        network.exit.weight.copy_(layers[-1][0])
        network.exit.bias.copy_(layers[-1][1])
        for number, (convolution, norm, (weights, biases)) in enumerate(zip(convolutions, norms, layers)):
            convolution.weight.copy_(weights)
            outputs = [convolution(x)[0] for x in inputs]
            joined = torch.cat(outputs, 1)
            variance, mean = torch.var_mean(joined, 1, correction=0)
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
            norm.weight.copy_(torch.sqrt(variance + norm.eps))
            norm.bias.copy_(mean + biases)
            heard = [torch.relu(y + biases[:, None])[None] for y in outputs]
            inputs = heard if number == 0 else [x + y for x, y in zip(inputs, heard)]
    torch.save(network.state_dict(), arguments.checkpoint)


if __name__ == "__main__":
    main()
