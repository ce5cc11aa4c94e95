"""The rhythm network: a temporal convolutional network over log spectra, beat and downbeat logits out.

An entry of three taps, then residual blocks `x + point(relu(norm(conv(x))))` of three dilated taps (Davies & Böck 2019, "Temporal
convolutional networks for musical audio beat tracking"). Norms fold into the convolutions before the weights are written.
"""

import numpy as np
import torch
from features import BANDS
from torch import nn

# Of the product; a narrower network is trained first and widened (`widen.py`).
CHANNELS = 80
DILATIONS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 4, 16, 64, 256]


class Block(nn.Module):
    def __init__(self, channels: int, dilation: int, dropout: float):
        super().__init__()
        self.conv = nn.Conv1d(channels, channels, 3, dilation=dilation, padding=dilation)
        self.norm = nn.BatchNorm1d(channels)
        self.drop = nn.Dropout1d(dropout)
        self.point = nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        return x + self.point(self.drop(torch.relu(self.norm(self.conv(x)))))


class Network(nn.Module):
    def __init__(self, mean=None, deviation=None, dropout: float = 0.1, channels: int = CHANNELS):
        super().__init__()
        self.register_buffer("mean", torch.zeros(BANDS) if mean is None else torch.as_tensor(mean))
        self.register_buffer("deviation", torch.ones(BANDS) if deviation is None else torch.as_tensor(deviation))
        self.entry = nn.Conv1d(BANDS, channels, 3, padding=1)
        self.entry_norm = nn.BatchNorm1d(channels)
        self.blocks = nn.ModuleList(Block(channels, d, dropout) for d in DILATIONS)
        self.exit = nn.Conv1d(channels, 2, 1)

    def forward(self, x):
        """`[batch][frames][BANDS]` to logits `[batch][frames][2]`: beat, downbeat."""
        x = (x - self.mean) / self.deviation
        x = torch.relu(self.entry_norm(self.entry(x.transpose(1, 2))))
        for block in self.blocks:
            x = block(x)
        return self.exit(torch.relu(x)).transpose(1, 2)


def folded(conv: nn.Conv1d, norm: nn.BatchNorm1d):
    """Weights `[taps · inputs][outputs]` and biases of a convolution with its norm."""
    scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach()
    weight = conv.weight.detach() * scale[:, None, None]
    bias = (conv.bias.detach() - norm.running_mean) * scale + norm.bias.detach()
    return flat(weight), bias.numpy()


def flat(weight: torch.Tensor) -> np.ndarray:
    """`[outputs][inputs][taps]` to `[taps · inputs][outputs]`."""
    return weight.detach().permute(2, 1, 0).reshape(-1, weight.shape[0]).numpy()


def layers(net: Network) -> list:
    """What the product computes, in order: (weights, biases) of the entry, of each block's two layers, of the exit.

    The features' mean stays apart, as zeros beyond the ends of a recording stand for the mean.
    """
    net.eval()
    weights, biases = folded(net.entry, net.entry_norm)
    found = [(weights, biases)]
    for block in net.blocks:
        found += [folded(block.conv, block.norm), (flat(block.point.weight), block.point.bias.detach().numpy())]
    return found + [(flat(net.exit.weight), net.exit.bias.detach().numpy())]
