#!/usr/bin/env python3
"""Opens a trace as its readers do, with xarray + h5netcdf and with h5py.

usage: check_trace.py FILE EXPECTED.json

EXPECTED.json maps "group/variable" to {"dims": [...], "shape": [...], "values": flat row-major list}; null is not
finite. Every group of FILE has to be in it.
"""
import json
import sys

import h5py
import numpy as np
import xarray as xr


def check_scale(scale):
    """Must satisfy the strictest reader, HDF5's own H5DSis_scale and netCDF-C."""
    kind = h5py.h5a.open(scale.id, b"CLASS").get_type()
    assert kind.get_size() == 16 and kind.get_strpad() == h5py.h5t.STR_NULLTERM, scale.name
    assert scale.is_scale and scale.attrs["CLASS"] == b"DIMENSION_SCALE", scale.name


def check_described(item):
    for attribute in ("units", "long_name"):
        text = item.attrs[attribute]
        assert isinstance(text, str) and text, (item.name, attribute, text)


def check_group(path, name, group):
    scales = {key: item for key, item in group.items() if isinstance(item, h5py.Dataset) and "CLASS" in item.attrs}
    variables = {key: item for key, item in group.items() if isinstance(item, h5py.Dataset) and key not in scales}
    assert scales and variables, name
    for scale in scales.values():
        check_scale(scale)
        check_described(scale)
    data = xr.open_dataset(path, engine="h5netcdf", group=name)
    # What stands next to an axis is a coordinate for readers of the conventions.
    next_to_axes = set(data.coords) - set(data.dims)
    assert set(data.data_vars) | next_to_axes == set(variables), name
    for key in next_to_axes:
        assert data[key].ndim == 1, (name, key)
    if "step" in data.dims:
        assert data["epoch"].dims == ("step",), name
    for key, item in variables.items():
        dims = [list(d.keys()) for d in item.dims]
        assert all(len(d) == 1 for d in dims), (name, key, dims)
        assert data[key].dims == tuple(d[0] for d in dims), (name, key)
        assert data[key].dtype == item.dtype, (name, key, data[key].dtype)
        for dim in data[key].dims:
            assert dim in data.coords, f"{name}/{key}: axis {dim} has no coordinate"
        check_described(item)
        for axis, attached in enumerate(item.dims):
            dim = data[key].dims[axis]
            assert h5py.h5ds.is_attached(item.id, scales[dim].id, axis), (name, key, axis)
            assert len(attached[0]) == item.shape[axis], (name, key, dim)
        np.testing.assert_array_equal(data[key].values, item[...])
    # A unit such as "seconds" makes xarray decode numbers to times: older versions always, newer ones if asked to.
    with xr.open_dataset(path, engine="h5netcdf", group=name, decode_timedelta=True) as decoded:
        for key in decoded.variables:
            assert decoded[key].dtype.kind not in "mM", (name, key, decoded[key].dtype)
    for dim, scale in scales.items():
        assert data[dim].dims == (dim,) and data.sizes[dim] == len(scale), (name, dim)
        np.testing.assert_array_equal(data[dim].values, scale[...])
    data.close()
    return len(variables)


def main(path, expected_path):
    checked = {}
    with h5py.File(path, "r") as file:
        assert file.attrs["Conventions"] == "dyadsim-trace-2"
        assert int(file.attrs["complete"]) == 1
        json.loads(file.attrs["config_json"])

        def visit(name, item):
            if isinstance(item, h5py.Group) and any(isinstance(member, h5py.Dataset) for member in item.values()):
                checked[name] = check_group(path, name, item)

        file.visititems(visit)
    with open(expected_path) as text:
        expected = json.load(text)
    for place, want in expected.items():
        group, variable = place.rsplit("/", 1)
        found = xr.open_dataset(path, engine="h5netcdf", group=group)[variable]
        assert list(found.dims) == want["dims"], (place, found.dims)
        assert list(found.shape) == want["shape"], (place, found.shape)
        values = np.array([np.nan if x is None else x for x in want["values"]], dtype=float).reshape(want["shape"])
        finite = np.isfinite(values)
        np.testing.assert_array_equal(np.isfinite(found.values), finite, err_msg=place)
        # Both are the stored numbers, widened to double precision: equal, not close.
        np.testing.assert_array_equal(found.values[finite].astype(float), values[finite], err_msg=place)
    assert {place.rsplit("/", 1)[0] for place in expected} == set(checked)
    metrics = xr.open_dataset(path, engine="h5netcdf", group="metrics")
    print(json.dumps({
        "groups": len(checked),
        "variables": sum(checked.values()),
        "compared": len(expected),
        "test_accuracy_percent": 100 * float(metrics.test_accuracy[-1]),
        "product_operator_norm": float(metrics.product_operator_norm[-1]),
        "angle_deg": metrics.angle_deg[-1].values.tolist(),
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])
