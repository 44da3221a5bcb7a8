"""What runs and sweeps leave, as xarray objects."""

from __future__ import annotations

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
