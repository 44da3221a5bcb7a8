"""A measurement of one's own, in ten lines: how far the states are from where they end, update by update.

python python/examples/own_measurement.py
"""

import numpy as np
from patterns import RATE, batches, experiment, test

import dyadsim as ds

net = ds.Network(experiment.with_({"schedule": {"fwbwK": {"passes": 4}}}))
for step, (x, y) in enumerate(batches()):
    if step % 40 == 0:
        course = [update.states[1].s_plus for update in net.relax(x, y)]
        distances = [float(np.linalg.norm(states - course[-1]) / np.linalg.norm(course[-1])) for states in course]
        print(f"step {step:3}: " + " ".join(f"{distance:.1e}" for distance in distances))
    else:
        net.infer(x, y)
    net.apply(net.gradient(), RATE)
print(f"test accuracy {100 * test(net):.1f} %")
