"""The network of a run as a module of PyTorch. Imported only when PyTorch is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn


class _Reshape(nn.Module):
    """Samples with or without their axes, as the network has them."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.reshape(len(x), *self.shape)

    def extra_repr(self) -> str:
        return ", ".join(map(str, self.shape))


class DyadGraph(nn.Module):
    """A network whose populations are reached from several others: what arrives is added."""

    def __init__(self, ways: list[tuple[int, int, nn.Module]], behind: list[nn.Module]) -> None:
        super().__init__()
        self.ends = [(source, target) for source, target, _ in ways]
        self.ways = nn.ModuleList([way for _, _, way in ways])
        #: What each population does with what arrives.
        self.behind = nn.ModuleList(behind)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states = {0: self.behind[0](x)}
        for k in range(1, len(self.behind)):
            arriving = [way(states[source]) for (source, target), way in zip(self.ends, self.ways) if target == k]
            states[k] = self.behind[k](torch.stack(arriving).sum(0) if len(arriving) > 1 else arriving[0])
        return states[len(self.behind) - 1]


def module_of(graph: Mapping[str, Any], weights: Mapping[int, tuple[Any, Any]], activation: Any) -> nn.Module:
    """A Sequential of a chain, else a :class:`DyadGraph`. ``weights`` are (weight, bias) by projection, from 1."""
    populations, projections = graph["populations"], graph["projections"]
    last = len(populations) - 1
    arriving = [[own for own in projections if own["to"] == k] for k in range(last + 1)]
    leaving = [own for own in projections if own["from"] == 0]
    # Where units have no places a tensor is (sample, unit).
    is_flat = [all(_inner(own["map"]) == "dense" and own["map"] == "dense" for own in leaving)]
    is_flat += [all(_inner(own["map"]) == "dense" for own in found) for found in arriving[1:]]
    ways = []
    for k, own in enumerate(projections, 1):
        layers = _map(own["map"], weights.get(k), is_flat[own["from"]])
        if own.get("max_pool") is not None:
            layers.append(_pool(own["max_pool"], nn.MaxPool2d))
        ways.append((own["from"], own["to"], layers))
    start: nn.Module = nn.Flatten() if is_flat[0] else _Reshape(*populations[0]["shape"])
    behind: list[list[nn.Module]] = [[start], *(_activation(activation) for _ in range(last - 1)), []]
    if [(source, target) for source, target, _ in ways] == [(k, k + 1) for k in range(last)]:
        chain = [start]
        for (_, target, layers) in ways:
            chain += [*layers, *behind[target]]
        return nn.Sequential(*chain).eval()
    joined = [(source, target, nn.Sequential(*layers)) for source, target, layers in ways]
    return DyadGraph(joined, [nn.Sequential(*own) for own in behind]).eval()


def _inner(own: Any) -> Any:
    while isinstance(own, Mapping) and "pooled" in own:
        own = own["pooled"]["then"]
    return own


def _map(own: Any, weights: tuple[Any, Any] | None, is_flat: bool) -> list[nn.Module]:
    if own == "identity":
        return []
    if isinstance(own, Mapping) and "pooled" in own:
        pooled = own["pooled"]
        return [_pool(pooled["average_pool"], nn.AvgPool2d), *_map(pooled["then"], weights, False)]
    if weights is None:
        raise ValueError("to_torch: the trace lacks weights of a projection")
    weight, bias = (torch.from_numpy(np.array(values, np.float32)) for values in weights)
    made: nn.Module
    before: list[nn.Module]
    if own == "dense":
        made, before = nn.Linear(weight.shape[1], weight.shape[0]), [] if is_flat else [nn.Flatten()]
    else:
        made, before = _convolution(own["convolution"], weight)
    with torch.no_grad():
        made.weight.copy_(weight)
        made.bias.copy_(bias)
    return [*before, made]


def _convolution(own: Any, weight: torch.Tensor) -> tuple[nn.Module, list[nn.Module]]:
    window, groups = own["window"], own["groups"]
    before, padding = _padding(window)
    made = nn.Conv2d(
        weight.shape[1] * groups,
        weight.shape[0],
        window["kernel"],
        stride=window["stride"],
        padding=padding,
        dilation=window["dilation"],
        groups=groups,
    )
    return made, before


def _padding(window: Any) -> tuple[list[nn.Module], Any]:
    """The padding of a window: that of a Conv2d, or a layer of its own where there is more behind an image than before it."""
    sides = []
    for side in range(2):
        extent = (window["kernel"][side] - 1) * window["dilation"][side] + 1
        needed = (window["output"][side] - 1) * window["stride"][side] + extent
        sides.append((window["padding"][side], needed - window["input"][side] - window["padding"][side]))
    if all(behind <= before and before - behind < window["stride"][side] for side, (before, behind) in enumerate(sides)):
        return [], tuple(before for before, _ in sides)
    (top, bottom), (left, right) = sides
    return [nn.ZeroPad2d((left, right, top, bottom))], 0


def _pool(window: Any, kind: Any) -> nn.Module:
    made: nn.Module = kind(tuple(window["kernel"]), stride=tuple(window["stride"]))
    return made


def _activation(settings: Any) -> list[nn.Module]:
    name = settings if isinstance(settings, str) else next(iter(settings))
    if name == "identity":
        return []
    if name == "leaky_relu":
        return [nn.LeakyReLU(settings[name]["slope"])]
    known = {"relu": nn.ReLU(), "tanh": nn.Tanh(), "hard_sigmoid": nn.Hardtanh(0.0, 1.0)}
    return [known[name]]
