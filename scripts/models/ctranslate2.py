"""Reads Whisper weights in CTranslate2's `model.bin` (binary version 6, WhisperSpec), from its file format.

Standard library only. A tensor's data stays a view of the bytes as they lie in the file: row-major, little-endian.
"""

import struct
from typing import NamedTuple

# CTranslate2's data type numbers, as struct format characters.
TYPE_FORMATS = {0: "f", 1: "b", 2: "h", 3: "i", 4: "e"}
FLOAT32, FLOAT16 = 0, 4


class Tensor(NamedTuple):
    shape: tuple
    type: int
    data: memoryview

    def rows(self, begin, end):
        """Rows begin..<end of the first dimension."""
        stride = len(self.data) // self.shape[0]
        return Tensor((end - begin, *self.shape[1:]), self.type, self.data[begin * stride : end * stride])

    def values(self):
        form = TYPE_FORMATS[self.type]
        return struct.unpack(f"<{len(self.data) // struct.calcsize('<' + form)}{form}", self.data)


class Reader:
    def __init__(self, buffer):
        self.buffer, self.position = memoryview(buffer), 0

    def take(self, count):
        begin, self.position = self.position, self.position + count
        if self.position > len(self.buffer):
            raise ValueError("model.bin ends too early")
        return self.buffer[begin : self.position]

    def number(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0]

    def string(self):
        return bytes(self.take(self.number("H"))).rstrip(b"\0").decode("utf-8")


def read_tensors(buffer):
    """The tensors of a model.bin by CTranslate2's name, aliases included."""
    reader = Reader(buffer)
    version, specification = reader.number("I"), None
    if version == 6:
        specification = reader.string()
    if specification != "WhisperSpec":
        raise ValueError(f"not a CTranslate2 Whisper model of binary version 6 (version {version}, {specification})")
    reader.number("I")  # revision of the specification
    tensors = {}
    for _ in range(reader.number("I")):
        name = reader.string()
        shape = tuple(reader.number("I") for _ in range(reader.number("B")))
        kind = reader.number("B")
        tensors[name] = Tensor(shape, kind, reader.take(reader.number("I")))
    for _ in range(reader.number("I")):
        alias = reader.string()
        tensors[alias] = tensors[reader.string()]
    if reader.position != len(reader.buffer):
        raise ValueError("bytes are left over at the end of model.bin")
    return tensors


def layer_count(tensors, side):
    count = 0
    while f"{side}/layer_{count}/ffn/linear_0/weight" in tensors:
        count += 1
    return count


def hyperparameters(tensors):
    """The network's dimensions, in the order in which ggml's file header has them."""
    return {
        "n_vocab": tensors["decoder/embeddings/weight"].shape[0],
        "n_audio_ctx": tensors["encoder/position_encodings/encodings"].shape[0],
        "n_audio_state": tensors["encoder/conv1/weight"].shape[0],
        "n_audio_head": tensors["encoder/num_heads"].values()[0],
        "n_audio_layer": layer_count(tensors, "encoder"),
        "n_text_ctx": tensors["decoder/position_encodings/encodings"].shape[0],
        "n_text_state": tensors["decoder/embeddings/weight"].shape[1],
        "n_text_head": tensors["decoder/num_heads"].values()[0],
        "n_text_layer": layer_count(tensors, "decoder"),
        "n_mels": tensors["encoder/conv1/weight"].shape[1],
    }


def openai_tensors(tensors):
    """Yields (name, tensor) with OpenAI's names, in the order in which they are written."""
    yield "decoder.positional_embedding", tensors["decoder/position_encodings/encodings"]
    yield "encoder.positional_embedding", tensors["encoder/position_encodings/encodings"]
    yield "decoder.token_embedding.weight", tensors["decoder/embeddings/weight"]
    for side in ("encoder", "decoder"):
        for layer in range(layer_count(tensors, side)):
            yield from layer_tensors(tensors, f"{side}/layer_{layer}", f"{side}.blocks.{layer}", side == "decoder")
    for convolution in ("conv1", "conv2"):
        yield from linear(tensors, f"encoder/{convolution}", f"encoder.{convolution}")
    yield from norm(tensors, "encoder/layer_norm", "encoder.ln_post")
    yield from norm(tensors, "decoder/layer_norm", "decoder.ln")


def layer_tensors(tensors, source, target, has_cross_attention):
    # Self-attention: the rows of linear_0 are [query; key; value]; the key's bias is zero, and OpenAI has none.
    weight, bias = (tensors[f"{source}/self_attention/linear_0/{part}"] for part in ("weight", "bias"))
    for index, name in enumerate(("query", "key", "value")):
        yield from split(weight, bias, index, 3, f"{target}.attn.{name}")
    yield from linear(tensors, f"{source}/self_attention/linear_1", f"{target}.attn.out")
    yield from norm(tensors, f"{source}/self_attention/layer_norm", f"{target}.attn_ln")
    if has_cross_attention:
        # Cross-attention: linear_0 is the query, linear_1's rows are [key; value].
        yield from linear(tensors, f"{source}/attention/linear_0", f"{target}.cross_attn.query")
        weight, bias = (tensors[f"{source}/attention/linear_1/{part}"] for part in ("weight", "bias"))
        for index, name in enumerate(("key", "value")):
            yield from split(weight, bias, index, 2, f"{target}.cross_attn.{name}")
        yield from linear(tensors, f"{source}/attention/linear_2", f"{target}.cross_attn.out")
        yield from norm(tensors, f"{source}/attention/layer_norm", f"{target}.cross_attn_ln")
    yield from linear(tensors, f"{source}/ffn/linear_0", f"{target}.mlp.0")
    yield from linear(tensors, f"{source}/ffn/linear_1", f"{target}.mlp.2")
    yield from norm(tensors, f"{source}/ffn/layer_norm", f"{target}.mlp_ln")


def split(weight, bias, index, parts, target):
    size = weight.shape[0] // parts
    yield f"{target}.weight", weight.rows(index * size, (index + 1) * size)
    if not target.endswith(".key"):
        yield f"{target}.bias", bias.rows(index * size, (index + 1) * size)


def linear(tensors, source, target):
    yield f"{target}.weight", tensors[f"{source}/weight"]
    yield f"{target}.bias", tensors[f"{source}/bias"]


def norm(tensors, source, target):
    yield f"{target}.weight", tensors[f"{source}/gamma"]
    yield f"{target}.bias", tensors[f"{source}/beta"]
