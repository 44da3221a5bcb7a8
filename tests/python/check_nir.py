#!/usr/bin/env python3
"""Reads a graph with the Python package nir, as another simulator would, and computes with it.

usage: check_nir.py TRACE.h5 GRAPH.nir WHICH DATA.npz

The Affine nodes have to hold the weights of the trace bit for bit. Prints the accuracy of the graph, with the activation
that the metadata name between the nodes, on the inputs and labels of DATA.npz.
"""
import json
import sys
import tempfile
from pathlib import Path

import h5py
import nir
import numpy as np

ACTIVATIONS = {"relu": lambda v: np.maximum(v, 0), "tanh": np.tanh, "identity": lambda v: v}


def chain(graph):
    """The nodes from input to output, in the order of the edges."""
    following = dict(graph.edges)
    assert len(following) == len(graph.edges), "a node with two edges"
    name, nodes = "input", []
    while name in following:
        name = following[name]
        nodes.append(graph.nodes[name])
    assert len(nodes) == len(graph.nodes) - 1, "nodes that no edge reaches"
    return nodes


def forward(graph, inputs):
    states = inputs
    for node in chain(graph)[:-1]:
        states = states @ node.weight.T + node.bias
        states = ACTIVATIONS[node.metadata["activation"]](states)
    return states


def same_graph(a, b):
    assert a.edges == b.edges and a.nodes.keys() == b.nodes.keys()
    for x, y in zip(chain(a)[:-1], chain(b)[:-1]):
        assert np.array_equal(x.weight, y.weight) and np.array_equal(x.bias, y.bias)


def main(trace, file, which, data):
    graph = nir.read(file)  # checks the types of all edges
    assert isinstance(graph, nir.NIRGraph)
    nodes = chain(graph)
    assert isinstance(graph.nodes["input"], nir.Input) and isinstance(nodes[-1], nir.Output)
    with h5py.File(trace, "r") as source:
        layers = source[f"weights/{which}"]
        assert len(layers) == len(nodes) - 1
        for k, node in enumerate(nodes[:-1], 1):
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
        inputs, labels = arrays["inputs"], arrays["labels"]
    right = np.argmax(forward(graph, inputs), axis=1) == labels
    hidden = [node.metadata["activation"] for node in nodes[:-2]]
    assert hidden == [graph.metadata["activation"]] * len(hidden)
    assert nodes[-2].metadata["activation"] == "identity"
    levels = [len(np.unique(node.weight)) for node in nodes[:-1]]
    metadata = {key: value for key, value in graph.metadata.items() if key != "config_json"}
    print(json.dumps({"accuracy": float(np.mean(right)), "samples": len(labels), "levels": levels, "metadata": metadata}))


if __name__ == "__main__":
    main(*sys.argv[1:])
