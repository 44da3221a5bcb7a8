from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dyadsim as ds

#: A network that is trained in a second.
SMALL: dict[str, Any] = {
    "title": "small",
    "network": {"hidden": [16], "activation": "relu"},
    "nudging": {"alpha": 0.0, "beta": 0.1},
    "data": {"source": {"digits": {"train_count": 300, "test_count": 100}}},
    "training": {"epochs": 2, "batch_size": 50, "rate": 0.002, "optimizer": {"adam": {}}, "if_not_learnt": "measured"},
    "output": {"figure": False},
}


@pytest.fixture
def small() -> ds.Experiment:
    return ds.Experiment(SMALL)


@pytest.fixture
def blobs() -> tuple[np.ndarray, ...]:
    """Three clouds of points in eight dimensions, as (x_train, y_train, x_test, y_test)."""
    draw = np.random.default_rng(1)
    centres = draw.normal(size=(3, 8))

    def sample(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = draw.integers(0, 3, count)
        return (centres[labels] + 0.1 * draw.normal(size=(count, 8))).astype(np.float32), labels

    x_train, y_train = sample(200)
    x_test, y_test = sample(50)
    return x_train, y_train, x_test, y_test


@pytest.fixture
def repository() -> Path:
    return Path(__file__).resolve().parents[2]
