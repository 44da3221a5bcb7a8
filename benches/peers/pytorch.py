"""A training step of PyTorch: backprop and SGD with momentum. --job as in `compare.py`."""

import json
import sys

job = json.loads(sys.argv[sys.argv.index("--job") + 1])

from blocks import serve, use_threads

use_threads(job["threads"])

import torch
from torch import nn


class Noise(nn.Module):
    """Gaussian noise on every activity."""

    def forward(self, x):
        return x + 0.001 * torch.randn_like(x)


def dense(units, noise):
    layers = []
    for pre, post in zip(units, units[1:]):
        layers += [nn.Linear(pre, post), nn.ReLU()]
        if noise:
            layers.append(Noise())
    return nn.Sequential(*layers[: -2 if noise else -1])


def convolutional(layers, hidden, channels, side):
    """`layers`: features of 3×3 convolutions with padding, "M" for a 2×2 max pooling."""
    made = []
    for layer in layers:
        if layer == "M":
            made.append(nn.MaxPool2d(2))
            side //= 2
        else:
            made += [nn.Conv2d(channels, layer, 3, padding=1), nn.ReLU()]
            channels = layer
    made.append(nn.Flatten())
    features = channels * side * side
    for units in hidden:
        made += [nn.Linear(features, units), nn.ReLU()]
        features = units
    return nn.Sequential(*made, nn.Linear(features, 10))


torch.set_num_threads(job["threads"])
torch.manual_seed(1)
network = job["network"]
if "units" in network:
    model = dense(network["units"], job.get("noise", False))
else:
    model = convolutional(network["convolutions"], network["hidden"], *network["image"])
x = torch.rand(job["batch"], *job["sample_shape"])
y = torch.arange(job["batch"]) % 10
optimizer = torch.optim.SGD(model.parameters(), lr=1e-9, momentum=0.9)
loss = nn.CrossEntropyLoss()


def step():
    optimizer.zero_grad(set_to_none=True)
    loss(model(x), y).backward()
    optimizer.step()


serve(step)
