"""A learning rule of one's own, in ten lines: sign-symmetric feedback (Liao, Leibo & Poggio, AAAI 2016) for the hidden
layers of a network that is otherwise trained as its experiment says.

python python/examples/own_learning_rule.py
"""

import time

import numpy as np
from patterns import BATCH, RATE, batches, experiment, test

import dyadsim as ds

net = ds.Network(experiment)
begun = time.perf_counter()
for x, y in batches():
    states = net.infer(x, y)
    # The error of the outputs goes back through the signs of the weights alone.
    error = states[2].feedback
    signs, drive = np.sign(net.weights[2]), states[1].drive + net.biases[1]
    hidden = (error @ signs / np.sqrt(signs.shape[1])) * (drive > 0) / BATCH
    gradient = (hidden.T @ states[0].mean, hidden.sum(0))
    net.apply({1: gradient}, RATE)  # what is not given is learnt from the states
own = time.perf_counter() - begun

net_of_experiment = ds.Network(experiment)
begun = time.perf_counter()
for x, y in batches():
    net_of_experiment.infer(x, y)
    net_of_experiment.apply(net_of_experiment.gradient(), RATE)
built_in = time.perf_counter() - begun

for name, trained, seconds in [("own rule", net, own), ("DP⊤", net_of_experiment, built_in)]:
    print(f"{name:10} test accuracy {100 * test(trained):.1f} %, {seconds:.2f} s")
