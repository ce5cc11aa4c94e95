"""Trains the scene network and writes it as Swift: train.py --train DIR [DIR ...] --valid DIR --out SceneNetworkWeights.swift

DIR holds pNNNN.mel (from the Swift driver SceneFeatures) and pNNNN.npz (from programmes.py).
"""
import argparse, base64, glob, os, time
import numpy as np
import torch
from torch import nn

BANDS, DILATIONS, OUTPUTS = 64, [1, 2, 4, 8, 16, 32, 64, 4, 16, 64], 4
FLOOR = float(np.log(1e-7))
normalise = lambda x: (x + 6) / 4


class Network(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.entry = nn.Conv1d(BANDS * 4, channels, 1, bias=False)
        self.entry_norm = nn.BatchNorm1d(channels)
        self.blocks = nn.ModuleList(nn.Conv1d(channels, channels, 3, dilation=d, padding=d, bias=False) for d in DILATIONS)
        self.norms = nn.ModuleList(nn.BatchNorm1d(channels) for _ in DILATIONS)
        self.exit = nn.Conv1d(channels, OUTPUTS, 1)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        x = torch.relu(self.entry_norm(self.entry(x)))
        for block, norm in zip(self.blocks, self.norms):
            x = x + self.drop(torch.relu(norm(block(x))))
        return self.exit(x)


UNKNOWN = 255  # a label that natural.py does not know


def load(folders):
    """-> list of (mel [frames][bands], labels [steps][4], edges [steps]); a step is two frames: 40 ms around 40 k + 10 ms.
    Labels that are not known are NaN."""
    items = []
    for folder in folders:
        for path in sorted(glob.glob(folder + "/*.mel")):
            mel = np.fromfile(path, "float32").reshape(-1, BANDS)
            labels = np.load(path[:-4] + ".npz")["labels"].astype("float32")
            labels[labels == UNKNOWN] = np.nan
            steps = (len(mel) + 1) // 2
            centre = np.clip(np.arange(steps)[:, None] * 4 + np.arange(-1, 3)[None], 0, len(labels) - 1)
            items.append((mel, labels[centre].mean(1), near_edges(np.nan_to_num(labels[:, 0]))[centre].mean(1)))
    return items


def near_edges(speech, before=40, longest=250):
    """1 for each 10 ms that lies in a pause of speech of at most 2.5 s, or within .4 s of an edge of speech."""
    edges = np.flatnonzero(np.diff(speech))
    marks = np.zeros(len(speech), "float32")
    for edge in edges:
        marks[max(0, edge - before):edge + before] = 1
    for start, end in zip(edges, edges[1:]):
        if not speech[end] and end - start <= longest:
            marks[start:end] = 1
    return marks


def stack(mel):
    """[frames][bands] -> [4 * bands][steps]: frames 2k - 1 ... 2k + 2, padded by the floor"""
    steps = (len(mel) + 1) // 2
    padded = np.concatenate([np.full((1, BANDS), FLOOR, "float32"), mel, np.full((4, BANDS), FLOOR, "float32")])
    index = np.arange(steps)[:, None] * 2 + np.arange(4)[None]
    return normalise(padded[index].reshape(steps, -1)).T


def room(frames, loudest, rng):
    """The steady sound of a room and its devices, [frames][bands] in power: a coloured floor 20 to 65 dB below what is loudest, with
    resonances, the hum of mains and the tones of fans and drives, which come and go a little and may be as loud as a voice, and what a
    microphone makes of steps and wind. All of it swings as the power of noise does in bands of that width."""
    decibels = np.interp(np.arange(BANDS), [0, 8, 21, 42, 63], np.cumsum(rng.normal([0, -3, -3, -3, -3], 5)))
    for _ in range(rng.integers(0, 4)):
        decibels += rng.uniform(3, 15) * np.exp(-((np.arange(BANDS) - rng.integers(0, BANDS)) / rng.uniform(1, 6)) ** 2 / 2)
    if rng.random() < 0.3:
        decibels[rng.integers(0, 2):rng.integers(3, 14):rng.integers(1, 3)] += rng.uniform(3, 20)
    decibels += -decibels.max() - rng.uniform(20, 65)
    shape = np.linspace(3, 25, BANDS)
    power = np.exp(decibels / 4.343) * rng.gamma(shape, 1 / shape, (frames, BANDS))
    if rng.random() < 0.2:
        power *= np.exp(wander(frames, rng, 3, 60, 0.5))[:, None]
    for _ in range(rng.integers(0, 4) if rng.random() < 0.6 else 0):
        band = rng.integers(0, 36)
        line = np.exp(-((np.arange(BANDS) - band) / rng.uniform(0.4, 0.9)) ** 2 / 2)
        level = min(decibels[band] + rng.uniform(8, 40), -3) / 4.343
        power += np.exp(level + wander(frames, rng, 2, 20, rng.uniform(0, 0.8)))[:, None] * line * rng.gamma(12, 1 / 12, (frames, 1))
    if rng.random() < 0.2:
        low = np.exp(-np.arange(BANDS) / rng.uniform(0.7, 3))
        level = rng.uniform(-25, 6) / 4.343
        power += np.exp(level + wander(frames, rng, 8, 100, rng.uniform(0.3, 1.5)))[:, None] * low * rng.gamma(2, 1 / 2, (frames, BANDS))
    return (np.exp(loudest) * power).astype("float32")


def wander(frames, rng, least, most, spread):
    """A level that goes up and down, with so many turns."""
    turns = rng.integers(least, most)
    return np.interp(np.arange(frames), np.linspace(0, frames, turns), rng.normal(0, spread, turns))


def augment(mel, rng):
    """A room's floor, gain (with the floor kept), masked bands, a spectral tilt, a little noise."""
    if rng.random() < 0.4:
        mel = np.log(np.exp(mel) + room(len(mel), np.percentile(mel.max(1), 95), rng))
    mel = mel + rng.uniform(-3, 1.5) + np.interp(np.arange(BANDS), [0, 21, 42, 63], rng.normal(0, 0.5, 4)).astype("float32")
    if rng.random() < 0.4:
        width = rng.integers(1, 12)
        start = rng.integers(0, BANDS - width)
        mel[:, start:start + width] = FLOOR + rng.uniform(0, 3)
    if rng.random() < 0.15:
        mel[:, rng.integers(40, 62):] = FLOOR
    mel = np.maximum(mel, FLOOR)
    return mel + rng.normal(0, 0.15, mel.shape).astype("float32")


def evaluate(network, items):
    network.eval()
    counts = np.zeros((OUTPUTS, 3))
    with torch.no_grad():
        for mel, labels, _ in items:
            y = network(torch.from_numpy(stack(mel).astype("float32"))[None])[0].T.numpy() > 0
            t = labels > 0.5
            y &= ~np.isnan(labels)
            y[:, 2] &= ~t[:, 0]
            t[:, 2] &= ~t[:, 0]
            counts += np.stack([(y & t).sum(0), (y & ~t).sum(0), (~y & t).sum(0)], 1)
    return 2 * counts[:, 0] / np.maximum(2 * counts[:, 0] + counts[:, 1] + counts[:, 2], 1)


def folded(network):
    layers = []
    for conv, norm in [(network.entry, network.entry_norm), *zip(network.blocks, network.norms)]:
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        layers.append((conv.weight * scale[:, None, None], norm.bias - norm.running_mean * scale))
    layers.append((network.exit.weight, network.exit.bias))
    return [(w.detach().numpy(), b.detach().numpy()) for w, b in layers]


def export(network, path, seeds):
    """Per layer: factors and biases as Float32, then Int8 weights as [tap][input][output]."""
    data = b""
    for weights, biases in folded(network):
        factors = np.maximum(np.abs(weights).max((1, 2)), 1e-9) / 127
        levels = np.round(weights / factors[:, None, None]).astype("int8")
        data += factors.astype("<f4").tobytes() + biases.astype("<f4").tobytes()
        data += np.ascontiguousarray(levels.transpose(2, 1, 0)).tobytes()
    text = base64.b64encode(data).decode()
    lines = [text[i:i + 100] for i in range(0, len(text), 100)]
    with open(path, "w") as out:
        out.write("// Generated by Training/scene (README.md there names data, licences, seeds and figures). Do not edit.\n"
                  f"// {seeds}\n\n/// Weights of `SceneNetwork`: {len(data)} bytes in base 64.\n"
                  'let sceneNetworkWeights = """\n    ' + "\\\n    ".join(lines) + '\n    """\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", nargs="+", required=True)
    parser.add_argument("--valid", nargs="*", default=[])
    parser.add_argument("--out", required=True)
    parser.add_argument("--checkpoint", default="")
    parser.add_argument("--minutes", type=float, default=0, help="stop early (not reproducible); 0: all steps")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=4e-3, help="the highest learning rate")
    parser.add_argument("--start", default="", help="continue from a checkpoint")
    parser.add_argument("--channels", type=int, default=96)
    parser.add_argument("--edges", type=float, default=1, help="weight of speech in short pauses and near its edges")
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(arguments.seed)
    train, valid = load(arguments.train), load(arguments.valid)
    network = Network(arguments.channels)
    if arguments.start:
        network.load_state_dict(torch.load(arguments.start))
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2)
    begin, length, batch, total = time.time(), 400, 12, arguments.steps
    weight = torch.tensor([1.0, 1.0, 1.3, 1.0])[None, :, None]
    running = 0.0
    for step in range(total):
        share = step / total
        if arguments.minutes:
            share = max(share, (time.time() - begin) / 60 / arguments.minutes)
        if share >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = arguments.rate * min(1, (step + 1) / 50) * (0.5 + 0.5 * np.cos(np.pi * share)) + 1e-5
        inputs, targets, edges = [], [], []
        for _ in range(batch):
            mel, labels, marks = train[rng.integers(len(train))]
            start = int(rng.integers(0, max(1, len(labels) - length)))
            piece = augment(mel[2 * start:2 * (start + length)].copy(), rng)
            inputs.append(stack(piece)[:, :length])
            targets.append(labels[start:start + length].T)
            edges.append(marks[start:start + length])
        shortest = min(x.shape[1] for x in inputs)
        x = torch.from_numpy(np.stack([i[:, :shortest] for i in inputs]).astype("float32"))
        y = torch.from_numpy(np.stack([t[:, :shortest] for t in targets]))
        network.train()
        known = ~torch.isnan(y)
        y = torch.nan_to_num(y)
        losses = nn.functional.binary_cross_entropy_with_logits(network(x), y, reduction="none") * known
        # other sound under speech is not asked for
        losses = losses * weight
        losses[:, 2] = losses[:, 2] * (1 - 0.8 * y[:, 0])
        near = torch.from_numpy(np.stack([e[:shortest] for e in edges]))
        losses[:, 0] = losses[:, 0] * (1 + (arguments.edges - 1) * near)
        loss = losses.mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        running += (float(loss.detach()) - running) * 0.02
        if step % 500 == 499:
            print(step + 1, round(time.time() - begin), "s loss", round(running, 4),
                  "valid F", evaluate(network, valid).round(3) if valid else "", flush=True)
            if arguments.checkpoint:
                torch.save(network.state_dict(), arguments.checkpoint)
    if valid:
        print("final valid F", evaluate(network, valid).round(3))
    if arguments.checkpoint:
        torch.save(network.state_dict(), arguments.checkpoint)
    export(network, arguments.out, f"seed {arguments.seed}, {step + 1} steps, {len(train)} programmes")


if __name__ == "__main__":
    main()
