"""One-shot drum samples of Debian's Hydrogen kits and LMMS, and a sampler that plays General MIDI drum notes with them."""

import re
import xml.etree.ElementTree as ElementTree
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

RATE = 22050
LONGEST = 2.0  # seconds of a sample that are kept

# What a name says about a sound; the first that matches counts.
NAMES = [
    ("rim", r"side.?stick|rim ?click|^stick|stick|sidestick|rim0"), ("clap", r"clap|snap"),
    ("hat_pedal", r"pedal|foot"), ("hat_open", r"(hat|hh|hihat).*(op|semi|free|swish)|(op|semi|free).*(hat|hh)|ohh"),
    ("hat", r"hat|hh|closed"), ("ride", r"ride"), ("crash", r"crash|cymbal|china|splash|cra_"),
    ("snare", r"snare|_sn_|slap"), ("kick", r"kick|bass ?drum|bd|_k_|thump"),
    ("tom_low", r"tom.*(low|floor)|(low|floor).*tom"), ("tom_high", r"tom.*hi|(hi|high).*tom"), ("tom", r"tom"),
    ("cowbell", r"cowbell|agogo|bell"), ("tambourine", r"tambourine"), ("shaker", r"shaker|maraca"),
    ("clave", r"clave|clav|wood"), ("conga", r"conga|bongo|djembe|sangban|dununba|kenkeni|drum"),
]
# General MIDI percussion, by note; then what stands in for a sound that a kit has not.
NOTES = {
    35: "kick", 36: "kick", 37: "rim", 38: "snare", 39: "clap", 40: "snare", 41: "tom_low", 42: "hat", 43: "tom_low",
    44: "hat_pedal", 45: "tom", 46: "hat_open", 47: "tom", 48: "tom_high", 49: "crash", 50: "tom_high", 51: "ride",
    52: "crash", 53: "ride", 54: "tambourine", 55: "crash", 56: "cowbell", 57: "crash", 58: "cowbell", 59: "ride",
    69: "shaker", 70: "shaker", 75: "clave", 76: "clave", 77: "clave", 82: "shaker",
}
SUBSTITUTES = {
    "hat_pedal": "hat", "hat_open": "hat", "tom_low": "tom", "tom_high": "tom", "tambourine": "shaker",
    "crash": "ride", "ride": "hat", "clap": "snare", "rim": "snare", "cowbell": "clave", "conga": "tom",
    "shaker": "hat", "clave": "rim", "hat": "shaker", "tom": "conga",
}


def category(name: str):
    return next((kind for kind, pattern in NAMES if re.search(pattern, name.lower())), None)


def readable(file: Path) -> bool:
    try:
        return soundfile.info(file).frames > 0
    except (soundfile.LibsndfileError, OSError):
        return False


@cache
def library(sources: Path) -> dict:
    """Kits as {kit: {category: [instruments, each a list of files from soft to hard]}}, in a fixed order."""
    kits = {}
    for document in sorted((sources / "usr/share/hydrogen/data/drumkits").glob("*/drumkit.xml")):
        if "Guitar" in str(document):
            continue
        kit = kits.setdefault(document.parent.name, {})
        for element in ElementTree.parse(document).iter():
            if not element.tag.endswith("instrument"):
                continue
            parts = {child.tag.split("}")[-1]: child.text for child in element}
            kind = category(parts.get("name") or "")
            files = [document.parent / child.text for child in element.iter()
                     if child.tag.endswith("filename") and child.text and "empty" not in child.text]
            files = [file for file in files if readable(file)]
            if kind and files:
                kit.setdefault(kind, []).append(files)
    kit = kits.setdefault("LMMS", {})
    for file in sorted((sources / "usr/share/lmms/samples/drums").glob("*.ogg")):
        if (kind := category(file.stem)) and readable(file):
            kit.setdefault(kind, []).append([file])
    return {name: kit for name, kit in kits.items() if kit}


@cache
def sample(file: Path) -> np.ndarray:
    """One sound, mono at RATE, peak 1, without silence before it."""
    samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    samples = resample_poly(samples.mean(1)[: int(rate * LONGEST)], RATE, rate).astype(np.float32)
    peak = np.abs(samples).max(initial=0)
    if peak <= 0:
        return np.zeros(1, np.float32)
    samples /= peak
    start = max(0, int(np.argmax(np.abs(samples) > 0.05)) - int(0.001 * RATE))
    return samples[start:]


class Kit:
    """A kit drawn from the library: mostly one kit, some sounds from others."""

    def __init__(self, rng, sources: Path):
        self.rng, self.kits = rng, library(sources)
        self.main = self.kits[rng.choice([name for name in self.kits if {"kick", "snare", "hat"} <= set(self.kits[name])])]
        self.mixing = rng.choice([0, 0, 0.3, 1])
        self.chosen, self.gains = {}, {}
        self.tuning = rng.choice([1, 1, rng.uniform(0.8, 1.25)])

    def files(self, kind: str) -> list:
        if kind not in self.chosen:
            rng, others = self.rng, [kit for kit in self.kits.values() if kind in kit]
            if kind in self.main and rng.random() >= self.mixing:
                self.chosen[kind] = rng.choice(self.main[kind])
            elif others:
                self.chosen[kind] = rng.choice(rng.choice(others)[kind])
            else:
                self.chosen[kind] = self.files(SUBSTITUTES[kind])
            self.gains[kind] = 10 ** (rng.uniform(-8, 4) / 20) * (0.6 if kind[:3] in ("hat", "rid", "cra", "sha") else 1)
        return self.chosen[kind]

    def play(self, notes: list, seconds: float) -> np.ndarray:
        """Notes (on, off, channel, pitch, velocity); times in seconds. An open hat ends with the next stroke of a hat."""
        mix = np.zeros(int(seconds * RATE), np.float32)
        hats = sorted(note[0] for note in notes if NOTES.get(note[3], "conga")[:3] == "hat")
        for on, _, _, pitch, velocity in notes:
            kind = NOTES.get(pitch, "conga")
            files = self.files(kind)
            sound = sample(files[min(len(files) - 1, int(velocity / 128 * len(files)))])
            if self.tuning != 1:
                index = np.arange(0, len(sound) - 1, self.tuning)
                sound = np.interp(index, np.arange(len(sound)), sound)
            if kind == "hat_open" and (after := [t for t in hats if t > on + 0.03]):
                sound = sound[: max(1, int((after[0] - on) * RATE))]
            start = int(round(on * RATE))
            if 0 <= start < len(mix):
                count = min(len(sound), len(mix) - start)
                mix[start : start + count] += sound[:count] * self.gains[kind] * (velocity / 127) ** 1.5
        return mix
