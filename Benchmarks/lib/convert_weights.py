"""Turns a Whisper model in CTranslate2's format (binary version 6) into the file that openai-whisper loads."""

import struct
import sys
from pathlib import Path

TYPES = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}


def read(path: Path) -> dict:
    """Returns the tensors by CTranslate2's names, as numpy arrays."""
    import numpy as np

    data = path.read_bytes()
    position = 0

    def number(form: str) -> int:
        nonlocal position
        (value,) = struct.unpack_from("<" + form, data, position)
        position += struct.calcsize("<" + form)
        return value

    def text() -> str:
        nonlocal position
        length = number("H")
        value = data[position : position + length]
        position += length
        return value.rstrip(b"\0").decode()

    version, kind = number("I"), text()
    number("I")  # the specification's revision
    if version != 6 or kind != "WhisperSpec":
        raise SystemExit(f"{path}: not a Whisper model of binary version 6")
    tensors = {}
    for _ in range(number("I")):
        name = text()
        shape = tuple(number("I") for _ in range(number("B")))
        code, length = number("B"), number("I")
        tensors[name] = np.frombuffer(data, TYPES[code], length // np.dtype(TYPES[code]).itemsize, position)
        tensors[name] = tensors[name].reshape(shape)
        position += length
    for _ in range(number("I")):
        alias, name = text(), text()
        tensors[alias] = tensors[name]
    return tensors


def layers(tensors: dict, side: str) -> int:
    return sum(1 for name in tensors if name.startswith(f"{side}/layer_") and name.endswith("/ffn/linear_0/weight"))


def state(tensors: dict) -> dict:
    """The tensors by openai-whisper's names. Fused projections are split: rows [query; key; value] and [key; value]."""
    result = {
        "decoder.positional_embedding": tensors["decoder/position_encodings/encodings"],
        "encoder.positional_embedding": tensors["encoder/position_encodings/encodings"],
        "decoder.token_embedding.weight": tensors["decoder/embeddings/weight"],
    }

    def norm(target: str, source: str) -> None:
        result[f"{target}.weight"] = tensors[f"{source}/layer_norm/gamma"]
        result[f"{target}.bias"] = tensors[f"{source}/layer_norm/beta"]

    def linear(target: str, source: str, part: int = 0, parts: int = 1, bias: bool = True) -> None:
        weight = tensors[f"{source}/weight"]
        rows = slice(part * len(weight) // parts, (part + 1) * len(weight) // parts)
        result[f"{target}.weight"] = weight[rows]
        if bias:  # the key's is zero, and openai-whisper has none
            result[f"{target}.bias"] = tensors[f"{source}/bias"][rows]

    for side in ("encoder", "decoder"):
        for index in range(layers(tensors, side)):
            source, target = f"{side}/layer_{index}", f"{side}.blocks.{index}"
            for part, name in enumerate(("query", "key", "value")):
                linear(f"{target}.attn.{name}", f"{source}/self_attention/linear_0", part, 3, name != "key")
            linear(f"{target}.attn.out", f"{source}/self_attention/linear_1")
            norm(f"{target}.attn_ln", f"{source}/self_attention")
            if side == "decoder":
                linear(f"{target}.cross_attn.query", f"{source}/attention/linear_0")
                for part, name in enumerate(("key", "value")):
                    linear(f"{target}.cross_attn.{name}", f"{source}/attention/linear_1", part, 2, name != "key")
                linear(f"{target}.cross_attn.out", f"{source}/attention/linear_2")
                norm(f"{target}.cross_attn_ln", f"{source}/attention")
            linear(f"{target}.mlp.0", f"{source}/ffn/linear_0")
            linear(f"{target}.mlp.2", f"{source}/ffn/linear_1")
            norm(f"{target}.mlp_ln", f"{source}/ffn")
    for name in ("conv1", "conv2"):
        result[f"encoder.{name}.weight"] = tensors[f"encoder/{name}/weight"]
        result[f"encoder.{name}.bias"] = tensors[f"encoder/{name}/bias"]
    norm("encoder.ln_post", "encoder")
    norm("decoder.ln", "decoder")
    return result


def dimensions(tensors: dict) -> dict:
    vocabulary, width = tensors["decoder/embeddings/weight"].shape
    sides = dict(audio="encoder", text="decoder")
    result = dict(n_mels=tensors["encoder/conv1/weight"].shape[1], n_vocab=vocabulary)
    for name, side in sides.items():
        result[f"n_{name}_ctx"] = len(tensors[f"{side}/position_encodings/encodings"])
        result[f"n_{name}_state"] = width
        result[f"n_{name}_head"] = int(tensors[f"{side}/num_heads"])
        result[f"n_{name}_layer"] = layers(tensors, side)
    return result


def convert(source: Path, target: Path) -> None:
    import numpy as np
    import torch

    tensors = read(source)
    weights = {name: torch.from_numpy(value.astype(np.float32)) for name, value in state(tensors).items()}
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    torch.save(dict(dims=dimensions(tensors), model_state_dict=weights), partial)
    partial.rename(target)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
