"""What networks of other libraries have in common: a chain of layers, weights in a file, an experiment around both."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ._experiment import Experiment
from ._files import temporary_file

Array = npt.NDArray[np.float32]

# What is not said of a network that comes from elsewhere: the settings of the first tutorial.
_USUAL: dict[str, Any] = {
    "loss": "softmax_cross_entropy",
    "credit_rule": "dp_transpose",
    "nudging": {"alpha": 0.5, "beta": 0.1},
    "schedule": "fwbwK",
    "training": {"epochs": 5, "batch_size": 50, "rate": 0.001, "optimizer": "adam"},
}
_DIGITS = {"digits": {"train_count": 5000, "test_count": 1000}}
# Data that are handed over when the network is trained: their shape is not known before.
_TO_COME = {"memory": {"md5": "those that the run is given"}}


class Weighted(NamedTuple):
    """Weights of a layer: (post, pre), or (feature, channel, row, column)."""

    weight: Array
    bias: Array | None


class Chain:
    """Layers one after the other, as they are found; what does not go together is refused with the name of the layer."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.layers: list[dict[str, Any]] = []
        self.weights: list[Weighted] = []
        self._activation: Any = None
        self._place = "start"  # start, synapses, max_pool, activation, average_pool
        self._named: str | None = None

    def refuse(self, name: str, why: str) -> ValueError:
        return ValueError(f"{self.what}: {name}: {why}")

    def synapses(self, name: str, layer: dict[str, Any], weight: Any, bias: Any) -> None:
        if self._place in ("synapses", "max_pool"):
            self.activation(name, "identity")
        values = np.ascontiguousarray(weight, np.float32)
        biases = None if bias is None else np.ascontiguousarray(bias, np.float32)
        for array in (values, biases):
            if array is not None and not np.isfinite(array).all():
                raise self.refuse(name, "its weights are not finite")
        self.layers.append(layer)
        self.weights.append(Weighted(values, biases))
        self._place, self._named = "synapses", name

    def max_pool(self, name: str, layer: dict[str, Any]) -> None:
        if self._place not in ("synapses", "activation") or "convolution" not in self.layers[-1]:
            raise self.refuse(name, "a max pooling comes after a convolution, or after the activation that follows it")
        # An activation that never falls has the same maxima before and after it.
        self.layers.append(layer)
        self._place = "max_pool" if self._place == "synapses" else "activation"

    def average_pool(self, name: str, layer: dict[str, Any]) -> None:
        if self._place in ("synapses", "max_pool"):
            self.activation(name, "identity")
        if self._place != "activation":
            raise self.refuse(name, "an average pooling comes after the activation of hidden units, and only one")
        self.layers.append(layer)
        self._place = "average_pool"

    def activation(self, name: str, activation: Any) -> None:
        if self._place not in ("synapses", "max_pool"):
            raise self.refuse(name, "an activation comes after a layer with weights")
        if self._activation not in (None, activation):
            first, second = (json.dumps(one) for one in (self._activation, activation))
            raise self.refuse(name, f"all hidden units have one activation, these have {first} and {second}")
        self._activation, self._place = activation, "activation"

    def experiment(
        self, base: Experiment | str | os.PathLike[str] | Mapping[str, Any] | None, weights: str | os.PathLike[str] | None
    ) -> Experiment:
        if not self.layers or "dense" not in self.layers[-1] or self._place != "synapses":
            raise ValueError(f"{self.what}: must end with a dense layer, whose units are the linear outputs")
        hidden = self.layers[:-1]
        if all("dense" in layer for layer in hidden):
            listed: dict[str, Any] = {"hidden": [layer["dense"]["units"] for layer in hidden]}
        else:
            listed = {"layers": hidden}
        file = temporary_file(".npz") if weights is None else Path(weights).absolute()
        named = {}
        for k, own in enumerate(self.weights, 1):
            named[f"layer{k}.weight"] = own.weight
            if own.bias is not None:
                named[f"layer{k}.bias"] = own.bias
        _save_whole(file, named)
        network = {**listed, "activation": self._activation or "relu", "initial_weights": {"trace": str(file)}}
        changes: dict[str, Any] = {"network": network}
        if base is None:
            usual = {} if not self._takes_digits() else {"data": {"source": _DIGITS}}
            base = {**_USUAL, **usual, "title": f"network of {self.what}"}
        given = base if isinstance(base, Mapping) else Experiment(base).given
        data = dict(given.get("data", {}))
        if "source" not in data and not self._takes_digits():
            data["source"] = _TO_COME
            changes["data.source"] = _TO_COME
        if isinstance(base, Mapping):
            return Experiment({**base, "data": data, "network": network})
        return Experiment(base).with_(changes)

    def _takes_digits(self) -> bool:
        """Whether the digits that come with the program have the size of its inputs."""
        weight, first = self.weights[0].weight, self.layers[0]
        if "convolution" in first:
            return bool(weight.shape[1] * first["convolution"].get("groups", 1) == 1)
        return bool(weight.shape[1] == 28 * 28)


def _save_whole(file: Path, arrays: Mapping[str, Array]) -> None:
    """The file gets its name when it is whole."""
    partial = file.with_name(f"{file.name}.partial-{os.getpid()}")
    try:
        with partial.open("wb") as out:
            save: Any = np.savez  # whose types take every name for one of its options
            save(out, **arrays)
            out.flush()
            os.fsync(out.fileno())
        os.replace(partial, file)
    finally:
        partial.unlink(missing_ok=True)
