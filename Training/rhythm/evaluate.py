"""Figures of a checkpoint: `evaluate.py CHECKPOINT DECODER [--held-out STEMS FEATURES] FOLDER...`.

Each folder holds recordings with truth beside them. The network runs here, the decoder is the product's own (`RhythmDecoding` of
`tools`). mir_eval, 70 ms, first two seconds left out, as everywhere.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import mir_eval
import numpy as np
import soundfile
import torch
from features import RATE, features
from network import Network
from scipy.signal import resample_poly
from train import is_held_out

MEASURES = ["F", "CMLt", "AMLt", "downbeat F", "tempo", "bias ms", "hits"]


def load(checkpoint: Path) -> Network:
    saved = torch.load(checkpoint, weights_only=True)
    net = Network(channels=len(saved["average"]["entry.bias"]))
    net.load_state_dict(saved["average"])
    return net.eval()


def sound(file: Path) -> np.ndarray:
    samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    samples = samples.mean(1)
    return resample_poly(samples, RATE, rate) if rate != RATE else samples


def logits(net: Network, values: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return net(torch.from_numpy(np.ascontiguousarray(values, np.float32))[None])[0].numpy()


def decode(decoder: Path, found: dict) -> dict:
    """Beats of each excerpt's logits."""
    with tempfile.TemporaryDirectory() as folder:
        for name, values in found.items():
            values.astype("<f4").tofile(f"{folder}/{name}.logits")
        lines = subprocess.run([decoder, *(f"{folder}/{name}.logits" for name in found)], check=True, capture_output=True,
                               text=True).stdout
    return {line["name"]: line for line in map(json.loads, lines.splitlines())}


def scored(times) -> np.ndarray:
    times = np.array(sorted(times), float)
    return times[times >= 2]


def score(truth: dict, found: dict) -> list:
    reference, beats = scored(truth["beats"]), scored(found["beats"])
    f = mir_eval.beat.f_measure(reference, beats) if len(beats) > 1 else 0.0
    _, cmlt, _, amlt = mir_eval.beat.continuity(reference, beats) if len(beats) > 2 else (0, 0, 0, 0)
    bars = np.nan
    if truth["downbeats"]:
        down = scored(found["downbeats"])
        bars = mir_eval.beat.f_measure(scored(truth["downbeats"]), down) if len(down) > 1 else 0.0
    tempo = float(abs(found["tempo"] / (60 / np.median(np.diff(truth["beats"]))) - 1) < 0.04)
    errors = [beats[np.argmin(np.abs(beats - t))] - t for t in reference] if len(beats) else []
    errors = [e for e in errors if abs(e) < 0.07]
    return [f, cmlt, amlt, bars, tempo, 1000 * float(np.median(errors)) if errors else np.nan, len(errors) / max(1, len(reference))]


def report(name: str, truths: dict, found: dict, each: bool) -> None:
    rows = {key: score(truths[key], found[key]) for key in truths}
    if each:
        for key, row in rows.items():
            print(f"  {key:30}", *(f"{v:7.3f}" for v in row), truths[key].get("style"), truths[key].get("feel"), truths[key]["meter"],
                  round(truths[key]["tempo_bpm"], 1), round(found[key]["tempo"], 1))
    print(f"{name:14} {len(rows):4}", *(f"{m} {v:.3f}" for m, v in zip(MEASURES, np.nanmean(np.array(list(rows.values())), 0))), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("decoder", type=Path)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--held-out", type=Path, nargs=2)
    parser.add_argument("--each", action="store_true")
    a = parser.parse_args()
    torch.set_num_threads(2)
    net = load(a.checkpoint)
    for folder in a.folders:
        truths, found = {}, {}
        for file in sorted(folder.glob("*.json")):
            recording = next(f for f in (file.with_suffix(s) for s in (".flac", ".wav")) if f.exists())
            truths[file.stem] = json.loads(file.read_text())
            found[file.stem] = logits(net, features(sound(recording)))
        report(folder.name, truths, decode(a.decoder, found), a.each)
    if a.held_out:
        stems, kept = a.held_out
        groups = {}
        for file in sorted(kept.glob("*.0.npz")):
            name = file.name.split(".")[0]
            if name.split("_")[0] in ("negative", "machine"):
                continue
            truth = json.loads((stems / f"{name}.json").read_text())
            if is_held_out(truth, name):
                groups.setdefault(f"unseen {truth['source']}", {})[name] = (truth, logits(net, np.load(file)["features"]))
        for group, items in groups.items():
            found = decode(a.decoder, {name: values for name, (_, values) in items.items()})
            report(group, {name: truth for name, (truth, _) in items.items()}, found, a.each)


if __name__ == "__main__":
    main()
