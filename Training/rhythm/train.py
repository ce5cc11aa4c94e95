"""Trains the rhythm network: `train.py FEATURES CHECKPOINT [--minutes M]`; run it again to go on.

Excerpts come from `sounds.py`; grooves, scores and songs whose name ends in HELD_OUT are left out and judged instead. The learning
rate follows one cosine over `--steps`; the weights that count are an average of the last ones.
"""

import argparse
import concurrent.futures
import copy
import json
import math
import time
import zlib
from pathlib import Path

import numpy as np
import torch
from network import CHANNELS, Network
from torch.nn import functional
from widen import widened

FRAMES = 1000  # of a training crop: 20 s
BATCH = 16
AVERAGING = 0.998
# How much of the training each kind is. Accompaniments and scores say best what people count; songs by rule know all metres.
SHARES = {"mma": 0.42, "music21": 0.17, "song": 0.11, "metal": 0.07, "lmms": 0.08, "machine": 0.08, "negative": 0.06, "click": 0.01}


def group(truth: dict, name: str) -> str:
    """What must not be on both sides: groove file, score, production."""
    if truth["source"] == "mma":
        return truth["style"].split(":")[0]
    return truth.get("file") or (truth["style"] if truth["source"] == "lmms" else name)


def is_held_out(truth: dict, name: str) -> bool:
    return zlib.crc32(group(truth, name).encode()) % 10 == 0


class Excerpts:
    """Features in memory, as float16."""

    def __init__(self, features: Path, stems: Path):
        self.items, self.kinds, self.seen = [], {}, set()
        self.features, self.stems = features, stems
        self.refresh()

    def refresh(self) -> int:
        for file in sorted(self.features.glob("*.npz")):
            if file.name in self.seen:
                continue
            self.seen.add(file.name)
            name = file.name.split(".")[0]
            kind = name.split("_")[0]
            if kind not in ("negative", "machine"):
                truth = json.loads((self.stems / f"{name}.json").read_text())
                if is_held_out(truth, name):
                    continue
                kind = truth["source"]
            found = np.load(file)
            self.kinds.setdefault(kind, []).append(len(self.items))
            self.items.append({key: found[key] for key in ("features", "beats", "bars", "known", "has_bars")})
        return len(self.items)

    def batch(self, rng):
        x = np.zeros((BATCH, FRAMES, self.items[0]["features"].shape[1]), np.float32)
        y = np.zeros((BATCH, FRAMES, 2), np.float32)
        weight = np.zeros((BATCH, FRAMES, 2), np.float32)
        shares = {kind: share for kind, share in SHARES.items() if kind in self.kinds}
        total = sum(shares.values())
        shares = {kind: share / total for kind, share in shares.items()}
        for row in range(BATCH):
            kind = rng.choice(list(shares), p=list(shares.values()))
            item = self.items[self.kinds[kind][rng.integers(len(self.kinds[kind]))]]
            count = len(item["features"])
            start = int(rng.integers(max(1, count - FRAMES + 1)))
            part = slice(start, min(count, start + FRAMES))
            length = part.stop - part.start
            values = item["features"][part].astype(np.float32)
            x[row, :length] = self.varied(values, rng)
            y[row, :length, 0], y[row, :length, 1] = item["beats"][part], item["bars"][part]
            weight[row, :length, 0] = item["known"][part]
            weight[row, :length, 1] = item["known"][part] * float(item["has_bars"])
        return tuple(map(torch.from_numpy, (x, y, weight)))

    @staticmethod
    def varied(values, rng):
        """Level and tone change a little, some bands are lost."""
        if rng.random() < 0.4:
            return values
        magnitude = np.expm1(values)
        gain = rng.normal(0, 3) + np.interp(np.arange(64), np.linspace(0, 63, 5), rng.normal(0, 3, 5))
        gains = np.concatenate([gain, np.interp(np.linspace(8, 40, 60), np.arange(64), gain)])
        values = np.log1p(magnitude * 10 ** (gains / 20)).astype(np.float32)
        if rng.random() < 0.3:
            first = rng.integers(0, 120)
            values[:, first : first + rng.integers(1, 16)] = 0
        return values


def batches(excerpts, first: int, last: int):
    """Prepares a batch while the one before is learned; a batch depends on its number only."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        def make(step: int):
            return pool.submit(excerpts.batch, np.random.default_rng([9, step]))
        waiting = make(first)
        for step in range(first, last):
            ready, waiting = waiting, make(step + 1)
            yield ready.result()


def loss_of(logits, y, weight):
    """Binary cross entropy; beats are rare and count more, downbeats rarer and count more still."""
    positive = torch.tensor([2.0, 4.0])
    plain = functional.binary_cross_entropy_with_logits(logits, y, reduction="none")
    each = plain * weight * (1 + (positive - 1) * y)
    return each[..., 0].sum() / weight[..., 0].sum() + each[..., 1].sum() / weight[..., 1].sum()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("features", type=Path)
    parser.add_argument("stems", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--channels", type=int, default=CHANNELS)
    parser.add_argument("--dropout", type=float, default=0.1, help="share of channels left out while learning")
    parser.add_argument("--widen", type=Path, help="the checkpoint of a narrower network to begin with, where there is no checkpoint yet")
    parser.add_argument("--start", type=Path, help="the product's weights (Swift) to begin with, where there is no checkpoint yet")
    a = parser.parse_args()
    torch.manual_seed(5)
    excerpts = Excerpts(a.features, a.stems)
    sample = np.concatenate([item["features"][::50].astype(np.float32) for item in excerpts.items[:: max(1, len(excerpts.items) // 400)]])
    net = Network(sample.mean(0), sample.std(0) + 0.1, channels=a.channels, dropout=a.dropout)
    if a.widen and not a.checkpoint.exists():
        net.load_state_dict(widened(torch.load(a.widen, weights_only=True)["average"], a.channels))
    if a.start and not a.checkpoint.exists():
        from weights import numbers_in, rounded

        with torch.no_grad():
            rounded(net, numbers_in(a.start))
    optimizer = torch.optim.AdamW(net.parameters(), lr=a.rate, weight_decay=1e-2)
    average, step = copy.deepcopy(net), 0
    if a.checkpoint.exists():
        saved = torch.load(a.checkpoint, weights_only=True)
        net.load_state_dict(saved["net"])
        average.load_state_dict(saved["average"])
        optimizer.load_state_dict(saved["optimizer"])
        step = saved["step"]
    begun, running, looked = time.monotonic(), None, time.monotonic()
    for x, y, weight in batches(excerpts, step, a.steps):
        if time.monotonic() - begun > a.minutes * 60:
            break
        for group_ in optimizer.param_groups:
            warm = min(1, (step + 1) / 200)
            group_["lr"] = a.rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / a.steps)))
        net.train()
        loss = loss_of(net(x), y, weight)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        step += 1
        with torch.no_grad():
            decay = min(AVERAGING, (step + 1) / (step + 10))
            for old, new in zip(average.state_dict().values(), net.state_dict().values()):
                old.mul_(decay).add_(new, alpha=1 - decay) if old.dtype.is_floating_point else old.copy_(new)
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        if step % 100 == 0:
            count = excerpts.refresh() if time.monotonic() - looked > 120 else len(excerpts.items)
            print(f"step {step} loss {running:.4f} {(time.monotonic() - begun) / 60:.1f} min {count} excerpts", flush=True)
        if step % 500 == 0 or step == a.steps:
            save(a.checkpoint, net, average, optimizer, step)
    save(a.checkpoint, net, average, optimizer, step)
    print(f"step {step} of {a.steps}", flush=True)


def save(path: Path, net, average, optimizer, step: int) -> None:
    partial = path.with_suffix(".part")
    torch.save({"net": net.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(),
                "step": step}, partial)
    partial.rename(path)


if __name__ == "__main__":
    main()
