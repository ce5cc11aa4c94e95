"""Writes the encoder of Whisper weights as an OpenVINO intermediate representation, version 11: XML and weights.

The graph is that of Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision" (2023), 2.2: two convolutions,
sinusoidal positions, pre-norm transformer blocks, a norm. Input `[1][mels][2 · frames]`, output `[1][frames][state]`; frames are not
fixed, at most `n_audio_ctx`. Weights stay float16, as they lie in the file. Standard library only.
"""

import struct
from xml.sax.saxutils import quoteattr

from ctranslate2 import FLOAT16

EPSILON = 1e-5
# Input and output ports of a layer share one numbering, inputs first.
PRECISIONS = {"f32": "FP32", "f16": "FP16", "i64": "I64"}


class Graph:
    """Layers and edges, and the bytes of their constants."""

    def __init__(self):
        self.layers, self.edges, self.weights = [], [], bytearray()

    def layer(self, kind, inputs, output, precision="f32", opset="opset1", name=None, **attributes):
        """Adds a layer with one output of this shape (-1: not fixed); returns what `inputs` of others name it by."""
        number = len(self.layers)
        text = [f'<layer id="{number}" name={quoteattr(name or f"{kind}_{number}")} type="{kind}" version="{opset}">']
        if attributes:
            text.append("<data " + " ".join(f"{key}={quoteattr(str(value))}" for key, value in attributes.items()) + "/>")
        if inputs:
            text.append("<input>")
            for port, (source, source_port, its_precision, its_shape) in enumerate(inputs):
                text.append(port_text(port, its_precision, its_shape))
                self.edges.append(f'<edge from-layer="{source}" from-port="{source_port}" to-layer="{number}" to-port="{port}"/>')
            text.append("</input>")
        if output is not None:
            text.append(f"<output>{port_text(len(inputs), precision, output)}</output>")
        text.append("</layer>")
        self.layers.append("".join(text))
        return number, len(inputs), precision, output

    def constant(self, data, shape, precision):
        """Data of the file as it lies there, each at a multiple of 64 bytes."""
        self.weights += b"\0" * (-len(self.weights) % 64)
        offset = len(self.weights)
        self.weights += data
        return self.layer("Const", [], shape, precision, element_type=precision, shape=",".join(map(str, shape)),
                          offset=offset, size=len(data))

    def numbers(self, *values, shape=None):
        return self.constant(struct.pack(f"<{len(values)}q", *values), (len(values),) if shape is None else shape, "i64")

    def tensor(self, tensor, shape=None):
        """Weights, converted to float32 when the model is compiled."""
        shape = shape or tensor.shape
        if tensor.type != FLOAT16:
            raise ValueError("float16 weights expected")
        return self.layer("Convert", [self.constant(bytes(tensor.data), shape, "f16")], shape, destination_type="f32")

    def xml(self, name):
        return (f'<?xml version="1.0"?><net name="{name}" version="11"><layers>{"".join(self.layers)}</layers>'
                f'<edges>{"".join(self.edges)}</edges><rt_info/></net>')


def port_text(number, precision, shape):
    return (f'<port id="{number}" precision="{PRECISIONS[precision]}">' + "".join(f"<dim>{size}</dim>" for size in shape)
            + "</port>")


class Encoder:
    def __init__(self, dimensions, tensors):
        self.graph, self.tensors = Graph(), dict(tensors)
        self.heads, self.state = dimensions["n_audio_head"], dimensions["n_audio_state"]
        self.mels, self.blocks = dimensions["n_mels"], dimensions["n_audio_layer"]

    def build(self):
        graph, state = self.graph, self.state
        mel = graph.layer("Parameter", [], (1, self.mels, -1), name="mel", shape=f"1,{self.mels},?", element_type="f32")
        x = self.convolution(mel, "encoder.conv1", 1)
        x = self.convolution(x, "encoder.conv2", 2)
        x = graph.layer("Transpose", [x, graph.numbers(0, 2, 1)], (1, -1, state))
        x = self.add(x, self.positions(x), (1, -1, state))
        for block in range(self.blocks):
            x = self.block(x, f"encoder.blocks.{block}")
        graph.layer("Result", [self.norm(x, "encoder.ln_post")], None, name="frames")
        return graph

    def add(self, a, b, shape):
        return self.graph.layer("Add", [a, b], shape, auto_broadcast="numpy")

    def convolution(self, x, name, stride):
        weight = self.tensors[f"{name}.weight"]
        shape = (1, self.state, -1)
        x = self.graph.layer("Convolution", [x, self.graph.tensor(weight)], shape, strides=stride, dilations=1, pads_begin=1,
                             pads_end=1, auto_pad="explicit")
        x = self.add(x, self.graph.tensor(self.tensors[f"{name}.bias"], (1, self.state, 1)), shape)
        return self.gelu(x, shape)

    def gelu(self, x, shape):
        return self.graph.layer("Gelu", [x], shape, opset="opset7", approximation_mode="ERF")

    def positions(self, x):
        """The first rows of the table, as many as there are frames."""
        graph = self.graph
        shape = graph.layer("ShapeOf", [x], (3,), "i64", opset="opset3", output_type="i64")
        count = graph.layer("Gather", [shape, graph.numbers(1), graph.numbers(0, shape=())], (1,), "i64", opset="opset8", batch_dims=0)
        table = graph.tensor(self.tensors["encoder.positional_embedding"])
        rows = graph.layer("Slice", [table, graph.numbers(0), count, graph.numbers(1), graph.numbers(0)], (-1, self.state), opset="opset8")
        return graph.layer("Unsqueeze", [rows, graph.numbers(0)], (1, -1, self.state))

    def norm(self, x, name):
        graph, shape = self.graph, (1, -1, self.state)
        x = graph.layer("MVN", [x, graph.numbers(-1)], shape, opset="opset6", normalize_variance="true", eps=EPSILON,
                        eps_mode="INSIDE_SQRT")
        x = graph.layer("Multiply", [x, self.row(f"{name}.weight")], shape, auto_broadcast="numpy")
        return self.add(x, self.row(f"{name}.bias"), shape)

    def row(self, name):
        return self.graph.tensor(self.tensors[name], (1, 1, self.tensors[name].shape[0]))

    def linear(self, x, name):
        weight = self.tensors[f"{name}.weight"]
        shape = (1, -1, weight.shape[0])
        x = self.graph.layer("MatMul", [x, self.graph.tensor(weight)], shape, transpose_a="false", transpose_b="true")
        return self.add(x, self.row(f"{name}.bias"), shape) if f"{name}.bias" in self.tensors else x

    def block(self, x, name):
        shape = (1, -1, self.state)
        x = self.add(x, self.attention(self.norm(x, f"{name}.attn_ln"), f"{name}.attn"), shape)
        inner = self.linear(self.norm(x, f"{name}.mlp_ln"), f"{name}.mlp.0")
        inner = self.gelu(inner, (1, -1, self.tensors[f"{name}.mlp.0.weight"].shape[0]))
        return self.add(x, self.linear(inner, f"{name}.mlp.2"), shape)

    def attention(self, x, name):
        graph, width = self.graph, self.state // self.heads
        query, key, value = (self.split(self.linear(x, f"{name}.{part}")) for part in ("query", "key", "value"))
        mixed = graph.layer("ScaledDotProductAttention", [query, key, value], (1, self.heads, -1, width), opset="opset13", causal="false")
        mixed = graph.layer("Transpose", [mixed, graph.numbers(0, 2, 1, 3)], (1, -1, self.heads, width))
        mixed = graph.layer("Reshape", [mixed, graph.numbers(0, 0, self.state)], (1, -1, self.state), special_zero="true")
        return self.linear(mixed, f"{name}.out")

    def split(self, x):
        """`[1][frames][state]` to `[1][heads][frames][state / heads]`."""
        graph, width = self.graph, self.state // self.heads
        x = graph.layer("Reshape", [x, graph.numbers(0, 0, self.heads, width)], (1, -1, self.heads, width), special_zero="true")
        return graph.layer("Transpose", [x, graph.numbers(0, 2, 1, 3)], (1, self.heads, -1, width))


def write_encoder(xml_path, weights_path, dimensions, tensors):
    """`tensors`: (OpenAI name, Tensor), as `ctranslate2.openai_tensors` yields them."""
    graph = Encoder(dimensions, tensors).build()
    with open(weights_path, "wb") as file:
        file.write(graph.weights)
    with open(xml_path, "w", encoding="utf-8") as file:
        file.write(graph.xml("whisper-encoder"))
