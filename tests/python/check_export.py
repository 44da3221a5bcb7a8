#!/usr/bin/env python3
"""Compares exported tables and arrays with the file they come from, number by number.

usage: check_export.py FILE.h5 CSV-FOLDER PARQUET-FOLDER FILE.npz

Every variable of every group has to be in all three, bit for bit, each number exactly once, next to its coordinates.
"""
import csv
import json
import sys
from pathlib import Path

import h5py
import numpy as np
import pyarrow.parquet as pq


def values_of(dataset):
    return dataset.asstr()[...] if h5py.check_string_dtype(dataset.dtype) else dataset[...]


def read_groups(path):
    """{group: ({axis: coordinate}, {variable: (axes, values)}, names of variables that stand next to an axis)}"""
    groups = {}
    with h5py.File(path, "r") as file:
        described = json.loads(file.attrs.get("axes_json", "[]"))
        drawn = [axis["name"] for axis in described if axis["role"] == "drawn"]

        def visit(name, item):
            members = item.items() if isinstance(item, h5py.Group) else []
            datasets = {key: member for key, member in members if isinstance(member, h5py.Dataset)}
            if datasets:
                axes = {key: values_of(d) for key, d in datasets.items() if "CLASS" in d.attrs}
                variables = {
                    key: ([dim[0].name.rsplit("/", 1)[-1] for dim in d.dims], values_of(d))
                    for key, d in datasets.items() if key not in axes
                }
                named = {key for d in datasets.values() for key in d.attrs.get("coordinates", "").split()}
                next_to = [key for key in variables if key in named or key in drawn]
                groups[name] = (axes, variables, [key for key in next_to if len(variables[key][0]) == 1])

        file.visititems(visit)
        attributes = {key: value for key, value in file.attrs.items() if isinstance(value, str)}
    return groups, attributes


def same(found, expected, what):
    assert found.shape == expected.shape, (what, found.shape, expected.shape)
    if expected.dtype.kind == "f":
        assert found.dtype == expected.dtype, (what, found.dtype, expected.dtype)
        finite = ~np.isnan(expected)
        assert np.array_equal(np.isnan(found), ~finite), what
        bits = f"u{expected.dtype.itemsize}"
        found, expected = found[finite].view(bits), expected[finite].view(bits)
    assert np.array_equal(found, expected), what


def check_table(columns, group, axes, variables, drawn):
    """`columns`: {name: list of entries, None where there is none}."""
    for name in drawn:
        (dim,), values = variables[name]
        at_place = dict(zip(axes[dim].tolist(), values.tolist()))
        assert columns[name] == [place if place is None else at_place[place] for place in columns[dim]], (group, name)
    columns = {name: column for name, column in columns.items() if name not in drawn}
    variables = {name: variable for name, variable in variables.items() if name not in drawn}
    used = {axis for dims, _ in variables.values() for axis in dims}
    assert set(columns) == used | set(variables), (group, set(columns))
    axis_columns = [name for name in columns if name in used]
    length = len(columns[axis_columns[0]])
    patterns = [tuple(name for name in axis_columns if columns[name][i] is not None) for i in range(length)]
    blocks = {frozenset(dims) for dims, _ in variables.values()}
    assert {frozenset(pattern) for pattern in patterns} == blocks, group
    for name, (dims, expected) in variables.items():
        rows = [i for i in range(length) if set(patterns[i]) == set(dims)]
        entries = [columns[name][i] for i in rows]
        if expected.dtype.kind == "O":
            # In a csv file an empty text and no text look the same.
            found = np.array([entry or "" for entry in entries], dtype=object)
        else:
            found = np.array(entries, dtype=expected.dtype)
        same(found, expected.reshape(-1), f"{group}/{name}")
        places = np.meshgrid(*(axes[dim] for dim in dims), indexing="ij")
        for dim, place in zip(dims, places):
            found = np.array([columns[dim][i] for i in rows], dtype=axes[dim].dtype)
            same(found, place.reshape(-1), f"{group}/{name} along {dim}")
        if expected.dtype.kind != "O":
            others = sum(columns[name][i] is not None for i in range(length))
            assert others == expected.size, f"{group}/{name}: {others} entries for {expected.size} numbers"


def read_csv(path, axes, variables):
    types = {name: values.dtype for name, values in axes.items()}
    types |= {name: values.dtype for name, (_, values) in variables.items()}
    with open(path, newline="", encoding="utf-8") as text:
        lines = csv.reader(text)
        names = next(lines)
        columns = {name: [] for name in names}
        for line in lines:
            assert len(line) == len(names), (path, line)
            for name, entry in zip(names, line):
                kind = types[name]
                value = None if entry == "" else entry if kind.kind == "O" else kind.type(entry)
                columns[name].append(value)
    return columns


def read_parquet(path, axes, variables, attributes):
    table = pq.read_table(path)
    for name in table.column_names:
        expected = axes[name] if name in axes else variables[name][1]
        kind = {"f4": "float", "f8": "double", "i8": "int64", "O": "string"}[expected.dtype.str.strip("<|")]
        assert str(table.schema.field(name).type) == kind, (path, name, table.schema.field(name))
    metadata = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    assert metadata["title"] == attributes["title"], path
    assert set(json.loads(metadata["columns"])) == set(table.column_names), path
    # Lists keep the difference between no entry and NaN.
    return {name: table.column(name).to_pylist() for name in table.column_names}


def main(path, csv_folder, parquet_folder, npz):
    groups, attributes = read_groups(path)
    archive = np.load(npz)
    arrays = set(archive.files)
    numbers = 0
    for group, (axes, variables, drawn) in groups.items():
        check_table(read_csv(Path(csv_folder, f"{group}.csv"), axes, variables), group, axes, variables, drawn)
        columns = read_parquet(Path(parquet_folder, f"{group}.parquet"), axes, variables, attributes)
        check_table(columns, group, axes, variables, drawn)
        both = axes | {name: values for name, (_, values) in variables.items()}
        for name, expected in both.items():
            found = archive[f"{group}/{name}"]
            same(found.astype(object) if found.dtype.kind == "U" else found, expected, f"{group}/{name}")
            arrays.remove(f"{group}/{name}")
            numbers += expected.size
    for name, text in attributes.items():
        assert archive[f"attributes/{name}"].item() == text, name
        arrays.remove(f"attributes/{name}")
    assert not arrays, f"arrays that the file does not have: {arrays}"
    for folder, extension in ((csv_folder, "csv"), (parquet_folder, "parquet")):
        files = {str(file.relative_to(folder)) for file in Path(folder).rglob("*") if file.is_file()}
        assert files == {f"{group}.{extension}" for group in groups}, files
    print(json.dumps({"groups": len(groups), "numbers": numbers}))


if __name__ == "__main__":
    main(*sys.argv[1:])
