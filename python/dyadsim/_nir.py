"""Graphs of the Neuromorphic Intermediate Representation as networks. The package nir is only imported when they are asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from ._experiment import Experiment
from ._foreign import Chain


def from_nir(
    graph: Any,
    experiment: Experiment | str | os.PathLike[str] | Mapping[str, Any] | None = None,
    *,
    activation: Any = None,
    weights: str | os.PathLike[str] | None = None,
) -> Experiment:
    """An experiment with the layers and the weights of a chain of NIR nodes: Affine, Linear, Conv2d, AvgPool2d, Flatten.

    >>> exp = ds.from_nir("network.nir", activation="relu")

    :param graph: a ``nir.NIRGraph``, or a file of one.
    :param experiment: what all other settings are taken from; those of the first tutorial unless given.
    :param activation: that of hidden units, for which NIR has no node; what the metadata of the graph say unless given.
    :param weights: file (.npz) for the weights with which training begins, as in :func:`from_torch`.
    """
    try:
        import nir
    except ImportError as error:
        raise ImportError("from_nir: needs the package nir (pip install nir)") from error
    if isinstance(graph, (str, os.PathLike)):
        graph = nir.read(graph)
    if not isinstance(graph, nir.NIRGraph):
        raise TypeError(f"graph: must be a nir.NIRGraph or a file of one, got {type(graph).__name__}")
    if activation is None:
        activation = (graph.metadata or {}).get("activation")
        if activation is None:
            raise ValueError('activation: the graph does not name one; give it, as activation="relu"')
    chain = Chain("from_nir")
    path = _path(graph, chain)
    with_weights = [name for name in path if hasattr(graph.nodes[name], "weight")]
    for name in path:
        _add(chain, name, graph.nodes[name], nir)
        if name in with_weights[:-1]:
            chain.activation(name, activation)
    return chain.experiment(experiment, weights)


def _path(graph: Any, chain: Chain) -> list[str]:
    """Names of the nodes from the input to the output, which have to follow each other."""
    after: dict[str, list[str]] = {}
    for source, target in graph.edges:
        after.setdefault(source, []).append(target)
    sources = [name for name, node in graph.nodes.items() if type(node).__name__ == "Input"]
    if len(sources) != 1:
        raise ValueError(f"{chain.what}: the graph must have one Input, it has {len(sources)}")
    path, at = [], sources[0]
    while at in after:
        if len(after[at]) != 1 or sum(target == after[at][0] for _, target in graph.edges) != 1:
            raise chain.refuse(at, "only chains of nodes are taken, without branches")
        at = after[at][0]
        if at in path or at == sources[0]:
            raise chain.refuse(at, "the nodes go round in a circle")
        path.append(at)
    left = set(graph.nodes) - {*path, sources[0]}
    if left:
        raise chain.refuse(sorted(left)[0], "is not on the way from the input to the output")
    return path


def _add(chain: Chain, name: str, own: Any, nir: Any) -> None:
    kind = f"{name} ({type(own).__name__})"
    if isinstance(own, (nir.Affine, nir.Linear)):
        weight = np.asarray(own.weight)
        chain.synapses(kind, {"dense": {"units": int(weight.shape[0])}}, weight, getattr(own, "bias", None))
    elif isinstance(own, nir.Conv2d):
        weight = np.asarray(own.weight)
        convolution = {
            "features": int(weight.shape[0]),
            "kernel": [int(side) for side in weight.shape[2:]],
            "stride": _sides(own.stride),
            "padding": _padding(own.padding),
            "dilation": _sides(own.dilation),
            "groups": int(own.groups),
        }
        chain.synapses(kind, {"convolution": convolution}, weight, own.bias)
    elif isinstance(own, nir.AvgPool2d):
        if np.any(np.asarray(own.padding) != 0):
            raise chain.refuse(kind, "a pooling with padding is not known here")
        chain.average_pool(kind, {"average_pool": {"window": _sides(own.kernel_size), "stride": _sides(own.stride)}})
    elif not isinstance(own, (nir.Output, nir.Flatten)):
        raise chain.refuse(kind, "is none of Affine, Linear, Conv2d, AvgPool2d, Flatten, Input, Output")


def _sides(value: Any) -> list[int]:
    sides = np.broadcast_to(np.asarray(value, int), 2)
    return [int(side) for side in sides]


def _padding(value: Any) -> Any:
    if isinstance(value, str):
        return {"same": "same", "valid": 0}[value]
    return _sides(value)
