"""Writes Whisper weights as a ggml file, which Cueline and whisper.cpp 1.8 read. Standard library only.

The file: magic, hyperparameters, mel filter bank, vocabulary, then the tensors with their dimensions innermost first.
Matrices and convolutions stay float16; vectors and positional embeddings become float32, as whisper.cpp expects.
"""

import array
import math
import struct
import sys

from ctranslate2 import FLOAT16, FLOAT32

MAGIC = 0x67676D6C
FILE_TYPE_FLOAT16 = 1
SAMPLE_RATE, FFT_LENGTH = 16000, 400
FREQUENCY_BINS = FFT_LENGTH // 2 + 1


def write_model(file, hyperparameters, vocabulary, tensors):
    """`vocabulary`: token texts in GPT-2's byte alphabet, special tokens last. `tensors`: (OpenAI name, Tensor)."""
    write_integers(file, MAGIC, *hyperparameters.values(), FILE_TYPE_FLOAT16)
    mels = hyperparameters["n_mels"]
    write_integers(file, mels, FREQUENCY_BINS)
    for filter_row in mel_filter_bank(mels):
        file.write(struct.pack(f"<{FREQUENCY_BINS}f", *filter_row))
    # Only the plain tokens are stored: whisper.cpp makes up the special ones, which begin at end-of-text.
    plain = vocabulary[: vocabulary.index("<|endoftext|>")]
    alphabet = byte_alphabet()
    write_integers(file, len(plain))
    for text in plain:
        token = bytes(alphabet[character] for character in text)
        write_integers(file, len(token))
        file.write(token)
    for name, tensor in tensors:
        write_tensor(file, name, tensor)


def write_tensor(file, name, tensor):
    shape = tensor.shape
    if name in ("encoder.conv1.bias", "encoder.conv2.bias"):
        shape = (shape[0], 1)  # added to [channels][frames]
    keeps_float16 = len(tensor.shape) >= 2 and "positional_embedding" not in name
    if keeps_float16 and tensor.type != FLOAT16:
        raise ValueError(f"{name}: float16 weights expected, CTranslate2 type {tensor.type} found")
    encoded = name.encode("utf-8")
    write_integers(file, len(shape), len(encoded), 1 if keeps_float16 else 0, *reversed(shape))
    file.write(encoded)
    file.write(tensor.data if keeps_float16 else float32_bytes(tensor))


def write_integers(file, *values):
    file.write(struct.pack(f"<{len(values)}i", *values))


def float32_bytes(tensor):
    if tensor.type == FLOAT32:
        return tensor.data
    values = array.array("f", tensor.values())
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def byte_alphabet():
    """GPT-2's reversible map of bytes to printable characters: character to byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    alphabet = {chr(byte): byte for byte in printable}
    others = (byte for byte in range(256) if byte not in printable)
    alphabet.update({chr(256 + index): byte for index, byte in enumerate(others)})
    return alphabet


def mel_filter_bank(mels):
    """Triangles on Slaney's mel scale (Auditory Toolbox, 1998), each of unit area; [mels][frequency bins].

    Rounded as librosa rounds it, to float32 before and after the scaling: OpenAI's own filters came from there.
    """
    top = mel_of(SAMPLE_RATE / 2)
    step = top / (mels + 1)
    edges = [hertz_of(step * index if index <= mels else top) for index in range(mels + 2)]
    frequencies = [index * (1.0 / (FFT_LENGTH / SAMPLE_RATE)) for index in range(FREQUENCY_BINS)]
    return [
        [round_to_float32(weight * (2.0 / (high - low))) for weight in triangle(low, middle, high, frequencies)]
        for low, middle, high in zip(edges, edges[1:], edges[2:])
    ]


def triangle(low, middle, high, frequencies):
    for frequency in frequencies:
        rising = -(low - frequency) / (middle - low)
        falling = (high - frequency) / (high - middle)
        yield round_to_float32(max(0.0, min(rising, falling)))


# Slaney's scale: linear to 1 kHz (200/3 Hz a mel), then logarithmic, 27 mels for a factor of 6.4.
LINEAR_HERTZ_PER_MEL = 200.0 / 3
BREAK_HERTZ = 1000.0
BREAK_MEL = BREAK_HERTZ / LINEAR_HERTZ_PER_MEL
LOGARITHMIC_STEP = math.log(6.4) / 27.0


def mel_of(hertz):
    if hertz < BREAK_HERTZ:
        return hertz / LINEAR_HERTZ_PER_MEL
    return BREAK_MEL + math.log(hertz / BREAK_HERTZ) / LOGARITHMIC_STEP


def hertz_of(mel):
    if mel < BREAK_MEL:
        return mel * LINEAR_HERTZ_PER_MEL
    return BREAK_HERTZ * math.exp(LOGARITHMIC_STEP * (mel - BREAK_MEL))


def round_to_float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]
