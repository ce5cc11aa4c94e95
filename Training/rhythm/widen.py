"""A wider network that computes what a narrower one does (Chen, Goodfellow & Shlens 2016, "Net2Net").

Some channels are doubled, and what reads them reads each of a pair with half the weight. A little noise on the weights parts the
two, so that training can make different things of them.
"""

import torch

NOISE = 0.03


def widened(state: dict, channels: int) -> dict:
    """The state of a network of `channels`, from the state of one with fewer."""
    narrow = len(state["entry.bias"])

    def doubled() -> torch.Tensor:
        """Which channel of the narrow network each of the wide one is."""
        return torch.cat([torch.arange(narrow), torch.randperm(narrow)[: channels - narrow]])

    def shares(origin: torch.Tensor) -> torch.Tensor:
        return 1 / torch.bincount(origin, minlength=narrow).float()[origin]

    def noisy(weight: torch.Tensor) -> torch.Tensor:
        return weight * (1 + NOISE * torch.randn_like(weight))

    stream = doubled()
    inner: dict[str, torch.Tensor] = {}
    result = {}
    for name, value in state.items():
        block = ".".join(name.split(".")[:2])
        if name.startswith("blocks."):
            inner.setdefault(block, doubled())
        if name in ("mean", "deviation", "exit.bias") or not value.dim():
            result[name] = value
        elif name == "entry.weight":
            result[name] = noisy(value[stream])
        elif name == "exit.weight":
            result[name] = value[:, stream] * shares(stream)[None, :, None]
        elif name.endswith("conv.weight"):
            result[name] = noisy(value[inner[block]][:, stream] * shares(stream)[None, :, None])
        elif name.endswith("point.weight"):
            result[name] = noisy(value[stream][:, inner[block]] * shares(inner[block])[None, :, None])
        elif name.startswith("entry") or name.endswith("point.bias"):
            result[name] = value[stream]
        else:
            result[name] = value[inner[block]]
    return result
