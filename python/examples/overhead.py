"""What a training loop in Python costs against the built-in one, in time of the processor, at 784-1024-1024-10, batch 100.

python python/examples/overhead.py [REPETITIONS]
"""

import sys
import time

import numpy as np

import dyadsim as ds

BATCH, STEPS, RATE = 100, 20, 1e-3

exp = ds.Experiment(
    {
        "title": "overhead",
        "network": {"hidden": [1024, 1024]},
        "nudging": {"alpha": 0.5, "beta": 0.1},
        "training": {"epochs": 2, "batch_size": BATCH, "rate": RATE, "optimizer": {"adam": {}}, "shuffle": False},
        "measure": {
            "accuracy_every_epochs": None,
            "norms_every_epochs": None,
            "gradient_every_steps": None,
            "residual_every_steps": None,
        },
        "recording": {"weights": False},
        "output": {"figure": False, "checkpoint_every_epochs": None},
    }
)
draw = np.random.default_rng(1)
x, y = draw.random((STEPS * BATCH, 784), np.float32), draw.integers(0, 10, STEPS * BATCH)


def built_in() -> float:
    """Seconds of the second epoch."""
    times = []
    ds.run(exp, data=(x, y, x[:1], y[:1]), on_epoch=lambda _: times.append(time.process_time()), progress=False)
    return times[2] - times[1]


def in_python(net: ds.Network) -> float:
    """Seconds of an epoch."""
    begun = time.process_time()
    for first in range(0, len(x), BATCH):
        net.infer(x[first : first + BATCH], y[first : first + BATCH])
        net.apply(net.gradient(), RATE)
    return time.process_time() - begun


net = ds.Network(exp, shape=784, classes=10)
in_python(net)
repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 5
pairs = [(built_in(), in_python(net)) for _ in range(repetitions)]
one, other = (1e3 / STEPS * float(np.median(times)) for times in zip(*pairs))
print(f"a step: built in {one:.1f} ms, in Python {other:.1f} ms, {other / one:.3f} times as much")
