"""What runs and sweeps leave, as xarray objects; and files that last as long as the process."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import xarray as xr

from ._dyadsim import trace_read, trace_variables


def dataset(file: Path, group: str) -> xr.Dataset:
    """The variables of a group with their coordinates, phrases and units."""
    variables: dict[str, xr.Variable] = {}
    coordinates: dict[str, xr.Variable] = {}
    for name, axes, _, long_name, units, is_coordinate in trace_variables(file, group):
        values = np.asarray(trace_read(file, f"{group}/{name}"))
        dims = [axis for axis, _ in axes]
        shape = [length for _, length in axes]
        attributes = {"long_name": long_name, "units": units}
        variable = xr.Variable(dims, values.reshape(shape), {k: v for k, v in attributes.items() if v})
        (coordinates if is_coordinate else variables)[name] = variable
    return xr.Dataset(variables, coordinates)


def tree(file: Path, groups: list[str], under: str) -> xr.DataTree:
    """All groups under one of them."""
    inside = [group for group in groups if group.startswith(f"{under}/")]
    return xr.DataTree.from_dict({group[len(under) :]: dataset(file, group) for group in inside})


_folder: Path | None = None
_count = 0


def temporary_file(ending: str) -> Path:
    """The name of a file that lasts as long as the process."""
    global _folder, _count
    if _folder is None:
        _folder = Path(tempfile.mkdtemp(prefix="dyadsim-"))
        atexit.register(shutil.rmtree, _folder, ignore_errors=True)
    _count += 1
    return _folder / f"{os.getpid()}-{_count}{ending}"


def is_temporary(path: str | os.PathLike[str]) -> bool:
    """Whether it is one of these."""
    return _folder is not None and Path(path).parent == _folder
