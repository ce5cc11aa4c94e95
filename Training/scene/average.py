"""The mean of trained networks: average.py FIRST.pt SECOND.pt ... [--shares A B ...] --programmes DIR [DIR ...] --out SceneNetworkWeights.swift

What was learned first is kept better than by the last alone (Wortsman et al. 2022). The statistics of batch normalisation are
those of the mean itself, measured on 20 programmes of each folder. Single thread, fixed seed.
"""
import argparse, glob
import numpy as np
import torch
from train import BANDS, Network, augment, export, stack


def pieces(mels, rng):
    for _ in range(12):
        mel = mels[rng.integers(len(mels))]
        start = int(rng.integers(0, max(1, len(mel) // 2 - 400)))
        yield stack(augment(mel[2 * start:2 * start + 800].copy(), rng))[:, :400]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", nargs="+")
    parser.add_argument("--shares", nargs="+", type=float, help="of each in the mean; equal ones otherwise")
    parser.add_argument("--programmes", nargs="+", required=True)
    parser.add_argument("--checkpoint", default="")
    parser.add_argument("--out", required=True)
    parser.add_argument("--note", required=True, help="how the networks were trained, for the file's head")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    states = [torch.load(path) for path in arguments.checkpoints]
    shares = arguments.shares or [1 / len(states)] * len(states)
    mean = {key: sum(state[key] * share for state, share in zip(states, shares, strict=True)) if value.dtype.is_floating_point else value
            for key, value in states[-1].items()}
    paths = [path for folder in arguments.programmes for path in sorted(glob.glob(folder + "/*.mel"))[:20]]
    mels = [np.fromfile(path, "float32").reshape(-1, BANDS) for path in paths]
    network, rng = Network(len(mean["entry_norm.bias"])), np.random.default_rng(3)
    network.load_state_dict(mean)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm1d):
            module.reset_running_stats()
            module.momentum = None
    network.drop.p = 0
    network.train()
    with torch.no_grad():
        for _ in range(60):
            inputs = list(pieces(mels, rng))
            shortest = min(x.shape[1] for x in inputs)
            network(torch.from_numpy(np.stack([x[:, :shortest] for x in inputs]).astype("float32")))
    network.eval()
    if arguments.checkpoint:
        torch.save(network.state_dict(), arguments.checkpoint)
    export(network, arguments.out, arguments.note)


if __name__ == "__main__":
    main()
