"""A training step of aihwkit: backprop on pulsed devices, a preset of its own. --job as in `compare.py`."""

import itertools
import json
import sys

job = json.loads(sys.argv[sys.argv.index("--job") + 1])

from blocks import serve, use_threads

use_threads(job["threads"])

import torch
from aihwkit.nn import AnalogLinear, AnalogSequential
from aihwkit.optim import AnalogSGD
from aihwkit.simulator import presets
from torch import nn

torch.set_num_threads(job["threads"])
torch.manual_seed(1)
units = job["network"]["units"]
layers = []
for pre, post in zip(units, units[1:]):
    layers += [AnalogLinear(pre, post, rpu_config=getattr(presets, job["preset"])()), nn.ReLU()]
model = AnalogSequential(*layers[:-1])
batches = itertools.cycle([torch.rand(job["batch"], units[0]) for _ in range(8)])
y = torch.arange(job["batch"]) % 10
optimizer = AnalogSGD(model.parameters(), lr=job["rate"])
loss = nn.CrossEntropyLoss()


def step():
    optimizer.zero_grad()
    loss(model(next(batches)), y).backward()
    optimizer.step()


serve(step)
