"""Data and experiment of the examples: ten noisy patterns of 28 x 28 numbers, and a network that learns them in seconds."""

from collections.abc import Iterator

import numpy as np

import dyadsim as ds

BATCH, RATE, EPOCHS = 50, 2e-3, 5

experiment = ds.Experiment(
    {
        "title": "patterns",
        "network": {"hidden": [64], "activation": "relu"},
        "nudging": {"alpha": 0.5, "beta": 0.1},
        "training": {"epochs": EPOCHS, "batch_size": BATCH, "rate": RATE, "optimizer": {"adam": {}}},
        "output": {"figure": False},
    }
)

_draw = np.random.default_rng(1)
_centres = _draw.random((10, 784), np.float32)


def _samples(count: int) -> tuple[np.ndarray, np.ndarray]:
    labels = _draw.integers(0, 10, count)
    noise = _draw.normal(0, 0.5, (count, 784)).astype(np.float32)
    return np.clip(_centres[labels] + noise, 0, 1), labels


X_TRAIN, Y_TRAIN = _samples(2000)
X_TEST, Y_TEST = _samples(500)


def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The mini-batches of all epochs."""
    for epoch in range(EPOCHS):
        order = np.random.default_rng(epoch).permutation(len(X_TRAIN))
        for first in range(0, len(order), BATCH):
            chosen = order[first : first + BATCH]
            yield X_TRAIN[chosen], Y_TRAIN[chosen]


def test(net: ds.Network) -> float:
    """Share of the test samples that a network knows."""
    return float((net.predict(X_TEST).argmax(1) == Y_TEST).mean())
