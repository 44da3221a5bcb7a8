"""Making runs, and what they have found."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from ._data import data_set, in_use
from ._dyadsim import export_nir, make_run, trace_attributes, trace_groups
from ._experiment import Experiment, _rebuilt
from ._files import dataset, tree
from ._progress import Progress
from ._show import Figure, Report, figure, report


class EpochReport(NamedTuple):
    """Scores after an epoch, where they were measured; epoch 0 is the untrained network."""

    epoch: int
    epochs: int
    train_loss: float | None
    train_accuracy: float | None
    validation_accuracy: float | None
    test_accuracy: float | None
    test_reconstruction_error: float | None
    train_r2: float | None = None
    validation_r2: float | None = None
    test_r2: float | None = None
    test_rmse: float | None = None


class Run:
    """A run that has ended, by its folder: ``Run("runs/alpha")``."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if not self.trace.is_file():
            raise FileNotFoundError(f"{self.folder}: holds no run that has ended (there is no trace.h5)")
        self._attributes = dict(trace_attributes(self.trace))
        self._groups = trace_groups(self.trace)

    @property
    def trace(self) -> Path:
        """The file with everything that was measured and recorded."""
        return self.folder / "trace.h5"

    @property
    def attributes(self) -> dict[str, str]:
        """What the trace says of itself."""
        return dict(self._attributes)

    @property
    def status(self) -> str:
        """``complete``, ``diverged``, ``stopped_early``, ``did_not_learn``, or ``stopped`` if ``on_epoch`` has ended it."""
        return self._attributes.get("status", "")

    @property
    def not_learnt(self) -> str | None:
        """Why it looks as if nothing was learnt, if it does."""
        return self._attributes.get("not_learnt")

    @property
    def class_names(self) -> list[str]:
        """Names of the classes, in the order of their numbers; none where the labels were numbers."""
        return list(json.loads(self._attributes.get("data_json", "{}")).get("class_names", []))

    @property
    def experiment(self) -> Experiment:
        """The experiment with all its settings, as it was run."""
        settings = json.loads(self._attributes["config_json"])
        path = self._attributes.get("experiment_file", "experiment.json")
        return _rebuilt(path, json.dumps(settings["experiment"]), json.dumps(settings["hardware"]))

    @property
    def tables(self) -> list[str]:
        """Names of all groups of the trace."""
        return list(self._groups)

    def table(self, name: str) -> xr.Dataset:
        """A group of the trace: ``metrics``, ``gradient``, ``signal``, ``stability``, …"""
        if name not in self._groups:
            raise KeyError(f"{name}: the trace has no such table, but {', '.join(self._groups)}")
        return dataset(self.trace, name)

    @property
    def metrics(self) -> xr.Dataset:
        """Scores and norms along epochs."""
        return self.table("metrics")

    @property
    def states(self) -> xr.DataTree:
        """Recorded states, a node for each layer."""
        return tree(self.trace, self._groups, "states")

    @property
    def weights(self) -> xr.DataTree:
        """Weights and biases that were kept: ``weights["final/layer1"].weight``."""
        return tree(self.trace, self._groups, "weights")

    @property
    def test_accuracy(self) -> float:
        """Test accuracy of the weights that are kept: the best on the validation set, else the last; not a number of a run that
        diverged or did not learn, whose epochs :attr:`metrics` holds."""
        if self.status in ("diverged", "did_not_learn"):
            return float("nan")
        accuracy = self.metrics["test_accuracy"]
        best = self._attributes.get("best_epoch")
        if best is not None:
            accuracy = accuracy.sel(epoch=int(best))
        else:
            accuracy = accuracy.dropna("epoch").isel(epoch=-1)
        return float(accuracy)

    def plot(self, what: str | None = None, **options: Any) -> Figure:
        """A figure of the run: its page, or another kind with the options that ``dyad plot`` has."""
        return figure(self.trace, what, options)

    def report(self, path: str | os.PathLike[str] | None = None) -> Report:
        """One page of HTML with curves, states and settings; it goes to ``report.html`` of the folder unless a path is given."""
        return report(self.folder, path)

    def layer_weights(self, which: str | None = None) -> dict[int, tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
        """(weight, bias) by projection, from 1, as the network that answers has them: batch normalisation is part of both.

        :param which: ``"initial"``, ``"final"`` or ``"best"``; the best if they were kept, else the final ones.
        """
        kept = [name for name in ("best", "final", "initial") if any(g.startswith(f"weights/{name}/") for g in self._groups)]
        wanted = which or next(iter(kept), "final")
        if wanted not in kept:
            raise ValueError(f"which: the trace keeps {', '.join(kept) or 'no'} weights, got {wanted!r}")
        made = {}
        for group in self._groups:
            found = re.fullmatch(rf"weights/{wanted}/layer(\d+)", group)
            if found is None:
                continue
            own = self.table(group)
            weight, bias = own["weight"].values, own["bias"].values
            if "running_mean" in own:
                epsilon = self.experiment["network.batch_norm.epsilon"]
                gain = 1 / np.sqrt(own["running_variance"].values.astype(float) + epsilon)
                weight = (weight * gain.reshape(-1, *[1] * (weight.ndim - 1))).astype(np.float32)
                bias = (-gain * own["running_mean"].values).astype(np.float32)
            made[int(found[1])] = (weight, bias)
        return made

    def to_torch(self, which: str | None = None) -> Any:
        """The forward network as a ``torch.nn.Module`` that answers the same: linear outputs to inputs that are scaled as the
        experiment scales them. A chain is a ``Sequential``.

        :param which: weights, as in :meth:`layer_weights`.
        """
        try:
            from ._torch_module import module_of
        except ImportError as error:
            raise ImportError("to_torch: needs PyTorch (pip install torch)") from error
        experiment = self.experiment
        self._expect_forward("to_torch", experiment)
        graph = json.loads(self._attributes["network_json"])
        return module_of(graph, self.layer_weights(which), experiment["network.activation"])

    def to_nir(self, path: str | os.PathLike[str] | None = None, which: str | None = None) -> Any:
        """The forward network as a ``nir.NIRGraph``, and, if a path is given, a file of it: what ``dyad export --to nir``
        writes. NIR has no node for the activation; metadata of nodes name it.

        :param which: weights, as in :meth:`layer_weights`.
        """
        try:
            import nir
        except ImportError as error:
            raise ImportError("to_nir: needs the package nir (pip install nir)") from error
        with tempfile.TemporaryDirectory(prefix="dyadsim-") as temporary:
            file = Path(temporary) / "network.nir" if path is None else Path(path)
            export_nir(self.trace, file, which)
            return nir.read(file)

    def _expect_forward(self, what: str, experiment: Experiment) -> None:
        if experiment["credit_rule"] == "lifted" and "lrrn" in json.dumps(experiment.get("lifted")):
            raise ValueError(f"{what}: the answer of this lifted network is the minimum of an energy, no forward pass")

    def __repr__(self) -> str:
        title = self._attributes.get("title", "")
        accuracy = self.test_accuracy if "test_accuracy" in self.metrics else float("nan")
        told = "" if np.isnan(accuracy) else f", test accuracy {100 * accuracy:.2f} %"
        return f"<Run {str(self.folder)!r}: {title} ({self.status}{told})>"


def run(
    experiment: Experiment | str | os.PathLike[str] | Mapping[str, Any],
    *,
    out: str | os.PathLike[str] | None = None,
    data: Any = None,
    on_epoch: Callable[[EpochReport], object] | None = None,
    resume: bool = False,
    extend_epochs: int | None = None,
    overwrite: bool = False,
    threads: int | None = None,
    memory_limit: str | None = None,
    progress: bool = True,
) -> Run:
    """Trains a network as an experiment says, with the same bits as ``dyad run``.

    :param experiment: an :class:`Experiment`, or what one is made from.
    :param out: folder of the results; without one they last as long as the :class:`Run`.
    :param data: ``(x_train, y_train, x_test, y_test)``, arrays of NumPy, PyTorch or xarray in place of the experiment's data
        source, with ``x_validation, y_validation`` behind them if there are such. Inputs are (sample, …), labels whole numbers or
        one-hot rows; with ``data.targets`` values or labels, a number or a row of them for each sample. What the scaling of the experiment asks of the
        inputs is asked of these. Contiguous arrays of single precision that need no scaling are used where they are, without a copy,
        and must stay as they are until the run has ended.
    :param on_epoch: called after every epoch, the untrained network first; what it returns true for ends the run, with its
        results. What it raises stops it.
    :param resume: continue the run in ``out`` from its last checkpoint, as one that was stopped by Ctrl-C; with data of one's
        own they are to be given again.
    :param extend_epochs: add so many epochs to the run that has ended in ``out``.
    :param overwrite: replace a run that is in ``out``.
    :param threads: they change the speed and nothing else; all cores unless given.
    :param memory_limit: a run that takes more, as ``"4G"``, is refused; what the machine has unless given.
    :param progress: show how far it is.
    :raises ValueError: what is wrong with settings or data.
    :raises RuntimeError: arrays of ``data`` were changed during the run.
    :raises KeyboardInterrupt: after Ctrl-C, when the run has stopped; ``resume=True`` goes on from its last checkpoint.
    """
    own = experiment if isinstance(experiment, Experiment) else Experiment(experiment)
    held = None
    if data is not None:
        held = data_set(data)
        own = own.with_({"data.source": json.loads(held.source())})
    if threads is not None and not 1 <= threads <= 1024:
        raise ValueError(f"threads: must be from 1 to 1024, got {threads}")
    if on_epoch is not None and not callable(on_epoch):
        raise TypeError("on_epoch: must be something to call")
    temporary = None
    if out is None:
        if resume or extend_epochs is not None:
            raise ValueError("resume: needs the folder of the run, out")
        temporary = tempfile.TemporaryDirectory(prefix="dyadsim-")
        folder = Path(temporary.name)
    else:
        folder = Path(out)
        if resume and not folder.exists():
            raise FileNotFoundError(f"{folder}: there is no run to resume")
    shown = Progress(progress, own.name, "step")

    def listen(kind: str, *told: Any) -> object:
        if kind == "start":
            shown.start(*told)
        elif kind == "step":
            shown.step(*told)
        elif kind == "message":
            shown.message(*told)
        else:
            report = EpochReport(**json.loads(told[0]))
            named = {"loss": report.train_loss, "test": report.test_accuracy, "validation": report.validation_accuracy}
            shown.epoch(report.epoch, report.epochs, {k: v for k, v in named.items() if v is not None})
            return None if on_epoch is None else on_epoch(report)
        return None

    command = f"dyadsim.run({str(own.path)!r}, out={str(folder)!r})"
    try:
        with in_use(held):
            make_run(own._setup, held, folder, resume, extend_epochs, overwrite, threads, memory_limit, command, listen)
    finally:
        shown.close()
    made = Run(folder)
    made._temporary = temporary
    return made

