"""Sweeps, noise budgets, robustness, and conformance with reference cases."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from ._data import data_set, in_use
from ._dyadsim import make_sweep, measure_robustness, point_statuses, trace_attributes, verify_file
from ._experiment import Experiment, _as_json
from ._files import dataset
from ._progress import Progress
from ._run import Run
from ._show import Figure, Report, figure, report


class Sweep:
    """A sweep that has ended, by its folder."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if not self.file.is_file():
            raise FileNotFoundError(f"{self.folder}: holds no sweep that has ended (there is no sweep.h5)")

    @property
    def file(self) -> Path:
        """The file with what was found."""
        return self.folder / "sweep.h5"

    @property
    def final(self) -> xr.Dataset:
        """What every point has found in the end, over the axes of the sweep and ``replicate``."""
        return self._group("final")

    @property
    def curves(self) -> xr.Dataset:
        """The same along epochs."""
        return self._group("curves")

    @property
    def ends(self) -> dict[str, int]:
        """How many points ended how: ``{"complete": 10, "did_not_learn": 2}``. Scores in :attr:`final`
        are those of complete ones, or not a number."""
        codes, counts = np.unique(self.final["status"].values.astype(int), return_counts=True)
        names = point_statuses()
        return {names[code]: int(count) for code, count in zip(codes, counts, strict=True)}

    def _told(self) -> str:
        return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in self.ends.items())

    def _group(self, name: str) -> xr.Dataset:
        found = dataset(self.file, name)
        found.attrs["title"] = dict(trace_attributes(self.file)).get("title", "")
        return found

    def plot(self, what: str | None = None, **options: Any) -> Figure:
        """A figure of the kind that suits it, or of another with the options that ``dyad plot`` has."""
        return figure(self.file, what, options)

    def report(self, path: str | os.PathLike[str] | None = None, *, error: str = "sd") -> Report:
        """One page of HTML with findings, figures and points.

        :param error: what stands around means over replicates: ``"sd"``, ``"se"``, ``"ci95"`` or ``"range"``.
        """
        return report(self.folder, path, error)

    def __repr__(self) -> str:
        return f"<Sweep {str(self.folder)!r}: {self._told()}>\n{self.final!r}"

    def _repr_html_(self) -> str:
        return f"<p>{self._told()}</p>{self.final._repr_html_()}"


class Budget(Sweep):
    """What each non-ideality of a chip costs, alone and among the others."""

    def __init__(self, folder: str | os.PathLike[str], found: Mapping[str, Any]) -> None:
        super().__init__(folder)
        self._found = found

    @property
    def costs(self) -> xr.Dataset:
        """Over ``non_ideality``, the dearest first: the accuracy that is lost with this one alone (``alone``), that is regained
        without it (``recovered``), the same of the angle to backprop in degrees, and their standard errors."""
        costs = self._found["costs"]
        names = [cost["name"] for cost in costs]
        made = {}
        for key, units in (("alone", "1"), ("recovered", "1"), ("angle_alone", "deg"), ("angle_recovered", "deg")):
            values = np.array([cost[key] for cost in costs], dtype=float).reshape(len(costs), 2)
            made[key] = xr.Variable("non_ideality", values[:, 0], {"units": units})
            made[f"{key}_error"] = xr.Variable("non_ideality", values[:, 1], {"units": units})
        return xr.Dataset(made, {"non_ideality": names})


def sweep(
    experiment: Experiment | str | os.PathLike[str] | Mapping[str, Any] | None = None,
    axes: Mapping[str, Any] | None = None,
    *,
    replicates: int = 1,
    vary: Sequence[str] = ("init", "chip", "noise"),
    jobs: int | None = None,
    memory_limit: str | None = None,
    out: str | os.PathLike[str] | None = None,
    data: Any = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: bool = True,
    **more: Any,
) -> Sweep:
    """Varies an experiment along axes and over replicates, with the same bits as ``dyad sweep``.

    >>> found = ds.sweep(exp, {"nudging.alpha": np.linspace(0, 1, 5)}, replicates=3, out="runs/alpha")
    >>> found.final.test_accuracy.mean("replicate").plot()

    :param experiment: what is varied; without ``axes``, a sweep file.
    :param axes: values by setting, or axes as a sweep file holds them by name; an axis over one setting has the name of its
        last part. All combinations are made.
    :param replicates: how often every point is repeated, with other seeds of those that ``vary`` names.
    :param jobs: simulations at a time; they change the speed and nothing else.
    :param memory_limit: a sweep whose points of a time take more, as ``"4G"``, is refused; what the machine has unless given.
    :param out: folder of the results; without one they last as long as the :class:`Sweep`.
    :param data: arrays in the place of the experiment's data, as in :func:`run`.
    :param resume: make the points that are missing in ``out``.
    :param more: other keys of a sweep file, as ``sampling`` or ``trained``.
    """
    held = None if data is None else data_set(data)
    texts: dict[str, str] = {}
    file: Path | None = None
    if resume:
        if experiment is not None or axes is not None or out is None:
            raise ValueError("resume: takes the folder of the sweep, out, and neither experiment nor axes")
    elif axes is None:
        if not isinstance(experiment, (str, os.PathLike)) or more or held is not None:
            raise ValueError("axes: are missing; only a sweep file, given alone by its path, has its own")
        file = Path(experiment).absolute()
    else:
        if experiment is None:
            raise ValueError("experiment: is missing")
        base = experiment if isinstance(experiment, Experiment) else Experiment(experiment)
        if held is not None:
            base = base.with_({"data.source": json.loads(held.source())})
        file = base.path.with_name(f"{base.name}.sweep.json")
        _put_texts(base, texts)
        count = {"count": replicates, "vary": list(vary) if replicates > 1 else []}
        config = {
            "schema_version": 2,
            "title": base["title"],
            "base": base.path.name,
            "axes": [_axis(name, points) for name, points in axes.items()],
            "replicates": count,
            **more,
        }
        texts[str(file)] = _as_json("sweep", config)
    folder, temporary = _folder(out)
    _make(file, texts, None, held, folder, overwrite, jobs, memory_limit, progress)
    made = Sweep(folder)
    made._temporary = temporary
    return made


def ablate(
    experiment: Experiment | str | os.PathLike[str] | Mapping[str, Any],
    *,
    replicates: int = 3,
    jobs: int | None = None,
    memory_limit: str | None = None,
    out: str | os.PathLike[str] | None = None,
    data: Any = None,
    overwrite: bool = False,
    progress: bool = True,
) -> Budget:
    """Draws up the noise budget of the chip of an experiment, as ``dyad ablate``: what each of its non-idealities costs, alone
    and among the others."""
    base = experiment if isinstance(experiment, Experiment) else Experiment(experiment)
    held = None if data is None else data_set(data)
    if held is not None:
        base = base.with_({"data.source": json.loads(held.source())})
    if not 1 <= replicates <= 1000:
        raise ValueError(f"replicates: must be from 1 to 1000, got {replicates}")
    texts: dict[str, str] = {}
    _put_texts(base, texts)
    folder, temporary = _folder(out)
    found = _make(base.path, texts, replicates, held, folder, overwrite, jobs, memory_limit, progress)
    made = Budget(folder, json.loads(found))
    made._temporary = temporary
    return made


def robustness(
    run: Run | str | os.PathLike[str],
    *,
    weights: str | None = None,
    data: Any = None,
    out: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    progress: bool = True,
    **settings: Any,
) -> xr.Dataset:
    """Measures Lipschitz constants and robustness against perturbations of the inputs, as ``dyad robustness``, of the network
    of a run. ``settings`` are those of ``measure.robustness``, as ``samples=100`` or ``epsilons_l2=[0.5, 1]``; what is found
    goes to ``robustness.h5`` in the folder ``out``, if there is one."""
    own = run if isinstance(run, Run) else Run(run)
    shown = Progress(progress, "robustness", "stage")
    held = None if data is None else data_set(data)
    with tempfile.TemporaryDirectory(prefix="dyadsim-") as temporary:
        folder = Path(temporary) if out is None else Path(out)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "robustness.h5"
        command = f"dyadsim.robustness({str(own.folder)!r})"
        changes = _as_json("robustness", settings)
        with in_use(held):
            measure_robustness(own.trace, held, changes, weights, threads, file, command, shown.listen)
        return dataset(file, "robustness").load()


class Case(NamedTuple):
    """A reference case that was replayed."""

    #: ``network``, ``array`` or ``pulses``.
    kind: str
    name: str
    #: By quantity: how far this is from the reference.
    deviations: dict[str, float]
    #: Whether that is within the tolerance.
    passed: bool


def verify(*files: str | os.PathLike[str]) -> list[Case]:
    """Replays reference cases and compares states and gradients, as ``dyad verify``."""
    found = [row for file in files for row in verify_file(file)]
    return [Case(kind, name, dict(deviations), passed) for kind, name, deviations, passed in found]


def _make(
    file: Path | None,
    texts: dict[str, str],
    replicates: int | None,
    data: Any,
    folder: Path,
    overwrite: bool,
    jobs: int | None,
    memory_limit: str | None,
    progress: bool,
) -> str:
    if jobs is not None and not 1 <= jobs <= 1024:
        raise ValueError(f"jobs: must be from 1 to 1024, got {jobs}")
    shown = Progress(progress, "sweep", "point")
    command = f"dyadsim.{'sweep' if replicates is None else 'ablate'}({'' if file is None else repr(str(file))})"
    try:
        with in_use(data):
            return make_sweep(file, texts, replicates, data, folder, overwrite, jobs, memory_limit, command, shown.listen)
    finally:
        shown.close()


def _folder(out: str | os.PathLike[str] | None) -> tuple[Path, tempfile.TemporaryDirectory[str] | None]:
    if out is not None:
        return Path(out), None
    temporary = tempfile.TemporaryDirectory(prefix="dyadsim-")
    return Path(temporary.name), temporary


def _put_texts(base: Experiment, texts: dict[str, str]) -> None:
    experiment, hardware = base._setup.given
    texts[str(base.path)] = experiment
    texts[str(base.path.parent / base.given["hardware"])] = hardware


def _axis(name: str, points: Any) -> dict[str, Any]:
    """An axis as a sweep file holds it."""
    if isinstance(points, Mapping) and "points" in points:
        return {"name": name, **points}
    if isinstance(points, Mapping):  # settings by label
        labelled = [{"label": str(label), "set": dict(changes)} for label, changes in points.items()]
        return {"name": name, "points": {"settings": labelled}}
    if not isinstance(points, Iterable) or isinstance(points, str):
        raise ValueError(f"axes: {name} must have a list of values, got {points!r}")
    values = [value.item() if isinstance(value, np.generic) else value for value in points]
    return {"name": name.rsplit(".", 1)[-1], "keys": [name], "points": {"values": values}}
