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


def load(folders, pause):
    """-> list of (mel [frames][bands], labels [steps][4], edges [steps]); a step is two frames: 40 ms around 40 k + 10 ms"""
    items = []
    for folder in folders:
        for path in sorted(glob.glob(folder + "/*.mel")):
            mel = np.fromfile(path, "float32").reshape(-1, BANDS)
            stored = np.load(path[:-4] + ".npz")
            labels = stored["labels"].astype("float32")
            if pause < 0.5:
                labels[:, 0] = closed(stored["voice"], round(pause * 100))
                labels[:, 3] = labels[:, :3].sum(1) == 0
            steps = (len(mel) + 1) // 2
            centre = np.clip(np.arange(steps)[:, None] * 4 + np.arange(-1, 3)[None], 0, len(labels) - 1)
            items.append((mel, labels[centre].mean(1), near_edges(labels[:, 0])[centre].mean(1)))
    return items


def closed(marks, gap):
    """Marks with the gaps of at most so many between them marked, too."""
    marks = marks.astype("float32")
    edges = np.flatnonzero(np.diff(marks)) + 1
    for start, end in zip(edges, edges[1:]):
        if not marks[start] and end - start <= gap:
            marks[start:end] = 1
    return marks


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


def augment(mel, rng):
    """Gain (with the floor kept), masked bands, a spectral tilt, a little noise."""
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
    parser.add_argument("--pause", type=float, default=0.5, help="the longest pause that is part of speech, seconds")
    parser.add_argument("--edges", type=float, default=1, help="weight of speech in short pauses and near its edges")
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(arguments.seed)
    train, valid = load(arguments.train, arguments.pause), load(arguments.valid, arguments.pause)
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
        losses = nn.functional.binary_cross_entropy_with_logits(network(x), y, reduction="none")
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
