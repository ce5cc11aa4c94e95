#!/usr/bin/env python3
"""Turns Resemblyzer's voice encoder, as it lies in the wheel, into the flat file that Cueline reads.

usage: convert_speaker_encoder.py OUTPUT.bin WHEEL

`pretrained.pt` is in torch's format from before version 1.6: five pickles (magic number, protocol, byte order, objects,
keys of the storages), then each storage as a count and raw numbers. The pickles are read with nothing allowed in them
but tensors and plain values. Same wheel, same bytes. Standard library only.

The file, little-endian: `CUELSPKR`, then uint32 version, mel bands, hidden units, layers, embedding size, then float32
weights in the order of `order()`, each as torch has it: `[4 · hidden][inputs]` with the gates input, forget, cell, output.
"""

import math
import pickle
import struct
import sys
import zipfile
from collections import OrderedDict
from typing import NamedTuple

MEMBER = "resemblyzer/pretrained.pt"
MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
BANDS, HIDDEN, LAYERS, EMBEDDING = 40, 256, 3, 256
ITEM_SIZES = {"FloatStorage": 4, "LongStorage": 8}


class Storage(NamedTuple):
    key: str
    item_size: int


class Tensor(NamedTuple):
    storage: Storage
    offset: int
    shape: tuple
    strides: tuple


class Reader(pickle.Unpickler):
    """Knows tensors and plain values; any other class in the file is an error."""

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        if module == "torch._utils" and name == "_rebuild_tensor_v2":
            return lambda storage, offset, shape, strides, *_: Tensor(storage, offset, shape, strides)
        if module == "torch" and name in ITEM_SIZES:
            return ITEM_SIZES[name]
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        raise pickle.UnpicklingError(f"{module}.{name} in the weights")

    def persistent_load(self, identifier):
        kind, item_size, key, *_ = identifier
        if kind != "storage":
            raise pickle.UnpicklingError(f"{kind} in the weights")
        self.storages[key] = Storage(key, item_size)
        return self.storages[key]


def read_tensors(file):
    """The model's tensors by name: shape and bytes in row order."""
    if Reader(file).load() != MAGIC_NUMBER:
        raise ValueError("not a file of torch before 1.6")
    Reader(file).load()  # protocol version
    if not Reader(file).load()["little_endian"]:
        raise ValueError("big-endian weights")
    reader = Reader(file)
    tensors = reader.load()["model_state"]
    data = {}
    for key in Reader(file).load():
        (count,) = struct.unpack("<q", file.read(8))
        data[key] = file.read(count * reader.storages[key].item_size)
    result = {}
    for name, tensor in tensors.items():
        count, strides = 1, []
        for size in reversed(tensor.shape):
            strides.insert(0, count)
            count *= size
        if tuple(strides) != tuple(tensor.strides) or tensor.storage.item_size != 4:
            raise ValueError(f"{name} is not float32 in row order")
        result[name] = tensor.shape, data[tensor.storage.key][4 * tensor.offset : 4 * (tensor.offset + count)]
    return result


def order():
    """Names and shapes in the order of the file."""
    for layer in range(LAYERS):
        yield f"lstm.weight_ih_l{layer}", (4 * HIDDEN, BANDS if layer == 0 else HIDDEN)
        yield f"lstm.weight_hh_l{layer}", (4 * HIDDEN, HIDDEN)
        yield f"lstm.bias_ih_l{layer}", (4 * HIDDEN,)
        yield f"lstm.bias_hh_l{layer}", (4 * HIDDEN,)
    yield "linear.weight", (EMBEDDING, HIDDEN)
    yield "linear.bias", (EMBEDDING,)


def main(output, wheel):
    with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as file:
        tensors = read_tensors(file)
    with open(output, "wb") as file:
        file.write(b"CUELSPKR" + struct.pack("<5I", 1, BANDS, HIDDEN, LAYERS, EMBEDDING))
        for name, shape in order():
            found, data = tensors[name]
            if tuple(found) != shape or len(data) != 4 * math.prod(shape):
                raise ValueError(f"{name} has the shape {found}, not {shape}")
            file.write(data)
        print(f"{output}: {file.tell()} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
