#!/usr/bin/env python3
"""Reads a graph with the Python package nir, as another simulator would, and computes with it.

usage: check_nir.py TRACE.h5 GRAPH.nir WHICH DATA.npz

The Affine and Conv2d nodes have to hold the weights of the trace bit for bit. Prints the accuracy of the graph, with the activation
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


def patches(images, kernel, stride, dilation=(1, 1), padding=(0, 0)):
    """(sample, channel, row, column, kernel row, kernel column) of images (sample, channel, row, column)."""
    padded = np.pad(images, [(0, 0), (0, 0), *((n, n) for n in padding)])
    extent = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
    windows = np.lib.stride_tricks.sliding_window_view(padded, extent, axis=(2, 3))
    return windows[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]


def convolution(node, images):
    kernel = node.weight.shape[2:]
    padding = node.padding
    if isinstance(padding, str):
        assert padding == "same" and tuple(node.stride) == (1, 1)
        padding = [d * (k - 1) // 2 for k, d in zip(kernel, node.dilation)]
    assert node.groups == 1
    windows = patches(images, kernel, node.stride, node.dilation, padding)
    return np.einsum("scxykl,fckl->sfxy", windows, node.weight) + node.bias[:, None, None]


def forward(graph, inputs):
    """The state of every node; edges that meet are summed."""
    states = {"input": inputs.reshape(len(inputs), *graph.nodes["input"].input_type["input"])}
    while len(states) < len(graph.nodes):
        ready = [name for name in graph.nodes if name not in states and all(a in states for a, b in graph.edges if b == name)]
        assert ready, "nodes that no edge reaches"
        for name in ready:
            node, arriving = graph.nodes[name], sum(states[a] for a, b in graph.edges if b == name)
            if isinstance(node, nir.Affine):
                arriving = arriving @ node.weight.T + node.bias
            elif isinstance(node, nir.Conv2d):
                arriving = convolution(node, arriving)
            elif isinstance(node, nir.AvgPool2d):
                arriving = patches(arriving, node.kernel_size, node.stride, padding=node.padding).mean((4, 5))
            elif isinstance(node, nir.Flatten):
                assert (node.start_dim, node.end_dim) == (0, -1)
                arriving = arriving.reshape(len(arriving), -1)
            elif isinstance(node, nir.Scale):
                arriving = arriving * node.scale
            else:
                assert isinstance(node, nir.Output), name
            assert list(arriving.shape[1:]) == list(node.output_type["output"]), name
            states[name] = ACTIVATIONS[node.metadata.get("activation", "identity")](arriving)
    return states


def ungrouped(weight, channels):
    """The same convolution with zeros between its groups."""
    features, of_group = weight.shape[:2]
    groups = channels // of_group
    whole = np.zeros((features, channels, *weight.shape[2:]), weight.dtype)
    for feature in range(features):
        group = feature * groups // features
        whole[feature, group * of_group : (group + 1) * of_group] = weight[feature]
    return whole


def with_weights(graph):
    """The nodes with weights, by their names."""
    return {name: node for name, node in graph.nodes.items() if isinstance(node, (nir.Affine, nir.Conv2d))}


def same_graph(a, b):
    assert a.edges == b.edges and a.nodes.keys() == b.nodes.keys()
    for x, y in zip(with_weights(a).values(), with_weights(b).values()):
        assert np.array_equal(x.weight, y.weight) and np.array_equal(x.bias, y.bias)


def main(trace, file, which, data):
    graph = nir.read(file)  # checks the types of all edges
    assert isinstance(graph, nir.NIRGraph)
    nodes = with_weights(graph)
    assert isinstance(graph.nodes["input"], nir.Input) and isinstance(graph.nodes["output"], nir.Output)
    with h5py.File(trace, "r") as source:
        layers = source[f"weights/{which}"]
        assert set(layers) == set(nodes)
        for layer, node in nodes.items():
            for name, found in (("weight", node.weight), ("bias", node.bias)):
                expected = layers[layer][name][...]
                if name == "weight" and found.ndim == 4:
                    expected = ungrouped(expected, found.shape[1])
                assert found.dtype == expected.dtype == np.float32, (layer, name)
                assert np.array_equal(found.view("u4"), expected.view("u4")), (layer, name)
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
    levels = [len(np.unique(node.weight)) for node in nodes.values()]
    kinds = {name: type(node).__name__ for name, node in graph.nodes.items()}
    metadata = {key: value for key, value in graph.metadata.items() if key != "config_json"}
    print(json.dumps({"accuracy": float(np.mean(right)), "samples": len(labels), "levels": levels, "metadata": metadata,
                      "edges": graph.edges, "activations": activations, "kinds": kinds, "error": error}))


if __name__ == "__main__":
    main(*sys.argv[1:])
