"""Devices of hardware models, one by one.

>>> device = ds.devices.load("reram_es")
>>> device.pulse_response(up=100, down=100, n=20).plot(hue="device")
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ._data import as_numpy
from ._dyadsim import hardware, program_weights, pulse_response, shipped_models
from ._experiment import _as_json
from ._fit import Fit, Quality, fit, models

__all__ = ["Device", "Fit", "Quality", "fit", "load", "models", "names"]


def names() -> list[str]:
    """The hardware models that come with the package."""
    return [name for name, _ in shipped_models()]


def load(model: str | os.PathLike[str] | Mapping[str, Any]) -> Device:
    """The devices of a hardware model: one that comes with the package, a file, or a dict as such a file holds it."""
    if isinstance(model, Mapping):
        return Device(json.loads(hardware("model", _as_json("model", model))))
    return Device(json.loads(hardware(os.fspath(model))))


class Device:
    """The devices that hold the weights of a hardware model."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings

    @property
    def name(self) -> str:
        """Name of the hardware model."""
        return str(self.settings["name"])

    @property
    def kind(self) -> str:
        """What its synapses are: ``float``, ``binary``, ``levels``, ``pulsed`` or ``programmed``."""
        synapses = self.settings["synapses"]
        return synapses if isinstance(synapses, str) else str(next(iter(synapses)))

    def pulse_response(
        self, up: int, down: int, n: int = 1, *, start: float | None = None, seed: int = 1
    ) -> xr.DataArray:
        """Weights of ``n`` devices over (pulse, device): ``up`` pulses up, then ``down`` pulses down, from the lowest weight of
        the model or from ``start``. Another ``seed`` draws other devices."""
        for word, count in (("up", up), ("down", down), ("n", n)):
            if count < 0 or (word == "n" and count == 0) or count > 10_000_000:
                raise ValueError(f"{word}: must be a number of {'devices' if word == 'n' else 'pulses'}, got {count}")
        read = pulse_response(json.dumps(self.settings), up, down, n, start, seed)
        return xr.DataArray(
            read,
            dims=("pulse", "device"),
            coords={"pulse": np.arange(up + down + 1)},
            name="weight",
            attrs={"long_name": f"weight of devices of {self.name}", "units": "1"},
        )

    def program(self, weights: Any, time_s: float | None = None, *, seed: int = 1) -> np.ndarray[Any, Any]:
        """Weights (post, pre) as they are read ``time_s`` after they were programmed, at the time of the model unless given."""
        wanted = np.require(as_numpy("weights", weights), dtype=np.float32, requirements=("C", "A"))
        if wanted.ndim != 2:
            raise ValueError(f"weights: must be (post, pre), got shape {wanted.shape}")
        return program_weights(json.dumps(self.settings), wanted, time_s, seed)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the hardware model to a file."""
        Path(path).write_text(json.dumps(self.settings, indent=2, ensure_ascii=False) + "\n")
        return Path(path)

    def __repr__(self) -> str:
        return f"<Device of {self.name!r}: {self.kind} synapses>"
