#!/usr/bin/env python3
"""Reads a graph with the Python package nir, as another simulator would, and computes with it.

usage: check_nir.py TRACE.h5 GRAPH.nir WHICH DATA.npz

The Affine nodes have to hold the weights of the trace bit for bit. Prints the accuracy of the graph, with the activation
that the metadata name after the nodes, on the inputs and labels of DATA.npz, and how far its outputs are from those that
DATA.npz may have.
"""
import json
import sys
import tempfile
from pathlib import Path

import h5py
import nir
import numpy as np

ACTIVATIONS = {"relu": lambda v: np.maximum(v, 0), "tanh": np.tanh, "identity": lambda v: v}


def forward(graph, inputs):
    """The state of every node; edges that meet are summed."""
    states = {"input": inputs}
    while len(states) < len(graph.nodes):
        ready = [name for name in graph.nodes if name not in states and all(a in states for a, b in graph.edges if b == name)]
        assert ready, "nodes that no edge reaches"
        for name in ready:
            node, arriving = graph.nodes[name], sum(states[a] for a, b in graph.edges if b == name)
            if isinstance(node, nir.Affine):
                arriving = arriving @ node.weight.T + node.bias
            elif isinstance(node, nir.Scale):
                arriving = arriving * node.scale
            else:
                assert isinstance(node, nir.Output), name
            states[name] = ACTIVATIONS[node.metadata.get("activation", "identity")](arriving)
    return states


def affine(graph):
    """The Affine nodes in their order."""
    names = [f"layer{k}" for k in range(1, len(graph.nodes))]
    return [graph.nodes[name] for name in names if name in graph.nodes]


def same_graph(a, b):
    assert a.edges == b.edges and a.nodes.keys() == b.nodes.keys()
    for x, y in zip(affine(a), affine(b)):
        assert np.array_equal(x.weight, y.weight) and np.array_equal(x.bias, y.bias)


def main(trace, file, which, data):
    graph = nir.read(file)  # checks the types of all edges
    assert isinstance(graph, nir.NIRGraph)
    nodes = affine(graph)
    assert isinstance(graph.nodes["input"], nir.Input) and isinstance(graph.nodes["output"], nir.Output)
    with h5py.File(trace, "r") as source:
        layers = source[f"weights/{which}"]
        assert len(layers) == len(nodes)
        for k, node in enumerate(nodes, 1):
            assert isinstance(node, nir.Affine)
            for name, found in (("weight", node.weight), ("bias", node.bias)):
                expected = layers[f"layer{k}"][name][...]
                assert found.dtype == expected.dtype == np.float32, (k, name)
                assert np.array_equal(found.view("u4"), expected.view("u4")), (k, name)
        assert graph.metadata["config_json"] == source.attrs["config_json"]
    # What the package has read it can write and read again.
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy.nir")
        nir.write(copy, graph)
        same_graph(nir.read(copy), graph)
    with np.load(data) as arrays:
        inputs, labels, expected = arrays["inputs"], arrays["labels"], arrays.get("outputs")
    outputs = forward(graph, inputs)["output"]
    right = np.argmax(outputs, axis=1) == labels
    error = None if expected is None else float(np.max(np.abs(outputs - expected)))
    activations = {name: node.metadata.get("activation") for name, node in graph.nodes.items()}
    levels = [len(np.unique(node.weight)) for node in nodes]
    metadata = {key: value for key, value in graph.metadata.items() if key != "config_json"}
    print(json.dumps({"accuracy": float(np.mean(right)), "samples": len(labels), "levels": levels, "metadata": metadata,
                      "edges": graph.edges, "activations": activations, "error": error}))


if __name__ == "__main__":
    main(*sys.argv[1:])
