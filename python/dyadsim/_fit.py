"""Devices fitted to measured pulse curves."""

from __future__ import annotations

import html
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr

from ._data import as_numpy
from ._dyadsim import FittedDevices, fitted_models

if TYPE_CHECKING:
    from .devices import Device


class Quality(NamedTuple):
    """Goodness of fit of the curves of the fitted devices, without noise, from the first read on."""

    reads: int
    r_squared: float
    #: In the unit of the measurement.
    rmse: float


class Fit:
    """A model that was fitted to curves. ``fit.device`` are devices as :func:`dyadsim.devices.load` gives them; in a notebook
    it shows its figure and its numbers."""

    def __init__(self, made: FittedDevices) -> None:
        self._made = made

    @property
    def model(self) -> str:
        """Name of the model."""
        return self._made.model

    @property
    def hardware(self) -> dict[str, Any]:
        """The hardware model, for ``exp["hardware"] = fit.hardware``."""
        parsed: dict[str, Any] = json.loads(self._made.text)
        return parsed

    @property
    def device(self) -> Device:
        """Its devices, one by one."""
        from .devices import load  # which uses this file

        return load(self.hardware)

    @property
    def parameters(self) -> xr.Dataset:
        """``value`` and ``standard_error`` of every setting that was fitted, along ``key``; not a number where the curves do not
        tell."""
        keys, values, errors = zip(*self._made.estimates)
        return xr.Dataset(
            {"value": ("key", np.array(values)), "standard_error": ("key", np.array(errors))},
            {"key": np.array(keys, dtype=object)},
        )

    @property
    def up(self) -> Quality:
        """Goodness of fit after pulses up."""
        return Quality(*self._made.quality[0])

    @property
    def down(self) -> Quality:
        """Goodness of fit after pulses down."""
        return Quality(*self._made.quality[1])

    @property
    def aic(self) -> dict[str, float]:
        """Akaike's criterion of all models that were fitted: the lower, the better a model predicts the next read."""
        return dict(self._made.compared)

    @property
    def zero(self) -> float:
        """What was measured at weight 0."""
        return self._made.units[1]

    @property
    def unit(self) -> float:
        """What a weight of 1 adds to that."""
        return self._made.units[2]

    @property
    def warnings(self) -> list[str]:
        """What one should know before the numbers are used."""
        return self._made.warnings

    @property
    def curves(self) -> dict[str, xr.Dataset]:
        """By device: what was ``read`` and what is ``fitted``, along ``pulse``, in the unit of the measurement."""
        return {
            name: xr.Dataset({"read": ("pulse", np.array(read)), "fitted": ("pulse", np.array(fitted))}, {"pulse": np.array(pulse)})
            for name, pulse, read, fitted in self._made.curves()
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the hardware model to a file."""
        file = Path(path)
        partial = file.with_name(f"{file.name}.partial-{os.getpid()}")
        try:
            partial.write_text(self._made.text)
            os.replace(partial, file)
        finally:
            partial.unlink(missing_ok=True)
        return file

    def draw(self, *paths: str | os.PathLike[str]) -> None:
        """Draws curves and fit into files, .svg, .png or .pdf."""
        self._made.draw([Path(path) for path in paths])

    def _repr_html_(self) -> str:
        with tempfile.TemporaryDirectory(prefix="dyadsim-") as folder:
            file = Path(folder) / "fit.svg"
            self.draw(file)
            picture = file.read_text()
        rows = "".join(
            f"<tr><td style='text-align:left'><code>{html.escape(key)}</code></td><td>{value:.5g}</td><td>{error:.2g}</td></tr>"
            for key, value, error in self._made.estimates
        )
        head = "<tr><th style='text-align:left'>synapses.pulsed.device.…</th><th>value</th><th>± std. error</th></tr>"
        return f"{picture}<table><thead>{head}</thead><tbody>{rows}</tbody></table>"

    def __repr__(self) -> str:
        up, down = self.up, self.down
        return f"<Fit of {self.model}: R² {up.r_squared:.4f} up, {down.r_squared:.4f} down>"


def fit(
    source: Any,
    model: str = "best",
    *,
    direction: Any = None,
    device: Any = None,
    cycle: Any = None,
    pulse: Any = None,
    name: str | None = None,
    columns: Mapping[str, str] | None = None,
    ignore: Iterable[str] = (),
    zero: float | None = None,
    unit: float | None = None,
) -> Fit:
    """Fits a model of pulsed devices to measured curves, as ``dyad models fit`` does.

    >>> fit = ds.devices.fit("curves.csv", model="soft_bounds")
    >>> fit.save("hw_models/mine.json")

    ``source`` is a CSV file, a table (a data frame, or a mapping of columns), or an array of reads, (pulse,) or (pulse, device),
    with the ``direction`` of the pulse before each: ``"up"``, ``"down"`` or 1, −1, and empty or 0 where no pulse was before.

    :param model: ``soft_bounds``, ``linear_step``, … (:func:`models`); ``piecewise_step:7`` has seven nodes; ``best`` is that
        with the lowest AIC.
    :param device: name of the device of every read, of an array with one axis; likewise ``cycle`` and ``pulse``.
    :param name: name of the hardware model.
    :param columns: what columns of the table are called that are called otherwise: ``{"conductance": "G_read"}``.
    :param ignore: columns of the table that are not used.
    :param zero: what is read at weight 0; the middle of the range unless given.
    :param unit: what a weight of 1 adds; half the range unless given.
    """
    given = {"direction": direction, "device": device, "cycle": cycle, "pulse": pulse}
    named = list((columns or {}).items())
    if isinstance(source, (str, os.PathLike)):
        extra = [key for key, value in given.items() if value is not None]
        if extra:
            raise ValueError(f"{extra[0]}: is a column of the file")
        file = Path(source)
        if not file.is_file():
            raise FileNotFoundError(f"{file}: there is no such file")
        made = FittedDevices(model, name or file.stem, file, [], [], named, list(ignore), zero, unit)
        return Fit(made)
    if hasattr(source, "keys"):
        table = {str(key): source[key] for key in source.keys()}
        table.update({key: value for key, value in given.items() if value is not None})
    else:
        table = _of_array(source, given)
    lengths = {key: len(column) for key, column in table.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError("columns: must be of one length, got " + ", ".join(f"{k}: {n}" for k, n in lengths.items()))
    texts = [[_text(value) for value in _values(column)] for column in table.values()]
    rows = [list(row) for row in zip(*texts)]
    return Fit(FittedDevices(model, name or "fitted", None, list(table), rows, named, list(ignore), zero, unit))


def models() -> list[str]:
    """The models that can be fitted."""
    return fitted_models()


def _of_array(source: Any, given: dict[str, Any]) -> dict[str, Any]:
    reads = as_numpy("source", source)
    if reads.ndim not in (1, 2):
        raise ValueError(f"source: must be (pulse,) or (pulse, device), got shape {reads.shape}")
    if given["direction"] is None:
        raise ValueError("direction: of the pulse before every read is missing")
    present = {key: _values(value) for key, value in given.items() if value is not None}
    for key, value in present.items():
        if len(value) != len(reads):
            raise ValueError(f"{key}: needs {len(reads)} values as source has, got {len(value)}")
    if reads.ndim == 1:
        return {"conductance": reads, **present}
    if "device" in present:
        raise ValueError("device: is the second axis of source")
    count = reads.shape[1]
    table = {key: np.tile(np.asarray(value, dtype=object), count) for key, value in present.items()}
    return {"conductance": reads.T.ravel(), "device": np.repeat(np.arange(count), len(reads)), **table}


def _values(column: Any) -> list[Any]:
    if hasattr(column, "detach"):
        column = column.detach().cpu().numpy()
    values: list[Any] = np.asarray(column).tolist()
    if not isinstance(values, list) or any(isinstance(value, list) for value in values):
        raise ValueError("columns: must have one axis")
    return values


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float):
        return repr(value)
    return str(value)
